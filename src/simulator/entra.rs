//! A token endpoint in the manner of Entra: client secret, authorization code with PKCE, device code, refresh token.
//! Whoever asks is the analyst of the demo; there is nobody to ask for a password.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fastrand::Rng;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::listing::Query;
use super::records::{Tenant, derived};
use super::scenery::DOMAIN;
use super::service::{Call, Reply};
use super::tenant::{ANALYST, new_id};
use super::token::{ALL_SCOPES, Mint, Subject};

/// The client secret that is refused; every other one is right.
const WRONG_SECRET: &str = "wrong";
/// Seconds a token lives.
const LIFETIME: i64 = 3_600;
/// Seconds between polls of a device code.
const INTERVAL: u64 = 1;
/// Polls that are answered "pending" before the person has signed in.
const PENDING_POLLS: u32 = 2;

/// What was handed out and can be turned into a token.
#[derive(Debug, Default)]
pub(super) struct Entra {
    codes: BTreeMap<String, Code>,
    devices: BTreeMap<String, Device>,
    /// Refresh token to client and scopes.
    refresh: BTreeMap<String, (String, String)>,
}

#[derive(Debug)]
struct Code {
    client: String,
    redirect: String,
    challenge: String,
    scopes: String,
}

#[derive(Debug)]
struct Device {
    client: String,
    scopes: String,
    polls: u32,
    polled: Option<Instant>,
    slowed: u64,
}

/// An error as Entra writes it.
struct Denied {
    status: u16,
    error: &'static str,
    number: u32,
    text: String,
}

impl Denied {
    fn new(status: u16, error: &'static str, number: u32, text: impl Into<String>) -> Self {
        Self { status, error, number, text: text.into() }
    }

    fn missing(name: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        Self::new(400, "invalid_request", 900_144, text)
    }

    fn invalid_grant(number: u32, text: &str) -> Self {
        Self::new(400, "invalid_grant", number, text)
    }

    fn reply(self, trace: Uuid) -> Reply {
        let number = self.number;
        let description = format!("AADSTS{number}: {} Trace ID: {trace} Correlation ID: {trace}", self.text);
        let body = json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [number],
            "trace_id": trace,
            "correlation_id": trace,
        });
        Reply::json(self.status, &body)
    }
}

/// The path with the tenant replaced, for counting.
pub(super) fn public_path(path: &str) -> &'static str {
    match path.rsplit('/').next() {
        Some("token") => "/{tenant}/oauth2/v2.0/token",
        Some("devicecode") => "/{tenant}/oauth2/v2.0/devicecode",
        Some("authorize") => "/{tenant}/oauth2/v2.0/authorize",
        Some("openid-configuration") => "/{tenant}/v2.0/.well-known/openid-configuration",
        _ => "/{tenant}/oauth2/other",
    }
}

/// What a call is answered with.
struct Scene<'a> {
    tenant: &'a Tenant,
    mint: &'a Mint,
    rng: &'a mut Rng,
    now: i64,
    form: Query,
    host: &'a str,
}

impl Scene<'_> {
    fn field(&self, name: &str) -> Result<&str, Denied> {
        self.form.get(name).filter(|value| !value.is_empty()).ok_or_else(|| Denied::missing(name))
    }

    fn client(&self) -> Result<String, Denied> {
        let client = self.field("client_id")?;
        if let Ok(id) = Uuid::try_parse(client) {
            return Ok(id.to_string());
        }
        let text = format!("Application with identifier '{client}' was not found in the directory.");
        Err(Denied::new(400, "unauthorized_client", 700_016, text))
    }
}

impl Entra {
    pub(super) fn answer(
        &mut self,
        call: &Call,
        tenant: &Tenant,
        mint: &Mint,
        rng: &mut Rng,
        now: i64,
    ) -> Reply {
        let trace = new_id(rng);
        let mut segments = call.path.trim_start_matches('/').splitn(2, '/');
        let name = segments.next().unwrap_or_default();
        let rest = segments.next().unwrap_or_default();
        let form = if call.method == "POST" {
            Query::parse(&String::from_utf8_lossy(&call.body))
        } else {
            Query::parse(&call.query)
        };
        let mut scene = Scene { tenant, mint, rng, now, form, host: &call.host };
        let outcome = known_tenant(tenant, name).and_then(|()| match (call.method.as_str(), rest) {
            ("POST", "oauth2/v2.0/token") => self.token(&mut scene),
            ("POST", "oauth2/v2.0/devicecode") => self.device_code(&mut scene, name),
            ("GET", "oauth2/v2.0/authorize") => self.authorize(&mut scene),
            ("GET", "v2.0/.well-known/openid-configuration") => Ok(configuration(tenant, &call.host)),
            (_, "oauth2/v2.0/token" | "oauth2/v2.0/devicecode" | "oauth2/v2.0/authorize") => {
                Err(Denied::new(405, "invalid_request", 900_561, "The endpoint only accepts another method."))
            }
            _ => Err(Denied::new(404, "invalid_request", 90_014, "No such endpoint.")),
        });
        outcome.unwrap_or_else(|denied| denied.reply(trace))
    }

