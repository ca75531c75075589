//! What happened on top of the ordinary days: attacks, and innocent events that look like them.
//!
//! A story is a function that puts sign-ins and detections on the stage and says how it ended, if it did. Recent
//! stories are mostly open, old ones mostly closed.

use std::collections::{BTreeMap, HashSet};

use fastrand::Rng;
use uuid::Uuid;

use super::history::{Decision, Ending};
use super::plots;
use super::records::{Detection, Person, SignIn, Tenant};
use super::tenant::{BREAK_GLASS, DAY, FIRST_ORDINARY, HOUR, MINUTE, new_id, plain};
use super::words::{Detail, Event, EventSet, Level, Risk, State};

/// What is unfamiliar, a bit for each of [`super::records::REASONS`].
pub(super) const ASN: u8 = 1;
pub(super) const AGENT: u8 = 2;
pub(super) const DEVICE: u8 = 4;
pub(super) const ADDRESS: u8 = 8;
pub(super) const LOCATION: u8 = 16;
pub(super) const EVERYTHING: u8 = 31;

/// Where stories are acted.
pub(super) struct Stage<'a> {
    pub rng: &'a mut Rng,
    pub people: &'a mut [Person],
    pub now: i64,
    sign_ins: Vec<SignIn>,
    detections: Vec<Detection>,
    decisions: Vec<Decision>,
    /// People things happen to: positions below this one.
    pool: u32,
}

impl<'a> Stage<'a> {
    pub(super) fn new(rng: &'a mut Rng, people: &'a mut [Person], now: i64) -> Self {
        // One in eight has ever been flagged.
        let pool = (people.len() / 8).max(90).min(people.len()) as u32;
        Self { rng, people, now, sign_ins: Vec::new(), detections: Vec::new(), decisions: Vec::new(), pool }
    }

    pub(super) fn finish(mut self) -> (Vec<SignIn>, Vec<Detection>, Vec<Decision>) {
        self.close_what_came_before();
        (self.sign_ins, self.detections, self.decisions)
    }

    /// A decision about a user as a whole closes everything older that is still open.
    fn close_what_came_before(&mut self) {
        let mut by_user: BTreeMap<u32, Vec<Decision>> = BTreeMap::new();
        for decision in self.decisions.iter().filter(|decision| decision.ending.concerns_the_user()) {
            by_user.entry(decision.user).or_default().push(*decision);
        }
        let later = |user: u32, time: i64| by_user.get(&user)?.iter().find(|decision| decision.time > time);
        for row in self.sign_ins.iter_mut().filter(|row| row.risk.state == State::AtRisk) {
            if let Some(decision) = later(row.user, row.created + HOUR) {
                row.risk = decision.ending.risk();
            }
        }
        for found in self.detections.iter_mut().filter(|found| found.risk.state == State::AtRisk) {
            if let Some(decision) = later(found.user, found.activity + HOUR) {
                found.risk = Risk { level: found.risk.level, ..decision.ending.risk() };
                found.updated = decision.time.max(found.detected);
            }
        }
    }

    /// Somebody things happen to.
    pub(super) fn victim(&mut self) -> u32 {
        loop {
            let user = self.rng.u32(FIRST_ORDINARY..self.pool);
            if !self.people[user as usize].guest || self.rng.u32(..10) == 0 {
                return user;
            }
        }
    }

    /// Anybody.
    pub(super) fn anybody(&mut self) -> u32 {
        self.rng.u32(FIRST_ORDINARY..self.people.len() as u32)
    }

    pub(super) fn person(&self, user: u32) -> &Person {
        &self.people[user as usize]
    }

    /// A time of the last 30 days at which something begins that takes `span`; more often in the last week.
    pub(super) fn some_time(&mut self, span: i64) -> i64 {
        let days = if self.rng.u32(..100) < 60 { 7 } else { 29 };
        self.now - span - self.rng.i64(2 * MINUTE..days * DAY - 12 * HOUR)
    }

    pub(super) fn sign_in(&mut self, user: u32, time: i64, network: u8, slot: u8) -> SignIn {
        plain(self.rng, self.people, user, time.min(self.now - MINUTE), network, slot)
    }

    /// Puts a sign-in on the stage as it is.
    pub(super) fn put(&mut self, row: SignIn) {
        self.sign_ins.push(row);
    }

    /// Puts a sign-in on the stage together with what was detected about it.
    pub(super) fn flag(&mut self, mut row: SignIn, found: &[(Event, Level)], reasons: u8) {
        let highest = found.iter().map(|(_, level)| *level).max().unwrap_or(Level::Low);
        row.risk = Risk::at_risk(highest);
        for (event, level) in found {
            row.events.insert(*event);
            let delay = match event.kind().timing {
                "realtime" => 0,
                "nearRealtime" => self.rng.i64(MINUTE..10 * MINUTE),
                _ => self.rng.i64(5 * MINUTE..50 * MINUTE),
            };
            if delay == 0 {
                row.level_during = row.level_during.max(*level);
            }
            let detected = (row.created + delay).min(self.now - 1_000);
            self.detections.push(Detection {
                id: new_id(self.rng),
                request: Some(row.id),
                user: row.user,
                event: *event,
                risk: Risk::at_risk(*level),
                activity: row.created,
                detected,
                updated: (detected + 90_000).min(self.now),
                network: Some((row.address, row.place)),
                profile: row.profile,
                reasons: if *event == Event::UnfamiliarFeatures { reasons } else { 0 },
            });
        }
        self.sign_ins.push(row);
    }

