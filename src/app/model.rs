//! Everything the console knows.

use super::geometry::Geometry;
use super::keymap::Scope;
use super::load::Load;
use super::message::{BudgetLine, Problem, Ticket};
use super::queue_tab::QueueTab;
use super::quit::Unfinished;
use super::review::{Review, Surroundings};
use super::table::{Sort, Table};
use super::tray::{Staged, Tray};
use crate::entity::{
    Column, Facts, Key, RiskDetection, RiskyUser, Row, SignIn, Standing, Target, TimeFormat, UserId, Verdict,
};
use crate::evidence::Evidence;
use crate::queue::{QueueView, SubmissionId, TargetState};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tui_input::Input;

/// A list that is read from Graph and shown as a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// Risky users.
    Users,
    /// Sign-ins.
    SignIns,
    /// Risk detections.
    Detections,
}

impl List {
    /// All lists, in the order of their tabs.
    pub const ALL: [Self; 3] = [Self::Users, Self::SignIns, Self::Detections];

    /// The list's name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Users => "Users",
            Self::SignIns => "Sign-ins",
            Self::Detections => "Detections",
        }
    }

    /// Which rows are asked for, in words: the default view of DESIGN section 4.
    pub fn view(self) -> &'static str {
        match self {
            Self::Users => "at risk or confirmed compromised, not deleted",
            Self::SignIns => "at risk, last 7 days, interactive and not",
            Self::Detections => "at risk, last 7 days",
        }
    }

    /// The list's columns.
    pub fn columns(self) -> Vec<&'static Column> {
        match self {
            Self::Users => RiskyUser::columns().collect(),
            Self::SignIns => SignIn::columns().collect(),
            Self::Detections => RiskDetection::columns().collect(),
        }
    }

    /// The order in which the list opens: users worst first, the others newest first.
    pub fn own_sort(self) -> Sort {
        Sort { column: 0, descending: true }
    }

    /// What decides among rows that are equal in the list's own order.
    pub fn second_sort(self) -> Sort {
        let title = match self {
            Self::Users => "UPDATED",
            Self::SignIns => "LVL",
            Self::Detections => "LEVEL",
        };
        let column = self.columns().iter().position(|column| column.title == title).unwrap_or(0);
        Sort { column, descending: true }
    }
}

/// A tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Risky users.
    Users,
    /// Sign-ins.
    SignIns,
    /// Risk detections.
    Detections,
    /// Submissions on their way.
    Queue,
}

impl Tab {
    /// All tabs, from left to right.
    pub const ALL: [Self; 4] = [Self::Users, Self::SignIns, Self::Detections, Self::Queue];

    /// The list that the tab shows, if it shows one.
    pub fn list(self) -> Option<List> {
        match self {
            Self::Users => Some(List::Users),
            Self::SignIns => Some(List::SignIns),
            Self::Detections => Some(List::Detections),
            Self::Queue => None,
        }
    }

    /// The tab's name.
    pub fn title(self) -> &'static str {
        self.list().map_or("Queue", List::title)
    }
}

/// Who works where, and what they may do. Fixed while the console runs.
#[derive(Clone, Debug)]
pub struct Session {
    /// The profile's name.
    pub profile: String,
    /// The signed-in account; empty where the token does not say.
    pub account: String,
    /// The tenant.
    pub tenant: String,
    /// The cloud, or the address that stands for it.
    pub cloud: String,
    /// Whether verdicts may be given (rule R5).
    pub write: bool,
    /// Why not, where the profile allows it but something else does not.
    pub read_only_because: Option<String>,
    /// Ids and name patterns of accounts that are never called compromised (rule R6).
    pub protect: Vec<String>,
    /// Ids and name patterns of accounts whose verdicts are warned about.
    pub privileged: Vec<String>,
    /// The signed-in analyst's own object id.
    pub myself: Option<UserId>,
    /// The time between accepting a submission and its first call.
    pub grace: Duration,
    /// Most ids in one call.
    pub batch_size: usize,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            profile: "default".into(),
            account: String::new(),
            tenant: String::new(),
            cloud: "global".into(),
            write: false,
            read_only_because: None,
            protect: Vec::new(),
            privileged: Vec::new(),
            myself: None,
            grace: Duration::from_secs(10),
            batch_size: crate::entity::Batch::MOST,
        }
    }
}

