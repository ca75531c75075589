//! `entriage simulate`: only the simulated tenant, for scripts, other programs and tests.

use super::{Failure, start_simulator};
use crate::cli::Tenant;
use std::io::Write;

/// Runs until it is interrupted.
pub(super) fn run(tenant: &Tenant) -> Result<(), Failure> {
    let simulator = start_simulator(tenant)?;
    let url = simulator.url().as_str().trim_end_matches('/').to_owned();
    let mut out = std::io::stdout();
    let told = writeln!(out, "listening on {url}")
        .and_then(|()| writeln!(out, "token {}", simulator.token()))
        .and_then(|()| writeln!(out, "read-only token {}", simulator.token_read_only()))
        .and_then(|()| writeln!(out, "ledger {url}/simulator/ledger"))
        .and_then(|()| {
            writeln!(out, "console: ENTRIAGE_ACCESS_TOKEN=TOKEN entriage --graph-url {url} --write")
        })
        .and_then(|()| out.flush());
    // A closed pipe is no failure: whoever started it may only want it to run.
    drop(told);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("cannot start: {error}")))?;
    runtime
        .block_on(until_asked_to_end())
        .map_err(|error| Failure::Failed(format!("cannot listen for signals: {error}")))
}

#[cfg(unix)]
async fn until_asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
        _ = hangup.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn until_asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
