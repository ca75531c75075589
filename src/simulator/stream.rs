//! New risky sign-ins while the simulator runs.

use std::time::Duration;

use fastrand::Rng;

use super::plots;
use super::records::Tenant;

/// How many are due, and how many have appeared.
#[derive(Debug)]
pub(super) struct Stream {
    per_minute: u32,
    appeared: u64,
    rng: Rng,
}

impl Stream {
    pub(super) fn new(per_minute: u32, seed: u64) -> Self {
        Self { per_minute, appeared: 0, rng: Rng::with_seed(seed ^ 0x57ea) }
    }

    /// Adds what is due after `elapsed`.
    pub(super) fn flow(&mut self, tenant: &mut Tenant, elapsed: Duration, now: i64) {
        let due = (elapsed.as_secs_f64() * f64::from(self.per_minute) / 60.0) as u64;
        while self.appeared < due {
            self.appeared += 1;
            plots::fresh(tenant, &mut self.rng, now);
        }
    }
}
