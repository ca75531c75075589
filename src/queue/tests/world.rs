//! A Graph that plays every trick on the queue, and a referee that knows the rules.

use super::desk::{Desk, SETTLE, order, reading, sign_in, user, user_id};
use crate::entity::{Batch, RiskState, Target, UserId, Verdict};
use crate::queue::{
    AttemptId, Command, Effect, Event, Outcome, OutcomeClass, QueueEvent, ReadFailure, SubmissionId,
    TargetState,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const USERS: u128 = 3;
const SIGN_INS: u128 = 6;

/// The user of a sign-in; each user has two.
fn owner(number: u128) -> UserId {
    user_id(number % USERS)
}

fn target(number: u8) -> (Target, Option<UserId>) {
    let number = u128::from(number) % (USERS + SIGN_INS);
    if number < USERS { (user(number), None) } else { (sign_in(number), Some(owner(number))) }
}

fn subject(target: Target) -> UserId {
    (0..USERS + SIGN_INS)
        .map(|number| (self::target(number as u8).0, owner(number)))
        .find_map(|(known, owner)| (known == target).then_some(owner))
        .expect("every target is known")
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Move {
    Submit { targets: Vec<u8>, verdict: u8, grace: u8 },
    Recall(u8),
    SendNow(u8),
    GiveUp(u8),
    Retry(u8),
    Resume,
    Answer { which: u8, how: How },
    Read { works: bool },
    Pass(u16),
}

/// How Graph treats a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    Truthfully,
    NotSent,
    Throttled,
    Unauthorised,
    Forbidden,
    TooMany,
    Busy,
    UnclearDone,
    UnclearNotDone,
    UnclearDoneLater(u8),
}

pub(super) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let targets = proptest::collection::vec(0_u8..9, 1..5);
    let how = prop_oneof![
        4 => Just(How::Truthfully),
        1 => Just(How::NotSent),
        1 => Just(How::Throttled),
        1 => Just(How::Unauthorised),
        1 => Just(How::Forbidden),
        1 => Just(How::TooMany),
        1 => Just(How::Busy),
        2 => Just(How::UnclearDone),
        2 => Just(How::UnclearNotDone),
        3 => (1_u8..SETTLE as u8).prop_map(How::UnclearDoneLater),
    ];
    let one = prop_oneof![
        5 => (targets, 0_u8..3, 0_u8..20)
            .prop_map(|(targets, verdict, grace)| Move::Submit { targets, verdict, grace }),
        2 => any::<u8>().prop_map(Move::Recall),
        1 => any::<u8>().prop_map(Move::SendNow),
        1 => any::<u8>().prop_map(Move::GiveUp),
        1 => any::<u8>().prop_map(Move::Retry),
        2 => Just(Move::Resume),
        8 => (any::<u8>(), how).prop_map(|(which, how)| Move::Answer { which, how }),
        3 => prop::bool::weighted(0.8).prop_map(|works| Move::Read { works }),
        4 => prop_oneof![0_u16..10, 0_u16..200].prop_map(Move::Pass),
    ];
    proptest::collection::vec(one, 1..80)
}

/// One order as the referee knows it.
#[derive(Clone, Debug)]
struct Known {
    /// Its place in the order of all orders.
    place: usize,
    target: Target,
    verdict: Verdict,
    state: TargetState,
    taken_back: bool,
    /// A call with it went out, and neither its answer nor a reading has shown that it had no effect.
    maybe_done: bool,
    unclear_at: Option<Duration>,
    last_call: usize,
}

pub(super) struct World {
    pub(super) desk: Desk,
    bad: BTreeSet<Target>,
    states: BTreeMap<Target, RiskState>,
    landing: Vec<(Duration, Batch)>,
    known: BTreeMap<(SubmissionId, Target), Known>,
    /// The submission of each call under way.
    of_call: BTreeMap<AttemptId, SubmissionId>,
    places: usize,
    submitted: u64,
}

