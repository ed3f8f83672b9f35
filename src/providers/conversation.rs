//! Where an agent CLI shows the id of its conversation, as its provider's file says. Read by the server when a turn
//! has begun or ended, on a thread that may wait for the disk.
//!
//! # Invariant
//! An id is taken from what belongs to the agent's own process, never from what merely lies in its folder: two agents
//! may work in one. What is not certain is no id.

use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// `unless` looks at the first line up to here: what tells kinds of files apart stands in its first 500 bytes in those
/// seen, before kilobytes of instructions.
const FIRST_LINE: usize = 4096;
/// The first message stands behind a few records of facts, which may hold whole instructions.
const BEGINNING: u64 = 256 * 1024;
/// Characters of it that are told: a line.
const WORDS: usize = 120;
/// A process's own file is a few hundred bytes of facts; a longer one is something else.
const OWN_FILE: u64 = 64 * 1024;

/// The shape of `[conversation]` in a provider's file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConversationText {
    /// A file that a process of the agent keeps open.
    #[serde(default)]
    open_file: Option<OpenFileText>,
    /// A file that the CLI writes for each of its processes.
    #[serde(default)]
    own_file: Option<OwnFileText>,
    /// Where a conversation lies once it can be taken up again; `*` stands for any one folder.
    #[serde(default)]
    saved: Vec<String>,
    /// Regular expression on a line of that file; its group is what a person said first, as JSON writes it.
    #[serde(default)]
    begins: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenFileText {
    /// Regular expression on its absolute path; its group is the id.
    path: String,
    /// Regular expression on its first line: not the conversation, but a subagent's, say.
    #[serde(default)]
    unless: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnFileText {
    /// The first that is there; `$NAME` is a variable of the agent, `{pid}` its process.
    paths: Vec<String>,
    /// Regular expression on its text; its group is the id.
    id: String,
    /// Must stand in the text as well; `{start}` is when the process was started, in clock ticks since boot: a file
    /// that an earlier process of this number has left behind does not have it.
    proof: String,
}

/// The rules, checked.
#[derive(Default)]
pub struct Conversation {
    open_file: Option<(Regex, Option<Regex>)>,
    own_file: Option<(OwnFileText, Regex)>,
    saved: Vec<String>,
    begins: Option<Regex>,
}

/// Whether a conversation can be taken up again, and what is known of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Saved {
    pub is_saved: bool,
    pub written_at: Option<SystemTime>,
    /// What its person said first, in one line.
    pub begins: Option<String>,
}

/// One process of an agent.
pub struct Seen<'a> {
    pub pid: u32,
    /// Clock ticks since boot.
    pub start: u64,
    /// What it has open.
    pub open_files: &'a [PathBuf],
}

/// An id, and when what shows it was written last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    pub id: String,
    pub written_at: SystemTime,
}

/// Variables of the agent.
pub type Variables = BTreeMap<String, String>;

impl Conversation {
    /// # Errors
    /// For expressions that are none or have no group for the id.
    pub(super) fn compile(text: ConversationText) -> Result<Conversation, String> {
        let plain = |pattern: &str| Regex::new(pattern).map_err(|e| format!("conversation: {e}"));
        let with_id = |pattern: &str| match plain(pattern)? {
            regex if regex.captures_len() == 2 => Ok(regex),
            _ => Err(format!("conversation: `{pattern}` needs one group, the id")),
        };
        let open_file = match &text.open_file {
            Some(open) => Some((with_id(&open.path)?, open.unless.as_deref().map(plain).transpose()?)),
            None => None,
        };
        let own_file = match text.own_file {
            Some(own) => Some((own.clone(), with_id(&own.id)?)),
            None => None,
        };
        let begins = text.begins.as_deref().map(with_id).transpose()?;
        Ok(Conversation { open_file, own_file, saved: text.saved, begins })
    }

    /// Whether there is anything to look at.
    pub fn can_be_found(&self) -> bool {
        self.open_file.is_some() || self.own_file.is_some()
    }

    /// The conversations that one process shows, those only that could be taken up again.
    pub fn shown_by(&self, process: &Seen<'_>, variables: &Variables) -> Vec<Shown> {
        let open = process.open_files.iter().filter_map(|path| self.of_open_file(path));
        open.chain(self.of_own_file(process, variables)).filter(|shown| self.is_saved(&shown.id, variables)).collect()
    }

