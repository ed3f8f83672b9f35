//! How the user has divided the screen: the sidebar's width, and what each row and column of panes gets of the grid.
//! Read by `layout`, changed by drags and commands, remembered over restarts. What it holds are wishes: it must never make
//! a pane smaller than the design's least, whatever it was told or has read.

use super::layout::{PaneLayout, Size};
use std::collections::BTreeMap;

/// Number, sign, some letters of a name and an age.
pub const SIDEBAR_LEAST: u16 = 20;
/// What is read from a file may be anything; no screen has more columns.
const MOST: u16 = 4096;
/// More panes than this are never beside or above one another.
const MOST_PARTS: usize = 16;

/// In which direction the parts follow one another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Axis {
    /// Beside one another.
    Columns,
    /// One above the other.
    Rows,
}

/// Parts that share a length: so many, in this direction, of this arrangement.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Row {
    pub layout: PaneLayout,
    pub axis: Axis,
    pub parts: usize,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shares {
    wide: Option<u16>,
    medium: Option<u16>,
    /// Only their proportions count: a window of another size is divided alike.
    weights: BTreeMap<Row, Vec<u16>>,
}

impl Shares {
    /// The width that is wished for a sidebar, with its divider.
    pub fn sidebar(&self, size: Size) -> Option<u16> {
        if size == Size::Wide { self.wide } else { self.medium }
    }

    pub fn set_sidebar(&mut self, size: Size, width: Option<u16>) {
        let width = width.map(|w| w.min(MOST));
        match size {
            Size::Wide => self.wide = width,
            _ => self.medium = width,
        }
    }

    /// `length` divided as wished, or evenly: no part below `least`, if that many fit. The last ones take what division
    /// leaves.
    pub fn divide(&self, row: Row, length: u16, least: u16) -> Vec<u16> {
        let parts = row.parts.max(1) as u16;
        let weights = self.weights.get(&row).filter(|w| w.len() == usize::from(parts));
        divide(weights.map(Vec::as_slice), length, parts, least)
    }

    /// Whether somebody wished for it.
    pub fn has(&self, row: Row) -> bool {
        self.weights.contains_key(&row)
    }

    /// What each part is to get.
    pub fn set(&mut self, row: Row, lengths: &[u16]) {
        if lengths.len() == row.parts && row.parts <= MOST_PARTS {
            self.weights.insert(row, lengths.iter().map(|l| (*l).clamp(1, MOST)).collect());
        }
    }

    /// All parts alike again.
    pub fn even(&mut self, row: Row) {
        self.weights.remove(&row);
    }

    /// For the file: everything by a name.
    pub fn to_map(&self) -> BTreeMap<String, Vec<u16>> {
        let sidebars = [("sidebar", self.wide), ("sidebar medium", self.medium)];
        let sidebars = sidebars.into_iter().filter_map(|(name, width)| Some((name.to_owned(), vec![width?])));
        sidebars.chain(self.weights.iter().map(|(row, weights)| (name(*row), weights.clone()))).collect()
    }

    /// From the file; what it does not know is left out.
    pub fn from_map(map: &BTreeMap<String, Vec<u16>>) -> Shares {
        let mut shares = Shares::default();
        for (key, values) in map {
            match (key.as_str(), values.first()) {
                ("sidebar", Some(width)) => shares.set_sidebar(Size::Wide, Some(*width)),
                ("sidebar medium", Some(width)) => shares.set_sidebar(Size::Medium, Some(*width)),
                _ => {
                    if let Some(row) = rows().find(|row| row.parts == values.len() && name(*row) == *key) {
                        shares.set(row, values);
                    }
                }
            }
        }
        shares
    }
}

/// `grid columns 2`.
fn name(row: Row) -> String {
    let axis = if row.axis == Axis::Columns { "columns" } else { "rows" };
    format!("{} {axis} {}", row.layout.word(), row.parts)
}

fn rows() -> impl Iterator<Item = Row> {
    PaneLayout::ALL.into_iter().flat_map(|layout| {
        [Axis::Columns, Axis::Rows]
            .into_iter()
            .flat_map(move |axis| (2..=MOST_PARTS).map(move |parts| Row { layout, axis, parts }))
    })
}

