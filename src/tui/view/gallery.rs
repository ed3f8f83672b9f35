//! Every view that can be open, at five sizes and in four looks. Of each picture only the rows are kept that differ from the
//! screen without that view: what stands behind it has pictures of its own. A look is kept as what it draws in which style,
//! so that a sign that hangs on colour alone, or a word that has lost its style, is seen in a comparison.

use crate::base::id::TerminalId;
use crate::proto::rest::{Search, SearchHit, Status, Terminal, Transcript, Weight};
use crate::proto::stream::ServerMessage;
use crate::proto::usage::{Spent, Usage, UsageReport, Usd};
use crate::proto::worktree::{Beside, LeftOut, Outlook, Snapshot};
use crate::tui::depth::Depth;
use crate::tui::glyphs::Glyphs;
use crate::tui::msg::{Failure, Msg};
use crate::tui::preferences::Sheet;
use crate::tui::state::{Overlay, State};
use crate::tui::testing::{NOW, agent, empty, outlook, picture_in, press, row, sheet, state, text_of, theme};
use crate::tui::testing::{conversations, state_with_trees, trees as tree_list};
use crate::tui::toasts::Tone;
use crate::tui::update::update;
use ratatui::buffer::Buffer;
use std::fmt::Write as _;

/// One of each class of layout: wide with a grid of panes, wide, narrow with one pane, the least that shows all
/// of a view, and a phone.
const SIZES: [(u16, u16); 5] = [(160, 45), (120, 35), (80, 24), (60, 20), (40, 12)];

/// What is done to a screen to open a view.
type Opening = fn(&mut State);

/// What the picture is compared with: the screen as the view's opening would find it.
fn before(name: &str, columns: u16, rows: u16) -> State {
    let mut state = if in_trees(name) { state_with_trees(columns, rows) } else { state(columns, rows) };
    match name {
        "copy" | "find-in-past" | "find-in-past-problem" | "moment" => scrolled(&mut state, ""),
        "remove" | "conversations" | "conversations-none" => drop(press(&mut state, "7")),
        "attached" => state.settings.chromeless = true,
        "notices" | "events" => events(&mut state),
        "scrolled-sideways" | "copy-sideways" => scrolled_sideways(&mut state, ""),
        _ => {}
    }
    state
}

