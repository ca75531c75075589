//! The ways in which the outside ends the console.

use tokio::sync::mpsc;

/// Why the console must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Asked to (SIGTERM).
    Asked,
    /// Interrupted from outside (SIGINT): ctrl-c is a key.
    Interrupted,
    /// The terminal went away (SIGHUP, or the other end was closed).
    TerminalGone,
}

impl End {
    /// The exit code that a shell gives to a program that the signal ended.
    pub(super) const fn code(self) -> u8 {
        128 + match self {
            Self::TerminalGone => 1,
            Self::Interrupted => 2,
            Self::Asked => 15,
        }
    }
}

/// Listens for signals, and for the terminal's going away even where SIGHUP is ignored (as under `nohup`): crossterm would
/// then neither return nor fail, and burn a processor.
#[cfg(unix)]
pub(super) fn listen() -> std::io::Result<mpsc::UnboundedReceiver<End>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = mpsc::unbounded_channel();
    for (kind, end) in [
        (SignalKind::terminate(), End::Asked),
        (SignalKind::interrupt(), End::Interrupted),
        (SignalKind::hangup(), End::TerminalGone),
    ] {
        let mut stream = signal(kind)?;
        let sender = sender.clone();
        tokio::spawn(async move { while stream.recv().await.is_some() && sender.send(end).is_ok() {} });
    }
    watch_terminal(sender);
    Ok(receiver)
}

/// A thread that sleeps in the kernel until the other end of the terminal is closed.
#[cfg(unix)]
fn watch_terminal(sender: mpsc::UnboundedSender<End>) {
    use rustix::event::{PollFd, PollFlags, poll};
    std::thread::spawn(move || {
        let stdin = std::io::stdin();
        loop {
            // No event is asked for: only hang-ups and errors are reported, and nothing wakes it before.
            let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
            match poll(&mut fds, None) {
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
                Ok(_) => break,
            }
        }
        // The receiver is gone only when the console has ended anyway.
        let _ = sender.send(End::TerminalGone);
        // The console leaves at once. Should something hold it up, nobody is there any more to end it.
        std::thread::sleep(std::time::Duration::from_secs(3));
        std::process::exit(End::TerminalGone.code().into());
    });
}

/// Only ctrl-c ends the console from outside here.
#[cfg(not(unix))]
pub(super) fn listen() -> std::io::Result<mpsc::UnboundedReceiver<End>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(End::Interrupted).is_ok() {}
    });
    Ok(receiver)
}
