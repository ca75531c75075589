//! Owns the terminal. What is switched on here is switched off here, on every way out (rule R22).

use crate::app::Model;
use crate::ui::{self, Theme};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::force_color_output;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal as Ratatui;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// There is no terminal to draw on.
#[derive(Debug, thiserror::Error)]
pub enum NoTerminal {
    /// Input or output is a pipe or a file.
    #[error("the console needs a terminal, but {0} is not one; run it without a pipe")]
    Piped(&'static str),
    /// The terminal cannot place a cursor.
    #[error("the terminal calls itself `dumb` (TERM): the console cannot draw on it")]
    Dumb,
    /// The terminal refused.
    #[error("the terminal cannot be used: {0}")]
    Refused(#[from] io::Error),
}

/// Whether the terminal is in our hands, so that leaving twice does nothing.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// A full screen at 160x50 with styles fits: one frame is one write, so that it cannot tear.
const FRAME_BYTES: usize = 128 * 1024;

/// Whether there is a terminal that the console can draw on.
pub fn check() -> Result<(), NoTerminal> {
    if !io::stdin().is_terminal() {
        return Err(NoTerminal::Piped("the standard input"));
    }
    if !io::stdout().is_terminal() {
        return Err(NoTerminal::Piped("the standard output"));
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(NoTerminal::Dumb);
    }
    Ok(())
}

/// The terminal while the console holds it.
#[derive(Debug)]
pub(super) struct Terminal {
    inner: Ratatui<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Terminal {
    /// Takes the terminal.
    pub(super) fn enter() -> Result<Self, NoTerminal> {
        check()?;
        give_back_on_panic();
        enter()?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, io::stdout()));
        let inner = Ratatui::new(backend).inspect_err(|_| leave())?;
        Ok(Self { inner })
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        self.inner.size().map(|size| (size.width, size.height))
    }

    /// Draws the model. Only cells that changed are sent, in one write.
    pub(super) fn draw(&mut self, model: &Model, theme: &Theme) -> io::Result<()> {
        queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
        self.inner.draw(|frame| {
            let cursor = ui::draw(model, theme, frame.buffer_mut());
            if let Some(position) = cursor {
                frame.set_cursor_position(position);
            }
        })?;
        queue!(self.inner.backend_mut(), EndSynchronizedUpdate)?;
        Write::flush(self.inner.backend_mut())
    }

    /// Makes the next frame a full one. `Terminal::clear` would ask the terminal where its cursor is, and the answer would
    /// arrive as keys (rule R24).
    pub(super) fn repaint(&mut self) -> io::Result<()> {
        let (width, height) = self.size()?;
        self.inner.resize(Rect::new(0, 0, width, height))
    }

    /// Gives the terminal back and stops the process, as ctrl-z does in any other program; takes it again when the shell
    /// continues it.
    #[cfg(unix)]
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        leave();
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        enter()?;
        self.repaint()
    }

    /// There is no stopping here.
    #[cfg(not(unix))]
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = Write::flush(self.inner.backend_mut());
        leave();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    // With NO_COLOR set, crossterm would reset bold and reverse together with the colour. The theme without colour does
    // what NO_COLOR asks for.
    force_color_output(true);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)
}

/// Gives the terminal back, once.
pub(super) fn leave() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // Each of them is tried whatever became of the others: the terminal may be gone.
    let mut out = io::stdout();
    let _ = execute!(out, EndSynchronizedUpdate, DisableBracketedPaste);
    let _ = execute!(out, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
}

/// Keys that arrive together with a change of size would lie unread until the next key: crossterm is told of both at
/// once, and only once, but leaves at the change of size. Setting the terminal to what it is set to wakes who waits for
/// keys.
#[cfg(unix)]
pub(super) fn look_for_keys_again() {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    let stdin = io::stdin();
    // Without it, a key comes late: no reason to end.
    let _ = tcgetattr(&stdin).and_then(|modes| tcsetattr(&stdin, OptionalActions::Now, &modes));
}

/// Sizes and keys come the same way here.
#[cfg(not(unix))]
pub(super) fn look_for_keys_again() {}

/// Gives the terminal back before a panic is told, so that it can be read and the shell can be used.
fn give_back_on_panic() {
    static HOOKED: AtomicBool = AtomicBool::new(false);
    if HOOKED.swap(true, Ordering::SeqCst) {
        return;
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        leave();
        before(info);
    }));
}