const VIEWS: &[(&str, Opening)] = &[
    ("launch", |state| {
        launch(state, "down right");
        let beside_it =
            Beside { repository: Some("/home/ada/src/api".into()), base: Some("main".into()), reason: None };
        beside(state, beside_it);
    }),
    ("launch-shell", |state| launch(state, "down right right")),
    ("launch-no-repository", |state| {
        launch(state, "down right down down down");
        beside(state, Beside { reason: Some("not a git folder".into()), ..Beside::default() });
    }),
    ("launch-missing", |state| launch(state, "down right right right")),
    ("launch-refused", |state| {
        press(state, "c");
        paste(
            state,
            "Say hello in a long message: one that does not fit into a line of the box, whatever its width may be.",
        );
        press(state, "enter");
        update(state, Msg::Launched { result: Err(failure()), type_there: false }, NOW);
    }),
    ("launch-vim", |state| {
        state.settings.fields = crate::config::looks::FieldChoice::Vim;
        press(state, "c");
        paste(state, "one two three\nfour five");
        press(state, "esc v k b");
    }),
    ("stop-all", |state| drop(press(state, "S"))),
    ("stopped", |state| state.standing.is_stopped = true),
    ("palette", |state| drop(press(state, ": d e"))),
    ("palette-agents", |state| drop(press(state, ": @ down down"))),
    ("palette-nothing", |state| drop(press(state, ": z z q"))),
    ("help", |state| drop(press(state, "? down"))),
    ("help-filter", |state| drop(press(state, "? p a n e"))),
    ("settings-unread", |state| drop(press(state, ", enter"))),
    ("settings", |state| settings(state, "")),
    ("settings-key", |state| settings(state, "q")),
    ("settings-written", |state| {
        settings(state, "enter j j enter");
        let said = Some(Ok("wrote theme = \"conductor-light\" to ~/.config/conductor-tui/config.toml:2".into()));
        update(state, Msg::Settings { sheet: Box::new(sheet()), said }, NOW);
    }),
    ("settings-theme", |state| settings(state, "enter j j")),
    ("settings-text", |state| settings(state, "G k k enter 9")),
    ("settings-problem", |state| {
        press(state, ",");
        let problem = Some("config.toml:3: unknown field `clok`, did you mean `clock`?".to_owned());
        let sheet = Box::new(Sheet { problem, ..sheet() });
        update(state, Msg::Settings { sheet, said: None }, NOW);
        press(state, "enter");
    }),
    ("first-run", |state| *state = empty(state.size.0, state.size.1)),
    ("scrolled", |state| scrolled(state, "")),
    ("scrolled-sideways", |state| scrolled_sideways(state, "l")),
    ("copy-sideways", |state| scrolled_sideways(state, "v $")),
    ("copy", |state| scrolled(state, "v k k v j l l")),
    ("find-in-past", |state| {
        scrolled(state, "/");
        paste(state, "row 17");
    }),
    ("find-in-past-problem", |state| {
        scrolled(state, "/");
        paste(state, "r/(unclosed/");
    }),
    ("moment", |state| {
        scrolled(state, "t");
        paste(state, "soon");
        press(state, "enter");
    }),
    ("find", |state| {
        press(state, "/");
        paste(state, "panic");
        let hits =
            vec![hit(2, 55, "panic two"), hit(3, 77, "panic three: a line that is longer than the list is wide")];
        let found = Search { hits, lines: 1_234_567, terminals: 8, ..Search::default() };
        update(state, Msg::Searched(Ok(found)), NOW);
    }),
    ("find-nothing", |state| {
        press(state, "/");
        paste(state, "panic");
        update(state, Msg::Searched(Ok(Search::default())), NOW);
    }),
    ("diff", |state| diff(state, "")),
    ("diff-comment", |state| {
        diff(state, "n j j c");
        paste(state, "why not the other way round, as it was before?");
    }),
    ("events", |state| {
        events(state);
        press(state, "E");
    }),
    ("trees", |state| trees(state, "")),
    ("trees-unread", |state| drop(press(state, "B"))),
    ("trees-none", |state| {
        press(state, "B");
        update(state, Msg::Trees(Ok(Vec::new())), NOW);
    }),
    ("trees-refused", |state| trees(state, "j j j j j j L")),
    ("tree-remove", |state| {
        trees(state, "j j j j x");
        let left = |path: &str, why: &str, bytes, aside| LeftOut { path: path.into(), why: why.into(), bytes, aside };
        let left_out = vec![left("target/", "large", 812_000_000, false), left("vendor/inner/", "repository", 0, true)];
        let kept = tree_list().remove(0).snapshots.remove(1);
        let looked = Snapshot { kept, files: 412, left_out, more_left_out: 0, accept: "a".into() };
        update(state, Msg::TreeKept { tree: TerminalId(7), is_look: true, result: Ok(looked) }, NOW);
    }),
    ("tree-removed", |state| {
        let gone = tree_list().remove(3);
        update(state, Msg::TreeRemoved(Ok(Box::new(gone))), NOW);
    }),
    ("tree-back", |state| trees(state, "r")),
    ("finish", |state| finish(state, "", Ok(outlook()))),
    ("finish-commit", |state| {
        finish(state, "l down down", Ok(outlook()));
        paste(state, "Expire tokens at their time");
    }),
    ("finish-conflict", |state| {
        let committed = Outlook { changed: Vec::new(), ..outlook() };
        finish(state, "enter", Ok(committed));
        let what = "both sides changed src/token.rs, src/login.rs".to_owned();
        let hint = Some("bring the base into the branch, where the agent can settle it".to_owned());
        let result = Err(Failure { what, hint, ..Failure::default() });
        update(state, Msg::TreeFinished { tree: TerminalId(1), result }, NOW);
    }),
    ("conversations", |state| {
        press(state, "7 H");
        update(state, Msg::Conversations { terminal: TerminalId(7), result: Ok(conversations()) }, NOW);
    }),
    ("conversations-none", |state| {
        press(state, "7 H");
        update(state, Msg::Conversations { terminal: TerminalId(7), result: Ok(Vec::new()) }, NOW);
    }),
    ("stop", |state| drop(press(state, "x"))),
    ("remove", |state| drop(press(state, "7 X"))),
    ("stopping", |state| drop(press(state, "x y"))),
    ("menu", |state| crate::tui::menu::open(state, TerminalId(7), (4, 20), &mut Vec::new())),
    ("rename", |state| drop(press(state, "r"))),
    ("filter", |state| drop(press(state, "f w e b"))),
    ("weighed", |state| {
        let weight =
            Weight { cpu_percent: Some(48), memory_bytes: 330_000_000, log_bytes: 4_300_000, ..Weight::default() };
        update(state, Msg::Weighed { terminal: TerminalId(1), result: Ok(Some(weight)) }, NOW);
    }),
    ("used", |state| {
        let mut all = crate::tui::testing::sessions();
        let usage = Usage {
            total_tokens: 212_400,
            context_tokens: Some(86_000),
            context_window: Some(200_000),
            cost_usd: Some(Usd(1_080_000_000)),
            ..Usage::default()
        };
        all[0].terminals[0].usage = Some(usage);
        update(state, Msg::Sessions(Ok(all)), NOW);
        let total = Spent { total_tokens: 812_400, cost_usd: Some(Usd(4_120_000_000)), ..Spent::default() };
        update(state, Msg::Used(Ok(UsageReport { total, ..UsageReport::default() })), NOW);
    }),
    ("typing", |state| drop(press(state, "i"))),
    ("dead-agent", |state| drop(press(state, "7"))),
    ("notices", |state| {
        events(state);
        state.toasts.push(Tone::Info, "j does nothing here · ? shows the keys", NOW);
        state.toasts.push(Tone::Good, "started login-form", NOW);
    }),
    ("offer", |state| {
        let text = "cargo test --workspace --all-features -- --nocapture\n".to_owned();
        update(state, Msg::Server(ServerMessage::Copy { terminal: TerminalId(1), text }), NOW);
    }),
    ("caught", |state| paste(state, "please mend the tests and tell me what was wrong with them")),
    ("server-lost", |state| {
        press(state, "i");
        update(state, Msg::Lost, NOW);
        press(state, "h i");
        update(state, Msg::Tick, NOW + 2_000);
    }),
    ("attached", |state| {
        state.settings.chromeless = true;
        press(state, "i ctrl-q");
    }),
];

