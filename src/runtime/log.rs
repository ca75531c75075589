//! The log: one line for every request that is over. Never a header, a token or a query.

use crate::graph::Client;
use tokio::sync::broadcast::error::RecvError;

/// Writes down every request of the client while it is in use.
pub(super) fn requests(client: &Client) {
    let mut records = client.requests();
    tokio::spawn(async move {
        loop {
            match records.recv().await {
                Ok(record) => tracing::info!(
                    method = record.method,
                    path = record.path,
                    status = record.status,
                    failure = record.failure.map(|kind| format!("{kind:?}")),
                    ids = record.ids,
                    request_id = record.request_id.as_deref(),
                    client_request_id = %record.client_request_id,
                    milliseconds = record.milliseconds,
                    waited_milliseconds = record.waited_milliseconds,
                    "request"
                ),
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "requests were too many to write down");
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
}
