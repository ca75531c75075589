//! Each rule as a short story.

use super::desk::*;
use crate::entity::{RiskLevel, RiskState, Target, Verdict};
use crate::queue::{
    AttemptId, Command, Event, Outcome, OutcomeClass, Pause, Phase, QueueEvent, ReadFailure, SubmissionId,
    TargetState,
};
use std::collections::BTreeSet;
use std::time::Duration;

use OutcomeClass::{Accepted, Busy, Forbidden, NotSent, Refused, TooMany, Unknown};
use Verdict::{Compromised, Dismissed, Safe};

const THROTTLED: OutcomeClass = OutcomeClass::Throttled { retry_after: None };
const SIGN_IN: OutcomeClass = OutcomeClass::Unauthorised { claims: false };

// Grace and recall (R9).

#[test]
fn nothing_is_sent_in_the_grace_and_all_of_it_after() {
    let mut desk = Desk::new();
    desk.submit(7, 10, sign_ins(0, 3, Safe));
    desk.pass(9);
    assert!(desk.made.is_empty());
    assert_eq!(desk.count(7, TargetState::Grace), 3);
    desk.pass(1);
    assert_eq!(desk.made.len(), 1);
    assert_eq!(desk.count(7, TargetState::Sending), 3);
}

#[test]
fn a_recall_in_the_grace_takes_all_back_and_nothing_is_ever_sent() {
    let mut desk = Desk::new();
    desk.submit(7, 10, sign_ins(0, 3, Safe));
    desk.recall(7);
    desk.pass(100);
    assert!(desk.made.is_empty());
    assert_eq!(desk.count(7, TargetState::Recalled), 3);
    let answer = QueueEvent::Recalled { submission: SubmissionId(7), recalled: 3, already_sent: 0 };
    assert!(desk.events.contains(&answer));
    assert_eq!(desk.events.last(), Some(&QueueEvent::Idle));
}

#[test]
fn a_late_recall_says_how_many_had_left() {
    let mut desk = Desk::new();
    desk.submit(7, 0, sign_ins(0, 130, Safe));
    desk.recall(7);
    let answer = QueueEvent::Recalled { submission: SubmissionId(7), recalled: 10, already_sent: 120 };
    assert!(desk.events.contains(&answer));
    desk.answer_all(&[]);
    assert_eq!(desk.made.len(), 2);
}

#[test]
fn send_now_ends_the_grace() {
    let mut desk = Desk::new();
    desk.submit(7, 60, sign_ins(0, 3, Safe));
    desk.command(Command::SendNow(SubmissionId(7)));
    assert_eq!(desk.made.len(), 1);
}

#[test]
fn a_clock_that_steps_back_neither_skips_nor_extends_the_grace() {
    let mut desk = Desk::new();
    desk.pass(100);
    desk.submit(7, 10, sign_ins(0, 1, Safe));
    desk.now = Duration::from_secs(50);
    desk.give(Event::Woke);
    assert!(desk.made.is_empty());
    desk.now = Duration::from_secs(110);
    desk.give(Event::Woke);
    assert_eq!(desk.made.len(), 1);
}

// Batches and order (R13).

#[test]
fn a_hundred_and_thirty_sign_ins_are_three_calls_with_distinct_ids() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 130, Compromised));
    assert_eq!(desk.answer_all(&[]), 3);
    let sizes: Vec<usize> = desk.made.iter().map(crate::entity::Batch::len).collect();
    assert_eq!(sizes, [60, 60, 10]);
    let ids: BTreeSet<Target> = desk.made.iter().flat_map(crate::entity::Batch::targets).collect();
    assert_eq!(ids.len(), 130);
    assert_eq!(desk.request_ids.iter().collect::<BTreeSet<_>>().len(), 3);
    assert!(desk.request_ids.iter().all(|id| id.get_version_num() == 4));
}

#[test]
fn sign_ins_of_one_user_take_no_extra_call_although_only_one_may_be_under_way() {
    let mut desk = Desk::new();
    let orders = (0..120).map(|number| order(sign_in(number), Some(user_id(number % 7)), Safe)).collect();
    desk.submit(1, 0, orders);
    assert_eq!(desk.calls.len(), 1);
    assert_eq!(desk.answer_all(&[]), 2);
}