fn paste(state: &mut State, text: &str) {
    let now = state.now;
    update(state, Msg::Paste(text.into()), now);
}

fn settings(state: &mut State, keys: &str) {
    press(state, ",");
    update(state, Msg::Settings { sheet: Box::new(sheet()), said: None }, NOW);
    press(state, keys);
}

/// The dialog with a message.
/// What the server says of the folder.
fn beside(state: &mut State, beside: Beside) {
    let directory = crate::tui::actions::launch_directory(state);
    update(state, Msg::Beside { directory, result: Ok(beside) }, NOW);
}

fn launch(state: &mut State, keys: &str) {
    press(state, "c");
    paste(state, "Fix the flaky test in token.rs and open a PR.");
    press(state, keys);
}

/// The focused agent's past, with rows that have numbers.
fn scrolled(state: &mut State, keys: &str) {
    past(state, |n| format!("row {n} of what was printed"));
    press(state, keys);
}

/// One that was printed in a terminal wider than any pane.
fn scrolled_sideways(state: &mut State, keys: &str) {
    past(state, |n| (0..20).map(|k| format!("{n}.{k:<6}")).collect());
    press(state, keys);
}

fn past(state: &mut State, text: fn(usize) -> String) {
    press(state, "pgup");
    let Some((terminal, serial)) = state.focus.and_then(|id| Some((id, state.past(id)?.serial))) else { return };
    let rows = (0..200).map(|n| row(&text(n))).collect();
    let page = Transcript { rows, total: 200, screen: 190, times: vec![(0, NOW - 120_000)], ..Transcript::default() };
    update(state, Msg::Past { terminal, serial, result: Ok(page) }, NOW);
}

