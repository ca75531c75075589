//! The console's state machine. Pure: no async, no clock, no file, no terminal.
//!
//! [`update()`] takes a [`Message`], changes the [`Model`] and returns what should be done, as [`Effect`]s, which are
//! data. Time, sizes and answers arrive as messages, so that the same messages give the same screen, today and in
//! a year. Each noun owns its transitions: rows, cursor and marks in [`table`], staged verdicts in [`tray`], the
//! review in [`review`]; `update` is a switchboard.
//!
//! It knows `entity`, `filter`, `evidence`, and of `queue` the words in which submissions are given and reported. Of
//! ratatui and crossterm it knows rectangles and key codes, nothing else.

pub mod action;
pub mod geometry;
pub mod key;
pub mod keymap;
pub mod load;
pub mod message;
pub mod model;
pub mod permit;
pub mod queue_tab;
pub mod quit;
pub mod review;
pub mod sheet;
#[cfg(test)]
mod stories;
pub mod summary;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod tray;
mod update;
pub mod words;

pub use action::Action;
pub use geometry::Geometry;
pub use key::KeyPress;
pub use message::{Effect, Message, Problem, Rows, Ticket};
pub use model::{List, Model, Notice, Overlay, Session, Tab, Tone};
pub use update::update;
