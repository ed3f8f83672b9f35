//! Finding text in all that agents printed: their screens as they are, then their logs from the newest line to the oldest.
//! Nothing is indexed: a log is read and matched at the speed of memory. Called by the API. It must never hold a screen's
//! lock while it reads a log, and ends when nobody waits for it any more.

use crate::base::cell::lines_of;
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::text;
use crate::core::find::{Lines, Pattern};
use crate::olog::journal::{self, Record};
use crate::olog::read::{Found, Reader};
use crate::olog::segment::journal_path;
use crate::proto::rest::{Search, SearchHit};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::output::Asker;
use crate::server::services::{Refusal, RefusalKind};
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::spawn_blocking;

/// Read and matched at once: large enough to be fast, small enough that a first hit and an unwanted search are soon done.
const BLOCK: u64 = 1024 * 1024;
/// Lines of one terminal that are told when nothing else is asked for: a person refines the words before reading more.
pub const HITS: usize = 100;
/// The most that may be asked for.
const MAX_HITS: usize = 10_000;
/// Lines that differ where it is not told are remembered, so many for each hit.
const FORMS: usize = 4;
/// Characters of a line that are told around its first match.
const SHOWN: usize = 240;
/// Of these, so many before the match.
const BEFORE: usize = 60;

/// Looks in these terminals, in this order.
///
/// # Errors
/// A query that cannot be looked for. A log that cannot be read is passed over and named.
pub async fn search(app: &App, ids: &[TerminalId], query: &str, limit: Option<usize>) -> Result<Search, Refusal> {
    let pattern = Pattern::parse(query).map_err(|error| {
        Refusal::new(RefusalKind::BadRequest, error.to_string())
            .hint("words are taken as they are, r/…/ is an expression")
    })?;
    let limit = limit.unwrap_or(HITS).clamp(1, MAX_HITS);
    let screens: Vec<(TerminalId, Option<(String, u64)>)> = ids.iter().map(|id| (*id, screen_of(app, *id))).collect();
    let dir: PathBuf = app.places.terminal_logs();
    let ending = |e| Refusal::new(RefusalKind::Internal, format!("the server is ending: {e}"));
    let place = Arc::clone(&app.searches).acquire_owned().await.map_err(ending)?;
    let asker = Asker::default();
    let is_unwanted = asker.flag();
    let looking = spawn_blocking(move || {
        let mut found = Search::default();
        for (id, screen) in screens {
            let one = One { dir: &dir, id, pattern: &pattern, limit, is_unwanted: &is_unwanted };
            one.look(screen, &mut found);
        }
        drop(place);
        found
    });
    looking.await.map_err(|e| Refusal::new(RefusalKind::Internal, format!("the search failed: {e}")))
}

/// What stands on a terminal's screen, and how far its log goes.
fn screen_of(app: &App, id: TerminalId) -> Option<(String, u64)> {
    let shared = app.shared(id)?;
    let pane = lock(&shared.pane);
    Some((lines_of(&pane.screen.rows(), pane.screen.size().columns), pane.screen.offset()))
}

/// The search in one terminal.
struct One<'a> {
    dir: &'a Path,
    id: TerminalId,
    pattern: &'a Pattern,
    limit: usize,
    is_unwanted: &'a AtomicBool,
}

/// Hits of one terminal, the newest first. A line that a program drew again and again is one.
#[derive(Default)]
struct Hits {
    list: Vec<SearchHit>,
    /// Lines as they were printed, by the hit that they are: a log may have the same one a million times.
    by_line: HashMap<Box<[u8]>, usize>,
    by_text: HashMap<String, usize>,
    /// Those on the screen that were not found in the log yet.
    on_screen: HashSet<usize>,
    /// There was a line that would have been one more.
    has_more: bool,
}

