//! The stories themselves, one function each, listed in [`ALL`].

use super::history::Ending;
use super::records::{Grant, LAPTOP, NO_DEVICE, PHONE, SECOND_PHONE, SecondFactor};
use super::scenery::{
    ATTACK, BLOCKED, BROKER, COMMAND_LINE, FILES, HOME, HOSTILE_AGENT, HOSTILE_APP, LEGACY_CLIENT, MAIL,
    MFA_BY_CLAIM, MFA_DENIED, MFA_DONE, MFA_WANTED, MOBILE, NETWORKS, NEW_EGRESS, NEW_PHONE, OFFICES,
    PHISHING_PROXY, PORTAL, ROAMING_HUB, SCRIPT, SMTP, TEAMS, TRAVEL, UNKNOWN_LINUX, UNKNOWN_WINDOWS,
    WRONG_PASSWORD,
};
use super::stories::{ADDRESS, AGENT, ASN, DEVICE, EVERYTHING, LOCATION, Stage};
use super::tenant::{BREAK_GLASS, DAY, HOUR, MINUTE};
use super::words::{Event, Level};

/// A story: a name, and what happens.
pub(super) type Plot = (&'static str, fn(&mut Stage<'_>));

/// Every story that is told again and again.
pub(super) const ALL: &[Plot] = &[
    ("password spray from one network", password_spray),
    ("token theft by an adversary in the middle", token_theft),
    ("leaked credentials", leaked_credentials),
    ("impossible travel", impossible_travel),
    ("device code phishing", device_code_phishing),
    ("MFA fatigue", mfa_fatigue),
    ("a new way out for a whole office", new_egress),
    ("an executive travelling", executive_travelling),
    ("a new phone", new_phone),
    ("a carrier's roaming addresses", roaming),
    ("an anonymizer out of habit", anonymizer),
];

const ATTACK_ENDINGS: &[Ending] = &[
    Ending::CompromisedUser,
    Ending::PasswordReset,
    Ending::PassedMfa,
    Ending::DismissedUser,
    Ending::TemporaryPassword,
];
const INNOCENT_ENDINGS: &[Ending] =
    &[Ending::SafeByAdmin, Ending::AiSafe, Ending::DismissedSignIn, Ending::PassedMfa];

fn password_spray(stage: &mut Stage<'_>) {
    let network = ATTACK[stage.rng.usize(..ATTACK.len())];
    let start = stage.some_time(3 * HOUR);
    for turn in 0..26 {
        let hit = stage.rng.u32(..100) < 38;
        let user = if hit { stage.victim() } else { stage.anybody() };
        let mark = stage.mark();
        let time = start + turn * 6 * MINUTE + stage.rng.i64(0..5 * MINUTE);
        let mut row = stage.sign_in(user, time, network, NO_DEVICE);
        (row.app, row.profile, row.grant) = (SMTP, LEGACY_CLIENT, Grant::Legacy);
        if !hit {
            // Wrong passwords raise no risk (API.md section 5).
            row.outcome = WRONG_PASSWORD;
            stage.put(row);
            continue;
        }
        row.outcome = if stage.rng.bool() { BLOCKED } else { MFA_WANTED };
        let level = if stage.rng.u32(..3) == 0 { Level::High } else { Level::Medium };
        stage.flag(row, &[(Event::PasswordSpray, level)], 0);
        stage.close(mark, time, ATTACK_ENDINGS);
    }
}

