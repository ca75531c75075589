//! What a key can mean.

use super::model::Tab;
use crate::entity::Verdict;

/// Something the analyst can ask for. The keymap gives keys to actions; [`super::permit`] says whether one makes
/// sense now; `update` carries it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// First row.
    Top,
    /// Last row.
    Bottom,
    /// Half a page down.
    HalfPageDown,
    /// Half a page up.
    HalfPageUp,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// Cell cursor to the left.
    Left,
    /// Cell cursor to the right.
    Right,
    /// Open that tab.
    Open(Tab),
    /// The tab after this one.
    NextTab,
    /// The tab before this one.
    PreviousTab,
    /// Evidence on the whole screen; in the queue, the submission's targets.
    Evidence,
    /// Evidence pane on or off.
    Pane,
    /// Scroll the evidence down.
    ScrollDown,
    /// Scroll the evidence up.
    ScrollUp,
    /// Close what is open; else end the range; else clear the filter.
    Back,
    /// Mark or unmark the row and step down.
    Mark,
    /// Begin or end marking a range.
    Range,
    /// Mark all shown rows.
    MarkAll,
    /// Mark all shown rows with this cell's value.
    MarkSame,
    /// Invert the marks of the shown rows.
    Invert,
    /// Unmark the row.
    Unmark,
    /// Unmark everything, hidden rows too.
    UnmarkAll,
    /// Mark the last set of marks again.
    MarkAgain,
    /// Stage a verdict on the shown marks, else on the row under the cursor.
    Stage(Verdict),
    /// Take the staged verdict of the shown marks, else of the row, back.
    Unstage,
    /// Take all staged verdicts back.
    UnstageAll,
    /// Open the review.
    Review,
    /// Recall the submission in grace, else undo the last staging.
    Recall,
    /// Type a filter.
    Filter,
    /// To the next row that matches the last filter.
    NextMatch,
    /// To the previous row that matches the last filter.
    PreviousMatch,
    /// Sort by the cell cursor's column.
    Sort,
    /// Reverse the order.
    Reverse,
    /// Wide columns on or off.
    Wide,
    /// Times as age, UTC, local.
    Times,
    /// Load again.
    Refresh,
    /// Automatic refresh on or off.
    AutoRefresh,
    /// Try what is stuck in the queue again.
    Retry,
    /// Accept the review.
    Accept,
    /// Edit the reason in the review.
    Reason,
    /// Edit the ticket in the review.
    TicketField,
    /// Include staged verdicts that a filter hides.
    IncludeHidden,
    /// Include users that are remediated already.
    IncludeRemediated,
    /// Leave the row under the cursor out of the review.
    LeaveOut,
    /// Quit: send first what is in grace or waits.
    QuitSend,
    /// Quit: recall what is in grace or waits.
    QuitRecall,
    /// The keys.
    Help,
    /// Leave, asking first where something would be lost.
    Quit,
    /// To the shell, with the console stopped.
    Suspend,
    /// Draw everything anew.
    Repaint,
}

impl Action {
    /// Whether it serves to give verdicts: none of these is there in a console that only reads (rule R5).
    pub fn is_about_verdicts(self) -> bool {
        matches!(self, Self::Stage(_) | Self::Unstage | Self::UnstageAll | Self::Review | Self::Recall)
    }
}
