//! The tables of `docs/terminal.md` are what the code does: keys as programs get them, questions as they are answered.
//! Those of `docs/keys.md` are the command table: keys, names, and the verb that does the same.
//! CONDUCTOR_TEST_UPDATE=1 writes the page anew.

use conductor_tui::core::keys::{encode, mode, parse_key};
use conductor_tui::core::screen::{Screen, Size};
use conductor_tui::tui::commands::{COMMANDS, CommandSpec, Group};
use conductor_tui::tui::parity::{PARITY, Parity, parity};
use std::fmt::Write as _;
use std::path::Path;

use crate::support::Home;

const KEYS: &[&str] = &[
    "a",
    "A",
    "C-a",
    "C-i",
    "C-m",
    "C-Space",
    "C-/",
    "C-1",
    "C-A",
    "M-x",
    "M-X",
    "C-M-a",
    "Enter",
    "S-Enter",
    "C-Enter",
    "M-Enter",
    "Tab",
    "BTab",
    "C-Tab",
    "BSpace",
    "C-BSpace",
    "M-BSpace",
    "Escape",
    "S-Escape",
    "Up",
    "C-Right",
    "Home",
    "S-End",
    "Insert",
    "Delete",
    "PageUp",
    "C-PageDown",
    "F1",
    "S-F1",
    "F3",
    "F5",
    "F12",
    "F13",
];

const MODES: [(&str, u32); 5] = [
    ("asked for nothing", 0),
    ("`modifyOtherKeys` 1", mode::OTHER_KEYS),
    ("`modifyOtherKeys` 2", mode::OTHER_KEYS_ALL),
    ("kitty 1", mode::KITTY_DISAMBIGUATE),
    ("kitty 31", mode::KITTY_ANY),
];

const QUESTIONS: &[(&str, &str)] = &[
    ("who are you (DA1)", "\x1b[c"),
    ("which version (DA2)", "\x1b[>c"),
    ("which unit (DA3)", "\x1b[=c"),
    ("which program (XTVERSION)", "\x1b[>q"),
    ("are you well (DSR 5)", "\x1b[5n"),
    ("where is the cursor (DSR 6)", "\x1b[3;4H\x1b[6n"),
    ("the same, private", "\x1b[3;4H\x1b[?6n"),
    ("dark or light", "\x1b[?996n"),
    ("kitty keyboard enhancements", "\x1b[>5u\x1b[?u"),
    ("`modifyOtherKeys`", "\x1b[>4;1m\x1b[?4m"),
    ("a private mode (DECRQM)", "\x1b[?2026$p"),
    ("an ANSI mode", "\x1b[4$p"),
    ("size in pixels", "\x1b[14t"),
    ("size of a cell", "\x1b[16t"),
    ("size in cells", "\x1b[18t"),
    ("text colour", "\x1b]10;?\x1b\\"),
    ("background colour", "\x1b]11;?\x1b\\"),
    ("a colour of the palette", "\x1b]4;1;?\x1b\\"),
    ("program status (OSC 7501)", "\x1b]7501;?\x1b\\"),
    ("a capability (XTGETTCAP `TN`)", "\x1bP+q544e\x1b\\"),
    ("a setting (DECRQSS `m`)", "\x1b[1;31m\x1bP$qm\x1b\\"),
    ("another setting (DECRQSS ` q`)", "\x1bP$q q\x1b\\"),
    ("an unknown capability", "\x1bP+q666f6f\x1b\\"),
    ("an unknown setting", "\x1bP$qx\x1b\\"),
    ("the title (`21t`)", "\x1b[21t"),
    ("the clipboard (OSC 52)", "\x1b]52;c;?\x07"),
    ("a checksum of the screen (DECRQCRA)", "\x1b[1;0;1;1;1;1*y"),
    ("an answerback (ENQ)", "\x05"),
];

