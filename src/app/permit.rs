//! May I? One function answers whether an action makes sense now and, if not, why. The dispatcher, the key line and
//! the help ask it, so that what cannot be done is not offered, and a key that is refused says the reason (rule R21).

use super::action::Action;
use super::model::{Model, Overlay, Tab};
use crate::queue::TargetState;

/// Whether `action` can be carried out now; if not, why.
pub fn permit(model: &Model, action: Action) -> Result<(), String> {
    match action {
        Action::Stage(_) => may_stage(model),
        Action::Unstage | Action::UnstageAll | Action::Review => {
            writable(model)?;
            if model.tray.is_empty() { refuse("nothing is staged") } else { Ok(()) }
        }
        Action::Recall => {
            if model.queue.in_grace().is_some() || model.tray.can_undo() {
                Ok(())
            } else {
                refuse("nothing is in grace, and no staging is left to undo")
            }
        }
        Action::MarkAll | Action::Invert => {
            if model.current_table().is_some_and(|table| table.shown() > 0) {
                Ok(())
            } else {
                refuse("no row is shown")
            }
        }
        Action::UnmarkAll => {
            if model.current_table().is_some_and(|table| table.marked() > 0) {
                Ok(())
            } else {
                refuse("nothing is marked")
            }
        }
        Action::MarkAgain => {
            if model.current_table().is_some_and(super::table::Table::has_last_marks) {
                Ok(())
            } else {
                refuse("no earlier marks")
            }
        }
        Action::NextMatch | Action::PreviousMatch => {
            if model.current_table().is_some_and(super::table::Table::has_last_filter) {
                Ok(())
            } else {
                refuse("type a filter first: /")
            }
        }
        Action::Evidence if model.tab == Tab::Queue => {
            if model.queue_tab.current(&model.queue).is_some() {
                Ok(())
            } else {
                refuse("the queue is empty")
            }
        }
        Action::Mark | Action::Range | Action::Unmark | Action::MarkSame | Action::Evidence => {
            on_a_row(model)
        }
        Action::Refresh if model.tab == Tab::Queue => {
            if model.queue.paused().is_some() || stuck(model) {
                Ok(())
            } else {
                refuse("nothing in the queue is stuck")
            }
        }
        Action::IncludeHidden | Action::IncludeRemediated | Action::Accept => in_review(model, action),
        Action::QuitSend => {
            let unfinished = model.unfinished();
            if unfinished.recallable + unfinished.under_way > 0 {
                Ok(())
            } else {
                refuse("nothing waits to be sent")
            }
        }
        _ => Ok(()),
    }
}

/// Whether a submission holds targets that trying again could bring forward.
fn stuck(model: &Model) -> bool {
    let can_try =
        |state| matches!(state, TargetState::NotSeen | TargetState::Unknown | TargetState::Rejected);
    model.queue.submissions().iter().any(|submission| submission.counts().sum(can_try) > 0)
}

fn refuse(why: &str) -> Result<(), String> {
    Err(why.to_owned())
}

fn writable(model: &Model) -> Result<(), String> {
    if model.session.write {
        return Ok(());
    }
    Err(model
        .session
        .read_only_because
        .clone()
        .unwrap_or_else(|| "READ-ONLY: verdicts need `write = true` in the profile, or --write".to_owned()))
}

fn on_a_row(model: &Model) -> Result<(), String> {
    match model.current_table() {
        Some(table) if table.cursor_row().is_some() => Ok(()),
        Some(table) if table.shown() > 0 => refuse("the row under the cursor went away; move first"),
        _ => refuse("no row is shown"),
    }
}

fn may_stage(model: &Model) -> Result<(), String> {
    writable(model)?;
    if model.leaving {
        return refuse("the console is closing");
    }
    let Some(table) = model.current_table() else { return refuse("verdicts are given in the tables") };
    if table.marked() == 0 || model.is_one_row_in_sight() {
        return on_a_row(model);
    }
    if table.hidden_marks() == table.marked() {
        return refuse(if table.filter().is_empty() {
            "no marked row is listed any more: U unmarks"
        } else {
            "every marked row is hidden by the filter: esc clears the filter, U the marks"
        });
    }
    Ok(())
}

fn in_review(model: &Model, action: Action) -> Result<(), String> {
    let Some(Overlay::Review(review)) = &model.overlay else { return refuse("the review is not open") };
    match action {
        Action::IncludeHidden if review.hidden() == 0 => refuse("nothing staged is hidden"),
        Action::IncludeRemediated if review.remediated() == 0 => refuse("no remediated user is staged"),
        Action::Accept => review.may_accept(),
        _ => Ok(()),
    }
}
