//! From terminal events to messages. What is no key press of a person does not get through (rule R24).

use crate::app::{KeyPress, Message};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::time::{Duration, Instant};

/// After so much silence, an escape string that never ended is over.
const SILENCE: Duration = Duration::from_millis(200);

/// A person's next key after escape takes longer than this; the rest of a string that was cut after its escape does not.
const SPLIT: Duration = Duration::from_millis(50);

/// An escape string is at most so long; what follows are keys again.
const LONGEST: usize = 4096;

/// Tells keys from strays. A terminal's answer to somebody else's question (OSC, DCS, APC, PM, SOS) arrives as a key with
/// Alt and then as letters, among them letters that stage verdicts.
#[derive(Debug, Default)]
pub(super) struct Input {
    stray: Option<(Instant, usize)>,
    /// When a lone escape came: on a slow line it may be the first half of an escape string.
    escape: Option<Instant>,
}

impl Input {
    /// The message of an event, if it is one.
    pub(super) fn message(&mut self, event: Event, now: Instant) -> Option<Message> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key, now),
            Event::Paste(text) => Some(Message::Paste(text)),
            Event::Resize(width, height) => Some(Message::Resize(width, height)),
            _ => None,
        }
    }

    fn key(&mut self, key: KeyEvent, now: Instant) -> Option<Message> {
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        if let Some((last, length)) = self.stray.take() {
            let ended = (alt && key.code == KeyCode::Char('\\'))
                || (key.code == KeyCode::Char('g') && key.modifiers.contains(KeyModifiers::CONTROL));
            if ended {
                return None;
            }
            if now.duration_since(last) < SILENCE && length < LONGEST {
                self.stray = Some((now, length + 1));
                return None;
            }
        }
        let split = self.escape.take().is_some_and(|escape| now.duration_since(escape) < SPLIT);
        if key.code == KeyCode::Esc {
            self.escape = Some(now);
        }
        if (alt || split) && matches!(key.code, KeyCode::Char(']' | 'P' | '_' | '^' | 'X')) {
            self.stray = Some((now, 0));
            return None;
        }
        KeyPress::from_event(key).map(Message::Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(input: &mut Input, code: KeyCode, modifiers: KeyModifiers, now: Instant) -> bool {
        input.message(Event::Key(KeyEvent::new(code, modifiers)), now).is_some()
    }

    #[test]
    fn a_terminals_answer_is_swallowed_to_its_end() {
        let (mut input, now) = (Input::default(), Instant::now());
        assert!(!press(&mut input, KeyCode::Char(']'), KeyModifiers::ALT, now));
        for letter in "11;rgb:cccc/cccc/cccc".chars() {
            assert!(!press(&mut input, KeyCode::Char(letter), KeyModifiers::NONE, now), "{letter}");
        }
        assert!(!press(&mut input, KeyCode::Char('\\'), KeyModifiers::ALT, now));
        assert!(press(&mut input, KeyCode::Char('c'), KeyModifiers::NONE, now));
    }

    #[test]
    fn a_string_that_never_ends_does_not_swallow_for_ever() {
        let (mut input, now) = (Input::default(), Instant::now());
        assert!(!press(&mut input, KeyCode::Char('P'), KeyModifiers::ALT, now));
        assert!(!press(&mut input, KeyCode::Char('c'), KeyModifiers::NONE, now));
        assert!(press(&mut input, KeyCode::Char('j'), KeyModifiers::NONE, now + SILENCE));
    }

    #[test]
    fn a_string_that_was_cut_after_its_escape_is_swallowed_too() {
        let (mut input, now) = (Input::default(), Instant::now());
        assert!(press(&mut input, KeyCode::Esc, KeyModifiers::NONE, now));
        assert!(!press(&mut input, KeyCode::Char(']'), KeyModifiers::NONE, now));
        assert!(!press(&mut input, KeyCode::Char('c'), KeyModifiers::NONE, now));
        let later = now + Duration::from_secs(1);
        assert!(press(&mut input, KeyCode::Esc, KeyModifiers::NONE, later));
        assert!(press(&mut input, KeyCode::Char('X'), KeyModifiers::NONE, later + SPLIT));
    }

    #[test]
    fn a_released_key_is_no_key() {
        let mut input = Input::default();
        let mut key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::NONE);
        key.kind = KeyEventKind::Release;
        assert!(input.message(Event::Key(key), Instant::now()).is_none());
    }
}
