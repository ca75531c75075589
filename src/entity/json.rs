//! Decoding of Graph's JSON: lenient about everything but ids.
//!
//! A property that is missing, null, new or of an unexpected type costs nothing but its own value. A row without
//! an id cannot be acted on; it is counted and named, never dropped in silence.

use super::text::Text;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Reads a property as `T`, or as its default where the JSON does not fit. For use with `deserialize_with`.
pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_default())
}

/// Reads a list, leaving out the items that do not fit.
pub(super) fn lenient_list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = <&RawValue>::deserialize(deserializer)?;
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    Ok(items.into_iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect())
}

/// Reads a time with zero to seven fraction digits (API.md section 7); anything else counts as missing.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Text::deserialize(deserializer)?;
    Ok(DateTime::parse_from_rfc3339(&text).ok().map(|time| time.with_timezone(&Utc)))
}

/// The rows of one page, and what could not become a row.
#[derive(Debug)]
pub struct Decoded<T> {
    /// The rows, in the order in which they came.
    pub rows: Vec<T>,
    /// A sentence for each item that could not become a row, with its position on the page.
    pub rejected: Vec<String>,
}

/// Decodes the items of a page one by one, so that one bad item costs only itself.
pub fn decode_rows<T: DeserializeOwned>(items: &[&RawValue]) -> Decoded<T> {
    let mut decoded = Decoded { rows: Vec::with_capacity(items.len()), rejected: Vec::new() };
    for (position, item) in items.iter().enumerate() {
        match decode_row(item.get()) {
            Ok(row) => decoded.rows.push(row),
            Err(error) => {
                decoded.rejected.push(format!("item {}: {}", position + 1, Text::new(&error.to_string())));
            }
        }
    }
    decoded
}

/// Decodes one item. Graph has been seen to repeat a property inside an object, which `serde` refuses; the second
/// try goes through a map, where the last one wins.
fn decode_row<T: DeserializeOwned>(item: &str) -> serde_json::Result<T> {
    serde_json::from_str(item).or_else(|first| {
        let merged: serde_json::Value = serde_json::from_str(item)?;
        serde_json::from_str(&merged.to_string()).map_err(|_| first)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{RiskyUser, SignIn};
    use super::*;

    fn decode<T: DeserializeOwned>(json: &str) -> Decoded<T> {
        let items: Vec<&RawValue> = serde_json::from_str(json).unwrap();
        decode_rows(&items)
    }

    #[test]
    fn a_row_without_an_id_is_reported_and_the_others_stay() {
        let decoded: Decoded<RiskyUser> = decode(
            r#"[{"id":"3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01"},{"riskLevel":"high"},{"id":null},{"id":"none"},7,
                {"id":"3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a02"}]"#,
        );
        assert_eq!(decoded.rows.len(), 2);
        assert_eq!(decoded.rejected.len(), 4);
        assert!(decoded.rejected[0].starts_with("item 2: missing field `id`"), "{:?}", decoded.rejected);
        assert!(decoded.rejected[1].starts_with("item 3: the id is missing"), "{:?}", decoded.rejected);
        assert!(decoded.rejected[2].contains("`none` is not an id"), "{:?}", decoded.rejected);
    }

    #[test]
    fn a_property_of_the_wrong_type_costs_only_itself() {
        let decoded: Decoded<SignIn> = decode(
            r#"[{"id":"7c1e5d4a-3b92-4f60-8a17-2d9e6b530100","createdDateTime":17,"status":"broken","location":[1],
                "riskEventTypes_v2":["a",7,null],"autonomousSystemNumber":"64501x","deviceDetail":null,
                "isInteractive":"yes","userDisplayName":"Avery","authenticationDetails":[3,{"succeeded":true}]}]"#,
        );
        assert!(decoded.rejected.is_empty(), "{:?}", decoded.rejected);
        let sign_in = &decoded.rows[0];
        assert_eq!(&*sign_in.user_display_name, "Avery");
        assert_eq!(sign_in.created, None);
        assert_eq!(sign_in.autonomous_system_number, None);
        assert_eq!(sign_in.authentication_details.len(), 1);
    }

    #[test]
    fn a_repeated_property_is_survived() {
        let decoded: Decoded<RiskyUser> =
            decode(r#"[{"id":"3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01","riskLevel":"low","riskLevel":"high"}]"#);
        assert_eq!(decoded.rows[0].risk_level, super::super::RiskLevel::High);
    }
}
