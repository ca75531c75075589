//! From a mark to the ledger: exactly what the screen says is what the tenant received.

use std::collections::BTreeSet;

use super::desk::{Desk, accepted};

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_unstable();
    items
}

/// The number before ` marked` or behind the letter of a verdict, from the right end of the status line.
fn counted(desk: &Desk, read: impl Fn(&str) -> Option<&str>) -> usize {
    let screen = desk.terminal.screen();
    let status = screen.lines().rev().nth(1).unwrap_or_default();
    status.split(" · ").filter_map(read).find_map(|count| count.replace(',', "").parse().ok()).unwrap_or(0)
}

fn marked(desk: &Desk) -> usize {
    counted(desk, |part| part.strip_suffix(" marked"))
}

fn staged(desk: &Desk, letter: char) -> usize {
    counted(desk, |part| part.strip_prefix(letter))
}

#[test]
fn what_the_queue_calls_verified_is_what_the_tenant_received_id_for_id() {
    let mut desk = Desk::demo(&["--grace", "1"]);
    // An opposite verdict on the same user would wait for a long time, so the two verdicts are about different users.
    let user = desk.filter("!breakg").keys("G").user();
    let first: String = user.chars().take(13).collect();
    desk.filter(&first).keys("*c").sees("compromised staged on ");
    let compromised = staged(&desk, 'c');
    // One by one, a range longer than a call and than a page of the queue, and all that share a cell.
    desk.filter(&format!("!{first}"))
        .keys("g<Space><Space>jv")
        .keys(&"j".repeat(59))
        .keys("v")
        .sees("62 marked");
    desk.keys("jjllll,").sees("rows marked: ");
    let safe = marked(&desk);
    desk.keys("s").sees(&format!("safe staged on {safe} sign-ins")).keys("<Esc>");
    desk.terminal.wait_gone(&format!("/!{first}"));
    let count = safe + compromised;
    desk.send(count);
    desk.open_submission().sees(&format!("verified {count}."));
    let shown = desk.targets(count);
    assert!(shown.iter().all(|shown| shown.line.contains(" verified ")), "{shown:?}");

    let ledger = desk.ledger();
    assert!(ledger.iter().all(|entry| entry.kind == "signIns" && entry.status == Some(204)), "{ledger:?}");
    assert!(ledger.iter().all(|entry| entry.ids.len() <= 60), "{ledger:?}");
    let received = sorted(accepted(&ledger));
    assert_eq!(received, sorted(shown.into_iter().map(|shown| (shown.verdict, shown.id))));
    let distinct: BTreeSet<_> = received.iter().map(|(_, id)| id).collect();
    assert_eq!(distinct.len(), count, "each id once");
    desk.leave();
}

#[test]
fn a_hundred_and_thirty_sign_ins_are_three_calls() {
    let mut desk = Desk::demo(&["--grace", "0"]);
    desk.keys("v").keys(&"j".repeat(129)).keys("v").sees("130 marked");
    desk.keys("s").sees("safe staged on 130 sign-ins").send(130);
    let ledger = desk.wait_for_calls(3);
    desk.keys("4").sees("130 done");
    let sizes: Vec<usize> = ledger.iter().map(|entry| entry.ids.len()).collect();
    assert_eq!(sizes, [60, 60, 10]);
    assert!(ledger.iter().all(|entry| entry.path.ends_with("/auditLogs/signIns/confirmSafe")), "{ledger:?}");
    let distinct: BTreeSet<_> = ledger.iter().flat_map(|entry| &entry.ids).collect();
    assert_eq!(distinct.len(), 130);
    assert_eq!(desk.ledger().len(), 3, "nothing follows");
}

#[test]
fn a_user_is_never_sent_as_a_sign_in() {
    let mut desk = Desk::demo(&["--grace", "0"]);
    desk.keys("1").wait_for_list("Users").keys("Gvkkv").keys("s").sees("safe staged on 3 users");
    desk.keys("2Gvkkv").keys("s").sees("safe staged on 3 sign-ins");
    desk.send(6).open_submission().sees("verified 6.");
    // Targets stand in the order in which they were staged.
    let shown: Vec<String> = desk.targets(6).into_iter().map(|shown| shown.id).collect();
    let ledger = desk.ledger();
    let of = |kind: &str| -> Vec<String> {
        let calls = ledger.iter().filter(|entry| entry.kind == kind);
        calls.flat_map(|entry| entry.ids.clone()).collect()
    };
    assert_eq!(sorted(of("riskyUsers")), sorted(shown[..3].to_vec()));
    assert_eq!(sorted(of("signIns")), sorted(shown[3..].to_vec()));
    desk.leave();
}

#[test]
fn what_is_recalled_in_the_grace_is_staged_again_and_never_sent() {
    let mut desk = Desk::demo(&["--grace", "120"]);
    desk.keys("vjjv").sees("3 marked").keys("s").send(3).sees("grace 1").keys("z");
    desk.sees("3 recalled and staged again").sees("s3");
    desk.keys("q").sees("Quit?").sees("3 verdicts are staged and were not sent").keys("<Esc>");
    desk.terminal.wait_gone("Quit?");
    // Close behind an escape, an X would begin an escape string that nobody typed (rule R24).
    desk.keys("jX").sees("3 unstaged");
    assert_eq!(desk.ledger(), []);
    desk.leave();
}

#[test]
fn quitting_in_the_grace_asks_and_a_recall_on_the_way_out_sends_nothing() {
    let mut desk = Desk::demo(&["--grace", "120"]);
    desk.keys("s").send(1).sees("grace 1").keys("q").sees("1 target is accepted by you and not sent yet");
    assert_eq!(desk.ledger(), []);
    desk.keys("Q").left(0);
}

#[test]
fn quitting_in_the_grace_can_send_first() {
    let mut desk = Desk::demo(&["--grace", "120"]);
    // The answer comes late enough to look at the ledger before the tenant ends with the console.
    desk.faults(r#"{"kind":"delay","milliseconds":1500,"method":"POST"}"#);
    desk.keys("s").send(1).sees("grace 1").keys("q").sees("Quit?").keys("w");
    let ledger = desk.wait_for_calls(1);
    assert_eq!(accepted(&ledger).len(), 1);
    desk.left(0);
}

#[test]
fn nothing_that_a_filter_hides_is_sent() {
    let mut desk = Desk::demo(&["--grace", "0"]);
    let (_, all) = desk.place();
    desk.keys("*").sees(&format!("{all} rows marked")).filter("Chisinau").sees("marks hidden");
    let (_, shown) = desk.place();
    assert!(0 < shown && shown < all, "{shown} of {all}");
    desk.keys("d").sees(&format!("dismissed staged on {shown} sign-ins")).sees("hidden marks left out");
    // A narrower filter: what it hides is staged, but not sent.
    let user = desk.keys("g").user();
    desk.filter(&format!("MD {}", user.chars().take(10).collect::<String>()));
    let (_, fewer) = desk.place();
    assert!(0 < fewer && fewer < shown, "{fewer} of {shown}");
    desk.send(fewer);
    let received = accepted(&desk.wait_for_calls(1));
    assert_eq!(received.len(), fewer);
    desk.open_submission();
    let on_screen = desk.targets(fewer);
    assert!(
        on_screen.iter().all(|shown| shown.line.contains(&user) && shown.line.contains("MD Chisinau")),
        "{on_screen:?}"
    );
    assert_eq!(sorted(received.into_iter().map(|(_, id)| id)), sorted(on_screen.into_iter().map(|s| s.id)));
    assert_eq!(desk.ledger().len(), 1, "nothing follows");
}
