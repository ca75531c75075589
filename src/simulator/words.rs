//! The words of Identity Protection as the service spells them (API.md section 6), with what only a client that
//! asks for it may see: members declared after the sentinel need `Prefer: include-unknown-enum-members`.

/// What a client sees in place of a member that it did not ask for.
pub(super) const SENTINEL: &str = "unknownFutureValue";

/// How bad it is. The order is the one used to aggregate: the highest open level is the user's level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Level {
    None,
    Hidden,
    Low,
    Medium,
    High,
}

impl Level {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hidden => "hidden",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Where the triage of a risk stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    None,
    ConfirmedSafe,
    Remediated,
    Dismissed,
    AtRisk,
    ConfirmedCompromised,
}

impl State {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ConfirmedSafe => "confirmedSafe",
            Self::Remediated => "remediated",
            Self::Dismissed => "dismissed",
            Self::AtRisk => "atRisk",
            Self::ConfirmedCompromised => "confirmedCompromised",
        }
    }

    /// Whether the risk still counts: an action may close it.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::AtRisk | Self::ConfirmedCompromised)
    }
}

/// Why a risk is in its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Detail {
    None,
    Hidden,
    SecuredPasswordReset,
    SecuredPasswordChange,
    TemporaryPassword,
    PassedMfa,
    AiConfirmedSafe,
    SignInSafe,
    SignInCompromised,
    UserDismissed,
    UserCompromised,
    SignInDismissed,
    AccountSafe,
    PrincipalCompromised,
    PrincipalDismissed,
    SessionsRevoked,
}

impl Detail {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hidden => "hidden",
            Self::SecuredPasswordReset => "userPerformedSecuredPasswordReset",
            Self::SecuredPasswordChange => "userPerformedSecuredPasswordChange",
            Self::TemporaryPassword => "adminGeneratedTemporaryPassword",
            Self::PassedMfa => "userPassedMFADrivenByRiskBasedPolicy",
            Self::AiConfirmedSafe => "aiConfirmedSigninSafe",
            Self::SignInSafe => "adminConfirmedSigninSafe",
            Self::SignInCompromised => "adminConfirmedSigninCompromised",
            Self::UserDismissed => "adminDismissedAllRiskForUser",
            Self::UserCompromised => "adminConfirmedUserCompromised",
            Self::SignInDismissed => "adminDismissedRiskForSignIn",
            Self::AccountSafe => "adminConfirmedAccountSafe",
            Self::PrincipalCompromised => "adminConfirmedServicePrincipalCompromised",
            Self::PrincipalDismissed => "adminDismissedAllRiskForServicePrincipal",
            Self::SessionsRevoked => "microsoftRevokedSessions",
        }
    }

    /// The name, or the sentinel for a client that did not ask for members declared after it.
    pub(super) const fn name_for(self, all_members: bool) -> &'static str {
        let late = matches!(
            self,
            Self::SignInDismissed
                | Self::AccountSafe
                | Self::PrincipalCompromised
                | Self::PrincipalDismissed
                | Self::SessionsRevoked
        );
        if late && !all_members { SENTINEL } else { self.name() }
    }
}

/// The present standing of a risk: what an action changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Risk {
    pub level: Level,
    pub state: State,
    pub detail: Detail,
}

impl Risk {
    pub(super) const NONE: Self = Self { level: Level::None, state: State::None, detail: Detail::None };

    pub(super) const fn at_risk(level: Level) -> Self {
        Self { level, state: State::AtRisk, detail: Detail::None }
    }
}

/// What a detection is called, and what always goes with it.
#[derive(Debug)]
pub(super) struct Kind {
    pub name: &'static str,
    pub timing: &'static str,
    pub source: &'static str,
    /// ATT&CK technique ids (beta only).
    pub technique: &'static str,
    /// Whether the superseded enum of v1.0 has a member of this name.
    pub in_old_enum: bool,
}

