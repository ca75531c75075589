//! Text being typed: the filter, the reason, the ticket.

use super::moving::step;
use crate::app::key::KeyPress;
use crate::app::message::Effect;
use crate::app::model::{Model, Overlay, Tone};
use crossterm::event::KeyCode;
use tui_input::InputRequest;

pub(super) fn type_key(model: &mut Model, key: KeyPress) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc | KeyCode::Enter => {
            let keep = key.code == KeyCode::Enter;
            if model.typing.take().is_some() {
                if !keep && let Some((table, evidence, times)) = model.current() {
                    table.set_filter("", evidence, times);
                }
            } else if let Some(Overlay::Review(review)) = &mut model.overlay {
                if !keep && let Some(field) = review.field() {
                    field.reset();
                }
                review.typing = None;
            }
            return Vec::new();
        }
        KeyCode::Up | KeyCode::Down if model.typing.is_some() => {
            return step(model, if key.code == KeyCode::Up { -1 } else { 1 });
        }
        _ => {}
    }
    if let Some(request) = request(key) {
        edit(model, &[request]);
    }
    Vec::new()
}

/// What a key means in a text.
fn request(key: KeyPress) -> Option<InputRequest> {
    Some(match (key.code, key.control) {
        (KeyCode::Char(character), false) => InputRequest::InsertChar(character),
        (KeyCode::Backspace, false) | (KeyCode::Char('h'), true) => InputRequest::DeletePrevChar,
        (KeyCode::Delete, false) => InputRequest::DeleteNextChar,
        (KeyCode::Left, false) | (KeyCode::Char('b'), true) => InputRequest::GoToPrevChar,
        (KeyCode::Right, false) | (KeyCode::Char('f'), true) => InputRequest::GoToNextChar,
        (KeyCode::Left, true) => InputRequest::GoToPrevWord,
        (KeyCode::Right, true) => InputRequest::GoToNextWord,
        (KeyCode::Home, _) | (KeyCode::Char('a'), true) => InputRequest::GoToStart,
        (KeyCode::End, _) | (KeyCode::Char('e'), true) => InputRequest::GoToEnd,
        (KeyCode::Char('w') | KeyCode::Backspace, true) => InputRequest::DeletePrevWord,
        (KeyCode::Char('u'), true) => InputRequest::DeleteLine,
        (KeyCode::Char('k'), true) => InputRequest::DeleteTillEnd,
        _ => return None,
    })
}

/// More than any reason, ticket or filter needs; a paste of a megabyte would make every key slow.
const LONGEST_INPUT: usize = 500;

fn edit(model: &mut Model, requests: &[InputRequest]) {
    let input = match (&mut model.typing, &mut model.overlay) {
        (Some(input), _) => input,
        (None, Some(Overlay::Review(review))) => match review.field() {
            Some(field) => field,
            None => return,
        },
        _ => return,
    };
    for request in requests {
        let inserts = matches!(request, InputRequest::InsertChar(_));
        if !inserts || input.value().len() < LONGEST_INPUT {
            input.handle(*request);
        }
    }
    let Some(text) = model.typing.as_ref().map(|input| input.value().to_owned()) else { return };
    if let Some((table, evidence, times)) = model.current() {
        table.set_filter(&text, evidence, times);
    }
}

pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if !model.is_typing() {
        model.say(Tone::Refusal, "paste ignored: no text is being typed");
        return Vec::new();
    }
    let clean: Vec<InputRequest> = crate::entity::harmless(text.lines().next().unwrap_or_default())
        .chars()
        .take(LONGEST_INPUT)
        .map(InputRequest::InsertChar)
        .collect();
    edit(model, &clean);
    Vec::new()
}
