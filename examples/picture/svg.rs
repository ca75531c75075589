//! A terminal's screen as an SVG picture: a window with a title, backgrounds, shapes, text.
//!
//! Text is stretched to the cells it covers, run by run, so that columns stay columns in any viewer's font.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vt100::{Cell, Screen};

use crate::boxes::{self, HEIGHT, Shape, WIDTH, rectangle};
use crate::colour::{self, BACKGROUND, FOREGROUND, Rgb};

/// Between the window's edge and the screen.
const PADDING: f32 = 14.0;
/// The height of the title bar.
const BAR: f32 = 36.0;
const BAR_COLOUR: Rgb = Rgb(0x22, 0x25, 0x32);
const TITLE_COLOUR: Rgb = Rgb(0x9a, 0xa0, 0xb4);
const EDGE_COLOUR: Rgb = Rgb(0x3a, 0x3f, 0x52);
const BUTTONS: [Rgb; 3] = [Rgb(0xe2, 0x6d, 0x70), Rgb(0xe0, 0xae, 0x68), Rgb(0x9e, 0xc0, 0x78)];

const FONTS: &str = "ui-monospace,'SF Mono','JetBrains Mono','Cascadia Mono','DejaVu Sans Mono',Menlo,Consolas,\
                     'Liberation Mono',monospace";
/// Monospaced letters are six tenths of their size wide.
const FONT_SIZE: f32 = 15.0;
/// From the top of a cell down to the line that letters stand on.
const BASELINE: f32 = 14.0;

/// Draws the screen in a window with this title.
pub fn picture(screen: &Screen, title: &str) -> String {
    let (rows, columns) = screen.size();
    let mut layers = Layers::default();
    for row in 0..rows.get() {
        layers.row(screen, row, columns.get());
    }
    if !screen.hide_cursor() {
        layers.cursor(screen);
    }
    let width = WIDTH * f32::from(columns.get()) + 2.0 * PADDING;
    let height = HEIGHT * f32::from(rows.get()) + BAR + 1.5 * PADDING;
    window(width, height, title, &layers.finish())
}

fn window(width: f32, height: f32, title: &str, content: &str) -> String {
    let title = escape(title);
    let mut buttons = String::new();
    for (index, colour) in BUTTONS.iter().enumerate() {
        let x = 20 + 20 * index;
        let _ = writeln!(buttons, r#"<circle cx="{x}" cy="{}" r="6" fill="{colour}"/>"#, BAR / 2.0);
    }
    let (inner_width, inner_height) = (width - 1.0, height - 1.0);
    let (middle, title_line, top) = (width / 2.0, BAR / 2.0 + 5.0, BAR + PADDING / 2.0);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="frame"><rect width="{width}" height="{height}" rx="10"/></clipPath>
<g clip-path="url(#frame)">
<rect width="{width}" height="{height}" fill="{BACKGROUND}"/>
<rect width="{width}" height="{BAR}" fill="{BAR_COLOUR}"/>
</g>
<rect x="0.5" y="0.5" width="{inner_width}" height="{inner_height}" rx="9.5" fill="none" stroke="{EDGE_COLOUR}"/>
{buttons}<g font-family="{FONTS}" font-size="{FONT_SIZE}">
<text x="{middle}" y="{title_line}" text-anchor="middle" font-size="14" fill="{TITLE_COLOUR}">{title}</text>
<g transform="translate({PADDING} {top})">
{content}</g>
</g>
</svg>
"#
    )
}

/// What lies above what: backgrounds, shapes, then letters. Shapes of one colour share a path.
#[derive(Default)]
struct Layers {
    backgrounds: BTreeMap<Rgb, String>,
    fills: BTreeMap<Rgb, String>,
    shades: BTreeMap<(Rgb, u8), String>,
    dots: BTreeMap<Rgb, String>,
    lines: BTreeMap<Rgb, String>,
    texts: String,
}

/// Neighbouring letters of one style.
struct Run {
    text: String,
    start: u16,
    cells: u16,
    style: Style,
    /// Of letters that every monospaced font has at its usual width; others stand alone.
    plain: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Style {
    colour: Rgb,
    bold: bool,
    italic: bool,
}

impl Layers {
    fn row(&mut self, screen: &Screen, row: u16, columns: u16) {
        let y = HEIGHT * f32::from(row);
        let mut run: Option<Run> = None;
        let mut background: Option<(Rgb, u16)> = None;
        for column in 0..columns {
            let Some(cell) = screen.cell(row, column) else { continue };
            let (_, behind) = colour::of(cell);
            if background.is_none_or(|(colour, _)| colour != behind) {
                self.background(background.replace((behind, column)), column, y);
            }
            if cell.is_wide_continuation() {
                continue;
            }
            let letter = self.cell(cell, column, y);
            run = self.letter(run, letter, column, y);
        }
        self.background(background, columns, y);
        self.text(run, y);
    }

