//! Answers that say no, with the codes and texts of API.md section 9.

use serde_json::{Value, json};

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    /// Seconds, sent as `Retry-After`.
    pub retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(super) fn invalid_filter() -> Self {
        Self::bad_request("Invalid filter clause")
    }

    pub(super) fn not_found(id: &str) -> Self {
        let message = format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        );
        Self::new(404, "Request_ResourceNotFound", message)
    }

    pub(super) fn not_risky() -> Self {
        Self::bad_request("These requestIds do not exist in your tenant or they are not risky")
    }

    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "InvalidAuthenticationToken", message)
    }

    pub(super) fn expired() -> Self {
        Self::unauthorized("Lifetime validation failed, the token is expired.")
    }

    pub(super) fn missing_scope() -> Self {
        let message = "You cannot perform the requested operation, required scopes are missing in the token.";
        Self::new(403, "Forbidden", message)
    }

    /// Identity protection sends no `Retry-After`; the sign-in log does.
    pub(super) fn throttled(retry_after: Option<u64>, correlation: &str) -> Self {
        if retry_after.is_none() {
            return Self::new(429, "TooManyRequests", "Too Many Requests");
        }
        let message = format!(
            "This request is throttled. Please try again after the value specified in the Retry-After \
                     header. CorrelationId: {correlation}"
        );
        Self { retry_after, ..Self::new(429, "UnknownError", message) }
    }

    pub(super) fn body(&self, date: &str, request_id: &str, client_request_id: &str) -> Value {
        error_body(self.code, &self.message, date, request_id, client_request_id)
    }
}

/// The shape of every error. `date` has no zone, as in the service's own.
pub(super) fn error_body(
    code: &str,
    message: &str,
    date: &str,
    request_id: &str,
    client_request_id: &str,
) -> Value {
    json!({
        "error": {
            "code": code,
            "message": message,
            "innerError": { "date": date, "request-id": request_id, "client-request-id": client_request_id },
        }
    })
}
