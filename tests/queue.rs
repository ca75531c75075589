//! The queue and its driver, against the simulated tenant over HTTP.
#![expect(clippy::expect_used, reason = "in the helpers of a test, a failed expectation is a failed test")]

mod queue {
    pub(crate) mod office;

    mod sending;
}
