//! How the outer terminal answers: reads the escape sequences of a stream, whatever the pieces they come in, answers
//! queries in the order they came, and keeps the modes that a program has set and not taken back. Used by `outer.rs`.
//! It must never answer what the persona does not know: programs tell terminals apart by silence.

use std::collections::BTreeMap;

/// A kind of terminal, by its answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Persona {
    /// xterm: DA1, DA2, DSR, CPR, colours, XTVERSION, DECRQM; no kitty keyboard.
    Xterm,
    /// As kitty: the above, and the kitty keyboard protocol.
    Kitty,
    /// As a terminal of the last century: DA1, and nothing else.
    Old,
    /// Answers nothing: a dumb line, a terminal whose answers are lost.
    Mute,
}

/// One escape sequence of the stream, or a piece of everything else.
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum Piece {
    /// Text and control characters.
    Plain,
    /// `ESC [ body`, the final character last.
    Csi(String),
    /// `ESC ] body`, without its end.
    Osc(String),
    /// `ESC P body`, without its end.
    Dcs(String),
    /// `ESC x` and other short ones.
    Esc(String),
}

/// Cuts a stream into pieces; keeps the beginning of a sequence that has not ended yet.
#[derive(Default)]
pub struct Scanner {
    open: Vec<u8>,
}

/// A string sequence longer than this is no query; forgetting it keeps a broken stream from growing without end.
const LONGEST: usize = 1 << 20;

impl Scanner {
    /// The pieces of `bytes`, each with the bytes that make it up, in order.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<(Piece, Vec<u8>)> {
        let mut pieces = vec![];
        let mut plain = vec![];
        for byte in bytes {
            if self.open.is_empty() && *byte != 0x1b {
                plain.push(*byte);
                continue;
            }
            if !plain.is_empty() {
                pieces.push((Piece::Plain, std::mem::take(&mut plain)));
            }
            self.open.push(*byte);
            if let Some(piece) = complete(&self.open) {
                pieces.push((piece, std::mem::take(&mut self.open)));
            } else if self.open.len() > LONGEST {
                pieces.push((Piece::Plain, std::mem::take(&mut self.open)));
            }
        }
        if !plain.is_empty() {
            pieces.push((Piece::Plain, plain));
        }
        pieces
    }
}

/// The sequence that `bytes` (which begin with ESC) make up, if they are complete.
fn complete(bytes: &[u8]) -> Option<Piece> {
    let text = |from: usize, to: usize| String::from_utf8_lossy(&bytes[from..to]).into_owned();
    let last = *bytes.last()?;
    match bytes.get(1)? {
        b'[' => (bytes.len() > 2 && (0x40..=0x7e).contains(&last)).then(|| Piece::Csi(text(2, bytes.len()))),
        kind @ (b']' | b'P' | b'_' | b'^' | b'X') => {
            let end = if bytes.len() > 3 && bytes.ends_with(b"\x1b\\") {
                bytes.len() - 2
            } else if *kind == b']' && last == 7 {
                bytes.len() - 1
            } else {
                return None;
            };
            Some(match kind {
                b']' => Piece::Osc(text(2, end)),
                b'P' => Piece::Dcs(text(2, end)),
                _ => Piece::Esc(text(1, end)),
            })
        }
        // Intermediates (0x20-0x2f) go on; anything else ends it.
        _ => (!(0x20..0x30).contains(&last)).then(|| Piece::Esc(text(1, bytes.len()))),
    }
}

impl Persona {
    /// The answer to one piece, if it is a query that this persona knows. `cursor` is column and row, from 0; `light`:
    /// the user likes it light.
    pub fn answer(self, piece: &Piece, cursor: (u16, u16), modes: &Modes, light: bool) -> Option<String> {
        if self == Persona::Mute {
            return None;
        }
        if self == Persona::Old {
            let asked = matches!(piece, Piece::Csi(body) if body == "c" || body == "0c");
            return asked.then(|| "\x1b[?1;2c".into());
        }
        let kitty = self == Persona::Kitty;
        Some(match piece {
            Piece::Csi(body) => match body.as_str() {
                "c" | "0c" => if kitty { "\x1b[?62;52;c" } else { "\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c" }.into(),
                ">c" | ">0c" => if kitty { "\x1b[>1;4000;42c" } else { "\x1b[>41;379;0c" }.into(),
                "5n" => "\x1b[0n".into(),
                "6n" => format!("\x1b[{};{}R", cursor.1 + 1, cursor.0 + 1),
                ">q" | ">0q" => if kitty { "\x1bP>|kitty(0.42.0)\x1b\\" } else { "\x1bP>|XTerm(379)\x1b\\" }.into(),
                "?u" if kitty => format!("\x1b[?{}u", modes.kitty_flags()),
                "14t" => "\x1b[4;720;1280t".into(),
                "16t" => "\x1b[6;16;8t".into(),
                query => {
                    // DECRQM: 1 set, 2 reset, 0 unknown. Synchronised output is what programs ask for.
                    let mode: u16 = query.strip_prefix('?')?.strip_suffix("$p")?.parse().ok()?;
                    let state = match modes.private.get(&mode) {
                        Some(true) => 1,
                        Some(false) => 2,
                        None if KNOWN_MODES.contains(&mode) || (kitty && mode == 2031) => 2,
                        None => 0,
                    };
                    format!("\x1b[?{mode};{state}$y")
                }
            },
            Piece::Osc(body) => match body.as_str() {
                "10;?" if light => "\x1b]10;rgb:1111/1111/1111\x1b\\".into(),
                "10;?" => "\x1b]10;rgb:e5e5/e5e5/e5e5\x1b\\".into(),
                "11;?" if light => "\x1b]11;rgb:fafa/fafa/f0f0\x1b\\".into(),
                "11;?" => "\x1b]11;rgb:0000/0000/0000\x1b\\".into(),
                query => {
                    // One shade of green for each, so that a test can tell them apart.
                    let index: u8 = query.strip_prefix("4;")?.strip_suffix(";?")?.parse().ok()?;
                    format!("\x1b]4;{index};rgb:0000/{index:02x}{index:02x}/0000\x1b\\")
                }
            },
            _ => return None,
        })
    }
}

