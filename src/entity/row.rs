//! What every kind of row has in common: the one door through which a table meets typed rows.

use super::action::Target;
use super::history::HistoryItem;
use super::id::{DetectionId, SignInId, UserId};
use super::risk::{RiskDetail, RiskLevel, RiskState};
use super::risk_detection::RiskDetection;
use super::risky_user::RiskyUser;
use super::sign_in::SignIn;
use super::text::Text;
use super::value::{Novelty, TimeFormat, Value};
use chrono::{DateTime, Utc};
use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

/// Which row it is, whatever its position: the cursor and the marks hold keys (rule R1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A risky user.
    User(UserId),
    /// A sign-in.
    SignIn(SignInId),
    /// A risk detection.
    Detection(DetectionId),
}

/// How a column looks and what it means; the function to its value is beside it in the kind's own table.
#[derive(Debug)]
pub struct Column {
    /// The heading.
    pub title: &'static str,
    /// The fewest cells in which its values are useful; 0 for a moment, whose width follows the way times are written.
    pub width: u16,
    /// Whether it takes a share of the cells that are left over.
    pub grows: bool,
    /// Whether it is shown only when the analyst asks for wide columns.
    pub wide: bool,
    /// What it says, for the help.
    pub about: &'static str,
}

impl Column {
    /// The cells it needs where times are written in that way.
    pub fn cells(&self, times: TimeFormat) -> u16 {
        let title = self.heading(times).len() as u16 + 1;
        match (self.width, times) {
            (0, TimeFormat::Age) => title.max(4),
            (0, _) => title.max(11),
            (width, _) => width,
        }
    }

    /// The heading, with the clock that the times below it are of.
    pub fn heading(&self, times: TimeFormat) -> String {
        let clock = match (self.width, times) {
            (0, TimeFormat::Utc) => " UTC",
            (0, TimeFormat::Local) => " here",
            _ => "",
        };
        format!("{}{clock}", self.title)
    }
}

/// What the checks before a verdict need to know of a row (rules R6 and R7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How an analyst names it: a user principal name, or the best there is.
    pub name: Text,
    /// The user that a verdict on it touches, if known.
    pub user: Option<UserId>,
    /// The user's principal name, if known, for the profile's list of protected accounts.
    pub user_principal_name: Text,
    /// The level now.
    pub level: RiskLevel,
    /// The state now.
    pub state: RiskState,
    /// The account is deleted.
    pub deleted: bool,
    /// The service is still applying a change.
    pub processing: bool,
    /// When it happened (a sign-in) or last changed (a user).
    pub time: Option<DateTime<Utc>>,
    /// Why the state is what it is.
    pub detail: RiskDetail,
    /// One line that tells this row from others of the same user: when and from where.
    pub context: String,
}

/// One labelled value of the evidence.
#[derive(Debug)]
pub struct Field<'a> {
    /// What it is.
    pub label: Cow<'a, str>,
    /// The value.
    pub value: Value<'a>,
}

/// A group of the evidence that belongs together.
#[derive(Debug)]
pub struct Section<'a> {
    /// The group's heading.
    pub title: &'static str,
    /// Its values; only what is known.
    pub fields: Vec<Field<'a>>,
}

impl<'a> Section<'a> {
    /// An empty group.
    pub fn new(title: &'static str) -> Self {
        Self { title, fields: Vec::new() }
    }

    /// The group with one more value, unless there is nothing to show.
    #[must_use]
    pub fn with(mut self, label: impl Into<Cow<'a, str>>, value: Value<'a>) -> Self {
        if !value.is_empty() {
            self.fields.push(Field { label: label.into(), value });
        }
        self
    }
}

