//! The shipped formats against what the real CLIs have written, and formats of others.

use super::*;
use crate::core::usage::{Counts, Mark, Reading, Spent, Tokens};
use std::fs;
use std::path::Path;

fn recorded(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name)).unwrap()
}

fn readings(provider: &str, file: &[u8]) -> Vec<Reading> {
    let catalog = Catalog::load(Path::new("/nowhere"));
    let usage = catalog.get(provider).unwrap().usage.as_ref().unwrap();
    file.split(|b| *b == b'\n').filter_map(|line| usage.of_line(line)).collect()
}

fn counted(readings: Vec<Reading>) -> (Spent, Mark) {
    let mut mark = Mark::new("/f".into(), "c".into(), true, None, 0);
    let taken: Vec<Spent> =
        readings.into_iter().filter_map(|r| Some(mark.take(r, &|_| "2026-11-20".to_owned())?.1)).collect();
    (taken.into_iter().fold(Spent::default(), Spent::plus), mark)
}

#[test]
fn a_transcript_of_claude_code_says_what_its_status_line_said() {
    let (spent, mark) = counted(readings("claude_code", &recorded("claude-2.1.329/transcript.jsonl")));
    // Its own sums at the end: `"inputTokens":3000,"outputTokens":34`, `"totalCostUSD":0.01268`.
    assert_eq!(spent.tokens, Tokens { input: 3000, output: 34, ..Tokens::default() });
    assert_eq!(spent.cost, Some(12_680_000));
    assert_eq!((mark.context, mark.window), (Some(1000), None), "it does not say how large it is");
    assert_eq!(mark.model.as_deref(), Some("claude-opus-5-5"));
}

#[test]
fn a_rollout_of_codex_says_what_codex_shows() {
    let (spent, mark) = counted(readings("codex", &recorded("codex-0.169.0/rollout.jsonl")));
    assert_eq!(spent.tokens, Tokens { input: 2000, output: 120, ..Tokens::default() });
    assert_eq!(spent.cost, None, "it names none");
    assert_eq!((mark.context, mark.window), (Some(1107), Some(258_400)));
    assert_eq!(mark.model.as_deref(), Some("gpt-5"));
}

#[test]
fn what_comes_from_a_cache_is_counted_as_that_alone() {
    let line = br#"{"timestamp":"2026-11-20T16:10:14.089Z","type":"event_msg","payload":{"type":"token_count","info":
        {"total_token_usage":{"input_tokens":2000,"cached_input_tokens":1500,"cache_write_input_tokens":100,
        "output_tokens":120,"total_tokens":2120}}}}"#;
    let (spent, _) = counted(readings("codex", &line.replace_newlines()));
    assert_eq!(spent.tokens, Tokens { input: 400, output: 120, cache_read: 1500, cache_write: 100 });
    // A count without numbers, as at the begin of a turn.
    let none = br#"{"type":"event_msg","payload":{"type":"token_count","info":null}}"#;
    assert_eq!(readings("codex", none), []);
}

trait OneLine {
    fn replace_newlines(&self) -> Vec<u8>;
}

impl OneLine for [u8] {
    fn replace_newlines(&self) -> Vec<u8> {
        self.iter().copied().filter(|b| *b != b'\n').collect()
    }
}

