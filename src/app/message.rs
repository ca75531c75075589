//! What happens to the console, and what it wants done. Both are plain data: they can be printed, compared, counted.

use super::key::KeyPress;
use super::model::List;
use crate::entity::{HistoryItem, RiskDetection, RiskyUser, SignIn, Text, UserId};
use crate::queue::{Command, QueueEvent};
use chrono::{DateTime, Utc};
use std::fmt;

/// The number of a request. An answer whose ticket nobody awaits changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Rows of one kind, as they arrived.
#[derive(Clone, Debug)]
pub enum Rows {
    /// Risky users.
    Users(Vec<RiskyUser>),
    /// Sign-ins.
    SignIns(Vec<SignIn>),
    /// Risk detections.
    Detections(Vec<RiskDetection>),
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Users(rows) => rows.len(),
            Self::SignIns(rows) => rows.len(),
            Self::Detections(rows) => rows.len(),
        }
    }

    /// Whether the page is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A failure, told to a person: what failed, why, what to do next; and Graph's own words for a support case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// What failed, on what.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do next; empty where it passes by itself.
    pub next: String,
    /// Graph's error code.
    pub code: Text,
    /// Graph's request id.
    pub request_id: Text,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)?;
        if !self.next.is_empty() {
            write!(f, " — {}", self.next)?;
        }
        match (self.code.is_empty(), self.request_id.is_empty()) {
            (true, true) => {}
            (false, true) => write!(f, " [{}]", self.code)?,
            (true, false) => write!(f, " [request-id {}]", self.request_id)?,
            (false, false) => write!(f, " [{}, request-id {}]", self.code, self.request_id)?,
        }
        Ok(())
    }
}

/// What happens to the console.
#[derive(Clone, Debug)]
pub enum Message {
    /// The time. Comes before every group of messages, so that all of them happen at a known moment.
    Time(DateTime<Utc>),
    /// A key.
    Key(KeyPress),
    /// A text that was pasted at once.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// A page of a list.
    Page {
        /// The loading it belongs to.
        ticket: Ticket,
        /// Its rows.
        rows: Rows,
        /// A sentence for each item that could not become a row.
        rejected: Vec<String>,
    },
    /// A list was read to its end.
    Loaded {
        /// The loading.
        ticket: Ticket,
        /// What to know of how it came about.
        remark: Option<String>,
    },
    /// A loading broke off.
    LoadFailed {
        /// The loading.
        ticket: Ticket,
        /// Why.
        problem: Problem,
    },
    /// A user's history, or why it could not be read.
    History {
        /// The user.
        user: UserId,
        /// The entries.
        items: Result<Vec<HistoryItem>, Problem>,
    },
    /// Something happened in the queue.
    Queue(QueueEvent),
    /// Requests per second that the two budgets allow now, for the header.
    Budgets(BudgetLine),
}

/// The state of the two rate budgets (rule R16), as the header shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BudgetLine {
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// Until when a budget rests after a 429.
    pub resting_until: Option<DateTime<Utc>>,
    /// When a read that got no usable answer is tried again.
    pub retry_at: Option<DateTime<Utc>>,
}

/// What the console wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Load a list and send its pages with this ticket.
    Load(Ticket, List),
    /// Stop a loading; its answers are not awaited any more.
    CancelLoad(Ticket),
    /// Read the history of a user.
    ReadHistory(UserId),
    /// Tell the queue.
    Queue(Command),
    /// Give the terminal back and stop until the shell continues the program.
    Suspend,
    /// Draw every cell anew.
    Repaint,
    /// Leave.
    Quit,
}
