//! The whole past of an agent, a page at a time: styled rows with their numbers, found by number, by place in the log, by
//! time or from the end. Called by the API. The work is done on threads that may block, and ends when nobody waits.

use crate::base::cell::Row;
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::find::Pattern;
use crate::proto::rest::{FoundRow, FoundRows, Transcript};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::past::{Index, Marks, Replay};
use crate::server::services::output::Asker;
use crate::server::services::{Refusal, RefusalKind, opened};
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::task::spawn_blocking;

/// Rows of a page when nothing else is asked for.
pub const PAGE: u64 = 1000;
/// The most that may be asked for at once: some MB of JSON.
const MAX_PAGE: u64 = 20_000;
/// A line without an end is looked through in pieces of this size.
const MAX_LINE: usize = 64 * 1024;
/// Rows that are counted: more is no number that anyone uses.
const MAX_MATCHES: usize = 10_000;
/// Logs whose places to begin from are remembered: those that somebody reads.
const REMEMBERED: usize = 8;

/// Where a page lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum From {
    /// It begins with this row.
    Row(u64),
    /// Around what was printed here.
    Offset(u64),
    /// Around what was printed then.
    Time(Millis),
    /// The last rows.
    End,
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ask {
    pub from: From,
    pub lines: Option<u64>,
    /// The past ends at this place of the log: what a viewer who stopped the screen there sees.
    pub until: Option<u64>,
}

/// The indices of the logs that are read, the last used first.
#[derive(Default)]
pub struct Indices(Mutex<Vec<(TerminalId, Arc<Mutex<Index>>)>>);

impl Indices {
    fn of(&self, id: TerminalId) -> Arc<Mutex<Index>> {
        let mut all = lock(&self.0);
        let at = all.iter().position(|(known, _)| *known == id);
        let entry = at.map_or_else(|| (id, Arc::default()), |at| all.remove(at));
        let index = Arc::clone(&entry.1);
        all.insert(0, entry);
        all.truncate(REMEMBERED);
        index
    }
}

/// `GET /terminals/{id}/transcript`.
///
/// # Errors
/// Unknown terminal, unreadable log.
pub async fn page(app: &App, id: TerminalId, ask: Ask) -> Result<Transcript, Refusal> {
    work(app, id, move |log| log.page(ask)).await
}

/// What row is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Next {
    /// From this row on, or among those before it.
    pub row: u64,
    pub back: bool,
    /// Where there is none, from the other end on.
    pub wrap: bool,
    /// As in [`Ask`].
    pub until: Option<u64>,
}

/// `GET /terminals/{id}/transcript/find`: the number of the next row that matches.
///
/// # Errors
/// As [`page`]; a query that cannot be looked for.
pub async fn find(app: &App, id: TerminalId, query: &str, next: Next) -> Result<FoundRow, Refusal> {
    let pattern = pattern(query)?;
    work(app, id, move |log| log.find(&pattern, next)).await
}

/// `GET /terminals/{id}/transcript/matches`: the numbers of all rows that match.
///
/// # Errors
/// As [`find`].
pub async fn matches(app: &App, id: TerminalId, query: &str, until: Option<u64>) -> Result<FoundRows, Refusal> {
    let pattern = pattern(query)?;
    work(app, id, move |log| log.matches(&pattern, until.unwrap_or(u64::MAX))).await
}

fn pattern(query: &str) -> Result<Pattern, Refusal> {
    Pattern::parse(query).map_err(|e| Refusal::new(RefusalKind::BadRequest, e.to_string()))
}

async fn work<T: Send + 'static>(
    app: &App,
    id: TerminalId,
    job: impl FnOnce(&Log) -> io::Result<T> + Send + 'static,
) -> Result<T, Refusal> {
    opened(app, id).await?;
    let ending = |e| Refusal::new(RefusalKind::Internal, format!("the server is ending: {e}"));
    let place = Arc::clone(&app.replays).acquire_owned().await.map_err(ending)?;
    let asker = Asker::default();
    let (dir, index, is_unwanted) = (app.places.terminal_logs(), app.indices.of(id), asker.flag());
    let working = spawn_blocking(move || {
        let result = (|| {
            let marks = Marks::read(&dir, id)?;
            lock(&index).extend(&dir, id, &marks, &is_unwanted)?;
            job(&Log { dir, id, marks, index, is_unwanted })
        })();
        drop(place);
        result
    });
    working
        .await
        .map_err(|e| Refusal::new(RefusalKind::Internal, format!("rebuilding the output failed: {e}")))?
        .map_err(|e| Refusal::new(RefusalKind::Internal, format!("cannot read the log: {e}")))
}

