//! What went wrong with a call, as plain data: what was attempted on what, why, Graph's own code and ids, what next.

use super::endpoint::Endpoint;
use crate::entity::Text;
use std::fmt;
use uuid::Uuid;

/// What sort of failure it is. Decided by the status and by how a connection failed, never by a message (API.md
/// section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GraphErrorKind {
    /// No connection came about: nothing was sent.
    NotReachable,
    /// The connection was lost, or no whole answer came in time: what was sent may have arrived.
    Interrupted,
    /// No connection can be trusted: a certificate, or no list of authorities. Nothing was sent.
    Tls,
    /// Something answered that is not Graph: a portal, a proxy, a wrong address.
    NotGraph,
    /// No token could be had; nothing was sent.
    NotSignedIn,
    /// The token is missing, expired, or not good enough (401, or 403 with `insufficient_claims`).
    Unauthorised,
    /// The account may not do this (403).
    Forbidden,
    /// The tenant lacks the licence (403 with a code that says so).
    Licence,
    /// The call came too soon (429, 509).
    Throttled,
    /// Graph understood and declined (400, 405, 410, 413, 415, 422).
    Refused,
    /// Nothing is there (404).
    NotFound,
    /// Something else holds it at the moment (409, 412, 423).
    Busy,
    /// Graph failed (5xx), or answered what it never should (other 2xx, 3xx, 4xx).
    Service,
    /// The link to the next page leads to another server; no token was sent there (rule R18).
    ForeignLink,
    /// A page is larger, or a list longer, than any that Graph sends.
    TooLong,
}

/// Whom a failure waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// It passes by itself: trying again later is enough.
    Time,
    /// The analyst, or somebody who runs the tenant or the network, can put it right.
    Person,
    /// Neither: the console or the service is at fault, and it should be reported.
    Report,
}

/// What differs between the kinds.
struct About {
    what: &'static str,
    remedy: Remedy,
    next: &'static str,
}

const fn about(what: &'static str, remedy: Remedy, next: &'static str) -> About {
    About { what, remedy, next }
}

impl GraphErrorKind {
    fn about(self) -> About {
        use Remedy::{Person, Report, Time};
        match self {
            Self::NotReachable => about(
                "no connection",
                Time,
                "Check the network, the proxy variables and the Graph address; it is tried again when you ask.",
            ),
            Self::Interrupted => about(
                "the connection was lost",
                Time,
                "Try again; if it repeats, check the network or proxy.",
            ),
            Self::Tls => about(
                "no trusted connection",
                Person,
                "Check the clock and whether a proxy inspects TLS; install ca-certificates or name the file with \
                 the trusted authorities in SSL_CERT_FILE.",
            ),
            Self::NotGraph => about(
                "the answer is not from Microsoft Graph",
                Person,
                "Sign in to the network's portal, or correct the Graph address of the profile.",
            ),
            Self::NotSignedIn => about("not signed in", Person, "Sign in again."),
            Self::Unauthorised => about("the sign-in is not accepted", Person, "Sign in again."),
            Self::Forbidden => about("not permitted", Person, "Grant the permission or activate the role."),
            Self::Licence => about(
                "the licence is missing",
                Person,
                "The tenant needs Entra ID P1 or P2 for this; some tenants also need the permission \
                 Directory.Read.All for the licence check.",
            ),
            Self::Throttled => {
                about("throttled", Time, "Wait: the limit is shared by all applications of the tenant.")
            }
            Self::Refused => about(
                "Graph refuses it",
                Report,
                "Correct the filter if you wrote one; otherwise report it with the request id.",
            ),
            Self::NotFound => {
                about("not found", Person, "Check the id and the tenant; the cloud may not offer this.")
            }
            Self::Busy => about("busy", Time, "Try again in a moment."),
            Self::Service => about("Graph failed", Time, "Try again later; report it with the request id."),
            Self::ForeignLink => about(
                "the next page is on another server",
                Report,
                "Nothing was sent there. Check the Graph address of the profile, then report it.",
            ),
            Self::TooLong => about("the answer is too long", Report, "Narrow the time or the filter."),
        }
    }
}

/// Why a call did not do what it should. Texts from outside in it are harmless; tokens and query strings never are
/// in it.
#[derive(Clone, PartialEq, Eq)]
pub struct GraphError(Box<Detail>);

