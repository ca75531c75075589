//! An analyst's desk: the console in a terminal, on a tenant whose ledger can be asked.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use entriage::simulator::LedgerEntry;
use serde_json::Value;
use vt100::Screen;

use super::wire;
use crate::terminal::{DEADLINE, Launch, Terminal};

/// A small tenant whose changes are visible soon. It has so few users that none of those at risk is deleted: the sign-ins
/// of deleted users are refused.
const SMALL: &[&str] =
    &["demo", "--seed", "7", "--users", "28", "--sign-ins", "12000", "--delay", "200", "--throttle", "off"];

/// Between two looks at something that does not announce itself.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// One target as the queue shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) verdict: String,
    /// The whole line.
    pub(crate) line: String,
}

pub(crate) struct Desk {
    pub(crate) terminal: Terminal,
    /// Where the tenant listens.
    pub(crate) address: String,
}

impl Desk {
    /// The demo on a small tenant, with more options, in a terminal wide enough for its address.
    pub(crate) fn demo(more: &[&str]) -> Self {
        Self::start(Launch::entriage(&[SMALL, more].concat()))
    }

    /// The demo on a tenant of the usual size: its sign-ins at risk fill more than one page.
    pub(crate) fn large(more: &[&str]) -> Self {
        let usual = ["demo", "--seed", "7", "--delay", "200", "--throttle", "off"];
        Self::start(Launch::entriage(&[&usual, more].concat()))
    }

    fn start(launch: Launch) -> Self {
        let mut terminal = launch.size(160, 50).start();
        terminal.wait_for("127.0.0.1:");
        let screen = terminal.screen();
        let address = screen.split_whitespace().find(|word| word.starts_with("127.0.0.1:"));
        let address = address.expect("the header names the tenant's address").to_owned();
        let mut desk = Self { terminal, address };
        desk.wait_for_list("Sign-ins");
        desk
    }

    /// Types keys.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        self.terminal.keys(keys);
        self
    }

    /// Waits for a text on the screen.
    pub(crate) fn sees(&mut self, text: &str) -> &mut Self {
        self.terminal.wait_for(text);
        self
    }

    /// Waits until a list has been read to its end.
    pub(crate) fn wait_for_list(&mut self, title: &str) -> &mut Self {
        let label = format!(" {title} ");
        self.terminal.wait_until(&format!("{title} to be read"), |screen| {
            let text = text_of(screen);
            let tabs = text.lines().nth(1).unwrap_or_default();
            let count = tabs.split_once(&label).map_or("", |(_, rest)| rest);
            let digits: &str = count.split([' ', '…', '!']).next().unwrap_or_default();
            !digits.is_empty() && count[digits.len()..].starts_with(' ')
        });
        self
    }

    /// Waits until everything that is read at the start has been read.
    pub(crate) fn settled(&mut self) -> &mut Self {
        self.wait_for_list("Users").wait_for_list("Sign-ins").wait_for_list("Detections");
        self.sees("read ")
    }

    /// Place of the cursor and number of the shown rows, from the status line.
    pub(crate) fn place(&self) -> (usize, usize) {
        place(&self.terminal.screen()).expect("a place in the status line")
    }

    /// Waits until the cursor is there.
    pub(crate) fn wait_for_place(&mut self, wanted: usize) -> &mut Self {
        self.terminal.wait_until(&format!("row {wanted}"), |screen| {
            place(&text_of(screen)).is_some_and(|(at, _)| at == wanted)
        });
        self
    }

    /// Filters by that text, which must be short enough for the status line.
    pub(crate) fn filter(&mut self, text: &str) -> &mut Self {
        self.keys(&format!("/<C-u>{text}<Enter>"));
        let shown = format!(" /{text}");
        self.terminal.wait_gone("filter: ").wait_until(&shown, |screen| {
            let text = text_of(screen);
            let status = text.lines().rev().nth(1).unwrap_or_default().trim_end();
            status.ends_with(&shown) || status.contains(&format!("{shown} "))
        });
        self
    }

    /// The name of the user under the cursor, from the evidence.
    pub(crate) fn user(&mut self) -> String {
        self.sees("principal name ");
        let screen = self.terminal.screen();
        let name = screen.split("principal name ").nth(1).and_then(|rest| rest.split_whitespace().next());
        name.and_then(|name| name.split('@').next()).expect("a name before the domain").to_owned()
    }

    /// Opens the review of that many targets and accepts it.
    pub(crate) fn send(&mut self, count: usize) -> &mut Self {
        self.keys("$").sees(&format!("Review of {count} targets"));
        if self.terminal.screen().contains(&format!("Type {count}, then y")) {
            self.type_number(count).keys("y");
        } else {
            // The review is deaf for its first moment.
            self.until("the review to take a y", |desk| {
                if desk.terminal.screen().contains("Review of") {
                    desk.keys("y");
                }
                !desk.terminal.screen().contains("Review of")
            });
        }
        self.terminal.wait_gone("Review of");
        self
    }

    /// Types the number that the review asks for, until it shows: the review is deaf for its first moment.
    pub(crate) fn type_number(&mut self, number: usize) -> &mut Self {
        let shown = format!("[{number}]");
        self.until(&shown, |desk| {
            desk.keys(&format!("{}{number}", "<BS>".repeat(7)));
            desk.terminal.wait_until_read();
            thread::sleep(LOOK_AGAIN);
            desk.terminal.screen().contains(&shown)
        })
    }

    /// Looks again and again until something holds.
    pub(crate) fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) -> &mut Self {
        let start = Instant::now();
        while !holds(self) {
            let screen = self.terminal.screen();
            assert!(start.elapsed() < DEADLINE, "waited in vain for {what}\n{screen}");
            thread::sleep(LOOK_AGAIN);
        }
        self
    }

    /// Waits until the program has written nothing for that long.
    pub(crate) fn wait_for_silence(&mut self, long: Duration) -> &mut Self {
        let (mut length, mut since) = (self.terminal.raw_len(), Instant::now());
        self.until("silence", |desk| {
            let now = desk.terminal.raw_len();
            if now != length {
                (length, since) = (now, Instant::now());
            }
            since.elapsed() >= long
        })
    }

    /// Opens the newest submission in the queue.
    pub(crate) fn open_submission(&mut self) -> &mut Self {
        self.keys("4").sees("VERDICTS").keys("<Enter>").sees("esc returns.")
    }

    /// Every target of the open submission, page by page.
    pub(crate) fn targets(&mut self, count: usize) -> Vec<Shown> {
        let mut found: Vec<Shown> = Vec::new();
        self.keys("g");
        loop {
            let page = targets(&self.terminal.screen());
            let known: BTreeSet<String> = found.iter().map(|shown| shown.id.clone()).collect();
            found.extend(page.iter().filter(|shown| !known.contains(&shown.id)).cloned());
            if found.len() >= count {
                return found;
            }
            self.keys("<PageDown>");
            self.terminal.wait_until(&format!("more than {} targets", found.len()), |screen| {
                targets(&text_of(screen)) != page
            });
        }
    }

    /// What the tenant received.
    pub(crate) fn ledger(&self) -> Vec<LedgerEntry> {
        let (status, body) = wire::call(&self.address, "GET", "/simulator/ledger", "");
        assert_eq!(status, 200, "{body}");
        let mut body: Value = serde_json::from_str(&body).expect("a ledger");
        serde_json::from_value(body["value"].take()).expect("entries")
    }

    /// Waits until the tenant has received that many calls.
    pub(crate) fn wait_for_calls(&mut self, count: usize) -> Vec<LedgerEntry> {
        self.until(&format!("{count} calls"), |desk| desk.ledger().len() >= count);
        self.ledger()
    }

    /// Lets things go wrong.
    pub(crate) fn faults(&self, faults: &str) {
        let (status, body) = wire::call(&self.address, "POST", "/simulator/faults", faults);
        assert_eq!(status, 204, "{body}");
    }

    /// Leaves with `q`, from an open submission too; nothing may be left behind.
    pub(crate) fn leave(mut self) {
        self.keys("<Esc>q");
        self.left(0);
    }

    /// Waits for the end. The terminal was asked nothing and is as it was.
    pub(crate) fn left(&mut self, code: i32) {
        assert_eq!(self.terminal.exit_code(Duration::from_secs(3)), code, "{}", self.terminal.screen());
        self.terminal.assert_given_back();
        assert_eq!(self.terminal.asked(), [""; 0]);
    }
}

