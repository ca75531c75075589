//! A risky user (`riskyUser`, API.md section 7).

use super::action::Target;
use super::id::UserId;
use super::json::{lenient, time};
use super::risk::{RiskDetail, RiskLevel, RiskState, detection_name};
use super::row::{Column, ColumnOf, Facts, Key, Row, Section, Standing, growing, named, narrow, wide};
use super::text::Text;
use super::value::Value;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// A user whom Identity Protection has rated, as Graph reported it. Never edited here: what the analyst intends is
/// kept elsewhere, and what the service made of it is read back.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskyUser {
    /// The user's object id.
    pub id: UserId,
    /// Deleted accounts stay in the list; every action on them is refused (API.md section 11).
    #[serde(default, deserialize_with = "lenient")]
    pub is_deleted: Option<bool>,
    /// The service is still applying a change.
    #[serde(default, deserialize_with = "lenient")]
    pub is_processing: Option<bool>,
    /// The user's aggregated risk.
    #[serde(default)]
    pub risk_level: RiskLevel,
    /// Where triage stands.
    #[serde(default)]
    pub risk_state: RiskState,
    /// Why it stands there.
    #[serde(default)]
    pub risk_detail: RiskDetail,
    /// When the risk last changed.
    #[serde(default, rename = "riskLastUpdatedDateTime", deserialize_with = "time")]
    pub risk_last_updated: Option<DateTime<Utc>>,
    /// Display name.
    #[serde(default)]
    pub user_display_name: Text,
    /// User principal name; its case varies between resources, so rows are joined by id.
    #[serde(default)]
    pub user_principal_name: Text,
}

static COLUMNS: &[ColumnOf<RiskyUser>] = &[
    narrow("LEVEL", 6, "riskLevel: the user's aggregated risk", |user, _| Value::Level(&user.risk_level)),
    narrow("STATE", 11, "riskState: where triage stands", |user, _| Value::State(&user.risk_state)),
    growing("USER", 22, "user principal name, else display name, else id", |user, _| user.name()),
    growing("WHY", 18, "detection types of the loaded detections, with how often", |user, facts| {
        Value::Counts(facts.why(user.id))
    }),
    narrow("UPDATED", 0, "riskLastUpdatedDateTime", |user, _| Value::time(user.risk_last_updated)),
    narrow("PROC", 4, "isProcessing: the service is still applying a change", |user, _| {
        if user.is_processing == Some(true) { Value::Text("proc") } else { Value::Empty }
    }),
    wide("DETAIL", 30, "riskDetail: why the state is what it is", |user, _| match user.risk_detail {
        RiskDetail::None => Value::Empty,
        ref detail => Value::text(detail.as_str()),
    }),
    wide("SIGN-INS", 8, "loaded sign-ins of the user", |user, facts| {
        match facts.sign_ins_of_user(user.id).len() {
            0 => Value::Empty,
            count => Value::Number(count as i64),
        }
    }),
    wide("LAST IP", 15, "address of the newest loaded sign-in", |user, facts| {
        facts
            .sign_ins_of_user(user.id)
            .first()
            .map_or(Value::Empty, |sign_in| Value::text(&sign_in.ip_address))
    }),
    wide("CC", 2, "country of the newest loaded sign-in", |user, facts| {
        facts
            .sign_ins_of_user(user.id)
            .first()
            .map_or(Value::Empty, |sign_in| Value::text(&sign_in.location.country_or_region))
    }),
    wide("NAME", 20, "userDisplayName", |user, _| Value::text(&user.user_display_name)),
    wide("ID", 36, "the user's object id", |user, _| Value::Made(user.id.to_string())),
];

impl RiskyUser {
    /// The columns of the users table.
    pub fn columns() -> impl ExactSizeIterator<Item = &'static Column> {
        COLUMNS.iter().map(|column| &column.column)
    }

    fn name(&self) -> Value<'_> {
        named(&self.user_principal_name, &self.user_display_name, Some(self.id))
    }

    fn risk_section(&self) -> Section<'_> {
        Section::new("Risk")
            .with("level", Value::Level(&self.risk_level))
            .with("state", Value::Text(self.risk_state.label()))
            .with("because", Value::text(self.risk_detail.label()))
            .with("last change", Value::time(self.risk_last_updated))
            .with("processing", Value::flag(self.is_processing.filter(|on| *on)))
            .with("deleted", Value::flag(self.is_deleted.filter(|on| *on)))
    }
}

