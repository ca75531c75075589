//! The review: the only place from which anything is sent (rules R2 to R7).
//!
//! It is opened on a copy of what is staged and holds the very targets that it shows. What is skipped, hidden or
//! asked about is listed with the reason, and never sent by accident.

use super::model::{List, Session};
use super::tray::Staged;
use crate::entity::{Kind, RiskLevel, RiskState, Skip, Standing, Target, Verdict};
use crate::queue::Submission;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap, HashSet};
use tui_input::Input;

/// Up to so many targets, none of them compromised, one key accepts (rule R4).
pub const FEW: usize = 10;

/// Keys in the first moment after opening belong to what was on the screen before (rule R24).
const DEAF: TimeDelta = TimeDelta::milliseconds(300);

/// Which text of the review is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// The reason.
    Reason,
    /// The ticket.
    Ticket,
}

/// One staged verdict in the review.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What was staged.
    pub staged: Staged,
    /// The target as it is now: what is shown, counted and handed on as *seen*.
    pub now: Standing,
    /// Why it cannot be sent, if so.
    pub skip: Option<Skip>,
    /// The filter of its table hides it; a key includes it.
    pub hidden: bool,
    /// Calling a remediated user compromised raises the risk of someone who proved themselves; a key includes it.
    pub remediated: bool,
    /// It says something else now than when the verdict was staged.
    pub changed: bool,
    /// Another verdict on it is on its way: this one replaces it if that was not sent yet, else it waits for it.
    pub after_another: bool,
}

/// What the review needs to know of the rest of the console.
pub trait Surroundings {
    /// Whether the table's filter shows the row from which it was staged.
    fn is_shown(&self, staged: &Staged) -> bool;
    /// The target as it is now: from its own list, else from the row it was staged on; `None` where neither is listed any
    /// more. Whether it is from its own list: a detection's own state says nothing about its sign-in or user.
    fn standing_now(&self, staged: &Staged) -> Option<(Standing, bool)>;
    /// Whether the user is known to be deleted.
    fn is_deleted(&self, staged: &Staged) -> bool;
    /// The verdict on the target that is on its way, if one is.
    fn under_way(&self, target: Target) -> Option<Verdict>;
}

/// The review of what is staged.
#[derive(Clone, Debug)]
pub struct Review {
    /// All entries: first those that would be sent, then the others.
    entries: Vec<Entry>,
    /// When it was opened.
    opened: DateTime<Utc>,
    /// The entry under the cursor.
    pub cursor: usize,
    /// Whether hidden ones are included.
    pub with_hidden: bool,
    /// Whether remediated ones are included.
    pub with_remediated: bool,
    /// The number typed so far.
    pub number: String,
    /// The reason.
    pub reason: Input,
    /// The ticket.
    pub ticket: Input,
    /// Which text is being typed.
    pub typing: Option<Typing>,
    /// What the last key could not do, and why.
    pub complaint: Option<String>,
    /// What there is to say of the entries: counted once per change, because it is asked at every frame.
    sum: Sum,
}

/// What there is to say of all entries together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum {
    count: usize,
    compromised: usize,
    lines: Vec<Line>,
    warnings: Vec<String>,
    skipped: Vec<(Skip, usize)>,
    hidden: usize,
    remediated: usize,
}

/// A line of the summary: how many targets of a kind get a verdict, by level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The verdict.
    pub verdict: Verdict,
    /// The kind.
    pub kind: Kind,
    /// How many.
    pub count: usize,
    /// Of how many users.
    pub users: usize,
    /// How many of each level, worst first.
    pub levels: Vec<(RiskLevel, usize)>,
}

impl Review {
    /// Opens the review on what is staged.
    pub fn open(
        staged: Vec<Staged>,
        around: &dyn Surroundings,
        session: &Session,
        now: DateTime<Utc>,
    ) -> Self {
        let mut entries: Vec<Entry> =
            staged.into_iter().map(|staged| entry(staged, around, session)).collect();
        entries.sort_by_key(|entry| entry.skip.is_some() || entry.hidden || entry.remediated);
        let mut review = Self {
            entries,
            opened: now,
            cursor: 0,
            with_hidden: false,
            with_remediated: false,
            number: String::new(),
            reason: Input::default(),
            ticket: Input::default(),
            typing: None,
            complaint: None,
            sum: Sum::default(),
        };
        review.count_up(session);
        review
    }

    /// Looks at the targets again. Whether anything is different from what was shown; the number must then be typed anew.
    pub fn look_again(&mut self, around: &dyn Surroundings, session: &Session) -> bool {
        let entries: Vec<Entry> =
            self.entries.iter().map(|known| entry(known.staged.clone(), around, session)).collect();
        let different = entries != self.entries;
        if different {
            self.entries = entries;
            self.number.clear();
            self.count_up(session);
        }
        different
    }

