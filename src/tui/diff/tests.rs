//! The diff from the first key to the last: pictures of it at every size, its keys, comments, and what it asks for when.

use super::*;
use crate::proto::diff::{DiffFile, DiffHunk};
use crate::tui::msg::Msg;
use crate::tui::testing::{NOW, keyframe, press, screen, sessions, state, styled, theme};
use crate::tui::update::update;

const ID: TerminalId = TerminalId(1);

fn hunk(old_start: u32, new_start: u32, heading: &str, lines: &[&str]) -> DiffHunk {
    DiffHunk { old_start, new_start, heading: heading.into(), lines: lines.iter().map(|l| (*l).into()).collect() }
}

fn file(path: &str, status: &str, hunks: Vec<DiffHunk>) -> DiffFile {
    let count = |sign: char| hunks.iter().flat_map(|h| &h.lines).filter(|l| l.starts_with(sign)).count() as u64;
    DiffFile {
        path: path.into(),
        status: status.into(),
        added: count('+'),
        removed: count('-'),
        hunks,
        ..DiffFile::default()
    }
}

fn diff() -> Diff {
    let token = [
        " impl Token {",
        "     pub fn read(path: &Path) -> Result<Token> {",
        "-        let text = fs::read_to_string(path).unwrap();",
        "-        Token::parse(&text).unwrap()",
        "+        let text = fs::read_to_string(path)?;",
        "+        let token = Token::parse(&text)?;",
        "+        token.check(SystemTime::now())",
        "     }",
        " ",
    ];
    let later =
        [" }", "+", "+#[test]", "+fn an_old_token_is_none() {", "+\tassert!(Token::read(\"old\").is_err());", "+}"];
    Diff {
        revision: "one".into(),
        base_commit: Some("1a2b3c4d5e6f".into()),
        base_name: "main".into(),
        branch: Some("fix-auth".into()),
        directory: "/home/ada/src/api".into(),
        files: vec![
            file(
                "Cargo.toml",
                "modified",
                vec![hunk(12, 12, "[dependencies]", &[" serde = \"1\"", "+time = \"0.3\""])],
            ),
            DiffFile { binary: true, ..file("docs/flow.png", "modified", vec![]) },
            file(
                "crates/auth/src/session/token.rs",
                "modified",
                vec![hunk(40, 40, "impl Token {", &token), hunk(118, 119, "mod tests {", &later)],
            ),
            DiffFile { old_path: Some("src/old.rs".into()), ..file("src/new.rs", "renamed", vec![]) },
            file("src/gone.rs", "deleted", vec![hunk(1, 0, "", &["-fn gone() {}"])]),
            file(
                "src/漢字\u{1b}.rs",
                "untracked",
                vec![hunk(0, 1, "", &["+fn wide() { \"漢字\" }\r", "\\No newline at end of file"])],
            ),
        ],
        ..Diff::default()
    }
}

fn answer(state: &mut State, diff: Diff) -> Vec<Command> {
    let (base, now) = (diff.base, state.now);
    update(state, Msg::Diffed { terminal: ID, base, result: Ok(Box::new(diff)) }, now)
}

/// The diff of the first agent, open.
pub fn opened(columns: u16, rows: u16) -> State {
    let mut state = state(columns, rows);
    press(&mut state, "d");
    answer(&mut state, diff());
    state
}

fn check(name: &str, state: &State) {
    let (columns, rows) = state.size;
    insta::assert_snapshot!(format!("{name}-{columns}x{rows}"), screen(state));
}

fn words(state: &mut State, words: &str) {
    let now = state.now;
    update(state, Msg::Paste(words.into()), now);
}

