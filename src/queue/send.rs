//! What the end of a call means for its targets (rules R11 and R12).

use super::answer::{Outcome, OutcomeClass};
use super::entry::{EntryId, Stage};
use super::event::Phase;
use super::isolate::{Finding, Isolation, Role};
use super::machine::{Attempt, AttemptId, Queue};
use super::pause::Pause;
use super::state::TargetState;
use std::sync::Arc;
use std::time::Duration;

/// How long a busy target is tried again before it is rejected.
const BUSY_FOR: Duration = Duration::from_secs(15 * 60);
/// The shortest and the longest wait between two tries on a busy target.
const BUSY_WAIT: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

impl Queue {
    /// A call has ended. An answer that nobody waits for changes nothing.
    pub(super) fn answered(&mut self, id: AttemptId, outcome: &Outcome, jitter: u32) {
        let Some(attempt) = self.attempts.remove(&id) else { return };
        self.listen(outcome, jitter);
        let answered = self.batch_event(&attempt, Phase::Answered, outcome.request_id.clone());
        self.report(answered);
        self.settle_call(id, &attempt, outcome);
        if attempt.role != Role::Fresh {
            self.tell_isolation(&attempt);
        }
        if self.book.record(attempt.submission).given_up {
            self.end_unfinished(attempt.submission);
        }
    }

    /// What the answer says about the pace.
    fn listen(&mut self, outcome: &Outcome, jitter: u32) {
        let said = outcome.note.clone().unwrap_or_default();
        match outcome.class {
            OutcomeClass::Throttled { retry_after } => self.pace.throttled(self.now, retry_after, jitter),
            OutcomeClass::NotSent => self.pace.offline(self.now, said, jitter),
            OutcomeClass::Unknown => self.pace.unknown(self.now, said, jitter),
            OutcomeClass::Unauthorised { .. } => self.pace.heard(),
            _ => {
                self.pace.heard();
                self.token_refused = None;
            }
        }
    }

    fn settle_call(&mut self, id: AttemptId, attempt: &Attempt, outcome: &Outcome) {
        let note = note_of(outcome);
        let said = || outcome.note.clone().unwrap_or_default();
        match outcome.class {
            OutcomeClass::Accepted => self.accepted(attempt),
            OutcomeClass::NotSent | OutcomeClass::Throttled { .. } => self.put_back(attempt, note.as_ref()),
            OutcomeClass::Unauthorised { claims } => {
                self.put_back(attempt, note.as_ref());
                self.sign_in_is_needed(id, claims);
            }
            OutcomeClass::Forbidden if attempt.entries.len() == 1 && attempt.role == Role::Fresh => {
                self.put_back(attempt, note.as_ref());
                self.pause = Some(Pause::Forbidden { said: said() });
            }
            OutcomeClass::Forbidden => self.refused(attempt, true, outcome),
            OutcomeClass::TooMany if attempt.entries.len() > 1 => {
                self.size = (attempt.entries.len() / 2).clamp(1, self.size);
                self.put_back(attempt, note.as_ref());
            }
            OutcomeClass::Refused | OutcomeClass::TooMany => self.refused(attempt, false, outcome),
            OutcomeClass::Busy => self.busy(attempt, outcome),
            OutcomeClass::Unknown => self.unclear(attempt, note.as_ref()),
        }
    }

    /// A refused token is replaced once without asking; when the next one is refused too, a person has to sign in.
    /// Calls that were under way with the first one say nothing about the next.
    fn sign_in_is_needed(&mut self, id: AttemptId, claims: bool) {
        if claims {
            self.pause = Some(Pause::StepUp);
            return;
        }
        let made = self.attempts_made;
        if id.0 > *self.token_refused.get_or_insert(made) {
            self.pause = Some(Pause::SignIn);
        }
    }

    fn accepted(&mut self, attempt: &Attempt) {
        self.lone_refusals = 0;
        let shows_until = self.now + self.settings.settle;
        for &id in &attempt.entries {
            let entry = self.book.entry_mut(id);
            entry.shows_until = shows_until;
            entry.looks = 0;
            self.enter(id, Stage::Accepted, None);
            self.look_later(id);
        }
        if let (true, Some(isolation)) = (attempt.role != Role::Fresh, self.isolations.front_mut()) {
            for (id, note) in isolation.accepted(attempt.entries.len()) {
                self.reject(id, note);
            }
        }
    }

    /// The call was certainly without effect: its targets wait again.
    fn put_back(&mut self, attempt: &Attempt, note: Option<&Arc<str>>) {
        if let (true, Some(isolation)) = (attempt.role != Role::Fresh, self.isolations.front_mut()) {
            isolation.restore(attempt.entries.clone(), attempt.role);
            for &id in &attempt.entries {
                self.enter(id, Stage::Isolating, note.cloned());
            }
            return;
        }
        for &id in &attempt.entries {
            self.wait_again(id, note.cloned());
        }
    }

    /// This call was without effect; what an earlier one did decides how the target waits on.
    fn wait_again(&mut self, id: EntryId, note: Option<Arc<str>>) {
        let entry = self.book.entry(id);
        if entry.unknowns > 0 {
            self.enter(id, Stage::Unknown, note);
            self.look_later(id);
        } else {
            let stage = if entry.tainted { Stage::Resend } else { Stage::Waiting };
            self.enter(id, stage, note);
        }
    }

    fn unclear(&mut self, attempt: &Attempt, note: Option<&Arc<str>>) {
        if let (true, Some(isolation)) = (attempt.role != Role::Fresh, self.isolations.front_mut()) {
            isolation.release(attempt.role);
        }
        let (now, late_until) = (self.now, self.now + self.settings.settle);
        for &id in &attempt.entries {
            let entry = self.book.entry_mut(id);
            entry.tainted = true;
            entry.unknowns += 1;
            entry.unknown_at = now;
            entry.late_until = late_until;
            entry.looks = 0;
            self.enter(id, Stage::Unknown, note.cloned());
            self.look_later(id);
        }
    }

