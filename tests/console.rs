//! The program itself in a terminal, on a simulated tenant or on something worse: what a person would see and do.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "in the helpers of a test, a failed expectation is a failed test")]

mod terminal;

mod console {
    pub(crate) mod desk;
    pub(crate) mod wire;

    mod discipline;
    mod refusals;
    mod sending;
    mod starting;
    mod trouble;
}
