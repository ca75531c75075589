//! The review: the only place from which anything is sent (rules R2 to R7).
//!
//! It is opened on a copy of what is staged and holds the very targets that it shows. What is skipped, hidden or
//! asked about is listed with the reason, and never sent by accident.

use super::model::{List, Session};
use super::tray::Staged;
use crate::entity::{Kind, RiskLevel, RiskState, Skip, Standing, Target, Verdict};
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

/// Why a staged verdict is not among those that would be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// It cannot be sent.
    Skipped(Skip),
    /// The filter of its table hides it; a key includes it.
    Hidden,
    /// Calling a remediated user compromised raises the risk of someone who proved themselves; a key includes it.
    Remediated,
}

/// One staged verdict in the review.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What was staged.
    pub staged: Staged,
    /// Why it is set aside, if it is.
    pub aside: Option<Aside>,
    /// Its row says something else now than when it was staged.
    pub changed: bool,
}

/// What the review needs to know of the rest of the console, once, when it opens.
pub trait Surroundings {
    /// Whether the table's filter shows the row from which it was staged.
    fn is_shown(&self, staged: &Staged) -> bool;
    /// The row as it is now, if it is still loaded.
    fn standing_now(&self, staged: &Staged) -> Option<Standing>;
    /// Whether the user is known to be deleted.
    fn is_deleted(&self, staged: &Staged) -> bool;
    /// Whether a verdict on the target is on its way.
    fn is_under_way(&self, target: Target) -> bool;
}

/// The review of what is staged.
#[derive(Clone, Debug)]
pub struct Review {
    /// All entries: first those that would be sent, then the others.
    pub entries: Vec<Entry>,
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
        let mut entries: Vec<Entry> = staged
            .into_iter()
            .map(|staged| {
                let current = around.standing_now(&staged);
                let changed = current.as_ref().is_some_and(|current| has_changed(current, &staged.standing));
                let standing = current.unwrap_or_else(|| staged.standing.clone());
                let aside = aside(&staged, &standing, around, session);
                Entry { staged, aside, changed }
            })
            .collect();
        entries.sort_by_key(|entry| entry.aside.is_some());
        Self {
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
        }
    }

    /// Whether a key that is pressed now may be meant for what was on the screen before.
    pub fn is_deaf(&self, now: DateTime<Utc>) -> bool {
        now - self.opened < DEAF
    }

    /// Whether the entry would be sent.
    pub fn is_included(&self, entry: &Entry) -> bool {
        match entry.aside {
            None => true,
            Some(Aside::Hidden) => self.with_hidden,
            Some(Aside::Remediated) => self.with_remediated,
            Some(Aside::Skipped(_)) => false,
        }
    }

    /// What would be sent.
    pub fn included(&self) -> impl Iterator<Item = &Staged> {
        self.entries.iter().filter(|entry| self.is_included(entry)).map(|entry| &entry.staged)
    }

    /// How many targets would be sent.
    pub fn count(&self) -> usize {
        self.included().count()
    }

    /// How many are set aside for that reason.
    pub fn set_aside(&self, aside: Aside) -> usize {
        self.entries.iter().filter(|entry| entry.aside == Some(aside)).count()
    }

    /// The number that must be typed before it is accepted; `None` where one key is enough.
    pub fn needed_number(&self) -> Option<usize> {
        let count = self.count();
        let compromised = self.included().any(|staged| staged.verdict == Verdict::Compromised);
        (count > FEW || compromised).then_some(count)
    }

    /// Whether the analyst did what accepting takes; if not, why not.
    pub fn may_accept(&self) -> Result<(), String> {
        if self.count() == 0 {
            return Err("nothing would be sent".into());
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
    pub fn lines(&self) -> Vec<Line> {
        let mut lines: BTreeMap<(Verdict, Kind), Vec<RiskLevel>> = BTreeMap::new();
        for staged in self.included() {
            let line = lines.entry((staged.verdict, staged.target.kind())).or_default();
            line.push(staged.standing.level.clone());
        }
        lines
            .into_iter()
            .map(|((verdict, kind), levels)| Line {
                verdict,
                kind,
                count: levels.len(),
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

    /// What the analyst must know before accepting.
    pub fn warnings(&self, session: &Session) -> Vec<String> {
        let mut warnings = Vec::new();
        let privileged = self.included().filter(|staged| session.is_privileged(&staged.standing)).count();
        if privileged > 0 {
            warnings.push(format!("{privileged} on privileged accounts"));
        }
        let changed = self.entries.iter().filter(|entry| entry.changed && self.is_included(entry)).count();
        if changed > 0 {
            warnings.push(format!("{changed} changed since you staged them (≠)"));
        }
        let contradictions = self.contradictions();
        if contradictions > 0 {
            warnings.push(format!(
                "{contradictions} users are called compromised and not compromised at once; the second verdict waits for the first"
            ));
        }
        warnings
    }

    /// Users about whom, or about whose sign-ins, opposite things would be said.
    fn contradictions(&self) -> usize {
        let mut said: HashMap<_, HashSet<bool>> = HashMap::new();
        for staged in self.included() {
            if let Some(user) = staged.standing.user {
                said.entry(user).or_default().insert(staged.verdict == Verdict::Compromised);
            }
        }
        // Two sign-ins of one user may well differ; a verdict on the user as such may not.
        let about_user: HashSet<_> = self
            .included()
            .filter(|staged| staged.target.kind() == Kind::User)
            .filter_map(|staged| staged.standing.user)
            .collect();
        said.iter().filter(|(user, verdicts)| verdicts.len() > 1 && about_user.contains(user)).count()
    }

    /// Adds a digit to the number.
    pub fn type_digit(&mut self, digit: char) {
        if self.number.len() < 7 {
            self.number.push(digit);
        }
    }

    /// Takes the entry under the cursor out. Its target.
    pub fn leave_out(&mut self) -> Option<Target> {
        if self.cursor >= self.entries.len() {
            return None;
        }
        let entry = self.entries.remove(self.cursor);
        self.cursor = self.cursor.min(self.entries.len().saturating_sub(1));
        self.number.clear();
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

/// Why a staged verdict is not sent with the others, if so. What cannot be sent at all comes first.
fn aside(
    staged: &Staged,
    standing: &Standing,
    around: &dyn Surroundings,
    session: &Session,
) -> Option<Aside> {
    let compromised = staged.verdict == Verdict::Compromised;
    let skip = if around.is_under_way(staged.target) {
        Some(Skip::UnderWay)
    } else if compromised && session.is_myself(standing) {
        Some(Skip::Myself)
    } else if compromised && session.is_protected(standing) {
        Some(Skip::Protected)
    } else if standing.deleted || around.is_deleted(staged) {
        Some(Skip::Deleted)
    } else if standing.processing {
        Some(Skip::Processing)
    } else if is_there_already(staged, standing) {
        Some(Skip::AlreadyThere)
    } else {
        None
    };
    if let Some(skip) = skip {
        return Some(Aside::Skipped(skip));
    }
    if !around.is_shown(staged) {
        return Some(Aside::Hidden);
    }
    (compromised && standing.state == RiskState::Remediated).then_some(Aside::Remediated)
}

/// A detection's own state says nothing about its sign-in or user, so only a row of the target's own list counts.
fn is_there_already(staged: &Staged, standing: &Standing) -> bool {
    staged.origin.0 != List::Detections && standing.state == staged.verdict.resulting_state()
}
