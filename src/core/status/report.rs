//! What a program said of itself (OSC 7501) as evidence. Called for every report on a terminal.
//! It must never take a child's report (a subagent's) for its parent's.

use crate::core::screen::{ProgramPhase, ProgramState, PromptKind};
use crate::core::status::{Program, Status, WaitingFor};

/// The evidence after a report; `before` is what held until then.
pub fn reported(state: &ProgramState, before: Option<Program>) -> Option<Program> {
    if state.id.is_some() {
        return before;
    }
    let waiting_for = match &state.kind {
        Some(PromptKind::Permission) => WaitingFor::Approval,
        Some(PromptKind::Question) => WaitingFor::Question,
        Some(PromptKind::Auth) => WaitingFor::Login,
        _ => WaitingFor::Other,
    };
    let (status, waiting_for) = match state.state {
        ProgramPhase::Idle | ProgramPhase::Done => (Status::Ready, None),
        ProgramPhase::Working => (Status::Running, None),
        ProgramPhase::Blocked => (Status::Waiting, Some(waiting_for)),
        ProgramPhase::Error => (Status::Error, None),
        ProgramPhase::Clear => return None,
    };
    Some(Program { status, waiting_for, message: state.message.clone() })
}
