//! The verbs that set up and start: server, init, config, doctor, health, providers, completions, launch, worker; with
//! their defaults, their errors and their exit codes.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::fleet::id;
use crate::support::{Home, Output, wait_until};

/// Fails unless a verb ended with this code and told an error with these words, and a hint.
#[track_caller]
fn refused(output: Output, code: i32, words: &[&str]) {
    let output = output.code(code);
    let said = &output.stderr;
    assert!(said.starts_with("Error: ") && said.contains("\nHint: "), "{said}");
    assert!(words.iter().all(|word| said.contains(word)), "{words:?} in:\n{said}");
    assert_eq!(output.stdout, "", "an error says nothing on standard output");
}

/// The fields of a terminal that scripts may rely on.
const FIELDS: &[&str] = &[
    "id",
    "session",
    "session_name",
    "window",
    "window_name",
    "role",
    "provider",
    "profile",
    "agent_profile",
    "status",
    "waiting_for",
    "title",
    "cwd",
    "pid",
    "holder_pid",
    "created_at",
    "since",
    "log_path",
    "cols",
    "rows",
    "exit_code",
];

#[track_caller]
fn check_terminal(t: &Value) {
    let has: BTreeSet<&str> = t.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(FIELDS.iter().all(|field| has.contains(field)), "{t}");
    let id = t["id"].as_str().unwrap();
    assert!(id.len() == 8 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{id}");
    assert!(t["pid"].as_i64().is_some_and(|p| p > 1) && t["holder_pid"].as_i64().is_some_and(|p| p > 1), "{t}");
    assert_eq!(
        (&t["session"], &t["window"], &t["profile"]),
        (&t["session_name"], &t["window_name"], &t["agent_profile"])
    );
    assert_eq!((&t["cols"], &t["rows"], &t["exit_code"]), (&json!(120), &json!(40), &Value::Null));
    assert!(t["log_path"].as_str().unwrap().ends_with(&format!("/logs/terminal/{id}.log")));
    for time in ["created_at", "since"] {
        assert!(t[time].as_str().is_some_and(|t| t.len() >= 20 && t.ends_with('Z')), "{t}");
    }
}

#[test]
fn help_of_the_whole_program() {
    let home = Home::new();
    let help = home.cmd(["--help"]).env("COLUMNS", "100").run().ok().stdout;
    insta::assert_snapshot!("help", help);
    assert_eq!(home.cmd(["--version"]).run().ok().stdout, format!("conductor-tui {}\n", env!("CARGO_PKG_VERSION")));
    // Every verb says what it does, and each of its options too.
    let verbs = help.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| !l.is_empty());
    // What a verb does may go on in the next line.
    for verb in verbs.filter(|line| !line.starts_with("   ") && !line.starts_with("  help ")) {
        let verb = verb.split_whitespace().next().unwrap();
        let said = home.cmd([verb, "--help"]).run().ok().stdout;
        assert!(said.contains("Usage: conductor-tui "), "{said}");
    }
}

#[test]
fn usage_errors_look_like_all_others() {
    let home = Home::new();
    for (words, said) in [
        ("--nope", "--nope"),
        ("nope", "nope"),
        ("sesions", "sessions"),
        ("send", "<TERMINAL>"),
        ("wait abc", "--status"),
        ("wait abc --status ready --timeout soon", "soon"),
        ("output abc --mode half", "half"),
        ("launch --env X", "NAME=VALUE"),
        ("debug screen --raw x --cols 70000", "70000"),
        ("shutdown --all --session x", "--session"),
        ("attach x --color maybe", "maybe"),
        ("sessions --host ftp://x", "ftp://x"),
        ("sessions --host ssh://me@there", "ssh"),
    ] {
        refused(home.verb(words).run(), 2, &[said]);
    }
    assert!(!home.join("run").exists(), "nothing was made for a wrong word");
}