/// A kind of detection: an index into [`KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Event {
    UnfamiliarFeatures,
    AnonymizedIpAddress,
    UnlikelyTravel,
    ImpossibleTravel,
    PasswordSpray,
    LeakedCredentials,
    AttackerInTheMiddle,
    AnomalousToken,
    NewCountry,
    SuspiciousBrowser,
    UserReported,
    AdminConfirmedUserCompromised,
    MaliciousIpAddress,
    ThreatIntelligence,
    Generic,
    InboxForwarding,
}

const PROTECTION: &str = "IdentityProtection";
const CLOUD_APPS: &str = "MicrosoftCloudAppSecurity";

const fn kind(
    name: &'static str,
    timing: &'static str,
    source: &'static str,
    technique: &'static str,
    in_old_enum: bool,
) -> Kind {
    Kind { name, timing, source, technique, in_old_enum }
}

/// In the order of [`Event`].
static KINDS: [Kind; 16] = [
    kind("unfamiliarFeatures", "realtime", PROTECTION, "T1078.004", true),
    kind("anonymizedIPAddress", "realtime", PROTECTION, "T1090.003,T1078", true),
    kind("unlikelyTravel", "offline", PROTECTION, "T1078", true),
    kind("mcasImpossibleTravel", "offline", CLOUD_APPS, "T1078", true),
    kind("passwordSpray", "offline", PROTECTION, "T1110.003,T1078", false),
    kind("leakedCredentials", "offline", PROTECTION, "T1589.001,T1078", true),
    kind("attackerinTheMiddle", "offline", PROTECTION, "T1557,T1539", false),
    kind("anomalousToken", "nearRealtime", PROTECTION, "T1539,T1528", false),
    kind("newCountry", "offline", CLOUD_APPS, "T1078", false),
    kind("suspiciousBrowser", "offline", PROTECTION, "T1078", false),
    kind("userReportedSuspiciousActivity", "offline", PROTECTION, "T1621", false),
    kind("adminConfirmedUserCompromised", "offline", PROTECTION, "T1078", true),
    kind("maliciousIPAddress", "offline", PROTECTION, "T1090,T1078", true),
    kind("investigationsThreatIntelligence", "offline", PROTECTION, "T1078", true),
    kind("generic", "realtime", PROTECTION, "", true),
    kind("suspiciousInboxForwarding", "offline", CLOUD_APPS, "T1114.003", false),
];

impl Event {
    pub(super) const ALL: [Self; 16] = [
        Self::UnfamiliarFeatures,
        Self::AnonymizedIpAddress,
        Self::UnlikelyTravel,
        Self::ImpossibleTravel,
        Self::PasswordSpray,
        Self::LeakedCredentials,
        Self::AttackerInTheMiddle,
        Self::AnomalousToken,
        Self::NewCountry,
        Self::SuspiciousBrowser,
        Self::UserReported,
        Self::AdminConfirmedUserCompromised,
        Self::MaliciousIpAddress,
        Self::ThreatIntelligence,
        Self::Generic,
        Self::InboxForwarding,
    ];

    pub(super) fn kind(self) -> &'static Kind {
        &KINDS[self as usize]
    }

    /// This event in a [`EventSet`].
    pub(super) const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of events, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct EventSet(pub u32);

impl EventSet {
    pub(super) fn insert(&mut self, event: Event) {
        self.0 |= event.bit();
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Event> {
        Event::ALL.into_iter().filter(move |event| self.0 & event.bit() != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_finds_its_own_kind() {
        for (index, event) in Event::ALL.into_iter().enumerate() {
            assert_eq!(event as usize, index);
            assert!(!event.kind().name.is_empty());
        }
        assert_eq!(Event::AnomalousToken.kind().name, "anomalousToken");
        assert_eq!(Event::InboxForwarding.kind().name, "suspiciousInboxForwarding");
    }

    #[test]
    fn late_members_hide_behind_the_sentinel() {
        assert_eq!(Detail::SignInDismissed.name_for(false), SENTINEL);
        assert_eq!(Detail::SignInDismissed.name_for(true), "adminDismissedRiskForSignIn");
        assert_eq!(Detail::UserDismissed.name_for(false), "adminDismissedAllRiskForUser");
    }
}
