//! Where an agent CLI writes what it has used, and what of that is which number, as its provider's file says. Read by the
//! server when a turn has begun or ended, on a thread that may wait for the disk. It must never look at more of a file
//! than its format names: conversations are their person's.

use crate::base::clock::{Millis, parse_rfc3339};
use crate::core::usage::{Counts, Reading, Spent, Tokens};
use crate::providers::conversation::{Variables, filled};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Subagents of one conversation that are looked at: a workflow starts hundreds.
const MOST_FILES: usize = 1_000;
/// No conversation has used more; a larger number is nonsense, and would stand in the sums for ever.
const MOST_TOKENS: u64 = 1_000_000_000_000;
/// In dollars, likewise.
const MOST_COST: f64 = 1e6;
/// Thousand-millionths.
const PARTS: f64 = 1e9;
/// Times in seconds are below this until the year 5138, times in milliseconds above it since 1973.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// The shape of `[usage]` in a provider's file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UsageText {
    /// Where a conversation's own file lies: `{conversation}`, or `{conversation:8}` for so many of its first characters,
    /// `$NAME/` of the agent at the start, `*` within a part.
    files: Vec<String>,
    /// Those of its subagents.
    #[serde(default)]
    subagents: Vec<String>,
    #[serde(default)]
    format: Format,
    /// In a document: where the list of its records is; without it the document is one record.
    #[serde(default)]
    list: Option<String>,
    /// Where a record says when it was made.
    #[serde(default)]
    time: Option<String>,
    records: Vec<RecordText>,
}

/// How a file is made up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Every line is a record, and lines are only added.
    #[default]
    Lines,
    /// One JSON document that is written anew.
    Document,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Numbers {
    Each,
    Total,
}

/// A path of names with dots, or several whose numbers are added; with `-` before it one is taken away.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Amount {
    One(String),
    Several(Vec<String>),
}

/// One kind of record. The first that fits is it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordText {
    /// Paths, and the texts that stand there.
    #[serde(default)]
    when: BTreeMap<String, String>,
    #[serde(default)]
    unless: BTreeMap<String, String>,
    /// `each`: of one message; `total`: of the conversation so far.
    numbers: Numbers,
    /// Records with the same one are of one message.
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    input: Option<Amount>,
    #[serde(default)]
    output: Option<Amount>,
    #[serde(default)]
    cache_read: Option<Amount>,
    #[serde(default)]
    cache_write: Option<Amount>,
    /// In dollars, as the CLI itself says it.
    #[serde(default)]
    cost: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    context: Option<Amount>,
    #[serde(default)]
    context_window: Option<Amount>,
}

/// The rules, checked.
#[derive(Clone, Debug)]
pub struct Usage {
    text: UsageText,
}

/// A file of a conversation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct UsageFile {
    pub path: PathBuf,
    /// Not of a subagent.
    pub is_main: bool,
}

impl Usage {
    /// # Errors
    /// For a format without files or records, a record without a number, a path that is none.
    pub(super) fn compile(text: UsageText) -> Result<Usage, String> {
        if text.files.is_empty() || text.records.is_empty() {
            return Err("usage: `files` and `records` must name something".into());
        }
        if let Some(wrong) = text.files.iter().chain(&text.subagents).find(|p| placed(p, "").is_none()) {
            return Err(format!("usage: `{wrong}` must contain {{conversation}}: nothing else says whose file it is"));
        }
        if text.list.is_some() && text.format != Format::Document {
            return Err("usage: `list` belongs to `format = \"document\"`".into());
        }
        for (n, record) in text.records.iter().enumerate() {
            if record.amounts().all(|a| a.is_none()) && record.cost.is_none() && record.model.is_none() {
                return Err(format!("usage: record {} names no number", n + 1));
            }
            let conditions = record.when.keys().chain(record.unless.keys());
            let plain = record.id.iter().chain(&record.cost).chain(&record.model).chain(conditions);
            let terms = record.amounts().flatten().flat_map(Amount::terms).map(|(_, path)| path);
            let mut all =
                plain.map(String::as_str).chain(terms).chain(text.time.as_deref()).chain(text.list.as_deref());
            if let Some(wrong) = all.find(|path| path.split('.').any(str::is_empty)) {
                return Err(format!("usage: record {}: `{wrong}` is no path", n + 1));
            }
        }
        Ok(Usage { text })
    }

