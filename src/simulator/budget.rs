//! The documented throttle (API.md section 8): identity protection one request a second for the whole tenant, the
//! sign-in log five in ten seconds for each application.
//!
//! Buckets that fill steadily: one request more than the limit fits in, so that a client which keeps the pace is not
//! refused because the network bunched two of its calls. Refused calls count as well.

use std::collections::BTreeMap;
use std::time::Instant;

/// A steadily refilled allowance.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    capacity: f64,
    /// Requests a second.
    rate: f64,
    level: f64,
    seen: Instant,
}

impl Bucket {
    fn new(capacity: f64, rate: f64, now: Instant) -> Self {
        Self { capacity, rate, level: capacity, seen: now }
    }

    /// Takes one; else the seconds until there is one again.
    fn take(&mut self, now: Instant) -> Result<(), f64> {
        let elapsed = now.saturating_duration_since(self.seen).as_secs_f64();
        self.seen = now;
        self.level = (self.level + elapsed * self.rate).min(self.capacity);
        // A hair of tolerance: 0.999999 is one.
        if self.level >= 0.999 {
            self.level -= 1.0;
            return Ok(());
        }
        // A refused call costs half as much, and never more than two refusals' worth of waiting.
        self.level = (self.level - 0.5).max(-1.0);
        Err((1.0 - self.level) / self.rate)
    }
}

/// What a call counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charge {
    Nothing,
    Protection,
    Log,
    /// Actions on sign-ins: both, to be on the safe side.
    Both,
}

/// The allowances of the tenant.
#[derive(Debug)]
pub(super) struct Budgets {
    protection: Bucket,
    logs: BTreeMap<String, Bucket>,
}

/// A refusal: with the seconds to wait where the service says them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Throttled {
    pub retry_after: Option<u64>,
}

impl Budgets {
    pub(super) fn new(now: Instant) -> Self {
        Self { protection: Bucket::new(2.0, 1.0, now), logs: BTreeMap::new() }
    }

    pub(super) fn charge(&mut self, charge: Charge, app: &str, now: Instant) -> Result<(), Throttled> {
        let log = matches!(charge, Charge::Log | Charge::Both).then(|| {
            let bucket = self.logs.entry(app.to_owned()).or_insert_with(|| Bucket::new(6.0, 0.5, now));
            bucket.take(now)
        });
        let protection =
            matches!(charge, Charge::Protection | Charge::Both).then(|| self.protection.take(now));
        if let Some(Err(seconds)) = log {
            return Err(Throttled { retry_after: Some(seconds.ceil().max(1.0) as u64) });
        }
        if let Some(Err(_)) = protection {
            return Err(Throttled { retry_after: None });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn who_keeps_the_pace_is_never_refused() {
        let start = Instant::now();
        let mut budgets = Budgets::new(start);
        let mut rng = fastrand::Rng::with_seed(1);
        for turn in 0..2_000 {
            // 0.95 a second, each up to 0.4 s late.
            let at = start + Duration::from_secs_f64(f64::from(turn) / 0.95 + rng.f64() * 0.4);
            assert_eq!(budgets.charge(Charge::Protection, "app", at), Ok(()), "call {turn}");
        }
    }

    #[test]
    fn five_in_ten_seconds_is_allowed_and_more_is_told_how_long_to_wait() {
        let start = Instant::now();
        let mut budgets = Budgets::new(start);
        for window in 0..5 {
            let at = start + Duration::from_secs(window * 10);
            for _ in 0..5 {
                assert_eq!(budgets.charge(Charge::Log, "app", at), Ok(()));
            }
        }
        let mut budgets = Budgets::new(start);
        let answers: Vec<_> = (0..8).map(|_| budgets.charge(Charge::Log, "app", start)).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 6);
        assert!(answers[6].is_err_and(|refused| refused.retry_after.is_some_and(|seconds| seconds >= 1)));
        assert_eq!(budgets.charge(Charge::Log, "another app", start), Ok(()));
    }

    #[test]
    fn a_burst_at_identity_protection_is_refused_without_a_time_and_refusals_count() {
        let start = Instant::now();
        let mut budgets = Budgets::new(start);
        let answers: Vec<_> = (0..6).map(|_| budgets.charge(Charge::Protection, "app", start)).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2);
        assert_eq!(answers[5], Err(Throttled { retry_after: None }));
        let soon = start + Duration::from_millis(1_500);
        assert!(budgets.charge(Charge::Protection, "app", soon).is_err(), "the refused calls accrued");
    }
}
