//! Faults on demand: which calls, how many of them, and what goes wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that goes wrong with the calls it is meant for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// How the path begins, with or without the version: `/auditLogs/signIns`, `/beta/`, `/oauth2/v2.0/token`.
    /// Empty means every call.
    #[serde(default)]
    pub path: String,
    /// `GET`, `POST`; absent means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// How many matching calls pass unharmed first.
    #[serde(default)]
    pub after: u32,
    /// How many calls it meets; absent means one, 0 means every one from then on.
    #[serde(default = "once")]
    pub count: u32,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
}

const fn once() -> u32 {
    1
}

/// What goes wrong with a call. With `apply`, the call takes effect all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FaultKind {
    /// Answers with a status, and an error body unless `body` says otherwise.
    Status {
        /// The HTTP status.
        status: u16,
        /// The body instead of an error in Graph's form; text is sent as it is.
        #[serde(default)]
        body: Option<Value>,
        /// `Retry-After`, as written: seconds or a date.
        #[serde(default)]
        retry_after: Option<Value>,
        /// Whether the call takes effect.
        #[serde(default)]
        apply: bool,
    },
    /// Answers as always, later.
    Delay {
        /// How much later.
        milliseconds: u64,
    },
    /// Resets the connection instead of an answer.
    Reset {
        /// Whether the call takes effect.
        #[serde(default)]
        apply: bool,
    },
    /// Sends half of the body, then closes the connection. An answer without a body is lost whole.
    Truncate,
    /// Sends the body in drips.
    Slow {
        /// How long it takes from the first byte to the last.
        milliseconds: u64,
    },
    /// Answers 200 with a page of HTML, as a proxy in between does.
    Html {
        /// Whether the call takes effect.
        #[serde(default)]
        apply: bool,
    },
    /// Answers 401: the token has expired.
    ExpiredToken,
}

impl FaultKind {
    /// Whether the call takes effect.
    pub(super) const fn applies(&self) -> bool {
        match self {
            Self::Status { apply, .. } | Self::Reset { apply } | Self::Html { apply } => *apply,
            Self::Delay { .. } | Self::Truncate | Self::Slow { .. } => true,
            Self::ExpiredToken => false,
        }
    }

    pub(super) const fn delay(&self) -> Option<Duration> {
        match self {
            Self::Delay { milliseconds } => Some(Duration::from_millis(*milliseconds)),
            _ => None,
        }
    }
}

/// The fields of each kind, for the message about a misspelt one.
const FIELDS: &[(&str, &[&str])] = &[
    ("status", &["status", "body", "retryAfter", "apply"]),
    ("delay", &["milliseconds"]),
    ("reset", &["apply"]),
    ("truncate", &[]),
    ("slow", &["milliseconds"]),
    ("html", &["apply"]),
    ("expiredToken", &[]),
];
const COMMON: &[&str] = &["path", "method", "after", "count", "kind"];

/// Reads faults: a JSON array of them, or one alone. The message says which fault is wrong, and how to write it.
pub fn faults_from_json(text: &str) -> Result<Vec<Fault>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("faults are not JSON: {error}"))?;
    let items = match value {
        Value::Array(items) => items,
        item @ Value::Object(_) => vec![item],
        _ => return Err("faults must be a JSON array of objects".to_owned()),
    };
    items
        .into_iter()
        .enumerate()
        .map(|(index, item)| fault(item).map_err(|error| format!("fault {}: {error}", index + 1)))
        .collect()
}

fn fault(item: Value) -> Result<Fault, String> {
    let fields = item.as_object().ok_or("must be an object")?;
    let kinds = || FIELDS.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().join(", ");
    let kind = fields
        .get("kind")
        .and_then(Value::as_str)
        .ok_or_else(|| format!("has no \"kind\"; it is one of: {}", kinds()))?;
    let (_, own) = FIELDS
        .iter()
        .find(|(known, _)| *known == kind)
        .ok_or_else(|| format!("unknown kind \"{kind}\"; it is one of: {}", kinds()))?;
    if let Some(stray) =
        fields.keys().find(|key| !own.contains(&key.as_str()) && !COMMON.contains(&key.as_str()))
    {
        let known = COMMON.iter().chain(*own).copied().collect::<Vec<_>>().join(", ");
        return Err(format!("unknown field \"{stray}\"; a fault of kind \"{kind}\" has: {known}"));
    }
    let fault: Fault = serde_json::from_value(item).map_err(|error| error.to_string())?;
    if let FaultKind::Status { status, .. } = fault.kind
        && !(200..600).contains(&status)
    {
        return Err(format!("status {status} is not an HTTP status between 200 and 599"));
    }
    Ok(fault)
}

/// The faults that are waiting for their calls, first come first served.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(faults)
    }

    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(super) fn replace(&mut self, faults: Vec<Fault>) {
        self.0 = faults;
    }

    pub(super) fn all(&self) -> &[Fault] {
        &self.0
    }

    /// The fault for a call, used up by it.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<FaultKind> {
        for index in 0..self.0.len() {
            let fault = &mut self.0[index];
            let wanted = fault.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
            if !wanted || !begins(path, &fault.path) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            let kind = fault.kind.clone();
            match fault.count {
                0 => {}
                1 => {
                    self.0.remove(index);
                }
                _ => fault.count -= 1,
            }
            return Some(kind);
        }
        None
    }
}

/// Whether a path begins like this, with or without its first segment (a version, or a tenant's name).
fn begins(path: &str, prefix: &str) -> bool {
    if path.starts_with(prefix) {
        return true;
    }
    let rest = path.get(1..).and_then(|path| path.find('/').map(|slash| &path[slash..]));
    rest.is_some_and(|rest| rest.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_faults_is_read() {
        let text = r#"[
            {"kind": "status", "status": 503, "retryAfter": 2, "path": "/auditLogs", "count": 2},
            {"kind": "reset", "method": "POST", "apply": true},
            {"kind": "expiredToken"}
        ]"#;
        let faults = faults_from_json(text).expect("valid");
        assert_eq!(faults.len(), 3);
        assert_eq!(faults[1].kind, FaultKind::Reset { apply: true });
        assert!(faults[1].kind.applies() && !faults[2].kind.applies());
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("[", "not JSON"),
            ("7", "array"),
            (r#"[{"kind":"reset"},{"kind":"flood"}]"#, "fault 2: unknown kind \"flood\""),
            (r#"{"path":"/"}"#, "no \"kind\""),
            (r#"{"kind":"delay","miliseconds":3}"#, "unknown field \"miliseconds\""),
            (r#"{"kind":"delay"}"#, "milliseconds"),
            (r#"{"kind":"status","status":42}"#, "status 42"),
        ] {
            let error = faults_from_json(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_fault_waits_and_is_used_up() {
        let mut faults = Faults::new(
            faults_from_json(r#"{"kind":"truncate","path":"/auditLogs","method":"get","after":1,"count":2}"#)
                .expect("valid"),
        );
        let mut meets = |method: &str, path: &str| faults.take(method, path).is_some();
        assert!(!meets("GET", "/beta/identityProtection/riskyUsers"));
        assert!(!meets("POST", "/beta/auditLogs/signIns/dismiss"));
        let met: Vec<bool> = (0..4).map(|_| meets("GET", "/beta/auditLogs/signIns")).collect();
        assert_eq!(met, [false, true, true, false]);
    }
}
