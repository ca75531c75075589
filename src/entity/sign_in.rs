//! A sign-in (`signIn`, API.md section 7; the beta shape, of which v1.0 is a part).

use super::action::Target;
use super::id::{SignInId, UserId};
use super::json::{lenient, lenient_list, time};
use super::risk::{
    ConditionalAccessStatus, RiskDetail, RiskLevel, RiskState, SignInUserType, detection_name,
};
use super::row::{Column, ColumnOf, Facts, Key, Row, Section, Standing, growing, named, narrow, wide};
use super::text::Text;
use super::value::Value;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// Where a client was, as far as its address tells (`signInLocation`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// City.
    #[serde(default)]
    pub city: Text,
    /// State or province.
    #[serde(default)]
    pub state: Text,
    /// Country, two letters.
    #[serde(default)]
    pub country_or_region: Text,
    /// Coordinates.
    #[serde(default, deserialize_with = "lenient")]
    pub geo_coordinates: GeoCoordinates,
}

/// A point on the earth (`geoCoordinates`), in degrees.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct GeoCoordinates {
    /// Degrees north.
    #[serde(default, deserialize_with = "lenient")]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(default, deserialize_with = "lenient")]
    pub longitude: Option<f64>,
}

impl Location {
    /// Country, city and state in one line; only what is known.
    pub fn place(&self) -> String {
        let parts = [&self.country_or_region, &self.city, &self.state];
        let mut parts: Vec<&str> =
            parts.into_iter().map(|part| &**part).filter(|part| !part.is_empty()).collect();
        parts.dedup();
        parts.join(", ")
    }

    /// Country and city for a table cell.
    pub fn short(&self) -> String {
        match (self.country_or_region.is_empty(), self.city.is_empty()) {
            (_, true) => self.country_or_region.to_string(),
            (true, false) => self.city.to_string(),
            (false, false) => format!("{} {}", self.country_or_region, self.city),
        }
    }

    fn coordinates(&self) -> String {
        match (self.geo_coordinates.latitude, self.geo_coordinates.longitude) {
            (Some(latitude), Some(longitude)) => format!("{latitude:.3}, {longitude:.3}"),
            _ => String::new(),
        }
    }
}

/// The device, as far as it said (`deviceDetail`). Empty texts stand for "none" (API.md section 11).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceDetail {
    /// The device's id in Entra ID; empty for an unknown device.
    pub device_id: Text,
    /// Its name.
    pub display_name: Text,
    /// Operating system.
    pub operating_system: Text,
    /// Browser.
    pub browser: Text,
    /// Meets the organisation's rules.
    #[serde(deserialize_with = "lenient")]
    pub is_compliant: Option<bool>,
    /// Is managed.
    #[serde(deserialize_with = "lenient")]
    pub is_managed: Option<bool>,
    /// How it is joined.
    pub trust_type: Text,
}

impl DeviceDetail {
    /// The device in a few words: how far it is trusted, then what it runs.
    pub fn summary(&self) -> String {
        let trust = match (self.is_compliant, self.is_managed) {
            (Some(true), _) => "compliant",
            (_, Some(true)) => "managed",
            _ if self.device_id.is_empty() => "unknown",
            _ => "registered",
        };
        let parts = [trust, &*self.operating_system, &*self.browser];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// How a sign-in ended (`signInStatus`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SignInStatus {
    /// 0 is success; anything else is an AADSTS code.
    #[serde(deserialize_with = "lenient")]
    pub error_code: Option<i64>,
    /// Why it failed, in Graph's words.
    pub failure_reason: Text,
    /// More of it.
    pub additional_details: Text,
}

impl SignInStatus {
    /// Whether it is known to have failed.
    pub fn failed(&self) -> bool {
        self.error_code.is_some_and(|code| code != 0)
    }

    fn summary(&self) -> String {
        match self.error_code {
            Some(0) => "success".into(),
            Some(code) => format!("failed {code}"),
            None => String::new(),
        }
    }
}

/// One step of the authentication (`authenticationDetail`, beta).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuthenticationStep {
    /// When.
    #[serde(rename = "authenticationStepDateTime", deserialize_with = "time")]
    pub time: Option<DateTime<Utc>>,
    /// The method, free text.
    #[serde(rename = "authenticationMethod")]
    pub method: Text,
    /// More about the method.
    #[serde(rename = "authenticationMethodDetail")]
    pub method_detail: Text,
    /// Whether it succeeded.
    #[serde(deserialize_with = "lenient")]
    pub succeeded: Option<bool>,
    /// Its result in Graph's words.
    #[serde(rename = "authenticationStepResultDetail")]
    pub result_detail: Text,
    /// Which requirement it answered.
    #[serde(rename = "authenticationStepRequirement")]
    pub requirement: Text,
}

