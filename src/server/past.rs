//! The whole past of one terminal as numbered rows, made from its log: a replay that keeps every row that leaves the
//! screen, and an index of places from which a replay may begin. Used by the transcript's service, on threads that may
//! block. It must never be asked for more than a page at once.
//!
//! # Invariant
//! A row's number never changes: the index and every page take the rows that left at the same places of the log.

use crate::base::cell::{Row, RowBuilder, Style};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::screen::{Picture, Screen, Size, mode, text_hash};
use crate::olog::journal::{self, Record};
use crate::olog::read::{Found, Reader};
use crate::olog::segment::journal_path;
use memchr::memmem;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Rows that left are taken at multiples of this offset: what an erased scrollback or a growing screen would take back
/// within it is gone. Not more rows than a screen keeps can leave in so many bytes.
const TAKE: u64 = 64 * 1024;
/// Distance of two places to begin from: replaying so much takes some ten milliseconds, and each place costs some tens
/// of KiB.
const APART: u64 = 1024 * 1024;
/// The alternate screen is looked at whenever so much was printed: about one picture of a program.
const LOOK: u64 = 4 * 1024;
/// Rows of the alternate screen that are remembered as given away: several screens.
const GIVEN: usize = 200;
/// A screen keeps so many rows until they are taken: as many as `TAKE` bytes can push off.
const KEPT: usize = TAKE as usize + 1024;

/// Where a replay may begin.
#[derive(Clone)]
pub struct Anchor {
    pub row: u64,
    pub offset: u64,
    screen: Arc<[u8]>,
    alternate: Alternate,
}

/// What was last seen on the alternate screen, and what of it was given away.
#[derive(Clone, Default)]
struct Alternate {
    seen: Option<Picture>,
    /// The last rows given away, by their text: who scrolls up and down again saw one list, not many.
    given: VecDeque<u64>,
}

impl Alternate {
    /// Looks again; returns the rows that went away since.
    fn look(&mut self, screen: &Screen) -> Vec<Row> {
        let is_shown = screen.modes() & mode::ALT_SCREEN != 0;
        if is_shown && screen.synchronized() {
            // Half a picture.
            return Vec::new();
        }
        let next = is_shown.then(|| Picture::new(screen.rows()));
        let lost = match (std::mem::take(&mut self.seen), &next) {
            (Some(seen), Some(next)) => seen.lost(next),
            // Nobody will see it again.
            (Some(seen), None) => seen.into_rows(),
            (None, _) => Vec::new(),
        };
        self.seen = next;
        let fresh: Vec<Row> = lost.into_iter().filter(|row| !self.given.contains(&text_hash(row))).collect();
        self.given.extend(fresh.iter().map(text_hash).filter(|hash| *hash != 0));
        self.given.drain(..self.given.len().saturating_sub(GIVEN));
        fresh
    }
}

/// What the journal says of the log.
#[derive(Clone, Default)]
pub struct Marks {
    sizes: Vec<(u64, Size)>,
    /// At this time the log ended here.
    times: Vec<(u64, Millis)>,
}

impl Marks {
    /// # Errors
    /// When the journal cannot be read.
    pub fn read(dir: &Path, id: TerminalId) -> io::Result<Marks> {
        let mut marks = Marks::default();
        journal::visit_but_inputs(&journal_path(dir, id), |record| match record {
            Record::Run { o, t, cols, rows, .. } => {
                marks.sizes.push((o, Size::new(cols, rows)));
                marks.times.push((o, t));
            }
            Record::Size { o, cols, rows, .. } => marks.sizes.push((o, Size::new(cols, rows))),
            Record::Time { o, t } => marks.times.push((o, t)),
            _ => {}
        })?;
        Ok(marks)
    }

    /// When the byte at `offset` was printed, to a second.
    pub fn time_of(&self, offset: u64) -> Option<Millis> {
        let later = self.times.partition_point(|(o, _)| *o <= offset);
        later.checked_sub(1).map(|at| self.times[at].1)
    }

    /// Where the log ended at a time.
    pub fn offset_at(&self, time: Millis) -> u64 {
        let later = self.times.partition_point(|(_, t)| *t < time);
        self.times.get(later).map_or(u64::MAX, |(o, _)| *o)
    }

