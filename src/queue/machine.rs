//! The queue's core: events in, effects out. No clock, no input or output, no randomness.

use super::answer::Outcome;
use super::book::Book;
use super::entry::{EntryId, Stage};
use super::event::QueueEvent;
use super::isolate::{Isolation, Role};
use super::order::Command;
use super::pace::Pace;
use super::pause::Pause;
use super::settings::Settings;
use super::verify::{Look, ReadFailure, Verifier};
use crate::entity::{Batch, Kind, Reading};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Calls that may be under way at once: one in the air while the next waits for its budget.
const IN_FLIGHT: usize = 2;
/// How long a stop waits for the calls that are under way.
const STOP_AFTER: Duration = Duration::from_secs(2);

/// The number of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId(pub u64);

/// The number of a read-back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoundId(pub u64);

/// What happens to the queue.
#[derive(Clone, Debug)]
pub enum Event {
    /// The analyst asks for something.
    Command(Command),
    /// A call has ended.
    Answered {
        /// Which.
        attempt: AttemptId,
        /// How.
        outcome: Outcome,
        /// By how many percent to stretch a wait that follows from it, 75 to 125, so that several consoles do not
        /// come back together.
        jitter: u32,
    },
    /// A read-back has ended.
    Read {
        /// Which.
        round: RoundId,
        /// What Graph reports of the targets that it found.
        readings: Result<Vec<Reading>, ReadFailure>,
    },
    /// The time between two calls on each kind, as the budgets stand, for the estimate.
    Interval {
        /// For sign-ins.
        sign_ins: Duration,
        /// For users.
        users: Duration,
    },
    /// The time asked for by [`Effect::WakeAt`] has come.
    Woke,
}

/// What the queue wants to be done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make this call and answer with [`Event::Answered`].
    Act {
        /// Its number.
        attempt: AttemptId,
        /// The number to send along, under which Graph logs it.
        client_request_id: Uuid,
        /// What to send.
        batch: Batch,
    },
    /// Read these targets and answer with [`Event::Read`].
    ReadBack {
        /// Its number.
        round: RoundId,
        /// What to look for.
        wanted: Vec<Look>,
    },
    /// Send [`Event::Woke`] at this time of the monotonic clock. Replaces an earlier wish.
    WakeAt(Duration),
    /// Tell this.
    Report(QueueEvent),
    /// The end. Nothing more is answered.
    Stop,
}

/// A call that is under way.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) submission: usize,
    pub(super) entries: Vec<EntryId>,
    pub(super) role: Role,
    pub(super) client_request_id: Uuid,
    pub(super) number: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopping {
    No,
    /// When all is sent.
    WhenSent,
    /// When the calls that are under way are answered, or then.
    At(Duration),
    Stopped,
}

/// The verdict queue. Moved on by [`step`] only.
#[derive(Clone, Debug)]
pub struct Queue {
    pub(super) settings: Settings,
    pub(super) session: Uuid,
    pub(super) now: Duration,
    pub(super) wall: DateTime<Utc>,
    pub(super) book: Book,
    pub(super) pace: Pace,
    /// What only a person can end.
    pub(super) pause: Option<Pause>,
    announced: Option<Pause>,
    pub(super) graces: BTreeSet<(Duration, usize)>,
    pub(super) attempts: BTreeMap<AttemptId, Attempt>,
    pub(super) attempts_made: u64,
    /// The most ids of a call; less than the settings say once Graph found a batch too large.
    pub(super) size: usize,
    /// Single targets that were refused in a row.
    pub(super) lone_refusals: usize,
    /// The token was refused, when so many calls had been made. A call after these is made with another token.
    pub(super) token_refused: Option<u64>,
    pub(super) isolations: VecDeque<Isolation>,
    pub(super) verifier: Verifier,
    pub(super) stopping: Stopping,
    interval: (Duration, Duration),
    estimate: (usize, u64),
    idle: bool,
    wake_at: Option<Duration>,
    effects: Vec<Effect>,
}

impl Queue {
    /// An empty queue. `session` numbers its calls and must be different each time.
    pub fn new(settings: Settings, session: Uuid) -> Self {
        let size = settings.batch_size.clamp(1, Batch::MOST);
        Self {
            settings,
            session,
            now: Duration::ZERO,
            wall: DateTime::UNIX_EPOCH,
            book: Book::default(),
            pace: Pace::default(),
            pause: None,
            announced: None,
            graces: BTreeSet::new(),
            attempts: BTreeMap::new(),
            attempts_made: 0,
            size,
            lone_refusals: 0,
            token_refused: None,
            isolations: VecDeque::new(),
            verifier: Verifier::default(),
            stopping: Stopping::No,
            interval: (Duration::from_secs(2), Duration::from_secs(1)),
            estimate: (0, 0),
            idle: true,
            wake_at: None,
            effects: Vec::new(),
        }
    }
}

/// Moves the queue on: something happened, at `now` of a monotonic clock and `wall` of the calendar.
pub fn step(queue: &mut Queue, now: Duration, wall: DateTime<Utc>, event: Event) -> Vec<Effect> {
    if queue.stopping == Stopping::Stopped {
        return Vec::new();
    }
    queue.now = queue.now.max(now);
    queue.wall = wall;
    match event {
        Event::Command(command) => queue.command(command),
        Event::Answered { attempt, outcome, jitter } => queue.answered(attempt, &outcome, jitter),
        Event::Read { round, readings } => queue.read(round, readings),
        Event::Interval { sign_ins, users } => queue.interval = (sign_ins, users),
        Event::Woke => queue.wake_at = None,
    }
    queue.end_graces();
    queue.send();
    queue.read_back();
    queue.close()
}

