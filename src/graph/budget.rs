//! The rate budgets of a tenant (rule R16): who may call next, and when.
//!
//! Verdicts go before verification, verification before what the analyst asked for, that before what refreshes by
//! itself; first come, first served among equals. A caller of lower standing may use a gap only if that delays nobody
//! of higher standing.

use super::bucket::{Bucket, IDENTITY_PROTECTION, Limit, SIGN_IN_LOG, UNLIMITED, backoff};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// Who goes first. The order of the variants is the order of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A verdict.
    Write,
    /// Reading back whether a verdict took effect.
    Verify,
    /// What the analyst asked for and waits for.
    Read,
    /// What refreshes by itself.
    Background,
}

impl Priority {
    /// All, most urgent first.
    pub const ALL: [Self; 4] = [Self::Write, Self::Verify, Self::Read, Self::Background];
}

/// Which of the two limits a call counts against (API.md section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Risky users, history, detections, verdicts on users.
    IdentityProtection,
    /// The sign-in log.
    SignInLog,
    /// Verdicts on sign-ins: which limit they count against is not documented, so they count against both.
    Both,
}

impl Need {
    /// Positions in the budgets' array.
    pub(super) fn buckets(self) -> &'static [usize] {
        match self {
            Self::IdentityProtection => &[0],
            Self::SignInLog => &[1],
            Self::Both => &[0, 1],
        }
    }
}

/// One limit as a screen shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BucketView {
    /// Calls per second at present.
    pub rate: f64,
    /// How many callers wait, by [`Priority`], most urgent first.
    pub waiting: [usize; 4],
    /// Nothing is sent before this time. It may lie in the past: then the pause is over.
    pub paused_until: Option<DateTime<Utc>>,
    /// When the service last refused a call for coming too soon.
    pub last_throttled: Option<DateTime<Utc>>,
    /// When a read that failed (5xx, a lost connection) is or was tried again. It holds up nobody else.
    pub retry_at: Option<DateTime<Utc>>,
}

impl BucketView {
    /// How long nothing is sent yet, seen from `now`.
    pub fn paused_for(&self, now: DateTime<Utc>) -> Option<Duration> {
        self.paused_until.and_then(|until| (until - now).to_std().ok()).filter(|left| !left.is_zero())
    }

    /// How many callers wait in all.
    pub fn waiting_in_all(&self) -> usize {
        self.waiting.iter().sum()
    }
}

/// Both limits as a screen shows them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BudgetsView {
    /// Risky users, history, detections, verdicts: 1 request per second for the whole tenant.
    pub identity_protection: BucketView,
    /// Sign-ins, and verdicts on them: 5 requests per 10 seconds.
    pub sign_in_log: BucketView,
}

/// The rate budgets of one tenant. Clones share them. Everything that calls the same tenant should share one.
#[derive(Clone)]
pub struct Budgets {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    view: watch::Sender<BudgetsView>,
    /// Wakes everybody who waits, to look again.
    changed: Notify,
}

/// A caller's place: callers of equal priority are served in the order of their numbers.
type Place = (Priority, u64);

struct State {
    buckets: [Bucket; 2],
    view: BudgetsView,
    next_number: u64,
    waiting: BTreeMap<Place, Need>,
    /// Callers whose turn has come and who have not taken it yet, with the time at which it came.
    granted: BTreeMap<Place, (Need, Instant)>,
}

impl Budgets {
    /// The limits that Microsoft documents, kept a little below them.
    pub fn documented() -> Self {
        Self::new([&IDENTITY_PROTECTION, &SIGN_IN_LOG])
    }

    /// No limits and no waiting of any kind, not even after a failure: for tests.
    pub fn unlimited() -> Self {
        Self::new([&UNLIMITED, &UNLIMITED])
    }

