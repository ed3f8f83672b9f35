//! Where everything is: bars, sidebar and panes, as a function of the screen's size and a few choices.
//! The view draws by it, the mouse is understood by it, and the panes' sizes are told to the server by it.
//! It must never depend on what is in a pane.

pub use super::shares::SIDEBAR_LEAST;
use super::shares::{Axis, Row, Shares};
use crate::base::id::TerminalId;
use ratatui::layout::{Position, Rect};

/// Narrower panes make agents wrap their own frames.
pub const PANE_COLUMNS: u16 = 60;
/// Lower panes hide the question above the answer.
pub const PANE_ROWS: u16 = 12;
/// Below this nothing useful can be drawn whole.
pub const LEAST: (u16, u16) = (40, 10);

const WIDE: u16 = 120;
const MEDIUM: u16 = 90;
const NARROW: u16 = 60;
/// With the divider.
const SIDEBAR_WIDE: u16 = 32;
const SIDEBAR_MEDIUM: u16 = 24;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum PaneLayout {
    #[default]
    Grid,
    Columns,
    Rows,
    /// The focused agent large, the others in a row below.
    OneAndStrip,
}

impl PaneLayout {
    pub const ALL: [PaneLayout; 4] = [PaneLayout::Grid, PaneLayout::Columns, PaneLayout::Rows, PaneLayout::OneAndStrip];

    pub fn next(self) -> PaneLayout {
        match self {
            PaneLayout::Grid => PaneLayout::Columns,
            PaneLayout::Columns => PaneLayout::Rows,
            PaneLayout::Rows => PaneLayout::OneAndStrip,
            PaneLayout::OneAndStrip => PaneLayout::Grid,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            PaneLayout::Grid => "grid",
            PaneLayout::Columns => "columns",
            PaneLayout::Rows => "rows",
            PaneLayout::OneAndStrip => "one and a strip",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    /// Sidebar with two lines per agent, and a card.
    Wide,
    /// Sidebar with one line per agent.
    Medium,
    /// A strip of agents under the top bar.
    Narrow,
    /// The strip shows the counts and the focused agent.
    Phone,
    /// One sentence.
    TooSmall,
}

/// What besides the size decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choices {
    pub sidebar: bool,
    pub zoom: bool,
    pub chromeless: bool,
    pub layout: PaneLayout,
    pub has_agents: bool,
}

/// An edge that can be moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Divider {
    Sidebar,
    /// The one behind so many parts.
    Panes {
        row: Row,
        index: usize,
    },
}

/// Where an edge can be taken hold of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handle {
    pub divider: Divider,
    pub area: Rect,
}

/// The fixed parts of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Areas {
    pub size: Size,
    pub whole: Rect,
    pub top: Option<Rect>,
    pub strip: Option<Rect>,
    pub sidebar: Option<Rect>,
    pub grid: Rect,
    pub status: Option<Rect>,
}

/// One pane on the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PaneArea {
    pub terminal: TerminalId,
    pub outer: Rect,
    /// The agent's screen.
    pub inner: Rect,
}

