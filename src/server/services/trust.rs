//! Which directories the user trusts, by what lies in their `.conductor/`. Called by the API, and by launches that ask what
//! a repository may say.
//!
//! # Invariant
//! What is trusted is a hash, and what is used are the bytes that have it: nothing is read twice.

use crate::base::clock::{now_ms, rfc3339};
use crate::config::project::{self, Project};
use crate::core::world::{Event, Trust, TrustedFile};
use crate::proto::trust as wire;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::worktrees::{Tools, blocking};
use crate::server::services::{Refusal, RefusalKind};
use crate::workspace::{Content, Repository, WorkspaceError};
use std::collections::BTreeMap;
use std::path::Path;

/// All that the user trusted, by directory.
pub type Trusts = BTreeMap<String, Trust>;

/// What a repository says, and by whose leave.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Said {
    pub project: Project,
    /// The trusted directory and the hash; `None`: nothing is trusted, and `project` says nothing but notes.
    pub by: Option<(String, String)>,
}

/// What the work tree says that a launch was asked in.
///
/// # Errors
/// As every run of git.
pub fn said(tools: &Tools, trusts: &Trusts, repository: &Repository) -> Result<Said, WorkspaceError> {
    let not_used = |why: String| Said { project: Project { notes: vec![why], ..Project::default() }, by: None };
    let content = match Content::read(&repository.top) {
        Ok(Some(content)) => content,
        Ok(None) => return Ok(Said::default()),
        Err(error) => return Ok(not_used(format!("its .conductor is not used: {error}"))),
    };
    let Some(trust) = trusting(tools, trusts, repository, &content)? else {
        let top = repository.top.display();
        return Ok(not_used(format!("its .conductor is not used: `conductor-tui trust {top}` shows it and asks")));
    };
    let by = Some((trust.directory.clone(), trust.hash.clone()));
    Ok(Said { project: project_of(&content), by })
}

/// The text of a file in the `.conductor/` of a work tree, if the user trusts what lies there now.
///
/// # Errors
/// As every run of git.
pub fn trusted_file(tools: &Tools, trusts: &Trusts, top: &Path, name: &str) -> Result<Option<String>, WorkspaceError> {
    let Ok(Some(content)) = Content::read(top) else { return Ok(None) };
    let (repository, _) = found(tools, &top.display().to_string())?;
    if trusting(tools, trusts, &repository, &content)?.is_none() {
        return Ok(None);
    }
    Ok(content.file(name).and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::to_owned))
}

/// `GET /trust`.
pub async fn all(app: &App) -> Result<Vec<wire::Trust>, Refusal> {
    let trusts: Vec<Trust> = lock(&app.world).trusts.values().cloned().collect();
    blocking(move || Ok(trusts.iter().map(shown).collect())).await
}

/// `GET /trust/content`.
///
/// # Errors
/// No repository; a content that cannot be trusted whatever it says.
pub async fn content(app: &App, directory: &str) -> Result<wire::TrustContent, Refusal> {
    let (tools, trusts) = (Tools::new(app)?, lock(&app.world).trusts.clone());
    let directory = directory.to_owned();
    blocking(move || {
        let (repository, top) = found(&tools, &directory)?;
        let Some(content) = Content::read(&repository.top)? else {
            return Ok(wire::TrustContent {
                directory: top,
                hash: None,
                trusted_by: None,
                setup: String::new(),
                teardown: String::new(),
                files: Vec::new(),
                notes: Vec::new(),
            });
        };
        let trusted_by = trusting(&tools, &trusts, &repository, &content)?.map(|trust| trust.directory.clone());
        let project = project_of(&content);
        Ok(wire::TrustContent {
            files: compared(&content, trusts.get(&top).map_or(&[], |trust| &trust.files)),
            directory: top,
            hash: Some(content.hash),
            trusted_by,
            setup: project.setup,
            teardown: project.teardown,
            notes: project.notes,
        })
    })
    .await
}

/// `POST /trust`: of what was shown, and of nothing that lies there since.
///
/// # Errors
/// Something else lies there than what has this hash.
pub async fn give(app: &App, request: wire::TrustRequest) -> Result<wire::Trust, Refusal> {
    let tools = Tools::new(app)?;
    let asked = request.hash.clone();
    let (directory, content) = blocking(move || {
        let (repository, top) = found(&tools, &request.directory)?;
        Ok((top, Content::read(&repository.top)?))
    })
    .await?;
    let Some(content) = content.filter(|content| content.hash == asked) else {
        return Err(Refusal::new(RefusalKind::Conflict, "something else lies there than what was shown")
            .hint(format!("look again: `conductor-tui trust {directory} --show`")));
    };
    let trust =
        Trust { directory, hash: content.hash, at: now_ms(), files: content.entries.iter().map(kept).collect() };
    store(app, Event::Trusted(Box::new(trust.clone()))).await?;
    blocking(move || Ok(shown(&trust))).await
}

/// `DELETE /trust`: of one that is not there any more as well.
///
/// # Errors
/// It was not trusted.
pub async fn revoke(app: &App, directory: &str) -> Result<(), Refusal> {
    let (tools, wanted) = (Tools::new(app)?, directory.to_owned());
    let top = blocking(move || Ok(found(&tools, &wanted).map_or(wanted, |(_, top)| top))).await?;
    if !lock(&app.world).trusts.contains_key(&top) {
        return Err(Refusal::new(RefusalKind::NotFound, format!("{top} is not trusted"))
            .hint("`conductor-tui trust --show` lists what is"));
    }
    store(app, Event::TrustRevoked { directory: top }).await
}

