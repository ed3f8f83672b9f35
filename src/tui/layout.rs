//! Where everything is: bars, sidebar and panes, as a function of the screen's size and a few choices.
//! The view draws by it, the mouse is understood by it, and the panes' sizes are told to the server by it.
//! It must never depend on what is in a pane.

use crate::base::id::TerminalId;
use ratatui::layout::Rect;

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

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PaneLayout {
    #[default]
    Grid,
    Columns,
    Rows,
    /// The focused agent large, the others in a row below.
    OneAndStrip,
}

impl PaneLayout {
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

pub fn areas(columns: u16, rows: u16, choices: Choices) -> Areas {
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
        let width = if size == Size::Wide { SIDEBAR_WIDE } else { SIDEBAR_MEDIUM };
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
pub fn panes(grid: Rect, choices: Choices, shown: &[TerminalId], focus: Option<TerminalId>) -> Vec<PaneArea> {
    let mut shown: Vec<TerminalId> = shown.to_vec();
    shown.truncate(capacity(grid, choices));
    if shown.is_empty() {
        return Vec::new();
    }
    let across = usize::from((grid.width / PANE_COLUMNS).max(1));
    let down = usize::from((grid.height / PANE_ROWS).max(1));
    let rects = match choices.layout {
        PaneLayout::Columns => cells(grid, &[shown.len()]),
        PaneLayout::Rows => cells(grid, &vec![1; shown.len()]),
        PaneLayout::OneAndStrip if shown.len() > 1 => {
            if let Some(n) = shown.iter().position(|id| Some(*id) == focus) {
                // The others keep their order.
                shown[..=n].rotate_right(1);
            }
            let strip = (grid.height / 3).max(PANE_ROWS);
            let (one, strip_area) = (
                Rect { height: grid.height - strip, ..grid },
                Rect { y: grid.y + grid.height - strip, height: strip, ..grid },
            );
            [vec![one], cells(strip_area, &[shown.len() - 1])].concat()
        }
        PaneLayout::Grid | PaneLayout::OneAndStrip => {
            // Columns first: text needs width, but never more rows than fit.
            let columns = (1..=across).find(|c| c * c >= shown.len()).unwrap_or(across);
            let columns = columns.max(shown.len().div_ceil(down)).min(across);
            let mut counts = vec![columns; shown.len() / columns];
            if !shown.len().is_multiple_of(columns) {
                counts.push(shown.len() % columns);
            }
            cells(grid, &counts)
        }
    };
    shown
        .into_iter()
        .zip(rects)
        .map(|(terminal, outer)| {
            let bare = choices.chromeless || outer.width < 3 || outer.height < 3;
            let inner =
                if bare { outer } else { Rect::new(outer.x + 1, outer.y + 1, outer.width - 2, outer.height - 2) };
            PaneArea { terminal, outer, inner }
        })
        .collect()
}

/// `area` cut into rows with so many cells each; the last ones take what division leaves.
fn cells(area: Rect, counts: &[usize]) -> Vec<Rect> {
    let mut out = Vec::new();
    for (n, (y, height)) in cut(area.y, area.height, counts.len()).into_iter().enumerate() {
        for (x, width) in cut(area.x, area.width, counts[n]) {
            out.push(Rect::new(x, y, width, height));
        }
    }
    out
}

fn cut(start: u16, length: u16, parts: usize) -> Vec<(u16, u16)> {
    let parts = parts.max(1) as u16;
    let each = length / parts;
    (0..parts).map(|n| (start + n * each, if n + 1 == parts { length - n * each } else { each })).collect()
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
        let areas = areas(160, 45, choices(PaneLayout::Grid));
        assert_eq!(areas.sidebar, Some(Rect::new(0, 1, 32, 43)));
        let panes = panes(areas.grid, choices(PaneLayout::Grid), &ids(4), None);
        assert_eq!(panes.len(), 4);
        assert!(panes.iter().all(|p| p.outer.width == 64), "{panes:?}");
    }

    #[test]
    fn eighty_columns_have_one_pane_under_a_strip() {
        let areas = areas(80, 24, choices(PaneLayout::Grid));
        assert_eq!(areas.size, Size::Narrow);
        assert_eq!(areas.grid, Rect::new(0, 2, 80, 21));
        assert_eq!(capacity(areas.grid, choices(PaneLayout::Grid)), 1);
    }

    proptest! {
        #[test]
        fn panes_fill_the_grid_and_are_large_enough(
            columns in 1u16..400, rows in 1u16..150, wanted in 1usize..12, layout in 0usize..4, zoom: bool, sidebar: bool,
            focus in 0u32..12,
        ) {
            let layout = [PaneLayout::Grid, PaneLayout::Columns, PaneLayout::Rows, PaneLayout::OneAndStrip][layout];
            let choices = Choices { sidebar, zoom, ..choices(layout) };
            let areas = areas(columns, rows, choices);
            let panes = panes(areas.grid, choices, &ids(wanted), Some(TerminalId(focus)));
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
        }
    }
}