    pub fn format(&self) -> Format {
        self.text.format
    }

    /// The files of a conversation that are there.
    pub fn files(&self, conversation: &str, variables: &Variables) -> Vec<UsageFile> {
        // It comes from a file of the CLI, and goes into a path.
        if conversation.is_empty() || conversation.starts_with('.') || conversation.contains(['/', '*', '\0']) {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (patterns, is_main) in [(&self.text.files, true), (&self.text.subagents, false)] {
            for pattern in patterns {
                let pattern = placed(pattern, conversation).and_then(|pattern| filled(&pattern, variables));
                let Some(pattern) = pattern else { continue };
                let room = MOST_FILES.saturating_sub(all.len());
                let found = matching(&pattern).into_iter().filter(|path| path.is_file()).take(room);
                all.extend(found.map(|path| UsageFile { path, is_main }));
            }
        }
        all.sort_by(|a, b| (!a.is_main, &a.path).cmp(&(!b.is_main, &b.path)));
        all.dedup_by(|a, b| a.path == b.path);
        all
    }

    /// What a line says, if it is one that counts.
    pub fn of_line(&self, line: &[u8]) -> Option<Reading> {
        // Most lines are what was said; they are not taken apart.
        if !self.text.records.iter().any(|record| record.may_be(line)) {
            return None;
        }
        self.of_record(&serde_json::from_slice(line).ok()?)
    }

    /// What a document says of the time since then.
    pub fn of_document(&self, document: &[u8], since: Millis) -> Option<Reading> {
        let document = serde_json::from_slice::<Value>(document).ok()?;
        let whole = std::slice::from_ref(&document);
        let records = match &self.text.list {
            None => whole,
            Some(list) => at(&document, list)?.as_array()?,
        };
        let all: Vec<Reading> = records.iter().filter_map(|record| self.of_record(record)).collect();
        sum(&all, since)
    }

    fn of_record(&self, value: &Value) -> Option<Reading> {
        let record = self.text.records.iter().find(|record| record.fits(value))?;
        let amount = |of: &Option<Amount>| of.as_ref().and_then(|of| of.of(value));
        let parts = [&record.input, &record.output, &record.cache_read, &record.cache_write].map(amount);
        let [input, output, cache_read, cache_write] = parts.map(Option::unwrap_or_default);
        let cost = record.cost.as_deref().and_then(|path| at(value, path)?.as_f64());
        let cost = cost.filter(|cost| (0.0..MOST_COST).contains(cost)).map(|cost| (cost * PARTS).round() as u64);
        let reading = Reading {
            counts: if record.numbers == Numbers::Each { Counts::Each } else { Counts::Total },
            id: record.id.as_deref().and_then(|path| at(value, path)?.as_str()).map(short),
            at: self.text.time.as_deref().and_then(|path| time(at(value, path)?)),
            tokens: parts.iter().any(Option::is_some).then_some(Tokens { input, output, cache_read, cache_write }),
            cost,
            model: record.model.as_deref().and_then(|path| at(value, path)?.as_str()).map(short),
            context: amount(&record.context),
            window: amount(&record.context_window),
        };
        let says = reading.tokens.is_some() || reading.cost.is_some() || reading.model.is_some();
        says.then_some(reading)
    }
}

impl RecordText {
    fn amounts(&self) -> impl Iterator<Item = Option<&Amount>> {
        [&self.input, &self.output, &self.cache_read, &self.cache_write, &self.context, &self.context_window]
            .into_iter()
            .map(Option::as_ref)
    }

    /// Whether what it asks for stands anywhere in the line.
    fn may_be(&self, line: &[u8]) -> bool {
        self.when.values().all(|word| memchr::memmem::find(line, word.as_bytes()).is_some())
    }

    fn fits(&self, value: &Value) -> bool {
        let is = |(path, wanted): (&String, &String)| match at(value, path) {
            Some(Value::String(text)) => text == wanted,
            Some(other) => serde_json::to_string(other).is_ok_and(|text| text == *wanted),
            None => false,
        };
        self.when.iter().all(is) && !self.unless.iter().any(is)
    }
}

impl Amount {
    /// With `true`: added.
    fn terms(&self) -> impl Iterator<Item = (bool, &str)> {
        let all = match self {
            Amount::One(path) => std::slice::from_ref(path),
            Amount::Several(paths) => paths,
        };
        all.iter().map(|path| path.strip_prefix('-').map_or((true, path.as_str()), |path| (false, path)))
    }