impl World {
    pub(super) fn new(bad: &[u8]) -> Self {
        Self {
            desk: Desk::new(),
            bad: bad.iter().map(|number| target(*number).0).collect(),
            states: BTreeMap::new(),
            landing: Vec::new(),
            known: BTreeMap::new(),
            of_call: BTreeMap::new(),
            places: 0,
            submitted: 0,
        }
    }

    pub(super) fn make(&mut self, one: &Move) {
        let pick = |number: u8, submitted: u64| SubmissionId(u64::from(number) % submitted.max(1) + 1);
        match one {
            Move::Submit { targets, verdict, grace } => self.submit(targets, *verdict, *grace),
            Move::Recall(number) => self.give_command(Command::Recall(pick(*number, self.submitted))),
            Move::SendNow(number) => self.give_command(Command::SendNow(pick(*number, self.submitted))),
            Move::GiveUp(number) => self.give_command(Command::GiveUp(pick(*number, self.submitted))),
            Move::Retry(number) => self.give_command(Command::Retry(pick(*number, self.submitted))),
            Move::Resume => self.give_command(Command::Resume),
            Move::Answer { which, how } => self.answer(*which, *how),
            Move::Read { works } => self.read(*works),
            Move::Pass(seconds) => self.pass(u64::from(*seconds)),
        }
    }

    fn submit(&mut self, targets: &[u8], verdict: u8, grace: u8) {
        self.submitted += 1;
        let verdict = Verdict::ALL[usize::from(verdict) % 3];
        let orders = targets.iter().map(|number| {
            let (target, owner) = target(*number);
            order(target, owner, verdict)
        });
        let orders = orders.collect();
        let submission = crate::queue::Submission {
            id: SubmissionId(self.submitted),
            at: self.desk.wall(),
            grace: Duration::from_secs(u64::from(grace)),
            reason: String::new(),
            ticket: String::new(),
            orders,
        };
        self.give_command(Command::Submit(submission));
    }

    fn give_command(&mut self, command: Command) {
        self.give(Event::Command(command));
    }

    fn give(&mut self, event: Event) {
        let effects = self.desk.give(event);
        self.watch(&effects);
    }

    /// Calls that were given up on still take effect.
    fn land(&mut self) {
        let now = self.desk.now;
        let (landed, landing) =
            std::mem::take(&mut self.landing).into_iter().partition(|(time, _)| *time <= now);
        self.landing = landing;
        let landed: Vec<(Duration, Batch)> = landed;
        for (_, batch) in landed {
            self.apply(&batch);
        }
    }

