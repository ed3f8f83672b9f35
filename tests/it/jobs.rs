//! The common jobs of a person at the screen, and how many keys each takes: those of the specification's table that exist.
//! Times are measured by `benches/mux`; here only presses are counted, in the real program.

use crate::support::fleet::id;
use crate::support::{Home, Outer, need};
use std::process::Command;
use std::time::Duration;

/// A kind of agent that takes its first message as the name of a script, and says by its title that it waits.
const HELPER: &str = "name = \"helper\"\ntitle = \"Helper\"\nprograms = [\"sh\"]\nprompt_arguments = [\"{prompt}\"]\n\
                      [[rules]]\nstatus = \"waiting\"\nwaiting_for = \"approval\"\nsource = \"title\"\npattern = '^asks'\n";

/// Agents that happen to be installed elsewhere would be offered first.
const TOOLS: &str = "/usr/bin:/bin";

/// Hands that count.
struct Hands {
    outer: Outer,
    presses: usize,
}

impl Hands {
    fn press(&mut self, names: &str) -> &Outer {
        self.presses += names.split_whitespace().count();
        self.outer.press(names)
    }

    fn type_text(&mut self, text: &str) -> &Outer {
        self.presses += text.chars().count();
        self.outer.type_text(text)
    }

    /// How many keys were pressed since this was asked last.
    fn presses(&mut self) -> usize {
        std::mem::take(&mut self.presses)
    }
}

#[test]
fn common_jobs_take_as_many_keys_as_the_table_says() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    home.write("providers/helper.toml", HELPER);
    home.write("work/job", "echo FILES\nls\nexec cat\n");
    let git = |arguments: &[&str]| {
        let names = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"];
        let mut command = Command::new("git");
        command.current_dir(home.work()).env("HOME", home.work()).env("GIT_CONFIG_NOSYSTEM", "1");
        assert!(command.args(names).args(arguments).output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    git(&["checkout", "-q", "-b", "work"]);
    let start = |session: &str, script: &str| {
        let words = ["launch", "--headless", "--json", "--provider", "helper", "--session-name", session, "--"];
        let run = home.cmd(words.into_iter().chain(["/bin/sh", "-c", script])).env("PATH", TOOLS).run();
        id(&run.ok().json())
    };
    let first = start(
        "first",
        "echo changed >> job; printf 'the panic is HERE\\n'; seq 1 3000; printf '\\033]2;works\\007DONE'; exec cat",
    );
    home.wait_screen(&first, "DONE");
    let second = start("second", "printf '\\033]2;asks\\007MAY I?'; exec cat");
    home.wait_terminal(&second, "waiting", |terminal| terminal["status"] == "waiting");

    // From the shell's prompt: the command is all.
    let outer = home.outer().size(160, 45).env("PATH", TOOLS).conductor::<&str>([]);
    let mut hands = Hands { outer, presses: 0 };
    hands.outer.wait_for("both agents", |seen| seen.contains("DONE") && seen.contains("MAY I?"));
    // The screen opens at the agent that waits.
    hands.outer.press("1").wait_for("the first agent", |seen| focused(seen, "first"));

    hands.press("w").wait_for("the waiting agent", |seen| focused(seen, "second"));
    assert_eq!(hands.presses(), 1, "to the next waiting agent");

    hands.outer.press("1").wait_for("the first agent", |seen| focused(seen, "first"));
    hands.press("d").wait_text("+changed");
    assert_eq!(hands.presses(), 1, "to the diff of the focused agent");
    hands.outer.press("esc").wait_gone("+changed");

    hands.press("/").wait_text("Find in all output");
    hands.type_text("panic");
    hands.outer.wait_text("1 in 1 of 2 agents");
    hands
        .press("enter")
        .wait_for("the line", |seen| seen.contains("the panic is HERE") && !seen.contains("Find in all output"));
    assert_eq!(hands.presses(), "/panic".len() + 1, "to the line with a word that any agent printed");
    hands.outer.press_until("esc", "the live screen", |seen| seen.contains("DONE"));

    hands.press("c").wait_text("New agent");
    // A sentence right behind the `c` would be taken for prose meant for an agent.
    hands.outer.wait_hands(Duration::from_millis(500));
    hands.type_text("job");
    hands.outer.wait_text("job");
    // What it prints may be seen before the dialog has its answer.
    hands.press("enter").wait_for("the new agent", |seen| seen.contains("FILES") && !seen.contains("New agent"));
    assert_eq!(hands.presses(), 1 + "job".len() + 1, "to a new agent that works on a message");

    hands.outer.press("ctrl-q").wait_text("COMMAND");
    hands.press("D");
    assert_eq!(hands.outer.wait_exit(), 0);
    assert_eq!(hands.presses(), 1, "to be detached");
}

/// Whether the pane with the thick frame is of this session.
fn focused(seen: &crate::support::screen::Seen, session: &str) -> bool {
    let rows = seen.rows();
    let at = rows.iter().position(|row| row.contains(session));
    at.is_some_and(|at| rows[at..].iter().take(3).any(|row| row.starts_with('▌')))
}
