//! A pane that stands still: scrolled back, in copy mode, or under the mouse's selection. It shows the whole past of its
//! agent through a window of rows that the server sends a page at a time, so that what is being read does not move and
//! memory stays bounded. Made from a replica; it must never follow the live screen.

use super::finder::Finder;
use super::selection::{Place, Selection};
use super::target::{self, Target};
use crate::base::cell::Row;
use crate::base::clock::Millis;
use crate::proto::rest::{FoundRows, Transcript};
use std::collections::{BTreeMap, HashMap};

/// Rows asked for at once: many screens, a few hundred KiB.
const PAGE: usize = 1_000;
/// Rows held: far more than anyone pages through before the next page is there.
const WINDOW: usize = 10_000;
/// Matches are counted in pasts up to so many rows: that takes the server a fifth of a second.
const COUNTED: usize = 200_000;
/// The number of the screen's first row until the server has said what it is: no past is as long.
const UNKNOWN: usize = 1 << 40;
/// Marks links of the past: the live screen has numbers of its own.
const OF_THE_PAST: u32 = 1 << 31;

/// Which rows to ask the server for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// The last ones, and where they are.
    End { lines: usize },
    /// From this row on.
    Rows { from: usize, lines: usize },
    /// Around what was printed then.
    Time(Millis),
    /// Around what was printed at this place of the log.
    Offset(u64),
}

#[derive(Clone, Debug)]
pub struct Past {
    /// Names this past among all of this screen's: an answer to a question of another one is none.
    pub serial: u64,
    rows: Vec<Row>,
    /// The number of the window's first row.
    first: usize,
    /// The number behind the last row that is there to be seen.
    total: usize,
    /// The same for the last row that is not blank.
    printed: usize,
    /// The rows' numbers are the server's.
    is_known: bool,
    /// Rows of the whole screen down to its last with text.
    used: usize,
    /// Width of the screen that the rows come from.
    columns: u16,
    /// Rows between the bottom of the view and the newest row. More than the window reaches are waited for.
    back: usize,
    /// Columns to the left of the view. Rows keep the width that their terminal had: a narrower pane looks at a part.
    left: u16,
    loading: bool,
    /// No page can be had.
    failed: bool,
    /// The oldest row is to be gone to when it is known which that is.
    is_for_top: bool,
    /// A place to go to when the rows' numbers are known.
    jump: Option<Wanted>,
    /// The copy mode's cursor.
    pub cursor: Option<Place>,
    pub selection: Option<Selection>,
    pub finder: Option<Finder>,
    /// The server looks for a row. One search at a time: whoever types goes on before the first answer.
    is_finding: bool,
    /// The words that are counted now, and those whose rows cannot be.
    counting: Option<String>,
    /// How far the log went when the screen was frozen.
    pub offset: u64,
    /// Where the rows' links go.
    links: BTreeMap<u32, String>,
    last_link: u32,
    /// When rows from a number on were printed.
    times: BTreeMap<usize, Millis>,
}

impl Past {
    /// A past whose newest rows are the first `seen` of a screen: what lies below them was not seen either.
    pub fn new(serial: u64, screen: &[Row], seen: usize, columns: u16, offset: u64) -> Past {
        let used = screen.iter().rposition(|row| !row.text().is_empty()).map_or(0, |last| last + 1);
        let screen = &screen[..seen.min(screen.len())];
        Past {
            used,
            serial,
            rows: screen.to_vec(),
            first: UNKNOWN,
            total: UNKNOWN + screen.len(),
            printed: 0,
            is_known: false,
            columns,
            back: 0,
            left: 0,
            loading: false,
            failed: false,
            is_for_top: false,
            jump: None,
            cursor: None,
            selection: None,
            finder: None,
            is_finding: false,
            counting: None,
            offset,
            links: BTreeMap::new(),
            last_link: OF_THE_PAST,
            times: BTreeMap::new(),
        }
    }