impl AuthenticationStep {
    fn summary(&self) -> String {
        let result = match self.succeeded {
            Some(true) => "passed",
            Some(false) => "failed",
            None => "",
        };
        let parts = [&*self.method, &*self.method_detail, result, &*self.result_detail];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

/// A Conditional Access policy that was evaluated (`appliedConditionalAccessPolicy`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppliedPolicy {
    /// Its name.
    pub display_name: Text,
    /// Its result.
    pub result: Text,
    /// The controls that it enforced on the grant.
    #[serde(deserialize_with = "lenient_list")]
    pub enforced_grant_controls: Vec<Text>,
    /// The controls that it enforced on the session.
    #[serde(deserialize_with = "lenient_list")]
    pub enforced_session_controls: Vec<Text>,
}

impl AppliedPolicy {
    fn summary(&self) -> String {
        let controls = self.enforced_grant_controls.iter().chain(&self.enforced_session_controls);
        let controls: Vec<&str> = controls.map(|control| &**control).collect();
        if controls.is_empty() {
            self.result.to_string()
        } else {
            format!("{} · {}", self.result, controls.join(", "))
        }
    }
}

/// A named network that matched (`networkLocationDetail`, beta).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkLocation {
    /// What sort of network, for instance `trustedNamedLocation`.
    pub network_type: Text,
    /// The names of the locations.
    #[serde(deserialize_with = "lenient_list")]
    pub network_names: Vec<Text>,
}

/// One sign-in, as Graph reported it. Never edited here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The request id: what `requestIds` takes.
    pub id: SignInId,
    /// Start of the sign-in.
    #[serde(default, rename = "createdDateTime", deserialize_with = "time")]
    pub created: Option<DateTime<Utc>>,
    /// The user.
    #[serde(default, deserialize_with = "lenient")]
    pub user_id: Option<UserId>,
    /// Display name at the time.
    #[serde(default)]
    pub user_display_name: Text,
    /// User principal name, lower-case here.
    #[serde(default)]
    pub user_principal_name: Text,
    /// Member or guest.
    #[serde(default)]
    pub user_type: SignInUserType,
    /// Client application.
    #[serde(default)]
    pub app_display_name: Text,
    /// Its id.
    #[serde(default)]
    pub app_id: Text,
    /// What the token is for.
    #[serde(default)]
    pub resource_display_name: Text,
    /// Client address, v4 or v6.
    #[serde(default)]
    pub ip_address: Text,
    /// The address that the resource saw.
    #[serde(default)]
    pub ip_address_from_resource_provider: Text,
    /// The client's network (beta).
    #[serde(default, deserialize_with = "lenient")]
    pub autonomous_system_number: Option<i64>,
    /// Where the address is.
    #[serde(default, deserialize_with = "lenient")]
    pub location: Location,
    /// The client type; legacy protocols show here.
    #[serde(default)]
    pub client_app_used: Text,
    /// User agent, chosen by the client.
    #[serde(default)]
    pub user_agent: Text,
    /// The device.
    #[serde(default, deserialize_with = "lenient")]
    pub device_detail: DeviceDetail,
    /// How it ended.
    #[serde(default, deserialize_with = "lenient")]
    pub status: SignInStatus,
    /// Conditional Access as a whole.
    #[serde(default)]
    pub conditional_access_status: ConditionalAccessStatus,
    /// The policies; empty unless the caller may read them.
    #[serde(default, deserialize_with = "lenient_list")]
    pub applied_conditional_access_policies: Vec<AppliedPolicy>,
    /// Whether a person was in front of it.
    #[serde(default, deserialize_with = "lenient")]
    pub is_interactive: Option<bool>,
    /// `interactiveUser`, `nonInteractiveUser`, ... (beta).
    #[serde(default, deserialize_with = "lenient_list")]
    pub sign_in_event_types: Vec<Text>,
    /// Risk after all processing; moves when an administrator acts.
    #[serde(default)]
    pub risk_level_aggregated: RiskLevel,
    /// Risk while the user signed in; never moves.
    #[serde(default)]
    pub risk_level_during_sign_in: RiskLevel,
    /// Where triage stands.
    #[serde(default)]
    pub risk_state: RiskState,
    /// Why it stands there.
    #[serde(default)]
    pub risk_detail: RiskDetail,
    /// Detection types.
    #[serde(default, rename = "riskEventTypes_v2", deserialize_with = "lenient_list")]
    pub risk_event_types: Vec<Text>,
    /// `singleFactorAuthentication` or `multiFactorAuthentication` (beta).
    #[serde(default)]
    pub authentication_requirement: Text,
    /// One entry per step (beta).
    #[serde(default, deserialize_with = "lenient_list")]
    pub authentication_details: Vec<AuthenticationStep>,
    /// Protocol or grant type, `deviceCode` among them (beta).
    #[serde(default)]
    pub authentication_protocol: Text,
    /// How the session was moved between devices (beta).
    #[serde(default)]
    pub original_transfer_method: Text,
    /// Token kinds presented (beta).
    #[serde(default)]
    pub incoming_token_type: Text,
    /// Named networks that matched (beta).
    #[serde(default, deserialize_with = "lenient_list")]
    pub network_location_details: Vec<NetworkLocation>,
    /// B2B, partner or support access (beta).
    #[serde(default)]
    pub cross_tenant_access_type: Text,
    /// The user's home tenant.
    #[serde(default)]
    pub home_tenant_id: Text,
    /// Session id (beta).
    #[serde(default)]
    pub session_id: Text,
    /// Token id for tracing at resources (beta).
    #[serde(default)]
    pub unique_token_identifier: Text,
    /// Shared by related requests; not accepted as `requestIds`.
    #[serde(default)]
    pub correlation_id: Text,
    /// The user flagged a failed sign-in for review (beta).
    #[serde(default, deserialize_with = "lenient")]
    pub flagged_for_review: Option<bool>,
    /// Came through Global Secure Access (beta).
    #[serde(default, deserialize_with = "lenient")]
    pub is_through_global_secure_access: Option<bool>,
    /// Who issued the token.
    #[serde(default)]
    pub token_issuer_type: Text,
}

