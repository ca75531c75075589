//! The terminal is the analyst's: nothing is asked of it, nothing is written without a reason, and it is given back.

use std::time::Duration;

use super::desk::Desk;
use crate::terminal::{DEADLINE, Launch, Signal, Terminal};

/// As far as a screen can be made narrow or wide by dragging a corner.
const STORM: &[(u16, u16)] =
    &[(80, 24), (61, 12), (20, 5), (1, 1), (59, 11), (200, 60), (3, 40), (160, 2), (110, 12), (160, 50)];

/// Drags the corner about, faster than anybody can draw, and lets it go at the size that it had.
fn storm(desk: &mut Desk) {
    for (columns, rows) in STORM {
        desk.terminal.resize(*columns, *rows);
    }
    desk.terminal.wait_until_read();
}

#[test]
fn every_screen_survives_a_storm_of_sizes() {
    let mut desk = Desk::demo(&["--grace", "120"]);
    desk.settled().keys("s").sees("s1");
    for (keys, text, back) in [
        ("?G", "Columns of this table", "<Esc>"),
        ("<Enter>", "enter back", "<Esc>"),
        ("$", "Nothing is sent before you accept", "<Esc>"),
        ("q", "what is staged is lost", "<Esc>"),
        ("/con", "filter: con", "<Esc>"),
        ("wj", "3/3", "wk"),
        ("Ej", "3/3", "Ek"),
        ("1", "STATE", "2"),
        ("4", "Nothing was sent yet", "2"),
    ] {
        desk.keys(keys).sees(text);
        storm(&mut desk);
        // A key that arrives when the terminal is small again does nothing: it has to have acted before.
        desk.sees(text).keys(back).terminal.wait_gone(text);
        for (columns, rows) in [(20, 5), (61, 12), (80, 24), (160, 50)] {
            desk.terminal.resize(columns, rows);
            desk.sees(if columns == 20 { "this is 20x5" } else { "2 Sign-ins" });
        }
    }
    desk.keys("jX").sees("1 unstaged");
    desk.leave();
}

#[test]
fn a_terminal_that_is_too_small_says_so_and_takes_no_verdict() {
    let mut desk = Desk::demo(&[]);
    desk.settled();
    desk.terminal.resize(20, 5);
    desk.sees("entriage needs 60x12").sees("this is 20x5").sees("enlarge, or ctrl-c");
    desk.keys("s*c$").terminal.wait_until_read();
    desk.terminal.resize(80, 24);
    desk.sees("1/").keys("j").wait_for_place(2);
    let screen = desk.terminal.screen();
    assert!(!screen.contains("marked") && !screen.contains("s1") && !screen.contains("Review"), "{screen}");
    desk.keys("s").sees("s1").keys("X").sees("1 unstaged");
    desk.terminal.resize(20, 5);
    desk.sees("this is 20x5").keys("<C-c>");
    desk.left(0);
}

#[test]
fn a_screen_without_change_writes_nothing_and_fifty_keys_are_few_frames() {
    let mut desk = Desk::demo(&[]);
    desk.settled().wait_for_silence(Duration::from_millis(1500));
    let (frames, (place, _)) = (desk.terminal.frames(), desk.place());
    desk.terminal.send(&[b'j'; 50]);
    desk.wait_for_place(place + 50);
    let painted = desk.terminal.frames() - frames;
    assert!((1..=3).contains(&painted), "{painted} frames");
    desk.leave();
}

#[test]
fn what_no_person_typed_does_nothing() {
    let mut desk = Desk::demo(&[]);
    desk.settled();
    // An answer to somebody else's question, letter by letter a verdict; and a paste that would send one.
    desk.terminal.send(b"\x1b]11;rgb:cccc/dddd/ssss\x1b\\").wait_until_read();
    desk.terminal.paste("*c$341y");
    desk.sees("paste ignored");
    let screen = desk.terminal.screen();
    for staged in ["c1", "d1", "s1", "marked", "Review"] {
        assert!(!screen.contains(&format!(" {staged}")), "{staged}\n{screen}");
    }
    assert_eq!(desk.ledger(), []);
    desk.leave();
}

#[test]
fn a_signal_ends_the_console_in_order() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let mut desk = Desk::demo(&["--grace", "120"]);
        // Something in grace and something staged: neither holds it up, neither is sent.
        desk.keys("s").send(1).sees("grace 1").keys("s").sees("s1");
        desk.terminal.signal(signal);
        desk.left(code);
    }
}

