//! What all agents have used today, for the top bar, and the words for what one has used. Asked when an agent has used more or
//! another day has begun, never by a clock of its own. Called by `update`. It must never make up a price.

use super::msg::{Command, Failure};
use super::state::{Dirty, Link, State};
use crate::base::clock::date;
use crate::base::text::count;
use crate::proto::rest::Terminal;
use crate::proto::usage::{Spent, UsageReport, Usd};

#[derive(Clone, Debug, Default)]
pub struct Purse {
    today: Option<Spent>,
    /// What it was asked for last: the day, and what those that are there had used.
    asked: Option<(String, u64, u64)>,
    is_under_way: bool,
}

/// Called after every message.
pub fn look(state: &mut State, commands: &mut Vec<Command>) {
    if state.link != Link::Up || !state.loaded || state.spent.is_under_way {
        return;
    }
    let used = state.fleet.agents().iter().filter_map(|agent| agent.usage.as_ref());
    let (tokens, cost) = used.fold((0_u64, 0_u64), |(tokens, cost), usage| {
        (tokens.saturating_add(usage.total_tokens), cost.saturating_add(usage.cost_usd.unwrap_or_default().0))
    });
    let now = (date(state.now, state.settings.utc_offset_minutes), tokens, cost);
    if state.spent.asked.as_ref() != Some(&now) {
        state.spent.asked = Some(now);
        state.spent.is_under_way = true;
        commands.push(Command::FetchUsage);
    }
}

/// What is not told is asked for with the next change; the old sum stays until then.
pub fn answered(state: &mut State, result: Result<UsageReport, Failure>) {
    state.spent.is_under_way = false;
    let Ok(report) = result else { return };
    let before = today(state);
    state.spent.today = Some(report.total);
    if today(state) != before {
        state.dirty = Dirty::Everything;
    }
}

/// `$4.12 · 212k tokens today`.
pub fn today(state: &State) -> Option<String> {
    let spent = state.spent.today.filter(|spent| spent.total_tokens > 0 || spent.cost_usd.is_some())?;
    Some(format!("{} today", amount(spent.total_tokens, spent.cost_usd)))
}

fn amount(tokens: u64, cost: Option<Usd>) -> String {
    let tokens = format!("{} token{}", count(tokens), if tokens == 1 { "" } else { "s" });
    cost.map_or(tokens.clone(), |cost| format!("{cost} · {tokens}"))
}

/// The card's lines about what an agent has used: their names, and what they say.
pub fn rows(agent: &Terminal) -> Vec<(&'static str, String)> {
    let Some(usage) = &agent.usage else { return Vec::new() };
    let context = match (usage.context_percent(), usage.context_tokens) {
        (Some(percent), _) => Some(format!("{percent}%")),
        (None, tokens) => tokens.map(|tokens| format!("{} tokens", count(tokens))),
    };
    let name = if usage.cost_usd.is_some() { "cost" } else { "used" };
    let mut rows = vec![(name, amount(usage.total_tokens, usage.cost_usd))];
    rows.extend(context.map(|context| ("context", context)));
    rows
}

