//! Colours of a terminal as colours of a picture.

use std::fmt;

use vt100::{Cell, Color};

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// What is behind everything.
pub const BACKGROUND: Rgb = Rgb(0x16, 0x18, 0x21);
/// Text without a colour of its own.
pub const FOREGROUND: Rgb = Rgb(0xd2, 0xd4, 0xde);

/// The sixteen colours that a terminal's user chooses: here for a dark background, all of them readable on it but
/// the first, which is meant for backgrounds.
const SIXTEEN: [Rgb; 16] = [
    Rgb(0x2a, 0x2e, 0x3d),
    Rgb(0xe2, 0x6d, 0x70),
    Rgb(0x9e, 0xc0, 0x78),
    Rgb(0xe0, 0xae, 0x68),
    Rgb(0x7a, 0xa6, 0xe0),
    Rgb(0xb6, 0x93, 0xdc),
    Rgb(0x70, 0xbf, 0xc4),
    Rgb(0xc0, 0xc4, 0xd0),
    Rgb(0x6c, 0x72, 0x88),
    Rgb(0xf2, 0x87, 0x8a),
    Rgb(0xb6, 0xd8, 0x90),
    Rgb(0xf4, 0xc6, 0x80),
    Rgb(0x96, 0xbe, 0xf4),
    Rgb(0xcc, 0xac, 0xf0),
    Rgb(0x8c, 0xd8, 0xdc),
    Rgb(0xf2, 0xf3, 0xf8),
];

/// Foreground and background of a cell, with reverse and dim carried out.
pub fn of(cell: &Cell) -> (Rgb, Rgb) {
    let foreground = resolve(cell.fgcolor(), FOREGROUND);
    let background = resolve(cell.bgcolor(), BACKGROUND);
    let (foreground, background) =
        if cell.inverse() { (background, foreground) } else { (foreground, background) };
    if cell.dim() { (mix(foreground, background), background) } else { (foreground, background) }
}

fn resolve(colour: Color, default: Rgb) -> Rgb {
    match colour {
        Color::Default => default,
        Color::Rgb(red, green, blue) => Rgb(red, green, blue),
        Color::Idx(index @ 0..16) => SIXTEEN[usize::from(index)],
        // A cube of six steps each, the first of them wider than the others, then a ramp of greys.
        Color::Idx(index @ 16..232) => {
            let step = |digit: u8| if digit == 0 { 0 } else { 55 + 40 * digit };
            let index = index - 16;
            Rgb(step(index / 36), step(index / 6 % 6), step(index % 6))
        }
        Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            Rgb(grey, grey, grey)
        }
    }
}

/// Three fifths of a colour and two fifths of the other.
fn mix(colour: Rgb, with: Rgb) -> Rgb {
    let part = |a: u8, b: u8| ((u16::from(a) * 3 + u16::from(b) * 2) / 5) as u8;
    Rgb(part(colour.0, with.0), part(colour.1, with.1), part(colour.2, with.2))
}

impl fmt::Display for Rgb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}
