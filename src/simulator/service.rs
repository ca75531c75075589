//! The service behind the paths: one call in, one answer out, no sockets. Changes wait here until they are visible.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::action::{self, Change, Target, Verdict};
use super::budget::Budgets;
use super::cell::View;
use super::fault::{FaultKind, Faults};
use super::ledger::LedgerEntry;
use super::records::Tenant;
use super::refusal::{Refusal, error_body};
use super::routes::{self, Found, Operation, Route};
use super::token::{Claims, Mint};
use super::{Options, Throttle, entra, read, tenant};

/// A request, without its connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    pub method: String,
    /// As sent, percent-decoded.
    pub path: String,
    pub query: String,
    pub host: String,
    pub authorization: Option<String>,
    pub prefer: String,
    pub client_request_id: Option<String>,
    pub body: Vec<u8>,
}

/// What is sent back.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    /// Content type and content; none for 204.
    pub body: Option<(&'static str, Vec<u8>)>,
}

const GRAPH_JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
pub(super) const PLAIN_JSON: &str = "application/json; charset=utf-8";

impl Reply {
    pub(super) fn json(status: u16, value: &Value) -> Self {
        let body = Some((PLAIN_JSON, value.to_string().into_bytes()));
        Self { status, headers: Vec::new(), body }
    }

    pub(super) fn page(body: Vec<u8>) -> Self {
        Self { status: 200, headers: Vec::new(), body: Some((GRAPH_JSON, body)) }
    }

    pub(super) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }
}

/// An answer and what is to happen to it on its way.
pub(super) struct Answer {
    pub reply: Reply,
    pub harm: Option<FaultKind>,
}

/// The tenant and everything that is said about it.
pub(super) struct Service {
    pub tenant: Tenant,
    pub entra: entra::Entra,
    pub mint: Mint,
    pub faults: Faults,
    pub ledger: Vec<LedgerEntry>,
    requests: BTreeMap<String, u64>,
    waiting: VecDeque<(Instant, Change)>,
    budgets: Option<Budgets>,
    delay: Duration,
    strict: bool,
    began: Instant,
    epoch: DateTime<Utc>,
    stream: super::stream::Stream,
    pub rng: fastrand::Rng,
}

impl Service {
    pub(super) fn new(options: Options) -> Self {
        let epoch = options.now.unwrap_or_else(Utc::now);
        let began = Instant::now();
        let tenant = tenant::build(options.seed, options.users, options.sign_ins, epoch.timestamp_millis());
        let mint = Mint::new(tenant.id, options.seed);
        Self {
            tenant,
            entra: entra::Entra::default(),
            mint,
            faults: Faults::new(options.faults),
            ledger: Vec::new(),
            requests: BTreeMap::new(),
            waiting: VecDeque::new(),
            budgets: matches!(options.throttle, Throttle::Documented).then(|| Budgets::new(began)),
            delay: options.delay,
            strict: options.strict_filters,
            began,
            epoch,
            stream: super::stream::Stream::new(options.stream, options.seed),
            rng: fastrand::Rng::with_seed(options.seed ^ 0x5eed),
        }
    }

