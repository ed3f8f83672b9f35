//! The sessions and agents as the screen counts and orders them. Made anew from every answer of the server.
//! The order never changes by itself: fingers remember numbers. It must never guess a status.

use crate::base::clock::Millis;
use crate::base::id::{TerminalId, short_session};
use crate::base::text;
use crate::proto::rest::{Session, Status, Terminal};

#[derive(Clone, Debug, Default)]
pub struct Fleet {
    sessions: Vec<Session>,
    /// Sidebar order over all sessions.
    agents: Vec<Terminal>,
    filter: String,
    /// As the user has put them, here or when this screen was open last: what is not among them goes to the end.
    order: Order,
}

/// Names of sessions and ids of agents in the order that the user gave them; empty: they were never moved.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Order {
    pub sessions: Vec<String>,
    pub agents: Vec<TerminalId>,
}

impl Fleet {
    /// Takes the server's answer: what was here keeps its place, what is new goes to the end of its session.
    pub fn replace(&mut self, mut sessions: Vec<Session>) {
        // The first time, what is remembered counts.
        let is_first = self.sessions.is_empty();
        let place = |name: &str| {
            let remembered = || self.order.sessions.iter().position(|s| s == name);
            let here = || self.sessions.iter().position(|s| s.name == name);
            if is_first { remembered() } else { here() }.unwrap_or(usize::MAX)
        };
        sessions.sort_by_key(|s| place(&s.name));
        for session in &mut sessions {
            let place = |id: TerminalId| {
                let remembered = || self.order.agents.iter().position(|a| *a == id);
                let here = || self.agents.iter().position(|a| a.id == id);
                if is_first { remembered() } else { here() }.unwrap_or(usize::MAX)
            };
            session.terminals.sort_by_key(|t| place(t.id));
        }
        self.agents = sessions.iter().flat_map(|s| s.terminals.iter().cloned()).collect();
        self.sessions = sessions;
    }

    /// Puts in an agent that was just started, before the next answer of the server brings it.
    pub fn add(&mut self, agent: Terminal) {
        let mut sessions = self.sessions.clone();
        match sessions.iter_mut().find(|s| s.name == agent.session) {
            Some(session) => {
                session.terminals.retain(|t| t.id != agent.id);
                session.terminals.push(agent);
            }
            None => sessions.push(Session {
                name: agent.session.clone(),
                cwd: agent.cwd.clone(),
                created_at: agent.created_at.clone(),
                terminals: vec![agent],
            }),
        }
        self.replace(sessions);
    }

    pub fn order(&self) -> &Order {
        &self.order
    }

    /// What is remembered from before; counts for the first answer of the server.
    pub fn remember(&mut self, order: Order) {
        self.order = order;
    }

    /// Puts an agent where another one of its session is.
    pub fn put_agent_at(&mut self, id: TerminalId, there: TerminalId) {
        let Some(session) = self.sessions.iter_mut().find(|s| s.terminals.iter().any(|t| t.id == id)) else { return };
        let place = |id: TerminalId| session.terminals.iter().position(|t| t.id == id);
        let (Some(from), Some(to)) = (place(id), place(there)) else { return };
        if from != to {
            let agent = session.terminals.remove(from);
            session.terminals.insert(to, agent);
            self.moved();
        }
    }

    /// Puts a session right behind another; `None`: before all.
    pub fn put_session_behind(&mut self, name: &str, other: Option<&str>) {
        let Some(from) = self.sessions.iter().position(|s| s.name == name) else { return };
        let session = self.sessions.remove(from);
        let to = other.and_then(|other| self.sessions.iter().position(|s| s.name == other)).map_or(0, |n| n + 1);
        self.sessions.insert(to, session);
        if from != to {
            self.moved();
        }
    }

    fn moved(&mut self) {
        self.agents = self.sessions.iter().flat_map(|s| s.terminals.iter().cloned()).collect();
        self.order = Order {
            sessions: self.sessions.iter().map(|s| s.name.clone()).collect(),
            agents: self.agents.iter().map(|a| a.id).collect(),
        };
    }

    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    pub fn agents(&self) -> &[Terminal] {
        &self.agents
    }

    pub fn get(&self, id: TerminalId) -> Option<&Terminal> {
        self.agents.iter().find(|a| a.id == id)
    }

    /// The number that selects the agent, from 1.
    pub fn number(&self, id: TerminalId) -> Option<usize> {
        self.agents.iter().position(|a| a.id == id).map(|n| n + 1)
    }

    pub fn is_empty(&self) -> bool {
        self.agents.is_empty()
    }

    pub fn filter(&self) -> &str {
        &self.filter
    }

    pub fn set_filter(&mut self, filter: String) {
        self.filter = filter;
    }

    /// Whether the sidebar lists the agent under the filter.
    pub fn is_listed(&self, agent: &Terminal) -> bool {
        let wanted = self.filter.to_lowercase();
        [&agent.window, &agent.provider, &agent.session, &agent.status.screen_word().to_owned()]
            .iter()
            .any(|text| text.to_lowercase().contains(&wanted))
    }

    pub fn listed(&self) -> impl Iterator<Item = &Terminal> {
        self.agents.iter().filter(|a| self.is_listed(a))
    }