fn token_theft(stage: &mut Stage<'_>) {
    let user = stage.victim();
    let network = ATTACK[stage.rng.usize(..ATTACK.len())];
    let replay = ATTACK[stage.rng.usize(..ATTACK.len())];
    let start = stage.some_time(6 * HOUR);
    let mark = stage.mark();
    let mut lure = stage.sign_in(user, start, network, NO_DEVICE);
    (lure.app, lure.profile) = (MAIL, PHISHING_PROXY);
    (lure.outcome, lure.factor) = (MFA_DONE, SecondFactor::Approved);
    let session = lure.session;
    stage.flag(
        lure,
        &[(Event::AttackerInTheMiddle, Level::High), (Event::UnfamiliarFeatures, Level::High)],
        EVERYTHING,
    );
    for turn in 1..=stage.rng.i64(4..9) {
        let time = start + turn * 35 * MINUTE + stage.rng.i64(0..30 * MINUTE);
        let mut row = stage.sign_in(user, time, replay, NO_DEVICE);
        (row.session, row.interactive) = (session, false);
        (row.app, row.profile) = ([MAIL, FILES, TEAMS][turn as usize % 3], SCRIPT);
        (row.grant, row.outcome, row.factor) = (Grant::RefreshToken, MFA_BY_CLAIM, SecondFactor::ByClaim);
        let level = if turn < 3 { Level::High } else { Level::Medium };
        stage.flag(row, &[(Event::AnomalousToken, level)], 0);
    }
    if stage.rng.bool() {
        stage.flag_user(user, start + HOUR, Event::InboxForwarding, Level::Medium);
    }
    stage.close(mark, start, ATTACK_ENDINGS);
}

fn leaked_credentials(stage: &mut Stage<'_>) {
    for _ in 0..3 {
        let (user, time, mark) = (stage.victim(), stage.some_time(HOUR), stage.mark());
        let event =
            if stage.rng.u32(..4) == 0 { Event::ThreatIntelligence } else { Event::LeakedCredentials };
        stage.flag_user(user, time, event, Level::High);
        stage.close(
            mark,
            time,
            &[Ending::PasswordReset, Ending::PasswordChange, Ending::CompromisedUser, Ending::DismissedUser],
        );
    }
}

fn impossible_travel(stage: &mut Stage<'_>) {
    for _ in 0..2 {
        let (user, time, mark) = (stage.victim(), stage.some_time(2 * HOUR), stage.mark());
        let home = HOME + stage.person(user).office;
        let near = stage.sign_in(user, time, home, LAPTOP);
        stage.put(near);
        let network = ATTACK[stage.rng.usize(..ATTACK.len())];
        for turn in 1..=3 {
            let mut far = stage.sign_in(user, time + turn * 17 * MINUTE, network, NO_DEVICE);
            far.profile = UNKNOWN_WINDOWS;
            (far.outcome, far.factor) = (MFA_BY_CLAIM, SecondFactor::ByClaim);
            far.interactive = turn == 1;
            if turn > 1 {
                far.grant = Grant::RefreshToken;
            }
            let event = if turn == 1 { Event::UnlikelyTravel } else { Event::ImpossibleTravel };
            stage.flag(far, &[(event, Level::Medium)], 0);
        }
        stage.close(mark, time, ATTACK_ENDINGS);
    }
}

fn device_code_phishing(stage: &mut Stage<'_>) {
    let network = ATTACK[stage.rng.usize(..ATTACK.len())];
    let start = stage.some_time(3 * HOUR);
    for turn in 0..4 {
        let (user, mark) = (stage.victim(), stage.mark());
        let time = start + turn * stage.rng.i64(4 * MINUTE..30 * MINUTE);
        let mut row = stage.sign_in(user, time, network, NO_DEVICE);
        (row.app, row.profile, row.grant) =
            (if turn % 2 == 0 { BROKER } else { COMMAND_LINE }, UNKNOWN_LINUX, Grant::DeviceCode);
        (row.outcome, row.factor) = (MFA_DONE, SecondFactor::Approved);
        let session = row.session;
        stage.flag(row, &[(Event::UnfamiliarFeatures, Level::High)], ASN | ADDRESS | LOCATION | AGENT);
        for step in 1..=2 {
            let mut next = stage.sign_in(user, time + step * 6 * MINUTE, network, NO_DEVICE);
            (next.session, next.interactive, next.profile) = (session, false, UNKNOWN_LINUX);
            (next.app, next.grant, next.outcome) = (MAIL, Grant::RefreshToken, MFA_BY_CLAIM);
            next.factor = SecondFactor::ByClaim;
            stage.flag(next, &[(Event::AnomalousToken, Level::Medium)], 0);
        }
        stage.close(mark, time, ATTACK_ENDINGS);
    }
}

