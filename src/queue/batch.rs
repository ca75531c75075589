//! Forming calls: one kind, one verdict, in the order of submission.

use super::entry::{EntryId, Stage};
use super::event::{Phase, QueueEvent};
use super::isolate::Role;
use super::machine::{Attempt, AttemptId, Effect, Queue};
use crate::entity::{Batch, Target};
use uuid::Uuid;

impl Queue {
    /// Makes as many calls as may be made now.
    pub(super) fn send(&mut self) {
        self.book.review(self.now);
        while self.can_send() {
            let Some((submission, entries, role)) = self.next_group() else { break };
            self.launch(submission, entries, role);
            self.book.review(self.now);
        }
    }

    /// What leaves next. A batch that is taken apart goes first, and alone.
    fn next_group(&mut self) -> Option<(usize, Vec<EntryId>, Role)> {
        let most = if self.pace.is_careful() { 1 } else { self.size };
        while let Some(isolation) = self.isolations.front_mut() {
            if !self.attempts.is_empty() {
                return None;
            }
            let book = &self.book;
            isolation.retain(|id| book.entry(id).stage == Stage::Isolating);
            if let Some((entries, role)) = isolation.next(most) {
                return Some((isolation.submission, entries, role));
            }
            for (id, note) in self.isolations.pop_front()?.finish() {
                self.reject(id, note);
            }
        }
        self.fresh_batch(most)
    }

    fn fresh_batch(&self, most: usize) -> Option<(usize, Vec<EntryId>, Role)> {
        let (submission, class, ready) = self.book.first_ready()?;
        // Others of the same class may only be waiting for a call of the same user to end. A short batch now would
        // cost one call more in all.
        let more_to_come = self.book.record(submission).unsent[class.index()] > ready.len();
        if ready.len() < most && more_to_come && !self.attempts.is_empty() {
            return None;
        }
        Some((submission, ready.iter().copied().take(most).collect(), Role::Fresh))
    }

    fn launch(&mut self, submission: usize, entries: Vec<EntryId>, role: Role) {
        let targets: Vec<Target> = entries.iter().map(|id| self.book.entry(*id).target).collect();
        let Some(verdict) = entries.first().map(|id| self.book.entry(*id).verdict) else { return };
        // A group is of one class and never empty, so that this cannot fail.
        let Some(batch) = Batch::new(verdict, &targets) else { return };
        self.attempts_made += 1;
        let attempt = AttemptId(self.attempts_made);
        let client_request_id = numbered(self.session, self.attempts_made);
        for id in &entries {
            self.book.entry_mut(*id).sent.get_or_insert(self.wall);
            self.enter(*id, Stage::Sending, None);
            self.leave_behind_older(*id);
        }
        let record = self.book.record_mut(submission);
        record.calls += 1;
        let number = record.calls;
        let under_way = Attempt { submission, entries, role, client_request_id, number };
        let sent = self.batch_event(&under_way, Phase::Sent, None);
        self.attempts.insert(attempt, under_way);
        self.report(sent);
        self.effect(Effect::Act { attempt, client_request_id, batch });
    }

    /// An older verdict on the same target that has not become visible cannot any more once another one is sent.
    fn leave_behind_older(&mut self, id: EntryId) {
        let target = self.book.entry(id).target;
        let verdict = self.book.entry(id).verdict;
        for older in self.book.on_target(target).to_vec() {
            let entry = self.book.entry(older);
            if older < id && entry.stage == Stage::Accepted && entry.verdict != verdict {
                let note = "a newer verdict was sent before it was seen";
                self.finish(older, super::state::TargetState::NotSeen, Some(note.into()));
            }
        }
    }

    pub(super) fn batch_event(
        &self,
        attempt: &Attempt,
        phase: Phase,
        request_id: Option<String>,
    ) -> QueueEvent {
        let record = self.book.record(attempt.submission);
        // A call holds at least one order, and all of them are of one class.
        let class = self.book.entry(attempt.entries[0]).class();
        QueueEvent::Batch {
            submission: record.id,
            number: attempt.number,
            of: record.calls + record.calls_left(self.size),
            size: attempt.entries.len(),
            kind: class.kind,
            verdict: class.verdict,
            phase,
            client_request_id: attempt.client_request_id,
            request_id,
        }
    }
}

/// A request id for the call `number` of a session: the session's random bits, with the number in the last 48. The
/// version and variant bits of the session stay, so that it is a valid id.
fn numbered(session: Uuid, number: u64) -> Uuid {
    const LAST: u128 = (1 << 48) - 1;
    let low = (session.as_u128() & LAST).wrapping_add(u128::from(number)) & LAST;
    Uuid::from_u128((session.as_u128() & !LAST) | low)
}
