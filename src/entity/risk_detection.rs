//! A risk detection (`riskDetection`, API.md section 7).

use super::action::Target;
use super::id::{DetectionId, SignInId, UserId};
use super::json::{lenient, time};
use super::risk::{ActivityType, DetectionTiming, RiskDetail, RiskLevel, RiskState, detection_name};
use super::row::{Column, ColumnOf, Facts, Key, Row, Section, Standing, growing, named, narrow, wide};
use super::sign_in::Location;
use super::text::Text;
use super::value::{Novelty, Value};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

/// One thing that Identity Protection noticed. No action takes a detection: a verdict goes to its sign-in, or to
/// its user where it belongs to none.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskDetection {
    /// The detection's own id.
    pub id: DetectionId,
    /// The sign-in it belongs to; none for detections about the user as such.
    #[serde(default, deserialize_with = "lenient")]
    pub request_id: Option<SignInId>,
    /// Shared by related requests; not an id that an action takes.
    #[serde(default)]
    pub correlation_id: Text,
    /// The detection type.
    #[serde(default)]
    pub risk_event_type: Text,
    /// State of this detection; follows what administrators do.
    #[serde(default)]
    pub risk_state: RiskState,
    /// Level of this detection.
    #[serde(default)]
    pub risk_level: RiskLevel,
    /// Why the state is what it is.
    #[serde(default)]
    pub risk_detail: RiskDetail,
    /// The product that found it, free text.
    #[serde(default)]
    pub source: Text,
    /// When it was noticed relative to the sign-in.
    #[serde(default)]
    pub detection_timing_type: DetectionTiming,
    /// What it is about.
    #[serde(default)]
    pub activity: ActivityType,
    /// Who issued the token.
    #[serde(default)]
    pub token_issuer_type: Text,
    /// Address of the client.
    #[serde(default)]
    pub ip_address: Text,
    /// Where the client was.
    #[serde(default, deserialize_with = "lenient")]
    pub location: Location,
    /// When it happened.
    #[serde(default, rename = "activityDateTime", deserialize_with = "time")]
    pub activity_time: Option<DateTime<Utc>>,
    /// When it was found.
    #[serde(default, rename = "detectedDateTime", deserialize_with = "time")]
    pub detected: Option<DateTime<Utc>>,
    /// When it last changed.
    #[serde(default, rename = "lastUpdatedDateTime", deserialize_with = "time")]
    pub last_updated: Option<DateTime<Utc>>,
    /// The user.
    #[serde(default, deserialize_with = "lenient")]
    pub user_id: Option<UserId>,
    /// Display name.
    #[serde(default)]
    pub user_display_name: Text,
    /// User principal name.
    #[serde(default)]
    pub user_principal_name: Text,
    /// ATT&CK technique ids (beta).
    #[serde(default)]
    pub mitre_technique_id: Text,
    /// What else was noticed, as pairs of key and value.
    #[serde(default, deserialize_with = "additional_info")]
    pub additional_info: Vec<(Text, Text)>,
}

/// `additionalInfo` is a JSON array of `{Key, Value}` inside a text (API.md section 11). A value that is itself a
/// list is joined; a text that is not such an array is kept whole.
fn additional_info<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(Text, Text)>, D::Error> {
    let raw: Option<String> = lenient(deserializer)?;
    let Some(raw) = raw.filter(|raw| !raw.is_empty()) else { return Ok(Vec::new()) };
    let Ok(serde_json::Value::Array(entries)) = serde_json::from_str(&raw) else {
        return Ok(vec![(Text::new("text"), Text::new(&raw))]);
    };
    Ok(entries.iter().filter_map(key_and_value).collect())
}

fn key_and_value(entry: &serde_json::Value) -> Option<(Text, Text)> {
    let key = entry.get("Key").or_else(|| entry.get("key"))?.as_str()?;
    let value = match entry.get("Value").or_else(|| entry.get("value"))? {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => return None,
        serde_json::Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect();
            items.join(", ")
        }
        other => other.to_string(),
    };
    Some((Text::new(key), Text::new(&value)))
}

