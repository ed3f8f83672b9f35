//! Who a calling process is: an agent's, when a holder is among its ancestors, whatever it says of itself.
//! Called by the API's gate for every request on the Unix socket. It must never trust a caller it cannot see.

use crate::base::id::TerminalId;
use crate::pty::tree;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{Refusal, RefusalKind};

/// Looks at a line of processes that changes while it is read. A caller that keeps changing it is refused.
const TRIES: usize = 5;

/// The terminal whose agent the process belongs to; `None`: no agent's.
///
/// # Errors
/// When the process cannot be seen: in another pid namespace, or gone already. It is nobody's operator then.
pub fn agent_of(app: &App, pid: u32) -> Result<Option<TerminalId>, Refusal> {
    // A parent that ends between two looks breaks the line; its child then has another one, so looking again helps.
    let Some(line) = (0..TRIES).find_map(|_| tree::ancestry(pid)) else {
        return Err(Refusal::new(RefusalKind::Forbidden, "the caller's process cannot be seen"));
    };
    let known = {
        let world = lock(&app.world);
        let holder_of = |pid: u32| world.terminals.values().find(|t| t.holder_pid == Some(pid)).map(|t| t.id);
        line.iter().find_map(|process| holder_of(process.pid))
    };
    // A holder of ours that the world does not know yet (just forked) is known by its record.
    Ok(known.or_else(|| line.iter().find_map(|process| by_record(app, process.pid))))
}

fn by_record(app: &App, pid: u32) -> Option<TerminalId> {
    let unknown: Vec<TerminalId> =
        lock(&app.world).terminals.values().filter(|t| t.holder_pid.is_none()).map(|t| t.id).collect();
    unknown.into_iter().find(|id| app.holder_record(*id).is_some_and(|r| r.holder_pid == pid))
}
