//! Whose window gives a terminal its size, when several show it: the client that typed there or focused it last. Told
//! by the server's size service what clients do and what time it is; it answers with the size to be set.
//! It must never set a new owner's size while another client was active within [`QUIET`]: two people who look at one
//! agent would have it redrawn with every key.

use std::collections::BTreeMap;
use std::time::Duration;

/// So long nobody else may want the size before a new owner gets it: two people who type in turn change over slower
/// than this, and whoever takes a terminal over hardly sees that it took so long.
pub const QUIET: Duration = Duration::from_millis(250);

/// Columns and rows.
pub type Window = (u16, u16);

#[derive(Clone, Copy, Debug)]
struct Viewer {
    window: Window,
    is_focused: bool,
    /// When it last did something that takes the size.
    active_at: Duration,
}

/// The clients that show one terminal and may own its size. Times count from any fixed moment.
#[derive(Clone, Debug, Default)]
pub struct Viewers {
    viewers: BTreeMap<u64, Viewer>,
    owner: Option<u64>,
    /// A new owner's size holds from then on.
    due: Option<Duration>,
}

impl Viewers {
    pub fn owner(&self) -> Option<u64> {
        self.owner
    }

    /// Whether a client shows the terminal, and may own its size.
    pub fn shown_by(&self, client: u64) -> bool {
        self.viewers.contains_key(&client)
    }

    /// When [`Viewers::look`] will have something to say.
    pub fn due(&self) -> Option<Duration> {
        self.due
    }

    /// A client shows the terminal in a window of this size; `is_focused`: its keys would go there. Gives the size to
    /// set now.
    pub fn shows(&mut self, client: u64, window: Window, is_focused: bool, now: Duration) -> Option<Window> {
        // A window of no size (a terminal of 0x0, a pane folded away) leaves the agent's size alone.
        if window.0 < 2 || window.1 < 1 {
            self.hides(client, now);
            return None;
        }
        let fresh = Viewer { window, is_focused: false, active_at: now };
        let viewer = self.viewers.entry(client).or_insert(fresh);
        // Only turning to it takes the size: a window that is rearranged is not looked at for that.
        let turns = is_focused && !viewer.is_focused;
        (viewer.window, viewer.is_focused) = (window, is_focused);
        match self.owner {
            Some(owner) if owner != client => {
                if turns {
                    self.take(client, now);
                }
                None
            }
            Some(_) if self.due.is_some() => None,
            Some(_) => Some(window),
            None => {
                self.owner = Some(client);
                Some(window)
            }
        }
    }

    /// A client typed here, or asks for the size in other words; `window` is where it shows the terminal, if it does.
    pub fn typed(&mut self, client: u64, window: Option<Window>, now: Duration) -> Option<Window> {
        // One that showed the terminal before it was started anew is not known here.
        let fresh = window.filter(|_| !self.shown_by(client)).and_then(|window| self.shows(client, window, true, now));
        if self.owner != Some(client) {
            self.take(client, now);
        } else if let Some(viewer) = self.viewers.get_mut(&client) {
            viewer.active_at = now;
        }
        fresh
    }

    /// A client shows it no more. Whoever still does gets the size after the usual quiet: the owner may only have
    /// looked at something else for a moment. An agent that nobody shows keeps its size.
    pub fn hides(&mut self, client: u64, now: Duration) {
        self.viewers.remove(&client);
        if self.owner == Some(client) {
            self.owner = self.heir();
            self.due = self.owner.map(|_| now + QUIET);
        }
    }

    /// A client is gone for good: whoever still shows the terminal has it at once.
    pub fn leaves(&mut self, client: u64) -> Option<Window> {
        self.viewers.remove(&client);
        if self.owner != Some(client) {
            return None;
        }
        (self.owner, self.due) = (self.heir(), None);
        self.owners_window()
    }

    /// The time has come that [`Viewers::due`] named, or another: gives the size to set now.
    pub fn look(&mut self, now: Duration) -> Option<Window> {
        self.due.filter(|due| *due <= now)?;
        self.due = None;
        self.owners_window()
    }

    fn owners_window(&self) -> Option<Window> {
        self.owner.and_then(|owner| self.viewers.get(&owner)).map(|viewer| viewer.window)
    }

    fn take(&mut self, client: u64, now: Duration) {
        if let Some(viewer) = self.viewers.get_mut(&client) {
            viewer.active_at = now;
            self.owner = Some(client);
            self.due = Some(now + QUIET);
        }
    }

