//! The switchboard: which noun a message belongs to.

mod keys;
mod leaving;
mod lists;
mod moving;
mod typing;
mod verdicts;

use super::message::{Effect, Message};
use super::model::Model;

/// Lets `message` happen to the console, and says what is to be done.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let effects = match message {
        Message::Time(now) => {
            model.now = now;
            if model.next_refresh.is_some_and(|due| due <= now) {
                lists::refresh_by_itself(model)
            } else {
                Vec::new()
            }
        }
        Message::Key(key) => keys::press(model, key),
        Message::Paste(text) => typing::paste(model, &text),
        Message::Resize(width, height) => {
            model.size = (width, height);
            Vec::new()
        }
        Message::Page { ticket, rows, rejected } => lists::add_page(model, ticket, rows, rejected),
        Message::Loaded { ticket, remark } => lists::end_load(model, ticket, None, remark),
        Message::LoadFailed { ticket, problem } => lists::end_load(model, ticket, Some(problem), None),
        Message::History { user, items } => lists::keep_history(model, user, items),
        Message::Queue(event) => verdicts::queue_event(model, &event),
        Message::Budgets(line) => {
            model.budgets = line;
            Vec::new()
        }
    };
    let page = model.geometry().page();
    if let Some((table, ..)) = model.current() {
        table.scroll_to_cursor(page);
    }
    effects
}

impl Model {
    /// The first effects.
    pub fn start(&mut self) -> Vec<Effect> {
        lists::load_all(self)
    }
}
