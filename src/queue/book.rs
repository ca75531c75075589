//! All orders of the queue with their indexes: by submission, by target, by user; and who may leave now (rule R13).

use super::entry::{Class, Entry, EntryId, Stage, Subject};
use super::event::QueueEvent;
use super::order::{Submission, SubmissionId};
use crate::entity::{Target, Verdict};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// What the queue keeps of a submission.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: SubmissionId,
    pub(super) entries: Vec<EntryId>,
    /// Orders for which a call is still to come, by class.
    pub(super) unsent: [usize; Class::COUNT],
    /// Calls made so far.
    pub(super) calls: usize,
    pub(super) given_up: bool,
}

impl Record {
    /// The calls still to be made with batches of `size`.
    pub(super) fn calls_left(&self, size: usize) -> usize {
        self.unsent.iter().map(|count| count.div_ceil(size)).sum()
    }
}

type Ready = [BTreeSet<EntryId>; Class::COUNT];

#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    entries: Vec<Entry>,
    records: Vec<Record>,
    by_id: HashMap<SubmissionId, usize>,
    by_target: HashMap<Target, Vec<EntryId>>,
    /// The orders of each user that are open, or that a different verdict still has to wait for.
    by_subject: HashMap<Subject, BTreeSet<EntryId>>,
    /// Users of whom something changed since it was last decided who may leave.
    touched: BTreeSet<Subject>,
    /// When to decide anew although nothing changed.
    review_at: BTreeSet<(Duration, Subject)>,
    /// What may leave now, by submission and class.
    ready: BTreeMap<usize, Ready>,
    /// Submissions with calls still to come.
    active: BTreeSet<usize>,
    /// Orders whose stage changed and was not told yet.
    changed: Vec<EntryId>,
    open: usize,
    stalled: usize,
    accepted: usize,
}

impl Book {
    pub(super) fn entry(&self, id: EntryId) -> &Entry {
        // Ids are made by this book only, and no entry is ever removed.
        &self.entries[id.0]
    }

    /// For changes that leave the stage as it is; see [`Book::enter`].
    pub(super) fn entry_mut(&mut self, id: EntryId) -> &mut Entry {
        &mut self.entries[id.0]
    }

    pub(super) fn record(&self, submission: usize) -> &Record {
        // Indexes are made by this book only, and no record is ever removed.
        &self.records[submission]
    }

    pub(super) fn record_mut(&mut self, submission: usize) -> &mut Record {
        &mut self.records[submission]
    }

    pub(super) fn find(&self, id: SubmissionId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }

    /// The submissions with calls still to come.
    pub(super) fn active(&self) -> impl Iterator<Item = &Record> {
        self.active.iter().map(|submission| self.record(*submission))
    }

    /// Every order ever given on `target`, oldest first.
    pub(super) fn on_target(&self, target: Target) -> &[EntryId] {
        self.by_target.get(&target).map_or(&[], Vec::as_slice)
    }

    /// Orders whose outcome is open; how many of those wait for a person; how many wait to become visible.
    pub(super) fn open(&self) -> usize {
        self.open
    }
    pub(super) fn stalled(&self) -> usize {
        self.stalled
    }
    pub(super) fn accepted(&self) -> usize {
        self.accepted
    }

    /// Takes a submission in; its orders are in grace.
    pub(super) fn add(&mut self, submission: &Submission, now: Duration) -> usize {
        let index = self.records.len();
        self.by_id.insert(submission.id, index);
        let unsent = [0; Class::COUNT];
        self.records.push(Record {
            id: submission.id,
            entries: Vec::new(),
            unsent,
            calls: 0,
            given_up: false,
        });
        for order in &submission.orders {
            self.push(Entry::new(index, order, Stage::Grace, now));
        }
        index
    }

    fn push(&mut self, entry: Entry) -> EntryId {
        let id = EntryId(self.entries.len());
        self.by_target.entry(entry.target).or_default().push(id);
        self.by_subject.entry(entry.subject).or_default().insert(id);
        self.touched.insert(entry.subject);
        self.record_mut(entry.submission).entries.push(id);
        self.entries.push(entry);
        self.count(id, true);
        id
    }

    fn count(&mut self, id: EntryId, in_stage: bool) {
        let Entry { submission, stage, .. } = *self.entry(id);
        let class = self.entry(id).class().index();
        let adjust = |count: &mut usize| {
            *count = if in_stage { *count + 1 } else { count.saturating_sub(1) };
        };
        if stage.is_open() {
            adjust(&mut self.open);
        }
        if stage == Stage::Stalled {
            adjust(&mut self.stalled);
        }
        if stage == Stage::Accepted {
            adjust(&mut self.accepted);
        }
        if stage.is_unsent() {
            let record = &mut self.records[submission];
            adjust(&mut record.unsent[class]);
            if record.unsent.iter().any(|count| *count > 0) {
                self.active.insert(submission);
            } else {
                self.active.remove(&submission);
            }
        }
    }

    /// Moves an order to another stage.
    pub(super) fn enter(&mut self, id: EntryId, stage: Stage, note: Option<Arc<str>>, now: Duration) {
        self.count(id, false);
        self.set_ready(id, false);
        let entry = self.entry_mut(id);
        entry.stage = stage;
        entry.entered = now;
        entry.held = false;
        entry.note = note.or_else(|| entry.note.take());
        self.count(id, true);
        self.changed.push(id);
        self.touch(id);
    }

