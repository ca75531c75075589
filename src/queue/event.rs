//! What the queue tells: facts, in the order in which they happened.

use super::order::{Submission, SubmissionId};
use super::pause::Pause;
use super::state::TargetState;
use crate::entity::{Kind, Target, Verdict};
use uuid::Uuid;

/// One fact about the queue.
#[derive(Clone, Debug, PartialEq)]
pub enum QueueEvent {
    /// The queue has taken a submission; each of its targets is in grace.
    Accepted {
        /// What was taken. Targets that were given twice are in it once.
        submission: Submission,
        /// How many calls it will take.
        batches: usize,
    },
    /// A submission was not taken; nothing of it is sent.
    Refused {
        /// Which.
        submission: SubmissionId,
        /// Why not.
        why: String,
    },
    /// The answer to a recall.
    Recalled {
        /// Of what.
        submission: SubmissionId,
        /// How many targets were taken back.
        recalled: usize,
        /// How many had been sent, or may have been.
        already_sent: usize,
    },
    /// Targets of one submission have come into a state.
    Targets {
        /// Whose targets.
        submission: SubmissionId,
        /// Which.
        targets: Vec<Target>,
        /// Where they stand now.
        state: TargetState,
        /// Why, where there is more to say: Graph's code, message and request id, made harmless.
        note: Option<String>,
    },
    /// One call: announced before it is made, then answered.
    Batch {
        /// Whose targets it holds.
        submission: SubmissionId,
        /// The number of the call, counted for its submission from 1.
        number: usize,
        /// How many calls the submission takes, as far as can be told now.
        of: usize,
        /// How many targets it holds.
        size: usize,
        /// Of which kind.
        kind: Kind,
        /// Its verdict.
        verdict: Verdict,
        /// How far it is.
        phase: Phase,
        /// The number under which Graph logs the call.
        client_request_id: Uuid,
        /// Graph's own number, once it answered.
        request_id: Option<String>,
    },
    /// Nothing is sent for now.
    Paused(Pause),
    /// Sending goes on.
    Resumed,
    /// What is still to be sent.
    Estimate {
        /// Calls.
        remaining_calls: usize,
        /// Time at the present rate.
        seconds: u64,
    },
    /// Nothing is left to send or to verify.
    Idle,
    /// The queue has stopped; no event follows.
    Stopped,
}

/// How far a call is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is about to be made.
    Sent,
    /// It was answered, or it failed; the targets' states say how.
    Answered,
    /// It was refused and is being taken apart to find the bad ids.
    Isolating {
        /// Targets accepted since.
        accepted: usize,
        /// Targets refused alone since.
        refused: usize,
        /// Targets still to be tried.
        left: usize,
    },
}
