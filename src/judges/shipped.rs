//! The policies that come with the program, and those of the user's `policies/`, by their names. Used when a policy extends one.

use std::path::Path;

/// Their names, the usual one first.
pub const NAMES: [&str; 4] = ["default", "trusted-build", "strict", "read-only"];

/// The place and the text of a policy.
pub fn shipped(name: &str, folder: &Path) -> Option<(String, String)> {
    let text = match name {
        "default" => include_str!("../../profiles/policies/default.toml"),
        "trusted-build" => include_str!("../../profiles/policies/trusted-build.toml"),
        "strict" => include_str!("../../profiles/policies/strict.toml"),
        "read-only" => include_str!("../../profiles/policies/read-only.toml"),
        // A name, not a path.
        _ if name.contains(['/', '\0']) || name.starts_with('.') => return None,
        _ => {
            let file = folder.join(format!("{name}.toml"));
            let text = std::fs::read_to_string(&file).ok()?;
            return Some((file.display().to_string(), text));
        }
    };
    Some((format!("{name}.toml"), text.to_owned()))
}
