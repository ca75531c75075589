//! What helps to decide, computed from the rows that are loaded: why a user is rated, what is linked to a sign-in, who
//! else came from the same address.
//!
//! Knows `entity` and nobody else. Nothing here claims what the loaded rows cannot show: what is *new* for a user is
//! taken from the service, whose baseline covers weeks.

use crate::entity::{
    DetectionId, Facts, HistoryItem, Novelty, RiskDetection, RiskyUser, SignIn, SignInId, Text, UserId,
};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Links between the loaded rows, each kept both ways it is asked for.
#[derive(Debug, Default)]
pub struct Evidence {
    users: HashMap<UserId, Arc<RiskyUser>>,
    sign_ins: HashMap<SignInId, Arc<SignIn>>,
    detections: HashMap<DetectionId, Arc<RiskDetection>>,
    sign_ins_of_user: HashMap<UserId, Vec<Arc<SignIn>>>,
    detections_of_user: HashMap<UserId, Vec<Arc<RiskDetection>>>,
    detections_of_sign_in: HashMap<SignInId, Vec<Arc<RiskDetection>>>,
    why: HashMap<UserId, Vec<(Text, u32)>>,
    novelty: HashMap<SignInId, Novelty>,
    addresses: HashMap<Text, Address>,
    history: HashMap<UserId, Vec<HistoryItem>>,
}

#[derive(Debug, Default)]
struct Address {
    sign_ins: HashSet<SignInId>,
    users: HashSet<UserId>,
}

impl Evidence {
    /// Takes in users, replacing what was known of them.
    pub fn add_users(&mut self, users: &[Arc<RiskyUser>]) {
        self.users.extend(users.iter().map(|user| (user.id, Arc::clone(user))));
    }

    /// Takes in sign-ins, replacing what was known of them.
    pub fn add_sign_ins(&mut self, sign_ins: &[Arc<SignIn>]) {
        for sign_in in sign_ins {
            let before = self.sign_ins.insert(sign_in.id, Arc::clone(sign_in));
            if let Some(user) = sign_in.user_id {
                put(self.sign_ins_of_user.entry(user).or_default(), before.as_ref(), sign_in, sign_in_order);
            }
            if !sign_in.ip_address.is_empty() {
                let address = self.addresses.entry(sign_in.ip_address.clone()).or_default();
                address.sign_ins.insert(sign_in.id);
                address.users.extend(sign_in.user_id);
            }
        }
    }

    /// Takes in detections, replacing what was known of them.
    pub fn add_detections(&mut self, detections: &[Arc<RiskDetection>]) {
        let mut touched = HashSet::new();
        for detection in detections {
            let before = self.detections.insert(detection.id.clone(), Arc::clone(detection));
            if let Some(user) = detection.user_id {
                let list = self.detections_of_user.entry(user).or_default();
                put(list, before.as_ref(), detection, detection_order);
                touched.insert(user);
            }
            if let Some(sign_in) = detection.request_id {
                let list = self.detections_of_sign_in.entry(sign_in).or_default();
                put(list, before.as_ref(), detection, detection_order);
                self.novelty.entry(sign_in).or_default().merge(detection.novelty());
            }
        }
        for user in touched {
            let why = counts(self.detections_of_user.get(&user).map_or(&[], Vec::as_slice));
            self.why.insert(user, why);
        }
    }

    /// Keeps the history of a user.
    pub fn set_history(&mut self, user: UserId, mut items: Vec<HistoryItem>) {
        items.sort_by_key(|item| std::cmp::Reverse(item.risk_last_updated));
        self.history.insert(user, items);
    }

    /// Forgets the histories: they are read again when they are looked at again.
    pub fn forget_histories(&mut self) {
        self.history.clear();
    }

    /// Forgets users that are no longer listed.
    pub fn retain_users(&mut self, listed: impl Fn(UserId) -> bool) {
        self.users.retain(|id, _| listed(*id));
    }

    /// Forgets sign-ins that are no longer listed, and every link that only they supported.
    pub fn retain_sign_ins(&mut self, listed: impl Fn(SignInId) -> bool) {
        if self.sign_ins.keys().all(|id| listed(*id)) {
            return;
        }
        let mut kept: Vec<Arc<SignIn>> =
            self.sign_ins.drain().filter(|(id, _)| listed(*id)).map(|(_, sign_in)| sign_in).collect();
        kept.sort_by(|one, two| sign_in_order(one, two));
        self.sign_ins_of_user.clear();
        self.addresses.clear();
        self.add_sign_ins(&kept);
    }

    /// Forgets detections that are no longer listed, and every link that only they supported.
    pub fn retain_detections(&mut self, listed: impl Fn(&DetectionId) -> bool) {
        if self.detections.keys().all(&listed) {
            return;
        }
        let mut kept: Vec<Arc<RiskDetection>> =
            self.detections.drain().filter(|(id, _)| listed(id)).map(|(_, detection)| detection).collect();
        kept.sort_by(|one, two| detection_order(one, two));
        self.detections_of_user.clear();
        self.detections_of_sign_in.clear();
        self.why.clear();
        self.novelty.clear();
        self.add_detections(&kept);
    }
}

/// Newest first; the id decides among equal times, so that the order never depends on how rows arrived.
fn sign_in_order(one: &SignIn, two: &SignIn) -> Ordering {
    two.created.cmp(&one.created).then_with(|| one.id.cmp(&two.id))
}

/// Newest first; the id decides among equal times.
fn detection_order(one: &RiskDetection, two: &RiskDetection) -> Ordering {
    two.detected.cmp(&one.detected).then_with(|| one.id.cmp(&two.id))
}

