//! Taking a refused batch apart until the bad ids are named (rule R12).
//!
//! Graph does not say which id of a batch it refused, and its messages must not be parsed. So the batch is halved:
//! what is accepted is done, what is refused is halved again, and a single id that is refused is bad. Once it is
//! named, all that is still untried goes out together again. One bad id of 60 costs at most ten calls.
//!
//! A refusal can also have a cause that is common to all ids: the tenant, the licence, the role. So the first id
//! that is refused alone is not rejected before any other id of the batch was accepted. Until then the next id to
//! be tried alone comes from the other end of the batch; when that is refused too, everything stops and nothing is
//! rejected.

use super::entry::EntryId;
use std::collections::VecDeque;
use std::sync::Arc;

/// Where the orders of a call come from, and so where they go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A batch of its own.
    Fresh,
    /// The first half of what must hold a bad id.
    Half,
    /// One id, to tell a bad id from a common cause.
    Probe,
    /// What is untried since a bad id was named.
    Untried,
}

/// An id that was refused alone, and what Graph said.
pub(super) type Refusal = (EntryId, Arc<str>);

/// What the refusal of a single id means.
#[derive(Debug, PartialEq)]
pub(super) enum Finding {
    /// It is bad.
    Bad(Refusal),
    /// Not certain yet.
    Withheld,
    /// The cause is common to all: these two were refused alone, and nothing was accepted.
    Common([EntryId; 2]),
}

/// A batch that is being taken apart.
#[derive(Clone, Debug)]
pub(super) struct Isolation {
    /// Its submission.
    pub(super) submission: usize,
    /// Refused for want of permission: single ids are tried first, because a role is missing more often than one
    /// object is closed.
    forbidden: bool,
    untried: VecDeque<EntryId>,
    /// Among these is a bad id.
    suspects: VecDeque<EntryId>,
    withheld: Vec<Refusal>,
    /// Some id was accepted since the batch was refused.
    proved: bool,
    pub(super) accepted: usize,
    pub(super) refused: usize,
}

impl Isolation {
    pub(super) fn new(submission: usize, batch: Vec<EntryId>, forbidden: bool) -> Self {
        Self {
            submission,
            forbidden,
            untried: VecDeque::new(),
            suspects: batch.into(),
            withheld: Vec::new(),
            proved: false,
            accepted: 0,
            refused: 0,
        }
    }

    /// How many ids are still to be tried.
    pub(super) fn left(&self) -> usize {
        self.untried.len() + self.suspects.len() + self.withheld.len()
    }

    /// The ids of the next call, or none if all were tried.
    pub(super) fn next(&mut self, most: usize) -> Option<(Vec<EntryId>, Role)> {
        if !self.withheld.is_empty() {
            let far = self.untried.pop_back().or_else(|| self.suspects.pop_back());
            return far.map(|id| (vec![id], Role::Probe));
        }
        if self.forbidden && !self.proved {
            let near = self.suspects.pop_front().or_else(|| self.untried.pop_front());
            return near.map(|id| (vec![id], Role::Probe));
        }
        let (from, count, role) = if self.suspects.is_empty() {
            (&mut self.untried, most, Role::Untried)
        } else {
            let half = (self.suspects.len() / 2).clamp(1, most);
            (&mut self.suspects, half, Role::Half)
        };
        let count = count.min(from.len());
        (count > 0).then(|| (from.drain(..count).collect(), role))
    }

    /// A call was accepted. What was withheld is bad then: the cause is not common to all.
    pub(super) fn accepted(&mut self, count: usize) -> Vec<Refusal> {
        self.proved = true;
        self.accepted += count;
        self.refused += self.withheld.len();
        std::mem::take(&mut self.withheld)
    }

    /// A call of several ids was refused: a bad one is among them.
    pub(super) fn refused(&mut self, ids: Vec<EntryId>, forbidden: bool) {
        self.forbidden |= forbidden;
        self.trust_suspects();
        self.suspects = ids.into();
    }

    /// A call of one id was refused. `certain` if it was refused alone before and the analyst resumed since.
    pub(super) fn refused_alone(&mut self, refusal: Refusal, role: Role, certain: bool) -> Finding {
        if role == Role::Half {
            self.trust_suspects();
        }
        if self.proved || certain {
            self.refused += 1;
            return Finding::Bad(refusal);
        }
        self.withheld.push(refusal);
        match self.withheld.as_slice() {
            [(first, _), (second, _)] => {
                let both = [*first, *second];
                self.withheld.clear();
                self.trust_suspects();
                // In the middle, so that other ids are tried alone after a resume.
                let middle = self.untried.len() / 2;
                for id in both {
                    self.untried.insert(middle, id);
                }
                Finding::Common(both)
            }
            _ => Finding::Withheld,
        }
    }