    fn apply(&mut self, batch: &Batch) {
        for target in batch.targets() {
            self.states.insert(target, batch.verdict.resulting_state());
        }
    }

    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.desk.now += Duration::from_secs(1);
            self.land();
            if self.desk.wake_at.take_if(|time| *time <= self.desk.now).is_some() {
                self.give(Event::Woke);
            }
        }
    }

    fn answer(&mut self, which: u8, how: How) {
        let calls = self.desk.calls.len();
        if calls == 0 {
            return;
        }
        let (attempt, batch) = self.desk.calls.iter().nth(usize::from(which) % calls).unwrap();
        let (attempt, batch) = (*attempt, batch.clone());
        self.desk.calls.remove(&attempt);
        let class = self.treat(&batch, how);
        self.note_answer(attempt, &batch, class);
        let outcome = Outcome { class, request_id: None, note: Some("said".into()) };
        self.give(Event::Answered { attempt, outcome, jitter: 100 });
    }

    fn treat(&mut self, batch: &Batch, how: How) -> OutcomeClass {
        let refused = batch.targets().iter().any(|target| self.bad.contains(target));
        match how {
            How::NotSent => OutcomeClass::NotSent,
            How::Throttled => OutcomeClass::Throttled { retry_after: None },
            How::Unauthorised => OutcomeClass::Unauthorised { claims: false },
            How::Forbidden => OutcomeClass::Forbidden,
            How::TooMany if batch.len() > 1 => OutcomeClass::TooMany,
            How::Busy => OutcomeClass::Busy,
            How::Truthfully | How::TooMany if refused => OutcomeClass::Refused,
            How::Truthfully | How::TooMany => {
                self.apply(batch);
                OutcomeClass::Accepted
            }
            How::UnclearDone if !refused => {
                self.apply(batch);
                OutcomeClass::Unknown
            }
            How::UnclearDoneLater(seconds) if !refused => {
                let time = self.desk.now + Duration::from_secs(u64::from(seconds));
                self.landing.push((time, batch.clone()));
                OutcomeClass::Unknown
            }
            How::UnclearDone | How::UnclearNotDone | How::UnclearDoneLater(_) => OutcomeClass::Unknown,
        }
    }

    fn note_answer(&mut self, attempt: AttemptId, batch: &Batch, class: OutcomeClass) {
        let submission = self.of_call.remove(&attempt).expect("the call was announced");
        for target in batch.targets() {
            let known = self.known.get_mut(&(submission, target)).expect("the order is known");
            match class {
                OutcomeClass::Accepted => {}
                OutcomeClass::Unknown => known.unclear_at = Some(self.desk.now),
                _ => known.maybe_done = false,
            }
        }
    }

    fn read(&mut self, works: bool) {
        if self.desk.reads.is_empty() {
            return;
        }
        let (round, wanted) = self.desk.reads.remove(0);
        let readings = wanted.iter().map(|look| {
            reading(look.target, self.states.get(&look.target).cloned().unwrap_or(RiskState::AtRisk))
        });
        let readings: Vec<_> = readings.collect();
        if works {
            for reading in &readings {
                for known in self.known.values_mut().filter(|known| known.target == reading.target) {
                    known.maybe_done &= reading.shows(known.verdict);
                }
            }
        }
        let readings = if works { Ok(readings) } else { Err(ReadFailure::Failed("503".into())) };
        self.give(Event::Read { round, readings });
    }

    /// The referee: looks at everything that the queue did, in order.
    fn watch(&mut self, effects: &[Effect]) {
        let mut announced = None;
        for effect in effects {
            match effect {
                Effect::Report(QueueEvent::Accepted { submission, .. }) => {
                    for order in &submission.orders {
                        self.places += 1;
                        let known = Known {
                            place: self.places,
                            target: order.target,
                            verdict: order.verdict,
                            state: TargetState::Grace,
                            taken_back: false,
                            maybe_done: false,
                            unclear_at: None,
                            last_call: 0,
                        };
                        assert!(self.known.insert((submission.id, order.target), known).is_none());
                    }
                }
                Effect::Report(QueueEvent::Targets { submission, targets, state, .. }) => {
                    for target in targets {
                        self.moved(*submission, *target, *state);
                    }
                }
                Effect::Report(QueueEvent::Batch { submission, .. }) => announced = Some(*submission),
                Effect::Act { attempt, batch, .. } => {
                    let submission = announced.take().expect("a call is announced before it is made");
                    self.sent(submission, *attempt, batch);
                }
                _ => {}
            }
        }
    }

    fn moved(&mut self, submission: SubmissionId, target: Target, state: TargetState) {
        let known = self.known.get_mut(&(submission, target)).expect("the order is known");
        if known.state == TargetState::Rejected && !state.is_final() {
            self.places += 1;
            known.place = self.places;
        }
        if matches!(state, TargetState::Recalled | TargetState::Superseded) {
            // An unclear call may land late, whatever was read back since.
            let may_happen = known.maybe_done || known.unclear_at.is_some();
            assert!(!may_happen, "{target} was taken back although it may happen");
            known.taken_back = true;
        }
        if state == TargetState::Rejected {
            assert_eq!(known.last_call, 1, "{target} was rejected without having been refused alone");
        }
        known.state = state;
    }

    fn sent(&mut self, submission: SubmissionId, attempt: AttemptId, batch: &Batch) {
        let now = self.desk.now;
        let distinct: BTreeSet<Target> = batch.targets().into_iter().collect();
        assert_eq!(distinct.len(), batch.len(), "an id twice in one call");
        for (other, flying) in self.desk.calls.iter().filter(|(other, _)| **other != attempt) {
            for target in flying.targets() {
                let user = subject(target);
                assert!(
                    distinct.iter().all(|one| subject(*one) != user),
                    "{other:?}: two calls about one user"
                );
            }
        }
        for target in batch.targets() {
            let order =
                self.known.get(&(submission, target)).expect("only what was submitted is sent").clone();
            assert_eq!(order.verdict, batch.verdict);
            assert!(!order.taken_back, "{target} was sent after it was taken back");
            assert!(!order.maybe_done, "{target} was sent again although it may have been done");
            self.check_older(&order, now);
            let known = self.known.get_mut(&(submission, target)).unwrap();
            known.maybe_done = true;
            known.last_call = batch.len();
        }
        self.of_call.insert(attempt, submission);
    }

    /// Nothing older on the same user may be open, unless it is the same call on another target.
    fn check_older(&self, order: &Known, now: Duration) {
        let user = subject(order.target);
        for older in
            self.known.values().filter(|older| older.place < order.place && subject(older.target) == user)
        {
            let same_call = older.target.kind() == order.target.kind() && older.verdict == order.verdict;
            let may_go_first = same_call && older.target != order.target;
            assert!(!older.state.is_unsent() || may_go_first, "{order:?} overtook {older:?}");
            let settled = older.unclear_at.is_none_or(|time| now >= time + Duration::from_secs(SETTLE));
            assert!(settled || older.verdict == order.verdict, "{order:?} before {older:?} was settled");
        }
    }

    /// From now on Graph is well, and the analyst looks after the queue, until it has nothing left to do.
    pub(super) fn get_well(&mut self) {
        for round in 0..20_000 {
            if self.desk.view.is_idle() && self.desk.calls.is_empty() {
                return;
            }
            self.answer(0, How::Truthfully);
            self.read(true);
            if self.desk.calls.is_empty() {
                self.pass(5);
            }
            if round % 200 == 199 {
                self.give_command(Command::Resume);
                self.retry_what_waits_for_a_person();
            }
        }
        panic!("no end: {:?}", self.known);
    }

    fn retry_what_waits_for_a_person(&mut self) {
        let waiting = self.known.iter().filter(|(_, known)| known.state == TargetState::Unknown);
        let waiting: BTreeSet<SubmissionId> = waiting.map(|((submission, _), _)| *submission).collect();
        for submission in waiting {
            self.give_command(Command::Retry(submission));
        }
    }

    /// What must hold in the end.
    pub(super) fn check_the_end(&self) {
        for ((submission, target), known) in &self.known {
            assert!(known.state.is_final(), "{submission} {target} ends {:?}", known.state);
            let (_, shown) = self.desk.view.submission(*submission).unwrap().state_of(*target).unwrap();
            assert_eq!(shown, known.state);
            let bad = known.state == TargetState::Rejected;
            assert!(!bad || self.may_be_rejected(*target), "{target} was rejected for a neighbour");
            assert_ne!(known.state, TargetState::Conflict, "nobody else decided on {target}");
        }
        for target in self.known.values().map(|known| known.target) {
            self.check_effect(target);
        }
    }

    fn may_be_rejected(&self, target: Target) -> bool {
        self.bad.contains(&target)
            || self.known.values().any(|known| known.target == target && known.last_call == 1)
    }

    /// The newest verdict that is in effect by the queue's account is in effect in Graph.
    fn check_effect(&self, target: Target) {
        let done = |known: &&Known| matches!(known.state, TargetState::Verified | TargetState::NotSeen);
        let orders = self.known.values().filter(|known| known.target == target);
        let newest = orders.clone().filter(done).max_by_key(|known| known.place);
        let given_up = orders.clone().any(|known| known.state == TargetState::GivenUp);
        if let (Some(newest), false) = (newest, given_up) {
            let state = self.states.get(&target);
            assert_eq!(
                state,
                Some(&newest.verdict.resulting_state()),
                "{target}: {:?}",
                orders.collect::<Vec<_>>()
            );
        }
    }
}
