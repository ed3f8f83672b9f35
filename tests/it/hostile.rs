//! A repository that names programs everywhere it can: opening, listing, comparing, making work trees, keeping, bringing back
//! and landing run none of them, and nothing of it is read that nobody trusted.

use crate::support::fleet::id;
use crate::support::repository::{git, repository};
use crate::support::{Home, need};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Every way we know in which a repository names a program, each with this program.
fn poison(top: &Path, program: &Path) {
    let evil = program.to_str().unwrap();
    let write = |below: &str, text: &str| {
        let file = top.join(below);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
    };
    // In its files, committed: these reach every work tree.
    let hooks =
        format!(r#"{{"hooks":{{"SessionStart":[{{"hooks":[{{"type":"command","command":"{evil} claude"}}]}}]}}}}"#);
    for (file, text) in [
        (
            ".gitattributes",
            "* filter=evil diff=evil merge=evil ident\n*.rs filter=evil diff=evil merge=evil\n".to_owned(),
        ),
        (".envrc", format!("{evil} envrc\n")),
        ("rust-toolchain.toml", format!("[toolchain]\npath = \"{evil}\"\n")),
        (".claude/settings.json", hooks.clone()),
        (".codex/hooks.json", hooks),
        (".mcp.json", format!(r#"{{"mcpServers":{{"x":{{"command":"{evil}","args":["mcp"]}}}}}}"#)),
        (".yarnrc.yml", format!("yarnPath: {evil}\n")),
        (".npmrc", format!("script-shell={evil}\n")),
        (".tool-versions", "evil 1\n".to_owned()),
        (".gitmodules", format!("[submodule \"x\"]\n\tpath = x\n\turl = x\n\tupdate = !{evil} submodule\n")),
        (".conductor/config.toml", format!("[worktree]\nsetup = \"{evil} setup\"\nteardown = \"{evil} teardown\"\n")),
        ("git", format!("#!/bin/sh\nexec {evil} git\n")),
    ] {
        write(file, &text);
    }
    git(top, &["add", "."]);
    git(top, &["commit", "-q", "-m", "poison"]);
    // In its configuration and beside it.
    for hook in [
        "applypatch-msg",
        "commit-msg",
        "fsmonitor-watchman",
        "post-applypatch",
        "post-checkout",
        "post-commit",
        "post-index-change",
        "post-merge",
        "post-rewrite",
        "pre-applypatch",
        "pre-auto-gc",
        "pre-commit",
        "pre-merge-commit",
        "pre-push",
        "pre-rebase",
        "prepare-commit-msg",
        "reference-transaction",
        "update",
    ] {
        write(&format!(".git/hooks/{hook}"), &format!("#!/bin/sh\nexec {evil} {hook}\n"));
    }
    for (name, argument) in [
        ("core.fsmonitor", "fsmonitor"),
        ("core.pager", "pager"),
        ("core.editor", "editor"),
        ("core.sshCommand", "ssh"),
        ("core.askPass", "askpass"),
        ("core.alternateRefsCommand", "alternates"),
        ("sequence.editor", "sequence"),
        ("diff.external", "external"),
        ("diff.evil.command", "differ"),
        ("diff.evil.textconv", "textconv"),
        ("filter.evil.clean", "clean"),
        ("filter.evil.smudge", "smudge"),
        ("filter.evil.process", "process"),
        ("merge.evil.driver", "driver"),
        ("merge.tool", "mergetool"),
        ("credential.helper", "credential"),
        ("gpg.program", "gpg"),
        ("uploadpack.packObjectsHook", "pack"),
        ("interactive.diffFilter", "interactive"),
        ("alias.status", "alias"),
    ] {
        git(top, &["config", name, &format!("{evil} {argument}")]);
    }
    git(top, &["config", "commit.gpgSign", "true"]);
    git(top, &["config", "gpg.program", evil]);
    git(top, &["config", "core.hooksPath", top.join(".git/hooks").to_str().unwrap()]);
    git(top, &["config", "filter.evil.required", "false"]);
    git(top, &["config", "user.name", "ada"]);
    git(top, &["config", "user.email", "ada@example.org"]);
}

#[test]
fn a_hostile_repository_runs_nothing() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    let mark = home.join("ran");
    let evil = home.write("evil", &format!("#!/bin/sh\necho \"$@\" >> {}\ncat\n", mark.display()));
    fs::set_permissions(&evil, Permissions::from_mode(0o755)).unwrap();
    poison(&top, &evil);
    // It does bite whoever is not careful.
    let _ = home.program("git", ["status"]).cwd(&top).run();
    assert!(mark.exists(), "the bait is no bait");
    fs::remove_file(&mark).unwrap();
    let nothing_ran = |after: &str| {
        assert!(!mark.exists(), "{after} ran: {}", fs::read_to_string(&mark).unwrap_or_default());
    };
    let launch = ["launch", "--headless", "--json", "--isolation", "worktree", "--branch", "fix", "--"];
    let script = "echo two >> code.rs; echo new > new; echo written; exec cat";
    let agent = home.cmd(launch.iter().chain(&["sh", "-c", script])).run().ok().json();
    let id = id(&agent);
    home.wait_screen(&id, "written");
    nothing_ran("the launch");
    for verb in [
        &["terminals"][..],
        &["worktrees"],
        &["trust", "--show"],
        &["trust", ".", "--show"],
        &["diff", &id],
        &["diff", &id, "--stat"],
        &["snapshot", &id],
        &["status", &id, "--explain"],
        &["doctor"],
        &["close", &id],
        &["worktrees", "remove", &id],
        &["restore", &id],
        &["restore", &id, "--snapshot", "1"],
    ] {
        let done = home.cmd(verb.iter().copied()).run();
        if verb[0] != "doctor" {
            let _ = done.ok();
        }
        nothing_ran(&verb.join(" "));
    }
    // What goes through a filter is not landed from here, and is refused without running it.
    let _ = home.cmd(["finish", &id, "--commit", "work"]).run();
    nothing_ran("finish");
    let _ = home.cmd(["finish", &id, "--commit", "work", "--how", "rebase", "--keep"]).run();
    nothing_ran("finish by rebase");
    // The screen opens on it.
    let outer = home.outer().size(140, 40).cwd(&top).conductor([""; 0]);
    outer.wait_text("COMMAND");
    outer.press("c").wait_text("New agent");
    outer.press("esc").wait_gone("New agent");
    nothing_ran("the screen");
    // Without the filters, so that it lands: everything else still stands.
    fs::write(top.join(".gitattributes"), "* diff=evil merge=evil ident\n").unwrap();
    git(&top, &["-c", "commit.gpgSign=false", "commit", "-qam", "less poison"]);
    let _ = fs::remove_file(&mark);
    let again = home.cmd(launch.iter().take(6).chain(&["land", "--", "sh", "-c", script])).run().ok().json();
    home.wait_screen(&crate::support::fleet::id(&again), "written");
    nothing_ran("another launch");
    let _ = home.cmd(["kill", "work"]).run().ok();
    let said = home.cmd(["finish", "land", "--commit", "work"]).run().ok().stdout;
    assert!(said.contains("land is in main"), "{said}");
    nothing_ran("landing");
    home.shut_down_all();
    nothing_ran("what was still under way");
}
