//! What can be wrong with a launch: each is told in a sentence, with its exit code, and leaves nothing behind.

use crate::support::server::block_on;
use crate::support::{Home, Output, wait_until};

#[track_caller]
fn refused(home: &Home, words: &[&str]) -> Output {
    let output = home.cmd(["launch", "--headless"].iter().chain(words)).run();
    assert_ne!(output.code, 0, "{output:?}");
    assert!(output.stderr.starts_with("Error: "), "{output:?}");
    assert_eq!(home.terminals(), Vec::<serde_json::Value>::new(), "nothing is left behind");
    output
}

#[test]
fn an_unknown_provider_names_the_known_ones() {
    let home = Home::new();
    let output = refused(&home, &["--provider", "claud"]);
    assert!(output.stderr.contains("`claud`") && output.stderr.contains("claude_code"), "{}", output.stderr);
}

#[test]
fn a_missing_program_is_named() {
    let home = Home::new();
    let output = refused(&home, &["--", "no-such-program-here"]);
    assert!(output.stderr.contains("no-such-program-here") && output.stderr.contains("PATH"), "{}", output.stderr);
    let output = refused(&home, &["--", "/nowhere/at/all"]);
    assert!(output.stderr.contains("/nowhere/at/all"), "{}", output.stderr);
}

#[test]
fn a_program_that_cannot_be_run_says_why() {
    let home = Home::new();
    let plain = home.write("plain", "no program").display().to_string();
    let output = refused(&home, &["--", &plain]);
    assert!(output.stderr.contains("plain"), "{}", output.stderr);
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let home = Home::new();
    let file = home.write("file", "").display().to_string();
    for bad in ["/nowhere/at/all", &file] {
        let output = refused(&home, &["--cwd", bad, "--", "cat"]);
        assert!(output.stderr.contains(bad) && output.stderr.contains("--cwd"), "{}", output.stderr);
    }
}

#[test]
fn a_bad_line_of_the_configuration_is_shown_with_its_number_and_the_nearest_key() {
    let home = Home::new();
    home.write("config.toml", "[server]\ntcp = true\nporrt = 1\n");
    for verb in [&["launch", "--headless"][..], &["terminals"], &["server"], &["config", "check"]] {
        let output = home.cmd(verb).run();
        assert_ne!(output.code, 0, "{output:?}");
        let all = output.stdout.clone() + &output.stderr;
        assert!(all.contains("config.toml:3") && all.contains("port"), "{verb:?}: {all}");
    }
    assert_eq!(home.leftovers(), Vec::<i32>::new());
}

#[test]
fn an_agent_gets_the_users_own_umask_and_signals() {
    let home = Home::new();
    let script = "umask; exec cat";
    let words = ["launch", "--headless", "--json", "--", "sh", "-c", script].map(|word| format!("'{word}'")).join(" ");
    let binary = crate::support::home::binary();
    // Whoever started the fork server and the server has another one.
    home.launch("first", &["cat"]);
    let agent = home.agent_of(home.program("sh", ["-c", &format!("umask 027; exec {binary} {words}")]).run());
    home.wait_screen(&agent.id, "0027");
    assert_eq!(signals(agent.pid, "SigBlk"), 0);
    // What this test was started with ignored goes down to everybody; nothing of ours may be added.
    let inherited = signals(std::process::id() as i32, "SigIgn");
    assert_eq!(signals(agent.pid, "SigIgn") & !inherited, 0);
    // Also from a server and a fork server that were started again.
    let fork_server = home.fork_server_pid().unwrap();
    crate::support::proc::kill(fork_server);
    crate::support::wait_until("another fork server", || home.fork_server_pid().filter(|pid| *pid != fork_server));
    let killed = home.kill_server();
    home.server_other_than(Some(killed));
    let _ = home.cmd(["restart", &agent.id]).run().ok();
    wait_until("a second word of it", || {
        let output = home.cmd(["output", &agent.id]).run().ok();
        (output.stdout.matches("0027").count() == 2).then_some(())
    });
    // Nobody's client: the server's own, which is that of whoever started it.
    let client = home.client();
    let request = serde_json::json!({ "session_name": "api", "command": ["sh", "-c", script] });
    let row: serde_json::Value = block_on(async { client.post("/sessions", &request).await.unwrap() });
    home.wait_screen(row["id"].as_str().unwrap(), &format!("{:04o}", umask_of(std::process::id())));
}

fn umask_of(pid: u32) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:")).unwrap();
    u32::from_str_radix(line.trim(), 8).unwrap()
}

fn signals(pid: i32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    let mask = u64::from_str_radix(line.split_whitespace().nth(1).unwrap(), 16).unwrap();
    // 32 and 33 are the C library's own.
    mask & !(0b11 << 31)
}