    /// The calls under way will not be waited for: what became of them is not known.
    pub(super) fn abandon_attempts(&mut self) {
        let why: Arc<str> = "the program ended before the answer came".into();
        for (_, attempt) in std::mem::take(&mut self.attempts) {
            self.unclear(&attempt, Some(&why));
        }
    }

    fn busy(&mut self, attempt: &Attempt, outcome: &Outcome) {
        let now = self.now;
        for id in &attempt.entries {
            let entry = self.book.entry_mut(*id);
            let waited = now.saturating_sub(*entry.busy_since.get_or_insert(now));
            entry.not_before = now + waited.clamp(BUSY_WAIT.0, BUSY_WAIT.1);
        }
        let since = attempt.entries.iter().filter_map(|id| self.book.entry(*id).busy_since).min();
        if since.is_some_and(|since| now.saturating_sub(since) >= BUSY_FOR) {
            self.refused(attempt, false, outcome);
            return;
        }
        if let (true, Some(isolation)) = (attempt.role != Role::Fresh, self.isolations.front_mut()) {
            isolation.release(attempt.role);
        }
        for &id in &attempt.entries {
            self.wait_again(id, note_of(outcome));
        }
    }

    fn refused(&mut self, attempt: &Attempt, forbidden: bool, outcome: &Outcome) {
        let note = note_of(outcome).unwrap_or_else(|| "refused".into());
        match (attempt.entries.as_slice(), attempt.role) {
            (&[id], Role::Fresh) => self.refused_lone_order(id, note, outcome),
            (&[id], role) => self.refused_in_isolation(id, role, forbidden, note, outcome),
            (_, role) => {
                for id in &attempt.entries {
                    self.book.entry_mut(*id).tainted |= !forbidden;
                    self.enter(*id, Stage::Isolating, Some(note.clone()));
                }
                match self.isolations.front_mut() {
                    Some(isolation) if role != Role::Fresh => {
                        isolation.refused(attempt.entries.clone(), forbidden);
                    }
                    _ => self.start_isolation(attempt, forbidden),
                }
            }
        }
    }

    fn start_isolation(&mut self, attempt: &Attempt, forbidden: bool) {
        let isolation = Isolation::new(attempt.submission, attempt.entries.clone(), forbidden);
        self.isolations.push_back(isolation);
        if self.isolations.len() == 1 {
            self.tell_isolation(attempt);
        }
    }

    /// An order that travelled alone. Two in a row mean a common cause, unless the analyst has resumed since.
    fn refused_lone_order(&mut self, id: EntryId, note: Arc<str>, outcome: &Outcome) {
        self.lone_refusals += 1;
        if self.lone_refusals >= 2 && !self.book.entry(id).refused_alone {
            self.book.entry_mut(id).refused_alone = true;
            self.wait_again(id, Some(note));
            self.pause_for_common_cause(false, outcome);
        } else {
            self.reject(id, note);
        }
    }

    fn refused_in_isolation(
        &mut self,
        id: EntryId,
        role: Role,
        forbidden: bool,
        note: Arc<str>,
        outcome: &Outcome,
    ) {
        let certain = self.book.entry(id).refused_alone;
        self.enter(id, Stage::Isolating, Some(note.clone()));
        let Some(isolation) = self.isolations.front_mut() else { return };
        match isolation.refused_alone((id, note), role, certain) {
            Finding::Bad((id, note)) => self.reject(id, note),
            Finding::Withheld => {}
            Finding::Common(ids) => {
                for id in ids {
                    self.book.entry_mut(id).refused_alone = !forbidden;
                }
                self.pause_for_common_cause(forbidden, outcome);
            }
        }
    }

    fn pause_for_common_cause(&mut self, forbidden: bool, outcome: &Outcome) {
        let said = outcome.note.clone().unwrap_or_default();
        self.pause =
            Some(if forbidden { Pause::Forbidden { said } } else { Pause::SystemicRefusal { said } });
        // Where permission is missing nothing was applied, so that the targets can be recalled again.
        let Some(isolation) = self.isolations.front() else { return };
        for id in self.book.record(isolation.submission).entries.clone() {
            let entry = self.book.entry(id);
            if entry.stage == Stage::Isolating && !entry.tainted {
                self.enter(id, Stage::Waiting, None);
            }
        }
    }

    pub(super) fn reject(&mut self, id: EntryId, note: Arc<str>) {
        self.finish(id, TargetState::Rejected, Some(note));
    }

    pub(super) fn finish(&mut self, id: EntryId, state: TargetState, note: Option<Arc<str>>) {
        self.verifier.forget(id, &mut self.book);
        self.book.entry_mut(id).shows_until = Duration::ZERO;
        self.enter(id, Stage::Done(state), note);
    }

    fn tell_isolation(&mut self, attempt: &Attempt) {
        let Some(isolation) = self.isolations.front() else { return };
        let (accepted, refused, left) = (isolation.accepted, isolation.refused, isolation.left());
        let event = self.batch_event(attempt, Phase::Isolating { accepted, refused, left }, None);
        self.report(event);
    }
}

/// What is told beside the state.
fn note_of(outcome: &Outcome) -> Option<Arc<str>> {
    if outcome.class == OutcomeClass::Accepted {
        return None;
    }
    let request = outcome.request_id.as_ref().map(|id| format!("request-id {id}"));
    let parts: Vec<String> = outcome.note.clone().into_iter().chain(request).collect();
    (!parts.is_empty()).then(|| parts.join(", ").into())
}
