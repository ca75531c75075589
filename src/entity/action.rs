//! Verdicts and what they are about. What differs between the six Graph actions is a cell of a table here.

use super::id::{SignInId, UserId};
use super::risk::{RiskDetail, RiskLevel, RiskState};
use chrono::{DateTime, Utc};
use std::fmt;

/// What a verdict can be about. Each kind has its own id type, its own calls and its own body key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A sign-in, by its request id.
    SignIn,
    /// A user, by its object id.
    User,
}

impl Kind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::SignIn, Self::User];

    /// The noun for `count` of them.
    pub fn noun(self, count: usize) -> &'static str {
        match (self, count) {
            (Self::SignIn, 1) => "sign-in",
            (Self::SignIn, _) => "sign-ins",
            (Self::User, 1) => "user",
            (Self::User, _) => "users",
        }
    }
}

/// What a verdict is about: exactly one sign-in or one user, by an id that was captured when the analyst chose it
/// (rule R1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A sign-in.
    SignIn(SignInId),
    /// A user.
    User(UserId),
}

impl Target {
    /// Which of the two it is.
    pub fn kind(self) -> Kind {
        match self {
            Self::SignIn(_) => Kind::SignIn,
            Self::User(_) => Kind::User,
        }
    }
}

/// The id alone, as Graph writes it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignIn(id) => fmt::Display::fmt(id, f),
            Self::User(id) => fmt::Display::fmt(id, f),
        }
    }
}

/// An analyst's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A false positive: nothing happened.
    Safe,
    /// A true positive: an attacker is or was in.
    Compromised,
    /// A benign true positive: it happened and does no harm.
    Dismissed,
}

impl Verdict {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Safe, Self::Compromised, Self::Dismissed];

    /// The word on screen and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Compromised => "compromised",
            Self::Dismissed => "dismissed",
        }
    }

    /// One character for a narrow column; also the key that stages the verdict.
    pub fn letter(self) -> char {
        match self {
            Self::Safe => 's',
            Self::Compromised => 'c',
            Self::Dismissed => 'd',
        }
    }

    /// Whether this verdict takes back what `other` said.
    pub fn contradicts(self, other: Self) -> bool {
        (self == Self::Compromised) != (other == Self::Compromised)
    }

    /// What the verdict does, in one sentence for the review. Sources: API.md section 5; continuous access
    /// evaluation treats high user risk as a critical event, without any policy.
    pub fn effect(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Safe, Kind::SignIn) => {
                "takes back the risk of the sign-in, and what it added to its user; an attacker would stay in"
            }
            (Self::Compromised, Kind::SignIn) => {
                "raises the user to high risk: mail and Teams are cut off within minutes"
            }
            (Self::Dismissed, Kind::SignIn) => {
                "closes the risk as real but harmless; similar sign-ins will be rated again"
            }
            (Self::Safe, Kind::User) => {
                "removes all risk and detections of the user and puts the account back into learning mode"
            }
            (Self::Compromised, Kind::User) => {
                "raises the user to high risk: mail and Teams are cut off within minutes; resets no password"
            }
            (Self::Dismissed, Kind::User) => {
                "closes the risk of all the user's past sign-ins; cannot be undone; the password stays as it is"
            }
        }
    }

    /// The state that Graph reports once the verdict has taken effect (API.md section 5).
    pub fn resulting_state(self) -> RiskState {
        match self {
            Self::Safe => RiskState::ConfirmedSafe,
            Self::Compromised => RiskState::ConfirmedCompromised,
            Self::Dismissed => RiskState::Dismissed,
        }
    }

    /// The reason that Graph writes beside the state. The pairing is inferred from the values' names (API.md
    /// section 5), so it supports a reading but does not decide it alone.
    pub fn resulting_detail(self, kind: Kind) -> RiskDetail {
        match (self, kind) {
            (Self::Safe, Kind::SignIn) => RiskDetail::AdminConfirmedSigninSafe,
            (Self::Compromised, Kind::SignIn) => RiskDetail::AdminConfirmedSigninCompromised,
            (Self::Dismissed, Kind::SignIn) => RiskDetail::AdminDismissedRiskForSignIn,
            (Self::Safe, Kind::User) => RiskDetail::AdminConfirmedAccountSafe,
            (Self::Compromised, Kind::User) => RiskDetail::AdminConfirmedUserCompromised,
            (Self::Dismissed, Kind::User) => RiskDetail::AdminDismissedAllRiskForUser,
        }
    }

    /// Whether what Graph reports of a target shows this verdict. The state after confirming a *user* safe is not
    /// documented: `none` counts too when the reason or the level says so.
    pub fn is_shown_by(self, kind: Kind, level: &RiskLevel, state: &RiskState, detail: &RiskDetail) -> bool {
        if *state == self.resulting_state() {
            return true;
        }
        self == Self::Safe
            && kind == Kind::User
            && *state == RiskState::None
            && (*detail == RiskDetail::AdminConfirmedAccountSafe || *level == RiskLevel::None)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The targets of one Graph call: one verdict, ids of one type. A call with mixed ids cannot be expressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// What is decided.
    pub verdict: Verdict,
    /// About whom or what.
    pub ids: Ids,
}

/// Ids of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ids {
    /// For `requestIds`.
    SignIns(Vec<SignInId>),
    /// For `userIds`.
    Users(Vec<UserId>),
}

