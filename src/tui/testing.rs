//! Made-up sessions, providers and frames for the tests of the screen.

use super::depth::Depth;
use super::msg::{Command, Msg};
use super::preferences::{Sheet, ThemeLine};
use super::state::{Settings, State};
use super::theme::Theme;
use super::update::update;
use crate::base::cell::{Row, RowBuilder, Style};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::text;
use crate::config::listing::{self, Origin};
use crate::config::theme::Shelf;
use crate::core::keys::{Key, parse_key};
use crate::proto::frame::{Cursor, Frame};
use crate::proto::life::Conversation;
use crate::proto::rest::{Provider, Session, Status, Terminal};
use crate::proto::worktree::{Kept, Outlook, Worktree};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use std::path::Path;

/// 16:42 UTC.
pub const NOW: Millis = 1_795_192_920_000;

pub fn row(words: &str) -> Row {
    let mut builder = RowBuilder::default();
    for c in words.chars() {
        builder.push(c, &[], text::char_width(c) as u16, Style::default());
    }
    builder.finish(false)
}

pub fn agent(id: u32, session: &str, window: &str, provider: &str, status: Status, minutes: u64) -> Terminal {
    let gone = matches!(status, Status::Closed | Status::Error);
    Terminal {
        id: TerminalId(id),
        session: format!("conductor-{session}"),
        session_name: format!("conductor-{session}"),
        window: window.into(),
        window_name: window.into(),
        role: "agent".into(),
        provider: provider.into(),
        profile: None,
        agent_profile: None,
        status,
        waiting_for: None,
        detail: None,
        evidence: None,
        title: String::new(),
        cwd: format!("/home/ada/src/{session}"),
        hooks: crate::proto::status::Hooks::None,
        weight: None,
        usage: None,
        worktree: None,
        branch: None,
        repository: None,
        setup_log: None,
        command: vec![provider.into()],
        pid: (!gone).then_some(4000 + id),
        holder_pid: Some(3000 + id),
        created_at: String::new(),
        since: String::new(),
        since_ms: NOW - minutes * 60_000,
        log_path: String::new(),
        cols: 62,
        rows: 12,
        exit_code: (status == Status::Error).then_some(1),
        stopped: false,
        answerable: false,
        conversation: None,
        restart: crate::proto::rest::Restart::Never,
        again_at_ms: None,
        cut_off: false,
        is_shell: provider == "shell",
        output_end: 0,
        revision: 1,
    }
}

pub fn session(name: &str, terminals: Vec<Terminal>) -> Session {
    Session {
        name: format!("conductor-{name}"),
        cwd: format!("/home/ada/src/{name}"),
        created_at: String::new(),
        terminals,
    }
}

pub fn sessions() -> Vec<Session> {
    let with = |mut agent: Terminal, detail: &str| {
        agent.detail = Some(detail.into());
        agent
    };
    vec![
        session(
            "api",
            vec![
                with(agent(1, "api", "fix-auth", "claude", Status::Waiting, 3), "rm -rf build/"),
                with(agent(2, "api", "tests", "codex", Status::Running, 12), "cargo nextest"),
                agent(3, "api", "docs", "claude", Status::Completed, 30),
            ],
        ),
        session(
            "web",
            vec![
                with(agent(4, "web", "login-page", "claude", Status::Waiting, 1), "edit auth.ts"),
                agent(5, "web", "e2e", "opencode", Status::Running, 125),
                agent(6, "web", "sh", "shell", Status::Ready, 9),
            ],
        ),
        session("infra", vec![agent(7, "infra", "deploy", "q", Status::Error, 2)]),
    ]
}

pub fn providers() -> Vec<Provider> {
    let provider = |name: &str, title: &str, command: &[&str], found: bool, takes_prompt| Provider {
        name: name.into(),
        title: title.into(),
        path: found.then(|| format!("/usr/bin/{name}")),
        missing: (!found).then(|| format!("{name}: not found")),
        command: command.iter().map(|c| (*c).to_owned()).collect(),
        takes_prompt,
        ..Provider::default()
    };
    vec![
        provider("claude", "Claude Code", &["claude", "--permission-mode", "default"], true, true),
        provider("codex", "Codex", &["codex", "--no-daemon"], true, true),
        provider("gemini", "Gemini CLI", &["gemini"], false, true),
        provider("opencode", "opencode", &["opencode"], false, true),
        provider("shell", "a shell", &["bash"], true, false),
    ]
}

