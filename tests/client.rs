//! The Graph client and the simulated tenant, over HTTP: two readings of the same reference, written apart.
#![expect(clippy::expect_used, reason = "in the helpers of a test, a failed expectation is a failed test")]

use chrono::{DateTime, TimeDelta, Utc};
use entriage::auth::ReadyToken;
use entriage::entity::{Batch, Kind, RiskState, Target, UserId, Verdict};
use entriage::graph::{
    AnswerClass, Budgets, Client, DetectionsQuery, GraphErrorKind, Listing, Priority, SignInsQuery,
    UsersQuery, Wanted,
};
use entriage::simulator::{Fault, FaultKind, Options, Simulator, Throttle};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

fn noon() -> DateTime<Utc> {
    "2026-03-18T12:00:00Z".parse().expect("a time")
}

fn small() -> Options {
    Options {
        seed: 7,
        users: 1_500,
        sign_ins: 6_000,
        throttle: Throttle::Off,
        delay: Duration::ZERO,
        now: Some(noon()),
        ..Options::default()
    }
}

struct Tenant {
    simulator: Simulator,
    client: Client,
}

impl Tenant {
    fn start(options: Options) -> Self {
        Self::with(options, Budgets::unlimited())
    }

    fn with(options: Options, budgets: Budgets) -> Self {
        let simulator = Simulator::start(options).expect("starts");
        let client = client(&simulator, &simulator.token(), budgets);
        Self { simulator, client }
    }

    async fn users(&self, query: UsersQuery) -> (Listing, Vec<UserId>) {
        let mut ids = Vec::new();
        let on_page = |page: entriage::graph::Page<entriage::entity::RiskyUser>| {
            ids.extend(page.rows.iter().map(|user| user.id));
            ControlFlow::Continue(())
        };
        let listing = self.client.users(query, Priority::Read, on_page).await.expect("users");
        ids.sort_unstable();
        (listing, ids)
    }

    async fn sign_ins(&self, query: SignInsQuery) -> (Listing, Vec<(Target, DateTime<Utc>)>) {
        let mut ids = Vec::new();
        let on_page = |page: entriage::graph::Page<entriage::entity::SignIn>| {
            let row = |sign_in: &entriage::entity::SignIn| {
                (Target::SignIn(sign_in.id), sign_in.created.expect("a time"))
            };
            ids.extend(page.rows.iter().map(row));
            ControlFlow::Continue(())
        };
        let listing = self.client.sign_ins(query, Priority::Read, on_page).await.expect("sign-ins");
        ids.sort_unstable();
        (listing, ids)
    }

    fn fault(&self, method: &str, path: &str, kind: FaultKind) {
        let (path, method) = (path.to_owned(), Some(method.to_owned()));
        self.simulator.add_fault(Fault { path, method, after: 0, count: 1, kind });
    }
}

fn client(simulator: &Simulator, token: &str, budgets: Budgets) -> Client {
    let root = simulator.url().as_str().parse().expect("a root");
    let credential = Arc::new(ReadyToken::new(token).expect("a token"));
    Client::new(root, credential, budgets).expect("a client")
}

fn wanted(target: Target, verdict: Verdict, time: Option<DateTime<Utc>>) -> Wanted {
    Wanted { target, verdict, time, since: noon() }
}

#[tokio::test]
async fn the_default_views_are_the_same_whatever_filters_the_service_takes() {
    let (open, strict) = (Tenant::start(small()), Tenant::start(Options { strict_filters: true, ..small() }));
    let (listing, users) = open.users(UsersQuery::at_risk()).await;
    assert!(!users.is_empty() && listing.rejected == 0);
    assert_eq!(strict.users(UsersQuery::at_risk()).await.1, users);

    let week = SignInsQuery::at_risk(noon() - TimeDelta::days(7));
    let (listing, sign_ins) = open.sign_ins(week.clone()).await;
    assert!(!sign_ins.is_empty() && listing.rejected == 0 && !listing.interactive_only);
    assert_eq!(strict.sign_ins(week).await.1, sign_ins);

    let query = DetectionsQuery::at_risk(noon() - TimeDelta::days(7));
    let mut found = Vec::new();
    for tenant in [&open, &strict] {
        let all = |_: entriage::graph::Page<_>| ControlFlow::Continue(());
        found.push(
            tenant.client.detections(query.clone(), Priority::Read, all).await.expect("detections").rows,
        );
    }
    assert!(found[0] > 0);
    assert_eq!(found[0], found[1]);
}

