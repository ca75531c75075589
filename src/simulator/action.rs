//! The verdicts: what a call may ask, and what it changes (API.md sections 5 and 9).

use serde_json::Value;
use uuid::Uuid;

use super::history::{Ending, open_level};
use super::records::{Detection, HistoryEntry, Tenant, derived};
use super::refusal::Refusal;
use super::words::{Detail, Event, EventSet, Level, Risk, State};

/// The documented limit of ids in a call.
pub(super) const MOST_IDS: usize = 60;

/// What a verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    SignIns,
    RiskyUsers,
    RiskyServicePrincipals,
}

impl Target {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignIns => "signIns",
            Self::RiskyUsers => "riskyUsers",
            Self::RiskyServicePrincipals => "riskyServicePrincipals",
        }
    }

    /// The member of the body that holds the ids.
    const fn field(self) -> &'static str {
        match self {
            Self::SignIns => "requestIds",
            Self::RiskyUsers => "userIds",
            Self::RiskyServicePrincipals => "servicePrincipalIds",
        }
    }
}

/// The verdict itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    ConfirmSafe,
    ConfirmCompromised,
    Dismiss,
}

impl Verdict {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ConfirmSafe => "confirmSafe",
            Self::ConfirmCompromised => "confirmCompromised",
            Self::Dismiss => "dismiss",
        }
    }
}

/// The risk that a verdict leaves on what it names.
const fn outcome(target: Target, verdict: Verdict) -> Risk {
    use {Target as T, Verdict as V};
    let (level, state) = match verdict {
        V::ConfirmSafe => (Level::None, State::ConfirmedSafe),
        V::ConfirmCompromised => (Level::High, State::ConfirmedCompromised),
        V::Dismiss => (Level::None, State::Dismissed),
    };
    let detail = match (target, verdict) {
        (T::SignIns, V::ConfirmSafe) => Detail::SignInSafe,
        (T::SignIns, V::ConfirmCompromised) => Detail::SignInCompromised,
        (T::SignIns, V::Dismiss) => Detail::SignInDismissed,
        (T::RiskyUsers, V::ConfirmSafe) => Detail::AccountSafe,
        (T::RiskyUsers, V::ConfirmCompromised) => Detail::UserCompromised,
        (T::RiskyUsers, V::Dismiss) => Detail::UserDismissed,
        // No confirmSafe for workloads.
        (T::RiskyServicePrincipals, V::ConfirmSafe | V::ConfirmCompromised) => Detail::PrincipalCompromised,
        (T::RiskyServicePrincipals, V::Dismiss) => Detail::PrincipalDismissed,
    };
    Risk { level, state, detail }
}

/// A call that was accepted: it becomes visible later.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub target: Target,
    pub verdict: Verdict,
    /// Positions of the rows, each once.
    pub rows: Vec<u32>,
    /// Who asked for it.
    pub by: Option<Uuid>,
}

/// The ids of a call, as received. Empty when the body has none.
pub(super) fn ids(target: Target, body: &[u8]) -> Result<Vec<String>, Refusal> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    let field = target.field();
    let wanted = || Refusal::bad_request(format!("The parameter '{field}' must be a non-empty list of ids."));
    let items = value.get(field).and_then(Value::as_array).ok_or_else(wanted)?;
    let ids: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    ids.filter(|ids| !ids.is_empty()).ok_or_else(wanted)
}

/// Checks a call as a whole: one bad id refuses all of it.
pub(super) fn check(
    tenant: &Tenant,
    target: Target,
    verdict: Verdict,
    ids: &[String],
    by: Option<Uuid>,
) -> Result<Change, Refusal> {
    if ids.len() > MOST_IDS {
        let message =
            format!("The number of ids is {}. A request may contain {MOST_IDS} at most.", ids.len());
        return Err(Refusal::bad_request(message));
    }
    let mut rows = ids
        .iter()
        .map(|text| match target {
            Target::SignIns => sign_in(tenant, text),
            Target::RiskyUsers => user(tenant, verdict, text),
            Target::RiskyServicePrincipals => super::risk::principal(&tenant.principals, text)
                .map(|index| index as u32)
                .ok_or_else(|| Refusal::not_found(text)),
        })
        .collect::<Result<Vec<u32>, Refusal>>()?;
    rows.sort_unstable();
    rows.dedup();
    Ok(Change { target, verdict, rows, by })
}

fn sign_in(tenant: &Tenant, text: &str) -> Result<u32, Refusal> {
    let index =
        Uuid::try_parse(text).ok().and_then(|id| tenant.sign_in_index(id)).ok_or_else(Refusal::not_risky)?;
    let row = tenant.sign_ins.get(index as usize).ok_or_else(Refusal::not_risky)?;
    let deleted = tenant.person(row.user).is_some_and(|person| person.deleted);
    // After the user was dismissed, the sign-ins are refused (API.md section 9, I1).
    let closed = row.risk.state == State::None || row.risk.detail == Detail::UserDismissed;
    if deleted || closed { Err(Refusal::not_risky()) } else { Ok(index) }
}

