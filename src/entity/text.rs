//! Foreign text, made harmless on entry.
//!
//! Display names, user agents, app names and error messages are chosen by whoever signs in, which includes
//! attackers. A [`Text`] can only be made through [`harmless`], so that no control character, escape sequence,
//! bidirectional override or invisible character reaches a terminal, a file or another program (rule R17).

use arcstr::ArcStr;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::{Borrow, Cow};
use std::collections::HashSet;
use std::fmt::{self, Write as _};
use std::ops::Deref;
use std::sync::{LazyLock, Mutex};
use unicode_width::UnicodeWidthChar;

/// The longest text that is kept, in characters; the rest is replaced by how much was left out.
const LONGEST: usize = 4096;

/// Marks that may stack on one base character; a legitimate script needs no more in a name.
const MOST_MARKS: usize = 2;

/// Longer texts are seldom equal to each other, so that sharing them would only cost a look-up.
const LONGEST_SHARED: usize = 160;

/// Text from outside, with everything that could act on a terminal or hide from a reader replaced by a visible
/// code (`<202E>`, `␛`). One pointer wide; equal short texts share one allocation.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(ArcStr);

impl Text {
    /// Neutralises `raw` and keeps it.
    pub fn new(raw: &str) -> Self {
        if raw.is_empty() {
            return Self::default();
        }
        let clean = harmless(raw);
        if clean.len() > LONGEST_SHARED {
            return Self(ArcStr::from(&*clean));
        }
        Self(shared(&clean))
    }

    /// The harmless text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The pool of short texts in use. It is emptied of texts that nobody else holds each time it has doubled.
static POOL: LazyLock<Mutex<Pool>> =
    LazyLock::new(|| Mutex::new(Pool { texts: HashSet::new(), sweep_at: 4096 }));

struct Pool {
    texts: HashSet<ArcStr>,
    sweep_at: usize,
}

fn shared(clean: &str) -> ArcStr {
    // A poisoned pool is still a set of valid texts.
    let mut pool = POOL.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = pool.texts.get(clean) {
        return known.clone();
    }
    if pool.texts.len() >= pool.sweep_at {
        pool.texts.retain(|text| ArcStr::strong_count(text).is_some_and(|holders| holders > 1));
        pool.sweep_at = (pool.texts.len() * 2).max(4096);
    }
    let text = ArcStr::from(clean);
    pool.texts.insert(text.clone());
    text
}

/// `raw` with every character that could act or hide replaced by a visible code. Harmless text comes back as it
/// is, without a copy.
///
/// An allow-list in effect: control characters become control pictures, and bidirectional controls, zero-width
/// and other default-ignorable characters, line separators, tags, fillers, private use and non-characters become
/// their code point in angle brackets. Ordinary letters of every script stay.
pub fn harmless(raw: &str) -> Cow<'_, str> {
    if raw.len() <= LONGEST && raw.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(raw);
    }
    let mut clean = String::with_capacity(raw.len() + 16);
    let mut marks = 0;
    for (count, character) in raw.chars().enumerate() {
        if count == LONGEST {
            let left = raw.chars().count() - LONGEST;
            // Writing to a String cannot fail.
            let _ = write!(clean, "… (+{left} characters)");
            break;
        }
        marks = if character.width() == Some(0) { marks + 1 } else { 0 };
        match character {
            '\0'..='\u{1f}' => clean.push(char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}')),
            '\u{7f}' => clean.push('\u{2421}'),
            _ if is_treacherous(character) || marks > MOST_MARKS => {
                let _ = write!(clean, "<{:04X}>", character as u32);
            }
            _ => clean.push(character),
        }
    }
    if clean == raw { Cow::Borrowed(raw) } else { Cow::Owned(clean) }
}

