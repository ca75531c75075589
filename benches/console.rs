//! What a key costs: the change of the model and the drawing of the frame, without the terminal; beside it a bare table,
//! which paints the same cells and does nothing else.
//!
//! `cargo bench` prints the figures; only ratios within one run mean anything.

#![allow(clippy::expect_used, reason = "a bench that cannot be set up must not print figures")]

use chrono::{DateTime, TimeZone, Utc};
use divan::Bencher;
use entriage::app::{Effect, KeyPress, List, Message, Model, Rows, Session, update};
use entriage::entity::SignIn;
use entriage::ui::{self, Theme};
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

const SIZES: [u32; 2] = [10_000, 200_000];

fn main() {
    divan::main();
}

fn now() -> DateTime<Utc> {
    Utc.timestamp_opt(1_800_000_000, 0).single().unwrap_or_default()
}

fn sign_in(number: u32) -> SignIn {
    let time = now() - chrono::TimeDelta::seconds(i64::from(number));
    let json = format!(
        r#"{{"id":"7c1e5d4a-3b92-4f60-8a17-{number:012x}","createdDateTime":"{}","userId":"3f2a9c10-6d4b-4e8f-9a21-{:012x}",
            "userPrincipalName":"{}{:04}@contoso.example","ipAddress":"192.0.2.{}","riskLevelAggregated":"{}",
            "riskLevelDuringSignIn":"low","riskState":"atRisk","riskDetail":"none","riskEventTypes_v2":["passwordSpray"],
            "location":{{"city":"Oslo","countryOrRegion":"NO"}},"appDisplayName":"Mail","userAgent":"Agent {}"}}"#,
        time.format("%Y-%m-%dT%H:%M:%SZ"),
        number % 2_000,
        ["ada", "fischer", "noor", "zoe"][number as usize % 4],
        number % 2_000,
        number % 250,
        ["high", "medium", "low"][number as usize % 3],
        number % 40,
    );
    serde_json::from_str(&json).expect("the row is valid")
}

fn console(rows: u32) -> Model {
    let session = Session { write: true, ..Session::default() };
    let mut model = Model::new(session, (120, 40), now());
    let effects = model.start();
    let ticket = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Load(ticket, List::SignIns) => Some(*ticket),
            _ => None,
        })
        .expect("the sign-ins are loaded at the start");
    for page in 0..rows.div_ceil(1_000) {
        let page = (page * 1_000..rows.min((page + 1) * 1_000)).map(sign_in).collect();
        update(&mut model, Message::Page { ticket, rows: Rows::SignIns(page), rejected: Vec::new() });
    }
    update(&mut model, Message::Loaded { ticket, remark: None });
    model
}

fn key(model: &mut Model, buffer: &mut Buffer, theme: &Theme, key: char) {
    update(model, Message::Key(KeyPress::plain(KeyCode::Char(key))));
    buffer.reset();
    ui::draw(model, theme, buffer);
}

fn keys(bencher: Bencher<'_, '_>, rows: u32, keys: &[char]) {
    let mut model = console(rows);
    let theme = Theme::mono();
    let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
    let mut keys = keys.iter().cycle();
    bencher.bench_local(|| key(&mut model, &mut buffer, &theme, *keys.next().expect("a cycle does not end")));
}

#[divan::bench(args = SIZES)]
fn cursor_step(bencher: Bencher<'_, '_>, rows: u32) {
    keys(bencher, rows, &['j']);
}

#[divan::bench(args = SIZES)]
fn jump_to_the_ends(bencher: Bencher<'_, '_>, rows: u32) {
    keys(bencher, rows, &['G', 'g']);
}

#[divan::bench(args = SIZES)]
fn mark_and_stage(bencher: Bencher<'_, '_>, rows: u32) {
    keys(bencher, rows, &[' ', ' ', 'c', 'z']);
}

#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn sort_by_level(bencher: Bencher<'_, '_>, rows: u32) {
    let mut model = console(rows);
    update(&mut model, Message::Key(KeyPress::character('l')));
    let theme = Theme::mono();
    let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
    bencher.bench_local(|| key(&mut model, &mut buffer, &theme, 'o'));
}

#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn first_letter_of_a_filter(bencher: Bencher<'_, '_>, rows: u32) {
    let mut model = console(rows);
    let theme = Theme::mono();
    let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
    bencher.bench_local(|| {
        key(&mut model, &mut buffer, &theme, '/');
        key(&mut model, &mut buffer, &theme, 'f');
        update(&mut model, Message::Key(KeyPress::plain(KeyCode::Esc)));
    });
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn a_page_arrives(bencher: Bencher<'_, '_>, rows: u32) {
    let mut model = console(rows);
    let effects = update(&mut model, Message::Key(KeyPress::character('r')));
    let Some(Effect::Load(ticket, _)) = effects.first().cloned() else { return };
    let mut next = rows;
    bencher
        .with_inputs(|| {
            next += 1_000;
            (next - 1_000..next).map(sign_in).collect::<Vec<_>>()
        })
        .bench_local_values(|page| {
            update(&mut model, Message::Page { ticket, rows: Rows::SignIns(page), rejected: Vec::new() })
        });
}

/// The limit: the same number of rows and columns painted from texts that are there already.
#[divan::bench]
fn bare_table(bencher: Bencher<'_, '_>) {
    let cells: Vec<[String; 8]> =
        (0..36).map(|row| std::array::from_fn(|column| format!("value {row} of column {column}"))).collect();
    let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
    let mut cursor = 0usize;
    bencher.bench_local(|| {
        buffer.reset();
        cursor = (cursor + 1) % cells.len();
        for (y, row) in cells.iter().enumerate() {
            let style =
                if y == cursor { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
            buffer.set_style(Rect::new(0, y as u16 + 3, 120, 1), style);
            for (column, cell) in row.iter().enumerate() {
                buffer.set_stringn(column as u16 * 15, y as u16 + 3, cell, 14, style);
            }
        }
    });
}
