//! `apply`: the one place where the world changes. The match only routes; each arm is a line or two.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::life::{Next, Unwell, ordinal};
use crate::core::status::{Status, Verdict, WaitingFor};
use crate::core::usage::{Of, Used};
use crate::core::world::{Effect, Event, Hooking, Subject, Terminal, Worktree, World};
use std::sync::Arc;

impl World {
    /// # Invariant
    /// A function of (state, event, time): replaying the same events gives the same state. Every announcement
    /// stands behind the save of what it announces. An event about an unknown terminal changes nothing.
    pub fn apply(&mut self, event: Event, now: Millis) -> Vec<Effect> {
        let ended = super::asking::ends(&event);
        let mut effects = self.route(event, now);
        effects.extend(ended.into_iter().flat_map(|id| self.withdraw(id)));
        effects
    }

    fn route(&mut self, event: Event, now: Millis) -> Vec<Effect> {
        match event {
            Event::Launched { session, terminal } => self.launched(session, *terminal),
            Event::Found { session, terminal } => self.found(session, *terminal, now),
            Event::Spawned { id, holder_pid, agent_pid } => {
                self.change(id, |t| (t.holder_pid, t.agent_pid) = (Some(holder_pid), Some(agent_pid)))
            }
            Event::SpawnFailed { id, error } => self.change(id, |t| {
                t.end(now);
                t.be(Status::Error, Some(error), "the program could not be started", now);
                // Whoever started it is told. What began by itself is tried again by itself.
                if !t.life.ends.is_empty() {
                    t.plan(true, now);
                }
            }),
            Event::Adopted { id, holder_pid, agent_pid, columns, rows } => self.change(id, |t| {
                (t.holder_pid, t.agent_pid) = (Some(holder_pid), Some(agent_pid));
                (t.columns, t.rows) = (columns, rows);
                (t.exit_code, t.exit_signal) = (None, None);
                t.is_cut_off = false;
                if t.status == Status::Closed {
                    t.be(Status::Unknown, None, "a living holder was found", now);
                }
            }),
            Event::Exited { id, code, signal } => self.change(id, |t| t.exited(code, signal, now)),
            Event::HolderLost { id, reason } => self.change(id, |t| {
                if t.is_alive() {
                    t.end(now);
                    t.be(Status::Closed, Some(reason), "its holder is gone", now);
                    t.plan(true, now);
                    t.be_cut_off();
                }
            }),
            Event::CutOff { id } => self.change(id, Terminal::be_cut_off),
            Event::Judged { id, verdict } => self.judged(id, verdict, now),
            Event::Hooks { id, run, hooks } => self.change(id, |t| {
                if t.run == run {
                    t.hooks = hooks;
                }
            }),
            Event::Disk { id, error } => self.change(id, |t| {
                t.paused = error.map(|e| format!("paused: the log cannot be written: {e}"));
            }),
            Event::Titled { id, title } => {
                // Derived from the log, carried by frames, and changing ten times a second under a spinner: it is
                // neither stored nor announced.
                if let Some(terminal) = self.terminals.get_mut(&id) {
                    terminal.title = title;
                }
                Vec::new()
            }
            Event::Resized { id, columns, rows } => self.change(id, |t| (t.columns, t.rows) = (columns, rows)),
            Event::Renamed { id, window } => self.change(id, |t| t.window = window),
            Event::Unwanted { id } => self.change(id, |t| {
                if t.life.again_at.is_some() {
                    t.detail = Some("stopped: not started again".into());
                }
                t.is_cut_off = false;
                t.life.give_up();
            }),
            Event::Restarted { id, command, is_by_itself } => self.change(id, |t| {
                t.restarted(command, now);
                t.life.restarted(is_by_itself, now);
            }),
            Event::Well { id, run } => self.change(id, |t| {
                if t.run == run {
                    t.unwell = None;
                }
            }),
            Event::Unwell { id, run, reason, well_at } => self.change(id, |t| {
                if t.run == run && t.is_alive() {
                    let failures = t.unwell.take().map_or(1, |before| before.failures + 1);
                    t.unwell = Some(Unwell { failures, reason, well_at });
                }
            }),
            Event::Seen { id } => self.change(id, |t| {
                if t.status == Status::Completed {
                    t.be(Status::Ready, None, "looked at", now);
                }
            }),
            Event::Removed { id } => self.removed(id),
            Event::Conversation { id, run, conversation } => self.change(id, |t| {
                // What was seen of a program that was started anew meanwhile says nothing of the new one.
                if t.run == run {
                    t.converse(conversation);
                }
            }),
            Event::Used { id, used } => self.used(id, *used),
            Event::Stepped(record) => vec![Effect::SaveStep(record)],
            Event::Asked(approval) => self.asked(*approval),
            Event::Answered { approval, digest, answer } => {
                self.change_approval(approval, |it| it.answered(&digest, *answer))
            }
            Event::Done { approval, outcome } => self.change_approval(approval, |it| it.done(outcome)),
            Event::Halted { is_halted } => self.halted(is_halted, now),
            Event::Worktree(worktree) => self.worktree(*worktree, now),
            Event::WorktreeForgotten { id } => match self.worktrees.remove(&id) {
                Some(_) => self.told_of_worktree(id, Effect::DeleteWorktree(id)),
                None => Vec::new(),
            },
            Event::Trusted(trust) => {
                let directory = trust.directory.clone();
                self.trusts.insert(directory.clone(), (*trust).clone());
                self.told_of_trust(directory, Effect::SaveTrust(trust))
            }
            Event::TrustRevoked { directory } => match self.trusts.remove(&directory) {
                Some(_) => self.told_of_trust(directory.clone(), Effect::DeleteTrust(directory)),
                None => Vec::new(),
            },
        }
    }

