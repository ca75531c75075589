//! Ids, each with a type of its own.

use super::text::Text;
use serde::{Deserialize, Deserializer, de};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Why a text is not an id that can be acted on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing is there.
    #[error("the id is missing")]
    Missing,
    /// Something is there that is not a GUID of 36 characters (`8-4-4-4-12` hexadecimal digits).
    #[error("`{0}` is not an id: 36 characters like 7c1e5d4a-3b92-4f60-8a17-2d9e6b530100 are expected")]
    Malformed(Text),
}

fn parse(raw: &str) -> Result<Uuid, IdError> {
    if raw.is_empty() {
        return Err(IdError::Missing);
    }
    // `Uuid` also reads braces, URNs and bare digits; Graph sends none of these, so they mean that something
    // else stands where an id should be.
    let id = (raw.len() == 36).then(|| Uuid::try_parse(raw).ok()).flatten();
    match id {
        Some(id) if !id.is_nil() => Ok(id),
        _ => Err(IdError::Malformed(Text::new(raw))),
    }
}

macro_rules! guid {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(raw: &str) -> Result<Self, IdError> {
                parse(raw).map(Self)
            }
        }

        /// Lower-case, with hyphens: the form in which Graph gives and takes it.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.hyphenated())
            }
        }

        /// Strict: what is not an id is an error, so that no row can be acted on by a wrong one.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Text::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl $name {
            /// The id of a value that was already parsed elsewhere.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

guid! {
    /// A sign-in's request id: `signIn.id`, which is also `riskDetection.requestId`. The only thing that goes into
    /// `requestIds`. Not the `correlationId`.
    SignInId
}

guid! {
    /// A user's object id: `riskyUser.id`, `signIn.userId`. The only thing that goes into `userIds`.
    UserId
}

/// A risk detection's id: an opaque text, not always a GUID (API.md section 7). No action takes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DetectionId(Text);

impl FromStr for DetectionId {
    type Err = IdError;
    fn from_str(raw: &str) -> Result<Self, IdError> {
        if raw.is_empty() { Err(IdError::Missing) } else { Ok(Self(Text::new(raw))) }
    }
}

impl<'de> Deserialize<'de> for DetectionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Display for DetectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_guid_of_36_characters_is_an_id() {
        let good = "7c1e5d4a-3b92-4f60-8a17-2d9e6b530100";
        assert_eq!(good.parse::<SignInId>().unwrap().to_string(), good);
        assert_eq!(good.to_uppercase().parse::<UserId>().unwrap().to_string(), good);
        assert_eq!("".parse::<UserId>(), Err(IdError::Missing));
        for bad in [
            "7c1e5d4a3b924f608a172d9e6b530100",
            "{7c1e5d4a-3b92-4f60-8a17-2d9e6b530100}",
            "7c1e5d4a-3b92-4f60-8a17-2d9e6b53010",
            "7c1e5d4a-3b92-4f60-8a17-2d9e6b5301000",
            "7c1e5d4a-3b92-4f60-8a17-2d9e6b53010\0",
            "00000000-0000-0000-0000-000000000000",
            "avery.lindqvist@contoso.example",
            " 7c1e5d4a-3b92-4f60-8a17-2d9e6b530100",
        ] {
            assert!(matches!(bad.parse::<SignInId>(), Err(IdError::Malformed(_))), "{bad}");
        }
    }
}