fn mfa_fatigue(stage: &mut Stage<'_>) {
    let (user, start, mark) = (stage.victim(), stage.some_time(HOUR), stage.mark());
    let network = ATTACK[stage.rng.usize(..ATTACK.len())];
    let tries = stage.rng.i64(5..12);
    for turn in 0..=tries {
        let mut row = stage.sign_in(user, start + turn * 2 * MINUTE, network, NO_DEVICE);
        (row.app, row.profile) = (PORTAL, UNKNOWN_WINDOWS);
        let last = turn == tries;
        (row.outcome, row.factor) =
            if last { (MFA_DONE, SecondFactor::Approved) } else { (MFA_DENIED, SecondFactor::Declined) };
        let level = if last { Level::High } else { Level::Medium };
        stage.flag(row, &[(Event::UnfamiliarFeatures, level)], EVERYTHING);
    }
    if stage.rng.bool() {
        stage.flag_user(user, start + 40 * MINUTE, Event::UserReported, Level::High);
    }
    stage.close(mark, start, ATTACK_ENDINGS);
}

fn new_egress(stage: &mut Stage<'_>) {
    let network = NEW_EGRESS[stage.rng.usize(..NEW_EGRESS.len())];
    let office = stage.rng.u8(..OFFICES as u8);
    let start = stage.some_time(9 * HOUR);
    let mut moved = 0;
    for _ in 0..400 {
        let user = stage.victim();
        if stage.person(user).office != office {
            continue;
        }
        moved += 1;
        if moved > 24 {
            break;
        }
        let mark = stage.mark();
        let time = start + stage.rng.i64(0..9 * HOUR);
        let mut row = stage.sign_in(user, time, network, LAPTOP);
        (row.outcome, row.factor) = (MFA_DONE, SecondFactor::Approved);
        let level = if stage.rng.u32(..4) == 0 { Level::Medium } else { Level::Low };
        stage.flag(row, &[(Event::UnfamiliarFeatures, level)], ASN | ADDRESS);
        stage.close(mark, time, INNOCENT_ENDINGS);
    }
}

fn executive_travelling(stage: &mut Stage<'_>) {
    let (user, start, mark) = (stage.victim(), stage.some_time(0), stage.mark());
    let mut networks = TRAVEL;
    stage.rng.shuffle(&mut networks);
    for (leg, network) in (0_i64..).zip(networks) {
        for turn in 0..2 {
            let slot = if turn == 0 { PHONE } else { LAPTOP };
            let time = start + leg * DAY + turn * 3 * HOUR;
            if time > stage.now - HOUR {
                break;
            }
            let mut row = stage.sign_in(user, time, network, slot);
            (row.outcome, row.factor) = (MFA_DONE, SecondFactor::Approved);
            let event = if leg == 0 { Event::NewCountry } else { Event::UnlikelyTravel };
            let found = [(event, Level::Medium), (Event::UnfamiliarFeatures, Level::Low)];
            stage.flag(row, &found, ASN | ADDRESS | LOCATION);
        }
    }
    stage.close(mark, start, INNOCENT_ENDINGS);
}

fn new_phone(stage: &mut Stage<'_>) {
    let (user, start, mark) = (stage.victim(), stage.some_time(HOUR), stage.mark());
    let network = HOME + stage.person(user).office;
    for turn in 0..3 {
        let mut row = stage.sign_in(user, start + turn * 25 * MINUTE, network, SECOND_PHONE);
        (row.profile, row.app) = (NEW_PHONE, [BROKER, MAIL, TEAMS][turn as usize % 3]);
        (row.outcome, row.factor) = (MFA_DONE, SecondFactor::Approved);
        stage.flag(row, &[(Event::UnfamiliarFeatures, Level::Low)], DEVICE | AGENT);
    }
    stage.close(mark, start, INNOCENT_ENDINGS);
}

fn roaming(stage: &mut Stage<'_>) {
    for _ in 0..3 {
        let (user, start, mark) = (stage.victim(), stage.some_time(3 * HOUR), stage.mark());
        let own = MOBILE + stage.person(user).office;
        for turn in 0..4 {
            let network = if turn % 2 == 0 { own } else { ROAMING_HUB };
            let mut row = stage.sign_in(user, start + turn * 47 * MINUTE, network, PHONE);
            (row.interactive, row.grant) = (false, Grant::RefreshToken);
            (row.outcome, row.factor) = (MFA_BY_CLAIM, SecondFactor::ByClaim);
            let (event, level) = if turn == 3 {
                (Event::UnlikelyTravel, Level::Low)
            } else {
                (Event::UnfamiliarFeatures, Level::Low)
            };
            stage.flag(row, &[(event, level)], ADDRESS | LOCATION);
        }
        stage.close(mark, start, INNOCENT_ENDINGS);
    }
}