    /// Counted only when it goes on from what is known, and for a terminal that is there.
    fn used(&mut self, id: TerminalId, used: Used) -> Vec<Effect> {
        let Some(terminal) = self.terminals.get_mut(&id) else { return Vec::new() };
        let mark = used.mark.clone();
        let of =
            Of { terminal: id, session: &terminal.session, window: &terminal.window, provider: &terminal.provider };
        let context = self.usage.mark(&mark.path).and_then(|before| before.context);
        let Some(rows) = Arc::make_mut(&mut self.usage).add(&of, used) else { return Vec::new() };
        // Most of what is read is what was said: no news to those who look at numbers.
        let is_news = !rows.is_empty() || context != mark.context;
        let mut effects: Vec<Effect> = rows.into_iter().map(|row| Effect::SaveUsage(Box::new(row))).collect();
        effects.push(Effect::SaveMark(Box::new(mark)));
        if is_news {
            self.revision += 1;
            terminal.revision = self.revision;
            effects.push(Effect::Announce { subject: Subject::Terminal(id), revision: self.revision });
        }
        effects
    }

    fn halted(&mut self, is_halted: bool, now: Millis) -> Vec<Effect> {
        if self.is_halted() == is_halted {
            return Vec::new();
        }
        self.halted_since = is_halted.then_some(now);
        self.revision += 1;
        let announce = Effect::Announce { subject: Subject::Halt, revision: self.revision };
        vec![Effect::SaveHalt(self.halted_since), announce]
    }

    fn told_of_trust(&mut self, directory: String, effect: Effect) -> Vec<Effect> {
        self.revision += 1;
        vec![effect, Effect::Announce { subject: Subject::Trust(directory), revision: self.revision }]
    }

    fn worktree(&mut self, mut worktree: Worktree, now: Millis) -> Vec<Effect> {
        let before = self.worktrees.get(&worktree.id);
        worktree.since = match before {
            Some(before) if before.state == worktree.state => before.since,
            _ => now,
        };
        if before == Some(&worktree) {
            return Vec::new();
        }
        self.worktrees.insert(worktree.id, worktree.clone());
        self.told_of_worktree(worktree.id, Effect::SaveWorktree(Box::new(worktree)))
    }

    fn told_of_worktree(&mut self, id: TerminalId, effect: Effect) -> Vec<Effect> {
        self.revision += 1;
        vec![effect, Effect::Announce { subject: Subject::Worktree(id), revision: self.revision }]
    }

