//! `send` and `keys`: typing into a terminal from a script.

use crate::cli::args::{KeysArguments, SendArguments};
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{Failure, USAGE};
use crate::cli::out;
use crate::proto::rest::{InputRequest, KeyRequest, Sent};
use std::io::Read;

pub fn send(context: &Context, arguments: SendArguments) -> Result<i32, Failure> {
    let spoken = (!arguments.text.is_empty()).then(|| arguments.text.join(" "));
    let message = match arguments.message.or(spoken) {
        Some(message) => message,
        None => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes)?;
            let mut text = String::from_utf8(bytes)
                .map_err(|_| Failure::new(USAGE, "standard input is not UTF-8; nothing was typed"))?;
            // `echo text | send` means text.
            if text.ends_with('\n') {
                text.pop();
            }
            text
        }
    };
    let request = InputRequest {
        message,
        submit: Some(!arguments.no_enter),
        id: arguments.id,
        now: arguments.now,
        requires_approval: arguments.require_approval,
    };
    let sent: Sent = block_on(async {
        let client = context.writing_client()?;
        let terminal = context.terminal(&client, &arguments.terminal).await?;
        Ok(client.post(&format!("/terminals/{}/input", terminal.id), &request).await?)
    })?;
    say(context, &sent)
}

pub fn keys(context: &Context, arguments: KeysArguments) -> Result<i32, Failure> {
    let request = KeyRequest { keys: arguments.keys, ..KeyRequest::default() };
    let sent: Sent = block_on(async {
        let client = context.writing_client()?;
        let terminal = context.terminal(&client, &arguments.terminal).await?;
        Ok(client.post(&format!("/terminals/{}/key", terminal.id), &request).await?)
    })?;
    say(context, &sent)
}

fn say(context: &Context, sent: &Sent) -> Result<i32, Failure> {
    if context.json {
        out::json(sent)?;
    } else if !context.quiet {
        match &sent.approval {
            Some(approval) => out::text(&format!("queued as request {}: nothing is typed before a yes", approval.id))?,
            None => out::text(&sent.status)?,
        }
    }
    Ok(0)
}
