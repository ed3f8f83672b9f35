//! Between the engine's cells and our rows of styled runs. Used by the screen, the ring and the checkpoints.
//! It must never let a control character through (the engine keeps tabs in cells), nor half a wide character.

use crate::base::cell::{self, Row, RowBuilder, Run, Style, attr};
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::vte::ansi::{Color, Hyperlink, NamedColor, Rgb};

/// Flags that say where a character stands, not how it looks.
pub(super) const LAYOUT: Flags =
    Flags::WRAPLINE.union(Flags::WIDE_CHAR).union(Flags::WIDE_CHAR_SPACER).union(Flags::LEADING_WIDE_CHAR_SPACER);

const ATTRIBUTES: [(Flags, u16); 11] = [
    (Flags::BOLD, attr::BOLD),
    (Flags::DIM, attr::DIM),
    (Flags::ITALIC, attr::ITALIC),
    (Flags::UNDERLINE, attr::UNDERLINE),
    (Flags::DOUBLE_UNDERLINE, attr::DOUBLE_UNDERLINE),
    (Flags::UNDERCURL, attr::CURLY_UNDERLINE),
    (Flags::DOTTED_UNDERLINE, attr::DOTTED_UNDERLINE),
    (Flags::DASHED_UNDERLINE, attr::DASHED_UNDERLINE),
    (Flags::INVERSE, attr::INVERSE),
    (Flags::HIDDEN, attr::HIDDEN),
    (Flags::STRIKEOUT, attr::STRIKE),
];

/// The row as a viewer sees it. When its line goes on in the next row, blanks at its end belong to the text and
/// stay; a column left free because a wide character did not fit does not, so the row is one column short.
pub(super) fn row_of(cells: &[Cell]) -> Row {
    let last = cells.last().map_or(Flags::empty(), |cell| cell.flags);
    if last.contains(Flags::WRAPLINE) {
        row_going_on(cells, last.contains(Flags::LEADING_WIDE_CHAR_SPACER))
    } else {
        build(cells, false)
    }
}

/// The same for a row that the engine is about to wrap. `short`: its last column stays free for layout's sake.
pub(super) fn row_going_on(cells: &[Cell], short: bool) -> Row {
    let mut row = build(cells, true);
    let text = cells.len().saturating_sub(usize::from(short));
    let missing = text.saturating_sub(usize::from(row.width()));
    if missing > 0 {
        let blanks = Run { text: " ".repeat(missing), width: missing as u16, style: Style::default() };
        match row.runs.last_mut() {
            // One column for each byte: nothing in it says that it is a single cell.
            Some(run)
                if run.style == blanks.style && run.text.is_ascii() && run.text.len() == usize::from(run.width) =>
            {
                run.text.push_str(&blanks.text);
                run.width += blanks.width;
            }
            _ => row.runs.push(blanks),
        }
    }
    row
}

fn build(cells: &[Cell], wrapped: bool) -> Row {
    // Most rows end in blanks; finding their end first is much cheaper than building and cutting them.
    let used = used(cells);
    let mut builder = RowBuilder::default();
    let mut column = 0;
    // Neighbours mostly share their look: the translation is done once for each change.
    let mut last_look: Option<(&Cell, Style)> = None;
    while column < used {
        let cell = &cells[column];
        let style = match last_look {
            Some((seen, style)) if same_look(seen, cell) => style,
            _ => style_of(cell),
        };
        last_look = Some((cell, style));
        let plain = plain_stretch(&cells[column..used]);
        if plain > 0 {
            builder.push_ascii(style, cells[column..column + plain].iter().map(|cell| cell.c));
            column += plain;
            continue;
        }
        let marks = cell.zerowidth().unwrap_or_default();
        if cell.flags.contains(Flags::WIDE_CHAR) {
            if cells.get(column + 1).is_some_and(|next| next.flags.contains(Flags::WIDE_CHAR_SPACER)) {
                builder.push(cell.c, marks, 2, style);
                column += 2;
                continue;
            }
            // Its other half was overwritten: nothing that one column can show.
            builder.push(' ', &[], 1, style);
        } else if cell.c == '\t' {
            builder.push(' ', marks, 1, style);
        } else {
            builder.push(cell.c, marks, 1, style);
        }
        column += 1;
    }
    builder.finish(wrapped)
}