impl Queue {
    /// Adds an effect, after the facts that led to it.
    pub(super) fn effect(&mut self, effect: Effect) {
        let facts = self.book.tell(self.now);
        self.effects.extend(facts.into_iter().map(Effect::Report));
        self.effects.push(effect);
    }

    pub(super) fn report(&mut self, event: QueueEvent) {
        self.effect(Effect::Report(event));
    }

    pub(super) fn enter(&mut self, id: EntryId, stage: Stage, note: Option<Arc<str>>) {
        self.book.enter(id, stage, note, self.now);
    }

    fn end_graces(&mut self) {
        while let Some((time, submission)) = self.graces.first().copied() {
            if time > self.now {
                break;
            }
            self.graces.pop_first();
            self.end_grace(submission);
        }
    }

    pub(super) fn end_grace(&mut self, submission: usize) {
        for id in self.book.record(submission).entries.clone() {
            if self.book.entry(id).stage == Stage::Grace {
                self.enter(id, Stage::Waiting, None);
            }
        }
    }

    /// Whether nothing new is sent because the queue is about to stop.
    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.stopping, Stopping::At(_) | Stopping::Stopped)
    }

    /// Whether one more call may be made now.
    pub(super) fn can_send(&self) -> bool {
        let most = if self.pace.is_calm() && self.isolations.is_empty() { IN_FLIGHT } else { 1 };
        self.pause.is_none()
            && !self.is_leaving()
            && self.now >= self.pace.hold_until()
            && self.attempts.len() < most
    }

    /// What a step ends with: the changes told, the pause, the estimate, the end, the next wake-up.
    fn close(&mut self) -> Vec<Effect> {
        self.announce();
        self.tell_estimate();
        self.tell_idle();
        if self.stop_if_done() {
            self.effect(Effect::Report(QueueEvent::Stopped));
            self.effects.push(Effect::Stop);
            self.stopping = Stopping::Stopped;
        } else {
            let facts = self.book.tell(self.now);
            self.effects.extend(facts.into_iter().map(Effect::Report));
            self.ask_to_wake();
        }
        std::mem::take(&mut self.effects)
    }

    fn announce(&mut self) {
        if self.book.open() == 0 && self.attempts.is_empty() {
            self.pace.heard();
        }
        let current = self.pause.as_ref().or_else(|| self.pace.trouble());
        if current == self.announced.as_ref() {
            return;
        }
        self.announced = current.cloned();
        let event = self.announced.clone().map_or(QueueEvent::Resumed, QueueEvent::Paused);
        self.report(event);
    }

    fn tell_estimate(&mut self) {
        let mut calls = [0_usize; 2];
        for record in self.book.active() {
            for (class, count) in super::entry::Class::all().zip(record.unsent) {
                calls[usize::from(class.kind == Kind::User)] += count.div_ceil(self.size);
            }
        }
        for isolation in &self.isolations {
            let first = self.book.record(isolation.submission).entries.first();
            let users = first.is_some_and(|id| self.book.entry(*id).target.kind() == Kind::User);
            calls[usize::from(users)] += isolation.left().div_ceil(self.size);
        }
        let [sign_ins, users] = calls;
        let remaining_calls = sign_ins + users + self.attempts.len();
        let pace =
            self.interval.0.as_secs_f64() * sign_ins as f64 + self.interval.1.as_secs_f64() * users as f64;
        let hold = self.pace.hold_until().saturating_sub(self.now).as_secs_f64();
        let seconds = if remaining_calls == 0 { 0 } else { (pace + hold).ceil() as u64 };
        if remaining_calls != self.estimate.0 {
            self.estimate = (remaining_calls, seconds);
            self.report(QueueEvent::Estimate { remaining_calls, seconds });
        }
    }

    fn tell_idle(&mut self) {
        let idle = self.book.open() == 0 && self.book.accepted() == 0;
        if idle && !self.idle {
            self.report(QueueEvent::Idle);
        }
        self.idle = idle;
    }

    fn stop_if_done(&mut self) -> bool {
        match self.stopping {
            Stopping::WhenSent => self.attempts.is_empty() && self.book.open() == self.book.stalled(),
            Stopping::At(time) if self.now >= time => {
                self.abandon_attempts();
                true
            }
            Stopping::At(_) => self.attempts.is_empty(),
            Stopping::No | Stopping::Stopped => false,
        }
    }

    pub(super) fn stop_soon(&mut self) {
        self.stopping = Stopping::At(self.now + STOP_AFTER);
    }

    fn ask_to_wake(&mut self) {
        let hold = self.pace.hold_until();
        let must_wait = hold > self.now && self.pause.is_none() && self.book.open() > 0;
        let stop = if let Stopping::At(time) = self.stopping { Some(time) } else { None };
        let times = [
            self.graces.first().map(|(time, _)| *time),
            self.book.next_review(),
            must_wait.then_some(hold),
            self.next_look(),
            stop,
        ];
        let next = times.into_iter().flatten().min();
        if next != self.wake_at {
            self.wake_at = next;
            self.effects.extend(next.map(Effect::WakeAt));
        }
    }
}
