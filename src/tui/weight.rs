//! What the focused agent takes, for its card: asked while somebody can see the card, often while it changes and seldom
//! while it does not. Called by `update`. It must never ask for a card that is not drawn, and never have a number drawn that
//! only trembles: an idle screen writes nothing.

use super::layout::Size;
use super::msg::{Command, Failure};
use super::state::{Dirty, Link, State};
use super::{diff, fleet, sidebar};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::text;
use crate::proto::rest::Weight;

/// Who passes by is not asked about.
const SETTLES: Millis = 300;
/// Shorter spans say little of a processor's work, and each look costs the server one at all processes.
const FASTEST: Millis = 2_000;
/// Of one at rest: with the clock's minute nobody is woken for it.
const SLOWEST: Millis = 60_000;
/// A processor's share below this is what any program takes for being there.
const NOTHING: u32 = 3;

#[derive(Clone, Copy, Debug, Default)]
pub struct Scale {
    /// Whose card it is.
    terminal: Option<TerminalId>,
    weight: Option<Weight>,
    /// When it is asked for next; `None`: it is being asked for, or nobody looks.
    due: Option<Millis>,
    asked_at: Option<Millis>,
    pause: Millis,
}

/// Whose card is drawn, of those that weigh anything.
fn shown(state: &State) -> Option<TerminalId> {
    let areas = state.areas();
    let height = areas.sidebar?.height;
    let is_drawn = areas.size == Size::Wide && sidebar::card_rows(height, areas.size) > 0;
    let is_seen = state.link == Link::Up && !state.is_away && !diff::covers(state);
    let agent = state.focused().filter(|agent| is_drawn && is_seen && !fleet::is_gone(agent))?;
    Some(agent.id)
}

/// Called after every message.
pub fn note(state: &mut State) {
    let shown = shown(state);
    if state.scale.terminal != shown {
        let due = shown.map(|_| state.now + SETTLES);
        state.scale = Scale { terminal: shown, due, pause: FASTEST, ..Scale::default() };
    }
}

/// The agent did something: it may weigh something else now.
pub fn heard(state: &mut State, terminal: TerminalId) {
    let scale = &mut state.scale;
    if let (true, Some(asked_at)) = (scale.terminal == Some(terminal), scale.asked_at) {
        scale.pause = FASTEST;
        scale.due = scale.due.map(|due| due.min((asked_at + FASTEST).max(state.now)));
    }
}

/// When it is to be asked for although nothing happened.
pub fn due(state: &State) -> Option<Millis> {
    state.scale.due
}

pub fn tick(state: &mut State, commands: &mut Vec<Command>) {
    let (now, scale) = (state.now, &mut state.scale);
    if let (Some(terminal), true) = (scale.terminal, scale.due.is_some_and(|due| due <= now)) {
        (scale.due, scale.asked_at) = (None, Some(now));
        commands.push(Command::Weigh(terminal));
    }
}

pub fn answered(state: &mut State, terminal: TerminalId, result: Result<Option<Weight>, Failure>) {
    let now = state.now;
    if state.scale.terminal != Some(terminal) {
        return;
    }
    let before = words(state);
    let is_known = result.is_ok();
    state.scale.weight = result.ok().flatten().or(state.scale.weight);
    let is_same = words(state) == before;
    let scale = &mut state.scale;
    scale.pause = match (is_known, is_same) {
        (false, _) => SLOWEST,
        (true, true) => (scale.pause * 2).min(SLOWEST),
        (true, false) => FASTEST,
    };
    scale.due = Some(now + scale.pause);
    if !is_same {
        state.dirty = Dirty::Everything;
    }
}

/// What is drawn: what the processes take, and what is kept of the output.
pub fn words(state: &State) -> Option<[String; 2]> {
    let weight = state.scale.weight?;
    let memory = text::bytes(coarse(weight.memory_bytes));
    let takes = match weight.cpu_percent {
        Some(percent) => format!("{}% cpu · {memory}", steps(percent)),
        None => memory,
    };
    Some([takes, text::bytes(coarse(weight.log_bytes))])
}

/// A share in steps that tell one from another.
fn steps(percent: u32) -> u32 {
    match percent {
        0..NOTHING => 0,
        NOTHING..100 => (percent + 2) / 5 * 5,
        _ => (percent + 5) / 10 * 10,
    }
}

