//! The screen: everything, one session, or one terminal alone. Starts a server where none runs.

use crate::base::id::TerminalId;
use crate::cli::AttachArguments;
use crate::cli::{Context, block_on};
use crate::cli::{FAILED, Failure, USAGE};
use crate::client::{Autostart, Client, ClientError, ensure_server};
use crate::proto::rest::{Session, Terminal};
use crate::tui::{self, Environment, Options, accessible};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::io::IsTerminal;

pub fn everything(context: &Context) -> Result<i32, Failure> {
    show(context, async |_| Ok(()))
}

pub fn attach(context: &Context, arguments: &AttachArguments) -> Result<i32, Failure> {
    let Some(target) = &arguments.target else {
        return show(context, async |opening| {
            (opening.options.typing, opening.options.zoom) = (arguments.typing, arguments.zoom);
            Ok(())
        });
    };
    show(context, async |Opening { options, client }| {
        let (session, terminal) = find(context, client, target).await?;
        if let Some(id) = terminal {
            refuse_inside(id)?;
        }
        options.focus_session = session;
        options.focus_terminal = terminal;
        // A terminal by its id is shown alone; a session is shown in the whole screen.
        options.chromeless = terminal.is_some();
        (options.typing, options.zoom) = (arguments.typing || terminal.is_some(), arguments.zoom);
        Ok(())
    })
}

/// The screen on a terminal that was just started, with the keyboard in it.
pub fn on_terminal(context: &Context, terminal: &Terminal) -> Result<i32, Failure> {
    let (session, id) = (terminal.session.clone(), terminal.id);
    show(context, async |Opening { options, .. }| {
        options.focus_session = Some(session);
        options.focus_terminal = Some(id);
        options.typing = true;
        Ok(())
    })
}

/// A session's name, or a terminal's id or name.
async fn find(
    context: &Context,
    client: &Client,
    target: &str,
) -> Result<(Option<String>, Option<TerminalId>), Failure> {
    if target.parse::<TerminalId>().is_err() {
        let full = crate::base::id::session_name(target);
        let sessions: Vec<Session> = client.get("/sessions").await?;
        if let Some(session) = sessions.iter().find(|s| s.name == target || Some(&s.name) == full.as_ref()) {
            return Ok((Some(session.name.clone()), None));
        }
    }
    match context.terminal(client, target).await {
        Ok(terminal) => Ok((None, Some(terminal.id))),
        Err(failure) => Err(Failure::new(failure.code, format!("there is no session and no terminal {target}"))
            .hint("`conductor-tui sessions` and `conductor-tui terminals` list them")),
    }
}

/// A terminal that shows itself would never come to rest.
fn refuse_inside(id: TerminalId) -> Result<(), Failure> {
    if std::env::var("CONDUCTOR_TERMINAL_ID").is_ok_and(|own| own == id.to_string()) {
        return Err(Failure::new(USAGE, format!("this is terminal {id} itself")).hint("attach from outside of it"));
    }
    Ok(())
}

/// Whether the screen can be shown here.
///
/// # Errors
/// When it cannot.
pub fn needs_terminal() -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failure::new(FAILED, "the screen needs a terminal")
            .hint("in scripts use `conductor-tui terminals`, `send`, `output`, `wait`"));
    }
    if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        return Err(Failure::new(USAGE, "this terminal cannot show a screen (TERM=dumb)").hint(
            "`conductor-tui --accessible` talks in plain lines; `conductor-tui terminals` and `output ID` work everywhere",
        ));
    }
    Ok(())
}

/// What is chosen before the screen opens, with the server at hand.
struct Opening<'a> {
    options: &'a mut Options,
    client: &'a Client,
}

fn show(context: &Context, choose: impl AsyncFnOnce(Opening<'_>) -> Result<(), Failure>) -> Result<i32, Failure> {
    let directory = std::env::current_dir().map(|d| d.display().to_string()).unwrap_or_else(|_| "/".into());
    let mut environment = Environment::of_this_process();
    match context.color.as_str() {
        "never" => environment.no_color = Some("1".into()),
        "always" => environment.no_color = None,
        _ => {}
    }
    let mut options = Options::new(reconnect(context)?, environment, directory, context.places.pastes());
    options.read_only = context.read_only;
    options.ui = context.settings.ui.clone();
    options.config = context.places.config.clone();
    options.variables = crate::config::environment::vars().filter(|(name, _)| name.starts_with("CONDUCTOR_")).collect();
    // Of another server's agents nothing is remembered here.
    if context.target == crate::client::Target::Unix(context.places.socket()) {
        options.memory = context.places.screen();
    }
    options.launch_environment = Some(crate::config::environment::vars().collect());
    options.launch_umask = crate::config::environment::umask();
    if context.accessible {
        return lines(context, options);
    }
    block_on(async {
        // Without a terminal nothing is started; what is wrong with the wish itself is said all the same.
        let showable = needs_terminal();
        let client = if showable.is_ok() { context.ready_client().await? } else { context.client() };
        choose(Opening { options: &mut options, client: &client }).await?;
        showable?;
        Ok(tui::run(client, options).await?)
    })?;
    Ok(0)
}

/// The same in plain lines, which need no terminal.
fn lines(context: &Context, options: Options) -> Result<i32, Failure> {
    let options = accessible::Options {
        reconnect: options.reconnect,
        read_only: options.read_only,
        memory: options.memory,
        directory: options.directory,
        launch_environment: options.launch_environment,
        launch_umask: options.launch_umask,
    };
    block_on(async { Ok(accessible::run(context.ready_client().await?, options).await?) })?;
    Ok(0)
}

type Reconnect = Box<dyn Fn() -> BoxFuture<'static, Result<Client, ClientError>>>;

/// How the screen finds the server again: a local one is started anew when nobody else has.
fn reconnect(context: &Context) -> Result<Reconnect, Failure> {
    let target = context.target.clone();
    if target != crate::client::Target::Unix(context.places.socket()) {
        return Ok(Box::new(move || {
            let client = Client::new(target.clone());
            async move { client.get::<crate::proto::rest::Health>("/health").await.map(|_| client) }.boxed()
        }));
    }
    let start: Autostart = context.autostart()?;
    Ok(Box::new(move || {
        let start = start.clone();
        async move { ensure_server(&start).await }.boxed()
    }))
}
