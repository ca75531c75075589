use super::server::{Reply, Server, nobody};
use super::{CANARY, Source, client, client_of, error, list, sign_in, user};
use crate::entity::{RiskyUser, SignIn};
use crate::graph::{
    Client, DetectionsQuery, GraphError, GraphErrorKind, Listing, Page, Priority, Remedy, SignInsQuery,
    UsersQuery,
};
use chrono::Utc;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

type Pages = Vec<(usize, usize, bool)>;

/// Lists the default view of users: the outcome, and number, rows and `more` of each page.
async fn users(client: &Client) -> (Result<Listing, GraphError>, Pages) {
    let mut pages = Vec::new();
    let on_page = |page: Page<RiskyUser>| {
        pages.push((page.number, page.rows.len(), page.more));
        ControlFlow::Continue(())
    };
    let outcome = client.users(UsersQuery::at_risk(), Priority::Read, on_page).await;
    (outcome, pages)
}

async fn refusal(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (GraphError, usize) {
    let server = Server::start(move |_, _| reply()).await;
    let error = users(&client(&server.url)).await.0.unwrap_err();
    (error, server.seen().len())
}

#[tokio::test]
async fn pages_are_followed_through_empty_ones_and_carry_all_headers() {
    let server = Server::start(|number, seen| {
        let host = &seen.headers["host"];
        let link = format!("http://{host}/v1.0/identityProtection/riskyUsers?$skiptoken=p{number}");
        Reply::json(match number {
            0 => list(&[user(1, "atRisk"), "{}".into()], Some(&link)),
            1 => list(&[], Some(&link)),
            _ => list(&[user(2, "atRisk"), user(3, "confirmedCompromised")], None),
        })
    })
    .await;
    let client = client(&server.url);
    let mut records = client.requests();
    let (outcome, pages) = users(&client).await;
    let listing = outcome.unwrap();
    assert_eq!((listing.rows, listing.rejected, listing.pages, listing.narrowed_here), (3, 1, 3, false));
    assert_eq!(pages, [(1, 1, true), (2, 0, true), (3, 2, false)]);
    let seen = server.seen();
    assert_eq!(
        seen[0].query,
        "$top=500&$filter=(riskState eq 'atRisk' or riskState eq 'confirmedCompromised')"
    );
    assert_eq!(seen[2].query, "$skiptoken=p1");
    let mut ids = HashSet::new();
    for seen in &seen {
        assert_eq!(seen.headers["prefer"], "include-unknown-enum-members");
        assert_eq!(seen.headers["accept"], "application/json");
        assert_eq!(seen.headers["user-agent"], concat!("entriage/", env!("CARGO_PKG_VERSION")));
        assert_eq!(seen.headers["authorization"], format!("Bearer {CANARY}-0"));
        ids.insert(seen.headers["client-request-id"].parse::<uuid::Uuid>().unwrap());
    }
    assert_eq!(ids.len(), 3, "each request has an id of its own");
    let record = records.try_recv().unwrap();
    assert_eq!((record.method, record.status, record.ids), ("GET", Some(200), 0));
    assert_eq!(record.path, "/v1.0/identityProtection/riskyUsers");
}

#[tokio::test]
async fn the_receiver_can_stop() {
    let server = Server::start(|_, seen| {
        let link = format!("http://{}/v1.0/next", seen.headers["host"]);
        Reply::json(list(&[user(1, "atRisk")], Some(&link)))
    })
    .await;
    let stop = |_: Page<RiskyUser>| ControlFlow::Break(());
    let listing = client(&server.url).users(UsersQuery::all(), Priority::Read, stop).await.unwrap();
    assert!(listing.stopped && listing.pages == 1 && server.seen().len() == 1);
}

#[tokio::test]
async fn a_refused_filter_is_done_here_and_not_tried_again() {
    let server = Server::start(|_, seen| {
        if seen.query.contains("$filter") {
            Reply::status(400, error("BadRequest", "Invalid filter clause"))
        } else {
            let mut deleted = user(3, "atRisk");
            deleted.insert_str(1, r#""isDeleted":true,"#);
            Reply::json(list(&[user(1, "atRisk"), user(2, "dismissed"), deleted], None))
        }
    })
    .await;
    let client = client(&server.url);
    let (first, pages) = users(&client).await;
    let first = first.unwrap();
    assert!(first.narrowed_here && first.refused.len() == 1 && first.left_out == 2, "{first:?}");
    assert_eq!(pages, [(1, 1, false)]);
    assert_eq!(server.seen().len(), 2);
    assert!(users(&client).await.0.unwrap().narrowed_here);
    assert_eq!(server.seen().len(), 3, "the refused filter costs no request any more");
}

#[tokio::test]
async fn a_list_that_is_refused_in_every_way_is_an_error_and_forgets_nothing() {
    let server = Server::start(|_, _| Reply::status(400, error("BadRequest", "no"))).await;
    let client = client(&server.url);
    for requests in [2, 4] {
        let error = users(&client).await.0.unwrap_err();
        assert_eq!((error.kind(), error.passes()), (GraphErrorKind::Refused, Remedy::Report));
        assert_eq!(server.seen().len(), requests, "the filter is not blamed for what all ways share");
    }
}

#[tokio::test]
async fn sign_ins_give_up_filters_one_by_one() {
    for (refused, requests, narrowed, interactive_only) in [
        ("nothing", 1, false, false),
        ("riskState eq 'atRisk' and signIn", 2, true, false),
        ("signInEventTypes", 3, false, true),
        ("i", 4, true, true),
    ] {
        let refuse = move |_, seen: &super::server::Seen| {
            let filter = seen.query.split_once("$filter=").unwrap().1;
            // "i" stands for everything but the time alone.
            let refuse = if refused == "i" { filter.contains(" and ") } else { filter.contains(refused) };
            if refuse {
                Reply::status(400, error("BadRequest", "Invalid filter clause"))
            } else {
                Reply::json(list(&[sign_in(1, "atRisk"), sign_in(2, "none")], None))
            }
        };
        let server = Server::start(refuse).await;
        let mut rows = 0;
        let on_page = |page: Page<SignIn>| {
            rows += page.rows.len();
            ControlFlow::Continue(())
        };
        let query = SignInsQuery::at_risk(Utc::now() - chrono::TimeDelta::days(7));
        let listing = client(&server.url).sign_ins(query, Priority::Read, on_page).await.unwrap();
        let seen = server.seen();
        assert_eq!(seen.len(), requests, "{refused}");
        assert!(seen.iter().all(|seen| seen.path == "/beta/auditLogs/signIns"));
        assert!(seen[0].query.starts_with("$top=1000&$filter=createdDateTime ge 2"), "{}", seen[0].query);
        assert_eq!(
            (listing.narrowed_here, listing.interactive_only),
            (narrowed, interactive_only),
            "{refused}"
        );
        assert_eq!(rows, 1, "what does not match is left out in every way");
    }
}

#[tokio::test]
async fn detections_are_sorted_out_by_time_here() {
    let server = Server::start(|_, _| {
        Reply::json(list(
            &[
                r#"{"id":"a","riskState":"atRisk","detectedDateTime":"2026-03-14T08:00:00Z"}"#.into(),
                r#"{"id":"b","riskState":"atRisk","detectedDateTime":"2026-01-01T08:00:00Z"}"#.into(),
                r#"{"id":"c","riskState":"atRisk"}"#.into(),
            ],
            None,
        ))
    })
    .await;
    let since = "2026-03-01T00:00:00Z".parse().unwrap();
    let listing = client(&server.url)
        .detections(DetectionsQuery::at_risk(since), Priority::Background, |_| ControlFlow::Continue(()))
        .await
        .unwrap();
    assert_eq!((listing.rows, listing.left_out), (2, 1), "one without any time stays");
    assert_eq!(server.seen()[0].query, "$top=500&$filter=riskState eq 'atRisk'");
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let cut = format!("HTTP/1.1 200 X\r\ncontent-length: 500\r\n\r\n{}", list(&[], None));
    let half = r#"{"value":[{"id":"3f2a9c10-6d"#;
    let faults: Vec<Box<dyn Fn() -> Reply + Send + Sync>> = vec![
        Box::new(|| Reply::status(429, String::new())),
        Box::new(|| Reply::Http(429, vec![("retry-after", "7".into())], "<html>".into())),
        Box::new(|| Reply::status(503, String::new())),
        Box::new(|| Reply::status(500, "{".into())),
        Box::new(|| Reply::Reset),
        Box::new(|| Reply::Silence),
        Box::new(move || Reply::Raw(cut.clone())),
        Box::new(|| Reply::json(half.into())),
        Box::new(|| Reply::Raw("HTTP/1.1 20".into())),
    ];
    for (position, fault) in faults.into_iter().enumerate() {
        let good = list(&[user(1, "atRisk")], None);
        let answer = move |number, _: &_| if number == 0 { fault() } else { Reply::json(good.clone()) };
        let server = Server::start(answer).await;
        let client = client(&server.url);
        let (outcome, pages) = users(&client).await;
        assert_eq!(outcome.map(|listing| listing.rows), Ok(1), "fault {position}");
        assert_eq!((pages.len(), server.seen().len()), (1, 2), "fault {position}");
        let view = client.budgets().view().borrow().identity_protection;
        assert_eq!(view.last_throttled.is_some(), position < 2, "fault {position}");
    }
}

#[tokio::test]
async fn what_does_not_pass_ends() {
    for (status, requests, kind) in [(429, 13, GraphErrorKind::Throttled), (503, 5, GraphErrorKind::Service)]
    {
        let (error, seen) = refusal(move || Reply::status(status, String::new())).await;
        assert_eq!((error.kind(), error.passes(), seen), (kind, Remedy::Time, requests));
        assert_eq!(error.request_id().unwrap().as_str(), "r-1");
    }
    let (error, seen) = refusal(|| Reply::Reset).await;
    assert_eq!((error.kind(), seen), (GraphErrorKind::Interrupted, 5));
    let (error, seen) = refusal(|| Reply::json(r#"{"value":["#.into())).await;
    assert_eq!((error.kind(), seen), (GraphErrorKind::Interrupted, 3));
}

#[tokio::test]
async fn nobody_there_is_said_so() {
    let client = client(&nobody().await);
    let mut records = client.requests();
    let error = users(&client).await.0.unwrap_err();
    assert_eq!((error.kind(), error.passes()), (GraphErrorKind::NotReachable, Remedy::Time));
    assert_eq!(records.try_recv().unwrap().failure, Some(GraphErrorKind::NotReachable));
    assert_eq!(records.len(), 2, "three attempts, each with its record");
    assert_eq!((error.attempted(), error.host()), ("list risky users", "127.0.0.1"));
    assert!(error.to_string().contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn something_else_that_answers_is_not_taken_for_graph() {
    let page = || vec![("content-type", "text/html; charset=utf-8".to_owned())];
    let html = "<html>Welcome to the hotel</html>";
    for status in [200, 403, 404] {
        let (error, seen) = refusal(move || Reply::Http(status, page(), html.into())).await;
        assert_eq!((error.kind(), error.passes(), seen), (GraphErrorKind::NotGraph, Remedy::Person, 1));
    }
    for body in ["{}", "[]", "7", r#"{"value":{}}"#, r#"{"value":[],"@odata.nextLink":7}"#] {
        let (error, seen) = refusal(move || Reply::json(body.into())).await;
        assert_eq!((error.kind(), seen), (GraphErrorKind::NotGraph, 1), "{body}");
    }
    let (error, _) = refusal(|| Reply::status(204, String::new())).await;
    assert_eq!(error.kind(), GraphErrorKind::NotGraph);
}

#[tokio::test]
async fn a_page_that_does_not_end_is_not_read_to_its_end() {
    let (error, seen) = refusal(|| Reply::json(" ".repeat((32 << 20) + 1))).await;
    assert_eq!((error.kind(), seen), (GraphErrorKind::TooLong, 1));
}

#[tokio::test]
async fn no_token_goes_to_another_server() {
    let other = Server::start(|_, _| Reply::json(list(&[], None))).await;
    let link = format!("{}/v1.0/identityProtection/riskyUsers?$skiptoken=x", other.url);
    let server = Server::start(move |_, _| Reply::json(list(&[user(1, "atRisk")], Some(&link)))).await;
    let (outcome, pages) = users(&client(&server.url)).await;
    assert_eq!(outcome.unwrap_err().kind(), GraphErrorKind::ForeignLink);
    assert_eq!(pages, [(1, 1, false)], "what was read before stays");

    for status in [301, 302, 307, 308] {
        let location = format!("{}/elsewhere", other.url);
        let (error, seen) =
            refusal(move || Reply::Http(status, vec![("location", location.clone())], String::new())).await;
        assert_eq!((error.kind(), seen), (GraphErrorKind::NotGraph, 1));
    }
    assert!(other.seen().is_empty(), "{:?}", other.seen());
}

#[tokio::test]
async fn a_list_that_leads_back_ends() {
    let server = Server::start(|_, seen| {
        let link = format!("http://{}/v1.0/again", seen.headers["host"]);
        Reply::json(list(&[user(1, "atRisk")], Some(&link)))
    })
    .await;
    let (outcome, pages) = users(&client(&server.url)).await;
    assert_eq!(outcome.unwrap_err().kind(), GraphErrorKind::TooLong);
    assert_eq!(pages.len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let expired = || Reply::status(401, error("InvalidAuthenticationToken", "expired"));
    let good = || Reply::json(list(&[user(1, "atRisk")], None));
    let server = Server::start(move |number, _| if number == 0 { expired() } else { good() }).await;
    let source: Arc<Source> = Arc::default();
    let client = client_of(&server.url, Arc::clone(&source));
    assert!(users(&client).await.0.is_ok());
    let tokens: Vec<String> =
        server.seen().iter().map(|seen| seen.headers["authorization"].clone()).collect();
    assert_eq!(tokens, [format!("Bearer {CANARY}-0"), format!("Bearer {CANARY}-1")]);
    assert_eq!(source.asked.lock().unwrap().len(), 1);

    let (error, seen) = refusal(expired).await;
    assert_eq!((error.kind(), error.passes(), seen), (GraphErrorKind::Unauthorised, Remedy::Person, 2));

    let server = Server::start(move |_, _| expired()).await;
    let stubborn = Arc::new(Source { stubborn: true, ..Source::default() });
    let error = users(&client_of(&server.url, stubborn)).await.0.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(server.seen().len(), 1, "the same token is not sent twice");
}

#[tokio::test]
async fn a_challenge_reaches_the_credential_and_the_error() {
    let challenge = r#"Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ==""#;
    let server = Server::start(move |_, _| {
        Reply::Http(401, vec![("www-authenticate", challenge.into())], String::new())
    })
    .await;
    let source: Arc<Source> = Arc::default();
    let error = users(&client_of(&server.url, Arc::clone(&source))).await.0.unwrap_err();
    assert_eq!(error.claims(), Some("eyJhIjoxfQ=="));
    assert!(error.next().contains("Conditional Access"));
    assert_eq!(source.asked.lock().unwrap()[0].claims.as_deref(), Some("eyJhIjoxfQ=="));
}

#[tokio::test]
async fn a_403_says_what_is_missing() {
    let scope = "You cannot perform the requested operation, required scopes are missing in the token.";
    let (missing, seen) = refusal(move || Reply::status(403, error("Forbidden", scope))).await;
    assert_eq!((missing.kind(), seen), (GraphErrorKind::Forbidden, 1));
    assert!(missing.next().contains("IdentityRiskyUser.Read.All"), "{}", missing.next());
    let code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
    let (licence, _) = refusal(move || Reply::status(403, error(code, "Neither tenant is B2C or ..."))).await;
    assert_eq!(licence.kind(), GraphErrorKind::Licence);
    assert!(licence.next().contains("P1 or P2"));
}

#[tokio::test]
async fn a_hostile_message_is_harmless() {
    let (error, _) = refusal(|| Reply::status(403, error("a\u{1b}]0;x\u{7}", "b\u{202e}\u{1b}[2J"))).await;
    for text in [error.to_string(), format!("{error:?}"), error.reason(), error.next()] {
        assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
    }
    assert!(error.to_string().contains("b<202E>␛[2J"), "{error}");
}

#[tokio::test]
async fn a_history_is_read_whole() {
    let server = Server::start(|number, seen| {
        let link = format!("http://{}/v1.0/more", seen.headers["host"]);
        Reply::json(list(
            &[r#"{"id":"x","riskState":"atRisk"}"#.into()],
            (number == 0).then_some(link.as_str()),
        ))
    })
    .await;
    let user = "3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01".parse().unwrap();
    let history = client(&server.url).history(user, Priority::Read).await.unwrap();
    assert_eq!(history.rows.len(), 2);
    let first = &server.seen()[0];
    assert_eq!(first.path, format!("/v1.0/identityProtection/riskyUsers/{user}/history"));
    assert_eq!(first.query, "");
}

#[tokio::test]
async fn no_token_is_shown_or_recorded() {
    for fault in [401, 403, 500, 200] {
        let echo = move |_, seen: &super::server::Seen| {
            let said = &seen.headers["authorization"];
            assert!(said.contains(CANARY));
            Reply::status(fault, "<html>".into())
        };
        let server = Server::start(echo).await;
        let client = client(&server.url);
        let mut records = client.requests();
        let error = users(&client).await.0.unwrap_err();
        let record = records.try_recv().unwrap();
        let shown =
            format!("{client:?} {error} {error:?} {} {record:?} {:?}", error.next(), client.budgets());
        assert!(!shown.contains("canary"), "{shown}");
    }
}

/// The payloads of the reference, where they lie beside the sources.
#[tokio::test]
async fn the_example_payloads_are_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/graph/examples");
    let Ok(body) = std::fs::read_to_string(folder.join("signins-beta-page.json")) else { return };
    let server = Server::start(move |number, seen| {
        let here = body.replace("https://graph.microsoft.com", &format!("http://{}", seen.headers["host"]));
        Reply::json(if number == 0 { here } else { list(&[], None) })
    })
    .await;
    let query = SignInsQuery::all(Utc::now());
    let read = client(&server.url).sign_ins(query, Priority::Read, |_| ControlFlow::Continue(())).await;
    assert_eq!(read.map(|listing| (listing.rows, listing.rejected, listing.pages)), Ok((3, 0, 2)));

    for (file, kind) in [
        ("error-400-bad-request.json", GraphErrorKind::Refused),
        ("error-401-expired-token.json", GraphErrorKind::Unauthorised),
        ("error-403-missing-scope.json", GraphErrorKind::Forbidden),
        ("error-403-no-premium-licence.json", GraphErrorKind::Licence),
        ("error-404-not-found.json", GraphErrorKind::NotFound),
        ("error-429-throttled.json", GraphErrorKind::Throttled),
        ("error-503-unavailable.json", GraphErrorKind::Service),
    ] {
        let body = std::fs::read_to_string(folder.join(file)).unwrap();
        let status = file[6..9].parse().unwrap();
        let (error, _) = refusal(move || Reply::Http(status, Vec::new(), body.clone())).await;
        assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{file}");
        assert!(error.request_id().is_some(), "{file}: the id in the body is used where no header has it");
    }
}