/// A work tree in one of the states that the server names.
pub fn tree(id: u32, branch: &str, state: &str) -> Worktree {
    Worktree {
        id: TerminalId(id),
        name: branch.into(),
        repository: "/home/ada/src/api".into(),
        path: format!("/home/ada/.local/share/conductor-tui/worktrees/api/{branch}"),
        branch: Some(branch.into()),
        base: "main".into(),
        base_commit: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c".into(),
        state: state.into(),
        created_at: String::new(),
        since: String::new(),
        terminals: vec![TerminalId(id)],
        notes: Vec::new(),
        setup_log: None,
        teardown_log: None,
        snapshots: Vec::new(),
        kept_until: None,
        kept_until_ms: None,
    }
}

/// Those of the made-up agents in a work tree of their own, one without an agent, and two that are not there.
pub fn trees() -> Vec<Worktree> {
    let kept = |number, words: &str| Kept {
        number,
        reference: format!("refs/conductor/snap/00000001/{number}"),
        commit: "0f1e2d3c".into(),
        at: String::new(),
        words: words.into(),
    };
    let with = |mut tree: Worktree, repository: &str, agents: &[u32], snapshots: Vec<Kept>| {
        tree.repository = format!("/home/ada/src/{repository}");
        tree.terminals = agents.iter().map(|id| TerminalId(*id)).collect();
        tree.snapshots = snapshots;
        tree
    };
    let gone = |id, branch: &str, hours: u64| {
        let until = Some(NOW + hours * 3_600_000);
        Worktree {
            kept_until_ms: until,
            ..with(tree(id, branch, "removed"), "api", &[], vec![kept(1, "before it was removed")])
        }
    };
    vec![
        with(tree(1, "fix-auth", "ready"), "api", &[1], vec![kept(1, "asked for"), kept(2, "before it was finished")]),
        with(tree(2, "run-the-whole-suite-and-fix-what-fails", "ready"), "api", &[2, 3], Vec::new()),
        gone(21, "older", 5),
        gone(22, "token-flake", 29 * 24),
        with(tree(7, "deploy", "ready"), "infra", &[7], Vec::new()),
        with(tree(23, "terraform", "missing"), "infra", &[], vec![kept(1, "asked for")]),
    ]
}

/// The screen of [`state`] whose first two agents and the gone one work in trees of their own.
pub fn state_with_trees(columns: u16, rows: u16) -> State {
    let mut state = state(columns, rows);
    let mut all = sessions();
    for agent in all.iter_mut().flat_map(|session| &mut session.terminals) {
        if let Some(tree) = trees().into_iter().find(|tree| tree.terminals.first() == Some(&agent.id)) {
            (agent.worktree, agent.branch) = (Some(tree.id), tree.branch);
            (agent.cwd, agent.repository) = (tree.path, Some(tree.repository));
        }
    }
    update(&mut state, Msg::Sessions(Ok(all)), NOW);
    state
}

/// What the end of the work of a tree would bring.
pub fn outlook() -> Outlook {
    Outlook {
        into: "main".into(),
        commits: Some(3),
        changed: ["src/token.rs", "src/login.rs", "new.txt", "tests/it.rs"].map(str::to_owned).to_vec(),
        more: 0,
        remotes: vec!["origin".into()],
        keep_days: 30,
    }
}

/// Three that an agent had, the second of which is lost.
pub fn conversations() -> Vec<Conversation> {
    let one = |id: &str, minutes: Option<u64>, begins: Option<&str>| Conversation {
        id: id.into(),
        is_current: minutes == Some(12),
        is_saved: minutes.is_some(),
        saved_at_ms: minutes.map(|minutes| NOW - minutes * 60_000),
        begins: begins.map(str::to_owned),
    };
    vec![
        one(
            "01a1fad9-0504",
            Some(12),
            Some("Deploy staging, then report what changed since the last time and who did it"),
        ),
        one("5f5f0000-2222", None, None),
        one("77aa0000-1111", Some(60 * 26), Some("Why is the state locked?")),
    ]
}

pub fn keyframe(id: u32, revision: u64, lines: &[&str], modes: u32) -> Frame {
    Frame {
        terminal: TerminalId(id),
        base: 0,
        revision,
        columns: 62,
        rows: 12,
        scroll: None,
        changed: lines.iter().enumerate().map(|(n, l)| (n as u16, row(l))).collect(),
        links: Vec::new(),
        cursor: Cursor { row: lines.len() as u16, column: 2, visible: true, ..Cursor::default() },
        modes,
        title: None,
        offset: 0,
    }
}

pub fn settings() -> Settings {
    Settings {
        leader: vec![Key::ctrl('q')],
        clock: true,
        mouse: true,
        home: Some("/home/ada".into()),
        directory: "/home/ada/src/api".into(),
        ..Settings::default()
    }
}