#[test]
fn a_shell_suspends_and_resumes_it() {
    let program = env!("CARGO_BIN_EXE_entriage");
    let mut terminal = Launch::program("/bin/sh", &["-i"]).env("PS1", "prompt ").size(120, 30).start();
    terminal.wait_for("prompt");
    terminal.keys(&format!("{program} demo --users 28 --sign-ins 12000<Enter>"));
    terminal.wait_for("2 Sign-ins 3").keys("<Space>").wait_for("1 marked");
    for (columns, rows) in [(120, 30), (100, 26)] {
        terminal.keys("<C-z>");
        // Stopping a program throws away what was typed ahead: the shell has to be there first.
        terminal.wait_until("the shell", |screen| {
            let last = screen.contents().trim_end().ends_with("prompt");
            last && !screen.alternate_screen() && !screen.hide_cursor()
        });
        assert!(!terminal.look(vt100::Screen::bracketed_paste));
        // The shell can be used: what is typed is shown, and runs.
        terminal.keys("echo in the $((20 + 2))<Enter>").wait_for("in the 22");
        terminal.resize(columns, rows);
        terminal.keys("fg<Enter>").wait_until("the console", vt100::Screen::alternate_screen);
        terminal.wait_for("1 marked").wait_for("? help");
    }
    // It listens again.
    terminal.keys("<Space>").wait_for("2 marked").keys("q");
    terminal.wait_until("the shell", |screen| {
        screen.contents().trim_end().ends_with("prompt") && !screen.alternate_screen()
    });
    assert_eq!(terminal.asked(), [""; 0]);
    terminal.keys("echo left with $?<Enter>").wait_for("left with 0").keys("exit<Enter>");
    assert_eq!(terminal.exit_code(DEADLINE), 0);
    terminal.assert_given_back();
}

/// Select Graphic Rendition: the parameters of every `CSI ... m` that was written.
fn renditions(raw: &[u8]) -> Vec<Vec<u16>> {
    let text = String::from_utf8_lossy(raw);
    let sequences = text.split("\x1b[").skip(1);
    let ends = sequences.filter_map(|rest| rest.split_once(|c: char| c.is_ascii_alphabetic() || c == '~'));
    let own = text.split("\x1b[").skip(1).zip(ends);
    own.filter(|(rest, (parameters, _))| rest[parameters.len()..].starts_with('m'))
        .map(|(_, (parameters, _))| parameters.split([';', ':']).map(|p| p.parse().unwrap_or(0)).collect())
        .collect()
}

fn coloured(terminal: &Terminal) -> (bool, bool) {
    let renditions = renditions(&terminal.raw_since(0));
    let colour = |p: u16| matches!(p, 30..=38 | 40..=48 | 90..=97 | 100..=107);
    let has = |wanted: &dyn Fn(u16) -> bool| renditions.iter().flatten().any(|p| wanted(*p));
    (has(&colour), has(&|p| p == 7))
}

#[test]
fn without_colour_the_cursor_can_still_be_seen() {
    let start = |no_colour: &str| {
        let arguments = ["demo", "--users", "28", "--sign-ins", "12000"];
        let mut terminal = Launch::entriage(&arguments).env("NO_COLOR", no_colour).size(120, 30).start();
        terminal.wait_for("2 Sign-ins 3").keys("j<Space>s$").wait_for("Review of 1");
        terminal
    };
    assert_eq!(coloured(&start("1")), (false, true));
    let (colour, _) = coloured(&start(""));
    assert!(colour, "an empty NO_COLOR asks for nothing");
}

#[test]
fn text_that_an_attacker_chose_cannot_act_on_the_terminal() {
    let mut desk = Desk::demo(&[]);
    desk.settled().keys("1w").filter("owned");
    desk.keys("<Enter>").sees("Priority␛[2J␛[31m Support␛]0;owned␇").keys("<Esc>");
    desk.filter("nimdA").keys("<Enter>").sees("<202E>nimdA lacoL<202C>").keys("<Esc>");
    // The agent and the application of two sign-ins are of that kind too: both are shown in the evidence.
    desk.keys("2").filter("suspicious");
    for row in 1..=3 {
        desk.wait_for_place(row).keys("<Enter>").sees("From where").keys("G").sees("correlation");
        desk.keys("<Esc>j");
    }
    let raw = desk.terminal.raw_since(0);
    let text = String::from_utf8(raw).expect("only UTF-8 is written");
    let treacherous =
        |c: &char| matches!(*c as u32, 0x7f..=0x9f | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f);
    assert_eq!(text.chars().find(treacherous), None);
    // Of control characters only escape, and after it only what moves the cursor, colours and switches modes.
    assert!(!text.contains(['\x07', '\x08', '\0']), "a control character");
    let others: Vec<&str> = text.split('\x1b').skip(1).filter(|rest| !rest.starts_with('[')).collect();
    assert_eq!(others, [""; 0], "other sequences than CSI");
    assert_eq!(desk.terminal.title(), None);
    desk.leave();
}