#[test]
fn ten_thousand_orders_are_167_calls() {
    for (orders, users, calls) in [(10_000, 500, 167), (3_000, 1, 50)] {
        let mut desk = Desk::new();
        let order = |number| order(sign_in(number), Some(user_id(number % users)), Safe);
        desk.submit(1, 0, (0..orders).map(order).collect());
        assert_eq!(desk.answer_all(&[]), calls);
        assert_eq!(desk.count(1, TargetState::Accepted) as u128, orders);
    }
}

#[test]
fn kinds_and_verdicts_are_never_mixed() {
    let mut desk = Desk::new();
    let mut orders = sign_ins(0, 2, Safe);
    orders.extend(sign_ins(2, 4, Dismissed));
    orders.extend([order(user(8), None, Safe), order(user(9), None, Safe)]);
    desk.submit(1, 0, orders);
    desk.answer_all(&[]);
    let made: Vec<_> = desk.made.iter().map(|batch| (batch.kind(), batch.verdict, batch.len())).collect();
    assert_eq!(made.len(), 3);
    assert!(made.iter().all(|(_, _, size)| *size == 2), "{made:?}");
}

#[test]
fn a_newer_verdict_replaces_one_that_still_waits() {
    let mut desk = Desk::new();
    desk.submit(1, 10, sign_ins(0, 2, Safe));
    desk.submit(2, 10, sign_ins(0, 1, Compromised));
    desk.pass(20);
    desk.answer_all(&[]);
    assert_eq!(desk.state(1, sign_in(0)), TargetState::Superseded);
    let sent: Vec<_> = desk.made.iter().map(|batch| (batch.verdict, batch.targets())).collect();
    assert_eq!(sent, [(Safe, vec![sign_in(1)]), (Compromised, vec![sign_in(0)])]);
}

#[test]
fn a_verdict_on_the_user_waits_for_the_one_on_the_sign_in() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(3, 4, Safe));
    desk.submit(2, 0, vec![order(user(3), None, Dismissed)]);
    assert_eq!(desk.made.len(), 1);
    assert_eq!(desk.state(2, user(3)), TargetState::Held);
    desk.answer(Accepted);
    assert_eq!(desk.made.len(), 2);
}

#[test]
fn an_opposite_verdict_waits_until_the_earlier_one_is_seen() {
    let mut desk = Desk::new();
    desk.submit(1, 0, vec![order(user(1), None, Compromised)]);
    desk.submit(2, 0, vec![order(user(1), None, Dismissed)]);
    desk.answer(Accepted);
    assert_eq!(desk.state(2, user(1)), TargetState::Held);
    desk.pass_until_read();
    desk.show(vec![reading(user(1), RiskState::ConfirmedCompromised)]);
    assert_eq!(desk.state(1, user(1)), TargetState::Verified);
    assert_eq!(desk.made.len(), 2);
}

#[test]
fn an_opposite_verdict_waits_no_longer_than_the_settle_time() {
    let mut desk = Desk::new();
    desk.submit(1, 0, vec![order(user(1), None, Compromised)]);
    desk.submit(2, 0, vec![order(user(1), None, Safe)]);
    desk.answer(Accepted);
    desk.pass(SETTLE - 1);
    assert_eq!(desk.made.len(), 1);
    desk.pass(1);
    assert_eq!(desk.made.len(), 2);
    assert_eq!(desk.state(1, user(1)), TargetState::NotSeen);
}

#[test]
fn after_an_unclear_call_even_a_seen_verdict_must_settle() {
    let mut desk = Desk::new();
    desk.submit(1, 0, vec![order(user(1), None, Compromised)]);
    desk.submit(2, 0, vec![order(user(1), None, Safe)]);
    desk.answer(Unknown);
    desk.pass_until_read();
    desk.show(vec![reading(user(1), RiskState::ConfirmedCompromised)]);
    assert_eq!(desk.made.len(), 1);
    desk.pass(SETTLE);
    assert_eq!(desk.made.len(), 2);
}

