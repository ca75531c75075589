//! One file a subcommand: wires the parts together, no logic of its own.

mod console;
mod demo;
mod simulate;

use crate::cli::{Cli, Command, Common, When};
use crate::ui::Theme;
use std::io::IsTerminal;
use std::process::ExitCode;

/// Why a command ended without doing what it was asked to, and the exit code for it (DESIGN section 6).
#[derive(Debug)]
pub enum Failure {
    /// Wrong usage: exit code 2.
    Usage(String),
    /// Not signed in, or not permitted: exit code 3.
    NotSignedIn(String),
    /// Something else failed: exit code 1.
    Failed(String),
}

impl Failure {
    /// Tells a person.
    pub fn print(&self) {
        let (Self::Usage(text) | Self::NotSignedIn(text) | Self::Failed(text)) = self;
        anstream_eprintln(&format!("entriage: {text}"));
    }

    /// The code for the shell.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
            Self::NotSignedIn(_) => ExitCode::from(3),
        }
    }
}

/// Carries out what the command line asks for.
pub fn run(cli: Cli) -> Result<(), Failure> {
    start_log(&cli.common)?;
    match cli.command {
        None => console::run(&cli.common),
        Some(Command::Demo(tenant)) => demo::run(&cli.common, &tenant),
        Some(Command::Simulate(tenant)) => simulate::run(&tenant),
    }
}
