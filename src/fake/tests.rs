//! The double as a machine: keys and time in, bytes out, and what the real engine and the shipped rules make of those
//! bytes. Every style is taken through its states; where there is a recording, it must look the same.

mod behaviour;
mod looks;
mod states;

use crate::core::screen::{self, Notice, ProgramPhase, ProgramState, Screen};
use crate::fake::machine::{Effect, Ended, Machine};
use crate::fake::scene::{Place, Size};
use crate::fake::script;

/// The size that all recordings have.
const SIZE: Size = Size { cols: 100, rows: 30 };

/// A double with its clock, in a terminal of ours that answers nothing by itself.
struct Lab {
    machine: Machine,
    screen: Screen,
    now: u64,
    program: Option<ProgramState>,
    will_report: bool,
    title: String,
    titles: Vec<String>,
    out: Vec<u8>,
    effects: Vec<Effect>,
}

impl Lab {
    fn new(script: &str) -> Lab {
        Lab::sized(script, SIZE, None)
    }

    fn sized(script: &str, size: Size, prompt: Option<&str>) -> Lab {
        let place = Place { cwd: "/home/user/projects/ws3".into() };
        let mut lab = Lab {
            machine: Machine::new(script::parse(script).unwrap(), place, size, prompt.map(Into::into)),
            screen: Screen::new(screen::Size::new(size.cols as u16, size.rows as u16)),
            now: 0,
            program: None,
            will_report: false,
            title: String::new(),
            titles: vec![],
            out: vec![],
            effects: vec![],
        };
        lab.machine.tick(0);
        lab.look();
        lab
    }

    fn look(&mut self) {
        let bytes = self.machine.take_output();
        self.screen.feed(self.screen.offset(), &bytes);
        self.out.extend(&bytes);
        self.effects.extend(self.machine.take_effects());
        for notice in self.screen.take_notices() {
            match notice {
                Notice::Title(title) => {
                    self.title.clone_from(&title);
                    self.titles.push(title);
                }
                Notice::Program(state) => self.program = Some(state).filter(|s| s.state != ProgramPhase::Clear),
                Notice::WillReport => self.will_report = true,
                _ => {}
            }
        }
    }

    fn feed(&mut self, bytes: &str) -> &mut Lab {
        self.machine.feed(bytes.as_bytes(), self.now);
        self.look();
        self
    }

    /// Text, a little later Enter, as a person does.
    fn send(&mut self, text: &str) -> &mut Lab {
        self.feed(text).wait(50).feed("\r")
    }

    /// Escape, and the time after which it is certain.
    fn escape(&mut self) -> &mut Lab {
        self.feed("\x1b").wait(100)
    }

    /// Lets time pass, from one deadline of the machine to the next.
    fn wait(&mut self, ms: u64) -> &mut Lab {
        let until = self.now + ms;
        while let Some(at) = self.machine.deadline(self.now).filter(|at| *at <= until) {
            assert!(at >= self.now, "a deadline in the past would spin");
            self.now = at;
            self.machine.tick(at);
            self.look();
        }
        self.now = until;
        self.machine.tick(until);
        self.look();
        self
    }

    /// The command that it wants to be run, with its number.
    #[track_caller]
    fn started(&mut self) -> (u32, String) {
        let found = self.effects.iter().position(|e| matches!(e, Effect::Start { .. }));
        match found.map(|at| self.effects.remove(at)) {
            Some(Effect::Start { job, command, .. }) => (job, command),
            _ => panic!("it runs nothing; on its screen:\n{}", self.text()),
        }
    }

    fn end(&mut self, job: u32, code: i32, stdout: &str) -> &mut Lab {
        let end = Ended { code: Some(code), stdout: stdout.into(), stderr: String::new() };
        self.machine.ended(job, &end, self.now);
        self.look();
        self
    }

    fn text(&self) -> String {
        self.screen.text().lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    #[track_caller]
    fn sees(&mut self, words: &str) -> &mut Lab {
        assert!(self.text().contains(words), "no {words:?} on:\n{}", self.text());
        self
    }

    #[track_caller]
    fn misses(&mut self, words: &str) -> &mut Lab {
        assert!(!self.text().contains(words), "{words:?} on:\n{}", self.text());
        self
    }
}
