//! Keys: from a press to an action, and from an action to the noun that carries it out.

use super::lists::AUTO_REFRESH;
use super::{leaving, lists, moving, typing, verdicts};
use crate::app::action::Action;
use crate::app::key::KeyPress;
use crate::app::keymap;
use crate::app::message::Effect;
use crate::app::model::{List, Model, Overlay, Tab, Tone};
use crate::app::permit::permit;
use crate::app::review::Typing;
use crate::app::words::{grouped, many};
use crossterm::event::KeyCode;
use tui_input::Input;

pub(super) fn press(model: &mut Model, key: KeyPress) -> Vec<Effect> {
    match (key.control, key.code) {
        (true, KeyCode::Char('c')) => {
            model.typing = None;
            return leaving::interrupt(model);
        }
        (true, KeyCode::Char('z')) => return vec![Effect::Suspend],
        (true, KeyCode::Char('l')) => return vec![Effect::Repaint],
        _ => {}
    }
    if !model.geometry().is_usable() {
        return Vec::new();
    }
    if model.is_typing() {
        return typing::type_key(model, key);
    }
    if let Some(Overlay::Review(review)) = &mut model.overlay {
        let deaf = review.is_deaf(model.now);
        review.complaint = None;
        match key.code {
            KeyCode::Char(digit @ '0'..='9') if !deaf => {
                review.type_digit(digit);
                return Vec::new();
            }
            KeyCode::Backspace => {
                review.number.pop();
                return Vec::new();
            }
            _ if deaf && keymap::action(keymap::Scope::Review, key) != Some(Action::Back) => {
                return Vec::new();
            }
            _ => {}
        }
    }
    match keymap::action(model.scope(), key) {
        Some(action) => act(model, action),
        None => {
            model.say(Tone::Refusal, format!("{key} means nothing here; ? shows the keys"));
            Vec::new()
        }
    }
}

/// Carries an action out, or says why not.
fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Err(why) = permit(model, action) {
        match &mut model.overlay {
            Some(Overlay::Review(review)) => review.complaint = Some(why),
            _ => model.say(Tone::Refusal, why),
        }
        return Vec::new();
    }
    model.notice = None;
    match action {
        Action::Down => moving::step(model, 1),
        Action::Up => moving::step(model, -1),
        Action::Top => moving::jump(model, 0),
        Action::Bottom => moving::jump(model, usize::MAX),
        Action::HalfPageDown => moving::step(model, moving::page(model) / 2),
        Action::HalfPageUp => moving::step(model, -(moving::page(model) / 2)),
        Action::PageDown => moving::step(model, moving::page(model)),
        Action::PageUp => moving::step(model, -moving::page(model)),
        Action::ScrollDown => moving::scroll(model, 1),
        Action::ScrollUp => moving::scroll(model, -1),
        Action::Open(tab) => moving::open(model, tab),
        Action::NextTab => moving::open(model, moving::neighbour(model.tab, 1)),
        Action::PreviousTab => moving::open(model, moving::neighbour(model.tab, Tab::ALL.len() - 1)),
        Action::Evidence => moving::open_evidence(model),
        Action::Pane => {
            model.pane = Some(model.geometry().pane.is_none());
            Vec::new()
        }
        Action::Back => moving::back(model),
        Action::Stage(verdict) => verdicts::stage(model, verdict),
        Action::Unstage => verdicts::unstage(model),
        Action::UnstageAll => {
            let count = model.tray.clear();
            model.say(Tone::Info, format!("{} unstaged; z brings them back", grouped(count)));
            Vec::new()
        }
        Action::Review => verdicts::open_review(model),
        Action::Recall => verdicts::recall(model),
        Action::Filter => {
            // The filter in force stays until the first letter of the new one.
            model.typing = Some(Input::default());
            Vec::new()
        }
        Action::Times => {
            model.times = model.times.next();
            for list in List::ALL {
                let (table, evidence, times) = model.table_mut(list);
                if !table.filter().is_empty() {
                    table.arrange(evidence, times);
                }
            }
            let word = model.times.word();
            model.say(Tone::Info, format!("times as {word}"));
            Vec::new()
        }
        Action::Refresh => lists::refresh(model),
        Action::AutoRefresh => {
            model.next_refresh =
                if model.next_refresh.is_some() { None } else { Some(model.now + AUTO_REFRESH) };
            let on = model.next_refresh.is_some();
            model.say(Tone::Info, if on { "refreshing every minute" } else { "no automatic refresh" });
            Vec::new()
        }
        Action::Accept => verdicts::accept(model),
        Action::Reason | Action::TicketField => {
            if let Some(Overlay::Review(review)) = &mut model.overlay {
                review.typing = Some(if action == Action::Reason { Typing::Reason } else { Typing::Ticket });
            }
            Vec::new()
        }
        Action::IncludeHidden | Action::IncludeRemediated => verdicts::include(model, action),
        Action::LeaveOut => verdicts::leave_out(model),
        Action::Help => {
            let over = model.overlay.take().map(Box::new);
            model.overlay = Some(Overlay::Help { scroll: 0, over });
            Vec::new()
        }
        Action::Quit => leaving::quit(model),
        Action::QuitSend => leaving::leave(model, true),
        Action::QuitRecall => leaving::leave(model, false),
        Action::Suspend => vec![Effect::Suspend],
        Action::Repaint => vec![Effect::Repaint],
        _ => {
            act_on_table(model, action);
            Vec::new()
        }
    }
}

/// What concerns the open table alone.
fn act_on_table(model: &mut Model, action: Action) {
    let Some((table, evidence, times)) = model.current() else { return };
    let said = match action {
        Action::Left => {
            table.step_cell(-1);
            None
        }
        Action::Right => {
            table.step_cell(1);
            None
        }
        Action::Mark => {
            table.toggle_mark();
            None
        }
        Action::Range => {
            table.toggle_range();
            table.in_range().then(|| "range: move, then v again".to_owned())
        }
        Action::MarkAll => Some(format!("{} marked: all that are shown", many(table.mark_all(), "row"))),
        Action::MarkSame => {
            table.mark_same(evidence).map(|(count, value)| format!("{} marked: {value}", many(count, "row")))
        }
        Action::Invert => {
            table.invert();
            Some(format!("{} marked", many(table.marked(), "row")))
        }
        Action::Unmark => {
            table.unmark();
            None
        }
        Action::UnmarkAll => {
            let count = table.marked();
            table.unmark_all();
            Some(format!("{} unmarked; V marks them again", grouped(count)))
        }
        Action::MarkAgain => Some(format!("{} marked again", many(table.mark_again(), "row"))),
        Action::NextMatch | Action::PreviousMatch => {
            let found = table.find(action == Action::NextMatch, evidence, times);
            (!found).then(|| "no row matches the last filter".to_owned())
        }
        Action::Sort => {
            table.sort_by_cell(evidence, times);
            let sort = table.sort();
            let arrow = if sort.descending { "down" } else { "up" };
            Some(format!("sorted by {}, {arrow}", table.columns()[sort.column].title))
        }
        Action::Reverse => {
            table.reverse(evidence, times);
            None
        }
        Action::Wide => {
            table.toggle_wide(evidence, times);
            let columns = many(table.chosen_columns().len(), "column");
            Some(if table.is_wide() { format!("{columns}: h and l reach them all") } else { columns })
        }
        _ => None,
    };
    if let Some(text) = said {
        model.say(Tone::Info, text);
    }
}
