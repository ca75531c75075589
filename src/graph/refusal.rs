//! Answers that say no: their headers and their body, read leniently (API.md section 9).

use super::endpoint::Endpoint;
use super::error::{GraphError, GraphErrorKind};
use crate::entity::Text;
use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE};
use std::time::Duration;
use uuid::Uuid;

/// The longest wait that is believed; longer ones are taken for a mistake (QUEUE.md section 4.10).
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The code of a 403 that means a licence and not a permission (API.md section 9).
const LICENCE_CODE: &str = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

/// Code, message and request id of an error's body; what is missing or of another type is empty.
fn read_body(body: &[u8]) -> [Text; 3] {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &body["error"];
    let text = |value: &serde_json::Value| Text::new(value.as_str().unwrap_or_default());
    let inner = if error["innerError"].is_null() { &error["innererror"] } else { &error["innerError"] };
    [text(&error["code"]), text(&error["message"]), text(&inner["request-id"])]
}

/// What an answer says about why not.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: Text,
    pub(super) message: Text,
    pub(super) request_id: Option<Text>,
    /// The body is a page for a browser.
    is_page: bool,
    /// The challenge of a 401 or 403, if it asks for more claims: what it asks for, or nothing readable.
    pub(super) challenge: Option<String>,
    /// How long the service asks to wait, if it says so believably.
    pub(super) retry_after: Option<Duration>,
}