    /// Changes one terminal; when that made a difference, saves and announces it.
    fn change(&mut self, id: TerminalId, change: impl FnOnce(&mut Terminal)) -> Vec<Effect> {
        let Some(terminal) = self.terminals.get_mut(&id) else { return Vec::new() };
        let before = terminal.clone();
        change(terminal);
        if *terminal == before {
            return Vec::new();
        }
        self.revision += 1;
        terminal.revision = self.revision;
        vec![
            Effect::SaveTerminal(Box::new(terminal.clone())),
            Effect::Announce { subject: Subject::Terminal(id), revision: self.revision },
        ]
    }

    fn launched(&mut self, session: crate::core::world::Session, mut terminal: Terminal) -> Vec<Effect> {
        let mut effects = Vec::new();
        let name = session.name.clone();
        let is_new = !self.sessions.contains_key(&name);
        if is_new {
            effects.push(Effect::SaveSession(session.clone()));
            self.sessions.insert(name.clone(), session);
        }
        self.revision += 1;
        terminal.revision = self.revision;
        effects.push(Effect::SaveTerminal(Box::new(terminal.clone())));
        if is_new {
            effects.push(Effect::Announce { subject: Subject::Session(name), revision: self.revision });
        }
        effects.push(Effect::Announce { subject: Subject::Terminal(terminal.id), revision: self.revision });
        self.terminals.insert(terminal.id, terminal);
        effects
    }

    /// What is known already is no find. What it does is not known before there is evidence.
    fn found(&mut self, session: crate::core::world::Session, mut terminal: Terminal, now: Millis) -> Vec<Effect> {
        if self.terminals.contains_key(&terminal.id) {
            return Vec::new();
        }
        terminal.window = self.free_window(&session.name, &terminal.window);
        terminal.session.clone_from(&session.name);
        terminal.be(Status::Unknown, None, "a living holder without a row was found", now);
        self.launched(session, terminal)
    }

    fn judged(&mut self, id: TerminalId, verdict: Verdict, now: Millis) -> Vec<Effect> {
        self.change(id, |t| {
            if !t.is_alive() {
                return;
            }
            // A finished turn stays "done" until somebody has looked, although the agent is idle again.
            let unseen = t.status == Status::Completed && verdict.status == Status::Ready;
            let finished = t.status == Status::Running && verdict.status == Status::Ready && !t.is_shell;
            let status = if unseen || finished { Status::Completed } else { verdict.status };
            t.waiting_for = verdict.waiting_for;
            t.has_begun |= is_past_its_start(&verdict);
            if status == t.status {
                // The words behind an unchanged status change all the time (a spinner's title): no news by themselves.
                if t.detail != verdict.detail {
                    (t.detail, t.evidence) = (verdict.detail, Some(verdict.evidence));
                }
                return;
            }
            t.be(status, verdict.detail, &verdict.evidence, now);
        })
    }

    /// A session ends with its last terminal.
    fn removed(&mut self, id: TerminalId) -> Vec<Effect> {
        let Some(terminal) = self.terminals.remove(&id) else { return Vec::new() };
        self.revision += 1;
        let revision = self.revision;
        let mut effects =
            vec![Effect::DeleteTerminal(id), Effect::Announce { subject: Subject::Terminal(id), revision }];
        if !self.terminals.values().any(|t| t.session == terminal.session) {
            self.sessions.remove(&terminal.session);
            effects.push(Effect::DeleteSession(terminal.session.clone()));
            effects.push(Effect::Announce { subject: Subject::Session(terminal.session), revision });
        }
        effects
    }
}

/// Whether an agent in this state has started. One that asks for trust or a login has not: a message would answer it.
fn is_past_its_start(verdict: &Verdict) -> bool {
    match verdict.status {
        Status::Ready | Status::Running | Status::Completed | Status::Error => true,
        Status::Waiting => !matches!(verdict.waiting_for, Some(WaitingFor::Trust | WaitingFor::Login)),
        Status::Initializing | Status::Closed | Status::Unknown => false,
    }
}

