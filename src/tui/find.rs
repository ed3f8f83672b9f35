//! Finding text in the output of all agents: what was typed, what the server found, which of it is chosen. Called by
//! `update`; the view draws it. One search is under way at a time, and the newest words are looked for next.

use super::field::Field;
use super::finder::Finder;
use super::focus;
use super::msg::{Command, Failure};
use super::past::Wanted;
use super::scrolling;
use super::state::{Dirty, Overlay, State};
use super::toasts::Tone;
use crate::core::keys::{Key, KeyCode};
use crate::proto::rest::{Search, SearchHit};

/// What one look through all logs brings: more than anyone reads before typing another letter.
const HITS: usize = 50;

#[derive(Clone, Debug, Default)]
pub struct Find {
    pub field: Field,
    pub chosen: usize,
    /// The answer to the words that were looked for last.
    pub found: Option<Search>,
    /// Why these words cannot be looked for.
    pub problem: Option<String>,
    /// Looked for now, and whether the words have changed since.
    under_way: bool,
    is_old: bool,
    /// Enter was pressed before the words were found: they are gone to when they are.
    goes: bool,
}

impl Find {
    pub fn hits(&self) -> &[SearchHit] {
        self.found.as_ref().map_or(&[], |found| &found.hits)
    }

    pub fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// The request for the words as they are now, if there are any and none is under way.
    pub fn ask(&mut self) -> Option<Command> {
        let query = self.field.text();
        if query.trim().is_empty() {
            (self.found, self.problem) = (None, None);
            return None;
        }
        if self.under_way {
            self.is_old = true;
            return None;
        }
        (self.under_way, self.is_old) = (true, false);
        Some(Command::Search { query, limit: HITS })
    }
}

/// A key while the list is open. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, mut find: Find, key: Key, commands: &mut Vec<Command>) {
    let last = find.hits().len().saturating_sub(1);
    match key.code {
        KeyCode::Escape => return,
        // What is listed is of other words.
        KeyCode::Enter if find.under_way => find.goes = true,
        KeyCode::Enter => {
            if let Some(hit) = find.hits().get(find.chosen).cloned() {
                return go_to(state, &hit, &find.field.text(), commands);
            }
        }
        _ if key.code == KeyCode::Down || key == Key::ctrl('n') => {
            find.chosen = if find.chosen >= last { 0 } else { find.chosen + 1 };
        }
        _ if key.code == KeyCode::Up || key == Key::ctrl('p') => {
            find.chosen = find.chosen.checked_sub(1).unwrap_or(last);
        }
        KeyCode::PageDown => find.chosen = (find.chosen + 10).min(last),
        KeyCode::PageUp => find.chosen = find.chosen.saturating_sub(10),
        _ => {
            find.goes = false;
            find.field.key(key);
            commands.extend(find.ask());
        }
    }
    state.overlay = Some(Overlay::Find(Box::new(find)));
}

/// What the server found.
pub fn answered(state: &mut State, result: Result<Search, Failure>, commands: &mut Vec<Command>) {
    let now = state.now;
    let is_there = |state: &State, hit: &SearchHit| state.fleet.get(hit.terminal).is_some();
    let mut found = result;
    if let Ok(search) = &mut found {
        search.hits.retain(|hit| is_there(state, hit));
        // As the sidebar has them; the server knows no such order.
        search.hits.sort_by_key(|hit| state.fleet.number(hit.terminal));
    }
    let Some(Overlay::Find(find)) = &mut state.overlay else { return };
    find.under_way = false;
    match found {
        Ok(search) => {
            (find.found, find.problem) = (Some(search), None);
            find.chosen = find.chosen.min(find.hits().len().saturating_sub(1));
        }
        Err(failure) => (find.found, find.problem) = (None, Some(failure.what)),
    }
    if find.is_old {
        commands.extend(find.ask());
    }
    let goes = find.goes && !find.under_way;
    find.goes &= find.under_way;
    let target = find.hits().get(find.chosen).cloned().filter(|_| goes).map(|hit| (hit, find.field.text()));
    if let Some(name) = find.found.as_ref().and_then(|found| found.unreadable.first()) {
        state.toasts.push(Tone::Error, format!("not all could be read: {name}"), now);
    }
    state.dirty = Dirty::Everything;
    if let Some((hit, query)) = target {
        state.overlay = None;
        go_to(state, &hit, &query, commands);
    }
}

