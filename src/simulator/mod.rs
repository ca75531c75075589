//! A Graph of our own: a simulated tenant behind a real HTTP server on a loopback address.
//!
//! It is the fixture of the tests, the demo, and a sandbox for a person: believable people and risks, Graph's lists,
//! actions, errors and throttle as far as they are documented, faults on demand, and a ledger of what was really
//! received. The official Graph SDKs can use it unchanged.
//!
//! It shares no code with the client: what both misunderstood would look right. It knows no screen, no queue, no
//! journal, and keeps nothing on disk.
//!
//! * `words`, `scenery`, `records`: what there is; `tenant`, `stories`, `plots`, `history`: how it came about.
//! * `cell`, `sign_in`, `risk`, `filter`, `listing`, `read`: how it is shown.
//! * `action`, `ledger`: how it is changed. `token`, `entra`: who may.
//! * `routes`, `service`, `budget`, `fault`, `batch`, `stream`, `http`: calls, and what goes wrong with them.

mod action;
mod batch;
mod budget;
mod cell;
mod entra;
mod fault;
mod filter;
mod history;
mod http;
mod ledger;
mod listing;
mod plots;
mod read;
mod records;
mod refusal;
mod risk;
mod routes;
mod scenery;
mod service;
mod sign_in;
mod stories;
mod stream;
mod tenant;
mod token;
mod words;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use url::Url;
use uuid::Uuid;

pub use fault::{Fault, FaultKind, faults_from_json};
pub use ledger::LedgerEntry;

use service::Service;
use token::Subject;

/// Seconds for which the tokens of [`Simulator::token`] are good: a day.
const DEMO_LIFETIME: i64 = 24 * 3_600;

/// What the tenant is like and how the service behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Same seed, same sizes, same `now`: the same tenant, to the byte.
    pub seed: u64,
    /// How many users the directory has; fewer than 24 are raised to 24.
    pub users: usize,
    /// How many sign-ins the log has, over 30 days; fewer than 16 are raised to 16.
    pub sign_ins: usize,
    /// Whether calls are throttled (API.md section 8).
    pub throttle: Throttle,
    /// How long an accepted action stays invisible (API.md section 5).
    pub delay: Duration,
    /// What goes wrong, in this order.
    pub faults: Vec<Fault>,
    /// Where to listen; port 0 takes any. Anything but a loopback address is refused.
    pub listen: SocketAddr,
    /// The tenant's time at the start; none is the wall clock. It passes as real time does.
    pub now: Option<DateTime<Utc>>,
    /// Accept only filters that are documented (API.md sections 4 and 7); else also those on ids.
    pub strict_filters: bool,
    /// New risky sign-ins a minute while running; 0 is none.
    pub stream: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            users: 2_000,
            sign_ins: 30_000,
            throttle: Throttle::Documented,
            delay: Duration::from_millis(1_500),
            faults: Vec::new(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            now: None,
            strict_filters: false,
            stream: 0,
        }
    }
}

/// Whether the service limits its callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// Identity protection one request a second, refused without `Retry-After`; the sign-in log five in ten seconds,
    /// refused with it; actions on sign-ins count in both.
    Documented,
    /// No limits.
    Off,
}

/// Why the simulator did not start, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It has no authentication worth the name.
    #[error("{0} is not a loopback address; the simulator listens on 127.0.0.1 or ::1 only")]
    NotLoopback(SocketAddr),
    /// The port is taken, or not allowed.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for any")]
    Listen {
        /// Where it should have listened.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// No thread, no clock: the system is short of something.
    #[error("cannot run the simulator: {0}; close other programs and try again")]
    System(#[from] std::io::Error),
}

/// A running simulator. Dropping it stops the server.
pub struct Simulator {
    url: Url,
    service: Arc<Mutex<Service>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Simulator").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl Simulator {
    /// Builds the tenant and starts to listen; when this returns, calls are answered.
    pub fn start(options: Options) -> Result<Self, StartError> {
        let address = options.listen;
        if !address.ip().is_loopback() {
            return Err(StartError::NotLoopback(address));
        }
        let listener = TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })?;
        listener.set_nonblocking(true)?;
        let mut url = Url::parse("http://127.0.0.1/").map_err(std::io::Error::other)?;
        let bound = listener.local_addr()?;
        // An http URL takes any address and port.
        let _ = url.set_ip_host(bound.ip());
        let _ = url.set_port(Some(bound.port()));
        let service = Arc::new(Mutex::new(Service::new(options)));
        let shared = Arc::clone(&service);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("simulator".to_owned()).spawn(move || {
            let ended = async {
                let _ = stopped.await;
            };
            if let Err(error) = http::run(listener, shared, ended) {
                tracing::error!(%error, "the simulator stopped");
            }
        })?;
        Ok(Self { url, service, stop: Some(stop), thread: Some(thread) })
    }

    /// The root of this Graph, `http://127.0.0.1:PORT/`: a client appends `v1.0` or `beta`. Also the authority of the
    /// token endpoint.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// A bearer token of the demo analyst with every scope, good for a day.
    pub fn token(&self) -> String {
        self.analyst_token(token::ALL_SCOPES)
    }

    /// A bearer token of the demo analyst that may read only: actions answer 403.
    pub fn token_read_only(&self) -> String {
        self.analyst_token(token::READ_SCOPES)
    }

    fn analyst_token(&self, scopes: &[&str]) -> String {
        let service = self.service();
        let (id, upn, name) = service.analyst();
        let scopes = scopes.join(" ");
        let subject = Subject::Person { id, upn: &upn, name: &name, scopes: &scopes };
        service.mint.issue(&subject, token::DEMO_APP, service.now().timestamp(), DEMO_LIFETIME)
    }

    /// Object id and UPN of the demo analyst.
    pub fn analyst(&self) -> (Uuid, String) {
        let (id, upn, _) = self.service().analyst();
        (id, upn)
    }

    /// The id of the tenant, as in the tokens.
    pub fn tenant_id(&self) -> Uuid {
        self.service().tenant.id
    }

    /// UPNs of the two break-glass accounts; the first is at risk.
    pub fn protected(&self) -> Vec<String> {
        let service = self.service();
        tenant::BREAK_GLASS
            .iter()
            .filter_map(|index| service.tenant.person(*index))
            .map(|person| person.upn.to_lowercase())
            .collect()
    }

    /// Every action call as received, in order: what `GET /simulator/ledger` returns.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.service().ledger.clone()
    }

    /// How often each path was called, as method and path with `{}` for ids, sorted: `GET /simulator/requests`.
    pub fn requests(&self) -> Vec<(String, u64)> {
        self.service().requests()
    }

    /// Adds a fault after those that wait already.
    pub fn add_fault(&self, fault: Fault) {
        self.service().faults.add(fault);
    }

    fn service(&self) -> MutexGuard<'_, Service> {
        // A panic while the lock was held leaves data that is still whole: every change is one assignment.
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
