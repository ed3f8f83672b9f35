//! What programs do with their words, one file for each kind of them. Asked by `call.rs` for every simple command. What is
//! found in none of them is asked for.

mod build;
mod containers;
mod destroy;
mod files;
mod find;
mod git;
mod interpreters;
mod lists;
mod network;
mod options;
mod script;
mod search;
mod supervisor;
mod system;
mod text;
mod version;

use super::call::Call;
use super::table::Program;
use super::walk::{Flow, Walk};
use super::{builtins, wrappers};

pub use interpreters::{is_interpreter, run_stdin};
pub use lists::prints_names;
pub use network::{gets_files, runs_what_it_got};
pub use supervisor::is_our_name;
pub use version::is_question;

/// How a program is judged.
#[derive(Clone, Copy)]
pub enum Judge {
    /// It only reads, with these options.
    Table(&'static Program),
    Function(fn(&mut Walk, &Call) -> Flow),
}

/// Who judges a program; the name has no folder.
pub fn find(name: &str) -> Option<Judge> {
    // The more dangerous first: a name that stands twice is judged by its worst.
    let functions = [
        supervisor::find,
        builtins::find,
        wrappers::find,
        interpreters::find,
        destroy::find,
        git::find,
        network::find,
        containers::find,
        build::find,
        find::find,
        search::find,
        script::find,
        files::find,
    ];
    let tables = [text::TABLES, files::TABLES, system::TABLES, search::TABLES];
    let found = functions.iter().find_map(|find| find(name)).map(Judge::Function);
    found.or_else(|| {
        tables.iter().flat_map(|tables| tables.iter()).find(|table| table.names.contains(&name)).map(Judge::Table)
    })
}
