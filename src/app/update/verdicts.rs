//! A verdict's way through the console: staged, reviewed, handed to the queue, called back.

use crate::app::action::Action;
use crate::app::message::Effect;
use crate::app::model::{Model, Overlay, Tone};
use crate::app::review::Review;
use crate::app::table::Table;
use crate::app::tray::Staged;
use crate::entity::{Kind, Target, Verdict};
use crate::queue::{Command, Order, QueueEvent, Seen, Submission, TargetState};
use std::fmt::Write as _;

pub(super) fn stage(model: &mut Model, verdict: Verdict) -> Vec<Effect> {
    let (list, rows) = model.chosen();
    let Some(list) = list else { return Vec::new() };
    let hidden = model.current_table().map_or(0, Table::hidden_marks);
    let total = rows.len();
    let verdicts: Vec<Staged> = rows
        .iter()
        .filter_map(|row| {
            let target = row.target()?;
            Some(Staged { target, verdict, origin: (list, row.key()), standing: row.standing() })
        })
        .collect();
    let without_id = total - verdicts.len();
    let about: Vec<Target> = verdicts.iter().map(|staged| staged.target).collect();
    let count = model.tray.stage(verdicts);
    let mut said = format!("{verdict} staged on {}", counted(&about, count));
    if without_id > 0 {
        // Writing to a String cannot fail.
        let _ = write!(said, "; {without_id} without an id left out");
    }
    if hidden > 0 {
        let _ = write!(said, "; {hidden} hidden marks left out");
    }
    if count > 0 {
        said.push_str("; $ reviews and sends");
    }
    model.say(Tone::Info, said);
    let marked = model.current_table().is_some_and(|table| table.marked() > 0);
    if let Some((table, ..)) = model.current() {
        table.end_range();
        if marked {
            table.unmark_shown();
        } else {
            table.step(1);
        }
    }
    Vec::new()
}

/// The targets in words: `3 users`, `1 sign-in and 2 users`.
fn counted(targets: &[Target], distinct: usize) -> String {
    let users = targets.iter().filter(|target| target.kind() == Kind::User).count();
    let sign_ins = targets.len() - users;
    match (sign_ins, users) {
        (0, _) => format!("{distinct} {}", Kind::User.noun(distinct)),
        (_, 0) => format!("{distinct} {}", Kind::SignIn.noun(distinct)),
        _ => format!("{distinct} sign-ins and users"),
    }
}

pub(super) fn unstage(model: &mut Model) -> Vec<Effect> {
    let targets: Vec<Target> = model.chosen().1.iter().filter_map(|row| row.target()).collect();
    let count = model.tray.unstage(&targets);
    let said = if count == 0 {
        "nothing is staged here".to_owned()
    } else {
        format!("{count} unstaged; z brings them back")
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
            Action::IncludeHidden => review.with_hidden = !review.with_hidden,
            _ => review.with_remediated = !review.with_remediated,
        }
        review.number.clear();
    }
    Vec::new()
}

pub(super) fn leave_out(model: &mut Model) -> Vec<Effect> {
    if let Some(Overlay::Review(review)) = &mut model.overlay {
        let target = review.leave_out();
        let empty = review.entries.is_empty();
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

/// Hands what the review shows to the queue: the very targets that were on the screen.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Review(review)) = model.overlay.take() else { return Vec::new() };
    let staged: Vec<Staged> = review.included().cloned().collect();
    let orders: Vec<Order> = staged.iter().map(order).collect();
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
    let grace = model.session.grace.as_secs();
    let count = targets.len();
    model.say(
        Tone::Info,
        if grace == 0 {
            format!("{count} targets sent")
        } else {
            format!("{count} targets go out in {grace} s; z calls them back")
        },
    );
    vec![Effect::Queue(Command::Submit(submission))]
}

fn order(staged: &Staged) -> Order {
    let standing = &staged.standing;
    Order {
        target: staged.target,
        verdict: staged.verdict,
        user: standing.user,
        name: standing.name.clone(),
        context: standing.context.clone(),
        time: standing.time,
        seen: Seen {
            level: standing.level.clone(),
            state: standing.state.clone(),
            detail: standing.detail.clone(),
        },
    }
}

pub(super) fn recall(model: &mut Model) -> Vec<Effect> {
    if let Some(view) = model.queue.in_grace() {
        return vec![Effect::Queue(Command::Recall(view.submission.id))];
    }
    let count = model.tray.undo();
    model.say(Tone::Info, format!("the last staging is undone: {count} targets"));
    Vec::new()
}

pub(super) fn queue_event(model: &mut Model, event: &QueueEvent) -> Vec<Effect> {
    model.queue.apply(event);
    match event {
        QueueEvent::Targets { submission, targets, state: TargetState::Recalled, .. } if !model.leaving => {
            // What was called back is staged again: the analyst decides anew, and nothing is lost.
            let handed_over = model.handed_over.get(submission).map_or(&[][..], Vec::as_slice);
            let back =
                handed_over.iter().filter(|staged| targets.contains(&staged.target)).cloned().collect();
            model.tray.stage(back);
        }
        QueueEvent::Refused { submission, why } => {
            // Nothing staged may be lost because the queue would not take it.
            let back = model.handed_over.remove(submission).unwrap_or_default();
            let count = back.len();
            model.tray.stage(back);
            model.say(Tone::Alarm, format!("NOT SENT: {why}; {count} verdicts are staged again"));
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
        QueueEvent::Stopped if model.leaving => return vec![Effect::Quit],
        _ => {}
    }
    Vec::new()
}