impl Row for RiskyUser {
    fn key(&self) -> Key {
        Key::User(self.id)
    }

    fn target(&self) -> Option<Target> {
        Some(Target::User(self.id))
    }

    fn cell<'a>(&'a self, column: usize, facts: &'a dyn Facts) -> Value<'a> {
        COLUMNS.get(column).map_or(Value::Empty, |column| (column.cell)(self, facts))
    }

    fn standing(&self) -> Standing {
        Standing {
            name: Text::from(&*self.name().show(super::TimeFormat::Utc, DateTime::UNIX_EPOCH)),
            user: Some(self.id),
            user_principal_name: self.user_principal_name.clone(),
            level: self.risk_level.clone(),
            state: self.risk_state.clone(),
            deleted: self.is_deleted == Some(true),
            processing: self.is_processing == Some(true),
            time: self.risk_last_updated,
            detail: self.risk_detail.clone(),
            context: String::new(),
        }
    }

    fn sections<'a>(&'a self, facts: &'a dyn Facts) -> Vec<Section<'a>> {
        vec![
            self.risk_section(),
            Section::new("User")
                .with("principal name", Value::text(&self.user_principal_name))
                .with("display name", Value::text(&self.user_display_name))
                .with("object id", Value::Made(self.id.to_string())),
            detections_section(facts, self.id),
            sign_ins_section(facts, self.id),
            history_section(facts, self.id),
        ]
    }
}

/// The user's loaded detections, newest first.
pub(super) fn detections_section(facts: &dyn Facts, user: UserId) -> Section<'_> {
    const SHOWN: usize = 12;
    let detections = facts.detections_of_user(user);
    let mut section = Section::new("Detections");
    for detection in detections.iter().take(SHOWN) {
        section = section.with(detection_name(&detection.risk_event_type), Value::Made(detection.summary()));
    }
    if detections.len() > SHOWN {
        section = section.with("", Value::Made(format!("and {} more", detections.len() - SHOWN)));
    }
    section
}

/// The user's newest loaded sign-ins.
pub(super) fn sign_ins_section(facts: &dyn Facts, user: UserId) -> Section<'_> {
    const SHOWN: usize = 8;
    let sign_ins = facts.sign_ins_of_user(user);
    let mut section = Section::new("Sign-ins loaded");
    for sign_in in sign_ins.iter().take(SHOWN) {
        section = section.with(sign_in.when(), Value::Made(sign_in.summary()));
    }
    if sign_ins.len() > SHOWN {
        section = section.with("", Value::Made(format!("and {} more", sign_ins.len() - SHOWN)));
    }
    section
}

fn history_section(facts: &dyn Facts, user: UserId) -> Section<'_> {
    let mut section = Section::new("History");
    for item in facts.history(user).unwrap_or_default() {
        section = section.with(item.when(), Value::Made(item.summary()));
    }
    section
}

#[cfg(test)]
mod tests {
    use super::super::{NoFacts, TimeFormat};
    use super::*;

    #[test]
    fn the_golden_row_of_a_risky_user() {
        let user: RiskyUser = serde_json::from_str(
            r#"{"id":"3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01","isDeleted":false,"isProcessing":true,
                "riskLevel":"high","riskState":"atRisk","riskDetail":"none",
                "riskLastUpdatedDateTime":"2026-03-14T08:15:22.4471893Z","userDisplayName":"Avery Lindqvist",
                "userPrincipalName":"avery.lindqvist@contoso.example","somethingNew":{"a":1}}"#,
        )
        .unwrap();
        let now = user.risk_last_updated.unwrap() + chrono::Duration::hours(3);
        let cells: Vec<String> = (0..COLUMNS.len())
            .map(|column| user.cell(column, &NoFacts).show(TimeFormat::Age, now).into_owned())
            .collect();
        assert_eq!(
            cells,
            [
                "H high",
                "at risk",
                "avery.lindqvist@contoso.example",
                "",
                "3h",
                "proc",
                "",
                "",
                "",
                "",
                "Avery Lindqvist",
                "3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01"
            ]
        );
        assert!(user.standing().processing);
    }

    #[test]
    fn a_user_without_any_name_is_named_by_the_id() {
        let user: RiskyUser =
            serde_json::from_str(r#"{"id":"0badf00d-1c2d-4e3f-8a4b-5c6d7e8f9005","userPrincipalName":null}"#)
                .unwrap();
        assert_eq!(&*user.standing().name, "0badf00d-1c2d-4e3f-8a4b-5c6d7e8f9005");
    }
}