/// Adds the text of a row without trailing blanks: that of its [`row_of`], without making one.
pub(super) fn push_text(cells: &[Cell], text: &mut String) {
    let begins = text.len();
    let used = used(cells);
    let mut column = 0;
    while column < used {
        let cell = &cells[column];
        column += 1;
        if cell.flags.contains(Flags::WIDE_CHAR) {
            if !cells.get(column).is_some_and(|next| next.flags.contains(Flags::WIDE_CHAR_SPACER)) {
                text.push(' ');
                continue;
            }
            column += 1;
        }
        text.push(if cell.c == '\t' { ' ' } else { cell.c });
        if cell.extra.is_some() {
            text.extend(cell.zerowidth().unwrap_or_default());
        }
    }
    let kept = text[begins..].trim_end_matches(' ').len();
    text.truncate(begins + kept);
}

/// Writes `row` into `cells`, which must be blank; what does not fit is left out. The inverse of [`row_of`].
pub(super) fn put_row(row: &Row, cells: &mut [Cell]) {
    for shown in row.cells() {
        let column = usize::from(shown.column);
        let wide = shown.width == 2;
        if column + usize::from(shown.width) > cells.len() {
            break;
        }
        let mut chars = shown.text.chars();
        let mut cell = Cell { c: drawable(chars.next().unwrap_or(' ')), ..pen(shown.style) };
        if wide {
            cells[column + 1] = cell.clone();
            cells[column + 1].c = ' ';
            cells[column + 1].flags.insert(Flags::WIDE_CHAR_SPACER);
            cell.flags.insert(Flags::WIDE_CHAR);
        }
        chars.for_each(|mark| cell.push_zerowidth(drawable(mark)));
        cells[column] = cell;
    }
    let short = usize::from(row.width()) + 1 == cells.len();
    if row.wrapped
        && let Some(last) = cells.last_mut()
    {
        last.flags.insert(Flags::WRAPLINE);
        last.flags.set(Flags::LEADING_WIDE_CHAR_SPACER, short);
    }
}

/// A blank cell in the given style: what the engine calls the cursor's template.
pub(super) fn pen(style: Style) -> Cell {
    let mut cell = Cell {
        fg: engine_color(style.fg, NamedColor::Foreground),
        bg: engine_color(style.bg, NamedColor::Background),
        ..Cell::default()
    };
    for (flag, bit) in ATTRIBUTES {
        cell.flags.set(flag, style.attrs & bit != 0);
    }
    if style.underline != cell::Color::Default {
        cell.set_underline_color(Some(engine_color(style.underline, NamedColor::Foreground)));
    }
    if style.link != 0 {
        cell.set_hyperlink(Some(engine_link(style.link).into()));
    }
    cell
}

pub(super) fn style_of(cell: &Cell) -> Style {
    let mut attrs = 0;
    if !cell.flags.is_empty() {
        for (flag, bit) in ATTRIBUTES {
            if cell.flags.contains(flag) {
                attrs |= bit;
            }
        }
    }
    Style {
        fg: color(cell.fg),
        bg: color(cell.bg),
        underline: cell.underline_color().map_or(cell::Color::Default, color),
        attrs,
        link: link_of(cell),
    }
}

/// What the engine keeps of a link: our number for it. The target stays with us, where it is bounded.
pub(super) fn engine_link(number: u32) -> Hyperlink {
    Hyperlink { id: Some(number.to_string()), uri: String::new() }
}

fn link_of(cell: &Cell) -> u32 {
    cell.hyperlink().and_then(|link| link.id().parse().ok()).unwrap_or(0)
}

/// Two cells that nobody could tell apart, now or after any further output.
pub(super) fn same_cell(a: &Cell, b: &Cell) -> bool {
    let shown = |c: char| if c == '\t' { ' ' } else { c };
    shown(a.c) == shown(b.c)
        && a.flags == b.flags
        && style_of(a) == style_of(b)
        && a.zerowidth().unwrap_or_default() == b.zerowidth().unwrap_or_default()
}

/// Rows may come from a file: no control character gets into a cell from there either.
pub(super) fn drawable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// How many cells there are up to the last one that is not blank in the default style.
pub(super) fn used(cells: &[Cell]) -> usize {
    let Some(last) = cells.iter().rposition(|cell| !is_default(cell)) else { return 0 };
    // The right half of a wide character looks blank by itself.
    let wide = cells[last].flags.contains(Flags::WIDE_CHAR);
    (last + if wide { 2 } else { 1 }).min(cells.len())
}

