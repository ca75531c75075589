//! What answers is not what it should be: the console opens, says so on the screen, and can try again.

use std::time::Duration;

use entriage::simulator::{Options, Simulator, Throttle};

use super::wire::{Fake, nobody};
use crate::terminal::{Launch, Terminal};

fn open(address: &str, token: &str) -> Terminal {
    let url = format!("http://{address}");
    Launch::entriage(&["--graph-url", &url, "--write"])
        .env("ENTRIAGE_ACCESS_TOKEN", token)
        .size(160, 50)
        .start()
}

fn leave(mut terminal: Terminal) {
    terminal.keys("q");
    assert_eq!(terminal.exit_code(Duration::from_secs(3)), 0, "{}", terminal.screen());
    terminal.assert_given_back();
    assert_eq!(terminal.asked(), [""; 0]);
}

/// The console says these things, and goes on.
fn says(fake: Fake, texts: &[&str]) {
    let mut terminal = open(&fake.listen(), "some.ready.token");
    for text in texts {
        terminal.wait_until(text, |screen| {
            // A long text is broken into lines.
            let lines: Vec<String> = screen.rows(0, 106).map(|line| line.trim().to_owned()).collect();
            lines.join(" ").contains(text)
        });
    }
    leave(terminal);
}

#[test]
fn a_page_of_something_else_is_not_taken_for_graph() {
    let headers = "Content-Type: text/html\r\n";
    let page = Fake { status: "200 OK", headers, body: "<!doctype html><title>Welcome</title>" };
    says(page, &["not from Microsoft Graph", "correct the Graph address", "r tries again"]);
}

#[test]
fn broken_json_is_not_taken_for_a_list() {
    says(Fake::json("200 OK", "{\"value\": [{oops"), &["not from Microsoft Graph", "r tries again"]);
    says(Fake::json("200 OK", "\"fine\""), &["not from Microsoft Graph", "r tries again"]);
}

#[test]
fn an_empty_tenant_is_good_news() {
    let empty = Fake::json("200 OK", "{\"value\": []}");
    says(empty, &["No sign-ins: at risk, last 7 days", "Nothing waits for a verdict here"]);
}

#[test]
fn a_refused_token_is_said() {
    let body = r#"{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed."}}"#;
    says(
        Fake::json("401 Unauthorized", body),
        &["the sign-in is not accepted", "Lifetime validation failed", "Sign in again"],
    );
}

#[test]
fn a_403_keeps_graphs_words_and_the_request_id() {
    let headers = "Content-Type: application/json\r\nrequest-id: 0f3e7b52-dd11-4a5c-8a0e-2f4b6c8d0e1f\r\n";
    let body =
        r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges \u001b[2J."}}"#;
    says(
        Fake { status: "403 Forbidden", headers, body },
        &[
            "Authorization_RequestDenied",
            "Insufficient privileges ␛[2J.",
            "AuditLog.Read.All",
            "0f3e7b52-dd11-4a5c-8a0e-2f4b6c8d0e1f",
        ],
    );
}

#[test]
fn nobody_there_is_said_soon_and_r_tries_again() {
    let address = nobody();
    let tenant = || {
        let (listen, throttle) = (address.parse().expect("an address"), Throttle::Off);
        let small = Options { seed: 7, users: 28, sign_ins: 12_000, ..Options::default() };
        Simulator::start(Options { listen, throttle, ..small }).expect("starts")
    };
    let token = {
        let tenant = tenant();
        tenant.token()
    };
    let mut terminal = open(&address, &token);
    terminal.wait_for("no connection").wait_for("Check the network").wait_for("r tries again");
    let there = tenant();
    terminal.keys("r").wait_for("1/3").keys("s").wait_for("s1");
    // It goes away again: rows and what is staged stay.
    terminal.wait_for("read ");
    drop(there);
    terminal.keys("r").wait_for("incomplete, 3").wait_for("no connection").wait_for("s1");
    let there = tenant();
    terminal.keys("r").wait_gone("incomplete").wait_for("s1").keys("X").wait_for("1 unstaged");
    drop(there);
    leave(terminal);
}
