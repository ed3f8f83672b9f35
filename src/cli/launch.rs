//! `launch` and `worker`: start agents. The agent gets this shell's environment; which of it is passed on is the
//! server's business. Without `--headless` the screen opens on the new terminal.

use crate::base::id::short_session;
use crate::cli::Outcome;
use crate::cli::args::{AgentArguments, IsolationArgument, LaunchArguments, RestartArgument, WorkerArguments};
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{Failure, USAGE};
use crate::cli::out;
use crate::client::segment;
use crate::config::environment;
use crate::proto::rest::{Isolation, LaunchRequest, Restart, Terminal};
use std::path::PathBuf;

pub fn launch(context: &Context, arguments: LaunchArguments) -> Result<Outcome, Failure> {
    let headless = arguments.agent.headless;
    let worker = |profile: String| LaunchRequest {
        role: Some("worker".into()),
        agent_profile: Some(profile),
        provider: arguments.agent.provider.clone(),
        umask: environment::umask(),
        ..LaunchRequest::default()
    };
    let workers: Vec<LaunchRequest> = arguments.with_worker.into_iter().map(worker).collect();
    let request = LaunchRequest {
        role: Some("supervisor".into()),
        session_name: arguments.session_name,
        workers,
        ..request(context, arguments.agent)?
    };
    let terminal: Terminal = block_on(async {
        let client = context.ready_client().await?;
        Ok(client.post("/sessions", &request).await?)
    })?;
    started(context, terminal, headless)
}

pub fn worker(context: &Context, arguments: WorkerArguments) -> Result<Outcome, Failure> {
    let headless = arguments.agent.headless;
    let request = LaunchRequest { role: Some("worker".into()), ..request(context, arguments.agent)? };
    let path = format!("/sessions/{}/terminals", segment(&arguments.session));
    let terminal: Terminal = block_on(async { Ok(context.writing_client()?.post(&path, &request).await?) })?;
    started(context, terminal, headless)
}

fn request(context: &Context, arguments: AgentArguments) -> Result<LaunchRequest, Failure> {
    if context.read_only {
        return Err(Failure::new(5, "this would start something").hint("leave out --read-only"));
    }
    let here = || std::env::current_dir().map_err(|e| Failure::from(e).hint("the current directory is gone"));
    let cwd = match arguments.cwd {
        Some(dir) => std::path::absolute(&dir)
            .map_err(|e| Failure::new(USAGE, format!("cannot use {}", dir.display())).cause(e))?,
        None => here()?,
    };
    let absolute = |file: &PathBuf| match std::path::absolute(file) {
        Ok(file) => Ok(file.display().to_string()),
        Err(e) => Err(Failure::new(USAGE, format!("cannot use {}", file.display())).cause(e)),
    };
    let env_files = arguments.env_file.iter().map(absolute).collect::<Result<Vec<_>, Failure>>()?;
    Ok(LaunchRequest {
        provider: arguments.provider,
        agent_profile: arguments.agent_profile,
        window_name: arguments.name,
        isolation: arguments.isolation.map(|isolation| match isolation {
            IsolationArgument::SameFolder => Isolation::SameFolder,
            IsolationArgument::Worktree => Isolation::Worktree,
            IsolationArgument::Auto => Isolation::Auto,
        }),
        restart: arguments.restart.map(|restart| match restart {
            RestartArgument::Never => Restart::Never,
            RestartArgument::OnFailure => Restart::OnFailure,
            RestartArgument::Always => Restart::Always,
        }),
        base: arguments.base,
        branch: arguments.branch,
        working_directory: Some(cwd.display().to_string()),
        command: arguments.command,
        prompt: arguments.prompt,
        environment: Some(environment::vars().collect()),
        env_files,
        env: arguments.env.into_iter().collect(),
        umask: environment::umask(),
        ..LaunchRequest::default()
    })
}

fn started(context: &Context, terminal: Terminal, headless: bool) -> Result<Outcome, Failure> {
    if !headless {
        return Ok(Outcome::Show(Box::new(terminal)));
    }
    if context.json {
        out::json(&terminal)?;
    } else if !context.quiet {
        out::text(&format!("{}  {}  {}", terminal.id, short_session(&terminal.session), terminal.window))?;
    }
    Ok(Outcome::Done(0))
}