    pub fn with_links(self, links: BTreeMap<u32, String>) -> Past {
        Past { links, ..self }
    }

    pub fn links(&self) -> &BTreeMap<u32, String> {
        &self.links
    }

    /// What a place leads to.
    pub fn target(&self, place: Place) -> Option<Target> {
        let row = place.row.checked_sub(self.first)?;
        target::at(&self.rows, self.columns, &self.links, Place { row, ..place })
    }

    pub fn row(&self, number: usize) -> Option<&Row> {
        self.rows.get(number.checked_sub(self.first)?)
    }

    /// The number of the last row that is there.
    pub fn last(&self) -> usize {
        self.total.saturating_sub(1)
    }

    /// How many rows there are, without the blank end of the screen, once that is known.
    pub fn total(&self) -> Option<usize> {
        self.is_known.then_some(self.printed)
    }

    /// What the view has to ask for now, if anything; asking is noted.
    pub fn ask(&mut self, height: usize) -> Option<Wanted> {
        if self.loading || self.failed {
            return None;
        }
        let wanted = self.wanted(height)?;
        self.loading = true;
        Some(wanted)
    }

    fn wanted(&mut self, height: usize) -> Option<Wanted> {
        if let Some(jump) = self.jump.take() {
            return Some(jump);
        }
        let top = self.aim(height);
        if !self.is_known {
            let is_near = top < self.first + height || self.finder.is_some();
            return is_near.then_some(Wanted::End { lines: PAGE });
        }
        // A screen more on both sides, so that the next page key finds its rows.
        let (from, to) = (top.saturating_sub(height), (top + 2 * height).min(self.total));
        let end = self.first + self.rows.len();
        let page = |from: usize| Some(Wanted::Rows { from, lines: PAGE });
        match (from < self.first, to > end) {
            (false, false) => None,
            // Far away: a window around that place.
            _ if top + height < self.first || top > end => page(top.saturating_sub(PAGE / 2)),
            (true, _) => page(self.first.saturating_sub(PAGE)),
            (false, true) => page(end),
        }
    }

    /// Takes a page. What is shown stays where it is, unless the page was asked for to go there.
    pub fn load(&mut self, mut page: Transcript, height: usize) {
        self.loading = false;
        if !self.is_known {
            self.learn_numbers(&page);
            if std::mem::take(&mut self.is_for_top) {
                self.go_to_top(height);
            }
        }
        self.adopt_links(&mut page);
        let first = usize::try_from(page.first).unwrap_or(usize::MAX);
        self.times.extend(page.times.iter().map(|(row, time)| (usize::try_from(*row).unwrap_or(usize::MAX), *time)));
        let end = self.first + self.rows.len();
        let touches = first <= end && first + page.rows.len() >= self.first;
        if touches {
            let old = std::mem::take(&mut self.rows);
            let (low, high) = (first.min(self.first), end.max(first + page.rows.len()));
            let before = old.iter().take(first.saturating_sub(self.first));
            let mut rows: Vec<Row> = before.cloned().collect();
            rows.extend(page.rows);
            let after = old.into_iter().skip((low + rows.len()).saturating_sub(self.first));
            rows.extend(after);
            debug_assert!(low + rows.len() <= high);
            (self.rows, self.first) = (rows, low);
        } else {
            (self.rows, self.first) = (page.rows, first);
        }
        if let Some(row) = page.row {
            let row = usize::try_from(row).unwrap_or(usize::MAX);
            self.show_row(row, height);
            if let Some(finder) = self.finder.as_mut().filter(|finder| finder.follows) {
                finder.follows = false;
                finder.found = Some(row);
            }
        }
        self.back = self.back.min(self.total.saturating_sub(height));
        self.forget_far(height);
    }

