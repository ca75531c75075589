//! `entriage demo`: the console on the built-in simulated tenant, over real HTTP, with the client that talks to Graph.

use super::{Failure, open_console, start_simulator, theme};
use crate::app::Session;
use crate::auth::ReadyToken;
use crate::cli::{Common, Demo};
use crate::entity::UserId;
use crate::graph::GraphUrl;
use std::sync::Arc;

pub(super) fn run(common: &Common, demo: &Demo) -> Result<(), Failure> {
    super::check_terminal()?;
    let simulator = start_simulator(&demo.tenant)?;
    let (myself, account) = simulator.analyst();
    let url: GraphUrl =
        simulator.url().as_str().parse().map_err(|error| {
            Failure::Failed(format!("the simulated tenant's address is not usable: {error}"))
        })?;
    let session = Session {
        profile: "demo".into(),
        account,
        tenant: "Contoso (simulated)".into(),
        cloud: simulator.url().authority().to_owned(),
        write: !common.read_only,
        read_only_because: common.read_only.then(|| "READ-ONLY: started with --read-only".to_owned()),
        protect: simulator.protected(),
        myself: Some(UserId::from_uuid(myself)),
        grace: demo.grace(),
        ..Session::default()
    };
    let token = if common.read_only { simulator.token_read_only() } else { simulator.token() };
    let credential = ReadyToken::new(&token).map_err(|error| Failure::Failed(error.to_string()))?;
    open_console(session, theme(common, "dark"), url, Arc::new(credential))
    // The simulated tenant ends with the console: `simulator` lives until here.
}
