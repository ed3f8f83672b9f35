//! What a program said of itself (OSC 7501) as a claim. Called for every report on a terminal that speaks of the
//! program itself. It must never take a child's report (a subagent's) for its parent's.

use crate::base::clock::Millis;
use crate::core::screen::{ProgramPhase, ProgramState, PromptKind};
use crate::core::status::{Claim, Origin, Status, WaitingFor};

/// Evidence of a status that the program itself has reported.
pub const OWN_REPORT: &str = "the program's own report (OSC 7501)";

/// What it says; `None`: it has taken back what it said, or speaks of a child.
pub fn of_report(state: &ProgramState, now: Millis) -> Option<Claim> {
    if state.id.is_some() {
        return None;
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
    Some(Claim {
        origin: Origin::Report,
        status,
        waiting_for,
        detail: state.message.clone(),
        why: OWN_REPORT.into(),
        rule: None,
        since: now,
        until: None,
    })
}
