//! A console without a terminal, for tests: rows in, keys in, effects out.

use super::{Effect, List, Message, Model, Rows, Session, Ticket, update};
use crate::entity::{RiskLevel, RiskState, RiskyUser, SignIn};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use std::collections::HashMap;

pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 14, 12, 0, 0).unwrap()
}

/// The sign-in with that number. Level, address, user and time follow from the number, so that rows tie and differ.
pub(crate) fn sign_in(number: u32) -> SignIn {
    let level = ["high", "medium", "low"][number as usize % 3];
    let created = (now() - TimeDelta::minutes(i64::from(number / 2))).format("%Y-%m-%dT%H:%M:%SZ");
    serde_json::from_str(&format!(
        r#"{{"id":"{}","createdDateTime":"{created}","userId":"{}","userPrincipalName":"user{:02}@contoso.example",
            "ipAddress":"192.0.2.{}","riskLevelAggregated":"{level}","riskLevelDuringSignIn":"low","riskState":"atRisk",
            "riskDetail":"none","riskEventTypes_v2":["passwordSpray"],"location":{{"city":"Oslo","countryOrRegion":"NO"}}}}"#,
        sign_in_id(number),
        user_id(number % 7),
        number % 7,
        number % 5,
    ))
    .unwrap()
}

/// The same sign-in after somebody dealt with it: another level, state and user name, so that order and filter change too.
pub(crate) fn changed_sign_in(number: u32) -> SignIn {
    let mut sign_in = sign_in(number);
    sign_in.risk_level_aggregated = RiskLevel::None;
    sign_in.risk_state = RiskState::Remediated;
    sign_in.created = sign_in.created.map(|time| time + TimeDelta::minutes(i64::from(number % 9)));
    sign_in.user_principal_name = "user99@contoso.example".into();
    sign_in
}

pub(crate) fn sign_in_id(number: u32) -> String {
    format!("7c1e5d4a-3b92-4f60-8a17-{number:012x}")
}

pub(crate) fn user_id(number: u32) -> String {
    format!("3f2a9c10-6d4b-4e8f-9a21-{number:012x}")
}

pub(crate) fn user(number: u32, extra: &str) -> RiskyUser {
    let state = if extra.contains("riskState") { "" } else { r#""riskState":"atRisk","# };
    serde_json::from_str(&format!(
        r#"{{"id":"{}","userPrincipalName":"user{number:02}@contoso.example","riskLevel":"high",{state}
            "riskDetail":"none","riskLastUpdatedDateTime":"2026-03-14T08:00:00Z"{extra}}}"#,
        user_id(number)
    ))
    .unwrap()
}

/// A console with its loadings.
pub(crate) struct Console {
    pub(crate) model: Model,
    loads: HashMap<List, Ticket>,
    pub(crate) effects: Vec<Effect>,
}

impl Console {
    pub(crate) fn new() -> Self {
        Self::with(Session { write: true, tenant: "Contoso".into(), ..Session::default() })
    }

    pub(crate) fn with(session: Session) -> Self {
        let mut console =
            Self { model: Model::new(session, (100, 24), now()), loads: HashMap::new(), effects: Vec::new() };
        let effects = console.model.start();
        console.note(effects);
        console
    }

    fn note(&mut self, effects: Vec<Effect>) {
        for effect in &effects {
            if let Effect::Load(ticket, list) = effect {
                self.loads.insert(*list, *ticket);
            }
        }
        self.effects.extend(effects);
    }

    pub(crate) fn tell(&mut self, message: Message) {
        let effects = update(&mut self.model, message);
        self.note(effects);
    }

    /// A moment passes, long enough for the review to listen.
    pub(crate) fn pass(&mut self, milliseconds: i64) {
        let later = self.model.now + TimeDelta::milliseconds(milliseconds);
        self.tell(Message::Time(later));
    }

    /// Presses keys: characters, and names in angle brackets.
    pub(crate) fn press(&mut self, keys: &str) {
        for key in super::key::sequence(keys) {
            self.tell(Message::Key(key));
        }
    }

    pub(crate) fn page(&mut self, rows: Rows) {
        let list = match rows {
            Rows::Users(_) => List::Users,
            Rows::SignIns(_) => List::SignIns,
            Rows::Detections(_) => List::Detections,
        };
        let ticket = self.loads[&list];
        self.tell(Message::Page { ticket, rows, rejected: Vec::new() });
    }

    pub(crate) fn sign_ins(&mut self, numbers: impl IntoIterator<Item = u32>) {
        self.page(Rows::SignIns(numbers.into_iter().map(sign_in).collect()));
    }

    pub(crate) fn loaded(&mut self, list: List) {
        let ticket = self.loads[&list];
        self.tell(Message::Loaded { ticket, remark: None });
    }

    pub(crate) fn notice(&self) -> String {
        self.model.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default()
    }

    /// The shown rows of the open table, by key, in order.
    pub(crate) fn shown(&self) -> Vec<crate::entity::Key> {
        let table = self.model.current_table().unwrap();
        (0..table.shown()).map(|place| table.shown_row(place).unwrap().key()).collect()
    }
}
