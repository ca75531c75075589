//! What is always there: who and where one is, the tabs, the status line, the keys.

use super::paint::{pieces, text};
use super::theme::{Role, Theme};
use crate::app::action::Action;
use crate::app::geometry::SMALLEST;
use crate::app::keymap::BINDINGS;
use crate::app::permit::permit;
use crate::app::words::{grouped, many};
use crate::app::{Geometry, List, Model, Overlay, Tab, Tone};
use crate::entity::Verdict;
use crate::queue::TargetState;
use chrono::{DateTime, Utc};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

pub(super) fn too_small(geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let (width, height) = (geometry.screen.width, geometry.screen.height);
    let lines = [
        format!("entriage needs {}x{}", SMALLEST.0, SMALLEST.1),
        format!("this is {width}x{height}"),
        "enlarge, or ctrl-c".to_owned(),
    ];
    for (y, line) in lines.iter().enumerate().take(usize::from(height)) {
        text(buffer, 0, y as u16, width, line, theme.style(Role::Warning));
    }
}

/// Who works where, and whether verdicts can be given: always visible (rules R5 and R19).
pub(super) fn header(model: &Model, geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let session = &model.session;
    let (mode, role) =
        if session.write { (" WRITE ", Role::WriteMode) } else { (" READ-ONLY ", Role::ReadOnly) };
    let account = if session.account.is_empty() { "account unknown" } else { &session.account };
    let muted = theme.style(Role::Muted);
    let plain = theme.style(Role::Text);
    // On a narrow screen the tenant matters more than the program's name.
    let name = if geometry.header.width >= 100 { " entriage " } else { " " };
    let left = [
        (name, theme.style(Role::Title)),
        (mode, theme.style(role)),
        (" ", plain),
        (account, plain),
        (" · ", muted),
        (&*session.tenant, plain),
        (" · ", muted),
        (&*session.cloud, plain),
        (" · ", muted),
        (&*session.profile, muted),
    ];
    let right = budget(model);
    let area =
        Rect { width: geometry.header.width.saturating_sub(right.width() as u16 + 1), ..geometry.header };
    pieces(buffer, area, &left);
    let x = geometry.header.right().saturating_sub(right.width() as u16);
    text(buffer, x, geometry.header.y, right.width() as u16, &right, muted);
}

fn budget(model: &Model) -> String {
    let line = &model.budgets;
    let ahead = |time: Option<DateTime<Utc>>| time.filter(|time| *time > model.now);
    let seconds = |time: DateTime<Utc>| (time - model.now).num_seconds() + 1;
    match (ahead(line.resting_until), ahead(line.retry_at)) {
        (Some(until), _) => format!("throttled, next in {}s ", seconds(until)),
        (None, Some(at)) => format!("no answer, again in {}s ", seconds(at)),
        (None, None) if line.waiting > 0 && is_roomy(model) => {
            format!("{} waiting ", many(line.waiting, "request"))
        }
        (None, None) => String::new(),
    }
}

/// Whether there is room for what one can do without.
fn is_roomy(model: &Model) -> bool {
    model.size.0 >= 100
}

pub(super) fn tabs(model: &Model, geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let mut x = geometry.tabs.x + 1;
    for (number, tab) in Tab::ALL.into_iter().enumerate() {
        let label = format!(" {} {}{} ", number + 1, tab.title(), tab_count(model, tab));
        let role = if tab == model.tab { Role::OpenTab } else { Role::Tab };
        x += text(
            buffer,
            x,
            geometry.tabs.y,
            geometry.tabs.right().saturating_sub(x),
            &label,
            theme.style(role),
        );
    }
    let (progress, role) = loading(model);
    let width = progress.width() as u16;
    let room = geometry.tabs.right().saturating_sub(x + 1);
    let place = geometry.tabs.right().saturating_sub(width.min(room) + 1);
    text(buffer, place, geometry.tabs.y, width.min(room), &progress, theme.style(role));
}

fn tab_count(model: &Model, tab: Tab) -> String {
    let Some(list) = tab.list() else {
        let open = model.queue.unfinished().total();
        let eyes: usize =
            model.queue.submissions().iter().map(|view| view.counts().sum(TargetState::needs_eyes)).sum();
        return match (open, eyes) {
            (0, 0) => String::new(),
            (open, 0) => format!(" {}", grouped(open)),
            (0, eyes) => format!(" !{}", grouped(eyes)),
            (open, eyes) => format!(" {} !{}", grouped(open), grouped(eyes)),
        };
    };
    let load = model.load(list);
    let more = if load.is_running() {
        "…"
    } else if load.problem.is_some() {
        "!"
    } else {
        ""
    };
    match model.table(list).loaded() {
        0 if load.ended.is_none() => more.to_owned(),
        rows => format!(" {}{more}", grouped(rows)),
    }
}

