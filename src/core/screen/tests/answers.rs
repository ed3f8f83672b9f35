//! What programs are answered, and in which order; what they tell.

use super::screen;
use crate::core::screen::{Notice, ProgramPhase, Progress, Screen, Size};

fn replies(bytes: &[u8]) -> Vec<(u64, String)> {
    let mut screen = screen(80, 24, bytes);
    let shown = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace('\u{1b}', "^[").replace('\u{7}', "^G");
    screen.take_replies().into_iter().map(|reply| (reply.offset, shown(reply.bytes))).collect()
}

#[test]
fn each_query_has_its_answer() {
    let version = concat!("^[P>|conductor-tui ", env!("CARGO_PKG_VERSION"), "^[\\");
    let table: &[(&str, &str)] = &[
        ("\u{1b}[c", "^[[?6c"),
        ("\u{1b}[0c", "^[[?6c"),
        ("\u{1b}Z", "^[[?6c"),
        ("\u{1b}[>c", "^[[>0;2600;1c"),
        ("\u{1b}[=c", "^[P!|00000000^[\\"),
        ("\u{1b}[5n", "^[[0n"),
        ("\u{1b}[3;4H\u{1b}[6n", "^[[3;4R"),
        ("\u{1b}[3;4H\u{1b}[?6n", "^[[?3;4R"),
        ("\u{1b}[5;10r\u{1b}[?6h\u{1b}[6n", "^[[1;1R"),
        ("\u{1b}[?996n", "^[[?997;1n"),
        ("\u{1b}[>q", version),
        ("\u{1b}[>0q", version),
        ("\u{1b}[?u", "^[[?0u"),
        ("\u{1b}[>7u\u{1b}[?u", "^[[?7u"),
        ("\u{1b}[>7u\u{1b}[=2;3u\u{1b}[?u", "^[[?5u"),
        ("\u{1b}[>1u\u{1b}[>3u\u{1b}[<u\u{1b}[?u", "^[[?1u"),
        ("\u{1b}[14t", "^[[4;480;800t"),
        ("\u{1b}[16t", "^[[6;20;10t"),
        ("\u{1b}[18t", "^[[8;24;80t"),
        ("\u{1b}[?2026$p", "^[[?2026;2$y"),
        ("\u{1b}[?2026h\u{1b}[?2026$p", "^[[?2026;1$y"),
        ("\u{1b}[?2004h\u{1b}[?2004$p", "^[[?2004;1$y"),
        ("\u{1b}[?1049$p", "^[[?1049;2$y"),
        ("\u{1b}[?1016$p", "^[[?1016;2$y"),
        ("\u{1b}[4$p", "^[[4;2$y"),
        ("\u{1b}]10;?\u{7}", "^[]10;rgb:d0d0/d0d0/d0d0^G"),
        ("\u{1b}]11;?\u{1b}\\", "^[]11;rgb:1414/1717/1c1c^[\\"),
        ("\u{1b}]4;1;?\u{7}", "^[]4;1;rgb:cdcd/0000/0000^G"),
        ("\u{1b}]4;1;#102030\u{7}\u{1b}]4;1;?\u{7}", "^[]4;1;rgb:1010/2020/3030^G"),
        ("\u{1b}]7501;?\u{1b}\\", "^[]7501;?^[\\"),
        ("\u{1b}P+q544e\u{1b}\\", "^[P1+r544E=787465726D2D323536636F6C6F72^[\\"),
        ("\u{1b}P+q436f;524742\u{1b}\\", "^[P1+r436F=323536;524742=38^[\\"),
        ("\u{1b}P+q4d73\u{1b}\\", "^[P1+r4D73=1B5D35323B25703125733B257032257307^[\\"),
        ("\u{1b}P+q666f6f\u{1b}\\", "^[P0+r^[\\"),
        ("\u{1b}P$qm\u{1b}\\", "^[P1$r0m^[\\"),
        ("\u{1b}[1;3;4:3;31;48;2;1;2;3;58:5:9m\u{1b}P$qm\u{1b}\\", "^[P1$r0;1;3;4:3;31;48:2::1:2:3;58:5:9m^[\\"),
        ("\u{1b}[9;97;104m\u{1b}P$qm\u{1b}\\", "^[P1$r0;9;97;104m^[\\"),
        ("\u{1b}[3;9r\u{1b}P$qr\u{1b}\\", "^[P1$r3;9r^[\\"),
        ("\u{1b}[5 q\u{1b}P$q q\u{1b}\\", "^[P1$r5 q^[\\"),
        ("\u{1b}P$qx\u{1b}\\", "^[P0$r^[\\"),
        ("\u{1b}[>4;2m\u{1b}[?4m", "^[[>4;2m"),
        ("\u{1b}[>4;2m\u{1b}[>4m\u{1b}[?4m", "^[[>4;0m"),
        ("\u{1b}[>4;1m\u{1b}c\u{1b}[?4m", "^[[>4;0m"),
        ("\u{1b}[?1016h\u{1b}[?1016$p\u{1b}[?1006$p", "^[[?1016;1$y|^[[?1006;2$y"),
        ("\u{1b}[?1016h\u{1b}[?1006h\u{1b}[?1016$p", "^[[?1016;2$y"),
        ("\u{1b}[?9h\u{1b}[?9$p", "^[[?9;1$y"),
    ];
    for (query, answer) in table {
        let got: Vec<String> = replies(query.as_bytes()).into_iter().map(|(_, reply)| reply).collect();
        assert_eq!(got.join("|"), *answer, "{query:?}");
    }
}

