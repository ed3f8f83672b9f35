//! A word of a command as far as it is known before the command runs. Made by `words.rs`, read by everything that judges a
//! simple command. It must never look more certain than it is: only `exact()` may lead to a yes.

use super::verdict::Span;

/// Where bytes come from that flow through a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Taint {
    /// From the network.
    pub network: bool,
    /// Decoded or decrypted: nobody has read it.
    pub decoded: bool,
    /// From a secret.
    pub secret: bool,
    /// Names of files below the workspace, each with a NUL behind it.
    pub names: bool,
    /// Likewise a line each, and none that a blank, a quote or a dash would make something else of.
    pub lines: bool,
    /// Names of all that lies below a folder whose loss cannot be taken back.
    pub everything: bool,
}

impl Taint {
    pub const NONE: Taint =
        Taint { network: false, decoded: false, secret: false, names: false, lines: false, everything: false };

    pub fn or(self, other: Taint) -> Taint {
        Taint {
            network: self.network || other.network,
            decoded: self.decoded || other.decoded,
            secret: self.secret || other.secret,
            everything: self.everything || other.everything,
            // Of two flows that are mixed neither is a list.
            names: self.names && other.names,
            lines: self.lines && other.lines,
        }
    }
}

/// One word that a program is given, or several that cannot be told apart yet.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Arg {
    /// What is known of it; what is not known is left out.
    pub text: String,
    /// Bytes of `text` before the first thing that is not known.
    pub known: usize,
    /// Unquoted `*`, `?`, `[`: it stands for names of files.
    pub is_glob: bool,
    /// A pattern that stands for one name: the value of a loop, in quotes.
    pub is_single: bool,
    /// A part of it is not known before it runs.
    pub is_unknown: bool,
    /// What is not known is outside quotes: none, one or many words.
    pub is_many: bool,
    /// A value that may be another by then: set in a branch, in a loop.
    pub is_maybe: bool,
    /// A pipe to or from a command that is judged by itself.
    pub is_pipe: bool,
    /// Of its unknown or literal content.
    pub taint: Taint,
    pub span: Span,
}

impl Arg {
    /// A word that stands there as it is.
    pub fn literal(text: impl Into<String>, span: Span) -> Arg {
        let text = text.into();
        Arg { known: text.len(), text, span, ..Arg::default() }
    }

    /// The word, if it is known, and is one.
    pub fn exact(&self) -> Option<&str> {
        let is_exact = !(self.is_glob || self.is_unknown || self.is_many || self.is_maybe || self.is_pipe);
        is_exact.then_some(&*self.text)
    }

    /// Whether it may turn out to be an option: what is not known may begin with a dash.
    pub fn may_be_option(&self) -> bool {
        match self.text.as_bytes().first() {
            Some(b'-') => true,
            // The first thing decides: `*` may stand for a file of that name.
            Some(b'*' | b'?' | b'[') if self.is_glob => true,
            _ => self.is_many || (self.is_unknown && self.known == 0) || self.is_maybe,
        }
    }
}

/// What a command reads from its standard input.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Stdin {
    /// The terminal, or whatever it is given.
    #[default]
    Inherited,
    /// This text.
    Text(String),
    /// The output of a command before it, or a file.
    Flow(Taint),
}

impl Stdin {
    pub fn taint(&self) -> Taint {
        match self {
            Stdin::Flow(taint) => *taint,
            Stdin::Inherited | Stdin::Text(_) => Taint::NONE,
        }
    }
}
