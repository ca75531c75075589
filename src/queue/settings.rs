//! What can be set about the queue.

use crate::entity::Batch;
use std::time::Duration;

/// The queue's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The most ids of one call, 1 to [`Batch::MOST`]; values outside are brought inside.
    pub batch_size: usize,
    /// The first read-back comes this long after an answer; each further one after twice the wait, up to 300 s.
    pub verify_after: Duration,
    /// An accepted target that is not visible after this time is *not seen*.
    pub not_seen_after: Duration,
    /// How long a call that was given up on may still take effect, and how long a clean answer may take to become
    /// visible: an opposite verdict waits that long.
    pub settle: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_size: Batch::MOST,
            verify_after: Duration::from_secs(5),
            not_seen_after: Duration::from_secs(15 * 60),
            settle: Duration::from_secs(120),
        }
    }
}
