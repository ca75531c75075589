//! A box with a question.

use super::paint::{clear, text};
use super::theme::{Role, Theme};
use crate::app::Geometry;
use crate::app::quit::Unfinished;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, BorderType, Widget};

pub(super) fn quit(unfinished: Unfinished, geometry: &Geometry, theme: &Theme, buffer: &mut Buffer) {
    let mut lines: Vec<(String, Role)> =
        unfinished.lines().into_iter().map(|line| (line, Role::Warning)).collect();
    lines.push((String::new(), Role::Text));
    if unfinished.recallable > 0 || unfinished.under_way > 0 {
        lines.push(("w  send now what was accepted, wait for it, then quit".into(), Role::Text));
    }
    let mut now: Vec<&str> = Vec::new();
    if unfinished.recallable > 0 {
        now.push("what was not sent is recalled");
    }
    if unfinished.staged > 0 {
        now.push("what is staged is lost");
    }
    if unfinished.unverified > 0 {
        now.push("what Graph took stays taken");
    }
    lines.push(("Q  quit now".into(), Role::Text));
    lines.extend(now.into_iter().map(|consequence| (format!("   {consequence}"), Role::Muted)));
    lines.push(("esc or enter  stay".into(), Role::Text));
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0) as u16 + 6;
    let area = geometry.dialog(width, lines.len() as u16 + 4);
    let inner = boxed(" Quit? ", area, theme, buffer);
    for ((line, role), y) in lines.iter().zip(inner.y + 1..inner.bottom()) {
        text(buffer, inner.x + 2, y, inner.width.saturating_sub(3), line, theme.style(*role));
    }
}

/// An empty box with a title; what is inside.
fn boxed(title: &str, area: Rect, theme: &Theme, buffer: &mut Buffer) -> Rect {
    clear(buffer, area);
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.style(Role::Frame))
        .title(title.to_owned())
        .title_style(theme.style(Role::Title));
    let inner = block.inner(area);
    block.render(area, buffer);
    inner
}
