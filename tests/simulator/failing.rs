use std::time::{Duration, Instant};

use entriage::simulator::{Options, Simulator, StartError, faults_from_json};
use reqwest::Method;
use serde_json::json;

use super::probe::{Probe, small, text};

const USERS: &str = "v1.0/identityProtection/riskyUsers";

fn with(fault: &serde_json::Value) -> Probe {
    let faults = faults_from_json(&fault.to_string()).expect("a fault");
    Probe::start(Options { faults, ..small() })
}

#[tokio::test]
async fn a_status_comes_as_often_as_asked() {
    let probe = with(
        &json!({ "kind": "status", "status": 503, "retryAfter": 7, "path": "/identityProtection", "count": 2 }),
    );
    for _ in 0..2 {
        let answer = probe.get(USERS).await;
        assert_eq!((answer.status, answer.headers["retry-after"].to_str().expect("text")), (503, "7"));
        assert_eq!(answer.body["error"]["code"], "serviceNotAvailable");
    }
    assert_eq!(probe.get(USERS).await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_may_have_taken_effect() {
    for (apply, state) in [(true, "dismissed"), (false, "atRisk")] {
        for kind in [json!({ "kind": "reset" }), json!({ "kind": "status", "status": 504 })] {
            let mut fault = kind.clone();
            fault["apply"] = apply.into();
            fault["method"] = "POST".into();
            let probe = with(&fault);
            let user = text(&probe.users_at_risk().await[8], "id").to_owned();
            let body = json!({ "userIds": [user] });
            let sent = probe.send(Method::POST, &format!("{USERS}/dismiss"), Some(body)).await;
            match kind["kind"].as_str() {
                Some("reset") => assert!(sent.is_err(), "no answer"),
                _ => assert_eq!(sent.expect("an answer").status(), 504),
            }
            assert_eq!(
                probe.get(&format!("{USERS}/{user}")).await.body["riskState"],
                state,
                "{kind} {apply}"
            );
            let entry = &probe.simulator.ledger()[0];
            assert_eq!(entry.status.is_none(), kind["kind"] == "reset");
            assert_eq!(entry.applied.len(), usize::from(apply));
        }
    }
}

#[tokio::test]
async fn bodies_are_cut_dripped_and_replaced() {
    let probe = with(&json!({ "kind": "truncate" }));
    let cut = probe.send(Method::GET, USERS, None).await.expect("headers");
    assert_eq!(cut.status(), 200);
    assert!(cut.text().await.is_err(), "the body is shorter than announced");
    assert_eq!(probe.get(USERS).await.status, 200, "once only");

    let probe =
        with(&json!([{ "kind": "slow", "milliseconds": 80 }, { "kind": "delay", "milliseconds": 60 }]));
    for least in [70, 60] {
        let began = Instant::now();
        let answer = probe.get(USERS).await;
        assert!(answer.body["value"].is_array() && began.elapsed() >= Duration::from_millis(least));
    }

    let probe = with(&json!([{ "kind": "html" }, { "kind": "expiredToken" }]));
    let page = probe.get(USERS).await;
    assert_eq!(
        (page.status, page.headers["content-type"].to_str().expect("text")),
        (200, "text/html; charset=utf-8")
    );
    assert!(page.body.is_string());
    let expired = probe.get(USERS).await;
    assert_eq!(expired.status, 401);
    assert!(text(&expired.body["error"], "message").contains("expired"));
}

#[tokio::test]
async fn faults_can_be_set_while_it_runs() {
    let probe = Probe::start(small());
    let forever = json!([{ "kind": "status", "status": 500, "count": 0, "path": "/v1.0" }]);
    assert_eq!(probe.call(Method::POST, "simulator/faults", Some(forever)).await.status, 204);
    for _ in 0..3 {
        assert_eq!(probe.get(USERS).await.status, 500);
    }
    assert_eq!(probe.get("simulator/faults").await.body["value"][0]["status"], 500);
    assert_eq!(probe.call(Method::DELETE, "simulator/faults", None).await.status, 204);
    assert_eq!(probe.get(USERS).await.status, 200);
    let wrong = probe.call(Method::POST, "simulator/faults", Some(json!({ "kind": "flood" }))).await;
    assert_eq!(wrong.status, 400);
    assert!(text(&wrong.body, "error").contains("unknown kind"));
    probe.simulator.add_fault(faults_from_json(r#"{"kind":"html"}"#).expect("a fault").remove(0));
    assert!(probe.get(USERS).await.body.is_string());
}

#[test]
fn where_it_cannot_listen_it_says_what_to_do() {
    let first = Simulator::start(small()).expect("starts");
    let listen = (std::net::Ipv4Addr::LOCALHOST, first.url().port().expect("a port")).into();
    let taken = Simulator::start(Options { listen, ..small() }).expect_err("taken");
    assert!(matches!(taken, StartError::Listen { .. }) && taken.to_string().contains("choose another port"));
    drop(first);
    Simulator::start(Options { listen, ..small() }).expect("dropping it freed the port");
    let everywhere = ([0, 0, 0, 0], 0).into();
    let open =
        Simulator::start(Options { listen: everywhere, ..small() }).expect_err("not a loopback address");
    assert!(matches!(open, StartError::NotLoopback(_)));
}
