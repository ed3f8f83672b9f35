//! Answers a dialog of an agent CLI's own by the keys that its provider's file names: chosen, looked at, and only then
//! confirmed. Called by the API, for people; one answer at a time for a terminal. It must never confirm what it has not
//! seen chosen, nor press a key into anything but the question that was asked.

use crate::base::cell::lines_of;
use crate::base::id::TerminalId;
use crate::core::status::WaitingFor;
use crate::core::world::Terminal;
use crate::proto::rest::KeyRequest;
use crate::providers::Answer;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{Refusal, RefusalKind, input};
use regex::Regex;
use std::time::{Duration, Instant};

/// Output has come to rest when there was none for so long: a CLI draws its dialog in one go.
const QUIET: Duration = Duration::from_millis(150);
/// What keeps on drawing is looked at all the same after this.
const NEVER_QUIET: Duration = Duration::from_secs(1);
/// A key that shows nothing in this time was dropped: CLIs read nothing while they start.
const DROPPED: Duration = Duration::from_millis(700);
/// Choices go round: more presses than any dialog has choices find nothing new.
const PRESSES: usize = 6;
/// From the confirming key to the end of the question.
const GONE: Duration = Duration::from_secs(5);
/// Between two looks at what nobody announces: output, and what a dialog makes of it.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Says yes or no to what the agent waits for.
///
/// # Errors
/// An unknown terminal; one that waits for nothing its provider knows to answer; a question that is gone, or does not
/// take the answer: then nothing was confirmed, or the words say what was.
pub async fn answer(app: &App, id: TerminalId, yes: bool) -> Result<(), Refusal> {
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    let Some((asked, answer)) = known(app, &terminal, yes) else {
        return Err(refused("it asks nothing that can be answered from here").hint("type the answer in its terminal"));
    };
    let Some(_turn) = Turn::take(app, id) else { return Err(refused("it is being answered right now")) };
    let one = One { app, id, run: terminal.run, asked };
    if let Some(chosen) = &answer.chosen {
        let chosen = Regex::new(chosen).map_err(|e| Refusal::new(RefusalKind::Internal, e.to_string()))?;
        one.choose(&answer.choose, &chosen).await?;
    }
    one.check()?;
    one.confirm(&answer.confirm).await?;
    tracing::info!(terminal = %id, yes, question = ?asked, "answered by its keys");
    Ok(())
}

/// What the provider's file says of this question.
pub fn known(app: &App, terminal: &Terminal, yes: bool) -> Option<(WaitingFor, Answer)> {
    let asked = terminal.waiting_for.filter(|_| terminal.is_alive())?;
    // Nothing but who is trusted: a permission waits for the queue, which records the yes before it is given.
    if !matches!(asked, WaitingFor::Trust | WaitingFor::Login) {
        return None;
    }
    let definition = app.catalog.get(&terminal.provider)?;
    let answers = definition.answers.iter().find(|answers| answers.waiting_for == asked)?;
    Some((asked, if yes { answers.yes.clone() } else { answers.no.clone() }))
}

/// One answer at a time: the keys of two would mean something else.
struct Turn<'a> {
    app: &'a App,
    id: TerminalId,
}

impl<'a> Turn<'a> {
    fn take(app: &'a App, id: TerminalId) -> Option<Turn<'a>> {
        lock(&app.answering).insert(id).then_some(Turn { app, id })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.app.answering).remove(&self.id);
    }
}

fn refused(words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Conflict, words)
}

/// One question of one run of an agent.
struct One<'a> {
    app: &'a App,
    id: TerminalId,
    run: u32,
    asked: WaitingFor,
}

impl One<'_> {
    /// Presses the choosing keys until the screen shows the choice.
    async fn choose(&self, keys: &[String], chosen: &Regex) -> Result<(), Refusal> {
        for _ in 0..=PRESSES {
            self.come_to_rest().await;
            self.check()?;
            if self.screen().is_some_and(|screen| chosen.is_match(&screen)) {
                return Ok(());
            }
            let before = self.offset();
            self.press(keys).await?;
            self.until(Instant::now() + DROPPED, |one| one.offset() != before).await;
        }
        Err(refused("its dialog does not show the choice; nothing was confirmed").hint("answer in its terminal"))
    }

    /// Presses the confirming keys. Once, unless nothing at all comes of it.
    async fn confirm(&self, keys: &[String]) -> Result<(), Refusal> {
        for _ in 0..=PRESSES {
            let before = self.offset();
            self.press(keys).await?;
            if self.until(Instant::now() + DROPPED, |one| !one.is_asked() || one.offset() != before).await {
                break;
            }
        }
        if self.until(Instant::now() + GONE, |one| !one.is_asked()).await {
            return Ok(());
        }
        let words = format!("{} was pressed, and it still asks", keys.join(" "));
        Err(refused(words).hint("look at its terminal"))
    }

    fn is_asked(&self) -> bool {
        self.app
            .terminal(self.id)
            .is_some_and(|t| t.is_alive() && t.run == self.run && t.waiting_for == Some(self.asked))
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.is_asked() { Ok(()) } else { Err(refused("it does not ask any more; nothing was confirmed")) }
    }

    async fn press(&self, keys: &[String]) -> Result<(), Refusal> {
        let request = KeyRequest { keys: keys.to_vec(), ..KeyRequest::default() };
        input::named_keys(self.app, self.id, request).await.map(drop)
    }

    fn screen(&self) -> Option<String> {
        let shared = self.app.shared(self.id)?;
        let pane = lock(&shared.pane);
        Some(lines_of(&pane.screen.rows(), pane.screen.size().columns))
    }

    fn offset(&self) -> Option<u64> {
        let shared = self.app.shared(self.id)?;
        Some(lock(&shared.pane).screen.offset())
    }

    async fn come_to_rest(&self) {
        let most = Instant::now() + NEVER_QUIET;
        let (mut before, mut since) = (self.offset(), Instant::now());
        while since.elapsed() < QUIET && Instant::now() < most {
            tokio::time::sleep(LOOK_AGAIN).await;
            let now = self.offset();
            if now != before {
                (before, since) = (now, Instant::now());
            }
        }
    }

    /// Whether it came to be so in time.
    async fn until(&self, deadline: Instant, is_so: impl Fn(&Self) -> bool) -> bool {
        while !is_so(self) {
            if Instant::now() > deadline {
                return false;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        true
    }
}
