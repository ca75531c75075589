//! Things go wrong on the way: nothing is sent twice, nothing is lost, and the screen says what happened.

use super::desk::{Desk, accepted};

#[test]
fn a_list_that_breaks_off_keeps_its_rows_and_says_so() {
    let mut desk = Desk::large(&[]);
    let (_, rows) = desk.settled().place();
    assert!(rows > 1000, "{rows} rows are one page");
    desk.faults(r#"{"kind":"status","status":403,"path":"/auditLogs/signIns","after":1}"#);
    desk.keys("r").sees("incomplete, ").sees("rows kept: not permitted");
    assert_eq!(desk.place().1, rows);
    desk.keys("r").terminal.wait_gone("incomplete, ");
    desk.wait_for_list("Sign-ins");
    assert_eq!(desk.place().1, rows);
    desk.leave();
}

#[test]
fn a_504_that_took_effect_is_verified_and_not_sent_again() {
    let mut desk = Desk::demo(&["--grace", "0"]);
    desk.faults(r#"{"kind":"status","status":504,"apply":true,"method":"POST","path":"/auditLogs"}"#);
    desk.keys("vjjjjv").sees("5 marked").keys("s").send(5);
    desk.keys("4").sees("outcome unknown 5").sees("verified 5");
    let ledger = desk.ledger();
    assert_eq!(ledger.iter().map(|entry| entry.status).collect::<Vec<_>>(), [Some(504)]);
    desk.leave();
}

#[test]
fn throttled_twice_is_late_and_no_failure() {
    let mut desk = Desk::demo(&["--grace", "0"]);
    desk.faults(r#"{"kind":"status","status":429,"retryAfter":1,"count":2,"method":"POST"}"#);
    desk.keys("vjv").sees("2 marked").keys("d").send(2);
    desk.keys("4").sees("verified 2");
    let ledger = desk.ledger();
    let answers: Vec<_> = ledger.iter().map(|entry| entry.status).collect();
    assert_eq!(answers, [Some(429), Some(429), Some(204)]);
    assert_eq!(accepted(&ledger).len(), 2);
    desk.leave();
}

#[test]
fn the_one_bad_id_is_named_and_the_others_are_sent() {
    let mut desk = Desk::demo(&["--grace", "0"]);
    let user = desk.filter("!breakg").keys("g").user();
    let name: String = user.chars().take(13).collect();
    // The tenant refuses sign-ins of users who were dismissed as a whole.
    desk.keys("1").wait_for_list("Users").filter(&name).sees("1/1 of").keys("d").send(1);
    desk.keys("4").sees("verified 1").keys("2").filter(&format!("!{name}"));
    desk.keys("g<Space><Space>").sees("2 marked").filter(&name).keys("g<Space>").sees("3 marked");
    desk.keys("<Esc>").terminal.wait_gone(&format!("/{name}"));
    desk.keys("s").sees("safe staged on 3").send(3).open_submission();
    desk.sees("verified 2, rejected 1");
    let shown = desk.targets(3);
    let rejected: Vec<_> = shown.iter().filter(|shown| shown.line.contains(" rejected ")).collect();
    assert_eq!(rejected.len(), 1, "{shown:?}");
    assert!(rejected[0].line.contains(&user), "{shown:?}");
    let ledger = desk.ledger();
    let sent = |id: &str| accepted(&ledger[1..]).iter().filter(|(_, sent)| sent == id).count();
    for target in &shown {
        assert_eq!(sent(&target.id), usize::from(target.id != rejected[0].id), "{shown:?}\n{ledger:?}");
    }
    desk.leave();
}