/// Bytes as people write them.
fn shown(bytes: &[u8]) -> String {
    let mut out = String::new();
    for c in String::from_utf8_lossy(bytes).chars() {
        match c {
            '\x1b' => out.push_str("ESC "),
            ' ' => out.push_str("SP "),
            '\x7f' => out.push_str("DEL "),
            c if (c as u32) < 32 => out.push_str(&format!("^{} ", char::from(c as u8 + b'@'))),
            '|' => out.push_str("\\|"),
            c => out.push(c),
        }
    }
    format!("`{}`", out.trim_end())
}

fn page() -> String {
    let mut out = String::from(
        "# What a program in a pane sees\n\n\
         Made by `tests/it/manual.rs` from the code itself; do not edit it by hand.\n\n\
         ## Keys\n\n\
         What a program gets for a key, by what it asked for. `kitty 1` disambiguates, `kitty 31` has all five enhancements\n\
         of the kitty keyboard protocol; in between, each does what its page says. Names are tmux's: `C-` control, `M-` alt,\n\
         `S-` shift. The terminal around the screen is asked to tell as much as the program in TYPING wants to hear.\n\n| key |",
    );
    for (name, _) in MODES {
        let _ = write!(out, " {name} |");
    }
    out.push_str("\n| --- | --- | --- | --- | --- | --- |\n");
    for name in KEYS {
        let press = parse_key(name).unwrap().into();
        let _ = write!(out, "| `{name}` |");
        for (_, modes) in MODES {
            let _ = write!(out, " {} |", shown(&encode(&press, modes)));
        }
        out.push('\n');
    }
    out.push_str(
        "\n## Questions\n\n\
         What a program is answered, in the order it asked; each answer is typed once. No answer holds text that somebody else\n\
         may have chosen: titles, the clipboard and the screen's content are never told.\n\
         Colours are those of the terminal around the screen, as it told them; the ones below are told until it has.\n\n\
         | question | as asked | answer |\n| --- | --- | --- |\n",
    );
    for (name, question) in QUESTIONS {
        let mut screen = Screen::new(Size::new(80, 24));
        screen.feed(0, question.as_bytes());
        let answers: Vec<u8> = screen.take_replies().into_iter().flat_map(|reply| reply.bytes).collect();
        let answer = if answers.is_empty() { "nothing".to_owned() } else { shown(&answers) };
        let _ = writeln!(out, "| {name} | {} | {answer} |", shown(question.as_bytes()));
    }
    out
}

#[test]
fn the_manuals_tables_are_what_the_code_does() {
    is_what_the_code_does("docs/terminal.md", &page());
}

/// Compares a page with what it should be, or writes it anew.
fn is_what_the_code_does(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var("CONDUCTOR_TEST_UPDATE").is_ok_and(|v| v == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == page, "{name} is not what the code does: CONDUCTOR_TEST_UPDATE=1 writes it anew");
}

fn keys_page() -> String {
    let mut out = String::from(KEYS_HEAD);
    for group in Group::ALL {
        let _ = write!(out, "\n### {}\n\n", group.title());
        out.push_str("| key | command | does | tables | without the screen |\n| --- | --- | --- | --- | --- |\n");
        for command in COMMANDS.iter().filter(|command| command.group == group) {
            let CommandSpec { name, help, .. } = command;
            let keys: Vec<String> = command.keys.iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
            let keys = if keys.is_empty() { "in the palette".to_owned() } else { keys.join(" ") };
            let places: Vec<&str> = command.contexts.iter().map(|context| context.name()).collect();
            let verb = match parity(name) {
                Some(Parity::Verb(verb)) => format!("`{verb}`"),
                _ => String::new(),
            };
            let _ = writeln!(out, "| {keys} | `{name}` | {help} | {} | {verb} |", places.join(", "));
        }
    }
    out
}

const KEYS_HEAD: &str = "\
# Keys

Made by `tests/it/manual.rs` from the command table itself; do not edit it by hand.

There are two modes, named at the left of the status bar. In **COMMAND** single letters act, and agents receive nothing. In
**TYPING** every key goes to the agent, except the leader: `ctrl-q`, or `ctrl-space` within zellij and the terminal of VS
Code. Twice the leader sends it to the agent. A click on the mode's word is the other way out. `?` lists the keys as they
are bound now, `:` finds everything by name.

## Text fields

