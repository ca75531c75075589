//! entriage
#![allow(missing_docs)]

pub mod simulator;
