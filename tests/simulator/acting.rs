use std::time::Duration;

use entriage::simulator::{Options, Throttle};
use reqwest::Method;
use serde_json::{Value, json};

use super::probe::{Probe, answer, small, text};

const USERS: &str = "v1.0/identityProtection/riskyUsers";
const SIGN_INS: &str = "beta/auditLogs/signIns";

/// Sign-in, its user, of a user who can be acted upon.
async fn somebody(probe: &Probe, turn: usize) -> (String, String) {
    let users = probe.users_at_risk().await;
    let rows = probe.sign_ins_at_risk().await;
    let known =
        |row: &&Value| users.iter().any(|user| user["id"] == row["userId"] && user["riskLevel"] != "hidden");
    let mut seen: Vec<&str> = Vec::new();
    let mut firsts = rows.iter().filter(known).filter(|row| {
        let fresh = !seen.contains(&text(row, "userId"));
        seen.push(text(row, "userId"));
        fresh
    });
    let row = firsts.nth(turn).expect("somebody at risk");
    (text(row, "id").to_owned(), text(row, "userId").to_owned())
}

fn standing(row: &Value) -> (&str, &str, &str) {
    let level = if row["riskLevelAggregated"].is_string() { "riskLevelAggregated" } else { "riskLevel" };
    (text(row, "riskState"), text(row, level), text(row, "riskDetail"))
}

#[tokio::test]
async fn each_verdict_on_a_sign_in_shows() {
    let probe = Probe::start(small());
    let cases = [
        ("confirmSafe", ("confirmedSafe", "none", "adminConfirmedSigninSafe")),
        ("confirmCompromised", ("confirmedCompromised", "high", "adminConfirmedSigninCompromised")),
        ("dismiss", ("dismissed", "none", "adminDismissedRiskForSignIn")),
    ];
    for (verdict, expected) in cases {
        let (id, user) = somebody(&probe, 0).await;
        let before = probe.query(&format!("{SIGN_INS}/{id}"), &[]).await.body;
        let answer = probe.act(&format!("{SIGN_INS}/{verdict}"), "requestIds", &[&id]).await;
        assert_eq!((answer.status, &answer.body), (204, &json!("")), "{verdict}");
        let after = probe.query(&format!("{SIGN_INS}/{id}"), &[]).await.body;
        assert_eq!(standing(&after), expected);
        assert_eq!(after["riskLevelDuringSignIn"], before["riskLevelDuringSignIn"]);
        let filter = format!("requestId eq '{id}'");
        let path = "beta/identityProtection/riskDetections";
        for found in probe.walk(path, &[("$filter", &filter)]).await {
            assert_eq!((text(&found, "riskState"), text(&found, "riskDetail")), (expected.0, expected.2));
        }
        if verdict == "confirmCompromised" {
            let user = probe.query(&format!("{USERS}/{user}"), &[]).await.body;
            assert_eq!((text(&user, "riskState"), text(&user, "riskLevel")), ("atRisk", "high"));
        }
    }
}

#[tokio::test]
async fn safe_sign_ins_take_back_the_risk_of_their_user() {
    let probe = Probe::start(small());
    let (_, user) = somebody(&probe, 2).await;
    let rows = probe.sign_ins_at_risk().await;
    let own: Vec<&str> =
        rows.iter().filter(|row| row["userId"] == *user).map(|row| text(row, "id")).collect();
    assert_eq!(probe.act(&format!("{SIGN_INS}/confirmSafe"), "requestIds", &own).await.status, 204);
    let open = "(riskState eq 'atRisk' or riskState eq 'confirmedCompromised')";
    let filter = format!("userId eq '{user}' and {open}");
    let left = probe.walk("v1.0/identityProtection/riskDetections", &[("$filter", &filter)]).await;
    let after = probe.query(&format!("{USERS}/{user}"), &[]).await.body;
    // What concerns the user as a whole, or was confirmed before, stays.
    assert_eq!(after["riskState"] == "atRisk", !left.is_empty(), "{after} {left:?}");
}