/// The same as a sentence: `Used $1.08 · 212k tokens; its context is 43% full.`
pub fn sentence(agent: &Terminal) -> Option<String> {
    let usage = agent.usage.as_ref()?;
    let used = match usage.cost_usd {
        Some(cost) => format!("Used {} tokens, which cost {cost}", count(usage.total_tokens)),
        None => format!("Used {} tokens", count(usage.total_tokens)),
    };
    let context = match (usage.context_percent(), usage.context_tokens) {
        (Some(percent), _) => format!("; its context is {percent}% full"),
        (None, Some(tokens)) => format!("; {} tokens are in its context", count(tokens)),
        (None, None) => String::new(),
    };
    Some(format!("{used}{context}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::TerminalId;
    use crate::proto::usage::Usage;
    use crate::tui::msg::Msg;
    use crate::tui::testing::{NOW, screen, sessions, state};
    use crate::tui::update::update;

    fn usage(tokens: u64, cost: Option<u64>, context: Option<u64>, window: Option<u64>) -> Usage {
        Usage {
            total_tokens: tokens,
            cost_usd: cost.map(Usd),
            context_tokens: context,
            context_window: window,
            ..Usage::default()
        }
    }

    /// The agents, the first of which has used something.
    fn told(state: &mut State, usage: Usage) -> Vec<Command> {
        let mut all = sessions();
        all[0].terminals[0].usage = Some(usage);
        let now = state.now;
        update(state, Msg::Sessions(Ok(all)), now)
    }

    fn report(tokens: u64, cost: Option<u64>) -> UsageReport {
        let total = Spent { total_tokens: tokens, cost_usd: cost.map(Usd), ..Spent::default() };
        UsageReport { total, ..UsageReport::default() }
    }

    #[test]
    fn it_is_asked_for_when_somebody_used_more_or_a_day_has_begun() {
        let mut state = state(160, 45);
        let answer = |state: &mut State, result| {
            let now = state.now;
            update(state, Msg::Used(result), now)
        };
        drop(answer(&mut state, Ok(report(0, None))));
        assert!(!screen(&state).contains("today"));
        let asks = |commands: &[Command]| commands.contains(&Command::FetchUsage);
        assert!(asks(&told(&mut state, usage(212_400, None, None, None))));
        assert!(!asks(&told(&mut state, usage(300_000, None, None, None))), "one at a time");
        let next = answer(&mut state, Ok(report(312_400, Some(4_120_000_000))));
        assert!(asks(&next), "what came meanwhile");
        assert!(screen(&state).contains("agents · $4.12 · 312k tokens today · "), "{}", screen(&state));
        assert!(!asks(&answer(&mut state, Err(Failure::default()))));
        assert!(screen(&state).contains("$4.12"), "the last that is known");
        assert!(!asks(&told(&mut state, usage(300_000, None, None, None))), "nothing is new");
        assert!(asks(&update(&mut state, Msg::Tick, NOW + 24 * 60 * 60 * 1000)), "another day");
    }

    #[test]
    fn a_card_says_what_is_known_and_nothing_else() {
        let mut state = state(160, 45);
        state.focus = Some(TerminalId(1));
        for (usage, says, not) in [
            (usage(212_400, Some(1_080_000_000), Some(86_000), Some(200_000)), "cost     $1.08 · 212k tokens", "used"),
            (usage(212_400, Some(1_080_000_000), Some(86_000), Some(200_000)), "context  43%", "86k"),
            (usage(3_000, None, Some(86_000), None), "used     3.0k tokens", "$"),
            (usage(3_000, None, Some(86_000), None), "context  86k tokens", "%"),
            (usage(1, None, None, None), "used     1 token ", "context"),
        ] {
            drop(told(&mut state, usage));
            let picture = screen(&state);
            let card: String = picture
                .lines()
                .skip_while(|line| !line.contains("─ "))
                .map(|l| l.chars().take(31).collect::<String>() + "\n")
                .collect();
            assert!(card.contains(says) && !card.contains(not), "{says}\n{picture}");
        }
    }

    #[test]
    fn it_is_said_in_a_sentence() {
        let mut agent = sessions()[0].terminals[0].clone();
        assert_eq!(sentence(&agent), None);
        agent.usage = Some(usage(212_400, Some(1_080_000_000), Some(86_000), Some(200_000)));
        let words = "Used 212k tokens, which cost $1.08; its context is 43% full.";
        assert_eq!(sentence(&agent).as_deref(), Some(words));
        agent.usage = Some(usage(999, None, Some(999), None));
        assert_eq!(sentence(&agent).as_deref(), Some("Used 999 tokens; 999 tokens are in its context."));
    }
}