fn divide(weights: Option<&[u16]>, length: u16, parts: u16, least: u16) -> Vec<u16> {
    let Some(weights) = weights else {
        let each = length / parts;
        return (0..parts).map(|n| if n + 1 == parts { length - n * each } else { each }).collect();
    };
    let least = least.min(length / parts);
    let total: u64 = weights.iter().map(|w| u64::from(*w)).sum::<u64>().max(1);
    let (mut before, mut sum) = (0, 0);
    let mut out = Vec::new();
    for (n, weight) in weights.iter().enumerate() {
        sum += u64::from(*weight);
        // Where this part would end, as near as the least sizes of all parts let it.
        let wished = (u64::from(length) * sum + total / 2) / total;
        let others = (parts - 1 - n as u16) * least;
        let end = (wished as u16).clamp(before + least, length - others);
        let end = if n + 1 == usize::from(parts) { length } else { end };
        out.push(end - before);
        before = end;
    }
    out
}

/// `lengths` with the edge behind part `index` moved to `to`, from the beginning: its two neighbours give and take, and
/// keep their least.
pub fn moved(lengths: &[u16], index: usize, to: u16, least: u16) -> Vec<u16> {
    let mut out = lengths.to_vec();
    let (Some(first), Some(second)) = (lengths.get(index), lengths.get(index + 1)) else { return out };
    let start: u16 = lengths[..index].iter().sum();
    let both = first + second;
    let least = least.min(both / 2);
    out[index] = to.saturating_sub(start).clamp(least, both - least);
    out[index + 1] = both - out[index];
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GRID: Row = Row { layout: PaneLayout::Grid, axis: Axis::Columns, parts: 2 };

    #[test]
    fn proportions_are_kept_when_the_window_changes() {
        let mut shares = Shares::default();
        assert_eq!(shares.divide(GRID, 129, 60), [64, 65]);
        shares.set(GRID, &[120, 80]);
        assert_eq!(shares.divide(GRID, 200, 60), [120, 80]);
        assert_eq!(shares.divide(GRID, 300, 60), [180, 120]);
        // No narrower than the least, and back again.
        assert_eq!(shares.divide(GRID, 130, 60), [70, 60]);
        assert_eq!(shares.divide(GRID, 200, 60), [120, 80]);
        shares.even(GRID);
        assert_eq!(shares, Shares::default());
    }

    #[test]
    fn an_edge_moves_between_its_neighbours_only() {
        assert_eq!(moved(&[70, 70, 70], 1, 145, 60), [70, 75, 65]);
        assert_eq!(moved(&[70, 70, 70], 0, 3, 60), [60, 80, 70]);
        assert_eq!(moved(&[70, 70, 70], 1, 999, 60), [70, 80, 60]);
        assert_eq!(moved(&[70, 70, 70], 2, 100, 60), [70, 70, 70]);
    }

    #[test]
    fn what_a_file_says_is_taken_where_it_can_be() {
        let mut shares = Shares::default();
        shares.set_sidebar(Size::Wide, Some(40));
        shares.set(Row { layout: PaneLayout::OneAndStrip, axis: Axis::Rows, parts: 2 }, &[30, 12]);
        let mut map = shares.to_map();
        assert_eq!(map["one and a strip rows 2"], [30, 12]);
        map.insert("grid columns 3".into(), vec![1, 2]);
        map.insert("spiral".into(), vec![1]);
        map.insert("sidebar medium".into(), vec![]);
        assert_eq!(Shares::from_map(&map), shares);
    }

    proptest! {
        #[test]
        fn parts_fill_the_length_and_keep_their_least(
            weights in prop::collection::vec(0u16.., 1..9), length in 0u16..4000, least in 0u16..80,
        ) {
            let parts = weights.len();
            let out = divide(Some(&weights), length, parts as u16, least);
            prop_assert_eq!(out.iter().sum::<u16>(), length);
            prop_assert!(out.iter().all(|l| *l >= least.min(length / parts as u16)), "{:?}", out);
        }
    }
}
