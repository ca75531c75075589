//! Drawing: the model in, a buffer out. Decides nothing.
//!
//! [`draw`] is given a model, a theme and a buffer. Where something depends on risk, verdicts or time, the model is
//! asked. Only visible rows become cells.

mod dialog;
mod evidence;
mod frame;
mod paint;
mod queue;
mod review;
mod table;
pub mod theme;

use crate::app::{Model, Overlay, Tab};
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
pub use theme::{Role, Theme};

/// Draws the whole screen. The place of the text cursor, where something is being typed.
pub fn draw(model: &Model, theme: &Theme, buffer: &mut Buffer) -> Option<Position> {
    let geometry = model.geometry();
    if !geometry.is_usable() {
        frame::too_small(&geometry, theme, buffer);
        return None;
    }
    frame::header(model, &geometry, theme, buffer);
    frame::tabs(model, &geometry, theme, buffer);
    match model.tab {
        Tab::Queue => queue::draw(model, &geometry, theme, buffer),
        _ => table::draw(model, &geometry, theme, buffer),
    }
    if let Some(pane) = geometry.pane {
        evidence::pane(model, pane, theme, buffer);
    }
    let typing = match &model.overlay {
        None => None,
        Some(Overlay::Help { scroll, .. }) => {
            evidence::help(model, &geometry, *scroll, theme, buffer);
            None
        }
        Some(Overlay::Evidence { scroll }) => {
            evidence::full(model, &geometry, *scroll, theme, buffer);
            None
        }
        Some(Overlay::Review(review)) => review::draw(model, review, &geometry, theme, buffer),
        Some(Overlay::Quit { .. }) => {
            dialog::quit(model.unfinished(), &geometry, theme, buffer);
            None
        }
    };
    let filter = frame::status(model, &geometry, theme, buffer);
    frame::keys(model, &geometry, theme, buffer);
    typing.or(filter)
}