impl One<'_> {
    fn look(&self, screen: Option<(String, u64)>, found: &mut Search) {
        let mut hits = Hits::default();
        if let Some((text, offset)) = screen {
            text.lines().rev().for_each(|line| self.keep(line.as_bytes(), offset, true, &mut hits));
        }
        match self.look_back(&mut hits, found) {
            Ok(is_all) => found.more |= !is_all,
            Err(error) => found.unreadable.push(format!("{}: {error}", self.id)),
        }
        self.date(&mut hits.list);
        found.terminals += 1;
        found.hits.append(&mut hits.list);
    }

    /// From the log's end to its beginning. Returns whether it got there.
    fn look_back(&self, hits: &mut Hits, found: &mut Search) -> io::Result<bool> {
        let mut reader = Reader::open(self.dir, self.id)?;
        let (mut lines, mut buffer) = (Lines::default(), Vec::new());
        for (from, to) in reader.ranges()?.into_iter().rev() {
            let mut end = to;
            while end > from {
                if hits.has_more || self.is_unwanted.load(Ordering::Relaxed) {
                    return Ok(false);
                }
                let start = from.max(end.saturating_sub(BLOCK));
                read(&mut reader, start, end, &mut buffer)?;
                // A line that begins before belongs to the block before.
                let cut = match buffer.iter().position(|byte| *byte == b'\n') {
                    Some(at) if start > from && at + 1 < buffer.len() => at + 1,
                    _ => 0,
                };
                lines.read(&buffer[cut..], start + cut as u64);
                found.lines += lines.lines().len() as u64;
                self.take(&lines, hits);
                end = start + cut as u64;
            }
        }
        Ok(!hits.has_more)
    }

    /// The lines of a block that match, the last one first.
    fn take(&self, lines: &Lines, hits: &mut Hits) {
        let mut matching: Vec<usize> = Vec::new();
        for (from, _) in self.pattern.find(lines.text()) {
            // The next match may be in the same line.
            if matching.last().is_none_or(|last| lines.text()[*last..from].contains(&b'\n')) {
                matching.push(from);
            }
        }
        for place in matching.into_iter().rev() {
            if hits.has_more {
                return;
            }
            if let Some(line) = lines.at(place) {
                self.keep(&lines.text()[line.start..line.end], line.offset, false, hits);
            }
        }
    }

    /// Notes the line if it matches and was not seen before.
    fn keep(&self, line: &[u8], offset: u64, on_screen: bool, hits: &mut Hits) {
        if let Some(at) = hits.by_line.get(line) {
            hits.list[*at].repeats += 1;
            return;
        }
        let Some((first, _)) = self.pattern.find(line).next() else { return };
        let (text, spans) =
            shown(&String::from_utf8_lossy(&line[..first]), &String::from_utf8_lossy(&line[first..]), self.pattern);
        let at = match hits.by_text.get(&text).copied() {
            // What is there twice is counted where it was printed.
            Some(_) if on_screen => return,
            // What stands on the screen is found again where it was printed.
            Some(at) if hits.on_screen.remove(&at) => {
                hits.list[at].offset = offset;
                at
            }
            Some(at) => {
                hits.list[at].repeats += 1;
                at
            }
            None if hits.list.len() >= self.limit => {
                hits.has_more = true;
                return;
            }
            None => {
                let at = hits.list.len();
                hits.by_text.insert(text.clone(), at);
                hits.list.push(SearchHit {
                    terminal: self.id,
                    offset,
                    time_ms: None,
                    text,
                    spans,
                    on_screen,
                    repeats: 0,
                });
                at
            }
        };
        if on_screen {
            hits.on_screen.insert(at);
        } else if hits.by_line.len() < self.limit.saturating_mul(FORMS) {
            hits.by_line.insert(line.into(), at);
        }
    }

    /// Says when each hit was printed, by the journal; of what is on the screen in another form, when that was drawn
    /// last. A journal that cannot be read leaves them without.
    fn date(&self, hits: &mut [SearchHit]) {
        if hits.is_empty() {
            return;
        }
        let mut marks: Vec<(u64, Millis)> = Vec::new();
        let _ = journal::visit_but_inputs(&journal_path(self.dir, self.id), |record| {
            if let Record::Time { o, t } | Record::Run { o, t, .. } = record {
                marks.push((o, t));
            }
        });
        for hit in hits {
            let later = marks.partition_point(|(offset, _)| *offset <= hit.offset);
            hit.time_ms = later.checked_sub(1).map(|at| marks[at].1);
        }
    }
}

fn read(reader: &mut Reader, start: u64, end: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.resize(usize::try_from(end - start).unwrap_or(0), 0);
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read_at(start + filled as u64, &mut buffer[filled..])? {
            Found::Bytes(n) => filled += n,
            // Cut by the retention limit just now.
            Found::Gap { .. } | Found::End => break,
        }
    }
    buffer.truncate(filled);
    Ok(())
}

