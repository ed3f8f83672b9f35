//! `policy`: what the rules say of a command or of many, whether a policy's file can be used, and which rule would allow a step.
//! Needs no server: commands are taken apart by workers of this verb's own.

mod history;

use crate::base::clock::now_ms;
use crate::base::text::{bytes, printable, shell_word};
use crate::cli::args::{PolicyAction, PolicyArguments, PolicyPlace};
use crate::cli::context::Context;
use crate::cli::failure::{FAILED, Failure, NO_SUCH_THING, USAGE};
use crate::cli::out;
use crate::core::policy::{Decision, Part, Policy, Proposal, Step, Tool, Verdict, Workplace, always, decide};
use crate::judges::{Also, Effect, Judges, NAMES, Policies, effects, shipped, workspace_around};
use serde::Deserialize;
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What `policy check` of one command ends with.
const ASKED: i32 = 10;
const DENIED: i32 = 11;

pub fn run(context: &Context, arguments: &PolicyArguments) -> Result<i32, Failure> {
    match &arguments.action {
        PolicyAction::Check { command, batch: None, explain, place, tool } => {
            one(context, &text_of(command), tool.as_deref(), place, *explain)
        }
        PolicyAction::Check { batch: Some(file), place, .. } => batch(context, file, place),
        PolicyAction::Explain { command, place } => one(context, &text_of(command), None, place, true),
        PolicyAction::Test { since, policy } => history::run(context, since, policy.as_deref()),
        PolicyAction::Show { name } => show(context, name.as_deref()),
        PolicyAction::Verify { file } => verify(context, file),
    }
}

/// The policy, the workers and the place, as one verb uses them.
struct Bench {
    policy: std::sync::Arc<Policy>,
    judges: Judges,
    place: Workplace,
    folder: String,
    /// `PATH`, where the programs are those of this user.
    search: Option<String>,
    problem: Option<String>,
}

impl Bench {
    fn new(context: &Context, of: &PolicyPlace) -> Result<Bench, Failure> {
        let policies = Policies::new(&context.places.config);
        let in_force = policies.now();
        let policy = match &of.policy {
            None => in_force.policy,
            Some(name) => std::sync::Arc::new(named(context, &policies, name)?),
        };
        let here =
            std::env::current_dir().map_err(|e| Failure::new(FAILED, "there is no working directory").cause(e))?;
        let folder = of.workspace.as_ref().map_or_else(|| here.clone(), |workspace| here.join(workspace));
        let workspace = match &of.workspace {
            Some(_) => folder.clone(),
            None => workspace_around(&folder),
        };
        let own_home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_else(|| "/".into());
        let own_user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_default();
        let (home, user, search) = match &of.user {
            None => (own_home, own_user, std::env::var("PATH").ok()),
            Some(user) if user == "root" => ("/root".into(), user.clone(), None),
            Some(user) => (Path::new("/home").join(user), user.clone(), None),
        };
        let places = &context.places;
        let mut state = places.all();
        let usual = [".conductor", ".config/conductor-tui", ".local/share/conductor-tui", ".local/state/conductor-tui"];
        state.extend(usual.map(|name| home.join(name)));
        let program =
            std::env::current_exe().map_err(|e| Failure::new(FAILED, "this program is not found").cause(e))?;
        Ok(Bench {
            policy,
            judges: Judges::new(program),
            folder: folder.display().to_string(),
            place: Workplace { workspace, home, user, state },
            search,
            problem: in_force.problem.map(|problem| problem.to_string()),
        })
    }

    fn step(&self, command: &str, shell: &str) -> Step {
        Step { command: command.into(), folder: self.folder.clone(), shell: shell.into(), ..Step::default() }
    }

    fn verdict(&self, step: &Step) -> Verdict {
        let analysis = self.judges.analyse(step, &self.place, self.search.as_deref());
        decide(analysis, step, &self.policy, None, &self.place, now_ms() / 1000)
    }
}

fn named(context: &Context, policies: &Policies, name: &str) -> Result<Policy, Failure> {
    let (path, text) = shipped(name, &context.places.config.join("policies")).ok_or_else(|| {
        Failure::new(NO_SUCH_THING, format!("there is no policy `{name}`"))
            .hint(format!("shipped ones: {}", NAMES.join(", ")))
    })?;
    policies
        .parse(Path::new(&path), &text)
        .map_err(|mistake| Failure::new(FAILED, "the policy cannot be used").cause(mistake))
}

