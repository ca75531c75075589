//! What a token says about itself, for display: who is signed in, to which tenant, with which permissions.

use crate::entity::{Text, UserId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// The permissions that let a verdict be given; either serves for one kind of token or the other (API.md section 1).
const WRITE: [&str; 2] = ["IdentityRiskyUser.ReadWrite.All", "IdentityRiskEvent.ReadWrite.All"];

/// What a token says about itself. Its signature is not checked: Graph does that. So it decides nothing but what is
/// shown and which mistakes are caught early.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenClaims {
    /// The tenant (`tid`).
    pub tenant: Option<Uuid>,
    /// The account (`upn`, `preferred_username`, `unique_name`), or the application's name.
    pub account: Option<Text>,
    /// The object id of the account (`oid`).
    pub object_id: Option<UserId>,
    /// The application that the token was issued to (`appid`, `azp`).
    pub app_id: Option<Text>,
    /// Delegated permissions (`scp`).
    pub scopes: Vec<Text>,
    /// Application permissions (`roles`).
    pub roles: Vec<Text>,
    /// When it expires (`exp`).
    pub expires: Option<DateTime<Utc>>,
}

impl TokenClaims {
    /// Reads the claims; `None` for a token that is none of the readable sort, which may still be good.
    pub fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: Value = serde_json::from_slice(&payload).ok()?;
        claims.is_object().then(|| Self::of(&claims))
    }

    fn of(claims: &Value) -> Self {
        let text = |name: &str| claims[name].as_str().filter(|text| !text.is_empty());
        let first = |names: &[&str]| names.iter().find_map(|name| text(name)).map(Text::new);
        Self {
            tenant: text("tid").and_then(|id| id.parse().ok()),
            account: first(&["upn", "preferred_username", "unique_name", "app_displayname"]),
            object_id: text("oid").and_then(|id| id.parse().ok()),
            app_id: first(&["appid", "azp"]),
            scopes: text("scp").unwrap_or_default().split_whitespace().map(Text::new).collect(),
            roles: claims["roles"].as_array().map_or_else(Vec::new, |roles| {
                roles.iter().filter_map(Value::as_str).map(Text::new).collect()
            }),
            expires: claims["exp"].as_f64().and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0)),
        }
    }

    /// Whether it carries a permission that verdicts need. The account may still lack the directory role, which no token
    /// tells.
    pub fn can_write(&self) -> bool {
        let mut permissions = self.scopes.iter().chain(&self.roles);
        permissions.any(|permission| WRITE.iter().any(|write| permission.eq_ignore_ascii_case(write)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(payload: &str) -> String {
        format!("eyJ0eXAiOiJKV1QifQ.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn the_claims_of_a_person_are_read() {
        let claims = TokenClaims::read(&token(
            r#"{"tid":"7d9f0c1e-2b3a-4c5d-8e6f-0a1b2c3d4e5f","upn":"avery\u001b@contoso.example",
                "oid":"3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01","appid":"app","exp":1773478800,
                "scp":"IdentityRiskyUser.ReadWrite.All AuditLog.Read.All"}"#,
        ))
        .unwrap();
        assert_eq!(claims.account.as_deref(), Some("avery␛@contoso.example"));
        assert_eq!(claims.scopes.len(), 2);
        assert_eq!(claims.expires.unwrap().to_rfc3339(), "2026-03-14T09:00:00+00:00");
        assert!(claims.can_write() && claims.tenant.is_some() && claims.object_id.is_some());
    }

    #[test]
    fn an_application_has_roles() {
        let read = |roles: &str| TokenClaims::read(&token(&format!(r#"{{"roles":{roles}}}"#))).unwrap();
        assert!(read(r#"["IdentityRiskEvent.ReadWrite.All"]"#).can_write());
        assert!(!read(r#"["IdentityRiskEvent.Read.All",7]"#).can_write());
        assert!(!read("null").can_write());
    }

    #[test]
    fn what_is_no_jwt_has_no_claims() {
        for token in ["", "opaque", "a.b", "a.b.c", "a..c", "a.bnVsbA.c", "a.W10.c", "a.e30.c.d"] {
            assert_eq!(TokenClaims::read(token), None, "{token}");
        }
        assert_eq!(TokenClaims::read("a.e30.c"), Some(TokenClaims::default()));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), payload in any::<String>()) {
            let _ = TokenClaims::read(&text);
            let _ = TokenClaims::read(&token(&payload));
        }
    }
}
