//! How eyes see colours: how far two are apart, how well one is read on another, and whether one is light. Used by
//! the theme, its tests and whoever asks what the outer terminal's background is. It must never know what a colour is
//! used for.

/// Red, green and blue, as screens have them.
pub type Rgb = (u8, u8, u8);

/// A colour in CIE L*a*b* (white is D65): the distance of two is about what an eye makes of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lab {
    pub lightness: f32,
    a: f32,
    b: f32,
}

impl Lab {
    pub fn of(rgb: Rgb) -> Lab {
        Lab::of_linear(linear(rgb))
    }

    /// From light itself, each part from 0 to 1.
    pub fn of_linear([r, g, b]: [f32; 3]) -> Lab {
        // From sRGB's primaries to XYZ, each over its value for white.
        let x = (0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47;
        let y = 0.212_672_9 * r + 0.715_152_2 * g + 0.072_175 * b;
        let z = (0.019_333_9 * r + 0.119_192 * g + 0.950_304_1 * b) / 1.088_83;
        // The cube root, made straight near black, where it would be too steep.
        let f = |t: f32| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let (x, y, z) = (f(x), f(y), f(z));
        Lab { lightness: 116.0 * y - 16.0, a: 500.0 * (x - y), b: 200.0 * (y - z) }
    }

    /// As CIE76 has it. About 2 is seen side by side by who looks for it, 20 at a glance.
    pub fn distance(self, other: Lab) -> f32 {
        let squares = [self.lightness - other.lightness, self.a - other.a, self.b - other.b].map(|d| d * d);
        squares.iter().sum::<f32>().sqrt()
    }
}

/// How much light a screen gives for a colour.
pub fn linear((r, g, b): Rgb) -> [f32; 3] {
    [r, g, b].map(|part| {
        let part = f32::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    })
}

/// A colour in Oklab, where a step is as wide for the eye in blues as elsewhere (in L*a*b* it is not: the nearest to a
/// plain blue is a gaudy one there). For finding the nearest of several.
pub fn oklab(rgb: Rgb) -> [f32; 3] {
    let [r, g, b] = linear(rgb);
    let l = (0.412_221_47 * r + 0.536_332_54 * g + 0.051_445_99 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_84 * g + 0.629_978_7 * b).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

/// From 1 to 21, as WCAG counts: 4.5 is asked for text, 3 for lines and large letters.
pub fn contrast(one: Rgb, other: Rgb) -> f32 {
    let luminance = |rgb| {
        let [r, g, b] = linear(rgb);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Whether dark text is read better on it than light text.
pub fn is_light(rgb: Rgb) -> bool {
    // Halfway for the eye, which is far below half of the light.
    Lab::of(rgb).lightness > 50.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_values() {
        let white = Lab::of((255, 255, 255));
        assert!((white.lightness - 100.0).abs() < 0.01 && white.a.abs() < 0.05 && white.b.abs() < 0.05, "{white:?}");
        let red = Lab::of((255, 0, 0));
        assert!((red.lightness - 53.24).abs() < 0.05 && (red.a - 80.09).abs() < 0.1, "{red:?}");
        assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 0.01);
        assert!((contrast((0x8b, 0x94, 0x9e), (0x14, 0x17, 0x1c)) - 5.84).abs() < 0.01);
        let [lightness, a, b] = oklab((255, 0, 0));
        assert!((lightness - 0.628).abs() < 0.001 && (a - 0.2249).abs() < 0.001 && (b - 0.1258).abs() < 0.001);
        assert!((Lab::of((0, 0, 0)).distance(white) - 100.0).abs() < 0.01);
    }

    #[test]
    fn light_and_dark_backgrounds() {
        for (rgb, light) in [
            ((0x14, 0x17, 0x1c), false),
            ((0x28, 0x28, 0x28), false),
            // Solarized's two.
            ((0x00, 0x2b, 0x36), false),
            ((0xfd, 0xf6, 0xe3), true),
            ((0xfb, 0xf1, 0xc7), true),
        ] {
            assert_eq!(is_light(rgb), light, "{rgb:?}");
        }
    }
}
