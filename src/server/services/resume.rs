//! Takes up again what was cut off: all agents that were running when their holders were killed, as a machine's end does
//! it, each with its own conversation. And which conversations an agent had. It must never begin another conversation in
//! the place of one that cannot be taken up.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::world::Terminal;
use crate::proto::life::{Conversation, Done, What};
use crate::server::app::App;
use crate::server::conversations;
use crate::server::hub::lock;
use crate::server::services::lifecycle::{Again, restart};
use crate::server::services::{Refusal, RefusalKind};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Every agent that was cut off, in the order of its creation, and what was done with it.
pub async fn resume_all(app: &Arc<App>, with_shells: bool) -> Vec<Done> {
    let mut cut_off: Vec<Terminal> = lock(&app.world).terminals.values().filter(|t| t.is_cut_off).cloned().collect();
    cut_off.sort_by_key(|t| (t.created_at, t.id));
    let mut done = Vec::new();
    for terminal in cut_off {
        let (what, words) = take_up(app, &terminal, with_shells).await;
        done.push(Done { id: terminal.id, window: terminal.window, session: terminal.session, what, words });
    }
    done
}

async fn take_up(app: &Arc<App>, terminal: &Terminal, with_shells: bool) -> (What, String) {
    let is_plain = terminal.is_shell || terminal.is_own_command;
    if is_plain && !with_shells {
        return (What::Left, "a shell or a command of your own: --with-shells starts it afresh".into());
    }
    let again = if is_plain { Again::Restart } else { Again::Resume };
    match restart(app, terminal.id, again).await {
        Ok(_) if is_plain => (What::Restarted, "afresh".into()),
        Ok(fresh) => (What::Resumed, format!("conversation {}", fresh.conversation.unwrap_or_default())),
        Err(refusal) => {
            let hint = refusal.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            (What::Failed, format!("{}{hint}", refusal.message))
        }
    }
}

/// The conversations that an agent had, the newest first.
///
/// # Errors
/// Unknown terminal.
pub async fn conversations(app: &Arc<App>, id: TerminalId) -> Result<Vec<Conversation>, Refusal> {
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    let mut all = Vec::new();
    for id in terminal.conversation.iter().chain(&terminal.conversations_before) {
        let saved = conversations::look_up(app, &terminal, id).await;
        let since = saved.written_at.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let saved_at_ms = since.and_then(|since| Millis::try_from(since.as_millis()).ok());
        let is_current = terminal.conversation.as_ref() == Some(id);
        all.push(Conversation {
            id: id.clone(),
            is_current,
            is_saved: saved.is_saved,
            saved_at_ms,
            begins: saved.begins,
        });
    }
    Ok(all)
}

/// Whether text can be the id of a conversation: it becomes an argument of the agent's command line.
///
/// # Errors
/// When it cannot.
pub fn checked(conversation: String) -> Result<String, Refusal> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    // Those of all CLIs seen are UUIDs or shorter.
    if conversation.starts_with('-') || !(1..=100).contains(&conversation.len()) || !conversation.chars().all(is_plain)
    {
        return Err(Refusal::new(RefusalKind::BadRequest, "that is not the id of a conversation"));
    }
    Ok(conversation)
}

/// What to say when a conversation cannot be taken up: that there are others, or that there is none.
pub async fn no_conversation(app: &Arc<App>, id: TerminalId) -> Refusal {
    let others = conversations(app, id).await.unwrap_or_default();
    let saved = others.iter().filter(|c| c.is_saved).count();
    let refusal = Refusal::new(RefusalKind::Unprocessable, "there is no conversation to resume");
    match saved {
        0 => refusal.hint(format!("`conductor-tui restart {id}` starts it afresh")),
        _ => refusal.hint(format!(
            "{saved} of its earlier ones can be: `conductor-tui resume {id} --list` shows them, --conversation takes one"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_an_argument_or_a_path_is_no_id() {
        for (text, is_one) in [
            ("01a1fad9-0504-7be0-ae07-f99cddfee635", true),
            ("ses_1.2", true),
            ("", false),
            ("--dangerous", false),
            ("../x", false),
            ("a b", false),
        ] {
            assert_eq!(checked(text.into()).is_ok(), is_one, "{text}");
        }
    }
}
