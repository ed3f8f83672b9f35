//! A branch, pushed to a remote of its repository, at the wish of a person. Called by the server's service. It must never
//! force anything, wait for a person, or run a program that the repository names in the place of git's own.

use super::WorkspaceError;
use super::git::{Git, Patience, Run};
use super::repository::Repository;
use super::within::NAMES;
use std::ffi::{OsStr, OsString};

/// What git itself speaks. `ext::` and the like start a program.
const PROTOCOLS: &str = "https:http:ssh:git:file";
/// Each stands in the place of a program that a repository's configuration may name; ssh asks nobody.
const OWN: [&str; 8] = [
    "core.sshCommand=ssh -oBatchMode=yes",
    "core.askPass=",
    "core.gitProxy=",
    "credential.helper=",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    "remote.pushDefault=",
    "core.alternateRefsCommand=",
];

/// Pushes what `branch` stands at to a branch of the same name. `variables`: of the user's surroundings, for ssh's agent and
/// the like.
///
/// # Errors
/// The remote refuses, does not answer, or wants to know something; git's words say which.
pub fn push(
    git: &Git,
    repository: &Repository,
    remote: &str,
    branch: &str,
    variables: &[(String, String)],
    patience: &Patience,
) -> Result<(), WorkspaceError> {
    let remotes = repository.ask(git, &["remote"], patience)?.succeeded()?.text();
    if !remotes.lines().any(|known| known == remote) {
        return Err(WorkspaceError::NoRemote(remote.to_owned()));
    }
    let mut settings: Vec<OsString> = OWN.map(OsString::from).to_vec();
    settings.extend(users_helpers(git, repository, patience)?);
    let mut arguments: Vec<&OsStr> = Vec::new();
    for setting in &settings {
        arguments.extend([OsStr::new("-c"), setting]);
    }
    let reference = format!("refs/heads/{branch}:refs/heads/{branch}");
    let fixed = ["push", "--no-verify", "--porcelain", "--receive-pack=git-receive-pack", "--", remote, &reference];
    arguments.extend(fixed.map(OsStr::new));
    let mut environment: Vec<(&str, &OsStr)> =
        variables.iter().map(|(name, value)| (name.as_str(), OsStr::new(value.as_str()))).collect();
    environment.extend([("GIT_ALLOW_PROTOCOL", OsStr::new(PROTOCOLS)), ("GIT_ASKPASS", OsStr::new("true"))]);
    let run = Run {
        directory: &repository.top,
        arguments: &arguments,
        environment: &environment,
        is_users: true,
        stdin: None,
        most: NAMES,
    };
    let printed = git.run(run, patience)?;
    if printed.is_success {
        return Ok(());
    }
    // `!	from:to	[rejected] (non-fast-forward)`
    let text = printed.text();
    let refused = text.lines().find_map(|line| line.strip_prefix("!\t")).and_then(|line| line.rsplit('\t').next());
    Err(WorkspaceError::Git(refused.map_or(printed.words, str::to_owned)))
}

/// The user's own programs that know passwords; those that the repository names are left out.
fn users_helpers(git: &Git, repository: &Repository, patience: &Patience) -> Result<Vec<OsString>, WorkspaceError> {
    let mut found = Vec::new();
    for scope in ["--system", "--global"] {
        let printed = repository.ask(git, &["config", scope, "-z", "--get-all", "credential.helper"], patience)?;
        found.extend(printed.records().map(|helper| {
            let mut setting = OsString::from("credential.helper=");
            setting.push(String::from_utf8_lossy(helper).as_ref());
            setting
        }));
    }
    Ok(found)
}
