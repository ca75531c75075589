//! Where things are on the screen. A pure function of sizes, used by `update` to know how long a page is and by the
//! drawing to know where to draw, so that the two agree.

use crate::entity::{Column, TimeFormat};
use ratatui::layout::Rect;

/// The smallest screen on which a verdict can be given with open eyes.
pub const SMALLEST: (u16, u16) = (60, 12);

/// Cells before the first column: the mark, the staged verdict, the sent verdict with its progress, and a blank.
pub const GUTTER: u16 = 5;

/// The rectangles of the main screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// The whole screen.
    pub screen: Rect,
    /// Who and where the analyst is.
    pub header: Rect,
    /// The tabs.
    pub tabs: Rect,
    /// The column titles.
    pub titles: Rect,
    /// The rows.
    pub rows: Rect,
    /// The evidence pane, where there is one.
    pub pane: Option<Rect>,
    /// Counts, progress, notices.
    pub status: Rect,
    /// The keys.
    pub keys: Rect,
}

impl Geometry {
    /// The screen of that size, with or without an evidence pane.
    pub fn new(width: u16, height: u16, pane: bool) -> Self {
        let line = |y: u16| Rect::new(0, y.min(height.saturating_sub(1)), width, 1.min(height));
        let middle = Rect::new(0, 2.min(height), width, height.saturating_sub(4));
        let (table, pane) = if pane { split(middle) } else { (middle, None) };
        Self {
            screen: Rect::new(0, 0, width, height),
            header: line(0),
            tabs: line(1),
            titles: Rect { height: table.height.min(1), ..table },
            rows: Rect { y: table.y + table.height.min(1), height: table.height.saturating_sub(1), ..table },
            pane,
            status: line(height.saturating_sub(2)),
            keys: line(height.saturating_sub(1)),
        }
    }

    /// Whether the screen is large enough to decide anything on it.
    pub fn is_usable(&self) -> bool {
        self.screen.width >= SMALLEST.0 && self.screen.height >= SMALLEST.1
    }

    /// Rows on a page of the table.
    pub fn page(&self) -> usize {
        usize::from(self.rows.height).max(1)
    }

    /// The rows of the queue tab (submissions, or the targets of an open one), and below them the one under the cursor at a glance.
    pub fn queue(&self) -> (Rect, Rect) {
        let details = self.rows.height.min(6);
        let rows = Rect { height: self.rows.height - details, ..self.rows };
        (rows, Rect { y: rows.bottom(), height: details, ..self.rows })
    }

    /// Where the review goes: all but the header, the status line and the keys.
    pub fn review(&self) -> Rect {
        Rect { y: 1.min(self.screen.height), height: self.screen.height.saturating_sub(3), ..self.screen }
    }

    /// Where the lines of a sheet on the whole screen go: evidence, help.
    pub fn sheet(&self) -> Rect {
        Rect::new(1, 3, self.screen.width.saturating_sub(2), self.screen.height.saturating_sub(5))
    }

    /// The rectangle of a dialog that wants that many cells, centred, as large as the screen allows.
    pub fn dialog(&self, width: u16, height: u16) -> Rect {
        let (width, height) = (width.min(self.screen.width), height.min(self.screen.height));
        Rect::new((self.screen.width - width) / 2, (self.screen.height - height) / 2, width, height)
    }
}

/// The pane stands to the right on a wide screen, below on a narrow one.
fn split(middle: Rect) -> (Rect, Option<Rect>) {
    if middle.width >= 110 {
        let width = (middle.width / 3).clamp(40, 64);
        let table = Rect { width: middle.width - width, ..middle };
        (table, Some(Rect { x: table.width, width, ..middle }))
    } else if middle.height >= 14 {
        let height = (middle.height * 2 / 5).max(6);
        let table = Rect { height: middle.height - height, ..middle };
        (table, Some(Rect { y: table.y + table.height, height, ..middle }))
    } else {
        (middle, None)
    }
}

/// One column as it is placed on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its position in the kind's table of columns.
    pub column: usize,
    /// Its first cell, counted from the left of the table.
    pub x: u16,
    /// Its cells.
    pub width: u16,
}

/// Which columns to place, and how.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// All columns of the list.
    pub columns: &'a [&'static Column],
    /// Those that are offered, by position, in order.
    pub chosen: &'a [usize],
    /// The one with the cell cursor, a place among the chosen: it is always placed.
    pub keep: usize,
    /// How times are written, which decides how wide they are.
    pub times: TimeFormat,
}

