//! The terminal harness, tried on small shell scripts: what the other tests see through it must be true.

#![cfg(unix)]

mod terminal;

use std::time::Instant;

use terminal::{DEADLINE, Launch, Signal, Terminal};

/// A shell script in a terminal of 40 by 6.
fn script(script: &str) -> Terminal {
    Launch::program("/bin/sh", &["-c", script]).size(40, 6).start()
}

/// A script that shows the bytes it is given, as a program in raw mode reads them: one line a read.
fn echo_reads() -> Terminal {
    let mut terminal = script(
        "stty raw -echo; printf ready; while :; do printf '\\r\\n'; dd bs=99 count=1 2>/dev/null | od -An -tx1 | tr -d '\\n'; done",
    );
    terminal.wait_for("ready");
    terminal
}

#[test]
fn shows_what_the_program_writes() {
    let mut terminal = script("printf 'one\\n  two   \\n'; read x");
    terminal.wait_for("two");
    assert_eq!(terminal.screen(), "one\n  two");
    assert!(terminal.raw_len() >= "one\n  two   \n".len());
}

#[test]
fn types_keys_and_reports_the_exit_code() {
    let mut terminal = script("read answer; printf 'got %s' \"$answer\"; exit 7");
    terminal.keys("a<lt>b<Space>c<BS>d<Enter>");
    terminal.wait_for("got a<b d");
    assert_eq!(terminal.exit_code(DEADLINE), 7);
    terminal.assert_given_back();
}

#[test]
fn names_keys_as_an_xterm_sends_them() {
    let mut terminal = echo_reads();
    for (keys, bytes) in [
        ("<C-d>", "04"),
        ("<Tab>", "09"),
        ("<S-Tab>", "1b 5b 5a"),
        ("<PageDown>", "1b 5b 36 7e"),
        ("<Down>", "1b 5b 42"),
        ("<C-Right>", "1b 5b 31 3b 35 43"),
        ("<A-x>", "1b 78"),
        ("<f5>", "1b 5b 31 35 7e"),
        ("é", "c3 a9"),
    ] {
        terminal.keys(keys);
        terminal.wait_for(bytes);
    }
}

#[test]
fn cursor_keys_follow_the_mode_that_the_program_asked_for() {
    let mut terminal =
        script("stty raw -echo; printf '\\033[?1hready'; dd bs=99 count=1 2>/dev/null | od -An -tx1");
    terminal.wait_for("ready");
    terminal.keys("<Up>");
    terminal.wait_for("1b 4f 41");
}

#[test]
fn an_escape_is_never_read_together_with_the_next_key() {
    let mut terminal = echo_reads();
    terminal.keys("<Esc>$");
    terminal.wait_for("24");
    assert!(!terminal.screen().contains("1b 24"), "{}", terminal.screen());
}

#[test]
fn pastes_between_brackets_once_the_program_wants_them() {
    let mut terminal = script(
        "stty raw -echo; printf '\\033[?2004hready'; dd bs=99 count=1 2>/dev/null | tail -c +7 | od -An -c",
    );
    terminal.paste("a\nb");
    terminal.wait_for("a  \\r   b 033");
}

#[test]
fn tells_the_program_its_new_size() {
    let mut terminal = script("trap 'stty size' WINCH; printf ready; while :; do read x; done");
    terminal.wait_for("ready").resize(60, 9).wait_for("9 60");
    assert_eq!(terminal.look(|screen| screen.size().0.get()), 9);
}

#[test]
fn waits_until_a_text_goes() {
    let mut terminal = script("printf before; read x; printf '\\033[2J'; read x");
    terminal.wait_for("before").keys("<Enter>").wait_gone("before");
}

#[test]
#[should_panic(expected = "waited in vain for \"never\"\nthe program has ended; its screen (40 x 6)")]
fn a_wait_fails_as_soon_as_the_program_has_ended() {
    let start = Instant::now();
    let mut terminal = script("printf always");
    terminal.wait_for("always");
    assert_eq!(terminal.exit_code(DEADLINE), 0);
    assert!(start.elapsed() < DEADLINE / 2);
    terminal.wait_for("never");
}

#[test]
fn a_frame_is_seen_whole_or_not_at_all() {
    let mut terminal = script(
        "stty -echo; printf 'ready '; read x; printf '\\033[?2026hhalf'; read x; printf ' and half\\033[?2026l'; read x",
    );
    terminal.wait_for("ready").keys("<Enter><Enter>");
    terminal.wait_until("a frame", |screen| screen.contents().contains("half"));
    assert_eq!(terminal.screen(), "ready half and half");
    assert_eq!(terminal.frames(), 1);
}