#[test]
fn lines_that_only_quote_numbers_or_are_none_say_nothing() {
    for line in [
        "",
        "{",
        "assistant",
        r#"{"type":"user","message":{"content":"{\"type\":\"assistant\",\"message\":{\"usage\":{\"input_tokens\":5}}}"}}"#,
        r#"{"type":"assistant","message":{"model":"<synthetic>","usage":{"input_tokens":0,"output_tokens":0}}}"#,
        r#"{"type":"assistant","message":{"usage":{"input_tokens":-5,"output_tokens":"7"}}}"#,
        r#"{"type":"assistant","message":{"usage":{"input_tokens":99999999999999999}}}"#,
        r#"{"type":"cost-state","totalCostUSD":-1}"#,
        r#"{"type":"cost-state","totalCostUSD":1e300}"#,
        &format!("{}{}", r#"{"type":"assistant","#, "[".repeat(100_000)),
    ] {
        assert_eq!(readings("claude_code", line.as_bytes()), [], "{}", &line[..line.len().min(200)]);
    }
}

const OTHER: &str = r#"
name = "other"
title = "Other"
programs = ["other"]
[usage]
files = ["$HOME/.other/*/chats/session-*-{conversation}.json"]
format = "document"
list = "messages"
time = "at"
[[usage.records]]
when = { type = "model" }
numbers = "each"
id = "id"
input = ["tokens.input", "-tokens.cached"]
output = ["tokens.output", "tokens.thoughts"]
cache_read = "tokens.cached"
cost = "cost"
model = "model"
context = "tokens.input"
"#;

#[test]
fn a_document_is_added_up_whole() {
    let usage = parse("other.toml", OTHER).unwrap().usage.unwrap();
    let message = |id: &str, at: u64, input: u64| {
        serde_json::json!({"type": "model", "id": id, "at": at, "model": "m", "cost": 0.5,
            "tokens": {"input": input, "cached": 10, "output": 5, "thoughts": 2}})
    };
    let document = |messages: &[serde_json::Value]| serde_json::json!({ "messages": messages }).to_string();
    let (first, second) = (message("a", 1_795_192_920, 100), message("b", 1_795_192_930, 200));
    let mut mark = Mark::new("/f".into(), "c".into(), true, None, 1_795_192_925_000);
    let mut read = |messages: &[serde_json::Value]| {
        let all = usage.of_document(document(messages).as_bytes(), mark.since());
        all.into_iter().filter_map(|r| Some(mark.take(r, &|_| String::new())?.1)).fold(Spent::default(), Spent::plus)
    };
    assert!(read(std::slice::from_ref(&first)).is_nothing(), "before the terminal was there");
    let one =
        Spent { tokens: Tokens { input: 190, output: 7, cache_read: 10, cache_write: 0 }, cost: Some(500_000_000) };
    assert_eq!(read(&[first.clone(), second.clone(), second.clone()]), one);
    assert!(read(&[first.clone(), second.clone()]).is_nothing());
    assert!(read(std::slice::from_ref(&second)).is_nothing(), "it was made shorter");
    assert!(usage.of_document(b"{", 0).is_none() && usage.of_document(b"{\"messages\":7}", 0).is_none());
    assert_eq!(usage.of_document(document(&[first]).as_bytes(), 0).unwrap().counts, Counts::Held);
}

#[test]
fn files_are_found_by_conversation_and_nothing_else_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = |path: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "").unwrap();
        path
    };
    let main = file("projects/-work/c-1.jsonl");
    let agent = file("projects/-work/c-1/subagents/agent-7.jsonl");
    file("projects/-work/c-2.jsonl");
    file("projects/-work/c-1/subagents/agent-7.meta.json");
    let catalog = Catalog::load(Path::new("/nowhere"));
    let usage = catalog.get("claude_code").unwrap().usage.as_ref().unwrap();
    let home = dir.path().display().to_string();
    let variables = Variables::from([("CLAUDE_CONFIG_DIR".to_owned(), home.clone()), ("HOME".to_owned(), home)]);
    let found = usage.files("c-1", &variables);
    let own = |path, is_main| UsageFile { path, is_main };
    assert_eq!(found, [own(main, true), own(agent, false)]);
    for hostile in ["", "*", "../c-1", "..", "c/1"] {
        assert!(usage.files(hostile, &variables).is_empty(), "{hostile:?}");
    }
    assert!(usage.files("c-1", &Variables::new()).is_empty());
}

