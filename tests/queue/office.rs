//! An analyst's desk at the simulated tenant: a plain caller, a running queue, and what the queue tells.

use std::time::Duration;

use chrono::Utc;
use entriage::entity::{Batch, Ids, Reading, RiskDetail, RiskLevel, RiskState, Target, Text, Verdict};
use entriage::queue::{
    Command, Look, Order, Outcome, OutcomeClass, QueueHandle, QueueView, ReadFailure, Seen, Service,
    Settings, Submission, SubmissionId, spawn,
};
use entriage::simulator::{Options, Simulator, Throttle};
use serde_json::{Value, json};
use uuid::Uuid;

const USERS: &str = "v1.0/identityProtection/riskyUsers";
const SIGN_INS: &str = "beta/auditLogs/signIns";
const DEADLINE: Duration = Duration::from_secs(60);

/// A small tenant without throttle, whose changes are visible soon.
pub(crate) fn small() -> Options {
    let (throttle, delay) = (Throttle::Off, Duration::from_millis(50));
    Options { seed: 7, users: 600, sign_ins: 12_000, throttle, delay, ..Options::default() }
}

/// Calls Graph without a rate budget, so that the queue's own patience is what is tested.
#[derive(Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    root: String,
    token: String,
}

impl Caller {
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.root) };
        let request = self.http.get(url).bearer_auth(&self.token).query(query);
        let answer =
            request.header("prefer", "include-unknown-enum-members").send().await.expect("an answer");
        answer.json().await.expect("a document")
    }

    async fn list(&self, path: &str, filter: &str) -> Vec<Value> {
        let mut page = self.get(path, &[("$filter", filter)]).await;
        let mut rows = Vec::new();
        loop {
            rows.extend(page["value"].as_array().expect("rows").iter().cloned());
            match page["@odata.nextLink"].as_str() {
                Some(link) => page = self.get(link, &[]).await,
                None => return rows,
            }
        }
    }
}

impl Service for Caller {
    async fn act(&self, batch: Batch, client_request_id: Uuid) -> Outcome {
        let (path, body) = match &batch.ids {
            Ids::SignIns(ids) => (SIGN_INS, json!({ "requestIds": texts(ids) })),
            Ids::Users(ids) => (USERS, json!({ "userIds": texts(ids) })),
        };
        let action = match batch.verdict {
            Verdict::Safe => "confirmSafe",
            Verdict::Compromised => "confirmCompromised",
            Verdict::Dismissed => "dismiss",
        };
        let url = format!("{}{path}/{action}", self.root);
        let request = self.http.post(url).bearer_auth(&self.token).json(&body);
        let answer = request.header("client-request-id", client_request_id.to_string()).send().await;
        let class = match answer.map(|answer| answer.status().as_u16()) {
            Ok(204) => OutcomeClass::Accepted,
            Ok(429) => OutcomeClass::Throttled { retry_after: None },
            Ok(401) => OutcomeClass::Unauthorised { claims: false },
            Ok(403) => OutcomeClass::Forbidden,
            Ok(400 | 404) => OutcomeClass::Refused,
            _ => OutcomeClass::Unknown,
        };
        Outcome { class, request_id: None, note: None }
    }

    async fn read_back(&self, wanted: Vec<Look>) -> Result<Vec<Reading>, ReadFailure> {
        let mut readings = Vec::new();
        for look in wanted {
            let (path, level) = match look.target {
                Target::SignIn(id) => (format!("{SIGN_INS}/{id}"), "riskLevelAggregated"),
                Target::User(id) => (format!("{USERS}/{id}"), "riskLevel"),
            };
            let row = self.get(&path, &[]).await;
            let word = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            readings.push(Reading {
                target: look.target,
                level: RiskLevel::from_wire(&word(level)),
                state: RiskState::from_wire(&word("riskState")),
                detail: RiskDetail::from_wire(&word("riskDetail")),
                processing: row["isProcessing"] == true,
                updated: None,
            });
        }
        Ok(readings)
    }

