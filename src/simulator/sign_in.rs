//! The signIn resource (API.md section 7): every property, and how it may be filtered.

use serde_json::{Value, json};

use super::cell::{Cell, Operators as Op, Property, Scope, View, seconds};
use super::records::{Grant, NO_DEVICE, Person, SecondFactor, SignIn, derived};
use super::scenery::{APPS, App, OUTCOMES, Outcome, PORTAL, RESOURCES};
use super::words::{Level, SENTINEL};

type P = Property<SignIn>;

/// In the order in which Graph writes them, more or less.
pub(super) static PROPERTIES: &[P] = &[
    P::new("id", Scope::Both, Op::NOTHING, |_, row| Cell::Id(row.id)).tolerating(Op::ANY),
    P::new("createdDateTime", Scope::Both, Op::EQUAL_ORDER, |_, row| Cell::Seconds(row.created)),
    P::new("userDisplayName", Scope::Both, Op::EQUAL_PREFIX, |view, row| {
        person_text(view, row, |one| &one.name)
    }),
    P::new("userPrincipalName", Scope::Both, Op::EQUAL_PREFIX, |view, row| {
        view.tenant.person(row.user).map_or(Cell::Null, |one| Cell::Text(one.upn.to_lowercase().into()))
    }),
    P::new("userId", Scope::Both, Op::EQUAL, |view, row| {
        view.tenant.person(row.user).map_or(Cell::Null, |one| Cell::Id(one.id))
    })
    .tolerating(Op::ANY),
    P::new("appId", Scope::Both, Op::EQUAL, |_, row| Cell::text(app(row).id)),
    P::new("appDisplayName", Scope::Both, Op::EQUAL_PREFIX, |_, row| Cell::text(app(row).name)),
    P::new("ipAddress", Scope::Both, Op::EQUAL_PREFIX, |_, row| Cell::Text(row.address.to_string().into())),
    P::new("ipAddressFromResourceProvider", Scope::Beta, Op::NOTHING, |_, _| Cell::Null),
    P::new("clientAppUsed", Scope::Both, Op::EQUAL, |_, row| Cell::text(app(row).client)),
    P::new("userAgent", Scope::Both, Op::EQUAL_PREFIX, |_, row| Cell::text(row.profile().user_agent)),
    P::new("correlationId", Scope::Both, Op::EQUAL, |_, row| Cell::Id(row.correlation())),
    P::new("conditionalAccessStatus", Scope::Both, Op::EQUAL, |_, row| Cell::text(access(row))),
    P::new("originalRequestId", Scope::Beta, Op::EQUAL, |_, row| {
        if row.interactive { Cell::Id(row.id) } else { Cell::text("") }
    }),
    P::new("isInteractive", Scope::Both, Op::NOTHING, |_, row| Cell::Flag(row.interactive)),
    P::new("tokenIssuerName", Scope::Beta, Op::EQUAL, |_, _| Cell::text("")),
    P::new("tokenIssuerType", Scope::Beta, Op::NOTHING, |_, _| Cell::text("AzureAD")),
    P::new("authenticationProtocol", Scope::Beta, Op::NOTHING, |_, row| Cell::text(protocol(row))),
    P::new("incomingTokenType", Scope::Beta, Op::NOTHING, |view, row| {
        Cell::text(match row.grant {
            Grant::RefreshToken => view.late_member("refreshToken"),
            Grant::PrimaryRefreshToken => "primaryRefreshToken",
            Grant::Password | Grant::Legacy | Grant::DeviceCode => "none",
        })
    }),
    P::new("clientCredentialType", Scope::Beta, Op::NOTHING, |_, _| Cell::text("none")),
    P::new("processingTimeInMilliseconds", Scope::Beta, Op::NOTHING, |_, row| {
        Cell::Number(60 + (row.id.as_u128() % 240) as i64)
    }),
    P::new("riskDetail", Scope::Both, Op::EQUAL, |view, row| {
        Cell::text(row.risk.detail.name_for(view.all_members))
    }),
    P::new("riskLevelAggregated", Scope::Both, Op::EQUAL, |_, row| Cell::text(row.risk.level.name())),
    P::new("riskLevelDuringSignIn", Scope::Both, Op::EQUAL, |_, row| Cell::text(row.level_during.name())),
    P::new("riskState", Scope::Both, Op::EQUAL, |_, row| Cell::text(row.risk.state.name())),
    P::new("riskEventTypes", Scope::Stable, Op::NOTHING, |_, row| {
        let old = |kind: &'static super::words::Kind| if kind.in_old_enum { kind.name } else { SENTINEL };
        Cell::Words(row.events.iter().map(|event| old(event.kind())).collect())
    }),
    P::new("riskEventTypes_v2", Scope::Both, Op::EQUAL_PREFIX, |_, row| {
        Cell::Words(row.events.iter().map(|event| event.kind().name).collect())
    }),
    P::new("resourceDisplayName", Scope::Both, Op::EQUAL, |_, row| Cell::text(resource(row).0)),
    P::new("resourceId", Scope::Both, Op::EQUAL, |_, row| Cell::text(resource(row).1)),
    P::new("resourceTenantId", Scope::Both, Op::NOTHING, |view, _| Cell::Id(view.tenant.id)),
    P::new("homeTenantId", Scope::Both, Op::NOTHING, |view, row| {
        let guest = view.tenant.person(row.user).is_some_and(|one| one.guest);
        Cell::Id(if guest { derived(view.tenant.id, 5) } else { view.tenant.id })
    }),
    P::new("homeTenantName", Scope::Beta, Op::NOTHING, |_, _| Cell::text("")),
    P::new("authenticationMethodsUsed", Scope::Beta, Op::NOTHING, |_, _| Cell::Words(Vec::new())),
    P::new("authenticationRequirement", Scope::Beta, Op::EQUAL_PREFIX, |_, row| Cell::text(requirement(row))),
    P::new("authenticationRequirementPolicies", Scope::Beta, Op::NOTHING, |_, row| {
        Cell::Nested(if row.factor == SecondFactor::NotAsked {
            json!([])
        } else {
            json!([{ "requirementProvider": "multiConditionalAccess", "detail": "Conditional Access" }])
        })
    }),
    P::new("signInIdentifier", Scope::Beta, Op::NOTHING, |view, row| {
        if row.interactive {
            view.tenant.person(row.user).map_or(Cell::Null, |one| Cell::Text(one.upn.to_lowercase().into()))
        } else {
            Cell::text("")
        }
    }),
    P::new("signInIdentifierType", Scope::Beta, Op::NOTHING, |_, row| {
        if row.interactive { Cell::text("userPrincipalName") } else { Cell::Null }
    }),
    P::new(EVENT_TYPES, Scope::Beta, Op::EQUAL_UNEQUAL, |_, row| {
        Cell::Words(vec![if row.interactive { "interactiveUser" } else { "nonInteractiveUser" }])
    }),
    P::new("servicePrincipalId", Scope::Both, Op::EQUAL_PREFIX, |_, _| Cell::text("")),
    P::new("servicePrincipalName", Scope::Both, Op::EQUAL_PREFIX, |_, _| Cell::Null),
    P::new("sessionId", Scope::Beta, Op::NOTHING, |view, row| {
        view.tenant
            .person(row.user)
            .map_or(Cell::Null, |one| Cell::Id(derived(one.id, 0x5e55_0000_0000 + u64::from(row.session))))
    }),
    P::new("uniqueTokenIdentifier", Scope::Beta, Op::NOTHING, |_, row| {
        use base64::Engine as _;
        Cell::Text(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(row.id.as_bytes()).into())
    }),
    P::new("userType", Scope::Beta, Op::NOTHING, |view, row| {
        Cell::text(if view.tenant.person(row.user).is_some_and(|one| one.guest) { "guest" } else { "member" })
    }),
    P::new("flaggedForReview", Scope::Beta, Op::NOTHING, |_, _| Cell::Flag(false)),
    P::new("isTenantRestricted", Scope::Beta, Op::NOTHING, |_, _| Cell::Flag(false)),
    P::new("isThroughGlobalSecureAccess", Scope::Beta, Op::NOTHING, |_, _| Cell::Flag(false)),
    P::new("globalSecureAccessIpAddress", Scope::Beta, Op::NOTHING, |_, _| Cell::text("")),
    P::new("autonomousSystemNumber", Scope::Beta, Op::NOTHING, |_, row| {
        Cell::Number(i64::from(row.network().number))
    }),
    P::new("crossTenantAccessType", Scope::Beta, Op::NOTHING, |view, row| {
        let guest = view.tenant.person(row.user).is_some_and(|one| one.guest);
        Cell::text(if guest { "b2bCollaboration" } else { "none" })
    }),
    P::new("originalTransferMethod", Scope::Beta, Op::NOTHING, |_, row| {
        Cell::text(if row.grant == Grant::DeviceCode { "deviceCodeFlow" } else { "none" })
    }),
    P::new("status", Scope::Both, Op::NOTHING, |_, row| {
        let outcome = outcome(row);
        let (code, reason, more) = (outcome.code, outcome.reason, outcome.more);
        Cell::Nested(json!({ "errorCode": code, "failureReason": reason, "additionalDetails": more }))
    }),
    P::new("deviceDetail", Scope::Both, Op::NOTHING, |view, row| Cell::Nested(device(view, row))),
    P::new("location", Scope::Both, Op::NOTHING, |_, row| Cell::Nested(location(row.place()))),
    P::new("appliedConditionalAccessPolicies", Scope::Both, Op::NOTHING, |view, row| {
        Cell::Nested(policies(view, row))
    }),
    P::new("authenticationProcessingDetails", Scope::Beta, Op::NOTHING, |_, row| {
        let hint = if row.interactive { "True" } else { "False" };
        Cell::Nested(json!([{ "key": "Login Hint Present", "value": hint }]))
    }),
    P::new("networkLocationDetails", Scope::Beta, Op::NOTHING, |_, row| {
        Cell::Nested(match row.network().named {
            Some((name, trusted)) => {
                let kind = if trusted { "trustedNamedLocation" } else { "namedNetwork" };
                json!([{ "networkType": kind, "networkNames": [name] }])
            }
            None => json!([]),
        })
    }),
    P::new("authenticationDetails", Scope::Beta, Op::NOTHING, |_, row| Cell::Nested(steps(row))),
    P::new("sessionLifetimePolicies", Scope::Beta, Op::NOTHING, |_, _| Cell::Words(Vec::new())),
    // Members of nested types that the documentation lets clients filter on.
    P::new("status/errorCode", Scope::FilterOnly, Op::EQUAL, |_, row| Cell::Number(outcome(row).code)),
    P::new("location/city", Scope::FilterOnly, Op::EQUAL_PREFIX, |_, row| Cell::text(row.place().city)),
    P::new("location/state", Scope::FilterOnly, Op::EQUAL_PREFIX, |_, row| Cell::text(row.place().state)),
    P::new("location/countryOrRegion", Scope::FilterOnly, Op::EQUAL_PREFIX, |_, row| {
        Cell::text(row.place().country)
    }),
    P::new("deviceDetail/browser", Scope::FilterOnly, Op::EQUAL_PREFIX, |_, row| {
        Cell::text(row.profile().browser)
    }),
    P::new("deviceDetail/operatingSystem", Scope::FilterOnly, Op::EQUAL_PREFIX, |_, row| {
        Cell::text(row.profile().system)
    }),
];

