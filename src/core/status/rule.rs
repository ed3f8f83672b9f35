//! One detection rule of a provider: where to look, what to find, what it means. Written in provider files,
//! compiled when they are loaded. A rule that cannot be compiled is an error with its line, never skipped.

use crate::core::status::{Status, WaitingFor};
use regex::Regex;
use serde::{Deserialize, Serialize};

/// The rows of a screen that [`Region::Bottom`] means unless a rule says otherwise: composer, footer and the longest
/// permission dialog of the agent CLIs seen.
const BOTTOM_ROWS: usize = 12;
/// How long a rule on the screen must hold while output goes on: longer than the pauses inside one redraw of the
/// agent CLIs measured, shorter than a person's glance.
const SETTLE_MS: u64 = 120;

/// Where a rule looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The terminal's title as the program set it.
    Title,
    /// The screen.
    Screen,
    /// The message of the program's own report: what a reported status is about or, with `of`, means.
    Report,
    /// What the program shows as its progress (OSC 9;4): `none`, `percent 40`, `error 0`, `indeterminate`, `paused 0`.
    Progress,
}

/// Which part of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    #[default]
    Whole,
    /// The last rows that are not blank: where agent CLIs keep their composer and dialogs.
    Bottom,
}

/// A rule as it stands in a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// What an explanation calls it.
    #[serde(default)]
    pub name: Option<String>,
    /// `unknown` holds the place: it says nothing, and no rule behind it is tried.
    pub status: Status,
    #[serde(default)]
    pub waiting_for: Option<WaitingFor>,
    /// Of a rule on reports: the reported status that it is about, where that is another than `status`.
    #[serde(default)]
    pub of: Option<Status>,
    /// One line about it, where it is always the same.
    #[serde(default)]
    pub detail: Option<String>,
    pub source: Source,
    #[serde(default)]
    pub region: Region,
    /// Of the bottom: so many rows.
    #[serde(default)]
    pub rows: Option<usize>,
    /// A regular expression; every rule is tried line by line unless it says `(?s)`.
    pub pattern: String,
    /// Another one that must not be found in the same region.
    #[serde(default)]
    pub unless: Option<String>,
    /// Milliseconds that it must have held while output goes on.
    #[serde(default)]
    pub settle_ms: Option<u64>,
    /// The same until it has held once: a CLI may draw its composer before the dialog of its first run.
    #[serde(default)]
    pub first_settle_ms: Option<u64>,
    /// Milliseconds after the last change of a title or a progress in which it counts: what turns must keep turning.
    #[serde(default)]
    pub expires_ms: Option<u64>,
    /// What is asked: its group, or all of it.
    #[serde(default)]
    pub prompt: Option<String>,
    /// Each match is a choice; named groups `label` and, where a key chooses it, `key`.
    #[serde(default)]
    pub choices: Option<String>,
}

pub struct Rule {
    pub text: RuleText,
    pub pattern: Regex,
    /// Of each of these groups one word stands in every text that `pattern` finds something in.
    needs: Vec<Vec<memchr::memmem::Finder<'static>>>,
    pub unless: Option<Regex>,
    pub prompt: Option<Regex>,
    pub choices: Option<Regex>,
    /// Where it stands in its file, from 1.
    pub line: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("line {line}: {name}: {reason}")]
pub struct BadRule {
    pub line: usize,
    /// `rule 3`, counted from 1 as a reader counts, or `rule "its name"`.
    pub name: String,
    pub reason: String,
}

impl Rule {
    /// What an explanation calls it; `index` counts from 0.
    pub fn called(&self, index: usize) -> String {
        called(&self.text, index)
    }

    pub fn rows(&self) -> usize {
        self.text.rows.unwrap_or(BOTTOM_ROWS)
    }