#[test]
fn pictures() {
    for (columns, rows) in [(160, 45), (120, 35), (80, 24), (60, 20), (40, 12)] {
        let mut state = opened(columns, rows);
        check("diff", &state);
        if columns == 160 {
            press(&mut state, "|");
            check("diff-split", &state);
        }
        // Two hunks on, a comment on a line that came, one on a line that went, and a third half written.
        press(&mut state, "tab n n n");
        let view = shown_mut(&mut state).unwrap();
        view.cursor = view.rows.iter().position(|row| matches!(row, Row::File(2))).unwrap();
        press(&mut state, "n j j j c");
        words(&mut state, "name the path in the error");
        press(&mut state, "enter k k c");
        words(&mut state, "why was this safe before?");
        press(&mut state, "enter j j j c");
        words(&mut state, "and this");
        check("diff-comments", &state);
    }
    let mut state = opened(80, 24);
    press(&mut state, "enter n");
    for (name, theme_name, depth) in [
        ("truecolor", "conductor-dark", crate::tui::depth::Depth::True),
        ("no-color", "mono", crate::tui::depth::Depth::None),
    ] {
        let buffer = crate::tui::testing::picture_in(&state, &theme(theme_name, depth));
        insta::assert_snapshot!(format!("diff-80x24-{name}"), styled(&buffer));
    }
    let mut state = opened(160, 45);
    press(&mut state, "?");
    check("diff-help", &state);
    press(&mut state, "esc");
    assert!(covers(&state), "what lay under the help is there again");
    let mut state = opened(80, 24);
    answer(&mut state, Diff { files: vec![], ..diff() });
    check("diff-empty", &state);
}

#[test]
fn why_there_is_none_is_said() {
    let mut state = state(160, 45);
    let before = screen(&state);
    let commands = press(&mut state, "d");
    assert!(
        commands.contains(&Command::FetchDiff { terminal: ID, base: DiffBase::Fork, revision: None }),
        "{commands:?}"
    );
    assert_eq!(screen(&state), before, "nothing flickers while the first answer is on its way");
    let failure = Failure { what: "/home/ada/tmp is not a git folder".into(), hint: None, ..Default::default() };
    update(&mut state, Msg::Diffed { terminal: ID, base: DiffBase::Fork, result: Err(failure.clone()) }, NOW);
    let picture = screen(&state);
    assert!(picture.contains("d: no diff, ~/tmp is not a git folder") && state.overlay.is_none(), "{picture}");
    // A slow one is waited for in sight; one that fails later leaves what is there.
    press(&mut state, "d");
    let later = state.now + 200;
    update(&mut state, Msg::Tick, later);
    assert!(screen(&state).contains("looking at the files of fix-auth …"));
    answer(&mut state, diff());
    press(&mut state, "r");
    update(&mut state, Msg::Diffed { terminal: ID, base: DiffBase::Fork, result: Err(failure) }, NOW);
    assert!(screen(&state).contains("not looked at again: ~/tmp is not a git folder"), "{}", screen(&state));
}

fn asks(commands: &[Command]) -> usize {
    commands.iter().filter(|c| matches!(c, Command::FetchDiff { .. })).count()
}

/// # Invariant
/// An open diff of an agent at rest asks for nothing and draws nothing.
#[test]
fn it_asks_again_when_the_agent_did_something_and_not_too_often() {
    let mut state = opened(160, 45);
    let at = state.now;
    let others = |state: &State| state.next_due().unwrap_or(u64::MAX);
    assert!(due(&state).is_none() && others(&state) > at + 1_000);
    update(&mut state, Msg::Frame(keyframe(2, 9, &["another agent"], 0)), at);
    assert!(due(&state).is_none());
    state.dirty = Dirty::Nothing;
    update(&mut state, Msg::Frame(keyframe(1, 9, &["writes a file"], 0)), at);
    assert_eq!((due(&state), state.dirty), (Some(at + 1_000), Dirty::Nothing), "what is hidden is not drawn");
    assert_eq!(asks(&update(&mut state, Msg::Tick, at + 999)), 0);
    let commands = update(&mut state, Msg::Tick, at + 1_000);
    let revision = Some("one".to_owned());
    assert!(commands.contains(&Command::FetchDiff { terminal: ID, base: DiffBase::Fork, revision }), "{commands:?}");
    // The answer took a second: the next is not asked for sooner than four later.
    update(&mut state, Msg::Frame(keyframe(1, 10, &["more"], 0)), at + 1_500);
    assert_eq!(due(&state), None, "one at a time");
    state.now = at + 2_000;
    state.dirty = Dirty::Nothing;
    answer(&mut state, Diff { revision: "one".into(), unchanged: true, ..Diff::default() });
    assert_eq!((state.dirty, due(&state)), (Dirty::Nothing, Some(at + 5_000)));
    // It settled.
    let mut listed = sessions();
    listed[0].terminals[0].revision += 1;
    update(&mut state, Msg::Tick, at + 5_000);
    state.now = at + 5_000;
    answer(&mut state, Diff { revision: "one".into(), unchanged: true, ..Diff::default() });
    assert!(due(&state).is_none());
    update(&mut state, Msg::Sessions(Ok(listed)), at + 6_000);
    assert!(due(&state).is_some());
    press(&mut state, "esc");
    assert!(due(&state).is_none() && state.overlay.is_none());
}