#[test]
fn nothing_else_is_answered() {
    for bytes in [
        "\u{1b}]52;c;?\u{7}",
        "\u{1b}]99;i=1:p=?;\u{1b}\\",
        "\u{1b}]1337;Capabilities\u{7}",
        "\u{1b}_Gi=31,s=1,v=1,a=q;AAAA\u{1b}\\",
        "\u{1b}[21t",
        "\u{1b}]66;w=2;x\u{7}",
    ] {
        assert_eq!(replies(bytes.as_bytes()), [], "{bytes:?}");
    }
}

/// # Invariant
/// Answers leave in the order of the questions: Claude asks for the status protocol before it asks who we are,
/// and takes an answer to the second for a no to the first.
#[test]
fn answers_keep_the_order_of_the_questions() {
    let burst = "\u{1b}[>0q\u{1b}[?u\u{1b}]7501;?\u{1b}\\\u{1b}[c";
    let version = concat!("^[P>|conductor-tui ", env!("CARGO_PKG_VERSION"), "^[\\");
    let expected = [version, "^[[?0u", "^[]7501;?^[\\", "^[[?6c"];
    for (before, after) in [("", ""), ("\u{1b}[?2026h", "\u{1b}[?2026l"), ("some text\r\n", "")] {
        let bytes = format!("{before}{burst}{after}");
        let got = replies(bytes.as_bytes());
        assert_eq!(got.iter().map(|(_, reply)| reply.as_str()).collect::<Vec<_>>(), expected);
        let start = before.len() as u64;
        assert_eq!(got.iter().map(|(at, _)| at - start).collect::<Vec<_>>(), [0, 5, 9, 19]);
        // The same when every byte comes alone.
        let mut alone = Screen::new(Size::new(80, 24));
        for (offset, byte) in bytes.bytes().enumerate() {
            alone.feed(offset as u64, &[byte]);
        }
        let mut whole = screen(80, 24, bytes.as_bytes());
        assert_eq!(alone.take_replies(), whole.take_replies());
    }
}

#[test]
fn a_query_has_one_reply_however_much_it_asks() {
    let got = replies(b"\x1b]4;0;?;1;?;2;?\x07");
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].1.matches("rgb:").count(), 3);
}

#[test]
fn synchronized_updates_are_seen_and_stripped() {
    let mut screen = screen(20, 3, b"\x1b[?2026;25lx\x1b[?2026h");
    assert!(screen.synchronized());
    assert!(!screen.cursor().visible);
    screen.feed(screen.offset(), b"abc");
    assert_eq!(screen.row(0).text(), "xabc");
    let before = screen.revision();
    screen.end_synchronized();
    assert!(!screen.synchronized() && screen.revision() > before);
    screen.feed(screen.offset(), b"\x1b[?2026h\x1bc");
    assert!(!screen.synchronized(), "a reset ends the update");
}