/// One log with all that is known of it.
struct Log {
    dir: PathBuf,
    id: TerminalId,
    marks: Marks,
    index: Arc<Mutex<Index>>,
    is_unwanted: Arc<AtomicBool>,
}

impl Log {
    fn replay_from_row(&self, row: u64, until: u64) -> io::Result<Replay<'_>> {
        let index = lock(&self.index);
        let anchor = match index.before_row(row) {
            Some(anchor) if anchor.offset > until => index.before_offset(until),
            other => other,
        };
        Replay::begin(&self.dir, self.id, &self.marks, anchor, until)
    }

    fn still_wanted(&self) -> io::Result<()> {
        match self.is_unwanted.load(Ordering::Relaxed) {
            true => Err(io::Error::new(io::ErrorKind::Interrupted, "nobody waits for it any more")),
            false => Ok(()),
        }
    }

    fn page(&self, ask: Ask) -> io::Result<Transcript> {
        let until = ask.until.unwrap_or(u64::MAX);
        let lines = ask.lines.unwrap_or(PAGE).clamp(1, MAX_PAGE);
        let (total, screen) = self.length(until)?;
        let row = match ask.from {
            From::Row(_) | From::End => None,
            From::Offset(offset) => Some(self.row_at(offset.min(until), until)?),
            From::Time(time) => Some(self.row_at(self.marks.offset_at(time).min(until), until)?),
        };
        let first = match (ask.from, row) {
            (From::Row(row), _) => row.min(total),
            (_, Some(row)) => row.saturating_sub(lines / 2),
            (_, None) => total.saturating_sub(lines),
        };
        let mut replay = self.replay_from_row(first, until)?;
        let mut rows: Vec<Row> = Vec::new();
        let mut times = Vec::new();
        let wanted = |from: u64, new: Vec<Row>, rows: &mut Vec<Row>| {
            let skipped = usize::try_from(first.saturating_sub(from)).unwrap_or(usize::MAX);
            let room = usize::try_from(lines).unwrap_or(0).saturating_sub(rows.len());
            rows.extend(new.into_iter().skip(skipped).take(room));
        };
        while !replay.is_over() && replay.row < first + lines {
            self.still_wanted()?;
            let (before, at) = (replay.row, replay.at);
            let new = replay.step(u64::MAX)?;
            // To a second, and to what is taken at once: good enough to say when it was.
            if before >= first
                && let Some(time) = self.marks.time_of(at)
                && times.last().is_none_or(|(_, last)| *last != time)
            {
                times.push((before, time));
            }
            wanted(before, new, &mut rows);
        }
        let from = replay.row;
        let (rest, _) = replay.rest();
        wanted(from, rest, &mut rows);
        let links: BTreeMap<u32, String> = replay.screen.links_in(rows.iter()).into_iter().collect();
        Ok(Transcript { first, rows, total, screen, row, times, links })
    }

    /// How many rows there are, and the number of the screen's first.
    fn length(&self, until: u64) -> io::Result<(u64, u64)> {
        let mut replay = self.replay_from_row(u64::MAX, until)?.counting();
        while !replay.is_over() {
            self.still_wanted()?;
            replay.step(u64::MAX)?;
        }
        let row = replay.row;
        let (rest, above) = replay.rest();
        Ok((row + rest.len() as u64, row + above as u64))
    }

    /// The row that was being written at a place of the log.
    fn row_at(&self, offset: u64, until: u64) -> io::Result<u64> {
        let anchor = lock(&self.index).before_offset(offset).cloned();
        let mut replay = Replay::begin(&self.dir, self.id, &self.marks, anchor.as_ref(), until)?;
        while !replay.is_over() && replay.at < offset {
            self.still_wanted()?;
            replay.step(offset)?;
        }
        replay.cursor_row(|| self.still_wanted())
    }

    fn find(&self, pattern: &Pattern, next: Next) -> io::Result<FoundRow> {
        let (row, until) = (next.row, next.until.unwrap_or(u64::MAX));
        let look = |wrapped: bool| match (next.back, wrapped) {
            (false, false) => self.first_in(pattern, row, u64::MAX, until),
            (false, true) => self.first_in(pattern, 0, row, until),
            (true, false) => self.last_in(pattern, 0, row, until),
            (true, true) => self.last_in(pattern, row, u64::MAX, until),
        };
        let ahead = look(false)?;
        let wrapped = ahead.is_none() && next.wrap;
        let found = if wrapped { look(true)? } else { ahead };
        Ok(FoundRow { row: found, wrapped: wrapped && found.is_some() })
    }

    fn first_in(&self, pattern: &Pattern, from: u64, to: u64, until: u64) -> io::Result<Option<u64>> {
        let mut found = None;
        self.visit(pattern, from, to, until, |row| {
            found = Some(row);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Stretch by stretch towards the beginning; in each the last match counts.
    fn last_in(&self, pattern: &Pattern, from: u64, to: u64, until: u64) -> io::Result<Option<u64>> {
        let mut end = to;
        while end > from {
            let begin = lock(&self.index).before_row(end - 1).map_or(0, |anchor| anchor.row).max(from);
            let mut found = None;
            self.visit(pattern, begin, end, until, |row| {
                found = Some(row);
                ControlFlow::Continue(())
            })?;
            if found.is_some() {
                return Ok(found);
            }
            end = begin;
        }
        Ok(None)
    }

    fn matches(&self, pattern: &Pattern, until: u64) -> io::Result<FoundRows> {
        let mut found = FoundRows::default();
        self.visit(pattern, 0, u64::MAX, until, |row| {
            if found.rows.len() >= MAX_MATCHES {
                found.more = true;
                return ControlFlow::Break(());
            }
            // A row with several is one.
            if found.rows.last() != Some(&row) {
                found.rows.push(row);
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Tells of each match in the rows from `from` to before `to`, in their order. What the terminal wrapped is one line.
    fn visit(
        &self,
        pattern: &Pattern,
        from: u64,
        to: u64,
        until: u64,
        mut tell: impl FnMut(u64) -> ControlFlow<()>,
    ) -> io::Result<()> {
        let mut replay = self.replay_from_row(from, until)?;
        let mut line = LineOfRows::default();
        loop {
            self.still_wanted()?;
            let number = replay.row;
            let is_over = replay.is_over();
            let rows = if is_over { replay.rest().0 } else { replay.step(u64::MAX)? };
            for (number, row) in (number..).zip(&rows) {
                if number >= to && line.is_done {
                    return Ok(());
                }
                let matches = line.add(number, row, pattern);
                if matches.into_iter().filter(|n| (from..to).contains(n)).try_for_each(&mut tell).is_break() {
                    return Ok(());
                }
            }
            if is_over {
                return Ok(());
            }
        }
    }
}

/// The rows of one line of text: all but the last are wrapped.
struct LineOfRows {
    text: String,
    /// Where in the text each row begins, and its number.
    starts: Vec<(usize, u64)>,
    is_done: bool,
}

impl Default for LineOfRows {
    fn default() -> LineOfRows {
        LineOfRows { text: String::new(), starts: Vec::new(), is_done: true }
    }
}

impl LineOfRows {
    /// Takes the next row; at the end of the line, the numbers of the rows in which matches begin.
    fn add(&mut self, number: u64, row: &Row, pattern: &Pattern) -> Vec<u64> {
        if self.is_done || self.text.len() > MAX_LINE {
            *self = LineOfRows::default();
        }
        self.starts.push((self.text.len(), number));
        row.runs.iter().for_each(|run| self.text.push_str(&run.text));
        self.is_done = !row.wrapped;
        if !self.is_done && self.text.len() <= MAX_LINE {
            return Vec::new();
        }
        let row_of = |place: usize| self.starts.iter().rev().find(|(start, _)| *start <= place).map(|(_, n)| *n);
        pattern.find(self.text.as_bytes()).filter_map(|(from, _)| row_of(from)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    const ID: TerminalId = TerminalId(1);

    fn log(dir: &tempfile::TempDir, bytes: &[u8], journal: &str) -> Log {
        std::fs::write(crate::olog::segment::newest_path(dir.path(), ID), bytes).unwrap();
        std::fs::write(crate::olog::segment::journal_path(dir.path(), ID), journal).unwrap();
        let marks = Marks::read(dir.path(), ID).unwrap();
        let index = Arc::new(Mutex::new(Index::with_anchors(128 * 1024)));
        let is_unwanted = Arc::new(AtomicBool::new(false));
        lock(&index).extend(dir.path(), ID, &marks, &is_unwanted).unwrap();
        Log { dir: dir.path().to_owned(), id: ID, marks, index, is_unwanted }
    }

    fn page(log: &Log, from: From, lines: u64) -> Transcript {
        log.page(Ask { from, lines: Some(lines), until: None }).unwrap()
    }

    fn texts(page: &Transcript) -> Vec<String> {
        page.rows.iter().map(Row::text).collect()
    }

    /// Lines with numbers and colours, and a journal in which the size changes in the middle.
    fn many(count: usize) -> (Vec<u8>, String) {
        let (mut bytes, mut half) = (Vec::new(), 0);
        for n in 0..count {
            half = if n == count / 2 { bytes.len() } else { half };
            write!(bytes, "\x1b[3{}mline {n}\x1b[0m of a long log with enough text in it\r\n", n % 8).unwrap();
        }
        let journal = format!(
            "{{\"k\":\"run\",\"o\":0,\"t\":1000,\"run\":1,\"pid\":1,\"cols\":80,\"rows\":24}}\n\
             {{\"k\":\"time\",\"o\":{half},\"t\":50000}}\n{{\"k\":\"size\",\"o\":{half},\"t\":50000,\"cols\":70,\"rows\":30}}\n"
        );
        (bytes, journal)
    }

    #[test]
    fn every_row_has_its_number_wherever_a_page_begins() {
        let dir = tempfile::tempdir().unwrap();
        let (bytes, journal) = many(12_000);
        let log = log(&dir, &bytes, &journal);
        let end = page(&log, From::End, 40);
        assert_eq!((end.total, end.screen, end.first), (12_000, 12_000 - 29, 12_000 - 40));
        assert_eq!(texts(&end)[39], "line 11999 of a long log with enough text in it");
        for from in [0, 1, 999, 1000, 3_000, 5_999, 6_001, 9_678, 11_990] {
            let page = page(&log, From::Row(from), 50);
            let expected: Vec<String> = (from..12_000.min(from + 50))
                .map(|n| format!("line {n} of a long log with enough text in it"))
                .collect();
            assert_eq!((page.first, texts(&page)), (from, expected));
        }
        // By place and by time.
        let place = bytes.windows(11).position(|w| w == b"line 8234\x1b[").unwrap() as u64;
        assert_eq!(page(&log, From::Offset(place), 10).row, Some(8_234));
        let then = page(&log, From::Time(50_000), 10);
        assert_eq!((then.row, then.first), (Some(6_000), 5_995));
        let later = page(&log, From::Row(6_100), 10);
        assert!(later.times.iter().all(|(_, time)| *time == 50_000), "{:?}", later.times);
        // A viewer that stopped in the middle has that for its end.
        let stopped = log.page(Ask { from: From::End, lines: Some(3), until: Some(place) }).unwrap();
        assert_eq!(
            (stopped.total, texts(&stopped)[2].as_str()),
            (8_234, "line 8233 of a long log with enough text in it")
        );
    }

    #[test]
    fn a_place_is_found_after_its_rows_have_become_narrower() {
        let dir = tempfile::tempdir().unwrap();
        let line = |n: usize| format!("line {n} {n:090} needle {n}");
        let bytes = (0..200).map(|n| line(n) + "\r\n").collect::<String>().into_bytes();
        let (middle, end) = (bytes.len() * 3 / 4, bytes.len());
        let place = |words: &str| String::from_utf8_lossy(&bytes).find(words).unwrap() as u64;
        let run = "{\"k\":\"run\",\"o\":0,\"t\":1,\"run\":1,\"pid\":1,\"cols\":160,\"rows\":24}\n";
        let size =
            |at: usize, columns: u16| format!("{{\"k\":\"size\",\"o\":{at},\"t\":2,\"cols\":{columns},\"rows\":24}}\n");
        // The size changes after all was printed, on the way, twice, and to and fro.
        for sizes in [
            size(end, 62),
            size(middle, 62),
            size(middle, 62) + &size(end, 40),
            size(middle, 62) + &size(end, 160),
            String::new(),
        ] {
            let log = log(&dir, &bytes, &format!("{run}{sizes}"));
            for n in [0, 42, 120, 180, 199] {
                let page = page(&log, From::Offset(place(&format!("line {n} "))), 1000);
                let row = usize::try_from(page.row.unwrap() - page.first).unwrap();
                assert!(texts(&page)[row].starts_with(&format!("line {n} ")), "{sizes}: {n}: {:?}", texts(&page)[row]);
            }
            // The past ends in the size that it has by now.
            let last = page(&log, From::End, 10);
            let widest = last.rows.iter().map(Row::width).max().unwrap();
            assert!(sizes.is_empty() || widest <= 62 || sizes.contains(":160,"), "{sizes}: {widest}");
        }
    }

    #[test]
    fn the_next_match_is_found_in_both_directions() {
        let dir = tempfile::tempdir().unwrap();
        let (mut bytes, journal) = many(12_000);
        bytes.extend(b"a word that the terminal wra");
        bytes.extend(b"p".repeat(60));
        bytes.extend(b"ed\r\nthe end");
        let log = log(&dir, &bytes, &journal);
        let look = |query: &str, row, back, wrap| {
            let found = log.find(&Pattern::parse(query).unwrap(), Next { row, back, wrap, until: None }).unwrap();
            (found.row, found.wrapped)
        };
        let find = |query: &str, row, back| look(query, row, back, false).0;
        assert_eq!(find("line 777 ", 0, false), Some(777));
        assert_eq!(find("line 777 ", 777, false), Some(777));
        assert_eq!(find("line 777 ", 778, false), None);
        assert_eq!(find("line 777 ", 12_000, true), Some(777));
        assert_eq!(find("line 777 ", 777, true), None);
        assert_eq!(find("r/line \\d*7 /", 11_000, true), Some(10_997));
        assert_eq!(find("r/line \\d*7 /", 11_000, false), Some(11_007));
        assert_eq!(find("line", 0, true), None);
        // Across a soft wrap, in the row where it begins.
        assert_eq!(find("r/wrap+ed/", 0, false), Some(12_000));
        assert_eq!(find("the end", 0, false), Some(12_002));
        assert_eq!(find("the end", u64::MAX, true), Some(12_002));
        // On from the other end, to the very row where it began.
        assert_eq!(look("line 777 ", 778, false, true), (Some(777), true));
        assert_eq!(look("line 777 ", 777, true, true), (Some(777), true));
        assert_eq!(look("line 777 ", 776, true, true), (Some(777), true));
        assert_eq!(look("r/line \\d*7 /", 3, true, true), (Some(11_997), true));
        assert_eq!(look("r/line \\d*7 /", 11_998, false, true), (Some(7), true));
        assert_eq!(look("line 777 ", 776, false, true), (Some(777), false));
        assert_eq!(look("nowhere", 500, true, true), (None, false));
    }

    #[test]
    fn all_rows_that_match_are_counted_once_each_up_to_a_bound() {
        let dir = tempfile::tempdir().unwrap();
        let (bytes, journal) = many(12_000);
        let log = log(&dir, &bytes, &journal);
        let matches = |query: &str| log.matches(&Pattern::parse(query).unwrap(), u64::MAX).unwrap();
        assert_eq!(matches("r/line \\d?77 /").rows, [77, 177, 277, 377, 477, 577, 677, 777, 877, 977]);
        assert_eq!(matches("r/[ln]/").rows.len(), MAX_MATCHES);
        assert!(matches("line").more && !matches("line 1199").more && matches("nowhere").rows.is_empty());
    }

    /// A list that is drawn anew for every line that comes, as full-screen agents draw their conversation.
    fn full_screen(lines: usize) -> Vec<u8> {
        let mut bytes = b"before\r\n\x1b[?1049h".to_vec();
        for last in 0..lines {
            bytes.extend(b"\x1b[?2026h\x1b[H\x1b[2Kthe head");
            for row in 1..23 {
                bytes.extend(format!("\x1b[{};1H\x1b[2K", row + 1).bytes());
                if let Some(n) = (last + row).checked_sub(22) {
                    bytes.extend(format!("\x1b[3{}mmessage {n}\x1b[m", n % 8).bytes());
                }
            }
            bytes.extend(format!("\x1b[24;1H\x1b[2K{last} messages\x1b[?2026l").bytes());
        }
        bytes
    }

    #[test]
    fn what_scrolled_away_on_the_alternate_screen_is_in_the_past() {
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = full_screen(400);
        let open = log(&dir, &bytes, "");
        let whole = texts(&page(&open, From::Row(0), 5000));
        let messages: Vec<&String> = whole.iter().filter(|text| text.starts_with("message ")).collect();
        let expected: Vec<String> = (0..400).map(|n| format!("message {n}")).collect();
        assert_eq!(messages, expected.iter().collect::<Vec<_>>(), "each once, in order");
        assert_eq!(whole.last().unwrap(), "399 messages");
        // Pages agree, wherever they begin.
        for from in [0, 7, 100, 250] {
            let part = texts(&page(&open, From::Row(from), 40));
            assert_eq!(part, whole[from as usize..][..40], "{from}");
        }
        let found = open.first_in(&Pattern::parse("message 123").unwrap(), 0, u64::MAX, u64::MAX).unwrap().unwrap();
        assert_eq!(whole[usize::try_from(found).unwrap()], "message 123");
        // When it is left, what it showed last stays, before what comes then.
        bytes.extend(b"\x1b[?1049lafter\r\n");
        let left = log(&dir, &bytes, "");
        let whole = texts(&page(&left, From::Row(0), 5000));
        let at = |text: &str| whole.iter().position(|line| line == text).unwrap();
        assert!(at("message 0") < at("message 399") && at("399 messages") < at("after"), "{whole:?}");
    }

    /// A program that prints line after line there, faster than anyone looks, and leaves.
    #[test]
    fn what_is_printed_in_one_go_on_the_alternate_screen_is_in_the_past() {
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = b"before\r\n\x1b[?1049h\x1b[2J\x1b[H".to_vec();
        (0..500).for_each(|n| bytes.extend(format!("printed {n}\r\n").bytes()));
        let printed = |log: &Log| -> Vec<String> {
            texts(&page(log, From::Row(0), 5000)).into_iter().filter(|text| text.starts_with("printed")).collect()
        };
        let expected: Vec<String> = (0..500).map(|n| format!("printed {n}")).collect();
        let open = log(&dir, &bytes, "");
        assert_eq!(printed(&open), expected);
        let whole = texts(&page(&open, From::Row(0), 5000));
        for from in [0, 7, 100, 250] {
            assert_eq!(texts(&page(&open, From::Row(from), 40)), whole[from as usize..][..40], "{from}");
        }
        bytes.extend(b"the last\x1b[?1049lafter\r\n");
        let whole = texts(&page(&log(&dir, &bytes, ""), From::Row(0), 5000));
        let at = |text: &str| whole.iter().position(|line| line == text).unwrap();
        assert!(at("printed 499") < at("the last") && at("the last") < at("after"), "{whole:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
        #[test]
        fn pages_put_together_are_the_whole(
            pieces in proptest::collection::vec((0u8..8, 1usize..1500), 1..24),
            page_size in 1u64..5000,
        ) {
            let mut bytes = Vec::new();
            for (kind, count) in pieces {
                match kind {
                    0 => bytes.extend(b"\x1b[2J\x1b[H"),
                    1 => bytes.extend(b"\x1b[3J"),
                    2 => bytes.extend("wide \u{6f22} ".repeat(count / 10).bytes()),
                    3 => bytes.extend(b"\x1b[?1049h\x1b[5;5Hhidden\x1b[?1049l"),
                    _ => (0..count).for_each(|n| bytes.extend(format!("row {n}\r\n").bytes())),
                }
            }
            let dir = tempfile::tempdir().unwrap();
            let log = log(&dir, &bytes, "");
            let whole = page(&log, From::Row(0), MAX_PAGE);
            let shown = whole.total.min(MAX_PAGE);
            prop_assert_eq!(whole.rows.len() as u64, shown);
            let mut rows = Vec::new();
            while (rows.len() as u64) < shown {
                let part = page(&log, From::Row(rows.len() as u64), page_size);
                prop_assert_eq!(part.total, whole.total);
                prop_assert!(!part.rows.is_empty());
                rows.extend(part.rows);
            }
            rows.truncate(shown as usize);
            prop_assert!(rows == whole.rows);
        }
    }
}
