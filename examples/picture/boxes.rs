//! Lines, corners, blocks and braille as shapes that join from cell to cell, whatever font a viewer has.

use std::fmt::Write as _;

/// The width of a cell. Odd, like the height, so that a line of one unit in the middle fills whole pixels.
pub const WIDTH: f32 = 9.0;
/// The height of a cell.
pub const HEIGHT: f32 = 19.0;

/// How a shape is painted.
pub enum Shape {
    /// Filled, with sharp edges.
    Fill(String),
    /// Filled with rounded edges: dots.
    Dots(String),
    /// Filled and translucent, by this many quarters: a shade.
    Shade(String, u8),
    /// A thin line.
    Line(String),
}

/// Box drawing, U+2500 to U+257F: what runs up, right, down and left from the middle (0 nothing, 1 light, 2 heavy,
/// 3 double), as the characters' names say. Dots: dashes, arcs and diagonals.
const ARMS: [&str; 8] = [
    "0101 0202 1010 2020 .... .... .... .... .... .... .... .... 0110 0210 0120 0220",
    "0011 0012 0021 0022 1100 1200 2100 2200 1001 1002 2001 2002 1110 1210 2110 1120",
    "2120 2210 1220 2220 1011 1012 2011 1021 2021 2012 1022 2022 0111 0112 0211 0212",
    "0121 0122 0221 0222 1101 1102 1201 1202 2101 2102 2201 2202 1111 1112 1211 1212",
    "2111 1121 2121 2112 2211 1122 1221 2212 1222 2122 2221 2222 .... .... .... ....",
    "0303 3030 0310 0130 0330 0013 0031 0033 1300 3100 3300 1003 3001 3003 1310 3130",
    "3330 1013 3031 3033 0313 0131 0333 1303 3101 3303 1313 3131 3333 .... .... ....",
    ".... .... .... .... 0001 1000 0100 0010 0002 2000 0200 0020 0201 1020 0102 2010",
];

/// Half the distance between the two lines of a double one.
const GAP: f32 = 2.0;

/// The shape of a character whose cell begins here; nothing for what a font draws.
pub fn shape(character: char, x: f32, y: f32) -> Option<Shape> {
    match character {
        '╭' | '╮' | '╯' | '╰' => Some(Shape::Line(arc(character, x, y))),
        '\u{2500}'..='\u{257f}' => lines(character, x, y).map(Shape::Fill),
        '░' | '▒' | '▓' => {
            let quarters = character as u32 - '░' as u32 + 1;
            Some(Shape::Shade(part(x, y, [0.0, 0.0, 1.0, 1.0]), quarters as u8))
        }
        '\u{2580}'..='\u{259f}' => Some(Shape::Fill(block(character, x, y))),
        '\u{2801}'..='\u{28ff}' => Some(Shape::Dots(braille(character, x, y))),
        _ => None,
    }
}

/// A rectangle as a path.
pub fn rectangle(x: f32, y: f32, width: f32, height: f32) -> String {
    format!("M{x} {y}h{width}v{height}h-{width}z")
}

fn lines(character: char, x: f32, y: f32) -> Option<String> {
    let index = (character as usize).checked_sub(0x2500)?;
    let arms: Vec<u8> =
        ARMS.get(index / 16)?.split(' ').nth(index % 16)?.bytes().map(|byte| byte - b'0').collect();
    let arms: [u8; 4] = arms.try_into().ok()?;
    if arms.iter().any(|&weight| weight > 3) {
        return None;
    }
    Some((0..4).map(|direction| arm(direction, arms, x, y)).collect())
}

/// One arm from the middle to the edge. It is worked out as if it ran along an axis: `along` from the middle
/// outwards, `across` to the right of that way; then turned.
fn arm(direction: usize, arms: [u8; 4], x: f32, y: f32) -> String {
    let [weight, right, opposite, left] = [0, 1, 2, 3].map(|turn| arms[(direction + turn) % 4]);
    let doubles = u8::from(left == 3) + u8::from(right == 3);
    let mut path = String::new();
    let mut stroke =
        |from: f32, across: f32, thickness: f32| path += &turned(direction, from, across, thickness, x, y);
    match weight {
        1 | 2 => {
            // As far as the line it meets; where none goes on, up to that line's far edge, so that corners are full.
            let from = match (doubles, opposite) {
                (2, 0) => GAP - 0.5,
                (1, 0) => -GAP - 0.5,
                (0, 0) => -thickness(left.max(right)) / 2.0,
                _ => 0.0,
            };
            stroke(from, 0.0, thickness(weight));
        }
        3 => {
            for (across, near, far) in [(-GAP, left, right), (GAP, right, left)] {
                let from = match (near, far) {
                    (3, _) => GAP - 0.5,
                    (_, 3) if opposite != 3 => -GAP - 0.5,
                    _ if opposite == 0 => -0.5,
                    _ => 0.0,
                };
                stroke(from, across, 1.0);
            }
        }
        _ => {}
    }
    path
}

