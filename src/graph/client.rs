//! The client: one connection pool, one source of tokens, one set of budgets.

use super::budget::{Budgets, Priority};
use super::endpoint::{self, Endpoint};
use super::error::{GraphError, GraphErrorKind};
use super::exchange::{Answered, Request};
use super::query::Shape;
use super::record::RequestRecord;
use super::root::GraphUrl;
use super::token::Tokens;
use super::transport::{Timeouts, connect};
use azure_core::credentials::TokenCredential;
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::broadcast;
use url::Url;
use uuid::Uuid;

/// How often a read is repeated after 5xx or a lost connection.
const MOST_FAILURES: u32 = 4;
/// How often it is repeated when no connection comes about at all: who is offline should soon be told.
const MOST_UNREACHABLE: u32 = 2;
/// How often a read is repeated after being throttled: about three minutes of waiting.
const MOST_THROTTLED: u32 = 12;
/// A token that waited longer than this for its turn is asked for again, which is cheap when it is still good.
const LONG_WAIT: Duration = Duration::from_secs(60);
/// How many records a slow reader may lag behind.
const RECORDS: usize = 1_024;

/// A client of Microsoft Graph. Cheap to clone; clones share connections, tokens and budgets. Every method may be
/// dropped at any time; a verdict that was dropped while it was sent may have taken effect.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) root: GraphUrl,
    pub(super) tokens: Tokens,
    pub(super) budgets: Budgets,
    pub(super) records: broadcast::Sender<RequestRecord>,
    http: RwLock<reqwest::Client>,
    timeouts: Timeouts,
    /// Filters that the service refused before; they are not tried again.
    refused_filters: Mutex<HashSet<Shape>>,
}

impl Client {
    /// A client for the Graph at `url`, with tokens of `credential`, within `budgets`. Fails when no trusted connection
    /// can be made at all: the system has no certificate authorities (`SSL_CERT_FILE` names them).
    pub fn new(
        url: GraphUrl,
        credential: Arc<dyn TokenCredential>,
        budgets: Budgets,
    ) -> Result<Self, GraphError> {
        Self::with_timeouts(url, credential, budgets, Timeouts::default())
    }

