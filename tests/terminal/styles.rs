//! A screen as text that shows its styles: the words first, then the same grid with a letter for each style.
//!
//! A changed colour is then one readable line of a difference. The default style is a dot, and letters are given
//! in reading order, so that the same screen gives the same text.

use vt100::{Cell, Color, Screen};

/// The dump of a screen. Blanks at line ends and lines at the bottom go when they have no style either.
pub(super) fn dump(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let mut legend: Vec<String> = Vec::new();
    let mut grid: Vec<String> = Vec::new();
    for row in 0..rows.get() {
        let letters = (0..columns.get()).map(|column| letter(screen.cell(row, column), &mut legend));
        grid.push(letters.collect::<String>().trim_end_matches('.').to_owned());
    }
    while grid.last().is_some_and(String::is_empty) {
        grid.pop();
    }
    let legend: Vec<String> =
        legend.iter().enumerate().map(|(index, style)| format!("{}: {style}", name(index))).collect();
    format!("{}\n---\n{}\n---\n{}\n", super::text(screen), grid.join("\n"), legend.join("\n"))
}

/// The letter of a cell's style, which joins the legend when it is new.
fn letter(cell: Option<&Cell>, legend: &mut Vec<String>) -> char {
    let Some(style) = cell.map(describe).filter(|style| !style.is_empty()) else { return '.' };
    let known = legend.iter().position(|known| *known == style);
    name(known.unwrap_or_else(|| {
        legend.push(style);
        legend.len() - 1
    }))
}

/// Letters, then digits; a screen with more styles than that needs another look, not another alphabet.
fn name(index: usize) -> char {
    let names = ('a'..='z').chain('A'..='Z').chain('0'..='9');
    names.chain(std::iter::once('?')).nth(index).unwrap_or('?')
}

/// A style in words; empty for the default.
fn describe(cell: &Cell) -> String {
    let attributes = [
        (cell.bold(), "bold"),
        (cell.dim(), "dim"),
        (cell.italic(), "italic"),
        (cell.underline(), "underline"),
        (cell.inverse(), "reverse"),
    ];
    let attributes = attributes.into_iter().filter(|(on, _)| *on).map(|(_, word)| word.to_owned());
    let foreground = colour(cell.fgcolor());
    let background = colour(cell.bgcolor()).map(|name| format!("on {name}"));
    attributes.chain(foreground).chain(background).collect::<Vec<_>>().join(" ")
}

const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Idx(index @ 0..8) => Some(NAMES[usize::from(index)].to_owned()),
        Color::Idx(index @ 8..16) => Some(format!("bright {}", NAMES[usize::from(index - 8)])),
        Color::Idx(index) => Some(format!("colour {index}")),
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
    }
}
