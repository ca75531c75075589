//! A table of rows: what is shown, in which order, where the cursor is, what is marked.
//!
//! Everything that matters is held by [`Key`], never by position: streaming, refreshing, sorting and filtering move
//! rows about, and neither the cursor nor a mark may end up on another row because of it (rule R1).

use super::model::List;
use crate::entity::{Column, Facts, Key, Row, TimeFormat, Value};
use crate::filter::Filter;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// By which column the rows are ordered. Equal ones follow the list's own order, then their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// A position in the list's columns.
    pub column: usize,
    /// Largest, worst or newest first.
    pub descending: bool,
}

/// A range that is being marked.
#[derive(Clone, Debug)]
struct Range {
    /// Where it began.
    anchor: Key,
    /// What was marked before, so that the range can shrink again.
    before: HashSet<Key>,
}

/// A table of one list.
#[derive(Debug)]
pub struct Table {
    list: List,
    columns: Vec<&'static Column>,
    rows: Vec<Arc<dyn Row>>,
    /// Position in `rows` by key.
    index: HashMap<Key, usize>,
    /// For each row, the loading in which it was last seen.
    seen_in: Vec<u32>,
    generation: u32,
    /// Positions in `rows`, all of them, in the list's own order. Any other order is a stable sort of this one, so that
    /// equal rows never have to be told apart again.
    own_order: Vec<u32>,
    /// Positions in `rows`, filtered and ordered.
    shown: Vec<u32>,
    /// For each row, whether it is among the shown ones.
    is_shown: Vec<bool>,
    filter: Filter,
    last_filter: Filter,
    sort: Sort,
    second_sort: Sort,
    wide: bool,
    /// The row under the cursor, and its place in `shown`.
    cursor: Option<Key>,
    cursor_at: usize,
    /// The row on which the cursor was before a filter hid it: it returns there once the row is shown again.
    home: Option<Key>,
    /// The cell cursor: a position in the list's columns.
    cell: usize,
    /// First row of the page, a place in `shown`.
    top: usize,
    marks: HashSet<Key>,
    /// How many marked rows are not shown. Counted when marks or shown rows change, because it is asked at every frame.
    hidden_marks: usize,
    last_marks: HashSet<Key>,
    range: Option<Range>,
}

impl Table {
    /// An empty table of that list, in its own order.
    pub fn new(list: List) -> Self {
        Self {
            list,
            columns: list.columns(),
            rows: Vec::new(),
            index: HashMap::new(),
            seen_in: Vec::new(),
            generation: 0,
            own_order: Vec::new(),
            shown: Vec::new(),
            is_shown: Vec::new(),
            filter: Filter::default(),
            last_filter: Filter::default(),
            sort: list.own_sort(),
            second_sort: list.second_sort(),
            wide: false,
            cursor: None,
            cursor_at: 0,
            home: None,
            cell: 0,
            top: 0,
            marks: HashSet::new(),
            hidden_marks: 0,
            last_marks: HashSet::new(),
            range: None,
        }
    }

    // ---- what is there ----

    /// Which list it shows.
    pub fn list(&self) -> List {
        self.list
    }

    /// All columns of the list.
    pub fn columns(&self) -> &[&'static Column] {
        &self.columns
    }