impl Batch {
    /// The most ids that any action is documented to take in one call (API.md section 1).
    pub const MOST: usize = 60;

    /// A batch of these targets, or `None` where they are of more than one kind, or none at all.
    pub fn new(verdict: Verdict, targets: &[Target]) -> Option<Self> {
        let sign_ins: Vec<SignInId> = targets
            .iter()
            .filter_map(|target| if let Target::SignIn(id) = target { Some(*id) } else { None })
            .collect();
        let users: Vec<UserId> = targets
            .iter()
            .filter_map(|target| if let Target::User(id) = target { Some(*id) } else { None })
            .collect();
        let ids = match (sign_ins.is_empty(), users.is_empty()) {
            (false, true) => Ids::SignIns(sign_ins),
            (true, false) => Ids::Users(users),
            _ => return None,
        };
        Some(Self { verdict, ids })
    }

    /// What the ids are of.
    pub fn kind(&self) -> Kind {
        match self.ids {
            Ids::SignIns(_) => Kind::SignIn,
            Ids::Users(_) => Kind::User,
        }
    }

    /// How many ids it holds.
    pub fn len(&self) -> usize {
        match &self.ids {
            Ids::SignIns(ids) => ids.len(),
            Ids::Users(ids) => ids.len(),
        }
    }

    /// Whether it holds no id; a batch made by [`Batch::new`] never does.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The targets, in order.
    pub fn targets(&self) -> Vec<Target> {
        match &self.ids {
            Ids::SignIns(ids) => ids.iter().copied().map(Target::SignIn).collect(),
            Ids::Users(ids) => ids.iter().copied().map(Target::User).collect(),
        }
    }
}

/// What Graph reports of a target when it is read back (rule R10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Which target.
    pub target: Target,
    /// Its level: `riskLevel` of a user, `riskLevelAggregated` of a sign-in.
    pub level: RiskLevel,
    /// Its state.
    pub state: RiskState,
    /// Why it is in that state.
    pub detail: RiskDetail,
    /// The service is still applying a change (users only).
    pub processing: bool,
    /// When the risk last changed (users only).
    pub updated: Option<DateTime<Utc>>,
}

impl Reading {
    /// Whether it shows that `verdict` took effect.
    pub fn shows(&self, verdict: Verdict) -> bool {
        verdict.is_shown_by(self.target.kind(), &self.level, &self.state, &self.detail)
    }
}

/// Why a target gets no verdict although it was chosen (rules R6 and R7). Found before anything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// The row is no longer listed: somebody else decided, or its risk is over.
    NotListed,
    /// The account was deleted; Graph refuses it (API.md section 11).
    Deleted,
    /// The service is still applying an earlier change.
    Processing,
    /// The state already is what the verdict would make it.
    AlreadyThere,
    /// The profile protects this account from being called compromised.
    Protected,
    /// The signed-in analyst's own account.
    Myself,
    /// The same verdict on the target is on its way already.
    UnderWay,
}

impl Skip {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::NotListed,
        Self::Deleted,
        Self::Processing,
        Self::AlreadyThere,
        Self::Protected,
        Self::Myself,
        Self::UnderWay,
    ];

    /// The reason in words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotListed => "is no longer listed",
            Self::Deleted => "is deleted: Graph refuses it",
            Self::Processing => "is being processed by the service",
            Self::AlreadyThere => "is in that state already",
            Self::Protected => "is protected by the profile",
            Self::Myself => "is your own account",
            Self::UnderWay => "has that verdict on its way already",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verdict_shows_itself_and_no_other() {
        for verdict in Verdict::ALL {
            for other in Verdict::ALL {
                for kind in Kind::ALL {
                    let shown = verdict.is_shown_by(
                        kind,
                        &RiskLevel::None,
                        &other.resulting_state(),
                        &other.resulting_detail(kind),
                    );
                    assert_eq!(shown, verdict == other, "{verdict} {other} {kind:?}");
                }
            }
        }
    }

    #[test]
    fn a_safe_user_may_read_back_as_no_risk_but_a_safe_sign_in_may_not() {
        let shown =
            |kind| Verdict::Safe.is_shown_by(kind, &RiskLevel::None, &RiskState::None, &RiskDetail::None);
        assert!(shown(Kind::User));
        assert!(!shown(Kind::SignIn));
    }

    #[test]
    fn a_batch_never_mixes_kinds() {
        let user = Target::User("3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01".parse().unwrap());
        let sign_in = Target::SignIn("7c1e5d4a-3b92-4f60-8a17-2d9e6b530100".parse().unwrap());
        assert_eq!(Batch::new(Verdict::Safe, &[user, sign_in]), None);
        assert_eq!(Batch::new(Verdict::Safe, &[]), None);
        let batch = Batch::new(Verdict::Safe, &[sign_in]).unwrap();
        assert_eq!((batch.kind(), batch.len(), batch.targets()), (Kind::SignIn, 1, vec![sign_in]));
    }

    #[test]
    fn only_compromised_contradicts_the_others() {
        assert!(Verdict::Safe.contradicts(Verdict::Compromised));
        assert!(Verdict::Compromised.contradicts(Verdict::Dismissed));
        assert!(!Verdict::Safe.contradicts(Verdict::Dismissed));
    }
}
