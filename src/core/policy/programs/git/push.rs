//! Pushes: which of them overwrite or delete the main branch of another repository, which is lost for everybody then.
//! Called by `change.rs`. Words that are only partly known count with what is known of them.

use super::Given;
use crate::core::policy::arg::Arg;
use crate::core::policy::call::Call;
use crate::core::policy::programs::options::{Style, doubt, near, sends, split};
use crate::core::policy::verdict::{Class, Part, Risk};
use crate::core::policy::walk::Walk;
use std::path::Path;

/// A refspec as far as it matters.
struct Target {
    name: String,
    is_forced: bool,
    is_deleted: bool,
}

pub fn judge(walk: &mut Walk, call: &Call, args: &[Arg], given: &Given) {
    sends(walk, call);
    doubt(walk, args);
    let style = Style { letters: "o", long: "push-option repo receive-pack exec", ..Style::default() };
    let words = split(args, style);
    // Git takes shortened names.
    let has = |name: &str, least: usize| {
        words.options.iter().any(|(option, _)| option.len() >= least && name.starts_with(option.as_str()))
    };
    let is_forced =
        words.has(&["-f"]) || words.has(&["--force-with-lease"]) || has("--force", 5) || has("--force-with-lease", 9);
    let is_delete = words.has(&["-d"]) || has("--delete", 4);
    let is_dry = (words.has(&["-n"]) || has("--dry-run", 4)) && !words.has(&["--no-dry-run"]);
    let is_all = has("--all", 4) || has("--branches", 4);
    let is_prune = has("--prune", 5);
    if has("--receive-pack", 5) || has("--exec", 4) || args.iter().any(|arg| arg.text.contains("ext::")) {
        walk.part(Class::Obfuscated, Risk::High, "runs a program of its own at the other end");
        for value in words.values(&["--receive-pack", "--exec"]) {
            walk.other_shell(&value.text, value.span, Default::default());
        }
    }
    // The first is the repository, unless it is given as an option only.
    let refs: Vec<&str> = words.operands.iter().skip(1).map(|arg| &*arg.text).collect();
    for word in words.operands.iter().take(1) {
        near(walk, word);
    }
    let deny = |walk: &mut Walk, what: String| {
        let risk = if is_dry { Risk::High } else { Risk::Critical };
        walk.part(Class::Destructive, risk, what);
    };
    if has("--mirror", 4) || given.is_mirror {
        deny(walk, "makes the other repository a copy of this one: branches that are only there are lost".into());
    }
    let mut targets: Vec<Target> = refs.iter().map(|text| target(text)).collect();
    targets.extend(given.pushed.iter().map(|text| target(text)));
    let has_only_tags = has("--tags", 4) && refs.is_empty();
    if targets.is_empty() && !has_only_tags && !is_delete {
        targets.push(Target { name: "HEAD".into(), is_forced: false, is_deleted: false });
    }
    if is_all {
        targets.push(Target { name: "*".into(), is_forced: false, is_deleted: false });
    }
    for target in &targets {
        let is_lost =
            is_forced || is_delete || target.is_forced || target.is_deleted || (is_prune && target.name.contains('*'));
        if !is_lost {
            continue;
        }
        let verb = if is_delete || target.is_deleted { "deletes" } else { "overwrites" };
        match main_branch(walk, &target.name) {
            Some(name) => deny(walk, format!("{verb} `{name}` of the other repository")),
            None => {
                walk.part(Class::Destructive, Risk::High, format!("{verb} `{}` of the other repository", target.name))
            }
        }
    }
    if is_prune {
        walk.part(Class::Destructive, Risk::High, "deletes branches of the other repository");
    }
    walk.part(Class::Network, Risk::Medium, "sends commits to another repository");
}

fn target(text: &str) -> Target {
    let (is_forced, text) = match text.strip_prefix('+') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (from, to) = text.split_once(':').map_or((text, text), |(from, to)| (from, to));
    // `:` alone is every branch that both have.
    let name = if text == ":" { "*" } else { to };
    Target { name: name.to_owned(), is_forced, is_deleted: from.is_empty() && !to.is_empty() }
}

/// The main branch that a name stands for.
fn main_branch(walk: &Walk, name: &str) -> Option<String> {
    let name = name.strip_prefix("refs/").unwrap_or(name);
    let short = name.strip_prefix("heads/").unwrap_or(name);
    // A name that is not known before is the branch at hand where the command has asked for that.
    let asks = |part: &Part| {
        let words = ["--show-current", "--abbrev-ref", "symbolic-ref", "name-rev"];
        part.argv.first().is_some_and(|name| name == "git")
            && part.argv.iter().any(|word| words.contains(&word.as_str()))
    };
    if matches!(short, "HEAD" | "@") || (short.is_empty() && walk.parts.iter().any(asks)) {
        let folder = walk.shell.folder.clone().unwrap_or_default();
        let Some(branch) = walk.facts.branch(Path::new(&folder)) else { return Some("the branch at hand".into()) };
        return is_main(&branch).then_some(branch);
    }
    if let Some((before, after)) = short.split_once('*') {
        let fits = |branch: &&str| branch.starts_with(before) && branch.ends_with(after);
        return ["main", "master"].iter().find(|branch| fits(branch)).map(|branch| (*branch).to_owned());
    }
    is_main(short).then(|| short.to_owned())
}

fn is_main(name: &str) -> bool {
    matches!(name, "main" | "master")
}

#[cfg(test)]
mod tests {
    use crate::core::policy::programs::options::tests::{check, decision};

    #[test]
    fn pushes() {
        check(
            "ask: git push
             ask: git push origin main
             ask: git push -u origin feature
             ask: git push --force origin feature
             ask: git push --force-with-lease origin feature
             ask: git push origin --delete feature
             ask: git push origin :feature
             ask: git push --tags
             ask: git push --force --tags
             ask: git push --all
             ask: git push --force --dry-run origin main
             ask: git push --force origin \"$B\"
             deny: git push --force origin $(git branch --show-current)
             deny: git push -f origin \"$(git rev-parse --abbrev-ref HEAD)\"
             ask: git push --receive-pack='touch x' origin main
             deny: git push --force
             deny: git push -f origin
             deny: git push --force origin HEAD
             deny: git push --force origin main
             deny: git push origin main --force
             deny: git push -fu origin main
             deny: git push -uf origin master
             deny: git push --forc origin main
             deny: git push --force-with-lease origin main
             deny: git push --force-with-lease=main:abc origin main
             deny: git push -f origin HEAD:master
             deny: git push -f origin HEAD:refs/heads/main
             deny: git push -f https://example.com/r.git feature:main
             deny: git push origin +main
             deny: git push origin +HEAD:main
             deny: git push origin '+refs/heads/*:refs/heads/*'
             deny: git push origin --delete main
             deny: git push -d origin master
             deny: git push origin :main
             deny: git push origin :refs/heads/master
             deny: git push --mirror
             deny: git push --mirror https://example.com/r.git
             deny: git push --all --force
             deny: git push --prune origin 'refs/heads/*'
             deny: git push -f origin feature main
             deny: git push --force \"$REMOTE\" main
             deny: git -c remote.origin.mirror=true push
             deny: cat .env && git push
             deny: cd src && git push -f origin main",
        );
        assert_eq!(decision("git push --force", "feature"), "ask");
        assert_eq!(decision("git push --force", ""), "deny");
        assert_eq!(decision("git push -f origin HEAD", "feature"), "ask");
    }
}