#[test]
fn the_same_sign_in_with_and_without_its_user_is_still_one_target() {
    let mut desk = Desk::new();
    desk.submit(1, 0, vec![order(sign_in(1), None, Safe)]);
    desk.submit(2, 0, vec![order(sign_in(1), Some(user_id(1)), Safe)]);
    assert_eq!(desk.made.len(), 1);
    desk.answer(Accepted);
    assert_eq!(desk.made.len(), 2);
}

// What is not taken.

#[test]
fn what_cannot_be_taken_is_refused_as_a_whole_and_says_why() {
    let mut desk = Desk::new();
    desk.submit(1, 0, Vec::new());
    desk.submit(2, 0, sign_ins(0, 10_001, Safe));
    let mut both = sign_ins(0, 1, Safe);
    both.extend(sign_ins(0, 1, Compromised));
    desk.submit(3, 0, both);
    desk.submit(4, 10, sign_ins(0, 1, Safe));
    desk.submit(4, 0, sign_ins(5, 6, Safe));
    let refused = desk.events.iter().filter(|event| matches!(event, QueueEvent::Refused { .. })).count();
    assert_eq!((refused, desk.made.len()), (4, 0));
}

#[test]
fn a_target_given_twice_is_sent_once() {
    let mut desk = Desk::new();
    let mut orders = sign_ins(0, 2, Safe);
    orders.extend(sign_ins(0, 2, Safe));
    desk.submit(1, 0, orders);
    assert_eq!(desk.answer(Accepted).len(), 2);
    assert_eq!(desk.view.submissions()[0].progress(), (0, 2));
}

// What did certainly not happen (R11).

#[test]
fn throttled_and_offline_verdicts_wait_as_long_as_it_takes_and_can_be_recalled() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 5, Safe));
    for round in 0..200 {
        desk.answer(if round % 2 == 0 { THROTTLED } else { NotSent });
        assert_eq!(desk.count(1, TargetState::Waiting), 5);
        assert!(desk.view.paused().is_some());
        desk.pass(60);
    }
    desk.answer(THROTTLED);
    desk.recall(1);
    assert_eq!(desk.count(1, TargetState::Recalled), 5);
    assert_eq!(desk.view.paused(), None);
}

#[test]
fn after_a_throttled_call_only_one_is_tried() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 200, Safe));
    assert_eq!(desk.calls.len(), 2);
    desk.answer(THROTTLED);
    desk.answer(THROTTLED);
    assert!(desk.calls.is_empty());
    desk.pass(5);
    assert_eq!(desk.calls.len(), 1);
    desk.answer(Accepted);
    assert_eq!(desk.calls.len(), 2);
    assert_eq!(desk.view.paused(), None);
}

#[test]
fn an_expired_sign_in_pauses_until_resumed_and_rejects_nothing() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 5, Safe));
    desk.answer(SIGN_IN);
    desk.answer(SIGN_IN);
    desk.pass(10_000);
    assert_eq!((desk.made.len(), desk.view.paused()), (2, Some(&Pause::SignIn)));
    assert_eq!(desk.count(1, TargetState::Waiting), 5);
    desk.command(Command::Resume);
    assert_eq!((desk.made.len(), desk.view.paused()), (3, None));
}

#[test]
fn a_token_that_expired_is_replaced_once_without_asking() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 200, Safe));
    // Both calls were made with the same token.
    let calls: Vec<AttemptId> = desk.calls.keys().copied().collect();
    for attempt in calls {
        desk.answer_to(attempt, SIGN_IN);
    }
    assert_eq!(desk.view.paused(), None);
    desk.answer_all(&[]);
    assert_eq!(desk.count(1, TargetState::Accepted), 200);
}

#[test]
fn a_stronger_sign_in_is_asked_for_at_once() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 5, Safe));
    desk.answer(OutcomeClass::Unauthorised { claims: true });
    assert_eq!(desk.view.paused(), Some(&Pause::StepUp));
    assert!(desk.calls.is_empty());
}

#[test]
fn a_missing_role_pauses_within_three_calls_and_rejects_nothing() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 60, Safe));
    let sizes: Vec<usize> = (0..3).map(|_| desk.answer(Forbidden).len()).collect();
    assert_eq!(sizes, [60, 1, 1]);
    assert!(desk.calls.is_empty());
    assert!(matches!(desk.view.paused(), Some(Pause::Forbidden { .. })));
    assert_eq!(desk.count(1, TargetState::Waiting), 60);
    desk.command(Command::Resume);
    assert_eq!(desk.answer(Accepted).len(), 60);
}

