use super::server::{Reply, Seen, Server};
use super::{client, error, list, sign_in, user};
use crate::entity::{RiskState, Target, Verdict};
use crate::graph::{GraphErrorKind, Wanted};
use chrono::{DateTime, TimeDelta, Utc};

fn since() -> DateTime<Utc> {
    "2026-03-14T09:00:00Z".parse().unwrap()
}

fn user_target(number: u32) -> Target {
    Target::User(format!("3f2a9c10-6d4b-4e8f-9a21-{number:012x}").parse().unwrap())
}

fn sign_in_target(number: u32) -> Target {
    Target::SignIn(format!("7c1e5d4a-3b92-4f60-8a17-{number:012x}").parse().unwrap())
}

fn wanted(target: Target, verdict: Verdict) -> Wanted {
    let time = match target {
        Target::SignIn(_) => Some(since() - TimeDelta::hours(5)),
        Target::User(_) => None,
    };
    Wanted { target, verdict, time, since: since() }
}

#[tokio::test]
async fn many_users_cost_one_list() {
    let server = Server::start(|_, _| {
        let users: Vec<String> = (1..=50).map(|number| user(number, "dismissed")).collect();
        Reply::json(list(&users, None))
    })
    .await;
    let all: Vec<Wanted> = (1..=60).map(|number| wanted(user_target(number), Verdict::Dismissed)).collect();
    let readings = client(&server.url).read_back(&all).await.unwrap();
    assert_eq!(readings.len(), 50, "who was not found has no reading");
    assert!(readings.iter().all(|reading| reading.shows(Verdict::Dismissed)));
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].query, "$top=500&$filter=riskLastUpdatedDateTime ge 2026-03-14T08:58:00Z");
}

#[tokio::test]
async fn users_are_found_without_the_filter_too_and_no_page_is_read_in_vain() {
    let server = Server::start(|_, seen: &Seen| {
        if seen.query.contains("$filter") {
            return Reply::status(400, error("BadRequest", "Invalid filter clause"));
        }
        let link = format!("http://{}/v1.0/more", seen.headers["host"]);
        Reply::json(list(&[user(1, "atRisk"), user(2, "none")], Some(&link)))
    })
    .await;
    let all = [wanted(user_target(1), Verdict::Safe), wanted(user_target(2), Verdict::Safe)];
    let readings = client(&server.url).read_back(&all).await.unwrap();
    assert_eq!(readings.len(), 2);
    assert!(!readings[0].shows(Verdict::Safe), "what is there is told, whatever it is");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn sign_ins_cost_one_list_for_each_verdict() {
    let server = Server::start(|_, seen: &Seen| {
        let (number, state) = if seen.query.contains("'confirmedSafe'") {
            (1, "confirmedSafe")
        } else {
            (2, "confirmedCompromised")
        };
        Reply::json(list(&[sign_in(number, state), sign_in(99, state)], None))
    })
    .await;
    let all = [
        wanted(sign_in_target(1), Verdict::Safe),
        wanted(sign_in_target(2), Verdict::Compromised),
        wanted(sign_in_target(3), Verdict::Compromised),
    ];
    let readings = client(&server.url).read_back(&all).await.unwrap();
    let found: Vec<(Target, RiskState)> =
        readings.into_iter().map(|reading| (reading.target, reading.state)).collect();
    assert_eq!(
        found,
        [(sign_in_target(1), RiskState::ConfirmedSafe), (sign_in_target(2), RiskState::ConfirmedCompromised)]
    );
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    let times = "createdDateTime ge 2026-03-14T04:00:00Z and createdDateTime le 2026-03-14T04:00:01Z";
    assert!(seen.iter().all(|seen| seen.query.contains(times)), "{seen:?}");
}

#[tokio::test]
async fn one_target_is_read_by_itself() {
    let server = Server::start(|_, seen: &Seen| match seen.path.rsplit('/').next().unwrap() {
        "3f2a9c10-6d4b-4e8f-9a21-000000000001" => Reply::json(user(1, "dismissed")),
        "7c1e5d4a-3b92-4f60-8a17-000000000001" | "7c1e5d4a-3b92-4f60-8a17-000000000002" => {
            Reply::json(sign_in(2, "dismissed"))
        }
        "7c1e5d4a-3b92-4f60-8a17-000000000003" => Reply::json("{".into()),
        _ => Reply::status(404, error("Request_ResourceNotFound", "does not exist")),
    })
    .await;
    let client = client(&server.url);
    assert!(client.read_one(user_target(1)).await.unwrap().unwrap().shows(Verdict::Dismissed));
    assert_eq!(client.read_one(user_target(2)).await, Ok(None));
    assert_eq!(client.read_one(sign_in_target(1)).await, Ok(None), "another one's answer is none");
    assert!(client.read_one(sign_in_target(2)).await.unwrap().is_some());
    let broken = client.read_one(sign_in_target(3)).await.unwrap_err();
    assert_eq!(broken.kind(), GraphErrorKind::Interrupted);
    let paths: Vec<String> = server.seen().iter().map(|seen| seen.path.clone()).collect();
    assert!(paths[0].starts_with("/v1.0/identityProtection/riskyUsers/"));
    assert!(paths[2].starts_with("/beta/auditLogs/signIns/"));
}

#[tokio::test]
async fn nothing_wanted_costs_nothing() {
    let server = Server::start(|_, _| Reply::Silence).await;
    assert_eq!(client(&server.url).read_back(&[]).await, Ok(Vec::new()));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_list_without_end_is_given_up() {
    let server = Server::start(|number, seen: &Seen| {
        let link = format!("http://{}/v1.0/more?{number}", seen.headers["host"]);
        Reply::json(list(&[user(1, "atRisk")], Some(&link)))
    })
    .await;
    let all = [wanted(user_target(2), Verdict::Safe)];
    assert_eq!(client(&server.url).read_back(&all).await, Ok(Vec::new()));
    assert_eq!(server.seen().len(), 40);
}
