//! The launch dialog: what is chosen, and the request that comes of it. Kept when closed, so that nothing typed is
//! lost. It must never start anything by itself.

use super::field::Field;
use crate::core::keys::{Key, KeyCode};
use crate::proto::rest::{Isolation, LaunchRequest, Provider};
use crate::proto::worktree::Beside;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Row {
    #[default]
    Message,
    Agent,
    Name,
    Where,
    /// In a work tree of its own, or in the folder itself.
    Work,
}

const ROWS: [Row; 5] = [Row::Message, Row::Agent, Row::Name, Row::Where, Row::Work];

#[derive(Clone, Debug, Default)]
pub struct Launch {
    pub row: Row,
    pub message: Field,
    /// Name of the provider; `None` takes the first that is here.
    pub provider: Option<String>,
    pub name: Field,
    pub directory: Field,
    /// A work tree of its own, or not; `None`: as it is best for the agent chosen.
    pub apart: Option<bool>,
    /// What the server said of a directory.
    pub beside: Option<(String, Beside)>,
    /// Why the last try did not start.
    pub problem: Option<String>,
    /// A start is under way.
    pub starting: bool,
}

/// What to do about an agent that is not on this machine.
pub const TO_HAVE_IT: &str = "install it or put it in PATH, then open this again";

/// What a key did to the dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Open,
    Submit,
    Close,
}

impl Launch {
    pub fn key(&mut self, key: Key, providers: &[Provider]) -> Outcome {
        self.problem = None;
        match key.code {
            KeyCode::Escape => return Outcome::Close,
            KeyCode::Enter if key.mods.is_none() => return Outcome::Submit,
            // Terminals that can tell them apart send these for a new line too.
            KeyCode::Enter => {
                if self.row == Row::Message {
                    self.message.new_line();
                }
            }
            KeyCode::Tab => self.go(if key.mods.is_none() { 1 } else { -1 }, providers),
            KeyCode::Down if self.row != Row::Message || self.message.is_on_last_line() => self.go(1, providers),
            KeyCode::Up if self.row != Row::Message || self.message.is_on_first_line() => self.go(-1, providers),
            KeyCode::Left if self.row == Row::Agent => self.choose(providers, -1),
            KeyCode::Right if self.row == Row::Agent => self.choose(providers, 1),
            KeyCode::Left | KeyCode::Right | KeyCode::Char('h' | 'l' | ' ') if self.row == Row::Work => {
                self.apart = Some(!self.is_apart(providers));
            }
            // Nothing is typed there: whoever walks through the rows with letters is not stopped.
            KeyCode::Char(letter @ ('h' | 'j' | 'k' | 'l')) if self.is_choice() && key.mods.is_none() => match letter {
                'h' => self.choose(providers, -1),
                'l' => self.choose(providers, 1),
                'j' => self.go(1, providers),
                _ => self.go(-1, providers),
            },
            KeyCode::Char('j') if key == Key::ctrl('j') => {
                if self.row == Row::Message {
                    self.message.new_line();
                }
            }
            _ => match self.field() {
                Some(field) => drop(field.key(key)),
                None => self.problem = Some(format!("{key} does nothing here · ← and → choose")),
            },
        }
        Outcome::Open
    }

    pub fn field(&mut self) -> Option<&mut Field> {
        match self.row {
            Row::Message => Some(&mut self.message),
            Row::Agent | Row::Work => None,
            Row::Name => Some(&mut self.name),
            Row::Where => Some(&mut self.directory),
        }
    }

    /// Nothing is typed in its row.
    fn is_choice(&self) -> bool {
        matches!(self.row, Row::Agent | Row::Work)
    }

    /// Whether it is to work in a tree of its own. A shell is a person's own hand: it stays where they are.
    pub fn is_apart(&self, providers: &[Provider]) -> bool {
        self.apart.unwrap_or_else(|| self.takes_message(providers))
    }

