//! The words of Identity Protection. Every enum is open: a value that is not in API.md section 6 is kept and
//! shown as it came, because the service adds members without notice.

use super::text::Text;
use serde::{Deserialize, Deserializer};
use std::fmt;

macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $wire:literal, $label:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name {
            /// Graph sent nothing, or null.
            #[default]
            Missing,
            $($(#[$about])* $variant,)*
            /// A value that is newer than this program, as it came.
            Other(Text),
        }

        impl $name {
            /// Every value that this program knows, in Graph's order.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// The value that Graph spells `wire`.
            pub fn from_wire(wire: &str) -> Self {
                match wire {
                    "" => Self::Missing,
                    $($wire => Self::$variant,)*
                    other => Self::Other(Text::new(other)),
                }
            }

            /// Graph's spelling; empty where it sent nothing.
            pub fn as_str(&self) -> &str {
                match self {
                    Self::Missing => "",
                    $(Self::$variant => $wire,)*
                    Self::Other(wire) => wire,
                }
            }

            /// The value in words for a person.
            pub fn label(&self) -> &str {
                match self {
                    Self::Missing => "not given",
                    $(Self::$variant => $label,)*
                    Self::Other(wire) => wire,
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::from_wire(&Text::deserialize(deserializer)?))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

open_enum! {
    /// `riskLevel`: how likely Identity Protection thinks a compromise is.
    RiskLevel {
        /// Low.
        Low = "low", "low";
        /// Medium.
        Medium = "medium", "medium";
        /// High.
        High = "high", "high";
        /// The tenant or the user lacks the Entra ID P2 licence that shows the level.
        Hidden = "hidden", "hidden (needs Entra ID P2)";
        /// No risk.
        None = "none", "none";
    }
}

impl RiskLevel {
    /// From 0, no risk, to 4, high. What cannot be read (hidden, unknown, missing) ranks above none: it must not
    /// sink below what is known to be harmless.
    pub fn rank(&self) -> u8 {
        match self {
            Self::High => 4,
            Self::Medium => 3,
            Self::Low => 2,
            Self::Hidden | Self::Other(_) | Self::Missing => 1,
            Self::None => 0,
        }
    }

    /// One character for a narrow column, so that the level never depends on colour alone (rule R20).
    pub fn letter(&self) -> char {
        match self {
            Self::High => 'H',
            Self::Medium => 'M',
            Self::Low => 'L',
            Self::None => '-',
            Self::Hidden => '*',
            Self::Other(_) | Self::Missing => '?',
        }
    }
}

open_enum! {
    /// `riskState`: where the triage of a user, sign-in or detection stands.
    RiskState {
        /// No risk was ever seen.
        None = "none", "no risk";
        /// An administrator called it safe.
        ConfirmedSafe = "confirmedSafe", "confirmed safe";
        /// The user proved themselves (MFA, secured password change or reset).
        Remediated = "remediated", "remediated";
        /// An administrator or the service dismissed it.
        Dismissed = "dismissed", "dismissed";
        /// Open: waiting for a verdict.
        AtRisk = "atRisk", "at risk";
        /// An administrator called it compromised.
        ConfirmedCompromised = "confirmedCompromised", "confirmed compromised";
    }
}

impl RiskState {
    /// From 0, settled, to 5, compromised: the order in which an analyst wants to see states.
    pub fn rank(&self) -> u8 {
        match self {
            Self::ConfirmedCompromised => 5,
            Self::AtRisk => 4,
            Self::Other(_) | Self::Missing => 3,
            Self::Remediated => 2,
            Self::Dismissed | Self::ConfirmedSafe => 1,
            Self::None => 0,
        }
    }

    /// A short form for a table cell.
    pub fn short(&self) -> &str {
        match self {
            Self::AtRisk => "at risk",
            Self::ConfirmedCompromised => "compromised",
            Self::ConfirmedSafe => "safe",
            Self::None => "none",
            Self::Missing => "?",
            other => other.as_str(),
        }
    }
}

open_enum! {
    /// `riskDetail`: why the risk is in its present state. Members after `adminConfirmedUserCompromised` arrive only
    /// with `Prefer: include-unknown-enum-members` (API.md section 6).
    RiskDetail {
        /// Nothing happened to it yet.
        None = "none", "nothing was done yet";
        /// An administrator set a temporary password.
        AdminGeneratedTemporaryPassword = "adminGeneratedTemporaryPassword", "an administrator set a temporary password";
        /// The user changed the password after strong authentication.
        UserPerformedSecuredPasswordChange = "userPerformedSecuredPasswordChange", "the user changed the password securely";
        /// The user reset the password after strong authentication.
        UserPerformedSecuredPasswordReset = "userPerformedSecuredPasswordReset", "the user reset the password securely";
        /// An administrator confirmed the sign-in safe.
        AdminConfirmedSigninSafe = "adminConfirmedSigninSafe", "an administrator confirmed the sign-in safe";
        /// The service took the risk back.
        AiConfirmedSigninSafe = "aiConfirmedSigninSafe", "the service found the sign-in safe";
        /// The user passed MFA that a risk policy asked for.
        UserPassedMfaDrivenByRiskBasedPolicy = "userPassedMFADrivenByRiskBasedPolicy", "the user passed MFA asked for by a risk policy";
        /// An administrator dismissed all of the user's risk.
        AdminDismissedAllRiskForUser = "adminDismissedAllRiskForUser", "an administrator dismissed all risk of the user";
        /// An administrator confirmed the sign-in compromised.
        AdminConfirmedSigninCompromised = "adminConfirmedSigninCompromised", "an administrator confirmed the sign-in compromised";
        /// Not shown without Entra ID P2.
        Hidden = "hidden", "hidden (needs Entra ID P2)";
        /// An administrator confirmed the user compromised.
        AdminConfirmedUserCompromised = "adminConfirmedUserCompromised", "an administrator confirmed the user compromised";
        /// Dismissed in Microsoft Defender.
        M365DAdminDismissedDetection = "m365DAdminDismissedDetection", "an administrator dismissed it in Microsoft Defender";
        /// The user changed the password on premises.
        UserChangedPasswordOnPremises = "userChangedPasswordOnPremises", "the user changed the password on premises";
        /// An administrator dismissed the risk of this sign-in.
        AdminDismissedRiskForSignIn = "adminDismissedRiskForSignIn", "an administrator dismissed the risk of the sign-in";
        /// An administrator confirmed the account safe.
        AdminConfirmedAccountSafe = "adminConfirmedAccountSafe", "an administrator confirmed the account safe";
        /// Microsoft revoked the sessions.
        MicrosoftRevokedSessions = "microsoftRevokedSessions", "Microsoft revoked the sessions";
        /// The service raised the account's risk (beta).
        AiElevatedAccountRisk = "aiElevatedAccountRisk", "the service raised the account's risk";
        /// The user presented a Verified ID that a risk policy asked for (beta).
        UserPassedVerifiedIdDrivenByRiskBasedPolicy = "userPassedVerifiedIdDrivenByRiskBasedPolicy", "the user passed a Verified ID check asked for by a risk policy";
    }
}

open_enum! {
    /// `detectionTimingType`: whether the risk was seen while the user signed in, or later.
    DetectionTiming {
        /// Not said.
        NotDefined = "notDefined", "not defined";
        /// During the sign-in.
        Realtime = "realtime", "real-time";
        /// Minutes after it.
        NearRealtime = "nearRealtime", "near real-time";
        /// Up to 48 hours after it.
        Offline = "offline", "offline";
    }
}

open_enum! {
    /// `activity`: what a detection is about.
    ActivityType {
        /// A sign-in.
        Signin = "signin", "sign-in";
        /// The user, not one sign-in.
        User = "user", "user";
        /// A service principal.
        ServicePrincipal = "servicePrincipal", "service principal";
    }
}

open_enum! {
    /// `conditionalAccessStatus`: the outcome of Conditional Access as a whole.
    ConditionalAccessStatus {
        /// The policies that applied were satisfied.
        Success = "success", "satisfied";
        /// A policy blocked it or was not satisfied.
        Failure = "failure", "not satisfied";
        /// No policy applied.
        NotApplied = "notApplied", "no policy applied";
    }
}

open_enum! {
    /// `userType` of a sign-in.
    SignInUserType {
        /// A member of the tenant.
        Member = "member", "member";
        /// A guest, whose risk is judged in the home tenant (API.md section 5).
        Guest = "guest", "guest";
    }
}

/// The name that the Entra admin center gives to a detection type (`riskEventType`), or the type itself where it
/// has none. Capitalisation varies between Graph's pages, so it is compared without case (API.md section 6).
pub fn detection_name(wire: &str) -> &str {
    const NAMES: &[(&str, &str)] = &[
        ("adminConfirmedUserCompromised", "Admin confirmed user compromised"),
        ("anomalousToken", "Anomalous token"),
        ("anomalousUserActivity", "Anomalous user activity"),
        ("anonymizedIPAddress", "Anonymous IP address"),
        ("attackerinTheMiddle", "Attacker in the middle"),
        ("attemptedPrtAccess", "Attempted PRT access"),
        ("generic", "Additional risk detected"),
        ("impossibleTravel", "Impossible travel"),
        ("investigationsThreatIntelligence", "Threat intelligence (user)"),
        ("investigationsThreatIntelligenceSigninLinked", "Threat intelligence (sign-in)"),
        ("leakedCredentials", "Leaked credentials"),
        ("maliciousIPAddress", "Malicious IP address"),
        ("maliciousIPAddressValidCredentialsBlockedIP", "Malicious IP, valid credentials, blocked"),
        ("malwareInfectedIPAddress", "Malware-linked IP address"),
        ("mcasFinSuspiciousFileAccess", "Mass access to sensitive files"),
        ("mcasImpossibleTravel", "Impossible travel (Defender)"),
        ("mcasSuspiciousInboxManipulationRules", "Suspicious inbox manipulation rules"),
        ("nationStateIP", "Verified threat actor IP"),
        ("newCountry", "New country"),
        ("passwordSpray", "Password spray"),
        ("riskyIPAddress", "Activity from anonymous IP address"),
        ("suspiciousAPITraffic", "Suspicious API traffic"),
        ("suspiciousBrowser", "Suspicious browser"),
        ("suspiciousInboxForwarding", "Suspicious inbox forwarding"),
        ("suspiciousIPAddress", "Suspicious IP address"),
        ("suspiciousSendingPatterns", "Suspicious sending patterns"),
        ("tokenIssuerAnomaly", "Token issuer anomaly"),
        ("unfamiliarFeatures", "Unfamiliar sign-in properties"),
        ("unlikelyTravel", "Atypical travel"),
        ("userReportedSuspiciousActivity", "User reported suspicious activity"),
    ];
    NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(wire)).map_or(wire, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_value_reads_back_as_itself() {
        for level in RiskLevel::KNOWN {
            assert_eq!(&RiskLevel::from_wire(level.as_str()), level);
        }
        for detail in RiskDetail::KNOWN {
            assert_eq!(&RiskDetail::from_wire(detail.as_str()), detail);
        }
    }

    #[test]
    fn an_unknown_value_is_kept_as_it_came() {
        let state: RiskState = serde_json::from_str("\"quarantinedByService\"").unwrap();
        assert_eq!(state.as_str(), "quarantinedByService");
        assert_eq!(state.short(), "quarantinedByService");
        assert_eq!(serde_json::from_str::<RiskState>("null").unwrap(), RiskState::Missing);
        assert_eq!(serde_json::from_str::<RiskLevel>("7").unwrap(), RiskLevel::Other(Text::new("7")));
    }

    #[test]
    fn an_unreadable_level_ranks_above_no_risk() {
        assert!(RiskLevel::Hidden.rank() > RiskLevel::None.rank());
        assert!(RiskLevel::Other(Text::new("severe")).rank() > RiskLevel::None.rank());
    }

    #[test]
    fn detection_types_are_named_without_regard_to_case() {
        assert_eq!(detection_name("attemptedPRTAccess"), "Attempted PRT access");
        assert_eq!(detection_name("somethingNew"), "somethingNew");
    }
}