    fn token(&mut self, scene: &mut Scene<'_>) -> Result<Reply, Denied> {
        let client = scene.client()?;
        match scene.field("grant_type")? {
            "client_credentials" => {
                client_credentials(scene)?;
                Ok(application_token(scene, &client))
            }
            "authorization_code" => {
                let scopes = self.redeem_code(scene, &client)?;
                Ok(self.person_token(scene, &client, &scopes))
            }
            "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => {
                let scopes = self.poll_device(scene, &client)?;
                Ok(self.person_token(scene, &client, &scopes))
            }
            "refresh_token" => {
                let token = scene.field("refresh_token")?;
                let known = self.refresh.get(token).filter(|(owner, _)| *owner == client);
                let old = known.map(|(_, scopes)| scopes.clone()).ok_or_else(|| {
                    Denied::invalid_grant(70_000, "Provided grant is invalid or malformed.")
                })?;
                let scopes = scene.form.get("scope").map_or(old, granted);
                Ok(self.person_token(scene, &client, &scopes))
            }
            other => {
                let text = format!("The grant type '{other}' is not supported.");
                Err(Denied::new(400, "unsupported_grant_type", 70_003, text))
            }
        }
    }

    /// Signs the analyst in at once and sends the browser back with a code.
    fn authorize(&mut self, scene: &mut Scene<'_>) -> Result<Reply, Denied> {
        let client = scene.client()?;
        let redirect = scene.field("redirect_uri")?.to_owned();
        let mut target = Url::parse(&redirect)
            .map_err(|_| Denied::new(400, "invalid_request", 50_011, "The redirect URI is malformed."))?;
        if scene.field("response_type")? != "code" {
            return Err(Denied::new(400, "unsupported_response_type", 700_051, "Only 'code' is supported."));
        }
        let challenge = scene.field("code_challenge")?.to_owned();
        if scene.form.get("code_challenge_method") != Some("S256") {
            return Err(Denied::new(400, "invalid_request", 501_481, "Only the method S256 is supported."));
        }
        let scopes = granted(scene.form.get("scope").unwrap_or_default());
        let state = scene.form.get("state").map(str::to_owned);
        let code = new_id(scene.rng).simple().to_string();
        self.codes.insert(code.clone(), Code { client, redirect, challenge, scopes });
        target.query_pairs_mut().append_pair("code", &code);
        if let Some(state) = state {
            target.query_pairs_mut().append_pair("state", &state);
        }
        let mut reply = Reply::empty(302);
        reply.headers.push(("location", target.to_string()));
        Ok(reply)
    }

    fn redeem_code(&mut self, scene: &Scene<'_>, client: &str) -> Result<String, Denied> {
        let text = scene.field("code")?;
        let verifier = scene.field("code_verifier")?;
        // A code works once, whatever comes of it.
        let code = self.codes.remove(text).ok_or_else(|| {
            Denied::invalid_grant(54_005, "The authorization code was already redeemed, or never issued.")
        })?;
        if code.client != client || scene.form.get("redirect_uri") != Some(code.redirect.as_str()) {
            return Err(Denied::invalid_grant(
                70_008,
                "The code was issued to another client or redirect URI.",
            ));
        }
        if sha256(verifier.as_bytes()).is_none_or(|hash| hash != code.challenge) {
            return Err(Denied::invalid_grant(
                50_148,
                "The code_verifier does not match the code_challenge.",
            ));
        }
        Ok(code.scopes)
    }

    fn device_code(&mut self, scene: &mut Scene<'_>, tenant: &str) -> Result<Reply, Denied> {
        let client = scene.client()?;
        let scopes = granted(scene.form.get("scope").unwrap_or_default());
        let code = new_id(scene.rng).simple().to_string();
        let letters = b"BCDFGHJKLMNPQRSTVWXZ";
        let user_code: String =
            (0..9).map(|_| char::from(letters[scene.rng.usize(..letters.len())])).collect();
        let address = format!("http://{}/{tenant}/device", scene.host);
        let message = format!(
            "To sign in, use a web browser to open the page {address} and enter the code {user_code}."
        );
        let reply = json!({
            "device_code": code,
            "user_code": user_code,
            "verification_uri": address,
            "expires_in": 900,
            "interval": INTERVAL,
            "message": message,
        });
        let device = Device { client, scopes, polls: 0, polled: None, slowed: 0 };
        self.devices.insert(code, device);
        Ok(Reply::json(200, &reply))
    }

    fn poll_device(&mut self, scene: &Scene<'_>, client: &str) -> Result<String, Denied> {
        let code = scene.field("device_code")?;
        let device = self.devices.get_mut(code).filter(|device| device.client == client);
        let device = device
            .ok_or_else(|| Denied::new(400, "bad_verification_code", 70_018, "Unknown device code."))?;
        let now = Instant::now();
        let early = device.polled.is_some_and(|last| {
            // A little early is on time.
            now.duration_since(last) < Duration::from_secs(INTERVAL + device.slowed).mul_f64(0.8)
        });
        device.polled = Some(now);
        if early {
            // RFC 8628: the interval grows by five seconds; one keeps tests short.
            device.slowed += 1;
            return Err(Denied::new(400, "slow_down", 70_017, "The client polls too often."));
        }
        device.polls += 1;
        if device.polls <= PENDING_POLLS {
            let text = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
            return Err(Denied::new(400, "authorization_pending", 70_016, text));
        }
        let scopes = device.scopes.clone();
        self.devices.remove(code);
        Ok(scopes)
    }

    fn person_token(&mut self, scene: &mut Scene<'_>, client: &str, scopes: &str) -> Reply {
        let Some(person) = scene.tenant.person(ANALYST) else { return Reply::empty(500) };
        let upn = person.upn.to_lowercase();
        let graph: Vec<&str> = scopes.split(' ').filter(|scope| ALL_SCOPES.contains(scope)).collect();
        let scp = graph.join(" ");
        let subject = Subject::Person { id: person.id, upn: &upn, name: &person.name, scopes: &scp };
        let token = scene.mint.issue(&subject, client, scene.now, LIFETIME);
        let mut body = token_body(&token);
        body["scope"] = scp.as_str().into();
        if scopes.split(' ').any(|scope| scope == "offline_access") {
            let refresh = format!("1.{}", new_id(scene.rng).simple());
            self.refresh.insert(refresh.clone(), (client.to_owned(), scopes.to_owned()));
            body["refresh_token"] = refresh.into();
        }
        if scopes.split(' ').any(|scope| scope == "openid") {
            body["id_token"] = scene.mint.issue(&subject, client, scene.now, LIFETIME).into();
        }
        Reply::json(200, &body)
    }
}

