//! A script: what a double looks like, how it behaves, and what it does at which prompt. Read by the role from a TOML
//! file. A mistake is an error with its line and its key; a script is used whole or not at all.

use crate::fake::hooks::Hooks;
use crate::fake::style::Family;
use regex::Regex;
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// Between two attempts of a `retry`, unless it says otherwise: what the real ones begin with.
const RETRY_EVERY: u64 = 1000;
/// Faster than any program redraws, and than any terminal shows.
const FASTEST: u32 = 1000;

/// A script that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {reason}")]
pub struct BadScript {
    pub line: usize,
    pub reason: String,
}

/// A checked script.
#[derive(Clone, Debug)]
pub struct Script {
    pub style: Family,
    /// Sets the window's title, with the family's marks.
    pub title: bool,
    /// Tells its state by OSC 7501.
    pub reports: bool,
    pub alternate_screen: bool,
    /// Brackets each picture with mode 2026.
    pub synchronized: bool,
    /// Asks whether to trust the folder before anything else.
    pub trust: bool,
    /// Shows nothing and loses all keys for so long.
    pub slow_start_ms: u64,
    /// The first Enter in the composer is lost.
    pub swallow_first_enter: bool,
    /// Keys are lost for so long after the first picture, and after a dialog has appeared.
    pub drop_keys_ms: u64,
    /// Draws everything anew so often, whatever it does; 0: only what changes.
    pub redraw_hz: u32,
    /// A paste of more bytes is shown as a placeholder; 0: never.
    pub paste_placeholder_over: usize,
    pub hooks: Hooks,
    pub turns: Vec<Turn>,
}

#[derive(Clone, Debug)]
pub struct Turn {
    pub prompt: Regex,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// At work, saying nothing.
    Think(u64),
    /// Text, spread over so many milliseconds.
    Say {
        text: String,
        over: u64,
    },
    /// A command that is run without asking.
    Run(String),
    /// A command that is run if the dialog about it is answered with yes.
    Approve {
        command: String,
        reason: Option<String>,
        choices: Vec<String>,
    },
    Ask {
        question: String,
        choices: Vec<String>,
    },
    /// The turn fails with this message.
    Fail(String),
    Retry {
        times: u32,
        every: u64,
    },
    /// Bytes as they are.
    Print(Vec<u8>),
    Exit(i32),
    /// At work until interrupted.
    Hang,
    /// SIGKILLs itself, at work to the last.
    Die,
    /// Says what a state of its own looks like, as text.
    Quote(Quote),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quote {
    Approval,
    Question,
    Working,
    Composer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    style: Family,
    title: Option<bool>,
    reports: Option<bool>,
    alternate_screen: Option<bool>,
    synchronized: Option<bool>,
    trust: Option<Spanned<bool>>,
    #[serde(default)]
    slow_start_ms: u64,
    #[serde(default)]
    swallow_first_enter: bool,
    #[serde(default)]
    drop_keys_ms: u64,
    redraw_hz: Option<Spanned<u32>>,
    #[serde(default)]
    paste_placeholder_over: usize,
    hooks: Option<Spanned<Hooks>>,
    #[serde(default)]
    turns: Vec<TurnText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TurnText {
    prompt: Option<Spanned<String>>,
    steps: Vec<Spanned<StepText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    think: Option<u64>,
    say: Option<String>,
    over: Option<u64>,
    run: Option<String>,
    approve: Option<String>,
    reason: Option<String>,
    ask: Option<String>,
    choices: Option<Vec<String>>,
    fail: Option<String>,
    retry: Option<u32>,
    every: Option<u64>,
    print: Option<String>,
    hex: Option<String>,
    exit: Option<i32>,
    hang: Option<bool>,
    die: Option<bool>,
    quote: Option<Quote>,
}

/// The keys of a step that say what it does; each has exactly one of them.
const DOES: &str = "think, say, run, approve, ask, fail, retry, print, hex, exit, hang, die or quote";

/// # Errors
/// For the first mistake, with its line.
pub fn parse(text: &str) -> Result<Script, BadScript> {
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let said = error.message().to_owned();
        // What is wrong with a value does not say whose value it is.
        let reason = match key_before(text, at) {
            Some(key) if !said.contains(&format!("`{key}`")) => format!("`{key}`: {said}"),
            _ => said,
        };
        BadScript { line: line_of(text, at), reason }
    })?;
    let bad = |span: Range<usize>, reason: String| BadScript { line: line_of(text, span.start), reason };
    let look = file.style.look();
    if let Some(trust) = file.trust.as_ref().filter(|trust| *trust.get_ref() && look.trust_choices().is_empty()) {
        let reason = format!("`trust`: the style {} has no such question", file.style.word());
        return Err(bad(trust.span(), reason));
    }
    if let Some(hz) = file.redraw_hz.as_ref().filter(|hz| *hz.get_ref() > FASTEST) {
        return Err(bad(hz.span(), format!("`redraw_hz`: at most {FASTEST}")));
    }
    if let Some(hooks) = &file.hooks
        && let Some(reason) = hooks.get_ref().mistake(look)
    {
        return Err(bad(hooks.span(), format!("`hooks`: {reason}")));
    }
    let mut turns = Vec::new();
    for turn in file.turns {
        let (pattern, span) = turn.prompt.map_or((String::new(), 0..0), |p| (p.get_ref().clone(), p.span()));
        let prompt = Regex::new(&format!("(?s){pattern}")).map_err(|e| bad(span, format!("`prompt`: {e}")))?;
        let steps = turn.steps.into_iter().map(|step| {
            let span = step.span();
            step_of(step.into_inner()).map_err(|reason| bad(span, reason))
        });
        turns.push(Turn { prompt, steps: steps.collect::<Result<_, _>>()? });
    }
    let usual = look.usual();
    Ok(Script {
        style: file.style,
        title: file.title.unwrap_or(usual.title),
        reports: file.reports.unwrap_or(usual.reports),
        alternate_screen: file.alternate_screen.unwrap_or(usual.alternate_screen),
        synchronized: file.synchronized.unwrap_or(usual.synchronized),
        trust: file.trust.is_some_and(Spanned::into_inner),
        slow_start_ms: file.slow_start_ms,
        swallow_first_enter: file.swallow_first_enter,
        drop_keys_ms: file.drop_keys_ms,
        redraw_hz: file.redraw_hz.map_or(0, Spanned::into_inner),
        paste_placeholder_over: file.paste_placeholder_over,
        hooks: file.hooks.map(Spanned::into_inner).unwrap_or_default(),
        turns,
    })
}

