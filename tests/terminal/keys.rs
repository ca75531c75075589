//! Keys by the names that the help screen gives them, as the bytes that an xterm sends.

/// One key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    code: Code,
    shift: bool,
    alt: bool,
    control: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    /// A character, as typed.
    Character(char),
    /// Cursor keys and their like: `CSI A`, or `SS3 A` while the program has asked for application keys.
    Cursor(char),
    /// Editing and function keys: `CSI 5 ~`.
    Numbered(u8),
    /// The first four function keys: `SS3 P`.
    Function(char),
}

/// Names are the same in any case; a key may have more than one.
const NAMES: &[(&str, Code)] = &[
    ("space", Code::Character(' ')),
    ("enter", Code::Character('\r')),
    ("esc", Code::Character('\x1b')),
    ("tab", Code::Character('\t')),
    ("backspace", Code::Character('\x7f')),
    ("bs", Code::Character('\x7f')),
    ("lt", Code::Character('<')),
    ("gt", Code::Character('>')),
    ("up", Code::Cursor('A')),
    ("down", Code::Cursor('B')),
    ("right", Code::Cursor('C')),
    ("left", Code::Cursor('D')),
    ("end", Code::Cursor('F')),
    ("home", Code::Cursor('H')),
    ("insert", Code::Numbered(2)),
    ("delete", Code::Numbered(3)),
    ("del", Code::Numbered(3)),
    ("pageup", Code::Numbered(5)),
    ("pagedown", Code::Numbered(6)),
    ("f1", Code::Function('P')),
    ("f2", Code::Function('Q')),
    ("f3", Code::Function('R')),
    ("f4", Code::Function('S')),
    ("f5", Code::Numbered(15)),
    ("f6", Code::Numbered(17)),
    ("f7", Code::Numbered(18)),
    ("f8", Code::Numbered(19)),
    ("f9", Code::Numbered(20)),
    ("f10", Code::Numbered(21)),
    ("f11", Code::Numbered(23)),
    ("f12", Code::Numbered(24)),
];

/// Reads a line of keys. A name that does not exist fails the test: it is a slip of its author.
pub(super) fn parse(keys: &str) -> Vec<Key> {
    let mut parsed = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let (key, after) = if let Some(inside) = rest.strip_prefix('<') {
            let Some((name, after)) = inside.split_once('>') else {
                panic!("{keys:?}: `<` opens a key name, `<lt>` types it");
            };
            (named(name, keys), after)
        } else {
            (Key::plain(Code::Character(first)), &rest[first.len_utf8()..])
        };
        parsed.push(key);
        rest = after;
    }
    parsed
}

/// A key between `<` and `>`: modifiers, then a name or a character.
fn named(name: &str, keys: &str) -> Key {
    let mut key = Key::plain(Code::Character(' '));
    let mut rest = name;
    while let Some((modifier, after)) = rest.split_once('-').filter(|(_, after)| !after.is_empty()) {
        match modifier.to_ascii_lowercase().as_str() {
            "c" => key.control = true,
            "a" => key.alt = true,
            "s" => key.shift = true,
            _ => panic!("{keys:?}: no modifier {modifier:?}; there are C, A and S"),
        }
        rest = after;
    }
    let mut characters = rest.chars();
    key.code = if let (Some(character), None) = (characters.next(), characters.next()) {
        Code::Character(character)
    } else {
        let wanted = rest.to_ascii_lowercase();
        let known = NAMES.iter().find(|(name, _)| *name == wanted);
        known.unwrap_or_else(|| panic!("{keys:?}: no key <{name}>")).1
    };
    key
}

impl Key {
    fn plain(code: Code) -> Self {
        Self { code, shift: false, alt: false, control: false }
    }

    /// What the terminal sends for this key.
    pub(super) fn bytes(self, application_cursor: bool) -> Vec<u8> {
        // xterm: 1, and 1 for shift, 2 for alt, 4 for control.
        let modifiers = 1 + u8::from(self.shift) + 2 * u8::from(self.alt) + 4 * u8::from(self.control);
        let sequence = match self.code {
            Code::Character(character) => return self.character(character),
            Code::Cursor(letter) if modifiers == 1 && application_cursor => format!("\x1bO{letter}"),
            Code::Cursor(letter) if modifiers == 1 => format!("\x1b[{letter}"),
            Code::Function(letter) if modifiers == 1 => format!("\x1bO{letter}"),
            Code::Cursor(letter) | Code::Function(letter) => format!("\x1b[1;{modifiers}{letter}"),
            Code::Numbered(number) if modifiers == 1 => format!("\x1b[{number}~"),
            Code::Numbered(number) => format!("\x1b[{number};{modifiers}~"),
        };
        sequence.into_bytes()
    }

    fn character(self, character: char) -> Vec<u8> {
        if self.shift && character == '\t' {
            return b"\x1b[Z".to_vec();
        }
        let mut bytes = if self.alt { vec![0x1b] } else { Vec::new() };
        let typed = if self.shift { character.to_ascii_uppercase() } else { character };
        let sent = match typed {
            ' ' if self.control => '\0',
            '/' if self.control => '\x1f',
            '@'..='_' | 'a'..='z' if self.control => char::from(typed as u8 & 0x1f),
            other => other,
        };
        bytes.extend_from_slice(sent.encode_utf8(&mut [0; 4]).as_bytes());
        bytes
    }
}