#[test]
fn without_a_server_only_launching_starts_one() {
    let home = Home::new();
    for words in [
        "health",
        "sessions",
        "terminals",
        "ps",
        "providers",
        "status x",
        "send x -m y",
        "keys x y",
        "output x",
        "wait x --status ready",
        "rename x y",
        "restart x",
        "resume x",
        "close x",
        "kill x",
        "shutdown",
        "worker x --headless",
        "sessions --json",
        "--quiet health",
    ] {
        refused(home.verb(words).run(), 4, &["no server is running", "conductor-tui"]);
    }
    let elsewhere = format!("unix://{}", home.join("nobody.sock").display());
    refused(home.cmd(["--host", &elsewhere, "sessions"]).run(), 4, &["nobody.sock"]);
    refused(home.cmd(["--host", "http://127.0.0.1:1", "sessions"]).run(), 4, &["127.0.0.1:1"]);
    assert_eq!(home.leftovers(), [0; 0]);
    // Two agents, started at once, find one server.
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| home.launch_script("one", "exec sleep 10000"));
        let two = scope.spawn(|| home.launch_script("two", "exec sleep 10000"));
        (one.join().unwrap(), two.join().unwrap())
    });
    assert_ne!(id(&one), id(&two));
    assert_eq!(home.listed().len(), 2);
}

#[test]
fn a_launch_by_its_defaults() {
    let home = Home::new();
    let first = home.verb("launch --headless --json").run().ok().json();
    check_terminal(&first);
    let at = |t: &Value, key: &str| t[key].as_str().unwrap_or_default().to_owned();
    assert_eq!(at(&first, "session"), "conductor-work", "named after the directory");
    assert_eq!(
        (at(&first, "window"), at(&first, "role"), at(&first, "provider")),
        ("supervisor-shell".into(), "supervisor".into(), "shell".into())
    );
    assert_eq!(at(&first, "cwd"), home.work().display().to_string());
    assert_eq!(first["command"], json!(["/bin/sh"]), "$SHELL");
    let second = home.verb("launch --headless --json").run().ok().json();
    assert_eq!(at(&second, "session"), "conductor-work-2");
    let text = home.verb("launch --headless --session-name conductor-x").run().ok().stdout;
    assert!(text.contains("  x  supervisor-shell\n"), "people see the name without its prefix: {text}");
    refused(home.verb("launch --headless --session-name x").run(), 1, &["session x exists", "worker x`"]);
    refused(home.cmd(["launch", "--headless", "--session-name", "///"]).run(), 2, &["///"]);
    assert_eq!(home.verb("launch --headless --quiet --session-name q").run().ok().stdout, "");
    // Workers: by the short or the full name, numbered.
    for (session, window) in [("x", "worker-shell"), ("conductor-x", "worker-shell-2"), ("x", "worker-shell-3")] {
        let t = home.cmd(["worker", session, "--headless", "--json"]).run().ok().json();
        check_terminal(&t);
        assert_eq!(
            (at(&t, "window"), at(&t, "role"), at(&t, "session")),
            (window.into(), "worker".into(), "conductor-x".into())
        );
    }
    let t = home.verb("worker x --headless --json --agent-profile reviewer").run().ok().json();
    assert_eq!((at(&t, "window"), at(&t, "profile")), ("worker-reviewer".into(), "reviewer".into()));
    let t = home.verb("worker x --headless --json --name reader").run().ok().json();
    assert_eq!(at(&t, "window"), "reader");
    let t = home.verb("worker x --headless --json --name reader").run().ok().json();
    assert_eq!(at(&t, "window"), "reader-2");
    for name in ["nobody", "conductor-nobody"] {
        let words = format!("worker {name} --headless");
        refused(home.verb(&words).run(), 3, &["no session nobody", "conductor-tui sessions"]);
    }
    // With the screen, a launch needs a terminal to show it in.
    let before = home.listed().len();
    let said = home.verb("launch --session-name unseen").run().code(1).stderr;
    assert!(said.contains("needs a terminal"), "{said}");
    assert_eq!(home.listed().len(), before, "and starts nothing without one");
}

