//! The simulated tenant, met over HTTP as a client meets it.
#![expect(clippy::expect_used, reason = "in the helpers of a test, a failed expectation is a failed test")]

mod simulator {
    pub(crate) mod probe;

    mod acting;
    mod documents;
    mod failing;
    mod reading;
    mod signing_in;
}
