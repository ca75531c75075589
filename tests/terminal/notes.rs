//! What the program told the terminal, or asked it, besides what is on the screen.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vt100::Screen;

/// Collected while the output is read.
#[derive(Default)]
pub(super) struct Notes {
    /// The text put on the clipboard last.
    pub(super) clipboard: Option<String>,
    /// The window title set last.
    pub(super) title: Option<String>,
    /// Questions that a terminal would answer on the program's input.
    pub(super) asked: Vec<String>,
    /// A synchronised frame has begun and not ended.
    pub(super) frame_open: bool,
    /// How many synchronised frames have ended.
    pub(super) frames: usize,
}

/// The private mode of synchronised output.
const SYNCHRONISED: &[u16] = &[2026];

impl Notes {
    /// Control sequences whose purpose is an answer: device status and attributes, modes, keyboard flags, version
    /// and window reports.
    fn is_question(marks: [Option<u8>; 2], params: &[&[u16]], letter: char) -> bool {
        match (marks, letter) {
            ([None | Some(b'?'), None], 'n')
            | ([None | Some(b'>' | b'='), None], 'c')
            | ([Some(b'?'), None], 'u')
            | ([Some(b'>'), None], 'q')
            | ([Some(b'?'), Some(b'$')] | [Some(b'$'), None], 'p') => true,
            // 11 to 21 report the window; the numbers around them change it.
            ([None, None], 't') => {
                params.first().and_then(|first| first.first()).is_some_and(|op| (11..=21).contains(op))
            }
            _ => false,
        }
    }
}

impl vt100::Callbacks for Notes {
    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.title = Some(String::from_utf8_lossy(title).into_owned());
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        let text = STANDARD.decode(data).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        self.clipboard = Some(text.unwrap_or_else(|error| format!("not base64: {error}")));
    }

    fn paste_from_clipboard(&mut self, _: &mut Screen, _: &[u8]) {
        self.asked.push("OSC 52 (clipboard)".to_owned());
    }

    fn unhandled_escape(&mut self, _: &mut Screen, first: Option<u8>, _: Option<u8>, byte: u8) {
        if first.is_none() && byte == b'Z' {
            self.asked.push("ESC Z (identify)".to_owned());
        }
    }

    fn unhandled_csi(
        &mut self,
        _: &mut Screen,
        private: Option<u8>,
        second: Option<u8>,
        params: &[&[u16]],
        letter: char,
    ) {
        match (private, letter) {
            (Some(b'?'), 'h') if params == [SYNCHRONISED] => self.frame_open = true,
            (Some(b'?'), 'l') if params == [SYNCHRONISED] => {
                // Leaving a terminal may close a frame that was never opened, to be on the safe side.
                self.frames += usize::from(self.frame_open);
                self.frame_open = false;
            }
            _ if Self::is_question([private, second], params, letter) => {
                let marks: String = [private, second].into_iter().flatten().map(char::from).collect();
                self.asked.push(format!("CSI {marks} {params:?} {letter}"));
            }
            _ => {}
        }
    }

    fn unhandled_osc(&mut self, _: &mut Screen, params: &[&[u8]]) {
        if params.contains(&&b"?"[..]) {
            let number = params.first().map(|number| String::from_utf8_lossy(number)).unwrap_or_default();
            self.asked.push(format!("OSC {number}"));
        }
    }
}
