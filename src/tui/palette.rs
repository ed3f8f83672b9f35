//! What the palette and the help list, and how a query narrows it.
//! Every command of the place where one is can be found here, so that nothing needs its key to be known.

use super::commands::{COMMANDS, CommandSpec, Context};
use super::keymap::Keymap;
use super::state::State;
use super::update::context;
use crate::base::id::{TerminalId, short_session};
use std::cmp::Reverse;

#[derive(Clone, Copy)]
pub enum Entry {
    Agent(TerminalId),
    Command(&'static CommandSpec),
}

/// The entries for a query, best first. `@` asks for agents only, `>` for commands only.
pub fn entries(state: &State, query: &str) -> Vec<Entry> {
    let (agents, commands, query) = match (query.strip_prefix('@'), query.strip_prefix('>')) {
        (Some(rest), _) => (true, false, rest),
        (_, Some(rest)) => (false, true, rest),
        _ => (true, true, query),
    };
    let mut ranked: Vec<(Rank, Entry)> = Vec::new();
    // Before the agents: what fits as well is found first.
    if commands {
        for command in reachable(context(state), state.settings.chromeless) {
            if let Some(rank) = rank(&format!("{} {}", command.help, command.name), query) {
                ranked.push((rank, Entry::Command(command)));
            }
        }
    }
    // Where one agent fills the screen, there is no other to go to.
    if agents && !state.settings.chromeless {
        for agent in state.fleet.agents() {
            let text = format!("{} {} {}", agent.window, short_session(&agent.session), agent.provider);
            if let Some(rank) = rank(&text, query) {
                ranked.push((rank, Entry::Agent(agent.id)));
            }
        }
    }
    match query.trim().is_empty() {
        // Nothing to go by: whom one can go to, then what one can do.
        true => ranked.sort_by_key(|(_, entry)| matches!(entry, Entry::Command(_))),
        false => ranked.sort_by_key(|(rank, _)| *rank),
    }
    ranked.into_iter().map(|(_, entry)| entry).collect()
}

/// The commands that can be run from a place: its own, then those of the screen below, one for each thing that can be done.
pub fn reachable(here: Context, chromeless: bool) -> Vec<&'static CommandSpec> {
    let below = if chromeless { Context::Attached } else { Context::Main };
    let mut out: Vec<&'static CommandSpec> = Vec::new();
    for place in [here, below] {
        for command in COMMANDS.iter().filter(|c| c.is_in(place)) {
            if !out.iter().any(|known| known.action == command.action) {
                out.push(command);
            }
        }
    }
    out
}

/// The commands that help lists for a filter, those of this place first, then in the table's order.
pub fn help_entries(filter: &str, here: Context, keymap: &Keymap) -> Vec<&'static CommandSpec> {
    let wanted = filter.to_lowercase();
    let matches = |c: &&CommandSpec| {
        wanted.is_empty()
            || c.help.to_lowercase().contains(&wanted)
            || c.name.contains(&wanted)
            || keymap.keys(c, here).iter().any(|key| key.to_string().to_lowercase() == wanted)
    };
    super::commands::Group::ordered(here)
        .into_iter()
        .flat_map(|g| COMMANDS.iter().filter(move |c| c.group == g && (c.name != "leave" || here == Context::Attached)))
        .filter(matches)
        .collect()
}

/// In which way a text fits a query, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Fit {
    /// Every word of the query is one of the text.
    Words,
    /// Every word of the query begins one of the text.
    Starts,
    /// The query stands somewhere in the text.
    Inside,
    /// The letters of the query are in the text, in their order.
    Scattered,
}

/// How well a text fits a query: the least fits best. In the same way, one that begins with it is better, then one
/// whose letters stand closer and at starts of words.
type Rank = (Fit, u8, Reverse<i32>);