#[test]
fn one_closed_object_of_60_is_rejected_alone() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 60, Safe));
    while let Some((attempt, batch)) = desk.calls.first_key_value() {
        let class = if batch.targets().contains(&sign_in(17)) { Forbidden } else { Accepted };
        desk.answer_to(*attempt, class);
    }
    assert_eq!(desk.count(1, TargetState::Accepted), 59);
    assert_eq!(desk.state(1, sign_in(17)), TargetState::Rejected);
}

#[test]
fn a_batch_that_is_too_large_halves_all_later_ones() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 60, Safe));
    desk.answer(TooMany);
    desk.submit(2, 0, sign_ins(100, 160, Safe));
    desk.answer_all(&[]);
    let sizes: Vec<usize> = desk.made.iter().map(crate::entity::Batch::len).collect();
    assert_eq!(sizes, [60, 30, 30, 30, 30]);
}

#[test]
fn a_busy_target_is_tried_for_a_quarter_of_an_hour_and_then_rejected() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Safe));
    for _ in 0..1000 {
        if desk.calls.is_empty() {
            desk.pass(5);
        } else {
            desk.answer(Busy);
        }
    }
    assert_eq!(desk.state(1, sign_in(0)), TargetState::Rejected);
    assert!((10..30).contains(&desk.made.len()), "{} calls", desk.made.len());
}

// What was refused (R12).

#[test]
fn one_bad_id_of_60_is_rejected_with_graphs_words_and_the_rest_is_accepted() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 60, Safe));
    let calls = desk.answer_all(&[sign_in(31)]);
    assert!(calls <= 13, "{calls} calls");
    assert_eq!(desk.count(1, TargetState::Accepted), 59);
    let view = desk.view.submission(SubmissionId(1)).unwrap();
    assert_eq!(view.note_of(sign_in(31)), Some("BadRequest: no, request-id r-1"));
    let isolating = |event: &QueueEvent| {
        matches!(event, QueueEvent::Batch { phase: Phase::Isolating { refused: 1, left: 0, .. }, .. })
    };
    assert!(desk.events.iter().any(isolating));
}

#[test]
fn a_cause_common_to_all_ids_pauses_and_rejects_nothing() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 60, Safe));
    let mut calls = 0;
    while !desk.calls.is_empty() {
        desk.answer(Refused);
        calls += 1;
    }
    assert!(calls <= 8, "{calls} calls");
    assert!(matches!(desk.view.paused(), Some(Pause::SystemicRefusal { .. })));
    assert_eq!(desk.count(1, TargetState::Rejected), 0);
    desk.command(Command::Resume);
    desk.answer_all(&[]);
    assert_eq!(desk.count(1, TargetState::Accepted), 60);
}

#[test]
fn what_was_refused_as_a_batch_cannot_be_recalled_but_given_up() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 2, Safe));
    for _ in 0..3 {
        desk.answer(Refused);
    }
    desk.recall(1);
    assert_eq!(desk.count(1, TargetState::Recalled), 0);
    desk.command(Command::GiveUp(SubmissionId(1)));
    assert_eq!(desk.count(1, TargetState::Rejected), 2);
    assert!(desk.view.is_idle());
}

#[test]
fn a_sign_in_that_expires_during_isolation_only_interrupts_it() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 8, Safe));
    desk.answer(Refused);
    desk.answer(SIGN_IN);
    desk.answer(SIGN_IN);
    assert!(desk.calls.is_empty());
    desk.command(Command::Resume);
    desk.answer_all(&[sign_in(0)]);
    assert_eq!((desk.count(1, TargetState::Accepted), desk.count(1, TargetState::Rejected)), (7, 1));
}

