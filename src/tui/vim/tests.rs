//! What each key of vim does to a text, its cursor (`|` stands before the character it is upon) and the mode; and laws that
//! hold for any keys. What real vim does with the same keys is the measure.

use super::{Mode, Reply, Vim};
use crate::core::keys::{Key, KeyCode, parse_key};
use crate::tui::field::Field;
use proptest::prelude::*;

/// A field and the habits, as a dialog has them.
struct Bench {
    field: Field,
    vim: Vim,
    is_one_line: bool,
    passed: Vec<Key>,
}

impl Bench {
    /// In NORMAL, upon the character behind `|`.
    fn new(text: &str, is_one_line: bool) -> Bench {
        let at = text.chars().position(|c| c == '|').unwrap();
        let mut field = Field::default();
        field.insert(&text.replace('|', ""), true);
        let mut bench =
            Bench { field, vim: Vim { mode: Mode::Normal, ..Vim::default() }, is_one_line, passed: Vec::new() };
        bench.field.note_first();
        bench.press(Key::char('g'));
        bench.press(Key::char('g'));
        bench.press(Key::char('0'));
        for _ in 0..at {
            bench.field.key(Key::plain(KeyCode::Right));
        }
        bench
    }

    fn press(&mut self, key: Key) {
        if let Reply::Pass(key) = self.field.modal_key(&mut self.vim, key, self.is_one_line) {
            let is_typed = self.vim.mode == Mode::Insert && self.field.key(key);
            if !is_typed {
                self.passed.push(key);
            }
        }
    }

    /// Letters, and other keys in `<…>`.
    fn presses(&mut self, keys: &str) {
        let mut rest = keys;
        while let Some(c) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|named| named.split_once('>'));
            let (key, after) = match named {
                Some((name, after)) => (parse_key(name).unwrap(), after),
                None => (Key::char(c), &rest[c.len_utf8()..]),
            };
            self.press(key);
            rest = after;
        }
    }

    fn shown(&self) -> String {
        let mut chars: Vec<char> = self.field.text().chars().collect();
        chars.insert(self.field.place(), '|');
        format!("{} {}", self.vim.mode.word().to_lowercase(), String::from_iter(chars))
    }
}

fn check(is_one_line: bool, rows: &[(&str, &str, &str)]) {
    for (before, keys, after) in rows {
        let mut bench = Bench::new(before, is_one_line);
        bench.presses(keys);
        let expected = if after.contains(' ') && ["insert", "visual", "normal"].iter().any(|m| after.starts_with(m)) {
            (*after).to_owned()
        } else {
            format!("normal {after}")
        };
        assert_eq!(bench.shown(), expected, "{before:?} {keys}");
    }
}

#[test]
fn movements() {
    check(
        true,
        &[
            ("one t|wo", "h", "one |two"),
            ("one t|wo", "9h", "|one two"),
            ("one t|wo", "l", "one tw|o"),
            ("one t|wo", "9l", "one tw|o"),
            ("  one t|wo", "0", "|  one two"),
            ("  one t|wo", "^", "  |one two"),
            ("one| two", "$", "one tw|o"),
            ("|one two, three", "w", "one |two, three"),
            ("|one two, three", "3w", "one two, |three"),
            ("|one two", "9w", "one tw|o"),
            ("one two, |three", "b", "one two|, three"),
            ("one two, |three", "9b", "|one two, three"),
            ("|one two, three", "e", "on|e two, three"),
            ("on|e two, three", "e", "one tw|o, three"),
            ("|one two, three", "9e", "one two, thre|e"),
            ("|a-b-c-d", "f-", "a|-b-c-d"),
            ("|a-b-c-d", "2f-;", "a-b-c|-d"),
            ("|a-b-c-d", "f-;,", "a|-b-c-d"),
            ("|a-b-c-d", "t-", "|a-b-c-d"),
            ("|a-b-c-d", "t-;", "a-|b-c-d"),
            ("a-b-c-|d", "F-", "a-b-c|-d"),
            ("a-b-c-|d", "T-;", "a-b-|c-d"),
            ("|a-b", "fx", "|a-b"),
            ("|a-b", "f<esc>", "|a-b"),
            ("|", "wbe$0^hlf;", "|"),
            ("one |two", "<home>", "|one two"),
            ("one |two", "<left>", "one| two"),
            ("one |two", "<end><backspace>", "one t|wo"),
            ("|é ü→ 漢字", "ww", "é ü|→ 漢字"),
        ],
    );
}