/// The part of a line that is told, and where in it the matches are, in characters. `before` is what stands before the
/// first match.
fn shown(before: &str, rest: &str, pattern: &Pattern) -> (String, Vec<(u32, u32)>) {
    let before = text::printable(before);
    let before = before.trim_start();
    let count = before.chars().count();
    let mut line = match count > BEFORE {
        true => format!("…{}", before.chars().skip(count - BEFORE).collect::<String>()),
        false => before.to_owned(),
    };
    let mut room = SHOWN.saturating_sub(line.chars().count());
    for c in text::printable(rest).trim_end().chars() {
        if room == 0 {
            line.push('…');
            break;
        }
        line.push(c);
        room -= 1;
    }
    let at = |byte: usize| u32::try_from(line.get(..byte).map_or(0, |part| part.chars().count())).unwrap_or(0);
    let spans = pattern.find(line.as_bytes()).map(|(from, to)| (at(from), at(to))).collect();
    (line, spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str, query: &str, limit: usize) -> Search {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(crate::olog::segment::newest_path(dir.path(), TerminalId(1)), text).unwrap();
        let pattern = Pattern::parse(query).unwrap();
        let is_unwanted = AtomicBool::new(false);
        let one = One { dir: dir.path(), id: TerminalId(1), pattern: &pattern, limit, is_unwanted: &is_unwanted };
        let mut found = Search::default();
        one.look(Some(("on the screen: error now".into(), text.len() as u64)), &mut found);
        found
    }

    fn texts(found: &Search) -> Vec<&str> {
        found.hits.iter().map(|hit| hit.text.as_str()).collect()
    }

    #[test]
    fn the_newest_line_comes_first_and_a_line_drawn_again_is_one() {
        let found = look("error one\nfine\n\x1b[31merror\x1b[0m two\nerror one\n", "error", 10);
        assert_eq!(texts(&found), ["on the screen: error now", "error one", "error two"]);
        assert_eq!(found.hits.iter().map(|h| (h.offset, h.repeats)).collect::<Vec<_>>(), [(44, 0), (34, 1), (20, 0)]);
        assert_eq!(found.hits[2].spans, [(0, 5)]);
        assert_eq!((found.lines, found.terminals, found.more), (4, 1, false));
    }

    #[test]
    fn every_line_is_found_once_across_the_borders_of_blocks() {
        let line = |n: usize| format!("line {n:07} of many with some text behind it\r\n");
        let count = 3 * usize::try_from(BLOCK).unwrap() / line(0).len();
        let text: String = (0..count).map(line).collect();
        let found = look(&text, "r/line \\d+ of many with some text behind it$/", MAX_HITS * 10);
        assert_eq!(found.lines, count as u64);
        let numbers: Vec<usize> = found.hits[..].iter().map(|h| h.text[5..12].parse().unwrap()).collect();
        assert_eq!(numbers, (0..count).rev().collect::<Vec<_>>());
        assert!(found.hits.iter().all(|h| text[h.offset as usize..].starts_with(&h.text)));
        // A line of the same words is one, in logs and on screens; exactly as many as were asked for is all.
        let same = look(&"error now\n".repeat(5), "r/error now$/", 2);
        assert_eq!(same.hits.iter().map(|hit| hit.repeats).collect::<Vec<_>>(), [0, 4]);
        assert!(!same.more && look("error one\nerror two\n", "error", 2).more);
        let few = look(&text, "line", 3);
        assert_eq!((few.hits.len(), few.more), (3, true));
        assert!(few.lines < 30_000, "it goes on although it has enough: {}", few.lines);
    }

    #[test]
    fn a_long_line_is_shown_around_its_match() {
        let found = look(&format!("{}needle{}\n", "ä".repeat(500), "z".repeat(5000)), "needle", 10);
        let hit = &found.hits[0];
        assert_eq!(hit.text.chars().count(), SHOWN + 1);
        let (from, to) = hit.spans[0];
        let marked: String = hit.text.chars().skip(from as usize).take((to - from) as usize).collect();
        assert_eq!(marked, "needle");
    }
}
