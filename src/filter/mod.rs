//! Which rows are shown: words that are looked for in the shown columns.
//!
//! Knows `entity` and nobody else. A filter never changes what is marked or staged; it only changes what is shown,
//! and a verdict touches only what is shown (rule R2).

use crate::entity::{Facts, Row, TimeFormat, Value};
use chrono::{DateTime, Utc};

/// What the analyst typed after `/`: words that must all occur in the shown columns, without regard to case. A word
/// with `!` before it must not occur.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    words: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    /// Lower-case.
    text: String,
    unwanted: bool,
}

impl Filter {
    /// Reads what was typed. Every text is a filter; a lone `!` says nothing yet.
    pub fn parse(text: &str) -> Self {
        let words = text
            .split_whitespace()
            .map(|word| match word.strip_prefix('!') {
                Some(rest) => Word { text: rest.to_lowercase(), unwanted: true },
                None => Word { text: word.to_lowercase(), unwanted: false },
            })
            .filter(|word| !word.text.is_empty())
            .collect();
        Self { text: text.to_owned(), words }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it shows every row.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether every row that `self` shows is also shown by `wider`, so that only the rows shown now need to be looked
    /// at. True when letters were added to the end of a wanted word, or a word was added.
    pub fn narrows(&self, wider: &Self) -> bool {
        wider.words.len() <= self.words.len()
            && wider.words.iter().zip(&self.words).all(|(old, new)| {
                old == new || (!old.unwanted && !new.unwanted && new.text.starts_with(&old.text))
            })
    }

    /// Whether the row is shown: every wanted word occurs in one of `columns`, and no unwanted one does.
    pub fn matches(&self, row: &dyn Row, columns: &[usize], facts: &dyn Facts, times: TimeFormat) -> bool {
        self.words.iter().all(|word| {
            columns.iter().any(|&column| contains(&row.cell(column, facts), &word.text, times))
                != word.unwanted
        })
    }
}

/// Whether the cell shows the word. An age changes while one looks at it, so it is not searched; a clock time is.
fn contains(value: &Value<'_>, word: &str, times: TimeFormat) -> bool {
    match value {
        Value::Empty => false,
        Value::Text(text) => holds(text, word),
        Value::Made(text) => holds(text, word),
        Value::List(items) => items.iter().any(|item| holds(item, word)),
        Value::Counts(items) => items.iter().any(|(item, _)| holds(item, word)),
        // `H/M` is written for want of room; whoever looks for it types the word.
        Value::Levels(after, _) if holds(after.as_str(), word) => true,
        Value::Time(_) if times == TimeFormat::Age => false,
        other => holds(&other.show(times, DateTime::<Utc>::UNIX_EPOCH), word),
    }
}

/// Whether `text` contains the lower-case `word`, without regard to case. ASCII, which nearly everything is, is
/// compared byte by byte without a copy.
fn holds(text: &str, word: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(word);
    }
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some((&first, rest)) = word.split_first() else { return true };
    let Some(last) = text.len().checked_sub(word.len()) else { return false };
    (0..=last).any(|at| {
        text[at].to_ascii_lowercase() == first
            && text[at + 1..at + word.len()]
                .iter()
                .zip(rest)
                .all(|(one, two)| one.to_ascii_lowercase() == *two)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{NoFacts, RiskyUser};
    use proptest::prelude::*;

    fn user() -> RiskyUser {
        serde_json::from_str(
            r#"{"id":"3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01","riskLevel":"high","riskState":"atRisk",
                "userPrincipalName":"Zoë.Wójcik@contoso.example"}"#,
        )
        .unwrap()
    }

    fn shows(filter: &str) -> bool {
        Filter::parse(filter).matches(&user(), &[0, 1, 2], &NoFacts, TimeFormat::Age)
    }

    #[test]
    fn all_words_must_occur_and_no_unwanted_one() {
        assert!(shows(""));
        assert!(shows("wójcik HIGH"));
        assert!(shows("ZOË at risk"));
        assert!(!shows("wójcik low"));
        assert!(!shows("!high"));
        assert!(shows("high !low"));
        assert!(shows("!"));
    }

    #[test]
    fn a_level_that_is_written_as_a_letter_is_found_by_its_word() {
        let (high, low) = (crate::entity::RiskLevel::High, crate::entity::RiskLevel::Low);
        let levels = Value::Levels(&high, &low);
        assert!(contains(&levels, "high", TimeFormat::Age) && contains(&levels, "h/l", TimeFormat::Age));
        assert!(!contains(&levels, "low", TimeFormat::Age));
    }

    #[test]
    fn a_column_that_is_not_shown_is_not_searched() {
        assert!(!shows("3f2a9c10"));
    }

    proptest! {
        #[test]
        fn adding_letters_never_shows_more(words in "[a-z!. ]{0,12}", more in "[a-z]{1,3}") {
            let (wide, narrow) = (Filter::parse(&words), Filter::parse(&format!("{words}{more}")));
            if narrow.narrows(&wide) {
                let shows = |f: &Filter| f.matches(&user(), &[0, 1, 2], &NoFacts, TimeFormat::Age);
                prop_assert!(!shows(&narrow) || shows(&wide));
            }
        }

        #[test]
        fn searching_without_case_finds_what_a_lower_case_search_finds(text in "[a-zA-Z@. ]{0,20}", word in "[a-z@.]{1,4}") {
            prop_assert_eq!(holds(&text, &word), text.to_lowercase().contains(&word));
        }
    }
}