async fn store(app: &App, event: Event) -> Result<(), Refusal> {
    app.record(event).await.map_err(|e| Refusal::new(RefusalKind::Internal, format!("not stored: {e}")))
}

/// The repository, and the real path of its top as text.
fn found(tools: &Tools, directory: &str) -> Result<(Repository, String), WorkspaceError> {
    let mut repository = Repository::find(&tools.git, Path::new(directory), &tools.patience)?;
    repository.top = std::fs::canonicalize(&repository.top)?;
    let top = repository.top.to_str().map(str::to_owned);
    let top = top.ok_or_else(|| WorkspaceError::NotUtf8(repository.top.display().to_string()))?;
    Ok((repository, top))
}

/// By which trust this content may be used: that of its own directory, or that of a directory whose repository knows this
/// one as a work tree of its own.
fn trusting<'a>(
    tools: &Tools,
    trusts: &'a Trusts,
    repository: &Repository,
    content: &Content,
) -> Result<Option<&'a Trust>, WorkspaceError> {
    let top = std::fs::canonicalize(&repository.top)?;
    let same: Vec<&Trust> = trusts.values().filter(|trust| trust.hash == content.hash).collect();
    if let Some(own) = same.iter().find(|trust| Path::new(&trust.directory) == top) {
        return Ok(Some(own));
    }
    for trust in same {
        // Asked there: a directory may claim to belong to any repository.
        let Ok(other) = Repository::find(&tools.git, Path::new(&trust.directory), &tools.patience) else { continue };
        let known = other.worktrees(&tools.git, &tools.patience)?;
        let is_it = |path: &Path| std::fs::canonicalize(path).is_ok_and(|path| path == top);
        if known.iter().any(|tree| is_it(&tree.path)) {
            return Ok(Some(trust));
        }
    }
    Ok(None)
}

fn project_of(content: &Content) -> Project {
    content.file(project::FILE).map(project::parse).unwrap_or_default()
}

fn kept(entry: &crate::workspace::Entry) -> TrustedFile {
    TrustedFile {
        path: entry.path.clone(),
        is_executable: entry.is_executable,
        hash: entry.hash(),
        text: std::str::from_utf8(&entry.bytes).ok().map(str::to_owned),
    }
}

fn shown(trust: &Trust) -> wire::Trust {
    let state = match Content::read(Path::new(&trust.directory)) {
        Ok(Some(content)) if content.hash == trust.hash => "trusted",
        Ok(None) => "missing",
        _ => "changed",
    };
    wire::Trust {
        directory: trust.directory.clone(),
        hash: trust.hash.clone(),
        at: rfc3339(trust.at),
        state: state.into(),
    }
}

/// Everything there is, beside what was trusted before.
fn compared(content: &Content, before: &[TrustedFile]) -> Vec<wire::TrustFile> {
    let now: Vec<TrustedFile> = content.entries.iter().map(kept).collect();
    let of_now = now.iter().zip(&content.entries).map(|(file, entry)| {
        let old = before.iter().find(|old| old.path == file.path);
        let change = match old {
            None => "new",
            Some(old) if old == file => "same",
            Some(_) => "changed",
        };
        wire::TrustFile {
            path: file.path.clone(),
            executable: file.is_executable,
            size: entry.bytes.len() as u64,
            text: file.text.clone(),
            change: change.into(),
            before: old.filter(|_| change == "changed").and_then(|old| old.text.clone()),
        }
    });
    let is_gone = |old: &&TrustedFile| !now.iter().any(|file| file.path == old.path);
    let gone = before.iter().filter(is_gone).map(|old| wire::TrustFile {
        path: old.path.clone(),
        executable: old.is_executable,
        size: 0,
        text: None,
        change: "gone".into(),
        before: old.text.clone(),
    });
    of_now.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Entry;

    #[test]
    fn what_changed_since_it_was_trusted_is_told() {
        let entry = |path: &str, text: &str, is_executable| Entry {
            path: path.into(),
            is_executable,
            bytes: text.as_bytes().to_vec(),
        };
        let of = |entries: Vec<Entry>| Content { hash: String::new(), entries };
        let old =
            of(vec![entry("a", "1", false), entry("b", "2", false), entry("c", "3", false), entry("d", "4", false)]);
        let before: Vec<TrustedFile> = old.entries.iter().map(kept).collect();
        let new = of(vec![
            entry("a", "1", false),
            entry("b", "two", false),
            entry("c", "3", true),
            Entry { path: "e".into(), is_executable: false, bytes: vec![0xff] },
        ]);
        let told = compared(&new, &before);
        let told: Vec<_> = told.iter().map(|f| (f.path.as_str(), f.change.as_str(), f.before.as_deref())).collect();
        assert_eq!(
            told,
            [
                ("a", "same", None),
                ("b", "changed", Some("2")),
                ("c", "changed", Some("3")),
                ("e", "new", None),
                ("d", "gone", Some("4")),
            ]
        );
    }
}
