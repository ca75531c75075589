//! Small brushes: text into cells.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

/// Writes `text` into one line of at most `width` cells; what does not fit ends in `…`. Cells taken.
pub(super) fn text(buffer: &mut Buffer, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
    if width == 0 || !buffer.area.contains((x, y).into()) {
        return 0;
    }
    let width = width.min(buffer.area.right() - x);
    if text.width() <= usize::from(width) {
        return buffer.set_stringn(x, y, text, usize::from(width), style).0 - x;
    }
    let (end, _) = buffer.set_stringn(x, y, text, usize::from(width) - 1, style);
    buffer.set_stringn(end, y, "…", 1, style).0 - x
}

/// Writes pieces one after the other. Cells taken.
pub(super) fn pieces(buffer: &mut Buffer, area: Rect, pieces: &[(&str, Style)]) -> u16 {
    let mut x = area.x;
    for (piece, style) in pieces {
        x += text(buffer, x, area.y, area.right().saturating_sub(x), piece, *style);
    }
    x - area.x
}

/// Empties a rectangle.
pub(super) fn clear(buffer: &mut Buffer, area: Rect) {
    for position in area.intersection(buffer.area).positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        assert_eq!(text(&mut buffer, 1, 0, 4, "abcdef", Style::new()), 4);
        assert_eq!(text(&mut buffer, 9, 0, 4, "abcdef", Style::new()), 0);
        assert_eq!(buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>(), " abc… ");
    }
}