    fn of_open_file(&self, path: &Path) -> Option<Shown> {
        let (pattern, unless) = self.open_file.as_ref()?;
        let id = pattern.captures(path.to_str()?)?.get(1)?.as_str().to_owned();
        let written_at = fs::metadata(path).ok()?.modified().ok()?;
        if let Some(unless) = unless {
            let mut head = Vec::new();
            File::open(path).ok()?.take(FIRST_LINE as u64).read_to_end(&mut head).ok()?;
            let head = String::from_utf8_lossy(&head);
            if unless.is_match(head.lines().next()?) {
                return None;
            }
        }
        Some(Shown { id, written_at })
    }

    fn of_own_file(&self, process: &Seen<'_>, variables: &Variables) -> Option<Shown> {
        let (text, id) = self.own_file.as_ref()?;
        let pid = process.pid.to_string();
        let paths = text.paths.iter().filter_map(|p| filled(&p.replace("{pid}", &pid), variables));
        let (path, meta) = paths.filter_map(|p| fs::metadata(&p).ok().map(|m| (p, m))).next()?;
        if meta.len() > OWN_FILE {
            return None;
        }
        let says = fs::read_to_string(path).ok()?;
        if !says.contains(&text.proof.replace("{start}", &process.start.to_string())) {
            return None;
        }
        let id = id.captures(&says)?.get(1)?.as_str().to_owned();
        Some(Shown { id, written_at: meta.modified().ok()? })
    }

    /// Whether a conversation can be taken up again, as far as its provider says where that is to be seen.
    pub fn is_saved(&self, conversation: &str, variables: &Variables) -> bool {
        self.saved.is_empty() || self.file_of(conversation, variables).is_some()
    }

    /// The same, with what its file says.
    pub fn look_up(&self, conversation: &str, variables: &Variables) -> Saved {
        let file = self.file_of(conversation, variables);
        let written_at = file.as_ref().and_then(|path| fs::metadata(path).ok()?.modified().ok());
        let begins = file.as_ref().and_then(|path| self.first_words(path));
        Saved { is_saved: self.saved.is_empty() || file.is_some(), written_at, begins }
    }

    fn file_of(&self, conversation: &str, variables: &Variables) -> Option<PathBuf> {
        let paths = self.saved.iter().filter_map(|p| filled(&p.replace("{conversation}", conversation), variables));
        paths.filter_map(|path| there(&path)).next()
    }

    fn first_words(&self, path: &Path) -> Option<String> {
        let begins = self.begins.as_ref()?;
        let mut head = Vec::new();
        File::open(path).ok()?.take(BEGINNING).read_to_end(&mut head).ok()?;
        let head = String::from_utf8_lossy(&head);
        let said = head.lines().find_map(|line| Some(begins.captures(line)?.get(1)?.as_str().to_owned()))?;
        let said: String = serde_json::from_str(&format!("\"{said}\"")).ok()?;
        let words: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(WORDS).collect();
        (!words.is_empty()).then_some(words)
    }
}

/// The conversation written last, which is the one of the last turn: a CLI may keep earlier ones open. `None` when two
/// were written at the same moment.
pub fn newest(mut shown: Vec<Shown>) -> Option<String> {
    shown.sort_by(|a, b| (b.written_at, &b.id).cmp(&(a.written_at, &a.id)));
    shown.dedup();
    match shown.as_slice() {
        [one, two, ..] if one.written_at == two.written_at => None,
        [one, ..] => Some(one.id.clone()),
        [] => None,
    }
}

/// A path whose `$NAME/` at the start is replaced by that variable; `None` without it.
pub(super) fn filled(path: &str, variables: &Variables) -> Option<String> {
    let Some(rest) = path.strip_prefix('$') else { return Some(path.to_owned()) };
    let (name, rest) = rest.split_once('/')?;
    let value = variables.get(name).filter(|value| !value.is_empty())?;
    Some(format!("{value}/{rest}"))
}