    /// `None` when none of what is added is there.
    fn of(&self, value: &Value) -> Option<u64> {
        let (mut more, mut less) = (None, 0);
        for (is_added, path) in self.terms() {
            let Some(number) = at(value, path).and_then(Value::as_u64).filter(|n| *n <= MOST_TOKENS) else { continue };
            if is_added {
                more = Some(more.unwrap_or(0) + number);
            } else {
                less += number;
            }
        }
        more.map(|more: u64| more.saturating_sub(less))
    }
}

/// All that a document holds of the time since then, as one reading.
fn sum(records: &[Reading], since: Millis) -> Option<Reading> {
    let newest = records.iter().max_by_key(|r| r.at)?;
    let (mut by_id, mut each) = (BTreeMap::<&str, Spent>::new(), Spent::default());
    let (mut total, mut before) = (None, Spent::default());
    for reading in records {
        let spent = Spent { tokens: reading.tokens.unwrap_or_default(), cost: reading.cost };
        let is_old = reading.at.is_some_and(|at| at < since);
        match (&reading.counts, &reading.id) {
            (Counts::Each, _) if is_old => {}
            (Counts::Each, Some(id)) => {
                let one = by_id.entry(id).or_default();
                *one = Spent { tokens: one.tokens.most(spent.tokens), cost: one.cost.max(spent.cost) };
            }
            (Counts::Each, None) => each = each.plus(spent),
            _ if is_old => before = spent,
            _ => total = Some(spent),
        }
    }
    let total = total.map(|total| Spent {
        tokens: total.tokens.beyond(before.tokens),
        cost: total.cost.map(|cost| cost.saturating_sub(before.cost.unwrap_or(0))),
    });
    let all = by_id.into_values().chain(total).fold(each, Spent::plus);
    // The newest that says it.
    let told = |of: fn(&Reading) -> Option<u64>| records.iter().rev().find_map(of);
    Some(Reading {
        counts: Counts::Held,
        id: None,
        at: newest.at,
        tokens: Some(all.tokens),
        cost: all.cost,
        model: records.iter().rev().find_map(|r| r.model.clone()),
        context: told(|r| r.context),
        window: told(|r| r.window),
    })
}

/// What stands at a path: names, and numbers of places in lists.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, part| match value {
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        _ => value.get(part),
    })
}

fn time(value: &Value) -> Option<Millis> {
    match value {
        Value::String(text) => parse_rfc3339(text),
        _ => value.as_u64().map(|n| if n < MILLISECONDS_FROM { n.saturating_mul(1000) } else { n }),
    }
}

/// An id or a name; what is longer is neither, and would be kept.
fn short(text: &str) -> String {
    const LONGEST: usize = 120;
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

/// A pattern with the conversation in its places; `None` when it has none.
fn placed(pattern: &str, conversation: &str) -> Option<String> {
    const PLACE: &str = "{conversation";
    let (before, rest) = pattern.split_once(PLACE)?;
    let (how, after) = rest.split_once('}')?;
    let part = match how.strip_prefix(':') {
        // Fewer characters would be those of others as well.
        Some(length) => {
            let length = length.parse().ok().filter(|length| *length >= 8_usize)?;
            conversation.get(..length).unwrap_or(conversation)
        }
        None if how.is_empty() => conversation,
        None => return None,
    };
    let after = if after.contains(PLACE) { placed(after, conversation)? } else { after.to_owned() };
    Some(format!("{before}{part}{after}"))
}

/// The paths that a pattern stands for: `*` is any text within a part.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let Some(rest) = pattern.strip_prefix('/') else { return Vec::new() };
    let mut found = vec![PathBuf::from("/")];
    for part in rest.split('/') {
        if !part.contains('*') {
            found.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        found = found
            .iter()
            .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
            .filter(|entry| entry.file_name().to_str().is_some_and(|name| is_like(name, part)))
            .map(|entry| entry.path())
            .take(MOST_FILES)
            .collect();
    }
    found
}

fn is_like(name: &str, part: &str) -> bool {
    let Some((begin, rest)) = part.split_once('*') else { return name == part };
    let Some(name) = name.strip_prefix(begin) else { return false };
    // The first place that fits leaves the most for the rest.
    name.char_indices().map(|(i, _)| i).chain([name.len()]).any(|i| is_like(&name[i..], rest))
}
