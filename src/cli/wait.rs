//! `wait`: until a terminal has one of some statuses. Driven by the server's notices, not by looking again and
//! again. A level unless `--next`; a terminal that is gone always ends it.

use crate::cli::args::WaitArguments;
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{Failure, NO_SUCH_THING, TIMED_OUT, USAGE};
use crate::cli::out;
use crate::client::{Client, StreamItem};
use crate::proto::rest::{Status, Terminal};
use crate::proto::stream::{ClientMessage, Kind, ServerMessage};
use std::time::Duration;

pub fn run(context: &Context, arguments: &WaitArguments) -> Result<i32, Failure> {
    let wanted: Vec<Status> = arguments
        .status
        .iter()
        .map(|word| word.trim().parse().map_err(|e: String| Failure::new(USAGE, e)))
        .collect::<Result<_, _>>()?;
    block_on(async {
        let client = context.client();
        let waiting = until(context, &client, arguments, &wanted);
        let terminal = match arguments.timeout {
            Some(seconds) => tokio::time::timeout(Duration::from_secs_f64(seconds), waiting)
                .await
                .map_err(|_| Failure::new(TIMED_OUT, "the time ran out"))??,
            None => waiting.await?,
        };
        if context.json {
            out::json(&terminal)?;
        } else if !context.quiet {
            out::text(terminal.status.word())?;
        }
        let is_wanted = wanted.contains(&terminal.status);
        Ok(if is_wanted { 0 } else { NO_SUCH_THING })
    })
}

async fn until(
    context: &Context,
    client: &Client,
    arguments: &WaitArguments,
    wanted: &[Status],
) -> Result<Terminal, Failure> {
    // Listening first: a change between looking and listening would be missed.
    let (mut sender, mut receiver) = client.stream().await?;
    let hello =
        ClientMessage::Hello { version: env!("CARGO_PKG_VERSION").into(), read_only: true, source: String::new() };
    sender.send(&hello).await?;
    let first = context.terminal(client, &arguments.terminal).await?;
    let mut since = arguments.next.then_some((first.status, first.since_ms));
    let (id, path) = (first.id.to_string(), format!("/terminals/{}", first.id));
    let mut now = first;
    loop {
        let is_news = since.is_none_or(|before| before != (now.status, now.since_ms));
        // A program that ended with a code is gone as well: nothing more will come of it.
        let is_gone = now.status == Status::Closed || (now.status == Status::Error && now.pid.is_none());
        if is_news && (wanted.contains(&now.status) || is_gone) {
            return Ok(now);
        }
        if is_news {
            since = None;
        }
        loop {
            match receiver.next().await {
                Some(StreamItem::Message(ServerMessage::Changed { kind, id: changed, .. })) => {
                    if kind == Kind::Server || changed == id {
                        break;
                    }
                }
                Some(_) => {}
                None => return Err(Failure::new(1, "the server is gone").hint("agents go on; try again")),
            }
        }
        now = client.get(&path).await?;
    }
}
