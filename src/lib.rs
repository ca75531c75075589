//! entriage
#![allow(missing_docs)]