/// A number with its five leading bits: a thirtieth more or less is none.
fn coarse(bytes: u64) -> u64 {
    let spare = (u64::BITS - bytes.leading_zeros()).saturating_sub(5);
    bytes >> spare << spare
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::rest::Status;
    use crate::tui::msg::Msg;
    use crate::tui::testing::{keyframe, press, screen, state};
    use crate::tui::update::update;

    const ID: TerminalId = TerminalId(1);

    fn weight(cpu_percent: Option<u32>, mib: u64) -> Weight {
        Weight { cpu_percent, memory_bytes: mib << 20, log_bytes: 4_300_000, ..Weight::default() }
    }

    /// Waits until it is due; what was asked for, and after how long.
    fn next(state: &mut State) -> (Vec<Command>, Millis) {
        let before = state.now;
        let at = due(state).unwrap();
        let asked = update(state, Msg::Tick, at);
        (asked.into_iter().filter(|c| matches!(c, Command::Weigh(_))).collect(), at - before)
    }

    fn answer(state: &mut State, weight: Weight) -> bool {
        let now = state.now;
        state.dirty = Dirty::Nothing;
        update(state, Msg::Weighed { terminal: ID, result: Ok(Some(weight)) }, now);
        state.dirty != Dirty::Nothing
    }

    #[test]
    fn it_is_asked_for_less_and_less_while_it_stays_the_same() {
        let mut state = state(160, 45);
        assert_eq!(next(&mut state), (vec![Command::Weigh(ID)], SETTLES));
        assert_eq!(due(&state), None, "one at a time");
        assert!(answer(&mut state, weight(None, 312)));
        assert!(screen(&state).contains("takes    304 MiB"), "{}", screen(&state));
        assert_eq!(next(&mut state), (vec![Command::Weigh(ID)], FASTEST));
        assert!(answer(&mut state, weight(Some(48), 312)));
        let picture = screen(&state);
        assert!(picture.contains("takes    50% cpu · 304 MiB") && picture.contains("log      4.0 MiB"), "{picture}");
        // What trembles is not drawn.
        for pause in [FASTEST, 2 * FASTEST, 4 * FASTEST, 8 * FASTEST, 16 * FASTEST, SLOWEST, SLOWEST] {
            assert_eq!(next(&mut state).1, pause);
            assert!(!answer(&mut state, weight(Some(50), 314)));
        }
        let now = state.now;
        update(&mut state, Msg::Frame(keyframe(1, 9, &["more"], 0)), now + 500);
        assert_eq!(due(&state), Some(now + FASTEST), "it did something");
    }

    #[test]
    fn nobody_looks_and_nothing_is_asked() {
        let mut narrow = state(100, 30);
        press(&mut narrow, "2");
        assert_eq!(due(&narrow), None);
        let mut state = state(160, 45);
        press(&mut state, "7");
        assert_eq!(due(&state), None, "it is gone");
        press(&mut state, "2");
        assert!(due(&state).is_some());
        for (quiet, loud) in [
            (Msg::Focus(false), Msg::Focus(true)),
            (Msg::Lost, Msg::Connected),
            (Msg::Resize(60, 20), Msg::Resize(160, 45)),
        ] {
            let now = state.now;
            update(&mut state, quiet, now);
            assert_eq!(due(&state), None);
            update(&mut state, loud, now);
            assert_eq!(due(&state), Some(now + SETTLES));
        }
        // The answer about another one, and a failure.
        let now = state.now;
        update(&mut state, Msg::Weighed { terminal: ID, result: Ok(Some(weight(Some(9), 9))) }, now);
        assert_eq!(words(&state), None);
        next(&mut state);
        let now = state.now;
        update(&mut state, Msg::Weighed { terminal: TerminalId(2), result: Err(Failure::default()) }, now);
        assert_eq!((words(&state), due(&state)), (None, Some(now + SLOWEST)));
        assert_eq!(state.focused().unwrap().status, Status::Running);
    }

    #[test]
    fn shares_and_sizes_are_told_in_steps() {
        for (percent, shown) in [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (99, 100), (104, 100), (398, 400)] {
            assert_eq!(steps(percent), shown, "{percent}");
        }
        for (bytes, shown) in [(0, 0), (31, 31), (33, 32), (1 << 20, 1 << 20), (319 << 20, 304 << 20)] {
            assert_eq!(coarse(bytes), shown, "{bytes}");
        }
    }
}
