//! entriage
#![allow(missing_docs)]

pub mod app;
pub mod entity;
pub mod evidence;
pub mod filter;
pub mod queue;
pub mod ui;
