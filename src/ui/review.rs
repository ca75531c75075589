//! The review: what would be sent, what it does, what is left out and why.

use super::paint::{clear, pieces, text};
use super::theme::{Role, Theme};
use crate::app::review::{Aside, Entry, Review, Typing};
use crate::app::sheet::wrap;
use crate::app::{Geometry, Model};
use crate::entity::{Skip, Verdict};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

pub(super) fn draw(
    model: &Model,
    review: &Review,
    geometry: &Geometry,
    theme: &Theme,
    buffer: &mut Buffer,
) -> Option<Position> {
    let area = Rect { y: 1, height: geometry.screen.height.saturating_sub(3), ..geometry.screen };
    clear(buffer, area);
    let title = format!(" Review of {} targets. Nothing is sent before you accept.", review.count());
    text(buffer, area.x, area.y, area.width, &title, theme.style(Role::Title));
    // At least a few targets are always in sight, whatever there is to say about them.
    let room = (area.height / 2).max(area.height.saturating_sub(8));
    let lines = summary(model, review, usize::from(area.width.saturating_sub(2)));
    let kept =
        if lines.len() > usize::from(room) { usize::from(room).saturating_sub(1) } else { lines.len() };
    let mut y = area.y + 1;
    for line in lines.iter().take(kept) {
        let parts: Vec<(&str, Style)> = line.iter().map(|(part, style)| (&**part, style.of(theme))).collect();
        pieces(buffer, Rect { x: 1, y, width: area.width.saturating_sub(2), height: 1 }, &parts);
        y += 1;
    }
    if kept < lines.len() {
        let more = format!("… {} more lines: enlarge the terminal", lines.len() - kept);
        text(buffer, 1, y, area.width.saturating_sub(1), &more, theme.style(Role::Warning));
        y += 1;
    }
    let cursor = fields(review, Rect { y, ..area }, theme, buffer);
    let bottom = area.bottom();
    prompt(model, review, Rect { y: bottom - 1, height: 1, ..area }, theme, buffer);
    entries(review, Rect { y: y + 1, height: bottom.saturating_sub(y + 2), ..area }, theme, buffer);
    cursor
}

/// How a part of the summary looks.
#[derive(Clone, Copy)]
enum Look {
    Verdict(Verdict),
    As(Role),
}

impl Look {
    fn of(self, theme: &Theme) -> Style {
        match self {
            Self::Verdict(verdict) => theme.verdict(verdict),
            Self::As(role) => theme.style(role),
        }
    }
}

/// Counts by verdict, kind and level with what each does; cost; warnings; what is left out.
fn summary(model: &Model, review: &Review, width: usize) -> Vec<Vec<(String, Look)>> {
    let mut lines = Vec::new();
    for line in review.lines() {
        let levels: Vec<String> =
            line.levels.iter().map(|(level, count)| format!("{count} {}", level.label())).collect();
        lines.push(vec![
            (
                format!("{} {} {}", line.verdict, line.count, line.kind.noun(line.count)),
                Look::Verdict(line.verdict),
            ),
            (format!("  {}", levels.join(", ")), Look::As(Role::Text)),
        ]);
        let effect = wrap(line.verdict.effect(line.kind), width.saturating_sub(4));
        lines.extend(effect.into_iter().map(|piece| vec![(format!("  {piece}"), Look::As(Role::Muted))]));
    }
    let notes = review.warnings(&model.session).into_iter().map(|warning| format!("! {warning}"));
    for note in notes.chain(left_out(review)) {
        lines.extend(wrap(&note, width).into_iter().map(|piece| vec![(piece, Look::As(Role::Warning))]));
    }
    let calls = review.calls(model.session.batch_size);
    let cost = format!(
        "{calls} {}, about {} s, after a grace of {} s in which z calls them back",
        if calls == 1 { "request" } else { "requests" },
        review.seconds(model.session.batch_size),
        model.session.grace.as_secs()
    );
    lines.push(vec![(cost, Look::As(Role::Text))]);
    lines
}

