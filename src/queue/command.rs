//! What the analyst asks for.

use super::entry::{EntryId, Stage};
use super::event::QueueEvent;
use super::machine::{Queue, Stopping};
use super::order::{Command, Order, Submission, SubmissionId};
use super::state::TargetState;
use crate::entity::Target;
use std::collections::HashMap;

impl Queue {
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Submit(submission) => self.submit(submission),
            Command::Recall(id) => self.recall(id),
            Command::SendNow(id) => self.send_now(id),
            Command::Resume => self.resume(),
            Command::Retry(id) => self.retry(id),
            Command::GiveUp(id) => self.give_up(id),
            Command::Shutdown { finish: true } => self.finish_all(),
            Command::Shutdown { finish: false } => self.stop_soon(),
        }
    }

    fn submit(&mut self, mut submission: Submission) {
        let id = submission.id;
        let taken = match self.may_take(&submission) {
            Ok(()) => merged(std::mem::take(&mut submission.orders)),
            Err(why) => Err(why),
        };
        match taken {
            Ok(orders) => self.take(Submission { orders, ..submission }),
            Err(why) => self.report(QueueEvent::Refused { submission: id, why }),
        }
    }

    fn may_take(&self, submission: &Submission) -> Result<(), String> {
        if self.stopping != Stopping::No {
            Err("the queue is stopping".into())
        } else if self.book.find(submission.id).is_some() {
            Err(format!("{} was submitted before", submission.id))
        } else if submission.orders.is_empty() {
            Err("there is nothing in it".into())
        } else if submission.orders.len() > Submission::MOST {
            Err(format!("at most {} targets can be submitted at once", Submission::MOST))
        } else {
            Ok(())
        }
    }

    fn take(&mut self, submission: Submission) {
        let replaced: Vec<EntryId> =
            submission.orders.iter().filter_map(|order| self.replaceable(order.target)).collect();
        let index = self.book.add(&submission, self.now);
        self.graces.insert((self.now.saturating_add(submission.grace), index));
        let note = format!("replaced by {}", submission.id);
        let batches = self.book.record(index).calls_left(self.size);
        self.report(QueueEvent::Accepted { submission, batches });
        for id in replaced {
            self.finish(id, TargetState::Superseded, Some(note.as_str().into()));
        }
    }

    /// The order on `target` that was certainly never sent, if there is one.
    fn replaceable(&self, target: Target) -> Option<EntryId> {
        let newest = *self.book.on_target(target).last()?;
        matches!(self.book.entry(newest).stage, Stage::Grace | Stage::Waiting).then_some(newest)
    }

    /// Takes back what was certainly never sent. What is under way stays; the answer tells both numbers.
    fn recall(&mut self, id: SubmissionId) {
        let (mut recalled, mut already_sent) = (0, 0);
        for entry in self.entries_of(id) {
            match self.book.entry(entry).stage {
                Stage::Grace | Stage::Waiting => {
                    recalled += 1;
                    self.finish(entry, TargetState::Recalled, None);
                }
                Stage::Done(TargetState::Recalled | TargetState::Superseded) => {}
                _ => already_sent += 1,
            }
        }
        self.report(QueueEvent::Recalled { submission: id, recalled, already_sent });
    }

    fn entries_of(&self, id: SubmissionId) -> Vec<EntryId> {
        self.book.find(id).map(|index| self.book.record(index).entries.clone()).unwrap_or_default()
    }

    fn send_now(&mut self, id: SubmissionId) {
        if let Some(index) = self.book.find(id) {
            self.end_grace(index);
        }
    }

    fn resume(&mut self) {
        self.pause = None;
        self.lone_refusals = 0;
        self.token_refused = None;
        self.pace.resume();
    }

    fn retry(&mut self, id: SubmissionId) {
        if let Some(index) = self.book.find(id) {
            self.book.record_mut(index).given_up = false;
        }
        for entry in self.entries_of(id) {
            let newest = self.book.on_target(self.book.entry(entry).target).last() == Some(&entry);
            match self.book.entry(entry).stage {
                Stage::Done(TargetState::NotSeen) if newest => self.follow_again(entry, Stage::Accepted),
                Stage::Stalled => {
                    self.book.entry_mut(entry).unknowns = 1;
                    self.follow_again(entry, Stage::Unknown);
                }
                _ => {}
            }
        }
    }

    fn follow_again(&mut self, id: EntryId, stage: Stage) {
        self.book.entry_mut(id).looks = 0;
        self.enter(id, stage, None);
        self.look_later(id);
    }

    fn give_up(&mut self, id: SubmissionId) {
        let Some(index) = self.book.find(id) else { return };
        self.book.record_mut(index).given_up = true;
        self.end_unfinished(index);
        for entry in self.entries_of(id) {
            if self.book.entry(entry).stage == Stage::Accepted {
                self.finish(entry, TargetState::NotSeen, Some("no longer followed".into()));
            }
        }
    }

    /// Ends what is open, except what is in a call that is under way.
    pub(super) fn end_unfinished(&mut self, submission: usize) {
        for id in self.book.record(submission).entries.clone() {
            let entry = self.book.entry(id);
            let state = match entry.stage {
                Stage::Grace | Stage::Waiting => TargetState::Recalled,
                Stage::Isolating if entry.refused_alone => TargetState::Rejected,
                Stage::Resend | Stage::Isolating | Stage::Unknown | Stage::Stalled => TargetState::GivenUp,
                Stage::Sending | Stage::Accepted | Stage::Done(_) => continue,
            };
            self.finish(id, state, None);
        }
    }

    fn finish_all(&mut self) {
        self.stopping = Stopping::WhenSent;
        self.graces.clear();
        let records = self.book.records().map(|record| record.id).collect::<Vec<_>>();
        for id in records {
            self.send_now(id);
        }
    }
}

/// The orders with each target once, or why they contradict each other.
fn merged(orders: Vec<Order>) -> Result<Vec<Order>, String> {
    let mut verdicts = HashMap::with_capacity(orders.len());
    let mut kept = Vec::with_capacity(orders.len());
    for order in orders {
        match verdicts.insert(order.target, order.verdict) {
            None => kept.push(order),
            Some(verdict) if verdict == order.verdict => {}
            Some(_) => return Err(format!("{} is in it with two verdicts", order.name)),
        }
    }
    Ok(kept)
}