/// The modes that a DECRQM finds to exist even when nobody has set them.
const KNOWN_MODES: &[u16] = &[1, 7, 25, 1000, 1002, 1003, 1004, 1006, 1049, 2004, 2026];

/// What a program has switched on and not yet taken back.
#[derive(Default, Debug, Clone)]
pub struct Modes {
    /// DEC private modes that were ever set or reset, with their last state.
    private: BTreeMap<u16, bool>,
    /// Kitty keyboard flags pushed on the main and on the alternate screen: each has a stack of its own.
    kitty: [Vec<u32>; 2],
    modify_other_keys: u32,
    keypad: bool,
    /// DECSCUSR, 0 is the terminal's own.
    cursor_shape: u32,
}

impl Modes {
    /// Notes what one piece changes.
    pub fn note(&mut self, piece: &Piece) {
        match piece {
            Piece::Esc(body) if body == "=" || body == ">" => self.keypad = body == "=",
            Piece::Esc(body) if body == "c" => *self = Modes::default(),
            Piece::Csi(body) if body == "!p" => *self = Modes { kitty: self.kitty.clone(), ..Modes::default() },
            Piece::Csi(body) => self.note_csi(body),
            _ => {}
        }
    }

    fn note_csi(&mut self, body: &str) {
        let numbers = |text: &str| text.split(';').map(|n| n.parse().unwrap_or(0)).collect::<Vec<u32>>();
        if let Some(list) = body.strip_prefix('?').and_then(|b| b.strip_suffix(['h', 'l'])) {
            for mode in numbers(list) {
                self.private.insert(mode as u16, body.ends_with('h'));
            }
        } else if let Some(flags) = body.strip_prefix('>').and_then(|b| b.strip_suffix('u')) {
            self.kitty_stack().push(flags.parse().unwrap_or(0));
        } else if let Some(count) = body.strip_prefix('<').and_then(|b| b.strip_suffix('u')) {
            for _ in 0..count.parse().unwrap_or(1) {
                self.kitty_stack().pop();
            }
        } else if let Some(list) = body.strip_prefix('=').and_then(|b| b.strip_suffix('u')) {
            let flags = numbers(list)[0];
            let stack = self.kitty_stack();
            stack.pop();
            stack.extend((flags != 0).then_some(flags));
        } else if let Some(list) = body.strip_prefix('>').and_then(|b| b.strip_suffix('m')) {
            let list = numbers(list);
            if list[0] == 4 {
                self.modify_other_keys = list.get(1).copied().unwrap_or(0);
            }
        } else if let Some(shape) = body.strip_suffix(" q") {
            self.cursor_shape = shape.parse().unwrap_or(0);
        }
    }

    fn is_alternate(&self) -> bool {
        [47, 1047, 1049].iter().any(|mode| self.is_set(*mode))
    }

    fn kitty_stack(&mut self) -> &mut Vec<u32> {
        let screen = usize::from(self.is_alternate());
        &mut self.kitty[screen]
    }

    /// The kitty keyboard flags in force.
    pub fn kitty_flags(&self) -> u32 {
        self.kitty[usize::from(self.is_alternate())].last().copied().unwrap_or(0)
    }

    /// The level of xterm's modifyOtherKeys in force.
    pub fn other_keys(&self) -> u32 {
        self.modify_other_keys
    }

    pub fn is_set(&self, mode: u16) -> bool {
        self.private.get(&mode).copied().unwrap_or(false)
    }

    /// Whether the program listens to the mouse.
    pub fn wants_mouse(&self) -> bool {
        [9, 1000, 1002, 1003].iter().any(|mode| self.is_set(*mode))
    }

    /// Everything that differs from a terminal nobody has touched, in words.
    pub fn left_behind(&self) -> Vec<String> {
        // Shown cursor and automatic wrap are on in a fresh terminal, everything else is off.
        let changed = self.private.iter().filter(|(mode, on)| **on != [7, 25].contains(*mode));
        let mut left: Vec<String> =
            changed.map(|(mode, on)| format!("{} is {}", name(*mode), if *on { "on" } else { "off" })).collect();
        for (stack, screen) in self.kitty.iter().zip(["main", "alternate"]) {
            if !stack.is_empty() {
                left.push(format!("kitty keyboard flags {stack:?} on the {screen} screen"));
            }
        }
        if self.modify_other_keys != 0 {
            left.push(format!("modifyOtherKeys {}", self.modify_other_keys));
        }
        if self.keypad {
            left.push("application keypad".into());
        }
        if self.cursor_shape != 0 {
            left.push(format!("cursor shape {}", self.cursor_shape));
        }
        left
    }
}

fn name(mode: u16) -> String {
    let word = match mode {
        1 => "application cursor keys",
        7 => "automatic wrap",
        25 => "the cursor",
        47 | 1047 | 1049 => "the alternate screen",
        9 | 1000 | 1002 | 1003 => "mouse reporting",
        1005 | 1006 | 1015 | 1016 => "a mouse encoding",
        1004 => "focus reporting",
        2004 => "bracketed paste",
        2026 => "synchronised output",
        _ => "a mode",
    };
    format!("{word} (?{mode})")
}
