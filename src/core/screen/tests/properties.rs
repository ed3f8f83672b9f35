//! Laws over random output: chunks do not matter, checkpoints are exact, frames give the screen.

use super::frames::Replica;
use crate::core::screen::{BadCheckpoint, FrameCursor, Notice, Screen, Size};
use proptest::prelude::*;

/// Pieces of output that terminals find hard, and plain ones.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let number = 0u16..14;
    prop_oneof![
        4 => "[a-z ]{1,30}".prop_map(String::into_bytes),
        2 => "[a漢字e\u{301}\u{1f600}\u{fe0f}\u{200b}]{1,12}".prop_map(String::into_bytes),
        3 => Just(b"\r\n".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..12),
        // Pieces of characters and of sequences.
        1 => prop::collection::vec(prop::sample::select(b"\xe0\xa0\xc2\xf0\x9f\x98\x80\xff\x18\x1b[?;1c".to_vec()), 1..10),
        6 => (number.clone(), number.clone(), prop::sample::select(b"ABCDEFGHIJKLMPSTXZ@`abdefghlmrsu".to_vec()))
            .prop_map(|(a, b, last)| format!("\u{1b}[{a};{b}{}", char::from(last)).into_bytes()),
        2 => prop::sample::select(vec![
            "\u{1b}[?1049h", "\u{1b}[?1049l", "\u{1b}[?6h", "\u{1b}[?6l", "\u{1b}[?7l", "\u{1b}[?7h", "\u{1b}[4h",
            "\u{1b}[4l", "\u{1b}[?2026h", "\u{1b}[?2026l", "\u{1b}[?25l", "\u{1b}7", "\u{1b}8", "\u{1b}M", "\u{1b}D",
            "\u{1b}(0", "\u{1b}(B", "\u{1b})0", "\u{e}", "\u{f}", "\u{1b}H", "\u{1b}[3g", "\t", "\u{8}", "\u{1b}c",
            "\u{1b}#8", "\u{1b}[>7u", "\u{1b}[<u", "\u{1b}[=3;2u", "\u{1b}[2J", "\u{1b}[3J", "\u{1b}[?47h",
            "\u{1b}[r", "\u{1b}[2;4r", "\u{1b}[?1;2004;1006h", "\u{1b}[20h", "\u{1b}=", "\u{1b}[3 q", "\u{1b}[?5W",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::sample::select(vec![
            "\u{1b}[c", "\u{1b}[6n", "\u{1b}[?u", "\u{1b}[?7$p", "\u{1b}[>q", "\u{1b}]10;?\u{7}", "\u{1b}]7501;?\u{1b}\\",
            "\u{1b}]0;title\u{7}", "\u{1b}]4;3;#abcdef\u{7}", "\u{1b}]4;3;?\u{1b}\\", "\u{1b}P+q41\u{1b}\\",
            "\u{1b}_G\u{1b}\\", "\u{1b}[22t", "\u{1b}[23t", "\u{1b}]2;x",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::sample::select(vec!["1", "31", "44", "7", "4:3", "38;2;1;2;3", "58;5;9", "9", "", "48;5;7"])
            .prop_map(|sgr| format!("\u{1b}[{sgr}m").into_bytes()),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.concat())
}

/// Lines enough to be left out unseen, with anything before, between and behind them.
fn flood() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        8 => "[a-z ]{0,60}\r\n".prop_map(String::into_bytes),
        2 => "[a漢e\u{301}\u{1f600}]{0,30}\r\n".prop_map(String::into_bytes),
        2 => Just(b"\x1b[31mred \x1b[44;4:3mand more\x1b[K\r\n".to_vec()),
        1 => Just(b"\x1b[0m\r\n".to_vec()),
        1 => Just(b"no return\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => Just(b"\ttab\x08back\xff\xe6\r\n".to_vec()),
    ];
    (
        stream(),
        prop::collection::vec(line, 1..40),
        50usize..2000,
        stream(),
        prop::option::weighted(0.3, 0usize..2000),
        stream(),
    )
        .prop_map(|(before, lines, count, between, again, after)| {
            let mut out = before;
            lines.iter().cycle().take(count).for_each(|line| out.extend_from_slice(line));
            out.extend(between);
            lines.iter().rev().cycle().take(again.unwrap_or(0)).for_each(|line| out.extend_from_slice(line));
            out.extend(after);
            out
        })
}

fn size() -> impl Strategy<Value = Size> {
    (2u16..24, 1u16..9).prop_map(|(columns, rows)| Size::new(columns, rows))
}

/// All that can be seen of a screen, now or in what it says next.
fn assert_same(a: &mut Screen, b: &mut Screen) {
    assert_eq!(a.rows(), b.rows());
    assert_eq!((a.cursor(), a.modes(), a.title(), a.offset()), (b.cursor(), b.modes(), b.title(), b.offset()));
    assert_eq!((a.alt_screen(), a.synchronized(), a.size()), (b.alt_screen(), b.synchronized(), b.size()));
    assert!(a.scrolled_rows().iter().eq(b.scrolled_rows().iter()));
    assert_eq!(a.take_replies(), b.take_replies());
    let notices = a.take_notices();
    assert!(!notices.contains(&Notice::Rebuilt), "the engine failed");
    assert_eq!(notices, b.take_notices());
}

/// A sequence that the engine does not know stands between a character and its repetition, whole and cut in two.
#[test]
fn what_means_nothing_is_nothing_also_in_two_pieces() {
    for bytes in ["a\u{1b}[4;0g\u{1b}[2b", "a\u{1b}(Z\u{1b}[2b", "a\u{1b}[?6n\u{1b}[2b"] {
        let mut whole = Screen::new(Size::new(20, 3));
        whole.feed(0, bytes.as_bytes());
        for cut in 1..bytes.len() {
            let mut parts = Screen::new(Size::new(20, 3));
            parts.feed(0, &bytes.as_bytes()[..cut]);
            parts.feed(cut as u64, &bytes.as_bytes()[cut..]);
            assert_eq!(parts.rows(), whole.rows(), "{bytes:?} cut at {cut}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_do_not_matter(size in size(), bytes in stream(), cuts in prop::collection::vec(1usize..40, 1..12)) {
        let mut whole = Screen::new(size);
        whole.feed(0, &bytes);
        let mut parts = Screen::new(size);
        let mut rest = bytes.as_slice();
        for cut in cuts.into_iter().cycle() {
            let (part, after) = rest.split_at(cut.min(rest.len()));
            parts.feed(parts.offset(), part);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        assert_same(&mut whole, &mut parts);
    }

    #[test]
    fn what_scrolls_away_unseen_makes_no_difference(size in size(), bytes in flood(), deep in prop::option::weighted(0.3, 0usize..300)) {
        let mut whole = Screen::new(size);
        let mut parts = Screen::new(size);
        for screen in [&mut whole, &mut parts] {
            screen.set_ring_limit(deep.unwrap_or(0));
        }
        whole.feed(0, &bytes);
        bytes.chunks(1000).for_each(|part| parts.feed(parts.offset(), part));
        assert_same(&mut whole, &mut parts);
        // And in what it does next.
        for screen in [&mut whole, &mut parts] {
            screen.resize(Size::new(30, 12));
            screen.feed(screen.offset(), b"\x1b[3bend\x1b[c");
        }
        assert_same(&mut whole, &mut parts);
    }

    #[test]
    fn rows_that_are_only_counted_are_as_many(
        size in size(), bytes in flood(), limits in any::<(u8, u16)>(), log in prop::collection::vec("[a-z \u{e4}]{0,90}", 100..400),
    ) {
        let lines: String = log.iter().map(|line| format!("{line}\x1b[0m\r\n")).collect();
        let bytes = [lines.as_bytes(), &bytes, lines.as_bytes()].concat();
        let mut whole = Screen::new(size);
        let mut counted = Screen::new(size);
        counted.count_rows_only(true);
        let piece = usize::from(limits.0) * 256 + usize::from(limits.1) + 1;
        for (bytes, is_last) in bytes.chunks(piece).map(|part| (part, part.len() < piece)) {
            for screen in [&mut whole, &mut counted] {
                screen.set_ring_limit(200_000);
                screen.feed(screen.offset(), bytes);
            }
            prop_assert_eq!(counted.scrolled_rows().len(), whole.scrolled_rows().len());
            if is_last || limits.0 & 1 == 0 {
                prop_assert_eq!(counted.take_scrolled_rows().len(), whole.take_scrolled_rows().len());
                assert_same(&mut whole, &mut counted);
            }
        }
    }

    #[test]
    fn checkpoints_are_exact(size in size(), other in size(), a in stream(), b in stream(), c in stream(), cut in any::<prop::sample::Index>()) {
        let mut straight = Screen::new(size);
        straight.feed(0, &a);
        straight.resize(other);
        straight.feed(straight.offset(), &b);
        let cut = cut.index(c.len() + 1);
        straight.feed(straight.offset(), &c[..cut]);
        straight.take_replies();
        straight.take_notices();
        let bytes = straight.checkpoint();
        let mut restored = Screen::restore(&bytes).unwrap();
        prop_assert_eq!(restored.checkpoint(), bytes);
        assert_same(&mut straight, &mut restored);
        for screen in [&mut straight, &mut restored] {
            screen.feed(screen.offset(), &c[cut..]);
        }
        assert_same(&mut straight, &mut restored);
        for screen in [&mut straight, &mut restored] {
            screen.resize(size);
            screen.feed(screen.offset(), &a);
        }
        assert_same(&mut straight, &mut restored);
    }

    #[test]
    fn frames_give_the_screen(start in size(), steps in prop::collection::vec((stream(), prop::option::weighted(0.2, size()), any::<bool>()), 1..12)) {
        let mut screen = Screen::new(start);
        let mut client = FrameCursor::new();
        let mut replica = Replica::default();
        replica.apply(client.next(&mut screen).unwrap());
        for (bytes, size, shown) in steps {
            if let Some(size) = size {
                screen.resize(size);
            }
            screen.feed(screen.offset(), &bytes);
            if shown {
                if let Some(frame) = client.next(&mut screen) {
                    client.acknowledge(frame.revision);
                    replica.apply(frame);
                }
                prop_assert_eq!(&replica.rows, &screen.rows());
                prop_assert_eq!(&replica.title, screen.title());
                prop_assert!(client.next(&mut screen).is_none());
            }
        }
    }

    #[test]
    fn damaged_checkpoints_are_errors(size in size(), bytes in stream(), at in any::<prop::sample::Index>(), bit in 0u32..8, keep in any::<prop::sample::Index>()) {
        let mut screen = Screen::new(size);
        screen.feed(0, &bytes);
        let good = screen.checkpoint();
        let mut flipped = good.clone();
        flipped[at.index(good.len())] ^= 1u8.rotate_left(bit);
        prop_assert!(Screen::restore(&flipped).is_err());
        prop_assert!(Screen::restore(&good[..keep.index(good.len())]).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_no_checkpoint_and_do_not_fail(body in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(Screen::restore(&body).err(), Some(BadCheckpoint::Version));
        let forged = crate::core::screen::checkpoint::forged(&body);
        let _ = Screen::restore(&forged);
    }

    #[test]
    fn forged_checkpoints_do_not_fail(size in size(), bytes in stream(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), more in stream()) {
        let mut screen = Screen::new(size);
        screen.feed(0, &bytes);
        let mut body = crate::core::screen::checkpoint::body(&screen.checkpoint()).to_vec();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        // Whatever it is taken for, it can be used.
        if let Ok(mut screen) = Screen::restore(&crate::core::screen::checkpoint::forged(&body)) {
            screen.feed(screen.offset(), &more);
            screen.resize(Size::new(10, 4));
            screen.rows();
        }
    }
}