static COLUMNS: &[ColumnOf<RiskDetection>] = &[
    narrow("DETECTED", 0, "detectedDateTime", |detection, _| Value::time(detection.detected)),
    growing("TYPE", 16, "riskEventType", |detection, _| Value::text(&detection.risk_event_type)),
    narrow("LEVEL", 6, "riskLevel of this detection", |detection, _| Value::Level(&detection.risk_level)),
    narrow("TIMING", 6, "detectionTimingType: real-time or offline", |detection, _| {
        match detection.detection_timing_type {
            DetectionTiming::Realtime => Value::Text("real"),
            DetectionTiming::NearRealtime => Value::Text("near"),
            DetectionTiming::Offline => Value::Text("off"),
            DetectionTiming::NotDefined | DetectionTiming::Missing => Value::Empty,
            DetectionTiming::Other(ref wire) => Value::Text(wire),
        }
    }),
    growing("USER", 16, "user principal name, else display name, else id", |detection, _| detection.name()),
    narrow("IP", 15, "ipAddress of the client", |detection, _| Value::text(&detection.ip_address)),
    narrow("CC", 2, "country", |detection, _| Value::text(&detection.location.country_or_region)),
    narrow("STATE", 11, "riskState of this detection", |detection, _| Value::State(&detection.risk_state)),
    wide("ACTIVITY", 0, "activityDateTime: when it happened", |detection, _| {
        Value::time(detection.activity_time)
    }),
    wide("ABOUT", 7, "activity: a sign-in, or the user as such", |detection, _| {
        Value::text(detection.activity.as_str())
    }),
    wide("SOURCE", 18, "the product that found it", |detection, _| Value::text(&detection.source)),
    wide("DETAIL", 30, "riskDetail: why the state is what it is", |detection, _| {
        match detection.risk_detail {
            RiskDetail::None => Value::Empty,
            ref detail => Value::text(detail.as_str()),
        }
    }),
    wide("REQUEST ID", 36, "the sign-in it belongs to", |detection, _| {
        detection.request_id.map_or(Value::Empty, |id| Value::Made(id.to_string()))
    }),
];

impl RiskDetection {
    /// The columns of the detections table.
    pub fn columns() -> impl ExactSizeIterator<Item = &'static Column> {
        COLUMNS.iter().map(|column| &column.column)
    }

    /// The detection in one line: level, timing, state, when, from where.
    pub fn summary(&self) -> String {
        let mut parts = vec![
            self.risk_level.label().to_owned(),
            self.detection_timing_type.label().to_owned(),
            self.risk_state.label().to_owned(),
        ];
        if let Some(time) = self.detected {
            parts.push(time.format("%Y-%m-%d %H:%M").to_string());
        }
        parts.extend(
            [self.ip_address.to_string(), self.location.place()].into_iter().filter(|part| !part.is_empty()),
        );
        parts.join(" · ")
    }

    /// What the service itself found new (`riskReasons`).
    pub fn novelty(&self) -> Novelty {
        let mut novelty = Novelty::default();
        let reasons = self.additional_info.iter().filter(|(key, _)| key.eq_ignore_ascii_case("riskReasons"));
        for reason in reasons.flat_map(|(_, value)| value.split(", ")) {
            novelty.add(reason);
        }
        novelty
    }

    fn name(&self) -> Value<'_> {
        named(&self.user_principal_name, &self.user_display_name, self.user_id)
    }

    fn info_section(&self) -> Section<'_> {
        let mut section = Section::new("Additional information");
        for (key, value) in &self.additional_info {
            section = section.with(&**key, Value::text(value));
        }
        section
    }
}

impl Row for RiskDetection {
    fn key(&self) -> Key {
        Key::Detection(self.id.clone())
    }

    fn target(&self) -> Option<Target> {
        self.request_id.map(Target::SignIn).or(self.user_id.map(Target::User))
    }

    fn cell<'a>(&'a self, column: usize, facts: &'a dyn Facts) -> Value<'a> {
        COLUMNS.get(column).map_or(Value::Empty, |column| (column.cell)(self, facts))
    }

