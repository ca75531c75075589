//! A verdict's way through the console: staged, reviewed, handed to the queue, called back.

use crate::app::action::Action;
use crate::app::message::Effect;
use crate::app::model::{Model, Overlay, Tone};
use crate::app::review::{Entry, Review};
use crate::app::table::Table;
use crate::app::tray::Staged;
use crate::app::words::{grouped, many};
use crate::entity::{Kind, Target, Verdict};
use crate::queue::{Command, Order, QueueEvent, Seen, Submission, SubmissionId, TargetState};
use std::collections::HashSet;
use std::fmt::Write as _;

pub(super) fn stage(model: &mut Model, verdict: Verdict) -> Vec<Effect> {
    let (list, rows) = model.chosen();
    let Some(list) = list else { return Vec::new() };
    let one_row = model.is_one_row_in_sight();
    let marked = !one_row && model.current_table().is_some_and(|table| table.marked() > 0);
    let hidden = if marked { model.current_table().map_or(0, Table::hidden_marks) } else { 0 };
    let verdicts: Vec<Staged> = rows
        .iter()
        .filter_map(|row| {
            let target = row.target()?;
            Some(Staged { target, verdict, origin: (list, row.key()), standing: row.standing() })
        })
        .collect();
    let about: HashSet<Target> = verdicts.iter().map(|staged| staged.target).collect();
    let other = |target: &&Target| model.tray.get(**target).is_some_and(|before| before.verdict != verdict);
    let replaced = about.iter().filter(other).count();
    let mut said = format!("{verdict} staged on {}", counted(&about));
    for (count, what) in [
        (replaced, "in place of another verdict"),
        (rows.len() - verdicts.len(), "without an id left out"),
        (hidden, "hidden marks left out"),
    ] {
        if count > 0 {
            // Writing to a String cannot fail.
            let _ = write!(said, "; {} {what}", grouped(count));
        }
    }
    if !about.is_empty() {
        said.push_str("; $ reviews and sends");
    }
    model.tray.stage(verdicts);
    model.say(Tone::Info, said);
    if let Some((table, ..)) = model.current() {
        table.end_range();
        if marked {
            table.unmark_shown();
        } else if !one_row {
            table.step(1);
        }
    }
    Vec::new()
}

/// The targets in words: `3 users`, `4 sign-ins and 1 user`.
fn counted(targets: &HashSet<Target>) -> String {
    let count = |kind: Kind| targets.iter().filter(|target| target.kind() == kind).count();
    let words = |kind: Kind| format!("{} {}", grouped(count(kind)), kind.noun(count(kind)));
    match (count(Kind::SignIn), count(Kind::User)) {
        (_, 0) => words(Kind::SignIn),
        (0, _) => words(Kind::User),
        _ => format!("{} and {}", words(Kind::SignIn), words(Kind::User)),
    }
}

pub(super) fn unstage(model: &mut Model) -> Vec<Effect> {
    let targets: Vec<Target> = model.chosen().1.iter().filter_map(|row| row.target()).collect();
    let count = model.tray.unstage(&targets);
    let said = if count == 0 {
        "nothing is staged here".to_owned()
    } else {
        format!("{} unstaged; z brings them back", grouped(count))
    };
    model.say(if count == 0 { Tone::Refusal } else { Tone::Info }, said);
    Vec::new()
}

pub(super) fn open_review(model: &mut Model) -> Vec<Effect> {
    let staged: Vec<Staged> = model.tray.in_order().into_iter().cloned().collect();
    let review = Review::open(staged, model, &model.session, model.now);
    model.overlay = Some(Overlay::Review(Box::new(review)));
    Vec::new()
}

pub(super) fn include(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(Overlay::Review(review)) = &mut model.overlay {
        match action {
            Action::IncludeHidden => review.toggle_hidden(&model.session),
            _ => review.toggle_remediated(&model.session),
        }
    }
    Vec::new()
}

pub(super) fn leave_out(model: &mut Model) -> Vec<Effect> {
    if let Some(Overlay::Review(review)) = &mut model.overlay {
        let target = review.leave_out(&model.session);
        let empty = review.entries().is_empty();
        if let Some(target) = target {
            model.tray.unstage(&[target]);
        }
        if empty {
            model.overlay = None;
            model.say(Tone::Info, "nothing is left to review");
        }
    }
    Vec::new()
}

