//! Examples of rules, judged when a policy is loaded: a rule that does not do what its author believes is found then, and not
//! when an agent runs something.

use super::facts::Nothing;
use super::places::Workplace;
use super::rules::{Mistake, Policy, Rule};
use super::step::{Step, Tool};

/// The place that examples stand in.
fn place() -> Workplace {
    Workplace {
        workspace: "/home/you/project".into(),
        home: "/home/you".into(),
        user: "you".into(),
        state: vec!["/home/you/.conductor".into()],
    }
}

/// # Errors
/// An example that the rule does not fit, or one that it should not and does.
pub fn check(policy: &Policy, rule: &Rule, fits: &[String], not_match: &[String]) -> Result<(), Mistake> {
    let place = place();
    let says = |example: &str| {
        let step = match example.split_once(' ') {
            Some(("edit:", path)) => Step { tool: Tool::Edit, paths: vec![path.into()], ..Step::default() },
            Some(("read:", path)) => Step { tool: Tool::Read, paths: vec![path.into()], ..Step::default() },
            Some(("fetch:", url)) => Step { tool: Tool::Fetch, url: Some(url.into()), ..Step::default() },
            Some(("mcp:", name)) => Step { tool: Tool::Mcp(name.into()), ..Step::default() },
            _ => Step { command: example.into(), ..Step::default() },
        };
        let step = Step { folder: place.workspace.display().to_string(), ..step };
        let parts = step.analyse(&place, &Nothing).parts;
        let is_yes = rule.decision == super::verdict::Decision::Allow;
        let applies = parts.iter().any(|part| rule.applies_in_example(part, &step, &place));
        // What stands beside it must be allowed as well, by whichever rule.
        applies && (!is_yes || policy.allows_in_example(&parts, &step, &place))
    };
    let mistake = |what: String| Mistake { file: rule.file.clone(), line: rule.line, what };
    if let Some(wrong) = fits.iter().find(|example| !says(example)) {
        return Err(mistake(format!("rule `{}` does not fit its example `{wrong}`", rule.name)));
    }
    if let Some(wrong) = not_match.iter().find(|example| says(example)) {
        return Err(mistake(format!("rule `{}` fits `{wrong}`, which is in its `not_match`", rule.name)));
    }
    Ok(())
}
