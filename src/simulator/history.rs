//! From detections and decisions to the risk of each user: the same rule that actions use later.

use uuid::Uuid;

use super::records::{HistoryEntry, Tenant};
use super::words::{Detail, Event, EventSet, Level, Risk, State};

/// How a past story was closed, for the sign-ins and detections it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    SafeByAdmin,
    DismissedSignIn,
    DismissedUser,
    CompromisedUser,
    PassedMfa,
    PasswordReset,
    PasswordChange,
    TemporaryPassword,
    AiSafe,
    SessionsRevoked,
}

impl Ending {
    /// What the sign-in, the detection or the user then reads.
    pub(super) const fn risk(self) -> Risk {
        let (state, detail) = match self {
            Self::SafeByAdmin => (State::ConfirmedSafe, Detail::SignInSafe),
            Self::DismissedSignIn => (State::Dismissed, Detail::SignInDismissed),
            Self::DismissedUser => (State::Dismissed, Detail::UserDismissed),
            Self::CompromisedUser => (State::ConfirmedCompromised, Detail::UserCompromised),
            Self::PassedMfa => (State::Remediated, Detail::PassedMfa),
            Self::PasswordReset => (State::Remediated, Detail::SecuredPasswordReset),
            Self::PasswordChange => (State::Remediated, Detail::SecuredPasswordChange),
            Self::TemporaryPassword => (State::Remediated, Detail::TemporaryPassword),
            Self::AiSafe => (State::Dismissed, Detail::AiConfirmedSafe),
            Self::SessionsRevoked => (State::Remediated, Detail::SessionsRevoked),
        };
        let level = if matches!(state, State::ConfirmedCompromised) { Level::High } else { Level::None };
        Risk { level, state, detail }
    }

    const fn by_admin(self) -> bool {
        matches!(
            self,
            Self::SafeByAdmin | Self::DismissedSignIn | Self::DismissedUser | Self::CompromisedUser
        )
    }

    /// Whether it closes all of the user's risk, not only what it was about.
    pub(super) const fn concerns_the_user(self) -> bool {
        matches!(
            self,
            Self::DismissedUser
                | Self::CompromisedUser
                | Self::PasswordReset
                | Self::PasswordChange
                | Self::TemporaryPassword
        )
    }

    const fn by_user(self) -> bool {
        matches!(self, Self::PassedMfa | Self::PasswordReset | Self::PasswordChange)
    }
}

/// An ending, whose, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    pub user: u32,
    pub time: i64,
    pub ending: Ending,
}

/// The highest level among a user's open detections.
pub(super) fn open_level(tenant: &Tenant, user: u32) -> Level {
    tenant
        .person(user)
        .into_iter()
        .flat_map(|person| &person.detections)
        .filter_map(|index| tenant.detections.get(*index as usize))
        .filter(|detection| detection.risk.state.is_open())
        .map(|detection| detection.risk.level)
        .max()
        .unwrap_or(Level::None)
}

enum Step {
    Found { event: Event, level: Level },
    Decided(Ending),
}

/// Writes the history of every user from the detections and decisions of the past.
pub(super) fn write(tenant: &mut Tenant, decisions: &[Decision]) {
    let mut steps: Vec<Vec<(i64, Step)>> = tenant.people.iter().map(|_| Vec::new()).collect();
    for detection in &tenant.detections {
        // Guests are judged in their home tenant (API.md section 5).
        if !tenant.people[detection.user as usize].guest {
            let step = Step::Found { event: detection.event, level: detection.risk.level };
            steps[detection.user as usize].push((detection.detected, step));
        }
    }
    for decision in decisions {
        if !tenant.people[decision.user as usize].guest {
            steps[decision.user as usize].push((decision.time, Step::Decided(decision.ending)));
        }
    }
    let analyst = tenant.people.get(super::tenant::ANALYST as usize).map(|person| person.id);
    let mut entries: Vec<(u32, HistoryEntry)> = Vec::new();
    for (user, mut steps) in (0_u32..).zip(steps) {
        steps.sort_by_key(|(time, _)| *time);
        for (time, step) in steps {
            if let Some(entry) = entry(tenant, user, time, &step, analyst) {
                entries.push((user, entry));
            }
        }
    }
    // In the order of time, so that the list of risky users is, too.
    entries.sort_by_key(|(user, entry)| (entry.time, *user));
    for (user, entry) in entries {
        tenant.record(user, entry);
    }
}

fn entry(tenant: &Tenant, user: u32, time: i64, step: &Step, analyst: Option<Uuid>) -> Option<HistoryEntry> {
    let left = level_at(tenant, user, time);
    let person = tenant.person(user)?;
    let mut events = EventSet::default();
    let (risk, by) = match step {
        Step::Found { event, level } => {
            events.insert(*event);
            (Risk::at_risk(left.max(*level)), None)
        }
        Step::Decided(ending) => {
            let by = if ending.by_admin() { analyst } else { ending.by_user().then_some(person.id) };
            let risk = ending.risk();
            let still_open = left > Level::None && risk.state != State::ConfirmedCompromised;
            (if still_open { Risk::at_risk(left) } else { risk }, by)
        }
    };
    Some(HistoryEntry { time, risk, events, by })
}

/// The highest level of what was open at a time of the past.
fn level_at(tenant: &Tenant, user: u32, time: i64) -> Level {
    tenant
        .person(user)
        .into_iter()
        .flat_map(|person| &person.detections)
        .filter_map(|index| tenant.detections.get(*index as usize))
        .filter(|detection| detection.detected <= time)
        .filter(|detection| detection.risk.state == State::AtRisk || detection.updated > time)
        .map(|detection| detection.risk.level)
        .max()
        .unwrap_or(Level::None)
}
