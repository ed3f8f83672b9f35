//! Whether eyes can read the shipped themes and tell the states apart: contrast as WCAG counts it, distances as CIE76
//! does, under four kinds of colour vision (the matrices of Machado, Oliveira and Fernandes, 2009, full strength).

use super::{Role, Sheet, Shelf};
use crate::base::cell::Color;
use crate::base::lab::{Lab, Rgb, contrast, linear};
use crate::base::palette;
use std::path::Path;

/// What a theme has to reach.
struct Limits {
    /// Everything that is read, on the background, on bars, on overlays and on the selected row.
    text: f32,
    /// The words and signs of states, on the background.
    state: f32,
    /// The same where they stand on the selected row or an overlay.
    state_on_surface: f32,
    /// Frames, and what is faint: numbers and paths that only repeat what stands elsewhere. WCAG asks 3 of lines.
    line: f32,
    /// Between any two of waiting, working, done, failed, paused.
    distance: f32,
}

/// What readable text, lines and glances need.
const USUAL: Limits = Limits { text: 4.5, state: 4.5, state_on_surface: 4.0, line: 3.0, distance: 20.0 };

/// What is asked of a theme; where less is asked than usual, the reason.
fn limits(name: &str) -> Option<Limits> {
    Some(match name {
        "conductor-dark" | "conductor-light" => USUAL,
        // WCAG AAA.
        "high-contrast" | "high-contrast-light" => {
            Limits { text: 7.0, state: 7.0, state_on_surface: 4.5, line: 4.5, distance: 25.0 }
        }
        // Fourteen pastels of nearly one lightness: eyes without one kind of cone have little left to tell them by. Of
        // all choices that keep waiting yellow, working blue and failed red, this has the widest closest pair (14.5);
        // waiting is 25 from all others.
        "catppuccin-mocha" => Limits { distance: 14.0, ..USUAL },
        // No yellow, peach or green of it can be read on its background (2.3 to 3.0), and darker ones come near its
        // red: waiting has what bold letters need (3.0), and stands on a block.
        "catppuccin-latte" => Limits { state: 3.0, state_on_surface: 2.7, distance: 14.0, ..USUAL },
        // Its blue and purple are one colour to who sees no red (3.5): working is the colour of text. Its red is a
        // little dark (4.3), and it has no lighter one.
        "gruvbox-dark" => Limits { state: 4.25, state_on_surface: 3.3, distance: 16.0, ..USUAL },
        // Its orange has 3.4, its yellow 2.2; bold, and on a block.
        "gruvbox-light" => Limits { state: 3.3, state_on_surface: 3.0, ..USUAL },
        // The terminal's own colours are nobody's to promise. With xterm's, on its black, magenta and bright blue fall a
        // little short (4.4), and yellow and bright green are one colour to who sees no green (5.0).
        "ansi" => Limits { text: 4.5, state: 4.4, state_on_surface: 4.4, line: 3.0, distance: 4.9 },
        // It has no colours.
        "mono" => return None,
        _ => USUAL,
    })
}

const STATES: [Role; 5] = [Role::Waiting, Role::Working, Role::Done, Role::Failed, Role::Paused];

const VISIONS: [(&str, [[f32; 3]; 3]); 4] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protan",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deutan",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "tritan",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_9]],
    ),
];

fn seen(color: Rgb, vision: &[[f32; 3]; 3]) -> Lab {
    let light = linear(color);
    Lab::of_linear(vision.map(|row| row.iter().zip(light).map(|(m, part)| m * part).sum::<f32>().clamp(0.0, 1.0)))
}

/// As xterm has it, on its black.
fn rgb(color: Option<Color>, default: Rgb) -> Rgb {
    match color {
        Some(Color::Rgb(r, g, b)) => (r, g, b),
        Some(Color::Indexed(n)) => palette::rgb(n),
        Some(Color::Default) | None => default,
    }
}

struct Seen {
    /// Rounded to the 256.
    coarse: bool,
    name: String,
    sheet: Sheet,
    background: Rgb,
    own_text: Rgb,
}

impl Seen {
    fn fg(&self, role: Role) -> Rgb {
        let exact = rgb(self.sheet.look(role).fg, self.own_text);
        if self.coarse { palette::rgb(palette::nearest(16..=255, exact)) } else { exact }
    }

    fn bg(&self, role: Role) -> Rgb {
        rgb(self.sheet.look(role).bg, self.background)
    }

    fn reads(&self, what: &str, fg: Rgb, bg: Rgb, least: f32, complaints: &mut Vec<String>) -> f32 {
        let found = contrast(fg, bg);
        if found < least {
            complaints.push(format!("{} {what}: {found:.2} of {least}", self.name));
        }
        found
    }

