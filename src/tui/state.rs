//! Everything the screen knows. Changed by `update` and the files it calls, read by `view`.
//! It must never hold a connection, a clock or a terminal.

use super::answering::Answering;
use super::conversations::Picker;
use super::diff::{DiffView, Review};
use super::events::Events;
use super::field::Field;
use super::find::Find;
use super::fleet::Fleet;
use super::glyphs::Glyphs;
use super::hold::Hold;
use super::keymap::Keymap;
use super::launch::Launch;
use super::layout::{self, Areas, Choices, Divider, Handle, PaneArea, PaneLayout};
use super::menu::Menu;
use super::offer::Offer;
use super::outbox::Outbox;
use super::past::Past;
use super::preferences::Preferences;
use super::prompt::Prompt;
use super::shares::Shares;
use super::spent::Purse;
use super::standing::Standing;
use super::toasts::Toasts;
use super::trees::{Finish, Gone, Question, Trees};
use super::vim::Vim;
use super::weight::Scale;
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::config::looks::{FieldChoice, HintChoice};
use crate::core::keys::Key;
use crate::proto::frame::Replica;
use crate::proto::rest::{LaunchRequest, Provider, Terminal};
use crate::proto::stream::{Colors, ShownPane};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::mem::Discriminant;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    #[default]
    Command,
    /// Keys go to the focused agent.
    Typing,
}

/// What the caller of `run` decides once.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub read_only: bool,
    /// The agents are on another machine, as far as we know.
    pub is_remote: bool,
    /// One agent fills the screen.
    pub chromeless: bool,
    /// The leader of agents whose kind has none of its own.
    pub leader: Vec<Key>,
    pub keymap: Keymap,
    pub glyphs: Glyphs,
    pub clock: bool,
    /// The outer terminal tells us of its mouse.
    pub mouse: bool,
    pub hints: HintChoice,
    /// The habits of text fields.
    pub fields: FieldChoice,
    /// Local time is this far ahead of UTC.
    pub utc_offset_minutes: i32,
    pub home: Option<String>,
    /// Where the program was started.
    pub directory: String,
    /// Environment for new agents.
    pub environment: Option<BTreeMap<String, String>>,
    pub umask: Option<u32>,
    pub focus_session: Option<String>,
    pub focus_terminal: Option<TerminalId>,
    pub start_typing: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Pane {
    pub replica: Replica,
    /// The pane stands still and shows this.
    pub past: Option<Past>,
    /// The server says that another client gives the terminal its size.
    pub by_another: bool,
}

impl Pane {
    /// The first row shown when the terminal is higher than its pane (another client owns its size): the cursor
    /// stays in view.
    pub fn top(&self, height: u16) -> u16 {
        let rows = self.replica.lines.len() as u16;
        if rows <= height { 0 } else { (self.replica.cursor.row + 1).saturating_sub(height).min(rows - height) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Link {
    /// Not yet connected.
    #[default]
    New,
    Up,
    Lost {
        since: Millis,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopKind {
    /// End the agent, keep its row.
    Exit,
    /// End it if need be, and remove the row.
    Close,
}

/// A stop that can still be taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PendingStop {
    pub terminal: TerminalId,
    pub kind: StopKind,
    pub due: Millis,
}

#[derive(Clone, Debug)]
pub enum Overlay {
    Help {
        filter: Field,
        chosen: usize,
    },
    Palette {
        query: Field,
        chosen: usize,
    },
    Launch,
    Rename {
        terminal: TerminalId,
        name: Field,
    },
    Filter {
        field: Field,
        before: String,
    },
    /// Stop everything, or take that back.
    ConfirmStopAll,
    ConfirmStop {
        terminal: TerminalId,
        kind: StopKind,
    },
    Find(Box<Find>),
    /// All below the top bar.
    Diff(Box<DiffView>),
    Settings(Box<Preferences>),
    Trees(Box<Trees>),
    /// Whether a work tree shall go, or go back.
    Tree(Box<Question>),
    Finish(Box<Finish>),
    Conversations(Box<Picker>),
    Events(Box<Events>),
    Menu(Menu),
    /// In the status bar: what is behind it stays in sight.
    Prompt {
        prompt: Prompt,
        field: Field,
    },
}

/// Text that was typed or pasted by mistake in COMMAND, held until the user decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caught {
    pub text: String,
    pub last: Millis,
}

#[derive(Clone, Debug, Default)]
pub struct Burst {
    /// Printable keys of the last moments: which, when, and whether they are bound.
    pub keys: VecDeque<(char, Millis, bool)>,
    pub caught: Option<Caught>,
}

/// What must be drawn anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Dirty {
    #[default]
    Nothing,
    /// Only these rows of this pane's screen, the last one included: a key's echo.
    Rows(TerminalId, u16, u16),
    /// Only this pane's screen.
    Pane(TerminalId),
    Everything,
}

impl Dirty {
    pub fn add_pane(&mut self, id: TerminalId) {
        *self = match *self {
            Dirty::Nothing => Dirty::Pane(id),
            Dirty::Pane(same) | Dirty::Rows(same, ..) if same == id => Dirty::Pane(id),
            _ => Dirty::Everything,
        };
    }

    pub fn add_rows(&mut self, id: TerminalId, first: u16, last: u16) {
        *self = match *self {
            Dirty::Nothing => Dirty::Rows(id, first, last),
            Dirty::Rows(same, f, l) if same == id => Dirty::Rows(id, f.min(first), l.max(last)),
            Dirty::Pane(same) if same == id => Dirty::Pane(id),
            _ => Dirty::Everything,
        };
    }
}

/// One request at a time, and one more when it is out of date before its answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fetch {
    pub under_way: bool,
    pub again: bool,
}

/// What the server was told last about the panes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Show {
    pub panes: Vec<ShownPane>,
    pub focused: Option<TerminalId>,
}