`enter` submits, `esc` closes, `ctrl-j` breaks a line where there can be several. Text is edited as in every shell:
`ctrl-a e b f h d k u w y`, `alt-b f d`; `ctrl-n` and `ctrl-p` walk a list below the field.

With `[ui] fields = \"vim\"` in `config.toml` (or in the settings, `,`) they have the modes of vim. The status bar names the
mode, the field itself NORMAL and VISUAL, and the cursor is a bar where one types and a block elsewhere. A field begins in
INSERT, where the keys above hold; `esc` leads to NORMAL, and `esc` in NORMAL closes. `enter` submits in all of them.

| keys in NORMAL | do |
| --- | --- |
| `h` `l` `0` `^` `$` `w` `b` `e`, `f` `F` `t` `T` with a letter, `;` `,` | move within the line |
| `j` `k` `gg` `G` | move between lines; at the first and last one `k` and `j` are `up` and `down`: they walk lists and rows |
| `i` `a` `I` `A` `o` `O` | type here, behind, at the line's begin or end, in a new line |
| `d` `c` `y` with a movement, `dd` `cc` `yy`, `D` `C` `x` `X` `s` `S` `r` | delete, change, copy |
| `p` `P` | put what was deleted or copied last, in whichever field |
| `u` `ctrl-r` | take back, do again |
| `v` | select: movements, then `d` `c` `y` |

A count goes before each of them (`3w`, `d2w`); `o` and `O` need a field of several lines.

## Your own keys

`keys.toml` lies beside `config.toml` (`conductor-tui config show` says where). It is read again whenever it is saved.

```toml
leader = [\"ctrl-q\", \"f12\"]         # or a table: see below

[main]
find = [\"/\", \"ctrl-f\"]             # these keys, instead of the built-in ones
take-copy = []                     # none: the palette still has it

[scrolled]
close-past = [\"esc\", \"q\", \"i\"]

[typing]
\"ctrl-alt-n\" = \"next-waiting\"      # a chord that acts although you type to an agent

# [leader]                         # another leader for a kind of agent
# default = [\"ctrl-q\"]
# claude_code = [\"ctrl-space\"]
```

- Each place has its table: `[main]` and, for `attach ID`, `[attached]`; `[scrolled]` and `[copy]` for a pane that stands
  still. A command of several places is bound in each.
- Keys are written as they are shown: `a`, `A`, `ctrl-f`, `alt-x`, `ctrl-alt-n`, `shift-up`, `enter`, `esc`, `tab`, `space`,
  `pgup`, `pgdn`, `home`, `end`, `F5`; tmux's names (`C-f`, `M-x`) do as well.
- `agent-by-number` has a key for each number: the first key is for the first agent.
- A leader and a chord cannot be keys that agents need: text, `enter`, arrows and their like without `ctrl` or `alt`.
- A mistake is named with its line, on the screen and by `conductor-tui config check`; the rest of the file holds. A key
  given to two commands is the first one's. One taken from a built-in command is named too, until you say which keys that
  command is to have. Leader, palette and detach always keep a key: nobody can be locked in.

## Commands

The last column is the verb of the command line that does or tells the same; where it is empty, the command only changes
what you look at.
";

#[test]
fn the_manuals_keys_are_the_command_table() {
    is_what_the_code_does("docs/keys.md", &keys_page());
}

#[test]
fn the_manuals_keys_file_can_be_used() {
    let home = Home::new();
    let example = KEYS_HEAD.split("```").nth(1).unwrap().trim_start_matches("toml");
    home.write("keys.toml", example);
    let said = home.cmd(["config", "check"]).run().ok().stdout;
    assert!(said.contains("keys.toml can be used"), "{said}");
}

#[test]
fn every_verb_that_does_the_same_as_a_command_is_there() {
    let home = Home::new();
    let mut verbs: Vec<&str> = Vec::new();
    for (_, parity) in PARITY {
        if let Parity::Verb(verb) = parity {
            verbs.extend(verb.split(' ').next());
        }
    }
    verbs.sort_unstable();
    verbs.dedup();
    for verb in verbs {
        drop(home.cmd([verb, "--help"]).run().ok());
    }
}
