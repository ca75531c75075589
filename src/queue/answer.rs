//! How a call ended, in the queue's own words (QUEUE.md, outcome classes).

use std::time::Duration;

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What that means for its targets.
    pub class: OutcomeClass,
    /// Graph's own number of the call.
    pub request_id: Option<String>,
    /// Graph's code and message, made harmless.
    pub note: Option<String>,
}

/// What the end of a call means for its targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeClass {
    /// Done.
    Accepted,
    /// No connection was made: certainly not done.
    NotSent,
    /// Too many calls: certainly not done.
    Throttled {
        /// How long to wait, where Graph says it.
        retry_after: Option<Duration>,
    },
    /// The sign-in is no longer good: not done.
    Unauthorised {
        /// A stronger sign-in is asked for.
        claims: bool,
    },
    /// Not permitted: not done.
    Forbidden,
    /// The batch, or something in it, is bad.
    Refused,
    /// Too many ids for one call: not done.
    TooMany,
    /// The target is being changed by somebody else: not done.
    Busy,
    /// Everything that is no clear answer: may have been done.
    Unknown,
}