/// What is being loaded, or what the analyst must know of what was.
fn loading(model: &Model) -> (String, Role) {
    let running: Vec<&str> =
        List::ALL.into_iter().filter(|list| model.load(*list).is_running()).map(List::title).collect();
    if !running.is_empty() {
        let what = if running.len() == List::ALL.len() { "lists".to_owned() } else { running.join(", ") };
        let pages: usize =
            List::ALL.iter().map(|list| model.load(*list)).filter(|l| l.is_running()).map(|l| l.pages).sum();
        return (format!("loading {what}: {} so far", many(pages, "page")), Role::Warning);
    }
    let Some(list) = model.tab.list() else { return (String::new(), Role::Muted) };
    let load = model.load(list);
    if let Some(problem) = &load.problem {
        let kept = model.table(list).loaded();
        return (format!("incomplete, {} rows kept: {}", grouped(kept), problem.why), Role::Alarm);
    }
    if load.rejected > 0 {
        let first = load.first_rejected.as_deref().unwrap_or_default();
        return (format!("{} rows without a valid id left out ({first})", load.rejected), Role::Warning);
    }
    if let Some(remark) = &load.remark {
        return (remark.clone(), Role::Muted);
    }
    let auto = if model.next_refresh.is_some() { "auto · " } else { "" };
    let when = load.ended.map_or(String::new(), |at| format!("{auto}read {}", at.format("%H:%M UTC")));
    (when, Role::Muted)
}

/// The status line. The place of the text cursor while a filter is typed.
pub(super) fn status(
    model: &Model,
    geometry: &Geometry,
    theme: &Theme,
    buffer: &mut Buffer,
) -> Option<Position> {
    let area = geometry.status;
    let mut counts = counts(model);
    let cells = |counts: &[(String, Role)]| counts.iter().map(|(piece, _)| piece.width() as u16).sum::<u16>();
    // What was just said, and what is being typed, come before the counts; those go from the left.
    let spoken = model.notice.as_ref().map_or(0, |notice| notice.text.width() as u16 + 2);
    let wanted = if model.typing.is_some() { area.width / 3 } else { spoken };
    let room = area.width.saturating_sub(wanted.min(area.width * 3 / 4));
    while cells(&counts) > room && counts.len() > 1 {
        counts.drain(..2.min(counts.len() - 1));
    }
    let width = cells(&counts);
    let place = area.right().saturating_sub(width + 1);
    let styled: Vec<(&str, Style)> =
        counts.iter().map(|(piece, role)| (&**piece, theme.style(*role))).collect();
    pieces(buffer, Rect { x: place, width: area.right() - place, ..area }, &styled);
    let room = Rect { width: place.saturating_sub(area.x + 1), ..area };
    if let Some(input) = &model.typing {
        let taken = text(buffer, room.x + 1, room.y, room.width, "filter: ", theme.style(Role::Heading));
        let width = room.width.saturating_sub(taken + 2);
        let scroll = input.visual_scroll(usize::from(width.saturating_sub(1)));
        let shown: String = input.value().chars().skip(scroll).collect();
        text(buffer, room.x + 1 + taken, room.y, width, &shown, theme.style(Role::Input));
        let cursor = input.visual_cursor().saturating_sub(scroll) as u16;
        return Some(Position::new(room.x + 1 + taken + cursor, room.y));
    }
    if let Some(notice) = &model.notice {
        let role = match notice.tone {
            Tone::Info => Role::Text,
            Tone::Refusal => Role::Warning,
            Tone::Alarm => Role::Alarm,
        };
        text(buffer, room.x + 1, room.y, room.width.saturating_sub(1), &notice.text, theme.style(role));
    }
    None
}