#[test]
fn a_lone_bad_id_is_rejected_and_the_second_in_a_row_asks_first() {
    let mut desk = Desk::new();
    for id in 0..3_u64 {
        desk.submit(id, 0, sign_ins(u128::from(id), u128::from(id) + 1, Safe));
    }
    desk.answer(Refused);
    assert_eq!(desk.state(0, sign_in(0)), TargetState::Rejected);
    desk.answer(Refused);
    assert_eq!(desk.state(1, sign_in(1)), TargetState::Waiting);
    desk.answer(Accepted);
    assert!(matches!(desk.view.paused(), Some(Pause::SystemicRefusal { .. })));
    desk.command(Command::Resume);
    desk.answer(Refused);
    assert_eq!(desk.state(1, sign_in(1)), TargetState::Rejected);
}

#[test]
fn what_was_rejected_is_not_sent_again_by_trying_again() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Safe));
    desk.answer(Refused);
    desk.command(Command::Retry(SubmissionId(1)));
    assert_eq!(desk.state(1, sign_in(0)), TargetState::Rejected);
    desk.submit(2, 0, sign_ins(0, 1, Safe));
    desk.answer(Accepted);
    assert_eq!(desk.state(2, sign_in(0)), TargetState::Accepted);
}

// What may have happened (R11).

#[test]
fn an_unclear_call_that_took_effect_is_not_repeated() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 3, Safe));
    desk.answer(Unknown);
    desk.recall(1);
    assert_eq!(desk.count(1, TargetState::Unknown), 3);
    assert_eq!(desk.pass_until_read().len(), 3);
    desk.show((0..3).map(|number| reading(sign_in(number), RiskState::ConfirmedSafe)).collect());
    assert_eq!(desk.count(1, TargetState::Verified), 3);
    assert_eq!(desk.made.len(), 1);
}

#[test]
fn only_what_verifiably_did_not_happen_is_repeated_after_a_minute() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 2, Safe));
    desk.answer(Unknown);
    while desk.made.len() == 1 {
        let must_know = desk.pass_until_read().iter().all(|look| look.must_know);
        assert_eq!(must_know, desk.now >= Duration::from_secs(60));
        desk.show(vec![
            reading(sign_in(0), RiskState::ConfirmedSafe),
            reading(sign_in(1), RiskState::AtRisk),
        ]);
    }
    assert!(desk.now >= Duration::from_secs(60));
    assert_eq!(desk.made[1].targets(), [sign_in(1)]);
}

#[test]
fn a_throttled_repetition_of_an_unclear_call_opens_no_recall() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Safe));
    desk.answer(Unknown);
    while desk.made.len() == 1 {
        desk.pass_until_read();
        desk.show(vec![reading(sign_in(0), RiskState::AtRisk)]);
    }
    desk.answer(THROTTLED);
    desk.recall(1);
    assert_eq!(desk.state(1, sign_in(0)), TargetState::Unknown);
    // Meanwhile somebody may have decided: it is read back first.
    desk.pass_until_read();
    assert_eq!(desk.made.len(), 2);
    desk.show(vec![reading(sign_in(0), RiskState::AtRisk)]);
    assert_eq!(desk.made.len(), 3);
}

#[test]
fn after_three_repetitions_a_person_decides() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Safe));
    for _ in 0..500 {
        if desk.calls.is_empty() {
            desk.pass_until_read();
            desk.show(vec![reading(sign_in(0), RiskState::AtRisk)]);
        } else {
            desk.answer(Unknown);
        }
    }
    assert_eq!((desk.made.len(), desk.state(1, sign_in(0))), (4, TargetState::Unknown));
    desk.command(Command::Retry(SubmissionId(1)));
    while desk.calls.is_empty() {
        desk.pass_until_read();
        desk.show(vec![reading(sign_in(0), RiskState::AtRisk)]);
    }
    desk.answer(Accepted);
    assert_eq!(desk.state(1, sign_in(0)), TargetState::Accepted);
}

#[test]
fn somebody_elses_decision_is_a_conflict_and_is_not_overwritten() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Safe));
    desk.answer(Unknown);
    desk.pass_until_read();
    desk.show(vec![reading(sign_in(0), RiskState::Dismissed)]);
    desk.pass(10_000);
    assert_eq!((desk.made.len(), desk.state(1, sign_in(0))), (1, TargetState::Conflict));
}

