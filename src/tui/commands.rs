//! Every command of the screen, once: the dispatcher, the help, the palette, the hints, `keys.toml` and the manual all
//! read this table; which keys are bound now is the keymap's. It must never do anything; `actions` does.

use super::arranging::{Divide, Place};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    NextWaiting,
    PreviousWaiting,
    AgentByNumber,
    NextAgent,
    PreviousAgent,
    PaneLeft,
    PaneRight,
    AgentBefore,
    Filter,
    Zoom,
    NextLayout,
    ToggleSidebar,
    /// Keep the agent on the screen, or let it go.
    Pin,
    Place(Place),
    Divide(Divide),
    Type,
    Interrupt,
    ScrollBack,
    CopyMode,
    WholeOutput,
    NewAgent,
    SameAgain,
    Rename,
    Restart,
    /// Choose which conversation an ended agent goes on with.
    Conversations,
    /// Take up again what was cut off.
    ResumeAll,
    /// Interrupt everybody and hold all messages, or take that back.
    StopAll,
    Yes,
    No,
    Stop,
    Remove,
    Undo,
    /// The list of work trees.
    WorkTrees,
    /// A snapshot of a work tree.
    KeepTree,
    FinishTree,
    RemoveTree,
    RestoreTree,
    TakeCopy,
    Settings,
    ToggleMouse,
    Palette,
    Events,
    Help,
    Detach,
    Close,
    ScrollUp,
    ScrollDown,
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    Top,
    Bottom,
    Left,
    Right,
    LineStart,
    LineEnd,
    WordForward,
    WordBack,
    Select,
    SelectLines,
    Copy,
    Open,
    StartCopy,
    Find,
    FindInPast,
    FindNext,
    FindPrevious,
    GoToTime,
    Pager,
    Diff,
    DiffNext,
    DiffPrevious,
    DiffPart,
    DiffEnter,
    DiffBase,
    DiffAgain,
    DiffSplit,
    DiffComment,
    DiffDrop,
    DiffSend,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    Move,
    Arrange,
    Talk,
    Look,
    Make,
    Go,
    Scrolling,
    Copying,
    Reviewing,
    Trees,
}

impl Group {
    pub const ALL: [Group; 10] = [
        Group::Move,
        Group::Talk,
        Group::Look,
        Group::Make,
        Group::Go,
        Group::Arrange,
        Group::Scrolling,
        Group::Copying,
        Group::Reviewing,
        Group::Trees,
    ];

    /// The order in which help lists them: what is meant for this place comes first.
    pub fn ordered(here: Context) -> Vec<Group> {
        let first: &[Group] = match here {
            Context::Main => &[],
            Context::Attached => &[Group::Talk, Group::Look, Group::Go],
            Context::Scrolled => &[Group::Scrolling],
            Context::Copy => &[Group::Copying, Group::Scrolling],
            Context::Diff => &[Group::Reviewing, Group::Scrolling],
            Context::Trees => &[Group::Trees],
        };
        let others = Group::ALL.into_iter().filter(|g| !first.contains(g));
        first.iter().copied().chain(others).collect()
    }

    pub fn title(self) -> &'static str {
        match self {
            Group::Move => "Move",
            Group::Arrange => "Arrange",
            Group::Talk => "Talk",
            Group::Look => "Look",
            Group::Make => "Make",
            Group::Go => "Go",
            Group::Scrolling => "While scrolled back",
            Group::Copying => "In copy mode",
            Group::Reviewing => "In the diff",
            Group::Trees => "In the list of work trees",
        }
    }
}

/// Where a command's keys count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// COMMAND mode on the main screen.
    Main,
    /// COMMAND mode of `attach`, where one agent fills the screen.
    Attached,
    /// A pane shows its past.
    Scrolled,
    /// A cursor walks over a pane's text.
    Copy,
    /// The diff of an agent's work.
    Diff,
    /// The list of work trees.
    Trees,
}

