//! A token that somebody else obtained, for scripts and for trying things out: `ENTRIAGE_ACCESS_TOKEN`.

use super::claims::TokenClaims;
use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::time::{Duration, OffsetDateTime};
use std::fmt;

/// Why a text cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadyTokenError {
    /// Nothing, or only blanks.
    #[error("the access token is empty: put the token alone, without `Bearer`, into ENTRIAGE_ACCESS_TOKEN")]
    Empty,
    /// It holds a character that no token has.
    #[error(
        "the access token holds a blank, a line break or another character that no token has: put the token alone, on \
         one line and without `Bearer`, into ENTRIAGE_ACCESS_TOKEN"
    )]
    Malformed,
}

/// A credential that has one token and cannot get another. It does not check that it is still good: the service does.
pub struct ReadyToken {
    token: Secret,
    claims: Option<TokenClaims>,
}

impl ReadyToken {
    /// The variable that it is read from.
    pub const VARIABLE: &'static str = "ENTRIAGE_ACCESS_TOKEN";

    /// Keeps the token. Refuses what cannot be one; one line break at the end, as shells leave it, is forgiven.
    pub fn new(token: &str) -> Result<Self, ReadyTokenError> {
        let token = token.strip_suffix('\n').map_or(token, |token| token.strip_suffix('\r').unwrap_or(token));
        if token.trim().is_empty() {
            return Err(ReadyTokenError::Empty);
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ReadyTokenError::Malformed);
        }
        Ok(Self { claims: TokenClaims::read(token), token: Secret::new(token.to_owned()) })
    }

    /// What the token says about itself, for display; `None` for one that cannot be read.
    pub fn claims(&self) -> Option<&TokenClaims> {
        self.claims.as_ref()
    }
}

#[async_trait::async_trait]
impl TokenCredential for ReadyToken {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let expires = self.claims.as_ref().and_then(|claims| claims.expires);
        let expires = expires.and_then(|time| OffsetDateTime::from_unix_timestamp(time.timestamp()).ok());
        // What is not known is taken for short: nobody should keep it for longer.
        let expires = expires.unwrap_or_else(|| OffsetDateTime::now_utc() + Duration::minutes(10));
        Ok(AccessToken::new(self.token.secret().to_owned(), expires))
    }
}

/// Without the token.
impl fmt::Debug for ReadyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyToken").field("claims", &self.claims).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_line_without_blanks_is_a_token() {
        for good in ["abc", "a.b.c", "abc\n", "abc\r\n"] {
            assert!(ReadyToken::new(good).is_ok(), "{good:?}");
        }
        for empty in ["", " ", "\n", " \t\r\n"] {
            assert_eq!(ReadyToken::new(empty).unwrap_err(), ReadyTokenError::Empty, "{empty:?}");
        }
        for bad in ["Bearer abc", "a\nb", "abc\n\n", " abc", "a\0b", "ab\u{e9}"] {
            assert_eq!(ReadyToken::new(bad).unwrap_err(), ReadyTokenError::Malformed, "{bad:?}");
        }
    }

    #[tokio::test]
    async fn it_gives_its_token_and_shows_it_to_nobody() {
        let ready = ReadyToken::new("canary-7f3a").unwrap();
        let token = ready.get_token(&["scope"], None).await.unwrap();
        assert_eq!(token.token.secret(), "canary-7f3a");
        assert!(!format!("{ready:?} {token:?}").contains("canary"));
    }
}
