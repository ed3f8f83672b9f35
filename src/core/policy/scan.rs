//! The first look at a command's bytes, before any parser sees it: what would deceive its reader is named, what would overturn
//! the parser is refused. Linear, without recursion. It must never change a byte.

use super::verdict::Span;

/// Longer commands are files in disguise. Nobody reads one, and no agent needs one.
pub const LONGEST: usize = 16 * 1024;
/// Openers within openers; the parser goes down by calls.
const DEEPEST: usize = 24;
/// Openers in all: a thousand brackets side by side take a parser with backtracking seconds.
const MOST_OPENERS: usize = 400;
/// Commands in one text.
const MOST_SEPARATORS: usize = 300;

/// What deceives a reader: where, and what it is.
pub fn deceptions(text: &str) -> Vec<(Span, String)> {
    let mut found: Vec<(Span, String)> = Vec::new();
    for (at, c) in text.char_indices() {
        let what = match c {
            '\t' | '\n' => continue,
            '\u{1b}' => "an escape character, which can hide the rest from its reader",
            '\r' => "a carriage return, which lets the rest overwrite what was read",
            '\u{8}' => "a backspace, which hides what is before it",
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => "a control character",
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
                "a mark that reverses the order in which text is shown"
            }
            '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2064}'
            | '\u{feff}'
            | '\u{ad}'
            | '\u{180e}'
            | '\u{e0000}'..='\u{e007f}' => "a character that is not seen",
            _ => continue,
        };
        found.push((Span { from: at, to: at + c.len_utf8() }, format!("{what} (U+{:04X})", c as u32)));
    }
    found
}

/// Blanks that are none for the shell: what looks like two words is one.
pub fn false_blanks(text: &str) -> Option<Span> {
    let is_false = |c: char| c.is_whitespace() && !matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}');
    text.char_indices()
        .find(|(_, c)| is_false(*c) || matches!(*c, '\u{2800}' | '\u{3164}' | '\u{115f}'))
        .map(|(at, c)| Span { from: at, to: at + c.len_utf8() })
}

/// Why the parser should not see this text; `None`: it may.
pub fn structure(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return Some(format!("a command of {} bytes, more than anybody reads", text.len()));
    }
    let bytes = text.as_bytes();
    let (mut depth, mut openers, mut separators, mut deepest) = (0_usize, 0, 0, 0);
    let mut is_single = false;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if is_single {
            is_single = byte != b'\'';
            at += 1;
            continue;
        }
        match byte {
            // What is escaped opens nothing.
            b'\\' => at += 1,
            b'\'' => is_single = true,
            b'(' | b'{' | b'[' => {
                depth += 1;
                openers += 1;
            }
            b')' | b'}' | b']' => depth = depth.saturating_sub(1),
            b'`' | b'"' => openers += 1,
            b';' | b'\n' | b'|' | b'&' => separators += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
        at += 1;
    }
    // `if`, `while`, `case` open as well.
    let words = text.split(|c: char| c.is_whitespace() || ";|&()".contains(c));
    let keywords = words.filter(|word| matches!(*word, "if" | "for" | "while" | "until" | "case" | "select")).count();
    let quotes = text.matches('"').count();
    if deepest > DEEPEST || keywords > DEEPEST || openers > MOST_OPENERS {
        return Some("nested deeper than anybody reads".into());
    }
    if separators > MOST_SEPARATORS || quotes > MOST_OPENERS {
        return Some("more commands than anybody reads".into());
    }
    // What the parser is known not to understand as bash does.
    if text.contains("${ ") || text.contains("${\t") || text.contains("${\n") || text.contains("${|") {
        return Some("a command inside `${ }`, which other versions of the shell understand differently".into());
    }
    if text.contains("$[") {
        return Some("arithmetic in an old form, which cannot be understood".into());
    }
    // `{name}>file` opens a file and keeps its number in a variable; the parser takes it for a word.
    if text.match_indices(['<', '>']).any(|(at, _)| keeps_number(&text[..at])) {
        return Some("a redirection that keeps its number in a variable, which cannot be understood".into());
    }
    None
}