impl Terminal {
    fn be(&mut self, status: Status, detail: Option<String>, evidence: &str, now: Millis) {
        if self.status != status {
            self.since = now;
        }
        self.status = status;
        self.detail = detail;
        self.evidence = Some(evidence.to_owned());
        if status != Status::Waiting {
            self.waiting_for = None;
        }
    }

    /// No process is left.
    fn end(&mut self, _now: Millis) {
        (self.holder_pid, self.agent_pid, self.waiting_for, self.paused) = (None, None, None, None);
    }

    /// An end that is told twice is one.
    fn exited(&mut self, code: Option<i32>, signal: Option<i32>, now: Millis) {
        if !self.is_alive() {
            return;
        }
        self.end(now);
        (self.exit_code, self.exit_signal) = (code, signal);
        match (code, signal) {
            // How it went is no news to those who asked for it.
            _ if self.life.is_unwanted => self.be(Status::Closed, Some("stopped".into()), "it was told to end", now),
            (Some(0), _) => self.be(Status::Closed, Some("exited".into()), "the program ended", now),
            (Some(code), _) => {
                self.be(Status::Error, Some(format!("exited with code {code}")), "the program ended", now);
            }
            (None, Some(signal)) => {
                self.be(Status::Closed, Some(format!("ended by signal {signal}")), "the program ended", now);
            }
            (None, None) => self.be(Status::Closed, Some("ended".into()), "the program ended", now),
        }
        self.plan(code != Some(0), now);
    }

    /// Nobody wanted it to end, and nothing starts it again.
    fn be_cut_off(&mut self) {
        self.is_cut_off = !self.is_alive() && !self.life.is_unwanted && self.life.again_at.is_none();
    }

    /// What follows its end, in words behind those about the end.
    fn plan(&mut self, is_failure: bool, now: Millis) {
        let illness = self.unwell.take().filter(Unwell::is_ill);
        if let Some(ill) = &illness {
            self.detail = Some(ill.to_string());
        }
        match self.life.ended(is_failure, illness.as_ref(), now) {
            Next::Stay => {}
            Next::Again { at, time } => {
                let seconds = at.saturating_sub(now) / 1_000;
                let why = self.detail.take().unwrap_or_default();
                self.detail = Some(format!("{why} · starts again in {seconds} s ({} time)", ordinal(time)));
            }
            Next::CrashLoop { ends, within } => {
                let why = self.detail.take().unwrap_or_default();
                let words = format!("ended {ends} times within {} s; not started again · {why}", within / 1_000);
                self.be(Status::Error, Some(words), "it ended again and again", now);
            }
        }
    }