/// One step, from the one key that says what it does and those that go with it.
fn step_of(text: StepText) -> Result<Step, String> {
    let StepText { think, say, over, run, approve, reason, ask, choices, fail, retry, every, print, hex, .. } = text;
    let StepText { exit, hang, die, quote, .. } = text;
    for (key, is_given, verb, goes_with) in [
        ("over", over.is_some(), "say", say.is_some()),
        ("reason", reason.is_some(), "approve", approve.is_some()),
        ("choices", choices.is_some(), "approve` or `ask", approve.is_some() || ask.is_some()),
        ("every", every.is_some(), "retry", retry.is_some()),
    ] {
        if is_given && !goes_with {
            return Err(format!("`{key}` goes with `{verb}`"));
        }
    }
    if hang == Some(false) || die == Some(false) {
        return Err("`hang` and `die` are either true or not there".into());
    }
    if let Some(few) = choices.as_ref().filter(|c| c.len() < 2) {
        return Err(format!("`choices`: {} is not enough to choose from", few.len()));
    }
    if ask.is_some() && choices.is_none() {
        return Err("`ask` needs `choices`".into());
    }
    let choices = choices.unwrap_or_default();
    let hex = hex.map(|digits| bytes_of(&digits)).transpose()?;
    let all = [
        think.map(Step::Think),
        say.map(|text| Step::Say { text, over: over.unwrap_or(0) }),
        run.map(Step::Run),
        approve.map(|command| Step::Approve { command, reason, choices: choices.clone() }),
        ask.map(|question| Step::Ask { question, choices }),
        fail.map(Step::Fail),
        retry.map(|times| Step::Retry { times, every: every.unwrap_or(RETRY_EVERY) }),
        print.map(|text| Step::Print(text.into_bytes())),
        hex.map(Step::Print),
        exit.map(Step::Exit),
        hang.map(|_| Step::Hang),
        die.map(|_| Step::Die),
        quote.map(Step::Quote),
    ];
    let mut said = all.into_iter().flatten();
    match (said.next(), said.next()) {
        (Some(step), None) => Ok(step),
        (None, _) => Err(format!("a step that does nothing: it has one of {DOES}")),
        (Some(_), Some(_)) => Err(format!("a step does one thing: it has only one of {DOES}")),
    }
}

/// `1b 5b 41`, with or without blanks.
fn bytes_of(digits: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u32> = digits
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).ok_or_else(|| format!("`hex`: `{c}` is no digit")))
        .collect::<Result<_, _>>()?;
    if digits.len() % 2 == 1 {
        return Err("`hex`: an odd number of digits".into());
    }
    Ok(digits.chunks(2).filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect())
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at.min(text.len())].matches('\n').count() + 1
}

