//! What does the same without the screen: for each command of the table a verb of the command line, or why none is
//! needed. Read by the manual and by the tests; nothing acts by it. It must never leave a command out.

/// How a command is had without the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parity {
    /// A verb of `conductor-tui`, with what it is given.
    Verb(&'static str),
    /// It changes what is looked at, and nothing else.
    Look,
}

use Parity::{Look, Verb};

/// By the command's name, in the table's order.
pub const PARITY: &[(&str, Parity)] = &[
    ("next-waiting", Verb("terminals")),
    ("previous-waiting", Verb("terminals")),
    ("agent-by-number", Verb("attach ID")),
    ("next-agent", Look),
    ("previous-agent", Look),
    ("pane-left", Look),
    ("pane-right", Look),
    ("agent-before", Look),
    ("find", Verb("search TEXT")),
    ("filter", Verb("terminals")),
    ("zoom", Verb("attach ID --zoom")),
    ("next-layout", Look),
    ("sidebar", Look),
    ("pin", Look),
    ("agent-up", Look),
    ("agent-down", Look),
    ("session-up", Look),
    ("session-down", Look),
    ("larger-pane", Look),
    ("smaller-pane", Look),
    ("even-panes", Look),
    ("wider-pane", Look),
    ("narrower-pane", Look),
    ("higher-pane", Look),
    ("lower-pane", Look),
    ("wider-sidebar", Look),
    ("narrower-sidebar", Look),
    ("type", Verb("send ID TEXT")),
    ("yes", Verb("answer ID yes")),
    ("no", Verb("answer ID no")),
    ("interrupt", Verb("keys ID C-c")),
    ("scroll-back", Verb("output ID")),
    ("copy-mode", Verb("output ID")),
    ("diff", Verb("diff ID")),
    ("output", Verb("output ID")),
    ("take-copy", Look),
    ("new-agent", Verb("launch")),
    ("same-again", Verb("launch")),
    ("rename", Verb("rename ID NAME")),
    ("restart", Verb("restart ID")),
    ("resume", Verb("resume ID --list")),
    ("resume-all", Verb("resume --all")),
    ("stop-all", Verb("stop-all")),
    ("stop", Verb("stop ID")),
    ("remove", Verb("close ID")),
    ("undo", Verb("restore W")),
    ("finish", Verb("finish W")),
    ("snapshot", Verb("snapshot W")),
    ("remove-tree", Verb("worktrees remove W")),
    ("restore-tree", Verb("restore W")),
    ("palette", Look),
    ("events", Look),
    ("work-trees", Verb("worktrees --all")),
    ("settings", Verb("config")),
    ("mouse", Verb("config edit")),
    ("help", Look),
    ("detach", Look),
    ("leave", Look),
    ("close", Look),
    ("scroll-left", Look),
    ("scroll-right", Look),
    ("scroll-up", Look),
    ("scroll-down", Look),
    ("page-up", Look),
    ("page-down", Look),
    ("half-page-up", Look),
    ("half-page-down", Look),
    ("top", Verb("output ID")),
    ("bottom", Look),
    ("find-here", Verb("search TEXT")),
    ("find-older", Look),
    ("find-newer", Look),
    ("go-to-time", Look),
    ("pager", Verb("output ID")),
    ("start-copy", Verb("output ID")),
    ("close-past", Look),
    ("left", Look),
    ("right", Look),
    ("line-start", Look),
    ("line-end", Look),
    ("word-forward", Look),
    ("word-back", Look),
    ("copy-page-up", Look),
    ("copy-page-down", Look),
    ("select", Look),
    ("select-lines", Look),
    ("open", Look),
    ("copy", Verb("output ID")),
    ("comment", Verb("send ID TEXT")),
    ("send-comments", Verb("send ID TEXT")),
    ("drop-comment", Look),
    ("next-hunk", Look),
    ("previous-hunk", Look),
    ("open-file", Verb("diff ID FILE")),
    ("files-or-lines", Look),
    ("switch-base", Verb("diff ID --base head")),
    ("side-by-side", Look),
    ("look-again", Verb("diff ID")),
    ("edit-file", Look),
    ("copy-hunk", Verb("diff ID FILE")),
    ("diff-up", Look),
    ("diff-down", Look),
    ("diff-page-up", Look),
    ("diff-page-down", Look),
    ("diff-half-up", Look),
    ("diff-half-down", Look),
    ("diff-top", Look),
    ("diff-bottom", Look),
    ("diff-left", Look),
    ("diff-right", Look),
    ("close-diff", Look),
    ("tree-agent", Verb("attach ID")),
    ("tree-diff", Verb("diff ID")),
    ("tree-snapshot", Verb("snapshot W")),
    ("tree-finish", Verb("finish W")),
    ("tree-remove", Verb("worktrees remove W")),
    ("tree-restore", Verb("restore W")),
    ("tree-up", Look),
    ("tree-down", Look),
    ("tree-page-up", Look),
    ("tree-page-down", Look),
    ("tree-top", Look),
    ("tree-bottom", Look),
    ("close-trees", Look),
];

/// What does the same as a command; nothing for one that is not listed.
pub fn parity(name: &str) -> Option<Parity> {
    PARITY.iter().find(|(command, _)| *command == name).map(|(_, parity)| *parity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::commands::COMMANDS;

    #[test]
    fn every_command_says_what_does_the_same_without_the_screen() {
        for command in COMMANDS {
            assert!(parity(command.name).is_some(), "{}: add it to PARITY", command.name);
        }
        for (name, _) in PARITY {
            assert!(COMMANDS.iter().any(|command| command.name == *name), "{name} is no command");
        }
    }
}