/// The property whose absence from a filter means: interactive sign-ins only (API.md section 4).
pub(super) const EVENT_TYPES: &str = "signInEventTypes";

fn person_text<'a>(view: &View<'a>, row: &SignIn, text: fn(&'a Person) -> &'a String) -> Cell<'a> {
    view.tenant.person(row.user).map_or(Cell::Null, |person| Cell::text(text(person)))
}

fn app(row: &SignIn) -> &'static App {
    &APPS[usize::from(row.app) % APPS.len()]
}

fn resource(row: &SignIn) -> (&'static str, &'static str) {
    RESOURCES[usize::from(app(row).resource) % RESOURCES.len()]
}

fn outcome(row: &SignIn) -> &'static Outcome {
    &OUTCOMES[usize::from(row.outcome) % OUTCOMES.len()]
}

fn access(row: &SignIn) -> &'static str {
    if row.interactive { outcome(row).access } else { "notApplied" }
}

fn protocol(row: &SignIn) -> &'static str {
    match row.grant {
        Grant::Password => "oAuth2",
        Grant::Legacy => "ropc",
        Grant::DeviceCode => "deviceCode",
        Grant::RefreshToken | Grant::PrimaryRefreshToken => "none",
    }
}

fn requirement(row: &SignIn) -> &'static str {
    if row.factor == SecondFactor::NotAsked && outcome(row).code != 50074 {
        "singleFactorAuthentication"
    } else {
        "multiFactorAuthentication"
    }
}