    fn restarted(&mut self, command: Vec<String>, now: Millis) {
        self.run += 1;
        self.command = command;
        self.is_cut_off = false;
        (self.exit_code, self.exit_signal, self.has_begun, self.unwell) = (None, None, false, None);
        self.hooks = Hooking::None;
        self.title.clear();
        self.be(Status::Initializing, None, "started again", now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::world::Session;

    fn terminal(id: u32) -> Terminal {
        Terminal {
            id: TerminalId(id),
            session: "conductor-a".into(),
            window: "agent-shell".into(),
            role: "agent".into(),
            provider: "an_agent".into(),
            is_shell: false,
            profile: None,
            command: vec!["x".into()],
            is_own_command: false,
            cwd: "/".into(),
            environment: vec![],
            env_files: vec![],
            umask: None,
            created_at: 1,
            run: 1,
            status: Status::Initializing,
            waiting_for: None,
            detail: None,
            evidence: None,
            paused: None,
            since: 1,
            has_begun: false,
            hooks: crate::core::world::Hooking::None,
            title: String::new(),
            columns: 80,
            rows: 24,
            holder_pid: None,
            agent_pid: None,
            exit_code: None,
            exit_signal: None,
            conversation: None,
            conversations_before: vec![],
            is_cut_off: false,
            life: crate::core::life::Life::default(),
            unwell: None,
            revision: 0,
        }
    }

    fn world_with(ids: &[u32]) -> World {
        let mut world = World::default();
        for id in ids {
            let session = Session { name: "conductor-a".into(), cwd: "/".into(), created_at: 1 };
            world.apply(Event::Launched { session, terminal: Box::new(terminal(*id)) }, 1);
        }
        world
    }

    fn judged(world: &mut World, status: Status, now: Millis) -> (Status, Millis) {
        let verdict = Verdict { status, ..Verdict::default() };
        world.apply(Event::Judged { id: TerminalId(1), verdict }, now);
        let t = &world.terminals[&TerminalId(1)];
        (t.status, t.since)
    }

    #[test]
    fn nothing_is_announced_before_it_is_saved() {
        let mut world = world_with(&[]);
        let session = Session { name: "conductor-a".into(), cwd: "/".into(), created_at: 1 };
        let launched = world.apply(Event::Launched { session, terminal: Box::new(terminal(1)) }, 1);
        let removed = world.apply(Event::Removed { id: TerminalId(1) }, 2);
        for effects in [launched, removed] {
            let first_announce = effects.iter().position(|e| matches!(e, Effect::Announce { .. })).unwrap();
            assert!(first_announce > 0);
            for (index, effect) in effects.iter().enumerate() {
                if let Effect::Announce { subject, .. } = effect {
                    let is_saved = effects[..index].iter().any(|e| match (e, subject) {
                        (Effect::SaveTerminal(t), Subject::Terminal(id)) => t.id == *id,
                        (Effect::DeleteTerminal(t), Subject::Terminal(id)) => t == id,
                        (Effect::SaveSession(s), Subject::Session(name)) => s.name == *name,
                        (Effect::DeleteSession(s), Subject::Session(name)) => s == name,
                        _ => false,
                    });
                    assert!(is_saved, "{effect:?}");
                }
            }
        }
        assert!(world.sessions.is_empty(), "the session ends with its last terminal");
    }

    #[test]
    fn a_finished_turn_is_done_until_it_is_seen() {
        let mut world = world_with(&[1]);
        assert_eq!(judged(&mut world, Status::Ready, 5), (Status::Ready, 5), "a start is no finished turn");
        assert_eq!(judged(&mut world, Status::Running, 6), (Status::Running, 6));
        assert_eq!(judged(&mut world, Status::Ready, 7), (Status::Completed, 7));
        assert_eq!(judged(&mut world, Status::Ready, 8), (Status::Completed, 7));
        world.apply(Event::Seen { id: TerminalId(1) }, 9);
        assert_eq!(judged(&mut world, Status::Ready, 10), (Status::Ready, 9));
        world.terminals.get_mut(&TerminalId(1)).unwrap().is_shell = true;
        assert_eq!(judged(&mut world, Status::Running, 11), (Status::Running, 11));
        assert_eq!(judged(&mut world, Status::Ready, 12), (Status::Ready, 12), "a shell's command is no turn");
    }

    #[test]
    fn what_ended_is_not_judged_and_what_did_not_change_is_not_saved() {
        let mut world = world_with(&[1]);
        world.apply(Event::Exited { id: TerminalId(1), code: Some(3), signal: None }, 5);
        assert_eq!(judged(&mut world, Status::Running, 6), (Status::Error, 5));
        let again = world.apply(Event::Exited { id: TerminalId(1), code: Some(3), signal: None }, 9);
        assert_eq!(again, [], "the same end twice is no news");
        assert_eq!(world.apply(Event::Seen { id: TerminalId(9) }, 1), [], "unknown terminal");
        world.apply(Event::Restarted { id: TerminalId(1), command: vec!["y".into()], is_by_itself: false }, 10);
        let t = &world.terminals[&TerminalId(1)];
        assert_eq!((t.run, t.status, t.exit_code, t.since), (2, Status::Initializing, None, 10));
    }

    #[test]
    fn an_agent_has_begun_when_it_takes_messages_and_anew_after_a_restart() {
        use Status::{Error, Initializing, Ready, Running, Unknown, Waiting};
        for (status, waiting_for, expected) in [
            (Initializing, None, false),
            (Unknown, None, false),
            (Waiting, Some(WaitingFor::Trust), false),
            (Waiting, Some(WaitingFor::Login), false),
            (Waiting, Some(WaitingFor::Approval), true),
            (Ready, None, true),
            (Running, None, true),
            (Error, None, true),
        ] {
            let mut world = world_with(&[1]);
            let verdict = Verdict { status, waiting_for, ..Verdict::default() };
            world.apply(Event::Judged { id: TerminalId(1), verdict }, 2);
            assert_eq!(world.terminals[&TerminalId(1)].has_begun, expected, "{status:?} {waiting_for:?}");
            world.apply(Event::Judged { id: TerminalId(1), verdict: Verdict::default() }, 3);
            assert_eq!(world.terminals[&TerminalId(1)].has_begun, expected, "an unknown dialog later on");
            world.apply(Event::Restarted { id: TerminalId(1), command: vec![], is_by_itself: false }, 4);
            assert!(!world.terminals[&TerminalId(1)].has_begun);
        }
    }

    #[test]
    fn an_end_is_planned_for_once_told_in_words_and_taken_back() {
        use crate::core::life::{Life, Restart};
        let mut world = world_with(&[1]);
        world.terminals.get_mut(&TerminalId(1)).unwrap().life = Life::new(Restart::OnFailure, 1);
        let exited = |code| Event::Exited { id: TerminalId(1), code: Some(code), signal: None };
        world.apply(exited(3), 10);
        let t = world.terminals[&TerminalId(1)].clone();
        assert_eq!(t.life.again_at, Some(1_010));
        assert_eq!(t.detail.as_deref(), Some("exited with code 3 · starts again in 1 s (1st time)"));
        assert_eq!(world.apply(exited(3), 11), [], "told twice");
        assert_eq!(world.apply(Event::HolderLost { id: TerminalId(1), reason: "x".into() }, 12), []);
        world.apply(Event::SpawnFailed { id: TerminalId(1), error: "no program".into() }, 1_010);
        let t = world.terminals[&TerminalId(1)].clone();
        assert_eq!(t.detail.as_deref(), Some("no program · starts again in 2 s (2nd time)"));
        world.apply(Event::Unwanted { id: TerminalId(1) }, 1_020);
        let t = world.terminals[&TerminalId(1)].clone();
        assert_eq!((t.life.again_at, t.detail.as_deref()), (None, Some("stopped: not started again")));
        // Somebody starts it: their failure is told to them, and is theirs.
        let again = Event::Restarted { id: TerminalId(1), command: vec!["x".into()], is_by_itself: false };
        world.apply(again, 1_030);
        world.apply(Event::SpawnFailed { id: TerminalId(1), error: "no program".into() }, 1_031);
        assert_eq!(world.terminals[&TerminalId(1)].life.again_at, None);
    }

    #[test]
    fn the_conversation_is_the_newest_one_seen_of_this_run() {
        let mut world = world_with(&[1]);
        let mut seen = |run, conversation: &str| {
            let event = Event::Conversation { id: TerminalId(1), run, conversation: conversation.into() };
            let effects = world.apply(event, 2).len();
            (world.terminals[&TerminalId(1)].conversation.clone().unwrap_or_default(), effects)
        };
        assert_eq!(seen(1, "a"), ("a".into(), 2), "saved and announced");
        assert_eq!(seen(1, "b"), ("b".into(), 2));
        assert_eq!(seen(1, "b"), ("b".into(), 0));
        assert_eq!(seen(2, "c"), ("b".into(), 0), "of another run");
    }

    #[test]
    fn conversations_before_are_kept_newest_first_and_bounded() {
        let mut world = world_with(&[1]);
        let mut seen = |conversation: String| {
            world.apply(Event::Conversation { id: TerminalId(1), run: 1, conversation }, 2);
            world.terminals[&TerminalId(1)].conversations_before.clone()
        };
        assert!(seen("a".into()).is_empty());
        assert_eq!(seen("b".into()), ["a"]);
        assert_eq!(seen("a".into()), ["b"], "taken up again");
        assert_eq!(seen("c".into()), ["a", "b"]);
        let many = (0..20).map(|n| seen(format!("c{n}"))).last().unwrap();
        assert_eq!((many.len(), many[0].as_str()), (9, "c18"));
    }

    #[test]
    fn what_nobody_ended_is_cut_off_until_it_is_taken_up_or_given_up() {
        use crate::core::life::{Life, Restart};
        let mut world = world_with(&[1, 2, 3, 4]);
        world.apply(Event::Unwanted { id: TerminalId(2) }, 2);
        world.terminals.get_mut(&TerminalId(3)).unwrap().life = Life::new(Restart::OnFailure, 1);
        world.apply(Event::Exited { id: TerminalId(4), code: None, signal: Some(15) }, 3);
        for id in [1, 2, 3] {
            world.apply(Event::HolderLost { id: TerminalId(id), reason: "gone".into() }, 3);
        }
        let cut_off =
            |world: &World| -> Vec<u32> { world.terminals.values().filter(|t| t.is_cut_off).map(|t| t.id.0).collect() };
        assert_eq!(cut_off(&world), [1], "wanted, started again by itself, told by its journal: these are not");
        world.apply(Event::CutOff { id: TerminalId(4) }, 4);
        assert_eq!(cut_off(&world), [1, 4]);
        // One that is told to end has stopped, whatever ended it.
        let mut world = world_with(&[1, 2]);
        world.apply(Event::Unwanted { id: TerminalId(1) }, 2);
        for id in [1, 2] {
            world.apply(Event::Exited { id: TerminalId(id), code: None, signal: Some(1) }, 3);
        }
        let words = |id| world.terminals[&TerminalId(id)].detail.clone().unwrap_or_default();
        assert_eq!((words(1).as_str(), words(2).as_str()), ("stopped", "ended by signal 1"));
        let again = Event::Restarted { id: TerminalId(1), command: vec![], is_by_itself: false };
        world.apply(again, 5);
        world.apply(Event::CutOff { id: TerminalId(1) }, 5);
        world.apply(Event::Unwanted { id: TerminalId(4) }, 5);
        assert!(cut_off(&world).is_empty());
    }

    #[test]
    fn a_stop_of_everything_keeps_its_time_and_is_taken_back_once() {
        let mut world = World::default();
        let announced = |revision| Effect::Announce { subject: Subject::Halt, revision };
        let halted = |is_halted| Event::Halted { is_halted };
        assert_eq!(world.apply(halted(true), 5), [Effect::SaveHalt(Some(5)), announced(1)]);
        assert_eq!(world.apply(halted(true), 6), []);
        assert!(world.is_halted());
        assert_eq!(world.apply(halted(false), 7), [Effect::SaveHalt(None), announced(2)]);
        assert!(!world.is_halted());
    }

    #[test]
    fn a_find_gets_a_row_of_its_own_once() {
        let mut world = world_with(&[1]);
        let session = Session { name: "conductor-found".into(), cwd: "/".into(), created_at: 5 };
        for id in [2, 3, 3, 1] {
            let before = world.clone();
            let found = Event::Found { session: session.clone(), terminal: Box::new(terminal(id)) };
            let effects = world.apply(found, 5);
            let is_known = before.terminals.contains_key(&TerminalId(id));
            assert_eq!(effects.is_empty(), is_known, "{id}");
            let saves = effects.iter().any(|e| matches!(e, Effect::SaveTerminal(t) if t.id == TerminalId(id)));
            assert_eq!(saves, !is_known, "{id}");
        }
        let rows: Vec<_> = world.of_session("conductor-found").map(|t| (t.window.as_str(), t.status)).collect();
        assert_eq!(rows, [("agent-shell", Status::Unknown), ("agent-shell-2", Status::Unknown)]);
        assert_eq!(world.terminals[&TerminalId(1)].session, "conductor-a", "a row of its own stays as it is");
    }

    #[test]
    fn names_are_numbered_when_taken() {
        let world = world_with(&[1]);
        assert_eq!(world.free_window("conductor-a", "agent-shell"), "agent-shell-2");
        assert_eq!(world.free_window("conductor-b", "agent-shell"), "agent-shell");
        assert_eq!(world.free_session("conductor-a"), "conductor-a-2");
    }
}
