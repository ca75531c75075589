//! Tokens for the calls: from the credential, never kept, never written.

use super::endpoint::Endpoint;
use super::error::{GraphError, GraphErrorKind};
use super::root::GraphUrl;
use super::transport::{causes, root_cause};
use azure_core::credentials::{Secret, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use reqwest::header::HeaderValue;
use std::sync::{Arc, Mutex, PoisonError};

/// Asks a credential for a token other than the one it gave before, because the service refused that one. Passed in the
/// context of `TokenRequestOptions`; credentials that know nothing of it may give the same again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreshToken {
    /// What Conditional Access demands of the new token, as the service wrote it.
    pub claims: Option<String>,
}

/// The source of tokens for one root.
pub(super) struct Tokens {
    credential: Arc<dyn TokenCredential>,
    scope: String,
    /// Set when the service refused the last token.
    wanted: Mutex<Option<FreshToken>>,
}

impl Tokens {
    pub(super) fn new(credential: Arc<dyn TokenCredential>, root: &GraphUrl) -> Self {
        Self { credential, scope: root.scope(), wanted: Mutex::new(None) }
    }

    /// A token that is good now, as far as the credential knows.
    pub(super) async fn get(&self, endpoint: &Endpoint, host: &str) -> Result<Secret, GraphError> {
        let fresh = self.wanted.lock().unwrap_or_else(PoisonError::into_inner).take();
        let options = fresh.map(|fresh| {
            let mut options = TokenRequestOptions::default();
            options.method_options.context.insert(fresh);
            options
        });
        match self.credential.get_token(&[self.scope.as_str()], options).await {
            Ok(token) => Ok(token.token),
            Err(error) => Err(GraphError::new(kind(&error), endpoint, host, &root_cause(&error))),
        }
    }

    /// The service refused the last token: the next one should be another.
    pub(super) fn refused(&self, claims: Option<String>) {
        let claims = claims.filter(|claims| !claims.is_empty());
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(FreshToken { claims });
    }
}

/// Being offline must not look like being signed out: the one passes, the other needs a person. Credentials wrap a lost
/// connection in errors of their own, so that the kind alone does not tell.
fn kind(error: &azure_core::Error) -> GraphErrorKind {
    let offline = |error: &reqwest::Error| error.is_connect() || error.is_timeout();
    let lost = causes(error).filter_map(|cause| cause.downcast_ref::<reqwest::Error>()).any(offline);
    match error.kind() {
        ErrorKind::Io | ErrorKind::Connection => GraphErrorKind::NotReachable,
        _ if lost => GraphErrorKind::NotReachable,
        _ => GraphErrorKind::NotSignedIn,
    }
}

/// The header that carries the token; marked so that nothing prints it. `None` for a token that no header can hold.
pub(super) fn bearer(token: &Secret) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}
