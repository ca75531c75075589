//! What the review says above its targets, laid out for the screen. Laid out here and not while drawing, so that paging knows
//! how many targets are in sight.

use super::model::Model;
use super::review::Review;
use super::sheet::wrap;
use super::words::{grouped, many};
use crate::entity::{Kind, Verdict};

/// How a part of the summary looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As that verdict looks.
    Verdict(Verdict),
    /// As ordinary text.
    Plain,
    /// As text that may be overlooked.
    Muted,
    /// As something to notice.
    Warning,
}

/// A line in parts.
pub type Line = Vec<(String, Look)>;

/// The lines that fit above the targets, and how many do not. At least a few targets are always in sight, whatever there is to
/// say about them.
pub fn fitting(model: &Model, review: &Review) -> (Vec<Line>, usize) {
    let area = model.geometry().review();
    let room = usize::from((area.height / 2).max(area.height.saturating_sub(8)));
    let mut lines = lines(model, review, usize::from(area.width.saturating_sub(2)));
    let kept = if lines.len() > room { room.saturating_sub(1) } else { lines.len() };
    let left_out = lines.len() - kept;
    lines.truncate(kept);
    (lines, left_out)
}

/// How many targets are in sight: what the title, the summary, the two fields and the prompt leave.
pub fn page(model: &Model, review: &Review) -> usize {
    let (lines, left_out) = fitting(model, review);
    let taken = 1 + lines.len() + usize::from(left_out > 0) + 2;
    usize::from(model.geometry().review().height).saturating_sub(taken)
}

/// Counts by verdict, kind and level; cost; warnings; what is left out; and last, because it is the same every time, what
/// each verdict does.
fn lines(model: &Model, review: &Review, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in review.lines() {
        let levels: Vec<String> = line
            .levels
            .iter()
            .map(|(level, count)| format!("{} {}", grouped(*count), level.label()))
            .collect();
        let users = if line.kind == Kind::SignIn {
            format!(" of {}", many(line.users, "user"))
        } else {
            String::new()
        };
        let what = format!("{} {} {}", line.verdict, grouped(line.count), line.kind.noun(line.count));
        lines.push(vec![
            (what, Look::Verdict(line.verdict)),
            (format!("{users}  {}", levels.join(", ")), Look::Plain),
        ]);
    }
    let notes = review.warnings().iter().map(|warning| format!("! {warning}"));
    for note in notes.chain(left_out(review)) {
        lines.extend(wrap(&note, width).into_iter().map(|piece| vec![(piece, Look::Warning)]));
    }
    let batch_size = model.session.batch_size;
    let cost = format!(
        "{}, about {} s, after a grace of {} s in which z calls them back",
        many(review.calls(batch_size), "request"),
        review.seconds(batch_size),
        model.session.grace.as_secs()
    );
    lines.push(vec![(cost, Look::Plain)]);
    for line in review.lines() {
        let effect = format!("{} {}: {}", line.kind.noun(1), line.verdict, line.verdict.effect(line.kind));
        lines.extend(wrap(&effect, width).into_iter().map(|piece| vec![(piece, Look::Muted)]));
    }
    lines
}

fn left_out(review: &Review) -> Vec<String> {
    let skipped = review.skipped().iter();
    let mut lines: Vec<String> =
        skipped.map(|(skip, count)| format!("- {} skipped: {}", grouped(*count), skip.reason())).collect();
    let asked = [
        (review.hidden(), review.with_hidden, "hidden by the filter", "h"),
        (review.remediated(), review.with_remediated, "users who are remediated already", "m"),
    ];
    for (count, included, what, key) in asked {
        if count > 0 {
            let state = if included { "included" } else { "left out" };
            lines.push(format!("- {} {what}: {state}; {key} changes that", grouped(count)));
        }
    }
    lines
}
