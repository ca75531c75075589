//! A table of rows: titles, and the rows of the page.

use super::paint::{clear, text};
use super::theme::{Role, Theme};
use crate::app::geometry::{Choice, Placed, place};
use crate::app::sheet::{Tint, sign};
use crate::app::table::Table;
use crate::app::{Geometry, Model};
use crate::entity::Row;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

pub(super) fn draw(model: &Model, geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let Some(table) = model.current_table() else { return };
    let chosen = table.chosen_columns();
    let keep = chosen.iter().position(|&column| column == table.cell_column()).unwrap_or(0);
    let choice = Choice { columns: table.columns(), chosen: &chosen, keep, times: model.times };
    let placed = place(&choice, geometry.rows.width);
    titles(model, table, &placed, geometry.titles, theme, buffer);
    if table.shown() == 0 {
        empty(model, table, geometry.rows, theme, buffer);
        return;
    }
    for line in 0..geometry.rows.height {
        let Some(row) = table.shown_row(table.top() + usize::from(line)) else { break };
        let area = Rect { y: geometry.rows.y + line, height: 1, ..geometry.rows };
        draw_row(model, table, &**row, &placed, area, theme, buffer);
    }
    if table.cursor_row().is_none() {
        let y = geometry.rows.y + (table.cursor_place().saturating_sub(table.top())) as u16;
        text(buffer, geometry.rows.x, y, 1, "›", theme.style(Role::Muted));
    }
}

fn titles(model: &Model, table: &Table, placed: &[Placed], area: Rect, theme: &Theme, buffer: &mut Buffer) {
    for column in placed {
        let sort = table.sort();
        let title = table.columns()[column.column].heading(model.times);
        let label = match (sort.column == column.column, sort.descending) {
            (false, _) => title.clone(),
            (true, true) => format!("{title}▼"),
            (true, false) => format!("{title}▲"),
        };
        let mut style = theme.style(Role::Heading);
        if column.column == table.cell_column() {
            style = style.add_modifier(Modifier::UNDERLINED | Modifier::BOLD);
        }
        text(buffer, area.x + column.x, area.y, column.width + 1, &label, style);
    }
}

/// What to say where no row is shown: still loading, failed, nothing at risk, or all filtered out.
fn empty(model: &Model, table: &Table, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let load = model.load(table.list());
    let (what, more, role) = if table.loaded() > 0 {
        (
            format!("No row matches the filter: {}", table.filter().text()),
            "esc shows all rows again".to_owned(),
            Role::Warning,
        )
    } else if load.is_running() {
        (
            format!("Reading {}…", table.list().title().to_lowercase()),
            table.list().view().to_owned(),
            Role::Muted,
        )
    } else if let Some(problem) = &load.problem {
        (problem.to_string(), "r tries again".to_owned(), Role::Alarm)
    } else {
        (
            format!("No {}: {}", table.list().title().to_lowercase(), table.list().view()),
            "Nothing waits for a verdict here. r reads again.".to_owned(),
            Role::Good,
        )
    };
    let mut y = area.y + area.height / 3;
    for line in crate::app::sheet::wrap(&what, usize::from(area.width.saturating_sub(6))) {
        if y < area.bottom() {
            text(buffer, area.x + 3, y, area.width.saturating_sub(4), &line, theme.style(role));
        }
        y += 1;
    }
    if y < area.bottom() {
        text(buffer, area.x + 3, y, area.width.saturating_sub(4), &more, theme.style(Role::Muted));
    }
}

fn draw_row(
    model: &Model,
    table: &Table,
    row: &dyn Row,
    placed: &[Placed],
    area: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    let at_cursor = table.cursor_row().is_some_and(|cursor| cursor.key() == row.key());
    let base = if at_cursor { theme.style(Role::Cursor) } else { Style::new() };
    clear(buffer, area);
    buffer.set_style(area, base);
    gutter(model, table, row, area, base, theme, buffer);
    for column in placed {
        let value = row.cell(column.column, &model.evidence);
        let cell_cursor = at_cursor && column.column == table.cell_column();
        let style = if cell_cursor {
            theme.style(Role::CellCursor)
        } else {
            base.patch(theme.tint(Tint::of(&value)))
        };
        let x = area.x + column.x;
        if cell_cursor {
            buffer.set_style(Rect { x, width: column.width, ..area }, style);
        }
        text(buffer, x, area.y, column.width, &value.show(model.times, model.now), style);
    }
}

/// The mark; what is staged; what was sent and how far it has come. Each has its own place, because a row can have all three.
fn gutter(
    model: &Model,
    table: &Table,
    row: &dyn Row,
    area: Rect,
    base: Style,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    if table.is_marked(&row.key()) {
        text(buffer, area.x, area.y, 1, "•", base.patch(theme.style(Role::Marked)));
    }
    let Some(target) = row.target() else { return };
    if let Some(staged) = model.tray.get(target) {
        let letter = staged.verdict.letter().to_string();
        text(buffer, area.x + 1, area.y, 1, &letter, base.patch(theme.verdict(staged.verdict)));
    }
    if let Some((verdict, state)) = model.queue.state_of(target) {
        let Some(sign) = sign(state) else { return };
        let role = if state.needs_eyes() { theme.style(Role::Alarm) } else { theme.verdict(verdict) };
        text(buffer, area.x + 2, area.y, 2, &format!("{}{sign}", verdict.letter()), base.patch(role));
    }
}
