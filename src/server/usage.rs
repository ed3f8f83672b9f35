//! Reads on in the files where an agent's CLI writes what it has used. Called by the lookout of conversations when a turn
//! has begun or ended, and before a terminal goes.
//!
//! # Invariant
//! What a reading adds and how far it got are one event, stored in one transaction: a server that is killed in between has
//! counted nothing, and reads the same once more. Memory is bounded, whatever stands in a file.

use crate::base::clock::{Millis, date, now_ms, utc_offset_minutes};
use crate::base::id::TerminalId;
use crate::core::usage::{Day, Days, Ledger, Mark, Used};
use crate::core::world::{Event, Terminal};
use crate::providers::{Format, Usage, UsageFile};
use crate::server::app::App;
use crate::server::conversations::variables;
use crate::server::hub::lock;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Longer lines are passed over: an agent's message of one is a file that it wrote, and its numbers are on another line.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;
/// A document is held whole.
const LARGEST_DOCUMENT: u64 = 32 * 1024 * 1024;
/// Of one file in one look: a second's work. The next look goes on.
const AT_ONCE: u64 = 256 * 1024 * 1024;
/// A conversation that was left says what it cost at that moment; which one that was is known a moment later.
const LEFT: usize = 2;

/// Reads what is new of a terminal's conversations; it is stored when this returns. Tells whether more is there.
pub async fn read(app: &Arc<App>, id: TerminalId) -> bool {
    let Some(terminal) = app.terminal(id) else { return false };
    if app.catalog.get(&terminal.provider).is_none_or(|d| d.usage.is_none()) || terminal.conversation.is_none() {
        return false;
    }
    let reading = Arc::clone(app);
    let read = tokio::task::spawn_blocking(move || {
        let definition = reading.catalog.get(&terminal.provider);
        let Some(usage) = definition.as_ref().and_then(|d| d.usage.as_ref()) else { return (Vec::new(), false) };
        let ledger = Arc::clone(&lock(&reading.world).usage);
        let variables = variables(&reading, &terminal);
        let files = |conversation: &str| usage.files(conversation, &variables);
        all_of(&terminal, usage, &ledger, files, now_ms())
    });
    let Ok((all, is_more)) = read.await else { return false };
    for used in all {
        // While the database refuses, the dispatcher keeps it and goes on trying.
        let _ = app.record(Event::Used { id, used: Box::new(used) }).await;
    }
    is_more
}

