//! The question before quitting: what would be lost, and what to do about it (rule R9).

use super::words::grouped;
use crate::queue::{QueueView, TargetState};

/// What is unfinished at the moment of quitting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// Verdicts that are staged and were not sent.
    pub staged: usize,
    /// Targets that can still be recalled: in grace, or waiting for their turn.
    pub recallable: usize,
    /// Targets whose call is under way or has no known outcome yet.
    pub under_way: usize,
    /// Targets that were accepted and are not verified yet.
    pub unverified: usize,
}

impl Unfinished {
    /// Whether the console may leave without asking.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is unfinished, one line each.
    pub fn lines(&self) -> Vec<String> {
        let line = |count: usize, one: &str, many: &str| {
            (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { many }))
        };
        [
            line(self.staged, "verdict is staged and was not sent", "verdicts are staged and were not sent"),
            line(
                self.recallable,
                "target is accepted by you and not sent yet",
                "targets are accepted by you and not sent yet",
            ),
            line(
                self.under_way,
                "target is on its way: its outcome is not known yet",
                "targets are on their way: their outcome is not known yet",
            ),
            line(
                self.unverified,
                "target was taken by Graph and is not verified yet",
                "targets were taken by Graph and are not verified yet",
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// What became of everything that was sent, in one line for the shell after leaving; nothing where nothing was sent.
pub fn farewell(queue: &QueueView) -> Option<String> {
    let counts: Vec<String> = TargetState::ALL
        .into_iter()
        .map(|state| (state, queue.submissions().iter().map(|view| view.counts().of(state)).sum::<usize>()))
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{} {}", grouped(count), state.words()))
        .collect();
    (!counts.is_empty()).then(|| format!("of the verdicts sent: {}", counts.join(", ")))
}
