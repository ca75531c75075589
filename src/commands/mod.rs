//! One file a subcommand: wires the parts together, no logic of its own.

mod console;
mod demo;
mod simulate;

use crate::app::Session;
use crate::cli::{Cli, Command, Common, Tenant, ThrottleMode, When};
use crate::graph::{Budgets, Client, GraphUrl, ensure_tls_provider};
use crate::queue::{self, Settings};
use crate::runtime::{self, NoTerminal, Parts};
use crate::simulator::{Options, Simulator, Throttle, faults_from_json};
use crate::ui::Theme;
use azure_core::credentials::TokenCredential;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

/// Why a command ended without doing what it was asked to; each kind has an exit code (DESIGN section 6).
#[derive(Debug)]
pub enum Failure {
    /// Something failed: exit code 1.
    Failed(String),
    /// Wrong usage: exit code 2.
    Usage(String),
    /// Not signed in, or not permitted: exit code 3.
    NotSignedIn(String),
    /// Ended by a signal, which needs no words: its exit code, as a shell gives it.
    Interrupted(u8),
}

impl Failure {
    /// Tells a person.
    pub fn print(&self) {
        let (Self::Usage(text) | Self::NotSignedIn(text) | Self::Failed(text)) = self else { return };
        // Nobody is left to tell where even the standard error is closed.
        let _ = writeln!(std::io::stderr(), "entriage: {text}");
    }

    /// The code for the shell.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
            Self::NotSignedIn(_) => ExitCode::from(3),
            Self::Interrupted(code) => ExitCode::from(*code),
        }
    }
}

impl From<NoTerminal> for Failure {
    fn from(error: NoTerminal) -> Self {
        match error {
            NoTerminal::Refused(_) => Self::Failed(error.to_string()),
            _ => Self::Usage(error.to_string()),
        }
    }
}

/// Carries out what the command line asks for.
pub fn run(cli: Cli) -> Result<(), Failure> {
    start_log(&cli.common)?;
    ensure_tls_provider();
    match cli.command {
        None => console::run(&cli.common),
        Some(Command::Demo(demo)) => demo::run(&cli.common, &demo),
        Some(Command::Simulate(tenant)) => simulate::run(&tenant),
    }
}

/// Refuses early where there is no terminal, before anything is started or read.
fn check_terminal() -> Result<(), Failure> {
    runtime::check_terminal().map_err(Failure::from)
}

fn start_log(common: &Common) -> Result<(), Failure> {
    let Some(path) = &common.log else { return Ok(()) };
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(path)
        .map_err(|error| Failure::Usage(format!("cannot write the log {}: {error}", path.display())))?;
    // The HTTP crates log headers below `info`, tokens among them.
    let filter =
        tracing_subscriber::EnvFilter::new("info,entriage=debug,hyper=warn,h2=warn,reqwest=warn,rustls=warn");
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(Arc::new(file)).init();
    Ok(())
}

/// The theme: without colour where the analyst or the terminal wants none.
fn theme(common: &Common, name: &str) -> Theme {
    let colour = match common.color {
        When::Always => true,
        When::Never => false,
        When::Auto => std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let named = if colour { Theme::named(name) } else { None };
    named.unwrap_or_else(Theme::mono)
}

fn start_simulator(tenant: &Tenant) -> Result<Simulator, Failure> {
    let faults = match &tenant.faults {
        None => Vec::new(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::Usage(format!("cannot read the faults {}: {error}", path.display()))
            })?;
            faults_from_json(&text).map_err(|error| {
                Failure::Usage(format!("the faults {} are not valid: {error}", path.display()))
            })?
        }
    };
    let defaults = Options::default();
    let options = Options {
        seed: tenant.seed,
        users: tenant.users.unwrap_or(defaults.users),
        sign_ins: tenant.sign_ins.unwrap_or(defaults.sign_ins),
        throttle: match tenant.throttle {
            ThrottleMode::Documented => Throttle::Documented,
            ThrottleMode::Off => Throttle::Off,
        },
        delay: tenant.delay(),
        faults,
        listen: tenant.listen,
        ..defaults
    };
    Simulator::start(options).map_err(|error| Failure::Failed(error.to_string()))
}

/// Runs the console with its background task until the analyst leaves.
fn open_console(
    session: Session,
    theme: Theme,
    url: GraphUrl,
    credential: Arc<dyn TokenCredential>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(async {
        let client = Client::new(url, credential, Budgets::documented())
            .map_err(|error| Failure::Failed(error.to_string()))?;
        let settings = Settings { batch_size: session.batch_size, ..Settings::default() };
        let queue = queue::spawn(client.clone(), settings);
        Box::pin(runtime::run(Parts { session, theme, client, queue })).await.map_err(Failure::from)
    });
    // Reads still under way end with the program.
    runtime.shutdown_background();
    let ended = outcome?;
    if let Some(line) = ended.farewell {
        // The terminal may be gone; then nobody is left to tell.
        let _ = writeln!(std::io::stdout(), "{line}");
    }
    ended.by_signal.map_or(Ok(()), |code| Err(Failure::Interrupted(code)))
}
