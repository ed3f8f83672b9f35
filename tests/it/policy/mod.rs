//! The judge of commands at work: its verbs, its route, policies that change while a server runs, workers that die, and whether
//! real bash runs what we believe that it runs.

mod argv;
mod history;
mod marks;
mod workers;

use crate::support::repository::git;
use crate::support::server::block_on;
use crate::support::wait::wait_until;
use crate::support::{Home, Output};
use serde_json::{Value, json};
use std::fs;

const ASKED: i32 = 10;
const DENIED: i32 = 11;

/// A home, and a workspace that does not lie in it: what is below a home is the supervisor's.
struct World {
    home: Home,
    work: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let work = tempfile::Builder::new().prefix("ct-work-").tempdir_in("/var/tmp").unwrap();
        git(work.path(), &["init", "-q", "-b", "main"]);
        World { home: Home::new(), work }
    }

    #[track_caller]
    fn policy(&self, words: &[&str]) -> Output {
        self.home.cmd(["policy"].iter().chain(words)).cwd(self.work.path()).run()
    }

    #[track_caller]
    fn check(&self, words: &[&str]) -> Output {
        self.policy(&[&["check"], words].concat())
    }

    /// An agent in the workspace; its id.
    fn agent(&self) -> String {
        let launched =
            self.home.cmd(["launch", "--headless", "--json", "--", "sleep", "1000"]).cwd(self.work.path()).run();
        launched.ok().json()["id"].as_str().unwrap().to_owned()
    }

    /// What the server says of a step.
    fn ask(&self, step: &Value) -> Option<Value> {
        block_on(self.home.client().post("/policy/check", step)).ok()
    }
}

#[test]
fn a_command_is_judged_without_a_server() {
    let world = World::new();
    for (command, code, word) in [
        ("ls -la", 0, "allow: "),
        ("cargo test", ASKED, "ask: "),
        ("rm -rf /", DENIED, "deny: "),
        ("echo hi > x", ASKED, "ask: "),
    ] {
        let said = world.check(&["--", command]).code(code).stdout;
        assert!(said.starts_with(word), "{command}: {said}");
    }
    // Words that the shell has split already are what they are.
    let verdict = world.check(&["--json", "--", "grep", "-n", "a b; rm -rf /", "README.md"]).code(0).json();
    assert_eq!(verdict["decision"], "allow", "{verdict:#}");
    assert_eq!(verdict["parts"][0]["argv"], json!(["grep", "-n", "a b; rm -rf /", "README.md"]));
    for (tool, words, code) in [
        ("edit", "src/x.rs", ASKED),
        ("read", "README.md", 0),
        ("fetch", "https://x.example", ASKED),
        ("edit", ".claude/settings.json", DENIED),
    ] {
        let said = world.check(&["--tool", tool, "--", words]).code(code).stdout;
        assert!(said.contains(words), "{said}");
    }
    let refused = world.check(&["--tool", "telepathy", "--", "x"]).code(2).stderr;
    assert!(refused.contains("is no tool"), "{refused}");
    assert!(world.check(&[]).code(2).stderr.contains("no command was given"));
}

#[test]
fn an_explanation_says_what_where_and_which_rule_would_do() {
    let world = World::new();
    let work = world.work.path();
    fs::create_dir_all(work.join("target/deep")).unwrap();
    fs::write(work.join("target/deep/file"), "12345").unwrap();
    let told = world.policy(&["explain", "--", "rm -rf target"]).code(ASKED).stdout;
    for words in [
        "destructive, medium risk",
        "⟦",
        "really: \"rm\" \"-rf\" \"target\"",
        "1 files",
        "always would be: exactly `rm -rf target`",
        "[[rules]]",
    ] {
        assert!(told.contains(words), "{words}:\n{told}");
    }
    let told = world.policy(&["explain", "--", "echo cm0gLXJmIC8= | base64 -d | sh"]).code(DENIED).stdout;
    assert!(told.contains("hidden as base64: rm -rf /") && told.contains("no rule is proposed"), "{told}");
    // What is shown cannot act.
    let told = world.policy(&["explain", "--", "ls \u{1b}[2K\u{202e}x"]).code(DENIED).stdout;
    assert!(!told.contains('\u{1b}') && !told.contains('\u{202e}') && told.contains('␛'), "{told:?}");
}