    /// The part of `text` that it looks at.
    pub fn region<'a>(&self, text: &'a str) -> &'a str {
        match self.text.region {
            Region::Whole => text,
            Region::Bottom => bottom(text, self.rows()),
        }
    }

    /// How long it must hold; `is_first`: nothing on this screen has held yet that takes messages.
    pub fn settle_ms(&self, is_first: bool) -> u64 {
        let first = self.text.first_settle_ms.filter(|_| is_first);
        first.or(self.text.settle_ms).unwrap_or(if self.text.source == Source::Screen { SETTLE_MS } else { 0 })
    }

    /// Whether it may find anything in its region, `text`. Most rules find nothing most of the time, and to look for a word
    /// is much cheaper than to try the expression.
    pub fn is_possible(&self, text: &str) -> bool {
        self.needs.iter().all(|words| words.iter().any(|word| word.find(text.as_bytes()).is_some()))
    }

    /// What it finds, in one line of at most 80 characters.
    pub fn find(&self, text: &str) -> Option<String> {
        let text = self.region(text);
        if !self.is_possible(text) {
            return None;
        }
        let found = self.pattern.find(text)?;
        if self.unless.as_ref().is_some_and(|unless| unless.is_match(text)) {
            return None;
        }
        Some(found.as_str().split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect())
    }
}

/// Groups of words of which one each stands in everything that an expression finds, as far as that can be told from it.
fn needed(pattern: &str) -> Vec<Vec<memchr::memmem::Finder<'static>>> {
    let groups = regex_syntax::parse(pattern).map(|hir| groups_of(&hir)).unwrap_or_default();
    let finder = |word: Box<[u8]>| memchr::memmem::Finder::new(&word).into_owned();
    groups.into_iter().map(|words| words.into_iter().map(finder).collect()).collect()
}

/// Shorter words stand everywhere, and more of them cost more than the expression.
const SHORTEST_WORD: usize = 3;
const MOST_WORDS: usize = 4;

type Words = Vec<Box<[u8]>>;

