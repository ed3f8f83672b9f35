//! A work tree with many files: kept, removed and brought back in bounded time and memory, while the server answers
//! everybody else. 20,000 of them; 100,000 with CONDUCTOR_TEST_SOAK=1.

use crate::support::fleet::id;
use crate::support::repository::{git, repository};
use crate::support::{Home, need, proc};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Ignored, and together more than is kept.
const IGNORED: usize = 3000;
/// Of one verb, on a machine that is busy with other tests; alone it takes some seconds.
const LIMIT: Duration = Duration::from_secs(180);
/// Of the server with all names in memory several times over: a file is some hundred bytes, never its contents.
const MEMORY_KIB: usize = 200 * 1024;
/// Of an answer, whatever the tree holds.
const ANSWER: usize = 64 * 1024;

fn fill(tree: &Path, files: usize) {
    for folder in 0..files / 500 {
        let folder = tree.join(format!("part-{}/folder-{folder}", folder % 10));
        fs::create_dir_all(&folder).unwrap();
        for n in 0..500 {
            // Most of them alike, so that it is names and not bytes that are many.
            fs::write(folder.join(format!("file-{n}.txt")), if n % 5 == 0 { "" } else { "some text\n" }).unwrap();
        }
    }
    for n in 0..IGNORED {
        fs::write(tree.join(format!("{n}.env")), [b'x'; 1000]).unwrap();
    }
}

fn count(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| if entry.file_type().unwrap().is_dir() { count(&entry.path()) } else { 1 }).sum()
}

#[test]
fn a_tree_of_many_files_is_kept_removed_and_brought_back() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    fs::write(top.join(".gitignore"), "*.env\n").unwrap();
    git(&top, &["commit", "-qam", "ignore"]);
    home.write("config.toml", "[worktrees]\nkeep_mib = 1\n");
    let words = ["launch", "--headless", "--json", "--branch", "fix", "--", "sh", "-c", "exec cat"];
    let agent = home.cmd(words).run().ok().json();
    let (id, tree) = (id(&agent), PathBuf::from(agent["cwd"].as_str().unwrap()));
    let _ = home.cmd(["close", &id]).run().ok();
    let is_soak = std::env::var("CONDUCTOR_TEST_SOAK").is_ok_and(|v| v == "1");
    fill(&tree, if is_soak { 100_000 } else { 20_000 });
    let all = count(&tree);
    let other = home.launch("other", &["cat"]);
    let server = home.server_pid().unwrap();
    let (is_over, answers, slowest) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    std::thread::scope(|scope| {
        let asker = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let began = Instant::now();
                let path = format!("/terminals/{}", other.id);
                let answer = home.api_within(Duration::from_secs(5), &path);
                assert!(answer.is_some_and(|row| row["id"] == other.id.as_str()), "an answer within 5 s");
                assert!(home.api_within(Duration::from_secs(5), "/worktrees").is_some(), "an answer within 5 s");
                answers.fetch_add(1, Ordering::Relaxed);
                slowest.fetch_max(began.elapsed().as_millis() as usize, Ordering::Relaxed);
            }
        });
        let run = |words: &[&str]| {
            let began = Instant::now();
            let done = home.cmd(words.iter().copied()).limit(LIMIT).run().ok();
            println!("{words:?}: {} ms, {} bytes", began.elapsed().as_millis(), done.stdout.len() + done.stderr.len());
            assert!(done.stdout.len() + done.stderr.len() < ANSWER, "{} bytes", done.stdout.len());
            done
        };
        let kept = run(&["snapshot", &id, "--json"]).json();
        let told = kept["left_out"].as_array().unwrap().len();
        let more = kept["more_left_out"].as_u64().unwrap() as usize;
        assert!(told == 100 && told + more > 1900 && told + more < IGNORED, "{told}, {more}");
        // Once more nothing is to be read.
        let _ = run(&["snapshot", &id, "--json"]);
        let _ = run(&["worktrees", "remove", &id, "--lose"]);
        assert!(!tree.exists());
        let _ = run(&["restore", &id]);
        assert_eq!(count(&tree), all - told - more);
        is_over.store(true, Ordering::Relaxed);
        asker.join().unwrap();
    });
    let (answers, slowest) = (answers.load(Ordering::Relaxed), slowest.load(Ordering::Relaxed));
    println!("{answers} answers meanwhile, the slowest after {slowest} ms; {} KiB", proc::peak_kib(server));
    assert!(answers > 10, "{answers}");
    assert!(proc::peak_kib(server) < MEMORY_KIB, "{} KiB", proc::peak_kib(server));
    home.shut_down_all();
}