    /// Who looks right there, and of those who was active last.
    fn heir(&self) -> Option<u64> {
        self.viewers.iter().max_by_key(|(_, v)| (v.is_focused, v.active_at)).map(|(client, _)| *client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    enum Act {
        Looks(u64, Window),
        Focuses(u64, Window),
        Types(u64),
        TypesIn(u64, Window),
        Hides(u64),
        Leaves(u64),
    }
    use Act::{Focuses, Hides, Leaves, Looks, Types, TypesIn};

    /// Plays what clients do at which millisecond; gives every size that was set, and when. The clock is looked at
    /// exactly when it is due, and long after the last act.
    fn sizes(acts: &[(u64, Act)]) -> Vec<(u64, Window)> {
        let mut viewers = Viewers::default();
        let mut set = Vec::new();
        let end = (acts.last().map_or(0, |(at, _)| *at) + 10_000, None);
        for (at, act) in acts.iter().map(|(at, act)| (*at, Some(*act))).chain([end]) {
            let now = Duration::from_millis(at);
            // A look just before it is due says nothing.
            if let Some(due) = viewers.due() {
                assert_eq!(viewers.look((due - Duration::from_millis(1)).min(now)), None);
            }
            if let Some(due) = viewers.due().filter(|due| *due <= now) {
                set.extend(viewers.look(due).map(|size| (due.as_millis() as u64, size)));
                assert_eq!(viewers.look(now), None, "one resize for each owner");
            }
            let size = match act {
                Some(Looks(client, window)) => viewers.shows(client, window, false, now),
                Some(Focuses(client, window)) => viewers.shows(client, window, true, now),
                Some(Leaves(client)) => viewers.leaves(client),
                Some(Types(client)) => viewers.typed(client, None, now),
                Some(TypesIn(client, window)) => viewers.typed(client, Some(window), now),
                Some(Hides(client)) => {
                    viewers.hides(client, now);
                    None
                }
                None => None,
            };
            set.extend(size.map(|size| (at, size)));
        }
        set
    }

    const LARGE: Window = (120, 40);
    const SMALL: Window = (80, 20);

    #[test]
    fn a_new_owner_has_the_size_after_the_quiet_time_and_once() {
        let both = [(0, Focuses(1, LARGE)), (0, Looks(2, SMALL))];
        for (name, acts, expected) in [
            ("only looking takes nothing", vec![], vec![]),
            ("typing takes it", vec![(1000, Types(2))], vec![(1250, SMALL)]),
            ("turning to it takes it", vec![(1000, Focuses(2, SMALL))], vec![(1250, SMALL)]),
            (
                "more keys change nothing",
                vec![(1000, Types(2)), (1100, Types(2)), (1900, Types(2))],
                vec![(1250, SMALL)],
            ),
            (
                "the old owner types within the quiet time",
                vec![(1000, Types(2)), (1249, Types(1))],
                vec![(1499, LARGE)],
            ),
            ("and after it", vec![(1000, Types(2)), (1250, Types(1))], vec![(1250, SMALL), (1500, LARGE)]),
            (
                "a window that is resized while it waits for the size",
                vec![(1000, Types(2)), (1100, Looks(2, (70, 20)))],
                vec![(1250, (70, 20))],
            ),
            (
                "a window that stays focused while panes are rearranged",
                vec![(1000, Focuses(2, SMALL)), (2000, Types(1)), (3000, Focuses(2, (70, 20)))],
                vec![(1250, SMALL), (2250, LARGE)],
            ),
            ("the owner's window is resized", vec![(1000, Focuses(1, (100, 30)))], vec![(1000, (100, 30))]),
            ("whoever does not show it takes nothing", vec![(1000, Types(3))], vec![]),
            ("one that showed it before it was known here", vec![(1000, TypesIn(3, (60, 15)))], vec![(1250, (60, 15))]),
        ] {
            let acts = [&both[..], &acts].concat();
            let expected = [vec![(0, LARGE)], expected].concat();
            assert_eq!(sizes(&acts), expected, "{name}");
        }
    }

    #[test]
    fn two_who_type_in_turn_cause_no_storm() {
        // A key every 100 ms, each by the other one: one size at the end, the last one's.
        let mut acts = vec![(0, Focuses(1, LARGE)), (0, Looks(2, SMALL))];
        acts.extend((1..=101).map(|n| (n * 100, Types(1 + n % 2))));
        assert_eq!(sizes(&acts), [(0, LARGE), (10_350, SMALL)]);
        // The one who owned it before has the last word: nothing changes that anyone could see.
        acts.pop();
        assert_eq!(sizes(&acts), [(0, LARGE), (10_250, LARGE)]);
    }

    #[test]
    fn who_is_left_gets_the_size() {
        let three = [(0, Focuses(1, LARGE)), (0, Looks(2, SMALL)), (0, Looks(3, (60, 15)))];
        for (name, acts, expected) in [
            (
                "at once when the owner detaches",
                vec![(1000, Types(2)), (2000, Leaves(2))],
                vec![(1250, SMALL), (2000, LARGE)],
            ),
            (
                "the one who typed last before it",
                vec![(500, Types(3)), (1000, Types(2)), (2000, Leaves(2)), (3000, Leaves(1))],
                vec![(750, (60, 15)), (1250, SMALL), (2000, LARGE), (3000, (60, 15))],
            ),
            ("nothing when another one detaches", vec![(1000, Leaves(2)), (1100, Leaves(3))], vec![]),
            ("within the quiet time", vec![(1000, Types(2)), (1100, Leaves(2))], vec![(1100, LARGE)]),
            ("the owner looks elsewhere", vec![(900, Leaves(3)), (1000, Hides(1))], vec![(1250, SMALL)]),
            ("and comes back soon", vec![(1000, Hides(1)), (1100, Focuses(1, LARGE))], vec![(1350, LARGE)]),
            ("the owner's window has no size", vec![(900, Leaves(3)), (1000, Focuses(1, (0, 0)))], vec![(1250, SMALL)]),
        ] {
            let acts = [&three[..], &acts].concat();
            let expected = [vec![(0, LARGE)], expected].concat();
            assert_eq!(sizes(&acts), expected, "{name}");
        }
    }

    #[test]
    fn an_agent_that_nobody_shows_keeps_its_size() {
        assert_eq!(sizes(&[(0, Focuses(1, LARGE)), (1000, Hides(1))]), [(0, LARGE)]);
        assert_eq!(sizes(&[(0, Focuses(1, LARGE)), (1000, Leaves(1))]), [(0, LARGE)]);
        assert_eq!(sizes(&[(0, Focuses(1, (0, 0)))]), []);
        assert_eq!(sizes(&[(0, TypesIn(1, LARGE))]), [(0, LARGE)]);
        // Whoever shows it next has it at once.
        let acts = [(0, Focuses(1, LARGE)), (1000, Hides(1)), (2000, Looks(2, SMALL))];
        assert_eq!(sizes(&acts), [(0, LARGE), (2000, SMALL)]);
    }
}
