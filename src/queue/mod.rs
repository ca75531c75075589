//! Submissions on their way: from the review to Graph, and until Graph shows the verdict.
//!
//! Two halves. The core ([`Queue`], [`step`]) is a pure state machine: events in, effects out, no clock, no
//! input or output, no randomness. The driver ([`spawn`]) is the background task that gives it time and carries
//! its effects out with the Graph client. Nothing here knows a screen; the console and the `mark` command send
//! [`Command`]s and fold [`QueueEvent`]s into a [`QueueView`].
//!
//! The events are facts in the order in which they happened. Everything that must survive a crash passes through
//! them before the call it announces is made, so that a journal can stand between core and driver.

mod answer;
mod batch;
mod book;
mod client;
mod command;
mod driver;
mod entry;
mod event;
mod handle;
mod isolate;
mod machine;
mod order;
mod pace;
mod pause;
mod send;
mod settings;
mod state;
mod verify;
mod view;

pub use answer::{Outcome, OutcomeClass};
pub use driver::{Service, spawn};
pub use event::{Phase, QueueEvent};
pub use handle::QueueHandle;
pub use machine::{AttemptId, Effect, Event, Queue, RoundId, step};
pub use order::{Command, Order, Seen, Submission, SubmissionId};
pub use pause::Pause;
pub use settings::Settings;
pub use state::TargetState;
pub use verify::{Look, ReadFailure};
pub use view::{Counts, QueueView, SubmissionView};

#[cfg(test)]
mod tests;
