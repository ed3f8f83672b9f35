//! `config`: the settings in force and the keys' file, whether the files can be used, where they lie, and editing them.

use crate::base::text::printable;
use crate::cli::args::{ConfigAction, ConfigArguments};
use crate::cli::context::Context;
use crate::cli::failure::{FAILED, Failure};
use crate::cli::out;
use crate::config::keys;
use crate::config::settings::Settings;
use crate::config::theme::Note;
use crate::judges::Policies;
use crate::providers::Catalog;
use serde::Serialize;

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    settings: &'a Settings,
    keys: KeysFile,
}

#[derive(Serialize)]
struct KeysFile {
    path: String,
    exists: bool,
    problems: Vec<String>,
    #[serde(skip)]
    is_used: bool,
}

impl KeysFile {
    fn of(context: &Context) -> KeysFile {
        let path = keys::path(&context.places.config);
        let (notes, is_used) = keys::check(&context.places.config, &context.commands);
        let problems = notes.iter().map(Note::to_string).collect();
        KeysFile { exists: path.exists(), path: path.display().to_string(), problems, is_used }
    }

    fn state(&self) -> &'static str {
        match (self.exists, self.problems.is_empty()) {
            (false, _) => "is not there; the built-in keys hold",
            (true, true) => "can be used",
            (true, false) if self.is_used => "has mistakes; the rest of it holds",
            (true, false) => "cannot be used; the built-in keys hold, or those that a screen has already",
        }
    }
}

pub fn run(context: &Context, arguments: &ConfigArguments) -> Result<i32, Failure> {
    let path = context.places.config.join("config.toml");
    match arguments.action {
        // Making the context has read and checked the settings: whoever gets here has good ones.
        ConfigAction::Show if context.json => {
            out::json(&Shown { settings: &context.settings, keys: KeysFile::of(context) })?;
        }
        ConfigAction::Show => {
            let settings = toml::to_string(&context.settings).map_err(|e| Failure::new(FAILED, e.to_string()))?;
            let keys = KeysFile::of(context);
            // Comments: what is printed here can be saved as a file.
            let problems: String = keys.problems.iter().map(|problem| format!("\n# {problem}")).collect();
            out::text(&format!("{settings}\n# keys: {} {}{problems}", keys.path, keys.state()))?;
        }
        ConfigAction::Check => {
            let state = if path.exists() { "can be used" } else { "is not there; the built-in settings hold" };
            let keys = KeysFile::of(context);
            out::text(&format!("{} {state}", path.display()))?;
            out::text(&format!("{} {}", keys.path, keys.state()))?;
            for problem in &keys.problems {
                out::text(problem)?;
            }
            let policies = Policies::new(&context.places.config).now();
            let policy = context.places.config.join("policy.toml");
            let state = match (&policies.problem, policy.exists()) {
                (Some(_), _) => "cannot be used",
                (None, true) => "can be used",
                (None, false) => "is not there; the default policy holds",
            };
            out::text(&format!("{} {state}", policy.display()))?;
            if let Some(problem) = &policies.problem {
                out::text(&printable(&problem.to_string()))?;
            }
            let providers = context.places.config.join("providers");
            let problems = Catalog::load(&providers).problems;
            let state = if problems.is_empty() { "can be used" } else { "has mistakes; the rest of it holds" };
            out::text(&format!("{} {state}", providers.display()))?;
            for problem in &problems {
                out::text(&printable(&problem.to_string()))?;
            }
            let is_good = keys.problems.is_empty() && problems.is_empty() && policies.problem.is_none();
            return Ok(if is_good { 0 } else { FAILED });
        }
        ConfigAction::Path => out::text(&path.display().to_string())?,
        ConfigAction::Edit => {
            context.places.prepare()?;
            let editor = std::env::var("VISUAL").or_else(|_| std::env::var("EDITOR")).unwrap_or_else(|_| "vi".into());
            // An editor's variable may hold arguments, as everywhere else.
            let status = std::process::Command::new("sh")
                .args(["-c", &format!("exec {editor} \"$0\""), &path.display().to_string()])
                .status()?;
            return Ok(status.code().unwrap_or(FAILED));
        }
    }
    Ok(0)
}