/// The parts of a failure.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Detail {
    pub(super) kind: GraphErrorKind,
    pub(super) doing: &'static str,
    pub(super) on: String,
    pub(super) permission: &'static str,
    pub(super) role: &'static str,
    pub(super) status: Option<u16>,
    pub(super) code: Text,
    pub(super) message: Text,
    pub(super) request_id: Option<Text>,
    pub(super) client_request_id: Option<Uuid>,
    pub(super) claims: Option<String>,
}

impl GraphError {
    /// A failure of that kind in that call, with what there is to say about it.
    pub(super) fn new(
        kind: GraphErrorKind,
        endpoint: &Endpoint,
        on: impl Into<String>,
        message: &str,
    ) -> Self {
        Self(Box::new(Detail {
            kind,
            doing: endpoint.doing,
            on: on.into(),
            permission: endpoint.permission,
            role: endpoint.role,
            status: None,
            code: Text::default(),
            message: Text::new(message),
            request_id: None,
            client_request_id: None,
            claims: None,
        }))
    }

    /// A failure before there is any call.
    pub(super) fn setup(kind: GraphErrorKind, on: impl Into<String>, message: &str) -> Self {
        let mut error = Self::new(kind, &super::endpoint::USERS, on, message);
        error.0.doing = "prepare connections";
        error
    }

    /// The failure with more parts filled in.
    pub(super) fn with(mut self, fill: impl FnOnce(&mut Detail)) -> Self {
        fill(&mut self.0);
        self
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> GraphErrorKind {
        self.0.kind
    }

    /// What was attempted, as a verb: `list sign-ins`.
    pub fn attempted(&self) -> &'static str {
        self.0.doing
    }

    /// The host that it was attempted on.
    pub fn host(&self) -> &str {
        &self.0.on
    }

    /// The HTTP status, if an answer came.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Graph's code; may be empty (API.md section 9).
    pub fn code(&self) -> &Text {
        &self.0.code
    }

    /// Graph's message, or what the network said; harmless, and never to be branched on.
    pub fn message(&self) -> &Text {
        &self.0.message
    }

    /// Graph's id of the request, which support asks for.
    pub fn request_id(&self) -> Option<&Text> {
        self.0.request_id.as_ref()
    }

    /// The id that this client gave the request.
    pub fn client_request_id(&self) -> Option<Uuid> {
        self.0.client_request_id
    }

    /// What Conditional Access demands of the next sign-in, as the service wrote it, for a claims challenge.
    pub fn claims(&self) -> Option<&str> {
        self.0.claims.as_deref()
    }

    /// What happened, without what was attempted: for a line that has the rest already.
    pub fn reason(&self) -> String {
        let (what, code) = (self.0.kind.about().what, &self.0.code);
        let answer = match self.0.status {
            None => String::new(),
            Some(status) if code.is_empty() => format!(" ({status})"),
            Some(status) => format!(" ({status} {code})"),
        };
        let colon = if self.0.message.is_empty() { "" } else { ": " };
        format!("{what}{answer}{colon}{}", self.0.message)
    }

    /// What to do next, in a sentence or two.
    pub fn next(&self) -> String {
        let next = self.0.kind.about().next;
        match self.0.kind {
            GraphErrorKind::Forbidden => format!(
                "Grant the permission {} with admin consent, or activate the role {} (or one above it).",
                self.0.permission, self.0.role
            ),
            GraphErrorKind::Unauthorised if self.0.claims.is_some() => {
                "Sign in again: Conditional Access asks for a stronger sign-in.".to_owned()
            }
            _ => next.to_owned(),
        }
    }

    /// Whom it waits for: time, a person, or a report.
    pub fn passes(&self) -> Remedy {
        self.0.kind.about().remedy
    }
}

/// One line: what could not be done, and why.
impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {} on {}: {}", self.0.doing, self.0.on, self.reason())
    }
}

impl fmt::Debug for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphError")
            .field("kind", &self.0.kind)
            .field("attempted", &self.0.doing)
            .field("host", &self.0.on)
            .field("status", &self.0.status)
            .field("code", &self.0.code)
            .field("message", &self.0.message)
            .field("request_id", &self.0.request_id)
            .field("client_request_id", &self.0.client_request_id)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for GraphError {}
