//! Typed cell values. What a table shows, sorts by, filters by and colours by is one value, so that the four can
//! never disagree.

use super::risk::{RiskLevel, RiskState};
use super::text::Text;
use chrono::{DateTime, Local, Utc};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

/// How times are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// How long ago: `7m`, `3h`, `2d`.
    #[default]
    Age,
    /// The clock of Graph and of the logs.
    Utc,
    /// The clock of the analyst's own machine.
    Local,
}

impl TimeFormat {
    /// The next format, in the order in which a key steps through them.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Age => Self::Utc,
            Self::Utc => Self::Local,
            Self::Local => Self::Age,
        }
    }

    /// The format's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Utc => "UTC",
            Self::Local => "local time",
        }
    }

    /// `time` in this format, seen from `now`.
    pub fn write(self, time: DateTime<Utc>, now: DateTime<Utc>) -> String {
        match self {
            Self::Age => age(time, now),
            Self::Utc => time.format("%m-%d %H:%M").to_string(),
            Self::Local => time.with_timezone(&Local).format("%m-%d %H:%M").to_string(),
        }
    }
}

/// How long ago `time` was, in one unit: `45s`, `7m`, `3h`, `12d`. A time in the future shows as `0s`, because two
/// machines' clocks differ.
fn age(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - time).num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// What is new about a sign-in for its user, as Identity Protection itself says it (`riskReasons` in the
/// `additionalInfo` of a detection): its baseline covers weeks that the console never loads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Novelty(u8);

impl Novelty {
    /// The reasons that are shown: a letter, Graph's name, and words for a person.
    pub const REASONS: [(char, &'static str, &'static str); 5] = [
        ('I', "UnfamiliarIP", "IP address"),
        ('A', "UnfamiliarASN", "network (ASN)"),
        ('C', "UnfamiliarLocation", "location"),
        ('D', "UnfamiliarDevice", "device"),
        ('U', "UnfamiliarBrowser", "browser"),
    ];

    /// Adds the reason that Graph calls `name`; names that have no letter change nothing.
    pub fn add(&mut self, name: &str) {
        if let Some(bit) = Self::REASONS.iter().position(|(_, known, _)| known.eq_ignore_ascii_case(name)) {
            self.0 |= 1 << bit;
        }
    }

    /// Adds the reasons of another detection of the same sign-in.
    pub fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The reasons that hold, each with its letter and words.
    pub fn reasons(self) -> impl Iterator<Item = (char, &'static str)> {
        let bits = self.0;
        Self::REASONS
            .into_iter()
            .enumerate()
            .filter(move |(bit, _)| bits & (1 << bit) != 0)
            .map(|(_, (letter, _, words))| (letter, words))
    }

    /// Whether nothing is known to be new.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many things are new.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }
}

/// The value of one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing is known.
    Empty,
    /// A text.
    Text(&'a str),
    /// A text that was put together.
    Made(String),
    /// A risk level.
    Level(&'a RiskLevel),
    /// The level after all processing, and the level while the user signed in.
    Levels(&'a RiskLevel, &'a RiskLevel),
    /// A triage state.
    State(&'a RiskState),
    /// A moment.
    Time(DateTime<Utc>),
    /// A number.
    Number(i64),
    /// Something that holds or does not.
    Flag(bool),
    /// Texts of equal standing.
    List(&'a [Text]),
    /// Texts with how often each occurred, most frequent first.
    Counts(&'a [(Text, u32)]),
    /// What is new about a sign-in.
    New(Novelty),
}

impl<'a> Value<'a> {
    /// The text, or nothing where it is empty: Graph writes "none" as an empty text in many places.
    pub fn text(text: &'a str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A text that was put together, or nothing.
    pub fn made(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Made(text) }
    }

    /// The moment, if there is one.
    pub fn time(time: Option<DateTime<Utc>>) -> Self {
        time.map_or(Self::Empty, Self::Time)
    }

    /// The number, if there is one.
    pub fn number(number: Option<i64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }

    /// The flag, if it was given.
    pub fn flag(flag: Option<bool>) -> Self {
        flag.map_or(Self::Empty, Self::Flag)
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::List(items) => items.is_empty(),
            Self::Counts(items) => items.is_empty(),
            Self::New(novelty) => novelty.is_empty(),
            _ => false,
        }
    }

    /// The value as a cell shows it.
    pub fn show(&self, times: TimeFormat, now: DateTime<Utc>) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Made(text) => Cow::Borrowed(text),
            Self::Level(level) => Cow::Borrowed(level_word(level)),
            Self::Levels(after, during) => Cow::Owned(format!("{}/{}", after.letter(), during.letter())),
            Self::State(state) => Cow::Borrowed(state.short()),
            Self::Time(time) => Cow::Owned(times.write(*time, now)),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Flag(flag) => Cow::Borrowed(if *flag { "yes" } else { "no" }),
            Self::List(items) => Cow::Owned(joined(items)),
            Self::Counts(items) => Cow::Owned(counted(items)),
            Self::New(novelty) => Cow::Owned(novelty.reasons().map(|(letter, _)| letter).collect()),
        }
    }

    /// The order in which a column sorts, ascending. Nothing sorts first; levels and states sort by rank.
    pub fn compare(&self, other: &Value<'_>) -> Ordering {
        match (self, other) {
            (Self::Level(one), Value::Level(two)) => one.rank().cmp(&two.rank()),
            (Self::Levels(one, first), Value::Levels(two, second)) => {
                (one.rank(), first.rank()).cmp(&(two.rank(), second.rank()))
            }
            (Self::State(one), Value::State(two)) => one.rank().cmp(&two.rank()),
            (Self::Time(one), Value::Time(two)) => one.cmp(two),
            (Self::Number(one), Value::Number(two)) => one.cmp(two),
            (Self::Flag(one), Value::Flag(two)) => one.cmp(two),
            (Self::New(one), Value::New(two)) => one.count().cmp(&two.count()).then(one.cmp(two)),
            (Self::List(one), Value::List(two)) => one.cmp(two),
            (Self::Counts(one), Value::Counts(two)) => one.cmp(two),
            _ => match (self.words(), other.words()) {
                (Some(one), Some(two)) => by_letters(one, two),
                (one, two) => self
                    .is_empty()
                    .cmp(&other.is_empty())
                    .reverse()
                    .then_with(|| one.is_some().cmp(&two.is_some())),
            },
        }
    }

    /// Whether both cells hold the same thing: what "mark all with this value" means.
    pub fn is_same(&self, other: &Value<'_>) -> bool {
        match (self.words(), other.words()) {
            (Some(one), Some(two)) => one.eq_ignore_ascii_case(two),
            _ => self == other || (self.is_empty() && other.is_empty()),
        }
    }

    fn words(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Made(text) => Some(text),
            _ => None,
        }
    }
}

