//! Whether a step of an agent may be taken: what a command does, how bad that can be, and what the rules say. Pure: paths and
//! git's settings are asked of [`Facts`]. Called by the workers of the server and by `policy check`.

mod always;
mod analysis;
mod arg;
mod assign;
mod builtins;
mod call;
mod compound;
mod examples;
mod facts;
mod judge;
mod letters;
mod names;
mod naming;
mod pattern;
mod places;
mod programs;
mod record;
mod redirect;
mod rules;
mod scan;
mod shell;
mod step;
mod table;
#[cfg(test)]
mod tests;
mod verdict;
mod walk;
mod words;
mod wrappers;

pub use always::{Proposal, always};
pub use analysis::{Analysis, analyse, unjudged};
pub use facts::{Facts, Nothing};
pub use judge::{decide, judge};
pub use places::{Workplace, matches as name_matches};
pub use record::Record;
pub use rules::{Mistake, Policy, Rule, load, load_of_project};
pub use step::{Step, Tool};
pub use verdict::{Access, Class, Decision, Decoded, Part, Risk, Span, Touched, Verdict};
