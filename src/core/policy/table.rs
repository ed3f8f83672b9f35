//! What is known of the options of a program that only reads: the ones that do no harm, and what its other words are. Tables of
//! them stand in `programs/`. An option that is not in its table is asked for, a shortened one as well: a list of bad options
//! is never complete.

use super::arg::Arg;
use super::verdict::{Access, Class, Risk};
use super::walk::Walk;

/// What the words behind the options are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operands {
    /// There may be none.
    None,
    /// Text that is printed or compared.
    Text,
    /// Text behind a plus; any other word is not known.
    PlusText,
    /// Files that are read.
    Files,
    /// The first is a pattern or a script, the others are files.
    TextThenFiles,
    /// The first so many are files that are read; the next would be written.
    FilesUpTo(usize),
}

/// A program, or several with the same options.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    pub names: &'static [&'static str],
    /// Letters of options without a value.
    pub flags: &'static str,
    /// Letters of options whose value is text or a number.
    pub texts: &'static str,
    /// Letters of options with a text behind them in the same word, or none.
    pub attached: &'static str,
    /// Letters of options whose value is a file that is read.
    pub files: &'static str,
    /// Whole names, without the dashes; with a value only behind `=`, which is then text.
    pub long: &'static [&'static str],
    pub long_texts: &'static [&'static str],
    pub long_files: &'static [&'static str],
    /// Options, by letter or whole name, that take the place of the first operand of `TextThenFiles`.
    pub instead: &'static [&'static str],
    pub operands: Operands,
    /// No option of it writes, runs or sends: a file whose name begins with a dash can do no harm.
    pub is_tolerant: bool,
    /// `-20` is a number.
    pub has_numbers: bool,
    /// `+20` or `+%Y` is text.
    pub has_plus: bool,
    /// Long options have one dash.
    pub has_one_dash: bool,
}

impl Program {
    pub const READER: Program = Program {
        names: &[],
        flags: "",
        texts: "",
        attached: "",
        files: "",
        long: &[],
        long_texts: &[],
        long_files: &[],
        instead: &[],
        operands: Operands::Files,
        is_tolerant: true,
        has_numbers: false,
        has_plus: false,
        has_one_dash: false,
    };
}

/// Folders in folders: no source tree has more.
const DEEPEST: usize = 40;

/// What was found of the words of a call.
pub struct Sorted<'a> {
    pub operands: Vec<&'a Arg>,
    /// Options with their values, by letter or whole name.
    pub options: Vec<(String, Option<Arg>)>,
}

impl Sorted<'_> {
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(option, _)| option == name)
    }
}

/// Takes the words behind a program's name apart; an `Err` says which one is not known.
pub fn sort<'a>(program: &Program, args: &'a [Arg]) -> Result<Sorted<'a>, String> {
    let mut sorted = Sorted { operands: Vec::new(), options: Vec::new() };
    let mut rest = args.iter();
    let mut is_over = false;
    while let Some(arg) = rest.next() {
        let text = &*arg.text;
        if is_over || !(arg.may_be_option() || (program.has_plus && text.starts_with('+'))) {
            sorted.operands.push(arg);
            continue;
        }
        let Some(text) = arg.exact() else {
            // What is not known stands behind the sign of an option that is known: `--include=*.rs`.
            if let Some((name, _)) = text.strip_prefix("--").and_then(|rest| rest.split_once('='))
                && arg.known > name.len() + 2
                && arg.is_glob
                && !(arg.is_unknown || arg.is_many || arg.is_maybe)
                && program.long_texts.contains(&name)
            {
                let value = Arg { text: text[name.len() + 3..].into(), known: 0, ..arg.clone() };
                sorted.options.push((name.into(), Some(value)));
                continue;
            }
            // A dash that is known to come first, with something unknown behind it, is an option that nobody knows.
            if program.is_tolerant && !text.starts_with('-') {
                sorted.operands.push(arg);
                continue;
            }
            return Err(format!("`{text}…` may become an option"));
        };
        if text == "--" {
            is_over = true;
        } else if text == "-" || (program.has_plus && text.starts_with('+')) {
            sorted.operands.push(arg);
        } else if program.has_numbers && text[1..].bytes().all(|b| b.is_ascii_digit()) {
            sorted.options.push((text[1..].into(), None));
        } else if let Some(name) =
            text.strip_prefix("--").or_else(|| text.strip_prefix('-').filter(|_| program.has_one_dash))
        {
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some(Arg::literal(value, arg.span))),
                None => (name, None),
            };
            if program.long.contains(&name) {
                sorted.options.push((name.into(), value));
            } else if program.long_texts.contains(&name) || program.long_files.contains(&name) {
                let value = value.or_else(|| rest.next().cloned()).filter(is_one);
                let Some(value) = value else { return Err(format!("`{text}` has no value")) };
                sorted.options.push((name.into(), Some(value)));
            } else {
                return Err(format!("option `--{name}`"));
            }
        } else {
            for (at, letter) in text[1..].char_indices() {
                if program.flags.contains(letter) {
                    sorted.options.push((letter.into(), None));
                } else if program.attached.contains(letter) {
                    let behind = &text[1 + at + letter.len_utf8()..];
                    sorted.options.push((letter.into(), Some(Arg::literal(behind, arg.span))));
                    break;
                } else if program.texts.contains(letter) || program.files.contains(letter) {
                    let behind = &text[1 + at + letter.len_utf8()..];
                    let value =
                        if behind.is_empty() { rest.next().cloned() } else { Some(Arg::literal(behind, arg.span)) };
                    let Some(value) = value.filter(is_one) else {
                        return Err(format!("`-{letter}` has no value"));
                    };
                    sorted.options.push((letter.into(), Some(value)));
                    break;
                } else {
                    return Err(format!("option `-{letter}`"));
                }
            }
        }
    }
    Ok(sorted)
}

