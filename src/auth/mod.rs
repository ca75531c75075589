//! Signing in: one credential for each way to come by a token, all behind `azure_core`'s `TokenCredential`.
//!
//! It knows `entity` and no screen. Tokens are kept in memory only, and nothing here prints one.

mod claims;
mod ready;

pub use claims::TokenClaims;
pub use ready::{ReadyToken, ReadyTokenError};
