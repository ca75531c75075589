//! The queue tab: submissions on their way, and their targets one by one.

use super::paint::text;
use super::theme::{Role, Theme};
use crate::app::sheet::wrap;
use crate::app::words::{grouped, many};
use crate::app::{Geometry, Model};
use crate::entity::{Kind, TimeFormat, Verdict};
use crate::queue::{Order, Phase, SubmissionView, TargetState};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::BTreeMap;

pub(super) fn draw(model: &Model, geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let area = geometry.rows;
    if model.queue.submissions().is_empty() {
        let line =
            "Nothing was sent yet. Stage verdicts with s, c or d in a table; $ reviews and sends them.";
        for (line, y) in wrap(line, usize::from(area.width.saturating_sub(6))).iter().zip(area.y + 2..) {
            text(buffer, area.x + 3, y, area.width.saturating_sub(4), line, theme.style(Role::Muted));
        }
        return;
    }
    let open = model.queue_tab.open.and_then(|id| model.queue.submission(id));
    if let Some(view) = open {
        targets(model, view, geometry, theme, buffer);
    } else {
        submissions(model, geometry, theme, buffer);
    }
}

/// Column titles and their places: number, age, what, targets, state, reason and ticket.
const COLUMNS: [(&str, u16, u16); 6] =
    [("#", 1, 5), ("AGE", 6, 4), ("VERDICTS", 11, 27), ("DONE", 39, 11), ("STATE", 51, 0), ("REASON", 0, 0)];

fn submissions(model: &Model, geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let area = geometry.rows;
    let reason_at = if area.width >= 110 { area.width - 40 } else { area.width };
    for (title, x, _) in COLUMNS {
        let x = if title == "REASON" { reason_at } else { x };
        text(buffer, x, geometry.titles.y, area.width.saturating_sub(x), title, theme.style(Role::Heading));
    }
    let (page, details) = geometry.queue();
    let rows = page.height;
    let place = model.queue_tab.place(&model.queue);
    let top = (place + 1).saturating_sub(usize::from(rows));
    let newest_first = model.queue.submissions().iter().rev().enumerate().skip(top);
    for ((number, view), y) in newest_first.zip(area.y..area.y + rows) {
        let line = Rect { y, height: 1, ..area };
        let base = if number == place { theme.style(Role::Cursor) } else { Style::new() };
        buffer.set_style(line, base);
        let (done, _, all) = progress_of(view);
        let cells = [
            view.submission.id.to_string(),
            TimeFormat::Age.write(view.submission.at, model.now),
            verdicts(view),
            format!("{}/{}", grouped(done), grouped(all)),
        ];
        for (cell, (_, x, width)) in cells.iter().zip(COLUMNS) {
            text(buffer, x, y, width, cell, base);
        }
        let role = if view.counts().sum(TargetState::needs_eyes) > 0 { Role::Alarm } else { Role::Text };
        let x = COLUMNS[4].1;
        text(
            buffer,
            x,
            y,
            reason_at.saturating_sub(x + 1),
            &state(model, view),
            base.patch(theme.style(role)),
        );
        let reason = [&*view.submission.reason, &*view.submission.ticket].join(" ");
        text(buffer, reason_at, y, area.width.saturating_sub(reason_at), reason.trim(), base);
    }
    if let Some(view) = model.queue_tab.current(&model.queue).and_then(|id| model.queue.submission(id)) {
        progress(model, view, details, theme, buffer);
    }
}

/// What is decided about how many: `compromised 3 sign-ins, safe 2 users`.
fn verdicts(view: &SubmissionView) -> String {
    let mut counts: BTreeMap<(Verdict, Kind), usize> = BTreeMap::new();
    for order in &view.submission.orders {
        *counts.entry((order.verdict, order.target.kind())).or_default() += 1;
    }
    let parts = counts
        .iter()
        .map(|((verdict, kind), count)| format!("{verdict} {} {}", grouped(*count), kind.noun(*count)));
    parts.collect::<Vec<_>>().join(", ")
}

/// The state in words: `grace 7s`, `sending 2/5`, `verified 58, rejected 2`.
fn state(model: &Model, view: &SubmissionView) -> String {
    if let Some(until) = view.grace_until() {
        return format!("grace {}s; z recalls", (until - model.now).num_seconds().max(0));
    }
    let states: Vec<String> = view
        .counts()
        .present()
        .map(|(state, count)| format!("{} {}", state.words(), grouped(count)))
        .collect();
    states.join(", ")
}

