//! One key press, and its name. The names in the keymap, the help, the README and the tests are the same.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

/// A key as the console tells keys apart: shift shows in the character, and only control is kept as a modifier,
/// because no key may need Alt (rule R20).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyPress {
    /// The key.
    pub code: KeyCode,
    /// Whether control was held.
    pub control: bool,
}

impl KeyPress {
    /// A character without control.
    pub const fn character(character: char) -> Self {
        Self { code: KeyCode::Char(character), control: false }
    }

    /// A key without control.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, control: false }
    }

    /// The key of a terminal event. `None` for keys held with Alt: a terminal's answers and split escape sequences
    /// arrive that way, and none of them may act (rule R24).
    pub fn from_event(event: KeyEvent) -> Option<Self> {
        if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::META | KeyModifiers::SUPER) {
            return None;
        }
        Some(Self { code: event.code, control: event.modifiers.contains(KeyModifiers::CONTROL) })
    }

    /// Reads a name such as `j`, `space`, `ctrl-d`, `pgdn`. `None` for a name that means nothing.
    pub fn named(name: &str) -> Option<Self> {
        let (control, name) = name.strip_prefix("ctrl-").map_or((false, name), |rest| (true, rest));
        let mut characters = name.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(only), None) => KeyCode::Char(only),
            _ => NAMES.iter().find(|(known, _)| *known == name)?.1,
        };
        Some(Self { code, control })
    }
}

/// Reads keys in a row: characters, and names in angle brackets, as in `jj<space>c`. A `<` that begins no name is itself.
pub fn sequence(keys: &str) -> Vec<KeyPress> {
    let mut found = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest
            .strip_prefix('<')
            .and_then(|after| after.split_once('>'))
            .and_then(|(name, after)| KeyPress::named(name).map(|key| (key, after)));
        let (key, after) = named.unwrap_or((KeyPress::character(first), &rest[first.len_utf8()..]));
        found.push(key);
        rest = after;
    }
    found
}

const NAMES: &[(&str, KeyCode)] = &[
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
];

impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            f.write_str("ctrl-")?;
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(character)) => write!(f, "{character}"),
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        for name in ["j", "G", "$", "space", "ctrl-d", "pgdn", "shift-tab", "esc", ","] {
            assert_eq!(KeyPress::named(name).unwrap().to_string(), name);
        }
        assert_eq!(KeyPress::named("hyper-x"), None);
    }

    #[test]
    fn keys_in_a_row_are_read_one_by_one() {
        let shown: Vec<String> = sequence("j<pgdn>ü<<ctrl-d>").iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["j", "pgdn", "ü", "<", "ctrl-d"]);
    }

    #[test]
    fn a_key_with_alt_is_no_key() {
        assert_eq!(KeyPress::from_event(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::ALT)), None);
    }
}