    /// The screen's rows get their real numbers, and every place moves with its row.
    fn learn_numbers(&mut self, page: &Transcript) {
        self.is_known = true;
        self.printed = usize::try_from(page.total).unwrap_or(usize::MAX);
        // The last row with text is the same on both sides, whatever size the screen had then.
        let screen = self.printed.saturating_sub(self.used);
        let real = |number: &mut usize| *number = (*number + screen).saturating_sub(UNKNOWN);
        real(&mut self.first);
        real(&mut self.total);
        if let Some(selection) = &mut self.selection {
            real(&mut selection.anchor.row);
            real(&mut selection.head.row);
        }
        if let Some(cursor) = &mut self.cursor {
            real(&mut cursor.row);
        }
        if let Some(finder) = &mut self.finder {
            real(&mut finder.origin);
            finder.wants.iter_mut().for_each(|(row, _)| real(row));
        }
    }

    /// The row to look from, and whether back from it, if that is to be asked now.
    pub fn question(&mut self) -> Option<(usize, bool)> {
        if !self.is_known || self.is_finding {
            return None;
        }
        let wants = self.finder.as_mut().and_then(|finder| finder.wants.take());
        self.is_finding = wants.is_some();
        wants
    }

    /// What was asked by [`Past::question`] was answered.
    pub fn answered(&mut self) {
        self.is_finding = false;
    }

    /// The words whose rows are to be counted, if that is to be asked now.
    pub fn uncounted(&mut self) -> Option<String> {
        let finder = self.finder.as_ref()?;
        let is_wanted = finder.found.is_some() && finder.rows.is_none() && self.is_known && self.printed <= COUNTED;
        if !is_wanted || self.counting.is_some() {
            return None;
        }
        self.counting = Some(finder.query.clone());
        self.counting.clone()
    }

    /// What was asked by [`Past::uncounted`] was answered. Without an answer it is not asked again for these words.
    pub fn counted(&mut self, query: &str, rows: Option<FoundRows>) {
        let finder = self.finder.as_mut().filter(|finder| finder.query == query);
        if finder.is_none() || rows.is_some() {
            self.counting = None;
        }
        if let Some(finder) = finder {
            finder.rows = rows;
        }
    }

    /// Each page numbers its links anew: they get numbers of their own here.
    fn adopt_links(&mut self, page: &mut Transcript) {
        let mut ours: HashMap<u32, u32> = HashMap::new();
        for (number, target) in std::mem::take(&mut page.links) {
            self.last_link = self.last_link.checked_add(1).unwrap_or(OF_THE_PAST);
            ours.insert(number, self.last_link);
            self.links.insert(self.last_link, target);
        }
        for run in page.rows.iter_mut().flat_map(|row| &mut row.runs).filter(|run| run.style.link != 0) {
            run.style.link = ours.get(&run.style.link).copied().unwrap_or(0);
        }
    }

    /// Lets rows go that lie far from what is shown.
    fn forget_far(&mut self, height: usize) {
        if self.rows.len() <= WINDOW {
            return;
        }
        let top = self.aim(height).clamp(self.first, self.first + self.rows.len());
        let low = top.saturating_sub(WINDOW / 2).max(self.first);
        self.rows.drain(..low - self.first);
        self.rows.truncate(WINDOW);
        self.first = low;
    }

    /// No page can be had.
    pub fn give_up(&mut self) {
        self.loading = false;
        self.failed = true;
        self.back = self.back.min((self.total - self.first).saturating_sub(1));
    }

    /// On the way to the oldest row, wherever that is.
    pub fn is_for_top(&self) -> bool {
        self.is_for_top
    }

    pub fn is_loading(&self) -> bool {
        self.loading
    }

    pub fn back(&self) -> usize {
        self.back
    }

    /// The first row that is meant to be shown in a view of `height`, whether it is here or not.
    pub fn aim(&self, height: usize) -> usize {
        self.total.saturating_sub(height + self.back)
    }

    /// The first row shown: as near to the one meant as there are rows for.
    pub fn top(&self, height: usize) -> usize {
        let last = (self.first + self.rows.len()).saturating_sub(height).max(self.first);
        self.aim(height).clamp(self.first, last)
    }

