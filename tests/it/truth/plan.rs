//! What happens in a run: its turns, the script that makes the model play them, and what the model's own times tell
//! afterwards. Used by `run.rs`. It must never guess a time: what the model did not tell did not happen.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cli::{Cli, Subagent};
use super::event::{Ending, Event, Millis, What};

/// One turn, or one thing that a person does between turns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Thinks, streams, asks for a tool, is allowed to, runs it, thinks, ends.
    Allow,
    /// The same with two tools, one after the other.
    Twice,
    /// The tool is refused.
    Deny,
    /// A question with choices.
    Ask,
    /// An error that is not tried again.
    Fail,
    /// Errors that are, and then an answer.
    TryAgain,
    /// Interrupted while the model thinks, while it streams, while a tool runs.
    StopThinking,
    StopStreaming,
    StopTool,
    /// An answer that ends with what looks like a dialog and like work.
    Quote,
    /// Something is typed, and not sent.
    Type,
    /// A second message is sent while the first is worked on.
    Queue,
    /// A subagent does the work.
    Delegate,
}

/// Everything, in an order in which what one turn leaves behind can harm the next.
pub const EVERYTHING: [Turn; 13] = [
    Turn::Allow,
    Turn::Quote,
    Turn::Deny,
    Turn::Ask,
    Turn::Fail,
    Turn::TryAgain,
    Turn::StopThinking,
    Turn::Queue,
    Turn::StopStreaming,
    Turn::Type,
    Turn::StopTool,
    Turn::Twice,
    Turn::Delegate,
];

/// What a narrow screen makes hard: everything whose words wrap.
pub const NARROW: [Turn; 6] = [Turn::Allow, Turn::Quote, Turn::Ask, Turn::Fail, Turn::StopThinking, Turn::Deny];

/// The shortest that has every kind of stretch.
pub const SHORT: [Turn; 1] = [Turn::Allow];

impl Turn {
    /// The word that tells this turn from all others of a run.
    pub fn tag(self, index: usize) -> String {
        format!("{}-{index}", format!("{self:?}").to_lowercase())
    }

    /// Whether this CLI can do it at all.
    pub fn is_for(self, cli: &Cli) -> bool {
        match self {
            Turn::Ask => cli.question.is_some(),
            Turn::Delegate => cli.subagent.is_some(),
            _ => true,
        }
    }
}

/// What is typed for a turn.
pub fn prompt(tag: &str) -> String {
    format!("please do {tag} for me")
}

/// What is typed while the first message is worked on.
pub fn later(tag: &str) -> String {
    format!("and then after-{tag} too")
}

/// The last words that the program draws in a turn, where it comes to them.
pub fn last_words(cli: &Cli, turn: Turn, tag: &str) -> String {
    match turn {
        Turn::Fail => REFUSES.into(),
        Turn::TryAgain => WORKED.into(),
        Turn::Queue => LATER.into(),
        // It may have scrolled: its end is on every screen.
        Turn::Quote => cli.quote.lines().last().unwrap_or_default().into(),
        Turn::StopThinking | Turn::StopStreaming | Turn::StopTool | Turn::Type => String::new(),
        Turn::Allow | Turn::Twice | Turn::Deny | Turn::Ask | Turn::Delegate => that_was(tag),
    }
}

const REFUSES: &str = "the scripted model refuses this";
const WORKED: &str = "It worked after all.";
const LATER: &str = "The later one too.";

fn that_was(tag: &str) -> String {
    format!("That was {tag}.")
}

/// The name of the tool call's files.
pub fn job(tag: &str, number: usize) -> String {
    format!("{tag}-{number}")
}

/// The script of a run in which the model thinks and streams, and tools run, for so many seconds.
pub fn script(cli: &Cli, turns: &[Turn], lasts: f64) -> Value {
    let mut rules = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let tag = turn.tag(index);
        let runs = |number| {
            let command = format!("sh job.sh {} {lasts}", job(&tag, number));
            json!({"tool": cli.shell, "input": (cli.command)(&command)})
        };
        let (thinks, streams) = (json!({"delay": lasts}), json!({"text": words(), "over": lasts}));
        let ends = json!([{"delay": 1.5}, {"text": that_was(&tag)}]);
        // A child's prompt must not be answered by its parent's rule, nor the later message by that of the first.
        if *turn == Turn::Delegate {
            rules.push(
                json!({"match": format!("child of {tag}"), "steps": [[thinks, {"text": "The child has spoken."}]]}),
            );
        }
        if *turn == Turn::Queue {
            rules.push(json!({"match": format!("after-{tag}\\b"), "steps": [[thinks, {"text": LATER}]]}));
        }
        let mut rule = json!({"match": format!("do {tag}\\b")});
        rule["steps"] = match turn {
            Turn::Allow | Turn::Deny | Turn::StopTool => json!([[thinks, streams, runs(1)], ends]),
            Turn::Twice => json!([[{"text": "Two of them."}, runs(1)], [{"text": "The second."}, runs(2)], ends]),
            Turn::Ask => match &cli.question {
                Some(q) => json!([[{"text": "One question."}, {"tool": q.tool, "input": (q.input)()}], ends]),
                None => json!([ends]),
            },
            Turn::Fail => json!([[{"error": 400, "message": REFUSES}]]),
            Turn::TryAgain => {
                rule["fail_first"] = json!({"status": cli.tried_again, "times": 2, "message": "too much to do"});
                json!([[thinks, {"text": WORKED}]])
            }
            Turn::StopThinking => json!([[{"delay": 30}, {"text": "Too late."}]]),
            Turn::StopStreaming => json!([[{"text": words().repeat(4), "over": 30}]]),
            Turn::Quote => {
                json!([[{"text": format!("A program of this kind shows:\n\n```\n{}\n```\n\nand\n\n{}", cli.quote, cli.quote)}]])
            }
            Turn::Type => json!([ends]),
            Turn::Queue => json!([[thinks, {"text": words(), "over": 2.0 * lasts}]]),
            Turn::Delegate => match &cli.subagent {
                Some(Subagent { tool, input }) => {
                    json!([[{"text": "Somebody else will."}, {"tool": tool, "input": input(&format!("child of {tag}"))}], ends])
                }
                None => json!([ends]),
            },
        };
        rules.push(rule);
    }
    json!({ "rules": rules })
}

