//! The resources of identity protection (API.md section 7): riskyUser and its history, riskDetection,
//! riskyServicePrincipal.

use serde_json::{Value, json};
use uuid::Uuid;

use super::cell::{Cell, Operators as Op, Property, Scope, View};
use super::records::{Detection, HistoryEntry, Person, Principal, REASONS, derived};
use super::scenery::{PLACES, PROFILES};
use super::sign_in::location;
use super::tenant::principal_app;
use super::words::{Event, Risk, SENTINEL};

fn risk(person: &Person) -> Risk {
    person.risk().unwrap_or(Risk::NONE)
}

type U = Property<Person>;

pub(super) static RISKY_USER: &[U] = &[
    U::new("id", Scope::Both, Op::NOTHING, |_, row| Cell::Id(row.id)).tolerating(Op::ANY),
    U::new("isDeleted", Scope::Both, Op::EQUAL_UNEQUAL, |_, row| Cell::Flag(row.deleted)),
    U::new("isProcessing", Scope::Both, Op::NOTHING, |_, row| Cell::Flag(row.stuck || row.pending > 0))
        .tolerating(Op::EQUAL),
    U::new("riskLevel", Scope::Both, Op::EQUAL_UNEQUAL, |_, row| Cell::text(risk(row).level.name())),
    U::new("riskState", Scope::Both, Op::EQUAL_UNEQUAL, |_, row| Cell::text(risk(row).state.name())),
    U::new("riskDetail", Scope::Both, Op::NOTHING, |view, row| {
        Cell::text(risk(row).detail.name_for(view.all_members))
    })
    .tolerating(Op::EQUAL),
    U::new("riskLastUpdatedDateTime", Scope::Both, Op::EQUAL_ORDER, |_, row| {
        row.history.last().map_or(Cell::Null, |entry| Cell::Fraction(entry.time))
    }),
    U::new("userDisplayName", Scope::Both, Op::EQUAL, |_, row| {
        if row.deleted { Cell::Null } else { Cell::text(&row.name) }
    })
    .tolerating(Op::EQUAL_PREFIX),
    U::new("userPrincipalName", Scope::Both, Op::NOTHING, |_, row| {
        if row.deleted { Cell::Null } else { Cell::text(&row.upn) }
    })
    .tolerating(Op::EQUAL_PREFIX),
];

/// One entry of a user's history, with whose it is.
pub(super) struct Moment<'a> {
    pub person: &'a Person,
    pub entry: &'a HistoryEntry,
    pub newest: bool,
}

/// .NET ticks of a time in milliseconds since 1970.
fn ticks(time: i64) -> i64 {
    time * 10_000 + 621_355_968_000_000_000
}

impl Moment<'_> {
    /// The newest entry bears the user's id, older ones append a tick count.
    pub(super) fn id(&self) -> String {
        if self.newest {
            self.person.id.to_string()
        } else {
            format!("{}{}", self.person.id, ticks(self.entry.time))
        }
    }

    pub(super) fn json(&self, view: &View<'_>) -> Value {
        let person = self.person;
        let mut value = risk_json(view, self.entry);
        value["id"] = self.id().into();
        value["isDeleted"] = person.deleted.into();
        value["isProcessing"] = (self.newest && (person.stuck || person.pending > 0)).into();
        value["userDisplayName"] = if person.deleted { Value::Null } else { person.name.as_str().into() };
        value["userPrincipalName"] = if person.deleted { Value::Null } else { person.upn.as_str().into() };
        value["userId"] = person.id.to_string().into();
        value
    }
}

fn risk_json(view: &View<'_>, entry: &HistoryEntry) -> Value {
    let detail = entry.risk.detail.name_for(view.all_members);
    let events: Vec<&str> = entry.events.iter().map(|event| event.kind().name).collect();
    let cause = if entry.by.is_none() && entry.risk.detail == super::words::Detail::None {
        None
    } else {
        Some(detail)
    };
    json!({
        "riskLevel": entry.risk.level.name(),
        "riskState": entry.risk.state.name(),
        "riskDetail": detail,
        "riskLastUpdatedDateTime": super::cell::fraction(entry.time),
        "initiatedBy": entry.by,
        "activity": { "riskEventTypes": events, "detail": cause },
    })
}