fn rank(text: &str, query: &str) -> Option<Rank> {
    let score = score(text, query)?;
    let (text, query) = (text.to_lowercase(), query.trim().to_lowercase());
    let words = || text.split(|c: char| !c.is_alphanumeric());
    let all = |fits: fn(&str, &str) -> bool| query.split_whitespace().all(|part| words().any(|word| fits(word, part)));
    let fit = if all(|word, part| word == part) {
        Fit::Words
    } else if all(|word, part| word.starts_with(part)) {
        Fit::Starts
    } else if text.contains(&query) {
        Fit::Inside
    } else {
        Fit::Scattered
    };
    // What is called just so comes before what only begins with it.
    let begin = match () {
        // A command's name is the last word.
        () if text.rsplit(' ').next() == Some(&query) => 0,
        () if text.starts_with(&query) => 1,
        () => 2,
    };
    Some((fit, begin, Reverse(score)))
}

/// How well `query` is a subsequence of `text`; letters at word starts and in a row count more.
fn score(text: &str, query: &str) -> Option<i32> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let mut total = 0;
    let mut at = 0;
    let mut last_hit = None;
    for c in query.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let found = (at..text.len()).find(|n| text[*n] == c)?;
        let starts = found == 0 || !text[found - 1].is_alphanumeric();
        let follows = last_hit == Some(found.wrapping_sub(1));
        total += 1 + if starts { 6 } else { 0 } + if follows { 4 } else { 0 } - ((found - at) as i32).min(3);
        last_hit = Some(found);
        at = found + 1;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_starts_beat_scattered_letters() {
        assert!(score("new agent", "na") > score("unseal", "na"));
        assert!(score("rename", "rn").is_some());
        assert_eq!(score("zoom", "x"), None);
    }

    #[test]
    fn whole_words_come_first_then_starts_then_what_stands_inside_then_letters() {
        let state = crate::tui::testing::state(160, 45);
        let name = |entry: &Entry| match entry {
            Entry::Agent(id) => format!("@{}", state.name(*id)),
            Entry::Command(command) => command.name.to_owned(),
        };
        let found = |query: &str| entries(&state, query).iter().map(name).collect::<Vec<_>>();
        for (query, first) in [
            ("theme", &["settings"][..]),
            ("themes", &["settings"]),
            ("find", &["find"]),
            ("stop", &["stop", "stop-all", "remove"]),
            // Commands before agents where both fit as well.
            ("e2e", &["@e2e"]),
            ("fix", &["@fix-auth"]),
            ("docs", &["@docs"]),
            ("tests", &["@tests"]),
            ("wait", &["next-waiting", "previous-waiting"]),
            ("new", &["new-agent"]),
            ("na", &["narrower-pane"]),
            ("mouse", &["mouse"]),
            ("layout", &["next-layout"]),
            ("pin", &["pin"]),
            ("side", &["sidebar"]),
            ("agent diff", &["diff"]),
            ("ettin", &["settings"]),
        ] {
            assert_eq!(&found(query)[..first.len()], first, "{query}: {:?}", found(query));
        }
        // The letters of `theme` are in `the agent you came from`, too.
        let themes = found("theme");
        let place = |name: &str| themes.iter().position(|n| n == name);
        assert!(place("settings") < place("agent-before"), "{themes:?}");
        assert!(found("").first().unwrap().starts_with('@'));
    }

    #[test]
    fn palette_reaches_every_command_of_the_main_screen_and_help_lists_all() {
        let state = State::default();
        let reached: Vec<&str> = entries(&state, "")
            .iter()
            .filter_map(|e| match e {
                Entry::Command(c) => Some(c.name),
                Entry::Agent(_) => None,
            })
            .collect();
        for command in COMMANDS.iter().filter(|c| c.is_in(Context::Main)) {
            assert!(reached.contains(&command.name), "{}", command.name);
        }
        for (here, first) in [
            (Context::Main, "next-waiting"),
            (Context::Attached, "type"),
            (Context::Scrolled, "scroll-up"),
            (Context::Copy, "left"),
        ] {
            let listed: Vec<&str> = help_entries("", here, &Keymap::default()).iter().map(|c| c.name).collect();
            assert_eq!(listed[0], first);
            for command in COMMANDS.iter().filter(|c| c.name != "leave") {
                assert!(listed.contains(&command.name), "{}", command.name);
            }
        }
    }
}