    /// What was found, if it is shown.
    pub fn found(&self, height: usize) -> Option<Place> {
        let finder = self.finder.as_ref()?;
        let top = self.top(height);
        let row = finder.found.filter(|row| (top..top + height).contains(row))?;
        let column = finder.columns(self.row(row)?).first().map_or(0, |(from, _)| *from);
        Some(Place { row, column })
    }

    /// The rows shown.
    pub fn visible(&self, height: usize) -> &[Row] {
        let from = (self.top(height) - self.first).min(self.rows.len());
        &self.rows[from..(from + height).min(self.rows.len())]
    }

    /// The widest of the rows shown.
    pub fn widest(&self, height: usize) -> u16 {
        self.visible(height).iter().map(Row::width).max().unwrap_or(0)
    }

    /// Columns to the left of a view of this size, as far as its rows reach.
    pub fn left(&self, height: usize, width: u16) -> u16 {
        self.left.min(self.widest(height).saturating_sub(width))
    }

    /// Moves the view to the right, or to the left.
    pub fn scroll_sideways(&mut self, columns: i16, height: usize, width: u16) {
        self.left = self.left(height, width).saturating_add_signed(columns);
        self.left = self.left(height, width);
    }

    /// Brings a column into view.
    pub fn show_column(&mut self, column: u16, height: usize, width: u16) {
        let left = self.left(height, width);
        if column < left || column >= left.saturating_add(width) {
            self.left = column.saturating_sub(width / 2);
        }
    }

    /// Brings what was found into view, in its row.
    pub fn show_found(&mut self, height: usize, width: u16) {
        if let Some(place) = self.found(height) {
            self.show_column(place.column, height, width);
        }
    }

    /// When the first row shown was printed, to a second or two.
    pub fn time(&self, height: usize) -> Option<Millis> {
        self.times.range(..=self.top(height)).next_back().map(|(_, time)| *time)
    }

    /// Scrolls up (positive) or down.
    pub fn scroll(&mut self, lines: isize, height: usize) {
        self.is_for_top = false;
        let most = self.total.saturating_sub(height);
        self.back = self.back.saturating_add_signed(lines).min(most);
    }

    /// Goes to the oldest row, with the cursor if there is one; as soon as it is known which that is.
    pub fn go_to_top(&mut self, height: usize) {
        self.back = self.total;
        let row = if self.is_known { 0 } else { self.first };
        if let Some(cursor) = self.cursor {
            self.put_cursor(Place { row, ..cursor }, height);
        }
        self.is_for_top = !self.is_known;
    }

    pub fn go_to_bottom(&mut self) {
        self.back = 0;
    }

    /// Goes to a place that only the server can find.
    pub fn go_to(&mut self, place: Wanted) {
        self.jump = Some(place);
    }

    /// Brings a row into view, into the middle if it was not there.
    pub fn show_row(&mut self, row: usize, height: usize) {
        let top = self.aim(height);
        if row < top || row >= top + height {
            let to = row.saturating_sub(height / 2);
            self.back = self.total.saturating_sub(to + height);
        }
        if let Some(cursor) = self.cursor {
            self.cursor = Some(Place { row, ..cursor });
        }
    }

    /// Moves the copy cursor and keeps it in view.
    pub fn move_cursor(&mut self, rows: isize, columns: isize, height: usize, width: u16) {
        let Some(mut cursor) = self.cursor else { return };
        cursor.row = cursor.row.saturating_add_signed(rows).min(self.last());
        let last = width.max(self.widest(height)).saturating_sub(1);
        let column = (cursor.column as isize + columns).clamp(0, isize::from(last as i16));
        cursor.column = column as u16;
        self.put_cursor(cursor, height);
    }

    pub fn put_cursor(&mut self, cursor: Place, height: usize) {
        self.cursor = Some(cursor);
        if let Some(selection) = &mut self.selection {
            selection.head = cursor;
        }
        let top = self.aim(height);
        if cursor.row < top {
            self.scroll((top - cursor.row) as isize, height);
        } else if height > 0 && cursor.row >= top + height {
            self.scroll(-((cursor.row + 1 - top - height) as isize), height);
        }
    }