fn diff(state: &mut State, keys: &str) {
    *state = crate::tui::diff::opened(state.size.0, state.size.1);
    press(state, keys);
}

fn hit(terminal: u32, offset: u64, text: &str) -> SearchHit {
    let (terminal, spans) = (TerminalId(terminal), vec![(0, 5)]);
    SearchHit { terminal, offset, time_ms: Some(NOW), text: text.into(), spans, on_screen: false, repeats: 0 }
}

/// The list, with what there is to know of the first.
fn trees(state: &mut State, keys: &str) {
    press(state, "B");
    update(state, Msg::Trees(Ok(tree_list())), NOW);
    let first = Box::new(tree_list().remove(0));
    update(state, Msg::TreeLooked { tree: TerminalId(1), result: Ok((first, outlook())) }, NOW);
    press(state, keys);
}

/// The dialog of the end of the first agent's work.
fn finish(state: &mut State, keys: &str, result: Result<Outlook, Failure>) {
    press(state, "L");
    let result = result.map(|outlook| (Box::new(tree_list().remove(0)), outlook));
    update(state, Msg::TreeLooked { tree: TerminalId(1), result }, NOW);
    press(state, keys);
}

/// Things that are told: an agent that has started, and a failure with a long reason.
fn events(state: &mut State) {
    press(state, "p J");
    let started: Terminal = agent(8, "web", "login-form", "claude", Status::Running, 0);
    update(state, Msg::Launched { result: Ok(Box::new(started)), type_there: false }, NOW + 60_000);
    update(state, Msg::Restarted(Err(failure())), NOW + 120_000);
    state.now = NOW + 180_000;
}

/// One with a long reason.
fn failure() -> Failure {
    Failure {
        what: "the directory /home/ada/src/a-rather-long-name/with/more/below is not there any more".into(),
        hint: Some("choose another one, or make it again before the agent is started".into()),
        ..Failure::default()
    }
}

/// Whether the agents of a view work in trees of their own.
fn in_trees(name: &str) -> bool {
    name.starts_with("tree") || name.starts_with("finish") || name == "weighed"
}

/// A screen with this view open.
fn opened(name: &str, opening: Opening, columns: u16, rows: u16) -> State {
    let mut state = if in_trees(name) { state_with_trees(columns, rows) } else { state(columns, rows) };
    opening(&mut state);
    state
}

/// The rows in which a picture differs from another one.
fn changed(picture: &Buffer, before: &Buffer) -> Vec<u16> {
    let area = picture.area;
    (0..area.height).filter(|y| (0..area.width).any(|x| picture[(x, *y)] != before[(x, *y)])).collect()
}

fn at_five_sizes(name: &str, opening: Opening) -> String {
    let dark = theme("conductor-dark", Depth::True);
    let mut out = String::new();
    for (columns, rows) in SIZES {
        let (before, after) = (before(name, columns, rows), opened(name, opening, columns, rows));
        let picture = picture_in(&after, &dark);
        let _ = writeln!(out, "{columns}x{rows}");
        let text = text_of(&picture);
        let lines: Vec<&str> = text.lines().collect();
        for y in changed(&picture, &picture_in(&before, &dark)) {
            let _ = writeln!(out, "{y:2} {}", lines[usize::from(y)]);
        }
    }
    out
}