/// Whether a reader could be deceived by a character that is drawn: it is invisible, reorders its neighbours, or
/// has no agreed look.
fn is_treacherous(character: char) -> bool {
    matches!(character as u32,
        0x80..=0x9f                                   // C1 controls
        | 0xad | 0x34f | 0x61c | 0x115f..=0x1160      // soft hyphen, joiners, fillers
        | 0x17b4..=0x17b5 | 0x180b..=0x180f
        | 0x200b..=0x200f | 0x2028..=0x202e           // zero-width, marks, separators, overrides
        | 0x2060..=0x206f | 0x2800 | 0x3164           // isolates, blank braille, filler
        | 0xe000..=0xf8ff                             // private use
        | 0xfdd0..=0xfdef | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
        | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a
        | 0xe0000..=0x10_ffff                         // tags, variation selectors, private planes
    ) || (character as u32) & 0xfffe == 0xfffe
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Lenient: a string or a plain number or flag becomes text, everything else counts as missing.
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<Text, E> {
        Ok(Text::new(value))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Text, E> {
        Ok(Text::default())
    }
    fn visit_none<E: de::Error>(self) -> Result<Text, E> {
        Ok(Text::default())
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Text, E> {
        Ok(Text::new(if value { "true" } else { "false" }))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Text, E> {
        Ok(Text::new(&value.to_string()))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Text, E> {
        Ok(Text::new(&value.to_string()))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Text, E> {
        Ok(Text::new(&value.to_string()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Text, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in
            ["Avery Lindqvist", "Zoë Wójcik", "田中 太郎", "عمر خليل", "Mozilla/5.0 (X11; Linux x86_64)", ""]
        {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn what_acts_on_a_terminal_becomes_visible() {
        assert_eq!(harmless("a\u{1b}[2Jb"), "a␛[2Jb");
        assert_eq!(harmless("a\u{9b}2Jb"), "a<009B>2Jb");
        assert_eq!(harmless("\u{1b}]52;c;eA==\u{7}"), "␛]52;c;eA==␇");
        assert_eq!(harmless("one\ntwo\tthree\u{7f}"), "one␊two␉three␡");
    }

    #[test]
    fn what_hides_from_a_reader_becomes_visible() {
        assert_eq!(harmless("admin\u{202e}txt.exe"), "admin<202E>txt.exe");
        assert_eq!(harmless("a\u{200b}b\u{2066}c\u{2028}d"), "a<200B>b<2066>c<2028>d");
        assert_eq!(harmless("x\u{e0041}"), "x<E0041>");
        assert_eq!(harmless("\u{3164}"), "<3164>");
        assert_eq!(harmless("e\u{301}\u{301}\u{301}"), "e\u{301}\u{301}<0301>");
    }

    #[test]
    fn a_text_of_ten_megabytes_is_cut_and_says_so() {
        let text = Text::new(&"x".repeat(10_000_000));
        assert!(text.chars().count() < LONGEST + 40);
        assert!(text.ends_with("(+9995904 characters)"));
    }

    #[test]
    fn equal_texts_share_one_allocation() {
        let (one, two) = (Text::new("Office 365"), Text::new("Office 365"));
        assert!(ArcStr::ptr_eq(&one.0, &two.0));
    }

    #[test]
    fn any_json_value_decodes() {
        let text = |json: &str| serde_json::from_str::<Text>(json).unwrap().to_string();
        assert_eq!(text("\"a\\u001bb\""), "a␛b");
        assert_eq!(text("null"), "");
        assert_eq!(text("12"), "12");
        assert_eq!(text("true"), "true");
        assert_eq!(text("[1,{}]"), "");
        assert_eq!(text("{\"a\":[]}"), "");
    }

    proptest! {
        #[test]
        fn no_text_can_act_or_hide(raw in any::<String>()) {
            let clean = harmless(&raw);
            prop_assert!(clean.chars().all(|c| !c.is_control() && !is_treacherous(c)));
            prop_assert_eq!(harmless(&clean), clean.clone());
        }
    }
}