impl Context {
    /// Its table in `keys.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Context::Main => "main",
            Context::Attached => "attached",
            Context::Scrolled => "scrolled",
            Context::Copy => "copy",
            Context::Diff => "diff",
            Context::Trees => "trees",
        }
    }

    /// What help calls its list there.
    pub fn help_title(self) -> &'static str {
        match self {
            Context::Main | Context::Attached => "Keys",
            Context::Scrolled => "Keys while scrolled back",
            Context::Copy => "Keys in copy mode",
            Context::Diff => "Keys in the diff",
            Context::Trees => "Keys in the list of work trees",
        }
    }
}

#[derive(Debug)]
pub struct CommandSpec {
    pub action: Action,
    /// Stable name for configuration and the palette.
    pub name: &'static str,
    /// The keys that it has unless the user's say otherwise; none: by name, in the palette.
    pub keys: &'static [&'static str],
    /// The built-in keys as help shows them, where the list would be clumsy.
    pub shown_keys: Option<&'static str>,
    pub group: Group,
    pub help: &'static str,
    /// The word beside the key in the status bar.
    pub hint: &'static str,
    pub contexts: &'static [Context],
}

/// Reached by its name, in the palette.
const NO_KEY: &[&str] = &[];
const MAIN: &[Context] = &[Context::Main];
const SCROLLED: &[Context] = &[Context::Scrolled];
const COPY: &[Context] = &[Context::Copy];
const PAST: &[Context] = &[Context::Scrolled, Context::Copy];
const DIFF: &[Context] = &[Context::Diff];
const TREES: &[Context] = &[Context::Trees];

const fn spec(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    group: Group,
    help: &'static str,
    hint: &'static str,
    contexts: &'static [Context],
) -> CommandSpec {
    CommandSpec { action, name, keys, shown_keys: None, group, help, hint, contexts }
}

const fn shown(mut spec: CommandSpec, keys: &'static str) -> CommandSpec {
    spec.shown_keys = Some(keys);
    spec
}

use Action as A;
use Group as G;

