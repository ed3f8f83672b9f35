//! What was used, as the API tells it: of one terminal, and sums over days, sessions and agents, those that are gone among
//! them. Called by the API and by whoever shows a terminal.

use crate::base::clock::{Millis, date, now_ms, utc_offset_minutes};
use crate::base::id::TerminalId;
use crate::core::usage::{Day, Ledger, Row, Spent};
use crate::core::world::Terminal;
use crate::proto::usage as wire;
use crate::proto::usage::{AgentUsage, DayUsage, SessionUsage, Usage, UsageReport, Usd};
use crate::server::app::App;
use crate::server::conversations;
use crate::server::hub::lock;
use crate::server::services::{Refusal, RefusalKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Days that are told when nobody says how many: a week.
const DAYS: u64 = 7;
/// Ten years: further back there is nothing, and the calendar of nobody's computer.
const MOST_DAYS: u64 = 3_653;
const DAY: Millis = 24 * 60 * 60 * 1000;

fn ledger(app: &App) -> Arc<Ledger> {
    Arc::clone(&lock(&app.world).usage)
}

pub fn spent(spent: Spent) -> wire::Spent {
    wire::Spent {
        input_tokens: spent.tokens.input,
        output_tokens: spent.tokens.output,
        cache_read_tokens: spent.tokens.cache_read,
        cache_write_tokens: spent.tokens.cache_write,
        total_tokens: spent.tokens.total(),
        cost_usd: spent.cost.map(Usd),
    }
}

/// What a terminal has used, and how full its context is; `None` when nothing is known of either.
pub fn of_terminal(app: &App, terminal: &Terminal) -> Option<Usage> {
    of(&ledger(app), terminal)
}

fn of(ledger: &Ledger, terminal: &Terminal) -> Option<Usage> {
    let used = ledger.of_terminal(terminal.id);
    let (context, model) = terminal.conversation.as_deref().map_or((None, None), |c| ledger.context_of(c));
    if used.is_none() && context.is_none() {
        return None;
    }
    let (all, model_before) = used.unwrap_or_default();
    let all = spent(all);
    Some(Usage {
        input_tokens: all.input_tokens,
        output_tokens: all.output_tokens,
        cache_read_tokens: all.cache_read_tokens,
        cache_write_tokens: all.cache_write_tokens,
        total_tokens: all.total_tokens,
        context_tokens: context.map(|c| c.tokens),
        context_window: context.and_then(|c| c.window),
        cost_usd: all.cost_usd,
        model: model.or(model_before).map(str::to_owned),
    })
}

/// Sums since a day: `7d` (today and the six before), or a date. `only` for a caller that may see no other session.
///
/// # Errors
/// For what is neither.
pub fn report(app: &App, since: Option<&str>, only: Option<&str>) -> Result<UsageReport, Refusal> {
    conversations::asked(app);
    let now = now_ms();
    let now = now.saturating_add_signed(i64::from(utc_offset_minutes(now)) * 60_000);
    let since = first_day(since, now)?;
    let there = |id| lock(&app.world).terminals.contains_key(&id);
    Ok(sums(&ledger(app), since, date(now, 0), only, there))
}

/// `now` is local time.
fn first_day(since: Option<&str>, now: Millis) -> Result<Day, Refusal> {
    let of = |days: u64| date(now.saturating_sub((days.clamp(1, MOST_DAYS) - 1) * DAY), 0);
    let Some(since) = since else { return Ok(of(DAYS)) };
    if let Some(days) = since.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| *days > 0) {
        return Ok(of(days));
    }
    match crate::base::clock::parse_rfc3339(&format!("{since}T00:00:00Z")) {
        Some(at) if since.len() == 10 => Ok(date(at, 0)),
        _ => Err(Refusal::new(RefusalKind::BadRequest, format!("`{since}` is no time to begin with"))
            .hint("a number of days, as 7d, or a date, as 2026-11-20")),
    }
}

fn sums(
    ledger: &Ledger,
    since: Day,
    today: Day,
    only: Option<&str>,
    is_there: impl Fn(TerminalId) -> bool,
) -> UsageReport {
    let (mut total, mut days, mut sessions) = (Spent::default(), BTreeMap::new(), BTreeMap::new());
    let mut agents: BTreeMap<TerminalId, (Spent, &Row)> = BTreeMap::new();
    for row in ledger.rows().filter(|row| row.day >= since && only.is_none_or(|only| row.session == only)) {
        total = total.plus(row.spent);
        let day: &mut Spent = days.entry(&row.day).or_default();
        *day = day.plus(row.spent);
        let session: &mut Spent = sessions.entry(&row.session).or_default();
        *session = session.plus(row.spent);
        let (sum, newest) = agents.entry(row.terminal).or_insert((Spent::default(), row));
        *sum = sum.plus(row.spent);
        if row.day >= newest.day {
            *newest = row;
        }
    }
    let days = days.into_iter().rev().map(|(day, sum)| DayUsage { day: day.clone(), spent: spent(sum) }).collect();
    let mut sessions: Vec<SessionUsage> =
        sessions.into_iter().map(|(name, sum)| SessionUsage { session: name.clone(), spent: spent(sum) }).collect();
    sessions.sort_by_key(|s| std::cmp::Reverse(s.spent.total_tokens));
    let mut agents: Vec<AgentUsage> = agents
        .into_iter()
        .map(|(id, (sum, row))| AgentUsage {
            id,
            window: row.window.clone(),
            session: row.session.clone(),
            provider: row.provider.clone(),
            model: row.model.clone(),
            is_there: is_there(id),
            spent: spent(sum),
        })
        .collect();
    agents.sort_by_key(|a| std::cmp::Reverse(a.spent.total_tokens));
    UsageReport { since, today, total: spent(total), days, sessions, agents }
}

/// All that was ever used with each kind of agent.
pub fn by_provider(app: &App) -> BTreeMap<String, wire::Spent> {
    conversations::asked(app);
    let mut all: BTreeMap<String, Spent> = BTreeMap::new();
    for row in ledger(app).rows() {
        let sum = all.entry(row.provider.clone()).or_default();
        *sum = sum.plus(row.spent);
    }
    all.into_iter().map(|(provider, sum)| (provider, spent(sum))).collect()
}