pub fn areas(columns: u16, rows: u16, choices: Choices, shares: &Shares) -> Areas {
    let whole = Rect::new(0, 0, columns, rows);
    let size = match columns {
        _ if columns < LEAST.0 || rows < LEAST.1 => Size::TooSmall,
        WIDE.. => Size::Wide,
        MEDIUM.. => Size::Medium,
        NARROW.. => Size::Narrow,
        _ => Size::Phone,
    };
    let mut out = Areas { size, whole, top: None, strip: None, sidebar: None, grid: whole, status: None };
    if choices.chromeless || size == Size::TooSmall {
        return out;
    }
    out.status = Some(Rect::new(0, rows - 1, columns, 1));
    let mut body = Rect::new(0, 0, columns, rows - 1);
    let take_row = |body: &mut Rect| {
        let row = Rect::new(0, body.y, columns, 1);
        body.y += 1;
        body.height -= 1;
        row
    };
    let with_sidebar = choices.sidebar && choices.has_agents && matches!(size, Size::Wide | Size::Medium);
    let with_strip = choices.has_agents && !with_sidebar;
    // Below 12 rows only pane and status bar; below 20 the strip takes the top bar's place.
    match rows {
        0..12 => {}
        12..20 if with_strip => out.strip = Some(take_row(&mut body)),
        12..20 => out.top = Some(take_row(&mut body)),
        _ => {
            out.top = Some(take_row(&mut body));
            if with_strip {
                out.strip = Some(take_row(&mut body));
            }
        }
    }
    if with_sidebar && !choices.zoom {
        let usual = if size == Size::Wide { SIDEBAR_WIDE } else { SIDEBAR_MEDIUM };
        // One pane always has its least beside it.
        let width = shares.sidebar(size).unwrap_or(usual).clamp(SIDEBAR_LEAST, columns - PANE_COLUMNS);
        out.sidebar = Some(Rect::new(0, body.y, width, body.height));
        body.x += width;
        body.width -= width;
    }
    out.grid = body;
    out
}

/// How many panes fit into `grid`, at least one.
pub fn capacity(grid: Rect, choices: Choices) -> usize {
    if choices.zoom || choices.chromeless {
        return 1;
    }
    let across = usize::from((grid.width / PANE_COLUMNS).max(1));
    let down = usize::from((grid.height / PANE_ROWS).max(1));
    match choices.layout {
        PaneLayout::Grid => across * down,
        PaneLayout::Columns => across,
        PaneLayout::Rows => down,
        PaneLayout::OneAndStrip if down >= 2 => 1 + across,
        PaneLayout::OneAndStrip => 1,
    }
}

/// The places of `shown` panes, in order. `focus` is the large one where a layout has one.
pub fn panes(
    grid: Rect,
    choices: Choices,
    shares: &Shares,
    shown: &[TerminalId],
    focus: Option<TerminalId>,
) -> Vec<PaneArea> {
    let mut shown: Vec<TerminalId> = shown.to_vec();
    shown.truncate(capacity(grid, choices));
    if shown.is_empty() {
        return Vec::new();
    }
    if let (PaneLayout::OneAndStrip, Some(n)) = (choices.layout, shown.iter().position(|id| Some(*id) == focus)) {
        // The others keep their order.
        shown[..=n].rotate_right(1);
    }
    shown
        .iter()
        .zip(cells(grid, choices.layout, shares, shown.len()))
        .map(|(terminal, outer)| {
            let bare = choices.chromeless || outer.width < 3 || outer.height < 3;
            let inner =
                if bare { outer } else { Rect::new(outer.x + 1, outer.y + 1, outer.width - 2, outer.height - 2) };
            PaneArea { terminal: *terminal, outer, inner }
        })
        .collect()
}

/// How many panes stand beside one another in each row of a grid.
fn counts(grid: Rect, layout: PaneLayout, panes: usize) -> Vec<usize> {
    let across = usize::from((grid.width / PANE_COLUMNS).max(1));
    let down = usize::from((grid.height / PANE_ROWS).max(1));
    match layout {
        PaneLayout::Columns => vec![panes],
        PaneLayout::Rows => vec![1; panes],
        PaneLayout::OneAndStrip if panes > 1 => vec![1, panes - 1],
        PaneLayout::Grid | PaneLayout::OneAndStrip => {
            // Columns first: text needs width, but never more rows than fit.
            let columns = (1..=across).find(|c| c * c >= panes).unwrap_or(across);
            let columns = columns.max(panes.div_ceil(down)).min(across);
            let mut counts = vec![columns; panes / columns];
            if !panes.is_multiple_of(columns) {
                counts.push(panes % columns);
            }
            counts
        }
    }
}

