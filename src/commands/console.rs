//! `entriage`: the console on a profile.

use super::{Failure, open_console, theme};
use crate::app::Session;
use crate::auth::{ReadyToken, TokenClaims};
use crate::cli::Common;
use crate::config::{self, Profile};
use crate::graph::GraphUrl;
use std::sync::Arc;
use std::time::Duration;

/// The variable that holds a ready token.
const TOKEN: &str = "ENTRIAGE_ACCESS_TOKEN";

pub(super) fn run(common: &Common) -> Result<(), Failure> {
    let (name, profile) = config::load(common.config.as_deref(), common.profile.as_deref())
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let url: GraphUrl = common
        .graph_url
        .as_deref()
        .unwrap_or(&profile.graph_url)
        .parse()
        .map_err(|error| Failure::Usage(format!("{error}")))?;
    let token = std::env::var(TOKEN).map_err(|_| Failure::NotSignedIn(not_signed_in()))?;
    let claims = TokenClaims::read(&token);
    let credential =
        ReadyToken::new(&token).map_err(|error| Failure::NotSignedIn(format!("{TOKEN}: {error}")))?;
    super::check_terminal()?;
    let session = session(common, &name, &profile, &url, claims.as_ref());
    open_console(session, theme(common, &profile.theme), url, Arc::new(credential))
}

fn not_signed_in() -> String {
    format!(
        "not signed in. To look around without an account:\n\n    entriage demo\n\nTo work on a tenant, put a token for Microsoft Graph into {TOKEN} and start again. It needs\nIdentityRiskyUser.Read.All, IdentityRiskEvent.Read.All and AuditLog.Read.All to read; verdicts need\nIdentityRiskyUser.ReadWrite.All (and IdentityRiskEvent.ReadWrite.All for an application), and --write."
    )
}

/// Who works where. What the token says about the account is shown and decides whether verdicts can be given at all.
fn session(
    common: &Common,
    name: &str,
    profile: &Profile,
    url: &GraphUrl,
    claims: Option<&TokenClaims>,
) -> Session {
    let wanted = (profile.write || common.write) && !common.read_only;
    let able = claims.is_none_or(TokenClaims::can_write);
    let account =
        claims.and_then(|claims| claims.account.as_ref()).map(ToString::to_string).unwrap_or_default();
    let tenant = claims.and_then(|claims| claims.tenant).map(|tenant| tenant.to_string());
    Session {
        profile: name.to_owned(),
        account,
        tenant: match (profile.tenant.is_empty(), tenant) {
            (false, _) => profile.tenant.clone(),
            (true, Some(tenant)) => tenant,
            (true, None) => "tenant unknown".into(),
        },
        cloud: url.to_string().trim_start_matches("https://").trim_end_matches('/').to_owned(),
        write: wanted && able,
        read_only_because: if common.read_only {
            Some("READ-ONLY: started with --read-only".to_owned())
        } else if wanted && !able {
            Some(
                "READ-ONLY: the token has no permission to give verdicts (IdentityRiskyUser.ReadWrite.All)"
                    .to_owned(),
            )
        } else {
            None
        },
        protect: profile.protect.clone(),
        privileged: profile.privileged.clone(),
        myself: claims.and_then(|claims| claims.object_id),
        grace: Duration::from_secs(profile.grace_seconds),
        batch_size: profile.batch_size,
    }
}
