//! A terminal for tests: starts a program in a pseudo-terminal, types, and reads the screen.
//!
//! Tests wait for what should be seen, with a deadline, never for a duration. A wait that fails prints the screen.
//! It knows nothing of the console but the path of its binary, so that it can be tried on a shell script too.
//!
//! ```text
//! let mut terminal = Terminal::start(&["demo", "--seed", "7"], 120, 34);
//! terminal.wait_for("at risk");
//! terminal.keys("jj<Space>$");
//! terminal.wait_for("Review");
//! ```

#![allow(dead_code, reason = "each test binary that includes this module uses its own part of it")]
#![allow(
    clippy::expect_used,
    reason = "a harness has no better answer to a missing pty than to fail the test"
)]

mod keys;
mod notes;
mod styles;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
pub(crate) use rustix::process::Signal;
use rustix::process::{Pid, kill_process, kill_process_group};
use tempfile::TempDir;
use vt100::Screen;

use notes::Notes;

/// How long a wait lasts before the test fails. Long, because machines that test are busy; a wait that succeeds
/// takes no longer than the program does.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Between two looks at something that cannot announce itself: a process that ends, input that is read.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// A program to start in a terminal, and what surrounds it.
pub(crate) struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
    columns: u16,
    rows: u16,
    environment: BTreeMap<OsString, OsString>,
    directory: Option<PathBuf>,
    home: Option<PathBuf>,
}

impl Launch {
    /// The console itself, as Cargo built it for this test.
    pub(crate) fn entriage(arguments: &[&str]) -> Self {
        // Cargo tells integration tests alone; an example that uses this module names the program itself.
        match option_env!("CARGO_BIN_EXE_entriage") {
            Some(program) => Self::program(program, arguments),
            None => panic!("Cargo did not say where the console is"),
        }
    }

    /// Any other program: a path, or a name to be found in the usual places.
    pub(crate) fn program(program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.iter().map(OsString::from).collect(),
            columns: 80,
            rows: 24,
            environment: BTreeMap::new(),
            directory: None,
            home: None,
        }
    }

    /// The size of the terminal; 80 by 24 when not given.
    pub(crate) fn size(mut self, columns: u16, rows: u16) -> Self {
        (self.columns, self.rows) = (columns, rows);
        self
    }

    /// One more variable, or another value for one that is always set.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.insert(name.as_ref().into(), value.as_ref().into());
        self
    }

    /// The working directory; the home directory when not given.
    pub(crate) fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// A home directory that outlives the program, for tests that start it again on the same data.
    pub(crate) fn home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// Starts the program.
    pub(crate) fn start(self) -> Terminal {
        let own_home = self.home.is_none().then(|| TempDir::new().expect("a temporary directory"));
        let home = self.home.clone().or_else(|| own_home.as_ref().map(|own| own.path().into()));
        let home: PathBuf = home.expect("one of the two");
        let data = home.join("data");
        std::fs::create_dir_all(&data).expect("a data directory");

        let mut command = CommandBuilder::new(&self.program);
        command.args(&self.arguments);
        command.cwd(self.directory.as_ref().unwrap_or(&home));
        // Nothing of the environment of whoever runs the tests may show (NO_COLOR, COLORTERM, proxies, a locale).
        command.env_clear();
        command.env("HOME", &home);
        command.env("ENTRIAGE_DATA_DIR", &data);
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("TZ", "UTC");
        for (name, value) in &self.environment {
            command.env(name, value);
        }

        let pty = native_pty_system().openpty(size(self.columns, self.rows)).expect("a pseudo-terminal");
        let line_discipline = flags(&*pty.master);
        let child = pty.slave.spawn_command(command).expect("the program starts");
        // While we hold this end open, the other end never learns that the program has gone.
        drop(pty.slave);

        let view = Arc::new(View::new(self.columns, self.rows));
        let output = pty.master.try_clone_reader().expect("the terminal can be read");
        let reader = thread::spawn({
            let view = Arc::clone(&view);
            move || view.follow(output)
        });
        let input = pty.master.take_writer().expect("the terminal can be written");
        Terminal {
            view,
            input,
            reader: Some(reader),
            master: pty.master,
            child,
            line_discipline,
            home,
            _own_home: own_home,
        }
    }
}

/// A program under way in a terminal of its own. Dropping it kills the program.
pub(crate) struct Terminal {
    view: Arc<View>,
    input: Box<dyn Write + Send>,
    reader: Option<JoinHandle<()>>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    line_discipline: Option<[u64; 3]>,
    home: PathBuf,
    _own_home: Option<TempDir>,
}

impl Terminal {
    /// Starts the console with these arguments in a terminal of this size.
    pub(crate) fn start(arguments: &[&str], columns: u16, rows: u16) -> Self {
        Launch::entriage(arguments).size(columns, rows).start()
    }