impl Session {
    /// Whether the row belongs to the analyst's own account.
    pub fn is_myself(&self, standing: &Standing) -> bool {
        let by_id = standing.user.is_some() && standing.user == self.myself;
        by_id
            || (!self.account.is_empty() && self.account.eq_ignore_ascii_case(&standing.user_principal_name))
    }

    /// Whether the profile protects the account.
    pub fn is_protected(&self, standing: &Standing) -> bool {
        names_one_of(&self.protect, standing)
    }

    /// Whether the profile calls the account privileged.
    pub fn is_privileged(&self, standing: &Standing) -> bool {
        names_one_of(&self.privileged, standing)
    }
}

fn names_one_of(patterns: &[String], standing: &Standing) -> bool {
    let id = standing.user.map(|id| id.to_string()).unwrap_or_default();
    patterns.iter().any(|pattern| {
        matches_pattern(pattern, &standing.user_principal_name)
            || (!id.is_empty() && matches_pattern(pattern, &id))
    })
}

/// Whether `text` fits a pattern in which `*` stands for any letters, without regard to ASCII case.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = pattern.contains('*').then(|| parts.next_back().unwrap_or_default()) else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something happened as asked.
    Info,
    /// Something could not be done.
    Refusal,
    /// Something failed.
    Alarm,
}

/// The last thing the console said, in the status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// What.
    pub text: String,
}

/// What lies over the table.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys; first line shown, and what they were asked over.
    Help {
        /// First line shown.
        scroll: usize,
        /// What it lies over.
        over: Option<Box<Overlay>>,
    },
    /// The evidence of the row under the cursor, on the whole screen.
    Evidence {
        /// First line shown.
        scroll: usize,
    },
    /// The review.
    Review(Box<Review>),
    /// The question before quitting; and the review it was asked over, to which staying returns.
    Quit {
        /// The review.
        over: Option<Box<Review>>,
    },
}

/// Everything the console knows. Changed by [`super::update()`] alone.
#[derive(Debug)]
pub struct Model {
    /// Who works where.
    pub session: Session,
    /// The moment at which the messages of this group happen.
    pub now: DateTime<Utc>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The open tab.
    pub tab: Tab,
    tables: [Table; 3],
    loads: [Load; 3],
    /// Links between the loaded rows.
    pub evidence: Evidence,
    /// Users whose history was asked for.
    pub(super) histories: HashMap<UserId, Option<Problem>>,
    /// What is staged.
    pub tray: Tray,
    /// What is on its way.
    pub queue: QueueView,
    /// Cursor of the queue tab.
    pub queue_tab: QueueTab,
    /// What lies over the table.
    pub overlay: Option<Overlay>,
    /// The filter that is being typed.
    pub typing: Option<Input>,
    /// Whether the analyst asked for the evidence pane, or against it; else the screen's size decides.
    pub pane: Option<bool>,
    /// First line of the evidence pane.
    pub pane_scroll: usize,
    /// How times are written.
    pub times: TimeFormat,
    /// What was said last.
    pub notice: Option<Notice>,
    /// When the lists are loaded again by themselves.
    pub next_refresh: Option<DateTime<Utc>>,
    /// The rate budgets.
    pub budgets: BudgetLine,
    /// The analyst chose to leave; the console waits for the queue to stop.
    pub leaving: bool,
    next_ticket: u64,
    next_submission: u64,
    /// What was handed to the queue: it goes back to the tray if the queue refuses it or it is recalled.
    pub(super) handed_over: HashMap<SubmissionId, Vec<Staged>>,
}

