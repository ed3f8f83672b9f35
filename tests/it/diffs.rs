//! The diff of an agent's work, from the files it writes to the comments it gets: by the verb, by the route, on the screen.

use crate::support::fleet::id;
use crate::support::{Home, need};
use std::path::{Path, PathBuf};
use std::process::Command;

fn git(directory: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(directory).env("HOME", directory).env("GIT_CONFIG_NOSYSTEM", "1");
    command.args(["-c", "user.name=ada", "-c", "user.email=ada@example.org"]).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository on a branch of its own, in the directory where agents start.
fn repository(home: &Home) -> PathBuf {
    let top = home.work();
    git(&top, &["init", "-q", "-b", "main"]);
    std::fs::write(top.join("code.rs"), "fn one() {}\nfn two() {}\nfn three() {}\n").unwrap();
    git(&top, &["add", "."]);
    git(&top, &["commit", "-q", "-m", "first"]);
    git(&top, &["checkout", "-q", "-b", "work"]);
    top
}

#[test]
fn an_agent_writes_and_gets_comments_on_its_lines_once() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    // A kind of agent that takes messages; a shell would run them.
    let reader = "name = \"reader\"\ntitle = \"Reader\"\nprograms = [\"sh\"]\nprompt_arguments = [\"{prompt}\"]\n\
                  [[rules]]\nstatus = \"ready\"\nsource = \"title\"\npattern = '^reads'\n";
    home.write("providers/reader.toml", reader);
    // It says what it got, between marks.
    let script = "printf 'fn two() { 2 }\\n' >> code.rs; echo new > new.txt; echo written; printf '\\033]2;reads\\007'; \
                  stty -echo; while IFS= read -r line; do printf '%s\\n' \"$line\" >> got; echo \"got $line\"; done";
    let start =
        ["launch", "--headless", "--json", "--session-name", "one", "--provider", "reader", "--", "/bin/sh", "-c"];
    let agent = id(&home.cmd(start.iter().copied().chain([script])).run().ok().json());
    home.wait_screen(&agent, "written");
    let told = home.cmd(["diff", &agent, "--stat"]).run().ok().stdout;
    assert!(told.contains("code.rs") && told.contains("new.txt") && told.contains("2 files changed, +2 -0"), "{told}");
    let outer = home.outer().size(160, 45).conductor(["attach", "one"]);
    outer.wait_text("written");
    outer.press("d");
    outer.wait_text("since work left main");
    outer.press("n j j j j c");
    outer.wait_text("comment");
    outer.type_text("say why");
    outer.press("enter");
    outer.wait_text("1 comment · m sends");
    // Left and opened again, it is still there to be sent.
    outer.press("esc").wait_gone("1 comment · m sends");
    outer.press("D");
    outer.wait_exit();
    let outer = home.outer().size(160, 45).conductor(["attach", "one"]);
    outer.wait_text("written");
    outer.press("d");
    outer.wait_text("1 comment · m sends");
    outer.press("m m");
    outer.wait_text("sent 1 comment to");
    home.wait_screen(&agent, "got say why");
    let got = std::fs::read_to_string(top.join("got")).unwrap();
    assert_eq!(got, "Comments on your changes:\n\ncode.rs:4\n> fn two() { 2 }\nsay why\n");
    // What it wrote since is there without being asked for.
    outer.wait_text("got");
    git(&top, &["commit", "-q", "-a", "-m", "second"]);
    outer.press("b");
    outer.wait_text("since the last commit");
    outer.wait_text("in 2 files");
    outer.press("esc");
    outer.wait_gone("since the last commit");
    home.shut_down_all();
}

/// # Invariant
/// Nothing that a repository names is run, whoever asks for the diff and how. (What all it could name: `workspace/tests.rs`.)
#[test]
fn nothing_that_a_repository_names_is_run_by_verb_route_or_key() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    let ran = home.join("ran");
    std::fs::create_dir(&ran).unwrap();
    let program = |name: &str| format!("touch {}/{name}; cat #", ran.display());
    for (key, name) in [
        ("core.fsmonitor", "fsmonitor"),
        ("diff.external", "external"),
        ("diff.evil.textconv", "textconv"),
        ("filter.evil.clean", "clean"),
        ("filter.evil.smudge", "smudge"),
        ("core.pager", "pager"),
    ] {
        git(&top, &["config", key, &program(name)]);
    }
    std::fs::write(top.join(".gitattributes"), "*.rs filter=evil diff=evil\n").unwrap();
    let agent = id(&home.launch_script("one", "sed -i s/one/1/ code.rs; echo written; exec cat"));
    home.wait_screen(&agent, "written");
    for arguments in
        [&["diff", &agent][..], &["diff", &agent, "code.rs", "--base", "head"], &["diff", &agent, "--stat"]]
    {
        assert!(home.cmd(arguments).run().ok().stdout.contains("code.rs"), "{arguments:?}");
    }
    for query in ["", "?base=head", "?file=code.rs", "?revision=0000000000000000"] {
        assert!(home.api(&format!("/terminals/{agent}/diff{query}")).is_some(), "{query}");
    }
    let outer = home.outer().size(100, 30).conductor(["attach", "one"]);
    outer.wait_text("written");
    outer.press("d");
    outer.wait_text("code.rs");
    outer.press("b");
    outer.wait_text("since the last commit");
    outer.press("r").press("enter").press("n");
    let names: Vec<_> = std::fs::read_dir(&ran).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.is_empty(), "{names:?}");
    // The trap is one.
    git(&top, &["diff", "HEAD"]);
    assert!(ran.join("external").exists() || ran.join("clean").exists());
    home.shut_down_all();
}

#[test]
fn a_folder_without_a_repository_is_told_and_a_gone_agents_files_are_compared() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let agent = id(&home.launch_script("one", "echo here; exec cat"));
    home.wait_screen(&agent, "here");
    let outer = home.outer().size(160, 45).conductor(["attach", "one"]);
    outer.wait_text("here");
    outer.press("d");
    outer.wait_text("d: no diff, ");
    outer.wait_text("is not a git folder");
    let said = home.cmd(["diff", &agent]).run();
    assert!(said.code != 0 && said.stderr.contains("is not a git folder"), "{}", said.stderr);
    repository(&home);
    let gone = id(&home.worker("one", "echo x >> code.rs"));
    home.wait_terminal(&gone, "it is gone", |terminal| terminal["pid"].is_null());
    let told = home.cmd(["diff", &gone, "--base", "head", "--color", "always"]).run().ok().stdout;
    assert!(told.contains("\u{1b}[32m+x\u{1b}[m"), "{told:?}");
    home.shut_down_all();
}

#[test]
fn what_is_printed_is_a_patch_that_git_applies() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    let script = "echo new > new.txt; printf 'fn two() { 2 }\\n' >> code.rs; echo written; exec cat";
    let agent = id(&home.cmd(["launch", "--headless", "--json", "--", "sh", "-c", script]).run().ok().json());
    home.wait_screen(&agent, "written");
    let patch = home.write("patch", &home.cmd(["diff", &agent]).run().ok().stdout);
    let clone = home.join("clone");
    git(&home.work(), &["clone", "-q", top.to_str().unwrap(), clone.to_str().unwrap()]);
    git(&clone, &["apply", patch.to_str().unwrap()]);
    for file in ["new.txt", "code.rs"] {
        assert_eq!(std::fs::read(clone.join(file)).unwrap(), std::fs::read(top.join(file)).unwrap(), "{file}");
    }
    home.shut_down_all();
}
