//! What making a work tree and taking a snapshot cost, as multiples of what git itself does for the same in the same run.
//! Run by hand: `cargo bench --bench worktrees`. Limits are read from one run's table, never asserted.

#![expect(clippy::print_stdout, reason = "a table for whoever runs it")]

use conductor_tui::workspace::{Asked, Git, Head, Limits, Patience, Repository, Snapshot, fill, take};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The issue's own: 10,000 files with 40 MB.
const FILES: usize = 10_000;
const BYTES: usize = 4_000;
/// Odd, for a median; each takes seconds.
const RUNS: usize = 7;

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Place {
    dir: tempfile::TempDir,
    git: Git,
}

impl Place {
    fn new() -> Outcome<Place> {
        let place = Place { dir: tempfile::tempdir()?, git: Git::find(|name| std::env::var_os(name))? };
        let top = place.top();
        fs::create_dir(&top)?;
        place.git(&top, &["init", "-q", "-b", "main"])?;
        for n in 0..FILES {
            let folder = top.join(format!("d{}/e{}", n % 20, n % 400));
            fs::create_dir_all(&folder)?;
            // No two alike, and not all of one kind.
            let line = format!("{n} {}\n", n.wrapping_mul(2_654_435_761) % 1_000_003);
            fs::write(folder.join(format!("f{n}")), line.repeat(BYTES / line.len()))?;
        }
        place.git(&top, &["add", "-A"])?;
        place.git(&top, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first"])?;
        Ok(place)
    }

    fn top(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    fn git(&self, directory: &Path, arguments: &[&str]) -> Outcome<()> {
        self.git_as(directory, arguments, &[])
    }

    fn git_as(&self, directory: &Path, arguments: &[&str], variables: &[(&str, &Path)]) -> Outcome<()> {
        let output =
            Command::new("git").current_dir(directory).envs(variables.iter().copied()).args(arguments).output()?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
    }

    fn ours(&self, name: &str) -> Outcome<PathBuf> {
        let (path, patience) = (self.dir.path().join("ours").join(name), patience());
        let repository = Repository::find(&self.git, &self.top(), &patience)?;
        let commit = repository.head.clone().unwrap_or_default();
        repository.register(&self.git, &path, &Head::New { branch: name, commit: &commit }, &patience)?;
        fill(&self.git, &path, &self.dir.path().join("scratch"), &patience)?;
        Ok(path)
    }

    fn snapshot(&self, tree: &Path, store: &Path, number: usize) -> Outcome<Snapshot> {
        let reference = format!("refs/conductor/snap/x/{number}");
        let limits = Limits { one: 1 << 30, all: 1 << 30 };
        let asked = Asked { limits, reference: &reference, words: "x", known: None, now: number as u64 * 1000 };
        Ok(take(&self.git, tree, &asked, store, &self.dir.path().join("scratch"), &patience())?)
    }
}

fn patience() -> Patience {
    Patience::new(Duration::from_secs(600), Arc::default())
}

fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Every file written anew, as after a large change: git finds none of its objects.
fn change(tree: &Path, mark: usize) -> Outcome<()> {
    for n in 0..FILES {
        let file = tree.join(format!("d{}/e{}/f{n}", n % 20, n % 400));
        let line = format!("{mark} {n} {}\n", n.wrapping_mul(2_654_435_761) % 1_000_003);
        fs::write(file, line.repeat(BYTES / line.len()))?;
    }
    Ok(())
}

fn main() -> Outcome<()> {
    let place = Place::new()?;
    let top = place.top();
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for n in 0..RUNS {
        let path = place.dir.path().join(format!("theirs/{n}"));
        let (text, branch) = (path.display().to_string(), format!("t{n}"));
        theirs.push(timed(|| place.git(&top, &["worktree", "add", "-q", "-b", &branch, &text]))?);
        ours.push(timed(|| place.ours(&format!("o{n}")))?);
    }
    report("a work tree of 10,000 files / git worktree add", median(ours), median(theirs));

    let tree = place.dir.path().join("ours/o0");
    let (mut theirs, mut first, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..RUNS {
        change(&tree, 2 * n)?;
        let index = place.dir.path().join(format!("index{n}"));
        theirs.push(timed(|| place.git_as(&tree, &["add", "-A"], &[("GIT_INDEX_FILE", &index)]))?);
        change(&tree, 2 * n + 1)?;
        let store = place.dir.path().join(format!("store{n}"));
        first.push(timed(|| place.snapshot(&tree, &store, 2 * n))?);
        again.push(timed(|| place.snapshot(&tree, &store, 2 * n + 1))?);
    }
    let theirs = median(theirs);
    report("a snapshot of 10,000 new files, 40 MB / git add -A on a scratch index", median(first), theirs);
    report("the next one, nothing having changed / the same", median(again), theirs);

    let start = Instant::now();
    let failed = std::thread::scope(|scope| {
        let all: Vec<_> = (0..10)
            .map(|n| {
                scope.spawn({
                    let place = &place;
                    move || place.ours(&format!("p{n}")).is_err()
                })
            })
            .collect();
        all.into_iter().filter_map(|one| one.join().ok()).filter(|failed| *failed).count()
    });
    println!("ten work trees at once: {:.1} s, {failed} errors", start.elapsed().as_secs_f64());
    Ok(())
}

fn report(what: &str, ours: Duration, theirs: Duration) {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("{what}: {ratio:.2} ({} ms, {} ms)", ours.as_millis(), theirs.as_millis());
}