#[tokio::test]
async fn each_verdict_on_a_user_shows_on_all_that_is_theirs() {
    let probe = Probe::start(small());
    let (analyst, _) = probe.simulator.analyst();
    let cases = [
        ("confirmSafe", ("confirmedSafe", "none", "adminConfirmedAccountSafe")),
        ("confirmCompromised", ("confirmedCompromised", "high", "adminConfirmedUserCompromised")),
        ("dismiss", ("dismissed", "none", "adminDismissedAllRiskForUser")),
    ];
    for (verdict, expected) in cases {
        let (id, user) = somebody(&probe, 1).await;
        assert_eq!(probe.act(&format!("{USERS}/{verdict}"), "userIds", &[&user]).await.status, 204);
        let after = probe.query(&format!("{USERS}/{user}"), &[]).await.body;
        assert_eq!(standing(&after), expected);
        let row = probe.query(&format!("{SIGN_INS}/{id}"), &[]).await.body;
        assert_eq!(standing(&row), expected, "past sign-ins follow");
        let history = probe.query(&format!("{USERS}/{user}/history"), &[]).await.body;
        assert_eq!(history["value"][0]["initiatedBy"], analyst.to_string());
        assert_eq!(history["value"][0]["activity"]["detail"], expected.2);
        let filter = format!("userId eq '{user}' and riskEventType eq 'adminConfirmedUserCompromised'");
        let added = probe.walk("beta/identityProtection/riskDetections", &[("$filter", &filter)]).await;
        assert_eq!(added.len(), usize::from(verdict == "confirmCompromised"));
        assert!(added.iter().all(|found| found["requestId"].is_null()));
        if verdict == "dismiss" {
            let again = probe.act(&format!("{SIGN_INS}/dismiss"), "requestIds", &[&id]).await;
            assert_eq!(again.status, 400, "after the user was dismissed its sign-ins are no longer risky");
        }
    }
}

#[tokio::test]
async fn a_verdict_shows_later_and_is_processing_meanwhile() {
    let probe = Probe::start(Options { delay: Duration::from_millis(300), ..small() });
    let (_, user) = somebody(&probe, 0).await;
    let path = format!("{USERS}/{user}");
    assert_eq!(probe.act(&format!("{USERS}/dismiss"), "userIds", &[&user]).await.status, 204);
    let at_once = probe.query(&path, &[]).await.body;
    assert_eq!((&at_once["riskState"], &at_once["isProcessing"]), (&json!("atRisk"), &json!(true)));
    let later = probe.until(&path, |body| body["riskState"] == "dismissed").await;
    assert_eq!(later["isProcessing"], false);
}

