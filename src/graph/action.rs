//! Verdicts: exactly one POST each, and what its answer proves (QUEUE.md section 4.6).

use super::budget::{Need, Priority};
use super::client::Client;
use super::endpoint::Endpoint;
use super::error::{GraphError, GraphErrorKind};
use super::exchange::{Answered, Failed, Request};
use super::refusal::Refusal;
use crate::entity::{Batch, Kind};
use std::time::Duration;
use uuid::Uuid;

/// What the answer to a verdict proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnswerClass {
    /// Graph took it: 204 with a `request-id`. Not yet visible.
    Accepted,
    /// No connection came about: nothing happened, nothing can have happened.
    NotSent,
    /// It came too soon: nothing happened.
    Throttled {
        /// How long the service asks to wait, if it says so believably (at most 300 s).
        retry_after: Option<Duration>,
    },
    /// The sign-in is not accepted: nothing happened.
    Unauthorised {
        /// Conditional Access asks for a stronger sign-in.
        claims: bool,
    },
    /// The account may not do this, or the tenant lacks the licence: nothing happened.
    Forbidden,
    /// Graph declines it (400, 404, 405, 410, 415, 422). With a single id nothing happened; with several, some may have
    /// taken effect.
    Refused,
    /// Too many ids for one call (413, or a 400 that says so).
    TooMany,
    /// Something else holds it (409, 412, 423).
    Busy,
    /// Anything else: it may or may not have happened.
    Unknown,
}

/// The answer to a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it proves.
    pub class: AnswerClass,
    /// The HTTP status, if one came.
    pub status: Option<u16>,
    /// Graph's id of the request; harmless.
    pub request_id: Option<String>,
    /// The id that this client gave it.
    pub client_request_id: Uuid,
    /// The failure in words, unless it was accepted.
    pub error: Option<GraphError>,
}

/// The limits that a verdict on things of that kind counts against.
pub fn need_of(kind: Kind) -> Need {
    Endpoint::of_verdict(kind, crate::entity::Verdict::Safe).need
}

impl Client {
    /// Waits until a verdict on things of that kind may be sent, and counts it against the budgets. Makes sure of a token
    /// first, so that a missing sign-in shows before anything is claimed. To be followed by [`Client::act_unpaced`].
    pub async fn wait_to_act(&self, kind: Kind) -> Result<Duration, GraphError> {
        let endpoint = Endpoint::of_verdict(kind, crate::entity::Verdict::Safe);
        self.inner.tokens.get(endpoint, self.inner.root.host()).await?;
        Ok(self.inner.budgets.acquire(endpoint.need, Priority::Write).await)
    }

    /// Waits for its turn and sends the batch: exactly one POST, or none where the answer is
    /// [`AnswerClass::NotSent`]. Nothing is ever repeated here.
    pub async fn act(&self, batch: &Batch, client_request_id: Uuid) -> Answer {
        match self.wait_to_act(batch.kind()).await {
            Ok(waited) => self.act_after(batch, client_request_id, waited).await,
            Err(error) => unsigned(error, client_request_id),
        }
    }

    /// The same at once, for a caller that has waited with [`Client::wait_to_act`].
    pub async fn act_unpaced(&self, batch: &Batch, client_request_id: Uuid) -> Answer {
        self.act_after(batch, client_request_id, Duration::ZERO).await
    }