    /// The program's home directory. Its data directory is `data` below it.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// The program's data directory.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.home.join("data")
    }

    /// Types keys, written as on the help screen: `jj<Space><Esc>$<Enter>`, `<C-d>`, `<PageDown>`, `<lt>`.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys::parse(keys) {
            let bytes = key.bytes(self.look(Screen::application_cursor));
            self.send(&bytes);
            if bytes == b"\x1b" {
                // Read together with the next key, an escape would mean Alt and that key. Nobody types that fast.
                self.wait_until_read();
            }
        }
        self
    }

    /// Pastes a text as a terminal does: between brackets, line ends as carriage returns. Waits until the program
    /// has asked for brackets.
    pub(crate) fn paste(&mut self, text: &str) -> &mut Self {
        self.wait_until("bracketed paste to be on", Screen::bracketed_paste);
        let text = text.replace("\r\n", "\r").replace('\n', "\r");
        self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
        self
    }

    /// Sends bytes as they are: for what no keyboard sends, such as a stray answer of a terminal.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> &mut Self {
        let sent = self.input.write_all(bytes).and_then(|()| self.input.flush());
        if let Err(error) = sent {
            panic!("the program takes no input any more: {error}\n{}", self.report());
        }
        self
    }

    /// Waits until the program has read all that was typed. (What it did then is another matter: wait for that too.)
    pub(crate) fn wait_until_read(&mut self) -> &mut Self {
        let Some(name) = self.master.tty_name() else { return self };
        let start = Instant::now();
        // Opened for the moment only, and refused when the program has gone and reads no more.
        let no_control = i32::try_from(OFlags::NOCTTY.bits()).expect("an open flag is an int");
        while let Ok(tty) = OpenOptions::new().read(true).custom_flags(no_control).open(&name) {
            let mut input = [PollFd::new(&tty, PollFlags::IN)];
            // Polling also brings in what the kernel still holds between the two ends, which a count would miss.
            let waiting = poll(&mut input, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
            if waiting == Ok(0) || input[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) {
                break;
            }
            assert!(start.elapsed() < DEADLINE, "the program does not read its keys\n{}", self.report());
            thread::sleep(LOOK_AGAIN);
        }
        self
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        // The program may paint for the new size at once: its output has to wait until our screen has that size.
        let mut state = self.view.lock();
        self.master.resize(size(columns, rows)).expect("the terminal takes a size");
        state.parser.set_size(at_least_one(rows), at_least_one(columns));
        drop(state);
        self
    }

    /// Waits until the screen shows this text, within one line.
    pub(crate) fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("{text:?}"), |screen| shows(screen, text))
    }

    /// Waits until the screen shows this text no more.
    pub(crate) fn wait_gone(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("{text:?} to go"), |screen| !shows(screen, text))
    }

    /// Waits until the screen is as it should be. `what` completes the sentence "waited in vain for …".
    pub(crate) fn wait_until(&mut self, what: &str, condition: impl Fn(&Screen) -> bool) -> &mut Self {
        let met = self.view.wait(DEADLINE, |state| state.whole() && condition(state.parser.screen()));
        assert!(met, "waited in vain for {what}\n{}", self.report());
        self
    }

    /// The text of the screen, without blanks at line ends and empty lines at the bottom.
    pub(crate) fn screen(&self) -> String {
        self.look(text)
    }

    /// The text of the screen, then the same grid with a letter for each style, and a legend.
    pub(crate) fn styles(&self) -> String {
        self.look(styles::dump)
    }

    /// Looks at the screen between two frames.
    pub(crate) fn look<T>(&self, with: impl FnOnce(&Screen) -> T) -> T {
        self.view.wait(DEADLINE, State::whole);
        with(self.view.lock().parser.screen())
    }

    /// How many bytes the program has written so far.
    pub(crate) fn raw_len(&self) -> usize {
        self.view.lock().raw.len()
    }

    /// The bytes written since `raw_len` had this value.
    pub(crate) fn raw_since(&self, start: usize) -> Vec<u8> {
        self.view.lock().raw.get(start..).unwrap_or_default().to_vec()
    }

    /// What the program put on the clipboard last (OSC 52).
    pub(crate) fn clipboard(&self) -> Option<String> {
        self.view.lock().parser.callbacks().clipboard.clone()
    }

    /// Waits until the program has put this on the clipboard.
    pub(crate) fn wait_for_clipboard(&mut self, text: &str) -> &mut Self {
        let met =
            self.view.wait(DEADLINE, |state| state.parser.callbacks().clipboard.as_deref() == Some(text));
        assert!(met, "waited in vain for {text:?} on the clipboard\n{}", self.report());
        self
    }

    /// The window title that the program set last.
    pub(crate) fn title(&self) -> Option<String> {
        self.view.lock().parser.callbacks().title.clone()
    }

    /// Every question that the program put to the terminal (R24 wants none): an answer could arrive as keys.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.view.lock().parser.callbacks().asked.clone()
    }

    /// How many synchronised frames (DEC 2026) the program has painted.
    pub(crate) fn frames(&self) -> usize {
        self.view.lock().parser.callbacks().frames
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the program can be signalled");
    }

    /// Waits until the program has ended and its last output is on the screen. A program that a signal ended
    /// counts as 128 and the signal's number, as in a shell.
    pub(crate) fn exit_code(&mut self, within: Duration) -> i32 {
        let start = Instant::now();
        loop {
            let child: &mut dyn Child = &mut *self.child;
            let child = child.downcast_mut::<std::process::Child>().expect("a process of this system");
            if let Some(status) = child.try_wait().expect("the process can be waited for") {
                // Somebody else may still hold the terminal (a shell's background job): then its end never comes.
                let rest = within.saturating_sub(start.elapsed());
                assert!(
                    self.view.wait(rest, |state| state.ended),
                    "the terminal is still held\n{}",
                    self.report()
                );
                return status.code().or_else(|| status.signal().map(|number| 128 + number)).unwrap_or(-1);
            }
            assert!(start.elapsed() < within, "the program does not end\n{}", self.report());
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// After the end: the terminal must be as it was before.
    pub(crate) fn assert_given_back(&self) {
        let state = self.view.lock();
        let screen = state.parser.screen();
        let left = [
            (screen.alternate_screen(), "alternate screen"),
            (screen.hide_cursor(), "hidden cursor"),
            (screen.bracketed_paste(), "bracketed paste"),
            (screen.application_cursor(), "application cursor keys"),
            (screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None, "mouse reports"),
            (!state.whole(), "a frame that never ended"),
            (flags(&*self.master) != self.line_discipline, "raw mode"),
        ];
        // The report looks at the screen itself.
        drop(state);
        let left: Vec<&str> =
            left.into_iter().filter(|(is_left, _)| *is_left).map(|(_, what)| what).collect();
        assert!(left.is_empty(), "left behind: {}\n{}", left.join(", "), self.report());
    }

    /// What a person needs to see when a wait fails.
    fn report(&self) -> String {
        let state = self.view.lock();
        let screen = state.parser.screen();
        let (rows, columns) = screen.size();
        let life = if state.ended { "the program has ended" } else { "the program is under way" };
        let rule = "-".repeat(columns.get().into());
        format!("{life}; its screen ({columns} x {rows}):\n{rule}\n{}\n{rule}", text(screen))
    }

    fn pid(&self) -> Pid {
        let id = self.child.process_id().and_then(|id| i32::try_from(id).ok());
        id.and_then(Pid::from_raw).expect("a running program has a process id")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // The program leads its own session: its group is it and what it started in the foreground.
            let _ = kill_process_group(self.pid(), Signal::KILL);
            let _ = self.child.wait();
        }
        // Joining could hang on a background process that still holds the terminal; the thread ends with it.
        self.reader.take();
    }
}

