//! One request and its answer: exactly one, whatever happens. What to do about a failure is decided by the callers.

use super::client::Inner;
use super::endpoint::Endpoint;
use super::error::{GraphError, GraphErrorKind};
use super::record::RequestRecord;
use super::refusal::{Refusal, request_id};
use super::token::bearer;
use super::transport::{failure, root_cause};
use azure_core::credentials::Secret;
use chrono::Utc;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use std::time::{Duration, Instant};
use url::Url;
use uuid::Uuid;

/// The largest page that is read, in bytes after decompression.
const LARGEST_PAGE: usize = 32 * 1024 * 1024;
/// How much of an error's body is read.
const LARGEST_ERROR: usize = 64 * 1024;
/// How long the body of an error may take once the status is known: it only adds words.
const ERROR_PATIENCE: Duration = Duration::from_secs(5);

/// A request that is about to be sent.
pub(super) struct Request<'a> {
    pub(super) endpoint: &'static Endpoint,
    pub(super) url: Url,
    /// The ids of a verdict.
    pub(super) ids: &'a [String],
    pub(super) client_request_id: Uuid,
    /// How long it waited for its turn.
    pub(super) waited: Duration,
}

/// What came back.
pub(super) enum Answered {
    /// 200 with its whole body.
    Page(Vec<u8>),
    /// 204, with Graph's id of the request if it carried one.
    Done(Option<crate::entity::Text>),
    /// Any other status.
    Refused(Refusal),
}

/// No usable answer.
pub(super) struct Failed {
    pub(super) error: GraphError,
    /// It is proven that nothing was sent.
    pub(super) unsent: bool,
}

impl Inner {
    /// Sends the request and reads the answer; writes the record of it.
    pub(super) async fn exchange(&self, request: &Request<'_>, token: &Secret) -> Result<Answered, Failed> {
        let begin = Instant::now();
        let answer = self.send(request, token).await;
        let (status, request_id) = match &answer {
            Ok(Answered::Page(_)) => (Some(200), None),
            Ok(Answered::Done(id)) => (Some(204), id.clone()),
            Ok(Answered::Refused(refusal)) => (Some(refusal.status), refusal.request_id.clone()),
            Err(failed) => (failed.error.status(), None),
        };
        let milliseconds = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        // Fails when nobody listens, which is all right.
        let _ = self.records.send(RequestRecord {
            finished: Utc::now(),
            method: if request.endpoint.method == Method::POST { "POST" } else { "GET" },
            path: request.url.path().to_owned(),
            status,
            failure: answer.as_ref().err().map(|failed| failed.error.kind()),
            ids: request.ids.len(),
            request_id,
            client_request_id: request.client_request_id,
            milliseconds: milliseconds(begin.elapsed()),
            waited_milliseconds: milliseconds(request.waited),
        });
        answer
    }

    async fn send(&self, request: &Request<'_>, token: &Secret) -> Result<Answered, Failed> {
        let Some(bearer) = bearer(token) else {
            let message = "the token holds characters that no token has";
            let error =
                GraphError::new(GraphErrorKind::NotSignedIn, request.endpoint, self.root.host(), message);
            return Err(Failed { error, unsent: true });
        };
        let mut built = self
            .http()
            .request(request.endpoint.method.clone(), request.url.clone())
            .header(AUTHORIZATION, bearer)
            .header("client-request-id", request.client_request_id.to_string())
            .timeout(self.timeout(request.endpoint));
        if request.endpoint.method == Method::POST {
            built = built.json(&serde_json::json!({ request.endpoint.body_key: request.ids }));
        }
        let answer = built.send().await.map_err(|error| self.failed(request, &error))?;
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        match status {
            200 if request.endpoint.method == Method::GET => {
                self.whole_body(request, answer).await.map(Answered::Page)
            }
            204 => Ok(Answered::Done(request_id(&headers))),
            _ => Ok(Answered::Refused(refusal(status, &headers, answer).await)),
        }
    }

    /// The whole body of a page.
    async fn whole_body(
        &self,
        request: &Request<'_>,
        mut answer: reqwest::Response,
    ) -> Result<Vec<u8>, Failed> {
        let mut body = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(None) => return Ok(body),
                Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_PAGE => body.extend_from_slice(&chunk),
                Ok(Some(_)) => {
                    let message = format!("a page of more than {} MiB", LARGEST_PAGE >> 20);
                    let error = GraphError::new(
                        GraphErrorKind::TooLong,
                        request.endpoint,
                        self.root.host(),
                        &message,
                    );
                    return Err(Failed { error, unsent: false });
                }
                Err(error) => return Err(self.failed(request, &error)),
            }
        }
    }

    fn failed(&self, request: &Request<'_>, error: &reqwest::Error) -> Failed {
        let kind = failure(error);
        let unsent = kind != GraphErrorKind::Interrupted;
        let error = GraphError::new(kind, request.endpoint, self.root.host(), &root_cause(error))
            .with(|detail| detail.client_request_id = Some(request.client_request_id));
        Failed { error, unsent }
    }
}

/// The answer with as much of its body as comes readily: the status decides, the body only explains.
async fn refusal(status: u16, headers: &HeaderMap, mut answer: reqwest::Response) -> Refusal {
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(chunk)) = answer.chunk().await {
            let room = LARGEST_ERROR - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == LARGEST_ERROR {
                break;
            }
        }
    };
    // What was read before the patience ran out is used.
    let _ = tokio::time::timeout(ERROR_PATIENCE, read).await;
    Refusal::read(status, headers, &body, Utc::now())
}