#[derive(Clone, Copy, Debug)]
pub struct Click {
    pub terminal: TerminalId,
    pub at: Millis,
}

/// A finished agent is focused since then; `told`: the server knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Looking {
    pub terminal: TerminalId,
    pub since: Millis,
    pub told: bool,
}

/// What was typed right after the key that opened the launch dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hasty {
    pub opened: Millis,
    pub text: String,
}

#[derive(Clone, Debug, Default)]
pub struct State {
    pub settings: Settings,
    pub size: (u16, u16),
    pub mode: Mode,
    pub link: Link,
    pub fleet: Fleet,
    /// The first list of sessions has come.
    pub loaded: bool,
    pub standing: Standing,
    pub panes: HashMap<TerminalId, Pane>,
    pub focus: Option<TerminalId>,
    /// Agents by when they were focused, the last first.
    pub recent: Vec<TerminalId>,
    /// Agents that have a place on the screen, in the order of the places.
    pub slots: Vec<TerminalId>,
    /// Agents that keep a place on the screen.
    pub pins: Vec<TerminalId>,
    pub layout: PaneLayout,
    pub shares: Shares,
    pub zoom: bool,
    pub sidebar_off: bool,
    pub overlay: Option<Overlay>,
    /// Mode, register and half a command of the open text field, where the habits are those of vim.
    pub vim: Vim,
    /// The dialog whose field that is.
    pub dialog: Option<Discriminant<Overlay>>,
    /// The diff, while its help lies over it.
    pub under: Option<Box<DiffView>>,
    /// What the user has to say about each agent's work and has not sent.
    pub reviews: HashMap<TerminalId, Review>,
    pub launch: Launch,
    pub last_launch: Option<LaunchRequest>,
    pub providers: Vec<Provider>,
    /// Files of the configuration that the server could not use, as last told.
    pub unusable: Vec<String>,
    pub toasts: Toasts,
    pub burst: Burst,
    /// The leader was the last key: it came from TYPING here.
    pub left_typing: Option<TerminalId>,
    pub interrupt_at: Option<Millis>,
    pub stops: Vec<PendingStop>,
    /// The work tree that was taken away last.
    pub gone: Option<Gone>,
    pub fetch: Fetch,
    /// The colours of the outer terminal, when it has told them.
    pub colors: Option<Colors>,
    pub shown: Option<Show>,
    pub show_due: Option<Millis>,
    /// Typed and not yet answered for.
    pub outbox: Outbox,
    pub acks: Vec<(TerminalId, u64)>,
    pub click: Option<Click>,
    /// Where the left button went down inside a pane, and whether that was in TYPING.
    pub press: Option<(u16, u16, bool)>,
    /// What an agent wants on the clipboard, until the user takes it or it is out of date.
    pub offer: Option<Offer>,
    /// A selection is being dragged in this pane.
    pub drag: Option<TerminalId>,
    /// What the mouse drags that is not text.
    pub hold: Option<Hold>,
    /// What the focused agent asks, and the answer that waits.
    pub answering: Answering,
    /// Keys for what is on its way.
    pub ahead: Vec<Key>,
    /// The edge that was pressed last, and when.
    pub divider_click: Option<(Divider, Millis)>,
    /// The outer terminal got the desktop's focus then.
    pub focused_at: Option<Millis>,
    /// The outer terminal lost it: nobody looks.
    pub is_away: bool,
    /// How many times a pane was made to stand still: names its past.
    pub pasts: u64,
    /// What the focused agent takes.
    pub scale: Scale,
    pub spent: Purse,
    /// The finished agent that is being looked at.
    pub looking: Option<Looking>,
    /// The launch dialog was opened by a key just now, and this was typed since.
    pub hasty: Option<Hasty>,
    pub dirty: Dirty,
    /// A typed key is on its way, and its echo is to be drawn at once: so many pictures of others may come before it.
    pub echo: u8,
    /// All that is to be drawn is text that rolls by: most of each picture would be new.
    pub is_rolling: bool,
    pub now: Millis,
    pub quitting: bool,
    /// Said on the plain terminal after leaving, when it was not the user who left.
    pub farewell: Option<String>,
}