    fn size_at(&self, offset: u64) -> Size {
        let later = self.sizes.partition_point(|(o, _)| *o <= offset);
        later.checked_sub(1).map_or(Size::new(80, 24), |at| self.sizes[at].1)
    }

    fn next_size(&self, offset: u64) -> Option<u64> {
        self.sizes.get(self.sizes.partition_point(|(o, _)| *o <= offset)).map(|(o, _)| *o)
    }
}

/// A log on its way through a screen.
pub struct Replay<'a> {
    marks: &'a Marks,
    reader: Reader,
    pub screen: Screen,
    alternate: Alternate,
    /// The number of the first row that has not been given away.
    pub row: u64,
    /// The next byte of the log.
    pub at: u64,
    /// No byte from here on.
    until: u64,
    buffer: Vec<u8>,
    /// Only the number of rows is wanted.
    counts: bool,
}

impl<'a> Replay<'a> {
    /// From an anchor, or from the beginning of what the log still has.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn begin(
        dir: &Path,
        id: TerminalId,
        marks: &'a Marks,
        anchor: Option<&Anchor>,
        until: u64,
    ) -> io::Result<Replay<'a>> {
        let mut reader = Reader::open(dir, id)?;
        let ranges = reader.ranges()?;
        let end = ranges.last().map_or(0, |(_, end)| *end);
        let restored =
            anchor.and_then(|a| Some((Screen::restore(&a.screen).ok()?, a.alternate.clone(), a.row, a.offset)));
        let (screen, alternate, row, at) = restored.unwrap_or_else(|| {
            let first = ranges.first().map_or(0, |(first, _)| *first);
            (fresh(marks, first), Alternate::default(), 0, first)
        });
        Ok(Replay {
            marks,
            reader,
            screen,
            alternate,
            row,
            at,
            until: until.min(end),
            buffer: vec![0; TAKE as usize],
            counts: false,
        })
    }

    /// From here on rows are only counted, at many times the speed: what they say is not to be looked at.
    pub fn counting(mut self) -> Replay<'a> {
        self.counts = true;
        self
    }

    /// An anchor where it stands, if it stands where one may be.
    fn anchor(&self) -> Option<Anchor> {
        self.at.is_multiple_of(TAKE).then(|| Anchor {
            row: self.row,
            offset: self.at,
            screen: self.screen.checkpoint().into(),
            alternate: self.alternate.clone(),
        })
    }

    pub fn is_over(&self) -> bool {
        self.at >= self.until
    }

    /// Parses on, to the next place where rows are taken or to `limit`; gives the rows that are final.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn step(&mut self, limit: u64) -> io::Result<Vec<Row>> {
        self.fit();
        let is_alternate = self.screen.modes() & mode::ALT_SCREEN != 0;
        let each = if is_alternate { LOOK } else { TAKE };
        let border = (self.at / each + 1) * each;
        let size_changes = self.marks.next_size(self.at).unwrap_or(u64::MAX);
        let to = border.min(size_changes).min(limit).min(self.until);
        // Another size wraps anew what has not been taken, for which it has to be there.
        self.screen.count_rows_only(self.counts && size_changes >= (self.at / TAKE + 1) * TAKE);
        let room = usize::try_from(to.saturating_sub(self.at)).unwrap_or(0).min(self.buffer.len());
        let (mut rows, mut looks) = (Vec::new(), false);
        match self.reader.read_at(self.at, &mut self.buffer[..room])? {
            Found::Bytes(n) => {
                let n = if is_alternate { self.to_a_whole_picture(n) } else { self.to_a_look(n) };
                looks |= is_alternate;
                self.screen.feed(self.at, &self.buffer[..n]);
                self.at += n as u64;
            }
            Found::Gap { resumes } => {
                rows = self.screen.take_scrolled_rows();
                rows.extend(without_blank_end(self.screen.rows()));
                rows.push(note(&format!("… {} were cut by the retention limit …", bytes(resumes - self.at))));
                self.at = resumes;
                self.screen = fresh(self.marks, resumes);
            }
            // Shorter than it was said to be: nothing more will come.
            Found::End => self.until = self.at,
        }
        let lost = match looks || self.at.is_multiple_of(LOOK) {
            true => self.alternate.look(&self.screen),
            false => Vec::new(),
        };
        if self.at.is_multiple_of(TAKE) || !lost.is_empty() {
            // What left the main screen left before.
            rows.extend(self.screen.take_scrolled_rows());
            rows.extend(lost);
        }
        // What programs are owed was given them when they ran.
        self.screen.take_replies();
        self.screen.take_notices();
        self.row += rows.len() as u64;
        Ok(rows)
    }

    /// How many of the `n` bytes to parse at once: where the alternate screen begins, looking begins.
    fn to_a_look(&self, n: usize) -> usize {
        let bytes = &self.buffer[..n];
        let end = |mode: &&[u8]| memmem::find(bytes, mode).map(|at| at + mode.len());
        [&b"?1049h"[..], b"?1047h", b"?47h"].iter().filter_map(end).min().unwrap_or(n)
    }

    /// How many of the `n` bytes to parse at once: to where the screen is left, no more lines than half of it holds, so
    /// that the rest can be seen to have moved, and to the end of the last picture that is whole, if a program says where
    /// that is.
    fn to_a_whole_picture(&self, n: usize) -> usize {
        const END: &[u8] = b"\x1b[?2026l";
        let bytes = &self.buffer[..n];
        let leaves = [&b"\x1b[?1049l"[..], b"\x1b[?1047l", b"\x1b[?47l"];
        // One at the very beginning was come to before.
        let left = leaves.iter().filter_map(|mode| memmem::find(bytes.get(1..)?, mode)).min().map_or(n, |at| at + 1);
        let half = usize::from(self.screen.size().rows / 2).saturating_sub(1);
        let lines = memchr::memchr_iter(b'\n', &bytes[..left]).nth(half).map_or(left, |at| at + 1);
        memmem::rfind(&bytes[..lines], END).map_or(lines, |at| at + END.len())
    }

    /// The screen gets the size that it has at this place of the log.
    fn fit(&mut self) {
        let size = self.marks.size_at(self.at);
        if size != self.screen.size() {
            self.screen.resize(size);
        }
    }

    /// The rows that are not final: those that left but may come back, and the screen, in the size that it has by now.
    /// Returns how many of them left.
    pub fn rest(&mut self) -> (Vec<Row>, usize) {
        self.fit();
        let mut rows: Vec<Row> = self.screen.scrolled_rows().iter().cloned().collect();
        if self.screen.modes() & mode::ALT_SCREEN != 0 {
            // A size of its own may have cut what was there.
            rows.extend(self.alternate.look(&self.screen));
        }
        let above = rows.len();
        rows.extend(without_blank_end(self.screen.rows()));
        (rows, above)
    }

    /// The number that the row under the cursor has in the end: until it is final, another width gives it another one.
    ///
    /// # Errors
    /// When the log cannot be read, or `go_on` says so.
    pub fn cursor_row(&mut self, go_on: impl Fn() -> io::Result<()>) -> io::Result<u64> {
        let cursor = self.screen.cursor();
        let above = self.screen.scrolled_rows().len();
        let mut place = (above + usize::from(cursor.row), usize::from(cursor.column));
        loop {
            place = self.fit_with(place);
            let number = self.row + place.0 as u64;
            let is_resized = self.marks.next_size(self.at).is_some_and(|at| at <= self.until);
            if self.is_over() || !is_resized {
                return Ok(number);
            }
            go_on()?;
            self.step(u64::MAX)?;
            match number.checked_sub(self.row) {
                Some(row) => place.0 = usize::try_from(row).unwrap_or(usize::MAX),
                None => return Ok(number),
            }
        }
    }

    /// The screen gets its size; where a place in the rows that are not final is then.
    fn fit_with(&mut self, place: (usize, usize)) -> (usize, usize) {
        let is_alternate = self.screen.modes() & mode::ALT_SCREEN != 0;
        if is_alternate || self.marks.size_at(self.at) == self.screen.size() {
            self.fit();
            return place;
        }
        let rows = |screen: &mut Screen| -> Vec<Row> {
            let left: Vec<Row> = screen.scrolled_rows().iter().cloned().collect();
            left.into_iter().chain(screen.rows()).collect()
        };
        let (line, column) = in_lines(&rows(&mut self.screen), place);
        self.fit();
        in_rows(&rows(&mut self.screen), line, column)
    }
}

