//! `debug record`: the bytes, the screen and the status of a living agent, as a recording that tests can replay. Asks
//! the server alone. It must never overwrite a recording, nor mix two agents or two sizes in one folder.

use crate::cli::context::{Context, block_on};
use crate::cli::failure::{FAILED, Failure, NO_SUCH_THING, USAGE};
use crate::cli::out;
use crate::client::Client;
use crate::core::screen::{Screen, Size};
use crate::proto::rest::{RunOutput, SizeAt, Status, Terminal};
use crate::proto::status::StatusReport;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

/// The expectations of all recordings in a folder.
const STATES: &str = "states.toml";
/// The server gives so much at once.
const PIECE: u64 = 8 * 1024 * 1024;
/// More is no recording that anybody replays in a test.
const MOST: u64 = 64 * 1024 * 1024;
/// What is expected of a recording, of all that a status report says.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Expected {
    status: String,
    waiting_for: Option<String>,
    prompt: Option<String>,
    choices: Vec<String>,
    last_message: Option<String>,
}

pub fn run(context: &Context, terminal: &str, dir: &Path, name: Option<&str>) -> Result<i32, Failure> {
    let (terminal, run, bytes, status) = block_on(fetch(context, terminal))?;
    let name = name.map_or_else(|| name_of(&status), str::to_owned);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(Failure::new(USAGE, format!("`{name}` is no name of a recording"))
            .hint("letters, digits, `-` and `_`: it becomes a file's name"));
    }
    let sizes = sizes_of(&run);
    let Some(last) = sizes.last().copied() else {
        return Err(Failure::new(FAILED, "the sizes that it was printed in are not known")
            .hint("its journal is gone: restart the agent and record it then"));
    };
    let mut states = read(dir)?;
    check(&states, dir, &terminal.provider, last, &name)?;
    let screen = replayed(&bytes, &sizes);

    put(&mut states, "cols", i64::from(last.cols));
    put(&mut states, "rows", i64::from(last.rows));
    put(&mut states, "provider", terminal.provider.as_str());
    let all = states.entry("states").or_insert_with(|| Item::Table(Table::new()));
    let Some(all) = all.as_table_like_mut() else {
        return Err(Failure::new(FAILED, format!("`states` in {} is no table", dir.join(STATES).display())));
    };
    all.insert(&name, Item::Value(Value::InlineTable(expectations(&status, &sizes))));

    std::fs::create_dir_all(dir)?;
    new_file(&dir.join(format!("{name}.raw")), &bytes)?;
    new_file(&dir.join(format!("{name}.txt")), screen.as_bytes())?;
    // Last: what it names is there.
    let (place, draft) = (dir.join(STATES), dir.join(format!(".{STATES}.new")));
    std::fs::write(&draft, states.to_string())?;
    std::fs::rename(&draft, &place)?;
    if context.json {
        out::json(&json!({ "name": name, "bytes": bytes.len(), "sizes": sizes.len(), "states": place }))?;
    } else if !context.quiet {
        out::text(&format!("{}  {} bytes", dir.join(format!("{name}.raw")).display(), bytes.len()))?;
        if sizes.len() > 1 {
            out::note(&format!("its size changed {} times: `sizes` says where", sizes.len() - 1));
        }
    }
    Ok(0)
}

/// The run's bytes to its end, and what the server says of it there.
async fn fetch(context: &Context, text: &str) -> Result<(Terminal, RunOutput, Vec<u8>, Expected), Failure> {
    let client = context.client();
    let terminal = context.terminal(&client, text).await?;
    let before = status(&client, &terminal).await?;
    let run: RunOutput = client.get(&format!("/terminals/{}/output/run", terminal.id)).await?;
    if run.kept_from > run.start {
        return Err(Failure::new(FAILED, "the beginning of its output was cut by the retention limit")
            .cause(format!("it began at offset {}, and is kept from {}", run.start, run.kept_from))
            .hint("restart the agent and record it sooner, or raise [log] limit_mib"));
    }
    if run.end <= run.start {
        return Err(Failure::new(NO_SUCH_THING, "it has printed nothing").hint("record it when it shows something"));
    }
    if run.end - run.start > MOST {
        return Err(Failure::new(FAILED, format!("it has printed more than {} MiB", MOST / 1024 / 1024))
            .hint("restart the agent and record it sooner"));
    }
    let mut bytes = Vec::new();
    let mut at = run.start;
    while at < run.end {
        let length = (run.end - at).min(PIECE);
        let path = format!("/terminals/{}/output/range?offset={at}&length={length}", terminal.id);
        let piece = client.get_bytes(&path).await?;
        if piece.is_empty() {
            return Err(Failure::new(FAILED, "its output was cut while it was read").hint("record it again"));
        }
        at += piece.len() as u64;
        bytes.extend_from_slice(&piece);
    }
    let after = status(&client, &terminal).await?;
    if before != after {
        return Err(Failure::new(FAILED, "its status changed while it was recorded")
            .hint("wait until it stays as it is (`conductor-tui wait`), and record it again"));
    }
    Ok((terminal, run, bytes, after))
}

async fn status(client: &Client, terminal: &Terminal) -> Result<Expected, Failure> {
    let report: StatusReport = client.get(&format!("/terminals/{}/status", terminal.id)).await?;
    // That a turn has been seen to end is no part of a picture.
    let status = if report.status == Status::Completed { Status::Ready } else { report.status };
    Ok(Expected {
        status: status.word().to_owned(),
        waiting_for: report.waiting_for.map(|what| format!("{what:?}").to_lowercase()),
        prompt: report.prompt,
        choices: report.choices.into_iter().map(|choice| choice.label).collect(),
        last_message: report.last_message,
    })
}

