//! The screen for ears and for plain lines: no frames, no colours, nothing that moves. Changes are told one line each, and
//! what is typed is answered in lines. Called by `roles` in the place of the screen; the same server, the same services.
//! It must never move a cursor, and never ask without saying how to answer.

mod news;
mod orders;
mod trees;

use crate::base::clock::{Millis, now_ms, random_hex};
use crate::base::id::TerminalId;
use crate::base::text::printable;
use crate::client::{Client, ClientError, StreamItem, StreamReceiver, providers, segment};
use crate::config::keepsake;
use crate::proto::life::Conversation;
use crate::proto::rest::{
    AnswerRequest, InputRequest, KeyRequest, LaunchRequest, Output, Provider, RenameRequest, Search, SearchHit, Sent,
    Session, Terminal,
};
use crate::proto::stream::{ClientMessage, ServerMessage};
use crate::proto::worktree::Worktree;
use crate::tui::fleet::Fleet;
use crate::tui::memory;
use crate::tui::spent;
use futures_util::future::BoxFuture;
use news::Numbers;
use orders::Order;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;

/// Wait between two tries to reach a server that is gone.
const AGAIN: Duration = Duration::from_secs(1);
/// Lines that `find` tells: what one listens to before asking more precisely.
const HITS: usize = 20;

/// What the caller knows.
pub struct Options {
    /// Makes a new client after the server went away; it may start a server.
    pub reconnect: Box<dyn Fn() -> BoxFuture<'static, Result<Client, ClientError>>>,
    pub read_only: bool,
    /// What the screen remembers on this machine: its order of agents is followed. Empty: nothing.
    pub memory: PathBuf,
    /// Where new agents start unless told otherwise.
    pub directory: String,
    pub launch_environment: Option<BTreeMap<String, String>>,
    pub launch_umask: Option<u32>,
}

/// A question that the next line answers.
enum Question {
    Kind(Vec<Provider>),
    Message(Box<LaunchRequest>),
    Directory(Box<LaunchRequest>),
    Stop(TerminalId),
    /// With the yes to what would be lost.
    RemoveTree(Box<Worktree>, String),
    FinishHow(Box<trees::Ending>),
    FinishWords(Box<trees::Ending>),
    Conversation(TerminalId, Vec<Conversation>),
}

/// Why an order was not carried out.
enum Trouble {
    Words(String),
    Client(ClientError),
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Trouble {
        Trouble::Client(error)
    }
}

struct Talk {
    client: Client,
    options: Options,
    agents: Vec<Terminal>,
    numbers: Numbers,
    /// As they were told last: their numbers count from 1.
    trees: Vec<Worktree>,
    question: Option<Question>,
    tells: bool,
    voice: Voice,
}

/// Talks until the user leaves or there is nothing more to read.
///
/// # Errors
/// When the server cannot be spoken to at the start, or standard output is gone.
pub async fn run(client: Client, options: Options) -> anyhow::Result<()> {
    let mut talk = Talk {
        client,
        options,
        agents: Vec::new(),
        numbers: Numbers::default(),
        trees: Vec::new(),
        question: None,
        tells: true,
        voice: Voice::default(),
    };
    let mut stream = Some(talk.listen().await?);
    talk.look().await?;
    let count = talk.count();
    talk.voice.say(&[format!("conductor-tui. {count}")])?;
    let list = talk.list();
    talk.voice.say(&list)?;
    talk.voice.say(&["Type help for the commands."])?;
    let mut lines = typed_lines();
    loop {
        talk.voice.prompt()?;
        tokio::select! {
            line = lines.recv() => {
                talk.voice.heard();
                let Some(line) = line.transpose()? else { return Ok(()) };
                if talk.hear(&line).await? {
                    return talk.voice.say(&["Left. Agents go on."]);
                }
            }
            item = next(&mut stream) => match item {
                Some(message) => talk.notice(message).await?,
                None => {
                    talk.voice.say(&["The server is gone; agents go on. Waiting for it."])?;
                    stream = Some(talk.find_again().await);
                    talk.voice.say(&["The server is back."])?;
                    talk.tell_changes().await?;
                }
            },
        }
    }
}

