//! The keys, in one table. Dispatch, the key line, the help screen and the README read it.

use super::action::Action;
use super::key::KeyPress;
use super::model::Tab;
use crate::entity::Verdict;
use std::fmt::Write as _;

/// Where a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A table of rows.
    Table,
    /// The queue tab.
    Queue,
    /// The evidence on the whole screen.
    Evidence,
    /// The review.
    Review,
    /// The targets of one submission.
    Targets,
    /// The question before quitting.
    Quit,
    /// The help.
    Help,
}

/// One row of the table.
#[derive(Debug)]
pub struct Binding {
    /// Where it holds.
    pub scopes: &'static [Scope],
    /// Names of the keys that mean it.
    pub keys: &'static [&'static str],
    /// What they mean.
    pub action: Action,
    /// The heading under which the help shows it.
    pub group: &'static str,
    /// What it does, for the help and the README.
    pub help: &'static str,
    /// A word or two for the key line; empty for keys that everybody knows.
    pub hint: &'static str,
}

const LISTS: &[Scope] = &[Scope::Table];
const MOVING: &[Scope] = &[Scope::Table, Scope::Queue];
const PAGES: &[Scope] =
    &[Scope::Table, Scope::Queue, Scope::Targets, Scope::Evidence, Scope::Review, Scope::Help];
const VERDICTS: &[Scope] = &[Scope::Table, Scope::Evidence];
const MAIN: &[Scope] = &[Scope::Table, Scope::Queue, Scope::Targets, Scope::Evidence];
const EVERYWHERE: &[Scope] =
    &[Scope::Table, Scope::Queue, Scope::Targets, Scope::Evidence, Scope::Review, Scope::Quit, Scope::Help];

const fn bind(
    scopes: &'static [Scope],
    keys: &'static [&'static str],
    action: Action,
    group: &'static str,
    help: &'static str,
    hint: &'static str,
) -> Binding {
    Binding { scopes, keys, action, group, help, hint }
}