static COLUMNS: &[ColumnOf<SignIn>] = &[
    narrow("TIME", 0, "createdDateTime: start of the sign-in", |sign_in, _| Value::time(sign_in.created)),
    narrow("LVL", 4, "riskLevelAggregated / riskLevelDuringSignIn, each by its letter", |sign_in, _| {
        Value::Levels(&sign_in.risk_level_aggregated, &sign_in.risk_level_during_sign_in)
    }),
    growing("USER", 18, "user principal name, else display name, else id", |sign_in, _| sign_in.name()),
    narrow("IP", 15, "ipAddress of the client", |sign_in, _| Value::text(&sign_in.ip_address)),
    narrow("WHERE", 12, "country and city of the address", |sign_in, _| {
        Value::made(sign_in.location.short())
    }),
    narrow(
        "NEW",
        5,
        "new for this user, says Graph: I IP, A network, C location, D device, U browser",
        |sign_in, facts| Value::New(facts.novelty(sign_in.id)),
    ),
    narrow(
        "AUTH",
        4,
        "mfa asked for now, mfa~ by an earlier claim, 1fa, code: device code; failed: mfa? password right, second factor missing; pw? wrong password; ca! stopped by Conditional Access; fail: anything else",
        |sign_in, _| Value::text(sign_in.authentication()),
    ),
    growing("DETECTIONS", 18, "riskEventTypes_v2", |sign_in, _| Value::List(&sign_in.risk_event_types)),
    wide("APP", 20, "appDisplayName: the client application", |sign_in, _| {
        Value::text(&sign_in.app_display_name)
    }),
    wide("DEVICE", 24, "how far it is trusted, system, browser", |sign_in, _| {
        Value::made(sign_in.device_detail.summary())
    }),
    wide("CA", 13, "conditionalAccessStatus", |sign_in, _| {
        Value::text(match sign_in.conditional_access_status {
            ConditionalAccessStatus::Missing => "",
            ref status => status.as_str(),
        })
    }),
    wide("RESULT", 12, "success, or the AADSTS code", |sign_in, _| Value::made(sign_in.status.summary())),
    wide("ASN", 6, "autonomousSystemNumber of the client's network", |sign_in, _| {
        Value::number(sign_in.autonomous_system_number)
    }),
    wide("STATE", 11, "riskState", |sign_in, _| Value::State(&sign_in.risk_state)),
    wide("INT", 3, "isInteractive", |sign_in, _| Value::flag(sign_in.is_interactive)),
    wide("RESOURCE", 20, "resourceDisplayName: what the token is for", |sign_in, _| {
        Value::text(&sign_in.resource_display_name)
    }),
    wide("REQUEST ID", 36, "the sign-in's id", |sign_in, _| Value::Made(sign_in.id.to_string())),
];

