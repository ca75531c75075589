//! A property of a resource as data: its name, where it exists, how it may be filtered, and a function from a row to a
//! typed value. Rendering, `$select` and `$filter` all come from that value.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::records::Tenant;

/// Who looks: which version, with which preference.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub tenant: &'a Tenant,
    pub beta: bool,
    /// The client sent `Prefer: include-unknown-enum-members`.
    pub all_members: bool,
}

impl View<'_> {
    /// A member declared after the sentinel, if the client asked for such.
    pub(super) fn late_member(&self, name: &'static str) -> &'static str {
        if self.all_members { name } else { super::words::SENTINEL }
    }
}

/// The value of a property.
#[derive(Clone, Debug)]
pub(super) enum Cell<'a> {
    Null,
    Id(Uuid),
    Text(Cow<'a, str>),
    Number(i64),
    Flag(bool),
    /// Milliseconds since 1970, shown in whole seconds.
    Seconds(i64),
    /// Milliseconds since 1970, shown with seven fraction digits.
    Fraction(i64),
    Words(Vec<&'static str>),
    Nested(Value),
}

impl<'a> Cell<'a> {
    pub(super) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// Appends the value as JSON.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Id(id) => {
                let mut buffer = Uuid::encode_buffer();
                out.push(b'"');
                out.extend_from_slice(id.hyphenated().encode_lower(&mut buffer).as_bytes());
                out.push(b'"');
            }
            Self::Text(text) => write_json(text, out),
            Self::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Self::Flag(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
            Self::Seconds(time) => write_json(&seconds(*time), out),
            Self::Fraction(time) => write_json(&fraction(*time), out),
            Self::Words(words) => write_json(words, out),
            Self::Nested(value) => write_json(value, out),
        }
    }
}

fn write_json<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    // Writing strings and JSON values to memory has no way to fail.
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.extend_from_slice(b"null");
    }
}

fn moment(time: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time).unwrap_or_default()
}

/// `2026-03-14T08:12:47Z`
pub(super) fn seconds(time: i64) -> String {
    moment(time).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// `2026-03-14T08:12:47.1190000Z`: seven digits, as the service writes them.
pub(super) fn fraction(time: i64) -> String {
    format!("{}.{:03}0000Z", moment(time).format("%Y-%m-%dT%H:%M:%S"), time.rem_euclid(1_000))
}

/// In which version a property exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Both,
    Beta,
    Stable,
    /// A member of a nested type that can be filtered on but is no property of its own.
    FilterOnly,
}

/// What may be said about a property in `$filter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operators(u8);

impl Operators {
    pub(super) const NOTHING: Self = Self(0);
    pub(super) const EQUAL: Self = Self(1);
    pub(super) const UNEQUAL: Self = Self(2);
    pub(super) const ORDER: Self = Self(4);
    pub(super) const PREFIX: Self = Self(8);
    pub(super) const IN: Self = Self(16);
    pub(super) const EQUAL_PREFIX: Self = Self(1 | 8);
    pub(super) const EQUAL_UNEQUAL: Self = Self(1 | 2);
    pub(super) const EQUAL_ORDER: Self = Self(1 | 4);
    pub(super) const ANY: Self = Self(31);

    pub(super) const fn allows(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A property of the resource `R`.
pub(super) struct Property<R: 'static> {
    pub name: &'static str,
    pub scope: Scope,
    /// Operators that are documented (API.md sections 4 and 7).
    pub documented: Operators,
    /// Operators accepted unless `Options::strict_filters` is set.
    pub tolerated: Operators,
    pub read: for<'a> fn(&View<'a>, &'a R) -> Cell<'a>,
}

impl<R> Property<R> {
    pub(super) const fn new(
        name: &'static str,
        scope: Scope,
        documented: Operators,
        read: for<'a> fn(&View<'a>, &'a R) -> Cell<'a>,
    ) -> Self {
        Self { name, scope, documented, tolerated: documented, read }
    }

    /// Filters that nobody documents and the service may answer.
    pub(super) const fn tolerating(mut self, tolerated: Operators) -> Self {
        self.tolerated = tolerated;
        self
    }

    pub(super) fn exists(&self, beta: bool) -> bool {
        match self.scope {
            Scope::Both => true,
            Scope::Beta => beta,
            Scope::Stable => !beta,
            Scope::FilterOnly => false,
        }
    }

    pub(super) fn filterable(&self, beta: bool) -> bool {
        self.exists(beta) || self.scope == Scope::FilterOnly
    }
}

/// Appends a row as a JSON object: the chosen properties, or all of the version.
pub(super) fn write_row<R>(
    view: &View<'_>,
    properties: &[Property<R>],
    select: Option<&[usize]>,
    context: Option<&str>,
    row: &R,
    out: &mut Vec<u8>,
) {
    out.push(b'{');
    let mut first = true;
    if let Some(context) = context {
        out.extend_from_slice(b"\"@odata.context\":");
        write_json(context, out);
        first = false;
    }
    let mut write = |property: &Property<R>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(property.name.as_bytes());
        out.extend_from_slice(b"\":");
        (property.read)(view, row).write(out);
    };
    match select {
        Some(chosen) => chosen.iter().filter_map(|index| properties.get(*index)).for_each(&mut write),
        None => properties.iter().filter(|property| property.exists(view.beta)).for_each(&mut write),
    }
    out.push(b'}');
}
