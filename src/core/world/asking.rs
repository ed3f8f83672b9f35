//! How the world changes by requests that wait for a yes. Part of `apply`. What is answered is never taken out while it is owed.

use crate::base::id::TerminalId;
use crate::core::approval::Approval;
use crate::core::world::{Effect, Event, Subject, World};

/// Answered ones that are kept in memory: those of a busy day, for the screen. The database has all.
const KEPT: usize = 500;

impl World {
    pub(super) fn asked(&mut self, mut approval: Approval) -> Vec<Effect> {
        // A number that is known already is no new request.
        if self.approvals.contains_key(&approval.id) {
            return Vec::new();
        }
        self.revision += 1;
        approval.revision = self.revision;
        let effects = told(&approval);
        self.approvals.insert(approval.id, approval);
        self.forget_answered();
        effects
    }

    pub(super) fn change_approval(&mut self, id: u64, change: impl FnOnce(&mut Approval)) -> Vec<Effect> {
        let Some(approval) = self.approvals.get_mut(&id) else { return Vec::new() };
        let before = approval.clone();
        change(approval);
        if *approval == before {
            return Vec::new();
        }
        self.revision += 1;
        approval.revision = self.revision;
        told(approval)
    }

    /// Requests of a program that has ended, or was started anew, are withdrawn.
    pub(super) fn withdraw(&mut self, id: TerminalId) -> Vec<Effect> {
        let run = self.terminals.get(&id).filter(|terminal| terminal.is_alive()).map(|terminal| terminal.run);
        let of_it = self.approvals.values().filter(|a| a.terminal == id && a.is_pending() && Some(a.run) != run);
        let ids: Vec<u64> = of_it.map(|approval| approval.id).collect();
        let why = if self.terminals.contains_key(&id) { "its agent has ended" } else { "its terminal is gone" };
        ids.into_iter().flat_map(|id| self.change_approval(id, |approval| approval.withdrawn(why))).collect()
    }

    fn forget_answered(&mut self) {
        let is_over = |approval: &Approval| !approval.is_pending() && !approval.is_owed();
        let over = self.approvals.values().filter(|approval| is_over(approval)).count();
        let oldest: Vec<u64> =
            self.approvals.values().filter(|a| is_over(a)).map(|a| a.id).take(over.saturating_sub(KEPT)).collect();
        oldest.iter().for_each(|id| drop(self.approvals.remove(id)));
    }
}

fn told(approval: &Approval) -> Vec<Effect> {
    let (subject, revision) = (Subject::Approval(approval.id), approval.revision);
    vec![Effect::SaveApproval(Box::new(approval.clone())), Effect::Announce { subject, revision }]
}

/// The terminal whose program an event ends or starts anew.
pub(super) fn ends(event: &Event) -> Option<TerminalId> {
    match event {
        Event::Exited { id, .. }
        | Event::HolderLost { id, .. }
        | Event::SpawnFailed { id, .. }
        | Event::Restarted { id, .. }
        | Event::Removed { id }
        | Event::CutOff { id } => Some(*id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::approval::tests::{answer, approval};
    use crate::core::approval::{Outcome, State};

    fn state(world: &World, id: u64) -> State {
        world.approvals[&id].state
    }

    #[test]
    fn of_two_answers_one_is_stored_and_the_other_changes_nothing() {
        let mut world = World::default();
        let asked = world.apply(Event::Asked(Box::new(approval(1))), 5);
        assert!(matches!(asked.as_slice(), [Effect::SaveApproval(_), Effect::Announce { .. }]), "{asked:?}");
        assert!(world.apply(Event::Asked(Box::new(approval(1))), 6).is_empty(), "the same number once more");
        let said = |is_yes, nonce: &str, digest: &str| Event::Answered {
            approval: 1,
            digest: digest.into(),
            answer: Box::new(answer(is_yes, nonce)),
        };
        assert!(world.apply(said(true, "x", "another"), 7).is_empty(), "about what was not asked");
        assert_eq!(world.apply(said(false, "a", "d"), 8).len(), 2);
        assert!(world.apply(said(true, "b", "d"), 9).is_empty());
        assert_eq!(
            (state(&world, 1), world.approvals[&1].answer.as_ref().unwrap().nonce.as_str()),
            (State::Denied, "a")
        );
        assert!(world.apply(Event::Done { approval: 1, outcome: Outcome { at: 9, error: None } }, 9).is_empty());
    }

    #[test]
    fn requests_end_with_the_program_that_they_are_for() {
        let mut world = World::default();
        for id in [1, 2, 3] {
            let terminal = TerminalId(if id == 3 { 2 } else { 1 });
            world.apply(Event::Asked(Box::new(Approval { terminal, ..approval(id) })), 5);
        }
        let yes = Event::Answered { approval: 1, digest: "d".into(), answer: Box::new(answer(true, "n")) };
        world.apply(yes, 6);
        let told = world.apply(Event::Exited { id: TerminalId(1), code: Some(0), signal: None }, 7);
        assert_eq!(told.iter().filter(|effect| matches!(effect, Effect::SaveApproval(_))).count(), 1);
        assert_eq!([1, 2, 3].map(|id| state(&world, id)), [State::Approved, State::Withdrawn, State::Pending]);
    }

    #[test]
    fn old_answers_leave_the_memory_and_what_waits_or_is_owed_stays() {
        let mut world = World::default();
        for id in 1..=(KEPT as u64 + 100) {
            world.apply(Event::Asked(Box::new(approval(id))), id);
            // The first two stay: one waits, one is owed.
            let is_yes = id == 2;
            if id > 1 {
                let answer = Box::new(answer(is_yes, "n"));
                world.apply(Event::Answered { approval: id, digest: "d".into(), answer }, id);
            }
        }
        assert!(world.approvals.contains_key(&1) && world.approvals.contains_key(&2));
        assert!(world.approvals.len() <= KEPT + 3 && !world.approvals.contains_key(&3));
    }
}
