//! `debug`: looking closely. The screen of a recording, and the named points of crash tests.

use crate::base::pause;
use crate::cli::args::{DebugAction, DebugArguments};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, NO_SUCH_THING};
use crate::cli::out;
use crate::core::screen::{Screen, Size};

pub fn run(_context: &Context, arguments: &DebugArguments) -> Result<i32, Failure> {
    match &arguments.action {
        DebugAction::Screen { raw, cols, rows, format } => {
            let bytes = std::fs::read(raw)
                .map_err(|e| Failure::new(NO_SUCH_THING, format!("cannot read {}", raw.display())).cause(e))?;
            let mut screen = Screen::new(Size::new(*cols, *rows));
            screen.feed(0, &bytes);
            if format == "json" {
                out::json(&serde_json::json!({ "rows": screen.rows(), "title": screen.title() }))?;
            } else {
                out::text(&screen.text())?;
            }
        }
        DebugAction::PausePoints => out::text(&pause::POINTS.join("\n"))?,
    }
    Ok(0)
}