    /// All entries: first those that would be sent, then the others.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether a key that is pressed now may be meant for what was on the screen before.
    pub fn is_deaf(&self, now: DateTime<Utc>) -> bool {
        now - self.opened < DEAF
    }

    /// Whether the entry would be sent.
    pub fn is_included(&self, entry: &Entry) -> bool {
        entry.skip.is_none()
            && (!entry.hidden || self.with_hidden)
            && (!entry.remediated || self.with_remediated)
    }

    /// What would be sent.
    pub fn included(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| self.is_included(entry))
    }

    /// How many targets would be sent.
    pub fn count(&self) -> usize {
        self.sum.count
    }

    /// How many cannot be sent, by reason.
    pub fn skipped(&self) -> &[(Skip, usize)] {
        &self.sum.skipped
    }

    /// How many a filter hides.
    pub fn hidden(&self) -> usize {
        self.sum.hidden
    }

    /// How many are about users who are remediated already.
    pub fn remediated(&self) -> usize {
        self.sum.remediated
    }

    /// Includes what a filter hides, or no longer.
    pub fn toggle_hidden(&mut self, session: &Session) {
        self.with_hidden = !self.with_hidden;
        self.number.clear();
        self.count_up(session);
    }

    /// Includes users who are remediated already, or no longer.
    pub fn toggle_remediated(&mut self, session: &Session) {
        self.with_remediated = !self.with_remediated;
        self.number.clear();
        self.count_up(session);
    }

    /// The number that must be typed before it is accepted; `None` where one key is enough.
    pub fn needed_number(&self) -> Option<usize> {
        (self.sum.count > FEW || self.sum.compromised > 0).then_some(self.sum.count)
    }

    /// Whether the analyst did what accepting takes; if not, why not.
    pub fn may_accept(&self) -> Result<(), String> {
        if self.sum.count == 0 {
            return Err("nothing would be sent".into());
        }
        if self.sum.count > Submission::MOST {
            return Err(format!("at most {} targets can be sent at once", Submission::MOST));
        }
        match self.needed_number() {
            Some(number) if self.number != number.to_string() => Err(if self.number.is_empty() {
                format!("type the number of targets first: {number}")
            } else {
                format!("{} is not the number of targets: {number}", self.number)
            }),
            _ => Ok(()),
        }
    }

    /// What would be sent, by verdict and kind.
    pub fn lines(&self) -> &[Line] {
        &self.sum.lines
    }

    /// What the analyst must know before accepting.
    pub fn warnings(&self) -> &[String] {
        &self.sum.warnings
    }

    fn count_up(&mut self, session: &Session) {
        let skipped = Skip::ALL
            .into_iter()
            .map(|skip| (skip, self.entries.iter().filter(|entry| entry.skip == Some(skip)).count()));
        let able = || self.entries.iter().filter(|entry| entry.skip.is_none());
        self.sum = Sum {
            count: self.included().count(),
            compromised: self.included().filter(|entry| entry.staged.verdict == Verdict::Compromised).count(),
            lines: self.by_verdict(),
            warnings: self.find_warnings(session),
            skipped: skipped.filter(|(_, count)| *count > 0).collect(),
            hidden: able().filter(|entry| entry.hidden).count(),
            remediated: able().filter(|entry| entry.remediated).count(),
        };
    }

    fn by_verdict(&self) -> Vec<Line> {
        let mut lines: BTreeMap<(Verdict, Kind), (Vec<RiskLevel>, HashSet<_>)> = BTreeMap::new();
        for entry in self.included() {
            let line = lines.entry((entry.staged.verdict, entry.staged.target.kind())).or_default();
            line.0.push(entry.now.level.clone());
            line.1.extend(entry.now.user);
        }
        lines
            .into_iter()
            .map(|((verdict, kind), (levels, users))| Line {
                verdict,
                kind,
                count: levels.len(),
                users: users.len(),
                levels: by_level(&levels),
            })
            .collect()
    }

    /// How many Graph calls it takes with batches of that size.
    pub fn calls(&self, batch_size: usize) -> usize {
        self.lines().iter().map(|line| line.count.div_ceil(batch_size.max(1))).sum()
    }

    /// About how many seconds the calls take, without the grace: one call a second for users, one in two seconds for
    /// sign-ins, whose calls count in both budgets (rule R16).
    pub fn seconds(&self, batch_size: usize) -> usize {
        self.lines()
            .iter()
            .map(|line| {
                line.count.div_ceil(batch_size.max(1)) * if line.kind == Kind::SignIn { 2 } else { 1 }
            })
            .sum()
    }

    fn find_warnings(&self, session: &Session) -> Vec<String> {
        let mut warnings = Vec::new();
        let privileged = self.included().filter(|entry| session.is_privileged(&entry.now)).count();
        if privileged > 0 {
            warnings.push(format!("{privileged} on privileged accounts"));
        }
        let changed = self.included().filter(|entry| entry.changed).count();
        if changed > 0 {
            warnings.push(format!("{changed} changed since you staged them (≠)"));
        }
        let after = self.included().filter(|entry| entry.after_another).count();
        if after > 0 {
            warnings.push(format!("{after} replace a verdict that waits, or wait for one that was sent"));
        }
        let contradictions = self.contradictions();
        if contradictions > 0 {
            let users =
                if contradictions == 1 { "1 user is" } else { &format!("{contradictions} users are") };
            warnings
                .push(format!("{users} called compromised and not compromised at once; the second waits"));
        }
        warnings
    }

    /// Users about whom, or about whose sign-ins, opposite things would be said.
    fn contradictions(&self) -> usize {
        let mut said: HashMap<_, HashSet<bool>> = HashMap::new();
        let mut about_user = HashSet::new();
        for entry in self.included() {
            if let Some(user) = entry.now.user {
                said.entry(user).or_default().insert(entry.staged.verdict == Verdict::Compromised);
                // Two sign-ins of one user may well differ; a verdict on the user as such may not.
                if entry.staged.target.kind() == Kind::User {
                    about_user.insert(user);
                }
            }
        }
        said.iter().filter(|(user, verdicts)| verdicts.len() > 1 && about_user.contains(user)).count()
    }

    /// Adds a digit to the number.
    pub fn type_digit(&mut self, digit: char) {
        if self.number.len() < 7 {
            self.number.push(digit);
        }
    }

    /// Takes the entry under the cursor out. Its target.
    pub fn leave_out(&mut self, session: &Session) -> Option<Target> {
        if self.cursor >= self.entries.len() {
            return None;
        }
        let entry = self.entries.remove(self.cursor);
        self.cursor = self.cursor.min(self.entries.len().saturating_sub(1));
        self.number.clear();
        self.count_up(session);
        Some(entry.staged.target)
    }

    /// The text that is being typed.
    pub fn field(&mut self) -> Option<&mut Input> {
        match self.typing? {
            Typing::Reason => Some(&mut self.reason),
            Typing::Ticket => Some(&mut self.ticket),
        }
    }
}

