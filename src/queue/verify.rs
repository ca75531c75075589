//! Reading back: accepted targets until they show, unknown ones until it is clear what happened (rule R10).
//!
//! One read-back looks for many targets, one read-back is under way at a time, and while calls are still to be
//! made they are rarer, because they share the budget.

use super::book::Book;
use super::entry::{Entry, EntryId, Stage};
use super::machine::{Effect, Queue, RoundId};
use super::pause::Pause;
use super::state::TargetState;
use crate::entity::{Reading, RiskDetail, RiskLevel, RiskState, Target, Verdict};
use chrono::{DateTime, Utc};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// The longest time between two looks at one target.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// A call without a clear answer is not repeated before this time: it may still take effect.
const UNCHANGED_FOR: Duration = Duration::from_secs(60);
/// How often a call without a clear answer is repeated.
const MOST_RESENDS: u32 = 3;
/// How much rarer read-backs are while calls are still to be made.
const WHILE_SENDING: u32 = 6;
/// The most targets of one read-back.
const MOST_AT_ONCE: usize = 2_000;

/// One target to read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which.
    pub target: Target,
    /// The verdict that it should show.
    pub verdict: Verdict,
    /// When the sign-in took place, where that is known.
    pub time: Option<DateTime<Utc>>,
    /// When the first call for it was made: its risk changed no earlier.
    pub since: DateTime<Utc>,
    /// Whether it must be known how it stands even if the verdict does not show: a call for it ended without a clear
    /// answer long enough ago to be repeated.
    pub must_know: bool,
}

/// Why a read-back gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadFailure {
    /// The sign-in is no longer good.
    Unauthorised {
        /// A stronger sign-in is asked for.
        claims: bool,
    },
    /// Anything else, in harmless words.
    Failed(String),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Verifier {
    looks: BTreeSet<(Duration, EntryId)>,
    under_way: Option<(RoundId, Vec<EntryId>)>,
    rounds: u64,
    not_before: Duration,
}

impl Verifier {
    fn plan(&mut self, id: EntryId, time: Duration, book: &mut Book) {
        self.forget(id, book);
        book.entry_mut(id).look_at = Some(time);
        self.looks.insert((time, id));
    }

    pub(super) fn forget(&mut self, id: EntryId, book: &mut Book) {
        if let Some(time) = book.entry_mut(id).look_at.take() {
            self.looks.remove(&(time, id));
        }
    }

    fn take_due(&mut self, now: Duration, book: &mut Book) -> Vec<EntryId> {
        let mut due = Vec::new();
        while let Some((time, id)) = self.looks.first().copied() {
            if time > now || due.len() == MOST_AT_ONCE {
                break;
            }
            self.looks.pop_first();
            book.entry_mut(id).look_at = None;
            if book.entry(id).stage.is_read_back() {
                due.push(id);
            }
        }
        due
    }
}

/// What a reading says about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finding {
    /// The verdict is in effect.
    Shown,
    /// The service is still at it, or nothing was found: look again.
    NotYet,
    /// As it was before the call.
    Unchanged,
    /// Something else was decided, or happened.
    Changed,
}

impl Queue {
    /// Plans the next look at an order: each wait is twice the last.
    pub(super) fn look_later(&mut self, id: EntryId) {
        let entry = self.book.entry(id);
        let wait = self.settings.verify_after.saturating_mul(2_u32.saturating_pow(entry.looks));
        let mut time = self.now + wait.min(LONGEST_WAIT);
        let deadline = entry.entered + self.settings.not_seen_after;
        if entry.stage == Stage::Accepted && deadline > self.now {
            time = time.min(deadline);
        }
        self.verifier.plan(id, time, &mut self.book);
    }

    /// When the next read-back is due.
    pub(super) fn next_look(&self) -> Option<Duration> {
        let (first, _) = self.verifier.looks.first()?;
        let possible = self.verifier.under_way.is_none() && !self.is_leaving() && !self.is_signed_out();
        possible.then(|| (*first).max(self.verifier.not_before))
    }

