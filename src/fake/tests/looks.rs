//! A double looks as its original was recorded: the last rows of its screen are those of the recording, but for what
//! a spinner or a clock shows.

use super::Lab;
use std::path::Path;

const SCRIPT: &str = r#"
trust = TRUST
[[turns]]
prompt = "make"
steps = [{ say = "I will create it." }, { approve = "COMMAND", reason = "REASON" }, { say = "Done." }]
[[turns]]
prompt = "think long"
steps = [{ think = 60000 }]
[[turns]]
prompt = "fill"
steps = [{ say = "FILL" }]
[[turns]]
prompt = "short"
steps = [{ say = "one\n\ntwo\n\nten" }]
[[turns]]
prompt = "fail"
steps = [{ fail = "FAILURE" }]
"#;

fn recorded(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name).with_extension("txt");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut rows: Vec<String> = text.lines().map(|row| row.trim_end().replace('\u{a0}', " ")).collect();
    while rows.last().is_some_and(String::is_empty) {
        rows.pop();
    }
    rows
}

/// Compares the last `rows` rows; `eased` makes the same of what may differ.
#[track_caller]
fn same(lab: &Lab, recording: &str, rows: usize, eased: impl Fn(&str) -> String) {
    let end = |all: Vec<String>| -> Vec<String> {
        let all: Vec<String> = all.iter().map(|row| eased(row).trim_end().to_owned()).collect();
        all[all.len().saturating_sub(rows)..].to_vec()
    };
    let ours = lab.text().lines().map(|row| row.trim_end().replace('\u{a0}', " ")).collect();
    assert_eq!(end(ours), end(recorded(recording)), "{recording}\n{}", lab.text());
}

fn script(style: &str, cwd: &str, command: &str, reason: &str, failure: &str, trust: bool) -> Lab {
    let text = SCRIPT.replace("COMMAND", command).replace("REASON", reason).replace("FAILURE", failure);
    let text = text.replace("FILL", &"line\\n".repeat(40));
    let text = format!("style = '{style}'\n{}", text.replace("TRUST", if trust { "true" } else { "false" }));
    let text = if trust { text } else { text.replace("trust = false", "") };
    let mut lab = Lab::new(&text);
    if !cwd.is_empty() {
        lab.machine.place.cwd = cwd.into();
        lab.machine.resize(super::SIZE, 0);
        lab.look();
    }
    lab
}

fn as_is(row: &str) -> String {
    row.to_owned()
}

#[test]
fn claude_as_recorded() {
    let new = |trust| {
        script(
            "claude",
            "/home/user/projects/ws",
            "touch made-by-agent.txt",
            "Create a file",
            "400 scripted bad request",
            trust,
        )
    };
    let mut lab = new(false);
    same(&lab, "claude-2.1.329/idle", 30, as_is);
    lab.send("think long please");
    let spinner = |row: &str| if row.contains("Smooshing…") { "* Smooshing…".into() } else { row.to_owned() };
    same(&lab, "claude-2.1.329/working", 30, spinner);
    lab.escape().feed("\x15").send("fill").send("think long again").escape();
    same(&lab, "claude-2.1.329/interrupted", 5, as_is);
    lab.feed("\x15").send("make a file");
    // The tip is one of many.
    let dialog = |row: &str| if row.starts_with(" Tip: ") { " Bash command".into() } else { row.to_owned() };
    same(&lab, "claude-2.1.329/permission-bash", 11, dialog);
    lab.escape();
    same(&lab, "claude-2.1.329/permission-denied-by-esc", 8, as_is);
    lab.send("fail always");
    same(&lab, "claude-2.1.329/error-400", 8, as_is);
    let mut lab = Lab::new("style = 'claude'\ntrust = true");
    lab.machine.place.cwd = "/home/user/projects/ws3".into();
    same(&lab, "claude-2.1.329/first-run", 17, as_is);
}

#[test]
fn codex_as_recorded() {
    let new = |trust| {
        script(
            "codex",
            "/home/user/projects/ws2",
            "touch /home/u/made-by-codex.t",
            "May I create the file?",
            "scripted bad request",
            trust,
        )
    };
    // Its own notices, and the title that a model gave, are not the double's.
    let eased = |row: &str| row.split("  ⚠").next().unwrap_or_default().trim_end().replace(" · Scripted session", "");
    let time = |row: &str| match row.starts_with("  Worked for") {
        true => "  Worked for".into(),
        false => eased(row).replacen('◦', "•", 1),
    };
    let mut lab = new(false);
    same(&lab, "codex-0.169.0/idle", 30, eased);
    lab.send("think long please").wait(3050);
    same(&lab, "codex-0.169.0/working", 30, time);
    lab.escape().send("fill").send("think long again").escape();
    same(&lab, "codex-0.169.0/interrupted", 13, time);
    lab.send("make a file");
    same(&lab, "codex-0.169.0/permission-command", 23, eased);
    lab.escape();
    same(&lab, "codex-0.169.0/permission-denied-by-esc", 7, eased);
    lab.send("fail always");
    same(&lab, "codex-0.169.0/error-400", 11, eased);
    lab.send("short");
    same(&lab, "codex-0.169.0/done", 9, time);
    same(&new(true), "codex-0.169.0/01-trust-folder", 12, |row| row.replace("ws3", "ws2"));
}

