use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use entriage::entity::{RiskState, Target, Verdict};
use entriage::queue::{Command, Look, Order, Pause, QueueView, Service, SubmissionId, TargetState};
use entriage::simulator::{Fault, FaultKind, LedgerEntry, Options, Throttle};

use super::office::{Office, small};

fn ids(orders: &[Order]) -> Vec<String> {
    orders.iter().map(|order| order.target.to_string()).collect()
}

fn count(view: &QueueView, state: TargetState) -> usize {
    view.submission(SubmissionId(1)).map_or(0, |submission| submission.counts().of(state))
}

fn done(view: &QueueView) -> bool {
    view.submission(SubmissionId(1)).is_some() && view.is_idle()
}

fn fault(kind: FaultKind) -> Fault {
    Fault { path: "/identityProtection".into(), method: Some("POST".into()), after: 0, count: 1, kind }
}

fn status(status: u16, apply: bool) -> FaultKind {
    FaultKind::Status { status, body: None, retry_after: None, apply }
}

#[tokio::test]
async fn a_hundred_and_thirty_sign_ins_are_three_calls_and_all_are_verified() {
    let mut office = Office::open(small());
    let mut orders = office.sign_ins_at_risk(Verdict::Compromised).await;
    assert!(orders.len() >= 130, "{} sign-ins at risk", orders.len());
    orders.truncate(130);
    let wanted = ids(&orders);
    office.submit(1, Duration::from_millis(20), orders);
    office.until(done).await;
    assert_eq!(count(&office.view, TargetState::Verified), 130);
    let ledger = office.simulator.ledger();
    let sent: Vec<String> = ledger.iter().flat_map(|entry| entry.ids.clone()).collect();
    assert_eq!((ledger.len(), sent), (3, wanted));
    let numbers: BTreeSet<_> = ledger.iter().map(|entry| entry.client_request_id.clone()).collect();
    assert_eq!(numbers.len(), 3);
}

/// Sends four verdicts one by one and waits until all are accepted.
async fn send_four(mut office: Office) -> Vec<LedgerEntry> {
    let mut orders = office.users_at_risk(Verdict::Dismissed).await;
    orders.truncate(4);
    let wanted = ids(&orders);
    for (order, id) in orders.into_iter().zip(1..) {
        office.submit(id, Duration::ZERO, vec![order]);
    }
    let is_accepted = |state| matches!(state, TargetState::Accepted | TargetState::Verified);
    let accepted = |view: &QueueView| {
        view.submissions().iter().map(|submission| submission.counts().sum(is_accepted)).sum::<usize>()
    };
    office.until(|view| accepted(view) == 4).await;
    let ledger = office.simulator.ledger();
    let taken = ledger.iter().filter(|entry| entry.status == Some(204));
    assert_eq!(taken.flat_map(|entry| entry.ids.clone()).collect::<Vec<_>>(), wanted);
    ledger
}

#[tokio::test]
async fn within_its_budget_the_queue_sends_in_order() {
    send_four(Office::open(Options { throttle: Throttle::Documented, ..small() })).await;
}

#[tokio::test]
async fn being_throttled_delays_but_fails_nothing() {
    let ledger = send_four(Office::open_hasty(Options { throttle: Throttle::Documented, ..small() })).await;
    assert!(ledger.iter().any(|entry| entry.status == Some(429)), "{ledger:?}");
}