/// A row and column as the line of text that it belongs to, and the column in that line.
fn in_lines(rows: &[Row], (row, column): (usize, usize)) -> (usize, usize) {
    let before = &rows[..row.min(rows.len())];
    let begins = before.iter().rposition(|row| !row.wrapped).map_or(0, |last| last + 1);
    let width: usize = before[begins..].iter().map(|row| usize::from(row.width())).sum();
    (before.iter().filter(|row| !row.wrapped).count(), width + column)
}

/// The way back.
fn in_rows(rows: &[Row], line: usize, mut column: usize) -> (usize, usize) {
    let begins = match line {
        0 => 0,
        _ => rows.iter().enumerate().filter(|(_, row)| !row.wrapped).nth(line - 1).map_or(0, |(at, _)| at + 1),
    };
    let mut at = begins;
    while let Some(row) = rows.get(at).filter(|row| row.wrapped && column >= usize::from(row.width())) {
        column -= usize::from(row.width());
        at += 1;
    }
    (at, column)
}

fn fresh(marks: &Marks, offset: u64) -> Screen {
    let mut screen = Screen::starting_at(marks.size_at(offset), offset);
    screen.set_ring_limit(KEPT);
    screen
}

fn without_blank_end(mut rows: Vec<Row>) -> Vec<Row> {
    let end = rows.iter().rposition(|row| !row.text().is_empty()).map_or(0, |last| last + 1);
    rows.truncate(end);
    rows
}