/// The heights of the rows.
fn heights(grid: Rect, layout: PaneLayout, shares: &Shares, rows: usize) -> Vec<u16> {
    let row = Row { layout, axis: Axis::Rows, parts: rows };
    if layout == PaneLayout::OneAndStrip && rows == 2 && !shares.has(row) {
        // The strip shows what the others are at; the one is what is worked in.
        let strip = (grid.height / 3).max(PANE_ROWS);
        return vec![grid.height - strip, strip];
    }
    shares.divide(row, grid.height, PANE_ROWS)
}

fn widths(grid: Rect, layout: PaneLayout, shares: &Shares, columns: usize) -> Vec<u16> {
    shares.divide(Row { layout, axis: Axis::Columns, parts: columns }, grid.width, PANE_COLUMNS)
}

/// `grid` cut into places for so many panes.
fn cells(grid: Rect, layout: PaneLayout, shares: &Shares, panes: usize) -> Vec<Rect> {
    let counts = counts(grid, layout, panes);
    let mut out = Vec::new();
    let mut y = grid.y;
    for (count, height) in counts.iter().zip(heights(grid, layout, shares, counts.len())) {
        let mut x = grid.x;
        for width in widths(grid, layout, shares, *count) {
            out.push(Rect::new(x, y, width, height));
            x += width;
        }
        y += height;
    }
    out
}

/// The row and the column that a pane is part of, and its place in each.
pub fn rows_of(grid: Rect, layout: PaneLayout, panes: usize, pane: usize) -> [(Row, usize); 2] {
    let counts = counts(grid, layout, panes);
    let (mut line, mut place) = (0, pane);
    while line + 1 < counts.len() && place >= counts[line] {
        place -= counts[line];
        line += 1;
    }
    let columns = Row { layout, axis: Axis::Columns, parts: counts.get(line).copied().unwrap_or(1) };
    [(columns, place), (Row { layout, axis: Axis::Rows, parts: counts.len() }, line)]
}

/// What the parts beside or above a divider get now.
pub fn lengths(grid: Rect, shares: &Shares, row: Row) -> Vec<u16> {
    match row.axis {
        Axis::Columns => widths(grid, row.layout, shares, row.parts),
        Axis::Rows => heights(grid, row.layout, shares, row.parts),
    }
}

/// Every edge that can be moved, and where it is taken hold of: both frames beside it.
pub fn handles(areas: &Areas, choices: Choices, shares: &Shares, panes: usize) -> Vec<Handle> {
    let grid = areas.grid;
    let mut out = Vec::new();
    if let Some(sidebar) = areas.sidebar {
        let area = Rect::new(sidebar.right() - 1, sidebar.y, 2, sidebar.height);
        out.push(Handle { divider: Divider::Sidebar, area });
    }
    if choices.zoom || choices.chromeless || panes < 2 {
        return out;
    }
    let counts = counts(grid, choices.layout, panes);
    let (mut y, mut row) = (grid.y, Row { layout: choices.layout, axis: Axis::Rows, parts: counts.len() });
    let heights = heights(grid, choices.layout, shares, counts.len());
    for (n, (count, height)) in counts.iter().zip(&heights).enumerate() {
        row = Row { axis: Axis::Columns, parts: *count, ..row };
        let mut x = grid.x;
        for (index, width) in widths(grid, choices.layout, shares, *count).iter().enumerate().take(count - 1) {
            x += width;
            // Not over the lines above and below: those are other edges.
            let area = Rect::new(x - 1, y, 2, *height);
            out.push(Handle { divider: Divider::Panes { row, index }, area });
        }
        y += height;
        if n + 1 < counts.len() {
            row = Row { axis: Axis::Rows, parts: counts.len(), ..row };
            let area = Rect::new(grid.x, y - 1, grid.width, 2);
            out.push(Handle { divider: Divider::Panes { row, index: n }, area });
        }
    }
    out
}