/// Shows the place of a hit in its agent's output; `n` and `N` go on from there.
fn go_to(state: &mut State, hit: &SearchHit, query: &str, commands: &mut Vec<Command>) {
    focus::focus(state, hit.terminal, commands);
    focus::arrange(state);
    scrolling::thaw(state, hit.terminal);
    scrolling::go_to(state, hit.terminal, Wanted::Offset(hit.offset), commands);
    if let Some(past) = state.panes.get_mut(&hit.terminal).and_then(|pane| pane.past.as_mut()) {
        past.finder = Some(Finder::at_a_hit(query));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::TerminalId;
    use crate::tui::msg::Msg;
    use crate::tui::testing::{NOW, press, row, screen, state};
    use crate::tui::update::update;

    fn hit(terminal: u32, offset: u64, text: &str) -> SearchHit {
        let terminal = TerminalId(terminal);
        SearchHit {
            terminal,
            offset,
            time_ms: Some(NOW),
            text: text.into(),
            spans: vec![(0, 5)],
            on_screen: false,
            repeats: 0,
        }
    }

    fn searches(commands: &[Command]) -> Vec<&str> {
        let mut queries = Vec::new();
        for command in commands {
            if let Command::Search { query, .. } = command {
                queries.push(query.as_str());
            }
        }
        queries
    }

    #[test]
    fn what_was_found_for_other_words_is_neither_counted_nor_gone_to() {
        let mut state = state(160, 45);
        let found = |offset: u64, text: &str| Search { hits: vec![hit(3, offset, text)], ..Search::default() };
        press(&mut state, "/ p a n");
        let commands = update(&mut state, Msg::Searched(Ok(found(5, "p alone"))), NOW);
        assert_eq!(searches(&commands), ["pan"]);
        assert!(screen(&state).contains("looking …") && !screen(&state).contains("1 in "), "{}", screen(&state));
        // Enter waits for the answer to what was typed, and goes to that.
        press(&mut state, "enter");
        assert!(matches!(state.overlay, Some(Overlay::Find(_))));
        let commands = update(&mut state, Msg::Searched(Ok(found(77, "panic"))), NOW);
        let goes = |c: &Command| matches!(c, Command::FetchPast { wanted: Wanted::Offset(77), .. });
        assert!(state.overlay.is_none() && commands.iter().any(goes), "{commands:?}");
        // Whoever types on has changed their mind.
        let mut state = crate::tui::testing::state(160, 45);
        press(&mut state, "/ p enter a");
        update(&mut state, Msg::Searched(Ok(found(5, "p alone"))), NOW);
        update(&mut state, Msg::Searched(Ok(found(77, "panic"))), NOW);
        assert!(screen(&state).contains("1 in "), "{}", screen(&state));
    }

    #[test]
    fn the_newest_words_are_looked_for_when_the_ones_before_were_answered() {
        let mut state = state(160, 45);
        let commands = press(&mut state, "/ p a n");
        assert_eq!(searches(&commands), ["p"]);
        let commands = update(&mut state, Msg::Searched(Ok(Search::default())), NOW);
        assert_eq!(searches(&commands), ["pan"]);
        let commands = update(&mut state, Msg::Searched(Ok(Search::default())), NOW);
        assert_eq!(searches(&commands), Vec::<&str>::new());
        assert!(screen(&state).contains("No match in 0 agents (0 lines)"), "{}", screen(&state));
    }

    #[test]
    fn a_hit_is_shown_in_its_agents_output_where_n_goes_on() {
        let mut state = state(160, 45);
        press(&mut state, "/ p a n i c");
        let hits = vec![hit(3, 77, "panic three"), hit(2, 55, "panic two"), hit(99, 1, "panic of nobody")];
        let found = Search { hits, lines: 1_234_567, terminals: 8, ..Search::default() };
        update(&mut state, Msg::Searched(Ok(Search::default())), NOW);
        update(&mut state, Msg::Searched(Ok(found)), NOW);
        let picture = screen(&state);
        assert!(picture.contains("panic two") && !picture.contains("nobody"), "{picture}");
        assert!(picture.contains("2 in 2 of 8 agents (1.2 M lines)"), "{picture}");
        let commands = press(&mut state, "down enter");
        assert_eq!(state.focus, Some(TerminalId(3)));
        let (until, serial) = state.past(TerminalId(3)).map(|past| (past.offset, past.serial)).unwrap();
        let wanted = Wanted::Offset(77);
        assert!(
            commands.contains(&Command::FetchPast { terminal: TerminalId(3), wanted, until, serial }),
            "{commands:?}"
        );
        let rows: Vec<_> = (0..200).map(|n| row(&format!("row {n}"))).collect();
        let page = crate::proto::rest::Transcript {
            rows,
            total: 9000,
            screen: 8900,
            first: 400,
            row: Some(450),
            ..Default::default()
        };
        update(&mut state, Msg::Past { terminal: TerminalId(3), serial, result: Ok(page) }, NOW);
        let commands = press(&mut state, "n");
        // Its terminal was wider then: what was found is shown all the same, and the rest by going there.
        let rows: Vec<_> = (0..40).map(|n| row(&format!("{:<100}panic {n}", "begin"))).collect();
        let mut wide = state.clone();
        press(&mut wide, "esc / p a n i c");
        for hits in [vec![], vec![hit(3, 77, "panic")]] {
            update(&mut wide, Msg::Searched(Ok(Search { hits, ..Search::default() })), NOW);
        }
        press(&mut wide, "enter");
        let serial = wide.past(TerminalId(3)).unwrap().serial;
        let page = crate::proto::rest::Transcript { rows, total: 40, screen: 40, row: Some(9), ..Default::default() };
        update(&mut wide, Msg::Past { terminal: TerminalId(3), serial, result: Ok(page) }, NOW);
        assert!(screen(&wide).contains("panic 9") && !screen(&wide).contains("begin"), "{}", screen(&wide));
        press(&mut wide, "h h h");
        assert!(screen(&wide).contains("begin") && !screen(&wide).contains("panic 9"), "{}", screen(&wide));
        assert!(screen(&wide).contains("columns 1-62 of 108, h l"), "{}", screen(&wide));
        press(&mut wide, "h");
        assert!(screen(&wide).contains("left: this is the first column"), "{}", screen(&wide));
        press(&mut wide, "right right right v $");
        assert!(screen(&wide).contains("panic 9"), "{}", screen(&wide));
        let asked = |c: &Command| matches!(c, Command::FindRow { row: 450, back: true, query, .. } if query == "panic");
        assert!(commands.iter().any(asked), "{commands:?}");
    }
}
