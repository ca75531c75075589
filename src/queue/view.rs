//! What is known of the queue by listening to it: a pure fold of its events, for a screen or a summary.

use super::event::{Phase, QueueEvent};
use super::order::{Order, Submission, SubmissionId};
use super::pause::Pause;
use super::state::TargetState;
use crate::entity::{Target, Verdict};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// How many targets are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([usize; TargetState::ALL.len()]);

impl Counts {
    /// How many are in `state`.
    pub fn of(&self, state: TargetState) -> usize {
        self.0[state.index()]
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// How many are in a state for which `wanted` holds.
    pub fn sum(&self, wanted: impl Fn(TargetState) -> bool) -> usize {
        self.present().filter(|(state, _)| wanted(*state)).map(|(_, count)| count).sum()
    }

    /// The states that occur, with how often.
    pub fn present(&self) -> impl Iterator<Item = (TargetState, usize)> + '_ {
        TargetState::ALL.into_iter().map(|state| (state, self.of(state))).filter(|(_, count)| *count > 0)
    }

    fn add(&mut self, state: TargetState, count: usize) {
        self.0[state.index()] += count;
    }

    fn remove(&mut self, state: TargetState) {
        self.0[state.index()] = self.0[state.index()].saturating_sub(1);
    }
}

/// A submission and where its targets stand.
#[derive(Clone, Debug)]
pub struct SubmissionView {
    /// What was submitted.
    pub submission: Submission,
    /// How many calls it was planned to take.
    pub batches: usize,
    /// The last call: its number, of how many, and how far it is.
    pub call: Option<(usize, usize, Phase)>,
    counts: Counts,
    standing: Vec<Standing>,
    places: HashMap<Target, usize>,
}

#[derive(Clone, Debug)]
struct Standing {
    state: TargetState,
    note: Option<String>,
}

impl SubmissionView {
    fn new(submission: Submission, batches: usize) -> Self {
        let mut counts = Counts::default();
        counts.add(TargetState::Grace, submission.orders.len());
        let grace = Standing { state: TargetState::Grace, note: None };
        Self {
            standing: vec![grace; submission.orders.len()],
            places: submission
                .orders
                .iter()
                .enumerate()
                .map(|(place, order)| (order.target, place))
                .collect(),
            submission,
            batches,
            call: None,
            counts,
        }
    }

    /// How many targets are in each state.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many targets the queue is done with, of how many.
    pub fn progress(&self) -> (usize, usize) {
        (self.counts.sum(TargetState::is_final), self.counts.total())
    }

    /// Each order with its state and what there is to say about it.
    pub fn orders(&self) -> impl ExactSizeIterator<Item = (&Order, TargetState, Option<&str>)> {
        let states = self.standing.iter().map(|standing| (standing.state, standing.note.as_deref()));
        self.submission.orders.iter().zip(states).map(|(order, (state, note))| (order, state, note))
    }

    /// The verdict on `target` and where it stands.
    pub fn state_of(&self, target: Target) -> Option<(Verdict, TargetState)> {
        let place = *self.places.get(&target)?;
        Some((self.submission.orders.get(place)?.verdict, self.standing.get(place)?.state))
    }

    /// What there is to say about `target`.
    pub fn note_of(&self, target: Target) -> Option<&str> {
        self.standing.get(*self.places.get(&target)?)?.note.as_deref()
    }

    /// Until when it can be recalled as a whole, while its grace runs.
    pub fn grace_until(&self) -> Option<DateTime<Utc>> {
        let grace = TimeDelta::from_std(self.submission.grace).ok()?;
        (self.counts.of(TargetState::Grace) > 0).then(|| self.submission.at + grace)
    }

    fn moved(&mut self, targets: &[Target], state: TargetState, note: Option<&str>) {
        for target in targets {
            let place = self.places.get(target).copied();
            if let Some(standing) = place.and_then(|place| self.standing.get_mut(place)) {
                self.counts.remove(standing.state);
                self.counts.add(state, 1);
                *standing = Standing { state, note: note.map(str::to_owned) };
            }
        }
    }
}

/// The queue as its events tell it.
#[derive(Clone, Debug, Default)]
pub struct QueueView {
    submissions: Vec<SubmissionView>,
    places: HashMap<SubmissionId, usize>,
    /// The newest submission of each target.
    newest: HashMap<Target, usize>,
    paused: Option<Pause>,
    estimate: Option<(usize, u64)>,
    idle: bool,
    stopped: bool,
}

impl QueueView {
    /// Takes one fact in.
    pub fn apply(&mut self, event: &QueueEvent) {
        match event {
            QueueEvent::Accepted { submission, batches } => self.accepted(submission, *batches),
            QueueEvent::Targets { submission, targets, state, note } => {
                self.idle &= state.is_final();
                if let Some(view) = self.find(*submission) {
                    view.moved(targets, *state, note.as_deref());
                }
            }
            QueueEvent::Batch { submission, number, of, phase, .. } => {
                if let Some(view) = self.find(*submission) {
                    view.call = Some((*number, *of, phase.clone()));
                }
            }
            QueueEvent::Paused(pause) => self.paused = Some(pause.clone()),
            QueueEvent::Resumed => self.paused = None,
            QueueEvent::Estimate { remaining_calls, seconds } => {
                self.estimate = (*remaining_calls > 0).then_some((*remaining_calls, *seconds));
            }
            QueueEvent::Idle => self.idle = true,
            QueueEvent::Stopped => self.stopped = true,
            QueueEvent::Refused { .. } | QueueEvent::Recalled { .. } => {}
        }
    }