/// A user's history, newest first.
pub(super) fn history(person: &Person) -> impl Iterator<Item = Moment<'_>> {
    let moments = person.history.iter().rev().enumerate();
    moments.map(move |(index, entry)| Moment { person, entry, newest: index == 0 })
}

type D = Property<Detection>;

pub(super) static RISK_DETECTION: &[D] = &[
    D::new("id", Scope::Both, Op::NOTHING, |_, row| Cell::Text(row.id_text().into())).tolerating(Op::ANY),
    D::new("requestId", Scope::Both, Op::NOTHING, |_, row| row.request.map_or(Cell::Null, Cell::Id))
        .tolerating(Op::ANY),
    D::new("correlationId", Scope::Both, Op::NOTHING, |_, row| {
        row.request.map_or(Cell::Null, |id| Cell::Id(derived(id, 1)))
    })
    .tolerating(Op::EQUAL),
    D::new("riskEventType", Scope::Both, Op::EQUAL, |_, row| Cell::text(row.event.kind().name)),
    D::new("riskType", Scope::Beta, Op::NOTHING, |_, row| {
        let kind = row.event.kind();
        Cell::text(if kind.in_old_enum { kind.name } else { SENTINEL })
    }),
    D::new("riskState", Scope::Both, Op::EQUAL_UNEQUAL, |_, row| Cell::text(row.risk.state.name())),
    D::new("riskLevel", Scope::Both, Op::EQUAL_UNEQUAL, |_, row| Cell::text(row.risk.level.name())),
    D::new("riskDetail", Scope::Both, Op::NOTHING, |view, row| {
        Cell::text(row.risk.detail.name_for(view.all_members))
    })
    .tolerating(Op::EQUAL),
    D::new("source", Scope::Both, Op::NOTHING, |_, row| Cell::text(row.event.kind().source))
        .tolerating(Op::EQUAL),
    D::new("detectionTimingType", Scope::Both, Op::NOTHING, |_, row| Cell::text(row.event.kind().timing))
        .tolerating(Op::EQUAL),
    D::new("activity", Scope::Both, Op::NOTHING, |_, row| {
        Cell::text(if row.request.is_some() { "signin" } else { "user" })
    })
    .tolerating(Op::EQUAL),
    D::new("tokenIssuerType", Scope::Both, Op::NOTHING, |_, _| Cell::text("AzureAD")),
    D::new("ipAddress", Scope::Both, Op::NOTHING, |_, row| {
        row.network.map_or(Cell::Null, |(address, _)| Cell::Text(address.to_string().into()))
    })
    .tolerating(Op::EQUAL),
    D::new("location", Scope::Both, Op::NOTHING, |_, row| {
        row.network.map_or(Cell::Null, |(_, place)| {
            Cell::Nested(location(&PLACES[usize::from(place) % PLACES.len()]))
        })
    }),
    D::new("activityDateTime", Scope::Both, Op::EQUAL_ORDER, |_, row| Cell::Fraction(row.activity)),
    D::new("detectedDateTime", Scope::Both, Op::EQUAL_ORDER, |_, row| Cell::Fraction(row.detected)),
    D::new("lastUpdatedDateTime", Scope::Both, Op::NOTHING, |_, row| Cell::Fraction(row.updated))
        .tolerating(Op::EQUAL_ORDER),
    D::new("userId", Scope::Both, Op::EQUAL, |view, row| {
        view.tenant.person(row.user).map_or(Cell::Null, |person| Cell::Id(person.id))
    })
    .tolerating(Op::ANY),
    D::new("userDisplayName", Scope::Both, Op::EQUAL, |view, row| {
        view.tenant.person(row.user).map_or(Cell::Null, |person| Cell::text(&person.name))
    }),
    D::new("userPrincipalName", Scope::Both, Op::EQUAL, |view, row| {
        view.tenant.person(row.user).map_or(Cell::Null, |person| Cell::text(&person.upn))
    }),
    D::new("additionalInfo", Scope::Both, Op::NOTHING, |_, row| additional_info(row)),
    D::new("mitreTechniqueId", Scope::Beta, Op::NOTHING, |_, row| match row.event.kind().technique {
        "" => Cell::Null,
        technique => Cell::text(technique),
    }),
];

