//! How far the loading of a list has come.

use super::message::{Problem, Ticket};
use chrono::{DateTime, Utc};

/// The loading of one list.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// The loading under way, if any. An answer with another ticket changes nothing.
    pub ticket: Option<Ticket>,
    /// Pages that arrived in this loading, or in the last.
    pub pages: usize,
    /// Rows that arrived.
    pub rows: usize,
    /// Items that could not become rows, because they carry no id.
    pub rejected: usize,
    /// What the first of them was, for the status line.
    pub first_rejected: Option<String>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
    /// Why it broke off.
    pub problem: Option<Problem>,
    /// What the analyst must know of how the list came about: a filter that the server refused, event types missing.
    pub remark: Option<String>,
}

impl Load {
    /// A loading begins.
    pub fn begin(&mut self, ticket: Ticket) {
        *self = Self { ticket: Some(ticket), ended: self.ended, ..Self::default() };
    }

    /// Whether that answer is awaited.
    pub fn awaits(&self, ticket: Ticket) -> bool {
        self.ticket == Some(ticket)
    }

    /// Whether rows are still arriving.
    pub fn is_running(&self) -> bool {
        self.ticket.is_some()
    }

    /// A page arrived.
    pub fn page(&mut self, rows: usize, rejected: Vec<String>) {
        self.pages += 1;
        self.rows += rows;
        self.rejected += rejected.len();
        if self.first_rejected.is_none() {
            self.first_rejected = rejected.into_iter().next();
        }
    }

    /// The loading ended, well or not.
    pub fn end(&mut self, now: DateTime<Utc>, problem: Option<Problem>, remark: Option<String>) {
        self.ticket = None;
        self.ended = Some(now);
        self.problem = problem;
        self.remark = remark;
    }
}