fn one(
    context: &Context,
    command: &str,
    tool: Option<&str>,
    place: &PolicyPlace,
    is_explained: bool,
) -> Result<i32, Failure> {
    if command.is_empty() {
        return Err(Failure::new(USAGE, "no command was given").hint("`conductor-tui policy check -- git push`"));
    }
    let bench = Bench::new(context, place)?;
    let mut step = bench.step(command, place.shell.as_deref().unwrap_or_default());
    if let Some(tool) = tool {
        step = of_tool(tool, command, step)?;
    }
    let verdict = bench.verdict(&step);
    let code = match verdict.decision {
        Decision::Allow => 0,
        Decision::Ask | Decision::AskTwo => ASKED,
        Decision::Deny => DENIED,
    };
    let explained = is_explained.then(|| {
        let proposals = always(&step, &verdict, &bench.place);
        let also = proposals.as_ref().map(|all| history::also(context, &bench, &step, all)).unwrap_or_default();
        (effects(&verdict.parts), proposals, also)
    });
    if context.json {
        let mut told = serde_json::to_value(&verdict)
            .map_err(|e| Failure::new(FAILED, "the verdict cannot be written").cause(e))?;
        if let Some((effects, proposals, also)) = &explained {
            told["effects"] = json!(effects);
            match proposals {
                Ok(proposals) => {
                    let with = proposals.iter().enumerate().map(|(n, proposal)| {
                        json!({ "says": proposal.says, "toml": proposal.toml, "also": also.get(n).cloned().flatten() })
                    });
                    told["proposals"] = with.collect();
                }
                Err(why) => told["no_proposal"] = json!(why),
            }
        }
        if let Some(problem) = &bench.problem {
            told["problem"] = json!(problem);
        }
        out::json(&told)?;
        return Ok(code);
    }
    if let Some(problem) = &bench.problem {
        out::note(&format!("the policy's file cannot be used: {problem}"));
    }
    out::text(&head(&verdict))?;
    if let Some((effects, proposals, also)) = &explained {
        explain(command, &verdict, effects, proposals, also)?;
    }
    Ok(code)
}

fn of_tool(tool: &str, words: &str, step: Step) -> Result<Step, Failure> {
    let paths = vec![words.to_owned()];
    let plain = Step { command: String::new(), ..step.clone() };
    let named = match tool {
        "mcp" => Some(Tool::Mcp(words.to_owned())),
        tool => Tool::parse(tool),
    };
    Ok(match named {
        Some(Tool::Shell) => step,
        Some(tool @ (Tool::Edit | Tool::Read)) => Step { tool, paths, ..plain },
        Some(tool @ Tool::Fetch) => Step { tool, url: Some(words.to_owned()), ..plain },
        Some(tool) => Step { tool, ..plain },
        None => {
            return Err(Failure::new(USAGE, format!("`{tool}` is no tool")).hint("edit, read, fetch or mcp"));
        }
    })
}

/// One word is the text of a command; of several, the shell has taken the quotes off already.
fn text_of(words: &[String]) -> String {
    match words {
        [only] => only.clone(),
        words => words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" "),
    }
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::Ask => "ask",
        Decision::AskTwo => "ask-two",
        Decision::Deny => "deny",
    }
}

fn head(verdict: &Verdict) -> String {
    let rule = verdict.rule.as_ref().map_or_else(|| "no rule fits".into(), |rule| format!("rule {rule}"));
    format!(
        "{}: {} ({}, {})",
        word(verdict.decision),
        printable(&verdict.reason),
        kind(verdict.class, verdict.risk),
        rule
    )
}

fn kind(class: crate::core::policy::Class, risk: crate::core::policy::Risk) -> String {
    format!("{class:?}, {risk:?} risk").to_lowercase()
}

fn explain(
    command: &str,
    verdict: &Verdict,
    effects: &[Effect],
    proposals: &Result<Vec<Proposal>, String>,
    also: &[Option<Also>],
) -> Result<(), Failure> {
    for part in &verdict.parts {
        out::text(&format!("  {}: {}", kind(part.class, part.risk), printable(&part.what)))?;
        out::text(&format!("    {}", marked(command, part)))?;
        if !part.argv.is_empty() {
            let words: Vec<String> = part.argv.iter().map(|word| format!("{:?}", printable(word))).collect();
            let known = if part.is_exact { "" } else { " (not all is known before it runs)" };
            out::text(&format!("    really: {}{known}", words.join(" ")))?;
        }
    }
    for decoded in &verdict.decoded {
        out::text(&format!("  hidden as {}: {}", decoded.form, printable(decoded.text.trim_end())))?;
    }
    for effect in effects {
        let more = if effect.is_more { "more than " } else { "" };
        let size = bytes(effect.bytes);
        out::text(&format!("  {}: {more}{} files, {size}; {}", printable(&effect.path), effect.files, effect.undo))?;
    }
    match proposals {
        Ok(all) => {
            for (n, proposal) in all.iter().enumerate() {
                out::text(&format!("  always would be: {}", printable(&proposal.says)))?;
                for line in proposal.toml.lines().filter(|line| !line.is_empty()) {
                    out::text(&format!("    {}", printable(line)))?;
                }
                if let Some(Some(also)) = also.get(n) {
                    let named: Vec<String> = also.steps.iter().map(|step| format!("`{}`", printable(step))).collect();
                    let named = if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
                    let more = if also.is_cut { ", the newest of more" } else { "" };
                    out::text(&format!(
                        "    of {} steps of the last 30 days{more} it would have allowed {}{named}",
                        also.of, also.count
                    ))?;
                }
            }
            if !all.is_empty() {
                out::text(
                    "  a rule counts for all agents and for good; `session`, `provider` or `until` in it make it narrower",
                )?;
            }
        }
        Err(_) if verdict.decision == Decision::Allow => {}
        Err(why) => out::text(&format!("  no rule is proposed: {}", printable(why)))?,
    }
    Ok(())
}