#[test]
fn a_batch_is_one_verdict_a_line_for_another_user_as_well() {
    let world = World::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/risk/public.jsonl");
    let output =
        world.check(&["--batch", root.to_str().unwrap(), "--workspace", "/home/u/proj", "--user", "u"]).code(0);
    let verdicts = output.json_lines();
    let rows: Vec<Value> =
        fs::read_to_string(root).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(verdicts.len(), rows.len());
    for (row, verdict) in rows.iter().zip(&verdicts) {
        assert_eq!(row["id"], verdict["id"]);
        for key in ["decision", "class", "risk", "reason"] {
            assert!(verdict[key].is_string(), "{verdict}");
        }
        // Links of the corpus are not there.
        if row.get("fixture").is_none() {
            assert_eq!(row["expect"], verdict["decision"], "{row} {verdict}");
        }
    }
    let lines = "{\"id\":1,\"command\":\"ls\"}\nnonsense\n{\"id\":\"b\",\"command\":\"rm -rf ~\"}\n";
    let output = world
        .home
        .cmd(["policy", "check", "--batch", "-", "--user", "u"])
        .cwd(world.work.path())
        .stdin(lines)
        .run()
        .code(1);
    let decisions: Vec<Value> = output.json_lines().iter().map(|line| line["decision"].clone()).collect();
    assert_eq!(decisions, ["allow", "ask", "deny"]);
}

#[test]
fn a_policy_that_cannot_be_used_allows_nothing_and_is_named() {
    let world = World::new();
    let file = world.home.write("policy.toml", "extends = \"default\"\n[[rules]]\nname = \"make\"\ndecision = \"allow\"\ncommand = \"make\"\nclass = \"build\"\n");
    assert!(world.check(&["--", "make"]).code(0).stdout.contains("policy.toml:2 make"));
    assert!(world.policy(&["show"]).code(0).stdout.contains("make"));
    assert!(world.policy(&["verify", file.to_str().unwrap()]).code(0).stdout.contains("can be used"));
    world.home.write("policy.toml", "extends = \"default\"\n[[rules]]\nname = \"all\"\ndecision = \"allow\"\n");
    let said = world.policy(&["verify", file.to_str().unwrap()]).code(1).stderr;
    assert!(said.contains("policy.toml:2") && said.contains("would allow everything"), "{said}");
    // Without a server there is no last good one.
    let output = world.check(&["--", "ls"]).code(ASKED);
    assert!(output.stderr.contains("policy.toml:2"), "{}", output.stderr);
    for name in ["default", "strict", "trusted-build", "read-only"] {
        assert!(world.policy(&["show", name]).code(0).stdout.contains("[[rules]]"), "{name}");
    }
    assert!(world.policy(&["show", "../../etc/passwd"]).code(3).stderr.contains("there is no policy"));
}

#[test]
fn a_saved_policy_counts_at_once_and_a_broken_one_leaves_the_last_good_one() {
    let world = World::new();
    let id = world.agent();
    let ask = |command: &str| -> Value {
        let request = json!({ "terminal": id, "command": command });
        world.ask(&request).expect("a verdict")
    };
    assert_eq!(ask("make")["decision"], "ask");
    let good = "extends = \"default\"\n[[rules]]\nname = \"make\"\ndecision = \"allow\"\ncommand = \"make\"\nclass = \"build\"\n";
    world.home.write("policy.toml", good);
    wait_until("the new policy", || (ask("make")["decision"] == "allow").then_some(()));
    world.home.write("policy.toml", &good.replace("allow", "perhaps"));
    let verdict = wait_until("the mistake", || Some(ask("make")).filter(|verdict| verdict["problem"].is_string()));
    assert_eq!(verdict["decision"], "allow", "the last good one: {verdict:#}");
    assert!(verdict["problem"].as_str().unwrap().contains("policy.toml:4"), "{verdict:#}");
    for verb in [&["health"][..], &["doctor"], &["config", "check"]] {
        let told = world.home.cmd(verb.iter()).run();
        assert!((told.stdout + &told.stderr).contains("policy.toml:4"), "{verb:?}");
    }
    world.home.write("policy.toml", "extends = \"strict\"\n");
    wait_until("the strict one", || (ask("ls")["decision"] == "ask").then_some(()));
    // One that it extends is a file of the user's.
    world.home.write(
        "policies/mine.toml",
        "extends = \"default\"\n[[rules]]\nname = \"no ls\"\ndecision = \"deny\"\ncommand = \"ls ...\"\n",
    );
    world.home.write("policy.toml", "extends = \"mine\"\n");
    wait_until("the user's own", || (ask("ls")["decision"] == "deny").then_some(()));
}