/// Whether the row says something else now, in what a verdict depends on.
fn has_changed(now: &Standing, then: &Standing) -> bool {
    (&now.level, &now.state, &now.detail) != (&then.level, &then.state, &then.detail)
}

fn by_level(levels: &[RiskLevel]) -> Vec<(RiskLevel, usize)> {
    let mut counts: Vec<(RiskLevel, usize)> = Vec::new();
    for level in levels {
        match counts.iter_mut().find(|(known, _)| known == level) {
            Some((_, count)) => *count += 1,
            None => counts.push((level.clone(), 1)),
        }
    }
    counts.sort_by_key(|(level, _)| std::cmp::Reverse(level.rank()));
    counts
}

/// Looks at one target as it is now.
fn entry(staged: Staged, around: &dyn Surroundings, session: &Session) -> Entry {
    let current = around.standing_now(&staged);
    let (now, own) = current.clone().unwrap_or_else(|| (staged.standing.clone(), false));
    let compromised = staged.verdict == Verdict::Compromised;
    let skip = if around.under_way(staged.target) == Some(staged.verdict) {
        Some(Skip::UnderWay)
    } else if compromised && session.is_myself(&now) {
        Some(Skip::Myself)
    } else if compromised && session.is_protected(&now) {
        Some(Skip::Protected)
    } else if current.is_none() {
        Some(Skip::NotListed)
    } else if now.deleted || around.is_deleted(&staged) {
        Some(Skip::Deleted)
    } else if now.processing {
        Some(Skip::Processing)
    } else if own && now.state == staged.verdict.resulting_state() {
        Some(Skip::AlreadyThere)
    } else {
        None
    };
    Entry {
        hidden: current.is_some() && !around.is_shown(&staged),
        remediated: compromised && now.state == RiskState::Remediated,
        // A row of another list says other things about the same target without anything having changed.
        after_another: around.under_way(staged.target).is_some(),
        changed: own && staged.origin.0 != List::Detections && has_changed(&now, &staged.standing),
        staged,
        now,
        skip,
    }
}