#[test]
fn programs_tell() {
    let base = "aGk=";
    let bytes = format!(
        "\u{1b}]0;first\u{7}\u{1b}]2;\u{2733} Claude; Code\u{7}\u{7}\u{1b}]7501;state=blocked:kind=question:msg={base}\u{7}\
         \u{1b}]9;4;1;40\u{7}\u{1b}]9;done\u{7}\u{1b}]777;notify;Claude;needs you\u{7}\u{1b}]99;i=1:e=1;{base}\u{7}\
         \u{1b}]7;file://host/a%20b\u{7}\u{1b}]133;A\u{7}\u{1b}]133;D;3\u{7}\u{1b}]52;c;{base}\u{7}"
    );
    let mut screen = screen(80, 24, bytes.as_bytes());
    let notices = screen.take_notices();
    assert_eq!(screen.title(), "\u{2733} Claude; Code");
    assert_eq!(notices[0], Notice::Title("\u{2733} Claude; Code".into()));
    assert_eq!(notices[1], Notice::Bell);
    assert!(
        matches!(&notices[2], Notice::Program(state) if state.state == ProgramPhase::Blocked && state.message.as_deref() == Some("hi"))
    );
    assert_eq!(
        notices[3..],
        [
            Notice::Progress(Progress::Percent(40)),
            Notice::Notify("done".into()),
            Notice::Notify("Claude: needs you".into()),
            Notice::Notify("hi".into()),
            Notice::Cwd("/a b".into()),
            Notice::Mark { mark: 'A', exit: None },
            Notice::Mark { mark: 'D', exit: Some(3) },
            Notice::Clipboard { selection: "c".into(), text: "hi".into() },
        ]
    );
    assert_eq!(screen.take_notices(), []);
}

#[test]
fn floods_of_notices_and_queries_stay_bounded() {
    let mut flood = Vec::new();
    for _ in 0..5000 {
        flood.extend_from_slice(b"\x07\x1b[c\x1b]9;x\x07");
    }
    let mut screen = screen(80, 24, &flood);
    assert!(screen.take_notices().len() <= 1024);
    assert!(screen.take_replies().len() <= 1024);
}

#[test]
fn titles_are_pushed_and_popped() {
    let mut screen = screen(80, 24, b"\x1b]2;one\x07\x1b[22;0t\x1b]2;two\x07");
    assert_eq!(screen.title(), "two");
    screen.feed(screen.offset(), b"\x1b[23;0t");
    assert_eq!(screen.title(), "one");
}

#[test]
fn overlaps_are_left_out_and_gaps_are_survived() {
    let mut screen = screen(20, 2, b"abc\x1b[");
    screen.feed(1, b"bc\x1b[1mX");
    assert_eq!((screen.row(0).text(), screen.offset()), ("abcX".to_owned(), 8));
    screen.feed(8, b"\x1b]0;never");
    screen.feed(100, b"Y");
    assert_eq!((screen.row(0).text(), screen.offset()), ("abcXY".to_owned(), 101));
}

#[test]
fn links_are_cells_with_a_number_and_a_target() {
    let mut screen = screen(
        12,
        3,
        b"\x1b]8;;https://a/x\x1b\\link\x1b]8;;\x07 no \x1b]8;id=1;https://b/\x07long link text\x1b]8;;\x07.",
    );
    let linked: Vec<(String, Option<String>)> = screen
        .rows()
        .iter()
        .flat_map(|row| &row.runs)
        .map(|run| (run.text.clone(), screen.link(run.style.link).map(str::to_owned)))
        .collect();
    let to = |target: &str| Some(target.to_owned());
    assert_eq!(
        linked,
        [
            ("link".into(), to("https://a/x")),
            (" no ".into(), None),
            ("long".into(), to("https://b/")),
            (" link text".into(), to("https://b/")),
            (".".into(), None)
        ]
    );
    // They survive a checkpoint and a resize, and go to clients with the rows that have them.
    let mut again = Screen::restore(&screen.checkpoint()).unwrap();
    again.resize(Size::new(30, 3));
    let parts = crate::core::screen::FrameCursor::new().next(&mut again).unwrap();
    let targets: Vec<&str> = parts.links.iter().map(|(_, target)| target.as_str()).collect();
    assert_eq!(targets, ["https://a/x", "https://b/"]);
    assert_eq!(screen.take_replies(), []);
}

#[test]
fn a_soft_reset_takes_modes_back_and_draws_nothing() {
    let mut screen =
        screen(10, 4, b"ab\r\ncd\x1b[2;3r\x1b[2;2H\x1b[?25l\x1b[?1h\x1b[4h\x1b[7m\x1b(0\x1b[>4;2m\x1b[!pq");
    assert_eq!((screen.row(0).text(), screen.row(1).text()), ("ab".to_owned(), "cq".to_owned()));
    assert_eq!(screen.modes(), crate::core::screen::mode::ALTERNATE_SCROLL);
    assert!(screen.cursor().visible);
    screen.feed(screen.offset(), b"\x1bP$qr\x1b\\");
    assert_eq!(screen.take_replies().pop().unwrap().bytes, b"\x1bP1$r1;4r\x1b\\");
}