    fn interval(&self) -> (Duration, Duration) {
        (Duration::from_secs(2), Duration::from_secs(1))
    }
}

fn texts<T: ToString>(ids: &[T]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

pub(crate) struct Office {
    pub simulator: Simulator,
    pub view: QueueView,
    caller: Caller,
    queue: QueueHandle,
}

impl Office {
    pub(crate) fn open(options: Options) -> Self {
        // Another test may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let simulator = Simulator::start(options).expect("starts");
        let http = reqwest::Client::builder().no_proxy().retry(reqwest::retry::never()).build();
        let (root, token) = (simulator.url().to_string(), simulator.token());
        let caller = Caller { http: http.expect("a client"), root, token };
        let settings = Settings { verify_after: Duration::from_millis(50), ..Settings::default() };
        let queue = spawn(caller.clone(), settings);
        Self { simulator, view: QueueView::default(), caller, queue }
    }

    /// What is at risk, and was looked at.
    pub(crate) async fn users_at_risk(&self, verdict: Verdict) -> Vec<Order> {
        let rows = self.caller.list(USERS, "riskState eq 'atRisk' and isDeleted eq false").await;
        let rows = rows.iter().filter(|row| row["riskLevel"] != "hidden");
        rows.map(|row| order(row, Target::User(id(&row["id"])), None, "riskLevel", verdict)).collect()
    }

    /// Sign-ins at risk whose users can be acted upon.
    pub(crate) async fn sign_ins_at_risk(&self, verdict: Verdict) -> Vec<Order> {
        let users: Vec<Target> = self.users_at_risk(verdict).await.iter().map(|order| order.target).collect();
        let events = "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')";
        let rows = self.caller.list(SIGN_INS, &format!("riskState eq 'atRisk' and {events}")).await;
        let order = |row: &Value| {
            let user = id(&row["userId"]);
            let known = users.contains(&Target::User(user));
            let target = Target::SignIn(id(&row["id"]));
            known.then(|| order(row, target, Some(user), "riskLevelAggregated", verdict))
        };
        rows.iter().filter_map(order).collect()
    }

    pub(crate) fn submit(&self, id: u64, grace: Duration, orders: Vec<Order>) {
        let (reason, ticket) = ("test".to_owned(), String::new());
        let submission = Submission { id: SubmissionId(id), at: Utc::now(), grace, reason, ticket, orders };
        self.ask(Command::Submit(submission));
    }

    pub(crate) fn ask(&self, command: Command) {
        self.queue.commands.send(command).expect("the queue listens");
    }

    /// Takes in what the queue tells until `wanted` holds.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&QueueView) -> bool) {
        let told = async {
            while !wanted(&self.view) {
                let event = self.queue.events.recv().await.expect("the queue goes on");
                self.view.apply(&event);
            }
        };
        tokio::time::timeout(DEADLINE, told).await.expect("in time");
    }

    /// Waits for the end of the queue's task.
    pub(crate) async fn closed(mut self) -> Simulator {
        self.until(QueueView::is_stopped).await;
        tokio::time::timeout(DEADLINE, self.queue.task).await.expect("in time").expect("ends well");
        self.simulator
    }
}

fn id<T: std::str::FromStr>(value: &Value) -> T {
    value.as_str().and_then(|text| text.parse().ok()).expect("an id")
}

fn order(
    row: &Value,
    target: Target,
    user: Option<entriage::entity::UserId>,
    level: &str,
    verdict: Verdict,
) -> Order {
    let word = |name: &str| row[name].as_str().unwrap_or_default();
    let seen = Seen {
        level: RiskLevel::from_wire(word(level)),
        state: RiskState::from_wire(word("riskState")),
        detail: RiskDetail::from_wire(word("riskDetail")),
    };
    Order { target, verdict, user, name: Text::new("Avery"), context: String::new(), time: None, seen }
}
