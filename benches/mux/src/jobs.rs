//! How long the common jobs of a supervisor's screen take: from the last key of each to the first sight of what it brings.
//! They are typed as our key table has them, so only ours has this metric.

use crate::inner::READY;
use crate::metrics::{Figures, Opt, world};
use crate::mux::{Mux, World};
use crate::pty::{Cmd, Outer};
use std::fmt::Write as _;
use std::io;
use std::time::{Duration, Instant};

/// What the line says that is looked for, and the one behind it.
const FOUND: &str = "^^&~~&^";
/// What the diff's first line says.
const CHANGED: &str = "&&~^^~&";
/// What the new agent says.
const WORKS: &str = "~~&^^&&";

pub fn run(m: &dyn Mux, o: &Opt) -> io::Result<Figures> {
    if m.name() != "conductor" {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let w = world(o)?;
    let log = log_with_a_panic(&w)?;
    repository(&w)?;
    w.file("work/job", &format!("echo '{WORKS}'; exec sleep 1000\n"))?;
    w.file("cfg/conductor-tui/providers/helper.toml", "name = \"helper\"\ntitle = \"Helper\"\nprograms = [\"sh\"]\nprompt_arguments = [\"{prompt}\"]\n")?;
    let in_work = |words: &str| w.cmd(["sh".into(), "-c".into(), format!("cd {}/work && {words}", w.dir.display())]);
    let bin = crate::mux::conductor();
    let cat = format!("cat {log}; printf '{READY}'; exec sleep 1000");
    let launch = |session: &str, program: &str| {
        format!("{bin} launch --headless --provider shell --session-name {session} -- {} >/dev/null", Cmd::new(["sh", "-c", program]).shell())
    };
    // From the shell's prompt with the server to be started, and again with it running.
    let cold = seen_after(Outer::spawn(&in_work(&format!("exec {bin}")), o.rows, o.cols)?, b"gents")?;
    let mut figures = vec![("attach_cold_ms", cold)];
    in_work(&launch("mb", &cat)).std().status()?;
    in_work(&launch("other", "exec sleep 1000")).std().status()?;
    let mut t = Outer::spawn(&in_work(&format!("exec {bin} attach mb")), o.rows, o.cols)?;
    t.wait_for(READY.as_bytes(), Duration::from_secs(60))?;
    t.settle(Duration::from_secs(1), Duration::from_secs(20))?;
    leave(t)?;
    let started = Instant::now();
    t = Outer::spawn(&in_work(&format!("exec {bin} attach mb")), o.rows, o.cols)?;
    figures.push(("attach_warm_ms", ms(t.wait_for(READY.as_bytes(), Duration::from_secs(20))? - started)));
    let mut job = |name: &'static str, before: &[u8], key: &[u8], marker: &str, back: &[u8]| -> io::Result<()> {
        // A word that comes right behind a key is taken for prose by mistake.
        t.settle(Duration::from_millis(700), Duration::from_secs(10))?;
        for piece in before.split_inclusive(|byte| *byte == b'c' || *byte == b'/') {
            t.send(piece)?;
            t.settle(Duration::from_millis(700), Duration::from_secs(10))?;
        }
        let typed = Instant::now();
        t.send(key)?;
        figures.push((name, ms(t.wait_for(marker.as_bytes(), Duration::from_secs(30))? - typed)));
        t.settle(Duration::from_millis(300), Duration::from_secs(5))?;
        t.send(back)
    };
    job("palette_ms", b"", b":", "Do anything", b"\x1b")?;
    job("help_ms", b"", b"?", "Keys", b"\x1b")?;
    // The thick frame goes to the pane beside.
    job("next_agent_ms", b"", b"j", "\u{250f}", b"k")?;
    job("diff_10k_ms", b"", b"d", CHANGED, b"\x1b")?;
    job("find_1M_ms", b"/pani", b"c", FOUND, b"")?;
    job("go_there_ms", b"", b"\r", FOUND, b"\x1b\x1b")?;
    job("new_agent_ms", b"cjob", b"\r", WORKS, b"")?;
    Ok(figures)
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Milliseconds from now to the marker; then the screen is left.
fn seen_after(mut t: Outer, marker: &[u8]) -> io::Result<f64> {
    let started = Instant::now();
    let seen = t.wait_for(marker, Duration::from_secs(20))?;
    t.settle(Duration::from_millis(300), Duration::from_secs(3))?;
    leave(t)?;
    Ok(ms(seen - started))
}

/// Detaches. The end of the client is what is waited for, and no failure.
fn leave(mut t: Outer) -> io::Result<()> {
    t.send(b"D")?;
    let _ = t.settle(Duration::from_millis(300), Duration::from_secs(3));
    Ok(())
}

/// A million lines, of which only one has the whole word: what is found on the way to it lies at the end.
fn log_with_a_panic(w: &World) -> io::Result<String> {
    let mut text = String::new();
    for n in 0..1_000_000 {
        if n == 1000 {
            let _ = writeln!(text, "thread 'main' panicked, a panic {FOUND}");
        }
        let _ = writeln!(text, "2026-11-20T15:00:00Z INFO pani worker request {n} served in {} us", n % 977);
    }
    w.file("work/log", &text)
}

/// A repository with ten thousand lines added.
fn repository(w: &World) -> io::Result<()> {
    w.file("work/code.txt", "first\n")?;
    w.file("work/.gitignore", "log\njob\n.gitignore\n")?;
    let git = "git -c user.name=ada -c user.email=ada@example.org";
    let script = format!("cd {}/work && git init -q -b main && {git} add . && {git} commit -qm first", w.dir.display());
    w.control(["sh", "-c", &script])?;
    let added: String = (0..10_000).map(|n| format!("{CHANGED} {n}\n")).collect();
    w.file("work/code.txt", &format!("first\n{added}")).map(|_| ())
}
