//! What helps to decide, computed from the rows that are loaded: why a user is rated, what is linked to a sign-in, who
//! else came from the same address.
//!
//! Knows `entity` and nobody else. Nothing here claims what the loaded rows cannot show: what is *new* for a user is
//! taken from the service, whose baseline covers weeks.

use crate::entity::{
    DetectionId, Facts, HistoryItem, Novelty, RiskDetection, RiskyUser, SignIn, SignInId, Text, UserId,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Links between the loaded rows, each kept both ways it is asked for.
#[derive(Debug, Default)]
pub struct Evidence {
    users: HashMap<UserId, Arc<RiskyUser>>,
    sign_ins: HashMap<SignInId, Arc<SignIn>>,
    sign_ins_of_user: HashMap<UserId, Vec<Arc<SignIn>>>,
    detections: HashSet<DetectionId>,
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
            if let Some(user) = sign_in.user_id {
                let list = self.sign_ins_of_user.entry(user).or_default();
                if self.sign_ins.contains_key(&sign_in.id) {
                    list.retain(|known| known.id != sign_in.id);
                }
                put_newest_first(list, sign_in, |sign_in| sign_in.created);
            }
            if !sign_in.ip_address.is_empty() {
                let address = self.addresses.entry(sign_in.ip_address.clone()).or_default();
                address.sign_ins.insert(sign_in.id);
                address.users.extend(sign_in.user_id);
            }
            self.sign_ins.insert(sign_in.id, Arc::clone(sign_in));
        }
    }

    /// Takes in detections, replacing what was known of them.
    pub fn add_detections(&mut self, detections: &[Arc<RiskDetection>]) {
        let mut touched = HashSet::new();
        for detection in detections {
            let repeated = !self.detections.insert(detection.id.clone());
            let put = |list: &mut Vec<Arc<RiskDetection>>| {
                if repeated {
                    list.retain(|known| known.id != detection.id);
                }
                put_newest_first(list, detection, |detection| detection.detected);
            };
            if let Some(user) = detection.user_id {
                put(self.detections_of_user.entry(user).or_default());
                touched.insert(user);
            }
            if let Some(sign_in) = detection.request_id {
                put(self.detections_of_sign_in.entry(sign_in).or_default());
                let known = self.novelty.entry(sign_in).or_default();
                known.merge(detection.novelty());
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

    /// Forgets what no loaded row supports any more: called when a list was read anew from beginning to end.
    pub fn retain_sign_ins(&mut self, loaded: &HashSet<SignInId>) {
        let kept: Vec<Arc<SignIn>> =
            self.sign_ins.drain().filter(|(id, _)| loaded.contains(id)).map(|(_, sign_in)| sign_in).collect();
        self.sign_ins_of_user.clear();
        self.addresses.clear();
        self.add_sign_ins(&kept);
    }
}

/// Puts `item` into its place in a list that is sorted by time, newest first.
fn put_newest_first<T, K: Ord>(list: &mut Vec<Arc<T>>, item: &Arc<T>, time: impl Fn(&T) -> K) {
    let place = list.partition_point(|known| time(known) >= time(item));
    list.insert(place, Arc::clone(item));
}

/// Detection types with how often each occurs, most frequent first, equal ones by name.
fn counts(detections: &[Arc<RiskDetection>]) -> Vec<(Text, u32)> {
    let mut counts: Vec<(Text, u32)> = Vec::new();
    for detection in detections {
        match counts.iter_mut().find(|(name, _)| *name == detection.risk_event_type) {
            Some((_, count)) => *count += 1,
            None => counts.push((detection.risk_event_type.clone(), 1)),
        }
    }
    counts.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
    counts
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
        evidence.retain_sign_ins(&HashSet::from(["7c1e5d4a-3b92-4f60-8a17-2d9e6b530101".parse().unwrap()]));
        assert_eq!(evidence.neighbours("192.0.2.7"), (1, 1));
    }
}
