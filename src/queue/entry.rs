//! One order inside the queue, and where it stands.

use super::order::{Order, Seen};
use super::state::TargetState;
use crate::entity::{Kind, SignInId, Target, UserId, Verdict};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;

/// An order's place in the order of all orders ever given to this queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct EntryId(pub(super) usize);

/// What one call holds: one kind and one verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Class {
    pub(super) kind: Kind,
    pub(super) verdict: Verdict,
}

impl Class {
    pub(super) const COUNT: usize = Kind::ALL.len() * Verdict::ALL.len();

    pub(super) fn index(self) -> usize {
        self.kind as usize * Verdict::ALL.len() + self.verdict as usize
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        Kind::ALL
            .into_iter()
            .flat_map(|kind| Verdict::ALL.into_iter().map(move |verdict| Self { kind, verdict }))
    }
}

/// Whom a verdict touches in the end: the user, or the sign-in itself where its user is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Subject {
    User(UserId),
    SignIn(SignInId),
}

impl Subject {
    pub(super) fn of(order: &Order) -> Self {
        match (order.target, order.user) {
            (Target::User(user), _) | (Target::SignIn(_), Some(user)) => Self::User(user),
            (Target::SignIn(id), None) => Self::SignIn(id),
        }
    }
}

/// Where an order stands, finer than what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Grace,
    /// Was never sent, or every call with it was certainly without effect.
    Waiting,
    /// To be sent again although it may have been applied in part: it cannot be recalled any more.
    Resend,
    /// Part of a batch that was refused and is taken apart.
    Isolating,
    /// In a call that is under way.
    Sending,
    /// A call with it ended without a clear answer.
    Unknown,
    /// Unknown, and sent as often as is sensible: a person decides.
    Stalled,
    /// Graph said 2xx; read back until it shows.
    Accepted,
    Done(TargetState),
}

impl Stage {
    /// Whether its outcome is still open, so that a different verdict on the same user has to wait.
    pub(super) fn is_open(self) -> bool {
        !matches!(self, Self::Accepted | Self::Done(_))
    }

    /// Whether it could be part of the next call.
    pub(super) fn is_queued(self) -> bool {
        matches!(self, Self::Waiting | Self::Resend)
    }

    /// Whether a call for it is still to come, as far as can be foreseen.
    pub(super) fn is_unsent(self) -> bool {
        matches!(self, Self::Grace | Self::Waiting | Self::Resend)
    }

    /// Whether it is read back.
    pub(super) fn is_read_back(self) -> bool {
        matches!(self, Self::Unknown | Self::Stalled | Self::Accepted)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Index of its submission.
    pub(super) submission: usize,
    pub(super) target: Target,
    pub(super) verdict: Verdict,
    pub(super) subject: Subject,
    pub(super) time: Option<DateTime<Utc>>,
    pub(super) seen: Seen,
    pub(super) stage: Stage,
    /// Blocked by an earlier verdict on the same target or user.
    pub(super) held: bool,
    /// A call with it was refused as a whole, or ended without a clear answer: it may have been applied.
    pub(super) tainted: bool,
    /// When its first call was made.
    pub(super) sent: Option<DateTime<Utc>>,
    /// When it came into its present stage.
    pub(super) entered: Duration,
    /// How many of its calls ended without a clear answer, and when the last one did.
    pub(super) unknowns: u32,
    pub(super) unknown_at: Duration,
    /// Until when a call that was given up on may still take effect.
    pub(super) late_until: Duration,
    /// Until when an accepted verdict may be invisible without being lost.
    pub(super) shows_until: Duration,
    /// Refused alone in a systemic refusal; a second refusal after the analyst resumed is final.
    pub(super) refused_alone: bool,
    /// Since when Graph has answered that the target is busy, and until when it is left alone.
    pub(super) busy_since: Option<Duration>,
    pub(super) not_before: Duration,
    /// When it is read back next, unless that is under way; how often it was.
    pub(super) look_at: Option<Duration>,
    pub(super) looks: u32,
    /// What was last told of it, and what to tell beside the next state.
    pub(super) told: TargetState,
    pub(super) note: Option<Arc<str>>,
}

impl Entry {
    pub(super) fn new(submission: usize, order: &Order, stage: Stage, now: Duration) -> Self {
        Self {
            submission,
            target: order.target,
            verdict: order.verdict,
            subject: Subject::of(order),
            time: order.time,
            seen: order.seen.clone(),
            stage,
            held: false,
            tainted: false,
            sent: None,
            entered: now,
            unknowns: 0,
            unknown_at: Duration::ZERO,
            late_until: Duration::ZERO,
            shows_until: Duration::ZERO,
            refused_alone: false,
            busy_since: None,
            not_before: Duration::ZERO,
            look_at: None,
            looks: 0,
            told: TargetState::Grace,
            note: None,
        }
    }

    pub(super) fn class(&self) -> Class {
        Class { kind: self.target.kind(), verdict: self.verdict }
    }

    /// What is told of it.
    pub(super) fn state(&self) -> TargetState {
        match self.stage {
            Stage::Grace => TargetState::Grace,
            Stage::Waiting if self.held => TargetState::Held,
            Stage::Waiting => TargetState::Waiting,
            Stage::Isolating | Stage::Sending => TargetState::Sending,
            Stage::Resend if self.unknowns == 0 => TargetState::Sending,
            Stage::Resend | Stage::Unknown | Stage::Stalled => TargetState::Unknown,
            Stage::Accepted => TargetState::Accepted,
            Stage::Done(state) => state,
        }
    }

    /// Until when a different verdict on the same user must wait although the outcome is known.
    pub(super) fn settles(&self) -> Duration {
        self.late_until.max(self.shows_until)
    }

    /// Whether `younger` has to wait for this one.
    pub(super) fn holds_back(&self, younger: &Self, now: Duration) -> bool {
        let same_target = self.target == younger.target;
        (self.stage.is_open() && (same_target || self.class() != younger.class()))
            || (self.verdict != younger.verdict && self.late_until > now)
            || (self.verdict.contradicts(younger.verdict) && self.shows_until > now)
    }
}
