//! The rows of the tenant, compact: JSON is made from them on demand. Small numbers are positions in the tables of
//! `scenery`; times are milliseconds since 1970.

use std::collections::HashMap;
use std::net::IpAddr;

use uuid::Uuid;

use super::scenery::{NETWORKS, Network, PLACES, PROFILES, Place, Profile};
use super::words::{Event, EventSet, Level, Risk, State};

/// An id that belongs to `parent`, always the same for the same `salt`.
pub(super) fn derived(parent: Uuid, salt: u64) -> Uuid {
    let (high, low) = parent.as_u64_pair();
    let mut rng =
        fastrand::Rng::with_seed(high ^ low.rotate_left(17) ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid()
}

/// How the second factor was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum SecondFactor {
    NotAsked,
    ByClaim,
    Approved,
    Declined,
}

/// What a sign-in came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Grant {
    Password,
    Legacy,
    DeviceCode,
    RefreshToken,
    PrimaryRefreshToken,
}

/// The device slot of a sign-in from a device that the tenant does not know.
pub(super) const NO_DEVICE: u8 = 0;
/// The device slot of a person's laptop, phone, and new phone.
pub(super) const LAPTOP: u8 = 1;
pub(super) const PHONE: u8 = 2;
pub(super) const SECOND_PHONE: u8 = 3;

/// One sign-in. `id` is what `requestIds` holds.
#[derive(Clone, Debug)]
pub(super) struct SignIn {
    pub id: Uuid,
    pub created: i64,
    pub user: u32,
    /// Sign-ins with one session share this number (a user's own count).
    pub session: u32,
    pub address: IpAddr,
    pub network: u8,
    pub place: u8,
    pub app: u8,
    pub profile: u8,
    pub device: u8,
    pub outcome: u8,
    pub factor: SecondFactor,
    pub grant: Grant,
    pub interactive: bool,
    /// Risk in real time; no action changes it.
    pub level_during: Level,
    pub risk: Risk,
    pub events: EventSet,
}

impl SignIn {
    pub(super) fn network(&self) -> &'static Network {
        &NETWORKS[usize::from(self.network) % NETWORKS.len()]
    }

    pub(super) fn place(&self) -> &'static Place {
        &PLACES[usize::from(self.place) % PLACES.len()]
    }

    pub(super) fn profile(&self) -> &'static Profile {
        &PROFILES[usize::from(self.profile) % PROFILES.len()]
    }

    pub(super) fn correlation(&self) -> Uuid {
        derived(self.id, 1)
    }
}

/// What was unfamiliar about a sign-in: `riskReasons` of the detection.
pub(super) const REASONS: [&str; 5] =
    ["UnfamiliarASN", "UnfamiliarBrowser", "UnfamiliarDevice", "UnfamiliarIP", "UnfamiliarLocation"];

/// One risk detection.
#[derive(Clone, Debug)]
pub(super) struct Detection {
    /// Rendered as 64 hexadecimal digits together with an id derived from it: the service's ids are no GUIDs.
    pub id: Uuid,
    /// The sign-in; none for what concerns the user as a whole.
    pub request: Option<Uuid>,
    pub user: u32,
    pub event: Event,
    pub risk: Risk,
    pub activity: i64,
    pub detected: i64,
    pub updated: i64,
    pub network: Option<(IpAddr, u8)>,
    pub profile: u8,
    /// A bit for each of [`REASONS`].
    pub reasons: u8,
}

impl Detection {
    pub(super) fn id_text(&self) -> String {
        format!("{}{}", self.id.simple(), derived(self.id, 7).simple())
    }
}

/// The risk of a user at a time, and what brought it about.
#[derive(Clone, Debug)]
pub(super) struct HistoryEntry {
    pub time: i64,
    pub risk: Risk,
    pub events: EventSet,
    /// Object id of whoever decided; none when the service did.
    pub by: Option<Uuid>,
}

/// A user of the directory, with habits.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub id: Uuid,
    pub name: String,
    pub upn: String,
    pub guest: bool,
    pub deleted: bool,
    pub enabled: bool,
    pub office: u8,
    pub host: u32,
    pub laptop: u8,
    pub phone: u8,
    pub apps: [u8; 3],
    /// Local hour at which the day begins.
    pub starts: i64,
    /// Oldest first; the last entry is the present risk. Empty: not a risky user.
    pub history: Vec<HistoryEntry>,
    /// Shown as `isProcessing` from the start.
    pub stuck: bool,
    /// Changes accepted and not yet visible.
    pub pending: u32,
    pub detections: Vec<u32>,
    /// Sign-ins that were ever risky.
    pub sign_ins: Vec<u32>,
}

