//! What to list, and how to ask for it: the best way first, and what to do where the service refuses a filter.
//!
//! Which filters the service takes is only partly documented (API.md section 4). A list that it refuses with a filter
//! is asked for with less of it, and the rest is done here.

use crate::entity::{RiskDetection, RiskState, RiskyUser, SignIn, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt::Write as _;

/// Page sizes (API.md section 4).
const IDENTITY_PAGE: usize = 500;
const SIGN_IN_PAGE: usize = 1_000;

/// Interactive and non-interactive sign-ins; without it only the former come (API.md section 4).
const BOTH_EVENTS: &str = "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')";

/// A way of filtering that the service may refuse as such, whatever the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    UserState,
    UserUpdated,
    DetectionState,
    SignInRiskAndEvents,
    SignInEvents,
    SignInRisk,
    /// Nothing that may be given up.
    Plain,
}

/// One way to ask for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) shape: Shape,
    pub(super) filter: String,
    pub(super) top: usize,
    /// Rows that do not match are left out here, because the service was not asked to.
    pub(super) narrowed_here: bool,
    /// Non-interactive sign-ins are missing although they were asked for.
    pub(super) interactive_only: bool,
}

impl Plan {
    fn new(shape: Shape, clauses: &[Option<String>], top: usize) -> Self {
        let clauses: Vec<&str> = clauses.iter().flatten().map(String::as_str).collect();
        let filter = clauses.join(" and ");
        Self { shape, filter, top, narrowed_here: false, interactive_only: false }
    }

    fn narrowed(mut self, here: bool) -> Self {
        self.narrowed_here = here;
        self
    }

    fn interactive_only(mut self, only: bool) -> Self {
        self.interactive_only = only;
        self
    }

    /// The query string.
    pub(super) fn query(&self) -> String {
        let mut query = match self.top {
            0 => String::new(),
            top => format!("$top={top}"),
        };
        if !self.filter.is_empty() {
            query.push_str("&$filter=");
            query.push_str(&escaped(&self.filter));
        }
        query
    }
}

/// Percent-encodes everything but letters, digits and `-._~`.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len() * 2), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

/// A time as a filter takes it.
fn literal(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn any_state(states: &[RiskState]) -> Option<String> {
    let terms: Vec<String> =
        states.iter().map(|state| format!("riskState eq '{}'", state.as_str().replace('\'', "''"))).collect();
    match terms.len() {
        0 => None,
        1 => terms.into_iter().next(),
        _ => Some(format!("({})", terms.join(" or "))),
    }
}

fn is_among(states: &[RiskState], state: &RiskState) -> bool {
    states.is_empty() || states.contains(state)
}

/// A condition in OData that the caller wants as it is.
fn wrapped(clause: Option<&String>) -> Option<String> {
    clause.map(|clause| format!("({clause})"))
}

/// Which risky users to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsersQuery {
    /// Only users in one of these states; empty for all.
    pub states: Vec<RiskState>,
    /// Deleted accounts too. No action takes them (API.md section 11).
    pub deleted: bool,
    /// A further condition in OData; where the service refuses it, so is the list.
    pub clause: Option<String>,
}

impl UsersQuery {
    /// At risk or confirmed compromised, not deleted: the default view.
    pub fn at_risk() -> Self {
        let states = vec![RiskState::AtRisk, RiskState::ConfirmedCompromised];
        Self { states, deleted: false, clause: None }
    }

    /// Everybody whom Identity Protection has ever rated.
    pub fn all() -> Self {
        Self { states: Vec::new(), deleted: true, clause: None }
    }

    /// What an OData condition selects.
    pub fn custom(clause: impl Into<String>) -> Self {
        Self { clause: Some(clause.into()), ..Self::all() }
    }

    /// Whether the user belongs in the list.
    pub fn matches(&self, user: &RiskyUser) -> bool {
        is_among(&self.states, &user.risk_state) && (self.deleted || user.is_deleted != Some(true))
    }

