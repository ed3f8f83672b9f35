//! What agents get as their environment, by launches, files and restarts; and who never gets to see it.

use crate::support::fleet::id;
use crate::support::home::binary;
use crate::support::server::block_on;
use crate::support::{Home, wait_until};
use serde_json::{Value, json};
use std::fs;

/// Says what it has of these names, and stays.
const SAYS: &str = "echo \"[$API_KEY|$PLAIN|$BOTH|$OWN]\"; exec cat";

#[test]
fn files_of_variables_are_read_at_each_start_and_their_values_are_stored_nowhere() {
    let home = Home::new();
    home.write("work/one.env", "export API_KEY='first-secret' # mine\nPLAIN=\"a\\tb $HOME\"\nBOTH=one\nOWN=one\n");
    home.write("work/two.env", "BOTH=two\n");
    let files = ["--env-file", "one.env", "--env-file", "two.env", "--env", "OWN=own"];
    let words = ["launch", "--headless", "--json"].iter().chain(&files).chain(&["--", "sh", "-c", SAYS]).copied();
    let agent = id(&home.cmd(words).run().ok().json());
    home.wait_screen(&agent, "[first-secret|a");
    assert!(home.screen_of(&agent).contains("b $HOME|two|own]"), "{}", home.screen_of(&agent));
    // A later secret is in force from the next start on.
    home.write("work/one.env", "API_KEY=second-secret\nPLAIN=p\nOWN=one\n");
    let _ = home.cmd(["restart", &agent]).run().ok();
    home.wait_screen(&agent, "[second-secret|p|two|own]");
    // Gone: it is said, and the agent goes on.
    fs::remove_file(home.join("work/two.env")).unwrap();
    let refused = home.cmd(["restart", &agent]).run().code(2).stderr;
    for part in ["work/two.env cannot be used: No such file", "Hint: put it back"] {
        assert!(refused.contains(part), "{refused}");
    }
    assert!(home.terminal(&agent)["pid"].is_number());
    let refused = home.cmd(["launch", "--headless", "--env-file", "nowhere", "--", "cat"]).run().code(2).stderr;
    assert!(refused.contains("/work/nowhere cannot be used"), "{refused}");
    home.shut_down_all();
    let stored = stored(&home);
    assert!(stored.contains("work/one.env") && stored.contains("\"OWN\""), "the path, and what was given by name");
    for value in ["first-secret", "second-secret"] {
        assert!(!stored.contains(value), "{value} is in the database");
    }
}

/// All files of the database, as text.
fn stored(home: &Home) -> String {
    let files = fs::read_dir(home.join("db")).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

#[test]
fn nobody_sees_the_environment_of_another_agent() {
    let home = Home::new();
    let words = ["launch", "--headless", "--json", "--env", "API_KEY=ones-secret", "--env", "PLAIN=ones-plain"];
    let started = home.cmd(words.iter().chain(&["--", "sh", "-c", "echo up; exec cat"]));
    let one = id(&started.env("SERVERS_TOKEN", "servers-secret").run().ok().json());
    home.wait_screen(&one, "up");
    // As an agent of the same session: every list and every look that it may have.
    let tool = binary();
    let looks = [
        "terminals --json".to_owned(),
        "sessions --json".to_owned(),
        format!("status {one} --json --explain"),
        format!("output {one}"),
        "providers --json".to_owned(),
    ];
    let script: String = looks.iter().map(|look| format!("{tool} {look} >> looked 2>&1;")).collect();
    let script = format!("{script} env >> looked; echo looked; exec cat");
    let two = home.cmd(["worker", "work", "--headless", "--json", "--", "sh", "-c", &script]).run().ok().json();
    home.wait_screen(&id(&two), "looked");
    let seen = fs::read_to_string(home.join("work/looked")).unwrap();
    assert!(seen.contains(&one), "it did look");
    // Nor the person, by the same ways: nothing of it is in any answer.
    let client = home.client();
    let mut all = seen;
    for path in
        ["/terminals", "/sessions", &format!("/terminals/{one}"), &format!("/terminals/{one}/status"), "/worktrees"]
    {
        all += &block_on(client.get::<Value>(path)).unwrap().to_string();
    }
    for value in ["ones-secret", "ones-plain"] {
        assert!(!all.contains(value), "{value} is told");
    }
    // A launch by HTTP that brings its environment gets that, and nothing of the server's.
    let path = std::env::var("PATH").unwrap();
    let request = json!({
        "environment": {"PATH": path, "GIVEN": "yes"}, "working_directory": home.work(),
        "command": ["sh", "-c", "env > given; echo done; exec cat"],
    });
    let by_rest: Value = block_on(client.post("/sessions", &request)).unwrap();
    home.wait_screen(&id(&by_rest), "done");
    let given = fs::read_to_string(home.join("work/given")).unwrap();
    let mut names: Vec<&str> = given.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    // Those that a shell or the opening of a terminal sets by itself.
    names.retain(|name| !matches!(*name, "PWD" | "SHLVL" | "_" | "OLDPWD" | "SHELL"));
    names.sort_unstable();
    let ours = ["COLORTERM", "CONDUCTOR_PROFILE", "CONDUCTOR_SESSION", "CONDUCTOR_SOCKET", "CONDUCTOR_TERMINAL_ID"];
    let expected: Vec<&str> = ours.iter().chain(&["GIVEN", "PATH", "TERM"]).copied().collect();
    assert_eq!(names, expected);
    // One that brings none gets the server's start environment, as it says; none of it is stored.
    let request =
        json!({ "working_directory": home.work(), "command": ["sh", "-c", "echo [$SERVERS_TOKEN]; exec cat"] });
    let by_rest: Value = block_on(client.post("/sessions", &request)).unwrap();
    home.wait_screen(&id(&by_rest), "[servers-secret]");
    wait_until("all rows stored", || home.api("/health"));
    home.shut_down_all();
    let stored = stored(&home);
    for value in ["ones-secret", "servers-secret"] {
        assert!(!stored.contains(value), "{value} is in the database");
    }
    assert!(!home.read("logs/server.log").contains("secret"));
}
