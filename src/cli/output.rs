//! `output`: what a terminal printed, as text. Following prints what comes as it comes, without its control
//! sequences: an agent's bytes never reach the user's terminal unparsed.

use crate::base::escape::Stripper;
use crate::base::id::TerminalId;
use crate::cli::args::OutputArguments;
use crate::cli::context::{Context, block_on};
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::client::{Client, ClientError};
use crate::proto::rest::{Output, Terminal};
use std::time::Duration;

/// Between two looks while following: a person reads no faster.
const FOLLOW_EVERY: Duration = Duration::from_millis(200);
/// One look's worth; more comes with the next.
const PIECE: u64 = 1024 * 1024;

pub fn run(context: &Context, arguments: &OutputArguments) -> Result<i32, Failure> {
    block_on(async {
        let client = context.client();
        let terminal = context.terminal(&client, &arguments.terminal).await?;
        let lines = arguments.lines.map_or_else(String::new, |n| format!("&lines={n}"));
        let path = format!("/terminals/{}/output?mode={}{lines}", terminal.id, arguments.mode);
        let output: Output = client.get(&path).await?;
        if context.json {
            out::json(&output)?;
        } else {
            out::text(&output.output)?;
        }
        if arguments.follow {
            follow(&client, terminal.id, output.offset).await?;
        }
        Ok(0)
    })
}

async fn follow(client: &Client, id: TerminalId, mut offset: u64) -> Result<(), Failure> {
    let mut stripper = Stripper::default();
    loop {
        match client.get_bytes(&format!("/terminals/{id}/output/range?offset={offset}&length={PIECE}")).await {
            Ok(bytes) if bytes.is_empty() => {
                let terminal: Terminal = client.get(&format!("/terminals/{id}")).await?;
                if terminal.pid.is_none() && terminal.output_end <= offset {
                    return Ok(());
                }
                tokio::time::sleep(FOLLOW_EVERY).await;
            }
            Ok(bytes) => {
                offset += bytes.len() as u64;
                out::bytes(&stripper.strip(&bytes))?;
            }
            // Cut by the retention limit while we were reading: go on behind it.
            Err(ClientError::Api { status: 410, .. }) => {
                let terminal: Terminal = client.get(&format!("/terminals/{id}")).await?;
                offset = terminal.output_end;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
