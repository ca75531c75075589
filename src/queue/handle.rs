//! The other end of the queue's background task.

use super::event::QueueEvent;
use super::order::Command;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A running queue: where commands go in and facts come out. Dropping `commands` stops the queue as
/// `Shutdown { finish: false }` does.
#[derive(Debug)]
pub struct QueueHandle {
    /// What the queue is asked to do.
    pub commands: mpsc::UnboundedSender<Command>,
    /// What it tells; ends after [`QueueEvent::Stopped`].
    pub events: mpsc::UnboundedReceiver<QueueEvent>,
    /// The background task; ends with the queue.
    pub task: JoinHandle<()>,
}
