//! What is wrong from the beginning: each says what, and what to do, and leaves the terminal alone.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::terminal::{Launch, Terminal};

/// A token that no tenant gave.
const TOKEN: &str = "not.a.token";

/// Waits for the end; the terminal must be as it was, and no sequence may have been written.
fn refused(mut terminal: Terminal, code: i32, texts: &[&str]) {
    assert_eq!(terminal.exit_code(Duration::from_secs(3)), code, "{}", terminal.screen());
    terminal.assert_given_back();
    let screen = terminal.screen().replace('\n', " ");
    for text in texts {
        assert!(screen.contains(text), "{text:?} is not in: {screen}");
    }
    // The command line's own messages may have colours; nothing may switch modes, move, or ask.
    let raw = String::from_utf8_lossy(&terminal.raw_since(0)).into_owned();
    for sequence in raw.split('\x1b').skip(1) {
        let end = sequence.trim_start_matches(|c: char| c == '[' || c == ';' || c.is_ascii_digit());
        assert!(end.starts_with('m'), "a sequence was written: {raw:?}");
    }
}

fn start(arguments: &[&str]) -> Terminal {
    Launch::entriage(arguments).env("ENTRIAGE_ACCESS_TOKEN", TOKEN).size(400, 24).start()
}

#[test]
fn a_wrong_command_line_is_named() {
    refused(start(&["--graph-url", "ftp://x"]), 2, &["`ftp://x` is not the address of a Graph"]);
    let plain = start(&["--graph-url", "http://example.com"]);
    refused(plain, 2, &["only over https: write https://example.com"]);
    refused(start(&["--graph-url", "https://me:secret@example.com"]), 2, &["write the root alone"]);
    refused(start(&["demo", "--grace", "121"]), 2, &["--grace", "121", "0..=120"]);
    refused(start(&["demo", "--listen", "0.0.0.0:0"]), 1, &["0.0.0.0:0 is not a loopback address"]);
    refused(start(&["demo", "--faults", "nowhere.json"]), 2, &["cannot read the faults nowhere.json"]);
    refused(start(&["--write", "--read-only"]), 2, &["--read-only"]);
    refused(start(&["--log", "/nowhere/at/all"]), 2, &["cannot write the log /nowhere/at/all"]);
}

#[test]
fn a_wrong_configuration_is_named_with_its_place() {
    let home = tempfile::tempdir().expect("a directory");
    let file = |text: &str| fs::write(home.path().join("c.toml"), text).expect("a file");
    let start = |more: &[&str]| {
        let arguments = [&["--config", "c.toml"], more].concat();
        let launch = Launch::entriage(&arguments).env("ENTRIAGE_ACCESS_TOKEN", TOKEN);
        launch.size(400, 24).home(home.path()).start()
    };
    refused(start(&[]), 2, &["cannot read the configuration c.toml", "No such file"]);
    file("[profiles.work]\nwirte = true\n");
    refused(start(&[]), 2, &["c.toml is not valid", "line 2, column 1", "wirte", "`write`"]);
    file("[profiles.work\n");
    refused(start(&[]), 2, &["c.toml is not valid", "line 1, column 15"]);
    file("default_profile = \"home\"\n[profiles.work]\n[profiles.play]\n");
    refused(start(&[]), 2, &["no profile `home` in c.toml; there is: play, work"]);
    refused(start(&["-p", "nobody"]), 2, &["no profile `nobody` in c.toml; there is: play, work"]);
    file("[profiles.work]\ngraph_url = \"graph.microsoft.com\"\n");
    refused(start(&[]), 2, &["`graph.microsoft.com` is not the address of a Graph", "https://"]);
    file("[profiles.work]\ntenant = \"\u{1b}[31mred\u{202e}\"\nbatch_size = 100\n");
    refused(start(&[]), 2, &["c.toml"]);
    let unnamed =
        Launch::entriage(&["-p", "nobody"]).env("ENTRIAGE_ACCESS_TOKEN", TOKEN).size(400, 24).start();
    refused(unnamed, 2, &["no profile `nobody`", "there is: none"]);
}

#[test]
fn without_a_token_it_says_how_to_get_one_or_do_without() {
    let bare = Launch::entriage(&[]).size(400, 24).start();
    refused(bare, 3, &["not signed in", "entriage demo", "ENTRIAGE_ACCESS_TOKEN", "--write"]);
    for (token, text) in [("", "empty"), ("two\nlines", "line break"), ("Bearer x", "without `Bearer`")] {
        let wrong = Launch::entriage(&[]).env("ENTRIAGE_ACCESS_TOKEN", token).size(400, 24).start();
        refused(wrong, 3, &["ENTRIAGE_ACCESS_TOKEN", text]);
    }
}

#[test]
fn a_terminal_that_cannot_be_drawn_on_is_refused() {
    let dumb = Launch::entriage(&["demo"]).env("TERM", "dumb").start();
    refused(dumb, 2, &["dumb", "TERM"]);
    for (redirected, text) in [("> file", "standard output"), ("< /dev/null", "standard input")] {
        let script = format!("'{}' demo {redirected}; echo left with $?", env!("CARGO_BIN_EXE_entriage"));
        let piped = Launch::program("/bin/sh", &["-c", &script]).size(120, 24).start();
        refused(piped, 0, &["needs a terminal", text, "left with 2"]);
    }
    // Without any terminal at all, as under cron.
    let output = Command::new(env!("CARGO_BIN_EXE_entriage"))
        .arg("demo")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    assert_eq!((output.status.code(), &*output.stdout), (Some(2), &b""[..]));
    assert!(!output.stderr.contains(&0x1b));
}