/// The key whose value begins at `at`.
fn key_before(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at)?.trim_end().strip_suffix('=')?.trim_end();
    let key = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (!key.is_empty()).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text).map_or_else(|e| e.to_string(), |_| String::new())
    }

    #[test]
    fn a_script_with_everything() {
        let script = parse(
            r#"
style = "claude"
title = false
reports = false
alternate_screen = false
synchronized = false
trust = true
slow_start_ms = 1
swallow_first_enter = true
drop_keys_ms = 2
redraw_hz = 3
paste_placeholder_over = 4
[hooks]
PreToolUse = "true"
[[turns]]
prompt = "^one"
steps = [
  { think = 5 }, { say = "a", over = 6 }, { say = "b" }, { run = "c" },
  { approve = "d", reason = "e", choices = ["yes", "no"] }, { approve = "f" },
  { ask = "g", choices = ["h", "i"] }, { fail = "j" }, { retry = 7, every = 8 }, { retry = 9 },
  { print = "\u001b[A" }, { hex = "1b 5B41" }, { exit = 10 }, { hang = true }, { die = true }, { quote = "approval" },
]
[[turns]]
steps = []
"#,
        )
        .unwrap();
        let (yes_no, h_i) = (vec!["yes".into(), "no".into()], vec!["h".into(), "i".into()]);
        let expected = [
            Step::Think(5),
            Step::Say { text: "a".into(), over: 6 },
            Step::Say { text: "b".into(), over: 0 },
            Step::Run("c".into()),
            Step::Approve { command: "d".into(), reason: Some("e".into()), choices: yes_no },
            Step::Approve { command: "f".into(), reason: None, choices: vec![] },
            Step::Ask { question: "g".into(), choices: h_i },
            Step::Fail("j".into()),
            Step::Retry { times: 7, every: 8 },
            Step::Retry { times: 9, every: RETRY_EVERY },
            Step::Print(b"\x1b[A".into()),
            Step::Print(b"\x1b[A".into()),
            Step::Exit(10),
            Step::Hang,
            Step::Die,
            Step::Quote(Quote::Approval),
        ];
        assert_eq!(script.turns[0].steps, expected);
        assert!(script.turns[0].prompt.is_match("one two") && !script.turns[0].prompt.is_match("two one"));
        assert!(script.turns[1].prompt.is_match(""));
        assert!(!script.title && !script.reports && !script.alternate_screen && !script.synchronized && script.trust);
        assert_eq!((script.slow_start_ms, script.drop_keys_ms, script.redraw_hz), (1, 2, 3));
        assert!(script.swallow_first_enter && script.paste_placeholder_over == 4 && script.hooks != Hooks::default());
    }

    #[test]
    fn what_is_not_said_is_as_in_the_family() {
        let of = |style: &str| parse(&format!("style = '{style}'")).unwrap();
        let usual = |s: &Script| (s.title, s.reports, s.alternate_screen, s.synchronized);
        assert_eq!(usual(&of("claude")), (true, true, true, true));
        assert_eq!(usual(&of("gemini")), (true, false, false, false));
        assert_eq!(usual(&of("plain")), (false, false, false, false));
    }

    #[test]
    fn a_mistake_is_named_with_its_line_and_key() {
        for (text, expected) in [
            ("", "line 1: missing field `style`"),
            ("style = 'cobol'", "line 1: `style`: unknown variant `cobol`"),
            ("style = 'plain'\nstile = 1", "line 2: unknown field `stile`"),
            ("style = 'plain'\n\nslow_start_ms = 'x'", "line 3: `slow_start_ms`: invalid type: string"),
            ("style = 'plain'\nredraw_hz = 5000", "line 2: `redraw_hz`: at most 1000"),
            ("style = 'plain'\ntrust = true", "line 2: `trust`: the style plain has no such question"),
            ("style = 'plain'\n[[turns]]\nprompt = '('\nsteps = []", "line 3: `prompt`: regex parse error"),
            ("style = 'plain'\n[[turns]]\nsteps = [\n{ thnk = 1 },\n]", "line 4: unknown field `thnk`"),
            ("style = 'plain'\n[[turns]]\nsteps = [\n{ think = -1 },\n]", "line 4: `think`: invalid value: integer"),
            ("style = 'plain'\n[[turns]]\nsteps = [\n{},\n]", "line 4: a step that does nothing"),
            ("style = 'plain'\n[[turns]]\nsteps = [{ say = 'a', run = 'b' }]", "line 3: a step does one thing"),
            ("style = 'plain'\n[[turns]]\nsteps = [{ run = 'a', over = 1 }]", "line 3: `over` goes with `say`"),
            ("style = 'plain'\n[[turns]]\nsteps = [{ ask = 'a' }]", "line 3: `ask` needs `choices`"),
            ("style = 'plain'\n[[turns]]\nsteps = [{ ask = 'a', choices = ['b'] }]", "line 3: `choices`: 1 is not"),
            ("style = 'plain'\n[[turns]]\nsteps = [{ hex = '1' }]", "line 3: `hex`: an odd number"),
            ("style = 'plain'\n[[turns]]\nsteps = [{ hex = '1x' }]", "line 3: `hex`: `x` is no digit"),
            ("style = 'plain'\n[[turns]]\nsteps = [{ quote = 'x' }]", "line 3: `quote`: unknown variant `x`"),
            ("style = 'plain'\n[[turns]]\nsteps = [{ hang = false }]", "line 3: `hang` and `die`"),
            ("style = 'claude'\n[hooks]\nBeforeTool = 'x'", "line 2: `hooks`: it knows no event `BeforeTool`"),
            ("style = 'claude'\n[hooks]\nPreToolUse = 5", "line 3: `PreToolUse`: invalid type: integer"),
        ] {
            let said = error(text);
            assert!(said.starts_with(expected), "{text}\n{said}\nnot\n{expected}");
        }
    }
}