#[tokio::test]
async fn one_bad_id_refuses_the_whole_call_and_the_ledger_has_it() {
    let probe = Probe::start(small());
    let (id, user) = somebody(&probe, 0).await;
    let safe = format!("{SIGN_INS}/confirmSafe");
    let stranger = "0badf00d-1c2d-4e3f-8a4b-5c6d7e8f9005";
    let sixty_one: Vec<&str> = vec![&id; 61];
    let cases: [(&str, &str, &[&str], u16, &str); 6] = [
        (&safe, "requestIds", &[&id, stranger], 400, "These requestIds do not exist"),
        (&safe, "requestIds", &[&user], 400, "or they are not risky"),
        (&safe, "requestIds", &sixty_one, 400, "60 at most"),
        (&safe, "requestIds", &[], 400, "non-empty"),
        (&safe, "userIds", &[&id], 400, "'requestIds'"),
        (&format!("{USERS}/dismiss"), "userIds", &[&user, stranger], 404, stranger),
    ];
    for (path, field, ids, status, message) in cases {
        let answer = probe.act(path, field, ids).await;
        assert_eq!(answer.status, status, "{field} {ids:?}");
        assert!(text(&answer.body["error"], "message").contains(message), "{}", answer.body);
    }
    let garbage =
        probe.http.post(probe.url(&safe)).bearer_auth(&probe.token).body("{\"requestIds\": [7").send().await;
    assert_eq!(answer(garbage.expect("an answer")).await.status, 400);
    assert_eq!(
        probe.query(&format!("{SIGN_INS}/{id}"), &[]).await.body["riskState"],
        "atRisk",
        "nothing was applied"
    );
    let request =
        probe.http.post(probe.url(&safe)).bearer_auth(&probe.token).header("client-request-id", "mine-1");
    let sent = request.json(&json!({ "requestIds": [id, id] })).send().await.expect("an answer");
    assert_eq!(sent.headers()["client-request-id"], "mine-1");
    assert!(sent.headers().contains_key("request-id") && sent.headers().contains_key("date"));

    let ledger = probe.simulator.ledger();
    assert_eq!(ledger.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    let last = ledger.last().expect("an entry");
    assert_eq!(
        (last.kind.as_str(), last.verdict.as_str(), last.status),
        ("signIns", "confirmSafe", Some(204))
    );
    assert_eq!(last.client_request_id.as_deref(), Some("mine-1"));
    assert_eq!((last.ids.len(), &last.applied), (2, &vec![id]));
    assert!(ledger[..7].iter().all(|entry| entry.applied.is_empty()));
    let shown = probe.get("simulator/ledger").await.body;
    assert_eq!(shown["value"], serde_json::to_value(&ledger).expect("JSON"));
    let counts = probe.simulator.requests();
    assert!(counts.contains(&("POST /beta/auditLogs/signIns/confirmSafe".to_owned(), 7)), "{counts:?}");
}

#[tokio::test]
async fn deleted_users_and_those_without_a_token_or_scope_are_refused() {
    let mut probe = Probe::start(small());
    let users = probe.walk(USERS, &[("$filter", "isDeleted eq true")]).await;
    let deleted = text(&users[0], "id");
    assert_eq!(probe.act(&format!("{USERS}/dismiss"), "userIds", &[deleted]).await.status, 404);
    probe.token = probe.simulator.token_read_only();
    let (_, user) = somebody(&probe, 0).await;
    let refused = probe.act(&format!("{USERS}/dismiss"), "userIds", &[&user]).await;
    assert_eq!((refused.status, text(&refused.body["error"], "code")), (403, "Forbidden"));
    for token in ["", "abc", "a.b.c", &format!("{}x", probe.token)] {
        probe.token = token.to_owned();
        let answer = probe.get(USERS).await;
        assert_eq!((answer.status, text(&answer.body["error"], "code")), (401, "InvalidAuthenticationToken"));
    }
}

#[tokio::test]
async fn wrong_methods_and_paths_are_refused() {
    let probe = Probe::start(small());
    for (method, path, status) in [
        (Method::GET, "beta/auditLogs/signIns/dismiss", 405),
        (Method::DELETE, "v1.0/identityProtection/riskyUsers", 405),
        (Method::POST, "v1.0/identityProtection/riskDetections", 405),
        (Method::GET, "v1.0/auditLogs/nothing", 400),
        (Method::GET, "v2.0/auditLogs/signIns", 400),
        (Method::GET, "simulator/nothing", 404),
    ] {
        assert_eq!(probe.call(method, path, None).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_batch_counts_its_entries_and_honours_dependencies() {
    let probe = Probe::start(small());
    let (id, _) = somebody(&probe, 0).await;
    let entry = |name: &str, ids: &[&str], after: &[&str]| {
        json!({
            "id": name, "method": "POST", "url": "/auditLogs/signIns/confirmSafe", "dependsOn": after,
            "headers": { "Content-Type": "application/json" }, "body": { "requestIds": ids },
        })
    };
    let requests = [entry("1", &["nobody"], &[]), entry("2", &[&id], &["1"]), entry("3", &[&id], &[])];
    let answer = probe.call(Method::POST, "beta/$batch", Some(json!({ "requests": requests }))).await;
    let statuses: Vec<_> = answer.body["responses"]
        .as_array()
        .expect("responses")
        .iter()
        .map(|one| one["status"].clone())
        .collect();
    assert_eq!((answer.status, statuses), (200, vec![json!(400), json!(424), json!(204)]));
}

#[tokio::test]
async fn the_documented_throttle_refuses_a_burst_and_counts_it_in_the_ledger() {
    let probe = Probe::start(Options { throttle: Throttle::Documented, ..small() });
    // More often than any pace allows, so that a slow machine does not let the allowance recover.
    let mut refused = None;
    for _ in 0..200 {
        refused = refused
            .or(Some(probe.get(&format!("{USERS}?$top=1")).await).filter(|answer| answer.status == 429));
    }
    assert!(!refused.expect("too many").headers.contains_key("retry-after"));
    let action = probe.act(&format!("{USERS}/dismiss"), "userIds", &["whoever"]).await;
    assert_eq!(action.status, 429, "refused calls accrue");
    assert_eq!(probe.simulator.ledger()[0].status, Some(429));
    let mut told = None;
    for _ in 0..20 {
        told = told
            .or(Some(probe.get(&format!("{SIGN_INS}?$top=1")).await).filter(|answer| answer.status == 429));
    }
    let seconds = told.expect("too many").headers["retry-after"].to_str().map(str::parse::<u32>);
    assert!(seconds.is_ok_and(|seconds| seconds.is_ok_and(|seconds| seconds >= 1)));
}

#[tokio::test]
async fn new_sign_ins_appear_and_do_not_disturb_a_walk() {
    let probe = Probe::start(Options { stream: 60_000, ..small() });
    let top = |count| [("$top", count)];
    let first = probe.query(SIGN_INS, &top("5")).await.body;
    let second = probe.query(first["@odata.nextLink"].as_str().expect("more"), &[]).await.body;
    let seen: Vec<&Value> =
        [&first, &second].iter().filter_map(|page| page["value"].as_array()).flatten().collect();
    let distinct: std::collections::BTreeSet<&str> = seen.iter().map(|row| text(row, "id")).collect();
    assert_eq!(distinct.len(), 10);
    let newest = text(seen[0], "id").to_owned();
    probe.until(&format!("{SIGN_INS}?$top=1"), |page| page["value"][0]["id"] != newest.as_str()).await;
}