/// None or several words would make an option or a file of what is behind them.
fn is_one(value: &Arg) -> bool {
    !value.is_many && (!value.is_glob || value.is_single)
}

/// Judges a call by its table: reads what it reads, and asks for what is not in the table. Tells whether all was known.
pub fn judge(walk: &mut Walk, program: &Program, args: &[Arg]) -> bool {
    let sorted = match sort(program, args) {
        Ok(sorted) => sorted,
        Err(what) => {
            // What is named is looked at all the same: a secret stays one.
            for arg in args.iter().filter(|arg| !arg.text.starts_with('-')) {
                walk.look(arg);
            }
            walk.part(
                Class::Obfuscated,
                Risk::High,
                format!("{what} of `{}` is not known to be harmless", walk.name()),
            );
            return false;
        }
    };
    for (name, value) in &sorted.options {
        let is_file = program.long_files.contains(&name.as_str())
            || (name.chars().count() == 1 && name.chars().all(|c| program.files.contains(c)));
        // Which files are searched: to ask for secrets alone is to name them.
        let is_pattern = matches!(name.as_str(), "include" | "glob" | "iglob" | "g");
        match value {
            Some(value) if is_file => walk.touch(value, Access::Read),
            Some(value) if is_pattern => walk.look_pattern(value),
            Some(value) => walk.show(value),
            None => {}
        }
    }
    // Everything below is read, links with it.
    let follows = match &*walk.name() {
        "grep" | "egrep" | "fgrep" => sorted.has("R") || sorted.has("dereference-recursive"),
        "rg" | "ripgrep" | "fd" | "fdfind" => sorted.has("L") || sorted.has("follow"),
        "tree" => sorted.has("l"),
        "ls" => (sorted.has("L") || sorted.has("dereference")) && sorted.has("R"),
        "diff" | "colordiff" => sorted.has("r") || sorted.has("recursive"),
        "du" | "wc" => sorted.has("L") || sorted.has("dereference"),
        _ => false,
    };
    if follows {
        let here = Arg::literal(".", walk.span());
        let roots: Vec<&Arg> = if sorted.operands.len() < 2 { vec![&here] } else { sorted.operands.clone() };
        for root in roots {
            if let Some(path) = walk.path(&root.text) {
                walk.looks_through(&path, DEEPEST, root.span);
            }
        }
    }
    // Lists of files: what stands in one is read as well.
    let is_checked = sorted.has("check") || (sorted.has("c") && program.long.contains(&"check"));
    if is_checked && sorted.operands.iter().all(|operand| operand.text == "-") {
        walk.part(Class::Read, Risk::High, format!("`{}` reads files that its input names", walk.name()));
    }
    let takes_lists = matches!(&*walk.name(), "strings" | "nm" | "size" | "readelf");
    if takes_lists && sorted.operands.iter().any(|operand| operand.text.starts_with('@')) {
        walk.part(Class::Read, Risk::High, format!("`{}` reads its words from a file", walk.name()));
    }
    // A name of letters is also that of a file which describes them.
    let is_path = |value: &Arg| value.text.split("//").next().is_some_and(|name| name.contains('/'));
    if walk.name() == "iconv" && sorted.options.iter().any(|(_, value)| value.as_ref().is_some_and(is_path)) {
        walk.part(Class::Read, Risk::High, "`iconv` reads a file that describes letters");
    }
    let is_given = program.instead.iter().any(|name| sorted.has(name));
    for (index, operand) in sorted.operands.iter().enumerate() {
        match program.operands {
            Operands::None => {
                walk.part(
                    Class::Obfuscated,
                    Risk::High,
                    format!("`{}` of `{}` is not known", operand.text, walk.name()),
                );
                return false;
            }
            Operands::PlusText if !operand.text.starts_with('+') => {
                walk.part(
                    Class::Obfuscated,
                    Risk::High,
                    format!("`{}` of `{}` is not known", operand.text, walk.name()),
                );
                return false;
            }
            Operands::Text | Operands::PlusText => walk.show(operand),
            Operands::TextThenFiles if index == 0 && !is_given => {
                walk.show(operand);
                // More than one file: the first is the pattern, the others are read.
                if operand.is_glob {
                    walk.touch(operand, Access::Read);
                }
            }
            Operands::FilesUpTo(most) if index >= most => walk.touch(operand, Access::Write),
            // One pattern may be several files, of which the second is written.
            Operands::FilesUpTo(_) if operand.is_glob || operand.is_many => {
                walk.touch(operand, Access::Read);
                walk.part(Class::Write, Risk::High, format!("`{}` writes its second file", walk.name()));
            }
            _ => walk.touch(operand, Access::Read),
        }
    }
    true
}