/// A row of ours among the program's.
fn note(text: &str) -> Row {
    let mut row = RowBuilder::default();
    text.chars().for_each(|c| row.push(c, &[], 1, Style::default()));
    row.finish(false)
}

fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{count} bytes"),
        10_000..10_000_000 => format!("{} KiB", count / 1024),
        _ => format!("{} MiB", count / (1024 * 1024)),
    }
}

/// Places to begin from, as far as the log was replayed so far.
pub struct Index {
    anchors: Vec<Anchor>,
    /// Bytes between two of them, at least.
    apart: u64,
}

impl Default for Index {
    fn default() -> Index {
        Index::with_anchors(APART)
    }
}

impl Index {
    pub fn with_anchors(apart: u64) -> Index {
        Index { anchors: Vec::new(), apart }
    }

    /// Replays what came since the last time.
    ///
    /// # Errors
    /// When the log cannot be read, or nobody waits any more; what was done stays.
    pub fn extend(&mut self, dir: &Path, id: TerminalId, marks: &Marks, is_unwanted: &AtomicBool) -> io::Result<()> {
        let mut replay = Replay::begin(dir, id, marks, self.anchors.last(), u64::MAX)?.counting();
        let last = |anchors: &[Anchor]| anchors.last().map_or(replay.at, |a| a.offset);
        let mut next = last(&self.anchors) + self.apart;
        while !replay.is_over() {
            if is_unwanted.load(Ordering::Relaxed) {
                return Err(io::Error::new(io::ErrorKind::Interrupted, "nobody waits for it any more"));
            }
            replay.step(u64::MAX)?;
            if replay.at >= next
                && let Some(anchor) = replay.anchor()
            {
                self.anchors.push(anchor);
                next = replay.at + self.apart;
            }
        }
        Ok(())
    }

    /// The last place at or before a row.
    pub fn before_row(&self, row: u64) -> Option<&Anchor> {
        self.anchors[..self.anchors.partition_point(|a| a.row <= row)].last()
    }

    /// The last place at or before a byte.
    pub fn before_offset(&self, offset: u64) -> Option<&Anchor> {
        self.anchors[..self.anchors.partition_point(|a| a.offset <= offset)].last()
    }
}