#[test]
fn gemini_as_recorded() {
    let new = |trust| script("gemini", "/home/user/projects/ws3", "touch made-by-agent.txt", "", "scripted", trust);
    let mut lab = new(false);
    same(&lab, "gemini-0.61.0-256colours/idle", 8, as_is);
    lab.send("think long please").wait(3050);
    let spinner = |row: &str| match row.split_once(" Thinking") {
        Some((_, rest)) => format!("Thinking{rest}"),
        None => row.to_owned(),
    };
    same(&lab, "gemini-0.61.0-256colours/working", 25, spinner);
    lab.escape().send("short");
    same(&lab, "gemini-0.61.0-256colours/done", 11, as_is);
    lab.send("make a file");
    same(&lab, "gemini-0.61.0-256colours/permission", 14, as_is);
    lab.feed("1");
    let (job, _) = lab.started();
    lab.end(job, 0, "");
    lab.sees("│ ✓  Shell touch made-by-agent.txt");
    lab.send("fail always");
    same(&lab, "gemini-0.61.0-256colours/error", 12, as_is);
    // Below what it greets with; the parent's name is not asked for.
    same(&new(true), "gemini-0.61.0-256colours/first-run", 14, |row| {
        row.split(" (").next().unwrap_or_default().trim_end_matches([' ', '│']).to_owned()
    });
}

#[test]
fn opencode_as_recorded() {
    let mut lab = script(
        "opencode",
        "/home/user/projects/ws3",
        "touch made-by-agent.txt",
        "Shell command",
        "scripted bad request",
        false,
    );
    let same = |lab: &Lab, recording: &str, rows: usize, eased: &dyn Fn(&str) -> String| {
        // Folder, branch and the model's name differ between recordings.
        let alike = |row: &str| {
            let row = eased(row).replace("Build · Scripted", "Build · Model").replace("projects/demo", "projects/ws3");
            let home = row.replace("/home/user/", "~/").replace(":main ", ":master ");
            home.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        same(lab, recording, rows, alike);
    };
    same(&lab, "opencode-1.18.33/idle", 29, &as_is);
    lab.send("think long please");
    let squares = |row: &str| row.replace(['■', '⬝'], "#");
    same(&lab, "opencode-1.18.33/working", 29, &|row| squares(row).replace("slowly please", "think long please"));
    lab.escape().sees("esc again to interrupt").escape();
    lab.send("fill").send("make a file");
    same(&lab, "opencode-1.18.33/permission", 19, &as_is);
    lab.feed("\x1b[C\x1b[C\r").send("short");
    let time = |row: &str| if row.contains("▣  Build") { "Build".into() } else { row.to_owned() };
    same(&lab, "opencode-1.18.33/done", 6, &time);
    let mut lab = script("opencode", "/home/user/projects/ws3", "x", "", "scripted bad request", false);
    lab.send("fail now");
    same(&lab, "opencode-1.18.33/error", 29, &as_is);
}

#[test]
fn copilot_as_recorded() {
    let mut lab = script(
        "copilot",
        "/home/user/projects/demo",
        "sleep 5; echo finished",
        "Sleep a while",
        "400 scripted bad request",
        false,
    );
    // Where it runs, what its spinner and a clock show, and how many bytes have come.
    let eased = |row: &str| {
        let row = row.replace("/home/user/", "~/").replace(" [⎇ main%]", "").replace(['◉', '◎', '○'], "*");
        match row.contains("don't ask again") {
            true => "always".into(),
            false => row.split(" · 87 B").collect::<String>(),
        }
    };
    same(&lab, "copilot-1.0.102/idle", 5, eased);
    same(lab.send("think long"), "copilot-1.0.102/working", 5, eased);
    let words = |row: &str| eased(row).split_whitespace().collect::<Vec<_>>().join(" ");
    let last = |lab: &Lab| lab.text().lines().last().map(words).unwrap_or_default();
    let recorded_last = |name: &str| words(recorded(name).last().unwrap());
    lab.escape();
    assert_eq!(last(&lab), recorded_last("copilot-1.0.102/interrupting"));
    lab.escape().feed("\x15").send("fill").send("make");
    same(&lab, "copilot-1.0.102/permission-bash", 20, |row| {
        eased(row)
            .trim_end_matches([' ', '┃'])
            .replace("I will run it.", "I will create it.")
            .replace("Shell Sleep a while", "Shell Run a command")
    });
    lab.feed("1");
    assert_eq!(last(&lab), recorded_last("copilot-1.0.102/tool-running"));
    let (job, _) = lab.started();
    lab.end(job, 0, "").send("fail");
    lab.sees(" ✗ 400 scripted bad request");
    let mut asked = script("copilot", "", "x", "y", "z", true);
    same(&asked, "copilot-1.0.102/trust", 19, |row| {
        // It breaks one row in front of the blank.
        row.trim_end_matches([' ', '┃', '│']).replace("ws3", "demo").replace("│  commands", "│ commands")
    });
    asked.feed("3");
    assert!(asked.effects.contains(&crate::fake::machine::Effect::Exit(1)));
}