    /// A call was certainly without effect and says nothing about its ids: they go back to where they came from.
    pub(super) fn restore(&mut self, ids: Vec<EntryId>, role: Role) {
        let to = if role == Role::Half { &mut self.suspects } else { &mut self.untried };
        if role == Role::Probe {
            to.extend(ids);
        } else {
            ids.into_iter().rev().for_each(|id| to.push_front(id));
        }
    }

    /// The ids of a call have left this isolation without a verdict on them.
    pub(super) fn release(&mut self, role: Role) {
        if role == Role::Half {
            self.trust_suspects();
        }
    }

    /// Keeps only the ids for which `stays` holds.
    pub(super) fn retain(&mut self, stays: impl Fn(EntryId) -> bool) {
        self.untried.retain(|id| stays(*id));
        self.suspects.retain(|id| stays(*id));
        self.withheld.retain(|(id, _)| stays(*id));
    }

    /// Nothing is left to try. What was refused alone is bad: there is nobody else to share a cause with.
    pub(super) fn finish(self) -> Vec<Refusal> {
        self.withheld
    }

    /// Nothing speaks against the suspects any more.
    fn trust_suspects(&mut self) {
        while let Some(id) = self.suspects.pop_back() {
            self.untried.push_front(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    struct Run {
        calls: usize,
        accepted: Vec<usize>,
        rejected: Vec<usize>,
        stopped: bool,
    }

    /// Takes a batch of `size` apart, as a Graph that refuses every call with a `bad` id.
    fn run(size: usize, bad: &BTreeSet<usize>) -> Run {
        let said: Arc<str> = "400".into();
        let mut isolation = Isolation::new(0, (0..size).map(EntryId).collect(), false);
        let mut run = Run { calls: 1, accepted: Vec::new(), rejected: Vec::new(), stopped: false };
        while let Some((ids, role)) = isolation.next(60) {
            run.calls += 1;
            let mut named = Vec::new();
            if !ids.iter().any(|id| bad.contains(&id.0)) {
                run.accepted.extend(ids.iter().map(|id| id.0));
                named = isolation.accepted(ids.len());
            } else if let [id] = ids[..] {
                match isolation.refused_alone((id, said.clone()), role, false) {
                    Finding::Bad(refusal) => named.push(refusal),
                    Finding::Withheld => {}
                    Finding::Common(_) => {
                        run.stopped = true;
                        return run;
                    }
                }
            } else {
                isolation.refused(ids, false);
            }
            run.rejected.extend(named.iter().map(|(id, _)| id.0));
        }
        run.rejected.extend(isolation.finish().iter().map(|(id, _)| id.0));
        run
    }

    #[test]
    fn one_bad_id_of_60_is_named_within_ten_calls_wherever_it_is() {
        for bad in 0..60 {
            let run = run(60, &[bad].into());
            assert_eq!(run.rejected, [bad]);
            assert_eq!(run.accepted.len(), 59);
            assert!(run.calls <= 10, "{bad}: {} calls", run.calls);
        }
    }

    #[test]
    fn two_bad_neighbours_at_the_front_are_no_common_cause() {
        let run = run(60, &[0, 1].into());
        assert_eq!((run.rejected, run.stopped), (vec![0, 1], false));
    }

    #[test]
    fn a_common_cause_is_noticed_within_eight_calls_and_rejects_nothing() {
        let run = run(60, &(0..60).collect());
        assert!(run.stopped && run.rejected.is_empty() && run.calls <= 8, "{} calls", run.calls);
    }

    proptest! {
        #[test]
        fn no_id_is_dropped_or_doubled_and_only_bad_ones_are_rejected(
            size in 2_usize..=60,
            bad in proptest::collection::btree_set(0_usize..60, 0..6),
        ) {
            let bad: BTreeSet<usize> = bad.into_iter().filter(|id| *id < size).collect();
            let mut run = run(size, &bad);
            if run.stopped {
                prop_assert!(run.rejected.is_empty());
            } else {
                run.rejected.sort_unstable();
                prop_assert_eq!(&run.rejected, &bad.into_iter().collect::<Vec<_>>());
                run.accepted.extend(run.rejected);
                run.accepted.sort_unstable();
                prop_assert_eq!(run.accepted, (0..size).collect::<Vec<_>>());
            }
        }
    }
}