/// The file of this name, if it exists; one part of the path may be `*`.
fn there(path: &str) -> Option<PathBuf> {
    let is_there = |path: &PathBuf| path.exists();
    let Some((folder, rest)) = path.split_once("/*/") else { return Some(PathBuf::from(path)).filter(is_there) };
    fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path().join(rest)).find(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Catalog;
    use std::time::Duration;

    const ONE: &str = "01a1fad9-0504-7be0-ae07-f99cddfee635";
    const TWO: &str = "01a1fade-f5ce-71f3-9c15-8d38e1899655";

    fn shown(provider: &str, process: &Seen<'_>, variables: &Variables) -> Vec<String> {
        let catalog = Catalog::load(Path::new("/nowhere"));
        let found = catalog.get(provider).unwrap().conversation.shown_by(process, variables);
        found.into_iter().map(|s| s.id).collect()
    }

    #[test]
    fn codex_shows_its_own_rollout_and_not_a_subagents() {
        let dir = tempfile::tempdir().unwrap();
        let day = dir.path().join("sessions/2026/11/20");
        fs::create_dir_all(&day).unwrap();
        let file = |id: &str, source: &str| {
            let path = day.join(format!("rollout-2026-11-20T21-24-49-{id}.jsonl"));
            let instructions = "x".repeat(FIRST_LINE);
            let line = format!(
                r#"{{"type":"session_meta","payload":{{"id":"{id}","source":{source},"base":"{instructions}"}}}}"#
            );
            fs::write(&path, line + "\n{}\n").unwrap();
            path
        };
        let open_files = [
            file(ONE, r#""cli""#),
            file(TWO, r#"{"subagent":{"thread_spawn":{"depth":1}}}"#),
            dir.path().join("state_5.sqlite"),
            PathBuf::from(format!("/x/sessions/rollout-{TWO}.jsonl (deleted)")),
        ];
        let process = Seen { pid: 1, start: 1, open_files: &open_files };
        assert_eq!(shown("codex", &process, &Variables::new()), [ONE]);
    }

    #[test]
    fn claude_shows_the_file_of_its_process_once_the_conversation_is_saved() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["sessions", "projects/-work"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let facts = format!(r#"{{"pid":77,"sessionId":"{ONE}","cwd":"/work","procStart":"1234","name":"work"}}"#);
        fs::write(dir.path().join("sessions/77.json"), facts).unwrap();
        let variables = Variables::from([("CLAUDE_CONFIG_DIR".into(), dir.path().display().to_string())]);
        let process = |pid, start| Seen { pid, start, open_files: &[] };
        assert!(shown("claude_code", &process(77, 1234), &variables).is_empty(), "nothing to resume yet");
        fs::write(dir.path().join(format!("projects/-work/{ONE}.jsonl")), "{}\n").unwrap();
        assert_eq!(shown("claude_code", &process(77, 1234), &variables), [ONE]);
        assert!(shown("claude_code", &process(77, 9), &variables).is_empty(), "left by an earlier process");
        assert!(shown("claude_code", &process(78, 1234), &variables).is_empty());
        assert!(shown("claude_code", &process(77, 1234), &Variables::new()).is_empty(), "another folder");
    }

    #[test]
    fn a_saved_conversation_says_when_and_how_it_began() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("projects/-work")).unwrap();
        let variables = Variables::from([("CLAUDE_CONFIG_DIR".into(), dir.path().display().to_string())]);
        let catalog = Catalog::load(Path::new("/nowhere"));
        let rule = &catalog.get("claude_code").unwrap().conversation;
        assert_eq!(rule.look_up(ONE, &variables), Saved::default());
        let file = dir.path().join(format!("projects/-work/{ONE}.jsonl"));
        let meta = r#"{"type":"user","message":{"role":"user","content":"<command-name>/clear</command-name>"}}"#;
        let first = r#"{"type":"user","message":{"role":"user","content":"Fix the \"login\",\n  please"},"uuid":"x"}"#;
        fs::write(&file, format!("{{\"type\":\"mode\"}}\n{meta}\n{first}\n")).unwrap();
        let saved = rule.look_up(ONE, &variables);
        assert_eq!((saved.is_saved, saved.begins.as_deref()), (true, Some("Fix the \"login\", please")));
        assert!(saved.written_at.is_some());
        // Where nothing says where they are saved, nothing is known of them.
        let codex = &catalog.get("codex").unwrap().conversation;
        assert_eq!(codex.look_up(ONE, &variables), Saved { is_saved: true, ..Saved::default() });
    }

    #[test]
    fn the_one_written_last_counts_and_a_tie_is_no_answer() {
        let at = |id: &str, seconds| Shown {
            id: id.into(),
            written_at: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        };
        assert_eq!(newest(vec![]), None);
        assert_eq!(newest(vec![at(ONE, 1), at(TWO, 2)]).as_deref(), Some(TWO));
        assert_eq!(newest(vec![at(ONE, 2), at(TWO, 2)]), None);
        assert_eq!(newest(vec![at(ONE, 2), at(ONE, 2)]).as_deref(), Some(ONE), "twice the same");
    }
}
