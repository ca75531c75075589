//! The queue tab: submissions on their way, and their targets one by one.

use super::paint::{grouped, pieces, text};
use super::theme::{Role, Theme};
use crate::app::{Geometry, Model};
use crate::entity::{Kind, TimeFormat, Verdict};
use crate::queue::{Phase, SubmissionView, TargetState};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub(super) fn draw(model: &Model, geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let area = geometry.rows;
    if model.queue.submissions().is_empty() {
        let line =
            "Nothing was sent yet. Stage verdicts with s, c or d in a table; $ reviews and sends them.";
        for (line, y) in
            crate::app::sheet::wrap(line, usize::from(area.width.saturating_sub(6))).iter().zip(area.y + 2..)
        {
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
    let (page, details) = geometry.queue(false);
    let rows = page.height;
    let place = model.queue_tab.place(&model.queue);
    let top = (place + 1).saturating_sub(usize::from(rows));
    let newest_first = model.queue.submissions().iter().rev().enumerate().skip(top);
    for ((number, view), y) in newest_first.zip(area.y..area.y + rows) {
        let line = Rect { y, height: 1, ..area };
        let base = if number == place { theme.style(Role::Cursor) } else { Style::new() };
        buffer.set_style(line, base);
        let (done, all) = view.progress();
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
    let count = |verdict: Verdict, kind: Kind| {
        view.submission.orders.iter().filter(|o| o.verdict == verdict && o.target.kind() == kind).count()
    };
    let mut parts = Vec::new();
    for verdict in Verdict::ALL {
        for kind in Kind::ALL {
            let count = count(verdict, kind);
            if count > 0 {
                parts.push(format!("{verdict} {} {}", grouped(count), kind.noun(count)));
            }
        }
    }
    parts.join(", ")
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
    let (done, all) = view.progress();
    let line = |y: u16| Rect { x: area.x + 1, y: area.y + y, width: area.width.saturating_sub(2), height: 1 };
    text(buffer, area.x, area.y, area.width, &"─".repeat(usize::from(area.width)), theme.style(Role::Frame));
    let width = usize::from(area.width.saturating_sub(24)).min(60);
    let sent = all - view.counts().sum(TargetState::is_unsent);
    let bar = bar(done, sent, all, width);
    let share = format!(" {}/{} done", grouped(done), grouped(all));
    pieces(buffer, line(1), &[(&bar, theme.style(Role::Good)), (&share, theme.style(Role::Text))]);
    text(
        buffer,
        area.x + 1,
        area.y + 2,
        area.width.saturating_sub(2),
        &state(model, view),
        theme.style(Role::Text),
    );
    let call = view.call.as_ref().map_or(String::new(), |(number, of, phase)| match phase {
        Phase::Sent => format!("request {number} of {of} is being answered"),
        Phase::Answered => format!("request {number} of {of} was answered"),
        Phase::Isolating { accepted, refused, left } => {
            format!("finding what Graph refuses: {accepted} accepted, {refused} refused, {left} left")
        }
    });
    let estimate = model
        .queue
        .estimate()
        .map_or(String::new(), |(calls, seconds)| format!("{calls} requests to go, about {seconds} s"));
    text(
        buffer,
        area.x + 1,
        area.y + 3,
        area.width.saturating_sub(2),
        &joined(&[&call, &estimate]),
        theme.style(Role::Muted),
    );
    let (last, role) = match model.queue.paused() {
        Some(pause) => (format!("paused: {} {}", pause.text(), pause.next_step()), Role::Alarm),
        None => {
            let said = [("reason: ", &view.submission.reason), ("ticket: ", &view.submission.ticket)];
            let said: Vec<String> = said
                .iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(label, text)| format!("{label}{text}"))
                .collect();
            (said.join("  "), Role::Muted)
        }
    };
    text(buffer, area.x + 1, area.y + 4, area.width.saturating_sub(2), &last, theme.style(role));
}

/// What is there of it, separated.
fn joined(parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// A bar of what is done, what was sent, and what was not.
fn bar(done: usize, sent: usize, all: usize, width: usize) -> String {
    let cells = |count: usize| count * width / all.max(1);
    let (done, sent) = (cells(done), cells(sent.max(done)));
    let sent = sent.max(done);
    format!("{}{}{}", "█".repeat(done), "▒".repeat(sent - done), "░".repeat(width - sent))
}

/// From this width on, a target's id and some words about it have room beside each other.
const ROOM_FOR_IDS: u16 = 120;

/// The targets of one submission, each with its state and Graph's words about it.
fn targets(model: &Model, view: &SubmissionView, geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let title = format!(
        " Submission {} of {}: {}. esc returns.",
        view.submission.id,
        view.submission.at.format("%Y-%m-%d %H:%M:%S UTC"),
        state(model, view)
    );
    text(buffer, 0, geometry.titles.y, geometry.titles.width, &title, theme.style(Role::Title));
    let (area, details) = geometry.queue(true);
    for ((order, state, note), y) in view.orders().skip(model.queue_tab.scroll).zip(area.y..area.bottom()) {
        let verdict = format!("{:<12}", order.verdict.word());
        let words = format!("{:<16}", state.words());
        let role = if state.needs_eyes() {
            Role::Alarm
        } else if state == TargetState::Verified {
            Role::Good
        } else {
            Role::Text
        };
        let name = format!("{:<30} ", order.name);
        let id = order.target.to_string();
        let more = match note {
            None => format!("{id}  {}", order.context),
            // Whose they are comes before Graph's words: a user has many sign-ins. Too narrow for both, the words.
            Some(note) if area.width >= ROOM_FOR_IDS => format!("{id}  {note}"),
            Some(note) => note.to_owned(),
        };
        let parts = [
            (&*verdict, theme.verdict(order.verdict)),
            (&*words, theme.style(role)),
            (&*name, theme.style(Role::Text)),
            (&*more, theme.style(Role::Muted)),
        ];
        pieces(buffer, Rect { x: 1, y, width: area.width.saturating_sub(1), height: 1 }, &parts);
    }
    progress(model, view, details, theme, buffer);
}