fn user(tenant: &Tenant, verdict: Verdict, text: &str) -> Result<u32, Refusal> {
    let missing = || Refusal::not_found(text);
    let index = Uuid::try_parse(text).ok().and_then(|id| tenant.person_index(id)).ok_or_else(missing)?;
    let person = tenant.person(index).ok_or_else(missing)?;
    // Anybody of the tenant can be called compromised; safe and dismiss need a risk.
    let concerned = !person.history.is_empty() || verdict == Verdict::ConfirmCompromised;
    if person.deleted || person.guest || !concerned { Err(missing()) } else { Ok(index) }
}

/// Counts the change as under way on the users and workloads it concerns (`isProcessing`), or no longer.
pub(super) fn set_pending(tenant: &mut Tenant, change: &Change, under_way: bool) {
    let step = |count: &mut u32| *count = if under_way { *count + 1 } else { count.saturating_sub(1) };
    for row in &change.rows {
        let index = *row as usize;
        match change.target {
            Target::SignIns => {
                let user = tenant.sign_ins.get(index).map(|row| row.user);
                if let Some(person) = user.and_then(|user| tenant.people.get_mut(user as usize)) {
                    step(&mut person.pending);
                }
            }
            Target::RiskyUsers => {
                if let Some(person) = tenant.people.get_mut(index) {
                    step(&mut person.pending);
                }
            }
            Target::RiskyServicePrincipals => {
                if let Some(principal) = tenant.principals.get_mut(index) {
                    step(&mut principal.pending);
                }
            }
        }
    }
}

/// Makes a change visible.
pub(super) fn apply(tenant: &mut Tenant, change: &Change, now: i64) {
    let risk = outcome(change.target, change.verdict);
    for row in &change.rows {
        match change.target {
            Target::SignIns => apply_to_sign_in(tenant, *row, change, risk, now),
            Target::RiskyUsers => apply_to_user(tenant, *row, change, risk, now),
            Target::RiskyServicePrincipals => {
                if let Some(principal) = tenant.principals.get_mut(*row as usize) {
                    let entry = HistoryEntry { time: now, risk, events: EventSet::default(), by: change.by };
                    principal.history.push(entry);
                }
            }
        }
    }
}

fn apply_to_sign_in(tenant: &mut Tenant, index: u32, change: &Change, risk: Risk, now: i64) {
    let Some(row) = tenant.sign_ins.get_mut(index as usize) else { return };
    row.risk = risk;
    let (id, user, events) = (row.id, row.user, row.events);
    update_detections(tenant, user, risk, now, |detection| detection.request == Some(id));
    let Some(person) = tenant.person(user).filter(|person| !person.guest) else { return };
    let before = person.risk().unwrap_or(Risk::NONE);
    let after = match change.verdict {
        Verdict::ConfirmCompromised => Risk { detail: risk.detail, ..Risk::at_risk(Level::High) },
        Verdict::ConfirmSafe | Verdict::Dismiss => match open_level(tenant, user) {
            Level::None => risk,
            level => Risk { level, ..before },
        },
    };
    // A verdict on the user as a whole outranks one on a sign-in, and what was closed stays closed.
    let touches = change.verdict == Verdict::ConfirmCompromised || before.state == State::AtRisk;
    if before.state == State::ConfirmedCompromised || !touches || after == before {
        return;
    }
    tenant.record(user, HistoryEntry { time: now, risk: after, events, by: change.by });
}

fn apply_to_user(tenant: &mut Tenant, user: u32, change: &Change, risk: Risk, now: i64) {
    let Some(person) = tenant.people.get_mut(user as usize) else { return };
    person.stuck = false;
    let (id, sign_ins, count) = (person.id, person.sign_ins.clone(), person.history.len());
    for index in sign_ins {
        if let Some(row) = tenant.sign_ins.get_mut(index as usize).filter(|row| row.risk.state.is_open()) {
            row.risk = risk;
        }
    }
    update_detections(tenant, user, risk, now, |detection| detection.risk.state.is_open());
    let mut events = EventSet::default();
    if change.verdict == Verdict::ConfirmCompromised {
        events.insert(Event::AdminConfirmedUserCompromised);
        tenant.add_detection(Detection {
            id: derived(id, now as u64 ^ (count as u64) << 48),
            request: None,
            user,
            event: Event::AdminConfirmedUserCompromised,
            risk: Risk { level: Level::High, ..risk },
            activity: now,
            detected: now,
            updated: now,
            network: None,
            profile: 0,
            reasons: 0,
        });
    }
    tenant.record(user, HistoryEntry { time: now, risk, events, by: change.by });
}

/// A detection keeps its level; its state follows the verdict.
fn update_detections(
    tenant: &mut Tenant,
    user: u32,
    risk: Risk,
    now: i64,
    concerned: impl Fn(&Detection) -> bool,
) {
    let Some(person) = tenant.people.get(user as usize) else { return };
    for index in &person.detections {
        if let Some(detection) = tenant.detections.get_mut(*index as usize).filter(|row| concerned(row)) {
            detection.risk = Risk { level: detection.risk.level, ..risk };
            detection.updated = now;
        }
    }
}

// The endings of the past and the verdicts of today must say the same.
const _: () = {
    let ending = Ending::DismissedUser.risk();
    let verdict = outcome(Target::RiskyUsers, Verdict::Dismiss);
    assert!(ending.detail as u8 == verdict.detail as u8 && ending.state as u8 == verdict.state as u8);
};