pub const COMMANDS: &[CommandSpec] = &[
    spec(A::NextWaiting, "next-waiting", &["w"], G::Move, "next waiting agent", "next waiting", MAIN),
    spec(A::PreviousWaiting, "previous-waiting", &["W"], G::Move, "previous waiting agent", "previous", MAIN),
    shown(
        spec(
            A::AgentByNumber,
            "agent-by-number",
            &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
            G::Move,
            "agent by its number",
            "agent",
            MAIN,
        ),
        "1-9",
    ),
    shown(spec(A::NextAgent, "next-agent", &["j", "down"], G::Move, "next agent", "next", MAIN), "j ↓"),
    shown(spec(A::PreviousAgent, "previous-agent", &["k", "up"], G::Move, "agent above", "above", MAIN), "k ↑"),
    shown(spec(A::PaneLeft, "pane-left", &["h", "left"], G::Move, "pane to the left", "left", MAIN), "h ←"),
    shown(spec(A::PaneRight, "pane-right", &["l", "right"], G::Move, "pane to the right", "right", MAIN), "l →"),
    spec(A::AgentBefore, "agent-before", &["tab"], G::Move, "the agent you came from", "back", MAIN),
    spec(A::Find, "find", &["/"], G::Look, "find in all output", "find", MAIN),
    spec(A::Filter, "filter", &["f"], G::Move, "filter the agents", "filter", MAIN),
    spec(A::Zoom, "zoom", &["z"], G::Arrange, "zoom this pane, or back", "zoom", MAIN),
    spec(A::NextLayout, "next-layout", &["g"], G::Arrange, "next layout of the panes", "layout", MAIN),
    spec(A::ToggleSidebar, "sidebar", &["s"], G::Arrange, "sidebar on or off", "sidebar", MAIN),
    spec(A::Pin, "pin", &["p"], G::Arrange, "keep in sight, or let go", "pin", MAIN),
    spec(A::Place(Place::AgentUp), "agent-up", &["K"], G::Arrange, "move the agent up", "up", MAIN),
    spec(A::Place(Place::AgentDown), "agent-down", &["J"], G::Arrange, "move the agent down", "down", MAIN),
    spec(A::Place(Place::SessionUp), "session-up", NO_KEY, G::Arrange, "move the session up", "up", MAIN),
    spec(A::Place(Place::SessionDown), "session-down", NO_KEY, G::Arrange, "move the session down", "down", MAIN),
    spec(A::Divide(Divide::Larger), "larger-pane", &["+"], G::Arrange, "larger pane", "larger", MAIN),
    spec(A::Divide(Divide::Smaller), "smaller-pane", &["-"], G::Arrange, "smaller pane", "smaller", MAIN),
    spec(A::Divide(Divide::Even), "even-panes", &["="], G::Arrange, "panes of even size", "even", MAIN),
    spec(A::Divide(Divide::Wider), "wider-pane", NO_KEY, G::Arrange, "wider pane", "wider", MAIN),
    spec(A::Divide(Divide::Narrower), "narrower-pane", NO_KEY, G::Arrange, "narrower pane", "narrower", MAIN),
    spec(A::Divide(Divide::Higher), "higher-pane", NO_KEY, G::Arrange, "higher pane", "higher", MAIN),
    spec(A::Divide(Divide::Lower), "lower-pane", NO_KEY, G::Arrange, "lower pane", "lower", MAIN),
    spec(A::Divide(Divide::WiderSidebar), "wider-sidebar", NO_KEY, G::Arrange, "wider sidebar", "wider", MAIN),
    spec(
        A::Divide(Divide::NarrowerSidebar),
        "narrower-sidebar",
        NO_KEY,
        G::Arrange,
        "narrower sidebar",
        "narrower",
        MAIN,
    ),
    spec(A::Type, "type", &["i", "enter"], G::Talk, "type to the agent", "type", &[Context::Main, Context::Attached]),
    shown(spec(A::Interrupt, "interrupt", &["ctrl-c"], G::Talk, "interrupt the agent", "interrupt", MAIN), "ctrl-c ×2"),
    spec(A::Yes, "yes", &["y"], G::Talk, "yes to its question", "yes", MAIN),
    spec(A::No, "no", &["n"], G::Talk, "no to its question", "no", MAIN),
    shown(
        spec(
            A::ScrollBack,
            "scroll-back",
            &["pgup"],
            G::Look,
            "scroll back in the output",
            "scroll",
            &[Context::Main, Context::Attached],
        ),
        "pgup",
    ),
    spec(A::CopyMode, "copy-mode", &["v"], G::Look, "copy mode", "copy", &[Context::Main, Context::Attached]),
    spec(A::Diff, "diff", &["d"], G::Look, "diff of the agent's work", "diff", MAIN),
    spec(A::WholeOutput, "output", &["o"], G::Look, "whole output, zoomed", "output", MAIN),
    spec(
        A::TakeCopy,
        "take-copy",
        &["P"],
        G::Look,
        "take what an agent copied",
        "take copy",
        &[Context::Main, Context::Attached, Context::Scrolled, Context::Copy],
    ),
    spec(A::NewAgent, "new-agent", &["c"], G::Make, "new agent", "new", MAIN),
    spec(A::SameAgain, "same-again", &["C"], G::Make, "same again", "same again", MAIN),
    spec(A::Rename, "rename", &["r"], G::Make, "rename", "rename", MAIN),
    spec(
        A::Restart,
        "restart",
        &["R"],
        G::Make,
        "restart a gone agent",
        "restart",
        &[Context::Main, Context::Attached],
    ),
    spec(A::Conversations, "resume", &["H"], G::Make, "resume which conversation", "conversations", MAIN),
    spec(A::ResumeAll, "resume-all", NO_KEY, G::Make, "resume what was cut off", "resume all", MAIN),
    spec(A::StopAll, "stop-all", &["S"], G::Talk, "stop everything, or go on", "stop all", MAIN),
    spec(A::Stop, "stop", &["x"], G::Make, "stop; remove it when gone", "stop", MAIN),
    spec(A::Remove, "remove", &["X"], G::Make, "stop and remove", "remove", MAIN),
    spec(A::Undo, "undo", &["u"], G::Make, "undo a stop or a removal", "undo", MAIN),
    spec(A::FinishTree, "finish", &["L"], G::Make, "land the work in its base", "finish", MAIN),
    spec(A::KeepTree, "snapshot", NO_KEY, G::Make, "snapshot of the work tree", "snapshot", MAIN),
    spec(A::RemoveTree, "remove-tree", NO_KEY, G::Make, "remove the work tree", "remove tree", MAIN),
    spec(A::RestoreTree, "restore-tree", NO_KEY, G::Make, "bring the work tree back", "bring back", MAIN),
    spec(
        A::Palette,
        "palette",
        &[":"],
        G::Go,
        "everything by name",
        "palette",
        &[Context::Main, Context::Attached, Context::Scrolled, Context::Copy],
    ),
    spec(A::WorkTrees, "work-trees", &["B"], G::Go, "work trees and branches", "work trees", MAIN),
    spec(
        A::Settings,
        "settings",
        &[","],
        G::Go,
        "settings, with themes",
        "settings",
        &[Context::Main, Context::Attached],
    ),
    spec(A::ToggleMouse, "mouse", &[], G::Go, "mouse on or off", "mouse", &[Context::Main, Context::Attached]),
    spec(
        A::Events,
        "events",
        &["E"],
        G::Go,
        "events: all that was said",
        "events",
        &[Context::Main, Context::Attached, Context::Scrolled, Context::Copy],
    ),
    spec(
        A::Help,
        "help",
        &["?"],
        G::Go,
        "these keys",
        "help",
        &[Context::Main, Context::Attached, Context::Scrolled, Context::Copy, Context::Diff],
    ),
    shown(
        spec(A::Detach, "detach", &["D"], G::Go, "detach; agents go on", "detach", &[Context::Main, Context::Attached]),
        "D",
    ),
    spec(A::Detach, "leave", &["d"], G::Go, "leave an attached agent", "detach", &[Context::Attached]),
    shown(spec(A::Close, "close", &["esc"], G::Go, "close, or back to typing", "back", MAIN), "esc"),
    shown(spec(A::ScrollUp, "scroll-up", &["k", "up"], G::Scrolling, "one line up", "up", PAST), "k ↑"),
    shown(spec(A::ScrollDown, "scroll-down", &["j", "down"], G::Scrolling, "one line down", "down", PAST), "j ↓"),
    shown(spec(A::PageUp, "page-up", &["pgup", "b"], G::Scrolling, "a screen up", "page up", SCROLLED), "pgup b"),
    shown(
        spec(A::PageDown, "page-down", &["pgdn", "space"], G::Scrolling, "a screen down", "page down", SCROLLED),
        "pgdn space",
    ),
    spec(A::HalfPageUp, "half-page-up", &["ctrl-u"], G::Scrolling, "half a screen up", "half up", PAST),
    spec(A::HalfPageDown, "half-page-down", &["ctrl-d"], G::Scrolling, "half a screen down", "half down", PAST),
    shown(spec(A::Top, "top", &["g", "home"], G::Scrolling, "the oldest line kept", "top", PAST), "g home"),
    shown(spec(A::Bottom, "bottom", &["G", "end"], G::Scrolling, "the newest line", "bottom", PAST), "G end"),
    shown(spec(A::Left, "scroll-left", &["h", "left"], G::Scrolling, "to the left", "left", SCROLLED), "h ←"),
    shown(
        spec(A::Right, "scroll-right", &["l", "right"], G::Scrolling, "what is cut at the right", "right", SCROLLED),
        "l →",
    ),
    spec(A::FindInPast, "find-here", &["/"], G::Scrolling, "find in this output", "find", PAST),
    spec(A::FindNext, "find-older", &["n"], G::Scrolling, "the next older match", "older", PAST),
    spec(A::FindPrevious, "find-newer", &["N"], G::Scrolling, "the next newer match", "newer", PAST),
    spec(A::GoToTime, "go-to-time", &["t"], G::Scrolling, "go to a time", "time", PAST),
    spec(A::Pager, "pager", &["p"], G::Scrolling, "all of it in your $PAGER", "pager", PAST),
    spec(A::StartCopy, "start-copy", &["v"], G::Scrolling, "select and copy", "copy", SCROLLED),
    shown(spec(A::Close, "close-past", &["esc", "q"], G::Scrolling, "back to the live screen", "live", PAST), "esc q"),
    shown(spec(A::Left, "left", &["h", "left"], G::Copying, "left", "left", COPY), "h ←"),
    shown(spec(A::Right, "right", &["l", "right"], G::Copying, "right", "right", COPY), "l →"),
    spec(A::LineStart, "line-start", &["0"], G::Copying, "start of the line", "start", COPY),
    spec(A::LineEnd, "line-end", &["$"], G::Copying, "end of the line", "end", COPY),
    spec(A::WordForward, "word-forward", &["w"], G::Copying, "next word", "word", COPY),
    spec(A::WordBack, "word-back", &["b"], G::Copying, "word before", "word back", COPY),
    spec(A::PageUp, "copy-page-up", &["pgup"], G::Copying, "a screen up", "page up", COPY),
    spec(A::PageDown, "copy-page-down", &["pgdn"], G::Copying, "a screen down", "page down", COPY),
    shown(
        spec(A::Select, "select", &["v", "space"], G::Copying, "begin or drop a selection", "select", COPY),
        "v space",
    ),
    spec(A::SelectLines, "select-lines", &["V"], G::Copying, "select whole lines", "lines", COPY),
    spec(A::Open, "open", &["o"], G::Copying, "open link or file here", "open", COPY),
    shown(spec(A::Copy, "copy", &["y", "enter"], G::Copying, "copy and leave", "copy", COPY), "y enter"),
    spec(A::DiffComment, "comment", &["c"], G::Reviewing, "comment on this line", "comment", DIFF),
    spec(A::DiffSend, "send-comments", &["m"], G::Reviewing, "send all comments", "send", DIFF),
    spec(A::DiffDrop, "drop-comment", &["x"], G::Reviewing, "take a comment back", "drop", DIFF),
    spec(A::DiffNext, "next-hunk", &["n"], G::Reviewing, "next hunk", "next hunk", DIFF),
    spec(A::DiffPrevious, "previous-hunk", &["p"], G::Reviewing, "hunk before", "hunk before", DIFF),
    spec(A::DiffEnter, "open-file", &["enter"], G::Reviewing, "open a file or a comment", "open", DIFF),
    spec(A::DiffPart, "files-or-lines", &["tab"], G::Reviewing, "files or lines", "files", DIFF),
    spec(A::DiffBase, "switch-base", &["b"], G::Reviewing, "since fork or last commit", "base", DIFF),
    spec(A::DiffSplit, "side-by-side", &["|"], G::Reviewing, "side by side, or not", "side by side", DIFF),
    spec(A::DiffAgain, "look-again", &["r"], G::Reviewing, "look at the files again", "again", DIFF),
    spec(A::Open, "edit-file", &["o"], G::Reviewing, "open the file in $EDITOR", "edit", DIFF),
    spec(A::Copy, "copy-hunk", &["y"], G::Reviewing, "copy this hunk", "copy", DIFF),
    shown(spec(A::ScrollUp, "diff-up", &["k", "up"], G::Reviewing, "one row up", "up", DIFF), "k ↑"),
    shown(spec(A::ScrollDown, "diff-down", &["j", "down"], G::Reviewing, "one row down", "down", DIFF), "j ↓"),
    spec(A::PageUp, "diff-page-up", &["pgup"], G::Reviewing, "a screen up", "page up", DIFF),
    shown(
        spec(A::PageDown, "diff-page-down", &["pgdn", "space"], G::Reviewing, "a screen down", "page down", DIFF),
        "pgdn space",
    ),
    spec(A::HalfPageUp, "diff-half-up", &["ctrl-u"], G::Reviewing, "half a screen up", "half up", DIFF),
    spec(A::HalfPageDown, "diff-half-down", &["ctrl-d"], G::Reviewing, "half a screen down", "half down", DIFF),
    shown(spec(A::Top, "diff-top", &["g", "home"], G::Reviewing, "the first row", "top", DIFF), "g home"),
    shown(spec(A::Bottom, "diff-bottom", &["G", "end"], G::Reviewing, "the last row", "bottom", DIFF), "G end"),
    shown(spec(A::Left, "diff-left", &["h", "left"], G::Reviewing, "long lines to the right", "left", DIFF), "h ←"),
    shown(spec(A::Right, "diff-right", &["l", "right"], G::Reviewing, "long lines to the left", "right", DIFF), "l →"),
    shown(spec(A::Close, "close-diff", &["esc", "d", "q"], G::Reviewing, "back", "back", DIFF), "esc d q"),
    spec(A::Open, "tree-agent", &["enter"], G::Trees, "go to its agent", "go there", TREES),
    spec(A::Diff, "tree-diff", &["d"], G::Trees, "diff of its work", "diff", TREES),
    spec(A::KeepTree, "tree-snapshot", &["s"], G::Trees, "snapshot of it", "snapshot", TREES),
    spec(A::FinishTree, "tree-finish", &["L"], G::Trees, "land its work in its base", "finish", TREES),
    spec(A::RemoveTree, "tree-remove", &["x"], G::Trees, "remove it", "remove", TREES),
    spec(A::RestoreTree, "tree-restore", &["r"], G::Trees, "bring it back", "bring back", TREES),
    shown(spec(A::ScrollUp, "tree-up", &["k", "up"], G::Trees, "the one above", "above", TREES), "k ↑"),
    shown(spec(A::ScrollDown, "tree-down", &["j", "down"], G::Trees, "the one below", "below", TREES), "j ↓"),
    spec(A::PageUp, "tree-page-up", &["pgup"], G::Trees, "ten up", "page up", TREES),
    spec(A::PageDown, "tree-page-down", &["pgdn"], G::Trees, "ten down", "page down", TREES),
    shown(spec(A::Top, "tree-top", &["g", "home"], G::Trees, "the first", "top", TREES), "g home"),
    shown(spec(A::Bottom, "tree-bottom", &["G", "end"], G::Trees, "the last", "bottom", TREES), "G end"),
    shown(spec(A::Close, "close-trees", &["esc", "B", "q"], G::Trees, "back", "close", TREES), "esc B q"),
];