/// JSON text inside a string: an array of keys and values.
fn additional_info(row: &Detection) -> Cell<'static> {
    if row.request.is_none() {
        return Cell::Null;
    }
    let agent = PROFILES[usize::from(row.profile) % PROFILES.len()].user_agent;
    let mut info = Vec::new();
    if row.reasons != 0 {
        let reasons: Vec<&str> = REASONS
            .iter()
            .enumerate()
            .filter(|(bit, _)| row.reasons & (1 << bit) != 0)
            .map(|(_, name)| *name)
            .collect();
        info.push(json!({ "Key": "riskReasons", "Value": reasons }));
    }
    info.push(json!({ "Key": "userAgent", "Value": agent }));
    if matches!(row.event, Event::UnlikelyTravel | Event::ImpossibleTravel) {
        info.push(json!({ "Key": "relatedEventTimeInUtc", "Value": super::cell::seconds(row.activity - 1_020_000) }));
    }
    if row.event == Event::ImpossibleTravel {
        let alert = derived(row.id, 11);
        info.push(json!({ "Key": "alertUrl", "Value": format!("https://alerts.contoso.example/{alert}") }));
    }
    Cell::Text(Value::from(info).to_string().into())
}

type S = Property<Principal>;

fn standing(row: &Principal) -> Risk {
    row.history.last().map_or(Risk::NONE, |entry| entry.risk)
}

pub(super) static RISKY_PRINCIPAL: &[S] = &[
    S::new("id", Scope::Both, Op::NOTHING, |_, row| Cell::Id(row.id)).tolerating(Op::ANY),
    S::new("appId", Scope::Both, Op::NOTHING, |_, row| Cell::Id(principal_app(row.id))),
    S::new("displayName", Scope::Both, Op::NOTHING, |_, row| Cell::text(row.name)),
    S::new("accountEnabled", Scope::Beta, Op::NOTHING, |_, row| Cell::Flag(row.enabled)),
    S::new("isEnabled", Scope::Both, Op::NOTHING, |_, row| Cell::Flag(row.enabled)),
    S::new("isProcessing", Scope::Both, Op::NOTHING, |_, row| Cell::Flag(row.pending > 0)),
    S::new("servicePrincipalType", Scope::Both, Op::NOTHING, |_, _| Cell::text("Application")),
    S::new("riskLevel", Scope::Both, Op::EQUAL, |_, row| Cell::text(standing(row).level.name())),
    S::new("riskState", Scope::Both, Op::NOTHING, |_, row| Cell::text(standing(row).state.name()))
        .tolerating(Op::EQUAL),
    S::new("riskDetail", Scope::Both, Op::NOTHING, |view, row| {
        Cell::text(standing(row).detail.name_for(view.all_members))
    }),
    S::new("riskLastUpdatedDateTime", Scope::Both, Op::EQUAL, |_, row| {
        row.history.last().map_or(Cell::Null, |entry| Cell::Fraction(entry.time))
    }),
];

/// A workload's history, newest first.
pub(super) fn principal_history(view: &View<'_>, row: &Principal) -> Vec<Value> {
    let moments = row.history.iter().rev().enumerate();
    moments
        .map(|(index, entry)| {
            let mut value = risk_json(view, entry);
            let id = if index == 0 { row.id.to_string() } else { format!("{}{}", row.id, ticks(entry.time)) };
            value["id"] = id.into();
            value["appId"] = principal_app(row.id).to_string().into();
            value["displayName"] = row.name.into();
            value["isEnabled"] = row.enabled.into();
            value["isProcessing"] = (index == 0 && row.pending > 0).into();
            value["servicePrincipalType"] = "Application".into();
            if view.beta {
                value["servicePrincipalId"] = row.id.to_string().into();
                value["accountEnabled"] = row.enabled.into();
            }
            value
        })
        .collect()
}

/// Finds a workload.
pub(super) fn principal(rows: &[Principal], id: &str) -> Option<usize> {
    let id = Uuid::try_parse(id).ok()?;
    rows.iter().position(|row| row.id == id)
}