/// The part of the command that is meant, between its surroundings.
fn marked(command: &str, part: &Part) -> String {
    let (from, to) = (part.span.from.min(command.len()), part.span.to.min(command.len()));
    match (command.get(..from), command.get(from..to), command.get(to..)) {
        (Some(before), Some(meant), Some(after)) if to > from => {
            format!("{}⟦{}⟧{}", printable(before), printable(meant), printable(after))
        }
        _ => printable(command),
    }
}

/// A line of a batch.
#[derive(Deserialize)]
struct Line {
    id: serde_json::Value,
    command: String,
    #[serde(default)]
    shell: String,
}

fn batch(context: &Context, file: &Path, place: &PolicyPlace) -> Result<i32, Failure> {
    let unreadable =
        |e: std::io::Error| Failure::new(NO_SUCH_THING, format!("cannot read {}", file.display())).cause(e);
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        text
    } else {
        std::fs::read_to_string(file).map_err(unreadable)?
    };
    let bench = Bench::new(context, place)?;
    let mut has_bad = false;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let told = match serde_json::from_str::<Line>(line) {
            Ok(line) => {
                let shell = if line.shell.is_empty() { place.shell.clone().unwrap_or_default() } else { line.shell };
                let verdict = bench.verdict(&bench.step(&line.command, &shell));
                json!({
                    "id": line.id, "decision": verdict.decision, "class": verdict.class, "risk": verdict.risk,
                    "reason": verdict.reason, "rule": verdict.rule,
                })
            }
            // A line that cannot be read is asked for, and said.
            Err(error) => {
                has_bad = true;
                json!({ "id": null, "decision": "ask", "class": "obfuscated", "risk": "high",
                    "reason": format!("line {} is no step: {error}", number + 1), "rule": null })
            }
        };
        out::text(&told.to_string())?;
    }
    Ok(if has_bad { FAILED } else { 0 })
}

fn show(context: &Context, name: Option<&str>) -> Result<i32, Failure> {
    if let Some(name) = name {
        let (path, text) = shipped(name, &context.places.config.join("policies")).ok_or_else(|| {
            Failure::new(NO_SUCH_THING, format!("there is no policy `{name}`"))
                .hint(format!("shipped ones: {}", NAMES.join(", ")))
        })?;
        out::note(&format!("# {path}"));
        out::text(text.trim_end())?;
        return Ok(0);
    }
    let in_force = Policies::new(&context.places.config).now();
    let rules: Vec<_> = in_force
        .policy
        .rules
        .iter()
        .map(|rule| json!({ "rule": rule.place(), "decision": rule.decision, "reason": rule.reason }))
        .collect();
    if context.json {
        let problem = in_force.problem.map(|problem| problem.to_string());
        out::json(&json!({ "default": in_force.policy.default, "rules": rules, "problem": problem }))?;
        return Ok(0);
    }
    if let Some(problem) = &in_force.problem {
        out::note(&format!("the policy's file cannot be used, so everything is asked: {problem}"));
    }
    for rule in &in_force.policy.rules {
        out::text(&format!("{:8} {}", word(rule.decision), rule.place()))?;
    }
    out::text(&format!("{:8} what no rule fits", word(in_force.policy.default)))?;
    Ok(0)
}

fn verify(context: &Context, file: &Path) -> Result<i32, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::new(NO_SUCH_THING, format!("cannot read {}", file.display())).cause(e))?;
    match Policies::new(&context.places.config).parse(file, &text) {
        Ok(policy) if context.json => out::json(&json!({ "ok": true, "rules": policy.rules.len() })).map(|()| 0),
        Ok(policy) => {
            out::text(&format!("{}: can be used ({} rules, their examples hold)", file.display(), policy.rules.len()))
                .map(|()| 0)
        }
        Err(mistake) if context.json => {
            out::json(&json!({ "ok": false, "problem": mistake.to_string() })).map(|()| FAILED)
        }
        Err(mistake) => Err(Failure::new(FAILED, "the policy cannot be used")
            .cause(mistake)
            .hint("docs/policy.md describes the form")),
    }
}