fn words() -> String {
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen \
     eighteen nineteen twenty. "
        .into()
}

/// One line of the model's times.
fn number(line: &Value, key: &str) -> u64 {
    line[key].as_u64().unwrap_or_default()
}

/// Whether a line tells of a request that works on what somebody has typed. Those that offer no tools (titles,
/// summaries), and those for which the script has no rule (suggestions for the next prompt), are the program's own
/// affair: it is at rest meanwhile.
pub fn is_work(line: &Value) -> bool {
    line["event"] == "received" && line["tools"] == true && line["rule"] != "(default)"
}

/// What the model's times tell.
pub fn told_by_model(times: &[Value], cli: &Cli) -> Vec<Event> {
    let mut events = Vec::new();
    // Of each request: the last tool that its answer called; `None` once its end is told.
    let mut open: BTreeMap<u64, Option<String>> = BTreeMap::new();
    for line in times {
        let (at, request): (Millis, u64) = (number(line, "at"), number(line, "request"));
        let word = line["event"].as_str().unwrap_or_default();
        if is_work(line) {
            open.insert(request, None);
            events.push(Event::new(at, What::Asked(request)));
        }
        let Some(tool) = open.get_mut(&request) else { continue };
        let ending = match word {
            "block" => {
                match line["kind"].as_str() {
                    Some("tool") => *tool = line["tool"].as_str().map(str::to_owned),
                    Some("text") => events.push(Event::new(at, What::Streams(request))),
                    _ => {}
                }
                continue;
            }
            "ended" => match tool.as_deref() {
                None => Ending::Words,
                Some(tool) if tool == cli.shell => Ending::AsksLeave,
                Some(tool) if cli.question.as_ref().is_some_and(|q| q.tool == tool) => Ending::AsksPerson,
                Some(_) => Ending::CallsTool,
            },
            "failed" => Ending::Failed,
            "hung up" => Ending::HungUp,
            _ => continue,
        };
        open.remove(&request);
        events.push(Event::new(at, What::Answer(request, ending)));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::cli::{ALL, CLAUDE};

    #[test]
    fn the_models_times_become_events() {
        let line = |at: u64, request: u64, event: &str, more: Value| {
            let mut line = json!({"at": at, "request": request, "event": event});
            line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            line
        };
        let none = json!({});
        let events = told_by_model(
            &[
                line(1, 7, "received", json!({"tools": false})),
                line(2, 7, "ended", none.clone()),
                line(2, 6, "received", json!({"tools": true, "rule": "(default)"})),
                line(2, 6, "ended", none.clone()),
                line(3, 8, "received", json!({"tools": true})),
                line(4, 8, "block", json!({"kind": "delay"})),
                line(5, 8, "block", json!({"kind": "text"})),
                line(6, 8, "block", json!({"kind": "tool", "tool": "Bash"})),
                line(7, 8, "ended", none.clone()),
                // It has taken what it needed.
                line(8, 8, "hung up", none.clone()),
                line(9, 9, "received", json!({"tools": true})),
                line(10, 9, "failed", json!({"status": 400})),
                line(11, 10, "received", json!({"tools": true})),
                line(12, 10, "hung up", none),
            ],
            &CLAUDE,
        );
        let expected = [
            (3, What::Asked(8)),
            (5, What::Streams(8)),
            (7, What::Answer(8, Ending::AsksLeave)),
            (9, What::Asked(9)),
            (10, What::Answer(9, Ending::Failed)),
            (11, What::Asked(10)),
            (12, What::Answer(10, Ending::HungUp)),
        ];
        assert_eq!(events, expected.map(|(at, what)| Event::new(at, what)));
    }

    /// The first rule that fits answers: it must be the one that is meant.
    #[test]
    fn every_prompt_meets_its_own_rule() {
        for cli in ALL {
            let turns = [EVERYTHING.as_slice(), &NARROW, &EVERYTHING].concat();
            let script = script(cli, &turns, 3.0);
            let rules = script["rules"].as_array().unwrap();
            let first = |text: &str| {
                let fits = |rule: &&Value| regex::Regex::new(rule["match"].as_str().unwrap()).unwrap().is_match(text);
                rules.iter().find(fits).unwrap()["match"].as_str().unwrap().to_owned()
            };
            for (index, turn) in turns.iter().enumerate() {
                let tag = turn.tag(index);
                assert_eq!(first(&prompt(&tag)), format!("do {tag}\\b"));
            }
            let queue = Turn::Queue.tag(7);
            assert_eq!(first(&later(&queue)), format!("after-{queue}\\b"));
        }
    }
}