fn thickness(weight: u8) -> f32 {
    match weight {
        0 => 0.0,
        2 => 3.0,
        _ => 1.0,
    }
}

fn turned(direction: usize, from: f32, across: f32, thickness: f32, x: f32, y: f32) -> String {
    let (middle_x, middle_y) = (x + WIDTH / 2.0, y + HEIGHT / 2.0);
    let length = if matches!(direction, 0 | 2) { HEIGHT / 2.0 } else { WIDTH / 2.0 } - from;
    let half = thickness / 2.0;
    match direction {
        0 => rectangle(middle_x + across - half, y, thickness, length),
        1 => rectangle(middle_x + from, middle_y + across - half, length, thickness),
        2 => rectangle(middle_x - across - half, middle_y + from, thickness, length),
        _ => rectangle(x, middle_y - across - half, length, thickness),
    }
}

/// A rounded corner, from the middle of one edge to the middle of another.
fn arc(character: char, x: f32, y: f32) -> String {
    let (middle_x, middle_y, bend) = (x + WIDTH / 2.0, y + HEIGHT / 2.0, WIDTH / 2.0);
    let (end_x, bend_x) = match character {
        '╭' | '╰' => (x + WIDTH, middle_x + bend),
        _ => (x, middle_x - bend),
    };
    let (end_y, bend_y) = match character {
        '╭' | '╮' => (y + HEIGHT, middle_y + bend),
        _ => (y, middle_y - bend),
    };
    format!("M{middle_x} {end_y}V{bend_y}Q{middle_x} {middle_y} {bend_x} {middle_y}H{end_x}")
}

/// A part of a cell, given in fractions: left, top, right, bottom.
fn part(x: f32, y: f32, [left, top, right, bottom]: [f32; 4]) -> String {
    rectangle(x + left * WIDTH, y + top * HEIGHT, (right - left) * WIDTH, (bottom - top) * HEIGHT)
}

fn block(character: char, x: f32, y: f32) -> String {
    let code = character as u32;
    let eighths = |count: u32| count as f32 / 8.0;
    let whole = match character {
        '▀' => [0.0, 0.0, 1.0, 0.5],
        '▁'..='█' => [0.0, 1.0 - eighths(code - 0x2580), 1.0, 1.0],
        '▉'..='▏' => [0.0, 0.0, eighths(0x2590 - code), 1.0],
        '▐' => [0.5, 0.0, 1.0, 1.0],
        '▔' => [0.0, 0.0, 1.0, 0.125],
        '▕' => [0.875, 0.0, 1.0, 1.0],
        _ => return quadrants(code, x, y),
    };
    part(x, y, whole)
}

/// U+2596 to U+259F, as bits: upper left, upper right, lower left, lower right.
const QUADRANTS: [u8; 10] = [0b0010, 0b0001, 0b1000, 0b1011, 0b1001, 0b1110, 0b1101, 0b0100, 0b0110, 0b0111];

fn quadrants(code: u32, x: f32, y: f32) -> String {
    let bits = QUADRANTS.get((code as usize).wrapping_sub(0x2596)).copied().unwrap_or(0);
    let places = [(8, 0.0, 0.0), (4, 0.5, 0.0), (2, 0.0, 0.5), (1, 0.5, 0.5)];
    let set = places.into_iter().filter(|(bit, _, _)| bits & bit != 0);
    set.map(|(_, left, top)| part(x, y, [left, top, left + 0.5, top + 0.5])).collect()
}

/// Which bit of a braille character is which dot: column and row.
const DOTS: [(u8, u8); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];

fn braille(character: char, x: f32, y: f32) -> String {
    let bits = character as u32 - 0x2800;
    let mut path = String::new();
    for (bit, (column, row)) in DOTS.into_iter().enumerate() {
        if bits & (1 << bit) != 0 {
            let left = x + WIDTH * (0.25 + 0.5 * f32::from(column)) - 1.25;
            let middle = y + HEIGHT * (0.125 + 0.25 * f32::from(row));
            let _ = write!(path, "M{left} {middle}a1.25 1.25 0 1 0 2.5 0a1.25 1.25 0 1 0-2.5 0z");
        }
    }
    path
}