impl Choice<'_> {
    fn cells(&self, place: usize) -> u16 {
        self.columns[self.chosen[place]].cells(self.times)
    }

    /// The place of the column that says who it is about.
    fn who(&self) -> Option<usize> {
        self.chosen.iter().position(|&column| self.columns[column].title == "USER")
    }

    /// How many columns fit from that place on, and at least one.
    fn fitting(&self, from: usize, mut used: u16, width: u16) -> usize {
        let mut count = 0;
        for place in from..self.chosen.len() {
            used += self.cells(place) + u16::from(used > GUTTER);
            if used > width && count > 0 {
                break;
            }
            count += 1;
        }
        count
    }

    /// The places that are visible. Columns drop from the right on a narrow screen. Where the cell cursor's would drop, those
    /// before it scroll out to the left, except the one that says whom the row is about.
    fn visible(&self, width: u16) -> Vec<usize> {
        let fit = self.fitting(0, GUTTER, width);
        if self.keep < fit {
            return (0..fit).collect();
        }
        let pinned = self.who().filter(|who| *who < self.keep && self.cells(*who) * 2 < width);
        let used = GUTTER + pinned.map_or(0, |who| self.cells(who));
        let first = pinned.map_or(1, |who| who + 1);
        let from = (first..=self.keep).find(|&from| from + self.fitting(from, used, width) > self.keep);
        let from = from.unwrap_or(self.keep);
        let until = (from + self.fitting(from, used, width)).min(self.chosen.len());
        pinned.into_iter().chain(from..until).collect()
    }
}

/// Places the columns from the left; what is left over goes to the growing ones.
pub fn place(choice: &Choice<'_>, width: u16) -> Vec<Placed> {
    let visible = choice.visible(width);
    let used = GUTTER + visible.iter().map(|&place| choice.cells(place) + 1).sum::<u16>().saturating_sub(1);
    let grows = |place: usize| choice.columns[choice.chosen[place]].grows;
    let growing = visible.iter().filter(|&&place| grows(place)).count() as u16;
    let spare = width.saturating_sub(used);
    let mut placed = Vec::with_capacity(visible.len());
    let (mut x, mut shares) = (GUTTER, 0);
    for place in visible {
        let mut cells = choice.cells(place);
        if grows(place) {
            // Shares that differ by at most one cell and add up to all that is spare.
            cells += spare * (shares + 1) / growing - spare * shares / growing;
            shares += 1;
        }
        let cells = cells.min(width.saturating_sub(x));
        placed.push(Placed { column: choice.chosen[place], x, width: cells });
        x += cells + 1;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::SignIn;
    use proptest::prelude::*;

    fn choice<'a>(columns: &'a [&'static Column], chosen: &'a [usize], keep: usize) -> Choice<'a> {
        Choice { columns, chosen, keep, times: TimeFormat::Age }
    }

    #[test]
    fn a_narrow_screen_drops_columns_from_the_right_and_uses_every_cell() {
        let columns: Vec<_> = SignIn::columns().collect();
        let chosen: Vec<usize> = (0..columns.len()).filter(|&c| !columns[c].wide).collect();
        let placed = place(&choice(&columns, &chosen, 0), 80);
        assert_eq!(placed.first().unwrap().x, GUTTER);
        assert_eq!(placed.last().map(|last| last.x + last.width), Some(80));
        assert_eq!(placed.len(), 7);
    }

    #[test]
    fn the_column_of_the_cell_cursor_is_always_there_and_so_is_the_user() {
        let columns: Vec<_> = SignIn::columns().collect();
        let chosen: Vec<usize> = (0..columns.len()).collect();
        for keep in 0..chosen.len() {
            let placed = place(&choice(&columns, &chosen, keep), 80);
            assert!(placed.iter().any(|placed| placed.column == keep), "{keep}");
            assert!(placed.iter().any(|placed| columns[placed.column].title == "USER"), "{keep}");
        }
    }

    proptest! {
        #[test]
        fn no_size_breaks_the_geometry(width in 0u16..400, height in 0u16..200, pane: bool, keep in 0usize..17) {
            let geometry = Geometry::new(width, height, pane);
            for area in [geometry.header, geometry.tabs, geometry.titles, geometry.rows, geometry.status, geometry.keys]
                .into_iter()
                .chain(geometry.pane)
            {
                prop_assert!(area.right() <= width && area.bottom() <= height, "{area:?}");
            }
            let columns: Vec<_> = SignIn::columns().collect();
            let chosen: Vec<usize> = (0..columns.len()).collect();
            for placed in place(&choice(&columns, &chosen, keep), width.max(GUTTER + 1)) {
                prop_assert!(placed.x + placed.width <= width.max(GUTTER + 1));
            }
        }
    }
}
