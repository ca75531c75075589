//! Moving about: rows, pages, tabs, what lies over the table.

use super::lists::ask_history;
use crate::app::message::Effect;
use crate::app::model::{Model, Overlay, Tab, Tone};
use crate::app::{sheet, summary};

pub(super) fn page(model: &Model) -> isize {
    let geometry = model.geometry();
    let rows = match model.overlay {
        Some(Overlay::Help { .. } | Overlay::Evidence { .. }) => {
            usize::from(geometry.screen.height.saturating_sub(4))
        }
        Some(Overlay::Review(ref review)) => summary::page(model, review),
        _ if model.tab == Tab::Queue => usize::from(geometry.queue().0.height),
        _ => geometry.page(),
    };
    rows.max(1) as isize
}

pub(super) fn step(model: &mut Model, rows: isize) -> Vec<Effect> {
    match &mut model.overlay {
        Some(Overlay::Help { scroll, .. } | Overlay::Evidence { scroll }) => {
            *scroll = scroll.saturating_add_signed(rows);
        }
        Some(Overlay::Review(review)) => {
            let last = review.entries().len().saturating_sub(1);
            review.cursor = review.cursor.saturating_add_signed(rows).min(last);
        }
        Some(Overlay::Quit { .. }) => {}
        None if model.tab == Tab::Queue => model.queue_tab.step(&model.queue, rows),
        None => {
            model.pane_scroll = 0;
            if let Some((table, ..)) = model.current() {
                table.step(rows);
            }
        }
    }
    clamp_overlay(model);
    Vec::new()
}

pub(super) fn jump(model: &mut Model, place: usize) -> Vec<Effect> {
    if model.overlay.is_none() && model.tab != Tab::Queue {
        model.pane_scroll = 0;
        if let Some((table, ..)) = model.current() {
            table.put_cursor(place);
        }
        return Vec::new();
    }
    step(model, if place == 0 { isize::MIN / 2 } else { isize::MAX / 2 })
}

/// Scrolls the pane; on the whole screen, goes to the next row.
pub(super) fn scroll(model: &mut Model, rows: isize) -> Vec<Effect> {
    if let Some(Overlay::Evidence { scroll }) = &mut model.overlay {
        *scroll = 0;
        if let Some((table, ..)) = model.current() {
            table.step(rows);
        }
        return ask_history(model);
    }
    if let (None, Some(pane), Some(row)) = (&model.overlay, model.geometry().pane, model.cursor_row()) {
        let body = sheet::pane_body(pane);
        let lines = sheet::evidence(model, &**row, body.width).len();
        let last = lines.saturating_sub(usize::from(body.height));
        model.pane_scroll = model.pane_scroll.saturating_add_signed(rows * 3).min(last);
    }
    Vec::new()
}

/// Keeps what is scrolled from running past its end.
fn clamp_overlay(model: &mut Model) {
    let area = model.geometry().sheet();
    let lines = match &model.overlay {
        Some(Overlay::Help { .. }) => sheet::help(model, area.width).len(),
        Some(Overlay::Evidence { .. }) => {
            model.cursor_row().map_or(0, |row| sheet::evidence(model, &**row, area.width).len())
        }
        _ => return,
    };
    if let Some(Overlay::Help { scroll, .. } | Overlay::Evidence { scroll }) = &mut model.overlay {
        *scroll = (*scroll).min(lines.saturating_sub(usize::from(area.height)));
    }
}

pub(super) fn neighbour(tab: Tab, by: usize) -> Tab {
    let place = Tab::ALL.iter().position(|known| *known == tab).unwrap_or(0);
    Tab::ALL[(place + by) % Tab::ALL.len()]
}

pub(super) fn open(model: &mut Model, tab: Tab) -> Vec<Effect> {
    if let Some((table, ..)) = model.current() {
        table.end_range();
    }
    model.tab = tab;
    model.overlay = None;
    model.pane_scroll = 0;
    Vec::new()
}

pub(super) fn open_evidence(model: &mut Model) -> Vec<Effect> {
    if model.tab == Tab::Queue {
        model.queue_tab.open = model.queue_tab.current(&model.queue);
        model.queue_tab.target = 0;
        return Vec::new();
    }
    model.overlay = Some(Overlay::Evidence { scroll: 0 });
    ask_history(model)
}

pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    match model.overlay.take() {
        Some(Overlay::Help { over, .. }) => {
            model.overlay = over.map(|over| *over);
            return Vec::new();
        }
        Some(Overlay::Quit { over }) => {
            model.overlay = over.map(Overlay::Review);
            return Vec::new();
        }
        Some(Overlay::Review(_)) => {
            model.say(Tone::Info, "nothing was sent; everything stays staged");
            return Vec::new();
        }
        Some(Overlay::Evidence { .. }) => return Vec::new(),
        None => {}
    }
    if model.tab == Tab::Queue {
        model.queue_tab.open = None;
        return Vec::new();
    }
    if let Some((table, evidence, times)) = model.current() {
        if table.in_range() {
            table.end_range();
        } else if !table.filter().is_empty() {
            table.set_filter("", evidence, times);
        }
    }
    Vec::new()
}