    /// The tenant's time: where it was at the start, and what has passed since.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.epoch + chrono::Duration::from_std(self.began.elapsed()).unwrap_or_default()
    }

    pub(super) fn requests(&self) -> Vec<(String, u64)> {
        self.requests.iter().map(|(path, count)| (path.clone(), *count)).collect()
    }

    /// Makes visible what is due.
    fn settle(&mut self) {
        let now = self.now().timestamp_millis();
        while self.waiting.front().is_some_and(|(due, _)| *due <= Instant::now()) {
            let Some((_, change)) = self.waiting.pop_front() else { break };
            action::set_pending(&mut self.tenant, &change, false);
            action::apply(&mut self.tenant, &change, now);
        }
        self.stream.flow(&mut self.tenant, self.began.elapsed(), now);
    }

    /// Answers a call.
    pub(super) fn answer(&mut self, call: &Call) -> Answer {
        self.settle();
        if let Some(rest) = call.path.strip_prefix("/simulator/") {
            return Answer { reply: self.own(call, rest), harm: None };
        }
        let harm = self.faults.take(&call.method, &call.path);
        let effect = harm.as_ref().is_none_or(FaultKind::applies);
        let request_id = tenant::new_id(&mut self.rng).to_string();
        let mut reply = match self.respond(call, &request_id, effect, harm.as_ref()) {
            Ok(reply) => reply,
            Err(refusal) => self.refuse(&refusal, call, &request_id),
        };
        if let Some(harm) = &harm {
            reply = self.harmed(reply, harm, call, &request_id);
        }
        let echoed = call.client_request_id.clone().unwrap_or_else(|| request_id.clone());
        reply.headers.push(("request-id", request_id));
        reply.headers.push(("client-request-id", echoed));
        Answer { reply, harm }
    }

    fn respond(
        &mut self,
        call: &Call,
        request_id: &str,
        effect: bool,
        harm: Option<&FaultKind>,
    ) -> Result<Reply, Refusal> {
        let (beta, path) = match version(&call.path) {
            Some(found) => found,
            None if call.path.contains("/oauth2/") || call.path.ends_with("openid-configuration") => {
                self.count(&call.method, entra::public_path(&call.path));
                return Ok(if effect { self.entra_reply(call) } else { Reply::empty(500) });
            }
            None => return Err(Refusal::bad_request("Invalid version.")),
        };
        let (route, ids) = match routes::find(&call.method, path) {
            Found::Route(route, ids) => (route, ids),
            Found::WrongMethod => {
                self.count(&call.method, "/{wrong method}");
                let message = "Specified HTTP method is not allowed for the request target.";
                return Err(Refusal::new(405, "Request_BadRequest", message));
            }
            Found::Unknown => {
                self.count(&call.method, "/{unknown}");
                let segment = path.rsplit('/').next().unwrap_or_default();
                return Err(Refusal::bad_request(format!("Resource not found for the segment '{segment}'.")));
            }
        };
        self.count(&call.method, &format!("{}{}", if beta { "/beta" } else { "/v1.0" }, route.path));
        match route.operation {
            Operation::Act(target, verdict) => {
                self.act(call, route, target, verdict, request_id, effect, harm)
            }
            _ if !effect => Ok(Reply::empty(500)),
            Operation::Batch => {
                self.authorize(call, route, request_id)?;
                super::batch::answer(self, call, beta)
            }
            _ => {
                self.authorize(call, route, request_id)?;
                self.read(call, route, &ids, beta)
            }
        }
    }

    fn count(&mut self, method: &str, path: &str) {
        *self.requests.entry(format!("{method} {path}")).or_insert(0) += 1;
    }

    /// Token, permission, allowance, in the order in which Graph's gateway asks.
    fn authorize(&mut self, call: &Call, route: &Route, request_id: &str) -> Result<Claims, Refusal> {
        let token = call
            .authorization
            .as_deref()
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| Refusal::unauthorized("Access token is empty."))?;
        let claims = self.mint.check(token, self.now().timestamp())?;
        if let Some(budgets) = &mut self.budgets {
            budgets
                .charge(route.charge, &claims.appid, Instant::now())
                .map_err(|throttled| Refusal::throttled(throttled.retry_after, request_id))?;
        }
        let open = route.delegated.is_empty();
        if open || claims.permit(route.delegated, route.application) {
            Ok(claims)
        } else {
            Err(Refusal::missing_scope())
        }
    }

    fn read(&self, call: &Call, route: &Route, ids: &[&str], beta: bool) -> Result<Reply, Refusal> {
        let prefer = call.prefer.to_ascii_lowercase();
        let all_members = prefer.contains("include-unknown-enum-members");
        let view = View { tenant: &self.tenant, beta, all_members };
        let root = format!("http://{}/{}/", call.host, if beta { "beta" } else { "v1.0" });
        let body = read::answer(&view, route.operation, ids, &call.query, &root, self.strict)?;
        let mut reply = Reply::page(body);
        if all_members {
            reply.headers.push(("preference-applied", "include-unknown-enum-members".to_owned()));
        }
        Ok(reply)
    }

    #[expect(clippy::too_many_arguments, reason = "a call, where it goes, and what is wrong with it")]
    fn act(
        &mut self,
        call: &Call,
        route: &Route,
        target: Target,
        verdict: Verdict,
        request_id: &str,
        effect: bool,
        harm: Option<&FaultKind>,
    ) -> Result<Reply, Refusal> {
        let received = action::ids(target, &call.body);
        let ids = received.as_ref().cloned().unwrap_or_default();
        let outcome = if effect {
            self.authorize(call, route, request_id).and_then(|claims| {
                let ids = received?;
                action::check(&self.tenant, target, verdict, &ids, claims.actor())
            })
        } else {
            // A fault answers in place of the service.
            Err(Refusal::new(500, "generalException", "An unspecified error occurred."))
        };
        let mut applied = if outcome.is_ok() { ids.clone() } else { Vec::new() };
        let mut seen = std::collections::HashSet::new();
        applied.retain(|id| seen.insert(id.to_lowercase()));
        let natural = outcome.as_ref().map_or_else(|refusal| refusal.status, |_| 204);
        self.ledger.push(LedgerEntry {
            sequence: self.ledger.len() as u64 + 1,
            time: self.now(),
            path: call.path.clone(),
            kind: target.name().to_owned(),
            verdict: verdict.name().to_owned(),
            ids,
            status: answered(harm, natural),
            client_request_id: call.client_request_id.clone(),
            applied,
        });
        let change = outcome?;
        action::set_pending(&mut self.tenant, &change, true);
        self.waiting.push_back((Instant::now() + self.delay, change));
        if self.delay.is_zero() {
            self.settle();
        }
        Ok(Reply::empty(204))
    }

    fn refuse(&self, refusal: &Refusal, call: &Call, request_id: &str) -> Reply {
        let date = self.now().format("%Y-%m-%dT%H:%M:%S").to_string();
        let client = call.client_request_id.as_deref().unwrap_or(request_id);
        let mut reply = Reply::json(refusal.status, &refusal.body(&date, request_id, client));
        if let Some(seconds) = refusal.retry_after {
            reply.headers.push(("retry-after", seconds.to_string()));
        }
        if refusal.status == 401 {
            reply.headers.push(("www-authenticate", "Bearer realm=\"\", error=\"invalid_token\"".to_owned()));
        }
        reply
    }

    /// The answer that a fault puts in place of the right one. What happens on the wire is not decided here.
    fn harmed(&self, reply: Reply, harm: &FaultKind, call: &Call, request_id: &str) -> Reply {
        match harm {
            FaultKind::Status { status, body, retry_after, .. } => {
                let mut reply = match body {
                    Some(Value::String(text)) => Reply {
                        status: *status,
                        headers: Vec::new(),
                        body: Some(("text/plain; charset=utf-8", text.clone().into_bytes())),
                    },
                    Some(body) => Reply::json(*status, body),
                    None if matches!(status, 204 | 205 | 304) => Reply::empty(*status),
                    None => self.status_reply(*status, call, request_id),
                };
                if let Some(after) = retry_after {
                    let text = after.as_str().map_or_else(|| after.to_string(), str::to_owned);
                    reply.headers.push(("retry-after", text));
                }
                reply
            }
            FaultKind::Html { .. } => Reply {
                status: 200,
                headers: Vec::new(),
                body: Some((
                    "text/html; charset=utf-8",
                    b"<!doctype html><title>Sign in to the network</title><p>Please sign in to continue.</p>"
                        .to_vec(),
                )),
            },
            FaultKind::ExpiredToken => self.refuse(&Refusal::expired(), call, request_id),
            FaultKind::Delay { .. }
            | FaultKind::Reset { .. }
            | FaultKind::Truncate
            | FaultKind::Slow { .. } => reply,
        }
    }

    fn status_reply(&self, status: u16, call: &Call, request_id: &str) -> Reply {
        let (code, message) = match status {
            401 => ("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
            403 => (
                "Forbidden",
                "You cannot perform the requested operation, required scopes are missing in the token.",
            ),
            404 => ("Request_ResourceNotFound", "Resource does not exist."),
            429 => ("TooManyRequests", "Too Many Requests"),
            400..=499 => ("BadRequest", "The request was refused."),
            503 => ("serviceNotAvailable", "The service is not available. Retry after a delay."),
            _ => ("generalException", "An unspecified error occurred while processing the request."),
        };
        let date = self.now().format("%Y-%m-%dT%H:%M:%S").to_string();
        let client = call.client_request_id.as_deref().unwrap_or(request_id);
        Reply::json(status, &error_body(code, message, &date, request_id, client))
    }

    /// The simulator's own paths: they need no token and meet no fault.
    fn own(&mut self, call: &Call, path: &str) -> Reply {
        match (call.method.as_str(), path) {
            ("GET", "ledger") => Reply::json(200, &json!({ "value": self.ledger })),
            ("GET", "requests") => {
                let counts: Vec<Value> = self
                    .requests
                    .iter()
                    .map(|(path, count)| json!({ "path": path, "count": count }))
                    .collect();
                Reply::json(200, &json!({ "value": counts }))
            }
            ("GET", "faults") => Reply::json(200, &json!({ "value": self.faults.all() })),
            ("POST", "faults") => self.take_faults(call),
            ("DELETE", "faults") => {
                self.faults.replace(Vec::new());
                Reply::empty(204)
            }
            (_, "ledger" | "requests" | "faults") => {
                Reply::json(405, &json!({ "error": "method not allowed" }))
            }
            _ => Reply::json(404, &json!({ "error": "the simulator has ledger, requests and faults" })),
        }
    }

    /// `POST /simulator/faults` replaces the faults; with `?add` it adds to them.
    fn take_faults(&mut self, call: &Call) -> Reply {
        match super::fault::faults_from_json(&String::from_utf8_lossy(&call.body)) {
            Ok(faults) if call.query.starts_with("add") => {
                for fault in faults {
                    self.faults.add(fault);
                }
                Reply::empty(204)
            }
            Ok(faults) => {
                self.faults.replace(faults);
                Reply::empty(204)
            }
            Err(error) => Reply::json(400, &json!({ "error": error })),
        }
    }

    fn entra_reply(&mut self, call: &Call) -> Reply {
        let now = self.now().timestamp();
        self.entra.answer(call, &self.tenant, &self.mint, &mut self.rng, now)
    }

    /// The analyst of the demo: object id, UPN and name.
    pub(super) fn analyst(&self) -> (Uuid, String, String) {
        self.tenant
            .person(tenant::ANALYST)
            .map(|person| (person.id, person.upn.to_lowercase(), person.name.clone()))
            .unwrap_or_default()
    }
}

/// The status that a client sees; none when it sees no answer.
fn answered(harm: Option<&FaultKind>, natural: u16) -> Option<u16> {
    match harm {
        Some(FaultKind::Status { status, .. }) => Some(*status),
        Some(FaultKind::Html { .. }) => Some(200),
        Some(FaultKind::ExpiredToken) => Some(401),
        Some(FaultKind::Reset { .. }) => None,
        // An answer without a body cannot be cut in half: it is lost.
        Some(FaultKind::Truncate) if natural == 204 => None,
        Some(FaultKind::Truncate | FaultKind::Delay { .. } | FaultKind::Slow { .. }) | None => Some(natural),
    }
}

/// The version of a path and the rest.
fn version(path: &str) -> Option<(bool, &str)> {
    let beta = path.strip_prefix("/beta").map(|rest| (true, rest));
    beta.or_else(|| path.strip_prefix("/v1.0").map(|rest| (false, rest)))
        .filter(|(_, rest)| rest.starts_with('/'))
}
