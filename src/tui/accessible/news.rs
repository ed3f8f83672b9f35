//! What has changed, in sentences: one line for each agent that came, went, or does something else now. Made of two lists
//! of agents; it must never tell what did not change, and never draw.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::text::printable;
use crate::proto::life::Conversation;
use crate::proto::rest::{Status, Terminal, WaitingFor};
use crate::tui::fleet::age;

/// One line about an agent: `2 tests, codex, working for 3m: cargo test`.
pub fn line(number: usize, agent: &Terminal, now: Millis) -> String {
    // How it ended is told already.
    let is_end =
        |text: &str| agent.stopped || agent.exit_code.is_some_and(|code| text == format!("exited with code {code}"));
    let detail = agent.detail.as_deref().filter(|text| !text.is_empty() && !is_end(text));
    let detail = detail.map(|text| format!(": {}", printable(text))).unwrap_or_default();
    format!("{number} {}, {}, {}{detail}", printable(&agent.window), agent.provider, state(agent, now))
}

/// One line about a conversation: `1 12m ago, the last: Fix the login`.
pub fn conversation(number: usize, one: &Conversation, now: Millis) -> String {
    let when = one.saved_at_ms.map(|at| age(at, now));
    let when = when.map(|age| if age.is_empty() { "just now".to_owned() } else { format!("{age} ago") });
    let parts: Vec<String> = when.into_iter().chain(one.is_current.then(|| "the last".to_owned())).collect();
    let words = one.begins.as_deref().unwrap_or(&one.id);
    match parts.is_empty() {
        true => format!("{number} {}", printable(words)),
        false => format!("{number} {}: {}", parts.join(", "), printable(words)),
    }
}

/// Numbers of agents: the sidebar's when the list was told, then in the order in which they came. One that was given
/// stays its agent's until the next list: who types a number means the agent that had it when it was told.
#[derive(Clone, Default)]
pub struct Numbers(Vec<TerminalId>);

impl Numbers {
    /// Numbers these anew, in their order: they are told with it.
    pub fn list(&mut self, agents: &[Terminal]) {
        self.0 = agents.iter().map(|agent| agent.id).collect();
    }

    /// Numbers those that have none.
    pub fn learn(&mut self, agents: &[Terminal]) {
        let fresh = agents.iter().map(|agent| agent.id).filter(|id| !self.0.contains(id));
        self.0.extend(fresh.collect::<Vec<_>>());
    }

    pub fn of(&self, id: TerminalId) -> usize {
        self.0.iter().position(|known| *known == id).map_or(0, |at| at + 1)
    }

    pub fn agent(&self, number: usize) -> Option<TerminalId> {
        self.0.get(number.checked_sub(1)?).copied()
    }
}

/// The changes between two looks.
pub fn changes(before: &[Terminal], after: &[Terminal], numbers: &Numbers, now: Millis) -> Vec<String> {
    let mut lines = Vec::new();
    for agent in after {
        let number = numbers.of(agent.id);
        match before.iter().find(|old| old.id == agent.id) {
            None => lines.push(format!("New agent {}", line(number, agent, now))),
            Some(old) if old.status != agent.status || (is_asking(agent) && old.detail != agent.detail) => {
                lines.push(line(number, agent, now));
                if is_asking(agent) {
                    lines.push(format!(
                        "  Answer with: keys {number} Enter, or send {number} TEXT. Look with: read {number}"
                    ));
                }
            }
            Some(old) if old.window != agent.window => {
                lines.push(format!("{} is called {} now", printable(&old.window), printable(&agent.window)));
            }
            Some(_) => {}
        }
    }
    let is_there = |old: &&Terminal| after.iter().all(|agent| agent.id != old.id);
    lines.extend(before.iter().filter(is_there).map(|old| format!("{} was removed", printable(&old.window))));
    lines
}

fn is_asking(agent: &Terminal) -> bool {
    agent.status == Status::Waiting
}

fn state(agent: &Terminal, now: Millis) -> String {
    let since = age(agent.since_ms, now);
    let lasting = if since.is_empty() { String::new() } else { format!(" for {since}") };
    match (agent.status, agent.exit_code) {
        (Status::Waiting, _) => {
            let what = match agent.waiting_for {
                Some(WaitingFor::Approval) => " for your approval",
                Some(WaitingFor::Question) => " for your answer",
                Some(WaitingFor::Trust) => " for you to trust its folder",
                Some(WaitingFor::Login) => " for you to log in",
                _ => " for you",
            };
            let lasting = if since.is_empty() { String::new() } else { format!(", since {since}") };
            format!("waiting{what}{lasting}")
        }
        (Status::Closed, _) if agent.stopped => "stopped".to_owned(),
        (Status::Closed | Status::Error, Some(code)) => format!("ended with code {code}"),
        (status, _) => format!("{}{lasting}", status.screen_word()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::{NOW, agent};

    #[test]
    fn only_what_changed_is_told() {
        let mut tests = agent(1, "api", "tests", "codex", Status::Running, 3);
        tests.detail = Some("cargo test".into());
        let docs = agent(2, "api", "docs", "claude_code", Status::Ready, 0);
        let before = [tests.clone(), docs.clone()];
        let mut numbers = Numbers::default();
        numbers.learn(&before);
        assert_eq!(changes(&before, &before, &numbers, NOW), Vec::<String>::new());
        let mut asking = tests.clone();
        (asking.status, asking.waiting_for) = (Status::Waiting, Some(WaitingFor::Approval));
        asking.detail = Some("rm -rf build/\u{1b}[2J".into());
        let after = [asking, agent(3, "api", "fix", "shell", Status::Initializing, 0)];
        numbers.learn(&after);
        let told = changes(&before, &after, &numbers, NOW).join("\n");
        assert!(told.contains("1 tests, codex, waiting for your approval, since 3m: rm -rf build/"), "{told}");
        assert!(told.contains("Answer with: keys 1 Enter, or send 1 TEXT."), "{told}");
        // The number of one that is gone is not given again.
        assert!(told.contains("New agent 3 fix, shell, starting") && told.contains("docs was removed"), "{told}");
        assert!(!told.contains('\u{1b}'), "{told}");
        assert_eq!((numbers.agent(2), numbers.agent(0), numbers.agent(4)), (Some(TerminalId(2)), None, None));
        // A list is told with the numbers it has.
        numbers.list(&after);
        assert_eq!((numbers.agent(2), numbers.of(TerminalId(1)), numbers.agent(3)), (Some(TerminalId(3)), 1, None));
    }
}
