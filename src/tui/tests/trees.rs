//! Work trees on the screen: what each key of the list and of the dialogs asks for, and what is said of the answers.

use crate::base::id::TerminalId;
use crate::proto::stream::{Kind, ServerMessage};
use crate::proto::worktree::{FinishRequest, Finished, How, Kept, Outlook, Snapshot, Worktree};
use crate::tui::msg::{Command, Failure, Msg};
use crate::tui::state::{Overlay, State};
use crate::tui::testing::{NOW, outlook, press, screen, state, state_with_trees, trees};
use crate::tui::update::update;

fn listed(columns: u16, rows: u16) -> State {
    let mut state = state_with_trees(columns, rows);
    assert_eq!(press(&mut state, "B"), [Command::FetchTrees]);
    let asked = update(&mut state, Msg::Trees(Ok(trees())), NOW);
    assert_eq!(asked, [Command::LookAtTree { tree: TerminalId(1), into: None }]);
    state
}

fn looked(state: &mut State, tree: u32, outlook: Outlook) -> Vec<Command> {
    let shown = trees().into_iter().find(|known| known.id == TerminalId(tree)).unwrap();
    update(state, Msg::TreeLooked { tree: TerminalId(tree), result: Ok((Box::new(shown), outlook)) }, NOW)
}

fn snapshot(accept: &str) -> Snapshot {
    let kept = Kept {
        number: 3,
        reference: String::new(),
        commit: String::new(),
        at: String::new(),
        words: "asked for".into(),
    };
    Snapshot { kept, files: 12, left_out: Vec::new(), more_left_out: 0, accept: accept.into() }
}

fn refused(what: &str) -> Failure {
    Failure { what: what.into(), ..Failure::default() }
}

fn committed() -> Outlook {
    Outlook { changed: Vec::new(), ..outlook() }
}

#[test]
fn the_list_asks_about_the_chosen_one_only_and_one_at_a_time() {
    let mut state = listed(160, 45);
    assert_eq!(press(&mut state, "j"), [], "the first answer has not come");
    let asked = looked(&mut state, 1, outlook());
    assert_eq!(asked, [Command::LookAtTree { tree: TerminalId(2), into: None }]);
    assert_eq!(press(&mut state, "k"), [], "that is known");
    assert!(screen(&state).contains("3 commits that main has not · 4 files without a commit: src/token.rs"));
    // One that cannot be read is not asked for without end.
    let result = Err(refused("git is stuck"));
    assert_eq!(update(&mut state, Msg::TreeLooked { tree: TerminalId(2), result }, NOW), []);
    // Of a removed one there is nothing to ask.
    assert_eq!(press(&mut state, "j j"), [Command::LookAtTree { tree: TerminalId(2), into: None }]);
    // Somebody else has changed one.
    let changed = ServerMessage::Changed { kind: Kind::Worktree, id: "00000001".into(), revision: 2 };
    assert!(update(&mut state, Msg::Server(changed), NOW).contains(&Command::FetchTrees));
    assert_eq!(press(&mut state, "B"), []);
    assert!(state.overlay.is_none());
}