/// Every key of the console. The first binding that fits a key in a scope wins; a test keeps them from overlapping.
#[rustfmt::skip]
pub static BINDINGS: &[Binding] = &[
    bind(VERDICTS, &["s"], Action::Stage(Verdict::Safe), "Verdicts", "stage *safe* on the shown marks, else on the row under the cursor", "safe"),
    bind(VERDICTS, &["c"], Action::Stage(Verdict::Compromised), "Verdicts", "stage *compromised*", "compromised"),
    bind(VERDICTS, &["d"], Action::Stage(Verdict::Dismissed), "Verdicts", "stage *dismissed*", "dismissed"),
    bind(VERDICTS, &["x"], Action::Unstage, "Verdicts", "take the staged verdict of the shown marks, else of the row, back", "unstage"),
    bind(LISTS, &["X"], Action::UnstageAll, "Verdicts", "take all staged verdicts back", ""),
    bind(MAIN, &["$"], Action::Review, "Verdicts", "review what is staged, and send it", "review"),
    bind(MAIN, &["z"], Action::Recall, "Verdicts", "recall the submission in grace, else undo the last staging", "recall"),

    bind(LISTS, &["space"], Action::Mark, "Marks", "mark or unmark the row and step down", "mark"),
    bind(LISTS, &["*"], Action::MarkAll, "Marks", "mark all shown rows", "all"),
    bind(LISTS, &[","], Action::MarkSame, "Marks", "mark all shown rows with the value of this cell", "same"),
    bind(LISTS, &["v"], Action::Range, "Marks", "begin a range; move; `v` again ends it", ""),
    bind(LISTS, &["V"], Action::MarkAgain, "Marks", "mark the last set again", ""),
    bind(LISTS, &["i"], Action::Invert, "Marks", "invert the marks of the shown rows", ""),
    bind(LISTS, &["u"], Action::Unmark, "Marks", "unmark the row", ""),
    bind(LISTS, &["U"], Action::UnmarkAll, "Marks", "unmark everything, hidden rows too", "unmark all"),

    bind(PAGES, &["j", "down"], Action::Down, "Moving", "down", ""),
    bind(PAGES, &["k", "up"], Action::Up, "Moving", "up", ""),
    bind(PAGES, &["g", "home"], Action::Top, "Moving", "to the top", ""),
    bind(PAGES, &["G", "end"], Action::Bottom, "Moving", "to the bottom", ""),
    bind(PAGES, &["ctrl-d"], Action::HalfPageDown, "Moving", "half a page down", ""),
    bind(PAGES, &["ctrl-u"], Action::HalfPageUp, "Moving", "half a page up", ""),
    bind(PAGES, &["pgdn"], Action::PageDown, "Moving", "a page down", ""),
    bind(PAGES, &["pgup"], Action::PageUp, "Moving", "a page up", ""),
    bind(LISTS, &["h", "left"], Action::Left, "Moving", "cell cursor to the left", ""),
    bind(LISTS, &["l", "right"], Action::Right, "Moving", "cell cursor to the right", ""),
    bind(MAIN, &["J"], Action::ScrollDown, "Moving", "scroll the evidence down; on the whole screen: next row", ""),
    bind(MAIN, &["K"], Action::ScrollUp, "Moving", "scroll the evidence up; on the whole screen: previous row", ""),

    bind(MAIN, &["1"], Action::Open(Tab::Users), "Tabs", "Users", ""),
    bind(MAIN, &["2"], Action::Open(Tab::SignIns), "Tabs", "Sign-ins", ""),
    bind(MAIN, &["3"], Action::Open(Tab::Detections), "Tabs", "Detections", ""),
    bind(MAIN, &["4"], Action::Open(Tab::Queue), "Tabs", "Queue", ""),
    bind(MOVING, &["tab"], Action::NextTab, "Tabs", "next tab", ""),
    bind(MOVING, &["shift-tab"], Action::PreviousTab, "Tabs", "previous tab", ""),

    bind(LISTS, &["enter"], Action::Evidence, "Looking", "evidence on the whole screen; a verdict there is about that row alone", "evidence"),
    bind(LISTS, &["E"], Action::Pane, "Looking", "evidence pane on or off", ""),
    bind(LISTS, &["/"], Action::Filter, "Looking", "filter as you type: words, `!word` leaves out; `enter` keeps it, `esc` clears it", "filter"),
    bind(LISTS, &["n"], Action::NextMatch, "Looking", "next row that matches the last filter", ""),
    bind(LISTS, &["N"], Action::PreviousMatch, "Looking", "previous row that matches the last filter", ""),
    bind(LISTS, &["o"], Action::Sort, "Looking", "sort by the column of the cell cursor", "sort"),
    bind(LISTS, &["O"], Action::Reverse, "Looking", "reverse the order", ""),
    bind(LISTS, &["w"], Action::Wide, "Looking", "wide columns on or off", "wide"),
    bind(MAIN, &["t"], Action::Times, "Looking", "times as age, UTC or local time", ""),
    bind(LISTS, &["r"], Action::Refresh, "Looking", "refresh", "refresh"),
    bind(MOVING, &["R"], Action::AutoRefresh, "Looking", "refresh every minute, on or off", ""),

    bind(&[Scope::Review], &["y"], Action::Accept, "In the review", "accept: up to 10 targets and nothing compromised; else type the number of targets first", "accept"),
    bind(&[Scope::Review], &["r"], Action::Reason, "In the review", "write a reason", "reason"),
    bind(&[Scope::Review], &["t"], Action::TicketField, "In the review", "write a ticket", "ticket"),
    bind(&[Scope::Review], &["x"], Action::LeaveOut, "In the review", "leave the row under the cursor out, and unstage it", "leave out"),
    bind(&[Scope::Review], &["h"], Action::IncludeHidden, "In the review", "include staged rows that a filter hides", "include hidden"),
    bind(&[Scope::Review], &["m"], Action::IncludeRemediated, "In the review", "include users who are remediated already", "include remediated"),
    bind(&[Scope::Review], &["enter", "esc", "q"], Action::Back, "In the review", "cancel; everything stays staged", "cancel"),

    bind(&[Scope::Queue], &["enter"], Action::Evidence, "In the queue", "the targets of the submission, one by one", "targets"),
    bind(&[Scope::Queue], &["r"], Action::Refresh, "In the queue", "try again what is stuck, or go on after a pause", "try again"),

    bind(&[Scope::Quit], &["w"], Action::QuitSend, "Before quitting", "wait: send now what was accepted, then quit", "send now, then quit"),
    bind(&[Scope::Quit], &["Q"], Action::QuitRecall, "Before quitting", "quit now: what was not sent is recalled, what is staged is dropped", "quit now"),
    bind(&[Scope::Quit], &["enter", "esc", "q"], Action::Back, "Before quitting", "stay", "stay"),

    bind(&[Scope::Table, Scope::Queue], &["esc"], Action::Back, "Program", "back: close, end the range, clear the filter", ""),
    bind(&[Scope::Evidence, Scope::Help, Scope::Targets], &["enter", "esc", "q"], Action::Back, "Program", "back", "back"),
    bind(MAIN, &["?"], Action::Help, "Program", "these keys", "help"),
    bind(&[Scope::Help], &["?"], Action::Back, "Program", "close the help", ""),
    bind(&[Scope::Table, Scope::Queue], &["q"], Action::Quit, "Program", "quit; asks where something would be lost", "quit"),
    bind(EVERYWHERE, &["ctrl-c"], Action::Quit, "Program", "quit; asks where something would be lost", ""),
    bind(EVERYWHERE, &["ctrl-z"], Action::Suspend, "Program", "to the shell; `fg` returns", ""),
    bind(EVERYWHERE, &["ctrl-l"], Action::Repaint, "Program", "draw the screen anew", ""),
];