fn anonymizer(stage: &mut Stage<'_>) {
    let (user, start, mark) = (stage.victim(), stage.some_time(2 * HOUR), stage.mark());
    for turn in 0..2 {
        let mut row = stage.sign_in(user, start + turn * 2 * HOUR, ATTACK[3], LAPTOP);
        row.profile = UNKNOWN_LINUX;
        row.device = NO_DEVICE;
        let found = [(Event::AnonymizedIpAddress, Level::Medium), (Event::UnfamiliarFeatures, Level::Medium)];
        stage.flag(row, &found, ASN | ADDRESS | LOCATION);
    }
    stage.close(mark, start, INNOCENT_ENDINGS);
}

/// A break-glass account that somebody has tried: no verdict may lock it out.
pub(super) fn break_glass(stage: &mut Stage<'_>) {
    let time = stage.now - 5 * HOUR;
    let mut row = stage.sign_in(BREAK_GLASS[0], time, ATTACK[0], NO_DEVICE);
    (row.app, row.profile) = (PORTAL, UNKNOWN_LINUX);
    stage.flag(
        row,
        &[(Event::UnfamiliarFeatures, Level::High), (Event::MaliciousIpAddress, Level::Medium)],
        EVERYTHING,
    );
}

/// Text that an attacker chose: a terminal, a reader of right-to-left text and a spreadsheet would obey it.
pub(super) fn hostile(stage: &mut Stage<'_>) {
    let first = super::tenant::FIRST_ORDINARY;
    "Priority\u{1b}[2J\u{1b}[31m Support\u{1b}]0;owned\u{7}"
        .clone_into(&mut stage.people[first as usize].name);
    "\u{202e}nimdA lacoL\u{202c}".clone_into(&mut stage.people[first as usize + 1].name);
    for (user, turn) in (first..).zip(0..3) {
        stage.people[user as usize].guest = false;
        let network = usize::from(ATTACK[turn]) % NETWORKS.len();
        let time = stage.now - (turn as i64 + 2) * HOUR;
        let mut row = stage.sign_in(user, time, network as u8, NO_DEVICE);
        row.profile = if turn == 1 { HOSTILE_AGENT } else { UNKNOWN_LINUX };
        row.app = if turn == 2 { HOSTILE_APP } else { PORTAL };
        stage.flag(
            row,
            &[(Event::SuspiciousBrowser, Level::Medium), (Event::UnfamiliarFeatures, Level::Low)],
            EVERYTHING,
        );
    }
}

/// A new risky sign-in of somebody, just now.
pub(super) fn fresh(tenant: &mut super::records::Tenant, rng: &mut fastrand::Rng, now: i64) {
    let mut stage = Stage::new(rng, &mut tenant.people, now);
    let user = stage.victim();
    let network = ATTACK[stage.rng.usize(..ATTACK.len())];
    let mut row = stage.sign_in(user, now, network, NO_DEVICE);
    (row.created, row.profile) = (now, UNKNOWN_WINDOWS);
    (row.outcome, row.factor) = (MFA_DONE, SecondFactor::Approved);
    let level = [Level::Low, Level::Medium, Level::High][stage.rng.usize(..3)];
    stage.flag(row, &[(Event::UnfamiliarFeatures, level)], ASN | ADDRESS | LOCATION);
    let (sign_ins, detections, _) = stage.finish();
    for row in sign_ins {
        tenant.add_sign_in(row);
    }
    for detection in detections {
        let events = super::words::EventSet(detection.event.bit());
        let guest = tenant.person(user).is_none_or(|person| person.guest);
        tenant.add_detection(detection);
        let risk = super::words::Risk::at_risk(super::history::open_level(tenant, user));
        if !guest {
            tenant.record(user, super::records::HistoryEntry { time: now, risk, events, by: None });
        }
    }
}