fn groups_of(hir: &regex_syntax::hir::Hir) -> Vec<Words> {
    use regex_syntax::hir::HirKind;
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.len() >= SHORTEST_WORD => vec![vec![literal.0.clone()]],
        HirKind::Capture(capture) => groups_of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => groups_of(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(groups_of).collect(),
        // Of each way the group that tells it best: the one whose shortest word is longest.
        HirKind::Alternation(parts) => {
            let best = |part| groups_of(part).into_iter().max_by_key(|words| words.iter().map(|word| word.len()).min());
            let all: Option<Vec<Words>> = parts.iter().map(best).collect();
            all.map(|all| all.concat()).filter(|words| words.len() <= MOST_WORDS).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// With the word boundaries of ASCII: those of all letters keep an expression from its fast way on any other text, which
/// every screen of an agent is. An expression with other letters keeps those it has, and `\b{start}` is what it was.
fn with_ascii_boundaries(pattern: &str) -> String {
    if pattern.chars().any(|c| !c.is_ascii() && c.is_alphanumeric()) {
        return pattern.to_owned();
    }
    let (mut out, mut chars) = (String::with_capacity(pattern.len()), pattern.chars().peekable());
    while let Some(c) = chars.next() {
        match (c, (c == '\\').then(|| chars.next()).flatten()) {
            ('\\', Some('b')) if chars.peek() != Some(&'{') => out.push_str(r"(?-u:\b)"),
            ('\\', Some(next)) => out.extend(['\\', next]),
            _ => out.push(c),
        }
    }
    out
}

fn called(text: &RuleText, index: usize) -> String {
    text.name.as_ref().map_or_else(|| format!("rule {}", index + 1), |name| format!("rule \"{name}\""))
}

/// Rules with the lines they stand at.
///
/// # Errors
/// For the first expression that is none, a group that is missing, a name that comes twice.
pub fn compile(rules: &[(usize, RuleText)]) -> Result<Vec<Rule>, BadRule> {
    let mut all: Vec<Rule> = Vec::with_capacity(rules.len());
    for (index, (line, text)) in rules.iter().enumerate() {
        let bad = |reason: String| BadRule { line: *line, name: called(text, index), reason };
        let whole = |pattern: &str| format!("(?m){}", with_ascii_boundaries(pattern));
        let expression = |pattern: &str| Regex::new(&whole(pattern)).map_err(|e| bad(in_one_line(&e)));
        let optional = |pattern: &Option<String>| pattern.as_deref().map(expression).transpose();
        if text.name.is_some() && all.iter().any(|rule| rule.text.name == text.name) {
            return Err(bad("another rule has this name".into()));
        }
        if text.expires_ms.is_some() && !matches!(text.source, Source::Title | Source::Progress) {
            return Err(bad("`expires_ms` is for titles and progress: a screen shows what it shows".into()));
        }
        if text.of.is_some() && text.source != Source::Report {
            return Err(bad("`of` is for rules on reports".into()));
        }
        if text.waiting_for.is_some() && text.status != Status::Waiting {
            return Err(bad("`waiting_for` is for status = \"waiting\"".into()));
        }
        let choices = optional(&text.choices)?;
        if choices.as_ref().is_some_and(|regex| !regex.capture_names().any(|name| name == Some("label"))) {
            return Err(bad("`choices` needs a group (?<label>…)".into()));
        }
        all.push(Rule {
            pattern: expression(&text.pattern)?,
            needs: needed(&whole(&text.pattern)),
            unless: optional(&text.unless)?,
            prompt: optional(&text.prompt)?,
            choices,
            text: text.clone(),
            line: *line,
        });
    }
    Ok(all)
}

/// The last line says what is wrong; those before show where, which is what the rule's own line does.
fn in_one_line(error: &regex::Error) -> String {
    let words = error.to_string();
    let last = words.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

/// From the so many last row that is not blank.
pub fn bottom(text: &str, rows: usize) -> &str {
    let mut left = rows;
    let mut start = text.len();
    for line in text.rsplit('\n') {
        if line.trim().is_empty() {
            continue;
        }
        if left == 0 {
            break;
        }
        left -= 1;
        start = line.as_ptr() as usize - text.as_ptr() as usize;
    }
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bottom_is_the_last_rows_that_are_not_blank() {
        let text = (0..30).map(|i| format!("{i}\n\n")).collect::<String>();
        assert!(bottom(&text, 12).starts_with("18\n"), "{:?}", bottom(&text, 12));
        assert!(bottom(&text, 1).starts_with("29\n"));
        assert_eq!(bottom("a\nb", 12), "a\nb");
        assert_eq!(bottom("", 12), "");
    }

    #[test]
    fn a_rule_is_not_tried_without_its_words() {
        let words = |pattern: &str| -> Vec<String> {
            let group = |words: &Vec<memchr::memmem::Finder>| -> String {
                words.iter().map(|word| String::from_utf8_lossy(word.needle())).collect::<Vec<_>>().join("|")
            };
            needed(&format!("(?m){}", with_ascii_boundaries(pattern))).iter().map(group).collect()
        };
        for (pattern, wanted) in [
            (r"^ (?:❯|  ) ?Yes, I trust this folder[^\n]*\s*\z", &["Yes, I trust this folder"][..]),
            (r"^Working|^Thinking hard", &["Working|Thinking hard"]),
            (r"\besc\b (?:to )?interrupt", &["esc", "interrupt"]),
            (r"(?i)working", &[]),
            (r"(?:working)?", &[]),
            (r"(?:working){2,}", &["working"]),
            (r"a|bcd", &[]),
            (r"^[⠂⠐] ", &[]),
        ] {
            assert_eq!(words(pattern), wanted, "{pattern}");
        }
    }

    #[test]
    fn boundaries_are_those_of_ascii() {
        assert_eq!(with_ascii_boundaries(r"\besc\b \\b \d"), r"(?-u:\b)esc(?-u:\b) \\b \d");
        assert_eq!(with_ascii_boundaries("\\"), "\\");
        for kept in [r"\b{start}Working", r"\bÉtape"] {
            assert_eq!(with_ascii_boundaries(kept), kept);
        }
    }

    #[test]
    fn a_bad_rule_is_named_with_its_line() {
        let rule = |more: &str| -> RuleText {
            toml::from_str(&format!("status='ready'\nsource='screen'\npattern='x'\n{more}")).unwrap()
        };
        let error = |rules: &[(usize, RuleText)]| compile(rules).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error(&[(7, rule("unless='('"))]).starts_with("line 7: rule 1: "));
        assert!(error(&[(7, rule("name='a'\nprompt='['"))]).starts_with("line 7: rule \"a\": "));
        assert!(error(&[(7, rule("choices='x'"))]).contains("(?<label>…)"));
        assert!(error(&[(7, rule("expires_ms=5"))]).contains("expires_ms"));
        assert!(error(&[(7, rule("waiting_for='trust'"))]).contains("waiting_for"));
        assert!(error(&[(3, rule("name='a'")), (9, rule("name='a'"))]).starts_with("line 9"));
        assert_eq!(error(&[(3, rule("name='a'")), (9, rule("name='b'"))]), "");
    }
}