#[test]
fn a_launch_with_everything_said() {
    let home = Home::new();
    std::fs::create_dir_all(home.work().join("deep/er")).unwrap();
    let words = [
        "launch",
        "--headless",
        "--json",
        "--cwd",
        "deep/er",
        "--env",
        "A=b c=d",
        "--env",
        "EMPTY=",
        "--",
        "/bin/sh",
        "-c",
        "pwd; echo \"[$A][$EMPTY][$HIDDEN][$TMUX][$TERM][$COLORTERM][$CONDUCTOR_SESSION][$1]\"; echo $CONDUCTOR_TERMINAL_ID $CONDUCTOR_SOCKET; exec sleep 10000",
        "sh",
        "--help",
    ];
    let run = home.cmd(words).env("HIDDEN", "no").env("TMUX", "/tmp/x,1,0").env("CONDUCTOR_TOKEN_FILE", "x");
    let t = run.run().ok().json();
    check_terminal(&t);
    let deep = home.work().join("deep/er").display().to_string();
    assert_eq!((t["cwd"].as_str(), t["session"].as_str()), (Some(deep.as_str()), Some("conductor-er")));
    let said = home.wait_output(&id(&t), "server.sock");
    let expected = format!(
        "{deep}\n[b c=d][][no][][xterm-256color][truecolor][conductor-er][--help]\n{} {}\n",
        id(&t),
        home.join("run/server.sock").display()
    );
    assert_eq!(said, expected);
    // What cannot be started is told, and leaves nothing.
    let before = home.verb("sessions --json").run().ok().json().as_array().unwrap().len();
    refused(home.verb("launch --headless -- no-such-program").run(), 2, &["`no-such-program` was not found", "PATH"]);
    refused(home.verb("launch --headless --provider codex").run(), 2, &["cannot start Codex", "`codex` was not found"]);
    refused(
        home.verb("launch --headless --provider nope").run(),
        2,
        &["no provider `nope`", "aider, claude_code, codex"],
    );
    refused(home.verb("launch --headless --cwd nowhere").run(), 2, &["nowhere", "No such file", "--cwd"]);
    let text = home.write("work/text", "not a program");
    refused(home.cmd(["launch", "--headless", "--", text.to_str().unwrap()]).run(), 2, &["text"]);
    refused(home.verb("--read-only launch --headless").run(), 5, &["--read-only"]);
    assert_eq!(home.verb("sessions --json").run().ok().json().as_array().unwrap().len(), before);
}

#[test]
fn a_launch_with_workers_is_whole_or_not_at_all() {
    let home = Home::new();
    let t = home.verb("launch --headless --json --session-name team --with-worker a --with-worker a").run().ok().json();
    assert_eq!((t["role"].as_str(), t["window"].as_str()), (Some("supervisor"), Some("supervisor-shell")));
    let windows: Vec<Value> = home.listed().iter().map(|t| t["window"].clone()).collect();
    assert_eq!(windows, ["supervisor-shell", "worker-a", "worker-a-2"]);
    // The second worker cannot be started: the whole session goes.
    let body = json!({
        "session_name": "half", "role": "supervisor",
        "workers": [{ "role": "worker" }, { "role": "worker", "command": ["no-such-program"] }],
    });
    let (port, token) = (home.port(), home.token());
    let request = crate::support::http::Request::new("POST", "/sessions");
    let request = request.line(&format!("Host: 127.0.0.1:{port}")).bearer(&token).json(&body.to_string());
    assert_eq!(crate::support::http::ask(port, &request).status, 422);
    assert_eq!(home.listed().len(), 3);
    assert_eq!(home.verb("sessions --json").run().ok().json().as_array().unwrap().len(), 1);
}

#[test]
fn a_server_in_the_foreground() {
    let home = Home::new();
    let mut server = home.verb("server").start(&home.join("server.out"));
    wait_until("the server", || (home.verb("health").run().code == 0).then_some(()));
    let health = home.health();
    let keys: BTreeSet<&str> = health.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(["status", "server", "version", "pid", "uptime_s"].iter().all(|k| keys.contains(k)), "{health}");
    assert_eq!(
        (&health["status"], &health["server"], &health["pid"]),
        (&json!("ok"), &json!("running"), &json!(server.pid()))
    );
    assert!(home.verb("health").run().ok().stdout.starts_with("ok: server "));
    // One for a home; a second one says so.
    let second = home.verb("server").run().code(1);
    assert!(
        second.stderr.contains("Error: ") && second.stderr.contains(&server.pid().to_string()),
        "{}",
        second.stderr
    );
    let agent = home.launch_script("one", "exec sleep 10000");
    server.signal(libc::SIGTERM);
    assert_eq!(server.wait(), 0, "{}", server.said());
    assert!(crate::support::proc::alive(agent["pid"].as_i64().unwrap() as i32), "agents go on");
    refused(home.verb("health").run(), 4, &["no server"]);
    // `--headless` is the same; the agent is found again.
    let mut server = home.verb("--headless").start(&home.join("server2.out"));
    wait_until("the agent's row", || {
        let rows = home.verb("terminals --json").run();
        (rows.code == 0 && rows.json()[0]["pid"] == agent["pid"]).then_some(())
    });
    assert_eq!(home.verb("shutdown --quiet").run().ok().stdout, "");
    assert_eq!(server.wait(), 0);
}

