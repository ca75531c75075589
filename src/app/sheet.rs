//! Text that is laid out for a width: evidence and help. Laid out here and not while drawing, so that scrolling knows
//! where the text ends.

use super::keymap;
use super::message::Problem;
use super::model::Model;
use crate::entity::{Key, Kind, Novelty, RiskLevel, RiskState, Row, TimeFormat, Value, Verdict};
use crate::queue::TargetState;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What a value says about itself, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tint {
    /// Nothing in particular.
    Plain,
    /// A risk level by its rank.
    Level(u8),
    /// A state by its rank.
    State(u8),
    /// Something to notice.
    Notice,
}

impl Tint {
    /// The tint of a value.
    pub fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Level(level) | Value::Levels(level, _) => Self::Level(level.rank()),
            Value::State(state) => Self::State(state.rank()),
            Value::New(_) => Self::Notice,
            _ => Self::Plain,
        }
    }
}

/// One line of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetLine {
    /// Nothing.
    Blank,
    /// The heading of a group.
    Heading(String),
    /// A label (empty on lines that continue a value) and a piece of its value.
    Field {
        /// What it is.
        label: String,
        /// The value, or a piece of it.
        text: String,
        /// What the value says about itself.
        tint: Tint,
    },
}

/// Where the lines of the evidence pane go: beside a line to its left, or below one.
pub fn pane_body(pane: Rect) -> Rect {
    if pane.x > 0 {
        Rect {
            x: pane.x + 2,
            y: pane.y + 1,
            width: pane.width.saturating_sub(2),
            height: pane.height.saturating_sub(1),
        }
    } else {
        Rect {
            x: pane.x + 1,
            y: pane.y + 2,
            width: pane.width.saturating_sub(1),
            height: pane.height.saturating_sub(2),
        }
    }
}

/// A label takes at most so many cells; a longer one gets a line of its own.
const LABEL: usize = 18;

/// The evidence of a row, for that width.
pub fn evidence(model: &Model, row: &dyn Row, width: u16) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    on_its_way(model, row, width, &mut lines);
    for section in row.sections(&model.evidence) {
        if section.fields.is_empty() {
            continue;
        }
        heading(section.title, &mut lines);
        for field in &section.fields {
            let text = written(&field.value, model);
            put(&field.label, &text, Tint::of(&field.value), width, &mut lines);
        }
    }
    if let Some(state) = row.standing().user.and_then(|user| model.history_state(user)) {
        heading("History", &mut lines);
        let text = state.map_or_else(|| "reading it…".to_owned(), Problem::to_string);
        put("", &text, Tint::Plain, width, &mut lines);
    }
    lines
}

/// A time in the evidence is both: the clock, and how long ago.
fn written(value: &Value<'_>, model: &Model) -> String {
    let Value::Time(time) = value else { return value.show(model.times, model.now).into_owned() };
    let clock = match model.times {
        TimeFormat::Local => time.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M:%S %z").to_string(),
        _ => time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    };
    format!("{clock}, {} ago", TimeFormat::Age.write(*time, model.now))
}

/// What the analyst staged or sent on it comes first.
fn on_its_way(model: &Model, row: &dyn Row, width: u16, lines: &mut Vec<SheetLine>) {
    let Some(target) = row.target() else {
        heading("No verdict possible", lines);
        put("", "this row carries no id that a verdict could be about", Tint::Notice, width, lines);
        return;
    };
    let staged = model.tray.get(target);
    let sent = model.queue.state_of(target).filter(|(_, state)| sign(*state).is_some());
    let about_user = matches!(row.key(), Key::Detection(_)) && target.kind() == Kind::User;
    if staged.is_none() && sent.is_none() && !about_user {
        return;
    }
    heading("Verdict", lines);
    if about_user {
        put("is about", "the user as such: this detection belongs to no sign-in", Tint::Notice, width, lines);
    }
    if let Some(staged) = staged {
        put("staged", staged.verdict.word(), Tint::Notice, width, lines);
    }
    if let Some((verdict, state)) = sent {
        put("sent", &format!("{verdict}: {}", state.words()), Tint::Notice, width, lines);
        let submission = model.queue.submissions().iter().rev().find(|view| view.state_of(target).is_some());
        if let Some(view) = submission {
            put("submission", &view.submission.id.to_string(), Tint::Plain, width, lines);
            put("reason", &view.submission.reason, Tint::Plain, width, lines);
            put("ticket", &view.submission.ticket, Tint::Plain, width, lines);
            put("note", view.note_of(target).unwrap_or_default(), Tint::Notice, width, lines);
        }
    }
}

fn heading(title: &str, lines: &mut Vec<SheetLine>) {
    if !lines.is_empty() {
        lines.push(SheetLine::Blank);
    }
    lines.push(SheetLine::Heading(title.to_owned()));
}

