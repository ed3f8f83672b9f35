//! What the screen remembers of itself over restarts, each under its own name in one small file per home: who was
//! focused, pins, order, layout, divided room, sidebar, comments on work, and the draft of a launch. The values are made and taken here; the run loop reads and
//! writes the file. It must never hold what the server knows better: ids of agents that are gone mean nothing.

use super::diff::{Kept, Review};
use super::field::Field;
use super::fleet::Order;
use super::layout::PaneLayout;
use super::shares::Shares;
use super::state::State;
use crate::base::id::TerminalId;
use crate::config::keepsake::Fields;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A message typed by hand is far shorter; a pasted file is where it was copied from.
const DRAFT_MOST: usize = 256 << 10;

/// Bytes of comments, for all agents together: a long review has a few thousand.
const COMMENTS_MOST: usize = 256 << 10;
/// Agents that are remembered as looked at: the one to open with, and enough behind it in case it is gone by then.
const RECENT_MOST: usize = 8;

/// An unsent launch.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Draft {
    message: String,
    name: String,
    directory: String,
    provider: Option<String>,
}

/// What is to be remembered of a screen, by name.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Memory {
    fields: Fields,
}

impl Memory {
    pub fn of(state: &State) -> Memory {
        let mut fields = Fields::new();
        let mut put = |name: &str, value: Result<Value, serde_json::Error>| {
            fields.insert(name.to_owned(), value.unwrap_or_default());
        };
        let recent: Vec<_> = state.recent.iter().take(RECENT_MOST).collect();
        put("recent", serde_json::to_value(recent));
        put("pins", serde_json::to_value(&state.pins));
        put("sessions", serde_json::to_value(&state.fleet.order().sessions));
        put("agents", serde_json::to_value(&state.fleet.order().agents));
        put("layout", serde_json::to_value(state.layout.word()));
        put("shares", serde_json::to_value(state.shares.to_map()));
        put("sidebar", serde_json::to_value(!state.sidebar_off));
        put("draft", serde_json::to_value(draft(state)));
        put("comments", serde_json::to_value(comments(state)));
        Memory { fields }
    }

    /// Takes what the file says into a state that is not shown yet. What is not understood is left out.
    pub fn restore(fields: &Fields, state: &mut State) {
        state.recent = ids(fields, "recent");
        state.pins = ids(fields, "pins");
        state.fleet.remember(order(fields));
        let word: String = get(fields, "layout").unwrap_or_default();
        state.layout = PaneLayout::ALL.into_iter().find(|layout| layout.word() == word).unwrap_or_default();
        let shares: BTreeMap<String, Vec<u16>> = get(fields, "shares").unwrap_or_default();
        state.shares = Shares::from_map(&shares);
        state.sidebar_off = get(fields, "sidebar") == Some(false);
        let comments: BTreeMap<String, Value> = get(fields, "comments").unwrap_or_default();
        let kept = |(id, value): (String, Value)| {
            Some((id.parse().ok()?, Review::from_kept(serde_json::from_value::<Kept>(value).ok()?)))
        };
        state.reviews = comments.into_iter().filter_map(kept).collect();
        if let Some(draft) = get::<Draft>(fields, "draft") {
            state.launch.message = Field::new(&draft.message);
            state.launch.name = Field::new(&draft.name);
            state.launch.directory = Field::new(&draft.directory);
            state.launch.provider = draft.provider;
        }
    }