#[test]
fn a_new_diff_leaves_the_cursor_on_its_line() {
    let mut state = opened(80, 24);
    press(&mut state, "enter n n n n j j j j");
    let line = |state: &State| {
        shown(state).unwrap().line().map(|(path, line)| (path.to_owned(), line.text.to_owned(), line.new))
    };
    let before = line(&state).unwrap();
    assert_eq!(before, ("crates/auth/src/session/token.rs".into(), "fn an_old_token_is_none() {".into(), Some(122)));
    let view = shown(&state).unwrap();
    let row = view.cursor - view.top;
    let mut other = diff();
    other.revision = "two".into();
    other.files.insert(0, file("AAA", "untracked", vec![hunk(0, 1, "", &["+x", "+y"])]));
    other.files[3].hunks[1].new_start += 30;
    answer(&mut state, other.clone());
    assert_eq!(line(&state).unwrap(), (before.0.clone(), before.1, Some(152)));
    let view = shown(&state).unwrap();
    assert_eq!(view.cursor - view.top, row, "at the same row of the screen");
    // The line is gone: the nearest one.
    other.files[3].hunks[1].lines.remove(3);
    answer(&mut state, other.clone());
    assert_eq!(line(&state).unwrap().0, before.0);
    other.files.remove(3);
    answer(&mut state, other);
    assert!(shown(&state).unwrap().cursor < shown(&state).unwrap().rows.len());
}

#[test]
fn comments_are_kept_until_they_are_sent_as_one_message() {
    let mut state = opened(160, 45);
    press(&mut state, "c");
    assert!(screen(&state).contains("a comment belongs to a line"));
    press(&mut state, "n j j c");
    words(&mut state, "pin\nit");
    // Left by mistake: nothing is kept, and nothing is lost.
    press(&mut state, "esc");
    assert!(screen(&state).contains("not kept · c on that line takes it up again"), "{}", screen(&state));
    press(&mut state, "j k c");
    assert!(screen(&state).contains("pin it"), "{}", screen(&state));
    press(&mut state, "enter esc");
    assert!(screen(&state).contains("1 comment is kept for fix-auth, not sent"), "{}", screen(&state));
    press(&mut state, "d");
    answer(&mut state, diff());
    assert!(
        screen(&state).contains("› pin it") && screen(&state).contains("1 comment · m sends"),
        "{}",
        screen(&state)
    );
    // It is changed, and one more is written and taken back.
    press(&mut state, "n j j j c ! enter j j j j n j j j j c x enter x");
    let messages = |commands: &[Command]| -> Vec<(String, String)> {
        let messages = commands.iter().filter_map(|c| match c {
            Command::Message { id, message, terminal: ID } => Some((id.clone(), message.clone())),
            _ => None,
        });
        messages.collect()
    };
    let sent = messages(&press(&mut state, "m m"));
    assert_eq!(sent.len(), 1, "once, however often it is pressed");
    assert_eq!(sent[0].1, "Comments on your changes:\n\nCargo.toml:13\n> time = \"0.3\"\npin it!");
    let failure = Failure { what: "the program does not read its input".into(), hint: None, ..Default::default() };
    update(&mut state, Msg::Messaged { terminal: ID, result: Err(failure) }, NOW);
    assert!(screen(&state).contains("the comments are kept") && screen(&state).contains("› pin it!"));
    assert_eq!(messages(&press(&mut state, "m")), sent, "the same under the same id");
    update(&mut state, Msg::Messaged { terminal: ID, result: Ok(()) }, NOW);
    assert!(screen(&state).contains("sent 1 comment to fix-auth") && !screen(&state).contains("› pin"));
    assert_eq!(messages(&press(&mut state, "m")), []);
    assert!(screen(&state).contains("no comments yet"));
    state.settings.read_only = true;
    press(&mut state, "n j c x enter m");
    assert!(screen(&state).contains("read-only: nothing can be sent"));
}

