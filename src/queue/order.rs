//! What the queue is asked to do: submissions of orders, and commands about them.

use crate::entity::{RiskDetail, RiskLevel, RiskState, Target, Text, UserId, Verdict};
use chrono::{DateTime, Utc};
use std::fmt;
use std::time::Duration;

/// The number of a submission, given by whoever submits. Each is used once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubmissionId(pub u64);

impl fmt::Display for SubmissionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// One target of a submission and what is decided about it. Never changes once submitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// About what.
    pub target: Target,
    /// What is decided.
    pub verdict: Verdict,
    /// Whose sign-in it is, where that is known; verdicts about one user leave in the order given (rule R13).
    pub user: Option<UserId>,
    /// The name to show.
    pub name: Text,
    /// What else to show beside the name: address, place, app.
    pub context: String,
    /// When the sign-in took place, or when the user's risk last changed: where to look when reading back.
    pub time: Option<DateTime<Utc>>,
    /// What the analyst saw when deciding.
    pub seen: Seen,
}

/// The risk of a target as the analyst saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its level.
    pub level: RiskLevel,
    /// Its state.
    pub state: RiskState,
    /// The reason of the state.
    pub detail: RiskDetail,
}

/// What one review sends: orders with one reason and one ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// Its number.
    pub id: SubmissionId,
    /// When it was confirmed.
    pub at: DateTime<Utc>,
    /// How long it can be recalled before its first call.
    pub grace: Duration,
    /// Why, in the analyst's words.
    pub reason: String,
    /// The ticket it belongs to.
    pub ticket: String,
    /// The targets and their verdicts, in order.
    pub orders: Vec<Order>,
}

impl Submission {
    /// The most orders that one submission may hold.
    pub const MOST: usize = 10_000;
}

/// What the console or the `mark` command asks of the queue.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Take these orders. Answered by `Accepted` or `Refused`.
    Submit(Submission),
    /// Take back what has not been sent. Answered by `Recalled`.
    Recall(SubmissionId),
    /// End the grace now.
    SendNow(SubmissionId),
    /// Go on after a pause that needed a person: signed in, role activated, cause removed.
    Resume,
    /// Targets that were not seen, or whose outcome stayed unknown, are read back again. What Graph rejected needs a new
    /// decision.
    Retry(SubmissionId),
    /// End what is unfinished: what was never sent is recalled, the rest is no longer followed.
    GiveUp(SubmissionId),
    /// Stop the queue.
    Shutdown {
        /// End all graces and send everything first, without waiting for verification.
        finish: bool,
    },
}