/// The edge under the mouse. Where two cross, the one between rows: it is the longer one.
pub fn handle_at(handles: &[Handle], at: Position) -> Option<Divider> {
    let is_rows = |h: &&Handle| matches!(h.divider, Divider::Panes { row, .. } if row.axis == Axis::Rows);
    let under: Vec<&Handle> = handles.iter().filter(|h| h.area.contains(at)).collect();
    under.iter().find(|h| is_rows(h)).or(under.first()).map(|h| h.divider)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn choices(layout: PaneLayout) -> Choices {
        Choices { sidebar: true, zoom: false, chromeless: false, layout, has_agents: true }
    }

    fn ids(n: usize) -> Vec<TerminalId> {
        (0..n as u32).map(TerminalId).collect()
    }

    #[test]
    fn a_wide_screen_has_four_panes_of_sixty_four_columns() {
        let areas = areas(160, 45, choices(PaneLayout::Grid), &Shares::default());
        assert_eq!(areas.sidebar, Some(Rect::new(0, 1, 32, 43)));
        let panes = panes(areas.grid, choices(PaneLayout::Grid), &Shares::default(), &ids(4), None);
        assert_eq!(panes.len(), 4);
        assert!(panes.iter().all(|p| p.outer.width == 64), "{panes:?}");
    }

    #[test]
    fn eighty_columns_have_one_pane_under_a_strip() {
        let areas = areas(80, 24, choices(PaneLayout::Grid), &Shares::default());
        assert_eq!(areas.size, Size::Narrow);
        assert_eq!(areas.grid, Rect::new(0, 2, 80, 21));
        assert_eq!(capacity(areas.grid, choices(PaneLayout::Grid)), 1);
    }

    proptest! {
        #[test]
        fn panes_fill_the_grid_and_are_large_enough(
            columns in 1u16..400, rows in 1u16..150, wanted in 1usize..12, layout in 0usize..4, zoom: bool, sidebar: bool,
            focus in 0u32..12, wished in prop::collection::vec(1u16..300, 9), sidebar_width in prop::option::of(0u16..500),
        ) {
            let layout = PaneLayout::ALL[layout];
            let choices = Choices { sidebar, zoom, ..choices(layout) };
            let mut shares = Shares::default();
            for axis in [Axis::Columns, Axis::Rows] {
                for parts in 2..9 {
                    shares.set(Row { layout, axis, parts }, &wished[..parts]);
                }
            }
            shares.set_sidebar(Size::Wide, sidebar_width);
            shares.set_sidebar(Size::Medium, sidebar_width);
            let areas = areas(columns, rows, choices, &shares);
            let panes = panes(areas.grid, choices, &shares, &ids(wanted), Some(TerminalId(focus)));
            prop_assert_eq!(panes.len(), wanted.min(capacity(areas.grid, choices)));
            let cells: u32 = panes.iter().map(|p| p.outer.area()).sum();
            prop_assert_eq!(cells, areas.grid.area());
            for (n, pane) in panes.iter().enumerate() {
                prop_assert_eq!(pane.outer.intersection(areas.grid), pane.outer);
                for other in &panes[n + 1..] {
                    prop_assert!(!pane.outer.intersects(other.outer));
                }
                if panes.len() > 1 {
                    let wide = pane.outer.width >= PANE_COLUMNS || pane.outer.width == areas.grid.width;
                    let high = pane.outer.height >= PANE_ROWS || pane.outer.height == areas.grid.height;
                    prop_assert!(wide && high, "{:?}", pane);
                }
            }
            // Every edge can be taken hold of, and lies between panes.
            for handle in handles(&areas, choices, &shares, panes.len()) {
                prop_assert_eq!(handle.area.intersection(areas.whole), handle.area);
                let Divider::Panes { row, index } = handle.divider else { continue };
                prop_assert!(index + 1 < row.parts);
                prop_assert_eq!(lengths(areas.grid, &shares, row).len(), row.parts);
            }
        }
    }
}
