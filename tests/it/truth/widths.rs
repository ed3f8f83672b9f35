//! Every state of every CLI at many sizes: the window is made narrow, wide, low and high while the agent thinks, asks,
//! rests or has failed, and it draws itself anew each time. Long version only: CONDUCTOR_TEST_TRUTH=widths, with
//! CONDUCTOR_TEST_TRUTH_ONLY for one CLI. What is looked at is what the screen alone says, as of an agent without hooks.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::cli::{self, Cli};
use super::plan::{NARROW, Turn};
use super::run::{self, Run, Setting};
use crate::support::need;
use crate::support::wait::wait_at_most;

/// Columns and rows: of a phone, of halves and thirds of a screen, around the widths at which CLIs change their layout.
const SIZES: [(u16, u16); 24] = [
    (120, 40),
    (30, 30),
    (34, 40),
    (40, 24),
    (40, 50),
    (46, 24),
    (50, 30),
    (56, 24),
    (60, 20),
    (66, 30),
    (72, 24),
    (79, 24),
    (80, 24),
    (80, 16),
    (80, 60),
    (90, 30),
    (99, 28),
    (100, 30),
    (110, 24),
    (119, 40),
    (121, 40),
    (132, 24),
    (160, 45),
    (200, 50),
];

/// For a CLI to draw itself anew, which some do in pieces, and for its screen to settle.
const DRAWN: Duration = Duration::from_secs(4);
/// A state that is there for good: what thinks or waits longer is interrupted by then.
const LASTS: f64 = 400.0;

/// What the screen must say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Rests,
    Works,
    Asks,
    Questions,
    Failed,
}

impl State {
    fn is(self, status: &str, waiting_for: &str) -> bool {
        match self {
            State::Rests => status == "ready",
            State::Works => status == "running",
            State::Asks => (status, waiting_for) == ("waiting", "approval"),
            State::Questions => (status, waiting_for) == ("waiting", "question"),
            State::Failed => status == "error",
        }
    }
}

/// What was seen of one CLI.
#[derive(Default)]
struct Sweep {
    right: usize,
    unknown: Vec<String>,
    wrong: Vec<String>,
}

impl Sweep {
    /// One state at all sizes.
    fn state(&mut self, run: &Run, state: State) {
        for (columns, rows) in SIZES {
            run.resize(columns, rows);
            let mut last = (String::new(), String::new(), Value::Null);
            let is_right = wait_at_most(DRAWN, || {
                last = run.screen_says();
                state.is(&last.0, &last.1).then_some(())
            });
            if is_right.is_some() {
                self.right += 1;
                continue;
            }
            let (status, waiting_for, claims) = last;
            let mut text = format!(
                "\n=== {} {columns}x{rows} {state:?}: the screen says {status:?} {waiting_for:?}\n",
                run.name()
            );
            let _ = writeln!(text, "    {claims}");
            run.screen().lines().for_each(|row| {
                let _ = writeln!(text, "    |{row}");
            });
            println!("{text}");
            if status == "unknown" { self.unknown.push(text) } else { self.wrong.push(text) }
        }
        run.resize(SIZES[0].0, SIZES[0].1);
    }
}

/// As in `plan.rs`, but for ever.
fn script(cli: &Cli) -> Value {
    let mut script = super::plan::script(cli, &TURNS, 1.0);
    for rule in script["rules"].as_array_mut().unwrap() {
        let text = rule["match"].as_str().unwrap().to_owned();
        if text.contains("stopthinking") {
            rule["steps"] = json!([[{"text": "A word first.\n\nAnd another."}, {"delay": LASTS}]]);
        }
    }
    script
}

const TURNS: [Turn; 6] = NARROW;

fn sweep(cli: &'static Cli) -> Sweep {
    let setting = Setting { columns: SIZES[0].0, rows: SIZES[0].1, turns: TURNS.to_vec(), lasts: 0.3, config: "" };
    let mut run = Run::start(cli, &setting, &script(cli));
    run.wait_up();
    run.attach();
    let mut sweep = Sweep::default();
    for (index, turn) in TURNS.iter().enumerate().filter(|(_, turn)| turn.is_for(cli)) {
        let tag = turn.tag(index);
        run.turn_with(*turn, &tag, &mut |run, stage| {
            let state = match (turn, stage) {
                (Turn::Ask, run::Stage::Dialog) => State::Questions,
                (Turn::Deny, run::Stage::Dialog) => State::Asks,
                (Turn::StopThinking, run::Stage::Works) => State::Works,
                (Turn::Fail, run::Stage::Rest) => State::Failed,
                (Turn::Quote | Turn::Deny, run::Stage::Rest) => State::Rests,
                _ => return,
            };
            sweep.state(run, state);
        });
    }
    run.window = None;
    run.exit();
    sweep
}

#[test]
fn truth_at_every_width() {
    if std::env::var("CONDUCTOR_TEST_TRUTH").is_ok_and(|value| value == "widths") {
        return every_width();
    }
    println!("skipped: CONDUCTOR_TEST_TRUTH=widths plays every state at every size, in a quarter of an hour");
}

fn every_width() {
    let only = std::env::var("CONDUCTOR_TEST_TRUTH_ONLY").unwrap_or_default();
    let mut bad = 0;
    for cli in cli::ALL.into_iter().filter(|cli| only.is_empty() || cli.provider == only) {
        assert!(need::have(cli.program), "{} is not there", cli.program);
        let sweep = sweep(cli);
        println!(
            "{}: {} right, {} unknown, {} wrong",
            cli.provider,
            sweep.right,
            sweep.unknown.len(),
            sweep.wrong.len()
        );
        bad += sweep.wrong.len();
    }
    assert_eq!(bad, 0, "states that were wrong at some size");
}