/// Puts `item` into its place in an ordered list, in exchange for the version of it that was there before.
fn put<T>(
    list: &mut Vec<Arc<T>>,
    before: Option<&Arc<T>>,
    item: &Arc<T>,
    order: impl Fn(&T, &T) -> Ordering,
) {
    if let Some(before) = before
        && let Ok(place) = list.binary_search_by(|known| order(known, before))
    {
        list.remove(place);
    }
    let place = list.partition_point(|known| order(known, item) == Ordering::Less);
    list.insert(place, Arc::clone(item));
}

/// Detection types with how often each occurs: those of the highest level first, then the most frequent, then by name. One
/// leaked credential tells more than many unfamiliar sign-in properties.
fn counts(detections: &[Arc<RiskDetection>]) -> Vec<(Text, u32)> {
    let mut counts: Vec<(Text, u32, u8)> = Vec::new();
    for detection in detections {
        let rank = detection.risk_level.rank();
        match counts.iter_mut().find(|(name, ..)| *name == detection.risk_event_type) {
            Some((_, count, worst)) => {
                *count += 1;
                *worst = rank.max(*worst);
            }
            None => counts.push((detection.risk_event_type.clone(), 1, rank)),
        }
    }
    counts.sort_by(|one, two| two.2.cmp(&one.2).then(two.1.cmp(&one.1)).then_with(|| one.0.cmp(&two.0)));
    counts.into_iter().map(|(name, count, _)| (name, count)).collect()
}

impl Facts for Evidence {
    fn user(&self, id: UserId) -> Option<&RiskyUser> {
        self.users.get(&id).map(|user| &**user)
    }
    fn why(&self, id: UserId) -> &[(Text, u32)] {
        self.why.get(&id).map_or(&[], Vec::as_slice)
    }
    fn detections_of_user(&self, id: UserId) -> &[Arc<RiskDetection>] {
        self.detections_of_user.get(&id).map_or(&[], Vec::as_slice)
    }
    fn detections_of_sign_in(&self, id: SignInId) -> &[Arc<RiskDetection>] {
        self.detections_of_sign_in.get(&id).map_or(&[], Vec::as_slice)
    }
    fn sign_in(&self, id: SignInId) -> Option<&SignIn> {
        self.sign_ins.get(&id).map(|sign_in| &**sign_in)
    }
    fn sign_ins_of_user(&self, id: UserId) -> &[Arc<SignIn>] {
        self.sign_ins_of_user.get(&id).map_or(&[], Vec::as_slice)
    }
    fn neighbours(&self, ip_address: &str) -> (usize, usize) {
        self.addresses.get(ip_address).map_or((0, 0), |address| (address.sign_ins.len(), address.users.len()))
    }
    fn novelty(&self, id: SignInId) -> Novelty {
        self.novelty.get(&id).copied().unwrap_or_default()
    }
    fn history(&self, id: UserId) -> Option<&[HistoryItem]> {
        self.history.get(&id).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detection(id: &str, kind: &str, at: &str) -> Arc<RiskDetection> {
        Arc::new(
            serde_json::from_str(&format!(
                r#"{{"id":"{id}","riskEventType":"{kind}","detectedDateTime":"{at}",
                    "requestId":"7c1e5d4a-3b92-4f60-8a17-2d9e6b530100",
                    "userId":"3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01",
                    "additionalInfo":"[{{\"Key\":\"riskReasons\",\"Value\":[\"UnfamiliarIP\"]}}]"}}"#
            ))
            .unwrap(),
        )
    }

    #[test]
    fn detections_are_linked_counted_and_ordered_and_a_repeat_replaces() {
        let user: UserId = "3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a01".parse().unwrap();
        let sign_in: SignInId = "7c1e5d4a-3b92-4f60-8a17-2d9e6b530100".parse().unwrap();
        let mut evidence = Evidence::default();
        evidence.add_detections(&[
            detection("a", "passwordSpray", "2026-01-01T00:00:00Z"),
            detection("b", "newCountry", "2026-01-03T00:00:00Z"),
            detection("c", "passwordSpray", "2026-01-02T00:00:00Z"),
        ]);
        evidence.add_detections(&[detection("a", "passwordSpray", "2026-01-01T00:00:00Z")]);
        let order: Vec<String> = evidence.detections_of_user(user).iter().map(|d| d.id.to_string()).collect();
        assert_eq!(order, ["b", "c", "a"]);
        assert_eq!(evidence.why(user), [(Text::new("passwordSpray"), 2), (Text::new("newCountry"), 1)]);
        assert_eq!(evidence.detections_of_sign_in(sign_in).len(), 3);
        assert_eq!(evidence.novelty(sign_in).count(), 1);
    }

    #[test]
    fn neighbours_are_counted_once_each() {
        let sign_in = |id: &str, user: &str| -> Arc<SignIn> {
            Arc::new(
                serde_json::from_str(&format!(
                    r#"{{"id":"7c1e5d4a-3b92-4f60-8a17-2d9e6b53010{id}","ipAddress":"192.0.2.7",
                        "userId":"3f2a9c10-6d4b-4e8f-9a21-c0de5f1b7a0{user}"}}"#
                ))
                .unwrap(),
            )
        };
        let mut evidence = Evidence::default();
        evidence.add_sign_ins(&[sign_in("1", "1"), sign_in("2", "1"), sign_in("3", "2")]);
        evidence.add_sign_ins(&[sign_in("3", "2")]);
        assert_eq!(evidence.neighbours("192.0.2.7"), (3, 2));
        let listed: SignInId = "7c1e5d4a-3b92-4f60-8a17-2d9e6b530101".parse().unwrap();
        evidence.retain_sign_ins(|id| id == listed);
        assert_eq!(evidence.neighbours("192.0.2.7"), (1, 1));
    }
}
