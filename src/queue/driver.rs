//! The background task: gives the core time, and carries out what it asks for.

use super::answer::{Outcome, OutcomeClass};
use super::event::QueueEvent;
use super::handle::QueueHandle;
use super::machine::{AttemptId, Effect, Event, Queue, RoundId, step};
use super::order::Command;
use super::settings::Settings;
use super::verify::{Look, ReadFailure};
use crate::entity::{Batch, Reading};
use chrono::Utc;
use std::collections::HashMap;
use std::future::Future;
use std::ops::RangeInclusive;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;

/// Percent by which a wait is stretched or shortened.
const JITTER: RangeInclusive<u32> = 75..=125;

/// What the driver needs of Graph. Each call waits for its rate budget itself, is made at most once, and always ends.
pub trait Service: Clone + Send + Sync + 'static {
    /// Sends one batch.
    fn act(&self, batch: Batch, client_request_id: Uuid) -> impl Future<Output = Outcome> + Send;
    /// Reads targets back; those that Graph does not list are left out.
    fn read_back(&self, wanted: Vec<Look>) -> impl Future<Output = Result<Vec<Reading>, ReadFailure>> + Send;
    /// The time between two calls at the budgets' present rate: on sign-ins, and on users.
    fn interval(&self) -> (Duration, Duration);
}

/// Starts a queue in the background. Must be called inside a tokio runtime.
pub fn spawn(service: impl Service, settings: Settings) -> QueueHandle {
    let (commands, asked) = mpsc::unbounded_channel();
    let (tell, events) = mpsc::unbounded_channel();
    let driver = Driver {
        service,
        queue: Queue::new(settings, Uuid::new_v4()),
        start: Instant::now(),
        wake_at: None,
        interval: None,
        calls: JoinSet::new(),
        under_way: HashMap::new(),
        tell,
    };
    QueueHandle { commands, events, task: tokio::spawn(driver.run(asked)) }
}

/// A call that is carried out, so that its end is told even if it fails in a way that nobody foresaw.
#[derive(Clone, Copy)]
enum Call {
    Act(AttemptId),
    Read(RoundId),
}

struct Driver<S> {
    service: S,
    queue: Queue,
    /// The zero of the core's clock.
    start: Instant,
    wake_at: Option<Instant>,
    interval: Option<(Duration, Duration)>,
    calls: JoinSet<Event>,
    under_way: HashMap<Id, Call>,
    tell: mpsc::UnboundedSender<QueueEvent>,
}

/// Whether the queue goes on.
#[derive(PartialEq)]
enum Going {
    On,
    Stopped,
}

impl<S: Service> Driver<S> {
    async fn run(mut self, mut asked: mpsc::UnboundedReceiver<Command>) {
        let mut deserted = false;
        loop {
            let event = tokio::select! {
                // What the analyst asks goes first: a recall must not lose to the end of its own grace.
                biased;
                command = asked.recv(), if !deserted => {
                    deserted = command.is_none();
                    Event::Command(command.unwrap_or(Command::Shutdown { finish: false }))
                }
                Some(ended) = self.calls.join_next_with_id() => self.ended(ended),
                () = until(self.wake_at) => {
                    self.wake_at = None;
                    Event::Woke
                }
            };
            if self.give(event) == Going::Stopped {
                return;
            }
        }
    }

    fn give(&mut self, event: Event) -> Going {
        let interval = self.service.interval();
        if self.interval.replace(interval) != Some(interval) {
            let (sign_ins, users) = interval;
            if self.step(Event::Interval { sign_ins, users }) == Going::Stopped {
                return Going::Stopped;
            }
        }
        self.step(event)
    }

    fn step(&mut self, event: Event) -> Going {
        let mut going = Going::On;
        for effect in step(&mut self.queue, self.start.elapsed(), Utc::now(), event) {
            match effect {
                // Nobody may be listening any more; what was submitted is carried out all the same.
                Effect::Report(event) => drop(self.tell.send(event)),
                Effect::Act { attempt, client_request_id, batch } => {
                    self.act(attempt, client_request_id, batch);
                }
                Effect::ReadBack { round, wanted } => self.read_back(round, wanted),
                // A time that cannot be expressed never comes.
                Effect::WakeAt(time) => self.wake_at = self.start.checked_add(time),
                Effect::Stop => going = Going::Stopped,
            }
        }
        going
    }

    fn act(&mut self, attempt: AttemptId, client_request_id: Uuid, batch: Batch) {
        let service = self.service.clone();
        let call = self.calls.spawn(async move {
            let outcome = service.act(batch, client_request_id).await;
            Event::Answered { attempt, outcome, jitter: fastrand::u32(JITTER) }
        });
        self.under_way.insert(call.id(), Call::Act(attempt));
    }

    fn read_back(&mut self, round: RoundId, wanted: Vec<Look>) {
        let service = self.service.clone();
        let call = self.calls.spawn(async move {
            let readings = service.read_back(wanted).await;
            Event::Read { round, readings }
        });
        self.under_way.insert(call.id(), Call::Read(round));
    }

    fn ended(&mut self, ended: Result<(Id, Event), JoinError>) -> Event {
        match ended {
            Ok((id, event)) => {
                self.under_way.remove(&id);
                event
            }
            Err(error) => self.failed(&error),
        }
    }

    /// A call whose task broke may have been made.
    fn failed(&mut self, error: &JoinError) -> Event {
        tracing::error!(%error, "a call of the queue broke off");
        let said = "the call broke off";
        match self.under_way.remove(&error.id()) {
            Some(Call::Act(attempt)) => {
                let outcome =
                    Outcome { class: OutcomeClass::Unknown, request_id: None, note: Some(said.to_owned()) };
                Event::Answered { attempt, outcome, jitter: fastrand::u32(JITTER) }
            }
            Some(Call::Read(round)) => {
                Event::Read { round, readings: Err(ReadFailure::Failed(said.to_owned())) }
            }
            None => Event::Woke,
        }
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
