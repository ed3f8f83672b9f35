//! What clients are sent.

use super::screen;
use crate::base::cell::Row;
use crate::core::screen::{FrameCursor, FrameParts, Screen, Scroll, Size};

/// A client's copy of a screen; the same rules as the wire's replica.
#[derive(Default)]
pub(super) struct Replica {
    pub(super) revision: u64,
    pub(super) rows: Vec<Row>,
    pub(super) title: String,
}

impl Replica {
    pub(super) fn apply(&mut self, frame: FrameParts) {
        assert!(frame.base == 0 || frame.base == self.revision, "the frame does not follow");
        if frame.base == 0 {
            self.rows.clear();
            self.title.clear();
        }
        self.rows.resize(usize::from(frame.rows), Row::default());
        if let Some(Scroll { top, bottom, by }) = frame.scroll {
            let region = &mut self.rows[usize::from(top)..usize::from(bottom)];
            let count = usize::from(by.unsigned_abs()).min(region.len());
            if by >= 0 {
                region.rotate_left(count);
                let kept = region.len() - count;
                region[kept..].fill(Row::default());
            } else {
                region.rotate_right(count);
                region[..count].fill(Row::default());
            }
        }
        for (row, content) in frame.changed {
            self.rows[usize::from(row)] = content;
        }
        if let Some(title) = frame.title {
            self.title = title;
        }
        self.revision = frame.revision;
    }
}

fn lines(range: std::ops::Range<usize>) -> String {
    range.map(|line| format!("\r\nline {line}")).collect()
}

#[test]
fn an_idle_screen_gives_no_frame() {
    let mut screen = screen(20, 5, b"hello");
    let mut client = FrameCursor::new();
    let first = client.next(&mut screen).unwrap();
    assert_eq!((first.base, first.changed.len(), first.offset), (0, 1, 5));
    assert!(client.is_waiting());
    client.acknowledge(first.revision);
    assert!(!client.is_waiting());
    assert_eq!(client.next(&mut screen), None);
    assert_eq!(FrameCursor::new().next(&mut screen).map(|frame| frame.base), Some(0), "a new client begins anew");
    // Bytes that change nothing to see.
    screen.feed(5, b"\x1b[c\x1b[1;1H\x1b[1;6H\x1b[m");
    assert_eq!(client.next(&mut screen), None);
    screen.feed(screen.offset(), b"!");
    let second = client.next(&mut screen).unwrap();
    assert_eq!((second.base, second.changed.len()), (first.revision, 1));
    assert_eq!((second.title, second.scroll), (None, None));
}

#[test]
fn scrolls_are_sent_as_scrolls() {
    let mut screen = screen(40, 20, lines(0..40).as_bytes());
    let mut client = FrameCursor::new();
    let mut replica = Replica::default();
    replica.apply(client.next(&mut screen).unwrap());
    screen.feed(screen.offset(), lines(40..43).as_bytes());
    let frame = client.next(&mut screen).unwrap();
    assert_eq!(frame.scroll, Some(Scroll { top: 0, bottom: 20, by: 3 }));
    assert_eq!(frame.changed.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [17, 18, 19]);
    replica.apply(frame);
    assert_eq!(replica.rows, screen.rows());
    // Downwards, inside a region, the rest standing still.
    screen.feed(screen.offset(), b"\x1b[5;15r\x1b[2T\x1b[r");
    let frame = client.next(&mut screen).unwrap();
    assert_eq!(frame.scroll, Some(Scroll { top: 4, bottom: 15, by: -2 }));
    assert_eq!(frame.changed, []);
    replica.apply(frame);
    assert_eq!(replica.rows, screen.rows());
}

#[test]
fn a_new_picture_is_not_called_a_scroll() {
    let mut screen = screen(40, 12, lines(0..12).as_bytes());
    let mut client = FrameCursor::new();
    client.next(&mut screen);
    let other: String = (0..12).map(|line| format!("\u{1b}[{};1H\u{1b}[Kother {line}", line + 1)).collect();
    screen.feed(screen.offset(), other.as_bytes());
    let frame = client.next(&mut screen).unwrap();
    assert_eq!((frame.scroll, frame.changed.len()), (None, 12));
}

#[test]
fn sizes_and_titles_reach_the_client() {
    let mut screen = screen(20, 5, b"a\r\nb\r\nc\r\nd\r\ne\x1b]2;t\x07");
    let mut client = FrameCursor::new();
    let mut replica = Replica::default();
    replica.apply(client.next(&mut screen).unwrap());
    assert_eq!(replica.title, "t");
    for (columns, rows) in [(20, 3), (20, 9), (7, 2), (30, 5)] {
        screen.resize(Size::new(columns, rows));
        let frame = client.next(&mut screen).unwrap();
        assert_eq!((frame.columns, frame.rows), (columns, rows));
        replica.apply(frame);
        assert_eq!(replica.rows, screen.rows());
    }
    screen.feed(screen.offset(), b"\x1b]2;\x07");
    replica.apply(client.next(&mut screen).unwrap());
    assert_eq!(replica.title, "");
}

#[test]
fn clients_do_not_disturb_each_other() {
    let mut screen = Screen::new(Size::new(20, 4));
    let (mut fast, mut slow) = (FrameCursor::new(), FrameCursor::new());
    let (mut a, mut b) = (Replica::default(), Replica::default());
    for step in 0..20 {
        screen.feed(screen.offset(), format!("{step}\r\n").as_bytes());
        a.apply(fast.next(&mut screen).unwrap());
        assert_eq!(a.rows, screen.rows());
        if step % 7 == 0 {
            b.apply(slow.next(&mut screen).unwrap());
            assert_eq!(b.rows, screen.rows());
        }
    }
}

#[test]
fn a_row_that_another_ones_change_touches_is_sent() {
    // The wide character did not fit, left a column free above, and is overwritten.
    let mut screen = screen(5, 3, "abcd漢".as_bytes());
    let mut client = FrameCursor::new();
    let mut replica = Replica::default();
    replica.apply(client.next(&mut screen).unwrap());
    screen.feed(screen.offset(), b"\x1b[2;1Hx");
    replica.apply(client.next(&mut screen).unwrap());
    assert_eq!(replica.rows, screen.rows());
}