#[test]
fn changes_within_a_line() {
    check(
        true,
        &[
            ("one |two", "x", "one |wo"),
            ("one t|wo", "9x", "one |t"),
            ("one t|wo", "X", "one |wo"),
            ("|one", "X", "|one"),
            ("|one", "rx", "|xne"),
            ("|one", "3rx", "xx|x"),
            ("|one", "4rx", "|one"),
            ("o|ne", "s", "insert o|e"),
            ("o|ne", "sxy<esc>", "ox|ye"),
            ("one |two", "Snew<esc>", "ne|w"),
            ("one |two", "D", "one| "),
            ("one |two", "Cx<esc>", "one |x"),
            ("|one two three", "dw", "|two three"),
            ("|one two three", "d2w", "|three"),
            ("|one two three four five", "2d2w", "|five"),
            ("one two |three", "dw", "one two| "),
            ("one two |three", "db", "one |three"),
            ("one |two three", "de", "one | three"),
            ("one t|wo three", "d$", "one |t"),
            ("one t|wo three", "d0", "|wo three"),
            ("one t|wo three", "d^", "|wo three"),
            ("|a-b-c", "df-", "|b-c"),
            ("|a-b-c", "dt-", "|-b-c"),
            ("a-b-|c", "dF-", "a-b|c"),
            ("a-b-|c", "dT-", "a-b-|c"),
            ("|a-b-c-d", "f-d;", "a|c-d"),
            ("|a-b", "dfx", "|a-b"),
            ("one |two", "dl", "one |wo"),
            ("one |two", "dh", "one|two"),
            ("|one two", "cwx<esc>", "|x two"),
            ("one| two", "cwx<esc>", "one|xtwo"),
            ("|one two three", "c2wx<esc>", "|x three"),
            ("one tw|o", "cw", "insert one tw|"),
            ("one |two", "dd", "|"),
            ("one |two", "cc", "insert |"),
            ("one |two", "ccx<esc>", "|x"),
            ("one |two", "yyp", "one tone tw|owo"),
            ("|one two", "yw$p", "one twoone| "),
            ("|one two", "ywP", "one| one two"),
            ("|ab", "x3p", "baa|a"),
            ("|ab", "xp", "b|a"),
            ("|ab", "p", "|ab"),
            ("one |two", "y0", "|one two"),
            // A command that is none is forgotten.
            ("one |two", "dzx", "one |wo"),
            ("one |two", "d<esc>x", "one |wo"),
            ("one |two", "dcx", "one |wo"),
            ("one |two", "3<esc>x", "one |wo"),
        ],
    );
}

#[test]
fn ways_to_type() {
    check(
        true,
        &[
            ("o|ne", "i", "insert o|ne"),
            ("o|ne", "ix<esc>", "o|xne"),
            ("o|ne", "a", "insert on|e"),
            ("on|e", "ax<esc>", "one|x"),
            ("  o|ne", "I", "insert   |one"),
            ("o|ne", "A", "insert one|"),
            ("|", "a", "insert |"),
            ("|", "ia<esc>", "|a"),
            ("one| two", "i<ctrl-w>", "insert | two"),
            ("one| two", "i<ctrl-[>", "on|e two"),
            // Where there is one line only.
            ("o|ne", "ox", "o|e"),
            ("o|ne", "Ox", "o|e"),
        ],
    );
}