    pub(super) fn plans(&self) -> Vec<Plan> {
        // The service's notes name no filter for risky users (API.md section 4).
        let (states, clause) = (any_state(&self.states), wrapped(self.clause.as_ref()));
        let bare = Plan::new(Shape::Plain, std::slice::from_ref(&clause), IDENTITY_PAGE);
        match states {
            Some(_) => {
                vec![Plan::new(Shape::UserState, &[states, clause], IDENTITY_PAGE), bare.narrowed(true)]
            }
            None => vec![bare],
        }
    }
}

impl Default for UsersQuery {
    fn default() -> Self {
        Self::at_risk()
    }
}

/// Which sign-ins to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInsQuery {
    /// Only from this time on. The narrower, the less the log throttles (API.md section 8).
    pub since: Option<DateTime<Utc>>,
    /// Only up to this time.
    pub until: Option<DateTime<Utc>>,
    /// Only in one of these states; empty for all.
    pub states: Vec<RiskState>,
    /// Non-interactive sign-ins too.
    pub non_interactive: bool,
    /// Only of this user.
    pub user: Option<UserId>,
    /// A further condition in OData; where the service refuses it, so is the list.
    pub clause: Option<String>,
}

impl SignInsQuery {
    /// At risk since then, interactive or not: the default view.
    pub fn at_risk(since: DateTime<Utc>) -> Self {
        Self { states: vec![RiskState::AtRisk], ..Self::all(since) }
    }

    /// All since then, interactive or not.
    pub fn all(since: DateTime<Utc>) -> Self {
        Self {
            since: Some(since),
            until: None,
            states: Vec::new(),
            non_interactive: true,
            user: None,
            clause: None,
        }
    }

    /// All of one user since then.
    pub fn of_user(user: UserId, since: DateTime<Utc>) -> Self {
        Self { user: Some(user), ..Self::all(since) }
    }

    /// What an OData condition selects since then.
    pub fn custom(clause: impl Into<String>, since: DateTime<Utc>) -> Self {
        Self { clause: Some(clause.into()), ..Self::all(since) }
    }

    /// Whether the sign-in belongs in the list, as far as the service may not have seen to it.
    pub fn matches(&self, sign_in: &SignIn) -> bool {
        is_among(&self.states, &sign_in.risk_state)
    }

    pub(super) fn plans(&self) -> Vec<Plan> {
        // Time and user are documented as filterable; risk together with event types is not (API.md section 4).
        let since = self.since.map(|time| format!("createdDateTime ge {}", literal(time)));
        let until =
            self.until.map(|time| format!("createdDateTime le {}", literal(time + TimeDelta::seconds(1))));
        let user = self.user.map(|user| format!("userId eq '{user}'"));
        let risk = any_state(&self.states);
        let clause = wrapped(self.clause.as_ref());
        let plan = |shape, risk: Option<&String>, events: bool| {
            let events = events.then(|| BOTH_EVENTS.to_owned());
            let clauses = [since.clone(), until.clone(), user.clone(), risk.cloned(), events, clause.clone()];
            Plan::new(shape, &clauses, SIGN_IN_PAGE)
        };
        let mut plans = Vec::new();
        if self.non_interactive && risk.is_some() {
            plans.push(plan(Shape::SignInRiskAndEvents, risk.as_ref(), true));
        }
        if self.non_interactive {
            plans.push(plan(Shape::SignInEvents, None, true).narrowed(risk.is_some()));
        }
        if risk.is_some() {
            plans.push(plan(Shape::SignInRisk, risk.as_ref(), false).interactive_only(self.non_interactive));
        }
        let time_alone = plan(Shape::Plain, None, false).narrowed(risk.is_some());
        plans.push(time_alone.interactive_only(self.non_interactive));
        plans
    }
}

/// Which risk detections to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectionsQuery {
    /// Only those found from this time on. Sorted out here: `detectedDateTime` is in no documented filter.
    pub since: Option<DateTime<Utc>>,
    /// Only in one of these states; empty for all.
    pub states: Vec<RiskState>,
    /// A further condition in OData; where the service refuses it, so is the list.
    pub clause: Option<String>,
}

impl DetectionsQuery {
    /// At risk, found since then: the default view.
    pub fn at_risk(since: DateTime<Utc>) -> Self {
        Self { since: Some(since), states: vec![RiskState::AtRisk], clause: None }
    }