#[test]
fn keys_of_a_row_do_it_or_say_why_not() {
    let mut state = listed(160, 45);
    for (keys, words) in [
        ("g j j d", "no agent is left that worked in token-flake"),
        ("s", "token-flake: removed, 29 days left · r brings it back"),
        ("L", "token-flake: removed, 29 days left · r brings it back"),
        ("x", "token-flake is removed already"),
        ("enter", "no agent is left that worked in token-flake"),
        ("F5", "F5 does nothing here · esc closes"),
        ("g x", "fix-auth works in fix-auth · x stops it first"),
        ("j r", "there is no snapshot of run-the-whole-suite-and-fix-what-fails · s takes one"),
    ] {
        // The days are counted from then.
        state.now = NOW - 1_000 * keys.split(' ').count() as u64;
        press(&mut state, keys);
        assert!(screen(&state).contains(words), "{keys}: {}", screen(&state));
    }
    let restore = press(&mut state, "j r");
    assert_eq!(restore.last(), Some(&Command::RestoreTree(TerminalId(22))));
    assert!(press(&mut state, "g s").contains(&Command::KeepTree { tree: TerminalId(1), is_look: false }));
    update(&mut state, Msg::TreeKept { tree: TerminalId(1), is_look: false, result: Ok(snapshot("")) }, NOW);
    assert!(screen(&state).contains("snapshot 3: 12 files"), "{}", screen(&state));
    // To its diff, and to its agent.
    assert!(matches!(press(&mut state, "d").as_slice(), [.., Command::FetchDiff { terminal: TerminalId(1), .. }]));
    let mut state = listed(80, 24);
    press(&mut state, "j enter");
    assert_eq!((state.focus, state.overlay.is_none()), (Some(TerminalId(2)), true));
    state.settings.read_only = true;
    press(&mut state, "B");
    update(&mut state, Msg::Trees(Ok(trees())), NOW);
    assert_eq!(press(&mut state, "s"), []);
    assert!(screen(&state).contains("read-only: nothing can be changed"));
}

#[test]
fn a_removal_is_agreed_to_when_it_is_known_what_it_means_and_can_be_undone() {
    let mut state = listed(160, 45);
    let look = Command::KeepTree { tree: TerminalId(7), is_look: true };
    assert_eq!(press(&mut state, "j j j j x").last(), Some(&look));
    assert_eq!(press(&mut state, "y"), [], "nobody knows yet to what");
    assert!(screen(&state).contains("still looking at what is in it"));
    update(&mut state, Msg::TreeKept { tree: TerminalId(7), is_look: true, result: Ok(snapshot("abc")) }, NOW);
    assert!(screen(&state).contains("Everything in it is kept: 12 files in snapshot 3."), "{}", screen(&state));
    press(&mut state, "n");
    assert!(screen(&state).contains("deploy stays as it is") && matches!(state.overlay, Some(Overlay::Trees(_))));
    press(&mut state, "x");
    update(&mut state, Msg::TreeKept { tree: TerminalId(7), is_look: true, result: Ok(snapshot("abc")) }, NOW);
    assert_eq!(press(&mut state, "y"), [Command::RemoveTree { tree: TerminalId(7), accept: "abc".into() }]);
    let gone = trees().remove(3);
    let asked = update(&mut state, Msg::TreeRemoved(Ok(Box::new(gone.clone()))), NOW);
    assert!(asked.contains(&Command::FetchTrees));
    assert!(screen(&state).contains("token-flake is removed · u brings it back · 29 days left"), "{}", screen(&state));
    // Also from the list.
    assert_eq!(press(&mut state, "u"), [Command::RestoreTree(gone.id)]);
    update(&mut state, Msg::TreeRestored(Ok(Box::new(gone))), NOW);
    assert!(screen(&state).contains("token-flake is back at"), "{}", screen(&state));
    press(&mut state, "esc u");
    assert!(screen(&state).contains("nothing to undo"));
    update(&mut state, Msg::TreeRemoved(Err(refused("123 vim works in it"))), NOW);
    assert!(screen(&state).contains("not removed: 123 vim works in it"));
}

#[test]
fn the_last_of_a_stop_and_a_removal_is_undone_first() {
    let mut state = state_with_trees(160, 45);
    let gone = trees().remove(3);
    update(&mut state, Msg::TreeRemoved(Ok(Box::new(gone.clone()))), NOW);
    press(&mut state, "x y u");
    assert!(screen(&state).contains("fix-auth goes on"), "{}", screen(&state));
    assert_eq!(press(&mut state, "u"), [Command::RestoreTree(gone.id)]);
}