/// Counts for the right end of the status line: shown, marked, hidden marks, staged, grace, queue.
fn counts(model: &Model) -> Vec<(String, Role)> {
    let mut pieces: Vec<(String, Role)> = Vec::new();
    let mut put = |text: String, role: Role| {
        if !pieces.is_empty() {
            pieces.push((" · ".into(), Role::Muted));
        }
        pieces.push((text, role));
    };
    if let Some(Overlay::Review(review)) = &model.overlay {
        put(format!("{}/{}", grouped(review.cursor + 1), grouped(review.entries().len())), Role::Text);
    } else if let Some(table) = model.current_table() {
        let place = if table.shown() == 0 { 0 } else { table.cursor_place() + 1 };
        if table.filter().is_empty() {
            put(format!("{}/{}", grouped(place), grouped(table.shown())), Role::Text);
        } else {
            let shown =
                format!("{}/{} of {}", grouped(place), grouped(table.shown()), grouped(table.loaded()));
            put(format!("{shown} /{}", shortened(table.filter().text())), Role::Warning);
        }
        if table.marked() > 0 {
            put(format!("{} marked", grouped(table.marked())), Role::Marked);
        }
    }
    if model.hidden_marks() > 0 {
        put(format!("{} marks hidden", grouped(model.hidden_marks())), Role::Warning);
    }
    for verdict in Verdict::ALL {
        let count = model.tray.count(verdict);
        if count > 0 {
            let role = match verdict {
                Verdict::Safe => Role::VerdictSafe,
                Verdict::Compromised => Role::VerdictCompromised,
                Verdict::Dismissed => Role::VerdictDismissed,
            };
            put(format!("{}{}", verdict.letter(), grouped(count)), role);
        }
    }
    if let Some(view) = model.queue.in_grace() {
        let left = view.grace_until().map_or(0, |until| (until - model.now).num_seconds().max(0));
        put(format!("{} grace {left}s", view.submission.id), Role::Warning);
    } else if model.queue.paused().is_some() {
        put("queue paused".into(), Role::Alarm);
    } else if let Some((calls, seconds)) = model.queue.estimate() {
        put(format!("{}, {seconds}s", many(calls, "request")), Role::Text);
    }
    pieces
}

fn shortened(filter: &str) -> String {
    if filter.chars().count() <= 16 {
        filter.to_owned()
    } else {
        filter.chars().take(15).chain(['…']).collect()
    }
}

/// The keys that make sense now, from the keymap, as many as fit.
pub(super) fn keys(model: &Model, geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let area = geometry.keys;
    let scope = model.scope();
    let mut x = area.x + 1;
    if model.is_typing() {
        let typing = [("enter", "keep"), ("esc", if model.typing.is_some() { "clear" } else { "empty" })];
        for (key, hint) in typing {
            x = key_hint(buffer, x, area, key, hint, theme);
        }
        return;
    }
    // The way to all other keys is always there.
    let help = BINDINGS.iter().find(|b| b.action == Action::Help && b.scopes.contains(&scope));
    let area = match help {
        Some(help) => {
            let width = (help.keys[0].width() + help.hint.width() + 2) as u16;
            key_hint(buffer, area.right().saturating_sub(width), area, help.keys[0], help.hint, theme);
            Rect { width: area.width.saturating_sub(width + 1), ..area }
        }
        None => area,
    };
    let offered = BINDINGS
        .iter()
        .filter(|binding| binding.scopes.contains(&scope) && !binding.hint.is_empty())
        .filter(|binding| binding.action != Action::Help)
        .filter(|binding| permit(model, binding.action).is_ok() || is_accept_to_come(model, binding.action));
    for binding in offered {
        let count = model.chosen_count();
        let hint = match binding.action {
            Action::Stage(_) if count > 1 => format!("{}({})", binding.hint, grouped(count)),
            Action::Review => format!("{}({})", binding.hint, grouped(model.tray.len())),
            Action::Recall if model.queue.in_grace().is_none() => "undo".to_owned(),
            _ => binding.hint.to_owned(),
        };
        let key = binding.keys[0];
        if x + (key.width() + hint.width() + 2) as u16 > area.right() {
            break;
        }
        x = key_hint(buffer, x, area, key, &hint, theme);
    }
}

/// Accepting is offered before the number is typed, because it says what the number is for.
fn is_accept_to_come(model: &Model, action: Action) -> bool {
    action == Action::Accept && matches!(&model.overlay, Some(Overlay::Review(review)) if review.count() > 0)
}

fn key_hint(buffer: &mut Buffer, x: u16, area: Rect, key: &str, hint: &str, theme: &Theme) -> u16 {
    let room = area.right().saturating_sub(x);
    let taken = text(buffer, x, area.y, room, key, theme.style(Role::Key));
    let x = x + taken + 1;
    let taken = text(buffer, x, area.y, area.right().saturating_sub(x), hint, theme.style(Role::Muted));
    x + taken + 2
}
