//! The shortest bytes that bring the terminal's cursor from one cell to another. Used by the surface only. It must never
//! use what some terminal lacks: absolute places, steps, returns and line ends are all there is.

use std::fmt::Write as _;

/// From `from` to `to`, both column and row from 0; `None`: from where nobody knows.
///
/// The line must pass bytes as they are, and no margins be set. A line end is written behind a return only: where it
/// returns by itself, that makes no difference.
pub fn way(from: Option<(u16, u16)>, to: (u16, u16)) -> String {
    let absolute = absolute(to);
    let Some((column, row)) = from else { return absolute };
    let mut best = match to.1.cmp(&row) {
        std::cmp::Ordering::Equal => along(column, to.0),
        std::cmp::Ordering::Greater => {
            let steps = stepped('B', to.1 - row) + &along(column, to.0);
            let line_ends = format!("\r{}{}", "\n".repeat(usize::from(to.1 - row)), stepped('C', to.0));
            shorter(steps, line_ends)
        }
        std::cmp::Ordering::Less => stepped('A', row - to.1) + &along(column, to.0),
    };
    if absolute.len() < best.len() {
        best = absolute;
    }
    best
}

/// A place by its numbers; what is 1 need not be said.
fn absolute((column, row): (u16, u16)) -> String {
    match (column, row) {
        (0, 0) => "\x1b[H".to_owned(),
        (0, _) => format!("\x1b[{}H", row + 1),
        (_, 0) => format!("\x1b[;{}H", column + 1),
        _ => format!("\x1b[{};{}H", row + 1, column + 1),
    }
}

/// Within a row.
fn along(from: u16, to: u16) -> String {
    if from <= to {
        return stepped('C', to - from);
    }
    let back = from - to;
    let by_steps = shorter("\u{8}".repeat(usize::from(back)), stepped('D', back));
    shorter(by_steps, format!("\r{}", stepped('C', to)))
}

/// So many steps in the direction of `letter`.
fn stepped(letter: char, count: u16) -> String {
    let mut out = String::new();
    let _ = match count {
        0 => Ok(()),
        1 => write!(out, "\x1b[{letter}"),
        _ => write!(out, "\x1b[{count}{letter}"),
    };
    out
}

fn shorter(a: String, b: String) -> String {
    if b.len() < a.len() { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_shortest_way_is_taken() {
        for (from, to, expected) in [
            (None, (0, 0), "\x1b[H"),
            (None, (0, 6), "\x1b[7H"),
            (None, (6, 0), "\x1b[;7H"),
            (None, (6, 6), "\x1b[7;7H"),
            (Some((6, 6)), (6, 6), ""),
            (Some((6, 6)), (7, 6), "\x1b[C"),
            (Some((6, 6)), (130, 6), "\x1b[124C"),
            (Some((6, 6)), (3, 6), "\u{8}\u{8}\u{8}"),
            (Some((90, 6)), (0, 6), "\r"),
            (Some((130, 6)), (5, 6), "\r\x1b[5C"),
            (Some((90, 6)), (80, 6), "\x1b[10D"),
            (Some((90, 6)), (0, 8), "\r\n\n"),
            (Some((90, 6)), (33, 7), "\r\n\x1b[33C"),
            (Some((90, 6)), (90, 7), "\x1b[B"),
            (Some((91, 6)), (90, 5), "\x1b[A\u{8}"),
            (Some((90, 6)), (33, 40), "\x1b[41;34H"),
        ] {
            assert_eq!(way(from, to), expected, "{from:?} {to:?}");
        }
    }

    proptest! {
        #[test]
        fn every_way_leads_there(from in (0u16..199, 0u16..60), to in (0u16..200, 0u16..60)) {
            let mut judge = vt100::Parser::new(60.try_into().unwrap(), 200.try_into().unwrap(), 0);
            judge.process(way(None, from).as_bytes());
            prop_assert_eq!(judge.screen().cursor_position(), (from.1, from.0));
            let way = way(Some(from), to);
            judge.process(way.as_bytes());
            prop_assert_eq!(judge.screen().cursor_position(), (to.1, to.0));
            prop_assert!(way.len() <= super::absolute(to).len());
        }
    }
}