#[test]
fn a_new_detection_holds_back_the_repetition_of_safe_but_not_of_compromised() {
    for (verdict, calls) in [(Safe, 1), (Compromised, 2)] {
        let mut desk = Desk::new();
        let mut seen_low = order(sign_in(0), None, verdict);
        seen_low.seen.level = RiskLevel::Low;
        desk.submit(1, 0, vec![seen_low]);
        desk.answer(Unknown);
        for _ in 0..20 {
            desk.pass(30);
            if !desk.reads.is_empty() {
                desk.show(vec![reading(sign_in(0), RiskState::AtRisk)]);
            }
        }
        assert_eq!(desk.made.len(), calls, "{verdict}");
    }
}

#[test]
fn an_older_verdict_of_ours_that_lands_late_is_overwritten_by_the_newer() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Compromised));
    desk.answer(Accepted);
    desk.submit(2, 0, sign_ins(0, 1, Safe));
    desk.pass(SETTLE);
    desk.answer(Unknown);
    for _ in 0..20 {
        desk.pass(30);
        if !desk.reads.is_empty() {
            desk.show(vec![reading(sign_in(0), RiskState::ConfirmedCompromised)]);
        }
    }
    assert_eq!(desk.made.last().unwrap().verdict, Safe);
    assert_eq!(desk.made.len(), 3);
}

#[test]
fn five_unclear_answers_in_a_row_make_the_queue_try_single_targets() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 600, Safe));
    for _ in 0..5 {
        desk.answer(Unknown);
    }
    assert!(matches!(desk.view.paused(), Some(Pause::Failing { .. })));
    desk.pass(30);
    assert_eq!(desk.calls.len(), 1);
    assert_eq!(desk.answer(Accepted).len(), 1);
    assert_eq!(desk.view.paused(), None);
    assert_eq!(desk.calls.first_key_value().unwrap().1.len(), 60);
}

// Verification (R10).

#[test]
fn accepted_targets_are_read_back_together_until_they_show() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 120, Safe));
    desk.answer_all(&[]);
    let mut looks = 0;
    while !desk.view.is_idle() {
        looks += 1;
        let wanted = desk.pass_until_read();
        let shown = wanted.iter().take(60).map(|look| reading(look.target, RiskState::ConfirmedSafe));
        desk.show(shown.collect());
    }
    assert_eq!((looks, desk.count(1, TargetState::Verified)), (2, 120));
}

#[test]
fn looks_at_an_unseen_verdict_grow_rarer_and_end_after_15_minutes() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Safe));
    desk.answer(Accepted);
    let mut times = Vec::new();
    while !desk.view.is_idle() {
        desk.pass_until_read();
        times.push(desk.now.as_secs());
        desk.show(vec![reading(sign_in(0), RiskState::AtRisk)]);
    }
    assert_eq!(times, [5, 15, 35, 75, 155, 315, 615, 900]);
    assert_eq!(desk.state(1, sign_in(0)), TargetState::NotSeen);
    desk.command(Command::Retry(SubmissionId(1)));
    desk.pass_until_read();
    desk.show(vec![reading(sign_in(0), RiskState::ConfirmedSafe)]);
    assert_eq!(desk.state(1, sign_in(0)), TargetState::Verified);
    assert_eq!(desk.made.len(), 1);
}

#[test]
fn reading_back_that_fails_changes_no_verdict_and_a_late_answer_is_nobodys() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Safe));
    desk.answer(Accepted);
    desk.pass_until_read();
    let (round, _) = desk.reads.remove(0);
    desk.give(Event::Read { round, readings: Err(ReadFailure::Failed("503".into())) });
    assert_eq!(desk.state(1, sign_in(0)), TargetState::Accepted);
    let late = vec![reading(sign_in(0), RiskState::ConfirmedSafe)];
    desk.give(Event::Read { round, readings: Ok(late) });
    assert_eq!(desk.state(1, sign_in(0)), TargetState::Accepted);
}

#[test]
fn a_read_back_without_sign_in_pauses_and_goes_on_after_it() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Safe));
    desk.answer(Accepted);
    desk.pass_until_read();
    let (round, _) = desk.reads.remove(0);
    desk.give(Event::Read { round, readings: Err(ReadFailure::Unauthorised { claims: true }) });
    assert_eq!(desk.view.paused(), Some(&Pause::StepUp));
    desk.pass(100);
    assert!(desk.reads.is_empty());
    desk.command(Command::Resume);
    desk.pass_until_read();
}