    fn touch(&mut self, id: EntryId) {
        self.touched.insert(self.entry(id).subject);
        // The same sign-in may have been given with and without its user.
        for other in self.by_target.get(&self.entry(id).target).into_iter().flatten() {
            self.touched.insert(self.entries[other.0].subject);
        }
    }

    fn set_ready(&mut self, id: EntryId, ready: bool) {
        let Entry { submission, .. } = *self.entry(id);
        let class = self.entry(id).class().index();
        if ready {
            self.ready.entry(submission).or_default()[class].insert(id);
        } else if let Some(sets) = self.ready.get_mut(&submission) {
            sets[class].remove(&id);
            if sets.iter().all(BTreeSet::is_empty) {
                self.ready.remove(&submission);
            }
        }
    }

    /// What may leave now of the oldest submission that has something: the class of its first order, with the
    /// orders of that class in order.
    pub(super) fn first_ready(&self) -> Option<(usize, Class, &BTreeSet<EntryId>)> {
        let (submission, sets) = self.ready.first_key_value()?;
        let class = Class::all().filter(|class| !sets[class.index()].is_empty());
        let class = class.min_by_key(|class| sets[class.index()].first().copied())?;
        Some((*submission, class, &sets[class.index()]))
    }

    /// The next time at which somebody may leave although nothing happens until then.
    pub(super) fn next_review(&self) -> Option<Duration> {
        self.review_at.first().map(|(time, _)| *time)
    }

    /// Decides anew who may leave.
    pub(super) fn review(&mut self, now: Duration) {
        while let Some((time, subject)) = self.review_at.first().copied() {
            if time > now {
                break;
            }
            self.review_at.pop_first();
            self.touched.insert(subject);
        }
        while let Some(subject) = self.touched.pop_first() {
            self.review_subject(subject, now);
        }
    }

    fn review_subject(&mut self, subject: Subject, now: Duration) {
        let Some(mut ids) = self.by_subject.remove(&subject) else { return };
        let in_flight = ids.iter().any(|id| self.entry(*id).stage == Stage::Sending);
        let mut older = Older::default();
        let mut again: Option<Duration> = None;
        let mut queued = false;
        for &id in &ids {
            if self.entry(id).stage.is_queued() {
                queued = true;
                let held = older.hold_back(self.entry(id), now) || self.is_held_on_target(id, now);
                let busy = self.entry(id).not_before > now;
                self.set_held(id, held);
                self.set_ready(id, !held && !busy && !in_flight);
            }
            let entry = self.entry(id);
            older.add(entry);
            let times = [entry.late_until, entry.shows_until, entry.not_before];
            again = times.into_iter().filter(|time| *time > now).chain(again).min();
        }
        if let (true, Some(time)) = (queued, again) {
            self.review_at.insert((time, subject));
        }
        ids.retain(|id| self.entry(*id).stage.is_open() || self.entry(*id).settles() > now);
        if !ids.is_empty() {
            self.by_subject.insert(subject, ids);
        }
    }

    fn is_held_on_target(&self, id: EntryId, now: Duration) -> bool {
        let older = self.on_target(self.entry(id).target).iter().take_while(|other| **other < id);
        older.into_iter().any(|other| self.entry(*other).holds_back(self.entry(id), now))
    }

    fn set_held(&mut self, id: EntryId, held: bool) {
        if self.entry(id).held != held {
            self.entry_mut(id).held = held;
            self.changed.push(id);
        }
    }

    /// The changes since the last call, as facts; neighbours with the same fate share one.
    pub(super) fn tell(&mut self, now: Duration) -> Vec<QueueEvent> {
        self.review(now);
        let mut events: Vec<QueueEvent> = Vec::new();
        let mut last_note: Option<Arc<str>> = None;
        for id in std::mem::take(&mut self.changed) {
            let entry = &mut self.entries[id.0];
            let (now_in, told, given) = (entry.state(), entry.told, entry.note.take());
            if now_in == told && given.is_none() {
                continue;
            }
            entry.told = now_in;
            let (id, target) = (self.records[entry.submission].id, entry.target);
            match events.last_mut() {
                Some(QueueEvent::Targets { submission, targets, state, .. })
                    if *submission == id && *state == now_in && last_note == given =>
                {
                    targets.push(target);
                }
                _ => events.push(QueueEvent::Targets {
                    submission: id,
                    targets: vec![target],
                    state: now_in,
                    note: given.as_deref().map(str::to_owned),
                }),
            }
            last_note = given;
        }
        events
    }
}

/// What the older orders of a user mean for a younger one, without looking at each of them again.
#[derive(Default)]
struct Older {
    open: [usize; Class::COUNT],
    late_until: [Duration; Verdict::ALL.len()],
    shows_until: [Duration; Verdict::ALL.len()],
}

impl Older {
    fn add(&mut self, entry: &Entry) {
        let verdict = entry.verdict as usize;
        self.open[entry.class().index()] += usize::from(entry.stage.is_open());
        self.late_until[verdict] = self.late_until[verdict].max(entry.late_until);
        self.shows_until[verdict] = self.shows_until[verdict].max(entry.shows_until);
    }

    fn hold_back(&self, younger: &Entry, now: Duration) -> bool {
        let open = |class: Class| class != younger.class() && self.open[class.index()] > 0;
        let settling = |verdict: Verdict| {
            (verdict != younger.verdict && self.late_until[verdict as usize] > now)
                || (verdict.contradicts(younger.verdict) && self.shows_until[verdict as usize] > now)
        };
        Class::all().any(open) || Verdict::ALL.into_iter().any(settling)
    }
}