impl SignIn {
    /// The columns of the sign-ins table.
    pub fn columns() -> impl ExactSizeIterator<Item = &'static Column> {
        COLUMNS.iter().map(|column| &column.column)
    }

    /// How the user proved themselves, or what they failed at, in at most four letters. For a spray it decides whether the
    /// password was right: the codes are those of Entra ID (50126 wrong password; 50074 and its like a second factor that was
    /// asked for and not given; 5300x Conditional Access).
    pub fn authentication(&self) -> &'static str {
        match self.status.error_code {
            None | Some(0) => {}
            Some(50126) => return "pw?",
            Some(50072 | 50074 | 50076 | 50079 | 50158 | 500_121) => return "mfa?",
            Some(53000..=53004) => return "ca!",
            Some(_) => return "fail",
        }
        if self.authentication_protocol.split(',').any(|protocol| protocol.eq_ignore_ascii_case("deviceCode"))
        {
            return "code";
        }
        match &*self.authentication_requirement {
            "multiFactorAuthentication" if self.prompted() => "mfa",
            "multiFactorAuthentication" => "mfa~",
            "singleFactorAuthentication" => "1fa",
            _ => "",
        }
    }

    /// Whether a second factor was really asked for, and not taken from a claim in an earlier token.
    fn prompted(&self) -> bool {
        self.authentication_details.iter().any(|step| {
            let by_claim = step.result_detail.to_ascii_lowercase().contains("claim in the token")
                || step.method.eq_ignore_ascii_case("Previously satisfied");
            !by_claim && step.succeeded == Some(true) && !step.method.eq_ignore_ascii_case("Password")
        })
    }

    /// The moment without the year, to tell rows of one user apart.
    fn moment(&self) -> String {
        self.created.map_or_else(|| "?".into(), |time| time.format("%m-%d %H:%M").to_string())
    }

    /// The moment of the sign-in, for a label.
    pub fn when(&self) -> String {
        self.created.map_or_else(|| "?".into(), |time| time.format("%Y-%m-%d %H:%M").to_string())
    }

    /// The sign-in in one line: level, state, address, place, app, result.
    pub fn summary(&self) -> String {
        let parts = [
            format!("{}/{}", self.risk_level_aggregated.letter(), self.risk_level_during_sign_in.letter()),
            self.risk_state.short().to_owned(),
            self.ip_address.to_string(),
            self.location.short(),
            self.app_display_name.to_string(),
            self.status.summary(),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    fn name(&self) -> Value<'_> {
        named(&self.user_principal_name, &self.user_display_name, self.user_id)
    }

    /// Graph writes "Other." as the reason of a success.
    fn failure_reason(&self) -> Value<'_> {
        if self.status.failed() { Value::text(&self.status.failure_reason) } else { Value::Empty }
    }

    fn risk_section<'a>(&'a self, facts: &'a dyn Facts) -> Section<'a> {
        let new: Vec<&str> = facts.novelty(self.id).reasons().map(|(_, words)| words).collect();
        let mut section = Section::new("Risk")
            .with("level now", Value::Level(&self.risk_level_aggregated))
            .with("at sign-in", Value::Level(&self.risk_level_during_sign_in))
            .with("state", Value::Text(self.risk_state.label()))
            .with("because", Value::text(self.risk_detail.label()))
            .with("new for user", Value::made(new.join(", ")));
        for name in &self.risk_event_types {
            section = section.with("detection", Value::Text(detection_name(name)));
        }
        section
    }

    fn place_section<'a>(&'a self, facts: &'a dyn Facts) -> Section<'a> {
        let (sign_ins, users) = facts.neighbours(&self.ip_address);
        let neighbours =
            if sign_ins > 1 { format!("{sign_ins} loaded sign-ins of {users} users") } else { String::new() };
        let mut section = Section::new("From where")
            .with("IP address", Value::text(&self.ip_address))
            .with("same address", Value::made(neighbours))
            .with("seen by resource", Value::text(&self.ip_address_from_resource_provider))
            .with("network (ASN)", Value::number(self.autonomous_system_number))
            .with("place", Value::made(self.location.place()))
            .with("coordinates", Value::made(self.location.coordinates()))
            .with("Global Secure Access", Value::flag(self.is_through_global_secure_access.filter(|on| *on)));
        for network in &self.network_location_details {
            section = section.with(&*network.network_type, Value::List(&network.network_names));
        }
        section
    }

    fn authentication_section(&self) -> Section<'_> {
        let mut section = Section::new("Authentication")
            .with("requirement", Value::text(&self.authentication_requirement))
            .with("protocol", unless_none(&self.authentication_protocol))
            .with("moved by", unless_none(&self.original_transfer_method))
            .with("token presented", unless_none(&self.incoming_token_type))
            .with("client", Value::text(&self.client_app_used));
        for step in &self.authentication_details {
            let label = step.time.map_or_else(|| "step".into(), |time| time.format("%H:%M:%S").to_string());
            section = section.with(label, Value::made(step.summary()));
        }
        section
    }

    fn policy_section(&self) -> Section<'_> {
        let overall = match self.conditional_access_status {
            ConditionalAccessStatus::Missing => Value::Empty,
            ref status => Value::Text(status.label()),
        };
        let mut section = Section::new("Conditional Access").with("overall", overall);
        for policy in &self.applied_conditional_access_policies {
            section = section.with(&*policy.display_name, Value::made(policy.summary()));
        }
        section
    }
}