    /// A detection about the user as a whole.
    pub(super) fn flag_user(&mut self, user: u32, time: i64, event: Event, level: Level) {
        self.detections.push(Detection {
            id: new_id(self.rng),
            request: None,
            user,
            event,
            risk: Risk::at_risk(level),
            activity: time,
            detected: (time + 35 * MINUTE).min(self.now - 1_000),
            updated: (time + 36 * MINUTE).min(self.now),
            network: None,
            profile: 0,
            reasons: 0,
        });
    }

    /// Where the stage stands; with [`Stage::close`] it says what a story consists of.
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.sign_ins.len(), self.detections.len())
    }

    /// Ends the story since `mark`, if it has ended: the older, the more likely.
    pub(super) fn close(&mut self, mark: (usize, usize), time: i64, endings: &[Ending]) {
        let age = (self.now - time) / DAY;
        let chance = match age {
            0..=1 => 4,
            2..=6 => 15,
            7..=13 => 45,
            _ => 75,
        };
        if endings.is_empty() || self.rng.u32(..100) >= chance {
            return;
        }
        let ending = endings[self.rng.usize(..endings.len())];
        let when = (time + self.rng.i64(2 * HOUR..20 * HOUR)).min(self.now - MINUTE);
        let mut users: Vec<u32> = Vec::new();
        for detection in &mut self.detections[mark.1..] {
            let risk = ending.risk();
            detection.risk = Risk { level: detection.risk.level, ..risk };
            detection.updated = when.max(detection.detected);
            users.push(detection.user);
        }
        for row in self.sign_ins[mark.0..].iter_mut().filter(|row| row.risk.state == State::AtRisk) {
            row.risk = ending.risk();
        }
        users.sort_unstable();
        users.dedup();
        let late = when.max(time + HOUR);
        self.decisions.extend(users.into_iter().map(|user| Decision { user, time: late, ending }));
    }
}

/// Tells stories until about one sign-in in fourteen belongs to one.
pub(super) fn tell(stage: &mut Stage<'_>, sign_ins: usize) {
    let enough = sign_ins * 9 / 100;
    plots::hostile(stage);
    plots::break_glass(stage);
    while stage.sign_ins.len() < enough {
        for (_, plot) in plots::ALL {
            plot(stage);
            if stage.sign_ins.len() >= enough {
                break;
            }
        }
    }
    stage.sign_ins.truncate(sign_ins.max(16));
    let kept: HashSet<Uuid> = stage.sign_ins.iter().map(|row| row.id).collect();
    stage.detections.retain(|detection| detection.request.is_none_or(|id| kept.contains(&id)));
    let flagged: HashSet<u32> = stage.detections.iter().map(|found| found.user).collect();
    stage.decisions.retain(|decision| flagged.contains(&decision.user));
}

/// Rows that a console must survive: deleted users, work in progress, levels hidden for want of a licence, text that
/// attacks the terminal.
pub(super) fn oddities(tenant: &mut Tenant, now: i64) {
    let risky: Vec<u32> = tenant.risky.iter().copied().filter(|user| !BREAK_GLASS.contains(user)).collect();
    for (turn, user) in risky.iter().enumerate() {
        let person = &mut tenant.people[*user as usize];
        match turn % 53 {
            11 => person.stuck = true,
            29 => {
                person.deleted = true;
                person.enabled = false;
            }
            _ => {}
        }
    }
    let hidden = Risk { level: Level::Hidden, state: State::AtRisk, detail: Detail::Hidden };
    let quiet = (FIRST_ORDINARY..tenant.people.len() as u32).find(|user| {
        tenant.people[*user as usize].history.is_empty() && !tenant.people[*user as usize].guest
    });
    if let Some(user) = quiet {
        hide(tenant, user, now, hidden);
    }
    // A state whose reason only clients see that ask for all members.
    let revoked = (0..tenant.people.len() as u32).rev().find(|user| {
        tenant.people[*user as usize].history.is_empty() && !tenant.people[*user as usize].guest
    });
    if let Some(user) = revoked {
        let time = now - 3 * DAY;
        let by = None;
        let events = EventSet(Event::AnomalousToken.bit());
        let found = super::records::HistoryEntry { time, risk: Risk::at_risk(Level::Medium), events, by };
        let risk = Ending::SessionsRevoked.risk();
        tenant.record(user, found);
        let events = EventSet::default();
        tenant.record(user, super::records::HistoryEntry { time: time + HOUR, risk, events, by });
    }
}

/// What a tenant without a premium licence is shown: that there is something, not what.
fn hide(tenant: &mut Tenant, user: u32, now: i64, hidden: Risk) {
    let Some(index) = tenant.sign_ins.iter().rposition(|row| row.user == user && row.created < now - HOUR)
    else {
        return;
    };
    let events = EventSet(Event::Generic.bit());
    let row = &mut tenant.sign_ins[index];
    row.risk = hidden;
    row.level_during = Level::Hidden;
    row.events = events;
    let detection = Detection {
        id: super::records::derived(row.id, 9),
        request: Some(row.id),
        user,
        event: Event::Generic,
        risk: hidden,
        activity: row.created,
        detected: now - 2_000,
        updated: now - 2_000,
        network: Some((row.address, row.place)),
        profile: row.profile,
        reasons: 0,
    };
    tenant.people[user as usize].sign_ins.push(index as u32);
    tenant.add_detection(detection);
    let entry = super::records::HistoryEntry { time: now - 2_000, risk: hidden, events, by: None };
    tenant.record(user, entry);
}
