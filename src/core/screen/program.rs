//! The program status protocol, OSC 7501: what an agent says about itself. Read by the screen, judged by the
//! status rules. It must never take a malformed report for a state.

use super::osc::{decode, one_line};

/// One report. Without an id it speaks of the program itself, with one of a child (a subagent).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProgramState {
    pub state: ProgramPhase,
    pub kind: Option<PromptKind>,
    pub app: Option<String>,
    pub message: Option<String>,
    pub title: Option<String>,
    pub id: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProgramPhase {
    Idle,
    Working,
    Blocked,
    Done,
    Error,
    /// The record is withdrawn.
    Clear,
}

impl ProgramPhase {
    /// Begun, and neither ended nor withdrawn.
    pub fn is_at_work(self) -> bool {
        matches!(self, ProgramPhase::Working | ProgramPhase::Blocked)
    }
}

/// What a blocked program waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PromptKind {
    Permission,
    Question,
    Auth,
    Other(String),
}

impl ProgramState {
    /// From what stands behind `7501;`: `state=…` and further `key=value`, separated by colons, in any order.
    pub(super) fn parse(text: &str) -> Option<ProgramState> {
        let mut state = None;
        let mut report =
            ProgramState { state: ProgramPhase::Idle, kind: None, app: None, message: None, title: None, id: None };
        for field in text.split(':') {
            let Some((key, value)) = field.split_once('=') else { continue };
            let value = value.trim();
            match key.trim() {
                "state" => state = phase(value),
                "kind" => report.kind = Some(kind(value)),
                "app" => report.app = Some(one_line(value)),
                "msg" => report.message = decode(value),
                "title" => report.title = decode(value),
                "id" => report.id = Some(one_line(value)),
                _ => {}
            }
        }
        report.state = state?;
        Some(report)
    }
}

fn phase(word: &str) -> Option<ProgramPhase> {
    Some(match word {
        "idle" => ProgramPhase::Idle,
        "working" => ProgramPhase::Working,
        "blocked" => ProgramPhase::Blocked,
        "done" => ProgramPhase::Done,
        "error" => ProgramPhase::Error,
        "clear" => ProgramPhase::Clear,
        _ => return None,
    })
}

fn kind(word: &str) -> PromptKind {
    match word {
        "permission" => PromptKind::Permission,
        "question" => PromptKind::Question,
        "auth" => PromptKind::Auth,
        other => PromptKind::Other(one_line(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_as_agents_send_them() {
        let blocked = ProgramState::parse(
            "state=blocked:app=claude-code:kind=permission:msg=YXBwcm92ZSBCYXNoOiB0b3VjaCBtYWRlLWJ5LWFnZW50LnR4dA==",
        )
        .unwrap();
        assert_eq!(blocked.state, ProgramPhase::Blocked);
        assert_eq!(blocked.kind, Some(PromptKind::Permission));
        assert_eq!(blocked.app.as_deref(), Some("claude-code"));
        assert_eq!(blocked.message.as_deref(), Some("approve Bash: touch made-by-agent.txt"));
        let child = ProgramState::parse("state=working:id=a1:title=cmVhZCBmaWxlcw==").unwrap();
        assert_eq!((child.id.as_deref(), child.title.as_deref()), (Some("a1"), Some("read files")));
        assert_eq!(ProgramState::parse("state=clear").map(|report| report.state), Some(ProgramPhase::Clear));
    }

    #[test]
    fn what_is_not_a_report_is_none() {
        for text in ["", "?", "state", "state=", "state=busy", "app=x", "state=idlee:app=x"] {
            assert_eq!(ProgramState::parse(text), None, "{text}");
        }
    }
}