    /// The closest two states and how far apart they are.
    fn closest(&self) -> (f32, String) {
        let mut closest = (f32::INFINITY, String::new());
        for (vision, matrix) in &VISIONS {
            for (n, one) in STATES.iter().enumerate() {
                for other in &STATES[n + 1..] {
                    let distance = seen(self.fg(*one), matrix).distance(seen(self.fg(*other), matrix));
                    if distance < closest.0 {
                        closest = (distance, format!("{} and {} ({vision})", one.name(), other.name()));
                    }
                }
            }
        }
        closest
    }

    fn check(&self, limits: &Limits, complaints: &mut Vec<String>) -> String {
        use Role::*;
        let grounds =
            [("background", self.background), ("overlay", self.bg(Overlay)), ("selection", self.bg(Selection))];
        let mut least = [f32::INFINITY; 3];
        for (ground, bg) in grounds {
            // More than the usual is promised on the background alone.
            let asked = if ground == "background" { limits.text } else { USUAL.text };
            for role in [Text, Strong, Dim, Key, Accent, Idle] {
                let what = format!("{} on {ground}", role.name());
                least[0] = least[0].min(self.reads(&what, self.fg(role), bg, asked, complaints));
            }
            for role in STATES {
                let asked = if ground == "background" { limits.state } else { limits.state_on_surface };
                let found = self.reads(&format!("{} on {ground}", role.name()), self.fg(role), bg, asked, complaints);
                if ground == "background" {
                    least[1] = least[1].min(found);
                }
            }
        }
        for role in [Faint, Frame, FrameFocus, FrameWaiting] {
            least[2] = least[2].min(self.reads(role.name(), self.fg(role), self.background, limits.line, complaints));
        }
        for (what, fg, bg) in [
            ("the bar's words", self.fg(Bar), self.bg(Bar)),
            ("the bar's keys", self.fg(Key), self.bg(Bar)),
            ("COMMAND", self.fg(ModeCommand), self.bg(ModeCommand)),
            ("TYPING", self.fg(ModeTyping), self.bg(ModeTyping)),
            ("marked text", self.fg(Text), self.bg(Marked)),
        ] {
            self.reads(what, fg, bg, USUAL.text, complaints);
        }
        self.reads("the waiting block", self.fg(WaitingBlock), self.bg(WaitingBlock), USUAL.text, complaints);
        let (distance, which) = self.closest();
        if distance < limits.distance {
            complaints.push(format!("{} {which}: {distance:.1} of {}", self.name, limits.distance));
        }
        format!(
            "{:20} text {:4.1}  states {:4.1}  lines {:4.1}  closest states {distance:4.1} {which}",
            self.name, least[0], least[1], least[2]
        )
    }
}

#[test]
fn every_shipped_theme_can_be_read_and_its_states_told_apart() {
    let shelf = Shelf::new(Path::new("/nonexistent"));
    let mut complaints = Vec::new();
    for listed in shelf.list() {
        let Some(limits) = limits(&listed.name) else { continue };
        let sheet = shelf.load(&listed.name).unwrap().sheet;
        let background = sheet.background.unwrap_or_default();
        let seen = Seen { coarse: false, name: listed.name, sheet, background, own_text: (229, 229, 229) };
        println!("{}", seen.check(&limits, &mut complaints));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn in_256_colours_states_are_still_told_apart_and_read() {
    let shelf = Shelf::new(Path::new("/nonexistent"));
    for listed in shelf.list() {
        let Some(limits) = limits(&listed.name) else { continue };
        let sheet = shelf.load(&listed.name).unwrap().sheet;
        let background = sheet.background.unwrap_or_default();
        let seen = Seen { coarse: true, name: listed.name, sheet, background, own_text: (229, 229, 229) };
        // Of the 256, two neighbours lie up to 15 apart: two states can move towards one another by a part of that, and
        // one can move towards the background.
        let (distance, which) = seen.closest();
        println!("{:20} closest states {distance:4.1} {which}", seen.name);
        // Palettes that have no room to begin with have none to lose: there the sign and the word tell.
        let has_room = limits.distance >= USUAL.distance && seen.name != "gruvbox-light";
        assert!(!has_room || distance >= limits.distance * 0.6, "{} {which}: {distance}", seen.name);
        for role in STATES {
            let found = contrast(seen.fg(role), background);
            assert!(found >= limits.state * 0.8, "{} {}: {found}", seen.name, role.name());
        }
    }
}

#[test]
fn the_measure_is_the_one_the_palettes_were_chosen_by() {
    // As measured when they were chosen, with a program of its own.
    let shelf = Shelf::new(Path::new("/nonexistent"));
    for (name, expected) in [("conductor-dark", 24.9), ("conductor-light", 35.2)] {
        let sheet = shelf.load(name).unwrap().sheet;
        let seen = Seen { coarse: false, name: name.into(), sheet, background: (0, 0, 0), own_text: (0, 0, 0) };
        assert!((seen.closest().0 - expected).abs() < 0.1, "{name}: {:?}", seen.closest());
    }
}
