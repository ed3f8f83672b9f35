//! Every style through its states, judged by the shipped rules with and without its reports: a double must be taken
//! for what it doubles.

use super::Lab;
use crate::core::screen::{self, Screen};
use crate::core::status::Replay;
use crate::core::status::Status::{self, Error, Ready, Running, Waiting};
use crate::core::status::WaitingFor::{self, Approval, Question, Trust};
use crate::fake::scene::Size;
use crate::providers::Catalog;
use std::path::Path;

const SCRIPT: &str = r#"
[[turns]]
prompt = "work"
steps = [{ think = 3000 }, { say = "It is done.", over = 500 }]
[[turns]]
prompt = "ask leave"
steps = [{ say = "I will." }, { approve = "touch made", reason = "May I?" }, { think = 1000 }, { say = "Made." }]
[[turns]]
prompt = "question"
steps = [{ ask = "Which database should we use?", choices = ["SQLite", "Postgres"] }, { say = "You chose {answer}." }]
[[turns]]
prompt = "fail"
steps = [{ think = 500 }, { fail = "scripted bad request" }]
[[turns]]
prompt = "retry"
steps = [{ retry = 2, every = 2000 }, { say = "Recovered." }]
[[turns]]
prompt = "quote"
steps = [{ quote = "approval" }, { quote = "question" }, { quote = "working" }, { quote = "composer" }]
"#;

/// The rules that each style must be recognised by: whichever of these agents is shipped.
const PROVIDERS: [(&str, &str); 5] = [
    ("claude", "claude_code"),
    ("codex", "codex"),
    ("gemini", "gemini_cli"),
    ("opencode", "opencode"),
    ("copilot", "copilot"),
];

type State = (Status, Option<WaitingFor>);

struct Judge {
    catalog: Catalog,
    style: &'static str,
    provider: &'static str,
    size: Size,
}

impl Judge {
    fn verdict(&self, lab: &Lab, with_reports: bool) -> State {
        let definition = self.catalog.get(self.provider).unwrap();
        let mut screen = Screen::new(screen::Size::new(self.size.cols as u16, self.size.rows as u16));
        let mut replay = Replay::new("", &definition.rules, with_reports);
        replay.feed(&mut screen, 0, &lab.out);
        let verdict = replay.end(&screen).verdict;
        (verdict.status, verdict.waiting_for)
    }

    #[track_caller]
    fn expect(&self, lab: &Lab, state: &str, expected: State) {
        for with_reports in [true, false] {
            let found = self.verdict(lab, with_reports);
            let where_ = format!("{} {state} at {:?} (reports: {with_reports})", self.style, self.size);
            assert_eq!(found, expected, "{where_}; title {:?}\n{}", lab.title, lab.text());
        }
    }

    fn lab(&self, more: &str, reports: bool) -> Lab {
        let mut lab = Lab::sized(&format!("style = '{}'\n{more}\n{SCRIPT}", self.style), self.size, None);
        if reports {
            // As our terminal answers.
            lab.feed("\x1b]7501;?\x1b\\\x1b[?62;22c");
        }
        lab
    }

    fn through_its_states(&self, reports: bool) {
        let (ready, running) = ((Ready, None), (Running, None));
        let switch = if reports { "" } else { "reports = false" };
        let mut lab = self.lab(switch, reports);
        self.expect(&lab, "idle", ready);
        self.expect(lab.feed("not sent yet"), "typed", ready);
        self.expect(lab.feed("\x15"), "cleared", ready);
        self.expect(lab.send("work"), "working", running);
        self.expect(lab.wait(1700), "working on", running);
        self.expect(lab.feed("meanwhile"), "working, with text typed", running);
        self.expect(lab.feed("\x15").wait(1500), "saying", running);
        self.expect(lab.wait(1000), "done", ready);

        lab.send("ask leave");
        self.expect(&lab, "approval", (Waiting, Some(Approval)));
        self.expect(lab.wait(1500), "approval for a while", (Waiting, Some(Approval)));
        lab.feed("\r");
        let (job, command) = lab.started();
        assert_eq!(command, "touch made");
        self.expect(&lab, "running", running);
        self.expect(lab.end(job, 0, ""), "working after it", running);
        self.expect(lab.wait(2000), "done after an approval", ready);

        lab.send("ask leave").escape();
        self.expect(&lab, "denied", ready);

        lab.send("work").wait(500);
        for _ in 0..lab.machine.look.escapes() {
            lab.escape();
        }
        self.expect(lab.feed("\x15"), "interrupted", ready);

        lab.send("fail").wait(1000);
        self.expect(&lab, "error", (Error, None));
        self.expect(lab.send("retry").wait(1000), "retrying", running);
        self.expect(lab.wait(5000), "recovered", ready);
        self.expect(lab.send("quote").wait(10), "a quoted dialog", ready);
    }
}

fn judges() -> Vec<Judge> {
    let sizes = [(100, 30), (80, 24), (160, 50)];
    let mut all = vec![];
    for (style, provider) in PROVIDERS {
        for (cols, rows) in sizes {
            let catalog = Catalog::load(Path::new("/nowhere"));
            if catalog.get(provider).is_some() {
                all.push(Judge { catalog, style, provider, size: Size { cols, rows } });
            }
        }
    }
    all
}

#[test]
fn the_shipped_rules_take_a_double_for_what_it_doubles() {
    let judges = judges();
    for must in ["claude", "codex"] {
        assert!(judges.iter().any(|j| j.style == must), "{must} was not judged");
    }
    for judge in judges {
        judge.through_its_states(false);
        if judge.lab("", false).machine.script.reports {
            judge.through_its_states(true);
        }
    }
}

#[test]
fn questions_of_an_agent_and_of_trust_are_seen() {
    for judge in judges() {
        let mut lab = judge.lab("", true);
        judge.expect(lab.send("question"), "question", (Waiting, Some(Question)));
        judge.expect(lab.feed("\x1b[B\r").wait(10).sees("You chose Postgres."), "answered", (Ready, None));
        if !judge.lab("", false).machine.look.trust_choices().is_empty() {
            let mut lab = judge.lab("trust = true", true);
            judge.expect(&lab, "trust", (Waiting, Some(Trust)));
            let yes = if lab.machine.look.trust_no() == 0 { "\x1b[B\r" } else { "\r" };
            judge.expect(lab.feed(yes), "trusted", (Ready, None));
        }
    }
}