/// The lines of the screen.
fn text_of(screen: &Screen) -> String {
    screen.rows(0, screen.size().1.get()).collect::<Vec<_>>().join("\n")
}

/// `17/1,359` in the status line.
fn place(screen: &str) -> Option<(usize, usize)> {
    let lines: Vec<&str> = screen.lines().collect();
    let status = lines.get(lines.len().checked_sub(2)?)?;
    status.split_whitespace().rev().find_map(|word| {
        let (at, of) = word.split_once('/')?;
        Some((at.replace(',', "").parse().ok()?, of.replace(',', "").parse().ok()?))
    })
}

/// The targets on the screen: lines with an id.
fn targets(screen: &str) -> Vec<Shown> {
    let is_id = |word: &&str| word.len() == 36 && word.matches('-').count() == 4;
    let shown = |line: &str| {
        let id = line.split_whitespace().find(is_id)?.to_owned();
        let verdict = line.split_whitespace().next()?.to_owned();
        // The target under the cursor is told once more, below the others.
        if !["safe", "compromised", "dismissed"].contains(&&*verdict) {
            return None;
        }
        Some(Shown { id, verdict, line: line.trim_end().to_owned() })
    };
    screen.lines().filter_map(shown).collect()
}

/// Verdict and id of what the tenant took, in order.
pub(crate) fn accepted(ledger: &[LedgerEntry]) -> Vec<(String, String)> {
    let taken = ledger.iter().filter(|entry| entry.status == Some(204));
    taken.flat_map(|entry| entry.ids.iter().map(|id| (word(entry), id.clone()))).collect()
}

/// The verdict of a call as the console writes it.
fn word(entry: &LedgerEntry) -> String {
    match &*entry.verdict {
        "confirmSafe" => "safe".to_owned(),
        "confirmCompromised" => "compromised".to_owned(),
        "dismiss" => "dismissed".to_owned(),
        other => other.to_owned(),
    }
}
