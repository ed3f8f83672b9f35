//! Makes the pictures of every screen: has the real program show each (the test `screens`, which keeps what it sees), and
//! paints it with the letters of DejaVu Sans Mono. `cargo run --example screenshots`; nothing else is needed but that font
//! (Debian: fonts-dejavu-core; elsewhere name its folder in CONDUCTOR_FONTS). It must never paint what was not seen.

use ab_glyph::{Font, FontVec, PxScale, ScaleFont, point};
use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use std::fs;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Pixels of a cell, in the proportion of the font: 160 columns fill a page, and a picture stays below 200 KB.
const CELL: (usize, usize) = (10, 21);
/// Height of the letters: so wide that they fill a cell.
const LETTERS: f32 = 19.3;
/// The terminal's own colours.
const BACKGROUND: [u8; 3] = [0x14, 0x17, 0x1c];
const FOREGROUND: [u8; 3] = [0xd0, 0xd0, 0xd0];
const SIXTEEN: [[u8; 3]; 16] = [
    [0x20, 0x24, 0x2b],
    [0xcd, 0x5c, 0x5c],
    [0x6a, 0xa8, 0x4f],
    [0xd0, 0xa0, 0x40],
    [0x5c, 0x94, 0xfb],
    [0xb0, 0x80, 0xd0],
    [0x50, 0xb0, 0xb0],
    [0xd0, 0xd0, 0xd0],
    [0x70, 0x78, 0x80],
    [0xee, 0x6f, 0x61],
    [0x90, 0xd0, 0x80],
    [0xff, 0xd8, 0x66],
    [0x80, 0xb0, 0xff],
    [0xd0, 0xa0, 0xf0],
    [0x80, 0xd8, 0xd8],
    [0xff, 0xff, 0xff],
];

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fonts = Fonts::load()?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let seen = Command::new(cargo)
        .args(["test", "--quiet", "--test", "it", "--", "every_screen_is_as_its_picture_shows_it"])
        .env("CONDUCTOR_TEST_UPDATE", "1")
        .current_dir(root)
        .status()
        .context("cannot run the screens")?;
    if !seen.success() {
        bail!("the screens could not be seen: {seen}");
    }
    let folder = root.join("screenshots/screens");
    let mut texts: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    texts.retain(|path| path.extension().is_some_and(|ending| ending == "ansi"));
    texts.sort();
    for path in texts {
        let text = fs::read_to_string(&path)?;
        let picture = path.with_extension("png");
        paint(&text, &fonts, &picture).with_context(|| format!("cannot paint {}", picture.display()))?;
        writeln(&format!("screenshots/screens/{}", picture.file_name().unwrap_or_default().to_string_lossy()));
    }
    Ok(())
}

fn writeln(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The four faces, plain, bold, oblique and both.
struct Fonts([FontVec; 4]);

impl Fonts {
    fn load() -> anyhow::Result<Fonts> {
        let folder = std::env::var("CONDUCTOR_FONTS").unwrap_or_else(|_| "/usr/share/fonts/truetype/dejavu".into());
        let face = |name: &str| {
            let path = Path::new(&folder).join(name);
            let bytes = fs::read(&path).with_context(|| {
                format!("no {}; install fonts-dejavu-core or name the fonts' folder in CONDUCTOR_FONTS", path.display())
            })?;
            FontVec::try_from_vec(bytes).with_context(|| format!("{} is no font", path.display()))
        };
        Ok(Fonts([
            face("DejaVuSansMono.ttf")?,
            face("DejaVuSansMono-Bold.ttf")?,
            face("DejaVuSansMono-Oblique.ttf")?,
            face("DejaVuSansMono-BoldOblique.ttf")?,
        ]))
    }
}

struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn put(&mut self, x: usize, y: usize, color: [u8; 3], share: f32) {
        if x >= self.width || y >= self.height {
            return;
        }
        let at = (y * self.width + x) * 3;
        for (pixel, color) in self.pixels[at..at + 3].iter_mut().zip(color) {
            *pixel = (f32::from(*pixel) + (f32::from(color) - f32::from(*pixel)) * share.clamp(0.0, 1.0)).round() as u8;
        }
    }

    fn fill(&mut self, (left, top): (usize, usize), (width, height): (usize, usize), color: [u8; 3]) {
        for y in top..top + height {
            for x in left..left + width {
                self.put(x, y, color, 1.0);
            }
        }
    }
}