/// The value, unless it is Graph's word for nothing.
fn unless_none(text: &Text) -> Value<'_> {
    if &**text == "none" { Value::Empty } else { Value::text(text) }
}

impl Row for SignIn {
    fn key(&self) -> Key {
        Key::SignIn(self.id)
    }

    fn target(&self) -> Option<Target> {
        Some(Target::SignIn(self.id))
    }

    fn cell<'a>(&'a self, column: usize, facts: &'a dyn Facts) -> Value<'a> {
        COLUMNS.get(column).map_or(Value::Empty, |column| (column.cell)(self, facts))
    }

    fn standing(&self) -> Standing {
        Standing {
            name: Text::from(&*self.name().show(super::TimeFormat::Utc, DateTime::UNIX_EPOCH)),
            user: self.user_id,
            user_principal_name: self.user_principal_name.clone(),
            level: self.risk_level_aggregated.clone(),
            state: self.risk_state.clone(),
            deleted: false,
            processing: false,
            time: self.created,
            detail: self.risk_detail.clone(),
            context: format!("{} {} {}", self.moment(), self.ip_address, self.location.short()),
        }
    }

    fn sections<'a>(&'a self, facts: &'a dyn Facts) -> Vec<Section<'a>> {
        let mut detections = Section::new("Detections of this sign-in");
        for detection in facts.detections_of_sign_in(self.id) {
            detections =
                detections.with(detection_name(&detection.risk_event_type), Value::Made(detection.summary()));
        }
        let mut user = Section::new("User")
            .with("principal name", Value::text(&self.user_principal_name))
            .with("display name", Value::text(&self.user_display_name))
            .with("type", Value::text(self.user_type.as_str()))
            .with("access", unless_none(&self.cross_tenant_access_type));
        if let Some(risky) = self.user_id.and_then(|id| facts.user(id)) {
            user = user
                .with("user's risk", Value::Level(&risky.risk_level))
                .with("user's state", Value::Text(risky.risk_state.label()));
        }
        vec![
            self.risk_section(facts),
            detections,
            self.place_section(facts),
            user,
            Section::new("What")
                .with("time", Value::time(self.created))
                .with("app", Value::text(&self.app_display_name))
                .with("resource", Value::text(&self.resource_display_name))
                .with("result", Value::made(self.status.summary()))
                .with("reason", self.failure_reason())
                .with("more", Value::text(&self.status.additional_details))
                .with("interactive", Value::flag(self.is_interactive))
                .with("event types", Value::List(&self.sign_in_event_types))
                .with("flagged by user", Value::flag(self.flagged_for_review.filter(|on| *on))),
            self.authentication_section(),
            Section::new("Device")
                .with("trust", Value::made(self.device_detail.summary()))
                .with("name", Value::text(&self.device_detail.display_name))
                .with("joined as", Value::text(&self.device_detail.trust_type))
                .with("compliant", Value::flag(self.device_detail.is_compliant))
                .with("managed", Value::flag(self.device_detail.is_managed))
                .with("device id", Value::text(&self.device_detail.device_id))
                .with("user agent", Value::text(&self.user_agent)),
            self.policy_section(),
            Section::new("Ids")
                .with("request (sign-in)", Value::Made(self.id.to_string()))
                .with("user", self.user_id.map_or(Value::Empty, |id| Value::Made(id.to_string())))
                .with("correlation", Value::text(&self.correlation_id))
                .with("session", Value::text(&self.session_id))
                .with("token", Value::text(&self.unique_token_identifier))
                .with("app", Value::text(&self.app_id))
                .with("home tenant", Value::text(&self.home_tenant_id))
                .with("token issuer", Value::text(&self.token_issuer_type)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NoFacts, TimeFormat};
    use super::*;

    const EXAMPLE: &str = r#"{"id":"7c1e5d4a-3b92-4f60-8a17-2d9e6b530100","createdDateTime":"2026-03-14T08:12:47Z",
        "userPrincipalName":"avery.lindqvist@contoso.example","userId":"3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01",
        "appDisplayName":"Azure Portal","ipAddress":"203.0.113.77","autonomousSystemNumber":64501,
        "riskLevelAggregated":"high","riskLevelDuringSignIn":"medium","riskState":"atRisk","isInteractive":true,
        "riskEventTypes_v2":["anonymizedIPAddress","unfamiliarFeatures"],"conditionalAccessStatus":"success",
        "authenticationRequirement":"multiFactorAuthentication","authenticationDetails":[
          {"authenticationMethod":"Password","succeeded":true,"authenticationStepResultDetail":"Correct password"},
          {"authenticationMethod":"Mobile app notification","succeeded":true,"authenticationStepResultDetail":"MFA completed in Azure AD"}],
        "status":{"errorCode":0},"deviceDetail":{"operatingSystem":"Linux","browser":"Firefox 128.0","isManaged":false},
        "location":{"city":"Reykjavik","countryOrRegion":"IS"},"resourceDisplayName":"Service Management"}"#;

    #[test]
    fn the_golden_row_of_a_sign_in() {
        let sign_in: SignIn = serde_json::from_str(EXAMPLE).unwrap();
        let cells: Vec<String> = (0..COLUMNS.len())
            .map(|column| {
                sign_in.cell(column, &NoFacts).show(TimeFormat::Utc, DateTime::UNIX_EPOCH).into_owned()
            })
            .collect();
        assert_eq!(
            cells,
            [
                "03-14 08:12",
                "H/M",
                "avery.lindqvist@contoso.example",
                "203.0.113.77",
                "IS Reykjavik",
                "",
                "mfa",
                "anonymizedIPAddress unfamiliarFeatures",
                "Azure Portal",
                "unknown Linux Firefox 128.0",
                "success",
                "success",
                "64501",
                "at risk",
                "yes",
                "Service Management",
                "7c1e5d4a-3b92-4f60-8a17-2d9e6b530100"
            ]
        );
    }

    #[test]
    fn a_second_factor_from_a_claim_is_told_from_a_prompt() {
        let claimed =
            EXAMPLE.replace("MFA completed in Azure AD", "MFA requirement satisfied by claim in the token");
        let sign_in: SignIn = serde_json::from_str(&claimed).unwrap();
        assert_eq!(sign_in.authentication(), "mfa~");
        let device: SignIn = serde_json::from_str(
            &EXAMPLE
                .replace("\"isInteractive\"", "\"authenticationProtocol\":\"deviceCode\",\"isInteractive\""),
        )
        .unwrap();
        assert_eq!(device.authentication(), "code");
        let failed: SignIn =
            serde_json::from_str(&EXAMPLE.replace("\"errorCode\":0", "\"errorCode\":50126")).unwrap();
        assert_eq!(failed.authentication(), "pw?");
    }

    #[test]
    fn the_evidence_shows_only_what_is_known() {
        let bare: SignIn = serde_json::from_str(r#"{"id":"7c1e5d4a-3b92-4f60-8a17-2d9e6b530100"}"#).unwrap();
        let labels: Vec<String> = bare
            .sections(&NoFacts)
            .iter()
            .flat_map(|s| s.fields.iter().map(|f| f.label.to_string()))
            .collect();
        assert_eq!(labels, ["level now", "at sign-in", "state", "because", "trust", "request (sign-in)"]);
    }
}
