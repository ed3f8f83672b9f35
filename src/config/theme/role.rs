//! The roles: what has a look of its own. A name with a dot belongs to the scope before the dot and looks like it where
//! no theme says otherwise. Names stay for ever; new ones are added.

/// What a part of the screen is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Text,
    Strong,
    Dim,
    Faint,
    Accent,
    Frame,
    FrameFocus,
    FrameWaiting,
    Bar,
    Selection,
    Overlay,
    Key,
    ModeCommand,
    ModeTyping,
    Waiting,
    WaitingBlock,
    Working,
    Done,
    Idle,
    Failed,
    Paused,
    Marked,
}

/// What a colour alone means for a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The colour of letters and lines.
    Ink,
    /// The colour behind them.
    Surface,
}

use Kind::{Ink, Surface};

/// Every role with its name, in the order of the enum.
pub const ROLES: [(Role, &str, Kind); 22] = [
    (Role::Text, "text", Ink),
    (Role::Strong, "strong", Ink),
    (Role::Dim, "dim", Ink),
    (Role::Faint, "faint", Ink),
    (Role::Accent, "accent", Ink),
    (Role::Frame, "frame", Ink),
    (Role::FrameFocus, "frame.focus", Ink),
    (Role::FrameWaiting, "frame.waiting", Ink),
    (Role::Bar, "bar", Surface),
    (Role::Selection, "selection", Surface),
    (Role::Overlay, "overlay", Surface),
    (Role::Key, "key", Ink),
    (Role::ModeCommand, "mode.command", Surface),
    (Role::ModeTyping, "mode.typing", Surface),
    (Role::Waiting, "waiting", Ink),
    (Role::WaitingBlock, "waiting.block", Surface),
    (Role::Working, "working", Ink),
    (Role::Done, "done", Ink),
    (Role::Idle, "idle", Ink),
    (Role::Failed, "failed", Ink),
    (Role::Paused, "paused", Ink),
    (Role::Marked, "marked", Surface),
];

/// Other names for roles, of which the first are older: a name and what it stands for.
const ALIASES: [(&str, &str); 3] =
    [("frame_focus", "frame.focus"), ("mode_command", "mode.command"), ("mode_typing", "mode.typing")];

/// Older names for the letters on a surface.
const LETTERS: [(&str, Role); 2] = [("on_mode_typing", Role::ModeTyping), ("on_waiting", Role::WaitingBlock)];

impl Role {
    pub fn name(self) -> &'static str {
        ROLES[self as usize].1
    }

    pub fn kind(self) -> Kind {
        ROLES[self as usize].2
    }

    /// The role of the name before the dot, if there is a dot.
    pub fn scope(self) -> Option<Role> {
        self.name().rsplit_once('.').and_then(|(scope, _)| Role::named(scope))
    }

    /// `agent.waiting` is the same as `waiting`.
    pub fn named(name: &str) -> Option<Role> {
        let name = name.strip_prefix("agent.").unwrap_or(name);
        let name = ALIASES.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new);
        ROLES.iter().find(|(_, known, _)| *known == name).map(|(role, ..)| *role)
    }

    /// The role of which an older name says the letters alone.
    pub fn of_letters(name: &str) -> Option<Role> {
        LETTERS.iter().find(|(known, _)| *known == name).map(|(_, role)| *role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (n, (role, name, _)) in ROLES.iter().enumerate() {
            assert_eq!((*role as usize, Role::named(name)), (n, Some(*role)));
        }
        assert_eq!(Role::named("agent.waiting.block"), Some(Role::WaitingBlock));
        assert_eq!(Role::named("frame_focus"), Some(Role::FrameFocus));
        assert_eq!(Role::FrameFocus.scope(), Some(Role::Frame));
        assert_eq!(Role::ModeTyping.scope(), None);
    }
}
