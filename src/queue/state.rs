//! Where one target of a submission stands.

/// The state of one target of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetState {
    /// Taken; can be recalled until the grace has run out.
    Grace,
    /// Waits for its call.
    Waiting,
    /// Waits for an earlier verdict on the same user to be resolved and settled.
    Held,
    /// Its call is under way, or a batch that was refused is being taken apart to find out which id is bad.
    Sending,
    /// The call may or may not have happened. Is resolved by reading back.
    Unknown,
    /// Graph said 2xx; not visible yet.
    Accepted,
    /// Graph shows the verdict.
    Verified,
    /// Accepted, but not visible in time.
    NotSeen,
    /// Refused by Graph for this target alone.
    Rejected,
    /// Reading back shows somebody else's decision.
    Conflict,
    /// Taken back; was never sent.
    Recalled,
    /// Replaced by a newer verdict before it was sent.
    Superseded,
    /// No longer followed; the outcome never became known.
    GivenUp,
}

impl TargetState {
    /// All of them, in the order in which a target can pass through them.
    pub const ALL: [Self; 13] = [
        Self::Grace,
        Self::Waiting,
        Self::Held,
        Self::Sending,
        Self::Unknown,
        Self::Accepted,
        Self::Verified,
        Self::NotSeen,
        Self::Rejected,
        Self::Conflict,
        Self::Recalled,
        Self::Superseded,
        Self::GivenUp,
    ];

    /// The state in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Grace => "in grace",
            Self::Waiting => "waiting",
            Self::Held => "held behind an earlier verdict",
            Self::Sending => "sending",
            Self::Unknown => "outcome unknown",
            Self::Accepted => "accepted",
            Self::Verified => "verified",
            Self::NotSeen => "not seen",
            Self::Rejected => "rejected",
            Self::Conflict => "conflict",
            Self::Recalled => "recalled",
            Self::Superseded => "superseded",
            Self::GivenUp => "given up",
        }
    }

    /// Whether the queue is done with it. A retry can still move a target that was not seen.
    pub fn is_final(self) -> bool {
        match self {
            Self::Grace | Self::Waiting | Self::Held | Self::Sending | Self::Unknown | Self::Accepted => {
                false
            }
            Self::Verified
            | Self::NotSeen
            | Self::Rejected
            | Self::Conflict
            | Self::Recalled
            | Self::Superseded
            | Self::GivenUp => true,
        }
    }

    /// Whether a recall takes it back: certainly nothing of it was ever sent.
    pub fn can_recall(self) -> bool {
        matches!(self, Self::Grace | Self::Waiting | Self::Held)
    }

    /// Whether trying again can bring it forward.
    pub fn can_retry(self) -> bool {
        matches!(self, Self::NotSeen | Self::Unknown)
    }

    /// Whether it has not left yet, or may not have: what quitting now would leave undone.
    pub fn is_unsent(self) -> bool {
        matches!(self, Self::Grace | Self::Waiting | Self::Held | Self::Sending | Self::Unknown)
    }

    /// Whether it needs a person to look at it.
    pub fn needs_eyes(self) -> bool {
        matches!(self, Self::NotSeen | Self::Rejected | Self::Conflict | Self::GivenUp)
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_the_states_by_their_index() {
        for (index, state) in TargetState::ALL.into_iter().enumerate() {
            assert_eq!(state.index(), index);
        }
    }

    #[test]
    fn what_can_be_recalled_is_not_final() {
        for state in TargetState::ALL {
            assert!(!(state.can_recall() && state.is_final()), "{}", state.words());
            assert!(!(state.is_unsent() && state.is_final()), "{}", state.words());
        }
    }
}
