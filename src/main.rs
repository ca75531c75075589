//! entriage
fn main() {}
