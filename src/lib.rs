//! entriage
#![allow(missing_docs)]

pub mod entity;
pub mod queue;
pub mod simulator;
