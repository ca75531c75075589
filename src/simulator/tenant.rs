//! The people of the tenant and their ordinary days: who they are, where they work, what they sign in to, when.
//!
//! Same seed, same time, same sizes: the same tenant, to the byte. Nothing here looks at the wall clock.

use fastrand::Rng;
use uuid::Uuid;

use super::history;
use super::records::{
    Grant, HistoryEntry, LAPTOP, PHONE, Person, Principal, SecondFactor, SignIn, Tenant, derived,
};
use super::scenery::{
    APPS, DOMAIN, EVERYDAY, FIRST_NAMES, GUEST_DOMAIN, HOME, LAPTOPS, LAST_NAMES, MFA_BY_CLAIM, MFA_DONE,
    MFA_WANTED, MOBILE, NETWORKS, OFFICES, PHONES, PLACES, SUCCESS, WRONG_PASSWORD,
};
use super::stories::{self, Stage};
use super::words::{Detail, EventSet, Level, Risk, State};

pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
/// How far back sign-ins go (API.md section 11: 30 days with a premium licence).
const SPAN_DAYS: i64 = 30;

/// The people who are always there, by position.
pub(super) const BREAK_GLASS: [u32; 2] = [0, 1];
pub(super) const ANALYST: u32 = 2;
/// The first position of an ordinary user.
pub(super) const FIRST_ORDINARY: u32 = 3;
/// Fewer than this could not act the stories.
const FEWEST_PEOPLE: usize = 24;

pub(super) fn new_id(rng: &mut Rng) -> Uuid {
    uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid()
}

/// Builds the tenant. `now` is in milliseconds since 1970.
pub(super) fn build(seed: u64, users: usize, sign_ins: usize, now: i64) -> Tenant {
    let mut rng = Rng::with_seed(seed);
    let id = new_id(&mut rng);
    let mut people = population(&mut rng, users.max(FEWEST_PEOPLE));
    let mut stage = Stage::new(&mut rng, &mut people, now);
    stories::tell(&mut stage, sign_ins);
    let (mut rows, detections, endings) = stage.finish();
    let ordinary = sign_ins.saturating_sub(rows.len());
    rows.extend((0..ordinary).map(|_| an_ordinary_sign_in(&mut rng, &people, now)));
    let principals = workloads(&mut rng, now);
    let mut tenant = Tenant::assemble(id, people, rows, detections, principals);
    history::write(&mut tenant, &endings);
    stories::oddities(&mut tenant, now);
    tenant
}

fn population(rng: &mut Rng, count: usize) -> Vec<Person> {
    let mut people: Vec<Person> = (0..count).map(|index| person(rng, index)).collect();
    for (index, number) in BREAK_GLASS.into_iter().zip(1..) {
        let account = &mut people[index as usize];
        account.name = format!("Break Glass {number}");
        account.upn = format!("breakglass{number}@{DOMAIN}");
        account.guest = false;
    }
    people[ANALYST as usize].guest = false;
    people
}

fn person(rng: &mut Rng, index: usize) -> Person {
    // A walk with a step that shares no factor with the number of pairs meets every pair before it repeats one.
    let pairs = FIRST_NAMES.len() * LAST_NAMES.len();
    let pair = (index * 1_009 + 17) % pairs;
    let (first, last) = (FIRST_NAMES[pair / LAST_NAMES.len()], LAST_NAMES[pair % LAST_NAMES.len()]);
    let lap = index / pairs;
    let suffix = if lap == 0 { String::new() } else { format!("{}", lap + 1) };
    let guest = index > FIRST_ORDINARY as usize && rng.u32(..100) < 5;
    let domain = if guest { GUEST_DOMAIN } else { DOMAIN };
    Person {
        id: new_id(rng),
        name: format!("{first} {last}"),
        // riskyUsers keeps the capitals of the directory; sign-ins are lower case (API.md section 11).
        upn: format!("{first}.{last}{suffix}@{domain}"),
        guest,
        deleted: false,
        enabled: true,
        office: rng.u8(..OFFICES as u8),
        host: rng.u32(..),
        laptop: rng.u8(..LAPTOPS),
        phone: PHONES[rng.usize(..PHONES.len())],
        apps: [0, 1, rng.u8(..EVERYDAY)],
        starts: rng.i64(7..=9),
        history: Vec::new(),
        stuck: false,
        pending: 0,
        detections: Vec::new(),
        sign_ins: Vec::new(),
    }
}