/// What the parser takes for something else than the shell does, wherever it stands: found in the text, since no tree tells.
pub fn ambiguities(text: &str) -> Option<&'static str> {
    let before = |at: usize| text[..at].chars().next_back();
    // A line that goes on within a word: what is looked for below may be torn by it.
    if text.match_indices("\\\n").any(|(at, _)| before(at).is_some_and(|c| !matches!(c, ' ' | '\t' | '\n'))) {
        return Some("a word that goes on in the next line, which cannot be understood");
    }
    if text.contains("$${") || text.contains("$$(") {
        return Some("`$$` before a bracket, which cannot be understood");
    }
    // A note to the parser, a part of the word to the shell; and the other way round within `$(…)`.
    if text.contains(")#") {
        return Some("`#` behind a bracket, which cannot be understood");
    }
    let opened = ["$(", "<(", ">("].iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    let is_note = |at: usize| before(at).is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '('));
    if text.match_indices('#').any(|(at, _)| at > opened && is_note(at)) {
        return Some("a note behind a substitution, which cannot be understood");
    }
    // What the parser takes for a here-document, and the shell for a part of something else.
    let has_document = text.replace("<<<", "").contains("<<");
    let has_operand = text.match_indices("${").any(|(at, _)| {
        let inner = text[at + 2..].split('}').next().unwrap_or_default();
        !inner.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    if has_document && (has_operand || text.contains("((") || text.contains("=~")) {
        return Some("a here-document beside an expansion or arithmetic, which cannot be understood");
    }
    if has_document && !documents_are_plain(text) {
        return Some("a here-document whose end cannot be understood");
    }
    let has_group = ["@(", "+(", "!(", "?(", "*("].iter().any(|mark| text.contains(mark));
    if (text.contains("=~") && text.contains('#')) || (text.contains("[[") && has_group) {
        return Some("a pattern of a test, which cannot be understood");
    }
    // Braces around it are several words to the parser, and one to the shell.
    let is_alone = |at: usize| before(at).is_none_or(|c| matches!(c, ' ' | '\t' | '\n' | ';' | '|' | '&' | '('));
    if ["<(", ">("].iter().any(|mark| text.match_indices(mark).any(|(at, _)| !is_alone(at)) && is_opener(text, mark)) {
        return Some("a process within a word, which cannot be understood");
    }
    None
}

/// Each ends at a word of letters alone, or of letters in quotes, and no line begins with that word and a bracket.
fn documents_are_plain(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.replace("<<<", "   ").split("<<").skip(1).all(|behind| {
        let behind = behind.strip_prefix('-').unwrap_or(behind).trim_start_matches([' ', '\t']);
        let quote = behind.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let inner = &behind[quote.map_or(0, char::len_utf8)..];
        let word: String = inner.chars().take_while(|c| is_letter(*c)).collect();
        let rest = &inner[word.len()..];
        let rest = match quote {
            Some(quote) => match rest.strip_prefix(quote) {
                Some(rest) => rest,
                None => return false,
            },
            None => rest,
        };
        let is_end =
            rest.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, ';' | '|' | '&' | ')' | '>' | '<'));
        !word.is_empty() && is_end && !text.contains(&format!("\n{word})")) && !text.contains(&format!("\t{word})"))
    })
}

/// Whether a mark stands where the shell would see one: not in `'…'` alone.
fn is_opener(text: &str, mark: &str) -> bool {
    let outside: String = text.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    outside.contains(mark) || text.contains(['\\', '"'])
}

/// Whether `{name}` stands right before a redirection.
fn keeps_number(before: &str) -> bool {
    let name = before.strip_suffix('}').and_then(|rest| rest.rsplit_once('{'));
    name.is_some_and(|(before, name)| {
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let is_expansion = is_name && before.ends_with('$');
        // `{1..3}`, `{a,b}` are none; an index may hold anything.
        !is_expansion && begins && (is_name || name.contains('[')) || name.ends_with(']')
    })
}
