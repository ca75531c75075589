//! The command line as data.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A terminal triage console for Microsoft Entra ID Protection.
///
/// Lists risky users, sign-ins and detections; marks rows; stages verdicts; reviews them; sends them to Microsoft Graph in
/// batches; and reads back until Graph shows them. Without a subcommand it opens the console on the default profile.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// What to do instead of opening the console.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options that every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The profile to work with.
    #[arg(short, long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE", env = "ENTRIAGE_CONFIG")]
    pub config: Option<PathBuf>,
    /// The root of Microsoft Graph: https, or http on a loopback address.
    #[arg(long, global = true, value_name = "URL")]
    pub graph_url: Option<String>,
    /// Allow verdicts although the profile does not.
    #[arg(long, global = true, conflicts_with = "read_only")]
    pub write: bool,
    /// Allow no verdicts although the profile does.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Write a log to this file. Never holds tokens.
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Whether to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,
}

/// When to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// Unless `NO_COLOR` is set or the terminal is dumb.
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the console on the built-in simulated tenant: no account, no network.
    Demo(Demo),
    /// Run only the simulated tenant, as a Graph-compatible server on loopback.
    Simulate(Tenant),
}

/// The console on the simulated tenant.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// The simulated tenant.
    #[command(flatten)]
    pub tenant: Tenant,
    /// Seconds in which a submission can be called back: 0 to 120.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=120))]
    pub grace: u64,
}

impl Demo {
    /// The time between accepting a submission and its first call.
    pub fn grace(&self) -> Duration {
        Duration::from_secs(self.grace)
    }
}

/// The simulated tenant.
#[derive(Clone, Debug, Args)]
pub struct Tenant {
    /// The same seed gives the same tenant.
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub seed: u64,
    /// How many users it has.
    #[arg(long, value_name = "N")]
    pub users: Option<usize>,
    /// How many sign-ins it has seen in the last 30 days.
    #[arg(long, value_name = "N")]
    pub sign_ins: Option<usize>,
    /// Whether it limits the rate of requests as Graph documents it.
    #[arg(long, value_name = "HOW", default_value = "documented")]
    pub throttle: ThrottleMode,
    /// Milliseconds until an action becomes visible.
    #[arg(long, value_name = "MS", default_value_t = 3000)]
    pub delay: u64,
    /// Faults to play, as JSON.
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Where to listen; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
}

impl Tenant {
    /// The time until an action becomes visible.
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay)
    }
}

/// How the simulated tenant limits requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ThrottleMode {
    /// As Graph documents it.
    Documented,
    /// Not at all.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_demos_grace_keeps_to_the_limits_of_a_profile() {
        for (given, taken) in [("0", true), ("120", true), ("121", false), ("-1", false), ("soon", false)] {
            let parsed = Cli::try_parse_from(["entriage", "demo", &format!("--grace={given}")]);
            assert_eq!(parsed.is_ok(), taken, "{given}");
        }
        assert!(Cli::try_parse_from(["entriage", "simulate", "--grace=1"]).is_err());
    }

    #[test]
    fn write_and_read_only_exclude_each_other() {
        assert!(Cli::try_parse_from(["entriage", "--write", "--read-only"]).is_err());
    }
}
