//! "Always…": the narrowest rule that would have allowed a step, and wider ones to choose from. Offered by the queue and by
//! `policy explain`. What is risky has none: it is to be looked at each time.

use super::places::Workplace;
use super::step::{Step, Tool};
use super::verdict::{Access, Class, Decision, Part, Risk, Verdict};

/// A rule that could be added to a policy.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Proposal {
    /// In words: what would be allowed from then on.
    pub says: String,
    /// As it would stand in `policy.toml`.
    pub toml: String,
}

/// Rules for a step that was asked for, the narrowest first.
///
/// # Errors
/// Why there is none.
pub fn always(step: &Step, verdict: &Verdict, place: &Workplace) -> Result<Vec<Proposal>, String> {
    if verdict.decision == Decision::Allow {
        return Err("it is allowed already".into());
    }
    let asked: Vec<&Part> =
        verdict.parts.iter().filter(|part| part.risk > Risk::Low || part.class != Class::Read).collect();
    if let Some(part) = asked.iter().find(|part| part.risk >= Risk::High) {
        return Err(format!(
            "it {}: what is {} risk is looked at each time",
            part.what,
            if part.risk == Risk::Critical { "critical" } else { "high" }
        ));
    }
    let mut narrow = Vec::new();
    let mut wide = Vec::new();
    for part in &asked {
        match (&step.tool, part.argv.is_empty()) {
            (Tool::Shell, false) if part.is_exact => {
                narrow.push(of_words(&exact(&part.argv), part, &format!("exactly `{}`", part.argv.join(" "))));
                if let Some((words, says)) = wider(&part.argv) {
                    wide.push(of_words(&words, part, &says));
                }
            }
            _ if !part.paths.is_empty() => {
                narrow.push(of_paths(step, part, place, false));
                wide.push(of_paths(step, part, place, true));
            }
            (Tool::Fetch, _) => {
                let host = step.url.as_deref().and_then(host_of).ok_or("its address has no host")?;
                narrow.push(of_host(&host));
            }
            _ => return Err(format!("it {}, which no rule can name", part.what)),
        }
    }
    if narrow.is_empty() {
        return Err("nothing of it was asked for".into());
    }
    let mut all = vec![joined(narrow)];
    if !wide.is_empty() {
        all.push(joined(wide));
    }
    Ok(all)
}

fn joined(all: Vec<Proposal>) -> Proposal {
    let mut says: Vec<String> = all.iter().map(|one| one.says.clone()).collect();
    says.dedup();
    let mut toml: Vec<String> = all.into_iter().map(|one| one.toml).collect();
    toml.dedup();
    Proposal { says: says.join("; "), toml: toml.join("\n") }
}

/// A word as it stands in a pattern.
fn exact(argv: &[String]) -> String {
    argv.iter()
        .map(|word| if word.contains([' ', '"', '\t']) { format!("'{word}'") } else { word.clone() })
        .collect::<Vec<_>>()
        .join(" ")
}

/// The program with its subcommand, and whatever behind it.
fn wider(argv: &[String]) -> Option<(String, String)> {
    let [program, rest @ ..] = argv else { return None };
    let subcommand = rest.iter().find(|word| {
        !word.starts_with('-') && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b':')
    });
    let words = match subcommand {
        Some(word) if rest.first() == Some(word) => format!("{program} {word} ..."),
        // Without a subcommand the program alone would be anything it can do.
        _ => return None,
    };
    let says = format!("`{}` with any options that are not risky", words.trim_end_matches(" ..."));
    Some((words, says))
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn word(of: &impl serde::Serialize) -> String {
    serde_json::to_value(of).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn of_words(words: &str, part: &Part, says: &str) -> Proposal {
    let toml = format!(
        "[[rules]]\nname = {}\ndecision = \"allow\"\ncommand = {}\nclass = \"{}\"\nrisk = \"{}\"\n",
        quoted(&format!("always: {words}")),
        quoted(words),
        word(&part.class),
        word(&part.risk),
    );
    Proposal { says: says.into(), toml }
}

fn of_paths(step: &Step, part: &Part, place: &Workplace, is_wide: bool) -> Proposal {
    let short = |path: &str| {
        let root = place.workspace.to_string_lossy();
        path.strip_prefix(&*root).map_or(path.to_owned(), |rest| rest.trim_start_matches('/').to_owned())
    };
    let mut all: Vec<String> = part
        .paths
        .iter()
        .map(|touched| {
            let path = short(&touched.path);
            match path.rsplit_once('/').filter(|_| is_wide) {
                Some((folder, _)) => format!("{folder}/**"),
                None => path,
            }
        })
        .collect();
    all.sort();
    all.dedup();
    let list = all.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(", ");
    let verb = if part.paths.iter().any(|touched| touched.access != Access::Read) { "writing" } else { "reading" };
    let toml = format!(
        "[[rules]]\nname = {}\ndecision = \"allow\"\ntool = {}\npath = [{list}]\nclass = \"{}\"\nrisk = \"{}\"\n",
        quoted(&format!("always: {verb} {}", all.join(", "))),
        quoted(&step.tool.to_string()),
        word(&part.class),
        word(&part.risk),
    );
    Proposal { says: format!("{verb} {}", all.join(", ")), toml }
}

fn of_host(host: &str) -> Proposal {
    let toml = format!(
        "[[rules]]\nname = {}\ndecision = \"allow\"\ntool = \"fetch\"\nurl = {}\nclass = \"network\"\nrisk = \"medium\"\n",
        quoted(&format!("always: fetching from {host}")),
        quoted(&format!("https://{host}/*")),
    );
    Proposal { says: format!("fetching from {host}"), toml }
}

fn host_of(url: &str) -> Option<String> {
    let host = url.strip_prefix("https://")?.split('/').next()?;
    let is_plain = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    is_plain.then(|| host.to_owned())
}