/// Also the location of a detection.
pub(super) fn location(place: &super::scenery::Place) -> Value {
    json!({
        "city": place.city,
        "state": place.state,
        "countryOrRegion": place.country,
        "geoCoordinates": { "altitude": null, "latitude": place.latitude, "longitude": place.longitude },
    })
}

fn device(view: &View<'_>, row: &SignIn) -> Value {
    let profile = row.profile();
    let known = row.device != NO_DEVICE;
    let id = view
        .tenant
        .person(row.user)
        .filter(|_| known)
        .map(|person| derived(person.id, u64::from(row.device)));
    let number = id.map_or(0, |id| id.as_u128() % 100_000);
    json!({
        "deviceId": id.map_or_else(String::new, |id| id.to_string()),
        "displayName": if known { format!("{}{number:05}", profile.prefix) } else { String::new() },
        "operatingSystem": profile.system,
        "browser": profile.browser,
        "isCompliant": known && profile.managed,
        "isManaged": known && profile.managed,
        "trustType": if known { profile.trust } else { "" },
    })
}

/// A policy of the tenant and what it made of a sign-in; none when it does not concern it.
struct Policy {
    number: u64,
    name: &'static str,
    control: &'static str,
    conditions: &'static str,
    result: fn(&SignIn) -> Option<&'static str>,
}