/// `waiting-approval`.
fn name_of(expected: &Expected) -> String {
    let words = std::iter::once(&expected.status).chain(&expected.waiting_for);
    words.map(String::as_str).collect::<Vec<_>>().join("-")
}

/// The sizes with offsets in the recording instead of the log.
fn sizes_of(run: &RunOutput) -> Vec<SizeAt> {
    let within = |size: &SizeAt| SizeAt { offset: size.offset.saturating_sub(run.start), ..*size };
    run.sizes.iter().filter(|size| size.offset < run.end).map(within).collect()
}

/// The screen that the bytes give: what replaying them must give, not what has come since.
fn replayed(bytes: &[u8], sizes: &[SizeAt]) -> String {
    let size = |s: &SizeAt| Size::new(s.cols, s.rows);
    let mut screen = Screen::new(sizes.first().map_or(Size::new(80, 24), size));
    for (index, part) in sizes.iter().enumerate() {
        let end = sizes.get(index + 1).map_or(bytes.len() as u64, |next| next.offset);
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        if index > 0 {
            screen.resize(size(part));
        }
        screen.feed(part.offset, &bytes[at(part.offset)..at(end)]);
        screen.take_notices();
        screen.take_replies();
    }
    let rows: Vec<String> = screen.text().lines().map(|row| row.trim_end().to_owned()).collect();
    format!("{}\n", rows.join("\n").trim_end())
}

fn read(dir: &Path) -> Result<DocumentMut, Failure> {
    let place = dir.join(STATES);
    let text = match std::fs::read_to_string(&place) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::new(FAILED, format!("cannot read {}", place.display())).cause(error)),
    };
    text.parse().map_err(|error: toml_edit::TomlError| {
        Failure::new(FAILED, format!("{} is no TOML", place.display())).cause(error.message())
    })
}

/// Refuses what would not belong with the recordings that are there.
fn check(states: &DocumentMut, dir: &Path, provider: &str, size: SizeAt, name: &str) -> Result<(), Failure> {
    let number = |key: &str| states.get(key).and_then(Item::as_integer);
    let elsewhere = "one folder holds one agent at one size: take another folder";
    if let Some(other) = states.get("provider").and_then(Item::as_str).filter(|other| *other != provider) {
        return Err(Failure::new(FAILED, format!("{} holds recordings of {other}, not of {provider}", dir.display()))
            .hint(elsewhere));
    }
    if let (Some(cols), Some(rows)) = (number("cols"), number("rows"))
        && (cols, rows) != (size.cols.into(), size.rows.into())
    {
        let (here, now) = (format!("{cols}x{rows}"), format!("{}x{}", size.cols, size.rows));
        return Err(
            Failure::new(FAILED, format!("{} holds recordings of {here}, not of {now}", dir.display())).hint(elsewhere)
        );
    }
    let is_said = states.get("states").and_then(|all| all.get(name)).is_some();
    let is_there = ["raw", "txt"].iter().any(|end| dir.join(format!("{name}.{end}")).exists());
    if is_said || is_there {
        return Err(Failure::new(FAILED, format!("{} has a recording {name}", dir.display()))
            .hint("give another --name, or remove the old one"));
    }
    Ok(())
}

fn put(states: &mut DocumentMut, key: &str, value: impl Into<Value>) {
    if states.get(key).is_none() {
        states.insert(key, Item::Value(value.into()));
    }
}

fn expectations(expected: &Expected, sizes: &[SizeAt]) -> InlineTable {
    let mut table = InlineTable::new();
    table.insert("status", expected.status.as_str().into());
    for (key, value) in
        [("waiting_for", &expected.waiting_for), ("prompt", &expected.prompt), ("last_message", &expected.last_message)]
    {
        if let Some(text) = value {
            table.insert(key, text.as_str().into());
        }
    }
    if !expected.choices.is_empty() {
        table.insert("choices", Value::Array(expected.choices.iter().map(String::as_str).collect::<Array>()));
    }
    if sizes.len() > 1 {
        let numbers = |s: &SizeAt| [i64::try_from(s.offset).unwrap_or(i64::MAX), s.cols.into(), s.rows.into()];
        let all = sizes.iter().map(|size| Value::Array(numbers(size).into_iter().collect()));
        table.insert("sizes", Value::Array(all.collect::<Array>()));
    }
    table
}

/// Writes a file that is not there yet.
fn new_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(bytes))
        .map_err(|e| Failure::new(FAILED, format!("cannot write {}", path.display())).cause(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_replayed_in_the_sizes_they_were_printed_in() {
        let at = |offset, cols, rows| SizeAt { offset, cols, rows };
        let bytes = b"abcdefgh\r\n\x1b[2J\x1b[Hijklmnop";
        assert_eq!(replayed(bytes, &[at(0, 4, 4)]), "ijkl\nmnop\n");
        assert_eq!(replayed(bytes, &[at(0, 4, 4), at(10, 20, 4)]), "ijklmnop\n");
    }

    #[test]
    fn names_and_expectations_are_of_the_status() {
        let expected = Expected {
            status: "waiting".into(),
            waiting_for: Some("approval".into()),
            prompt: None,
            choices: vec!["Yes".into(), "No".into()],
            last_message: Some("I will.".into()),
        };
        assert_eq!(name_of(&expected), "waiting-approval");
        let sizes = [SizeAt { offset: 0, cols: 80, rows: 24 }, SizeAt { offset: 7, cols: 100, rows: 30 }];
        let text = expectations(&expected, &sizes).to_string();
        let written = r#"{ status = "waiting", waiting_for = "approval", last_message = "I will.", choices = ["Yes", "No"], sizes = [[0, 80, 24], [7, 100, 30]] }"#;
        assert_eq!(text.trim(), written);
    }
}