    /// A stretch of one background, up to a column.
    fn background(&mut self, stretch: Option<(Rgb, u16)>, end: u16, y: f32) {
        if let Some((colour, start)) = stretch.filter(|(colour, _)| *colour != BACKGROUND) {
            let width = WIDTH * f32::from(end - start);
            *self.backgrounds.entry(colour).or_default() +=
                &rectangle(WIDTH * f32::from(start), y, width, HEIGHT);
        }
    }

    /// Draws what is not a letter, and gives back what is: a run of one.
    fn cell(&mut self, cell: &Cell, column: u16, y: f32) -> Option<Run> {
        let (colour, _) = colour::of(cell);
        let cells = if cell.is_wide() { 2 } else { 1 };
        let x = WIDTH * f32::from(column);
        if cell.underline() {
            let line = rectangle(x, y + BASELINE + 2.0, WIDTH * f32::from(cells), 1.0);
            *self.fills.entry(colour).or_default() += &line;
        }
        let text = cell.contents();
        let first = text.chars().next().filter(|first| *first != ' ')?;
        match boxes::shape(first, x, y) {
            Some(Shape::Fill(path)) => *self.fills.entry(colour).or_default() += &path,
            Some(Shape::Dots(path)) => *self.dots.entry(colour).or_default() += &path,
            Some(Shape::Shade(path, quarters)) => {
                *self.shades.entry((colour, quarters)).or_default() += &path;
            }
            Some(Shape::Line(path)) => *self.lines.entry(colour).or_default() += &path,
            None => {
                let style = Style { colour, bold: cell.bold(), italic: cell.italic() };
                // Latin letters; arrows, marks and everything else may come from another font than the rest.
                let plain = cells == 1 && text.chars().all(|letter| letter < '\u{250}');
                return Some(Run { text: text.to_owned(), start: column, cells, style, plain });
            }
        }
        None
    }

    /// Adds a letter to the run before it, or draws that run and begins another. One blank does not end a run.
    fn letter(&mut self, run: Option<Run>, letter: Option<Run>, column: u16, y: f32) -> Option<Run> {
        match (run, letter) {
            (Some(mut run), Some(letter))
                if run.plain
                    && letter.plain
                    && run.style == letter.style
                    && column - run.start <= run.cells + 1 =>
            {
                let gap = column - run.start - run.cells;
                run.text.extend(std::iter::repeat_n(' ', gap.into()));
                run.text += &letter.text;
                run.cells += gap + letter.cells;
                Some(run)
            }
            (run, Some(letter)) => {
                self.text(run, y);
                Some(letter)
            }
            (run, None) => run,
        }
    }

    fn text(&mut self, run: Option<Run>, y: f32) {
        let Some(run) = run else { return };
        let Style { colour, bold, italic } = run.style;
        let weight = if bold { r#" font-weight="700""# } else { "" };
        let slant = if italic { r#" font-style="italic""# } else { "" };
        let fill = if colour == FOREGROUND { String::new() } else { format!(r#" fill="{colour}""#) };
        let _ = writeln!(
            self.texts,
            r#"<text x="{}" y="{}" textLength="{}" lengthAdjust="spacingAndGlyphs"{fill}{weight}{slant}>{}</text>"#,
            WIDTH * f32::from(run.start),
            y + BASELINE,
            WIDTH * f32::from(run.cells),
            escape(&run.text),
        );
    }

    /// A text field's cursor, as a bar before the cell.
    fn cursor(&mut self, screen: &Screen) {
        let (row, column) = screen.cursor_position();
        let bar = rectangle(WIDTH * f32::from(column), HEIGHT * f32::from(row) + 1.0, 2.0, HEIGHT - 2.0);
        *self.fills.entry(FOREGROUND).or_default() += &bar;
    }

    fn finish(self) -> String {
        let mut out = String::from("<g shape-rendering=\"crispEdges\">\n");
        for (colour, path) in self.backgrounds.iter().chain(&self.fills) {
            let _ = writeln!(out, r#"<path fill="{colour}" d="{path}"/>"#);
        }
        for ((colour, quarters), path) in &self.shades {
            let opacity = f32::from(*quarters) / 4.0;
            let _ = writeln!(out, r#"<path fill="{colour}" fill-opacity="{opacity}" d="{path}"/>"#);
        }
        out += "</g>\n";
        for (colour, path) in &self.dots {
            let _ = writeln!(out, r#"<path fill="{colour}" d="{path}"/>"#);
        }
        for (colour, path) in &self.lines {
            let _ = writeln!(out, r#"<path fill="none" stroke="{colour}" d="{path}"/>"#);
        }
        let _ = writeln!(out, r#"<g fill="{FOREGROUND}">"#);
        out + &self.texts + "</g>\n"
    }
}

/// Text as XML takes it. Control characters cannot be written in XML at all.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
