//! Where Graph is: the root that every path is appended to and the only place that a token is sent to.

use crate::entity::Text;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use url::{Host, Origin, Url};

/// A cloud of Microsoft's, as API.md section 2 lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// The name in profiles and on the command line.
    pub name: &'static str,
    /// The Graph root.
    pub root: &'static str,
    /// Where tokens come from.
    pub authority: &'static str,
    /// Why the console cannot work there; `None` where it can.
    pub refused: Option<&'static str>,
}

impl Cloud {
    /// All clouds. A token of one is refused by the others.
    pub const ALL: [Self; 4] = [
        Self {
            name: "global",
            root: "https://graph.microsoft.com",
            authority: "https://login.microsoftonline.com",
            refused: None,
        },
        Self {
            name: "us-gov",
            root: "https://graph.microsoft.us",
            authority: "https://login.microsoftonline.us",
            refused: None,
        },
        Self {
            name: "us-gov-dod",
            root: "https://dod-graph.microsoft.us",
            authority: "https://login.microsoftonline.us",
            refused: None,
        },
        Self {
            name: "china",
            root: "https://microsoftgraph.chinacloudapi.cn",
            authority: "https://login.chinacloudapi.cn",
            refused: Some(
                "21Vianet offers no riskyUsers and no verdicts: Identity Protection is not in Graph there",
            ),
        },
    ];

    /// The cloud of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.name == name)
    }
}

/// Why a text is not a Graph root, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphUrlError {
    /// It is no URL with a host.
    #[error("`{0}` is not the address of a Graph: write one like https://graph.microsoft.com")]
    NotAnAddress(Text),
    /// A token would travel readable by everybody.
    #[error(
        "a token goes to another computer only over https: write https://{0}, or http only for 127.0.0.1"
    )]
    NotEncrypted(Text),
    /// It has a path, a query, a fragment, a user name or a password.
    #[error("write the root alone, without user name, path or query: {0}")]
    NotRoot(String),
    /// The cloud exists, but not with what the console needs.
    #[error("the cloud {0} cannot be used: {1}")]
    NotOffered(&'static str, &'static str),
    /// No cloud has that name.
    #[error("there is no cloud `{0}`: write global, us-gov or us-gov-dod")]
    UnknownCloud(Text),
}

/// The root of a Graph: scheme, host and port, and nothing else. `https`, or `http` to a loopback address, so that
/// no token leaves the computer readable (rule R18).
#[derive(Clone, PartialEq, Eq)]
pub struct GraphUrl(Url);

impl GraphUrl {
    /// The Graph of the global cloud, which also serves Microsoft 365 GCC.
    pub fn global() -> Self {
        Self::of(Cloud::ALL[0])
    }

    /// The Graph of the US Government cloud L4 (GCC High).
    pub fn us_gov() -> Self {
        Self::of(Cloud::ALL[1])
    }

    /// The Graph of the US Government cloud L5 (`DoD`).
    pub fn us_gov_dod() -> Self {
        Self::of(Cloud::ALL[2])
    }

    /// The Graph of the cloud of that name; the error says which names there are, or why a cloud does not serve.
    pub fn cloud(name: &str) -> Result<Self, GraphUrlError> {
        let Some(cloud) = Cloud::named(name) else {
            return Err(GraphUrlError::UnknownCloud(Text::new(name)));
        };
        cloud.root.parse()
    }

    #[expect(clippy::expect_used, reason = "the table's roots are constants, and a test parses each")]
    fn of(cloud: Cloud) -> Self {
        Self(Url::parse(cloud.root).expect("a constant URL"))
    }

    /// The cloud whose root this is, if it is one of Microsoft's.
    pub fn known_cloud(&self) -> Option<Cloud> {
        Cloud::ALL.into_iter().find(|cloud| Self::of(*cloud) == *self)
    }

    /// Whether it is this computer, over http: the simulated tenant.
    pub fn is_loopback_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The scope to ask a token for: everything that was consented to at this root (API.md section 2).
    pub fn scope(&self) -> String {
        format!("{self}/.default")
    }

    /// The address of `path`, which begins with a slash and holds only characters that need no escaping.
    pub(super) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// Scheme, host and port.
    pub(super) fn origin(&self) -> Origin {
        self.0.origin()
    }

    /// The host, for messages.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl FromStr for GraphUrl {
    type Err = GraphUrlError;

    fn from_str(raw: &str) -> Result<Self, GraphUrlError> {
        let not_an_address = || GraphUrlError::NotAnAddress(Text::new(raw));
        let url = Url::parse(raw.trim()).map_err(|_| not_an_address())?;
        let Some(host) = url.host() else { return Err(not_an_address()) };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&host) => {}
            "http" => {
                let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
                return Err(GraphUrlError::NotEncrypted(Text::new(authority)));
            }
            _ => return Err(not_an_address()),
        }
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(GraphUrlError::NotRoot(url.origin().ascii_serialization()));
        }
        let root = Self(url);
        match root.known_cloud() {
            Some(Cloud { name, refused: Some(reason), .. }) => Err(GraphUrlError::NotOffered(name, reason)),
            _ => Ok(root),
        }
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => IpAddr::V4(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).is_loopback(),
    }
}

/// Without a slash at the end, as it is written in configuration.
impl fmt::Display for GraphUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.origin().ascii_serialization())
    }
}

impl fmt::Debug for GraphUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GraphUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_https_or_loopback() {
        for good in [
            "https://graph.microsoft.com",
            "https://graph.microsoft.com/",
            "https://graph.example:8443",
            "http://127.0.0.1:4000",
            "http://localhost:1",
            "http://[::1]:9",
        ] {
            assert_eq!(good.parse::<GraphUrl>().unwrap().to_string(), good.trim_end_matches('/'), "{good}");
        }
        for bad in [
            "",
            "graph.microsoft.com",
            "ftp://graph.microsoft.com",
            "http://graph.microsoft.com",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "https://graph.microsoft.com/v1.0",
            "https://graph.microsoft.com/?a=b",
            "https://me:secret@graph.microsoft.com",
            "https://",
            "file:///tmp",
        ] {
            assert!(bad.parse::<GraphUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_error_says_what_to_write_and_no_secret() {
        let said = |raw: &str| raw.parse::<GraphUrl>().unwrap_err().to_string();
        assert!(said("http://graph.microsoft.com").contains("https://graph.microsoft.com"));
        let root = said("https://me:secret@graph.microsoft.com/beta");
        assert!(root.contains("https://graph.microsoft.com") && !root.contains("secret"), "{root}");
        assert!(!said("http://me:secret@graph.microsoft.com").contains("secret"));
    }

    #[test]
    fn each_cloud_has_its_root_and_china_its_reason() {
        for cloud in Cloud::ALL {
            let root = GraphUrl::cloud(cloud.name);
            assert_eq!(root.is_err(), cloud.refused.is_some(), "{}", cloud.name);
            if let Ok(root) = root {
                assert_eq!(root.to_string(), cloud.root);
                assert_eq!(root.known_cloud(), Some(cloud));
                assert_eq!(root.scope(), format!("{}/.default", cloud.root));
            }
        }
        assert_eq!(GraphUrl::us_gov_dod().host(), "dod-graph.microsoft.us");
        assert!(GraphUrl::cloud("china").unwrap_err().to_string().contains("21Vianet"));
        assert!(GraphUrl::cloud("mars").is_err());
    }
}
