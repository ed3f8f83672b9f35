//! `debug record`: what a living agent has printed becomes a recording that gives the same screen when it is replayed,
//! with what was known of its status; and nothing that is there is overwritten or mixed.

use toml_edit::DocumentMut;

use crate::support::home::binary;
use crate::support::{Home, wait_until};

const SCRIPT: &str = "style = 'codex'\n[[turns]]\nprompt = 'leave'\nsteps = [{ approve = 'touch made' }]";

fn launch(home: &Home, provider: &str, script: &str) -> String {
    let script = home.write(&format!("{provider}.toml"), script);
    let words = ["launch", "--headless", "--json", "-p", provider, "--", binary(), "debug", "fake-agent"];
    let agent = home.agent_of(home.cmd(words.iter().copied().chain([script.to_str().unwrap()])).run()).id;
    home.wait_terminal(&agent, "ready", |t| t["status"] == "ready");
    agent
}

fn states(home: &Home, dir: &str) -> DocumentMut {
    home.read(&format!("{dir}/states.toml")).parse().unwrap()
}

#[test]
fn a_recording_gives_its_screen_and_says_its_status() {
    let home = Home::new();
    let agent = launch(&home, "codex", SCRIPT);
    let dir = home.join("rec").display().to_string();
    let record = |name: &[&str]| home.cmd(["debug", "record", &agent, &dir].iter().chain(name)).run();
    let said = record(&["--name", "idle"]).ok().stdout;
    assert!(said.contains("rec/idle.raw"), "{said}");
    let (cols, rows) = {
        let terminal = home.terminal(&agent);
        (terminal["cols"].as_i64().unwrap(), terminal["rows"].as_i64().unwrap())
    };
    let all = states(&home, "rec");
    assert_eq!((all["cols"].as_integer(), all["rows"].as_integer()), (Some(cols), Some(rows)));
    assert_eq!(all["provider"].as_str(), Some("codex"));
    assert_eq!(all["states"]["idle"]["status"].as_str(), Some("ready"));
    assert!(all["states"]["idle"].get("sizes").is_none());
    let raw = home.join("rec/idle.raw").display().to_string();
    let (cols, rows) = (cols.to_string(), rows.to_string());
    let replayed = home.cmd(["debug", "screen", "--raw", &raw, "--cols", &cols, "--rows", &rows]).run().ok().stdout;
    let bare = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned();
    assert_eq!(bare(&replayed), bare(&home.read("rec/idle.txt")));
    assert!(replayed.contains("Ask Codex to do anything"), "{replayed}");

    // By its status, when no name is given; never twice.
    let _ = home.cmd(["send", &agent, "-m", "ask leave"]).run().ok();
    home.wait_terminal(&agent, "asks", |t| t["waiting_for"] == "approval");
    // Its title blinks, and says nothing new.
    let _ = wait_until("a quiet moment", || Some(record(&[])).filter(|output| output.code == 0));
    let all = states(&home, "rec");
    assert_eq!(all["states"]["waiting-approval"]["waiting_for"].as_str(), Some("approval"));
    assert_eq!(all["states"]["idle"]["status"].as_str(), Some("ready"), "the first one is still there");
    assert!(home.read("rec/waiting-approval.txt").contains("Would you like to run"));
    let refused = record(&["--name", "idle"]).code(1).stderr;
    assert!(refused.contains("has a recording idle") && refused.contains("Hint: "), "{refused}");
    assert!(record(&["--name", "../x"]).code(2).stderr.contains("no name of a recording"));

    // Another agent does not belong there.
    let other = launch(&home, "claude_code", "style = 'claude'");
    let refused = home.cmd(["debug", "record", &other, &dir, "--name", "other"]).run().code(1).stderr;
    assert!(refused.contains("holds recordings of codex, not of claude_code"), "{refused}");
    assert!(!home.join("rec/other.raw").exists());
}

#[test]
fn another_size_is_said_and_refused_where_it_does_not_belong() {
    let home = Home::new();
    let agent = launch(&home, "codex", SCRIPT);
    let dir = |name: &str| home.join(name).display().to_string();
    let record = |to: &str, name: &str| home.cmd(["debug", "record", &agent, &dir(to), "--name", name]).run();
    let _ = record("one", "before").ok();
    let before = home.terminal(&agent);
    let outer = home.outer().size(90, 33).conductor(["attach", agent.as_str()]);
    outer.wait_text("Ask Codex to do anything");
    home.wait_terminal(&agent, "another size", |t| t["cols"] != before["cols"]);
    let after = home.terminal(&agent);
    let width = |row: &str| row.trim_end().chars().count();
    let said = wait_until("a picture of that size", || {
        let output = home.cmd(["debug", "record", &agent, &dir("two"), "--name", "after", "--json"]).run();
        let said = (output.code == 0).then(|| output.json())?;
        let is_new = said["sizes"].as_u64() > Some(1);
        if !is_new {
            std::fs::remove_dir_all(home.join("two")).unwrap();
        }
        is_new.then_some(said)
    });
    assert_eq!(said["sizes"], 2, "{said}");
    let all = states(&home, "two");
    assert_eq!(all["cols"].as_integer(), after["cols"].as_i64());
    let sizes = all["states"]["after"]["sizes"].as_array().unwrap();
    let numbers = |at: usize| -> Vec<i64> {
        sizes.get(at).unwrap().as_array().unwrap().iter().map(|n| n.as_integer().unwrap()).collect()
    };
    assert_eq!(numbers(0), [0, before["cols"].as_i64().unwrap(), before["rows"].as_i64().unwrap()]);
    assert_eq!(numbers(1)[1..], [after["cols"].as_i64().unwrap(), after["rows"].as_i64().unwrap()]);
    assert!(numbers(1)[0] > 0);
    assert!(home.read("two/after.txt").lines().all(|row| width(row) <= 90));
    let refused = record("one", "after").code(1).stderr;
    assert!(refused.contains("holds recordings of") && refused.contains("take another folder"), "{refused}");
}

#[test]
fn what_was_cut_cannot_be_recorded() {
    let home = Home::new();
    let _ = home.write("config.toml", "[log]\nsegment_mib = 1\nlimit_mib = 3\n");
    let script = "echo begin; head -c 8388608 /dev/zero | tr '\\0' x; echo finish; exec sleep 10000";
    let agent = crate::support::fleet::id(&home.launch_script("one", script));
    home.wait_terminal(&agent, "eight MiB", |t| t["output_end"].as_u64() > Some(8 * 1024 * 1024));
    home.wait_screen(&agent, "finish");
    let dir = home.join("rec").display().to_string();
    let refused = home.cmd(["debug", "record", &agent, &dir, "--name", "x"]).run().code(1).stderr;
    assert!(refused.contains("was cut by the retention limit") && refused.contains("Hint: "), "{refused}");
    assert!(!home.join("rec").exists());
}
