//! What is remembered of each request, for a log that an analyst can read.

use super::error::GraphErrorKind;
use crate::entity::Text;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A request that is over. No header, no token, no query string: those can hold secrets or names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// When it ended.
    pub finished: DateTime<Utc>,
    /// The method.
    pub method: &'static str,
    /// The path with its version.
    pub path: String,
    /// The HTTP status, if an answer came.
    pub status: Option<u16>,
    /// How the connection failed, if no whole answer came.
    pub failure: Option<GraphErrorKind>,
    /// How many ids were sent.
    pub ids: usize,
    /// Graph's id of the request.
    pub request_id: Option<Text>,
    /// The id that this client gave it.
    pub client_request_id: Uuid,
    /// From sending to the end of the answer.
    pub milliseconds: u64,
    /// How long it waited for its turn before.
    pub waited_milliseconds: u64,
}