impl CommandSpec {
    pub fn is_in(&self, context: Context) -> bool {
        self.contexts.contains(&context)
    }
}

/// The command of an action in a context.
pub fn spec_of(action: Action, context: Context) -> Option<&'static CommandSpec> {
    COMMANDS.iter().find(|c| c.action == action && c.is_in(context))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::keys::parse_key;
    use crate::tui::keymap::Keymap;

    const CONTEXTS: [Context; 6] =
        [Context::Main, Context::Attached, Context::Scrolled, Context::Copy, Context::Diff, Context::Trees];

    #[test]
    fn no_two_commands_share_a_key_in_one_context() {
        for context in CONTEXTS {
            let mut keys: Vec<&str> =
                COMMANDS.iter().filter(|c| c.is_in(context)).flat_map(|c| c.keys).copied().collect();
            let all = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), all, "{context:?}");
        }
    }

    #[test]
    fn every_key_name_is_a_key_and_finds_its_command() {
        let keymap = Keymap::default();
        for command in COMMANDS {
            for context in command.contexts {
                for key in command.keys {
                    let (found, _) = keymap.lookup(parse_key(key).unwrap(), *context).unwrap();
                    assert_eq!(found.name, command.name);
                }
            }
        }
    }

    #[test]
    fn names_are_unique_and_requests_have_no_keys_yet() {
        let mut names: Vec<_> = COMMANDS.iter().map(|c| c.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMANDS.len());
        for key in ["Y", "N", "a"] {
            assert!(Keymap::default().lookup(parse_key(key).unwrap(), Context::Main).is_none(), "{key}");
        }
    }
}