    /// What is known of this directory.
    pub fn beside(&self, directory: &str) -> Option<&Beside> {
        self.beside.as_ref().filter(|(asked, _)| asked == directory).map(|(_, beside)| beside)
    }

    fn go(&mut self, steps: isize, providers: &[Provider]) {
        let here = ROWS.iter().position(|r| *r == self.row).unwrap_or(0) as isize;
        self.row = ROWS[(here + steps).rem_euclid(ROWS.len() as isize) as usize];
        // Nothing that is written there would be sent.
        if self.row == Row::Message && !self.takes_message(providers) {
            self.row = ROWS[(here + 2 * steps).rem_euclid(ROWS.len() as isize) as usize];
        }
    }

    /// Whether a first message means anything to the agent chosen. One that is written stays for an agent that takes it.
    pub fn takes_message(&self, providers: &[Provider]) -> bool {
        self.chosen(providers).is_none_or(|provider| provider.takes_prompt)
    }

    /// It was started: what was used is forgotten; the choices stay for the next one.
    pub fn used(&mut self, providers: &[Provider]) {
        if self.takes_message(providers) {
            self.message = Field::default();
        }
        self.name = Field::default();
        self.row = Row::default();
    }

    fn choose(&mut self, providers: &[Provider], steps: isize) {
        if providers.is_empty() {
            return;
        }
        let here = self.chosen(providers).and_then(|p| providers.iter().position(|q| q.name == p.name)).unwrap_or(0);
        let there = (here as isize + steps).rem_euclid(providers.len() as isize) as usize;
        self.provider = Some(providers[there].name.clone());
    }

    /// The agent chosen: the named one, or the first that is on this machine.
    pub fn chosen<'a>(&self, providers: &'a [Provider]) -> Option<&'a Provider> {
        let named = self.provider.as_ref().and_then(|name| providers.iter().find(|p| p.name == *name));
        named.or_else(|| providers.iter().find(|p| p.missing.is_none())).or(providers.first())
    }

    /// The name typed, else one made from the message, else the agent's own.
    pub fn agent_name(&self, providers: &[Provider]) -> Option<String> {
        let typed = self.name.text().trim().to_owned();
        if !typed.is_empty() {
            return Some(typed);
        }
        // `claude_code` is called claude by everybody.
        let own = || self.chosen(providers).and_then(|p| p.name.split('_').next()).map(str::to_owned);
        let message = self.takes_message(providers).then(|| self.message.text());
        message.and_then(|message| name_of(&message)).or_else(own)
    }

    /// The command line as a shell would need it, for people to read.
    pub fn command_line(&self, providers: &[Provider]) -> Option<String> {
        let provider = self.chosen(providers)?;
        let mut words: Vec<String> = provider.command.iter().map(|w| quoted(w)).collect();
        let message = self.message.text();
        if !message.trim().is_empty() && provider.takes_prompt {
            words.push(quoted(message.trim()));
        }
        Some(words.join(" "))
    }

    /// The request, or why there cannot be one.
    ///
    /// # Errors
    /// With a sentence for the user.
    pub fn request(&self, providers: &[Provider], default_directory: &str) -> Result<LaunchRequest, String> {
        let Some(provider) = self.chosen(providers) else {
            return Err("the server has not said yet which agents there are".to_owned());
        };
        if let Some(reason) = &provider.missing {
            return Err(format!("{reason} · {TO_HAVE_IT}"));
        }
        let message = if provider.takes_prompt { self.message.text().trim().to_owned() } else { String::new() };
        let directory = self.directory.text().trim().to_owned();
        Ok(LaunchRequest {
            provider: Some(provider.name.clone()),
            // An agent started by a person is neither supervisor nor worker of anyone.
            role: Some("agent".to_owned()),
            window_name: self.agent_name(providers),
            working_directory: Some(if directory.is_empty() { default_directory.to_owned() } else { directory }),
            prompt: (!message.is_empty()).then_some(message),
            // The server may not have said yet whether there can be one.
            isolation: Some(if self.is_apart(providers) { Isolation::Auto } else { Isolation::SameFolder }),
            ..LaunchRequest::default()
        })
    }
}