/// What a row may ask about its surroundings. The answers are computed elsewhere, from all rows that are loaded.
pub trait Facts {
    /// The risky user of that id, if loaded.
    fn user(&self, id: UserId) -> Option<&RiskyUser>;
    /// Detection types of the user, most frequent first.
    fn why(&self, id: UserId) -> &[(Text, u32)];
    /// Detections of the user, newest first.
    fn detections_of_user(&self, id: UserId) -> &[Arc<RiskDetection>];
    /// Detections linked to the sign-in.
    fn detections_of_sign_in(&self, id: SignInId) -> &[Arc<RiskDetection>];
    /// The sign-in, if loaded.
    fn sign_in(&self, id: SignInId) -> Option<&SignIn>;
    /// Loaded sign-ins of the user, newest first.
    fn sign_ins_of_user(&self, id: UserId) -> &[Arc<SignIn>];
    /// How many loaded sign-ins came from the address, and of how many users.
    fn neighbours(&self, ip_address: &str) -> (usize, usize);
    /// What is new about the sign-in for its user.
    fn novelty(&self, id: SignInId) -> Novelty;
    /// The user's risk history, newest first, if it was read.
    fn history(&self, id: UserId) -> Option<&[HistoryItem]>;
}

/// No surroundings at all.
#[derive(Debug)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn user(&self, _: UserId) -> Option<&RiskyUser> {
        None
    }
    fn why(&self, _: UserId) -> &[(Text, u32)] {
        &[]
    }
    fn detections_of_user(&self, _: UserId) -> &[Arc<RiskDetection>] {
        &[]
    }
    fn detections_of_sign_in(&self, _: SignInId) -> &[Arc<RiskDetection>] {
        &[]
    }
    fn sign_in(&self, _: SignInId) -> Option<&SignIn> {
        None
    }
    fn sign_ins_of_user(&self, _: UserId) -> &[Arc<SignIn>] {
        &[]
    }
    fn neighbours(&self, _: &str) -> (usize, usize) {
        (0, 0)
    }
    fn novelty(&self, _: SignInId) -> Novelty {
        Novelty::default()
    }
    fn history(&self, _: UserId) -> Option<&[HistoryItem]> {
        None
    }
}

/// A row of any kind. Object-safe: one table holds them all, and their values stay typed.
pub trait Row: Debug + Send + Sync {
    /// Which row it is.
    fn key(&self) -> Key;
    /// What a verdict on this row is about; `None` where no id is given.
    fn target(&self) -> Option<Target>;
    /// The value in the column with that position in the kind's table.
    fn cell<'a>(&'a self, column: usize, facts: &'a dyn Facts) -> Value<'a>;
    /// What the checks before a verdict need.
    fn standing(&self) -> Standing;
    /// Everything that is known, grouped for a person.
    fn sections<'a>(&'a self, facts: &'a dyn Facts) -> Vec<Section<'a>>;
}

/// How an analyst names a user: by principal name, else by display name, else by id.
pub(super) fn named<'a>(principal_name: &'a Text, display_name: &'a Text, id: Option<UserId>) -> Value<'a> {
    match (principal_name.is_empty(), display_name.is_empty(), id) {
        (false, _, _) => Value::Text(principal_name),
        (true, false, _) => Value::Text(display_name),
        (true, true, Some(id)) => Value::Made(id.to_string()),
        (true, true, None) => Value::Empty,
    }
}

/// A column and the function to its value.
pub(super) struct ColumnOf<R> {
    pub(super) column: Column,
    pub(super) cell: for<'a> fn(&'a R, &'a dyn Facts) -> Value<'a>,
}

macro_rules! column_constructor {
    ($(#[$about:meta])* $name:ident, grows: $grows:literal, wide: $wide:literal) => {
        $(#[$about])*
        pub(super) const fn $name<R>(
            title: &'static str,
            width: u16,
            about: &'static str,
            cell: for<'a> fn(&'a R, &'a dyn Facts) -> Value<'a>,
        ) -> ColumnOf<R> {
            ColumnOf { column: Column { title, width, grows: $grows, wide: $wide, about }, cell }
        }
    };
}

column_constructor! {
    /// A column of fixed width that fits on a narrow screen.
    narrow, grows: false, wide: false
}
column_constructor! {
    /// A column that takes a share of what is left over.
    growing, grows: true, wide: false
}
column_constructor! {
    /// A column that is shown only among wide ones.
    wide, grows: false, wide: true
}
