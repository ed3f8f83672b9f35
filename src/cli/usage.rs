//! `usage`: tokens and cost by day, session and agent, as the agents' own programs say it.

use crate::base::id::short_session;
use crate::base::text::{count, fit, printable};
use crate::cli::args::UsageArguments;
use crate::cli::context::{Context, block_on};
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::table::table;
use crate::client::segment;
use crate::proto::usage::{Spent, UsageReport};

/// Of a name in the list.
const NAME: usize = 30;

pub fn run(context: &Context, arguments: &UsageArguments) -> Result<i32, Failure> {
    let path = format!("/usage?since={}", segment(&arguments.since));
    let report: UsageReport = block_on(async { Ok(context.client().get(&path).await?) })?;
    if context.json {
        out::json(&report)?;
        return Ok(0);
    }
    if report.days.is_empty() {
        if !context.quiet {
            out::text(&format!("Nothing was used since {}, as far as agents say.", report.since))?;
        }
        return Ok(0);
    }
    let days = report.days.iter().map(|day| row([day.day.clone()], &day.spent));
    let total = row(["all".to_owned()], &report.total);
    let days: Vec<Vec<String>> = days.chain([total]).collect();
    let sessions: Vec<Vec<String>> =
        report.sessions.iter().map(|s| row([printable(short_session(&s.session))], &s.spent)).collect();
    let agents: Vec<Vec<String>> = report
        .agents
        .iter()
        .map(|agent| {
            let gone = if agent.is_there { "" } else { " (closed)" };
            let name = format!("{}{gone}", fit(&printable(&agent.window), NAME));
            let model = agent.model.as_deref().map_or_else(|| "-".to_owned(), printable);
            row([agent.id.to_string(), name, agent.provider.clone(), model], &agent.spent)
        })
        .collect();
    out::text(&format!(
        "{}\n{}\n{}",
        table(&["DAY", "COST", "TOKENS", "INPUT", "OUTPUT", "CACHE READ", "CACHE WRITE"], &days),
        table(&["SESSION", "COST", "TOKENS", "INPUT", "OUTPUT", "CACHE READ", "CACHE WRITE"], &sessions),
        table(
            &["ID", "NAME", "PROVIDER", "MODEL", "COST", "TOKENS", "INPUT", "OUTPUT", "CACHE READ", "CACHE WRITE"],
            &agents
        ),
    ))?;
    Ok(0)
}

/// What it is about, and how much that is. A cost that nobody has named is none.
fn row<const N: usize>(of: [String; N], spent: &Spent) -> Vec<String> {
    let cost = spent.cost_usd.map_or_else(|| "-".to_owned(), |cost| cost.to_string());
    let amounts = [
        spent.total_tokens,
        spent.input_tokens,
        spent.output_tokens,
        spent.cache_read_tokens,
        spent.cache_write_tokens,
    ];
    of.into_iter().chain([cost]).chain(amounts.map(count)).collect()
}