    fn new(limits: [&'static Limit; 2]) -> Self {
        let buckets = limits.map(Bucket::new);
        let [identity_protection, sign_in_log] = [0, 1].map(|bucket: usize| BucketView {
            rate: buckets[bucket].rate(),
            waiting: [0; 4],
            paused_until: None,
            last_throttled: None,
            retry_at: None,
        });
        let view = BudgetsView { identity_protection, sign_in_log };
        let state =
            State { buckets, view, next_number: 0, waiting: BTreeMap::new(), granted: BTreeMap::new() };
        let shared =
            Shared { state: Mutex::new(state), view: watch::Sender::new(view), changed: Notify::new() };
        Self { shared: Arc::new(shared) }
    }

    /// What a screen shows; notified only when it changes.
    pub fn view(&self) -> watch::Receiver<BudgetsView> {
        self.shared.view.subscribe()
    }

    /// Waits until a call may be sent, and counts it. Returns how long that took. A caller that gives up while waiting
    /// gives its place back.
    pub async fn acquire(&self, need: Need, priority: Priority) -> Duration {
        let arrived = Instant::now();
        let mut waiter = self.enter(need, priority);
        loop {
            // Created before looking, so that no change in between is missed.
            let changed = self.shared.changed.notified();
            let Some(next) = self.look(&mut waiter) else { return arrived.elapsed() };
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    /// A call was answered, and not because it came too soon.
    pub fn succeeded(&self, need: Need) {
        self.change(|state| {
            for bucket in need.buckets() {
                state.buckets[*bucket].succeeded();
            }
        });
    }

    /// A call was refused for coming too soon; `asked` is what the service said to wait, if it said anything usable.
    pub fn throttled(&self, need: Need, asked: Option<Duration>) {
        let now = Instant::now();
        self.change(|state| {
            for bucket in need.buckets() {
                let until = state.buckets[*bucket].throttled(now, asked);
                let clock = Utc::now();
                let view = state.view_of(*bucket);
                view.last_throttled = Some(clock);
                view.paused_until = TimeDelta::from_std(until - now).ok().map(|pause| clock + pause);
            }
        });
    }

    /// Waits before a failed read is tried again: `asked` or, where the service does not say, longer with each failure
    /// in a row; `count` counts them from 0. Shown in the view; holds up nobody else.
    pub(super) async fn wait_to_retry(&self, need: Need, count: u32, asked: Option<Duration>) {
        if self.lock().buckets.iter().all(Bucket::is_unlimited) {
            return;
        }
        let wait = backoff(count).max(asked.unwrap_or_default());
        let at = TimeDelta::from_std(wait).ok().map(|wait| Utc::now() + wait);
        self.change(|state| {
            for bucket in need.buckets() {
                state.view_of(*bucket).retry_at = at;
            }
        });
        tokio::time::sleep(wait).await;
    }

    /// Takes a place. Whoever takes one looks at once, so that nobody else need be told.
    fn enter(&self, need: Need, priority: Priority) -> Waiter<'_> {
        let mut state = self.lock();
        let place = (priority, state.next_number);
        state.next_number += 1;
        state.waiting.insert(place, need);
        Waiter { budgets: self, place, done: false }
    }

    /// `None` if it is the waiter's turn, else the next time to look.
    fn look(&self, waiter: &mut Waiter<'_>) -> Option<Instant> {
        let (served, next) = {
            let mut state = self.lock();
            let (served, next) = state.serve(Instant::now());
            waiter.done = state.granted.remove(&waiter.place).is_some();
            self.publish(&mut state);
            (served, next)
        };
        // Only for news: who has been given a turn and does not take it must not keep the others awake.
        if served {
            self.shared.changed.notify_waiters();
        }
        (!waiter.done).then_some(next)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        {
            let mut state = self.lock();
            change(&mut state);
            self.publish(&mut state);
        }
        self.shared.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements; a panic elsewhere does not spoil it.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, state: &mut State) {
        state.refresh_view();
        let now = state.view;
        self.shared.view.send_if_modified(|shown| {
            let differs = *shown != now;
            *shown = now;
            differs
        });
    }
}

impl State {
    fn view_of(&mut self, bucket: usize) -> &mut BucketView {
        if bucket == 0 { &mut self.view.identity_protection } else { &mut self.view.sign_in_log }
    }

    fn refresh_view(&mut self) {
        for bucket in 0..self.buckets.len() {
            let mut waiting = [0; 4];
            for ((priority, _), need) in &self.waiting {
                waiting[*priority as usize] += usize::from(need.buckets().contains(&bucket));
            }
            let (rate, paused) = (self.buckets[bucket].rate(), self.buckets[bucket].is_paused());
            let view = self.view_of(bucket);
            view.waiting = waiting;
            view.rate = rate;
            view.paused_until = view.paused_until.filter(|_| paused);
        }
    }

    /// Gives a turn to everybody who may go now. Returns whether there was anybody, and when to look again.
    fn serve(&mut self, now: Instant) -> (bool, Instant) {
        let mut served = false;
        loop {
            // What each limit is kept free for: the time at which somebody of higher standing will need it.
            let mut kept: [Option<Instant>; 2] = [None, None];
            let mut next = now + Duration::from_secs(60);
            let mut turn = None;
            for (place, need) in &self.waiting {
                let buckets = need.buckets();
                let ready =
                    buckets.iter().map(|bucket| self.buckets[*bucket].ready(now)).max().unwrap_or(now);
                let delays_nobody = buckets.iter().all(|bucket| {
                    kept[*bucket].is_none_or(|until| self.buckets[*bucket].ready_after(ready) <= until)
                });
                if !delays_nobody {
                    continue;
                }
                if ready <= now {
                    turn = Some((*place, *need));
                    break;
                }
                next = next.min(ready);
                for bucket in buckets {
                    kept[*bucket] = Some(kept[*bucket].map_or(ready, |until| until.min(ready)));
                }
            }
            let Some((place, need)) = turn else { return (served, next) };
            served = true;
            self.waiting.remove(&place);
            for bucket in need.buckets() {
                self.buckets[*bucket].start(now);
            }
            self.granted.insert(place, (need, now));
        }
    }
}

/// A caller that waits. Dropped before its turn was taken, it leaves no trace.
struct Waiter<'a> {
    budgets: &'a Budgets,
    place: Place,
    done: bool,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let place = self.place;
        self.budgets.change(|state| {
            state.waiting.remove(&place);
            if let Some((need, start)) = state.granted.remove(&place) {
                for bucket in need.buckets() {
                    state.buckets[*bucket].give_back(start);
                }
            }
        });
    }
}

impl fmt::Debug for Budgets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budgets").field("view", &*self.shared.view.borrow()).finish_non_exhaustive()
    }
}
