//! Why the queue sends nothing at the moment. A pause rejects nothing (rule R12).

use std::borrow::Cow;

/// The reason of a pause. Texts of Graph in it are harmless already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pause {
    /// The sign-in has expired or was revoked.
    SignIn,
    /// Conditional Access asks for a stronger sign-in.
    StepUp,
    /// The account may not do this.
    Forbidden {
        /// Graph's own words.
        said: String,
    },
    /// Graph refuses every id: the cause is common to all.
    SystemicRefusal {
        /// Graph's own words.
        said: String,
    },
    /// No connection can be made.
    Offline {
        /// Why not.
        said: String,
    },
    /// Graph limits the rate, which all applications of the tenant share.
    Throttled,
    /// Graph answers, but not usably, several times in a row.
    Failing {
        /// Its last words.
        said: String,
    },
}

impl Pause {
    /// What happened.
    pub fn text(&self) -> Cow<'static, str> {
        match self {
            Self::SignIn => "The sign-in has expired.".into(),
            Self::StepUp => "Conditional Access asks for a stronger sign-in.".into(),
            Self::Forbidden { said } => told("This account may not do this", said),
            Self::SystemicRefusal { said } => told("Graph refuses every id; nothing was rejected", said),
            Self::Offline { said } => told("No connection to Graph", said),
            Self::Throttled => "Throttled by the tenant's limit, which all applications share.".into(),
            Self::Failing { said } => told("Graph gives no usable answer", said),
        }
    }

    /// What to do about it.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::SignIn | Self::StepUp => "Sign in again; the queue then goes on.",
            Self::Forbidden { .. } => "Activate the role Security Administrator, then resume.",
            Self::SystemicRefusal { .. } => "Check tenant, licence and ids, then resume or give up.",
            Self::Offline { .. } | Self::Throttled | Self::Failing { .. } => {
                "Nothing: the queue tries again by itself."
            }
        }
    }

    /// Whether only a [`Command::Resume`](super::Command::Resume) ends it.
    pub fn needs_a_person(&self) -> bool {
        matches!(self, Self::SignIn | Self::StepUp | Self::Forbidden { .. } | Self::SystemicRefusal { .. })
    }
}

fn told(what: &str, said: &str) -> Cow<'static, str> {
    if said.is_empty() { format!("{what}.").into() } else { format!("{what}: {said}").into() }
}