#[test]
fn dumps_styles_as_letters_with_a_legend() {
    let mut terminal = script(
        "printf '\\033[1;31mred\\033[m and \\033[7mturned\\033[m\\n\\033[38;5;208;48;2;1;2;3;3;4mmany\\033[m\\n\\033[31;1mred\\033[m '; read x",
    );
    terminal
        .wait_for("many")
        .wait_until("the last word", |screen| screen.contents().matches("red").count() == 2);
    let expected = "\
red and turned
many
red
---
aaa.....bbbbbb
cccc
aaa
---
a: bold red
b: reverse
c: italic underline colour 208 on #010203
";
    assert_eq!(terminal.styles(), expected);
}

#[test]
fn notes_the_clipboard_the_title_and_every_question() {
    let mut terminal = script(
        "printf '\\033]52;c;aGVsbG8=\\007\\033]2;title\\007'; printf '\\033[6n\\033]11;?\\007\\033[?2026$p\\033[!pdone'; read x",
    );
    terminal.wait_for("done").wait_for_clipboard("hello");
    assert_eq!(terminal.title().as_deref(), Some("title"));
    assert_eq!(terminal.asked(), ["CSI  [[6]] n", "OSC 11", "CSI ?$ [[2026]] p"]);
}

#[test]
fn a_signal_shows_in_the_exit_code() {
    let mut terminal = script("printf ready; while :; do read x; done");
    terminal.wait_for("ready").signal(Signal::TERM);
    assert_eq!(terminal.exit_code(DEADLINE), 128 + Signal::TERM.as_raw());
}

/// A program that leads its session cannot be suspended: to try that, it is started from a shell with jobs.
#[test]
fn a_shell_with_jobs_can_suspend_and_resume_a_program() {
    let mut terminal = Launch::program("/bin/sh", &["-i"]).env("PS1", "prompt ").start();
    // Stopping a program throws away what was typed ahead: every step waits for the shell's answer to the last.
    let seen = |terminal: &mut Terminal, word: &str, times: usize| {
        terminal.wait_until(word, |screen| screen.contents().matches(word).count() == times);
    };
    seen(&mut terminal, "prompt", 1);
    terminal.keys("cat<Enter>again<Enter>");
    seen(&mut terminal, "again", 2);
    terminal.keys("<C-z>");
    seen(&mut terminal, "prompt", 2);
    terminal.keys("fg<Enter>more<Enter>");
    seen(&mut terminal, "more", 2);
    terminal.keys("<C-d>");
    seen(&mut terminal, "prompt", 3);
    terminal.keys("exit 3<Enter>");
    assert_eq!(terminal.exit_code(DEADLINE), 3);
}

#[test]
fn surroundings_are_its_own() {
    let mut terminal = script("printf '%s|%s|%s' \"${CARGO-none}\" \"$TERM\" \"$TZ\"; read x; pwd; read x");
    terminal.wait_for("none|xterm-256color|UTC").keys("<Enter>");
    let home = terminal.home().file_name().expect("a name").to_string_lossy().into_owned();
    terminal.wait_for(&home);
    assert!(terminal.data_dir().is_dir());
}

#[test]
fn a_home_can_outlive_the_program() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let again = |script| Launch::program("sh", &["-c", script]).home(home.path()).start();
    assert_eq!(again("printf kept > \"$ENTRIAGE_DATA_DIR/file\"").exit_code(DEADLINE), 0);
    again("cat \"$ENTRIAGE_DATA_DIR/file\"; read x").wait_for("kept");
}

#[test]
fn variables_and_a_directory_can_be_given() {
    let mut terminal = Launch::program("sh", &["-c", "printf \"$NO_COLOR \"; pwd; read x"])
        .env("NO_COLOR", "1")
        .directory("/")
        .start();
    terminal.wait_for("1 /");
}

#[test]
#[should_panic(expected = "alternate screen")]
fn a_terminal_left_on_the_alternate_screen_is_noticed() {
    let mut terminal = script("printf '\\033[?1049h'");
    terminal.exit_code(DEADLINE);
    terminal.assert_given_back();
}

#[test]
#[should_panic(expected = "raw mode")]
fn a_terminal_left_raw_is_noticed() {
    let mut terminal = script("stty raw -echo");
    terminal.exit_code(DEADLINE);
    terminal.assert_given_back();
}

#[test]
fn starts_the_console() {
    assert_eq!(Terminal::start(&["--version"], 80, 24).exit_code(DEADLINE), 0);
}