impl Model {
    /// A console that has loaded nothing yet.
    pub fn new(session: Session, size: (u16, u16), now: DateTime<Utc>) -> Self {
        Self {
            session,
            now,
            size,
            tab: Tab::SignIns,
            tables: List::ALL.map(Table::new),
            loads: List::ALL.map(|_| Load::default()),
            evidence: Evidence::default(),
            histories: HashMap::new(),
            tray: Tray::default(),
            queue: QueueView::default(),
            queue_tab: QueueTab::default(),
            overlay: None,
            typing: None,
            pane: None,
            pane_scroll: 0,
            times: TimeFormat::default(),
            notice: None,
            next_refresh: None,
            budgets: BudgetLine::default(),
            leaving: false,
            next_ticket: 1,
            next_submission: 1,
            handed_over: HashMap::new(),
        }
    }

    /// The table of a list.
    pub fn table(&self, list: List) -> &Table {
        &self.tables[list as usize]
    }

    /// The table of a list, what its cells may ask, and how times are written: the three that every change of a table
    /// takes together.
    pub(super) fn table_mut(&mut self, list: List) -> (&mut Table, &Evidence, TimeFormat) {
        (&mut self.tables[list as usize], &self.evidence, self.times)
    }

    /// The table of the open tab, if it shows one.
    pub fn current_table(&self) -> Option<&Table> {
        self.tab.list().map(|list| self.table(list))
    }

    /// The table of the open tab, to be changed.
    pub(super) fn current(&mut self) -> Option<(&mut Table, &Evidence, TimeFormat)> {
        self.tab.list().map(|list| self.table_mut(list))
    }

    /// How far the loading of a list has come.
    pub fn load(&self, list: List) -> &Load {
        &self.loads[list as usize]
    }

    pub(super) fn load_mut(&mut self, list: List) -> &mut Load {
        &mut self.loads[list as usize]
    }

    /// The row under the cursor of the open tab.
    pub fn cursor_row(&self) -> Option<&Arc<dyn Row>> {
        self.current_table().and_then(Table::cursor_row)
    }

    /// Where things are on the screen now.
    pub fn geometry(&self) -> Geometry {
        let (width, height) = self.size;
        let roomy = width >= 110 || height >= 30;
        let pane = self.tab != Tab::Queue && self.pane.unwrap_or(roomy);
        Geometry::new(width, height, pane)
    }

    /// In which scope a key is read now.
    pub fn scope(&self) -> Scope {
        match (&self.overlay, self.tab) {
            (Some(Overlay::Help { .. }), _) => Scope::Help,
            (Some(Overlay::Evidence { .. }), _) => Scope::Evidence,
            (Some(Overlay::Review(_)), _) => Scope::Review,
            (Some(Overlay::Quit { .. }), _) => Scope::Quit,
            (None, Tab::Queue) if self.queue_tab.open.is_some() => Scope::Targets,
            (None, Tab::Queue) => Scope::Queue,
            (None, _) => Scope::Table,
        }
    }

    /// Whether what is typed goes into a text and not to the keymap.
    pub fn is_typing(&self) -> bool {
        self.typing.is_some()
            || matches!(&self.overlay, Some(Overlay::Review(review)) if review.typing.is_some())
    }

    /// Whether the history of the user is being read, or why it could not be.
    pub fn history_state(&self, user: UserId) -> Option<Option<&Problem>> {
        self.histories.get(&user).map(Option::as_ref)
    }

    /// What would be lost or left open by leaving now.
    pub fn unfinished(&self) -> Unfinished {
        let counts = self.queue.unfinished();
        Unfinished {
            staged: self.tray.len(),
            recallable: counts.sum(TargetState::can_recall),
            under_way: counts.of(TargetState::Sending) + counts.of(TargetState::Unknown),
            unverified: counts.of(TargetState::Accepted),
        }
    }