impl Refusal {
    /// Reads the headers and as much of the body as arrived.
    pub(super) fn read(status: u16, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Self {
        let [code, message, inner] = read_body(body);
        Self {
            status,
            is_page: headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")),
            challenge: challenge(headers, &code),
            code,
            message,
            request_id: request_id(headers).or(Some(inner).filter(|id| !id.is_empty())),
            retry_after: retry_after(headers, now),
        }
    }

    /// Whether Conditional Access asks for a new sign-in rather than the account lacking something.
    pub(super) fn wants_claims(&self) -> bool {
        self.challenge.is_some()
    }

    /// Whether it says that there are too many ids. The documented limits are not on every page (API.md section 1), so
    /// this is a hint that costs a smaller batch at worst.
    pub(super) fn says_too_many(&self) -> bool {
        let said = |text: &str| text.to_ascii_lowercase().replace([' ', '_'], "").contains("toomany");
        self.status == 413 || (self.status == 400 && (said(&self.code) || said(&self.message)))
    }

    /// The failure in that call.
    pub(super) fn into_error(self, endpoint: &Endpoint, on: &str, client_request_id: Uuid) -> GraphError {
        GraphError::new(self.kind(), endpoint, on, &self.message).with(|detail| {
            detail.status = Some(self.status);
            detail.code = self.code;
            detail.request_id = self.request_id;
            detail.client_request_id = Some(client_request_id);
            detail.claims = self.challenge;
        })
    }

    /// What sort of failure it is. An error page of something in between has neither Graph's id nor its form.
    pub(super) fn kind(&self) -> GraphErrorKind {
        let from_graph = self.request_id.is_some() || !self.code.is_empty();
        match self.status {
            200..=399 => GraphErrorKind::NotGraph,
            400 | 403..=428 if self.is_page && !from_graph => GraphErrorKind::NotGraph,
            401 => GraphErrorKind::Unauthorised,
            403 if self.wants_claims() => GraphErrorKind::Unauthorised,
            403 if self.code.eq_ignore_ascii_case(LICENCE_CODE) => GraphErrorKind::Licence,
            403 => GraphErrorKind::Forbidden,
            404 => GraphErrorKind::NotFound,
            429 | 509 => GraphErrorKind::Throttled,
            400 | 405 | 410 | 413 | 415 | 422 => GraphErrorKind::Refused,
            409 | 412 | 423 => GraphErrorKind::Busy,
            _ => GraphErrorKind::Service,
        }
    }
}

/// Graph's id of the request.
pub(super) fn request_id(headers: &HeaderMap) -> Option<Text> {
    headers.get("request-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty()).map(Text::new)
}

/// What the answer asks the next sign-in to bring: the `claims` of a bearer challenge. Empty where more is asked for
/// without saying what.
fn challenge(headers: &HeaderMap, code: &str) -> Option<String> {
    let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    for text in texts {
        if let Some((_, rest)) = text.split_once("claims=\"") {
            return rest.split('"').next().map(str::to_owned);
        }
        if text.contains("insufficient_claims") {
            return Some(String::new());
        }
    }
    code.eq_ignore_ascii_case("insufficient_claims").then(String::new)
}

/// `retry-after-ms`, or `Retry-After` in seconds or as a date. What is negative, past, absurd or no number counts as
/// not said.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let milliseconds = ["retry-after-ms", "x-ms-retry-after-ms"].into_iter().find_map(text);
    let wait = match milliseconds.and_then(|text| text.parse().ok()) {
        Some(milliseconds) => Duration::from_millis(milliseconds),
        None => seconds_or_date(text(RETRY_AFTER.as_str())?, now)?,
    };
    (wait <= LONGEST_WAIT && !wait.is_zero()).then_some(wait)
}

fn seconds_or_date(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    (date.with_timezone(&Utc) - now).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use reqwest::header::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn only_a_believable_wait_is_believed() {
        let now = Utc.with_ymd_and_hms(2026, 3, 14, 9, 0, 0).unwrap();
        let wait = |name: &str, value: &str| {
            retry_after(&headers(&[(name, value)]), now).map(|wait| wait.as_millis())
        };
        for (value, expected) in [
            ("1", Some(1_000)),
            ("120", Some(120_000)),
            ("300", Some(300_000)),
            ("Sat, 14 Mar 2026 09:01:30 GMT", Some(90_000)),
            ("Sat, 14 Mar 2026 10:01:30 +0100", Some(90_000)),
            ("0", None),
            ("-1", None),
            ("1000000000", None),
            ("99999999999999999999999999", None),
            ("Sat, 14 Mar 2026 08:59:59 GMT", None),
            ("Sat, 14 Mar 2027 08:59:59 GMT", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(wait("retry-after", value), expected, "{value}");
        }
        assert_eq!(wait("retry-after-ms", "1500"), Some(1_500));
    }

    #[test]
    fn a_challenge_for_claims_is_told_from_an_expired_token() {
        let now = Utc::now();
        let read = |status, header: &str, body: &str| {
            Refusal::read(status, &headers(&[("www-authenticate", header)]), body.as_bytes(), now)
        };
        let expired = read(401, "Bearer realm=\"\", error=\"invalid_token\"", "{}");
        assert!(!expired.wants_claims() && expired.kind() == GraphErrorKind::Unauthorised);
        let step_up =
            read(401, "Bearer authorization_uri=\"x\", error=\"insufficient_claims\", claims=\"eyJ9\"", "");
        assert_eq!(step_up.challenge.as_deref(), Some("eyJ9"));
        let forbidden = read(403, "Bearer", r#"{"error":{"code":"insufficient_claims"}}"#);
        assert!(forbidden.wants_claims() && forbidden.kind() == GraphErrorKind::Unauthorised);
    }

    #[test]
    fn any_body_can_be_read() {
        for body in [
            "",
            "<html>",
            "null",
            "[]",
            "{\"error\":7}",
            "{\"error\":{\"code\":null,\"innerError\":[]}}",
            "{\"error\":{\"code\":\"",
        ] {
            let refusal = Refusal::read(500, &HeaderMap::new(), body.as_bytes(), Utc::now());
            assert_eq!((refusal.kind(), &*refusal.code), (GraphErrorKind::Service, ""), "{body}");
        }
        let old = r#"{"error":{"code":"a","message":"b\u001b[2J","innererror":{"request-id":"r"}}}"#;
        let refusal = Refusal::read(400, &HeaderMap::new(), old.as_bytes(), Utc::now());
        assert_eq!(refusal.request_id.as_deref(), Some("r"));
        assert_eq!(&*refusal.message, "b␛[2J");
    }

    #[test]
    fn too_many_ids_is_recognised() {
        let said = |status, message: &str| {
            let body = format!(r#"{{"error":{{"code":"BadRequest","message":"{message}"}}}}"#);
            Refusal::read(status, &HeaderMap::new(), body.as_bytes(), Utc::now()).says_too_many()
        };
        assert!(said(413, "") && said(400, "Too many ids, at most 60") && !said(400, "not risky"));
        assert!(!said(429, "Too Many Requests"));
    }
}