#[test]
fn while_calls_are_still_to_be_made_read_backs_are_rare() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 6000, Safe));
    let mut reads = 0;
    while !desk.calls.is_empty() {
        desk.answer(Accepted);
        desk.pass(1);
        while !desk.reads.is_empty() {
            reads += 1;
            desk.show(Vec::new());
        }
    }
    assert!((2..=5).contains(&reads), "{reads} read-backs for 100 calls");
}

// Answers that nobody waits for, and the end.

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Safe));
    let (attempt, _) = desk.calls.pop_first().unwrap();
    desk.answer_to(attempt, Accepted);
    let told = desk.events.len();
    desk.answer_to(attempt, Refused);
    desk.answer_to(AttemptId(99), Unknown);
    assert_eq!(desk.events.len(), told);
}

#[test]
fn a_stop_claims_nothing_more_and_waits_two_seconds_for_the_call_under_way() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 200, Safe));
    desk.command(Command::Shutdown { finish: false });
    desk.answer(Accepted);
    assert_eq!((desk.made.len(), desk.stopped), (2, false));
    desk.pass(2);
    assert!(desk.stopped);
    assert_eq!(desk.count(1, TargetState::Unknown), 60);
    assert_eq!(desk.count(1, TargetState::Waiting), 80);
    assert_eq!(desk.events.last(), Some(&QueueEvent::Stopped));
    assert!(desk.give(Event::Woke).is_empty());
}

#[test]
fn finishing_ends_all_graces_sends_everything_and_does_not_wait_for_verification() {
    let mut desk = Desk::new();
    desk.submit(1, 60, sign_ins(0, 130, Safe));
    desk.submit(2, 60, sign_ins(200, 201, Safe));
    desk.command(Command::Shutdown { finish: true });
    desk.submit(3, 0, sign_ins(300, 301, Safe));
    assert!(matches!(desk.events.last(), Some(QueueEvent::Refused { .. })));
    desk.answer_all(&[]);
    assert!(desk.stopped);
    assert_eq!((desk.made.len(), desk.count(1, TargetState::Accepted)), (4, 130));
}

#[test]
fn the_facts_about_a_call_are_told_before_it_is_made() {
    let mut desk = Desk::new();
    let submission = crate::queue::Submission {
        id: SubmissionId(1),
        at: desk.wall(),
        grace: Duration::ZERO,
        reason: String::new(),
        ticket: String::new(),
        orders: sign_ins(0, 2, Safe),
    };
    let effects = desk.give(Event::Command(Command::Submit(submission)));
    let words: Vec<&str> = effects
        .iter()
        .map(|effect| match effect {
            crate::queue::Effect::Act { .. } => "act",
            crate::queue::Effect::Report(QueueEvent::Accepted { .. }) => "taken",
            crate::queue::Effect::Report(QueueEvent::Targets { state, .. }) => state.words(),
            crate::queue::Effect::Report(QueueEvent::Batch { phase: Phase::Sent, .. }) => "sent",
            _ => "other",
        })
        .collect();
    assert_eq!(words[..4], ["taken", "sending", "sent", "act"]);
}

#[test]
fn the_estimate_counts_the_calls_that_are_left() {
    let mut desk = Desk::new();
    let (sign_ins_every, users_every) = (Duration::from_secs(2), Duration::from_secs(1));
    desk.give(Event::Interval { sign_ins: sign_ins_every, users: users_every });
    desk.submit(1, 10, sign_ins(0, 600, Safe));
    assert_eq!(desk.view.estimate(), Some((10, 20)));
    desk.pass(10);
    desk.answer_all(&[]);
    assert_eq!(desk.view.estimate(), None);
}

#[test]
fn an_outcome_carries_its_note_to_the_targets() {
    let mut desk = Desk::new();
    desk.submit(1, 0, sign_ins(0, 1, Safe));
    let (attempt, _) = desk.calls.pop_first().unwrap();
    let outcome = Outcome { class: Unknown, request_id: None, note: Some("timed out".into()) };
    desk.give(Event::Answered { attempt, outcome, jitter: 100 });
    assert_eq!(desk.view.submissions()[0].note_of(sign_in(0)), Some("timed out"));
}
