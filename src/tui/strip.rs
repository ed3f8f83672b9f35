//! Which agents stand in the strip of a narrow terminal, and where: the view draws by it, a click is understood by it.

use super::state::State;
use crate::base::id::TerminalId;
use crate::base::text;
use ratatui::layout::Rect;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    pub agent: TerminalId,
    pub x: u16,
    pub width: u16,
}

/// Number, sign, a blank.
pub const BEFORE_NAME: usize = 3;
/// The count of those left out: ` +12`.
pub const COUNT: u16 = 4;

/// As many agents as fit whole, with the focused one among them; and how many do not.
pub fn places(state: &State, area: Rect) -> (Vec<Place>, usize) {
    let agents: Vec<_> = state.fleet.listed().collect();
    let name_room = name_room(agents.len(), area);
    let widths: Vec<usize> =
        agents.iter().map(|a| BEFORE_NAME + text::width(&text::fit(&a.window, name_room))).collect();
    let focused = agents.iter().position(|a| Some(a.id) == state.focus).unwrap_or(0);
    let total = |from: usize, to: usize| widths[from..=to].iter().map(|w| w + 1).sum::<usize>();
    let is_cut = !agents.is_empty() && total(0, agents.len() - 1) > usize::from(area.width) + 1;
    let right = area.right() - if is_cut { COUNT } else { 0 };
    let mut first = 0;
    while first < focused && total(first, focused) > usize::from((right - area.x).saturating_sub(2)) {
        first += 1;
    }
    let (mut x, mut out) = (area.x, Vec::new());
    for (agent, width) in agents.iter().zip(&widths).skip(first) {
        let width = *width as u16;
        if x + width > right {
            break;
        }
        out.push(Place { agent: agent.id, x, width });
        x += width + 1;
    }
    let hidden = agents.len() - out.len();
    (out, hidden)
}

/// Eight letters tell most names apart; with few agents there is room for more.
pub fn name_room(agents: usize, area: Rect) -> usize {
    (usize::from(area.width) / agents.max(1)).clamp(11, 30) - BEFORE_NAME
}