#[test]
fn several_lines() {
    check(
        false,
        &[
            ("|one\ntwo", "j", "one\n|two"),
            ("one\n|two", "k", "|one\ntwo"),
            ("lon|ger\na\nlonger", "jj", "longer\na\nlon|ger"),
            ("lon|ger\na\nlonger", "$jj", "longer\na\nlonge|r"),
            ("|a\nb\nc", "G", "a\nb\n|c"),
            ("|a\nb\nc", "2G", "a\n|b\nc"),
            ("a\nb\n|c", "gg", "|a\nb\nc"),
            ("a\nb\n|c", "2gg", "a\n|b\nc"),
            ("|one\n  two", "w", "one\n  |two"),
            ("|one\n\ntwo", "w", "one\n|\ntwo"),
            ("|one\n\ntwo", "ww", "one\n\n|two"),
            ("one\n\n|two", "bb", "|one\n\ntwo"),
            ("on|e\ntwo", "e", "one\ntw|o"),
            ("on|e\ntwo", "l", "on|e\ntwo"),
            ("one\n|two", "h", "one\n|two"),
            ("one t|wo\nthree", "dw", "one |t\nthree"),
            ("o|ne\ntwo", "d2w", "|o"),
            ("one\n|two", "db", "|two"),
            ("one two\n|three", "db", "one| \nthree"),
            ("one\nt|wo\nthree", "dd", "one\n|three"),
            ("one\n|two", "dd", "|one"),
            ("|one\ntwo\nthree", "2dd", "|three"),
            ("|one\ntwo\nthree", "dj", "|three"),
            ("one\ntwo\n|three", "dk", "|one"),
            ("one\n|two", "dj", "one\n|two"),
            ("one\nt|wo\nthree", "dG", "|one"),
            ("one\nt|wo\nthree", "dgg", "|three"),
            ("one\nt|wo\nthree", "ccx<esc>", "one\n|x\nthree"),
            ("one\nt|wo\nthree", "cjx<esc>", "one\n|x"),
            ("o|ne\ntwo", "yyjp", "one\ntwo\n|one"),
            ("o|ne\ntwo", "yyP", "|one\none\ntwo"),
            ("one\nt|wo", "yk", "o|ne\ntwo"),
            ("|one\ntwo", "yj2p", "one\n|one\ntwo\none\ntwo\ntwo"),
            ("|one\ntwo", "oa<esc>", "one\n|a\ntwo"),
            ("one\n|two", "Oa<esc>", "one\n|a\ntwo"),
            ("|one\ntwo", "D", "|\ntwo"),
            ("|one\ntwo\nthree", "2D", "|three"),
            ("o|ne\ntwo\nthree", "2D", "|o\nthree"),
            ("|\ntwo", "x", "|\ntwo"),
            ("|\ntwo", "dwp", "two\n|"),
            ("a\n|", "dd", "|a"),
            ("one\ntw|o", "<up>x", "o|n\ntwo"),
        ],
    );
}

#[test]
fn a_selection() {
    check(
        true,
        &[
            ("one |two three", "ve", "visual one tw|o three"),
            ("one |two three", "ved", "one | three"),
            ("one |two three", "vex", "one | three"),
            ("one |two three", "vecx<esc>", "one |x three"),
            ("one |two three", "veyP", "one tw|otwo three"),
            ("one |two three", "vbd", "|wo three"),
            ("one |two three", "v2ed", "one| "),
            ("one |two three", "vf d", "one |three"),
            ("one |two three", "v<esc>", "one |two three"),
            ("one |two three", "vvx", "one |wo three"),
            ("one |two three", "v$y", "one |two three"),
            ("|", "vd", "|"),
        ],
    );
    check(false, &[("o|ne\ntwo", "vjd", "o|o"), ("o|ne\ntwo\nx", "vGd", "|o"), ("one\nt|wo", "vggy", "|one\ntwo")]);
}

#[test]
fn taken_back_and_done_again() {
    check(
        true,
        &[
            ("one |two", "xu", "one |two"),
            ("one |two", "xxu", "one |wo"),
            ("one |two", "xx2u", "one |two"),
            ("one |two", "xx9u", "one |two"),
            ("one |two", "xxuu<ctrl-r>", "one |wo"),
            ("one |two", "xxuu2<ctrl-r>", "one |o"),
            ("one |two", "xuX<ctrl-r>", "one|two"),
            // All that was typed at once.
            ("one |two", "cwthree<esc>u", "one |two"),
            ("one |two", "Aabc<ctrl-h>x<esc>u", "one tw|o"),
            ("one |two", "A<ctrl-w>x<esc>u", "one |two"),
            ("|", "ione<esc>atwo<esc>u", "on|e"),
            ("|aab", "xu", "|aab"),
            ("|one", "u<ctrl-r>", "|one"),
        ],
    );
}