/// What the terminal shows, kept up to date by a thread.
struct View {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser<Notes>,
    raw: Vec<u8>,
    ended: bool,
}

impl View {
    fn new(columns: u16, rows: u16) -> Self {
        let (rows, columns) = (at_least_one(rows), at_least_one(columns));
        let parser = vt100::Parser::new_with_callbacks(rows, columns, 0, Notes::default());
        Self { state: Mutex::new(State { parser, raw: Vec::new(), ended: false }), changed: Condvar::new() }
    }

    /// A failed assertion in one look must not hide the screen from the next.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads until the program and all who share its terminal have gone.
    fn follow(&self, mut output: Box<dyn Read + Send>) {
        let mut bytes = [0; 8192];
        loop {
            let read = output.read(&mut bytes).unwrap_or(0);
            let mut state = self.lock();
            state.parser.process(&bytes[..read]);
            state.raw.extend_from_slice(&bytes[..read]);
            state.ended = read == 0;
            drop(state);
            self.changed.notify_all();
            if read == 0 {
                break;
            }
        }
    }

    /// Waits until the condition holds; not beyond the deadline, nor beyond the program's last output.
    fn wait(&self, within: Duration, condition: impl Fn(&State) -> bool) -> bool {
        let pending = |state: &mut State| !state.ended && !condition(state);
        let waited = self.changed.wait_timeout_while(self.lock(), within, pending);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        condition(&state)
    }
}

impl State {
    /// Not in the middle of a synchronised frame, which no terminal would show.
    fn whole(&self) -> bool {
        !self.parser.callbacks().frame_open
    }
}

/// The lines of the screen as a person sees them.
fn text(screen: &Screen) -> String {
    let (_, columns) = screen.size();
    let lines: Vec<String> = screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect();
    lines.join("\n").trim_end().to_owned()
}

fn shows(screen: &Screen, text: &str) -> bool {
    let (_, columns) = screen.size();
    screen.rows(0, columns.get()).any(|row| row.contains(text))
}

/// The terminal's input, output and local modes, to be compared before and after.
fn flags(master: &dyn MasterPty) -> Option<[u64; 3]> {
    let modes = master.get_termios()?;
    Some([modes.input_flags.bits().into(), modes.output_flags.bits().into(), modes.local_flags.bits().into()])
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// A terminal may have no rows or columns (and the console must bear it); the emulator keeps one.
fn at_least_one(length: u16) -> NonZeroU16 {
    NonZeroU16::new(length).unwrap_or(NonZeroU16::MIN)
}
