use serde_json::{Value, json};

use super::probe::{Answer, Probe, answer, small, text};

const CLIENT: &str = "6f1c0a2e-9d3b-4c57-8e14-b2a7d05f3c90";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn post(probe: &Probe, path: &str, form: &[(&str, &str)]) -> Answer {
    let url = probe.url(&format!("contoso.example/oauth2/v2.0/{path}"));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    answer(probe.http.post(url).body(body).send().await.expect("an answer")).await
}

/// Whether a token may list risky users and dismiss one.
async fn powers(probe: &mut Probe, token: &Value) -> (u16, u16) {
    token.as_str().expect("a token").clone_into(&mut probe.token);
    let read = probe.get("v1.0/identityProtection/riskyUsers").await.status;
    let ids = [text(&probe.sign_ins_at_risk().await[0], "id").to_owned()];
    let body = json!({ "requestIds": ids });
    let write =
        probe.call(reqwest::Method::POST, "v1.0/auditLogs/signIns/confirmCompromised", Some(body)).await;
    (read, write.status)
}

#[tokio::test]
async fn an_application_signs_in_with_its_secret() {
    let mut probe = Probe::start(small());
    let form = |secret| {
        [
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT),
            ("client_secret", secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ]
    };
    let good = post(&probe, "token", &form("right")).await;
    assert_eq!((good.status, &good.body["token_type"]), (200, &json!("Bearer")));
    assert_eq!(powers(&mut probe, &good.body["access_token"]).await, (200, 204));
    let wrong = post(&probe, "token", &form("wrong")).await;
    assert_eq!((wrong.status, &wrong.body["error"]), (401, &json!("invalid_client")));
    assert!(text(&wrong.body, "error_description").starts_with("AADSTS7000215"));
    let missing = post(&probe, "token", &[("client_id", CLIENT)]).await;
    assert_eq!((missing.status, &missing.body["error"]), (400, &json!("invalid_request")));
}

#[tokio::test]
async fn a_person_signs_in_with_a_browser_and_stays_signed_in() {
    let mut probe = Probe::start(small());
    let redirect = "http://localhost:4711/";
    let tenant = probe.simulator.tenant_id();
    let request = probe.http.get(probe.url(&format!("{tenant}/oauth2/v2.0/authorize"))).query(&[
        ("client_id", CLIENT),
        ("response_type", "code"),
        ("redirect_uri", redirect),
        ("scope", "https://graph.microsoft.com/IdentityRiskyUser.Read.All AuditLog.Read.All offline_access"),
        ("state", "s & t"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let sent = request.send().await.expect("an answer");
    assert_eq!(sent.status(), 302);
    let target = url::Url::parse(sent.headers()["location"].to_str().expect("text")).expect("an address");
    let values: Vec<String> = target.query_pairs().map(|(_, value)| value.into_owned()).collect();
    assert_eq!((target.port(), values[1].as_str()), (Some(4711), "s & t"));
    let form = |verifier| {
        [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("code", values[0].as_str()),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ]
    };
    let good = post(&probe, "token", &form(VERIFIER)).await;
    assert_eq!(good.status, 200, "{}", good.body);
    assert_eq!(
        post(&probe, "token", &form(VERIFIER)).await.body["error"],
        "invalid_grant",
        "a code works once"
    );
    assert_eq!(powers(&mut probe, &good.body["access_token"]).await, (200, 403), "only the scopes asked for");
    let refresh = text(&good.body, "refresh_token").to_owned();
    let form = [("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", &refresh)];
    let renewed = post(&probe, "token", &form).await;
    assert_eq!(powers(&mut probe, &renewed.body["access_token"]).await, (200, 403));
}

#[tokio::test]
async fn a_wrong_verifier_is_refused() {
    let probe = Probe::start(small());
    let address = format!(
        "common/oauth2/v2.0/authorize?client_id={CLIENT}&response_type=code&redirect_uri=http://localhost/&scope=x\
         &code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let sent = probe.http.get(probe.url(&address)).send().await.expect("an answer");
    let target = url::Url::parse(sent.headers()["location"].to_str().expect("text")).expect("an address");
    let code = target.query_pairs().next().expect("a code").1.into_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("code", &code),
        ("redirect_uri", "http://localhost/"),
        ("code_verifier", "another"),
    ];
    assert_eq!(post(&probe, "token", &form).await.body["error"], "invalid_grant");
}

#[tokio::test]
async fn a_device_code_is_pending_slows_the_hasty_and_is_approved() {
    let mut probe = Probe::start(small());
    let begun =
        post(&probe, "devicecode", &[("client_id", CLIENT), ("scope", ".default offline_access")]).await;
    let code = text(&begun.body, "device_code").to_owned();
    assert!(text(&begun.body, "message").contains(text(&begun.body, "user_code")));
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", CLIENT),
        ("device_code", &code),
    ];
    assert_eq!(post(&probe, "token", &form).await.body["error"], "authorization_pending");
    assert_eq!(post(&probe, "token", &form).await.body["error"], "slow_down");
    let mut seen = Vec::new();
    let approved = loop {
        // The protocol itself asks for a pause between polls.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let answer = post(&probe, "token", &form).await;
        if answer.status == 200 {
            break answer.body;
        }
        seen.push(text(&answer.body, "error").to_owned());
        assert!(seen.len() < 5, "{seen:?}");
    };
    assert_eq!(seen, ["authorization_pending"]);
    assert_eq!(powers(&mut probe, &approved["access_token"]).await, (200, 204));
}
