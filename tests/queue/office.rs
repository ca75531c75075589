//! An analyst's desk at the simulated tenant: a running queue with the real client, and what the queue tells.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use entriage::auth::ReadyToken;
use entriage::entity::{RiskDetail, RiskLevel, RiskState, Target, Text, UserId, Verdict};
use entriage::graph::{Budgets, Client};
use entriage::queue::{
    Command, Order, QueueHandle, QueueView, Seen, Settings, Submission, SubmissionId, spawn,
};
use entriage::simulator::{Options, Simulator, Throttle};
use serde_json::Value;

const USERS: &str = "v1.0/identityProtection/riskyUsers";
const SIGN_INS: &str = "beta/auditLogs/signIns";
const DEADLINE: Duration = Duration::from_secs(60);

/// A small tenant without throttle, whose changes are visible soon.
pub(crate) fn small() -> Options {
    let (throttle, delay) = (Throttle::Off, Duration::from_millis(50));
    Options { seed: 7, users: 600, sign_ins: 12_000, throttle, delay, ..Options::default() }
}

/// Reads lists as they are.
struct Caller {
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

pub(crate) struct Office {
    pub simulator: Simulator,
    pub view: QueueView,
    pub client: Client,
    caller: Caller,
    queue: QueueHandle,
}

impl Office {
    /// A desk whose client keeps to the limits of the tenant, where there are any.
    pub(crate) fn open(options: Options) -> Self {
        let budgets = match options.throttle {
            Throttle::Documented => Budgets::documented(),
            Throttle::Off => Budgets::unlimited(),
        };
        Self::open_with(options, budgets)
    }

    /// A desk whose client knows no limits.
    pub(crate) fn open_hasty(options: Options) -> Self {
        Self::open_with(options, Budgets::unlimited())
    }

    fn open_with(options: Options, budgets: Budgets) -> Self {
        let simulator = Simulator::start(options).expect("starts");
        let (root, token) = (simulator.url().to_string(), simulator.token());
        let credential = Arc::new(ReadyToken::new(&token).expect("a token"));
        let client = Client::new(root.parse().expect("an address"), credential, budgets).expect("a client");
        let settings = Settings { verify_after: Duration::from_millis(50), ..Settings::default() };
        let queue = spawn(client.clone(), settings);
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { simulator, view: QueueView::default(), caller: Caller { http, root, token }, client, queue }
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

fn order(row: &Value, target: Target, user: Option<UserId>, level: &str, verdict: Verdict) -> Order {
    let word = |name: &str| row[name].as_str().unwrap_or_default();
    let seen = Seen {
        level: RiskLevel::from_wire(word(level)),
        state: RiskState::from_wire(word("riskState")),
        detail: RiskDetail::from_wire(word("riskDetail")),
    };
    let time = word("createdDateTime").parse().ok();
    Order { target, verdict, user, name: Text::new("Avery"), context: String::new(), time, seen }
}
