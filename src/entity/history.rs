//! One entry of a user's risk history (`riskyUserHistoryItem`, API.md section 7).

use super::id::UserId;
use super::json::{lenient, lenient_list, time};
use super::risk::{RiskDetail, RiskLevel, RiskState, detection_name};
use super::text::Text;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// A change of a user's risk, and who or what caused it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryItem {
    /// The entry's own id: the user's id for the newest entry, with a tick count appended for older ones. No action
    /// takes it.
    #[serde(default)]
    pub id: Text,
    /// The user.
    #[serde(default, deserialize_with = "lenient")]
    pub user_id: Option<UserId>,
    /// The level after the change.
    #[serde(default)]
    pub risk_level: RiskLevel,
    /// The state after the change.
    #[serde(default)]
    pub risk_state: RiskState,
    /// The reason of the change.
    #[serde(default)]
    pub risk_detail: RiskDetail,
    /// When it changed.
    #[serde(default, rename = "riskLastUpdatedDateTime", deserialize_with = "time")]
    pub risk_last_updated: Option<DateTime<Utc>>,
    /// Object id of whoever caused it; empty for the service itself.
    #[serde(default)]
    pub initiated_by: Text,
    /// What happened.
    #[serde(default, deserialize_with = "lenient")]
    pub activity: Activity,
}

/// What caused a change of risk (`riskUserActivity`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// Detection types. The older name `eventTypes` still occurs and is read too (API.md section 7).
    #[serde(default, deserialize_with = "lenient_list")]
    pub risk_event_types: Vec<Text>,
    #[serde(default, deserialize_with = "lenient_list")]
    event_types: Vec<Text>,
    /// The reason.
    #[serde(default)]
    pub detail: RiskDetail,
}

impl Activity {
    /// The detection types, by whichever name they came.
    pub fn detection_types(&self) -> &[Text] {
        if self.risk_event_types.is_empty() { &self.event_types } else { &self.risk_event_types }
    }
}

impl HistoryItem {
    /// The moment of the change, for a label.
    pub fn when(&self) -> String {
        self.risk_last_updated.map_or_else(|| "?".into(), |time| time.format("%Y-%m-%d %H:%M").to_string())
    }

    /// The change in one line: level, state, cause, actor.
    pub fn summary(&self) -> String {
        let mut parts = vec![format!("{}, {}", self.risk_level.label(), self.risk_state.label())];
        let types: Vec<&str> =
            self.activity.detection_types().iter().map(|name| detection_name(name)).collect();
        if !types.is_empty() {
            parts.push(types.join(", "));
        }
        if !matches!(self.risk_detail, RiskDetail::None | RiskDetail::Missing) {
            parts.push(self.risk_detail.label().to_owned());
        }
        if !self.initiated_by.is_empty() {
            parts.push(format!("by {}", self.initiated_by));
        }
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_the_detection_types_are_read() {
        let read = |json: &str| serde_json::from_str::<HistoryItem>(json).unwrap();
        let new = read(r#"{"id":"x","activity":{"riskEventTypes":["passwordSpray"],"detail":null}}"#);
        let old = read(r#"{"id":"x","activity":{"eventTypes":["passwordSpray"]}}"#);
        assert_eq!(new.activity.detection_types(), old.activity.detection_types());
        assert_eq!(new.summary(), "not given, not given · Password spray");
        assert!(read(r#"{"activity":17}"#).activity.detection_types().is_empty());
    }
}