impl Person {
    pub(super) fn risk(&self) -> Option<Risk> {
        self.history.last().map(|entry| entry.risk)
    }
}

/// A workload identity at risk.
#[derive(Clone, Debug)]
pub(super) struct Principal {
    pub id: Uuid,
    pub name: &'static str,
    pub enabled: bool,
    pub history: Vec<HistoryEntry>,
    pub pending: u32,
}

/// Everything the tenant holds.
#[derive(Debug)]
pub(super) struct Tenant {
    pub id: Uuid,
    pub people: Vec<Person>,
    /// Oldest first, so that what arrives later does not move what a page token points at.
    pub sign_ins: Vec<SignIn>,
    /// By detection time, oldest first.
    pub detections: Vec<Detection>,
    /// Positions of the people with a risk, in the order in which they got it.
    pub risky: Vec<u32>,
    pub principals: Vec<Principal>,
    person_by_id: HashMap<Uuid, u32>,
    sign_in_by_id: HashMap<Uuid, u32>,
    detection_by_id: HashMap<Uuid, u32>,
}

impl Tenant {
    /// Sorts the rows and links them to each other.
    pub(super) fn assemble(
        id: Uuid,
        people: Vec<Person>,
        mut sign_ins: Vec<SignIn>,
        mut detections: Vec<Detection>,
        principals: Vec<Principal>,
    ) -> Self {
        sign_ins.sort_by_key(|row| (row.created, row.id));
        detections.sort_by_key(|row| (row.detected, row.id));
        let mut tenant = Self {
            id,
            people,
            sign_ins: Vec::with_capacity(sign_ins.len()),
            detections: Vec::with_capacity(detections.len()),
            risky: Vec::new(),
            principals,
            person_by_id: HashMap::new(),
            sign_in_by_id: HashMap::with_capacity(sign_ins.len()),
            detection_by_id: HashMap::with_capacity(detections.len()),
        };
        tenant.person_by_id =
            tenant.people.iter().enumerate().map(|(index, person)| (person.id, index as u32)).collect();
        for sign_in in sign_ins {
            tenant.add_sign_in(sign_in);
        }
        for detection in detections {
            tenant.add_detection(detection);
        }
        tenant
    }

    pub(super) fn add_sign_in(&mut self, sign_in: SignIn) {
        let index = self.sign_ins.len() as u32;
        self.sign_in_by_id.insert(sign_in.id, index);
        if sign_in.risk.state != State::None
            && let Some(person) = self.people.get_mut(sign_in.user as usize)
        {
            person.sign_ins.push(index);
        }
        self.sign_ins.push(sign_in);
    }

    pub(super) fn add_detection(&mut self, detection: Detection) {
        let index = self.detections.len() as u32;
        self.detection_by_id.insert(detection.id, index);
        if let Some(person) = self.people.get_mut(detection.user as usize) {
            person.detections.push(index);
        }
        self.detections.push(detection);
    }

    /// Adds to a user's history, and the user to the risky ones when this is the first entry.
    pub(super) fn record(&mut self, user: u32, entry: HistoryEntry) {
        if let Some(person) = self.people.get_mut(user as usize) {
            if person.history.is_empty() {
                self.risky.push(user);
            }
            person.history.push(entry);
        }
    }

    pub(super) fn person_index(&self, id: Uuid) -> Option<u32> {
        self.person_by_id.get(&id).copied()
    }

    pub(super) fn sign_in_index(&self, id: Uuid) -> Option<u32> {
        self.sign_in_by_id.get(&id).copied()
    }

    /// Finds a detection by the 64 digits that [`Detection::id_text`] writes.
    pub(super) fn detection(&self, text: &str) -> Option<&Detection> {
        let id = Uuid::try_parse(text.get(..32)?).ok()?;
        let detection = self.detections.get(*self.detection_by_id.get(&id)? as usize)?;
        (detection.id_text() == text).then_some(detection)
    }

    pub(super) fn person(&self, index: u32) -> Option<&Person> {
        self.people.get(index as usize)
    }
}
