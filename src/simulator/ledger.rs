//! The truth that tests compare a journal with: every action call as it was received.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One action call, refused and faulted ones included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// 1 for the first call.
    pub sequence: u64,
    /// When it was received, in the tenant's time.
    pub time: DateTime<Utc>,
    /// The path with the version.
    pub path: String,
    /// `signIns`, `riskyUsers` or `riskyServicePrincipals`.
    pub kind: String,
    /// `confirmSafe`, `confirmCompromised` or `dismiss`.
    pub verdict: String,
    /// The ids as sent, in their order; empty when the body could not be read.
    pub ids: Vec<String>,
    /// The status that was answered; none when a fault left the call without an answer.
    pub status: Option<u16>,
    /// The `client-request-id` header, if one was sent.
    pub client_request_id: Option<String>,
    /// The ids on which the call takes effect, each once, in the order sent.
    pub applied: Vec<String>,
}