#[tokio::test]
async fn every_page_of_the_log_is_read_once() {
    let tenant = Tenant::start(small());
    let (listing, sign_ins) = tenant.sign_ins(SignInsQuery::all(noon() - TimeDelta::days(30))).await;
    assert!(listing.pages >= 6, "{listing:?}");
    let mut once = sign_ins.clone();
    once.dedup();
    assert_eq!(once.len(), sign_ins.len());
    let user = tenant.users(UsersQuery::at_risk()).await.1[0];
    let (listing, _) = tenant.sign_ins(SignInsQuery::of_user(user, noon() - TimeDelta::days(30))).await;
    assert!(listing.pages == 1 && listing.rows > 0, "{listing:?}");
    assert!(!tenant.client.history(user, Priority::Read).await.expect("a history").rows.is_empty());
}

#[tokio::test]
async fn a_verdict_is_taken_and_read_back() {
    let tenant = Tenant::start(small());
    let users: Vec<Target> =
        tenant.users(UsersQuery::at_risk()).await.1.into_iter().take(5).map(Target::User).collect();
    let week = SignInsQuery::at_risk(noon() - TimeDelta::days(7));
    let sign_ins = tenant.sign_ins(week).await.1;
    let (batches, mut looks) = (
        [
            Batch::new(Verdict::Dismissed, &users).expect("users"),
            Batch::new(Verdict::Compromised, &[sign_ins[0].0, sign_ins[1].0]).expect("sign-ins"),
            Batch::new(Verdict::Safe, &[sign_ins[2].0]).expect("a sign-in"),
        ],
        Vec::new(),
    );
    looks.extend(users.iter().map(|user| wanted(*user, Verdict::Dismissed, None)));
    for (position, verdict) in
        [Verdict::Compromised, Verdict::Compromised, Verdict::Safe].into_iter().enumerate()
    {
        looks.push(wanted(sign_ins[position].0, verdict, Some(sign_ins[position].1)));
    }
    for batch in &batches {
        let id = Uuid::new_v4();
        let answer = tenant.client.act(batch, id).await;
        assert_eq!(answer.class, AnswerClass::Accepted, "{answer:?}");
        let entry = tenant.simulator.ledger().pop().expect("an entry");
        assert_eq!(entry.client_request_id, Some(id.to_string()));
        assert_eq!(entry.ids, batch.targets().iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    let readings = tenant.client.read_back(&looks).await.expect("readings");
    // A sign-in called compromised may raise a user who was dismissed a moment before.
    for look in looks.iter().filter(|look| look.target.kind() == Kind::SignIn) {
        let reading = readings.iter().find(|reading| reading.target == look.target).expect("a reading");
        assert!(reading.shows(look.verdict), "{reading:?}");
    }
    assert!(readings.iter().filter(|reading| reading.state == RiskState::Dismissed).count() >= 3);
    let one = tenant.client.read_one(sign_ins[2].0).await.expect("an answer");
    assert!(one.is_none_or(|reading| reading.shows(Verdict::Safe)));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_found_by_reading_back() {
    let lost = [
        FaultKind::Reset { apply: true },
        FaultKind::Html { apply: true },
        FaultKind::Status { status: 504, body: None, retry_after: None, apply: true },
    ];
    for (position, kind) in lost.into_iter().enumerate() {
        let tenant = Tenant::start(small());
        let user = Target::User(tenant.users(UsersQuery::at_risk()).await.1[position]);
        tenant.fault("POST", "/identityProtection/riskyUsers/dismiss", kind);
        let batch = Batch::new(Verdict::Dismissed, &[user]).expect("a batch");
        let answer = tenant.client.act(&batch, Uuid::new_v4()).await;
        assert_eq!(answer.class, AnswerClass::Unknown, "{answer:?}");
        assert_eq!(tenant.simulator.ledger().len(), 1, "sent once");
        let readings =
            tenant.client.read_back(&[wanted(user, Verdict::Dismissed, None)]).await.expect("readings");
        assert!(readings[0].shows(Verdict::Dismissed));
    }
}

#[tokio::test]
async fn a_list_survives_what_passes() {
    let tenant = Tenant::start(Options { sign_ins: 2_500, ..small() });
    let whole = tenant.sign_ins(SignInsQuery::all(noon() - TimeDelta::days(30))).await.1;
    let status = |status| FaultKind::Status { status, body: None, retry_after: None, apply: false };
    for kind in
        [status(503), status(429), status(500), FaultKind::Reset { apply: false }, FaultKind::Truncate]
    {
        let (path, method) = ("/beta/auditLogs/signIns".to_owned(), Some("GET".to_owned()));
        tenant.simulator.add_fault(Fault { path, method, after: 1, count: 2, kind });
        assert_eq!(tenant.sign_ins(SignInsQuery::all(noon() - TimeDelta::days(30))).await.1, whole);
    }
    tenant.fault("GET", "/identityProtection/riskyUsers", FaultKind::ExpiredToken);
    let all = |_: entriage::graph::Page<_>| ControlFlow::Continue(());
    let error = tenant.client.users(UsersQuery::all(), Priority::Read, all).await.expect_err("expired");
    assert_eq!(error.kind(), GraphErrorKind::Unauthorised);
}

#[tokio::test]
async fn who_may_only_read_is_told_what_is_missing() {
    let tenant = Tenant::start(small());
    let reader = client(&tenant.simulator, &tenant.simulator.token_read_only(), Budgets::unlimited());
    let user = Target::User(tenant.users(UsersQuery::at_risk()).await.1[0]);
    let batch = Batch::new(Verdict::Safe, &[user]).expect("a batch");
    let answer = reader.act(&batch, Uuid::new_v4()).await;
    assert_eq!(answer.class, AnswerClass::Forbidden);
    assert!(answer.error.expect("an error").next().contains("IdentityRiskyUser.ReadWrite.All"));
    let claims = |token: &str| ReadyToken::new(token).expect("a token").claims().cloned().expect("claims");
    assert!(claims(&tenant.simulator.token()).can_write());
    let read_only = claims(&tenant.simulator.token_read_only());
    assert!(!read_only.can_write() && read_only.tenant == Some(tenant.simulator.tenant_id()));
}

#[tokio::test]
async fn the_documented_throttle_is_never_met() {
    let options = Options { throttle: Throttle::Documented, ..small() };
    let tenant = Tenant::with(options, Budgets::documented());
    let mut records = tenant.client.requests();
    let sign_ins = SignInsQuery { since: Some(noon() - TimeDelta::days(10)), ..SignInsQuery::all(noon()) };
    // Three calls of identity protection and the first pages of the log, at the same time.
    let log = async {
        let stop = |page: entriage::graph::Page<_>| {
            if page.number == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        tenant.client.sign_ins(sign_ins, Priority::Read, stop).await.expect("sign-ins");
    };
    let protection = async {
        for _ in 0..3 {
            tenant.users(UsersQuery::at_risk()).await;
        }
    };
    tokio::join!(log, protection);
    let mut calls = 0;
    while let Ok(record) = records.try_recv() {
        assert_eq!(record.status, Some(200), "{record:?}");
        calls += 1;
    }
    assert!(calls >= 5, "{calls}");
}
