//! What a person has typed and not sent: characters, and pastes that are shown as a placeholder. Used by the machine
//! and shown by the styles. It must never lose what a placeholder stands for.

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Char(char),
    Paste { text: String, shown: String },
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Composer {
    pieces: Vec<Piece>,
    pastes: usize,
}

impl Composer {
    pub fn with(text: &str) -> Composer {
        Composer { pieces: text.chars().map(Piece::Char).collect(), pastes: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub fn push(&mut self, c: char) {
        self.pieces.push(Piece::Char(c));
    }

    pub fn type_text(&mut self, text: &str) {
        self.pieces.extend(text.chars().map(Piece::Char));
    }

    /// A paste shown as what `shown` says of the number of this paste.
    pub fn paste(&mut self, text: String, shown: impl FnOnce(usize) -> String) {
        self.pastes += 1;
        let shown = shown(self.pastes);
        self.pieces.push(Piece::Paste { text, shown });
    }

    /// A placeholder goes as a whole.
    pub fn backspace(&mut self) {
        self.pieces.pop();
    }

    pub fn clear(&mut self) {
        self.pieces.clear();
    }

    /// As it stands on the screen.
    pub fn shown(&self) -> String {
        self.pieces.iter().fold(String::new(), |mut out, piece| {
            match piece {
                Piece::Char(c) => out.push(*c),
                Piece::Paste { shown, .. } => out.push_str(shown),
            }
            out
        })
    }

    /// As it is sent.
    pub fn text(&self) -> String {
        self.pieces.iter().fold(String::new(), |mut out, piece| {
            match piece {
                Piece::Char(c) => out.push(*c),
                Piece::Paste { text, .. } => out.push_str(text),
            }
            out
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_one_piece_and_keeps_its_text() {
        let mut composer = Composer::with("see ");
        composer.paste("one\ntwo".into(), |n| format!("[#{n}]"));
        composer.push('!');
        assert_eq!((composer.shown().as_str(), composer.text().as_str()), ("see [#1]!", "see one\ntwo!"));
        composer.backspace();
        composer.backspace();
        assert_eq!(composer.text(), "see ");
        composer.paste("x".into(), |n| format!("[#{n}]"));
        assert_eq!(composer.shown(), "see [#2]");
    }
}
