use super::server::{Reply, Server, nobody};
use super::{CANARY, Source, client, client_of, error};
use crate::entity::{Batch, Ids, Target, Verdict};
use crate::graph::{Answer, AnswerClass, GraphErrorKind};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const FIRST: &str = "7c1e5d4a-3b92-4f60-8a17-2d9e6b530100";
const SECOND: &str = "7c1e5d4a-3b92-4f60-8a17-2d9e6b530200";

fn sign_ins(verdict: Verdict) -> Batch {
    Batch { verdict, ids: Ids::SignIns(vec![FIRST.parse().unwrap(), SECOND.parse().unwrap()]) }
}

fn users(verdict: Verdict) -> Batch {
    Batch::new(verdict, &[Target::User(FIRST.parse().unwrap())]).unwrap()
}

fn done() -> Reply {
    Reply::Http(204, vec![("request-id", "r-9".into())], String::new())
}

/// The answer to a verdict that is met with `reply`, and how many requests were seen.
async fn answer(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (Answer, usize) {
    let server = Server::start(move |_, _| reply()).await;
    let answer = client(&server.url).act(&sign_ins(Verdict::Safe), Uuid::new_v4()).await;
    (answer, server.seen().len())
}

#[tokio::test]
async fn a_verdict_is_one_post_with_ids_of_its_kind() {
    let server = Server::start(|_, _| done()).await;
    let client = client(&server.url);
    let mut records = client.requests();
    let id = Uuid::new_v4();
    let answer = client.act(&sign_ins(Verdict::Compromised), id).await;
    assert_eq!(
        answer,
        Answer {
            class: AnswerClass::Accepted,
            status: Some(204),
            request_id: Some("r-9".into()),
            client_request_id: id,
            error: None
        }
    );
    client.act_unpaced(&users(Verdict::Dismissed), Uuid::new_v4()).await;
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].method, "POST");
    assert_eq!(seen[0].path, "/v1.0/auditLogs/signIns/confirmCompromised");
    assert_eq!(seen[0].body, format!(r#"{{"requestIds":["{FIRST}","{SECOND}"]}}"#));
    assert_eq!(seen[0].headers["client-request-id"], id.to_string());
    assert_eq!(seen[0].headers["content-type"], "application/json");
    assert_eq!(seen[0].headers["prefer"], "include-unknown-enum-members");
    assert_eq!(seen[1].path, "/v1.0/identityProtection/riskyUsers/dismiss");
    assert_eq!(seen[1].body, format!(r#"{{"userIds":["{FIRST}"]}}"#));
    let record = records.try_recv().unwrap();
    assert_eq!((record.method, record.ids, record.status), ("POST", 2, Some(204)));
    assert_eq!((record.client_request_id, record.request_id.as_deref()), (id, Some("r-9")));
}

#[tokio::test]
async fn each_status_proves_what_it_proves() {
    use AnswerClass::{Busy, Forbidden, Refused, Throttled, TooMany, Unauthorised, Unknown};
    for (status, class) in [
        (200, Unknown),
        (201, Unknown),
        (202, Unknown),
        (301, Unknown),
        (307, Unknown),
        (400, Refused),
        (401, Unauthorised { claims: false }),
        (402, Unknown),
        (403, Forbidden),
        (404, Refused),
        (405, Refused),
        (408, Unknown),
        (409, Busy),
        (410, Refused),
        (412, Busy),
        (413, TooMany),
        (415, Refused),
        (418, Unknown),
        (422, Refused),
        (423, Busy),
        (424, Unknown),
        (429, Throttled { retry_after: None }),
        (500, Unknown),
        (502, Unknown),
        (503, Unknown),
        (504, Unknown),
        (509, Throttled { retry_after: None }),
    ] {
        let (answer, seen) = answer(move || Reply::status(status, error("x", "y"))).await;
        assert_eq!((answer.class, answer.status, seen), (class, Some(status), 1), "{status}");
        assert_eq!(answer.request_id.as_deref(), Some("r-1"), "{status}");
        assert!(answer.error.is_some(), "{status}");
    }
}

#[tokio::test]
async fn headers_and_bodies_refine_it() {
    let header = |status, name, value: &'static str| {
        answer(move || Reply::Http(status, vec![(name, value.into())], String::new()))
    };
    let asked = |seconds| AnswerClass::Throttled { retry_after: seconds };
    assert_eq!(header(429, "retry-after", "120").await.0.class, asked(Some(Duration::from_secs(120))));
    assert_eq!(header(429, "retry-after", "-1").await.0.class, asked(None));
    assert_eq!(header(429, "retry-after", "1000000000").await.0.class, asked(None));
    let challenge = r#"Bearer error="insufficient_claims", claims="eyJ9""#;
    for status in [401, 403] {
        let answer = header(status, "www-authenticate", challenge).await.0;
        assert_eq!(answer.class, AnswerClass::Unauthorised { claims: true });
        assert_eq!(answer.error.unwrap().claims(), Some("eyJ9"));
    }
    let too_many = || Reply::status(400, error("BadRequest", "Too many ids: at most 60."));
    assert_eq!(answer(too_many).await.0.class, AnswerClass::TooMany);
}

#[tokio::test]
async fn a_204_that_is_not_from_graph_proves_nothing() {
    let (answer, seen) = answer(|| Reply::Http(204, Vec::new(), String::new())).await;
    assert_eq!((answer.class, answer.status, seen), (AnswerClass::Unknown, Some(204), 1));
    assert_eq!(answer.error.unwrap().kind(), GraphErrorKind::NotGraph);
}

#[tokio::test]
async fn only_no_connection_proves_that_nothing_was_sent() {
    let refused = client(&nobody().await).act(&users(Verdict::Safe), Uuid::new_v4()).await;
    assert_eq!((refused.class, refused.status), (AnswerClass::NotSent, None));
    assert_eq!(refused.error.unwrap().kind(), GraphErrorKind::NotReachable);

    for (name, reply) in [
        ("reset", Box::new(|| Reply::Reset) as Box<dyn Fn() -> Reply + Send + Sync>),
        ("silence", Box::new(|| Reply::Silence)),
        ("nothing", Box::new(|| Reply::Raw(String::new()))),
        ("half a status line", Box::new(|| Reply::Raw("HTTP/1.1 20".into()))),
        ("half the headers", Box::new(|| Reply::Raw("HTTP/1.1 204 X\r\nrequest-id: r".into()))),
        ("garbage", Box::new(|| Reply::Raw("SSH-2.0-x\r\n\r\n".into()))),
        (
            "200 KiB of headers",
            Box::new(|| Reply::Raw(format!("HTTP/1.1 204 X\r\nx: {}\r\n\r\n", "y".repeat(600 * 1024)))),
        ),
    ] {
        let (answer, seen) = answer(reply).await;
        assert_eq!((answer.class, seen), (AnswerClass::Unknown, 1), "{name}");
        assert_eq!(answer.error.unwrap().kind(), GraphErrorKind::Interrupted, "{name}");
    }
}

#[tokio::test]
async fn a_known_status_counts_although_its_body_is_lost() {
    for (head, class) in [
        ("HTTP/1.1 429 X\r\ncontent-length: 900", AnswerClass::Throttled { retry_after: None }),
        ("HTTP/1.1 400 X\r\ncontent-length: 900", AnswerClass::Refused),
    ] {
        let (answer, seen) = answer(move || Reply::Raw(format!("{head}\r\n\r\n{{\"error\":"))).await;
        assert_eq!((answer.class, seen), (class, 1));
    }
}

#[tokio::test]
async fn a_redirect_of_a_verdict_is_not_followed() {
    let other = Server::start(|_, _| done()).await;
    for status in [301, 307, 308] {
        let location = format!("{}/v1.0/auditLogs/signIns/confirmSafe", other.url);
        let (answer, seen) =
            answer(move || Reply::Http(status, vec![("location", location.clone())], String::new())).await;
        assert_eq!((answer.class, seen), (AnswerClass::Unknown, 1));
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_refused_token_is_replaced_before_the_next_verdict_and_not_within_one() {
    let server = Server::start(|number, _| {
        if number == 0 { Reply::status(401, error("InvalidAuthenticationToken", "expired")) } else { done() }
    })
    .await;
    let source: Arc<Source> = Arc::default();
    let client = client_of(&server.url, Arc::clone(&source));
    let first = client.act(&users(Verdict::Safe), Uuid::new_v4()).await;
    assert_eq!(first.class, AnswerClass::Unauthorised { claims: false });
    assert_eq!(server.seen().len(), 1);
    let second = client.act(&users(Verdict::Safe), Uuid::new_v4()).await;
    assert_eq!(second.class, AnswerClass::Accepted);
    assert_eq!(server.seen()[1].headers["authorization"], format!("Bearer {CANARY}-1"));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    #[derive(Debug)]
    struct SignedOut;
    #[async_trait::async_trait]
    impl azure_core::credentials::TokenCredential for SignedOut {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<azure_core::credentials::TokenRequestOptions<'_>>,
        ) -> azure_core::Result<azure_core::credentials::AccessToken> {
            let kind = azure_core::error::ErrorKind::Credential;
            Err(azure_core::Error::with_message(kind, "AADSTS50173: the grant is\r\nrevoked"))
        }
    }
    let server = Server::start(|_, _| done()).await;
    let budgets = crate::graph::Budgets::unlimited();
    let client =
        crate::graph::Client::new(server.url.parse().unwrap(), Arc::new(SignedOut), budgets).unwrap();
    let answer = client.act(&users(Verdict::Safe), Uuid::new_v4()).await;
    assert_eq!(answer.class, AnswerClass::Unauthorised { claims: false });
    let error = answer.error.unwrap();
    assert_eq!(error.kind(), GraphErrorKind::NotSignedIn);
    assert!(error.message().contains("AADSTS50173: the grant is␍␊revoked"), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn no_answer_shows_the_token() {
    for status in [204, 200, 401, 403, 500] {
        let (answer, _) = answer(move || Reply::Http(status, Vec::new(), "<html>".into())).await;
        assert!(!format!("{answer:?}").contains("canary"));
    }
}