fn paint(text: &str, fonts: &Fonts, to: &Path) -> anyhow::Result<()> {
    // The first line says the size; a cursor that is seen stands behind it.
    let (head, body) = text.split_once('\n').context("no size")?;
    let numbers: Vec<u16> = head.split(' ').filter_map(|number| number.parse().ok()).collect();
    let [columns, rows, cursor @ ..] = numbers.as_slice() else { bail!("no size in {head:?}") };
    let size = |number: u16| NonZeroU16::new(number).context("no size");
    let mut parser = vt100::Parser::new(size(*rows)?, size(*columns)?, 0);
    parser.process(body.strip_suffix('\n').unwrap_or(body).replace('\n', "\r\n").as_bytes());
    let screen = parser.screen();
    let (width, height) = (usize::from(*columns) * CELL.0, usize::from(*rows) * CELL.1);
    let mut picture = Picture { width, height, pixels: BACKGROUND.repeat(width * height) };
    for row in 0..*rows {
        for column in 0..*columns {
            let Some(cell) = screen.cell(row, column) else { continue };
            let is_cursor = cursor == [column, row];
            let place = (usize::from(column) * CELL.0, usize::from(row) * CELL.1);
            let wide = if cell.is_wide() { 2 } else { 1 };
            let (mut ink, mut ground) = (rgb(cell.fgcolor(), FOREGROUND), rgb(cell.bgcolor(), BACKGROUND));
            if cell.inverse() != is_cursor {
                std::mem::swap(&mut ink, &mut ground);
            }
            if cell.dim() {
                ink = std::array::from_fn(|n| ((u16::from(ink[n]) + u16::from(ground[n])) / 2) as u8);
            }
            if ground != BACKGROUND {
                picture.fill(place, (CELL.0 * wide, CELL.1), ground);
            }
            if cell.is_wide_continuation() {
                continue;
            }
            let face = &fonts.0[usize::from(cell.bold()) + 2 * usize::from(cell.italic())];
            for c in cell.contents().chars() {
                letter(&mut picture, face, c, place, ink);
            }
            if cell.underline() {
                picture.fill((place.0, place.1 + CELL.1 - 3), (CELL.0 * wide, 1), ink);
            }
        }
    }
    let file = fs::File::create(to)?;
    let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let sum: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    encoder.add_text_chunk("Source".into(), sum)?;
    encoder.write_header()?.write_image_data(&picture.pixels)?;
    Ok(())
}

fn letter(picture: &mut Picture, face: &FontVec, c: char, (x, y): (usize, usize), ink: [u8; 3]) {
    let scaled = face.as_scaled(PxScale::from(LETTERS));
    let glyph = scaled.scaled_glyph(c);
    let above = (CELL.1 as f32 - scaled.height()) / 2.0 + scaled.ascent();
    let glyph = ab_glyph::Glyph { position: point(x as f32, y as f32 + above), ..glyph };
    let Some(outline) = face.outline_glyph(glyph) else { return };
    let bounds = outline.px_bounds();
    outline.draw(|dx, dy, share| {
        let (px, py) = (bounds.min.x as i64 + i64::from(dx), bounds.min.y as i64 + i64::from(dy));
        if let (Ok(px), Ok(py)) = (usize::try_from(px), usize::try_from(py)) {
            picture.put(px, py, ink, share);
        }
    });
}

fn rgb(color: vt100::Color, default: [u8; 3]) -> [u8; 3] {
    match color {
        vt100::Color::Default => default,
        vt100::Color::Rgb(r, g, b) => [r, g, b],
        vt100::Color::Idx(index @ 0..16) => SIXTEEN[usize::from(index)],
        vt100::Color::Idx(index) => {
            let (r, g, b) = conductor_tui::base::palette::rgb(index);
            [r, g, b]
        }
    }
}