/// As `init` would have made it.
fn make_private(home: &Home) {
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_taken_port_is_told_and_the_socket_serves() {
    let home = Home::new();
    make_private(&home);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let _ = home.verb("launch --headless").env("CONDUCTOR_SERVER_PORT", &port).run().ok();
    let health = home.health();
    assert!(health["tcp"].as_str().is_some_and(|t| t.contains(&port) && !t.starts_with("http")), "{health}");
    let doctor = home.verb("doctor").run().ok().stdout;
    assert!(doctor.contains("· TCP: ") && doctor.contains("server.port"), "{doctor}");
    assert_eq!(home.listed().len(), 1);
}

#[test]
fn homes_are_made_found_and_doctored() {
    let home = Home::new();
    make_private(&home);
    let made = home.verb("init --json").run().ok().json();
    assert_eq!(made["data"], json!(home.path()));
    assert!(home.verb("init").run().ok().stdout.contains("Ready"));
    assert_eq!(home.verb("config path").run().ok().stdout, format!("{}\n", home.join("config.toml").display()));
    assert!(home.verb("config check").run().ok().stdout.contains("built-in settings"));
    let _ = home.write("config.toml", "[log]\nsegment_mib = 3\n");
    assert!(home.verb("config check").run().ok().stdout.contains("can be used"));
    assert_eq!(home.verb("config show --json").run().ok().json()["log"]["segment_mib"], json!(3));
    assert!(home.verb("config show").run().ok().stdout.contains("segment_mib = 3"));
    // What a dead holder left is found, and removed only when asked.
    let stale = home.write("run/holders/00000001.json", "{}");
    refused_by_doctor(&home, "doctor", 1, "00000001.json");
    let findings = home.verb("doctor --json").run().code(1).json();
    assert!(findings.as_array().unwrap().iter().any(|f| f["level"] == "problem"), "{findings}");
    refused_by_doctor(&home, "doctor --fix", 0, "removed");
    assert!(!stale.exists());
    refused_by_doctor(&home, "doctor", 0, "no server runs");
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.cmd(["completions", shell]).run().ok().stdout.contains("conductor"), "{shell}");
    }
    let points = home.verb("debug pause-points").run().ok().stdout;
    assert!(points.lines().count() > 5 && points.contains("launch-before-store"));
    refused(home.verb("server --pause-points nowhere").run(), 2, &["no pause point `nowhere`"]);
    refused(home.verb("health --panic-at nowhere").run(), 2, &["no pause point `nowhere`"]);
}

#[track_caller]
fn refused_by_doctor(home: &Home, words: &str, code: i32, text: &str) {
    let said = home.verb(words).run().code(code).stdout;
    assert!(said.contains(text), "{said}");
}

#[test]
fn a_bad_configuration_stops_every_verb_and_is_shown() {
    let home = Home::new();
    let _ = home.write("config.toml", "# mine\n[server]\nprot = 1\n");
    let verbs = [
        "sessions",
        "terminals",
        "launch --headless",
        "server",
        "health",
        "init",
        "doctor",
        "config show",
        "config check",
        "wait x --status ready",
        "send x -m y",
        "shutdown",
        "attach",
    ];
    for words in verbs {
        refused(home.verb(words).run(), 2, &["config.toml:3", "`prot`", "did you mean `port`?"]);
    }
    assert_eq!(home.leftovers(), [0; 0]);
    let _ = home.write("config.toml", "");
    for (name, value) in
        [("CONDUCTOR_SERVER_PORT", "abc"), ("CONDUCTOR_SERVER_PORT", "70000"), ("CONDUCTOR_UI_MOUSE", "x")]
    {
        let said = home.verb("sessions").env(name, value).run().code(2).stderr;
        assert!(said.starts_with(&format!("Error: ${name}: ")) && said.contains(value), "{said}");
    }
}

