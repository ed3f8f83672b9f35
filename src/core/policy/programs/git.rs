//! What git does with its words: which of its commands only read, what the others change, and the pushes that nobody
//! can take back. Asked by `call.rs`. It must never take a command for a reader that runs a program a setting or an
//! option names.

mod change;
mod push;
mod read;

use super::options::{is_here, near};
use crate::core::policy::arg::Arg;
use crate::core::policy::call::Call;
use crate::core::policy::places;
use crate::core::policy::verdict::{Class, Risk};
use crate::core::policy::walk::{Flow, Walk};
use std::path::Path;

pub fn find(name: &str) -> Option<fn(&mut Walk, &Call) -> Flow> {
    (name == "git").then_some(judge as fn(&mut Walk, &Call) -> Flow)
}

fn judge(walk: &mut Walk, call: &Call) -> Flow {
    // `-C` moves only this command.
    let folder = walk.shell.folder.clone();
    // Git's patterns match dots in front; and `-L` has its file behind the lines.
    for arg in call.args {
        let pattern = match arg.text.strip_prefix("-L").and_then(|rest| rest.rsplit_once(':')) {
            Some((_, file)) => file,
            None if arg.text.starts_with(":(") => arg.text.rsplit_once(')').map_or("", |(_, rest)| rest),
            None if arg.text.contains(['*', '?', '[']) && !arg.text.starts_with('-') => &arg.text,
            None => continue,
        };
        if walk.is_secret_pattern(&Arg::literal(pattern, arg.span)) {
            walk.has_secret.get_or_insert(arg.span);
            walk.part_at(Class::Exfiltration, Risk::High, "names files that hold secrets", arg.span);
        }
    }
    let flow = judge_there(walk, call);
    walk.shell.folder = folder;
    flow
}

/// Settings of the command line that another command must know of.
#[derive(Default)]
struct Given {
    is_mirror: bool,
    /// Refspecs of `remote.*.push`.
    pushed: Vec<String>,
}

fn judge_there(walk: &mut Walk, call: &Call) -> Flow {
    let mut args = call.args;
    let mut given = Given::default();
    while let Some((first, rest)) = args.split_first() {
        if first.exact().is_none() {
            walk.show(first);
            walk.part_at(Class::Obfuscated, Risk::High, "a command of git that is not known before", first.span);
            // What may be nothing, or an option: the next word may be the command.
            if first.text.is_empty() || first.text.starts_with('-') {
                args = rest;
                continue;
            }
        }
        match &*first.text {
            "--no-pager"
            | "-P"
            | "--no-optional-locks"
            | "--literal-pathspecs"
            | "--glob-pathspecs"
            | "--noglob-pathspecs"
            | "--icase-pathspecs"
            | "--no-replace-objects"
            | "--no-lazy-fetch"
            | "--no-advice" => args = rest,
            "--version" | "-v" if rest.iter().all(|arg| arg.exact() == Some("--build-options")) => {
                return Flow::default();
            }
            "-C" => {
                let Some((folder, rest)) = rest.split_first() else { return Flow::default() };
                enter(walk, folder);
                args = rest;
            }
            "-c" | "--config-env" => {
                let Some((setting, rest)) = rest.split_first() else { return Flow::default() };
                set(walk, setting, &mut given);
                args = rest;
            }
            "--git-dir" | "--work-tree" | "--namespace" | "--super-prefix" | "--attr-source" | "--list-cmds" => {
                walk.part_at(Class::Obfuscated, Risk::High, "works on another repository", first.span);
                let Some((folder, rest)) = rest.split_first() else { return Flow::default() };
                near(walk, folder);
                args = rest;
            }
            option if option.starts_with('-') => {
                near(walk, first);
                walk.part_at(Class::Obfuscated, Risk::High, format!("option `{option}` of git"), first.span);
                args = rest;
            }
            _ => break,
        }
    }
    is_here(walk, "git works on a repository");
    if let Some(folder) = walk.shell.folder.clone()
        && let Some(why) = walk.facts.git_runs(Path::new(&folder))
    {
        walk.part(Class::Build, Risk::High, format!("git runs a program: {why}"));
    }
    let Some((name, args)) = args.split_first() else { return Flow::default() };
    if !read::judge(walk, &name.text, args) {
        return change::judge(walk, call, &name.text, args, &given);
    }
    Flow::of(call.stdin.taint())
}

