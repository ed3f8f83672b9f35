//! `init`: makes the home's directories and says what lies where. Running it again changes nothing.

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::out;

pub fn init(context: &Context) -> Result<i32, Failure> {
    let places = &context.places;
    places.prepare()?;
    if context.json {
        out::json(&serde_json::json!({
            "config": places.config, "data": places.data, "state": places.state, "run": places.run,
        }))?;
    } else if !context.quiet {
        out::text(&format!(
            "configuration  {}\ndata           {}\nstate          {}\nsockets        {}\n\
             Ready: `conductor-tui` opens the screen.",
            places.config.display(),
            places.data.display(),
            places.state.display(),
            places.run.display()
        ))?;
    }
    Ok(0)
}
