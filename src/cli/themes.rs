//! `themes`: those that can be chosen, which are chosen now, and every mistake in the user's own. Needs no server.

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::table::table;
use crate::config::theme::{Note, Shelf};
use serde::Serialize;

#[derive(Serialize)]
struct Listed {
    name: String,
    /// `dark` or `light`: what its colours are made for; nothing when it has none of its own.
    background: Option<&'static str>,
    /// Where the user has it; nothing when it is shipped.
    path: Option<String>,
    /// The backgrounds on which the configuration chooses it.
    chosen: Vec<&'static str>,
    notes: Vec<Said>,
}

#[derive(Serialize)]
struct Said {
    place: String,
    message: String,
}

impl From<Note> for Said {
    fn from(Note { place, message }: Note) -> Said {
        Said { place, message }
    }
}

pub fn run(context: &Context) -> Result<i32, Failure> {
    let shelf = Shelf::new(&context.places.config);
    let choice = &context.settings.ui.theme;
    let chosen = [("dark", shelf.pick(choice, false)), ("light", shelf.pick(choice, true))];
    let mut all: Vec<Listed> = Vec::new();
    for theme in shelf.list() {
        let (background, notes) = match shelf.load(&theme.name) {
            Ok(loaded) => {
                let word = if loaded.sheet.is_light() { "light" } else { "dark" };
                (loaded.sheet.background.map(|_| word), loaded.notes)
            }
            Err(note) => (None, vec![note]),
        };
        all.push(Listed {
            background,
            path: theme.path.map(|path| path.display().to_string()),
            chosen: chosen.iter().filter(|(_, name)| *name == theme.name).map(|(on, _)| *on).collect(),
            notes: notes.into_iter().map(Said::from).collect(),
            name: theme.name,
        });
    }
    if context.json {
        out::json(&all)?;
        return Ok(0);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|theme| {
            let chosen = match theme.chosen[..] {
                [] => String::new(),
                [one] => format!("on {one}"),
                _ => "chosen".to_owned(),
            };
            let path = theme.path.clone().unwrap_or_else(|| "shipped".to_owned());
            vec![theme.name.clone(), theme.background.unwrap_or("any").to_owned(), chosen, path]
        })
        .collect();
    out::text(&table(&["THEME", "MADE FOR", "CHOSEN", "WHERE"], &rows))?;
    for Said { place, message } in all.iter().flat_map(|theme| &theme.notes) {
        out::text(&format!("{place}: {message}"))?;
    }
    for (on, name) in &chosen {
        if !all.iter().any(|theme| theme.name == *name) {
            out::text(&format!("chosen on {on}: there is no theme `{name}`"))?;
        }
    }
    Ok(0)
}