    fn accepted(&mut self, submission: &Submission, batches: usize) {
        let place = self.submissions.len();
        self.idle = false;
        self.places.insert(submission.id, place);
        self.newest.extend(submission.orders.iter().map(|order| (order.target, place)));
        self.submissions.push(SubmissionView::new(submission.clone(), batches));
    }

    fn find(&mut self, id: SubmissionId) -> Option<&mut SubmissionView> {
        self.submissions.get_mut(*self.places.get(&id)?)
    }

    /// All submissions, oldest first.
    pub fn submissions(&self) -> &[SubmissionView] {
        &self.submissions
    }

    /// One submission.
    pub fn submission(&self, id: SubmissionId) -> Option<&SubmissionView> {
        self.submissions.get(*self.places.get(&id)?)
    }

    /// The newest verdict on `target` and where it stands.
    pub fn state_of(&self, target: Target) -> Option<(Verdict, TargetState)> {
        self.submissions.get(*self.newest.get(&target)?)?.state_of(target)
    }

    /// Whether a verdict on `target` is on its way.
    pub fn under_way(&self, target: Target) -> bool {
        self.state_of(target).is_some_and(|(_, state)| !state.is_final())
    }

    /// How many targets the queue is not done with, by state.
    pub fn unfinished(&self) -> Counts {
        let mut counts = Counts::default();
        for view in &self.submissions {
            for (state, count) in view.counts.present().filter(|(state, _)| !state.is_final()) {
                counts.add(state, count);
            }
        }
        counts
    }

    /// The newest submission that can still be recalled as a whole.
    pub fn in_grace(&self) -> Option<&SubmissionView> {
        self.submissions.iter().rev().find(|view| view.counts.of(TargetState::Grace) > 0)
    }

    /// Until when `id` can be recalled as a whole, while its grace runs.
    pub fn grace_until(&self, id: SubmissionId) -> Option<DateTime<Utc>> {
        self.submission(id)?.grace_until()
    }

    /// Why nothing is sent, if nothing is.
    pub fn paused(&self) -> Option<&Pause> {
        self.paused.as_ref()
    }

    /// Calls still to be made, and the seconds they take at the present rate.
    pub fn estimate(&self) -> Option<(usize, u64)> {
        self.estimate
    }

    /// Whether the queue said that it has nothing left to do, or was never given anything.
    pub fn is_idle(&self) -> bool {
        self.idle || self.submissions.is_empty()
    }

    /// Whether the queue has stopped.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{Text, UserId};
    use crate::queue::Seen;
    use std::time::Duration;
    use uuid::Uuid;

    fn target(number: u128) -> Target {
        Target::User(UserId::from_uuid(Uuid::from_u128(number)))
    }

    fn accepted(id: u64, targets: &[Target], verdict: Verdict) -> QueueEvent {
        let order = |target: &Target| Order {
            target: *target,
            verdict,
            user: None,
            name: Text::new("Avery"),
            context: String::new(),
            time: None,
            seen: Seen::default(),
        };
        let submission = Submission {
            id: SubmissionId(id),
            at: DateTime::UNIX_EPOCH,
            grace: Duration::from_secs(10),
            reason: String::new(),
            ticket: String::new(),
            orders: targets.iter().map(order).collect(),
        };
        QueueEvent::Accepted { submission, batches: 1 }
    }

    fn moved(id: u64, targets: &[Target], state: TargetState) -> QueueEvent {
        let note = Some("why".to_owned());
        QueueEvent::Targets { submission: SubmissionId(id), targets: targets.to_vec(), state, note }
    }

    #[test]
    fn the_newest_verdict_on_a_target_is_the_one_that_shows() {
        let mut view = QueueView::default();
        view.apply(&accepted(1, &[target(1), target(2)], Verdict::Safe));
        assert_eq!(view.grace_until(SubmissionId(1)), Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(10)));
        view.apply(&moved(1, &[target(1), target(2)], TargetState::Verified));
        assert_eq!((view.grace_until(SubmissionId(1)), view.under_way(target(1))), (None, false));
        view.apply(&accepted(2, &[target(1)], Verdict::Compromised));
        assert_eq!(view.state_of(target(1)), Some((Verdict::Compromised, TargetState::Grace)));
        assert_eq!(view.state_of(target(2)), Some((Verdict::Safe, TargetState::Verified)));
        assert!(view.under_way(target(1)) && !view.under_way(target(3)));
        assert_eq!(view.unfinished().total(), 1);
        assert_eq!(view.in_grace().map(|submission| submission.submission.id), Some(SubmissionId(2)));
    }

    #[test]
    fn progress_counts_what_is_final() {
        let mut view = QueueView::default();
        view.apply(&accepted(1, &[target(1), target(2), target(3)], Verdict::Safe));
        view.apply(&moved(1, &[target(1)], TargetState::Rejected));
        view.apply(&moved(1, &[target(2)], TargetState::Accepted));
        let submission = view.submission(SubmissionId(1)).unwrap();
        assert_eq!(submission.progress(), (1, 3));
        assert_eq!(submission.note_of(target(1)), Some("why"));
        assert_eq!(submission.counts().of(TargetState::Accepted), 1);
    }

    #[test]
    fn facts_about_what_was_never_submitted_change_nothing() {
        let mut view = QueueView::default();
        view.apply(&moved(9, &[target(1)], TargetState::Verified));
        view.apply(&accepted(1, &[target(1)], Verdict::Safe));
        view.apply(&moved(1, &[target(7)], TargetState::Verified));
        assert_eq!(view.unfinished().total(), 1);
    }
}