#[test]
fn what_cannot_be_meant_is_refused_with_why() {
    for (from, to, why) in [
        ("{conversation}", "x", "must contain {conversation}"),
        ("format = \"document\"", "", "`list` belongs to"),
        ("\"tokens.input\", \"-tokens.cached\"", "\"tokens..input\"", "record 1: `tokens..input` is no path"),
        ("numbers = \"each\"", "numbers = \"some\"", "unknown variant `some`"),
        ("cost = \"cost\"", "price = \"cost\"", "unknown field `price`"),
    ] {
        let error = parse("other.toml", &OTHER.replace(from, to)).err().unwrap().to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
}

/// A message stands there once more with what its tools gave.
const GEMINI_LINES: &str = r#"{"id":"e5c9","timestamp":"2026-12-01T00:08:11.469Z","type":"gemini","content":"I will.","thoughts":[],"tokens":{"input":1000,"output":22,"cached":0,"thoughts":0,"tool":0,"total":1022},"model":"gemini-2.5-pro"}
{"id":"e5c9","timestamp":"2026-12-01T00:08:11.469Z","type":"gemini","content":"I will.","thoughts":[],"tokens":{"input":1000,"output":22,"cached":0,"thoughts":0,"tool":0,"total":1022},"model":"gemini-2.5-pro","toolCalls":[{"id":"c"}]}
{"id":"b3b8","timestamp":"2026-12-01T00:08:17.848Z","type":"gemini","content":"Done.","thoughts":[],"tokens":{"input":1000,"output":6,"cached":0,"thoughts":0,"tool":0,"total":1006},"model":"gemini-2.5-pro"}"#;

/// A report of the same answer stands before it.
const QWEN_LINES: &str = r#"{"uuid":"cea6","timestamp":"2026-12-01T00:08:13.522Z","type":"system","subtype":"ui_telemetry","systemPayload":{"uiEvent":{"model":"scripted","input_token_count":1000,"output_token_count":28,"response_text":"an assistant"}}}
{"uuid":"5faf","timestamp":"2026-12-01T00:08:13.530Z","type":"assistant","model":"scripted","message":{"role":"model","parts":[{"text":"I will."}]},"usageMetadata":{"promptTokenCount":1000,"candidatesTokenCount":28,"thoughtsTokenCount":0,"totalTokenCount":1028,"cachedContentTokenCount":0}}"#;

/// Its `cost` is in requests of its own kind, not in dollars.
const COPILOT_LINES: &str = r#"{"type":"session.usage_record","data":{"usage":{"model":"scripted","inputTokens":1000,"outputTokens":4,"cacheReadTokens":0,"cacheWriteTokens":0,"cost":0.0,"maxPromptTokens":128000}},"id":"4ec9","timestamp":"2026-11-30T23:54:49.229Z"}
{"type":"session.shutdown","data":{"accountingSnapshot":{"modelMetrics":{"scripted":{"usage":{"inputTokens":7000}}}}},"id":"x","timestamp":"2026-11-30T23:55:49.229Z"}"#;

/// Lines as they were written by Gemini CLI 0.61.0, Qwen Code 0.24.4 and Copilot CLI 1.0.102, shortened where nothing is
/// read.
#[test]
fn records_of_other_clis_are_understood() {
    let tokens = |input, output| Tokens { input, output, ..Tokens::default() };
    let conversation = "980af255-55b8-4eb4-9a6b-4e73b767fe6a";
    for (provider, file, lines, expected, window) in [
        (
            "gemini_cli",
            ".gemini/tmp/demo/chats/session-2026-12-01T00-08-980af255.jsonl",
            GEMINI_LINES,
            tokens(2000, 28),
            None,
        ),
        ("qwen_code", ".qwen/projects/-demo/chats/ID.jsonl", QWEN_LINES, tokens(1000, 28), None),
        ("copilot", ".copilot/session-state/ID/events.jsonl", COPILOT_LINES, tokens(1000, 4), Some(128_000)),
    ] {
        let catalog = Catalog::load(Path::new("/nowhere"));
        let definition = catalog.get(provider).unwrap();
        let usage = definition.usage.as_ref().unwrap();
        assert!(definition.chooses_conversation(), "{provider}: nothing would say which file it is");
        let (spent, mark) = counted(lines.lines().filter_map(|line| usage.of_line(line.as_bytes())).collect());
        assert_eq!((spent.tokens, spent.cost), (expected, None), "{provider}");
        assert_eq!((mark.context, mark.window), (Some(1000), window), "{provider}");
        let dir = tempfile::tempdir().unwrap();
        let there = dir.path().join(file.replace("ID", conversation));
        fs::create_dir_all(there.parent().unwrap()).unwrap();
        fs::write(&there, "").unwrap();
        let variables = Variables::from([("HOME".to_owned(), dir.path().display().to_string())]);
        assert_eq!(usage.files(conversation, &variables), [UsageFile { path: there, is_main: true }]);
    }
}
