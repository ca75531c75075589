//! Graph's paths as a table: which call is answered by what, who may make it, and what it counts against.

use super::action::{Target, Verdict};
use super::budget::Charge;

/// What a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    ListSignIns,
    GetSignIn,
    ListRiskyUsers,
    GetRiskyUser,
    ListHistory,
    GetHistoryItem,
    ListRiskDetections,
    GetRiskDetection,
    ListPrincipals,
    GetPrincipal,
    ListPrincipalHistory,
    ListPrincipalDetections,
    GetPrincipalDetection,
    Act(Target, Verdict),
    Batch,
}

/// A path, with `{}` for an id.
#[derive(Debug)]
pub(super) struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub operation: Operation,
    pub charge: Charge,
    /// Permissions that suffice in a person's token, and in an application's.
    pub delegated: &'static [&'static str],
    pub application: &'static [&'static str],
}

const LOG_READ: &[&str] = &["AuditLog.Read.All"];
const USER_READ: &[&str] = &["IdentityRiskyUser.Read.All", USER_WRITE_SCOPE];
const USER_WRITE: &[&str] = &[USER_WRITE_SCOPE];
const USER_WRITE_SCOPE: &str = "IdentityRiskyUser.ReadWrite.All";
const EVENT_READ: &[&str] = &["IdentityRiskEvent.Read.All", EVENT_WRITE_SCOPE];
const EVENT_WRITE: &[&str] = &[EVENT_WRITE_SCOPE];
const EVENT_WRITE_SCOPE: &str = "IdentityRiskEvent.ReadWrite.All";
const PRINCIPAL_READ: &[&str] = &["IdentityRiskyServicePrincipal.Read.All", PRINCIPAL_WRITE_SCOPE];
const PRINCIPAL_WRITE: &[&str] = &[PRINCIPAL_WRITE_SCOPE];
const PRINCIPAL_WRITE_SCOPE: &str = "IdentityRiskyServicePrincipal.ReadWrite.All";

const fn get(
    path: &'static str,
    operation: Operation,
    charge: Charge,
    who: &'static [&'static str],
) -> Route {
    Route { method: "GET", path, operation, charge, delegated: who, application: who }
}

const fn act(
    path: &'static str,
    target: Target,
    verdict: Verdict,
    charge: Charge,
    delegated: &'static [&'static str],
    application: &'static [&'static str],
) -> Route {
    Route { method: "POST", path, operation: Operation::Act(target, verdict), charge, delegated, application }
}

const SIGN_INS: Target = Target::SignIns;
const USERS: Target = Target::RiskyUsers;
const PRINCIPALS: Target = Target::RiskyServicePrincipals;
const SAFE: Verdict = Verdict::ConfirmSafe;
const COMPROMISED: Verdict = Verdict::ConfirmCompromised;
const DISMISS: Verdict = Verdict::Dismiss;
const LOG: Charge = Charge::Log;
const RISK: Charge = Charge::Protection;

