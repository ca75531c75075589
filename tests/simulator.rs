//! The simulated tenant, met over HTTP as a client meets it.

mod simulator {
    pub(crate) mod probe;

    mod acting;
    mod documents;
    mod failing;
    mod reading;
    mod signing_in;
}