#[tokio::test]
async fn what_must_be_known_is_read_although_it_did_not_change() {
    let office = Office::open(small());
    let orders = office.users_at_risk(Verdict::Dismissed).await;
    let order = orders.first().expect("somebody at risk");
    let look = |must_know| Look {
        target: order.target,
        verdict: order.verdict,
        time: None,
        since: Utc::now() + TimeDelta::hours(1),
        must_know,
    };
    let readings = Service::read_back(&office.client, vec![look(true)]).await.expect("an answer");
    let states: Vec<_> = readings.iter().map(|reading| (reading.target, &reading.state)).collect();
    assert_eq!(states, [(order.target, &RiskState::AtRisk)]);
    assert_eq!(Service::read_back(&office.client, vec![look(false)]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_504_that_took_effect_is_verified_without_a_second_call() {
    let mut office = Office::open(small());
    let mut orders = office.users_at_risk(Verdict::Dismissed).await;
    orders.truncate(5);
    office.simulator.add_fault(fault(status(504, true)));
    office.submit(1, Duration::ZERO, orders);
    office.until(done).await;
    assert_eq!(count(&office.view, TargetState::Verified), 5);
    assert_eq!(office.simulator.ledger().len(), 1);
}

#[tokio::test]
async fn a_reset_that_took_effect_is_verified_without_a_second_call() {
    let mut office = Office::open(small());
    let mut orders = office.users_at_risk(Verdict::Safe).await;
    orders.truncate(5);
    office.simulator.add_fault(fault(FaultKind::Reset { apply: true }));
    office.submit(1, Duration::ZERO, orders);
    office.until(done).await;
    assert_eq!(count(&office.view, TargetState::Verified), 5);
    assert_eq!(office.simulator.ledger().len(), 1);
}

#[tokio::test]
async fn one_bad_id_of_60_is_rejected_alone() {
    let mut office = Office::open(small());
    let mut orders = office.sign_ins_at_risk(Verdict::Safe).await;
    orders.truncate(60);
    // An id that no sign-in has.
    orders[17].target = Target::SignIn("0badbad0-0bad-4bad-8bad-0badbad0bad0".parse().expect("an id"));
    let bad = orders[17].target;
    let mut wanted = ids(&orders);
    wanted.remove(17);
    office.submit(1, Duration::ZERO, orders);
    office.until(done).await;
    assert_eq!(office.view.state_of(bad), Some((Verdict::Safe, TargetState::Rejected)));
    assert_eq!(count(&office.view, TargetState::Verified), 59);
    let ledger = office.simulator.ledger();
    assert!(ledger.len() <= 13, "{} calls", ledger.len());
    let mut applied: Vec<String> = ledger.iter().flat_map(|entry| entry.applied.clone()).collect();
    applied.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(applied, wanted);
}

#[tokio::test]
async fn what_is_recalled_in_the_grace_never_reaches_graph() {
    let mut office = Office::open(small());
    let mut orders = office.users_at_risk(Verdict::Compromised).await;
    orders.truncate(5);
    office.submit(1, Duration::from_secs(600), orders);
    office.until(|view| view.in_grace().is_some()).await;
    office.ask(Command::Recall(SubmissionId(1)));
    office.until(done).await;
    assert_eq!(count(&office.view, TargetState::Recalled), 5);
    office.ask(Command::Shutdown { finish: true });
    assert_eq!(office.closed().await.ledger(), []);
}

#[tokio::test]
async fn an_expired_token_pauses_until_the_analyst_has_signed_in() {
    let mut office = Office::open(small());
    let mut orders = office.users_at_risk(Verdict::Dismissed).await;
    orders.truncate(5);
    office.simulator.add_fault(Fault { count: 2, ..fault(FaultKind::ExpiredToken) });
    office.submit(1, Duration::ZERO, orders);
    office.until(|view| view.paused() == Some(&Pause::SignIn)).await;
    assert_eq!(count(&office.view, TargetState::Waiting), 5);
    office.ask(Command::Resume);
    office.until(done).await;
    assert_eq!(count(&office.view, TargetState::Verified), 5);
}

#[tokio::test]
async fn finishing_ends_the_grace_and_sends_everything() {
    let office = Office::open(small());
    let mut orders = office.users_at_risk(Verdict::Dismissed).await;
    orders.truncate(5);
    let wanted = ids(&orders);
    office.submit(1, Duration::from_secs(600), orders);
    office.ask(Command::Shutdown { finish: true });
    let ledger = office.closed().await.ledger();
    assert_eq!(ledger.iter().flat_map(|entry| entry.ids.clone()).collect::<Vec<_>>(), wanted);
}

#[tokio::test]
async fn a_stop_during_the_grace_sends_nothing() {
    let office = Office::open(small());
    let mut orders = office.users_at_risk(Verdict::Dismissed).await;
    orders.truncate(5);
    office.submit(1, Duration::from_secs(600), orders);
    office.ask(Command::Shutdown { finish: false });
    assert_eq!(office.closed().await.ledger(), []);
}
