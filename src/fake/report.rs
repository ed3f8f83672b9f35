//! What a double says of its own state by OSC 7501, as the real ones that know it do. Called by the machine.
//! It must never say anything to a terminal that was not asked, where the family asks first.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The states of the protocol that a double can have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    Idle,
    Working(Option<String>),
    Permission(String),
    Question(String),
    Done,
    Error(String),
}

pub fn report(app: &str, state: &State, says_messages: bool) -> String {
    let (word, kind, message) = match state {
        State::Idle => ("idle", None, None),
        State::Working(message) => ("working", None, message.as_deref()),
        State::Permission(about) => ("blocked", Some("permission"), Some(about.as_str())),
        State::Question(about) => ("blocked", Some("question"), Some(about.as_str())),
        State::Done => ("done", None, None),
        State::Error(message) => ("error", None, Some(message.as_str())),
    };
    let mut body = format!("state={word}:app={app}");
    if let Some(kind) = kind {
        body += &format!(":kind={kind}");
    }
    if let Some(message) = message.filter(|_| says_messages) {
        body += &format!(":msg={}", BASE64_STANDARD.encode(message));
    }
    sequence(&body)
}

/// At its end.
pub fn clear(app: &str) -> String {
    sequence(&format!("state=clear:app={app}"))
}

fn sequence(body: &str) -> String {
    format!("\x1b]7501;{body}\x07")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_as_recorded() {
        let permission = State::Permission("approve Bash: ls".into());
        for (state, says, expected) in [
            (State::Idle, true, "state=idle:app=x"),
            (permission.clone(), true, "state=blocked:app=x:kind=permission:msg=YXBwcm92ZSBCYXNoOiBscw=="),
            (permission, false, "state=blocked:app=x:kind=permission"),
            (State::Working(Some("a".into())), true, "state=working:app=x:msg=YQ=="),
        ] {
            assert_eq!(report("x", &state, says), format!("\x1b]7501;{expected}\x07"));
        }
    }
}
