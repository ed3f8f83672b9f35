//! `config`: the settings in force, whether the file can be used, where it lies, and editing it.

use crate::cli::args::{ConfigAction, ConfigArguments};
use crate::cli::context::Context;
use crate::cli::failure::{FAILED, Failure};
use crate::cli::out;

pub fn run(context: &Context, arguments: &ConfigArguments) -> Result<i32, Failure> {
    let path = context.places.config.join("config.toml");
    match arguments.action {
        // Making the context has read and checked everything: whoever gets here has a good configuration.
        ConfigAction::Show if context.json => out::json(&context.settings)?,
        ConfigAction::Show => {
            out::text(&toml::to_string(&context.settings).map_err(|e| Failure::new(FAILED, e.to_string()))?)?;
        }
        ConfigAction::Check => {
            let state = if path.exists() { "can be used" } else { "is not there; the built-in settings hold" };
            out::text(&format!("{} {state}", path.display()))?;
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