impl State {
    pub fn new(settings: Settings, size: (u16, u16), now: Millis) -> State {
        State { settings, size, now, dirty: Dirty::Everything, ..State::default() }
    }

    pub fn choices(&self) -> Choices {
        Choices {
            sidebar: !self.sidebar_off,
            zoom: self.zoom,
            chromeless: self.settings.chromeless,
            layout: self.layout,
            has_agents: !self.fleet.is_empty(),
        }
    }

    pub fn areas(&self) -> Areas {
        let mut areas = layout::areas(self.size.0, self.size.1, self.choices(), &self.shares);
        // The banner takes the top bar's row, or lies over the frame: panes keep their size while we reconnect.
        if self.settings.chromeless {
            areas.grid = areas.whole;
        }
        areas
    }

    /// The panes on the screen now.
    pub fn pane_areas(&self) -> Vec<PaneArea> {
        let areas = self.areas();
        if areas.size == layout::Size::TooSmall && !self.settings.chromeless {
            return Vec::new();
        }
        let choices = self.choices();
        if choices.zoom || choices.chromeless {
            let focused: Vec<TerminalId> = self.focus.into_iter().collect();
            return layout::panes(areas.grid, choices, &self.shares, &focused, self.focus);
        }
        layout::panes(areas.grid, choices, &self.shares, &self.slots, self.focus)
    }

    /// The edges that can be moved.
    pub fn handles(&self) -> Vec<Handle> {
        layout::handles(&self.areas(), self.choices(), &self.shares, self.pane_areas().len())
    }

    pub fn pane_area(&self, id: TerminalId) -> Option<PaneArea> {
        self.pane_areas().into_iter().find(|p| p.terminal == id)
    }

    /// The terminal's size, where it is another window's and not that of the pane.
    pub fn anothers_size(&self, pane: PaneArea) -> Option<(u16, u16)> {
        let shown = self.panes.get(&pane.terminal).filter(|p| p.by_another && !p.replica.lines.is_empty())?;
        let size = (shown.replica.columns, shown.replica.lines.len() as u16);
        let is_gone = self.fleet.get(pane.terminal).is_none_or(super::fleet::is_gone);
        (size != (pane.inner.width, pane.inner.height) && !is_gone).then_some(size)
    }

    /// Agents without a place among the panes. Under a zoom nothing else is meant to be seen.
    pub fn unseen(&self) -> Vec<TerminalId> {
        if self.zoom || self.settings.chromeless {
            return Vec::new();
        }
        let shown = self.pane_areas();
        let is_shown = |id: TerminalId| shown.iter().any(|p| p.terminal == id);
        self.fleet.agents().iter().map(|a| a.id).filter(|id| !is_shown(*id)).collect()
    }

    pub fn focused(&self) -> Option<&Terminal> {
        self.focus.and_then(|id| self.fleet.get(id))
    }

    pub fn past(&self, id: TerminalId) -> Option<&Past> {
        self.panes.get(&id).and_then(|p| p.past.as_ref())
    }

    /// All that belongs on the screen has come: the first picture need not wait any longer.
    pub fn is_whole(&self) -> bool {
        let has_screen = |id| self.panes.get(&id).is_some_and(|p| !p.replica.lines.is_empty());
        self.loaded && self.pane_areas().iter().all(|area| has_screen(area.terminal))
    }

    pub fn is_stopping(&self, id: TerminalId) -> bool {
        self.stops.iter().any(|s| s.terminal == id)
    }

    /// The agent's name on the screen.
    pub fn name(&self, id: TerminalId) -> String {
        self.fleet.get(id).map_or_else(|| id.to_string(), |a| crate::base::text::printable(&a.window))
    }

    /// When `update` must be called with `Msg::Tick` although nothing happened.
    pub fn next_due(&self) -> Option<Millis> {
        let minute = self.settings.clock.then(|| (self.now / 60_000 + 1) * 60_000);
        let stop = self.stops.iter().map(|s| s.due).min();
        // The banner counts seconds while the server is away.
        let banner = matches!(self.link, Link::Lost { .. }).then(|| (self.now / 1000 + 1) * 1000);
        [
            minute,
            stop,
            banner,
            self.toasts.next_due(),
            self.show_due,
            super::seen::due(self),
            super::diff::due(self),
            super::answering::due(self),
            super::weight::due(self),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
