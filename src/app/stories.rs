//! What an analyst does, key by key, and what must never happen, whatever they do.

use super::testing::{Console, changed_sign_in, sign_in, sign_in_id, user, user_id};
use super::{Effect, List, Message, Overlay, Rows, Session, Tab};
use crate::entity::{Key, RiskState, Skip, Target, Verdict};
use crate::queue::{Command, QueueEvent, Submission, SubmissionId, TargetState};
use proptest::prelude::*;
use std::collections::HashSet;

fn submitted(console: &Console) -> Vec<Submission> {
    let commands = console.effects.iter();
    commands
        .filter_map(|effect| match effect {
            Effect::Queue(Command::Submit(submission)) => Some(submission.clone()),
            _ => None,
        })
        .collect()
}

fn sign_in_target(number: u32) -> Target {
    Target::SignIn(sign_in_id(number).parse().unwrap())
}

#[test]
fn marks_are_staged_reviewed_and_sent_to_exactly_those_ids() {
    let mut console = Console::new();
    console.sign_ins(0..20);
    console.press("<space><space>j<space>s$");
    console.pass(400);
    console.press("y");
    let submissions = submitted(&console);
    let expected: Vec<Target> = [0, 1, 3].map(|n| console_order(20)[n]).to_vec();
    let targets: Vec<Target> = submissions[0].orders.iter().map(|order| order.target).collect();
    assert_eq!(targets, expected);
    assert!(submissions[0].orders.iter().all(|order| order.verdict == Verdict::Safe));
    assert!(console.model.tray.is_empty());
}

/// Targets of the first `count` sign-ins in the order in which the table shows them.
fn console_order(count: u32) -> Vec<Target> {
    let mut console = Console::new();
    console.sign_ins(0..count);
    console
        .shown()
        .into_iter()
        .map(|key| match key {
            Key::SignIn(id) => Target::SignIn(id),
            _ => unreachable!(),
        })
        .collect()
}

#[test]
fn nothing_is_sent_from_a_table_by_any_single_key() {
    for key in
        super::keymap::BINDINGS.iter().flat_map(|binding| binding.keys).filter(|key| !key.contains(' '))
    {
        let mut console = Console::new();
        console.sign_ins(0..5);
        console.press("<space>c");
        console.press(&if key.len() > 1 { format!("<{key}>") } else { (*key).to_owned() });
        assert!(submitted(&console).is_empty(), "{key}");
    }
}

#[test]
fn enter_and_esc_cancel_the_review_and_everything_stays_staged() {
    for key in ["<enter>", "<esc>", "q"] {
        let mut console = Console::new();
        console.sign_ins(0..3);
        console.press("s$");
        console.pass(400);
        console.press(key);
        assert!(submitted(&console).is_empty());
        assert_eq!(console.model.tray.len(), 1);
        assert!(console.model.overlay.is_none());
    }
}

#[test]
fn the_review_is_deaf_for_its_first_moment() {
    let mut console = Console::new();
    console.sign_ins(0..3);
    console.press("s$");
    console.pass(100);
    console.press("y");
    assert!(submitted(&console).is_empty());
    console.pass(300);
    console.press("y");
    assert_eq!(submitted(&console).len(), 1);
}

#[test]
fn anything_compromised_needs_the_number_typed() {
    let mut console = Console::new();
    console.sign_ins(0..3);
    console.press("c$");
    console.pass(400);
    console.press("y");
    assert!(submitted(&console).is_empty());
    console.press("2y");
    assert!(submitted(&console).is_empty());
    console.press("<backspace>1y");
    assert_eq!(submitted(&console).len(), 1);
}

#[test]
fn more_than_ten_need_the_number_typed() {
    let mut console = Console::new();
    console.sign_ins(0..11);
    console.press("*s$");
    console.pass(400);
    console.press("y");
    assert!(submitted(&console).is_empty());
    console.press("11y");
    assert_eq!(submitted(&console)[0].orders.len(), 11);
}

