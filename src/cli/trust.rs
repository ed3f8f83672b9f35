//! `trust`: shows what a repository would say in its `.conductor/`, and asks whether that holds. What is trusted is what was
//! shown: the server compares its hash. It must never trust what nobody saw.

use crate::base::text::printable;
use crate::cli::agree::is_agreed;
use crate::cli::args::TrustArguments;
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{FAILED, Failure, USAGE};
use crate::cli::out;
use crate::cli::table::table;
use crate::client::segment;
use crate::proto::trust::{Trust, TrustContent, TrustFile, TrustRequest};

pub fn run(context: &Context, arguments: &TrustArguments) -> Result<i32, Failure> {
    if arguments.show && arguments.dir.is_none() {
        return list(context);
    }
    let directory = match &arguments.dir {
        Some(dir) => std::path::absolute(dir)
            .map_err(|e| Failure::new(USAGE, format!("cannot use {}", dir.display())).cause(e))?,
        None => std::env::current_dir().map_err(|e| Failure::from(e).hint("the current directory is gone"))?,
    };
    let directory = directory.to_str().map(str::to_owned).ok_or_else(|| Failure::new(USAGE, "its path is no text"))?;
    if arguments.revoke {
        return revoke(context, &directory);
    }
    let path = format!("/trust/content?directory={}", segment(&directory));
    let content: TrustContent = block_on(async { Ok(context.client().get(&path).await?) })?;
    if arguments.show && context.json {
        out::json(&content)?;
        return Ok(0);
    }
    let Some(hash) = content.hash.clone() else {
        return match arguments.show {
            true => out::text(&nothing(&content)).map(|()| 0),
            false => Err(Failure::new(FAILED, nothing(&content))),
        };
    };
    if let Some(known) = &arguments.yes {
        // The server compares: in between something else may have come.
        return give(context, &content.directory, known);
    }
    if arguments.show || content.trusted_by.is_none() {
        out::text(&told(&content, &hash))?;
    }
    match &content.trusted_by {
        Some(by) if !context.quiet => out::text(&format!("It is trusted, by {}.", printable(by)))?,
        Some(_) => {}
        None if arguments.show => out::text("It is not trusted.")?,
        None => {
            if !is_agreed(context, "Trust exactly this?")? {
                return Err(Failure::new(FAILED, "nothing was trusted")
                    .hint(format!("`--yes {hash}` trusts what is shown here, and nothing else")));
            }
            return give(context, &content.directory, &hash);
        }
    }
    Ok(0)
}

fn list(context: &Context) -> Result<i32, Failure> {
    let all: Vec<Trust> = block_on(async { Ok(context.client().get("/trust").await?) })?;
    if context.json {
        out::json(&all)?;
    } else if all.is_empty() {
        if !context.quiet {
            out::text("No directory is trusted. `conductor-tui trust DIR` shows what is in one, and asks.")?;
        }
    } else {
        let row = |t: &Trust| {
            let hash = t.hash.get(..12).unwrap_or(&t.hash).to_owned();
            vec![t.state.clone(), t.at.clone(), hash, printable(&t.directory)]
        };
        out::text(&table(&["STATE", "SINCE", "HASH", "DIRECTORY"], &all.iter().map(row).collect::<Vec<_>>()))?;
    }
    Ok(0)
}

fn give(context: &Context, directory: &str, hash: &str) -> Result<i32, Failure> {
    let request = TrustRequest { directory: directory.to_owned(), hash: hash.to_owned() };
    let trust: Trust = block_on(async { Ok(context.writing_client()?.post("/trust", &request).await?) })?;
    if context.json {
        out::json(&trust)?;
    } else if !context.quiet {
        out::text(&format!("{} is trusted until its .conductor changes.", printable(&trust.directory)))?;
    }
    Ok(0)
}

fn revoke(context: &Context, directory: &str) -> Result<i32, Failure> {
    let path = format!("/trust?directory={}", segment(directory));
    block_on(async { Ok(context.writing_client()?.delete(&path).await?) })?;
    if !context.quiet && !context.json {
        out::text(&format!("{} is trusted no more.", printable(directory)))?;
    }
    Ok(0)
}

fn nothing(content: &TrustContent) -> String {
    format!("{} has no .conductor: there is nothing to trust", printable(&content.directory))
}

/// Everything that is to be trusted, the commands last, so that they stand right above the question.
fn told(content: &TrustContent, hash: &str) -> String {
    let mut lines = vec![format!("{}/.conductor", printable(&content.directory))];
    let is_again = content.files.iter().any(|file| file.change != "new");
    for file in &content.files {
        lines.extend(file_lines(file, is_again));
    }
    lines.extend(content.notes.iter().map(|note| format!("Note: {}", printable(note))));
    for (what, command) in [("setup", &content.setup), ("teardown", &content.teardown)] {
        if !command.is_empty() {
            lines.push(format!("{what} runs `{}`", printable(command)));
        }
    }
    lines.push(format!("sha256 {hash}"));
    lines.join("\n")
}

fn file_lines(file: &TrustFile, is_again: bool) -> Vec<String> {
    let executable = if file.executable { ", executable" } else { "" };
    let change = if is_again { format!(", {}", file.change) } else { String::new() };
    let size = if file.path.ends_with('/') { "folder".to_owned() } else { format!("{} bytes", file.size) };
    let mut lines = vec![format!("  {} ({size}{executable}{change})", printable(&file.path))];
    let body = match (&file.text, &file.before) {
        (Some(now), Some(before)) => changed(before, now),
        (Some(now), None) if file.change != "same" => now.lines().map(|line| format!("+ {line}")).collect(),
        (None, Some(before)) => before.lines().map(|line| format!("- {line}")).collect(),
        (None, None) if !file.path.ends_with('/') => vec!["it is no text".to_owned()],
        _ => Vec::new(),
    };
    lines.extend(body.iter().map(|line| format!("    {}", printable(line))));
    lines
}

/// The lines that differ, without what is the same at the beginning and at the end.
fn changed(before: &str, now: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), now.lines().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (gone, come) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    gone.iter().map(|line| format!("- {line}")).chain(come.iter().map(|line| format!("+ {line}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_by_its_lines() {
        for (before, now, expected) in [
            ("a\nb\nc\n", "a\nx\nc\n", &["- b", "+ x"][..]),
            ("a\n", "a\nb\n", &["+ b"]),
            ("a\na\n", "a\n", &["- a"]),
            ("", "a\n", &["+ a"]),
            ("a\n", "a\n", &[]),
        ] {
            assert_eq!(changed(before, now), expected, "{before:?} {now:?}");
        }
    }

    #[test]
    fn the_command_stands_last_and_nothing_in_it_can_hide() {
        let file = TrustFile {
            path: "config.toml".into(),
            executable: false,
            size: 30,
            text: Some("[worktree]\nsetup = \"a\u{1b}[2Kb\"\n".into()),
            change: "new".into(),
            before: None,
        };
        let content = TrustContent {
            directory: "/w".into(),
            hash: Some("12".into()),
            trusted_by: None,
            setup: "a\u{1b}[2Kb".into(),
            teardown: String::new(),
            files: vec![file],
            notes: vec!["x is not used".into()],
        };
        assert_eq!(
            told(&content, "12").lines().collect::<Vec<_>>(),
            [
                "/w/.conductor",
                "  config.toml (30 bytes)",
                "    + [worktree]",
                "    + setup = \"a␛[2Kb\"",
                "Note: x is not used",
                "setup runs `a␛[2Kb`",
                "sha256 12"
            ]
        );
    }
}
