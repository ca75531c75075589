//! Bearer tokens: shaped like JSON Web Tokens, good for this tenant only. No secret protects them; the last part is a
//! checksum, so that a token of another tenant or a mangled one is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::refusal::Refusal;

/// The client application of the tokens that the simulator hands out by itself.
pub(super) const DEMO_APP: &str = "0de30000-0000-4000-8000-00000000e71a";

/// What the console may ask for (API.md section 3).
pub(super) const ALL_SCOPES: &[&str] = &[
    "AuditLog.Read.All",
    "IdentityRiskyUser.ReadWrite.All",
    "IdentityRiskyUser.Read.All",
    "IdentityRiskEvent.Read.All",
    "IdentityRiskyServicePrincipal.ReadWrite.All",
    "IdentityRiskyServicePrincipal.Read.All",
    "Policy.Read.All",
    "User.ReadBasic.All",
];
pub(super) const READ_SCOPES: &[&str] = &[
    "AuditLog.Read.All",
    "IdentityRiskyUser.Read.All",
    "IdentityRiskEvent.Read.All",
    "IdentityRiskyServicePrincipal.Read.All",
];
/// What an application holds. Sign-in actions want another permission of it than of a person.
pub(super) const APP_ROLES: &[&str] = &[
    "AuditLog.Read.All",
    "IdentityRiskyUser.ReadWrite.All",
    "IdentityRiskyUser.Read.All",
    "IdentityRiskEvent.ReadWrite.All",
    "IdentityRiskEvent.Read.All",
    "IdentityRiskyServicePrincipal.ReadWrite.All",
];

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    pub aud: String,
    pub iss: String,
    pub tid: String,
    pub oid: String,
    pub appid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Permissions of a person's token, separated by blanks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scp: Option<String>,
    /// Permissions of an application's token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Seconds since 1970, as `exp`.
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
    pub ver: String,
}

impl Claims {
    /// Whether one of the permissions is held: of the first list by a person, of the second by an application.
    pub(super) fn permit(&self, delegated: &[&str], application: &[&str]) -> bool {
        match &self.scp {
            Some(scopes) => scopes.split(' ').any(|scope| delegated.contains(&scope)),
            None => self.roles.iter().any(|role| application.contains(&role.as_str())),
        }
    }

    /// Who acts.
    pub(super) fn actor(&self) -> Option<Uuid> {
        Uuid::try_parse(&self.oid).ok()
    }
}

/// Issues and checks the tokens of a tenant.
#[derive(Clone, Debug)]
pub(super) struct Mint {
    tenant: Uuid,
    key: u64,
}

/// Whom a token is for.
pub(super) enum Subject<'a> {
    Person { id: Uuid, upn: &'a str, name: &'a str, scopes: &'a str },
    Application { id: Uuid },
}

impl Mint {
    pub(super) const fn new(tenant: Uuid, key: u64) -> Self {
        Self { tenant, key }
    }

    /// A token that is good from `now` for `lifetime` seconds.
    pub(super) fn issue(&self, subject: &Subject<'_>, app: &str, now: i64, lifetime: i64) -> String {
        let (oid, upn, name, scp, roles) = match subject {
            Subject::Person { id, upn, name, scopes } => (
                *id,
                Some((*upn).to_owned()),
                Some((*name).to_owned()),
                Some((*scopes).to_owned()),
                Vec::new(),
            ),
            Subject::Application { id } => {
                (*id, None, None, None, APP_ROLES.iter().map(|role| (*role).to_owned()).collect())
            }
        };
        let claims = Claims {
            aud: "https://graph.microsoft.com".to_owned(),
            iss: format!("https://sts.windows.net/{}/", self.tenant),
            tid: self.tenant.to_string(),
            oid: oid.to_string(),
            appid: app.to_owned(),
            upn,
            name,
            scp,
            roles,
            iat: now,
            nbf: now,
            exp: now + lifetime,
            ver: "1.0".to_owned(),
        };
        let header = URL_SAFE_NO_PAD.encode(br#"{"typ":"JWT","alg":"none"}"#);
        // Claims are strings and numbers: they always serialize.
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap_or_default());
        let sum = self.checksum(&payload);
        format!("{header}.{payload}.{sum}")
    }

    /// Reads a token, refusing what is not of this tenant or has expired.
    pub(super) fn check(&self, token: &str, now: i64) -> Result<Claims, Refusal> {
        let malformed = || Refusal::unauthorized("CompactToken parsing failed with error code: 80049217");
        let mut parts = token.split('.');
        let (Some(_), Some(payload), Some(sum), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        if sum != self.checksum(payload) {
            return Err(Refusal::unauthorized("Invalid token: the signature is invalid."));
        }
        let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| malformed())?;
        let claims: Claims = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
        if claims.exp <= now { Err(Refusal::expired()) } else { Ok(claims) }
    }

    fn checksum(&self, payload: &str) -> String {
        let sum = payload.bytes().fold(self.key ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(5)
        });
        URL_SAFE_NO_PAD.encode(sum.to_be_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_tenant_until_it_expires() {
        let mint = Mint::new(Uuid::from_u128(1), 7);
        let subject = Subject::Person { id: Uuid::from_u128(2), upn: "a@b", name: "A", scopes: "One Two" };
        let token = mint.issue(&subject, DEMO_APP, 1_000, 60);
        let claims = mint.check(&token, 1_059).expect("good");
        assert_eq!(claims.actor(), Some(Uuid::from_u128(2)));
        assert!(claims.permit(&["Two"], &[]) && !claims.permit(&["Three"], &["One"]));
        assert_eq!(mint.check(&token, 1_060).err(), Some(Refusal::expired()));
        for wrong in [token.replace('.', ""), format!("{token}x"), String::new()] {
            assert_eq!(mint.check(&wrong, 1_000).map_err(|refusal| refusal.status).err(), Some(401));
        }
        assert!(Mint::new(Uuid::from_u128(1), 8).check(&token, 1_000).is_err(), "another tenant's");
    }
}