/// Hands what the review shows to the queue: the very targets that were on the screen. If one of them says something else
/// by now than what was shown, nothing is handed over, and the analyst looks again.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Review(mut review)) = model.overlay.take() else { return Vec::new() };
    if review.look_again(model, &model.session) {
        review.complaint = Some("targets have changed since: look again".into());
        model.overlay = Some(Overlay::Review(review));
        return Vec::new();
    }
    let staged: Vec<Staged> = review.included().map(|entry| entry.staged.clone()).collect();
    let orders: Vec<Order> = review.included().map(order).collect();
    let targets: Vec<Target> = orders.iter().map(|order| order.target).collect();
    let submission = Submission {
        id: model.new_submission(),
        at: model.now,
        grace: model.session.grace,
        reason: review.reason.value().trim().to_owned(),
        ticket: review.ticket.value().trim().to_owned(),
        orders,
    };
    model.tray.remove_sent(&targets);
    model.handed_over.insert(submission.id, staged);
    let count = many(targets.len(), "target");
    // What becomes of them is told beside it and in the queue; this stays true however long it stands there.
    model.say(Tone::Info, format!("{count} handed to the queue"));
    vec![Effect::Queue(Command::Submit(submission))]
}

fn order(entry: &Entry) -> Order {
    let now = &entry.now;
    Order {
        target: entry.staged.target,
        verdict: entry.staged.verdict,
        user: now.user,
        name: now.name.clone(),
        context: now.context.clone(),
        time: now.time,
        seen: Seen { level: now.level.clone(), state: now.state.clone(), detail: now.detail.clone() },
    }
}

pub(super) fn recall(model: &mut Model) -> Vec<Effect> {
    if let Some(view) = model.queue.in_grace() {
        return vec![Effect::Queue(Command::Recall(view.submission.id))];
    }
    let count = model.tray.undo();
    model.say(Tone::Info, format!("the last staging is undone: {}", many(count, "target")));
    Vec::new()
}

pub(super) fn queue_event(model: &mut Model, event: &QueueEvent) -> Vec<Effect> {
    model.queue.apply(event);
    match event {
        QueueEvent::Targets { submission, targets, state: TargetState::Recalled, .. } if !model.leaving => {
            // What was called back is staged again: the analyst decides anew, and nothing is lost.
            let recalled: HashSet<Target> = targets.iter().copied().collect();
            let handed_over = model.handed_over.get(submission).map_or(&[][..], Vec::as_slice);
            let back =
                handed_over.iter().filter(|staged| recalled.contains(&staged.target)).cloned().collect();
            model.tray.put_back(back);
        }
        QueueEvent::Refused { submission, why } => {
            // Nothing staged may be lost because the queue would not take it.
            let back = model.handed_over.remove(submission).unwrap_or_default();
            let count = many(model.tray.put_back(back), "verdict");
            model.say(Tone::Alarm, format!("NOT SENT: {why}; staged again: {count}"));
        }
        QueueEvent::Stopped if !model.leaving => {
            let lost: Vec<SubmissionId> = model
                .handed_over
                .keys()
                .filter(|id| model.queue.submission(**id).is_none())
                .copied()
                .collect();
            for id in lost {
                let back = model.handed_over.remove(&id).unwrap_or_default();
                model.tray.put_back(back);
            }
            model.say(
                Tone::Alarm,
                "NOTHING IS SENT any more: the background task has stopped; quit and start again",
            );
        }
        QueueEvent::Paused(pause) => {
            model.say(Tone::Alarm, format!("{} {}", pause.text(), pause.next_step()));
        }
        QueueEvent::Recalled { submission, recalled, already_sent } => {
            let already =
                if *already_sent > 0 { format!("; {already_sent} were sent already") } else { String::new() };
            let again = if *recalled > 0 { " and staged again" } else { "" };
            model.say(Tone::Info, format!("submission {submission}: {recalled} recalled{again}{already}"));
        }
        QueueEvent::Stopped => return vec![Effect::Quit],
        _ => {}
    }
    if let QueueEvent::Targets { submission, .. } = event
        && let Some(view) = model.queue.submission(*submission)
        && view.counts().sum(TargetState::can_recall) == 0
    {
        model.handed_over.remove(submission);
    }
    Vec::new()
}