    /// The columns that are offered now, by position: all of them when wide, else the narrow ones.
    pub fn chosen_columns(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|&column| self.wide || !self.columns[column].wide).collect()
    }

    /// The position of the cell cursor's column.
    pub fn cell_column(&self) -> usize {
        self.cell
    }

    /// Rows that are loaded.
    pub fn loaded(&self) -> usize {
        self.rows.len()
    }

    /// All loaded rows, in the order in which they came.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<dyn Row>> {
        self.rows.iter()
    }

    /// Rows that the filter shows.
    pub fn shown(&self) -> usize {
        self.shown.len()
    }

    /// The row at a place among the shown ones.
    pub fn shown_row(&self, place: usize) -> Option<&Arc<dyn Row>> {
        self.shown.get(place).map(|&row| &self.rows[row as usize])
    }

    /// The loaded row of that key.
    pub fn row(&self, key: &Key) -> Option<&Arc<dyn Row>> {
        self.index.get(key).map(|&row| &self.rows[row])
    }

    /// Whether the filter shows the row.
    pub fn shows(&self, key: &Key) -> bool {
        self.index.get(key).is_some_and(|&row| self.is_shown[row])
    }

    /// Place of the first row on the page.
    pub fn top(&self) -> usize {
        self.top
    }

    /// Place of the cursor. Where the row under it went away, the place it left.
    pub fn cursor_place(&self) -> usize {
        self.cursor_at
    }

    /// The row under the cursor. `None` where the table is empty, or where the row went away and the analyst has not
    /// moved since: no verdict may fall on the row that took its place.
    pub fn cursor_row(&self) -> Option<&Arc<dyn Row>> {
        self.cursor.as_ref().and_then(|key| self.row(key)).filter(|row| self.shows(&row.key()))
    }

    /// The filter in force.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The order in force.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Whether wide columns are shown.
    pub fn is_wide(&self) -> bool {
        self.wide
    }

    // ---- rows coming in ----

    /// A loading begins. Rows stay until it has ended, so that nothing flickers and nothing under the cursor changes.
    pub fn begin_loading(&mut self) {
        self.generation += 1;
    }

    /// Takes in a page. A row that is known is replaced where it stands; a new one goes to its place in the order.
    pub fn add(&mut self, rows: Vec<Arc<dyn Row>>, facts: &dyn Facts, times: TimeFormat) {
        let (mut fresh, mut replaced) = (Vec::new(), Vec::new());
        for row in rows {
            let key = row.key();
            if let Some(&known) = self.index.get(&key) {
                self.rows[known] = row;
                self.seen_in[known] = self.generation;
                replaced.push(known as u32);
            } else {
                self.index.insert(key, self.rows.len());
                fresh.push(self.rows.len() as u32);
                self.rows.push(row);
                self.seen_in.push(self.generation);
                self.is_shown.push(false);
            }
        }
        self.hide_what_no_longer_matches(&replaced, facts, times);
        fresh.sort_by(|one, two| self.compare_own(*one, *two, facts));
        self.own_order = merged(&self.own_order, &fresh, |one, two| self.compare_own(one, two, facts));
        let columns = self.chosen_columns();
        fresh.retain(|&row| self.filter.matches(&*self.rows[row as usize], &columns, facts, times));
        for &row in &fresh {
            self.is_shown[row as usize] = true;
        }
        self.order(&mut fresh, facts);
        self.shown = merged(&self.shown, &fresh, |one, two| self.compare(one, two, facts));
        self.find_cursor();
        self.count_hidden_marks();
    }

    /// A row that was replaced may say something else now. One that the filter would hide is hidden at once, because a
    /// verdict touches only what the filter shows; one that it would show, or that belongs elsewhere, waits for the end.
    fn hide_what_no_longer_matches(&mut self, replaced: &[u32], facts: &dyn Facts, times: TimeFormat) {
        if self.filter.is_empty() {
            return;
        }
        let columns = self.chosen_columns();
        let mut any = false;
        for &row in replaced {
            let matches = self.filter.matches(&*self.rows[row as usize], &columns, facts, times);
            if self.is_shown[row as usize] && !matches {
                self.is_shown[row as usize] = false;
                any = true;
            }
        }
        if any {
            self.shown.retain(|&row| self.is_shown[row as usize]);
        }
    }

    /// The loading has ended. If it was read to its end, rows that it did not bring are gone; if it broke off, what was
    /// there before stays.
    pub fn end_loading(&mut self, complete: bool, facts: &dyn Facts, times: TimeFormat) {
        if complete && self.seen_in.iter().any(|&seen| seen != self.generation) {
            let mut kept = self.seen_in.iter().map(|&seen| seen == self.generation);
            self.rows.retain(|_| kept.next().unwrap_or(false));
            self.seen_in.retain(|&seen| seen == self.generation);
            self.index = self.rows.iter().enumerate().map(|(place, row)| (row.key(), place)).collect();
            self.is_shown = vec![false; self.rows.len()];
            self.own_order = (0..self.rows.len() as u32).collect();
        }
        // Rows that were replaced where they stood may belong elsewhere now.
        let mut own_order = std::mem::take(&mut self.own_order);
        own_order.sort_by(|one, two| self.compare_own(*one, *two, facts));
        self.own_order = own_order;
        self.arrange(facts, times);
    }

    // ---- order and filter ----

    /// Filters and orders all rows anew. The cursor stays on its row.
    pub fn arrange(&mut self, facts: &dyn Facts, times: TimeFormat) {
        let columns = self.chosen_columns();
        let mut shown: Vec<u32> = if self.filter.is_empty() {
            self.own_order.clone()
        } else {
            let all = self.own_order.iter().copied();
            all.filter(|&row| self.filter.matches(&*self.rows[row as usize], &columns, facts, times))
                .collect()
        };
        self.order(&mut shown, facts);
        self.show(shown);
    }

    fn show(&mut self, shown: Vec<u32>) {
        self.is_shown.fill(false);
        for &row in &shown {
            self.is_shown[row as usize] = true;
        }
        self.shown = shown;
        self.find_cursor();
        self.count_hidden_marks();
    }

    /// Orders rows that are in the list's own order.
    fn order(&self, rows: &mut Vec<u32>, facts: &dyn Facts) {
        if self.sort == self.list.own_sort() {
            return;
        }
        let mut keyed: Vec<(Value<'_>, u32)> =
            rows.iter().map(|&row| (self.rows[row as usize].cell(self.sort.column, facts), row)).collect();
        keyed.sort_by(|(one, _), (two, _)| directed(one.compare(two), self.sort));
        *rows = keyed.into_iter().map(|(_, row)| row).collect();
    }

    fn compare(&self, one: u32, two: u32, facts: &dyn Facts) -> Ordering {
        self.compare_by(self.sort, one, two, facts).then_with(|| self.compare_own(one, two, facts))
    }

    /// The list's own order, in which no two rows are equal.
    fn compare_own(&self, one: u32, two: u32, facts: &dyn Facts) -> Ordering {
        self.compare_by(self.list.own_sort(), one, two, facts)
            .then_with(|| self.compare_by(self.second_sort, one, two, facts))
            .then_with(|| self.rows[one as usize].key().cmp(&self.rows[two as usize].key()))
    }

    fn compare_by(&self, sort: Sort, one: u32, two: u32, facts: &dyn Facts) -> Ordering {
        let cell = |row: u32| self.rows[row as usize].cell(sort.column, facts);
        directed(cell(one).compare(&cell(two)), sort)
    }

    /// Finds the cursor's row again after rows have moved, and keeps it at the same height on the screen.
    fn find_cursor(&mut self) {
        let height = self.cursor_at.saturating_sub(self.top);
        match &self.cursor {
            Some(key) if self.shows(key) => {
                let row = self.index[key] as u32;
                if self.shown.get(self.cursor_at) != Some(&row) {
                    let place = self.shown.iter().position(|&shown| shown == row);
                    self.cursor_at = place.unwrap_or(self.cursor_at);
                    self.top = self.cursor_at.saturating_sub(height);
                }
            }
            // The row went away. The cursor stays where it was, on no row.
            Some(_) => self.cursor_at = self.cursor_at.min(self.shown.len().saturating_sub(1)),
            // The first rows of all. Later, no row gets the cursor by merely arriving.
            None if self.home.is_none() => self.put_cursor(0),
            None => {}
        }
    }

    /// Filters by `text`. Only what is shown is looked at again where the new filter cannot show more.
    pub fn set_filter(&mut self, text: &str, facts: &dyn Facts, times: TimeFormat) {
        let filter = Filter::parse(text);
        if !filter.is_empty() {
            self.last_filter = filter.clone();
        }
        let narrower = filter.narrows(&self.filter);
        self.filter = filter;
        if narrower {
            let columns = self.chosen_columns();
            let shown = self
                .shown
                .iter()
                .copied()
                .filter(|&row| self.filter.matches(&*self.rows[row as usize], &columns, facts, times))
                .collect();
            self.show(shown);
        } else {
            self.arrange(facts, times);
        }
        self.settle_cursor();
    }

    /// After the filter changed: the cursor returns to the row it came from, stays where its row is still shown, or goes to
    /// the first match.
    fn settle_cursor(&mut self) {
        let home = self.home.take().or_else(|| self.cursor.clone());
        let place = home.as_ref().filter(|key| self.shows(key)).map(|key| self.index[key] as u32);
        match place.and_then(|row| self.shown.iter().position(|&shown| shown == row)) {
            Some(place) => self.put_cursor(place),
            None => {
                self.put_cursor(0);
                self.home = home;
            }
        }
    }

    /// Orders by the cell cursor's column; again to go back to the list's own order.
    pub fn sort_by_cell(&mut self, facts: &dyn Facts, times: TimeFormat) {
        self.sort = if self.sort.column == self.cell && self.sort != self.list.own_sort() {
            self.list.own_sort()
        } else {
            let text_first = self.shown.first().is_some_and(|&row| {
                matches!(self.rows[row as usize].cell(self.cell, facts), Value::Text(_) | Value::Made(_))
            });
            Sort { column: self.cell, descending: !text_first }
        };
        self.arrange(facts, times);
    }

    /// Reverses the order.
    pub fn reverse(&mut self, facts: &dyn Facts, times: TimeFormat) {
        self.sort.descending = !self.sort.descending;
        self.arrange(facts, times);
    }

    /// Shows wide columns, or no longer. What the filter searches changes with it.
    pub fn toggle_wide(&mut self, facts: &dyn Facts, times: TimeFormat) {
        self.wide = !self.wide;
        if !self.chosen_columns().contains(&self.cell) {
            self.cell = 0;
        }
        if !self.filter.is_empty() {
            self.arrange(facts, times);
        }
    }

    // ---- moving ----

    /// Puts the cursor on the row at that place, or on the last one.
    pub fn put_cursor(&mut self, place: usize) {
        self.home = None;
        self.cursor_at = place.min(self.shown.len().saturating_sub(1));
        self.cursor = self.shown_row(self.cursor_at).map(|row| row.key());
        self.extend_range();
    }

    /// Moves the cursor by that many rows.
    pub fn step(&mut self, rows: isize) {
        // On a row that took the place of a vanished one, the first step down only takes hold of it.
        let rows = if self.cursor_row().is_none() && rows == 1 { 0 } else { rows };
        self.put_cursor(self.cursor_at.saturating_add_signed(rows));
    }

    /// Scrolls so that the cursor is on a page of that many rows.
    pub fn scroll_to_cursor(&mut self, page: usize) {
        let last_top = self.shown.len().saturating_sub(page);
        self.top = self.top.min(last_top).min(self.cursor_at);
        if self.cursor_at >= self.top + page {
            self.top = self.cursor_at + 1 - page;
        }
    }

    /// Moves the cell cursor by that many of the columns that are offered.
    pub fn step_cell(&mut self, columns: isize) {
        let chosen = self.chosen_columns();
        let place = chosen.iter().position(|&column| column == self.cell).unwrap_or(0);
        let place = place.saturating_add_signed(columns).min(chosen.len().saturating_sub(1));
        self.cell = chosen.get(place).copied().unwrap_or(0);
    }

    /// Moves to the next row (or the one before) that matches the last filter, around the end. Whether there was one.
    pub fn find(&mut self, forward: bool, facts: &dyn Facts, times: TimeFormat) -> bool {
        let columns = self.chosen_columns();
        let count = self.shown.len();
        let place = (1..=count)
            .map(|away| (self.cursor_at + if forward { away } else { count - away }) % count.max(1))
            .find(|&place| {
                let row = &self.rows[self.shown[place] as usize];
                self.last_filter.matches(&**row, &columns, facts, times)
            });
        if let Some(place) = place {
            self.put_cursor(place);
        }
        place.is_some()
    }

    /// Whether a filter was typed at all.
    pub fn has_last_filter(&self) -> bool {
        !self.last_filter.is_empty()
    }

    // ---- marks ----

    /// How many rows are marked, hidden ones included.
    pub fn marked(&self) -> usize {
        self.marks.len()
    }

    /// How many marked rows the filter hides, or the last loading did not bring.
    pub fn hidden_marks(&self) -> usize {
        self.hidden_marks
    }

    fn count_hidden_marks(&mut self) {
        self.hidden_marks = self.marks.iter().filter(|key| !self.shows(key)).count();
    }

    /// Whether that row is marked.
    pub fn is_marked(&self, key: &Key) -> bool {
        self.marks.contains(key)
    }

    /// Whether a range is being marked.
    pub fn in_range(&self) -> bool {
        self.range.is_some()
    }

    /// Whether a set of marks can be marked again.
    pub fn has_last_marks(&self) -> bool {
        !self.last_marks.is_empty()
    }

    /// The marked rows that are shown, in the order shown.
    pub fn shown_marks(&self) -> Vec<Arc<dyn Row>> {
        let shown = self.shown.iter().map(|&row| &self.rows[row as usize]);
        if self.marks.is_empty() {
            return Vec::new();
        }
        shown.filter(|row| self.marks.contains(&row.key())).map(Arc::clone).collect()
    }

    /// Marks the row under the cursor, or unmarks it, and steps down.
    pub fn toggle_mark(&mut self) {
        let Some(key) = self.cursor_row().map(|row| row.key()) else { return };
        self.end_range();
        if !self.marks.remove(&key) {
            self.marks.insert(key);
        }
        self.step(1);
    }

    /// Unmarks the row under the cursor.
    pub fn unmark(&mut self) {
        if let Some(key) = self.cursor_row().map(|row| row.key()) {
            self.end_range();
            self.marks.remove(&key);
        }
    }

    /// Unmarks everything, hidden rows too, and remembers what was marked.
    pub fn unmark_all(&mut self) {
        self.range = None;
        if !self.marks.is_empty() {
            self.last_marks = std::mem::take(&mut self.marks);
        }
        self.count_hidden_marks();
    }

    /// Unmarks what is shown, because it was just dealt with, and remembers it. Hidden marks stay.
    pub fn unmark_shown(&mut self) {
        self.range = None;
        self.last_marks = self.shown_marks().iter().map(|row| row.key()).collect();
        self.marks.retain(|key| !self.last_marks.contains(key));
        self.count_hidden_marks();
    }

    /// Marks the last set again, as far as its rows are still loaded. How many of them there are.
    pub fn mark_again(&mut self) -> usize {
        self.range = None;
        let again: Vec<Key> =
            self.last_marks.iter().filter(|key| self.index.contains_key(key)).cloned().collect();
        let count = again.len();
        self.marks.extend(again);
        self.count_hidden_marks();
        count
    }

    /// Marks all shown rows. How many there are.
    pub fn mark_all(&mut self) -> usize {
        self.range = None;
        self.marks.extend(self.shown.iter().map(|&row| self.rows[row as usize].key()));
        self.shown.len()
    }

    /// Inverts the marks of the shown rows; hidden marks stay.
    pub fn invert(&mut self) {
        self.range = None;
        for &row in &self.shown {
            let key = self.rows[row as usize].key();
            if !self.marks.remove(&key) {
                self.marks.insert(key);
            }
        }
    }

    /// Marks all shown rows that have the same value as the cell under the cursor. How many, and the value.
    pub fn mark_same(&mut self, facts: &dyn Facts) -> Option<(usize, String)> {
        let row = Arc::clone(self.cursor_row()?);
        let value = row.cell(self.cell, facts);
        self.range = None;
        let same: Vec<Key> = self
            .shown
            .iter()
            .map(|&row| &self.rows[row as usize])
            .filter(|other| other.cell(self.cell, facts).is_same(&value))
            .map(|other| other.key())
            .collect();
        let count = same.len();
        self.marks.extend(same);
        let title = self.columns.get(self.cell).map_or("", |column| column.title);
        let words = value.show(TimeFormat::Utc, chrono::DateTime::UNIX_EPOCH);
        Some((count, if words.is_empty() { format!("{title} empty") } else { format!("{title} {words}") }))
    }

    /// Begins a range at the cursor, or ends it.
    pub fn toggle_range(&mut self) {
        if self.range.is_some() {
            self.end_range();
        } else if let Some(anchor) = self.cursor_row().map(|row| row.key()) {
            self.range = Some(Range { anchor, before: self.marks.clone() });
            self.extend_range();
        }
    }

    /// Ends the range; its marks stay.
    pub fn end_range(&mut self) {
        self.range = None;
    }

    /// Marks what lies between the anchor and the cursor at this moment. Rows that arrive in between later are marked
    /// only by another step, when the analyst sees them.
    fn extend_range(&mut self) {
        let Some(range) = self.range.take() else { return };
        let anchor = self.index.get(&range.anchor).map(|&row| row as u32);
        let anchor = anchor.and_then(|row| self.shown.iter().position(|&shown| shown == row));
        if let Some(anchor) = anchor {
            let (from, to) = (anchor.min(self.cursor_at), anchor.max(self.cursor_at));
            self.marks.clone_from(&range.before);
            let between = self.shown[from..=to.min(self.shown.len().saturating_sub(1))].iter();
            self.marks.extend(between.map(|&row| self.rows[row as usize].key()));
            self.range = Some(range);
            self.count_hidden_marks();
        }
    }
}

/// Merges `fresh` into `known`; both are in order.
fn merged(known: &[u32], fresh: &[u32], compare: impl Fn(u32, u32) -> Ordering) -> Vec<u32> {
    let mut merged = Vec::with_capacity(known.len() + fresh.len());
    let mut from = 0;
    for &row in fresh {
        let place = from + known[from..].partition_point(|&known| compare(known, row) != Ordering::Greater);
        merged.extend_from_slice(&known[from..place]);
        merged.push(row);
        from = place;
    }
    merged.extend_from_slice(&known[from..]);
    merged
}

fn directed(order: Ordering, sort: Sort) -> Ordering {
    if sort.descending { order.reverse() } else { order }
}
