//! Whether a part of the next picture is the last one moved up or down: then the terminal moves its rows itself. Asked by
//! the surface before it writes. It must never be trusted for what a row shows: whatever it says, the surface compares
//! every cell afterwards, and a bad answer costs bytes only.

use ratatui::buffer::{Buffer, Cell};
use std::ops::Range;

/// Fewer changed rows are written sooner than they are looked at: a key's echo has one or two.
const LOOKS_FROM: usize = 3;
/// More blanks in a row than this cost nothing more.
const ERASES: usize = 8;
/// What moving the cursor costs, about.
const WAY: usize = 6;

/// Rows of the terminal that move, and how far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shift {
    pub first: u16,
    pub last: u16,
    /// Up when positive.
    pub by: i32,
}

/// The move that saves most of what has to be written in `rows`, if one may: how much exactly, only writing tells. `is_same(front row, back row, column)` says
/// whether a cell needs no writing; a front row of `None` is one that is blank.
pub fn find(
    front: &Buffer,
    back: &Buffer,
    rows: Range<u16>,
    is_same: impl Fn(Option<u16>, u16, u16) -> bool,
) -> Option<Shift> {
    let columns = back.area.width;
    // Each cell, and the way to each piece; blanks are erased together.
    let differing = |from: Option<u16>, to: u16| {
        let (mut cost, mut is_in_piece, mut blanks) = (0, false, 0);
        for x in 0..columns {
            let is_new = !is_same(from, to, x);
            blanks = if is_new && back[(x, to)].symbol() == " " { blanks + 1 } else { 0 };
            cost += usize::from(is_new && blanks <= ERASES) + if is_new && !is_in_piece { WAY } else { 0 };
            is_in_piece = is_new;
        }
        cost
    };
    let is_changed = |row: u16| (0..columns).any(|x| !is_same(Some(row), row, x));
    let changed: Vec<u16> = rows.filter(|row| is_changed(*row)).collect();
    let (Some(first), Some(last)) = (changed.first().copied(), changed.last().copied()) else { return None };
    if changed.len() < LOOKS_FROM {
        return None;
    }
    let before: Vec<u64> = (first..=last).map(|row| looks(front, row)).collect();
    let after: Vec<u64> = (first..=last).map(|row| looks(back, row)).collect();
    let height = i32::from(last - first) + 1;
    // The rows that are in place after a move, for each: the most of them is the best guess.
    let matching = |by: i32| {
        (0..height).filter(move |row| (0..height).contains(&(row + by))).filter({
            let (before, after) = (&before, &after);
            move |row| {
                after[*row as usize] == before[(row + by) as usize] && after[*row as usize] != before[*row as usize]
            }
        })
    };
    let best = (1 - height..height).filter(|by| *by != 0).map(|by| (matching(by).count(), by)).max_by_key(|(n, by)| {
        // Of equals the shortest way: up, as output does.
        (*n, -by.abs(), *by)
    });
    let (_, by) = best.filter(|(count, _)| *count + 1 >= LOOKS_FROM)?;
    let (from, to) = (matching(by).min()?, matching(by).max()?);
    let row = |n: i32| first + n as u16;
    let shift = Shift { first: row(from.min(from + by)), last: row(to.max(to + by)), by };
    let region = shift.first..=shift.last;
    let costs_now: usize = region.clone().map(|row| differing(Some(row), row)).sum();
    let source = |row: u16| u16::try_from(i32::from(row) + by).ok().filter(|from| region.contains(from));
    let costs_then: usize = region.clone().map(|row| differing(source(row), row)).sum();
    (costs_then < costs_now).then_some(shift)
}

/// A number for what a row says: the same for the same letters (FNV-1a; colours are compared later).
fn looks(buffer: &Buffer, row: u16) -> u64 {
    let start = usize::from(row) * usize::from(buffer.area.width);
    let cells: &[Cell] = buffer.content.get(start..start + usize::from(buffer.area.width)).unwrap_or_default();
    let letters = cells.iter().flat_map(|cell| cell.symbol().bytes());
    letters.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
