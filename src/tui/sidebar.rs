//! What each row of the sidebar is: the view draws by it, a click is understood by it.
//! It must never change the order of agents.

use super::layout::Size;
use super::state::State;
use crate::base::id::TerminalId;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line {
    Title,
    /// By its place in the fleet.
    Session(usize),
    Agent(TerminalId),
    /// The second line of an agent.
    Detail(TerminalId),
    NoMatch,
    /// So many agents are above or below.
    More(usize),
}

/// Rows of the card under the list.
pub const CARD_ROWS: u16 = 11;
/// The card is left out when the list would get less than this.
const LIST_LEAST: u16 = 13;

/// How many of the sidebar's rows the card takes.
pub fn card_rows(height: u16, size: Size) -> u16 {
    if size == Size::Wide && height >= CARD_ROWS + LIST_LEAST { CARD_ROWS } else { 0 }
}

/// The list's rows that are visible in `height`, with the focused agent among them.
pub fn lines(state: &State, size: Size, height: u16) -> Vec<Line> {
    let mut list = Vec::new();
    for (n, session) in state.fleet.sessions().iter().enumerate() {
        let listed: Vec<_> = session.terminals.iter().filter(|t| state.fleet.is_listed(t)).collect();
        if listed.is_empty() {
            continue;
        }
        list.push(Line::Session(n));
        for agent in listed {
            list.push(Line::Agent(agent.id));
            if size == Size::Wide {
                list.push(Line::Detail(agent.id));
            }
        }
    }
    if list.is_empty() {
        list.push(Line::NoMatch);
    }
    let mut room = usize::from(height).saturating_sub(1);
    // The last row says what is not there.
    let is_cut = list.len() > room && room > 1;
    room -= usize::from(is_cut);
    let focused = |l: &Line| matches!(l, Line::Agent(id) | Line::Detail(id) if Some(*id) == state.focus);
    let last = list.iter().rposition(focused).unwrap_or(0);
    let first = (last + 1).saturating_sub(room);
    let mut out = vec![Line::Title];
    let hidden =
        list.iter().enumerate().filter(|(n, l)| matches!(l, Line::Agent(_)) && !(first..first + room).contains(n));
    let hidden = hidden.count();
    out.extend(list.into_iter().skip(first).take(room));
    if is_cut && hidden > 0 {
        out.push(Line::More(hidden));
    }
    out.truncate(usize::from(height));
    out
}
