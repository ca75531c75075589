//! Staged verdicts: what the analyst intends, before anything is sent.

use super::model::List;
use crate::entity::{Key, Standing, Target, Verdict};
use std::collections::{HashMap, HashSet};

/// A verdict on one target, with what the analyst saw when it was staged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// About what.
    pub target: Target,
    /// What.
    pub verdict: Verdict,
    /// The table and row from which it was staged: its filter decides whether it is shown (rule R2).
    pub origin: (List, Key),
    /// The row as it was then.
    pub standing: Standing,
}

/// One change of the tray: each target with what was staged on it before.
type Change = Vec<(Target, Option<Staged>)>;

/// All staged verdicts, at most one for a target, in the order in which they were staged.
#[derive(Clone, Debug, Default)]
pub struct Tray {
    staged: HashMap<Target, (u64, Staged)>,
    next: u64,
    changes: Vec<Change>,
    counts: HashMap<Verdict, usize>,
}

impl Tray {
    /// How many verdicts are staged.
    pub fn len(&self) -> usize {
        self.staged.len()
    }

    /// Whether nothing is staged.
    pub fn is_empty(&self) -> bool {
        self.staged.is_empty()
    }

    /// How many of that verdict are staged. Kept, because it is asked at every frame.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.counts.get(&verdict).copied().unwrap_or(0)
    }

    /// Puts a verdict in, or takes one out; what was there before.
    fn set(&mut self, target: Target, staged: Option<Staged>) -> Option<Staged> {
        if let Some(staged) = &staged {
            *self.counts.entry(staged.verdict).or_default() += 1;
        }
        let before = match staged {
            Some(staged) => {
                self.next += 1;
                self.staged.insert(target, (self.next, staged))
            }
            None => self.staged.remove(&target),
        };
        let before = before.map(|(_, before)| before);
        if let Some(before) = &before {
            *self.counts.entry(before.verdict).or_default() -= 1;
        }
        before
    }

    /// What is staged on the target.
    pub fn get(&self, target: Target) -> Option<&Staged> {
        self.staged.get(&target).map(|(_, staged)| staged)
    }

    /// Everything, in order.
    pub fn in_order(&self) -> Vec<&Staged> {
        let mut all: Vec<&(u64, Staged)> = self.staged.values().collect();
        all.sort_by_key(|(order, _)| *order);
        all.into_iter().map(|(_, staged)| staged).collect()
    }

    /// Stages verdicts, each in place of an earlier one on the same target. How many targets there are.
    pub fn stage(&mut self, verdicts: Vec<Staged>) -> usize {
        let mut change: Change = Vec::with_capacity(verdicts.len());
        let mut touched = HashSet::new();
        for staged in verdicts {
            let target = staged.target;
            let before = self.set(target, Some(staged));
            // A target that occurs twice in one gesture goes back to what was there before the gesture.
            if touched.insert(target) {
                change.push((target, before));
            }
        }
        let count = change.len();
        self.remember(change);
        count
    }

    /// Puts verdicts back that were handed over and came back. What the analyst staged on a target since then stays, and
    /// this is no change that could be undone. How many were put back.
    pub fn put_back(&mut self, verdicts: Vec<Staged>) -> usize {
        let missing: Vec<Staged> =
            verdicts.into_iter().filter(|staged| !self.staged.contains_key(&staged.target)).collect();
        let count = missing.len();
        for staged in missing {
            self.set(staged.target, Some(staged));
        }
        count
    }

    /// Takes the verdicts on these targets back. How many there were.
    pub fn unstage(&mut self, targets: &[Target]) -> usize {
        let mut change: Change = Vec::new();
        for target in targets {
            if let Some(before) = self.set(*target, None) {
                change.push((*target, Some(before)));
            }
        }
        let count = change.len();
        self.remember(change);
        count
    }

    /// Takes everything back. How many there were.
    pub fn clear(&mut self) -> usize {
        let all: Vec<Target> = self.in_order().iter().map(|staged| staged.target).collect();
        self.unstage(&all)
    }

    /// Takes out what was sent. This is no change that could be undone.
    pub fn remove_sent(&mut self, targets: &[Target]) {
        for target in targets {
            self.set(*target, None);
        }
        self.changes.clear();
    }

    /// Whether there is a change to undo.
    pub fn can_undo(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Undoes the last change. How many targets it touched.
    pub fn undo(&mut self) -> usize {
        let Some(change) = self.changes.pop() else { return 0 };
        let count = change.len();
        for (target, before) in change.into_iter().rev() {
            self.set(target, before);
        }
        count
    }

    fn remember(&mut self, change: Change) {
        /// More steps back than anybody takes; keeps a long session's memory bounded.
        const MOST: usize = 100;
        if change.is_empty() {
            return;
        }
        if self.changes.len() == MOST {
            self.changes.remove(0);
        }
        self.changes.push(change);
    }
}
