//! Which version of an agent CLI is on this machine, and how its states are known: a line for `doctor`. Runs each CLI
//! once with the argument that tells its version, and nothing else of it.

use crate::base::text::{fit, printable};
use crate::base::tied::tie;
use crate::proto::rest::Provider;
use crate::proto::status::Hooks;
use crate::providers::{Catalog, find_program};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Those on node take two seconds on a busy machine.
const WITHIN: Duration = Duration::from_secs(20);
/// Between two looks whether it has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// A version stands in the first line or two.
const ANSWER: u64 = 4 * 1024;

/// The kinds of agents as they lie here, where no server can be asked for them.
pub fn on_this_machine(catalog: &Catalog) -> Vec<Provider> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let (path, shell) = (variable("PATH"), variable("SHELL"));
    let all = catalog.all().map(|definition| {
        let found = find_program(&definition.programs, &path, &shell);
        Provider {
            name: definition.name.clone(),
            title: definition.title.clone(),
            missing: found.is_none().then(|| match definition.programs.first() {
                Some(program) => format!("{program}: not found"),
                None => "takes a command line".into(),
            }),
            path: found.map(|path| path.display().to_string()),
            command: Vec::new(),
            takes_prompt: definition.takes_prompt(),
            needs_command: definition.programs.is_empty(),
            evidence: definition.evidence().into_iter().map(str::to_owned).collect(),
            checked: definition.checked.clone(),
            version_arguments: definition.version_arguments.clone(),
            hooks: None,
        }
    });
    all.collect()
}

/// Each with its version, asked side by side.
pub fn of(providers: Vec<Provider>) -> Vec<(Provider, Option<String>)> {
    let asked: Vec<_> = providers
        .into_iter()
        .map(|provider| {
            let line = provider.path.clone().map(|path| (path, provider.version_arguments.clone()));
            let asking = line.map(|(path, arguments)| std::thread::spawn(move || ask(&path, &arguments)));
            (provider, asking)
        })
        .collect();
    asked.into_iter().map(|(provider, asking)| (provider, asking.and_then(|a| a.join().ok().flatten()))).collect()
}

/// `Claude Code 2.1.329: /usr/bin/claude · states by hooks (they fire), report, title, screen · checked with 2.1.329`.
pub fn line(provider: &Provider, version: &Option<String>) -> String {
    let path = provider.path.as_deref().unwrap_or_default();
    let mut line = match version {
        Some(version) => format!("{} {version}: {path}", provider.title),
        None => format!("{}: {path}", provider.title),
    };
    let known: Vec<String> = provider
        .evidence
        .iter()
        .map(|word| match (word.as_str(), provider.hooks) {
            ("hooks", Some(Hooks::Firing)) => "hooks (they fire)".into(),
            ("hooks", Some(Hooks::Silent)) => "hooks (advisory: given and never heard)".into(),
            ("hooks", _) => "hooks (not tried yet)".into(),
            ("report", _) => "its own report (OSC 7501)".into(),
            (word, _) => word.into(),
        })
        .collect();
    let known = if known.is_empty() { "nothing but its end".to_owned() } else { known.join(", ") };
    line.push_str(&format!(" · states by {known}"));
    let is_checked = version.as_ref().is_some_and(|version| provider.checked.contains(version));
    if !provider.checked.is_empty() && !is_checked {
        line.push_str(&format!(" · its rules were checked with {}", provider.checked.join(", ")));
    }
    line
}

fn ask(path: &str, arguments: &[String]) -> Option<String> {
    if arguments.is_empty() {
        return None;
    }
    let mut command = Command::new(path);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    tie(&mut command, None);
    let mut child = command.spawn().ok()?;
    let until = Instant::now() + WITHIN;
    while child.try_wait().ok()?.is_none() {
        if Instant::now() > until {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    let mut answer = String::new();
    child.stdout.take()?.take(ANSWER).read_to_string(&mut answer).ok()?;
    version_in(&answer)
}

/// The first word that begins with a digit, or with `v` and one: `2.1.329 (Claude Code)`, `codex-cli 0.169.0`.
fn version_in(answer: &str) -> Option<String> {
    let is_version = |word: &&str| {
        let word = word.strip_prefix('v').unwrap_or(word);
        word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.')
    };
    let word = answer.split_whitespace().find(is_version)?;
    Some(fit(&printable(word.trim_start_matches('v').trim_end_matches(['.', ','])), 40))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_the_clis_tell_them() {
        for (answer, version) in [
            ("2.1.329 (Claude Code)\n", Some("2.1.329")),
            ("codex-cli 0.169.0\n", Some("0.169.0")),
            ("0.61.0\n", Some("0.61.0")),
            ("GitHub Copilot CLI 1.0.102.\nRun 'copilot update'", Some("1.0.102")),
            ("GNU bash, version 5.2.15(1)-release", Some("5.2.15(1)-release")),
            ("aider v0.86.2", Some("0.86.2")),
            ("usage: x", None),
        ] {
            assert_eq!(version_in(answer).as_deref(), version, "{answer}");
        }
    }
}