#[test]
fn a_step_of_an_agent_is_judged_in_its_folder_and_explained() {
    let world = World::new();
    let id = world.agent();
    let ask = |more: Value| {
        let mut request = json!({ "terminal": id });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.ask(&request)
    };
    assert_eq!(ask(json!({"command": "git status"})).unwrap()["decision"], "allow");
    assert_eq!(
        ask(json!({"command": format!("cat {}/x", world.home.path().display())})).unwrap()["decision"],
        "deny",
        "the supervisor's own"
    );
    assert_eq!(ask(json!({"tool": "edit", "paths": [".git/hooks/pre-commit"]})).unwrap()["decision"], "ask");
    let told = ask(json!({"command": "rm -rf src", "explain": true})).unwrap();
    assert!(told["effects"].as_array().is_some_and(|effects| !effects.is_empty()), "{told:#}");
    assert!(told["proposals"].as_array().is_some_and(|all| !all.is_empty()), "{told:#}");
    // What git would run for a look.
    fs::write(world.work.path().join(".git/config"), "[core]\n\tfsmonitor = ./x.sh\n").unwrap();
    let told = ask(json!({"command": "git status"})).unwrap();
    assert_eq!(told["decision"], "ask", "{told:#}");
    assert!(told["reason"].as_str().unwrap().contains("core.fsmonitor"), "{told:#}");
    for bad in
        [json!({"tool": "telepathy"}), json!({"folder": "here", "command": "ls"}), json!({"terminal": "00000000"})]
    {
        assert!(ask(bad.clone()).is_none(), "{bad}");
    }
    // A link that leads out.
    std::os::unix::fs::symlink("/etc/hosts", world.work.path().join("notes.txt")).unwrap();
    let told = ask(json!({"command": "cat notes.txt"})).unwrap();
    assert_eq!(told["decision"], "ask", "{told:#}");
    assert!(told["reason"].as_str().unwrap().contains("is a link"), "{told:#}");
}

#[test]
fn a_repositorys_policy_counts_once_it_is_trusted_and_only_tightens() {
    let world = World::new();
    let write = |text: &str| {
        fs::create_dir_all(world.work.path().join(".conductor")).unwrap();
        fs::write(world.work.path().join(".conductor/policy.toml"), text).unwrap();
    };
    write("[[rules]]\nname = \"no lists\"\ndecision = \"deny\"\nreason = \"not here\"\ncommand = \"ls ...\"\n");
    let id = world.agent();
    let ask = |command: &str| world.ask(&json!({ "terminal": id, "command": command })).expect("a verdict");
    let before = ask("ls");
    assert_eq!(before["decision"], "allow", "{before:#}");
    assert!(before["problem"].as_str().is_some_and(|why| why.contains("conductor-tui trust")), "{before:#}");
    let trust = || {
        let cli = |words: &[&str]| world.home.cmd(words.iter()).cwd(world.work.path()).run().ok();
        let shown = cli(&["trust", ".", "--show", "--json"]).json();
        drop(cli(&["trust", ".", "--yes", shown["hash"].as_str().unwrap()]));
    };
    trust();
    let denied = ask("ls -la");
    assert_eq!((&denied["decision"], &denied["problem"]), (&json!("deny"), &Value::Null), "{denied:#}");
    assert!(denied["reason"].as_str().unwrap().contains("not here"), "{denied:#}");
    assert_eq!(ask("cat x")["decision"], "allow");
    assert_eq!(ask("rm -rf /")["decision"], "deny");
    // What changed is trusted no more; and what would allow is not used.
    write("[[rules]]\nname = \"all\"\ndecision = \"allow\"\ncommand = \"make\"\n");
    assert_eq!(ask("make")["decision"], "ask");
    trust();
    let refused = ask("make");
    assert_eq!(refused["decision"], "ask", "{refused:#}");
    assert!(refused["problem"].as_str().is_some_and(|why| why.contains("only make things stricter")), "{refused:#}");
}
