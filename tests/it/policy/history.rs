//! What agents did is kept as their hooks tell of it, with what the rules said, and judged once more by `policy test`.

use super::World;
use crate::support::home::binary;
use crate::support::need;
use crate::support::wait::wait_until;
use serde_json::Value;

/// Its steps are told by a hook that scripts call.
const PLAYER: &str = r#"
name = "player"
title = "Player"
needs_command = true
[hooks]
environment = { PLAYER_HOOK = "{shell}" }
on = [{ event = "before", status = "running", within = true }]
[hooks.steps]
event = "before"
tool = "tool"
command = "input.command"
paths = ["input.path"]
folder = "cwd"
shell = ["sh"]
edit = ["write"]
"#;

fn steps(world: &World) -> Vec<Value> {
    let all = world.home.api("/policy/steps").unwrap_or_default();
    all["steps"].as_array().cloned().unwrap_or_default()
}

#[test]
fn steps_of_agents_are_kept_and_judged_again_by_other_rules() {
    need!("python3");
    let world = World::new();
    world.home.write("providers/player.toml", PLAYER);
    let step = |tool: &str, input: &str| {
        format!(
            "printf '%s' '{{\"tool\":\"{tool}\",\"input\":{input}}}' | {} hook player --socket \"$CONDUCTOR_SOCKET\" \
             --terminal \"$CONDUCTOR_TERMINAL_ID\" before; ",
            binary()
        )
    };
    let script = [
        step("sh", "{\"command\":\"ls src\"}"),
        step("sh", "{\"command\":\"cargo test\"}"),
        step("sh", "{\"command\":\"rm -rf /\"}"),
        step("write", "{\"path\":\"notes.txt\"}"),
        step("mcp__git__push", "{}"),
        // The hook cuts it: what was left would look harmless.
        step("sh", &format!("{{\"command\":\"ls {}; rm -rf /\"}}", "a".repeat(5_000))),
        "exec sleep 1000".into(),
    ]
    .concat();
    let words = ["launch", "--headless", "--json", "-p", "player", "--", "bash", "-c", &script];
    let _ = world.home.cmd(words).cwd(world.work.path()).run().ok();
    let kept = wait_until("five steps", || Some(steps(&world)).filter(|steps| steps.len() == 5));
    let said = |n: usize| {
        let step = &kept[kept.len() - 1 - n];
        (step["tool"].as_str().unwrap().to_owned(), step["decision"].as_str().unwrap().to_owned())
    };
    let mut all: Vec<_> = (0..5).map(said).collect();
    // They are told one after the other and judged side by side.
    all.sort();
    let wanted = [("edit", "ask"), ("mcp:git/push", "ask"), ("shell", "allow"), ("shell", "ask"), ("shell", "deny")];
    assert_eq!(all, wanted.map(|(tool, said)| (tool.to_owned(), said.to_owned())));
    assert_eq!(kept[0]["workspace"], world.work.path().display().to_string());

    let told = world.policy(&["test"]).ok().stdout;
    assert!(told.contains("5 steps") && told.contains("0 otherwise"), "{told}");
    let told = world.policy(&["test", "--policy", "trusted-build"]).ok().stdout;
    assert!(told.contains("ask → allow") && told.contains("cargo test") && told.contains("1 otherwise"), "{told}");
    // A file that is not in force yet.
    let file = world.home.write(
        "candidate.toml",
        "extends = \"default\"\n[[rules]]\nname = \"no-edits\"\ntool = \"edit\"\ndecision = \"deny\"\nreason = \"nobody writes\"\n",
    );
    let told = world.policy(&["test", "--json", "--policy", file.to_str().unwrap()]).ok().json();
    assert_eq!((&told["steps"], &told["changed"][0]["is"]), (&Value::from(5), &Value::from("deny")), "{told:#}");
    assert_eq!(told["changed"].as_array().unwrap().len(), 1, "{told:#}");
    // A page at a time, and of one tool.
    let page = world.home.api("/policy/steps?tool=shell&most=2").unwrap();
    let last = world.home.api(&format!("/policy/steps?tool=shell&most=2&before={}", page["next"])).unwrap();
    let count = |page: &Value| page["steps"].as_array().map_or(0, Vec::len);
    assert_eq!((count(&page), count(&last), &last["next"]), (2, 1, &Value::Null), "{page:#}{last:#}");
    assert!(world.policy(&["test", "--since", "soon"]).code(2).stderr.contains("no time to begin with"));
    // A rule that is proposed says what else it would have allowed; the server says the same.
    let told = world.policy(&["explain", "--", "cargo test -q"]).code(10).stdout;
    assert!(
        told.contains("of 3 steps of the last 30 days it would have allowed 0\n")
            && told.contains("would have allowed 1: `cargo test`"),
        "{told}"
    );
    let step = serde_json::json!({"command": "cargo test -q", "folder": world.work.path(), "explain": true});
    let also: Vec<Value> =
        world.ask(&step).unwrap()["proposals"].as_array().unwrap().iter().map(|p| p["also"]["count"].clone()).collect();
    assert_eq!(also, [0, 1].map(Value::from));
    // An agent is told what the rules say, and nothing of what others did.
    let asks = "import socket,os;s=socket.socket(socket.AF_UNIX);s.connect(os.environ['CONDUCTOR_SOCKET']);\
                b='{\"command\":\"cargo test -q\",\"explain\":true}';\
                s.sendall(('POST /policy/check HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nContent-Type: application/json\\r\\n'\
                'Content-Length: %d\\r\\n\\r\\n%s'%(len(b),b)).encode());f=s.makefile('rb');open('said','wb').write(f.read())";
    let words = ["launch", "--headless", "--json", "--", "python3", "-c", asks];
    let _ = world.home.cmd(words).cwd(world.work.path()).run().ok();
    let said = wait_until("the agent's answer", || {
        let said = std::fs::read_to_string(world.work.path().join("said")).ok()?;
        said.contains("proposals").then_some(said)
    });
    assert!(said.contains("\"decision\":\"ask\"") && said.contains("\"toml\""), "{said}");
    assert!(!said.contains("\"count\"") && !said.contains("\"cargo test\""), "{said}");
    // They are there after a server's end.
    let _ = world.home.cmd(["shutdown", "--restart"]).run().ok();
    let told = wait_until("the next server", || {
        let told = world.policy(&["test", "--since", "1h"]);
        (told.code == 0).then_some(told.stdout)
    });
    assert!(told.contains("5 steps"), "{told}");
}
