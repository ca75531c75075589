//! The client against small servers that misbehave in every way that is known.

mod budget;
mod lists;
mod read_back;
mod server;
mod verdicts;

use super::{Budgets, Client, FreshToken, GraphUrl, Timeouts};
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::time::{Duration as TokenDuration, OffsetDateTime};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Part of every token: it must turn up nowhere but in the `Authorization` header.
const CANARY: &str = "canary-5e1f";

/// Gives a new token each time that one is asked for afresh.
#[derive(Debug, Default)]
struct Source {
    number: AtomicUsize,
    asked: Mutex<Vec<FreshToken>>,
    /// Gives the same token whatever is asked for.
    stubborn: bool,
}

#[async_trait::async_trait]
impl TokenCredential for Source {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert!(scopes.len() == 1 && scopes[0].ends_with("/.default"), "{scopes:?}");
        if let Some(fresh) = options.and_then(|options| {
            let fresh: Option<&FreshToken> = options.method_options.context.value();
            fresh.cloned()
        }) {
            self.asked.lock().unwrap().push(fresh);
            if !self.stubborn {
                self.number.fetch_add(1, Ordering::SeqCst);
            }
        }
        let token = format!("{CANARY}-{}", self.number.load(Ordering::SeqCst));
        Ok(AccessToken::new(token, OffsetDateTime::now_utc() + TokenDuration::hours(1)))
    }
}

fn client_of(url: &str, source: Arc<Source>) -> Client {
    let root: GraphUrl = url.parse().unwrap();
    let timeouts = Timeouts { request: Duration::from_millis(400), ..Timeouts::default() };
    Client::with_timeouts(root, source, Budgets::unlimited(), timeouts).unwrap()
}

fn client(url: &str) -> Client {
    client_of(url, Arc::default())
}

/// A user as Graph writes one.
fn user(number: u32, state: &str) -> String {
    format!(
        r#"{{"id":"3f2a9c10-6d4b-4e8f-9a21-{number:012x}","riskState":"{state}","riskLevel":"high","riskDetail":"none"}}"#
    )
}

fn sign_in(number: u32, state: &str) -> String {
    format!(
        r#"{{"id":"7c1e5d4a-3b92-4f60-8a17-{number:012x}","riskState":"{state}","riskLevelAggregated":"none"}}"#
    )
}

/// The body of a list.
fn list(items: &[String], next: Option<&str>) -> String {
    let next = next.map(|next| format!(r#","@odata.nextLink":"{next}""#)).unwrap_or_default();
    format!(r#"{{"value":[{}]{next}}}"#, items.join(","))
}

fn error(code: &str, message: &str) -> String {
    serde_json::json!({ "error": { "code": code, "message": message } }).to_string()
}
