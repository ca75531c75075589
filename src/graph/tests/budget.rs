use crate::graph::{Budgets, Need, Priority};
use proptest::prelude::*;
use std::sync::mpsc;
use std::time::Duration;
use tokio::time::Instant;

fn paused<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(test)
}

/// Starts a caller and lets it take its place.
async fn call(
    budgets: &Budgets,
    need: Need,
    priority: Priority,
    name: u32,
    log: &mpsc::Sender<u32>,
) -> tokio::task::JoinHandle<()> {
    let (shared, log) = (budgets.clone(), log.clone());
    let caller = tokio::spawn(async move {
        shared.acquire(need, priority).await;
        let _ = log.send(name);
    });
    tokio::task::yield_now().await;
    caller
}

#[test]
fn urgent_callers_go_first_and_equals_in_the_order_they_came() {
    paused(async {
        let budgets = Budgets::documented();
        let (log, order) = mpsc::channel();
        let mut callers = Vec::new();
        budgets.acquire(Need::IdentityProtection, Priority::Read).await;
        for (name, priority) in [
            (6, Priority::Background),
            (4, Priority::Read),
            (5, Priority::Read),
            (3, Priority::Verify),
            (1, Priority::Write),
            (2, Priority::Write),
        ] {
            callers.push(call(&budgets, Need::IdentityProtection, priority, name, &log).await);
        }
        assert_eq!(budgets.view().borrow().identity_protection.waiting, [2, 1, 2, 1]);
        for caller in callers {
            caller.await.unwrap();
        }
        assert_eq!(order.try_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(budgets.view().borrow().identity_protection.waiting_in_all(), 0);
    });
}

#[test]
fn a_read_uses_a_gap_but_delays_no_verdict() {
    paused(async {
        let budgets = Budgets::documented();
        let begin = Instant::now();
        // Verdicts on sign-ins need both limits; the log's is the slower one.
        for _ in 0..4 {
            budgets.acquire(Need::SignInLog, Priority::Read).await;
        }
        let (log, order) = mpsc::channel();
        let verdict = call(&budgets, Need::Both, Priority::Write, 1, &log).await;
        let mut reads = Vec::new();
        for name in [2, 3, 4] {
            reads.push(call(&budgets, Need::IdentityProtection, Priority::Read, name, &log).await);
        }
        verdict.await.unwrap();
        let seconds = begin.elapsed().as_secs_f64();
        assert!((2.08..2.1).contains(&seconds), "the verdict waited only for the log: {seconds}");
        for read in reads {
            read.await.unwrap();
        }
        let order: Vec<u32> = order.try_iter().collect();
        assert_eq!(order[0], 2, "one read fits before the verdict: {order:?}");
        assert_eq!(order[1], 1, "a second one would have delayed it: {order:?}");
    });
}

#[test]
fn who_gives_up_while_waiting_leaves_no_trace() {
    paused(async {
        let budgets = Budgets::documented();
        budgets.acquire(Need::IdentityProtection, Priority::Read).await;
        let (log, order) = mpsc::channel();
        let gone = call(&budgets, Need::IdentityProtection, Priority::Write, 1, &log).await;
        let stays = call(&budgets, Need::IdentityProtection, Priority::Read, 2, &log).await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        let begin = Instant::now();
        stays.await.unwrap();
        assert!(begin.elapsed() < Duration::from_millis(1_100));
        assert_eq!(order.try_iter().collect::<Vec<_>>(), [2]);
    });
}

#[test]
fn a_turn_that_nobody_takes_is_given_back() {
    paused(async {
        let budgets = Budgets::documented();
        budgets.acquire(Need::IdentityProtection, Priority::Read).await;
        let mut stalled = Box::pin(budgets.acquire(Need::IdentityProtection, Priority::Write));
        assert!(futures_util::poll!(stalled.as_mut()).is_pending());
        let (log, order) = mpsc::channel();
        let begin = Instant::now();
        let other = call(&budgets, Need::IdentityProtection, Priority::Background, 1, &log).await;
        // The turn comes after 1.05 s. The one who stalls does not take it, and the other gets the next.
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        assert_eq!(order.try_iter().count(), 0);
        drop(stalled);
        other.await.unwrap();
        assert_eq!(begin.elapsed().as_millis(), 1_200, "the turn went to the other one at once");

        let mut stalled = Box::pin(budgets.acquire(Need::IdentityProtection, Priority::Write));
        assert!(futures_util::poll!(stalled.as_mut()).is_pending());
        let waited = budgets.acquire(Need::IdentityProtection, Priority::Background).await;
        assert!((2.1..2.2).contains(&waited.as_secs_f64()), "stalling holds nobody up for ever: {waited:?}");
    });
}

#[test]
fn throttling_pauses_everybody_and_shows() {
    paused(async {
        let budgets = Budgets::documented();
        let mut view = budgets.view();
        budgets.acquire(Need::IdentityProtection, Priority::Read).await;
        assert!(!view.has_changed().unwrap(), "nothing that shows has changed");
        budgets.throttled(Need::IdentityProtection, Some(Duration::from_secs(30)));
        assert!(view.has_changed().unwrap());
        let shown = view.borrow_and_update().identity_protection;
        assert!(shown.rate < 0.9 && shown.last_throttled.is_some());
        let left = shown.paused_for(shown.last_throttled.unwrap()).unwrap();
        assert!(left >= Duration::from_secs(30), "{left:?}");
        assert_eq!(view.borrow().sign_in_log.paused_until, None, "the other limit goes on");
        budgets.acquire(Need::SignInLog, Priority::Background).await;
        let waited = budgets.acquire(Need::IdentityProtection, Priority::Write).await;
        assert!(waited >= Duration::from_secs(30));
        assert_eq!(view.borrow().identity_protection.paused_until, None);
    });
}

#[test]
fn without_limits_nothing_waits() {
    paused(async {
        let budgets = Budgets::unlimited();
        budgets.throttled(Need::Both, Some(Duration::from_secs(300)));
        for _ in 0..1_000 {
            assert_eq!(budgets.acquire(Need::Both, Priority::Background).await, Duration::ZERO);
        }
        budgets.wait_to_retry(Need::Both, 3, None).await;
        assert!(budgets.view().borrow().sign_in_log.paused_until.is_some());
    });
}

#[test]
fn ten_thousand_verdicts_on_users_take_three_minutes() {
    paused(async {
        let budgets = Budgets::documented();
        let begin = Instant::now();
        for _ in 0..10_000usize.div_ceil(60) {
            budgets.acquire(Need::IdentityProtection, Priority::Write).await;
            budgets.succeeded(Need::IdentityProtection);
        }
        let seconds = begin.elapsed().as_secs();
        assert!((165..=175).contains(&seconds), "{seconds}");
    });
}

/// What a caller does: how long it comes after the one before, what it wants, whether it is throttled.
fn caller() -> impl Strategy<Value = (u64, Need, Priority, u8)> {
    (
        prop_oneof![Just(0u64), 0u64..3_000, 0u64..20_000],
        prop_oneof![Just(Need::IdentityProtection), Just(Need::SignInLog), Just(Need::Both)],
        prop_oneof![
            Just(Priority::Write),
            Just(Priority::Verify),
            Just(Priority::Read),
            Just(Priority::Background)
        ],
        0u8..12,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_window_ever_holds_more_calls_than_documented(callers in prop::collection::vec(caller(), 1..60)) {
        let starts = paused(async {
            let budgets = Budgets::documented();
            let (log, starts) = mpsc::channel();
            let mut tasks = Vec::new();
            for (pause, need, priority, fate) in callers {
                tokio::time::sleep(Duration::from_millis(pause)).await;
                let (budgets, log) = (budgets.clone(), log.clone());
                tasks.push(tokio::spawn(async move {
                    if fate == 0 {
                        // Gives up at some point.
                        let patience = Duration::from_millis(pause);
                        let _ = tokio::time::timeout(patience, budgets.acquire(need, priority)).await;
                        return;
                    }
                    budgets.acquire(need, priority).await;
                    let _ = log.send((Instant::now(), need));
                    match fate {
                        1 => budgets.throttled(need, None),
                        2 => budgets.throttled(need, Some(Duration::from_secs(7))),
                        _ => budgets.succeeded(need),
                    }
                }));
            }
            for task in tasks {
                task.await.unwrap();
            }
            drop(log);
            starts.iter().collect::<Vec<_>>()
        });
        for (bucket, most, window) in [(0, 1, 1.0), (1, 5, 10.0)] {
            let times: Vec<Instant> = starts
                .iter()
                .filter(|(_, need)| need.buckets().contains(&bucket))
                .map(|(time, _)| *time)
                .collect();
            for span in times.windows(most + 1) {
                let length = (span[most] - span[0]).as_secs_f64();
                prop_assert!(length > window, "{} calls within {length} s", most + 1);
            }
        }
    }
}