    fn is_signed_out(&self) -> bool {
        matches!(self.pause, Some(Pause::SignIn | Pause::StepUp))
    }

    /// Starts a read-back of all that is due.
    pub(super) fn read_back(&mut self) {
        if self.next_look().is_none_or(|time| time > self.now) {
            return;
        }
        let due = self.verifier.take_due(self.now, &mut self.book);
        if due.is_empty() {
            return;
        }
        let sending = self.pause.is_none() && self.book.active().next().is_some();
        let gap = self.settings.verify_after * if sending { WHILE_SENDING } else { 1 };
        self.verifier.not_before = self.now + gap;
        self.verifier.rounds += 1;
        let round = RoundId(self.verifier.rounds);
        let wanted = due.iter().map(|id| self.look(*id)).collect();
        self.verifier.under_way = Some((round, due));
        self.effect(Effect::ReadBack { round, wanted });
    }

    fn look(&mut self, id: EntryId) -> Look {
        let wall = self.wall;
        let entry = self.book.entry_mut(id);
        entry.looks = entry.looks.saturating_add(1);
        let (target, verdict, time) = (entry.target, entry.verdict, entry.time);
        let since = entry.sent.unwrap_or(wall);
        let must_know = entry.stage != Stage::Accepted && self.may_resend_now(id);
        Look { target, verdict, time, since, must_know }
    }

    /// A read-back has ended. One that nobody waits for changes nothing.
    pub(super) fn read(&mut self, round: RoundId, readings: Result<Vec<Reading>, ReadFailure>) {
        let Some((_, looked_for)) = self.verifier.under_way.take_if(|(waited_for, _)| *waited_for == round)
        else {
            return;
        };
        let mut failed = None;
        let readings = match readings {
            Ok(readings) => readings,
            Err(ReadFailure::Unauthorised { claims }) => {
                let pause = if claims { Pause::StepUp } else { Pause::SignIn };
                self.pause.get_or_insert(pause);
                for id in looked_for {
                    self.look_again(id);
                }
                return;
            }
            Err(ReadFailure::Failed(said)) => {
                failed = Some(said);
                Vec::new()
            }
        };
        let readings: HashMap<Target, Reading> =
            readings.into_iter().map(|reading| (reading.target, reading)).collect();
        for id in looked_for {
            self.judge(id, readings.get(&self.book.entry(id).target), failed.as_deref());
        }
    }

    /// Was it neither moved on nor planned anew while the read-back was under way?
    fn is_awaited(&self, id: EntryId) -> bool {
        let entry = self.book.entry(id);
        entry.stage.is_read_back() && entry.look_at.is_none()
    }

    fn look_again(&mut self, id: EntryId) {
        if self.is_awaited(id) {
            self.look_later(id);
        }
    }

    fn judge(&mut self, id: EntryId, reading: Option<&Reading>, failed: Option<&str>) {
        if !self.is_awaited(id) {
            return;
        }
        let finding = reading.map_or(Finding::NotYet, |reading| self.finding(id, reading));
        let since = self.now.saturating_sub(self.book.entry(id).entered);
        match (self.book.entry(id).stage, finding) {
            (_, Finding::Shown) => self.finish(id, TargetState::Verified, None),
            (_, Finding::Changed) => {
                let note = reading.map(|reading| conflict_note(reading, self.book.entry(id)));
                self.finish(id, TargetState::Conflict, note);
            }
            (Stage::Accepted, _) if since >= self.settings.not_seen_after => {
                let note = failed
                    .map_or_else(|| not_seen_note(reading), |said| format!("reading back failed: {said}"));
                self.finish(id, TargetState::NotSeen, Some(note.into()));
            }
            (Stage::Unknown, Finding::Unchanged) if self.may_resend_now(id) => self.resend(id),
            (Stage::Unknown, Finding::NotYet) if since >= self.settings.not_seen_after => {
                self.stall(id, "Graph does not show what became of it: retry or give up");
            }
            _ => self.look_later(id),
        }
    }