#[test]
fn work_is_finished_as_the_dialog_says() {
    let mut state = state_with_trees(160, 45);
    assert_eq!(press(&mut state, "L"), [Command::LookAtTree { tree: TerminalId(1), into: None }]);
    press(&mut state, "enter");
    assert!(screen(&state).contains("still looking at the work"));
    looked(&mut state, 1, outlook());
    // Words for what no commit has are asked for where they belong.
    assert_eq!(press(&mut state, "enter"), []);
    assert!(screen(&state).contains("some files have no commit: write words for one"), "{}", screen(&state));
    update(&mut state, Msg::Paste("the work".into()), NOW);
    assert!(screen(&state).contains("4 commits of fix-auth go into main."), "{}", screen(&state));
    let request = |how, into: Option<&str>, push: Option<&str>, commit: Option<&str>, keep| {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let request =
            FinishRequest { how, into: own(into), commit: own(commit), push: own(push), keep, ..Default::default() };
        Command::FinishTree { tree: TerminalId(1), request: Box::new(request) }
    };
    // Somebody still works in it: it is not even tried to remove it.
    let expected = request(Some(How::Merge), Some("main"), None, Some("the work"), true);
    assert_eq!(press(&mut state, "enter enter"), [expected], "once");
    let result = Err(refused("both sides changed code.rs"));
    update(&mut state, Msg::TreeFinished { tree: TerminalId(1), result }, NOW);
    assert!(screen(&state).contains("both sides changed code.rs"));
    // Another way, another branch.
    press(&mut state, "up up right right down");
    update(&mut state, Msg::Paste("-2".into()), NOW);
    let asked = press(&mut state, "down");
    assert_eq!(asked, [Command::LookAtTree { tree: TerminalId(1), into: Some("main-2".into()) }]);
    looked(&mut state, 1, Outlook { into: "main-2".into(), ..committed() });
    assert!(screen(&state).contains("are put on top of main-2, one by one."), "{}", screen(&state));
    press(&mut state, "up up right");
    assert!(screen(&state).contains("fix-auth is pushed to origin; main-2 stays as it is."), "{}", screen(&state));
    let expected = request(None, None, Some("origin"), Some("the work"), true);
    assert_eq!(press(&mut state, "enter"), [expected]);
    let worktree: Worktree = trees().remove(0);
    let done = Finished {
        base: "main".into(),
        commit: None,
        pushed: Some("origin".into()),
        removed: false,
        notes: vec!["a note".into()],
        worktree,
    };
    update(&mut state, Msg::TreeFinished { tree: TerminalId(1), result: Ok(Box::new(done.clone())) }, NOW);
    let picture = screen(&state);
    assert!(picture.contains("fix-auth is pushed to origin") && state.overlay.is_none(), "{picture}");
    let done =
        Finished { commit: Some("0123456789abcdef".into()), pushed: None, removed: true, notes: Vec::new(), ..done };
    update(&mut state, Msg::TreeFinished { tree: TerminalId(1), result: Ok(Box::new(done)) }, NOW);
    let said = "fix-auth is in main, which is at 0123456789 · its tree is removed, u brings it back";
    assert!(screen(&state).contains(said), "{}", screen(&state));
    assert_eq!(press(&mut state, "u"), [Command::RestoreTree(TerminalId(1))]);
}

#[test]
fn the_focused_agents_tree_is_meant_elsewhere_and_one_without_says_so() {
    let mut state = state_with_trees(160, 45);
    press(&mut state, "7 : r e m o v e - t r e e");
    let look = Command::KeepTree { tree: TerminalId(7), is_look: true };
    assert_eq!(press(&mut state, "enter"), [look]);
    update(&mut state, Msg::TreeKept { tree: TerminalId(7), is_look: true, result: Err(refused("no space")) }, NOW);
    assert!(screen(&state).contains("no space") && state.overlay.is_none());
    press(&mut state, "3 L");
    assert!(screen(&state).contains("finish: docs works in no work tree of its own"), "{}", screen(&state));
    let entries = |state: &State, id| crate::tui::menu::entries(state, TerminalId(id)).len();
    assert_eq!(entries(&state, 1), entries(&state, 3) + 4);
    let mut without = self::state(160, 45);
    press(&mut without, "L");
    assert!(screen(&without).contains("works in no work tree of its own"));
}