#[test]
fn what_is_not_the_texts_is_the_dialogs() {
    let passed = |text: &str, keys: &str| {
        let mut bench = Bench::new(text, false);
        bench.presses(keys);
        bench.passed.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
    };
    for (text, keys, expected) in [
        ("|a", "<esc>", "esc"),
        ("|a", "i<esc>", ""),
        ("|a", "i<esc><esc>", "esc"),
        ("|a", "d<esc>v<esc><esc>", "esc"),
        ("|a", "<enter>i<enter>", "enter enter"),
        ("|a", "<tab><pgdn>", "tab pgdn"),
        ("|a", "<ctrl-n><ctrl-p><ctrl-j>", "ctrl-n ctrl-p ctrl-j"),
        ("|a", "<ctrl-w><alt-b>qQzZ", ""),
        ("|a", "jk", "down up"),
        ("|a", "<down><up>", "down up"),
        ("|a\nb", "jk", ""),
        ("|a\nb", "jjkk", "down up"),
        ("|a", "djdkvjk", ""),
        ("|a", "r<enter>", ""),
    ] {
        assert_eq!(passed(text, keys), expected, "{text:?} {keys}");
    }
}

#[test]
fn what_was_cut_in_one_field_is_put_into_another() {
    let mut bench = Bench::new("|one\ntwo", false);
    bench.presses("dj");
    (bench.field, bench.is_one_line) = (Field::new("x"), true);
    bench.presses("p");
    assert_eq!(bench.shown(), "normal xone tw|o");
}

#[test]
fn nothing_grows_without_bound() {
    let mut bench = Bench::new("|one", false);
    for _ in 0..40 {
        bench.presses("vGy9999p");
    }
    assert!(bench.field.text().len() <= super::LONGEST);
}

/// Keys of all kinds, those that matter often.
fn any_key() -> impl Strategy<Value = Key> {
    let letters = "hl0^$webxXrsSDCdcyypPuiIaAoOjkfFtT;,vgG123 -z(é漢";
    let letters: Vec<Key> = letters.chars().map(Key::char).collect();
    let others =
        ["esc", "esc", "esc", "ctrl-r", "left", "right", "up", "down", "home", "end", "backspace", "delete", "enter"];
    let others: Vec<Key> = others
        .iter()
        .chain(&["ctrl-w", "ctrl-u", "ctrl-k", "ctrl-y", "tab"])
        .map(|name| parse_key(name).unwrap())
        .collect();
    prop_oneof![4 => prop::sample::select(letters), 1 => prop::sample::select(others)]
}

proptest! {
    #[test]
    fn any_keys_leave_a_cursor_within_the_text_and_all_can_be_taken_back(
        text in "[a-c ,é漢\n]{0,24}",
        keys in prop::collection::vec(any_key(), 0..60),
        is_one_line: bool,
    ) {
        let text = if is_one_line { text.replace('\n', " ") } else { text };
        let mut bench = Bench::new(&format!("|{text}"), is_one_line);
        let first = bench.field.text();
        for key in keys {
            bench.press(key);
            let (line, column) = bench.field.cursor();
            let length = bench.field.lines()[line].chars().count();
            // Upon a character, where keys are commands.
            let last = if bench.vim.mode == Mode::Insert { length } else { length.saturating_sub(1) };
            prop_assert!(column <= last, "{}", bench.shown());
            prop_assert!(!is_one_line || bench.field.lines().len() == 1);
        }
        bench.presses("<esc><esc>9999<ctrl-r>");
        let newest = bench.field.text();
        bench.presses("9999u");
        prop_assert_eq!(&bench.field.text(), &first);
        bench.presses("9999<ctrl-r>");
        prop_assert_eq!(bench.field.text(), newest);
    }
}
