//! `resume`: one agent with the conversation it had or another of its own, or all that were cut off. `stop-all`: all
//! that work, for a while. What was done is
//! said for each of them.

use crate::base::id::short_session;
use crate::base::text::printable;
use crate::cli::args::{ResumeArguments, StopAllArguments};
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{FAILED, Failure};
use crate::cli::lifecycle::say;
use crate::cli::out;
use crate::cli::table::table;
use crate::proto::life::{Conversation, Done, ResumeAllRequest, ResumeRequest, StopAll, StopAllRequest, What};

pub fn run(context: &Context, arguments: &ResumeArguments) -> Result<i32, Failure> {
    // The command line has made sure that one of both was given.
    let Some(terminal) = &arguments.terminal else { return all(context, arguments.with_shells) };
    if arguments.list {
        return list(context, terminal);
    }
    let request = ResumeRequest { conversation: arguments.conversation.clone() };
    let terminal = block_on(async {
        let client = context.writing_client()?;
        let terminal = context.terminal(&client, terminal).await?;
        Ok(client.post(&format!("/terminals/{}/resume", terminal.id), &request).await?)
    })?;
    say(context, &terminal)
}

/// The picker: what an agent had, the newest first.
fn list(context: &Context, terminal: &str) -> Result<i32, Failure> {
    let all: Vec<Conversation> = block_on(async {
        let client = context.client();
        let terminal = context.terminal(&client, terminal).await?;
        Ok(client.get(&format!("/terminals/{}/conversations", terminal.id)).await?)
    })?;
    if context.json {
        out::json(&all)?;
    } else if all.is_empty() {
        out::text("No conversation is known.")?;
    } else {
        let row = |c: &Conversation| {
            let saved = if c.is_saved { "saved" } else { "not found" };
            vec![c.id.clone(), saved.to_owned(), if c.is_current { "last" } else { "" }.to_owned()]
        };
        out::text(&table(&["CONVERSATION", "STATE", ""], &all.iter().map(row).collect::<Vec<_>>()))?;
    }
    Ok(0)
}

fn all(context: &Context, with_shells: bool) -> Result<i32, Failure> {
    let request = ResumeAllRequest { with_shells };
    let done: Vec<Done> = block_on(async { Ok(context.writing_client()?.post("/resume-all", &request).await?) })?;
    if context.json {
        out::json(&done)?;
    } else {
        tell(context, &done, "No agent was cut off.")?;
    }
    Ok(code(&done))
}

pub fn stop_all(context: &Context, arguments: &StopAllArguments) -> Result<i32, Failure> {
    let request = StopAllRequest { undo: arguments.undo };
    let said: StopAll = block_on(async { Ok(context.writing_client()?.post("/stop-all", &request).await?) })?;
    if context.json {
        out::json(&said)?;
    } else if arguments.undo {
        tell(context, &[], "Messages are typed again.")?;
    } else {
        tell(context, &said.agents, "No agent runs.")?;
        tell(context, &[], "Messages are held and refused until `conductor-tui stop-all --undo`.")?;
    }
    Ok(code(&said.agents))
}

fn code(done: &[Done]) -> i32 {
    if done.iter().any(|one| one.what == What::Failed) { FAILED } else { 0 }
}

/// What was done, an agent a line.
fn tell(context: &Context, done: &[Done], none: &str) -> Result<(), Failure> {
    if context.quiet {
        return Ok(());
    }
    if done.is_empty() {
        return out::text(none);
    }
    let row = |one: &Done| {
        let session = short_session(&one.session).to_owned();
        vec![one.id.to_string(), session, printable(&one.window), one.what.word().into(), printable(&one.words)]
    };
    out::text(&table(&["ID", "SESSION", "NAME", "", ""], &done.iter().map(row).collect::<Vec<_>>()))
}