/// Alphabetical without regard to ASCII case, then exact, so that equal-looking texts keep a fixed order.
fn by_letters(one: &str, two: &str) -> Ordering {
    let folded = one.bytes().map(|byte| byte.to_ascii_lowercase());
    folded.cmp(two.bytes().map(|byte| byte.to_ascii_lowercase())).then_with(|| one.cmp(two))
}

fn level_word(level: &RiskLevel) -> &str {
    match level {
        RiskLevel::High => "H high",
        RiskLevel::Medium => "M med",
        RiskLevel::Low => "L low",
        RiskLevel::None => "- none",
        RiskLevel::Hidden => "* P2",
        RiskLevel::Missing => "?",
        RiskLevel::Other(wire) => wire,
    }
}

fn joined(items: &[Text]) -> String {
    let mut text = String::new();
    for item in items {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(item);
    }
    text
}

fn counted(items: &[(Text, u32)]) -> String {
    let mut text = String::new();
    for (item, count) in items {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(item);
        if *count > 1 {
            // Writing to a String cannot fail.
            let _ = write!(text, "×{count}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn at(seconds: i64) -> DateTime<Utc> {
        Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn an_age_has_one_unit() {
        let shown = |seconds| TimeFormat::Age.write(at(0), at(seconds));
        assert_eq!(shown(-5), "0s");
        assert_eq!(shown(59), "59s");
        assert_eq!(shown(60), "1m");
        assert_eq!(shown(7_200), "2h");
        assert_eq!(shown(47 * 3600), "47h");
        assert_eq!(shown(48 * 3600), "2d");
    }

    #[test]
    fn levels_sort_by_severity_and_not_by_letter() {
        let (high, low, hidden) = (RiskLevel::High, RiskLevel::Low, RiskLevel::Hidden);
        assert_eq!(Value::Level(&high).compare(&Value::Level(&low)), Ordering::Greater);
        assert_eq!(Value::Level(&hidden).compare(&Value::Level(&low)), Ordering::Less);
    }

    #[test]
    fn nothing_sorts_first_and_equals_only_nothing() {
        assert_eq!(Value::Empty.compare(&Value::Text("a")), Ordering::Less);
        assert_eq!(Value::Text("a").compare(&Value::Empty), Ordering::Greater);
        assert_eq!(Value::Empty.compare(&Value::Empty), Ordering::Equal);
        assert_eq!(Value::Empty.compare(&Value::Time(at(0))), Ordering::Less);
        assert!(Value::Empty.is_same(&Value::List(&[])));
        assert!(!Value::Empty.is_same(&Value::Text("a")));
    }

    #[test]
    fn texts_compare_without_case() {
        assert_eq!(Value::Text("alpha").compare(&Value::Made("Beta".into())), Ordering::Less);
        assert!(Value::Text("Avery@Contoso.example").is_same(&Value::Made("avery@contoso.example".into())));
    }

    #[test]
    fn novelty_shows_the_letters_that_hold() {
        let mut new = Novelty::default();
        new.add("UnfamiliarASN");
        new.add("unfamiliarip");
        new.add("UnfamiliarEASId");
        assert_eq!(Value::New(new).show(TimeFormat::Age, at(0)), "IA");
    }
}