#[test]
fn a_comment_follows_its_line_and_stays_when_that_is_gone() {
    let mut state = opened(160, 45);
    press(&mut state, "n j j c y enter");
    let mut other = diff();
    other.files[0].hunks[0].new_start = 50;
    answer(&mut state, other.clone());
    assert_eq!(state.reviews[&ID].comments[0].line, 51);
    other.files[0].hunks[0].lines.pop();
    answer(&mut state, other.clone());
    assert!(screen(&state).contains("› y"), "{}", screen(&state));
    other.files.clear();
    answer(&mut state, other);
    assert_eq!(state.reviews[&ID].comments[0].line, 51);
}

#[test]
fn keys_for_base_editor_and_clipboard() {
    let mut state = opened(120, 35);
    let commands = press(&mut state, "n j j o y b");
    let path = "Cargo.toml".to_owned();
    assert!(
        commands.contains(&Command::Edit { path, line: Some(13), directory: "/home/ada/src/api".into() }),
        "{commands:?}"
    );
    assert!(commands.contains(&Command::Clipboard(" serde = \"1\"\n+time = \"0.3\"\n".into())), "{commands:?}");
    assert!(commands.contains(&Command::FetchDiff { terminal: ID, base: DiffBase::Head, revision: None }));
    // The answer to the base before is none.
    let text = screen(&state);
    answer(&mut state, Diff { files: vec![], ..diff() });
    assert_eq!(screen(&state), text);
    answer(&mut state, Diff { base: DiffBase::Head, base_name: "HEAD".into(), ..diff() });
    assert!(screen(&state).contains("fix-auth, since the last commit (1a2b3c4)"), "{}", screen(&state));
    press(&mut state, "|");
    assert!(screen(&state).contains("side by side needs 160 columns"));
    // Where there is room for one of them only, the way back leads over the list.
    let mut state = opened(80, 24);
    press(&mut state, "j j enter");
    assert_eq!(shown(&state).unwrap().part, Part::Lines);
    press(&mut state, "esc");
    assert_eq!(shown(&state).unwrap().part, Part::Files);
    press(&mut state, "esc");
    assert!(state.overlay.is_none());
}

#[test]
fn the_mouse_chooses_files_and_rows() {
    use crate::core::keys::{Mods, Mouse, MouseAction, MouseButton};
    let mut state = opened(120, 20);
    let mouse = |state: &mut State, action, column, row| {
        let now = state.now + 1_000;
        let mouse = Mouse { action, column, row, mods: Mods::NONE };
        update(state, Msg::Mouse(mouse), now);
    };
    // The fourth file: what belongs to it is read from there.
    mouse(&mut state, MouseAction::Press(MouseButton::Left), 5, 5);
    assert_eq!((shown(&state).unwrap().file(), shown(&state).unwrap().part), (3, Part::Files));
    let before = shown(&state).unwrap().cursor;
    mouse(&mut state, MouseAction::WheelUp, 60, 10);
    assert!(shown(&state).unwrap().cursor != before);
    mouse(&mut state, MouseAction::Press(MouseButton::Left), 60, 4);
    let view = shown(&state).unwrap();
    assert_eq!((view.cursor - view.top, view.part), (2, Part::Lines));
    mouse(&mut state, MouseAction::Press(MouseButton::Left), 5, 17);
    assert_eq!(shown(&state).unwrap().part, Part::Lines, "nothing is there");
}

/// A shell would run every line of them.
#[test]
fn comments_are_not_sent_to_what_would_run_them() {
    let mut state = opened(160, 45);
    press(&mut state, "n j j c w h y enter");
    state.providers.iter_mut().for_each(|kind| kind.takes_prompt = false);
    let commands = press(&mut state, "m");
    assert!(!commands.iter().any(|c| matches!(c, Command::Message { .. })), "{commands:?}");
    assert!(screen(&state).contains("takes no messages, it would run them"), "{}", screen(&state));
    // They wait for an agent that reads them.
    state.providers.iter_mut().for_each(|kind| kind.takes_prompt = true);
    let commands = press(&mut state, "m");
    assert!(commands.iter().any(|c| matches!(c, Command::Message { .. })), "{commands:?}");
}
