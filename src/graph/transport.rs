//! Connections: one HTTP client that follows nothing, repeats nothing and trusts what the system trusts.

use super::error::{GraphError, GraphErrorKind};
use super::root::GraphUrl;
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use std::error::Error;
use std::time::Duration;

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection stands.
    pub connect: Duration,
    /// A whole request.
    pub request: Duration,
    /// A page of the sign-in log, which is slow when it is long.
    pub sign_in_log: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(30),
            sign_in_log: Duration::from_secs(60),
        }
    }
}

/// Installs the cryptography that every TLS connection of the program uses. Harmless to repeat; a provider that is
/// installed already stays.
pub fn ensure_tls_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails only when another thread was faster, and then it is done.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// An HTTP client for that root. To this computer over http it needs no list of certificate authorities and no
/// proxy; to anywhere else nothing but TLS is spoken.
pub(super) fn connect(root: &GraphUrl, timeouts: Timeouts) -> Result<reqwest::Client, GraphError> {
    ensure_tls_provider();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("entriage/", env!("CARGO_PKG_VERSION")))
        .default_headers(default_headers())
        .redirect(reqwest::redirect::Policy::none())
        // One call is one request: what is repeated, and when, is decided above.
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(timeouts.connect)
        // Connections that were idle for long are the commonest cause of an unknown outcome.
        .pool_idle_timeout(Duration::from_secs(20));
    let builder = if root.is_loopback_http() {
        builder.no_proxy().tls_certs_only([])
    } else {
        builder.https_only(true)
    };
    builder.build().map_err(|error| GraphError::setup(GraphErrorKind::Tls, root.host(), &root_cause(&error)))
}

fn default_headers() -> HeaderMap {
    HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        // Without it, the reasons that two verdicts write read back as `unknownFutureValue` (API.md section 6).
        (HeaderName::from_static("prefer"), HeaderValue::from_static("include-unknown-enum-members")),
    ])
}

/// What sort of failure kept a request from an answer. Of these only [`GraphErrorKind::NotReachable`] and
/// [`GraphErrorKind::Tls`] prove that nothing was sent (QUEUE.md section 3).
pub(super) fn failure(error: &reqwest::Error) -> GraphErrorKind {
    if !(error.is_connect() || error.is_builder()) {
        return GraphErrorKind::Interrupted;
    }
    if causes(error).any(<dyn Error>::is::<rustls::Error>) {
        GraphErrorKind::Tls
    } else {
        GraphErrorKind::NotReachable
    }
}

/// The innermost cause in words. The outer ones repeat the address with its query.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let innermost = causes(error).last().map(ToString::to_string).unwrap_or_default();
    match error.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_timeout() => "no answer in time".to_owned(),
        _ => innermost,
    }
}

/// The error and what caused it, outermost first. An I/O error hides its inner error from `source`.
pub(super) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_trust_store_is_explained() {
        let error =
            GraphError::setup(GraphErrorKind::Tls, "graph.microsoft.com", "No CA certificates were loaded");
        assert!(error.next().contains("SSL_CERT_FILE"));
        assert!(error.to_string().contains("prepare connections on graph.microsoft.com"), "{error}");
    }

    #[test]
    fn a_loopback_client_needs_no_trust_store() {
        let root = "http://127.0.0.1:9".parse().unwrap();
        assert!(connect(&root, Timeouts::default()).is_ok());
    }

    #[test]
    fn the_innermost_cause_is_found_inside_an_io_error() {
        let inner = rustls::Error::General("untrusted".into());
        let outer = std::io::Error::other(std::io::Error::other(inner));
        assert!(causes(&outer).any(<dyn Error>::is::<rustls::Error>));
        assert!(root_cause(&outer).contains("untrusted"));
    }
}