fn put(label: &str, text: &str, tint: Tint, width: u16, lines: &mut Vec<SheetLine>) {
    if text.is_empty() {
        return;
    }
    let mut label = label.to_owned();
    if label.width() > LABEL {
        lines.push(SheetLine::Field { label: label.clone(), text: String::new(), tint });
        label.clear();
    }
    for piece in wrap(text, usize::from(width).saturating_sub(LABEL + 2).max(12)) {
        lines.push(SheetLine::Field { label: std::mem::take(&mut label), text: piece, tint });
    }
}

/// Cells that a label takes, with the blank behind it.
pub const LABEL_CELLS: u16 = LABEL as u16 + 1;

/// `text` in lines of at most `width` cells, broken at blanks where there are any.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        // The blank behind a word may hang over the edge.
        let cells = word.trim_end().width();
        if used + cells > width && used > 0 && cells <= width {
            lines.push(String::new());
            used = 0;
        }
        for letter in word.graphemes(true) {
            let cells = letter.width();
            if used + cells > width && letter == " " {
                continue;
            }
            if used + cells > width && used > 0 {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(letter);
            }
            used += cells;
        }
    }
    lines
}

/// The help for that width: every key from the keymap, then what the signs mean.
pub fn help(model: &Model, width: u16) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    let without_verdicts = ["Verdicts", "In the review"];
    for group in keymap::groups() {
        if !model.session.write && without_verdicts.contains(&group) {
            continue;
        }
        heading(group, &mut lines);
        let bindings = keymap::BINDINGS.iter().filter(|binding| binding.group == group);
        // Without write mode there are no verdicts, and nothing about them is offered (rules R5 and R21).
        for binding in bindings.filter(|binding| model.session.write || !binding.action.is_about_verdicts()) {
            put(
                &binding.keys.join(" "),
                &binding.help.replace(['*', '`'], ""),
                Tint::Plain,
                width,
                &mut lines,
            );
        }
    }
    if model.session.write {
        heading("What a verdict does", &mut lines);
    }
    for kind in Kind::ALL.into_iter().filter(|_| model.session.write) {
        for verdict in Verdict::ALL {
            let label = format!("{} {}", kind.noun(1), verdict.word());
            put(&label, verdict.effect(kind), Tint::Plain, width, &mut lines);
        }
    }
    heading("Signs before a row", &mut lines);
    put("•", "marked", Tint::Plain, width, &mut lines);
    put("s c d", "a verdict is staged; nothing of it was sent", Tint::Plain, width, &mut lines);
    let mut signs: Vec<(char, Vec<&str>)> = Vec::new();
    for state in TargetState::ALL {
        let Some(sign) = sign(state) else { continue };
        match signs.iter_mut().find(|(known, _)| *known == sign) {
            Some((_, words)) => words.push(state.words()),
            None => signs.push((sign, vec![state.words()])),
        }
    }
    for (sign, words) in signs {
        put(&format!("s{sign} c{sign} d{sign}"), &words.join(", or "), Tint::Plain, width, &mut lines);
    }
    heading("Levels and states", &mut lines);
    for level in RiskLevel::KNOWN {
        put(&level.letter().to_string(), level.label(), Tint::Level(level.rank()), width, &mut lines);
    }
    for state in RiskState::KNOWN {
        put(state.short(), state.label(), Tint::State(state.rank()), width, &mut lines);
    }
    for (letter, _, words) in Novelty::REASONS {
        put(
            &format!("NEW {letter}"),
            &format!("new for the user, says Graph: {words}"),
            Tint::Plain,
            width,
            &mut lines,
        );
    }
    if let Some(table) = model.current_table() {
        heading("Columns of this table", &mut lines);
        for column in table.columns() {
            put(column.title, column.about, Tint::Plain, width, &mut lines);
        }
    }
    lines
}

/// The sign behind a verdict's letter once it was sent.
pub fn sign(state: TargetState) -> Option<char> {
    Some(match state {
        TargetState::Grace | TargetState::Waiting | TargetState::Held => '…',
        TargetState::Sending => '»',
        TargetState::Unknown => '?',
        TargetState::Accepted => '+',
        TargetState::Verified => '✓',
        TargetState::NotSeen => '~',
        TargetState::Rejected => '!',
        TargetState::Conflict => '≠',
        TargetState::GivenUp => '×',
        TargetState::Recalled | TargetState::Superseded => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_break_at_blanks_and_long_ones_anywhere() {
        assert_eq!(wrap("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrap("on 2026-11-20", 10), ["on ", "2026-11-20"]);
        assert_eq!(wrap("ab cd", 2), ["ab", "cd"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
    }

    proptest! {
        #[test]
        fn wrapping_loses_nothing_but_blanks(text in "[a-z 田é<>]{0,60}", width in 2usize..20) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|line| line.width() <= width));
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
