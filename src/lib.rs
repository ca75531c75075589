//! entriage
#![allow(missing_docs)]

pub mod auth;
pub mod entity;
pub mod graph;
pub mod simulator;