/// Literal segments before ids: the first match counts.
#[rustfmt::skip]
pub(super) static ROUTES: &[Route] = &[
    get("/auditLogs/signIns", Operation::ListSignIns, LOG, LOG_READ),
    act("/auditLogs/signIns/confirmSafe", SIGN_INS, SAFE, Charge::Both, USER_WRITE, EVENT_WRITE),
    act("/auditLogs/signIns/confirmCompromised", SIGN_INS, COMPROMISED, Charge::Both, USER_WRITE, EVENT_WRITE),
    act("/auditLogs/signIns/dismiss", SIGN_INS, DISMISS, Charge::Both, USER_WRITE, EVENT_WRITE),
    get("/auditLogs/signIns/{}", Operation::GetSignIn, LOG, LOG_READ),
    get("/identityProtection/riskyUsers", Operation::ListRiskyUsers, RISK, USER_READ),
    act("/identityProtection/riskyUsers/confirmSafe", USERS, SAFE, RISK, USER_WRITE, USER_WRITE),
    act("/identityProtection/riskyUsers/confirmCompromised", USERS, COMPROMISED, RISK, USER_WRITE, USER_WRITE),
    act("/identityProtection/riskyUsers/dismiss", USERS, DISMISS, RISK, USER_WRITE, USER_WRITE),
    get("/identityProtection/riskyUsers/{}", Operation::GetRiskyUser, RISK, USER_READ),
    get("/identityProtection/riskyUsers/{}/history", Operation::ListHistory, RISK, USER_READ),
    get("/identityProtection/riskyUsers/{}/history/{}", Operation::GetHistoryItem, RISK, USER_READ),
    get("/identityProtection/riskDetections", Operation::ListRiskDetections, RISK, EVENT_READ),
    get("/identityProtection/riskDetections/{}", Operation::GetRiskDetection, RISK, EVENT_READ),
    get("/identityProtection/riskyServicePrincipals", Operation::ListPrincipals, RISK, PRINCIPAL_READ),
    act("/identityProtection/riskyServicePrincipals/confirmCompromised", PRINCIPALS, COMPROMISED, RISK, PRINCIPAL_WRITE, PRINCIPAL_WRITE),
    act("/identityProtection/riskyServicePrincipals/dismiss", PRINCIPALS, DISMISS, RISK, PRINCIPAL_WRITE, PRINCIPAL_WRITE),
    get("/identityProtection/riskyServicePrincipals/{}", Operation::GetPrincipal, RISK, PRINCIPAL_READ),
    get("/identityProtection/riskyServicePrincipals/{}/history", Operation::ListPrincipalHistory, RISK, PRINCIPAL_READ),
    get("/identityProtection/servicePrincipalRiskDetections", Operation::ListPrincipalDetections, RISK, EVENT_READ),
    get("/identityProtection/servicePrincipalRiskDetections/{}", Operation::GetPrincipalDetection, RISK, EVENT_READ),
    Route { method: "POST", path: "/$batch", operation: Operation::Batch, charge: Charge::Nothing, delegated: &[], application: &[] },
];

/// What a path and a method lead to.
pub(super) enum Found<'p> {
    Route(&'static Route, Vec<&'p str>),
    /// The path is known, the method is another one.
    WrongMethod,
    Unknown,
}

/// Finds the route of a path without its version.
pub(super) fn find<'p>(method: &str, path: &'p str) -> Found<'p> {
    let mut known = false;
    for route in ROUTES {
        if let Some(ids) = ids(route.path, path) {
            if route.method == method {
                return Found::Route(route, ids);
            }
            // `GET .../confirmSafe` is a wrong method, not a sign-in of that name.
            if !route.path.ends_with("{}") {
                return Found::WrongMethod;
            }
            known = true;
        }
    }
    if known { Found::WrongMethod } else { Found::Unknown }
}

fn ids<'p>(pattern: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let mut ids = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(ids),
            (Some("{}"), Some(id)) if !id.is_empty() => ids.push(id),
            (Some(wanted), Some(given)) if wanted.eq_ignore_ascii_case(given) => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_operation() {
        let found = |method, path| match find(method, path) {
            Found::Route(route, ids) => format!("{:?} {ids:?}", route.operation),
            Found::WrongMethod => "wrong method".to_owned(),
            Found::Unknown => "unknown".to_owned(),
        };
        assert_eq!(found("GET", "/auditLogs/signIns/7"), "GetSignIn [\"7\"]");
        assert_eq!(
            found("GET", "/identityProtection/riskyUsers/a/history/b"),
            "GetHistoryItem [\"a\", \"b\"]"
        );
        assert_eq!(found("POST", "/auditLogs/signIns/dismiss"), "Act(SignIns, Dismiss) []");
        assert_eq!(found("GET", "/auditLogs/signIns/dismiss"), "wrong method");
        assert_eq!(found("DELETE", "/identityProtection/riskDetections"), "wrong method");
        assert_eq!(found("DELETE", "/auditLogs/signIns/7"), "wrong method");
        assert_eq!(found("GET", "/auditLogs/directoryAudits"), "unknown");
        assert_eq!(found("GET", "/"), "unknown");
    }
}
