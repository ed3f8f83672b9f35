//! The server is SIGKILLed at random moments, with many agents printing and clients attached: 25 times, or 1,000
//! times with CONDUCTOR_TEST_SOAK=1.

use std::time::{Duration, Instant};

use super::fleet::{Dice, Fleet};
use super::follower::Follower;
use crate::support::{Home, Outer, proc, wait_until};

const AGENTS: usize = 20;
/// What is promised for a client that was attached.
const BACK_WITHIN: Duration = Duration::from_secs(2);

/// The greatest number of a line `agent-K line-N` on a screen.
fn last_line(screen: &str, k: usize) -> usize {
    let marker = format!("agent-{k} line-");
    let numbers = screen.split(&marker).skip(1).map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    });
    numbers.max().unwrap_or(0)
}

#[test]
fn nothing_is_lost_when_the_server_is_killed_again_and_again() {
    let is_soak = std::env::var("CONDUCTOR_TEST_SOAK").is_ok_and(|v| v == "1");
    let rounds = if is_soak { 1000 } else { 25 };
    let mut dice = Dice::new();
    let home = Home::new();
    let fleet = Fleet::start(&home, AGENTS);
    // Agent 0 in a screen, agent 5 alone in another, three more over bare streams.
    let screens: Vec<(usize, Outer)> = [(0, "attach fleet0"), (5, "")]
        .into_iter()
        .map(|(k, verb)| {
            let id = fleet.agents[k].id.clone();
            let words: Vec<&str> = if verb.is_empty() { vec!["attach", &id] } else { verb.split(' ').collect() };
            (k, home.outer().size(120, 40).conductor(words))
        })
        .collect();
    let followers: Vec<(usize, Follower)> =
        [10, 14, 19].into_iter().map(|k| (k, Follower::start(&home, &fleet.agents[k]))).collect();
    for (k, screen) in &screens {
        screen.wait_for("live lines", |seen| last_line(seen, *k) > 0);
    }
    let mut expected = vec![];
    let mut slowest = Duration::ZERO;
    for round in 0..rounds {
        // The first sending of a message may fall before, into or behind the kill.
        let message = format!("message-{round}");
        let before_kill = dice.below(3) > 0;
        let sending = before_kill.then(|| fleet.send(&message).start(&home.join("sending")));
        fleet.wait_lines(dice.below(AGENTS), dice.below(40));
        let killed = home.kill_server();
        let when = Instant::now();
        let marks: Vec<usize> = screens.iter().map(|(k, _)| fleet.lines(*k)).collect();
        let offsets: Vec<u64> = followers.iter().map(|(k, _)| home.log(&fleet.agents[*k].id).len() as u64).collect();
        for ((k, screen), mark) in screens.iter().zip(marks) {
            screen.wait_for("lines from after the kill", |seen| last_line(seen, *k) > mark);
        }
        for ((_, follower), offset) in followers.iter().zip(offsets) {
            wait_until("a frame from after the kill", || (follower.offset() > offset).then_some(()));
        }
        let took = when.elapsed();
        slowest = slowest.max(took);
        assert!(took < BACK_WITHIN, "round {round}: clients were back after {took:?}");
        assert_ne!(home.server_other_than(Some(killed)), killed);
        drop(sending);
        // The same id again: typed once in all.
        let _ = fleet.send(&message).run().ok();
        let _ = fleet.send(&message).run().ok();
        expected.push(message);
        fleet.assert_alive();
    }
    println!("{rounds} kills, clients back within {slowest:?}");
    fleet.stop_and_compare();
    fleet.assert_typed(&expected);
    for (k, screen) in &screens {
        screen.wait_text(&format!("agent-{k} stopped"));
    }
    let fork_server = home.fork_server_pid().unwrap();
    assert_eq!(proc::zombies(fork_server), Vec::<proc::Pid>::new());
    drop(screens);
    drop(followers);
    home.shut_down_all();
}