    /// The first column of the next or last word from the cursor on, in its row.
    pub fn word(&self, forward: bool) -> Option<Place> {
        let cursor = self.cursor?;
        let row = self.row(cursor.row)?;
        let mut starts = Vec::new();
        let mut after_blank = true;
        for cell in row.cells() {
            let blank = cell.text.trim().is_empty();
            if !blank && after_blank {
                starts.push(cell.column);
            }
            after_blank = blank;
        }
        let here = cursor.column;
        let found =
            if forward { starts.into_iter().find(|c| *c > here) } else { starts.into_iter().rev().find(|c| *c < here) };
        if let Some(column) = found {
            return Some(Place { column, ..cursor });
        }
        let row = if forward { (cursor.row + 1).min(self.last()) } else { cursor.row.saturating_sub(1) };
        let column = if forward { 0 } else { self.row(row).map_or(0, |row| row.width().saturating_sub(1)) };
        Some(if row == cursor.row { cursor } else { Place { row, column } })
    }

    /// The selected text, as far as its rows are here; else which rows are to be asked for.
    pub fn selected_text(&self) -> Result<String, (usize, usize)> {
        let Some(selection) = self.selection else { return Ok(String::new()) };
        let (from, to) = selection.ends();
        let end = self.first + self.rows.len();
        if from.row < self.first || (to.row >= end && end < self.total) {
            return Err((from.row, to.row + 1 - from.row));
        }
        Ok(selection.text(&self.rows, self.first, self.columns))
    }

