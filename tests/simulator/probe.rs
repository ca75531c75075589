//! A client without opinions: it sends what it is told and shows what came back.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entriage::simulator::{Options, Simulator, Throttle};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

pub(crate) const EVERY_EVENT: &str =
    "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')";

/// A time of the tests, so that nothing depends on today.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-03-18T12:00:00Z".parse().expect("a time")
}

/// A small tenant without throttle, whose changes are visible at once.
pub(crate) fn small() -> Options {
    Options {
        seed: 7,
        users: 300,
        sign_ins: 3_000,
        throttle: Throttle::Off,
        delay: Duration::ZERO,
        now: Some(noon()),
        ..Options::default()
    }
}

pub(crate) struct Probe {
    pub simulator: Simulator,
    pub http: Client,
    pub token: String,
}

pub(crate) struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Probe {
    pub(crate) fn start(options: Options) -> Self {
        // Another test may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let simulator = Simulator::start(options).expect("starts");
        let token = simulator.token();
        let redirect = reqwest::redirect::Policy::none();
        let http = Client::builder().no_proxy().redirect(redirect).build().expect("a client");
        Self { simulator, http, token }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.simulator.url()) }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Response> {
        let mut request = self.http.request(method, self.url(path)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        answer(self.send(method, path, body).await.expect("an answer")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// Asks with query options and `Prefer`.
    pub(crate) async fn query(&self, path: &str, options: &[(&str, &str)]) -> Answer {
        let request = self.http.get(self.url(path)).bearer_auth(&self.token).query(options);
        answer(request.header("prefer", "include-unknown-enum-members").send().await.expect("an answer"))
            .await
    }

    /// Every row of a list, page by page.
    pub(crate) async fn walk(&self, path: &str, options: &[(&str, &str)]) -> Vec<Value> {
        let mut page = self.query(path, options).await;
        let mut rows = Vec::new();
        loop {
            assert_eq!(page.status, 200, "{}", page.body);
            rows.extend(page.body["value"].as_array().expect("rows").iter().cloned());
            match page.body["@odata.nextLink"].as_str() {
                Some(link) => page = self.query(link, &[]).await,
                None => return rows,
            }
        }
    }

    pub(crate) async fn act(&self, path: &str, field: &str, ids: &[&str]) -> Answer {
        self.call(Method::POST, path, Some(json!({ field: ids }))).await
    }

    pub(crate) async fn sign_ins_at_risk(&self) -> Vec<Value> {
        let filter = format!("riskState eq 'atRisk' and {EVERY_EVENT}");
        self.walk("beta/auditLogs/signIns", &[("$filter", &filter)]).await
    }

    pub(crate) async fn users_at_risk(&self) -> Vec<Value> {
        let filter = "riskState eq 'atRisk' and isDeleted eq false";
        self.walk("v1.0/identityProtection/riskyUsers", &[("$filter", filter)]).await
    }

    /// Asks again until the answer is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let body = self.query(path, &[]).await.body;
            if wanted(&body) {
                return body;
            }
            assert!(Instant::now() < deadline, "{path} stays {body}");
            tokio::task::yield_now().await;
        }
    }
}

pub(crate) async fn answer(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap_or_default();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

pub(crate) fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_default()
}

pub(crate) fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| text(row, "id")).collect()
}