/// Words that say nothing about what the work is.
const FILLERS: [&str; 20] = [
    "a", "an", "and", "all", "can", "for", "from", "i", "in", "it", "of", "on", "open", "please", "the", "this", "to",
    "with", "you", "my",
];

/// A short name from the message's first words.
fn name_of(message: &str) -> Option<String> {
    let words: Vec<String> = message
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|w| !w.is_empty() && !FILLERS.contains(&w.as_str()))
        // Three words tell agents apart and fit into the sidebar.
        .take(3)
        .collect();
    let name: String = words.join("-").chars().take(24).collect();
    let name = name.trim_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:@%+,~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''").replace('\n', " ⏎ "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::providers;

    #[test]
    fn names_come_from_messages() {
        for (message, name) in [
            ("Fix the flaky test in token.rs and open a PR.", Some("fix-flaky-test")),
            ("", None),
            ("…", None),
            ("please", None),
        ] {
            assert_eq!(name_of(message).as_deref(), name);
        }
    }

    #[test]
    fn agents_work_apart_and_shells_where_their_person_is_unless_told_otherwise() {
        let providers = providers();
        let mut launch = Launch { provider: Some("codex".into()), ..Launch::default() };
        let isolation = |launch: &Launch| launch.request(&providers, "/x").unwrap().isolation;
        assert_eq!(isolation(&launch), Some(Isolation::Auto));
        launch.provider = Some("shell".into());
        assert_eq!(isolation(&launch), Some(Isolation::SameFolder));
        launch.row = Row::Work;
        for (key, expected) in [
            ("Right", Isolation::Auto),
            ("h", Isolation::SameFolder),
            ("Space", Isolation::Auto),
            ("Left", Isolation::SameFolder),
        ] {
            launch.key(crate::core::keys::parse_key(key).unwrap(), &providers);
            assert_eq!(isolation(&launch), Some(expected), "{key}");
        }
        launch.provider = Some("codex".into());
        assert_eq!(isolation(&launch), Some(Isolation::SameFolder), "what was chosen counts for all");
        launch.key(crate::core::keys::parse_key("x").unwrap(), &providers);
        assert_eq!(launch.problem.as_deref(), Some("x does nothing here · ← and → choose"));
        // What was said of another folder says nothing of this one.
        launch.beside = Some(("/x".into(), Beside { base: Some("main".into()), ..Beside::default() }));
        assert_eq!(launch.beside("/x").unwrap().base.as_deref(), Some("main"));
        assert_eq!(launch.beside("/y"), None);
    }

    #[test]
    fn missing_agents_are_refused_and_a_shell_leaves_the_message_for_others() {
        let providers = providers();
        let mut launch = Launch { provider: Some("gemini".into()), ..Launch::default() };
        let refused = launch.request(&providers, "/x").unwrap_err();
        assert!(refused.starts_with("gemini: not found · install it"), "{refused}");
        launch.provider = Some("shell".into());
        launch.message = Field::new("hello");
        let request = launch.request(&providers, "/x").unwrap();
        assert_eq!((request.prompt, request.window_name.as_deref()), (None, Some("shell")));
        launch.used(&providers);
        launch.row = Row::Work;
        for (key, row) in [("Tab", Row::Agent), ("Up", Row::Work)] {
            launch.key(crate::core::keys::parse_key(key).unwrap(), &providers);
            assert_eq!(launch.row, row, "the message is passed over");
        }
        launch.provider = None;
        assert_eq!(launch.message.text(), "hello");
        let request = launch.request(&providers, "/x").unwrap();
        assert_eq!(request.provider.as_deref(), Some("claude"));
        assert_eq!(request.working_directory.as_deref(), Some("/x"));
        assert_eq!(launch.command_line(&providers).unwrap(), "claude --permission-mode default hello");
        launch.used(&providers);
        assert!(launch.message.is_empty());
    }
}
