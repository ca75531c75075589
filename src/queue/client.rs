//! The Graph client in the queue's words.

use super::answer::{Outcome, OutcomeClass};
use super::driver::Service;
use super::verify::{Look, ReadFailure};
use crate::entity::{Batch, Reading, Target};
use crate::graph::{Answer, AnswerClass, Client, GraphError, GraphErrorKind, Wanted};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

/// The most targets of one read-back that are read one by one.
const MOST_SINGLE_READS: usize = 60;
/// A rate of nothing would be a time without end.
const LOWEST_RATE: f64 = 0.01;

impl Service for Client {
    async fn act(&self, batch: Batch, client_request_id: Uuid) -> Outcome {
        outcome(Self::act(self, &batch, client_request_id).await)
    }

    /// Lists show targets that changed. What has to be known, and is in no list, is read by itself.
    async fn read_back(&self, looks: Vec<Look>) -> Result<Vec<Reading>, ReadFailure> {
        let wanted: Vec<Wanted> = looks.iter().map(wanted).collect();
        let mut readings = Self::read_back(self, &wanted).await.map_err(|error| failure(&error))?;
        let found: HashSet<Target> = readings.iter().map(|reading| reading.target).collect();
        let missing = looks.iter().filter(|look| look.must_know && !found.contains(&look.target));
        for look in missing.take(MOST_SINGLE_READS) {
            readings.extend(self.read_one(look.target).await.map_err(|error| failure(&error))?);
        }
        Ok(readings)
    }

    fn interval(&self) -> (Duration, Duration) {
        let view = *self.budgets().view().borrow();
        let protection = view.identity_protection.rate.max(LOWEST_RATE);
        // Verdicts on sign-ins count against both limits: the lower one decides.
        let both = view.sign_in_log.rate.clamp(LOWEST_RATE, protection);
        (Duration::from_secs_f64(both.recip()), Duration::from_secs_f64(protection.recip()))
    }
}

fn wanted(look: &Look) -> Wanted {
    Wanted { target: look.target, verdict: look.verdict, time: look.time, since: look.since }
}

fn outcome(answer: Answer) -> Outcome {
    let class = match answer.class {
        AnswerClass::Accepted => OutcomeClass::Accepted,
        AnswerClass::NotSent => OutcomeClass::NotSent,
        AnswerClass::Throttled { retry_after } => OutcomeClass::Throttled { retry_after },
        AnswerClass::Unauthorised { claims } => OutcomeClass::Unauthorised { claims },
        AnswerClass::Forbidden => OutcomeClass::Forbidden,
        AnswerClass::Refused => OutcomeClass::Refused,
        AnswerClass::TooMany => OutcomeClass::TooMany,
        AnswerClass::Busy => OutcomeClass::Busy,
        AnswerClass::Unknown => OutcomeClass::Unknown,
    };
    let note = answer.error.map(|error| match answer.class {
        AnswerClass::Forbidden => format!("{} {}", error.reason(), error.next()),
        _ => error.reason(),
    });
    Outcome { class, request_id: answer.request_id, note }
}

fn failure(error: &GraphError) -> ReadFailure {
    match error.kind() {
        GraphErrorKind::Unauthorised | GraphErrorKind::NotSignedIn => {
            ReadFailure::Unauthorised { claims: error.claims().is_some() }
        }
        _ => ReadFailure::Failed(error.reason()),
    }
}