/// Results that begin with `reportOnly` were declared after the sentinel.
static POLICIES: &[Policy] = &[
    Policy {
        number: 21,
        name: "Require MFA for everybody outside headquarters",
        control: "Mfa",
        conditions: "application,users",
        result: |row| {
            Some(match (row.factor, outcome(row).code) {
                (_, 50074) | (SecondFactor::Declined, _) => "failure",
                (SecondFactor::NotAsked, _) => return None,
                (SecondFactor::ByClaim | SecondFactor::Approved, _) => "success",
            })
        },
    },
    Policy {
        number: 22,
        name: "Block legacy authentication",
        control: "Block",
        conditions: "application,users,clientType",
        result: |row| (row.grant == Grant::Legacy && outcome(row).code == 53003).then_some("failure"),
    },
    Policy {
        number: 23,
        name: "Compliant device for administration portals",
        control: "RequireCompliantDevice",
        conditions: "application,users",
        result: |row| (row.app == PORTAL).then_some("notEnabled"),
    },
    Policy {
        number: 24,
        name: "Block high sign-in risk",
        control: "Block",
        conditions: "application,users",
        result: |row| {
            Some(if row.level_during == Level::High { "reportOnlyFailure" } else { "reportOnlyNotApplied" })
        },
    },
];

fn policies(view: &View<'_>, row: &SignIn) -> Value {
    if !row.interactive {
        return json!([]);
    }
    let applied = POLICIES.iter().filter_map(|policy| Some((policy, (policy.result)(row)?)));
    applied
        .map(|(policy, result)| {
            let shown = if result.starts_with("reportOnly") { view.late_member(result) } else { result };
            let mut value = json!({
                "id": derived(view.tenant.id, policy.number),
                "displayName": policy.name,
                "enforcedGrantControls": [policy.control],
                "enforcedSessionControls": [],
                "result": shown,
            });
            if view.beta {
                let unmet = if result == "reportOnlyNotApplied" { "signInRisk" } else { "none" };
                value["conditionsSatisfied"] = policy.conditions.into();
                value["conditionsNotSatisfied"] = unmet.into();
                value["includeRulesSatisfied"] = json!([]);
                value["excludeRulesSatisfied"] = json!([]);
                value["sessionControlsNotSatisfied"] = json!([]);
            }
            value
        })
        .collect()
}

fn steps(row: &SignIn) -> Value {
    if !row.interactive {
        return json!([]);
    }
    let outcome = outcome(row);
    let wrong = outcome.code == 50126;
    let mut steps = vec![json!({
        "authenticationStepDateTime": seconds(row.created),
        "authenticationMethod": "Password",
        "authenticationMethodDetail": "Password in the cloud",
        "succeeded": !wrong,
        "authenticationStepResultDetail": if wrong { "Incorrect password" } else { "Correct password" },
        "authenticationStepRequirement": "Primary authentication",
    })];
    let (method, succeeded, result) = match row.factor {
        SecondFactor::NotAsked => return steps.into(),
        SecondFactor::ByClaim => {
            ("Previously satisfied", true, Some("MFA requirement satisfied by claim in the token"))
        }
        SecondFactor::Approved => ("Mobile app notification", true, outcome.more),
        SecondFactor::Declined => ("Mobile app notification", false, outcome.more),
    };
    steps.push(json!({
        "authenticationStepDateTime": seconds(row.created + 14_000),
        "authenticationMethod": method,
        "authenticationMethodDetail": null,
        "succeeded": succeeded,
        "authenticationStepResultDetail": result,
        "authenticationStepRequirement": "Multifactor authentication",
    }));
    steps.into()
}
