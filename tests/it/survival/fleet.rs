//! Many agents that print numbered lines and keep their own record of them, so that a log can be compared byte for
//! byte with what was printed; and one agent that records what is typed to it. Used by the files beside this one.

use std::path::PathBuf;

use crate::support::{Agent, Home, proc, wait_until};

/// Prints bursts of numbered lines, each written to a record of its own first, until the file `stop` exists; then it
/// stays. The burst is written in many small pieces, since pieces are what can be lost.
const PRINTER: &str = r#"
n=0
while [ ! -e "$STOP" ]; do
    for i in 1 2 3 4 5 6 7 8 9 10; do
        n=$((n + 1))
        echo "agent-$K line-$n" >>"$RECORD"
        echo "agent-$K line-$n"
    done
    sleep 0.1
done
echo "agent-$K stopped" >>"$RECORD"
echo "agent-$K stopped"
exec sleep 1000
"#;

/// Records each line that is typed to it.
const LISTENER: &str = r#"stty -echo; echo listening; while read -r line; do echo "$line" >>"$RECORD"; done"#;

pub struct Fleet<'a> {
    pub home: &'a Home,
    pub agents: Vec<Agent>,
    pub listener: Agent,
}

impl<'a> Fleet<'a> {
    /// `count` printers in sessions of four, and a listener.
    pub fn start(home: &'a Home, count: usize) -> Fleet<'a> {
        let agents = (0..count)
            .map(|number| {
                let (k, record) = (format!("K={number}"), format!("RECORD={}", record(home, number).display()));
                let stop = format!("STOP={}", home.join("stop").display());
                let session = format!("fleet{}", number / 4);
                home.launch(&session, &["env", &k, &record, &stop, "sh", "-c", PRINTER])
            })
            .collect();
        let record = format!("RECORD={}", home.join("typed").display());
        let listener = home.launch("listener", &["env", &record, "sh", "-c", LISTENER]);
        home.wait_screen(&listener.id, "listening");
        Fleet { home, agents, listener }
    }

    /// Every process is the one that was started, and the server says so.
    #[track_caller]
    pub fn assert_alive(&self) {
        for agent in self.agents.iter().chain([&self.listener]) {
            assert!(proc::alive(agent.pid), "agent {agent:?} is dead");
            assert!(proc::alive(agent.holder), "the holder of {agent:?} is dead");
            assert_eq!(proc::ppid(agent.pid), Some(agent.holder), "{agent:?}");
        }
        let expected: Vec<_> = self.agents.iter().chain([&self.listener]).collect();
        wait_until("every agent to be known by its pids", || {
            let rows = self.home.api("/terminals")?;
            expected
                .iter()
                .all(|agent| {
                    rows.as_array().is_some_and(|rows| {
                        rows.iter().any(|row| {
                            row["id"] == agent.id.as_str()
                                && row["pid"].as_i64() == Some(agent.pid.into())
                                && row["holder_pid"].as_i64() == Some(agent.holder.into())
                                && row["status"] != "closed"
                        })
                    })
                })
                .then_some(())
        });
    }

    /// The number of the last whole line in an agent's log.
    pub fn lines(&self, number: usize) -> usize {
        let log = self.home.log(&self.agents[number].id);
        log.iter().filter(|byte| **byte == b'\n').count()
    }

    /// Waits until an agent has printed `more` lines: a moment that is different in every run.
    #[track_caller]
    pub fn wait_lines(&self, number: usize, more: usize) {
        let wanted = self.lines(number) + more;
        wait_until("more lines in the log", || (self.lines(number) >= wanted).then_some(()));
    }

    /// Types `text` and Enter to the listener under an id; whatever becomes of it.
    pub fn send(&self, text: &str) -> crate::support::Run {
        self.home.cmd(["send", &self.listener.id, "--id", text, "-m", text])
    }

    /// Ends the printing, and compares every log with the record and every screen with its log.
    #[track_caller]
    pub fn stop_and_compare(&self) {
        std::fs::write(self.home.join("stop"), "").unwrap();
        for (number, agent) in self.agents.iter().enumerate() {
            let last = format!("agent-{number} stopped\r\n");
            wait_until(&format!("the last line of {agent:?}"), || {
                self.home.log(&agent.id).ends_with(last.as_bytes()).then_some(())
            });
            let printed = std::fs::read_to_string(record(self.home, number)).unwrap().replace('\n', "\r\n");
            let logged = self.home.log(&agent.id);
            if let Some(at) = first_difference(printed.as_bytes(), &logged) {
                let shown = |bytes: &[u8]| {
                    let near = &bytes[at.saturating_sub(60).min(bytes.len())..(at + 60).min(bytes.len())];
                    String::from_utf8_lossy(near).into_owned()
                };
                panic!("{agent:?}: byte {at}\nprinted: {:?}\nlogged:  {:?}", shown(printed.as_bytes()), shown(&logged));
            }
            self.compare_screen(agent, last.trim_end());
        }
    }

    /// The server's screen is the one that the whole log makes.
    #[track_caller]
    fn compare_screen(&self, agent: &Agent, last: &str) {
        self.home.wait_screen(&agent.id, last);
        let row = self.home.terminal(&agent.id);
        let (cols, rows) = (row["cols"].to_string(), row["rows"].to_string());
        let raw = self.home.write(&format!("raw-{}", agent.id), &String::from_utf8(self.home.log(&agent.id)).unwrap());
        let raw = raw.display().to_string();
        let judged = self.home.cmd(["debug", "screen", "--raw", &raw, "--cols", &cols, "--rows", &rows]).run().ok();
        assert_eq!(self.home.screen_of(&agent.id), judged.stdout.trim_end(), "the screen of {agent:?}");
    }

    /// What was typed: each of `expected` once and in order, nothing else.
    #[track_caller]
    pub fn assert_typed(&self, expected: &[String]) {
        let read = || self.home.read("typed").lines().map(String::from).collect::<Vec<_>>();
        let last = expected.last().cloned().unwrap_or_default();
        wait_until("the last line typed", || read().contains(&last).then_some(()));
        assert_eq!(read(), expected);
    }
}

fn record(home: &Home, number: usize) -> PathBuf {
    home.join(format!("printed-{number}"))
}

fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let common = a.iter().zip(b).position(|(a, b)| a != b);
    common.or_else(|| (a.len() != b.len()).then_some(a.len().min(b.len())))
}

/// Small reproducible randomness: the seed is printed, and given back with CONDUCTOR_TEST_SEED.
pub struct Dice(u64);

impl Dice {
    pub fn new() -> Dice {
        let given = std::env::var("CONDUCTOR_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
        let seed = given.unwrap_or(now) | 1;
        println!("CONDUCTOR_TEST_SEED={seed}");
        Dice(seed)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}