    fn may_resend_now(&self, id: EntryId) -> bool {
        self.now.saturating_sub(self.book.entry(id).unknown_at) >= UNCHANGED_FOR
    }

    fn resend(&mut self, id: EntryId) {
        if self.book.entry(id).unknowns > MOST_RESENDS {
            self.stall(id, "sent four times without a clear answer or an effect: retry or give up");
        } else {
            self.enter(id, Stage::Resend, Some("not applied: is sent again".into()));
        }
    }

    fn stall(&mut self, id: EntryId, why: &str) {
        self.enter(id, Stage::Stalled, Some(why.into()));
        self.look_later(id);
    }

    fn finding(&self, id: EntryId, reading: &Reading) -> Finding {
        let entry = self.book.entry(id);
        if reading.shows(entry.verdict) {
            Finding::Shown
        } else if reading.processing {
            Finding::NotYet
        } else if is_as_seen(entry, reading) || self.is_our_own(entry, reading) {
            Finding::Unchanged
        } else if entry.stage == Stage::Accepted && !is_decided(&reading.state) {
            // Between 2xx and the verdict, level and reason may pass through other values.
            Finding::NotYet
        } else {
            Finding::Changed
        }
    }

    /// Whether the reading shows another verdict of ours: on the same target, landing late, or on its user, which
    /// also changes the user's sign-ins.
    fn is_our_own(&self, entry: &Entry, reading: &Reading) -> bool {
        let user =
            if let super::entry::Subject::User(id) = entry.subject { Some(Target::User(id)) } else { None };
        let targets = std::iter::once(entry.target).chain(user);
        targets.flat_map(|target| self.book.on_target(target)).any(|other| {
            let other = self.book.entry(*other);
            other.sent.is_some() && other.verdict != entry.verdict && reading.shows(other.verdict)
        })
    }
}

/// Whether the risk is as the analyst saw it. What was not given, or is hidden, does not count against it. A new
/// level is a new reason to look, except for a target that is called compromised: it can only be more so.
fn is_as_seen(entry: &Entry, reading: &Reading) -> bool {
    let seen = &entry.seen;
    let hidden = |level: &RiskLevel| matches!(level, RiskLevel::Hidden | RiskLevel::Missing);
    let same_level = seen.level == reading.level || hidden(&seen.level) || hidden(&reading.level);
    let no_reason = |detail: &RiskDetail| matches!(detail, RiskDetail::Hidden | RiskDetail::Missing);
    let same_reason = seen.detail == reading.detail || no_reason(&seen.detail) || no_reason(&reading.detail);
    let still_at_risk = entry.verdict == Verdict::Compromised && reading.state == RiskState::AtRisk;
    (seen.state == reading.state && same_level && same_reason) || still_at_risk
}

/// Whether somebody, or a policy, has decided.
fn is_decided(state: &RiskState) -> bool {
    matches!(
        state,
        RiskState::ConfirmedSafe
            | RiskState::Dismissed
            | RiskState::ConfirmedCompromised
            | RiskState::Remediated
    )
}

fn conflict_note(reading: &Reading, entry: &Entry) -> Arc<str> {
    let (state, detail) = (reading.state.label(), reading.detail.label());
    if entry.stage == Stage::Accepted {
        format!("Graph shows {state} ({detail}), decided by somebody else").into()
    } else {
        format!("Graph shows {state} ({detail}); was not sent again").into()
    }
}

fn not_seen_note(reading: Option<&Reading>) -> String {
    match reading {
        Some(reading) if reading.processing => "Graph is still processing it".into(),
        Some(reading) => format!("Graph still shows {}", reading.state.label()),
        None => "Graph does not list it".into(),
    }
}