/// Each style that the changed rows have, and what is drawn in it.
fn styles(picture: &Buffer, rows: &[u16]) -> String {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for y in rows {
        let mut x = 0;
        while x < picture.area.width {
            let (style, start) = (picture[(x, *y)].style(), x);
            while x < picture.area.width && picture[(x, *y)].style() == style {
                x += 1;
            }
            let words: String = (start..x).map(|x| picture[(x, *y)].symbol()).collect();
            let is_frame = |c: char| " ─━│┃╭╮╰╯┏┓┗┛".contains(c);
            let words = words.trim_matches(is_frame);
            let name = format!(
                "{} on {} {:?}",
                style.fg.unwrap_or_default(),
                style.bg.unwrap_or_default(),
                style.add_modifier
            );
            if words.is_empty() {
                continue;
            }
            let n = found.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                found.push((name, Vec::new()));
                found.len() - 1
            });
            // The first few tell what a style is for.
            if found[n].1.len() < 4 {
                found[n].1.push(words.chars().take(32).collect());
            }
        }
    }
    found.iter().map(|(style, words)| format!("  {style}: {}\n", words.join(" / "))).collect()
}

fn in_four_looks(view: &str, opening: Opening) -> String {
    let mut out = String::new();
    for (look, name, depth) in [
        ("truecolor", "conductor-dark", Depth::True),
        ("16 colours", "conductor-dark", Depth::Ansi16),
        ("NO_COLOR", "mono", Depth::None),
    ] {
        let theme = theme(name, depth);
        let picture = picture_in(&opened(view, opening, 80, 24), &theme);
        let rows = changed(&picture, &picture_in(&before(view, 80, 24), &theme));
        let _ = write!(out, "{look}\n{}", styles(&picture, &rows));
    }
    let mono = theme("mono", Depth::None);
    let mut after = opened(view, opening, 80, 24);
    let signs = picture_in(&after, &mono);
    after.settings.glyphs = Glyphs::Ascii;
    let ascii = picture_in(&after, &mono);
    let mut pairs: Vec<String> = Vec::new();
    // Rows as they are, but for these signs.
    for (sign, plain) in signs.content().iter().zip(ascii.content()).filter(|(sign, plain)| sign != plain) {
        let pair = format!("{}{}", sign.symbol(), plain.symbol());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let _ = writeln!(out, "ASCII\n  {}", pairs.join(" "));
    out
}

#[test]
fn every_view_at_five_sizes() {
    for (name, opening) in VIEWS {
        insta::assert_snapshot!(*name, at_five_sizes(name, *opening));
    }
}

#[test]
fn every_view_in_four_looks() {
    for (name, opening) in VIEWS {
        insta::assert_snapshot!(format!("{name}-looks"), in_four_looks(name, *opening));
    }
}

/// A view that is added wants a picture.
#[test]
fn every_kind_of_dialog_has_a_picture() {
    let is_shown = |wanted: fn(&Overlay) -> bool| {
        VIEWS.iter().any(|(name, opening)| opened(name, *opening, 120, 35).overlay.as_ref().is_some_and(wanted))
    };
    let kinds: [fn(&Overlay) -> bool; 17] = [
        |overlay| matches!(overlay, Overlay::Conversations(_)),
        |overlay| matches!(overlay, Overlay::Trees(_)),
        |overlay| matches!(overlay, Overlay::Tree(_)),
        |overlay| matches!(overlay, Overlay::Finish(_)),
        |overlay| matches!(overlay, Overlay::ConfirmStopAll),
        |overlay| matches!(overlay, Overlay::Help { .. }),
        |overlay| matches!(overlay, Overlay::Palette { .. }),
        |overlay| matches!(overlay, Overlay::Launch),
        |overlay| matches!(overlay, Overlay::Rename { .. }),
        |overlay| matches!(overlay, Overlay::Filter { .. }),
        |overlay| matches!(overlay, Overlay::ConfirmStop { .. }),
        |overlay| matches!(overlay, Overlay::Find(_)),
        |overlay| matches!(overlay, Overlay::Diff(_)),
        |overlay| matches!(overlay, Overlay::Settings(_)),
        |overlay| matches!(overlay, Overlay::Events(_)),
        |overlay| matches!(overlay, Overlay::Menu(_)),
        |overlay| matches!(overlay, Overlay::Prompt { .. }),
    ];
    assert!(kinds.into_iter().all(is_shown));
}