async fn next(stream: &mut Option<StreamReceiver>) -> Option<ServerMessage> {
    let receiver = stream.as_mut()?;
    loop {
        match receiver.next().await? {
            StreamItem::Message(message) => return Some(message),
            // Nothing is shown, so none comes; one that does is nobody's.
            StreamItem::Frame(_) => {}
        }
    }
}

impl Talk {
    async fn listen(&mut self) -> Result<StreamReceiver, ClientError> {
        let (mut sender, receiver) = self.client.stream().await?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        sender.send(&ClientMessage::Hello { version, read_only: true, source: String::new() }).await?;
        Ok(receiver)
    }

    async fn find_again(&mut self) -> StreamReceiver {
        loop {
            if let Ok(client) = (self.options.reconnect)().await {
                self.client = client;
                if let Ok(receiver) = self.listen().await {
                    return receiver;
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Takes the agents in, as they are now.
    async fn look(&mut self) -> Result<(), ClientError> {
        let sessions: Vec<Session> = self.client.get("/sessions").await?;
        // As a screen that is opened now would list them.
        let mut fleet = Fleet::default();
        fleet.remember(memory::order(&keepsake::look(&self.options.memory)));
        fleet.replace(sessions);
        self.agents = fleet.agents().to_vec();
        self.numbers.learn(&self.agents);
        Ok(())
    }

    async fn tell_changes(&mut self) -> anyhow::Result<()> {
        let before = self.agents.clone();
        if self.look().await.is_err() {
            // The stream says it when the server is gone.
            return Ok(());
        }
        let now = now_ms();
        let told = news::changes(&before, &self.agents, &self.numbers, now);
        if self.tells && !told.is_empty() {
            self.voice.say(&told)?;
        }
        Ok(())
    }

    async fn notice(&mut self, message: ServerMessage) -> anyhow::Result<()> {
        match message {
            ServerMessage::Changed { .. } => self.tell_changes().await,
            ServerMessage::Notice { text, .. } => self.voice.say(&[printable(&text)]),
            ServerMessage::Bell { terminal } if self.tells => {
                let words = format!("{} rings", self.name(terminal));
                self.voice.say(&[words])
            }
            _ => Ok(()),
        }
    }

    fn count(&self) -> String {
        match self.agents.len() {
            0 => "No agents. Type new to start one.".to_owned(),
            1 => "1 agent.".to_owned(),
            count => format!("{count} agents."),
        }
    }

    fn name(&self, id: TerminalId) -> String {
        let name = self.agents.iter().find(|a| a.id == id).map(|a| printable(&a.window));
        format!("{} {}", self.numbers.of(id), name.unwrap_or_else(|| id.to_string()))
    }

    /// The agents as they are numbered from now on.
    fn list(&mut self) -> Vec<String> {
        let now: Millis = now_ms();
        self.numbers.list(&self.agents);
        self.agents.iter().map(|a| news::line(self.numbers.of(a.id), a, now)).collect()
    }

    /// A line of the user; whether it was the last.
    async fn hear(&mut self, line: &str) -> anyhow::Result<bool> {
        if let Some(question) = self.question.take() {
            self.answer(question, line.trim()).await?;
            return Ok(false);
        }
        let order = match orders::parse(line) {
            Ok(Order::Quit) => return Ok(true),
            Ok(order) => order,
            Err(words) => {
                self.voice.say(&[words])?;
                return Ok(false);
            }
        };
        let lines = match self.carry_out(order).await {
            Ok(lines) => lines,
            Err(Trouble::Words(words)) => vec![words],
            Err(Trouble::Client(error)) => {
                let hint = error.hint().map(|hint| format!(" {hint}.")).unwrap_or_default();
                vec![format!("That did not work: {error}.{hint}")]
            }
        };
        self.voice.say(&lines)?;
        Ok(false)
    }

    /// The agent with a number, as far as there is one.
    fn agent(&self, number: usize) -> Result<TerminalId, Trouble> {
        let id = self.numbers.agent(number).filter(|id| self.agents.iter().any(|a| a.id == *id));
        id.ok_or_else(|| Trouble::Words(format!("There is no agent {number}. Type list for those there are.")))
    }

    /// The same, for whoever would change something.
    fn changeable(&self, number: usize) -> Result<TerminalId, Trouble> {
        self.may()?;
        self.agent(number)
    }

    fn may(&self) -> Result<(), Trouble> {
        match self.options.read_only {
            true => Err(Trouble::Words("You may only look here; nothing is typed, started or stopped.".to_owned())),
            false => Ok(()),
        }
    }

    /// Does what was ordered; what there is to say of it.
    async fn carry_out(&mut self, order: Order) -> Result<Vec<String>, Trouble> {
        Ok(match order {
            Order::Nothing | Order::Quit => Vec::new(),
            Order::Help => orders::WORDS.iter().map(|(words, what)| format!("{words}: {what}")).collect(),
            Order::List => {
                self.look().await?;
                std::iter::once(self.count()).chain(self.list()).collect()
            }
            Order::Tell(on) => {
                self.tells = on;
                vec![format!("Changes are {} told.", if on { "being" } else { "not" })]
            }
            Order::Read { agent, lines } => {
                let id = self.agent(agent)?;
                let path = format!("/terminals/{id}/output?mode=full&lines={lines}");
                let output: Output = self.client.get(&path).await?;
                let now = now_ms();
                let about = self.agents.iter().find(|a| a.id == id);
                let state = about.map(|a| news::line(agent, a, now)).into_iter().chain(about.and_then(spent::sentence));
                let printed = output.output.lines().map(printable).filter(|line| !line.trim().is_empty());
                state.chain(printed).collect()
            }
            Order::Find(words) => {
                let path = format!("/search?q={}&limit={HITS}", segment(&words));
                let found: Search = self.client.get(&path).await?;
                let line = |hit: &SearchHit| format!("{}: {}", self.name(hit.terminal), hit.text);
                match found.hits.is_empty() {
                    true => vec![format!("No match in {} lines.", found.lines)],
                    // The newest last: it is heard last, and stands next to what is typed.
                    false => found.hits.iter().rev().map(line).collect(),
                }
            }
            Order::Send { agent, text } => {
                let id = self.changeable(agent)?;
                let request = InputRequest { message: text, id: random_hex(8).ok(), ..InputRequest::default() };
                let _: Sent = self.client.post(&format!("/terminals/{id}/input"), &request).await?;
                vec![format!("Sent to {}.", self.name(id))]
            }
            Order::Keys { agent, keys } => {
                let id = self.changeable(agent)?;
                let request = KeyRequest { keys, id: random_hex(8).ok(), ..KeyRequest::default() };
                let _: Sent = self.client.post(&format!("/terminals/{id}/key"), &request).await?;
                vec![format!("Pressed in {}.", self.name(id))]
            }
            Order::Rename { agent, name } => {
                let path = format!("/terminals/{}/rename", self.changeable(agent)?);
                let _: Terminal = self.client.post(&path, &RenameRequest { name }).await?;
                Vec::new()
            }
            Order::Answer { agent, yes } => {
                let path = format!("/terminals/{}/answer", self.changeable(agent)?);
                let _: Terminal = self.client.post(&path, &AnswerRequest { yes }).await?;
                Vec::new()
            }
            Order::Restart(agent) => {
                let path = format!("/terminals/{}/restart", self.changeable(agent)?);
                let _: Terminal = self.client.post(&path, &serde_json::json!({})).await?;
                Vec::new()
            }
            Order::Stop(agent) => {
                let id = self.changeable(agent)?;
                self.question = Some(Question::Stop(id));
                vec![format!("End {}? Type yes, or anything else to let it go on.", self.name(id))]
            }
            Order::Trees => self.list_trees().await?,
            Order::Tree(order, number) => self.with_tree(order, number).await?,
            Order::Conversations(agent) => self.conversations(agent).await?,
            Order::New => {
                self.may()?;
                let path = self.options.launch_environment.as_ref().and_then(|all| all.get("PATH")).map(String::as_str);
                let all: Vec<Provider> = self.client.get(&providers(path)).await?;
                let here: Vec<Provider> = all.into_iter().filter(|p| p.missing.is_none()).collect();
                let mut lines = vec!["What kind of agent? Type its number, or nothing to start none.".to_owned()];
                lines.extend((1..).zip(&here).map(|(number, p)| format!("{number} {}", printable(&p.title))));
                self.question = Some(Question::Kind(here));
                lines
            }
        })
    }

    /// The answer to a question of ours.
    async fn answer(&mut self, question: Question, line: &str) -> anyhow::Result<()> {
        match question {
            Question::Stop(id) if line == "yes" => {
                let path = format!("/terminals/{id}/exit");
                let ended = self.client.post::<_, serde_json::Value>(&path, &serde_json::json!({})).await;
                let words = match ended {
                    Ok(_) => format!("{} is ending.", self.name(id)),
                    Err(error) => format!("That did not work: {error}."),
                };
                self.voice.say(&[words])
            }
            Question::Stop(id) => {
                let words = format!("{} goes on.", self.name(id));
                self.voice.say(&[words])
            }
            Question::RemoveTree(tree, accept) => {
                let lines = self.remove_tree(&tree, accept, line).await;
                self.voice.say(&lines)
            }
            Question::FinishHow(ending) => {
                let lines = self.finish_how(ending, line).await;
                self.voice.say(&lines)
            }
            Question::FinishWords(ending) => {
                let lines = self.finish_words(ending, line).await;
                self.voice.say(&lines)
            }
            Question::Conversation(id, all) => {
                let lines = self.resume(id, all, line).await;
                self.voice.say(&lines)
            }
            Question::Kind(_) if line.is_empty() => self.voice.say(&["No agent was started."]),
            Question::Kind(kinds) => {
                let Some(kind) = line.parse::<usize>().ok().and_then(|n| kinds.get(n.checked_sub(1)?)) else {
                    self.voice.say(&[format!("Type a number from 1 to {}, or nothing.", kinds.len())])?;
                    self.question = Some(Question::Kind(kinds));
                    return Ok(());
                };
                let request = Box::new(LaunchRequest {
                    provider: Some(kind.name.clone()),
                    environment: self.options.launch_environment.clone(),
                    umask: self.options.launch_umask,
                    ..LaunchRequest::default()
                });
                if !kind.takes_prompt {
                    return self.ask_where(request);
                }
                self.question = Some(Question::Message(request));
                self.voice.say(&["What should it do? Type its first message, or nothing to just start it."])
            }
            Question::Message(mut request) => {
                request.prompt = (!line.is_empty()).then(|| line.to_owned());
                self.ask_where(request)
            }
            Question::Directory(mut request) => {
                let directory = if line.is_empty() { self.options.directory.as_str() } else { line };
                request.working_directory = Some(directory.to_owned());
                let started = self.client.post::<_, Terminal>("/sessions", &*request).await;
                let words = match started {
                    Ok(agent) => format!("Started {}.", printable(&agent.window)),
                    Err(error) => format!("It could not be started: {error}."),
                };
                self.voice.say(&[words])?;
                self.tell_changes().await
            }
        }
    }

    fn ask_where(&mut self, request: Box<LaunchRequest>) -> anyhow::Result<()> {
        self.question = Some(Question::Directory(request));
        self.voice.say(&[format!(
            "In which directory? Type its path, or nothing for {}.",
            printable(&self.options.directory)
        )])
    }
}

/// Lines out, and whether one is begun in which the user types.
#[derive(Default)]
struct Voice {
    is_prompted: bool,
}

impl Voice {
    /// Prints lines, each by itself.
    fn say<S: AsRef<str>>(&mut self, lines: &[S]) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if !lines.is_empty() && std::mem::take(&mut self.is_prompted) {
            writeln!(out)?;
        }
        for line in lines {
            writeln!(out, "{}", line.as_ref())?;
        }
        Ok(out.flush()?)
    }

    /// Says that a line may be typed, unless that was said.
    fn prompt(&mut self) -> anyhow::Result<()> {
        if self.is_prompted {
            return Ok(());
        }
        self.is_prompted = true;
        let mut out = std::io::stdout().lock();
        write!(out, "> ")?;
        Ok(out.flush()?)
    }

    /// The user has ended the line.
    fn heard(&mut self) {
        self.is_prompted = false;
    }
}

/// Standard input, line by line, from a thread of its own: it ends with the process, whatever it waits for.
fn typed_lines() -> mpsc::UnboundedReceiver<std::io::Result<String>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
