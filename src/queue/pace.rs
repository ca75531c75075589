//! When the next call may be made. The rate itself is the client's budget; here is only what an answer says about
//! the time to wait. Nothing in it ever gives up (rule R11).

use super::pause::Pause;
use std::time::Duration;

/// The first wait after a throttled call without `Retry-After`, and the longest.
const THROTTLED: (Duration, Duration) = (Duration::from_millis(1200), Duration::from_secs(16));
/// The first wait after a connection that could not be made, and the longest.
const OFFLINE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// The same after several answers in a row that say nothing.
const FAILING: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(300));
/// So many unclear answers in a row make the queue careful.
const MANY_UNKNOWN: u32 = 5;
/// A longer `Retry-After` is taken for nonsense.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    hold_until: Duration,
    throttled: u32,
    offline: u32,
    unknown: u32,
    trouble: Option<Pause>,
}

impl Pace {
    /// Graph gave a clear answer.
    pub(super) fn heard(&mut self) {
        *self = Self::default();
    }

    /// A 429.
    pub(super) fn throttled(&mut self, now: Duration, retry_after: Option<Duration>, jitter: u32) {
        let asked = retry_after.filter(|wait| *wait <= LONGEST_RETRY_AFTER).unwrap_or_default();
        let wait = backoff(THROTTLED, self.throttled).max(asked);
        self.throttled += 1;
        self.offline = 0;
        self.hold(now, wait, jitter, Pause::Throttled);
    }

    /// No connection.
    pub(super) fn offline(&mut self, now: Duration, said: String, jitter: u32) {
        let wait = backoff(OFFLINE, self.offline);
        self.offline += 1;
        self.hold(now, wait, jitter, Pause::Offline { said });
    }

    /// No clear answer.
    pub(super) fn unknown(&mut self, now: Duration, said: String, jitter: u32) {
        self.unknown += 1;
        if self.unknown >= MANY_UNKNOWN {
            let wait = backoff(FAILING, self.unknown - MANY_UNKNOWN);
            self.hold(now, wait, jitter, Pause::Failing { said });
        }
    }

    fn hold(&mut self, now: Duration, wait: Duration, jitter: u32, trouble: Pause) {
        self.hold_until = self.hold_until.max(now + wait * jitter.clamp(75, 125) / 100);
        self.trouble = Some(trouble);
    }

    /// Until when nothing is sent.
    pub(super) fn hold_until(&self) -> Duration {
        self.hold_until
    }

    /// Whether the last calls went well, so that more than one may be under way.
    pub(super) fn is_calm(&self) -> bool {
        self.trouble.is_none() && self.unknown == 0
    }

    /// Whether only single targets should be tried.
    pub(super) fn is_careful(&self) -> bool {
        self.unknown >= MANY_UNKNOWN
    }

    /// What the trouble is, if there is any.
    pub(super) fn trouble(&self) -> Option<&Pause> {
        self.trouble.as_ref()
    }

    /// Tries again at once.
    pub(super) fn resume(&mut self) {
        self.hold_until = Duration::ZERO;
    }
}

fn backoff((first, longest): (Duration, Duration), times: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1000);

    fn wait(pace: &Pace) -> u128 {
        pace.hold_until().saturating_sub(NOW).as_millis()
    }

    #[test]
    fn throttling_without_retry_after_doubles_the_wait_up_to_16_seconds() {
        let mut pace = Pace::default();
        let waits: Vec<u128> = (0..6)
            .map(|_| {
                pace.throttled(NOW, None, 100);
                wait(&pace)
            })
            .collect();
        assert_eq!(waits, [1200, 2400, 4800, 9600, 16000, 16000]);
        pace.heard();
        assert_eq!((wait(&pace), pace.trouble()), (0, None));
    }

    #[test]
    fn a_retry_after_is_obeyed_unless_it_is_absurd() {
        let mut pace = Pace::default();
        pace.throttled(NOW, Some(Duration::from_secs(120)), 100);
        assert_eq!(wait(&pace), 120_000);
        let mut pace = Pace::default();
        pace.throttled(NOW, Some(Duration::from_secs(1_000_000_000)), 100);
        assert_eq!(wait(&pace), 1200);
    }

    #[test]
    fn a_thousand_throttled_calls_overflow_nothing() {
        let mut pace = Pace::default();
        for _ in 0..1000 {
            pace.throttled(NOW, Some(Duration::MAX), u32::MAX);
            pace.offline(NOW, String::new(), 0);
            pace.unknown(NOW, String::new(), 100);
        }
        assert!(wait(&pace) <= 375_000);
    }

    #[test]
    fn only_the_fifth_unclear_answer_in_a_row_makes_the_queue_careful() {
        let mut pace = Pace::default();
        for _ in 0..4 {
            pace.unknown(NOW, String::new(), 100);
        }
        assert!(!pace.is_careful() && wait(&pace) == 0);
        pace.unknown(NOW, "503".into(), 100);
        assert!(pace.is_careful());
        assert_eq!(wait(&pace), 30_000);
        assert_eq!(pace.trouble(), Some(&Pause::Failing { said: "503".into() }));
    }
}