    /// The listed agent `steps` away from `from`, around the ends.
    pub fn step(&self, from: Option<TerminalId>, steps: isize) -> Option<TerminalId> {
        let listed: Vec<TerminalId> = self.listed().map(|a| a.id).collect();
        if listed.is_empty() {
            return None;
        }
        let Some(here) = from.and_then(|id| listed.iter().position(|l| *l == id)) else {
            return if steps > 0 { listed.first() } else { listed.last() }.copied();
        };
        Some(listed[(here as isize + steps).rem_euclid(listed.len() as isize) as usize])
    }

    /// Those that wait for somebody, the longest waiting first.
    pub fn waiting(&self) -> Vec<TerminalId> {
        let mut waiting: Vec<&Terminal> = self.agents.iter().filter(|a| a.status == Status::Waiting).collect();
        waiting.sort_by_key(|a| a.since_ms);
        waiting.iter().map(|a| a.id).collect()
    }

    pub fn count(&self, status: Status) -> usize {
        self.agents.iter().filter(|a| a.status == status).count()
    }
}

/// Whether the agent's program has ended.
pub fn is_gone(agent: &Terminal) -> bool {
    agent.pid.is_none() && matches!(agent.status, Status::Closed | Status::Error | Status::Completed)
}

/// A session's name for people.
pub fn session_title(session: &Session) -> &str {
    short_session(&session.name)
}

/// A provider as people call it: `claude_code` is claude.
pub fn provider_word(agent: &Terminal) -> &str {
    agent.provider.split('_').next().unwrap_or_default()
}

/// What an agent is about, in one line: what it asks, how it ended, what it calls its work.
pub fn about(agent: &Terminal) -> String {
    match (&agent.detail, agent.exit_code) {
        // `approve Bash: rm x`: that it asks is said by its state.
        (Some(detail), _) if detail.starts_with("approve ") => {
            detail.split_once(": ").map_or(detail.as_str(), |(_, what)| what).to_owned()
        }
        (Some(detail), _) if !detail.is_empty() => detail.clone(),
        (_, Some(code)) => format!("exit {code}"),
        _ => {
            // Spinners and marks stand before the words; behind them often the directory, which is shown anyway.
            let title = agent.title.trim_start_matches(|c: char| !c.is_alphanumeric() && !"~/$".contains(c));
            title.split(" | ").next().unwrap_or_default().trim().to_owned()
        }
    }
}

/// How long ago, in whole minutes or more: anything finer would have to tick. Empty in the first minute.
pub fn age(since: Millis, now: Millis) -> String {
    match now.saturating_sub(since) / 60_000 {
        0 => String::new(),
        m @ 1..60 => format!("{m}m"),
        m @ 60..1440 => format!("{}h", m / 60),
        m => format!("{}d", m / 1440),
    }
}

/// A directory as people write it.
pub fn short_path(path: &str, home: Option<&str>) -> String {
    match home.filter(|h| !h.is_empty()).and_then(|h| path.strip_prefix(h)) {
        Some("") => "~".to_owned(),
        Some(rest) if rest.starts_with('/') => format!("~{rest}"),
        _ => path.to_owned(),
    }
}

/// A path in at most `room` columns: what is cut is its front, because the end tells one place from another.
pub fn fit_path(path: &str, room: usize) -> String {
    if text::width(path) <= room {
        return path.to_owned();
    }
    let ends = path.match_indices('/').map(|(at, _)| format!("…{}", &path[at..]));
    let whole = ends.filter(|end| end.len() > "…/".len()).find(|end| text::width(end) <= room);
    // Not even the last part fits: its end.
    let ends = || path.char_indices().map(|(at, _)| format!("…{}", &path[at..]));
    whole.or_else(|| ends().find(|end| text::width(end) <= room)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_whole_minutes() {
        for (ms, text) in [(0, ""), (59_999, ""), (60_000, "1m"), (3_600_000, "1h"), (90_000_000, "1d")] {
            assert_eq!(age(1000, 1000 + ms), text);
        }
    }

    #[test]
    fn an_agent_is_about_what_it_asks_or_calls_its_work() {
        let mut agent = crate::tui::testing::agent(1, "a", "w", "claude_code", Status::Running, 0);
        assert_eq!(provider_word(&agent), "claude");
        for (detail, title, expected) in [
            (Some("approve Bash: rm -rf build/"), "x", "rm -rf build/"),
            (Some("approve it"), "x", "approve it"),
            (Some("Running tests"), "x", "Running tests"),
            (Some(""), "⠴ Token tests | api", "Token tests"),
            (None, "~/src/api", "~/src/api"),
            (None, "", ""),
        ] {
            (agent.detail, agent.title) = (detail.map(Into::into), title.into());
            assert_eq!(about(&agent), expected);
        }
    }

    #[test]
    fn a_path_is_cut_in_front() {
        for (path, room, expected) in [
            ("~/src/api", 9, "~/src/api"),
            ("~/src/api", 8, "…/api"),
            ("/home/ada/src/worktrees/main", 19, "…/worktrees/main"),
            ("/home/ada/src/worktrees/main", 8, "…/main"),
            ("/srv/a-long-name", 8, "…ng-name"),
            ("/srv/漢字漢字", 6, "…漢字"),
            ("/srvs/", 5, "…rvs/"),
            ("/srv", 1, ""),
            ("/srv", 0, ""),
        ] {
            assert_eq!(fit_path(path, room), expected, "{path} in {room}");
        }
    }

    #[test]
    fn home_is_a_tilde() {
        assert_eq!(short_path("/home/a/src", Some("/home/a")), "~/src");
        assert_eq!(short_path("/home/ab", Some("/home/a")), "/home/ab");
        assert_eq!(short_path("/home/a", Some("/home/a")), "~");
    }
}
