//! The review: what would be sent, what it does, what is left out and why.

use super::paint::{clear, pieces, text};
use super::theme::{Role, Theme};
use crate::app::review::{Entry, Review, Typing};
use crate::app::summary::{self, Look};
use crate::app::{Geometry, Model};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

pub(super) fn draw(
    model: &Model,
    review: &Review,
    geometry: &Geometry,
    theme: &Theme,
    buffer: &mut Buffer,
) -> Option<Position> {
    let area = geometry.review();
    clear(buffer, area);
    let title = format!(" Review of {} targets. Nothing is sent before you accept.", review.count());
    text(buffer, area.x, area.y, area.width, &title, theme.style(Role::Title));
    let (lines, left_out) = summary::fitting(model, review);
    let mut y = area.y + 1;
    for line in &lines {
        let parts: Vec<(&str, Style)> =
            line.iter().map(|(part, style)| (&**part, look(*style, theme))).collect();
        pieces(buffer, Rect { x: 1, y, width: area.width.saturating_sub(2), height: 1 }, &parts);
        y += 1;
    }
    if left_out > 0 {
        let more = format!("… {left_out} more lines: enlarge the terminal");
        text(buffer, 1, y, area.width.saturating_sub(1), &more, theme.style(Role::Warning));
        y += 1;
    }
    let cursor = fields(review, Rect { y, ..area }, theme, buffer);
    let bottom = area.bottom();
    prompt(model, review, Rect { y: bottom - 1, height: 1, ..area }, theme, buffer);
    entries(review, Rect { y: y + 1, height: bottom.saturating_sub(y + 2), ..area }, theme, buffer);
    cursor
}

fn look(look: Look, theme: &Theme) -> Style {
    match look {
        Look::Verdict(verdict) => theme.verdict(verdict),
        Look::Plain => theme.style(Role::Text),
        Look::Muted => theme.style(Role::Muted),
        Look::Warning => theme.style(Role::Warning),
    }
}

/// Reason and ticket, side by side. The place of the text cursor.
fn fields(review: &Review, area: Rect, theme: &Theme, buffer: &mut Buffer) -> Option<Position> {
    let third = area.width / 3;
    let fields = [
        (Typing::Reason, "r reason: ", &review.reason, 1, area.width - third - 2),
        (Typing::Ticket, "t ticket: ", &review.ticket, area.width - third, third.saturating_sub(1)),
    ];
    let mut cursor = None;
    for (typing, label, input, x, width) in fields {
        let taken = text(buffer, x, area.y, width, label, theme.style(Role::Muted));
        let active = review.typing == Some(typing);
        let width = width.saturating_sub(taken + 1);
        let scroll = input.visual_scroll(usize::from(width.saturating_sub(1)));
        let shown: String = input.value().chars().skip(scroll).collect();
        let role = if active { Role::Input } else { Role::Text };
        text(buffer, x + taken, area.y, width, &shown, theme.style(role));
        if active {
            let at = input.visual_cursor().saturating_sub(scroll) as u16;
            cursor = Some(Position::new(x + taken + at, area.y));
        }
    }
    cursor
}

/// What accepting takes; or what the last key could not do.
fn prompt(model: &Model, review: &Review, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let (ask, role) = match (review.count(), review.needed_number(), &review.complaint) {
        (_, Some(_), Some(complaint)) => (format!("{complaint}  [{}]", review.number), Role::Alarm),
        (_, None, Some(complaint)) => (complaint.clone(), Role::Alarm),
        (0, ..) => ("Nothing would be sent. enter or esc goes back.".to_owned(), Role::Warning),
        (_, Some(number), _) => {
            (format!("Type {number}, then y: [{}]   enter or esc cancels.", review.number), Role::Alarm)
        }
        (count, None, _) => {
            (format!("y accepts {count} in {}. enter or esc cancels.", model.session.tenant), Role::Warning)
        }
    };
    text(buffer, 1, area.y, area.width.saturating_sub(1), &ask, theme.style(role));
}

fn entries(review: &Review, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let page = usize::from(area.height);
    let top = (review.cursor + 1).saturating_sub(page);
    for ((place, entry), y) in review.entries().iter().enumerate().skip(top).zip(area.y..area.bottom()) {
        let line = Rect { y, height: 1, ..area };
        draw_entry(review, entry, place == review.cursor, line, theme, buffer);
    }
}

/// The columns of an entry: sign, verdict, kind, level, name, and what tells it from others or why it is left out.
fn draw_entry(
    review: &Review,
    entry: &Entry,
    at_cursor: bool,
    area: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    let staged = &entry.staged;
    let included = review.is_included(entry);
    let base = if at_cursor { theme.style(Role::Cursor) } else { Style::new() };
    buffer.set_style(area, base);
    let plain = base.patch(theme.style(if included { Role::Text } else { Role::Muted }));
    let why = match (entry.skip, included) {
        (Some(skip), _) => Some(format!("skipped: {}", skip.reason())),
        (None, false) if entry.hidden && !review.with_hidden => Some("left out: hidden by the filter".into()),
        (None, false) => Some("left out: remediated already".into()),
        (None, true) => None,
    };
    let sign = match (included, entry.changed) {
        (false, _) => "-",
        (true, true) => "≠",
        (true, false) => "",
    };
    let verdict = if included { base.patch(theme.verdict(staged.verdict)) } else { plain };
    let name_width = (area.width / 3).clamp(24, 44);
    let level = entry.now.level.letter().to_string();
    let cells: [(u16, u16, &str, Style); 6] = [
        (1, 1, sign, plain),
        (3, 11, staged.verdict.word(), verdict),
        (15, 7, staged.target.kind().noun(1), plain),
        (23, 1, &level, plain),
        (25, name_width, &entry.now.name, plain),
        (26 + name_width, area.width, why.as_deref().unwrap_or(&entry.now.context), plain),
    ];
    for (x, width, cell, style) in cells {
        text(buffer, x, area.y, width.min(area.width.saturating_sub(x)), cell, style);
    }
}
