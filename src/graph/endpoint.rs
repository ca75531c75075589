//! The calls that the console makes, as a table (API.md section 3).

use super::budget::Need;
use crate::entity::{Kind, Verdict};
use reqwest::Method;

/// A call: what differs between the calls is a cell here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// What the call does, to follow "could not".
    pub(super) doing: &'static str,
    /// The method.
    pub(super) method: Method,
    /// `v1.0` or `beta`.
    pub(super) version: &'static str,
    /// The path after the version; `{id}` stands for the id.
    pub(super) path: &'static str,
    /// The rate limits that it counts against (API.md section 8).
    pub(super) need: Need,
    /// The body's only property, where there is a body.
    pub(super) body_key: &'static str,
    /// What the token must carry, delegated; application permissions differ for sign-in verdicts (API.md section 1).
    pub(super) permission: &'static str,
    /// The least directory role that a person needs beside it.
    pub(super) role: &'static str,
}

const fn read(
    doing: &'static str,
    version: &'static str,
    path: &'static str,
    need: Need,
    permission: &'static str,
) -> Endpoint {
    let role = "Security Reader";
    Endpoint { doing, method: Method::GET, version, path, need, body_key: "", permission, role }
}

const fn verdict(doing: &'static str, path: &'static str, need: Need, body_key: &'static str) -> Endpoint {
    let permission = match need {
        Need::Both => "IdentityRiskyUser.ReadWrite.All (an application: IdentityRiskEvent.ReadWrite.All)",
        _ => "IdentityRiskyUser.ReadWrite.All",
    };
    let role = "Security Administrator";
    Endpoint { doing, method: Method::POST, version: "v1.0", path, need, body_key, permission, role }
}

pub(super) static USERS: Endpoint = read(
    "list risky users",
    "v1.0",
    "/identityProtection/riskyUsers",
    Need::IdentityProtection,
    "IdentityRiskyUser.Read.All",
);
pub(super) static USER: Endpoint = read(
    "read a risky user",
    "v1.0",
    "/identityProtection/riskyUsers/{id}",
    Need::IdentityProtection,
    "IdentityRiskyUser.Read.All",
);
pub(super) static HISTORY: Endpoint = read(
    "read a user's risk history",
    "v1.0",
    "/identityProtection/riskyUsers/{id}/history",
    Need::IdentityProtection,
    "IdentityRiskyUser.Read.All",
);
pub(super) static DETECTIONS: Endpoint = read(
    "list risk detections",
    "v1.0",
    "/identityProtection/riskDetections",
    Need::IdentityProtection,
    "IdentityRiskEvent.Read.All",
);
/// Beta: event types other than interactive ones, networks and authentication steps are only there (API.md section 1).
pub(super) static SIGN_INS: Endpoint =
    read("list sign-ins", "beta", "/auditLogs/signIns", Need::SignInLog, "AuditLog.Read.All");
pub(super) static SIGN_IN: Endpoint =
    read("read a sign-in", "beta", "/auditLogs/signIns/{id}", Need::SignInLog, "AuditLog.Read.All");

static USER_SAFE: Endpoint = verdict(
    "confirm users safe",
    "/identityProtection/riskyUsers/confirmSafe",
    Need::IdentityProtection,
    "userIds",
);
static USER_COMPROMISED: Endpoint = verdict(
    "confirm users compromised",
    "/identityProtection/riskyUsers/confirmCompromised",
    Need::IdentityProtection,
    "userIds",
);
static USER_DISMISSED: Endpoint = verdict(
    "dismiss users' risk",
    "/identityProtection/riskyUsers/dismiss",
    Need::IdentityProtection,
    "userIds",
);
// Which limit the verdicts on sign-ins count against is not documented: both (API.md section 8).
static SIGN_IN_SAFE: Endpoint =
    verdict("confirm sign-ins safe", "/auditLogs/signIns/confirmSafe", Need::Both, "requestIds");
static SIGN_IN_COMPROMISED: Endpoint = verdict(
    "confirm sign-ins compromised",
    "/auditLogs/signIns/confirmCompromised",
    Need::Both,
    "requestIds",
);
static SIGN_IN_DISMISSED: Endpoint =
    verdict("dismiss sign-ins' risk", "/auditLogs/signIns/dismiss", Need::Both, "requestIds");

impl Endpoint {
    /// The call that gives `verdict` on things of that kind.
    pub(super) fn of_verdict(kind: Kind, verdict: Verdict) -> &'static Self {
        match (kind, verdict) {
            (Kind::User, Verdict::Safe) => &USER_SAFE,
            (Kind::User, Verdict::Compromised) => &USER_COMPROMISED,
            (Kind::User, Verdict::Dismissed) => &USER_DISMISSED,
            (Kind::SignIn, Verdict::Safe) => &SIGN_IN_SAFE,
            (Kind::SignIn, Verdict::Compromised) => &SIGN_IN_COMPROMISED,
            (Kind::SignIn, Verdict::Dismissed) => &SIGN_IN_DISMISSED,
        }
    }

    /// The path below the root, with `id` in its place.
    pub(super) fn path_of(&self, id: &str) -> String {
        format!("/{}{}", self.version, self.path.replace("{id}", id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_kind_go_to_the_calls_of_that_kind() {
        for verdict in Verdict::ALL {
            let (user, sign_in) =
                (Endpoint::of_verdict(Kind::User, verdict), Endpoint::of_verdict(Kind::SignIn, verdict));
            assert!(user.path.starts_with("/identityProtection/riskyUsers/") && user.body_key == "userIds");
            assert!(sign_in.path.starts_with("/auditLogs/signIns/") && sign_in.body_key == "requestIds");
            assert_eq!(user.path.rsplit('/').next(), sign_in.path.rsplit('/').next());
            assert_eq!((user.version, sign_in.version), ("v1.0", "v1.0"));
        }
        assert_eq!(SIGN_IN.path_of("x"), "/beta/auditLogs/signIns/x");
    }
}
