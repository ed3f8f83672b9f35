//! Weighs the evidence of one moment: the program's own report first, then its title, then who is in the
//! foreground, then the settled screen; the fallback is `unknown`. Pure: the caller brings the facts.

use crate::core::status::{Region, Rule, Source, Status, WaitingFor};

/// What the program said of itself by OSC 7501.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    pub status: Status,
    pub waiting_for: Option<WaitingFor>,
    pub message: Option<String>,
}

/// Everything known at one moment.
#[derive(Clone, Debug, Default)]
pub struct Evidence<'a> {
    pub program: Option<&'a Program>,
    pub title: &'a str,
    /// The rows of the screen; `None` while it is still changing.
    pub settled: Option<&'a str>,
    /// For shells: whether the shell itself is in the foreground (idle) or a program of it.
    pub shell_in_front: Option<bool>,
    /// The terminal has shown something at all.
    pub has_output: bool,
    /// The program has announced reports: until the first one its looks cannot say that it has finished or failed.
    pub will_report: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdict {
    pub status: Status,
    pub waiting_for: Option<WaitingFor>,
    pub detail: Option<String>,
    /// What decided, in one line.
    pub evidence: String,
}

/// Evidence of a status that the program itself has reported.
pub const OWN_REPORT: &str = "the program's own report (OSC 7501)";

/// The rows of a settled screen that [`Region::Bottom`] means.
const BOTTOM_ROWS: usize = 12;

/// # Invariant
/// A weaker source never overrules a stronger one, and silence is no evidence.
pub fn judge(evidence: &Evidence<'_>, rules: &[Rule]) -> Verdict {
    if let Some(program) = evidence.program {
        let message = program.message.as_deref().unwrap_or_default();
        let named = rules
            .iter()
            .filter(|r| r.text.source == Source::Report && r.text.status == program.status)
            .find(|r| r.pattern.is_match(message));
        return Verdict {
            status: program.status,
            waiting_for: named.map_or(program.waiting_for, |r| r.text.waiting_for),
            detail: program.message.clone(),
            evidence: OWN_REPORT.into(),
        };
    }
    for source in [Source::Title, Source::Screen] {
        for (index, rule) in rules.iter().enumerate().filter(|(_, r)| r.text.source == source) {
            if evidence.will_report && matches!(rule.text.status, Status::Ready | Status::Completed | Status::Error) {
                continue;
            }
            if let Some(found) = find(rule, evidence) {
                return Verdict {
                    status: rule.text.status,
                    waiting_for: rule.text.waiting_for.or_else(|| told_by_screen(rule.text.status, evidence, rules)),
                    detail: rule.text.detail.clone(),
                    evidence: format!("rule {} on the {}: {found}", index + 1, word(source)),
                };
            }
        }
    }
    match evidence.shell_in_front {
        Some(true) => Verdict {
            status: Status::Ready,
            evidence: "the shell itself is in the foreground".into(),
            ..Verdict::default()
        },
        Some(false) => Verdict {
            status: Status::Running,
            evidence: "a program of the shell is in the foreground".into(),
            ..Verdict::default()
        },
        None if !evidence.has_output => {
            Verdict { status: Status::Initializing, evidence: "nothing was printed yet".into(), ..Verdict::default() }
        }
        None => Verdict { evidence: "no rule matched".into(), ..Verdict::default() },
    }
}

/// What it waits for, by the screen: a title may say that it waits without saying for what.
fn told_by_screen(status: Status, evidence: &Evidence<'_>, rules: &[Rule]) -> Option<WaitingFor> {
    let of_status = rules.iter().filter(|r| r.text.source == Source::Screen && r.text.status == status);
    of_status.filter(|r| find(r, evidence).is_some()).find_map(|r| r.text.waiting_for)
}

fn word(source: Source) -> &'static str {
    match source {
        Source::Title => "title",
        Source::Screen => "screen",
        Source::Report => "report",
    }
}

fn find(rule: &Rule, evidence: &Evidence<'_>) -> Option<String> {
    let text = match rule.text.source {
        Source::Title => evidence.title,
        Source::Screen => evidence.settled?,
        Source::Report => evidence.program?.message.as_deref()?,
    };
    let text = match rule.text.region {
        Region::Whole => text,
        Region::Bottom => bottom(text),
    };
    if rule.unless.as_ref().is_some_and(|unless| unless.is_match(text)) {
        return None;
    }
    rule.pattern.find(text).map(|m| m.as_str().trim().chars().take(80).collect())
}

/// From the twelfth last row that is not blank.
fn bottom(text: &str) -> &str {
    let mut left = BOTTOM_ROWS;
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
    use crate::core::status::{RuleText, compile};

    fn rule(status: Status, source: Source, region: Region, pattern: &str, unless: Option<&str>) -> RuleText {
        RuleText {
            status,
            waiting_for: None,
            detail: None,
            source,
            region,
            pattern: pattern.into(),
            unless: unless.map(Into::into),
        }
    }

    #[test]
    fn stronger_sources_win_and_silence_is_unknown() {
        let rules = compile(&[
            rule(Status::Ready, Source::Screen, Region::Bottom, "^❯", None),
            rule(Status::Running, Source::Title, Region::Whole, "^[⠂⠐]", None),
            rule(Status::Waiting, Source::Screen, Region::Whole, "proceed\\?$", Some("^> ")),
        ])
        .unwrap();
        let program = Program { status: Status::Error, waiting_for: None, message: Some("m".into()) };
        let base = Evidence { has_output: true, ..Evidence::default() };
        for (evidence, expected) in [
            (Evidence { program: Some(&program), title: "⠂ x", settled: Some("❯"), ..base }, Status::Error),
            (Evidence { title: "⠂ x", settled: Some("❯ "), ..base }, Status::Running),
            (Evidence { settled: Some("a\n❯ \n"), ..base }, Status::Ready),
            (Evidence { settled: Some("Do you want to proceed?"), ..base }, Status::Waiting),
            (Evidence { settled: Some("Do you want to proceed?\n> "), ..base }, Status::Unknown),
            (Evidence { settled: None, ..base }, Status::Unknown),
            (Evidence { settled: Some("a\n❯ \n"), will_report: true, ..base }, Status::Unknown),
            (Evidence { title: "⠂ x", will_report: true, ..base }, Status::Running),
            (Evidence { has_output: false, ..base }, Status::Initializing),
            (Evidence { shell_in_front: Some(true), ..base }, Status::Ready),
            (Evidence { shell_in_front: Some(false), ..base }, Status::Running),
        ] {
            assert_eq!(judge(&evidence, &rules).status, expected, "{evidence:?}");
        }
    }

    #[test]
    fn bottom_is_the_last_rows_that_are_not_blank() {
        let text = (0..30).map(|i| format!("{i}\n\n")).collect::<String>();
        assert!(bottom(&text).starts_with("18\n"), "{:?}", bottom(&text));
        assert_eq!(bottom("a\nb"), "a\nb");
        assert_eq!(bottom(""), "");
    }
}
