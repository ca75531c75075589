//! Microsoft Graph: lists, verdicts and reading back, as values or as errors that a person can act on.
//!
//! It knows `entity` and nothing else: no screen, no queue, no journal. It shows nothing. Tokens come through `azure_core`'s
//! `TokenCredential`.
//!
//! * [`GraphUrl`] is the only place that a token is sent to; links to elsewhere are errors.
//! * `endpoint` is the table of calls. `query` says how to ask for a list, and how else where a filter is refused.
//! * A read is repeated where that is safe; a verdict is one request, and its [`Answer`] says what that proves.
//! * [`Budgets`] paces everything: a call waits there for its turn.
//!
//! Deliberately absent: middleware that repeats requests, `$batch` (each entry would count against the limits alone,
//! API.md section 10), and any way to switch certificate checks off.

mod action;
mod bucket;
mod budget;
mod client;
mod endpoint;
mod error;
mod exchange;
mod listing;
mod page;
mod query;
mod read_back;
mod record;
mod refusal;
mod root;
mod token;
mod transport;

#[cfg(test)]
mod tests;

pub use action::{Answer, AnswerClass, need_of};
pub use budget::{BucketView, Budgets, BudgetsView, Need, Priority};
pub use client::Client;
pub use error::{GraphError, GraphErrorKind, Remedy};
pub use listing::Listing;
pub use page::Page;
pub use query::{DetectionsQuery, SignInsQuery, UsersQuery};
pub use read_back::Wanted;
pub use record::RequestRecord;
pub use root::{Cloud, GraphUrl, GraphUrlError};
pub use token::FreshToken;
pub use transport::{Timeouts, ensure_tls_provider};