/// How many cells at the beginning are printable ASCII of one look.
fn plain_stretch(cells: &[Cell]) -> usize {
    let Some(first) = cells.first().filter(|cell| !cell.flags.contains(Flags::WIDE_CHAR)) else { return 0 };
    let fits = |cell: &Cell| {
        matches!(cell.c, ' '..='~')
            && cell.flags == first.flags
            && cell.fg == first.fg
            && cell.bg == first.bg
            && cell.extra.is_none()
    };
    cells.iter().position(|cell| !fits(cell)).unwrap_or(cells.len())
}

fn is_default(cell: &Cell) -> bool {
    matches!(cell.c, ' ' | '\t')
        && cell.zerowidth().is_none_or(<[char]>::is_empty)
        && cell.underline_color().is_none()
        && cell.hyperlink().is_none()
        && cell.bg == Color::Named(NamedColor::Background)
        && cell.fg == Color::Named(NamedColor::Foreground)
        && cell.flags.difference(LAYOUT).is_empty()
}

fn same_look(a: &Cell, b: &Cell) -> bool {
    a.fg == b.fg
        && a.bg == b.bg
        && a.flags.difference(LAYOUT) == b.flags.difference(LAYOUT)
        && a.extra.is_none()
        && b.extra.is_none()
}

fn color(color: Color) -> cell::Color {
    match color {
        Color::Named(named) if (named as usize) < 16 => cell::Color::Indexed(named as u8),
        Color::Named(_) => cell::Color::Default,
        Color::Spec(Rgb { r, g, b }) => cell::Color::Rgb(r, g, b),
        Color::Indexed(index) => cell::Color::Indexed(index),
    }
}

fn engine_color(color: cell::Color, default: NamedColor) -> Color {
    match color {
        cell::Color::Default => Color::Named(default),
        cell::Color::Indexed(index) => Color::Indexed(index),
        cell::Color::Rgb(r, g, b) => Color::Spec(Rgb { r, g, b }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_survives_the_way_there_and_back() {
        let mut cells = vec![Cell::default(); 8];
        let bold = Style { fg: cell::Color::Indexed(3), attrs: attr::BOLD | attr::CURLY_UNDERLINE, ..Style::default() };
        cells[0] = Cell { c: '漢', ..pen(bold) };
        cells[0].flags.insert(Flags::WIDE_CHAR);
        cells[1] = pen(bold);
        cells[1].flags.insert(Flags::WIDE_CHAR_SPACER);
        cells[2].c = 'e';
        cells[2].push_zerowidth('\u{301}');
        cells[3].c = '\t';
        cells[4] = Cell { c: 'x', ..pen(Style { underline: cell::Color::Rgb(1, 2, 3), ..Style::default() }) };
        cells[7].flags.insert(Flags::WRAPLINE);
        let row = row_of(&cells);
        assert_eq!(row.text(), "漢e\u{301} x");
        assert!(row.wrapped);
        let mut back = vec![Cell::default(); 8];
        put_row(&row, &mut back);
        assert!(cells.iter().zip(&back).all(|(a, b)| same_cell(a, b)));
        assert_eq!(row_of(&back), row);
    }

    #[test]
    fn blanks_before_a_soft_wrap_are_text() {
        let mut cells = vec![Cell::default(); 6];
        cells[0].c = 'a';
        cells[5].flags.insert(Flags::WRAPLINE);
        let row = row_of(&cells);
        assert_eq!((row.text().as_str(), row.width()), ("a", 6));
        // Not the column that a wide character did not fit into.
        cells[5].flags.insert(Flags::LEADING_WIDE_CHAR_SPACER);
        let row = row_of(&cells);
        assert_eq!((row.text().as_str(), row.width()), ("a", 5));
        let mut back = vec![Cell::default(); 6];
        put_row(&row, &mut back);
        assert_eq!(back[5].flags, cells[5].flags);
    }

    #[test]
    fn half_a_wide_character_is_a_blank() {
        let mut cells = vec![Cell::default(); 3];
        cells[1].c = '漢';
        cells[1].flags.insert(Flags::WIDE_CHAR);
        cells[2].c = 'b';
        assert_eq!(row_of(&cells).text(), "  b");
    }
}