    /// The same, with other patience.
    pub fn with_timeouts(
        url: GraphUrl,
        credential: Arc<dyn TokenCredential>,
        budgets: Budgets,
        timeouts: Timeouts,
    ) -> Result<Self, GraphError> {
        let http = RwLock::new(connect(&url, timeouts)?);
        let (records, _) = broadcast::channel(RECORDS);
        let tokens = Tokens::new(credential, &url);
        let refused_filters = Mutex::default();
        let inner = Inner { root: url, tokens, budgets, records, http, timeouts, refused_filters };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The root that everything is sent to.
    pub fn url(&self) -> &GraphUrl {
        &self.inner.root
    }

    /// The budgets that every call waits for.
    pub fn budgets(&self) -> &Budgets {
        &self.inner.budgets
    }

    /// Every request from now on, when it is over. A reader that lags by more than a thousand loses the oldest.
    pub fn requests(&self) -> broadcast::Receiver<RequestRecord> {
        self.inner.records.subscribe()
    }

    /// Leaves all open connections behind, as one should after sleep, after an unknown outcome and after a 503 (API.md
    /// section 8).
    pub async fn reconnect(&self) {
        self.inner.reconnect().await;
    }
}

impl Inner {
    pub(super) fn http(&self) -> reqwest::Client {
        self.http.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn timeout(&self, endpoint: &Endpoint) -> Duration {
        if *endpoint == endpoint::SIGN_INS { self.timeouts.sign_in_log } else { self.timeouts.request }
    }

    pub(super) async fn reconnect(&self) {
        let (root, timeouts) = (self.root.clone(), self.timeouts);
        // Building a client reads the system's certificates from disk.
        let built = tokio::task::spawn_blocking(move || connect(&root, timeouts)).await;
        if let Ok(Ok(http)) = built {
            *self.http.write().unwrap_or_else(PoisonError::into_inner) = http;
        }
    }

    pub(super) fn is_refused(&self, shape: Shape) -> bool {
        self.refused_filters.lock().unwrap_or_else(PoisonError::into_inner).contains(&shape)
    }

    pub(super) fn remember_refused(&self, shape: Shape) {
        self.refused_filters.lock().unwrap_or_else(PoisonError::into_inner).insert(shape);
    }

    pub(super) fn error(&self, kind: GraphErrorKind, endpoint: &Endpoint, message: &str) -> GraphError {
        GraphError::new(kind, endpoint, self.root.host(), message)
    }

    /// Reads a page, and tries again where that is safe and sensible: it is only a read.
    pub(super) async fn get(
        &self,
        endpoint: &'static Endpoint,
        url: &Url,
        priority: Priority,
    ) -> Result<Vec<u8>, GraphError> {
        let mut tries = Tries::default();
        loop {
            let mut token = self.tokens.get(endpoint, self.root.host()).await?;
            if tries.refused.as_ref().is_some_and(|(refused, _)| *refused == token) {
                return Err(tries.into_refusal());
            }
            let waited = self.budgets.acquire(endpoint.need, priority).await;
            if waited > LONG_WAIT {
                token = self.tokens.get(endpoint, self.root.host()).await?;
            }
            let client_request_id = Uuid::new_v4();
            let request = Request { endpoint, url: url.clone(), ids: &[], client_request_id, waited };
            match self.exchange(&request, &token).await {
                Ok(Answered::Page(body)) => {
                    self.budgets.succeeded(endpoint.need);
                    return Ok(body);
                }
                Ok(Answered::Done(_)) => {
                    return Err(self.error(GraphErrorKind::NotGraph, endpoint, "a list without a body"));
                }
                Ok(Answered::Refused(refusal)) => {
                    let retry_after = refusal.retry_after;
                    let error = refusal.into_error(endpoint, self.root.host(), client_request_id);
                    self.after_refusal(&mut tries, endpoint, error, token, retry_after).await?;
                }
                Err(failed) => self.after_failure(&mut tries, endpoint, failed.error).await?,
            }
        }
    }

    /// Returns when the call should be tried again, and the error when it should not.
    async fn after_refusal(
        &self,
        tries: &mut Tries,
        endpoint: &'static Endpoint,
        error: GraphError,
        token: azure_core::credentials::Secret,
        retry_after: Option<Duration>,
    ) -> Result<(), GraphError> {
        match error.status() {
            Some(429 | 509) => {
                self.budgets.throttled(endpoint.need, retry_after);
                tries.throttled += 1;
                if tries.throttled > MOST_THROTTLED { Err(error) } else { Ok(()) }
            }
            Some(status @ (500 | 502 | 503 | 504)) => {
                if status == 503 {
                    self.reconnect().await;
                }
                self.again(tries, endpoint, error, retry_after).await
            }
            _ => {
                self.budgets.succeeded(endpoint.need);
                if error.kind() != GraphErrorKind::Unauthorised {
                    return Err(error);
                }
                self.tokens.refused(error.claims().map(str::to_owned));
                // Once is enough: a second new token would be refused as well.
                if tries.refused.is_some() {
                    return Err(error);
                }
                tries.refused = Some((token, error));
                Ok(())
            }
        }
    }

    async fn after_failure(
        &self,
        tries: &mut Tries,
        endpoint: &'static Endpoint,
        error: GraphError,
    ) -> Result<(), GraphError> {
        match error.kind() {
            GraphErrorKind::NotReachable | GraphErrorKind::Interrupted => {
                self.again(tries, endpoint, error, None).await
            }
            _ => Err(error),
        }
    }

    async fn again(
        &self,
        tries: &mut Tries,
        endpoint: &'static Endpoint,
        error: GraphError,
        asked: Option<Duration>,
    ) -> Result<(), GraphError> {
        let most = match error.kind() {
            GraphErrorKind::NotReachable => MOST_UNREACHABLE,
            _ => MOST_FAILURES,
        };
        if tries.failures >= most {
            return Err(error);
        }
        self.budgets.wait_to_retry(endpoint.need, tries.failures, asked).await;
        tries.failures += 1;
        Ok(())
    }
}

/// What happened to a read so far.
#[derive(Default)]
struct Tries {
    failures: u32,
    throttled: u32,
    /// The token that was refused, and how.
    refused: Option<(azure_core::credentials::Secret, GraphError)>,
}

impl Tries {
    fn into_refusal(self) -> GraphError {
        match self.refused {
            Some((_, error)) => error,
            None => GraphError::setup(GraphErrorKind::NotSignedIn, "", "no token"),
        }
    }
}

/// Without the credential.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.inner.root)
            .field("budgets", &self.inner.budgets)
            .finish_non_exhaustive()
    }
}
