//! One page of a list: its rows, and the way to the next page.

use super::error::GraphErrorKind;
use super::root::GraphUrl;
use crate::entity::{Decoded, decode_rows};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use url::Url;

/// The longest link that is followed, in bytes.
const LONGEST_LINK: usize = 8 * 1024;
/// From this size on, decoding would hold up other tasks noticeably.
const BIG: usize = 128 * 1024;

/// One page of a list, as it is handed over while the next one is fetched.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows that belong in the list.
    pub rows: Vec<T>,
    /// A sentence for each item that could not become a row.
    pub rejected: Vec<String>,
    /// The page's number, counted from 1.
    pub number: usize,
    /// Whether another page follows.
    pub more: bool,
}

#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(rename = "@odata.nextLink", default)]
    next: Option<String>,
    #[serde(borrow)]
    value: Vec<&'a RawValue>,
}

/// What a body holds.
pub(super) struct Body<T> {
    pub(super) decoded: Decoded<T>,
    pub(super) next: Option<String>,
}

/// Reads the body of a list. The error says whether the body was cut off, which passes, or is something else.
pub(super) async fn read_list<T>(body: Vec<u8>) -> Result<Body<T>, (GraphErrorKind, String)>
where
    T: DeserializeOwned + Send + 'static,
{
    if body.len() < BIG {
        return decode(&body);
    }
    tokio::task::spawn_blocking(move || decode(&body))
        .await
        .unwrap_or_else(|_| Err((GraphErrorKind::NotGraph, "the page could not be read".to_owned())))
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<Body<T>, (GraphErrorKind, String)> {
    let page: RawPage<'_> = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
    Ok(Body { decoded: decode_rows(&page.value), next: page.next })
}

/// Reads the body of a single thing; `None` if it is not one that can be used.
pub(super) fn read_one<T: DeserializeOwned>(body: &[u8]) -> Result<Option<T>, (GraphErrorKind, String)> {
    let item: &RawValue = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
    Ok(decode_rows(&[item]).rows.pop())
}

fn not_json(error: &serde_json::Error) -> (GraphErrorKind, String) {
    match error.classify() {
        serde_json::error::Category::Eof => (GraphErrorKind::Interrupted, "the answer is cut off".to_owned()),
        _ => (GraphErrorKind::NotGraph, format!("no list in Graph's form: {error}")),
    }
}

/// The next page's address. It is opaque but must lead to the same scheme, host and port: the token goes with it (rule
/// R18).
pub(super) fn follow(root: &GraphUrl, link: &str) -> Result<Url, (GraphErrorKind, String)> {
    if link.len() > LONGEST_LINK {
        return Err((GraphErrorKind::TooLong, format!("a link of {} bytes to the next page", link.len())));
    }
    let foreign = |what: &str| (GraphErrorKind::ForeignLink, what.to_owned());
    let url = Url::parse(link).map_err(|_| foreign("the link is no address"))?;
    if url.origin() != root.origin() || !url.username().is_empty() || url.password().is_some() {
        return Err(foreign(&format!("it is on {}", url.origin().ascii_serialization())));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_elsewhere_is_not_followed() {
        let root: GraphUrl = "https://graph.microsoft.com".parse().unwrap();
        assert!(follow(&root, "https://graph.microsoft.com/beta/x?$skiptoken=a").is_ok());
        assert!(follow(&root, "https://graph.microsoft.com:443/x").is_ok());
        for link in [
            "http://graph.microsoft.com/x",
            "https://graph.microsoft.com:444/x",
            "https://graph.microsoft.com.example/x",
            "https://me@graph.microsoft.com/x",
            "https://graph.microsoft.us/x",
            "//graph.microsoft.com/x",
            "/beta/x",
            "",
            "javascript:alert(1)",
        ] {
            assert_eq!(follow(&root, link).unwrap_err().0, GraphErrorKind::ForeignLink, "{link}");
        }
        let long = format!("https://graph.microsoft.com/{}", "x".repeat(9_000));
        assert_eq!(follow(&root, &long).unwrap_err().0, GraphErrorKind::TooLong);
    }
}
