//! What would come of the end of an agent's work: asked by the screen before it asks a person. Called by the API. It must
//! never change anything.

use super::snapshot::check_ready;
use super::{Tools, blocking, found};
use crate::base::id::TerminalId;
use crate::proto::worktree as wire;
use crate::server::app::App;
use crate::server::services::Refusal;
use crate::workspace;
use std::path::PathBuf;

/// Of more files nobody reads the names.
const NAMED: usize = 100;

/// `GET /worktrees/{id}/outlook`.
///
/// # Errors
/// Unknown or removed tree, whatever git says.
pub async fn outlook(app: &App, id: TerminalId, into: Option<String>) -> Result<wire::Outlook, Refusal> {
    let tree = found(app, id)?;
    check_ready(&tree)?;
    let (tools, path) = (Tools::new(app)?, PathBuf::from(&tree.path));
    let into = into.filter(|into| !into.is_empty()).unwrap_or(tree.base);
    let base = into.clone();
    let mut seen =
        blocking(move || workspace::outlook(&tools.git, &path, &base, &tools.scratch, &tools.patience)).await?;
    let more = seen.more + seen.changed.len().saturating_sub(NAMED) as u64;
    seen.changed.truncate(NAMED);
    let workspace::Outlook { commits, changed, remotes, .. } = seen;
    Ok(wire::Outlook { into, commits, changed, more, remotes, keep_days: app.settings.worktrees.keep_days })
}
