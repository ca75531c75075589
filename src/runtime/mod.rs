//! The shell: the only place with the console's loop, a clock and channels; and the terminal, given back on every way out.
//!
//! It waits, lets messages happen, carries out effects, draws. It sleeps until a key, an answer, or the moment that the
//! model asked for: there is no tick, and a screen without change writes nothing.

mod console;
mod input;
mod loader;
mod log;
mod signals;
mod terminal;

pub use console::{Ended, Parts, run};
pub use terminal::{NoTerminal, check as check_terminal};
