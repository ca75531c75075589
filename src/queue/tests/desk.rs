//! A queue on a desk: a clock that is moved by hand, calls that are answered by hand, and everything written down.

use crate::entity::{
    Batch, Reading, RiskDetail, RiskLevel, RiskState, SignInId, Target, Text, UserId, Verdict,
};
use crate::queue::{
    AttemptId, Command, Effect, Event, Look, Order, Outcome, OutcomeClass, Queue, QueueEvent, QueueView,
    RoundId, Seen, Settings, Submission, SubmissionId, TargetState, step,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

pub(super) fn user_id(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(0xa000 + number))
}

pub(super) fn user(number: u128) -> Target {
    Target::User(user_id(number))
}

pub(super) fn sign_in(number: u128) -> Target {
    Target::SignIn(SignInId::from_uuid(Uuid::from_u128(0x5_0000 + number)))
}

pub(super) fn at_risk() -> Seen {
    Seen { level: RiskLevel::High, state: RiskState::AtRisk, detail: RiskDetail::None }
}

pub(super) fn order(target: Target, owner: Option<UserId>, verdict: Verdict) -> Order {
    let name = Text::new("Avery");
    Order { target, verdict, user: owner, name, context: String::new(), time: None, seen: at_risk() }
}

/// Sign-ins `from..to`, each of a user of its own.
pub(super) fn sign_ins(from: u128, to: u128, verdict: Verdict) -> Vec<Order> {
    (from..to).map(|number| order(sign_in(number), Some(user_id(number)), verdict)).collect()
}

pub(super) fn reading(target: Target, state: RiskState) -> Reading {
    let (level, detail) = (RiskLevel::High, RiskDetail::None);
    Reading { target, level, state, detail, processing: false, updated: None }
}

pub(super) const SETTLE: u64 = 120;

pub(super) struct Desk {
    pub(super) queue: Queue,
    pub(super) now: Duration,
    pub(super) view: QueueView,
    pub(super) events: Vec<QueueEvent>,
    /// Calls that were made and not answered yet, oldest first.
    pub(super) calls: BTreeMap<AttemptId, Batch>,
    /// Every call ever made.
    pub(super) made: Vec<Batch>,
    pub(super) request_ids: Vec<Uuid>,
    pub(super) reads: Vec<(RoundId, Vec<Look>)>,
    pub(super) wake_at: Option<Duration>,
    pub(super) stopped: bool,
}

impl Desk {
    pub(super) fn new() -> Self {
        let settings = Settings { settle: Duration::from_secs(SETTLE), ..Settings::default() };
        Self {
            queue: Queue::new(settings, Uuid::from_u128(0x1234_5678_9abc_4def_8123_4567_89ab_cdef)),
            now: Duration::ZERO,
            view: QueueView::default(),
            events: Vec::new(),
            calls: BTreeMap::new(),
            made: Vec::new(),
            request_ids: Vec::new(),
            reads: Vec::new(),
            wake_at: None,
            stopped: false,
        }
    }

    pub(super) fn wall(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::from_std(self.now).unwrap()
    }

    pub(super) fn give(&mut self, event: Event) -> Vec<Effect> {
        let wall = self.wall();
        let effects = step(&mut self.queue, self.now, wall, event);
        for effect in &effects {
            match effect.clone() {
                Effect::Act { attempt, client_request_id, batch } => {
                    self.calls.insert(attempt, batch.clone());
                    self.made.push(batch);
                    self.request_ids.push(client_request_id);
                }
                Effect::ReadBack { round, wanted } => self.reads.push((round, wanted)),
                Effect::WakeAt(time) => self.wake_at = Some(time),
                Effect::Report(event) => {
                    self.view.apply(&event);
                    self.events.push(event);
                }
                Effect::Stop => self.stopped = true,
            }
        }
        effects
    }

    pub(super) fn command(&mut self, command: Command) {
        self.give(Event::Command(command));
    }

    pub(super) fn submit(&mut self, id: u64, grace: u64, orders: Vec<Order>) {
        let (id, grace) = (SubmissionId(id), Duration::from_secs(grace));
        let (reason, ticket) = (String::new(), String::new());
        self.command(Command::Submit(Submission { id, at: self.wall(), grace, reason, ticket, orders }));
    }

    pub(super) fn recall(&mut self, id: u64) {
        self.command(Command::Recall(SubmissionId(id)));
    }

    /// Answers the oldest call.
    pub(super) fn answer(&mut self, class: OutcomeClass) -> Batch {
        let (attempt, batch) = self.calls.pop_first().expect("a call is under way");
        self.answer_to(attempt, class);
        batch
    }

    pub(super) fn answer_to(&mut self, attempt: AttemptId, class: OutcomeClass) {
        self.calls.remove(&attempt);
        let outcome = Outcome { class, request_id: Some("r-1".into()), note: Some("BadRequest: no".into()) };
        self.give(Event::Answered { attempt, outcome, jitter: 100 });
    }

    /// Answers the oldest read-back.
    pub(super) fn show(&mut self, readings: Vec<Reading>) {
        let (round, _) = self.reads.remove(0);
        self.give(Event::Read { round, readings: Ok(readings) });
    }

    /// Lets time pass; the queue is woken whenever it asked for it.
    pub(super) fn pass(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while let Some(time) = self.wake_at.take_if(|time| *time <= until) {
            self.now = self.now.max(time);
            self.give(Event::Woke);
        }
        self.now = until;
    }

    /// Lets time pass until a read-back is asked for.
    pub(super) fn pass_until_read(&mut self) -> Vec<Look> {
        for _ in 0..100_000 {
            if let Some((_, wanted)) = self.reads.first() {
                return wanted.clone();
            }
            self.pass(1);
        }
        panic!("no read-back was asked for");
    }

    pub(super) fn state(&self, id: u64, target: Target) -> TargetState {
        self.view.submission(SubmissionId(id)).unwrap().state_of(target).unwrap().1
    }

    pub(super) fn count(&self, id: u64, state: TargetState) -> usize {
        self.view.submission(SubmissionId(id)).unwrap().counts().of(state)
    }

    /// Answers every call as a Graph that refuses any with a `bad` target, until none is left.
    pub(super) fn answer_all(&mut self, bad: &[Target]) -> usize {
        let mut calls = 0;
        while let Some((attempt, batch)) = self.calls.first_key_value() {
            let refused = batch.targets().iter().any(|target| bad.contains(target));
            let class = if refused { OutcomeClass::Refused } else { OutcomeClass::Accepted };
            self.answer_to(*attempt, class);
            calls += 1;
        }
        calls
    }
}