    /// The next moment at which something on the screen changes by itself, if there is one. Without one the console
    /// sleeps until a key or an answer comes.
    pub fn wake_at(&self) -> Option<DateTime<Utc>> {
        let countdown = self.queue.in_grace().map(|_| self.now + TimeDelta::seconds(1));
        // A pause, and the wait for another try, are counted down like a grace.
        let [resting, retry] = [self.budgets.resting_until, self.budgets.retry_at].map(|until| {
            until.filter(|until| *until > self.now).map(|until| until.min(self.now + TimeDelta::seconds(1)))
        });
        [countdown, self.next_refresh, resting, retry].into_iter().flatten().min()
    }

    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.notice = Some(Notice { tone, text: text.into() });
    }

    pub(super) fn new_ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    pub(super) fn new_submission(&mut self) -> SubmissionId {
        let id = SubmissionId(self.next_submission);
        self.next_submission += 1;
        id
    }

    /// The list whose loading has that ticket.
    pub(super) fn list_of(&self, ticket: Ticket) -> Option<List> {
        List::ALL.into_iter().find(|list| self.load(*list).awaits(ticket))
    }

    /// Whether the evidence of one row covers the table: a verdict is then about that row alone.
    pub(super) fn is_one_row_in_sight(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Evidence { .. }))
    }

    /// The rows that a verdict would touch now: the shown marks, else the row under the cursor; and their list.
    pub fn chosen(&self) -> (Option<List>, Vec<Arc<dyn Row>>) {
        let Some(table) = self.current_table() else { return (None, Vec::new()) };
        let marks = table.shown_marks();
        if self.is_one_row_in_sight() || table.marked() == 0 {
            return (Some(table.list()), table.cursor_row().map(Arc::clone).into_iter().collect());
        }
        (Some(table.list()), marks)
    }

    /// How many rows a verdict would touch now.
    pub fn chosen_count(&self) -> usize {
        self.current_table().map_or(0, |table| {
            if table.marked() > 0 && !self.is_one_row_in_sight() {
                table.marked() - table.hidden_marks()
            } else {
                usize::from(table.cursor_row().is_some())
            }
        })
    }

    /// Rows that are marked in any table and hidden by its filter.
    pub fn hidden_marks(&self) -> usize {
        self.tables.iter().map(Table::hidden_marks).sum()
    }

    /// Forgets links of rows that the last loading of a list did not bring.
    pub(super) fn prune_evidence(&mut self, list: List) {
        let loaded: HashSet<Key> = self.tables[list as usize].rows().map(|row| row.key()).collect();
        match list {
            List::Users => self.evidence.retain_users(|id| loaded.contains(&Key::User(id))),
            List::SignIns => self.evidence.retain_sign_ins(|id| loaded.contains(&Key::SignIn(id))),
            List::Detections => {
                self.evidence.retain_detections(|id| loaded.contains(&Key::Detection(id.clone())));
            }
        }
    }
}

impl Surroundings for Model {
    fn is_shown(&self, staged: &Staged) -> bool {
        self.table(staged.origin.0).shows(&staged.origin.1)
    }
    fn standing_now(&self, staged: &Staged) -> Option<(Standing, bool)> {
        let own = match staged.target {
            Target::User(id) => self.table(List::Users).row(&Key::User(id)),
            Target::SignIn(id) => self.table(List::SignIns).row(&Key::SignIn(id)),
        };
        let origin = || self.table(staged.origin.0).row(&staged.origin.1);
        let (row, is_own) = own.map(|row| (row, true)).or_else(|| origin().map(|row| (row, false)))?;
        let mut standing = row.standing();
        // A row may name its user by id alone; the profile's patterns are about names (rule R6).
        if standing.user_principal_name.is_empty()
            && let Some(user) = standing.user.and_then(|id| self.evidence.user(id))
        {
            standing.user_principal_name = user.user_principal_name.clone();
        }
        Some((standing, is_own))
    }
    fn is_deleted(&self, staged: &Staged) -> bool {
        let user = staged.standing.user.and_then(|id| self.evidence.user(id));
        user.is_some_and(|user| user.is_deleted == Some(true))
    }
    fn under_way(&self, target: Target) -> Option<Verdict> {
        self.queue.state_of(target).filter(|(_, state)| !state.is_final()).map(|(verdict, _)| verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_with_stars_fits_whole_names() {
        assert!(matches_pattern("breakglass*@contoso.example", "BreakGlass-01@contoso.example"));
        assert!(matches_pattern("*", ""));
        assert!(matches_pattern("a*b*c", "a--b--b-c"));
        assert!(!matches_pattern("a*b*c", "a--c"));
        assert!(!matches_pattern("sync@contoso.example", "async@contoso.example"));
        assert!(!matches_pattern("ab*ba", "aba"));
        assert!(!matches_pattern("", "somebody"));
    }
}