/// The submission under the cursor at a glance: bar, states, last call, pause, estimate, reason.
fn progress(model: &Model, view: &SubmissionView, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    text(buffer, area.x, area.y, area.width, &"─".repeat(usize::from(area.width)), theme.style(Role::Frame));
    let mut lines: Vec<(String, Role)> = Vec::new();
    let (done, sent, all) = progress_of(view);
    if all > 0 {
        let width = usize::from(area.width.saturating_sub(28)).min(60);
        let share = format!("{} {}/{} done", bar(done, sent, all, width), grouped(done), grouped(all));
        lines.push((share, Role::Good));
    }
    lines.push((state(model, view), Role::Text));
    let call = view.call.as_ref().map_or(String::new(), |(number, _, phase)| match phase {
        Phase::Sent => format!("request {number} is being answered"),
        Phase::Answered => format!("request {number} was answered"),
        Phase::Isolating { accepted, refused, left } => format!(
            "finding out which ids Graph refuses: {accepted} accepted, {refused} refused, {left} left"
        ),
    });
    let estimate = model.queue.estimate().map_or(String::new(), |(calls, seconds)| {
        format!("{} to go, about {seconds} s", many(calls, "request"))
    });
    lines.push((joined(&[&call, &estimate], "; "), Role::Muted));
    if let Some(pause) = model.queue.paused() {
        lines.push((format!("paused: {} {}", pause.text(), pause.next_step()), Role::Alarm));
    }
    let labelled =
        |label: &str, text: &str| if text.is_empty() { String::new() } else { format!("{label}: {text}") };
    let reason = labelled("reason", &view.submission.reason);
    let ticket = labelled("ticket", &view.submission.ticket);
    lines.push((joined(&[&reason, &ticket], "  "), Role::Muted));
    let lines = lines.iter().filter(|(line, _)| !line.is_empty());
    for ((line, role), y) in lines.zip(area.y + 1..area.bottom()) {
        text(buffer, area.x + 1, y, area.width.saturating_sub(2), line, theme.style(*role));
    }
}

/// How many targets are done, were sent, and are to be sent at all. What was called back or replaced is none of them.
fn progress_of(view: &SubmissionView) -> (usize, usize, usize) {
    let counts = view.counts();
    let never = |state| matches!(state, TargetState::Recalled | TargetState::Superseded);
    let all = counts.total() - counts.sum(never);
    let done = counts.sum(|state| state.is_final() && !never(state));
    (done, all - counts.sum(TargetState::is_unsent), all)
}

/// What is there of it, separated.
fn joined(parts: &[&str], between: &str) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

/// A bar of what is done, what was sent, and what was not.
fn bar(done: usize, sent: usize, all: usize, width: usize) -> String {
    let cells = |count: usize| count * width / all.max(1);
    let (done, sent) = (cells(done), cells(sent.max(done)));
    let sent = sent.max(done);
    format!("{}{}{}", "█".repeat(done), "▒".repeat(sent - done), "░".repeat(width - sent))
}

/// The targets of one submission, each with its state and Graph's words about it.
fn targets(model: &Model, view: &SubmissionView, geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let title = format!(
        " Submission {} of {}: {}. esc returns.",
        view.submission.id,
        view.submission.at.format("%Y-%m-%d %H:%M:%S UTC"),
        state(model, view)
    );
    text(buffer, 0, geometry.titles.y, geometry.titles.width, &title, theme.style(Role::Title));
    let (area, details) = geometry.queue();
    let rows = area.height;
    // What needs eyes first, then what is open, then what is done: the order in which one looks.
    let mut orders: Vec<(&Order, TargetState, Option<&str>)> = view.orders().collect();
    orders.sort_by_key(|(_, state, _)| (!state.needs_eyes(), state.is_final()));
    let place = model.queue_tab.target.min(orders.len().saturating_sub(1));
    let top = (place + 1).saturating_sub(usize::from(rows));
    for ((number, (order, state, note)), y) in orders.iter().enumerate().skip(top).zip(area.y..area.y + rows)
    {
        let base = if number == place { theme.style(Role::Cursor) } else { Style::new() };
        let line = Rect { y, height: 1, ..area };
        buffer.set_style(line, base);
        let role = match state {
            state if state.needs_eyes() => Role::Alarm,
            TargetState::Verified => Role::Good,
            _ => Role::Text,
        };
        let name_width = (area.width / 4).clamp(22, 34);
        let id = order.target.to_string();
        let more = note.map_or_else(|| order.context.clone(), str::to_owned);
        let id_width = if area.width >= 120 { 37 } else { 0 };
        let cells: [(u16, u16, &str, Style); 5] = [
            (1, 11, order.verdict.word(), theme.verdict(order.verdict)),
            (13, 15, state.words(), theme.style(role)),
            (29, name_width, &order.name, theme.style(Role::Text)),
            (30 + name_width, id_width, &id, theme.style(Role::Muted)),
            (30 + name_width + id_width, area.width, &more, theme.style(Role::Muted)),
        ];
        for (x, width, cell, style) in cells {
            text(buffer, x, y, width.min(area.width.saturating_sub(x)), cell, base.patch(style));
        }
    }
    if let Some((order, state, note)) = orders.get(place) {
        target(order, *state, *note, details, theme, buffer);
    }
}

/// The target under the cursor, with all that Graph said about it.
fn target(
    order: &Order,
    state: TargetState,
    note: Option<&str>,
    area: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    text(buffer, area.x, area.y, area.width, &"─".repeat(usize::from(area.width)), theme.style(Role::Frame));
    let mut lines = vec![
        format!("{} {}  {}: {}", order.target.kind().noun(1), order.target, order.verdict, state.words()),
        joined(&[&order.name, &order.context], "  "),
    ];
    lines.extend(wrap(note.unwrap_or_default(), usize::from(area.width.saturating_sub(2))));
    for (line, y) in lines.iter().zip(area.y + 1..area.bottom()) {
        text(buffer, area.x + 1, y, area.width.saturating_sub(2), line, theme.style(Role::Text));
    }
}