    fn standing(&self) -> Standing {
        Standing {
            name: Text::from(&*self.name().show(super::TimeFormat::Utc, DateTime::UNIX_EPOCH)),
            user: self.user_id,
            user_principal_name: self.user_principal_name.clone(),
            level: self.risk_level.clone(),
            state: self.risk_state.clone(),
            deleted: false,
            processing: false,
            time: self.activity_time,
            detail: self.risk_detail.clone(),
            context: format!("{} {}", self.risk_event_type, self.ip_address),
        }
    }

    fn sections<'a>(&'a self, facts: &'a dyn Facts) -> Vec<Section<'a>> {
        let mut sections = vec![
            Section::new("Detection")
                .with("type", Value::Text(detection_name(&self.risk_event_type)))
                .with("riskEventType", Value::text(&self.risk_event_type))
                .with("level", Value::Level(&self.risk_level))
                .with("state", Value::Text(self.risk_state.label()))
                .with("because", Value::text(self.risk_detail.label()))
                .with("timing", Value::text(self.detection_timing_type.label()))
                .with("about", Value::text(self.activity.label()))
                .with("source", Value::text(&self.source))
                .with("ATT&CK", Value::text(&self.mitre_technique_id)),
            Section::new("When and where")
                .with("happened", Value::time(self.activity_time))
                .with("found", Value::time(self.detected))
                .with("last change", Value::time(self.last_updated))
                .with("IP address", Value::text(&self.ip_address))
                .with("place", Value::made(self.location.place())),
            Section::new("User")
                .with("principal name", Value::text(&self.user_principal_name))
                .with("display name", Value::text(&self.user_display_name))
                .with("object id", self.user_id.map_or(Value::Empty, |id| Value::Made(id.to_string()))),
            self.info_section(),
            Section::new("Ids")
                .with("detection", Value::Made(self.id.to_string()))
                .with("sign-in", self.request_id.map_or(Value::Empty, |id| Value::Made(id.to_string())))
                .with("correlation", Value::text(&self.correlation_id))
                .with("token issuer", Value::text(&self.token_issuer_type)),
        ];
        if let Some(sign_in) = self.request_id.and_then(|id| facts.sign_in(id)) {
            sections
                .insert(2, Section::new("Its sign-in").with(sign_in.when(), Value::Made(sign_in.summary())));
        }
        sections
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> RiskDetection {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_verdict_goes_to_the_sign_in_or_else_to_the_user() {
        let user = r#""userId":"a6c4e1b2-08f7-4d35-b6e9-2f91d0c83b02""#;
        let linked =
            read(&format!(r#"{{"id":"d1","requestId":"7c1e5d4a-3b92-4f60-8a17-2d9e6b530100",{user}}}"#));
        let alone = read(&format!(r#"{{"id":"d2","requestId":null,{user}}}"#));
        let neither = read(r#"{"id":"d3"}"#);
        assert!(matches!(linked.target(), Some(Target::SignIn(_))));
        assert!(matches!(alone.target(), Some(Target::User(_))));
        assert_eq!(neither.target(), None);
    }

    #[test]
    fn additional_information_is_read_out_of_its_text() {
        let detection = read(
            r#"{"id":"d","additionalInfo":"[{\"Key\":\"riskReasons\",\"Value\":[\"UnfamiliarASN\",\"UnfamiliarIP\"]},{\"Key\":\"userAgent\",\"Value\":\"a\\u001b[2J\"},{\"nothing\":1}]"}"#,
        );
        assert_eq!(detection.additional_info.len(), 2);
        assert_eq!(&*detection.additional_info[1].1, "a␛[2J");
        assert_eq!(detection.novelty().count(), 2);
        assert_eq!(&*read(r#"{"id":"d","additionalInfo":"not json"}"#).additional_info[0].1, "not json");
        assert!(read(r#"{"id":"d","additionalInfo":{"a":1}}"#).additional_info.is_empty());
    }
}