#[test]
fn what_a_filter_hides_is_not_staged_and_the_marks_are_counted() {
    let mut console = Console::new();
    console.sign_ins(0..14);
    console.press("*/user03<enter>");
    assert_eq!(console.model.hidden_marks(), 12);
    console.press("d");
    assert_eq!(console.model.tray.len(), 2);
    assert!(console.notice().contains("12 hidden marks left out"), "{}", console.notice());
}

#[test]
fn staged_rows_that_a_filter_hides_are_left_out_of_the_review_unless_asked_for() {
    let mut console = Console::new();
    console.sign_ins(0..14);
    console.press("*s/user03<enter>$");
    console.pass(400);
    let Some(Overlay::Review(review)) = &console.model.overlay else { panic!("no review") };
    assert_eq!((review.count(), review.hidden()), (2, 12));
    console.press("h");
    let Some(Overlay::Review(review)) = &console.model.overlay else { panic!("no review") };
    assert_eq!(review.count(), 14);
    console.press("h");
    console.pass(400);
    console.press("y");
    assert_eq!(submitted(&console)[0].orders.len(), 2);
    assert_eq!(console.model.tray.len(), 12, "what was left out stays staged");
}

#[test]
fn a_filter_that_hides_every_mark_refuses_the_verdict_and_says_why() {
    let mut console = Console::new();
    console.sign_ins(0..14);
    console.press("<space>/zzz<enter>s");
    assert!(console.model.tray.is_empty());
    assert!(console.notice().contains("hidden by the filter"), "{}", console.notice());
}

#[test]
fn a_read_only_console_stages_nothing_and_says_why() {
    let mut console = Console::with(Session::default());
    console.sign_ins(0..3);
    console.press("s");
    assert!(console.model.tray.is_empty());
    assert!(console.notice().contains("READ-ONLY"), "{}", console.notice());
}