/// A screen with the made-up agents, connected, with something in each pane.
pub fn state(columns: u16, rows: u16) -> State {
    let mut state = empty(columns, rows);
    update(&mut state, Msg::Sessions(Ok(sessions())), NOW);
    for id in 1..=7 {
        let lines = match id {
            1 => vec![
                "",
                "> rebuild from clean and run the auth tests",
                "",
                "● I will clean the build directory and rebuild.",
                "",
                "Bash command",
                "  rm -rf build/ && cargo build --release",
                "",
                "Do you want to proceed?",
                "❯ 1. Yes",
                "  2. No",
            ],
            7 => vec!["> deploy staging and report", "", "✗ terraform apply failed: state is locked"],
            _ => vec!["› run the whole suite and fix what fails", "", "• Ran cargo nextest run", "  └ 212 passed"],
        };
        let mut frame = keyframe(id, 1, &lines, 0);
        if let Some(area) = state.pane_area(TerminalId(id)) {
            (frame.columns, frame.rows) = (area.inner.width, area.inner.height);
        }
        update(&mut state, Msg::Frame(frame), NOW);
    }
    state
}

/// A connected screen without agents.
pub fn empty(columns: u16, rows: u16) -> State {
    let mut state = State::new(settings(), (columns, rows), NOW);
    update(&mut state, Msg::Connected, NOW);
    update(&mut state, Msg::Providers(Ok((providers(), Vec::new()))), NOW);
    update(&mut state, Msg::Sessions(Ok(Vec::new())), NOW);
    state
}

/// A configuration in which one setting stands in the file.
pub fn sheet() -> Sheet {
    let (mut settings, _) = listing::list(Path::new("/nonexistent"), []);
    for listed in &mut settings {
        if listed.setting.key == "port" {
            (listed.value, listed.origin) = ("9990".into(), Origin::File(7));
        }
    }
    let theme = |name: String| {
        let note = if name.contains("light") || name.contains("latte") { "light" } else { "dark" };
        ThemeLine { name, note: note.to_owned() }
    };
    let mut themes: Vec<ThemeLine> = themes().into_iter().map(theme).collect();
    themes.push(ThemeLine { name: "mine".into(), note: "dark · yours".into() });
    Sheet { settings, themes, path: "~/.config/conductor-tui/config.toml".into(), problem: None }
}

/// Presses keys, named and separated by blanks, a second apart; what was asked for.
pub fn press(state: &mut State, keys: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    for name in keys.split_whitespace() {
        let now = state.now + 1_000;
        let key = parse_key(name).unwrap();
        commands.extend(update(state, Msg::Key(key.into()), now));
    }
    commands
}

/// A shipped theme.
pub fn theme(name: &str, depth: Depth) -> Theme {
    Theme::of(&shelf().load(name).unwrap().sheet, depth)
}

/// The names of all shipped themes.
pub fn themes() -> Vec<String> {
    shelf().list().into_iter().map(|listed| listed.name).collect()
}

/// Without any of the user's.
fn shelf() -> Shelf {
    Shelf::new(Path::new("/nonexistent"))
}

pub fn picture(state: &State) -> Buffer {
    picture_in(state, &theme("conductor-dark", Depth::True))
}

pub fn picture_in(state: &State, theme: &Theme) -> Buffer {
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    let mut buffer = Buffer::empty(area);
    super::view::view(state, theme, area, &mut buffer);
    buffer
}

/// Text with a letter for the style of each cell in the line below, and what the letters mean at the end.
pub fn styled(buffer: &Buffer) -> String {
    let mut styles: Vec<(Color, Color, Modifier)> = vec![(Color::Reset, Color::Reset, Modifier::empty())];
    let mut out = String::new();
    for (y, line) in text_of(buffer).lines().enumerate() {
        let mut letters = String::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y as u16)];
            let is_seen = cell.symbol() != " " || cell.modifier.contains(Modifier::REVERSED);
            // The letters' colour of a blank is nobody's business.
            let fg = if is_seen { cell.fg } else { Color::Reset };
            let style = (fg, cell.bg, if is_seen { cell.modifier } else { Modifier::empty() });
            let n = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            letters.push(if n == 0 { ' ' } else { char::from(b'a' + n as u8 - 1) });
        }
        out.push_str(&format!("|{line}\n:{}\n", letters.trim_end()));
    }
    for (n, (fg, bg, modifier)) in styles.iter().enumerate().skip(1) {
        out.push_str(&format!("{} = {fg} on {bg} {modifier:?}\n", char::from(b'a' + n as u8 - 1)));
    }
    out
}

/// The picture as text, without blanks at line ends.
pub fn screen(state: &State) -> String {
    text_of(&picture(state))
}

pub fn text_of(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += text::width(symbol).clamp(1, 2) as u16;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
