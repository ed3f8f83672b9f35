//! Policies: ordered rules in TOML, checked with their own examples when they are loaded. The shipped ones stand in
//! `profiles/policies/`. A policy that cannot be read in full is none: whoever loads keeps the last good one.

use super::pattern::{Paths, Words, like};
use super::places::Workplace;
use super::step::Step;
use super::verdict::{Class, Decision, Part, Risk};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// One text or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Several<T> {
    One(T),
    Many(Vec<T>),
}

impl<T: Clone> Several<T> {
    fn all(&self) -> Vec<T> {
        match self {
            Several::One(one) => vec![one.clone()],
            Several::Many(all) => all.clone(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    name: String,
    decision: Decision,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    tool: Option<Several<String>>,
    #[serde(default)]
    command: Option<Several<String>>,
    #[serde(default)]
    path: Option<Several<String>>,
    #[serde(default)]
    url: Option<Several<String>>,
    #[serde(default)]
    class: Option<Several<Class>>,
    #[serde(default)]
    risk: Option<Risk>,
    #[serde(default)]
    provider: Option<Several<String>>,
    #[serde(default)]
    profile: Option<Several<String>>,
    #[serde(default)]
    session: Option<Several<String>>,
    #[serde(default)]
    since: Option<toml::value::Datetime>,
    #[serde(default)]
    until: Option<toml::value::Datetime>,
    /// Commands that this rule must fit, and that it must not.
    #[serde(default, rename = "match")]
    fits: Vec<String>,
    #[serde(default)]
    not_match: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyText {
    #[serde(default)]
    extends: Option<String>,
    #[serde(default)]
    disable: Vec<String>,
    #[serde(default)]
    default: Option<Decision>,
    #[serde(default)]
    rules: Vec<Spanned<RuleText>>,
}

/// A rule, checked.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: String,
    pub decision: Decision,
    pub reason: Option<String>,
    /// Where it stands.
    pub file: String,
    pub line: usize,
    tool: Vec<String>,
    command: Vec<Words>,
    path: Vec<Paths>,
    url: Vec<String>,
    class: Vec<Class>,
    risk: Option<Risk>,
    provider: Vec<String>,
    profile: Vec<String>,
    session: Vec<String>,
    /// Seconds since 1970; the rule counts from the one to the other.
    since: Option<u64>,
    until: Option<u64>,
    fits: Vec<String>,
    not_match: Vec<String>,
}

/// Rules in their order, and what happens where none fits.
#[derive(Clone, Debug)]
pub struct Policy {
    pub rules: Vec<Rule>,
    pub default: Decision,
}

impl Policy {
    /// Whether rules that allow fit all of an example.
    pub(super) fn allows_in_example(&self, parts: &[Part], step: &Step, place: &Workplace) -> bool {
        let allow = |part: &Part| {
            let rules = self.rules.iter().filter(|rule| rule.decision == Decision::Allow);
            rules.into_iter().any(|rule| rule.applies_in_example(part, step, place))
        };
        parts.iter().all(allow)
    }

    /// For where no policy could be read yet.
    pub fn ask_for_everything() -> Policy {
        Policy { rules: Vec::new(), default: Decision::Ask }
    }
}

/// Why a policy is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    pub file: String,
    pub line: usize,
    pub what: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

impl Rule {
    /// Where it stands, and its name.
    pub fn place(&self) -> String {
        format!("{}:{} {}", self.file, self.line, self.name)
    }

    /// Likewise of an example, which has no time, and is of whichever provider, profile and session the rule is for.
    pub fn applies_in_example(&self, part: &Part, step: &Step, place: &Workplace) -> bool {
        let anyones = Rule {
            provider: Vec::new(),
            profile: Vec::new(),
            session: Vec::new(),
            since: None,
            until: None,
            ..self.clone()
        };
        anyones.applies(part, step, place, 0)
    }

    /// Whether it says something of this part of a step.
    pub fn applies(&self, part: &Part, step: &Step, place: &Workplace, now: u64) -> bool {
        let any =
            |patterns: &[String], text: &str| patterns.is_empty() || patterns.iter().any(|pattern| like(pattern, text));
        let is_now = self.since.is_none_or(|since| now >= since) && self.until.is_none_or(|until| now < until);
        let is_for = any(&self.tool, &step.tool.to_string())
            && any(&self.provider, &step.provider)
            && any(&self.profile, &step.profile)
            && any(&self.session, &step.session)
            && (self.url.is_empty() || step.url.as_ref().is_some_and(|url| any(&self.url, url)));
        if !is_now || !is_for || (!self.class.is_empty() && !self.class.contains(&part.class)) {
            return false;
        }
        let says_yes = self.decision == Decision::Allow;
        let is_risk = match (says_yes, self.risk) {
            // A yes is for what is harmless or stays in the workspace, unless it says more; never for what is critical.
            (true, most) => part.risk <= most.unwrap_or(Risk::Medium).min(Risk::High),
            (false, Some(least)) => part.risk >= least,
            (false, None) => true,
        };
        let is_command = self.command.is_empty()
            || (!part.argv.is_empty()
                && (part.is_exact || !says_yes)
                && self.command.iter().any(|words| words.matches(&part.argv)));
        let fits = |path: &str| self.path.iter().any(|pattern| pattern.matches(path, place));
        let is_path = self.path.is_empty()
            || if says_yes {
                !part.paths.is_empty() && part.paths.iter().all(|touched| fits(&touched.path))
            } else {
                part.paths.iter().any(|touched| fits(&touched.path))
            };
        is_risk && is_command && is_path
    }
}

/// Reads the texts of one policy: the shipped one it extends first, then its own. `shipped` gives a policy by its name.
///
/// # Errors
/// The first mistake: of the format, of a pattern, of an example.
pub fn load(file: &str, text: &str, shipped: &dyn Fn(&str) -> Option<(String, String)>) -> Result<Policy, Mistake> {
    let mut seen = Vec::new();
    read(file, text, shipped, &mut seen)
}

/// A policy of a repository: it may only ask and deny.
///
/// # Errors
/// Likewise; and a rule that allows, a policy that it extends, a rule that it switches off.
pub fn load_of_project(file: &str, text: &str) -> Result<Policy, Mistake> {
    let policy = load(file, text, &|_| None)?;
    match policy.rules.iter().find(|rule| rule.decision == Decision::Allow) {
        Some(rule) => Err(Mistake {
            file: file.into(),
            line: rule.line,
            what: format!("rule `{}` allows: a project's policy can only make things stricter", rule.name),
        }),
        None => Ok(policy),
    }
}

fn read(
    file: &str,
    text: &str,
    shipped: &dyn Fn(&str) -> Option<(String, String)>,
    seen: &mut Vec<String>,
) -> Result<Policy, Mistake> {
    let line_of = |range: Range<usize>| text[..range.start.min(text.len())].matches('\n').count() + 1;
    let mistake = |line: usize, what: String| Mistake { file: file.into(), line, what };
    let parsed: PolicyText =
        toml::from_str(text).map_err(|e| mistake(e.span().map_or(1, line_of), e.message().to_owned()))?;
    let mut policy = Policy { rules: Vec::new(), default: Decision::Ask };
    if let Some(name) = &parsed.extends {
        if seen.contains(name) {
            return Err(mistake(1, format!("`{name}` extends itself")));
        }
        seen.push(name.clone());
        let (path, text) = shipped(name).ok_or_else(|| mistake(1, format!("there is no policy `{name}` to extend")))?;
        policy = read(&path, &text, shipped, seen)?;
    }
    for name in &parsed.disable {
        let before = policy.rules.len();
        policy.rules.retain(|rule| rule.name != *name);
        if policy.rules.len() == before {
            return Err(mistake(1, format!("there is no rule `{name}` to disable")));
        }
    }
    if let Some(default) = parsed.default {
        if default == Decision::Allow {
            return Err(mistake(1, "`default` cannot be `allow`: what no rule knows would run".into()));
        }
        policy.default = default;
    }
    let mut own = Vec::new();
    for rule in &parsed.rules {
        let line = line_of(rule.span());
        own.push(compile(rule.get_ref(), file, line).map_err(|what| mistake(line, what))?);
    }
    // Its own are looked at first: of two that say the same, the nearer one is named.
    let count = own.len();
    own.append(&mut policy.rules);
    policy.rules = own;
    // Here, and not where this one is extended: a stricter rule there is no mistake of these.
    for rule in &policy.rules[..count] {
        super::examples::check(&policy, rule, &rule.fits, &rule.not_match)?;
    }
    Ok(policy)
}

fn compile(text: &RuleText, file: &str, line: usize) -> Result<Rule, String> {
    fn all<T: Clone>(several: Option<&Several<T>>) -> Vec<T> {
        several.map(Several::all).unwrap_or_default()
    }
    if text.decision == Decision::Allow && text.risk == Some(Risk::Critical) {
        return Err(format!("rule `{}`: what is critical cannot be allowed", text.name));
    }
    let is_empty = text.tool.is_none()
        && text.command.is_none()
        && text.path.is_none()
        && text.url.is_none()
        && text.class.is_none()
        && text.risk.is_none();
    if is_empty && text.decision == Decision::Allow {
        return Err(format!(
            "rule `{}` would allow everything: say which tool, command, path, url, class or risk",
            text.name
        ));
    }
    let named = |what: String| format!("rule `{}`: {what}", text.name);
    let command =
        all(text.command.as_ref()).iter().map(|c| Words::parse(c)).collect::<Result<_, _>>().map_err(named)?;
    let path = all(text.path.as_ref()).iter().map(|p| Paths::parse(p)).collect::<Result<_, _>>().map_err(named)?;
    let time = |at: &Option<toml::value::Datetime>| match at {
        None => Ok(None),
        Some(at) => seconds(&at.to_string()).map(Some).ok_or_else(|| {
            format!("rule `{}`: `{at}` needs a date, a time and an offset: 2026-12-31T18:00:00Z", text.name)
        }),
    };
    Ok(Rule {
        name: text.name.clone(),
        decision: text.decision,
        reason: text.reason.clone(),
        file: file.into(),
        line,
        tool: all(text.tool.as_ref()),
        command,
        path,
        url: all(text.url.as_ref()),
        class: all(text.class.as_ref()),
        risk: text.risk,
        provider: all(text.provider.as_ref()),
        profile: all(text.profile.as_ref()),
        session: all(text.session.as_ref()),
        since: time(&text.since)?,
        until: time(&text.until)?,
        fits: text.fits.clone(),
        not_match: text.not_match.clone(),
    })
}

/// Seconds since 1970 of a date with a time and an offset.
fn seconds(text: &str) -> Option<u64> {
    crate::base::clock::parse_rfc3339(text).map(|milliseconds| milliseconds / 1000)
}