fn all_of(
    terminal: &Terminal,
    usage: &Usage,
    ledger: &Ledger,
    files: impl Fn(&str) -> Vec<UsageFile>,
    now: Millis,
) -> (Vec<Used>, bool) {
    let left = terminal.conversations_before.iter().take(LEFT);
    let (mut all, mut is_more) = (Vec::new(), false);
    // The older first: what a newer one was given to begin with is known then.
    let conversations: Vec<&String> = terminal.conversation.iter().chain(left).collect();
    for (n, conversation) in conversations.iter().enumerate().rev() {
        let before = conversations.get(n + 1).and_then(|c| ledger.marks_of(c).find(|mark| mark.is_main));
        for file in files(conversation) {
            let Ok(meta) = file.path.metadata() else { continue };
            let path = file.path.display().to_string();
            let born = meta.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let born = born.and_then(|at| u64::try_from(at.as_millis()).ok());
            let mark = ledger.mark(&path).cloned().unwrap_or_else(|| {
                let mut mark = Mark::new(path, (*conversation).clone(), file.is_main, born, terminal.created_at);
                if let (true, Some(before)) = (file.is_main, before) {
                    mark.follow(before);
                }
                mark
            });
            match read_on(mark, &file, &meta, usage, now) {
                Ok(Some((used, rest))) => {
                    is_more |= rest;
                    all.push(used);
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(path = %file.path.display(), %error, "cannot be read for what was used"),
            }
        }
    }
    (all, is_more)
}

/// What is new in one file, and whether there is more; `None` when nothing is.
fn read_on(
    mut mark: Mark,
    file: &UsageFile,
    meta: &Metadata,
    usage: &Usage,
    now: Millis,
) -> io::Result<Option<(Used, bool)>> {
    let modified =
        u64::try_from(meta.mtime()).unwrap_or(0) * 1000 + u64::try_from(meta.mtime_nsec()).unwrap_or(0) / 1_000_000;
    let is_another = mark.looks > 0 && mark.inode != meta.ino();
    let is_document = usage.format() == Format::Document;
    // Looked at before it is opened: a pipe would be waited for.
    let is_same =
        mark.looks > 0 && !is_another && meta.len() == mark.offset && (!is_document || modified == mark.modified);
    if !meta.is_file() || is_same {
        return Ok(None);
    }
    if !is_document && (meta.len() < mark.offset || is_another) {
        mark.read_again();
    }
    let from = mark.clone();
    mark.inode = meta.ino();
    if is_document {
        mark.modified = modified;
    }
    let mut sums = Sums { mark, days: Days::new(), now };
    let mut source = File::open(&file.path)?;
    let is_more = if is_document {
        let mut bytes = Vec::new();
        source.take(LARGEST_DOCUMENT + 1).read_to_end(&mut bytes)?;
        sums.mark.offset = meta.len();
        if bytes.len() as u64 <= LARGEST_DOCUMENT {
            let since = sums.mark.since();
            if let Some(reading) = usage.of_document(&bytes, since) {
                sums.add(reading);
            }
        }
        false
    } else {
        source.seek(SeekFrom::Start(sums.mark.offset))?;
        lines(source, usage, &mut sums)?
    };
    if !is_more {
        sums.mark.caught_up();
    }
    if sums.mark == from {
        return Ok(None);
    }
    sums.mark.looks += 1;
    Ok(Some((Used { mark: sums.mark, days: sums.days }, is_more)))
}

/// What gathers while a file is read.
struct Sums {
    mark: Mark,
    days: Days,
    now: Millis,
}

impl Sums {
    fn add(&mut self, mut reading: crate::core::usage::Reading) {
        // A record of tomorrow would make everything until then old.
        reading.at = reading.at.map(|at| at.min(self.now));
        let day_of = |at: Millis| -> Day { date(at, utc_offset_minutes(at)) };
        if let Some((day, spent)) = self.mark.take(reading, &day_of) {
            let sum = self.days.entry(day).or_default();
            *sum = sum.plus(spent);
        }
    }
}

/// Whole lines up to the end, or as many as are read at once. Half a line waits for its other half.
fn lines(source: File, usage: &Usage, sums: &mut Sums) -> io::Result<bool> {
    let mut source = BufReader::with_capacity(128 * 1024, source);
    let (mut line, begun_at) = (Vec::new(), sums.mark.offset);
    loop {
        line.clear();
        let length = source.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? as u64;
        let is_whole = line.last() == Some(&b'\n');
        if length == 0 || (!is_whole && length < LONGEST_LINE && !sums.mark.is_within) {
            return Ok(false);
        }
        sums.mark.offset += length;
        // Of a line that is too long no part is understood, but its end.
        let is_part = std::mem::replace(&mut sums.mark.is_within, !is_whole) || !is_whole;
        if let Some(reading) = usage.of_line(&line).filter(|_| !is_part) {
            sums.add(reading);
        }
        if sums.mark.offset - begun_at >= AT_ONCE {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::parse;
    use std::fs::{self, OpenOptions};
    use std::io::Write as _;
    use std::path::Path;

    const LINES: &str = r#"
name = "other"
title = "Other"
programs = ["other"]
[usage]
files = ["/f/{conversation}"]
[[usage.records]]
when = { type = "m" }
numbers = "each"
id = "id"
input = "n"
"#;

    fn line(id: u64, n: u64) -> String {
        format!("{{\"type\":\"m\",\"id\":\"{id}\",\"n\":{n}}}\n")
    }

    /// One look at a file; what it adds, and how far it got.
    fn look(ledger: &mut Ledger, path: &Path, text: &str) -> (u64, u64) {
        let usage = parse("other.toml", text).unwrap().usage.unwrap();
        let (name, file) = (path.display().to_string(), UsageFile { path: path.to_owned(), is_main: true });
        let known = ledger.mark(&name).cloned();
        let mark = known.unwrap_or_else(|| Mark::new(name.clone(), "c".into(), true, None, 0));
        let of = crate::core::usage::Of { terminal: TerminalId(1), session: "s", window: "w", provider: "p" };
        let mut sum = 0;
        if let Some((used, is_more)) = read_on(mark, &file, &path.metadata().unwrap(), &usage, now_ms()).unwrap() {
            assert!(!is_more);
            sum = used.days.values().map(|spent| spent.tokens.total()).sum();
            ledger.add(&of, used).unwrap();
        }
        (sum, ledger.mark(&name).map_or(0, |mark| mark.offset))
    }

    fn append(path: &Path, text: &str) {
        OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn half_a_line_waits_and_what_is_no_record_is_passed_by() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let mut ledger = Ledger::default();
        append(&path, &(line(1, 5) + "{\"type\":\"m\",\"id\":\"2\","));
        let first = line(1, 5).len() as u64;
        assert_eq!(look(&mut ledger, &path, LINES), (5, first));
        assert_eq!(look(&mut ledger, &path, LINES), (0, first), "still half");
        append(&path, "\"n\":7}\n\u{0}\u{1}\n{\"type\":\"m\",}\n");
        assert_eq!(look(&mut ledger, &path, LINES), (7, fs::metadata(&path).unwrap().len()));
        let looks = ledger.mark(&path.display().to_string()).unwrap().looks;
        assert_eq!(look(&mut ledger, &path, LINES).0, 0);
        assert_eq!(ledger.mark(&path.display().to_string()).unwrap().looks, looks, "nothing new is no event");
    }

    #[test]
    fn a_line_without_an_end_is_not_held_and_not_read_twice() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let mut ledger = Ledger::default();
        let whole = format!("{{\"type\":\"m\",\"id\":\"9\",\"n\":1000,\"text\":\"{}", "x".repeat(10 << 20));
        append(&path, &(line(1, 5) + &whole));
        let length = fs::metadata(&path).unwrap().len();
        assert_eq!(look(&mut ledger, &path, LINES), (5, length));
        // Its end looks like a record of its own.
        append(&path, &(line(3, 100) + &line(2, 7)));
        assert_eq!(look(&mut ledger, &path, LINES), (7, fs::metadata(&path).unwrap().len()));
    }

    #[test]
    fn a_file_that_shrank_or_is_another_is_read_anew_and_counted_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let mut ledger = Ledger::default();
        append(&path, &(line(1, 5) + &line(2, 7) + &line(3, 9)));
        assert_eq!(look(&mut ledger, &path, LINES).0, 21);
        fs::write(&path, line(1, 5) + &line(2, 7)).unwrap();
        assert_eq!(look(&mut ledger, &path, LINES).0, 0);
        let other = dir.path().join("g");
        fs::write(&other, line(1, 5) + &line(2, 7) + &line(3, 9)).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!(look(&mut ledger, &path, LINES).0, 0);
    }

    #[test]
    fn a_document_is_read_when_it_was_written_anew() {
        let text = LINES.replace("[[usage", "format = \"document\"\nlist = \"all\"\n[[usage");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let mut ledger = Ledger::default();
        let write = |records: &[String]| fs::write(&path, format!("{{\"all\":[{}]}}", records.join(","))).unwrap();
        write(&[line(1, 5)]);
        assert_eq!(look(&mut ledger, &path, &text).0, 5);
        assert_eq!(look(&mut ledger, &path, &text).0, 0);
        write(&[line(1, 5), line(2, 8)]);
        assert_eq!(look(&mut ledger, &path, &text).0, 8);
        fs::write(&path, "{\"all\":[").unwrap();
        assert_eq!(look(&mut ledger, &path, &text).0, 0);
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::default();
        assert_eq!(look(&mut ledger, dir.path(), LINES), (0, 0));
    }
}