    async fn act_after(&self, batch: &Batch, client_request_id: Uuid, waited: Duration) -> Answer {
        let inner = &self.inner;
        let endpoint = Endpoint::of_verdict(batch.kind(), batch.verdict);
        let token = match inner.tokens.get(endpoint, inner.root.host()).await {
            Ok(token) => token,
            Err(error) => return unsigned(error, client_request_id),
        };
        let ids: Vec<String> = batch.targets().iter().map(ToString::to_string).collect();
        let url = inner.root.join(&endpoint.path_of(""));
        let request = Request { endpoint, url, ids: &ids, client_request_id, waited };
        let answer = match inner.exchange(&request, &token).await {
            Ok(Answered::Done(Some(id))) => Answer {
                class: AnswerClass::Accepted,
                status: Some(204),
                request_id: Some(id.to_string()),
                client_request_id,
                error: None,
            },
            Ok(Answered::Done(None)) => {
                let message = "204 without a request id: something in between answered";
                let error = inner.error(GraphErrorKind::NotGraph, endpoint, message);
                unknown(error.with(|detail| detail.status = Some(204)), client_request_id)
            }
            // Unreachable for a POST, whose 200 is read as a refusal; unknown in any case.
            Ok(Answered::Page(_)) => {
                unknown(inner.error(GraphErrorKind::NotGraph, endpoint, ""), client_request_id)
            }
            Ok(Answered::Refused(refusal)) => {
                refused(refusal, endpoint, inner.root.host(), client_request_id)
            }
            Err(failed) => not_answered(failed, client_request_id),
        };
        self.settle(&answer, endpoint);
        if answer.class == AnswerClass::Unknown {
            inner.reconnect().await;
        }
        answer
    }

    /// What the answer says about the budgets and the token.
    fn settle(&self, answer: &Answer, endpoint: &Endpoint) {
        match answer.class {
            AnswerClass::Throttled { retry_after } => {
                self.inner.budgets.throttled(endpoint.need, retry_after);
            }
            AnswerClass::NotSent | AnswerClass::Unknown => {}
            _ => self.inner.budgets.succeeded(endpoint.need),
        }
        if let AnswerClass::Unauthorised { .. } = answer.class {
            let claims = answer.error.as_ref().and_then(GraphError::claims).map(str::to_owned);
            self.inner.tokens.refused(claims);
        }
    }
}

/// There was no token, so nothing was sent.
fn unsigned(error: GraphError, client_request_id: Uuid) -> Answer {
    let class = match error.kind() {
        GraphErrorKind::NotReachable => AnswerClass::NotSent,
        _ => AnswerClass::Unauthorised { claims: error.claims().is_some() },
    };
    Answer { class, status: None, request_id: None, client_request_id, error: Some(error) }
}

fn not_answered(failed: Failed, client_request_id: Uuid) -> Answer {
    let Failed { error, unsent } = failed;
    if !unsent {
        return unknown(error, client_request_id);
    }
    let class = match error.kind() {
        GraphErrorKind::NotSignedIn => AnswerClass::Unauthorised { claims: false },
        _ => AnswerClass::NotSent,
    };
    Answer { class, status: None, request_id: None, client_request_id, error: Some(error) }
}

fn unknown(error: GraphError, client_request_id: Uuid) -> Answer {
    Answer {
        class: AnswerClass::Unknown,
        status: error.status(),
        request_id: None,
        client_request_id,
        error: Some(error),
    }
}

fn refused(refusal: Refusal, endpoint: &Endpoint, host: &str, client_request_id: Uuid) -> Answer {
    let class = class_of(&refusal);
    Answer {
        class,
        status: Some(refusal.status),
        request_id: refusal.request_id.as_ref().map(ToString::to_string),
        client_request_id,
        error: Some(refusal.into_error(endpoint, host, client_request_id)),
    }
}

/// The status decides. Other 2xx and all 3xx are not what Graph answers to a verdict, 408 and 5xx leave open what was
/// done: unknown.
fn class_of(refusal: &Refusal) -> AnswerClass {
    match refusal.status {
        429 | 509 => AnswerClass::Throttled { retry_after: refusal.retry_after },
        401 => AnswerClass::Unauthorised { claims: refusal.wants_claims() },
        403 if refusal.wants_claims() => AnswerClass::Unauthorised { claims: true },
        403 => AnswerClass::Forbidden,
        _ if refusal.says_too_many() => AnswerClass::TooMany,
        400 | 404 | 405 | 410 | 415 | 422 => AnswerClass::Refused,
        409 | 412 | 423 => AnswerClass::Busy,
        _ => AnswerClass::Unknown,
    }
}
