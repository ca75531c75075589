//! Evidence and help: sheets of labelled lines.

use super::paint::{clear, text};
use super::theme::{Role, Theme};
use crate::app::sheet::{self, LABEL_CELLS, SheetLine};
use crate::app::{Geometry, Model};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The pane beside or below the table.
pub(super) fn pane(model: &Model, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    clear(buffer, area);
    let beside = area.x > 0;
    let inner = if beside {
        for y in area.y..area.bottom() {
            text(buffer, area.x, y, 1, "│", theme.style(Role::Frame));
        }
        Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area }
    } else {
        text(
            buffer,
            area.x,
            area.y,
            area.width,
            &"─".repeat(usize::from(area.width)),
            theme.style(Role::Frame),
        );
        Rect {
            x: area.x + 1,
            y: area.y + 1,
            width: area.width.saturating_sub(1),
            height: area.height.saturating_sub(1),
        }
    };
    let Some(row) = model.cursor_row() else {
        text(buffer, inner.x, inner.y, inner.width, "no row under the cursor", theme.style(Role::Muted));
        return;
    };
    text(buffer, inner.x, inner.y, inner.width, &row.standing().name, theme.style(Role::Title));
    let body = sheet::pane_body(area);
    let lines = sheet::evidence(model, &**row, body.width);
    sheet_lines(&lines, model.pane_scroll, body, theme, buffer);
}

/// The evidence on the whole screen.
pub(super) fn full(model: &Model, geometry: &Geometry, scroll: usize, theme: &Theme, buffer: &mut Buffer) {
    let area = below_header(geometry);
    clear(buffer, area);
    let Some(row) = model.cursor_row() else {
        text(buffer, 1, area.y, area.width, "the row went away; esc returns", theme.style(Role::Warning));
        return;
    };
    let standing = row.standing();
    let title = if standing.context.is_empty() {
        standing.name.to_string()
    } else {
        format!("{}  {}", standing.name, standing.context)
    };
    text(buffer, 1, area.y, area.width.saturating_sub(1), &title, theme.style(Role::Title));
    let body = geometry.sheet();
    sheet_lines(&sheet::evidence(model, &**row, body.width), scroll, body, theme, buffer);
}

/// The keys, from the keymap.
pub(super) fn help(model: &Model, geometry: &Geometry, scroll: usize, theme: &Theme, buffer: &mut Buffer) {
    let area = below_header(geometry);
    clear(buffer, area);
    text(
        buffer,
        1,
        area.y,
        area.width.saturating_sub(1),
        "Keys, signs and what verdicts do",
        theme.style(Role::Title),
    );
    let body = geometry.sheet();
    sheet_lines(&sheet::help(model, body.width), scroll, body, theme, buffer);
}

fn below_header(geometry: &Geometry) -> Rect {
    let screen = geometry.screen;
    Rect { y: 1, height: screen.height.saturating_sub(3), ..screen }
}

/// Draws the lines from `scroll` on, and how much lies outside.
fn sheet_lines(lines: &[SheetLine], scroll: usize, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let scroll = scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    for (line, y) in lines.iter().skip(scroll).zip(area.y..area.bottom()) {
        match line {
            SheetLine::Blank => {}
            SheetLine::Heading(title) => {
                text(buffer, area.x, y, area.width, title, theme.style(Role::Heading));
            }
            SheetLine::Field { label, text: value, tint } => {
                text(buffer, area.x + 1, y, area.width, label, theme.style(Role::Muted));
                let x = area.x + 1 + LABEL_CELLS;
                text(buffer, x, y, area.right().saturating_sub(x), value, theme.tint(*tint));
            }
        }
    }
    let below = lines.len().saturating_sub(scroll + usize::from(area.height));
    if below > 0 && area.height > 0 {
        let label = format!(" ↓{below} ");
        let x = area.right().saturating_sub(label.chars().count() as u16);
        text(buffer, x, area.bottom() - 1, label.chars().count() as u16, &label, theme.style(Role::Muted));
    }
}