#[test]
fn impossible_targets_are_skipped_each_with_its_reason() {
    let session = Session {
        write: true,
        protect: vec!["user03@*".into()],
        account: "user04@contoso.example".into(),
        ..Session::default()
    };
    let mut console = Console::with(session);
    console.press("1");
    console.page(Rows::Users(vec![
        user(0, r#","isDeleted":true"#),
        user(1, r#","isProcessing":true"#),
        user(2, r#","riskState":"confirmedCompromised""#),
        user(3, ""),
        user(4, ""),
        user(5, r#","riskState":"remediated""#),
        user(6, ""),
    ]));
    console.press("*c$");
    console.pass(400);
    let Some(Overlay::Review(review)) = &console.model.overlay else { panic!("no review") };
    for skip in [Skip::Deleted, Skip::Processing, Skip::AlreadyThere, Skip::Protected, Skip::Myself] {
        assert!(review.skipped().contains(&(skip, 1)), "{skip:?}: {:?}", review.skipped());
    }
    assert_eq!(review.remediated(), 1);
    assert_eq!(review.count(), 1);
    console.press("1y");
    let user: Target = Target::User(user_id(6).parse().unwrap());
    assert_eq!(submitted(&console)[0].orders.iter().map(|order| order.target).collect::<Vec<_>>(), [user]);
}

#[test]
fn protected_accounts_can_be_called_safe() {
    let session = Session { write: true, protect: vec!["*".into()], ..Session::default() };
    let mut console = Console::with(session);
    console.sign_ins(0..1);
    console.press("s$");
    console.pass(400);
    console.press("y");
    assert_eq!(submitted(&console).len(), 1);
}

#[test]
fn a_sign_in_of_a_protected_user_cannot_be_called_compromised_either() {
    let session = Session { write: true, protect: vec![user_id(0)], ..Session::default() };
    let mut console = Console::with(session);
    console.sign_ins([0]);
    console.press("c$");
    console.pass(400);
    console.press("1y");
    assert!(submitted(&console).is_empty());
}

#[test]
fn the_cursor_keeps_its_row_while_rows_arrive_above_it() {
    let mut console = Console::new();
    console.sign_ins(10..20);
    console.press("jj");
    let before = console.model.cursor_row().unwrap().key();
    console.sign_ins(0..10);
    assert_eq!(console.model.cursor_row().unwrap().key(), before);
    console.press("s");
    assert_eq!(console.model.tray.in_order()[0].origin.1, before);
}

#[test]
fn no_verdict_falls_on_the_row_that_took_the_place_of_a_vanished_one() {
    let mut console = Console::new();
    console.sign_ins(0..5);
    console.loaded(List::SignIns);
    console.press("jj");
    console.press("r");
    let gone = cursor_target(&console);
    console.sign_ins((0..5).filter(|number| sign_in_target(*number) != gone));
    console.loaded(List::SignIns);
    console.press("c");
    assert!(console.model.tray.is_empty());
    assert!(console.notice().contains("went away"), "{}", console.notice());
    console.press("jc");
    assert_eq!(console.model.tray.len(), 1);
}

fn cursor_target(console: &Console) -> Target {
    console.model.cursor_row().unwrap().target().unwrap()
}

#[test]
fn a_loading_that_breaks_off_keeps_the_rows_of_before() {
    let mut console = Console::new();
    console.sign_ins(0..5);
    console.loaded(List::SignIns);
    console.press("r");
    console.sign_ins([0]);
    let Some(Effect::Load(ticket, _)) =
        console.effects.iter().rev().find(|effect| matches!(effect, Effect::Load(_, List::SignIns))).cloned()
    else {
        panic!("no loading")
    };
    console.tell(Message::LoadFailed { ticket, problem: super::Problem::default() });
    assert_eq!(console.shown().len(), 5);
    console.tell(Message::Page { ticket, rows: Rows::SignIns(vec![sign_in(9)]), rejected: vec![] });
    assert_eq!(console.shown().len(), 5, "an answer that nobody awaits changes nothing");
}

#[test]
fn the_last_staging_is_undone_by_z_and_a_submission_in_grace_is_recalled() {
    let mut console = Console::new();
    console.sign_ins(0..5);
    console.press("sczz");
    assert!(console.model.tray.is_empty());
    console.press("s$");
    console.pass(400);
    console.press("y");
    let submission = submitted(&console)[0].clone();
    console.tell(Message::Queue(QueueEvent::Accepted { submission: submission.clone(), batches: 1 }));
    console.press("z");
    assert_eq!(console.effects.last(), Some(&Effect::Queue(Command::Recall(SubmissionId(1)))));
    let targets: Vec<Target> = submission.orders.iter().map(|order| order.target).collect();
    console.tell(Message::Queue(QueueEvent::Targets {
        submission: submission.id,
        targets,
        state: TargetState::Recalled,
        note: None,
    }));
    assert_eq!(console.model.tray.len(), 1, "what was recalled is staged again");
}

#[test]
fn what_the_queue_refuses_is_staged_again() {
    let mut console = Console::new();
    console.sign_ins(0..5);
    console.press("<space><space>s$");
    console.pass(400);
    console.press("y");
    assert!(console.model.tray.is_empty());
    console.tell(Message::Queue(QueueEvent::Refused {
        submission: SubmissionId(1),
        why: "the disk is full".into(),
    }));
    assert_eq!(console.model.tray.len(), 2);
    assert!(console.notice().contains("NOT SENT: the disk is full"));
}

#[test]
fn quitting_asks_where_something_would_be_lost() {
    let mut console = Console::new();
    console.press("q");
    assert!(matches!(console.effects.last(), Some(Effect::Queue(Command::Shutdown { finish: false }))));
    let mut console = Console::new();
    console.sign_ins(0..5);
    console.press("sq");
    assert!(matches!(console.model.overlay, Some(Overlay::Quit { .. })));
    console.press("<enter>");
    assert!(console.model.overlay.is_none() && !console.model.leaving);
    console.press("<ctrl-c><ctrl-c><ctrl-c>w");
    assert!(!console.model.leaving, "a held ctrl-c loses nothing, and nothing waits to be sent");
    console.press("Q");
    console.tell(Message::Queue(QueueEvent::Stopped));
    assert_eq!(console.effects.last(), Some(&Effect::Quit));
}

#[test]
fn a_range_marks_what_lies_between_and_can_shrink() {
    let mut console = Console::new();
    console.sign_ins(0..10);
    console.press("jvjjj");
    assert_eq!(console.model.current_table().unwrap().marked(), 4);
    console.press("kkv");
    assert_eq!(console.model.current_table().unwrap().marked(), 2);
    console.press("jj");
    assert_eq!(console.model.current_table().unwrap().marked(), 2);
}

#[test]
fn rows_that_arrive_inside_a_range_are_not_marked_before_the_next_step() {
    let mut console = Console::new();
    console.sign_ins([0, 1, 18, 19]);
    console.press("vjjj");
    assert_eq!(console.model.current_table().unwrap().marked(), 4);
    console.sign_ins([8, 9, 10]);
    assert_eq!(console.model.current_table().unwrap().marked(), 4);
}

#[test]
fn the_same_value_is_marked_in_the_shown_rows_only() {
    let mut console = Console::new();
    console.sign_ins(0..35);
    // The third column to the right is the address; number 0 and every fifth after it share one.
    console.press("lll,");
    assert_eq!(console.model.current_table().unwrap().marked(), 7);
    console.press("U/user00<enter>g,");
    assert_eq!(console.model.current_table().unwrap().marked(), 1);
}

#[test]
fn the_last_set_can_be_marked_again() {
    let mut console = Console::new();
    console.sign_ins(0..10);
    console.press("<space><space><space>U");
    assert_eq!(console.model.current_table().unwrap().marked(), 0);
    console.press("V");
    assert_eq!(console.model.current_table().unwrap().marked(), 3);
}

#[test]
fn g_and_v_are_the_top_and_a_range() {
    let mut console = Console::new();
    console.sign_ins(0..10);
    console.press("<space><space>Ugv");
    assert!(console.model.current_table().unwrap().in_range());
    assert_eq!(console.model.current_table().unwrap().marked(), 1);
}

#[test]
fn a_paste_outside_a_text_is_dropped_with_a_notice() {
    let mut console = Console::new();
    console.sign_ins(0..10);
    console.tell(Message::Paste("*c$y".into()));
    assert_eq!((console.model.tray.len(), console.model.hidden_marks()), (0, 0));
    assert!(console.notice().contains("paste ignored"));
    console.press("/");
    console.tell(Message::Paste("user03\nc".into()));
    assert_eq!(console.shown().len(), 1);
}

#[test]
fn letters_of_a_filter_are_no_keys() {
    let mut console = Console::new();
    console.sign_ins(0..10);
    console.press("/scdx$*q");
    assert!(console.model.tray.is_empty() && console.effects.iter().all(|e| !matches!(e, Effect::Queue(_))));
    console.press("<esc>");
    assert_eq!(console.shown().len(), 10);
}

#[test]
fn a_screen_too_small_to_see_takes_no_verdict() {
    let mut console = Console::new();
    console.sign_ins(0..10);
    console.tell(Message::Resize(20, 5));
    console.press("*c$1y");
    assert!(console.model.tray.is_empty());
    console.press("<ctrl-c>");
    assert!(console.model.leaving);
}

#[test]
fn a_detection_without_a_sign_in_stages_its_user() {
    let mut console = Console::new();
    console.press("3");
    console.page(Rows::Detections(vec![
        serde_json::from_str(&format!(r#"{{"id":"d1","userId":"{}","riskState":"atRisk"}}"#, user_id(1)))
            .unwrap(),
        serde_json::from_str(&format!(
            r#"{{"id":"d2","requestId":"{}","riskState":"atRisk"}}"#,
            sign_in_id(1)
        ))
        .unwrap(),
        serde_json::from_str(r#"{"id":"d3"}"#).unwrap(),
    ]));
    console.press("*d");
    let staged: HashSet<Target> = console.model.tray.in_order().iter().map(|staged| staged.target).collect();
    assert_eq!(staged, HashSet::from([sign_in_target(1), Target::User(user_id(1).parse().unwrap())]));
    assert!(console.notice().contains("1 without an id left out"), "{}", console.notice());
}

#[test]
fn a_204_edits_no_row() {
    let mut console = Console::new();
    console.sign_ins(0..1);
    console.press("d$");
    console.pass(400);
    console.press("y");
    let submission = submitted(&console)[0].clone();
    console.tell(Message::Queue(QueueEvent::Accepted { submission: submission.clone(), batches: 1 }));
    console.tell(Message::Queue(QueueEvent::Targets {
        submission: submission.id,
        targets: vec![sign_in_target(0)],
        state: TargetState::Accepted,
        note: None,
    }));
    assert_eq!(console.model.cursor_row().unwrap().standing().state, RiskState::AtRisk);
}

/// What can happen to a console, weighted towards what matters.
#[derive(Clone, Debug)]
enum Happening {
    Keys(&'static str),
    Page(Vec<u32>),
    /// Rows that say something else than before: other level, state, address.
    Changed(Vec<u32>),
    Loaded,
    Refresh,
    Resize(u16, u16),
}

fn happening() -> impl Strategy<Value = Happening> {
    let keys = prop::sample::select(vec![
        "j",
        "k",
        "G",
        "g",
        "<space>",
        "<space>",
        "v",
        "*",
        ",",
        "i",
        "u",
        "U",
        "s",
        "c",
        "d",
        "x",
        "o",
        "O",
        "w",
        "t",
        "h",
        "l",
        "n",
        "N",
        "<esc>",
        "<pgdn>",
        "<ctrl-u>",
        "/user03<enter>",
        "/high<enter>",
        "/!medium<enter>",
        "z",
        "gv",
        "E",
        "?",
        "<enter>",
        "1",
        "2",
        "3",
        "4",
    ]);
    prop_oneof![
        8 => keys.prop_map(Happening::Keys),
        3 => prop::collection::vec(0u32..60, 0..20).prop_map(Happening::Page),
        2 => prop::collection::vec(0u32..60, 0..20).prop_map(Happening::Changed),
        1 => Just(Happening::Loaded),
        1 => Just(Happening::Refresh),
        1 => (0u16..200, 0u16..60).prop_map(|(width, height)| Happening::Resize(width, height)),
    ]
}

fn let_happen(console: &mut Console, happening: &Happening) {
    match happening {
        Happening::Keys(keys) => console.press(keys),
        Happening::Page(numbers) => console.sign_ins(numbers.iter().copied()),
        Happening::Changed(numbers) => {
            console.page(Rows::SignIns(numbers.iter().map(|number| changed_sign_in(*number)).collect()));
        }
        Happening::Loaded => console.loaded(List::SignIns),
        Happening::Refresh => console.press("r"),
        Happening::Resize(width, height) => console.tell(Message::Resize(*width, *height)),
    }
}

proptest! {
    /// R1: what moves rows moves neither the cursor nor a mark to another row.
    #[test]
    fn streaming_refreshing_and_resizing_never_move_the_cursor_or_a_mark(
        before in prop::collection::vec(happening(), 0..30),
        pages in prop::collection::vec(prop::collection::vec(0u32..60, 0..20), 1..6),
        refresh: bool,
    ) {
        let mut console = Console::new();
        console.sign_ins(0..30);
        for happening in &before {
            let_happen(&mut console, happening);
        }
        let _ = console.model.overlay.take();
        console.model.tab = Tab::SignIns;
        let table = |console: &Console| {
            let table = console.model.table(List::SignIns);
            let marks: HashSet<Key> = (0..60)
                .map(|n| Key::SignIn(sign_in_id(n).parse().unwrap()))
                .filter(|key| table.is_marked(key))
                .collect();
            (table.cursor_row().map(|row| row.key()), marks)
        };
        let (cursor, marks) = table(&console);
        if refresh {
            console.tell(Message::Key(super::KeyPress::character('r')));
        }
        for page in pages {
            console.sign_ins(page);
            let (now, marks_now) = table(&console);
            prop_assert_eq!(&marks_now, &marks);
            // A row that says something else now may be one that the filter hides: then the cursor is on no row at all.
            if let Some(row) = &cursor {
                let shown = console.model.table(List::SignIns).shows(row);
                prop_assert_eq!(now, shown.then(|| row.clone()));
            }
        }
        console.loaded(List::SignIns);
        let (now, marks_now) = table(&console);
        prop_assert_eq!(&marks_now, &marks);
        if cursor.is_some() {
            prop_assert!(now == cursor || now.is_none(), "the cursor went from {cursor:?} to {now:?}");
        }
    }

    /// R2: a verdict key stages only rows that are shown at that moment, and only marked ones or the one under the cursor.
    #[test]
    fn a_verdict_touches_only_what_is_shown_and_chosen(
        before in prop::collection::vec(happening(), 0..40),
        verdict in prop::sample::select(vec!["s", "c", "d"]),
    ) {
        let mut console = Console::new();
        console.sign_ins(0..30);
        for happening in &before {
            let_happen(&mut console, happening);
        }
        console.model.overlay = None;
        console.model.typing = None;
        console.model.tab = Tab::SignIns;
        console.model.tray.clear();
        let shown: HashSet<Key> = console.shown().into_iter().collect();
        let table = console.model.table(List::SignIns);
        let marked: HashSet<Key> = shown.iter().filter(|key| table.is_marked(key)).cloned().collect();
        let any_mark = table.marked() > 0;
        let cursor: HashSet<Key> = table.cursor_row().map(|row| row.key()).into_iter().collect();
        console.press(verdict);
        let staged: HashSet<Key> = console.model.tray.in_order().iter().map(|s| s.origin.1.clone()).collect();
        let usable = console.model.geometry().is_usable();
        let expected = if !usable { HashSet::new() } else if any_mark { marked } else { cursor };
        prop_assert_eq!(staged, expected);
    }

    /// Whatever happens, the shown rows are exactly those that match the filter, in order, each once.
    #[test]
    fn what_is_shown_is_what_filtering_and_sorting_everything_anew_would_show(
        happenings in prop::collection::vec(happening(), 0..40),
    ) {
        let mut console = Console::new();
        console.sign_ins(0..30);
        for happening in &happenings {
            let_happen(&mut console, happening);
        }
        console.model.tab = Tab::SignIns;
        // A row that was replaced keeps its place until the loading ends; what is shown must match the filter before that.
        let (table, evidence, times) = console.model.table_mut(List::SignIns);
        let columns = table.chosen_columns();
        for place in 0..table.shown() {
            let row = table.shown_row(place).unwrap();
            prop_assert!(table.filter().matches(&**row, &columns, evidence, times));
        }
        console.loaded(List::SignIns);
        let streamed = console.shown();
        let table = console.model.table(List::SignIns);
        let hidden = table.rows().filter(|row| !streamed.contains(&row.key()) && table.is_marked(&row.key())).count();
        let gone = (0..60).map(|n| Key::SignIn(sign_in_id(n).parse().unwrap()));
        let gone = gone.filter(|key| table.row(key).is_none() && table.is_marked(key)).count();
        prop_assert_eq!(table.hidden_marks(), hidden + gone);
        let (table, evidence, times) = console.model.table_mut(List::SignIns);
        table.arrange(evidence, times);
        prop_assert_eq!(console.shown(), streamed);
    }

    /// What is submitted is what the review showed, and only after it was accepted.
    #[test]
    fn only_what_the_review_showed_is_submitted(
        before in prop::collection::vec(happening(), 0..40),
        during in prop::collection::vec(prop::collection::vec(0u32..60, 0..20), 0..3),
    ) {
        let mut console = Console::new();
        console.sign_ins(0..30);
        for happening in &before {
            let_happen(&mut console, happening);
        }
        prop_assert!(submitted(&console).is_empty());
        console.model.overlay = None;
        console.model.tab = Tab::SignIns;
        console.tell(Message::Resize(100, 30));
        console.press("$");
        console.pass(400);
        let Some(Overlay::Review(review)) = &console.model.overlay else { return Ok(()) };
        let shown: Vec<(Target, Verdict)> = review.included().map(|entry| (entry.staged.target, entry.staged.verdict)).collect();
        for page in during {
            console.sign_ins(page);
        }
        console.press(&format!("{}y", shown.len()));
        let sent: Vec<(Target, Verdict)> =
            submitted(&console).iter().flat_map(|s| s.orders.iter().map(|o| (o.target, o.verdict))).collect();
        let complaint = match &console.model.overlay {
            Some(Overlay::Review(review)) => review.complaint.clone(),
            _ => None,
        };
        if complaint.is_none_or(|complaint| !complaint.contains("changed since")) {
            prop_assert_eq!(sent, shown);
        } else {
            prop_assert!(sent.is_empty());
        }
    }
}

#[test]
fn including_what_is_hidden_does_not_include_who_is_remediated() {
    let mut console = Console::new();
    console.press("1");
    console.page(Rows::Users(vec![user(5, r#","riskState":"remediated""#), user(6, "")]));
    console.press("*c/user06<enter>$");
    console.pass(400);
    console.press("h");
    assert_eq!(review(&console).count(), 1);
    console.press("m");
    assert_eq!(review(&console).count(), 2);
}

fn review(console: &Console) -> &super::review::Review {
    match &console.model.overlay {
        Some(Overlay::Review(review)) => review,
        other => panic!("no review but {other:?}"),
    }
}

#[test]
fn a_detection_of_a_user_is_checked_by_what_the_users_list_says() {
    let mut console = Console::new();
    console
        .page(Rows::Users(vec![user(1, r#","isProcessing":true"#), user(2, r#","riskState":"remediated""#)]));
    console.press("3");
    let detection = |user: u32| {
        let id = user_id(user);
        serde_json::from_str(&format!(r#"{{"id":"d{user}","userId":"{id}","riskState":"atRisk"}}"#)).unwrap()
    };
    console.page(Rows::Detections(vec![detection(1), detection(2)]));
    console.press("*c$");
    assert_eq!(review(&console).count(), 0);
    assert!(review(&console).skipped().contains(&(Skip::Processing, 1)));
    assert_eq!(review(&console).remediated(), 1);
}

#[test]
fn a_protected_name_protects_where_only_the_id_is_given() {
    let session = Session { write: true, protect: vec!["user01@*".into()], ..Session::default() };
    let mut console = Console::with(session);
    console.page(Rows::Users(vec![user(1, "")]));
    console.press("3");
    let detection = serde_json::from_str(&format!(r#"{{"id":"d","userId":"{}"}}"#, user_id(1))).unwrap();
    console.page(Rows::Detections(vec![detection]));
    console.press("c$");
    assert!(review(&console).skipped().contains(&(Skip::Protected, 1)));
}

#[test]
fn a_row_that_left_the_list_is_not_sent_and_not_called_hidden() {
    let mut console = Console::new();
    console.sign_ins(0..3);
    console.loaded(List::SignIns);
    console.press("*sr");
    console.sign_ins([0]);
    console.loaded(List::SignIns);
    console.press("$");
    assert_eq!(review(&console).count(), 1);
    assert!(review(&console).skipped().contains(&(Skip::NotListed, 2)));
    assert_eq!(review(&console).hidden(), 0);
}

#[test]
fn what_changed_while_the_review_was_open_is_not_sent_before_it_was_seen() {
    let mut console = Console::new();
    console.sign_ins(0..3);
    console.press("s$");
    console.pass(400);
    console.page(Rows::SignIns(vec![changed_sign_in(0)]));
    console.press("y");
    assert!(submitted(&console).is_empty());
    assert!(review(&console).complaint.as_deref().unwrap_or_default().contains("changed since"));
    assert!(review(&console).warnings().iter().any(|warning| warning.contains("1 changed")));
    console.press("y");
    let seen = &submitted(&console)[0].orders[0].seen;
    assert_eq!(seen.level, crate::entity::RiskLevel::None, "what was seen is what was shown last");
}

#[test]
fn a_recall_does_not_overwrite_a_newer_decision_and_is_not_undone_by_another_z() {
    let mut console = Console::new();
    console.sign_ins(0..3);
    console.press("s$");
    console.pass(400);
    console.press("y");
    let submission = submitted(&console)[0].clone();
    let target = submission.orders[0].target;
    console.tell(Message::Queue(QueueEvent::Accepted { submission: submission.clone(), batches: 1 }));
    console.press("kcz");
    let recalled = |console: &mut Console| {
        console.tell(Message::Queue(QueueEvent::Targets {
            submission: submission.id,
            targets: vec![target],
            state: TargetState::Recalled,
            note: None,
        }));
    };
    recalled(&mut console);
    assert_eq!(console.model.tray.get(target).map(|staged| staged.verdict), Some(Verdict::Compromised));
    let mut console = Console::new();
    console.sign_ins(0..3);
    console.press("s$");
    console.pass(400);
    console.press("y");
    console.tell(Message::Queue(QueueEvent::Accepted { submission: submission.clone(), batches: 1 }));
    console.press("z");
    recalled(&mut console);
    console.press("z");
    assert_eq!(console.model.tray.len(), 1);
}

#[test]
fn the_opposite_of_a_verdict_on_its_way_can_be_given_and_the_same_one_cannot() {
    let mut console = Console::new();
    console.sign_ins(0..1);
    console.press("s$");
    console.pass(400);
    console.press("y");
    let submission = submitted(&console)[0].clone();
    console.tell(Message::Queue(QueueEvent::Accepted { submission, batches: 1 }));
    console.press("s$");
    assert!(review(&console).skipped().contains(&(Skip::UnderWay, 1)));
    console.press("<esc>c$");
    assert_eq!(review(&console).count(), 1);
    assert_eq!(review(&console).warnings().len(), 1);
}

#[test]
fn a_filter_that_passes_by_gives_the_cursor_back() {
    let mut console = Console::new();
    console.sign_ins(0..30);
    console.press("<pgdn>");
    let row = cursor_target(&console);
    console.press("/zzz");
    assert!(console.model.cursor_row().is_none());
    console.sign_ins([40]);
    assert!(console.model.cursor_row().is_none(), "no row gets the cursor by arriving");
    console.press("<esc>");
    assert_eq!(cursor_target(&console), row);
}

#[test]
fn a_filter_puts_the_cursor_on_its_first_match() {
    let mut console = Console::new();
    console.sign_ins(0..30);
    console.press("jjjj/user06<enter>");
    assert_eq!(console.model.current_table().unwrap().cursor_place(), 0);
}

#[test]
fn a_verdict_on_the_evidence_screen_is_about_that_row_alone() {
    let mut console = Console::new();
    console.sign_ins(0..10);
    console.press("<space><space>jj<enter>");
    let row = cursor_target(&console);
    console.press("c");
    let staged: Vec<Target> = console.model.tray.in_order().iter().map(|staged| staged.target).collect();
    assert_eq!(staged, [row]);
    assert_eq!(cursor_target(&console), row, "the evidence stays on the row that was decided about");
}

#[test]
fn help_and_the_question_before_quitting_return_to_where_they_were_asked() {
    let mut console = Console::new();
    console.sign_ins(0..3);
    console.press("<enter>?q");
    assert!(matches!(console.model.overlay, Some(Overlay::Evidence { .. })));
    console.press("qs$");
    console.pass(400);
    console.press("rbecause<enter><ctrl-c><esc>");
    assert_eq!(review(&console).reason.value(), "because");
}

#[test]
fn what_is_left_out_in_the_review_is_unstaged_and_not_sent() {
    let mut console = Console::new();
    console.sign_ins(0..3);
    console.press("*s$");
    console.pass(400);
    console.press("jxy");
    let sent: Vec<Target> = submitted(&console)[0].orders.iter().map(|order| order.target).collect();
    assert_eq!(sent.len(), 2);
    assert!(console.model.tray.is_empty());
}

#[test]
fn an_automatic_refresh_waits_for_an_open_question() {
    let mut console = Console::new();
    console.sign_ins(0..3);
    for list in List::ALL {
        console.loaded(list);
    }
    let loads = |console: &Console| {
        console.effects.iter().filter(|effect| matches!(effect, Effect::Load(..))).count()
    };
    console.press("Rs$");
    let before = loads(&console);
    console.pass(61_000);
    assert_eq!(loads(&console), before);
    console.press("<esc>");
    console.pass(61_000);
    assert_eq!(loads(&console), before + 3);
}

#[test]
fn my_own_account_is_known_by_its_id_too() {
    let session = Session { write: true, myself: Some(user_id(0).parse().unwrap()), ..Session::default() };
    let mut console = Console::with(session);
    console.sign_ins([0]);
    console.press("c$");
    assert!(review(&console).skipped().contains(&(Skip::Myself, 1)));
}
