//! One rate limit: how many calls may start in how long a time, and how that adapts to being throttled. Pure: time
//! comes in from outside.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// What a limit is like.
#[derive(Debug)]
pub(super) struct Limit {
    /// At most `.0` calls start within `.1` periods; a period is one second divided by the rate.
    windows: &'static [(usize, f64)],
    /// Calls per second: at the start, at the least, at the most.
    start: f64,
    floor: f64,
    cap: f64,
    /// What one success adds to the rate.
    recovery: f64,
}

/// Risky users, their history, risk detections: 1 request per second for all applications of the tenant
/// (API.md section 8). Kept a little below.
pub(super) static IDENTITY_PROTECTION: Limit =
    Limit { windows: &[(1, 1.0)], start: 0.95, floor: 0.4, cap: 0.98, recovery: 0.05 };

/// The sign-in log: 5 requests per 10 seconds (API.md section 8). 5 periods are 10.4 s; four calls may start at once,
/// so that the first pages come quickly.
pub(super) static SIGN_IN_LOG: Limit =
    Limit { windows: &[(4, 1.0), (5, 5.0)], start: 0.48, floor: 0.2, cap: 0.48, recovery: 0.02 };

/// Nothing is limited, and nothing waits.
pub(super) static UNLIMITED: Limit =
    Limit { windows: &[], start: f64::INFINITY, floor: f64::INFINITY, cap: f64::INFINITY, recovery: 0.0 };

/// What being throttled once multiplies the rate with.
const SLOW_DOWN: f64 = 0.85;

/// The state of one limit.
#[derive(Debug)]
pub(super) struct Bucket {
    limit: &'static Limit,
    rate: f64,
    /// When the latest calls started, oldest first; no more than the longest window counts.
    started: VecDeque<Instant>,
    paused_until: Option<Instant>,
    /// How many calls in a row were throttled.
    strikes: u32,
}

impl Bucket {
    pub(super) fn new(limit: &'static Limit) -> Self {
        Self { limit, rate: limit.start, started: VecDeque::new(), paused_until: None, strikes: 0 }
    }

    /// Calls per second now.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// Whether a pause was set and no call has started since it ended.
    pub(super) fn is_paused(&self) -> bool {
        self.paused_until.is_some()
    }

    /// The earliest time, not before `now`, at which a call may start.
    pub(super) fn ready(&self, now: Instant) -> Instant {
        if self.is_unlimited() {
            return now;
        }
        let open = self.paused_until.map_or(now, |until| until.max(now));
        self.spaced(&self.started, open)
    }

    /// The earliest time at which another call may start if one starts at `start`.
    pub(super) fn ready_after(&self, start: Instant) -> Instant {
        let mut started = self.started.clone();
        started.push_back(start);
        self.spaced(&started, start)
    }

    fn spaced(&self, started: &VecDeque<Instant>, earliest: Instant) -> Instant {
        self.limit.windows.iter().fold(earliest, |ready, (count, periods)| {
            match started.len().checked_sub(*count) {
                Some(position) => ready.max(started[position] + Duration::from_secs_f64(periods / self.rate)),
                None => ready,
            }
        })
    }

    /// A call starts now.
    pub(super) fn start(&mut self, now: Instant) {
        let most = self.limit.windows.iter().map(|(count, _)| *count).max().unwrap_or(0);
        self.started.push_back(now);
        while self.started.len() > most {
            self.started.pop_front();
        }
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
        }
    }

    /// The call that was to start at `start` did not.
    pub(super) fn give_back(&mut self, start: Instant) {
        if let Some(position) = self.started.iter().rposition(|time| *time == start) {
            self.started.remove(position);
        }
    }

    /// A call was answered without being throttled: the episode is over, the rate recovers a little.
    pub(super) fn succeeded(&mut self) {
        self.strikes = 0;
        self.rate = (self.rate + self.limit.recovery).min(self.limit.cap);
    }

    /// A call was throttled. The rate falls once an episode; the pause is what the service asked for, or what a
    /// growing delay of our own says, whichever is longer. Returns the end of the pause.
    pub(super) fn throttled(&mut self, now: Instant, asked: Option<Duration>) -> Instant {
        if self.strikes == 0 {
            self.rate = (self.rate * SLOW_DOWN).max(self.limit.floor);
        }
        let pause = backoff(self.strikes).max(asked.unwrap_or_default());
        self.strikes = self.strikes.saturating_add(1);
        let until = self.paused_until.map_or(now + pause, |until| until.max(now + pause));
        self.paused_until = Some(until);
        until
    }

    /// Whether this limit limits anything.
    pub(super) fn is_unlimited(&self) -> bool {
        self.limit.windows.is_empty()
    }
}

/// The wait after the failure number `count` in a row, counted from 0: 1.2 s, doubling up to 16 s, and up to a
/// quarter more or less, so that several programs do not come back at the same moment.
pub(super) fn backoff(count: u32) -> Duration {
    let seconds = (1.2 * 2f64.powi(count.min(8) as i32)).min(16.0);
    Duration::from_secs_f64(seconds * (0.75 + 0.5 * fastrand::f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_falls_once_an_episode_and_recovers() {
        let now = Instant::now();
        let mut bucket = Bucket::new(&IDENTITY_PROTECTION);
        for _ in 0..5 {
            bucket.throttled(now, None);
        }
        assert!((bucket.rate() - 0.95 * 0.85).abs() < 1e-9);
        bucket.succeeded();
        assert!((bucket.rate() - (0.95 * 0.85 + 0.05)).abs() < 1e-9);
        for _ in 0..40 {
            bucket.succeeded();
        }
        assert!((bucket.rate() - 0.98).abs() < 1e-9);
        for _ in 0..40 {
            bucket.throttled(now, None);
            bucket.strikes = 0;
        }
        assert!((bucket.rate() - 0.4).abs() < 1e-9);
    }

    #[test]
    fn the_pause_is_never_shorter_than_what_the_service_asked_for() {
        let now = Instant::now();
        let mut bucket = Bucket::new(&SIGN_IN_LOG);
        let until = bucket.throttled(now, Some(Duration::from_secs(120)));
        assert!(until - now >= Duration::from_secs(120));
        assert_eq!(bucket.ready(now), until);
        assert!(bucket.throttled(now, None) >= until, "a later answer cannot shorten it");
    }

    #[test]
    fn the_delay_of_our_own_doubles_up_to_sixteen_seconds() {
        for (count, seconds) in [(0, 1.2), (1, 2.4), (2, 4.8), (3, 9.6), (4, 16.0), (400, 16.0)] {
            let wait = backoff(count).as_secs_f64();
            assert!((0.75 * seconds..=1.25 * seconds).contains(&wait), "{count}: {wait}");
        }
    }

    #[test]
    fn four_pages_of_the_log_come_at_once_and_the_sixth_waits_for_the_window() {
        let now = Instant::now();
        let mut bucket = Bucket::new(&SIGN_IN_LOG);
        let mut starts = Vec::new();
        let mut time = now;
        for _ in 0..6 {
            time = bucket.ready(time);
            bucket.start(time);
            starts.push((time - now).as_millis());
        }
        assert_eq!(starts, [0, 0, 0, 0, 2083, 10416]);
    }
}
