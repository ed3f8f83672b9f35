//! Agents that print without end and clients that do not read: nobody else waits, nothing grows without bound
//! (invariant 7 of ARCHITECTURE.md).

use std::time::{Duration, Instant};

use conductor_tui::proto::stream::{ClientMessage, ShownPane};

use crate::support::server::block_on;
use crate::support::{Home, proc, wait_until};

const MIB: u64 = 1 << 20;

#[test]
fn yes_is_bounded_on_disk_and_the_server_answers() {
    let home = Home::new();
    home.write("config.toml", "[log]\nsegment_mib = 1\nlimit_mib = 4\n");
    let agent = home.launch("yes", &["yes", "a line of the flood"]);
    let other = home.launch("other", &["cat"]);
    let size = || {
        let entries = std::fs::read_dir(home.join("logs/terminal")).unwrap().flatten();
        let ours = entries.filter(|e| e.file_name().to_string_lossy().starts_with(&agent.id));
        ours.map(|entry| entry.metadata().map_or(0, |meta| meta.len())).sum::<u64>()
    };
    let printed = || home.terminal(&agent.id)["output_end"].as_u64().unwrap();
    let mut slowest = Duration::ZERO;
    let (mut largest, mut round) = (0, 0);
    wait_until("many times the bound to be printed", || {
        let began = Instant::now();
        assert!(home.api("/terminals").is_some(), "no list within a second");
        slowest = slowest.max(began.elapsed());
        let _ = home.cmd(["send", &other.id, "-m", &format!("round-{round}")]).run().ok();
        round += 1;
        largest = largest.max(size());
        (printed() > 40 * MIB).then_some(())
    });
    println!("list within {slowest:?}, log at most {largest} bytes");
    assert!(slowest < Duration::from_secs(1));
    // The bound, one growing segment, and what is written while files are added up.
    assert!(largest < 8 * MIB, "{largest}");
    home.wait_screen(&other.id, &format!("round-{}", round - 1));
    let began = Instant::now();
    let _ = home.cmd(["close", &agent.id]).run().ok();
    assert!(began.elapsed() < Duration::from_secs(6));
    assert!(!proc::alive(agent.pid));
}

#[test]
fn a_client_that_never_reads_holds_up_nobody() {
    let home = Home::new();
    let noisy = home.launch("noisy", &["sh", "-c", "while :; do seq 2000; done"]);
    let other = home.launch("other", &["cat"]);
    let server = home.server_pid().unwrap();
    block_on(async {
        let mut deaf = vec![];
        for _ in 0..8 {
            let (mut sender, receiver) = home.client().stream().await.unwrap();
            let hello = ClientMessage::Hello { version: "test".into(), read_only: true, source: String::new() };
            sender.send(&hello).await.unwrap();
            let terminal = noisy.id.parse().unwrap();
            let pane = ShownPane { terminal, columns: 120, rows: 40 };
            sender.send(&ClientMessage::Show { panes: vec![pane], focused: Some(terminal) }).await.unwrap();
            // Says that it has drawn what it never read, so that frames keep coming.
            for revision in 0..2000 {
                let ack = ClientMessage::Ack { terminal, revision };
                let sent = tokio::time::timeout(Duration::from_millis(100), sender.send(&ack)).await;
                if !matches!(sent, Ok(Ok(()))) {
                    break;
                }
            }
            deaf.push((sender, receiver));
        }
        let before = proc::private_kib(server);
        let printed = || home.log(&noisy.id).len() as u64;
        let wanted = printed() + 8 * MIB;
        tokio::task::spawn_blocking({
            let (log, id) = (home.join("logs/terminal"), noisy.id.clone());
            move || {
                wait_until("much more output", || {
                    let entries = std::fs::read_dir(&log).ok()?.flatten();
                    let ours = entries.filter(|e| e.file_name().to_string_lossy().starts_with(&id));
                    (ours.map(|e| e.metadata().map_or(0, |m| m.len())).sum::<u64>() > wanted).then_some(())
                });
            }
        })
        .await
        .unwrap();
        let after = proc::private_kib(server);
        println!("server: {before} KiB, then {after} KiB");
        assert!(after < before + 30 * 1024, "{before} KiB grew to {after} KiB");
        drop(deaf);
    });
    let outer = home.outer().conductor(["attach", &other.id]);
    outer.wait_hands(Duration::ZERO);
    home.wait_terminal(&other.id, "its row", |row| row["pid"].is_number());
    outer.wait_for("the screen", |seen| seen.alternate);
    outer.type_text("served\n");
    outer.wait_text("served");
}