fn left_out(review: &Review) -> Vec<String> {
    const SKIPS: [Skip; 7] = [
        Skip::NoId,
        Skip::Deleted,
        Skip::Processing,
        Skip::AlreadyThere,
        Skip::Protected,
        Skip::Myself,
        Skip::UnderWay,
    ];
    let mut lines: Vec<String> = SKIPS
        .into_iter()
        .map(|skip| (skip, review.set_aside(Aside::Skipped(skip))))
        .filter(|(_, count)| *count > 0)
        .map(|(skip, count)| format!("- {count} skipped: {}", skip.reason()))
        .collect();
    let asked = [
        (Aside::Hidden, review.with_hidden, "hidden by the filter", "h"),
        (Aside::Remediated, review.with_remediated, "users who are remediated already", "m"),
    ];
    for (aside, included, what, key) in asked {
        let count = review.set_aside(aside);
        if count > 0 {
            let state = if included { "included" } else { "left out" };
            lines.push(format!("- {count} {what}: {state}; {key} changes that"));
        }
    }
    lines
}

/// Reason and ticket, side by side. The place of the text cursor.
fn fields(review: &Review, area: Rect, theme: &Theme, buffer: &mut Buffer) -> Option<Position> {
    let third = area.width / 3;
    let fields = [
        (Typing::Reason, "r reason: ", &review.reason, 1, area.width - third - 2),
        (Typing::Ticket, "t ticket: ", &review.ticket, area.width - third, third.saturating_sub(1)),
    ];
    let mut cursor = None;
    for (typing, label, input, x, width) in fields {
        let taken = text(buffer, x, area.y, width, label, theme.style(Role::Muted));
        let active = review.typing == Some(typing);
        let width = width.saturating_sub(taken + 1);
        let scroll = input.visual_scroll(usize::from(width.saturating_sub(1)));
        let shown: String = input.value().chars().skip(scroll).collect();
        let role = if active { Role::Input } else { Role::Text };
        text(buffer, x + taken, area.y, width, &shown, theme.style(role));
        if active {
            let at = input.visual_cursor().saturating_sub(scroll) as u16;
            cursor = Some(Position::new(x + taken + at, area.y));
        }
    }
    cursor
}

/// What accepting takes, and what the last key could not do.
fn prompt(model: &Model, review: &Review, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let (ask, role) = match (review.count(), review.needed_number()) {
        (0, _) => ("Nothing would be sent. enter or esc goes back.".to_owned(), Role::Warning),
        (_, Some(number)) => {
            (format!("Type {number}, then y: [{}]   enter or esc cancels.", review.number), Role::Alarm)
        }
        (count, None) => {
            (format!("y accepts {count} in {}. enter or esc cancels.", model.session.tenant), Role::Warning)
        }
    };
    let taken = text(buffer, 1, area.y, area.width.saturating_sub(1), &ask, theme.style(role));
    if let Some(complaint) = &review.complaint {
        let x = 1 + taken + 2;
        text(buffer, x, area.y, area.right().saturating_sub(x), complaint, theme.style(Role::Alarm));
    }
}

fn entries(review: &Review, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let page = usize::from(area.height);
    let top = (review.cursor + 1).saturating_sub(page);
    for (place, y) in (top..review.entries.len()).zip(area.y..area.bottom()) {
        let Some(entry) = review.entries.get(place) else { break };
        let line = Rect { y, height: 1, ..area };
        draw_entry(review, entry, place == review.cursor, line, theme, buffer);
    }
}

fn draw_entry(
    review: &Review,
    entry: &Entry,
    at_cursor: bool,
    area: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    let staged = &entry.staged;
    let included = review.is_included(entry);
    let base = if at_cursor { theme.style(Role::Cursor) } else { Style::new() };
    buffer.set_style(area, base);
    let plain = base.patch(theme.style(if included { Role::Text } else { Role::Muted }));
    let note = match entry.aside {
        Some(Aside::Skipped(skip)) => format!("skipped: {}", skip.reason()),
        Some(Aside::Hidden) if !included => "left out: hidden by the filter".to_owned(),
        Some(Aside::Remediated) if !included => "left out: remediated already".to_owned(),
        _ => String::new(),
    };
    let sign = match (included, entry.changed) {
        (false, _) => "-",
        (true, true) => "≠",
        (true, false) => " ",
    };
    let verdict = format!("{:<12}", staged.verdict.word());
    let kind = format!("{:<8}", staged.target.kind().noun(1));
    let name = format!("{:<32} ", staged.standing.name);
    let level = format!("{} ", staged.standing.level.letter());
    let verdict_style = if included { base.patch(theme.verdict(staged.verdict)) } else { plain };
    let more = if note.is_empty() { &staged.standing.context } else { &note };
    let parts = [
        (sign, plain),
        (&*verdict, verdict_style),
        (&*kind, plain),
        (&*level, plain),
        (&*name, plain),
        (&**more, plain),
    ];
    pieces(buffer, Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area }, &parts);
}
