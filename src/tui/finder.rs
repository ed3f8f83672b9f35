//! A search in one pane's past: what is looked for, where it began, and what the server found. Kept by the past; the
//! server finds the rows, here the matches in the rows on screen are marked. It must never jump by itself.

use crate::base::cell::Row;
use crate::core::find::Pattern;
use crate::proto::rest::FoundRows;

#[derive(Clone, Debug)]
pub struct Finder {
    pub query: String,
    pattern: Option<Pattern>,
    /// Why the query cannot be looked for.
    pub problem: Option<String>,
    /// Towards older rows.
    pub back: bool,
    /// Where the looking began: typing on begins there again.
    pub origin: usize,
    /// The row of the match that was gone to.
    pub found: Option<usize>,
    /// It lies behind the end at which the looking went on from the other one.
    pub wrapped: bool,
    /// Nothing in all of the past.
    pub nothing: bool,
    /// All rows that match, once they are known.
    pub rows: Option<FoundRows>,
    /// From which row the server is to look next, and whether back from it.
    pub wants: Option<(usize, bool)>,
    /// The row that is gone to next is one that was found.
    pub follows: bool,
    /// The question that is under way, by its number.
    pub asked: u64,
}

impl Finder {
    pub fn new(origin: usize) -> Finder {
        Finder {
            query: String::new(),
            pattern: None,
            problem: None,
            back: true,
            origin,
            found: None,
            wrapped: false,
            nothing: false,
            rows: None,
            wants: None,
            follows: false,
            asked: 0,
        }
    }

    /// The search that led to a hit somewhere in the past: it goes on from the row that is gone to.
    pub fn at_a_hit(query: &str) -> Finder {
        let mut finder = Finder::new(0);
        finder.set(query);
        finder.wants = None;
        finder.follows = true;
        finder
    }

    /// Looks for something else, from where the looking began. Returns whether it can be looked for.
    pub fn set(&mut self, query: &str) -> bool {
        query.clone_into(&mut self.query);
        (self.nothing, self.found, self.rows) = (false, None, None);
        match Pattern::parse(query) {
            Ok(pattern) => (self.pattern, self.problem) = (Some(pattern), None),
            Err(error) => {
                self.pattern = None;
                self.problem = (!query.is_empty()).then(|| error.to_string());
            }
        }
        self.asked += 1;
        self.wants = self.pattern.is_some().then_some((self.origin, self.back));
        self.pattern.is_some()
    }

    /// Looks on from what was found.
    pub fn next(&mut self, back: bool) {
        if self.pattern.is_some() {
            let from = self.found.unwrap_or(self.origin);
            // A row behind the one found; back, the rows before it are meant anyway.
            self.wants = Some(if back { (from, true) } else { (from.saturating_add(1), false) });
            self.back = back;
            self.asked += 1;
            self.nothing = false;
        }
    }

    /// Which of how many it is: `3 of 11`.
    pub fn place(&self) -> Option<String> {
        let rows = self.rows.as_ref()?;
        let at = rows.rows.binary_search(&(self.found? as u64)).ok()?;
        Some(format!("{} of {}{}", at + 1, rows.rows.len(), if rows.more { "+" } else { "" }))
    }

    /// The columns of a row that match: first, and behind the last.
    pub fn columns(&self, row: &Row) -> Vec<(u16, u16)> {
        let Some(pattern) = &self.pattern else { return Vec::new() };
        let (mut text, mut starts) = (String::new(), Vec::new());
        for cell in row.cells() {
            starts.push((text.len(), cell.column));
            text.push_str(cell.text);
        }
        let end = row.width();
        let column = |place: usize| {
            let index = starts.partition_point(|(start, _)| *start < place);
            starts.get(index).map_or(end, |(_, column)| *column)
        };
        pattern.find(text.as_bytes()).map(|(from, to)| (column(from), column(to))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::row;

    #[test]
    fn matches_are_columns_also_behind_wide_characters() {
        let mut finder = Finder::new(0);
        assert!(finder.set("word"));
        assert_eq!(finder.columns(&row("漢字 word, a Word")), [(5, 9), (13, 17)]);
        assert!(!finder.set("r/(/") && finder.problem.is_some());
        assert!(finder.columns(&row("word")).is_empty());
        assert!(!finder.set("") && finder.problem.is_none());
    }
}