/// The action that `key` means in `scope`.
pub fn action(scope: Scope, key: KeyPress) -> Option<Action> {
    BINDINGS
        .iter()
        .filter(|binding| binding.scopes.contains(&scope))
        .find(|binding| binding.keys.iter().any(|name| KeyPress::named(name) == Some(key)))
        .map(|binding| binding.action)
}

/// The headings of the help, in order.
pub fn groups() -> Vec<&'static str> {
    let mut groups: Vec<&'static str> = Vec::new();
    for binding in BINDINGS {
        if !groups.contains(&binding.group) {
            groups.push(binding.group);
        }
    }
    groups
}

/// The keys as the README prints them: a Markdown table.
pub fn markdown() -> String {
    let mut text = String::from("| keys | what they do |\n|---|---|\n");
    for group in groups() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| **{group}** | |");
        for binding in BINDINGS.iter().filter(|binding| binding.group == group) {
            let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
            let _ = writeln!(text, "| {} | {} |", keys.join(" "), binding.help);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_name_is_known() {
        for binding in BINDINGS {
            for key in binding.keys {
                assert!(KeyPress::named(key).is_some(), "{key}");
            }
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_scope() {
        for (position, binding) in BINDINGS.iter().enumerate() {
            for other in &BINDINGS[position + 1..] {
                let shared = binding.scopes.iter().any(|scope| other.scopes.contains(scope));
                let key = binding.keys.iter().find(|key| other.keys.contains(key));
                assert!(!shared || key.is_none(), "{key:?}: {:?} and {:?}", binding.action, other.action);
            }
        }
    }

    #[test]
    fn no_verdict_can_come_from_a_split_escape_sequence() {
        let verdicts = BINDINGS.iter().filter(|b| matches!(b.action, Action::Stage(_) | Action::Accept));
        for key in verdicts.flat_map(|binding| binding.keys) {
            assert!(!matches!(*key, "[" | "O" | "A" | "B" | "C" | "D" | "~"), "{key}");
        }
    }

    #[test]
    fn no_key_needs_what_a_multiplexer_takes() {
        for key in BINDINGS.iter().flat_map(|binding| binding.keys) {
            assert!(!["ctrl-a", "ctrl-b", "ctrl-s", "ctrl-q", "ctrl-\\"].contains(key), "{key}");
        }
    }
}
