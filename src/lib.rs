//! entriage
#![allow(missing_docs)]

pub mod entity;
