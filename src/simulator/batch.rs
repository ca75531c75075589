//! `$batch` (API.md section 10): every entry is a call of its own and is counted so.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::refusal::{Refusal, error_body};
use super::service::{Call, Reply, Service};

const MOST_ENTRIES: usize = 20;

/// Answers a batch. Entries run in the order given; one whose dependency failed is not run.
pub(super) fn answer(service: &mut Service, call: &Call, beta: bool) -> Result<Reply, Refusal> {
    let body: Value = serde_json::from_slice(&call.body)
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    let entries = body.get("requests").and_then(Value::as_array).filter(|entries| !entries.is_empty());
    let entries = entries.ok_or_else(|| Refusal::bad_request("A batch needs a list of requests."))?;
    if entries.len() > MOST_ENTRIES {
        return Err(Refusal::bad_request("A batch may contain 20 requests at most."));
    }
    let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
    let mut responses = Vec::new();
    for entry in entries {
        let id = entry.get("id").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        if id.is_empty() || statuses.contains_key(&id) {
            return Err(Refusal::bad_request("Every request of a batch needs an id of its own."));
        }
        let needed = entry.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
        let mut needed = needed.filter_map(Value::as_str).map(str::to_lowercase);
        let failed = needed.any(|id| statuses.get(&id).is_none_or(|status| *status >= 400));
        let (status, (headers, body)) =
            if failed { (424, dependency_failed(service)) } else { run(service, call, entry, beta) };
        statuses.insert(id, status);
        let mut response = json!({ "id": entry["id"], "status": status, "headers": headers });
        if let Some(body) = body {
            response["body"] = body;
        }
        responses.push(response);
    }
    Ok(Reply::json(200, &json!({ "responses": responses })))
}

/// Headers and body of an entry's answer.
type Parts = (Value, Option<Value>);

fn dependency_failed(service: &mut Service) -> Parts {
    let date = service.now().format("%Y-%m-%dT%H:%M:%S").to_string();
    let id = super::tenant::new_id(&mut service.rng).to_string();
    let message = "A request this one depends on did not succeed.";
    let body = error_body("FailedDependency", message, &date, &id, &id);
    (json!({ "Content-Type": "application/json" }), Some(body))
}

fn run(service: &mut Service, outer: &Call, entry: &Value, beta: bool) -> (u16, Parts) {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let url = text("url").trim_start_matches('/');
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let header = |name: &str| {
        let headers = entry.get("headers").and_then(Value::as_object)?;
        let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        found.1.as_str().map(str::to_owned)
    };
    // A batch in a batch would nest without end.
    let path = if path.eq_ignore_ascii_case("$batch") { "" } else { path };
    let call = Call {
        method: text("method").to_uppercase(),
        path: format!("/{}/{path}", if beta { "beta" } else { "v1.0" }),
        query: query.to_owned(),
        host: outer.host.clone(),
        authorization: outer.authorization.clone(),
        prefer: header("prefer").unwrap_or_default(),
        client_request_id: header("client-request-id"),
        body: entry.get("body").map(|body| body.to_string().into_bytes()).unwrap_or_default(),
    };
    let reply = service.answer(&call).reply;
    let mut headers = json!({ "Cache-Control": "no-cache" });
    for (name, value) in reply.headers {
        headers[name] = value.into();
    }
    let body = reply.body.map(|(kind, bytes)| {
        headers["Content-Type"] = kind.into();
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    });
    (reply.status, (headers, body))
}