/// A time at which this person works: within the local day, weekdays mostly, the last week more often.
fn working_time(rng: &mut Rng, person: &Person, now: i64) -> i64 {
    let offset = PLACES[usize::from(person.office)].offset * HOUR;
    loop {
        let days = if rng.u32(..100) < 45 { rng.i64(0..7) } else { rng.i64(0..SPAN_DAYS) };
        let midnight = (now + offset) / DAY * DAY - days * DAY;
        let weekday = (midnight / DAY + 4).rem_euclid(7);
        let weekend = weekday == 0 || weekday == 6;
        if weekend && rng.u32(..10) > 0 {
            continue;
        }
        let time = midnight + person.starts * HOUR + rng.i64(0..10 * HOUR) - offset;
        if time < now {
            return time;
        }
    }
}

/// Where this person is when nothing is the matter, and on what: network and device slot.
pub(super) fn usual(rng: &mut Rng, person: &Person) -> (u8, u8) {
    match rng.u32(..100) {
        0..50 => (person.office, LAPTOP),
        50..78 => (HOME + person.office, LAPTOP),
        78..90 => (MOBILE + person.office, PHONE),
        _ => (HOME + person.office, PHONE),
    }
}

/// The host number in a network: offices share few addresses, homes have one, carriers change.
pub(super) fn host(rng: &mut Rng, person: &Person, network: u8) -> u32 {
    match network {
        0..HOME => person.host % 3,
        HOME..MOBILE => person.host,
        _ => rng.u32(..),
    }
}

/// A sign-in without a history of its own; stories change what is special about it.
pub(super) fn plain(
    rng: &mut Rng,
    people: &[Person],
    user: u32,
    created: i64,
    network: u8,
    slot: u8,
) -> SignIn {
    let person = &people[user as usize];
    let place = NETWORKS[usize::from(network)].place;
    SignIn {
        id: new_id(rng),
        created,
        user,
        session: rng.u32(1..1_000_000),
        address: NETWORKS[usize::from(network)].address(host(rng, person, network)),
        network,
        place,
        app: person.apps[rng.usize(..person.apps.len())],
        profile: if slot == LAPTOP { person.laptop } else { person.phone },
        device: slot,
        outcome: SUCCESS,
        factor: SecondFactor::NotAsked,
        grant: Grant::Password,
        interactive: true,
        level_during: Level::None,
        risk: Risk::NONE,
        events: EventSet::default(),
    }
}

fn an_ordinary_sign_in(rng: &mut Rng, people: &[Person], now: i64) -> SignIn {
    // Squaring favours the first positions, so that those in the stories have a past to compare with.
    let share = rng.f64();
    let user = ((share * share * people.len() as f64) as usize).min(people.len() - 1) as u32;
    let created = working_time(rng, &people[user as usize], now);
    let (network, slot) = usual(rng, &people[user as usize]);
    let mut row = plain(rng, people, user, created, network, slot);
    // One session a day and device.
    row.session = (created / DAY) as u32 * 4 + u32::from(slot);
    if rng.u32(..100) < 60 {
        row.interactive = false;
        row.grant =
            if slot == LAPTOP && row.app % 2 == 1 { Grant::PrimaryRefreshToken } else { Grant::RefreshToken };
        (row.outcome, row.factor) = (MFA_BY_CLAIM, SecondFactor::ByClaim);
    } else {
        (row.outcome, row.factor) = match rng.u32(..100) {
            0..3 => (WRONG_PASSWORD, SecondFactor::NotAsked),
            3..6 => (MFA_WANTED, SecondFactor::NotAsked),
            6..40 => (MFA_DONE, SecondFactor::Approved),
            40..70 => (MFA_BY_CLAIM, SecondFactor::ByClaim),
            _ => (SUCCESS, SecondFactor::NotAsked),
        };
    }
    debug_assert!(usize::from(row.app) < APPS.len());
    row
}

fn workloads(rng: &mut Rng, now: i64) -> Vec<Principal> {
    let dismissed = Risk { level: Level::None, state: State::Dismissed, detail: Detail::PrincipalDismissed };
    [
        ("Payroll export job", true, Risk::at_risk(Level::High), 6 * HOUR),
        ("Badge printer bridge", true, Risk::at_risk(Level::Medium), 2 * DAY),
        ("Legacy reporting connector", false, dismissed, 20 * DAY),
    ]
    .into_iter()
    .map(|(name, enabled, risk, age)| Principal {
        id: new_id(rng),
        name,
        enabled,
        history: vec![HistoryEntry { time: now - age, risk, events: EventSet::default(), by: None }],
        pending: 0,
    })
    .collect()
}

/// The application id of a workload.
pub(super) fn principal_app(id: Uuid) -> Uuid {
    derived(id, 3)
}