    /// The selected text out of rows that were asked for.
    pub fn text_in(&self, page: &Transcript) -> String {
        let first = usize::try_from(page.first).unwrap_or(usize::MAX);
        self.selection.map(|s| s.text(&page.rows, first, self.columns)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::row;

    fn rows(texts: &[&str]) -> Vec<Row> {
        texts.iter().map(|t| row(t)).collect()
    }

    /// What a server with rows `h0` to `h<above - 1>` above a screen of three would send.
    fn answer(wanted: Wanted, above: usize) -> Transcript {
        let (from, lines) = match wanted {
            Wanted::End { lines } => ((above + 3).saturating_sub(lines), lines),
            Wanted::Rows { from, lines } => (from, lines),
            Wanted::Time(_) | Wanted::Offset(_) => (above / 2 - 50, 100),
        };
        let text = |n: usize| if n < above { format!("h{n}") } else { format!("s{}", n - above + 1) };
        let rows = (from..(from + lines).min(above + 3)).map(|n| row(&text(n))).collect();
        let row = matches!(wanted, Wanted::Time(_)).then_some(above as u64 / 2);
        Transcript {
            first: from as u64,
            rows,
            total: above as u64 + 3,
            screen: above as u64,
            row,
            ..Transcript::default()
        }
    }

    /// Asks until nothing is wanted any more.
    fn settle(past: &mut Past, above: usize) {
        while let Some(wanted) = past.ask(3) {
            past.load(answer(wanted, above), 3);
        }
    }

    fn shown(past: &Past) -> Vec<String> {
        past.visible(3).iter().map(Row::text).collect()
    }

    fn frozen() -> Past {
        Past::new(1, &rows(&["s1", "s2", "s3"]), 3, 80, 1234)
    }

    #[test]
    fn scrolling_waits_for_its_rows_and_places_stay_with_theirs() {
        let mut past = frozen();
        past.cursor = Some(Place { row: past.last() - 1, column: 0 });
        past.scroll(5, 3);
        assert_eq!(shown(&past), ["s1", "s2", "s3"], "nothing blank is shown meanwhile");
        let wanted = past.ask(3).unwrap();
        assert_eq!(wanted, Wanted::End { lines: PAGE });
        assert_eq!(past.ask(3), None, "one request at a time");
        past.load(answer(wanted, 10), 3);
        assert_eq!((past.back(), past.top(3), past.total()), (5, 5, Some(13)));
        assert_eq!(shown(&past), ["h5", "h6", "h7"]);
        assert_eq!(past.row(past.cursor.unwrap().row).unwrap().text(), "s2");
        past.scroll(100, 3);
        assert_eq!(shown(&past), ["h0", "h1", "h2"]);
        past.scroll(-100, 3);
        assert_eq!((past.back(), shown(&past)), (0, vec!["s1".into(), "s2".into(), "s3".into()]));
    }

    #[test]
    fn any_row_of_a_long_past_can_be_reached_and_memory_stays_bounded() {
        let above = 1_000_000;
        let mut past = frozen();
        past.go_to_top(3);
        settle(&mut past, above);
        assert_eq!(shown(&past), ["h0", "h1", "h2"]);
        for page in 0..3000 {
            past.scroll(-2, 3);
            settle(&mut past, above);
            assert_eq!(shown(&past)[0], format!("h{}", 2 * (page + 1)));
        }
        for _ in 0..20 {
            past.scroll(-(PAGE as isize), 3);
            settle(&mut past, above);
            assert!(past.rows.len() <= WINDOW, "{}", past.rows.len());
        }
        assert_eq!(shown(&past)[0], "h26000");
        past.go_to(Wanted::Time(5));
        settle(&mut past, above);
        assert!(shown(&past).contains(&"h500000".into()), "{:?}", shown(&past));
        past.go_to_bottom();
        settle(&mut past, above);
        assert_eq!(shown(&past), ["s1", "s2", "s3"]);
    }

    #[test]
    fn the_oldest_row_is_gone_to_although_it_was_asked_for_before_anything_was_known() {
        let mut past = frozen();
        past.cursor = Some(Place { row: past.last(), column: 0 });
        past.selection =
            Some(Selection { anchor: Place { row: past.last(), column: 0 }, head: Place::default(), lines: true });
        past.go_to_top(3);
        settle(&mut past, 5000);
        assert_eq!((shown(&past)[0].as_str(), past.cursor.unwrap().row), ("h0", 0));
        assert_eq!(past.selection.unwrap().ends().1.row, 5002);
    }

    #[test]
    fn a_selection_larger_than_the_window_asks_for_its_rows() {
        let above = 50_000;
        let mut past = frozen();
        past.scroll(3, 3);
        settle(&mut past, above);
        past.selection = Some(Selection {
            anchor: Place { row: above + 1, column: 9 },
            head: Place { row: 40_000, column: 1 },
            lines: false,
        });
        let (from, lines) = past.selected_text().unwrap_err();
        assert_eq!((from, lines), (40_000, 10_002));
        let text = past.text_in(&answer(Wanted::Rows { from, lines }, above));
        assert!(text.starts_with("40000\nh40001\n") && text.ends_with("h49999\ns1\ns2"), "{}", &text[..20]);
        past.selection = Some(Selection {
            anchor: Place { row: above - 1, column: 0 },
            head: Place { row: above, column: 9 },
            lines: false,
        });
        assert_eq!(past.selected_text().unwrap(), "h49999\ns1");
    }

    #[test]
    fn links_of_pages_do_not_meet() {
        let mut past = frozen();
        past.scroll(1, 3);
        let mut pages: Vec<Transcript> = (0..2).map(|_| answer(Wanted::Rows { from: 0, lines: 5 }, 5)).collect();
        for (page, target) in pages.iter_mut().zip(["https://a", "https://b"]) {
            page.rows[0].runs[0].style.link = 1;
            page.links.insert(1, target.to_owned());
        }
        for page in pages {
            past.load(page, 3);
        }
        let link = past.row(0).unwrap().runs[0].style.link;
        assert_eq!((link > OF_THE_PAST, past.links()[&link].as_str()), (true, "https://b"));
    }
}