/// `-C`: what follows is below it.
fn enter(walk: &mut Walk, folder: &Arg) {
    near(walk, folder);
    if folder.exact().is_none() {
        walk.part_at(Class::Obfuscated, Risk::High, "a folder that is not known before", folder.span);
        walk.shell.folder = None;
        return;
    }
    if !folder.text.is_empty() {
        walk.shell.folder = match &walk.shell.folder {
            Some(now) => Some(places::joined(now, &folder.text)),
            None => places::is_absolute(&folder.text).then(|| folder.text.clone()),
        };
    }
}

/// `-c name=value`: most of the names that matter name programs.
fn set(walk: &mut Walk, setting: &Arg, given: &mut Given) {
    walk.show(setting);
    if setting.exact().is_some_and(is_harmless_setting) {
        return;
    }
    walk.part_at(
        Class::Obfuscated,
        Risk::High,
        format!("sets `{}` for git, which may run programs", setting.text),
        setting.span,
    );
    let Some((name, value)) = setting.text.split_once('=') else { return };
    let name = name.to_ascii_lowercase();
    if names_program(&name) {
        // What it would run may be worse than that it runs.
        walk.other_shell(value.trim_start_matches('!'), setting.span, Default::default());
    }
    given.is_mirror |= name.starts_with("remote.") && name.ends_with(".mirror") && value != "false";
    if name.starts_with("remote.") && name.ends_with(".push") {
        given.pushed.push(value.to_owned());
    }
}

/// Settings that change only how something is printed, or that switch a program off.
fn is_harmless_setting(text: &str) -> bool {
    let Some((name, value)) = text.split_once('=') else { return false };
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "core.pager" => matches!(value, "cat" | ""),
        "core.quotepath" | "core.fsmonitor" | "advice.detachedhead" => matches!(value, "false" | "off" | "0"),
        "log.showsignature" => value == "false",
        _ => name.starts_with("color."),
    }
}

/// Settings whose value git runs, in small letters.
fn names_program(name: &str) -> bool {
    const WHOLE: [&str; 12] = [
        "core.pager",
        "core.editor",
        "core.sshcommand",
        "core.fsmonitor",
        "core.askpass",
        "core.gitproxy",
        "core.hookspath",
        "sequence.editor",
        "gpg.program",
        "diff.external",
        "credential.helper",
        "include.path",
    ];
    const BEGINS: [&str; 6] = ["alias.", "pager.", "filter.", "difftool.", "mergetool.", "includeif."];
    const ENDS: [&str; 9] =
        [".textconv", ".command", ".cmd", ".driver", ".program", ".helper", ".uploadpack", ".receivepack", ".editor"];
    WHOLE.contains(&name)
        || BEGINS.iter().any(|part| name.starts_with(part))
        || ENDS.iter().any(|part| name.ends_with(part))
}

#[cfg(test)]
mod tests {
    use crate::core::policy::programs::options::tests::check;

    #[test]
    fn words_before_the_command() {
        check(
            "allow: git --version
             allow: git --no-pager log -1
             allow: git -P diff --stat
             allow: git -C src status
             allow: git -C . log -1
             allow: git -C /home/u/proj/src status
             ask: git -C ../other status
             ask: git -C /home/u/proj-evil status
             ask: git -C hostile status
             ask: cd /tmp && git status
             ask: git -C \"$X\" status
             ask: git -c core.pager='touch /tmp/pwned' log
             deny: git -c core.pager='echo > /dev/sda' log
             deny: git -c alias.x='!echo > ~/.bashrc' x
             ask: git --exec-path=/tmp/x status
             ask: git --git-dir=/tmp/x/.git status
             ask: git --git-dir /tmp/x/.git log
             ask: git --work-tree=/ status
             ask: git --config-env=core.pager=X log
             ask: git -p log
             ask: git --paginate log
             ask: git $X
             ask: git x
             deny: git $X push -f origin main
             deny: git -c a.b=c push --force origin main",
        );
    }
}
