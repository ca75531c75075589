//! The queue tab: which submission the cursor is on, and whether its targets are open.

use crate::queue::{QueueView, SubmissionId};

/// Cursor and scrolling of the queue tab. Newest submissions stand first.
#[derive(Clone, Debug, Default)]
pub struct QueueTab {
    cursor: Option<SubmissionId>,
    /// The submission whose targets are open.
    pub open: Option<SubmissionId>,
    /// The target under the cursor, where a submission is open: a place in the order in which they are shown.
    pub target: usize,
}

impl QueueTab {
    /// The ids in the order shown: newest first.
    pub fn order(queue: &QueueView) -> Vec<SubmissionId> {
        queue.submissions().iter().rev().map(|view| view.submission.id).collect()
    }

    /// The submission under the cursor.
    pub fn current(&self, queue: &QueueView) -> Option<SubmissionId> {
        let order = Self::order(queue);
        self.cursor.filter(|id| order.contains(id)).or_else(|| order.first().copied())
    }

    /// The place of the cursor.
    pub fn place(&self, queue: &QueueView) -> usize {
        let current = self.current(queue);
        Self::order(queue).iter().position(|id| Some(*id) == current).unwrap_or(0)
    }

    /// Moves by that many submissions, or by that many targets where one is open.
    pub fn step(&mut self, queue: &QueueView, rows: isize) {
        if let Some(open) = self.open {
            let targets = queue.submission(open).map_or(0, |view| view.submission.orders.len());
            self.target = self.target.saturating_add_signed(rows).min(targets.saturating_sub(1));
            return;
        }
        let order = Self::order(queue);
        let place = self.place(queue).saturating_add_signed(rows).min(order.len().saturating_sub(1));
        self.cursor = order.get(place).copied();
    }
}