fn token_body(token: &str) -> Value {
    json!({ "token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME, "access_token": token })
}

fn known_tenant(tenant: &Tenant, name: &str) -> Result<(), Denied> {
    let known = ["common", "organizations", DOMAIN].contains(&name) || Uuid::try_parse(name) == Ok(tenant.id);
    if known {
        return Ok(());
    }
    Err(Denied::new(400, "invalid_request", 90_002, format!("Tenant '{name}' not found.")))
}

fn client_credentials(scene: &Scene<'_>) -> Result<(), Denied> {
    if !scene.field("scope")?.ends_with("/.default") {
        let text = "The provided value for the input parameter 'scope' is not valid.";
        return Err(Denied::new(400, "invalid_scope", 70_011, text));
    }
    let secret = scene.form.get("client_secret");
    // An assertion is taken at its word: its signature would need a registered key.
    match secret.or_else(|| scene.form.get("client_assertion")) {
        None | Some("") => {
            let text = "The request body must contain 'client_assertion' or 'client_secret'.";
            Err(Denied::new(401, "invalid_client", 7_000_218, text))
        }
        Some(WRONG_SECRET) => {
            Err(Denied::new(401, "invalid_client", 7_000_215, "Invalid client secret provided."))
        }
        Some(_) => Ok(()),
    }
}

fn application_token(scene: &Scene<'_>, client: &str) -> Reply {
    let id = derived(scene.tenant.id, 0xa991);
    let token = scene.mint.issue(&Subject::Application { id }, client, scene.now, LIFETIME);
    Reply::json(200, &token_body(&token))
}

/// The scopes of a request without their resource; `.default` stands for all.
fn granted(text: &str) -> String {
    let mut scopes: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        match word.rsplit('/').next().unwrap_or(word) {
            ".default" => scopes.extend(ALL_SCOPES),
            scope => scopes.push(scope),
        }
    }
    scopes.join(" ")
}

/// The hash of a code verifier, as a challenge writes it. The TLS library brings the only SHA-256 of the house.
fn sha256(bytes: &[u8]) -> Option<String> {
    let suite = rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256.tls13()?;
    Some(URL_SAFE_NO_PAD.encode(suite.common.hash_provider.hash(bytes).as_ref()))
}

fn configuration(tenant: &Tenant, host: &str) -> Reply {
    let root = format!("http://{host}/{}", tenant.id);
    Reply::json(
        200,
        &json!({
            "issuer": format!("{root}/v2.0"),
            "authorization_endpoint": format!("{root}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{root}/oauth2/v2.0/token"),
            "device_authorization_endpoint": format!("{root}/oauth2/v2.0/devicecode"),
            "response_types_supported": ["code"],
        }),
    )
}