#[test]
fn providers_are_listed_as_found() {
    let home = Home::new();
    let _ = home.launch_script("one", "exec sleep 10000");
    let all = home.verb("providers --json").run().ok().json();
    let named = |name: &str| all.as_array().unwrap().iter().find(|p| p["name"] == name).unwrap().clone();
    assert_eq!((&named("shell")["path"], &named("shell")["missing"]), (&json!("/bin/sh"), &Value::Null));
    for name in ["claude_code", "codex"] {
        assert!(named(name)["title"].is_string() && named(name)["takes_prompt"] == json!(true), "{all}");
    }
    let text = home.verb("providers").run().ok().stdout;
    assert!(text.starts_with("PROVIDER ") && text.contains("Claude Code"), "{text}");
}

/// A launch looks for programs where it was made, not where the server was started.
#[test]
fn a_program_is_found_where_one_asks_from() {
    let home = Home::new();
    let _ = home.launch_script("one", "exec sleep 10000");
    let program = home.write("bin/codex", "#!/bin/sh\n");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let found = |path: &str| {
        let all = home.cmd(["providers", "--json"]).env("PATH", path).run().ok().json();
        all.as_array().unwrap().iter().find(|p| p["name"] == "codex").unwrap()["path"].clone()
    };
    assert_eq!(found(&format!("/bin:{}", program.parent().unwrap().display())), json!(program));
    assert_eq!(found("/bin"), Value::Null);
}

/// A mistake in a file of one's own is told wherever one would look for it.
#[test]
fn a_kind_of_agent_that_cannot_be_used_is_told_of() {
    let home = Home::new();
    let file = home.write("providers/mine.toml", "name = \"mine\"\ntitle = \"Mine\"\ncolour = \"red\"\n");
    let problem = format!("{}: line 3: unknown field `colour`", file.display());
    // Without a server as well, with the kinds that can be used.
    for verb in ["doctor", "config check"] {
        let said = home.verb(verb).run().code(1).stdout;
        assert!(said.contains(&problem), "{verb}: {said}");
    }
    assert!(home.verb("doctor").run().code(1).stdout.contains("states by process"));
    let _ = home.launch_script("one", "exec sleep 10000");
    let listed = home.verb("providers").run().ok();
    assert!(listed.stderr.contains(&format!("Warning: cannot be used: {problem}")), "{}", listed.stderr);
    for verb in ["doctor", "config check"] {
        let said = home.verb(verb).run().code(1).stdout;
        assert!(said.contains(&problem), "{verb}: {said}");
    }
    assert!(home.verb("health").run().ok().stderr.contains(&problem));
    let outer = home.outer().size(160, 45).conductor([""; 0]);
    outer.wait_text("mine.toml: line 3: unknown field");
}

#[test]
fn the_same_verbs_over_tcp() {
    let home = Home::new();
    let agent = id(&home.launch_script("one", "stty -echo; echo up; read x; echo \"<$x>\"; exec sleep 10000"));
    home.wait_output(&agent, "up");
    let host = format!("http://127.0.0.1:{}", home.port());
    let there = |words: &[&str]| home.cmd(["--host", &host].iter().chain(words).copied());
    assert_eq!(there(&["terminals", "--json"]).run().ok().json()[0]["id"], json!(agent));
    assert_eq!(there(&["send", &agent, "-m", "by tcp"]).run().ok().stdout, "sent\n");
    home.wait_output(&agent, "<by tcp>");
    let _ = there(&["wait", &agent, "--status", "initializing,ready,running,unknown"]).run().ok();
    // Without the token: what everybody may know, and nothing else.
    let other = Home::new();
    assert_eq!(other.cmd(["--host", &host, "health", "--json"]).run().ok().json().as_object().unwrap().len(), 3);
    refused(other.cmd(["--host", &host, "terminals"]).run(), 5, &["token"]);
    let said = other.cmd(["--host", &host, "wait", &agent, "--status", "ready"]).run().code(5).stderr;
    assert!(said.starts_with("Error: ") && !said.contains("panicked"), "{said}");
    // The token is shown to this machine alone.
    let listener = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut asking = home.cmd(["--host", &address, "terminals"]).start(&home.join("asking"));
    let (mut stream, _) = listener.accept().unwrap();
    let mut head = Vec::new();
    wait_until("the request's head", || {
        use std::io::Read;
        let mut buffer = [0; 1024];
        let n = stream.read(&mut buffer).unwrap();
        head.extend_from_slice(&buffer[..n]);
        head.ends_with(b"\r\n\r\n").then_some(())
    });
    drop(stream);
    assert!(!String::from_utf8_lossy(&head).contains(&home.token()));
    assert_eq!(asking.wait(), 1);
}
