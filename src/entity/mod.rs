//! What is triaged: sign-ins, risky users, risk detections, and the words for them.
//!
//! The bottom layer. It knows no other layer: no network, no file, no clock, no screen. Everything here is a
//! plain value that was decoded from Microsoft Graph, or a word of Identity Protection with its meaning.
//!
//! * [`Text`] is foreign text made harmless the moment it enters the program.
//! * [`SignInId`] and [`UserId`] are different types; a [`Target`] is an enum over them, so that a user's id
//!   cannot reach a call that takes sign-in ids.
//! * A kind of thing is one file: a struct as Graph describes it, its columns, its evidence. Showing, sorting,
//!   filtering and colouring all come from the typed [`Value`] that a column returns.

mod action;
mod history;
mod id;
mod json;
mod risk;
mod risk_detection;
mod risky_user;
mod row;
mod sign_in;
mod text;
mod value;

pub use action::{Batch, Ids, Kind, Reading, Skip, Target, Verdict};
pub use history::HistoryItem;
pub use id::{DetectionId, IdError, SignInId, UserId};
pub use json::{Decoded, decode_rows};
pub use risk::{
    ActivityType, ConditionalAccessStatus, DetectionTiming, RiskDetail, RiskLevel, RiskState, SignInUserType,
    detection_name,
};
pub use risk_detection::RiskDetection;
pub use risky_user::RiskyUser;
pub use row::{Column, Facts, Field, Key, NoFacts, Row, Section, Standing};
pub use sign_in::{
    AppliedPolicy, AuthenticationStep, DeviceDetail, Location, NetworkLocation, SignIn, SignInStatus,
};
pub use text::{Text, harmless};
pub use value::{Novelty, TimeFormat, Value};