    /// All that there are: 90 days with Entra ID P2.
    pub fn all() -> Self {
        Self { since: None, states: Vec::new(), clause: None }
    }

    /// What an OData condition selects.
    pub fn custom(clause: impl Into<String>) -> Self {
        Self { clause: Some(clause.into()), ..Self::all() }
    }

    /// Whether the detection belongs in the list.
    pub fn matches(&self, detection: &RiskDetection) -> bool {
        let found = detection.detected.or(detection.activity_time);
        let recent = match (self.since, found) {
            (Some(since), Some(found)) => found >= since,
            _ => true,
        };
        recent && is_among(&self.states, &detection.risk_state)
    }

    pub(super) fn plans(&self) -> Vec<Plan> {
        let (states, clause) = (any_state(&self.states), wrapped(self.clause.as_ref()));
        let bare = Plan::new(Shape::Plain, std::slice::from_ref(&clause), IDENTITY_PAGE);
        match states {
            Some(_) => {
                vec![Plan::new(Shape::DetectionState, &[states, clause], IDENTITY_PAGE), bare.narrowed(true)]
            }
            None => vec![bare],
        }
    }
}

/// Users whose risk changed since then, or, where the service does not filter by that, all: one list instead of a call
/// for each (QUEUE.md section 4.8).
pub(super) fn users_updated_since(since: DateTime<Utc>) -> Vec<Plan> {
    let updated = Some(format!("riskLastUpdatedDateTime ge {}", literal(since)));
    vec![
        Plan::new(Shape::UserUpdated, &[updated], IDENTITY_PAGE),
        Plan::new(Shape::Plain, &[], IDENTITY_PAGE).narrowed(true),
    ]
}

/// A user's whole history.
pub(super) fn history() -> Plan {
    Plan::new(Shape::Plain, &[], 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn filters(plans: &[Plan]) -> Vec<&str> {
        plans.iter().map(|plan| plan.filter.as_str()).collect()
    }

    #[test]
    fn users_are_filtered_there_and_else_here() {
        let plans = UsersQuery::at_risk().plans();
        assert_eq!(filters(&plans), ["(riskState eq 'atRisk' or riskState eq 'confirmedCompromised')", ""]);
        assert_eq!(plans.iter().map(|plan| plan.narrowed_here).collect::<Vec<_>>(), [false, true]);
        assert_eq!(plans[1].query(), "$top=500");
        assert_eq!(filters(&UsersQuery::all().plans()), [""]);
        assert_eq!(filters(&UsersQuery::custom("riskLevel eq 'high'").plans()), ["(riskLevel eq 'high')"]);
    }

    #[test]
    fn sign_ins_give_up_the_least_first() {
        let since = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
        let plans = SignInsQuery::at_risk(since).plans();
        let time = "createdDateTime ge 2026-03-01T00:00:00Z";
        assert_eq!(
            filters(&plans),
            [
                format!("{time} and riskState eq 'atRisk' and {BOTH_EVENTS}"),
                format!("{time} and {BOTH_EVENTS}"),
                format!("{time} and riskState eq 'atRisk'"),
                time.to_owned(),
            ]
        );
        let told: Vec<(bool, bool)> =
            plans.iter().map(|plan| (plan.narrowed_here, plan.interactive_only)).collect();
        assert_eq!(told, [(false, false), (true, false), (false, true), (true, true)]);
        let interactive = SignInsQuery { non_interactive: false, ..SignInsQuery::at_risk(since) }.plans();
        assert!(interactive.iter().all(|plan| !plan.interactive_only));
        let user = "3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01".parse().unwrap();
        let of_user = SignInsQuery::of_user(user, since).plans();
        assert!(of_user.iter().all(|plan| plan.filter.contains("userId eq '3f2a9c10-")));
    }

    #[test]
    fn nothing_in_a_filter_can_end_it() {
        assert_eq!(escaped("a eq 'b&c' #+"), "a%20eq%20%27b%26c%27%20%23%2B");
        let odd = UsersQuery { states: vec![RiskState::from_wire("it's")], ..UsersQuery::at_risk() };
        assert_eq!(odd.plans()[0].filter, "riskState eq 'it''s'");
    }
}