    /// The fields that are other than in `before`.
    pub fn changes(&self, before: &Memory) -> Fields {
        let is_other = |(name, value): &(&String, &Value)| before.fields.get(*name) != Some(*value);
        self.fields.iter().filter(is_other).map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// What a file says under a name, if that is understood.
fn get<T: DeserializeOwned>(fields: &Fields, name: &str) -> Option<T> {
    serde_json::from_value(fields.get(name)?.clone()).ok()
}

/// One of these that is no id takes none of the others with it.
fn ids(fields: &Fields, name: &str) -> Vec<TerminalId> {
    let values: Vec<Value> = get(fields, name).unwrap_or_default();
    values.iter().filter_map(|id| id.as_str()?.parse().ok()).collect()
}

/// The order in which a screen has put sessions and agents.
pub fn order(fields: &Fields) -> Order {
    Order { sessions: get(fields, "sessions").unwrap_or_default(), agents: ids(fields, "agents") }
}

/// What the user has said about the work of agents and has not sent.
fn comments(state: &State) -> BTreeMap<TerminalId, Kept> {
    let agents = state.reviews.len().max(1);
    state.reviews.iter().filter_map(|(id, review)| Some((*id, review.to_kept(COMMENTS_MOST / agents)?))).collect()
}

/// Where to start it and as what belongs to the draft only when something was typed.
fn draft(state: &State) -> Option<Draft> {
    let launch = &state.launch;
    let (message, name) = (launch.message.text(), launch.name.text());
    if (message.is_empty() && name.is_empty()) || message.len() + name.len() > DRAFT_MOST {
        return None;
    }
    Some(Draft { message, name, directory: launch.directory.text(), provider: launch.provider.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::diff::{Comment, Side};
    use crate::tui::msg::Msg;
    use crate::tui::state::Mode;
    use crate::tui::testing::{press, screen, sessions, state};
    use crate::tui::update::update;
    use serde_json::json;

    #[test]
    fn a_screen_is_opened_as_it_was_left() {
        let mut before = state(160, 45);
        press(&mut before, "g 5 p J = + : w i d e r s i d e enter c");
        before.launch.message = Field::new("fix the tests\nand the docs");
        press(&mut before, "esc");
        let comment = Comment {
            path: "src/a.rs".into(),
            side: Side::New,
            line: 7,
            quote: "let x = 1;".into(),
            words: "name it".into(),
        };
        before.reviews.entry(TerminalId(2)).or_default().comments.push(comment.clone());
        let memory = Memory::of(&before);
        // As from the file.
        let text = serde_json::to_string(&memory.fields).unwrap();
        let mut after = State::new(before.settings.clone(), before.size, before.now);
        Memory::restore(&serde_json::from_str(&text).unwrap(), &mut after);
        assert_eq!(Memory::of(&after), memory);
        assert_eq!(after.layout, PaneLayout::Columns);
        assert_eq!(after.launch.message.text(), "fix the tests\nand the docs");
        assert_eq!(after.reviews[&TerminalId(2)].comments, [comment]);
        let _ = crate::tui::update::update(&mut after, crate::tui::msg::Msg::Connected, before.now);
        let sessions = crate::tui::testing::sessions();
        let _ = crate::tui::update::update(&mut after, crate::tui::msg::Msg::Sessions(Ok(sessions)), before.now);
        press(&mut after, "6");
        let order = |state: &State| state.fleet.agents().iter().map(|a| a.id.0).collect::<Vec<_>>();
        assert_eq!(order(&after), [1, 2, 3, 4, 6, 5, 7]);
        assert_eq!(order(&after), order(&before));
        assert!(screen(&after).contains("e2e ✦"), "{}", screen(&after));
        assert!(Memory::of(&after).changes(&memory).is_empty(), "opening it changes nothing");
    }

    #[test]
    fn a_screen_opens_on_the_agent_it_was_left_on_if_that_is_there() {
        let mut before = state(160, 45);
        press(&mut before, "4 6 i");
        let fields = Memory::of(&before).fields;
        let opened = |mut sessions: Vec<crate::proto::rest::Session>, gone: &[u32]| {
            let mut after = State::new(before.settings.clone(), before.size, before.now);
            Memory::restore(&fields, &mut after);
            // What is remembered outlives whatever comes before the first list.
            let _ = update(&mut after, Msg::Resize(160, 45), before.now);
            let _ = update(&mut after, Msg::Connected, before.now);
            assert!(Memory::of(&after).fields == fields);
            sessions.iter_mut().for_each(|s| s.terminals.retain(|t| !gone.contains(&t.id.0)));
            let _ = update(&mut after, Msg::Sessions(Ok(sessions)), before.now);
            after
        };
        let mut after = opened(sessions(), &[]);
        assert_eq!((after.focus, after.mode), (Some(TerminalId(6)), Mode::Command));
        press(&mut after, "tab");
        assert_eq!(after.focus, Some(TerminalId(4)));
        assert_eq!(opened(sessions(), &[6]).focus, Some(TerminalId(4)));
        assert_eq!(opened(sessions(), &[1, 4, 6]).focus, Some(TerminalId(2)), "else the first");
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let fields = json!({
            "pins": ["00000002", "nobody", 3], "layout": "spiral", "shares": { "grid columns 2": [1, "x"] },
            "sidebar": "off", "comments": { "nobody": {}, "00000001": [1] }, "draft": { "message": "hello", "of a later version": 1 },
        });
        let mut opened = state(160, 45);
        Memory::restore(fields.as_object().unwrap(), &mut opened);
        assert_eq!(
            (&opened.pins[..], opened.layout, opened.sidebar_off),
            (&[TerminalId(2)][..], PaneLayout::Grid, false)
        );
        assert_eq!((opened.launch.message.text().as_str(), opened.reviews.len()), ("hello", 0));
    }

    #[test]
    fn only_what_changed_is_written() {
        let mut state = state(160, 45);
        let before = Memory::of(&state);
        press(&mut state, "s");
        let names: Vec<String> = Memory::of(&state).changes(&before).keys().cloned().collect();
        assert_eq!(names, ["sidebar"]);
    }
}
