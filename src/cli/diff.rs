//! `diff`: what became of the files around an agent, as git would print it. Names and lines are an agent's: none of their
//! control characters reaches the terminal.

use crate::base::text::printable;
use crate::cli::args::DiffArguments;
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{Failure, USAGE};
use crate::cli::out;
use crate::client::segment;
use crate::proto::diff::{Diff, DiffFile};
use std::io::IsTerminal as _;

/// As git has them: of a file's head, of a hunk's, of what went and of what came.
const BOLD: &str = "\x1b[1m";
const CYAN: &str = "\x1b[36m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[m";
/// Columns of `--stat`'s signs.
const BAR: u64 = 40;

pub fn run(context: &Context, arguments: &DiffArguments) -> Result<i32, Failure> {
    let diff: Diff = block_on(async {
        let client = context.client();
        let terminal = context.terminal(&client, &arguments.terminal).await?;
        let mut path = format!("/terminals/{}/diff?base={}", terminal.id, arguments.base);
        if let Some(file) = &arguments.file {
            let file = file.to_str().ok_or_else(|| Failure::new(USAGE, "the file's name is not UTF-8"))?;
            path += &format!("&file={}", segment(file));
        }
        Ok(client.get(&path).await?)
    })?;
    if context.json {
        out::json(&diff)?;
        return Ok(0);
    }
    let is_coloured = match context.color.as_str() {
        "always" => true,
        "never" => false,
        _ => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let text = if arguments.stat { stat(&diff) } else { unified(&diff, is_coloured) };
    out::text(&text)?;
    if context.quiet {
        return Ok(0);
    }
    for note in &diff.notes {
        out::note(&format!("Note: {}", printable(note)));
    }
    if diff.truncated {
        let more =
            if diff.more_files > 0 { format!(", {} files are left out", diff.more_files) } else { String::new() };
        out::note(&format!("Note: too much to show{more}; `diff ID FILE` shows one file."));
    }
    if diff.files.is_empty() {
        out::note(&format!("No changes since {}.", printable(&diff.base_name)));
    }
    Ok(0)
}

fn unified(diff: &Diff, is_coloured: bool) -> String {
    let mut text = String::new();
    let mut put = |color: &str, line: &str| match is_coloured && !color.is_empty() {
        true => text.push_str(&format!("{color}{line}{PLAIN}\n")),
        false => text.push_str(&format!("{line}\n")),
    };
    for file in &diff.files {
        let (new, old) = (printable(&file.path), printable(file.old_path.as_ref().unwrap_or(&file.path)));
        put(BOLD, &format!("diff --git a/{old} b/{new}"));
        // In git's own words, where it has some: whoever applies this as a patch needs them.
        match file.status.as_str() {
            "modified" => {}
            "added" | "untracked" => put(BOLD, "new file mode 100644"),
            "deleted" => put(BOLD, "deleted file mode 100644"),
            "renamed" => put(BOLD, &format!("rename from {old}\nrename to {new}")),
            other => put(BOLD, other),
        }
        if let Some((before, now)) = &file.modes {
            put(BOLD, &format!("mode {before} to {now}"));
        }
        if file.binary {
            put("", &format!("Binary files a/{old} and b/{new} differ"));
        }
        if !file.hunks.is_empty() {
            let is_new = matches!(file.status.as_str(), "added" | "untracked");
            put(BOLD, &if is_new { "--- /dev/null".to_owned() } else { format!("--- a/{old}") });
            let is_gone = file.status == "deleted";
            put(BOLD, &if is_gone { "+++ /dev/null".to_owned() } else { format!("+++ b/{new}") });
        }
        for hunk in &file.hunks {
            let count = |signs: &[char]| hunk.numbered().filter(|line| signs.contains(&line.sign)).count();
            let heading =
                if hunk.heading.is_empty() { String::new() } else { format!(" {}", printable(&hunk.heading)) };
            let ranges =
                format!("@@ -{},{} +{},{} @@", hunk.old_start, count(&[' ', '-']), hunk.new_start, count(&[' ', '+']));
            put(CYAN, &format!("{ranges}{heading}"));
            for line in hunk.numbered() {
                let color = match line.sign {
                    '+' => GREEN,
                    '-' => RED,
                    _ => "",
                };
                put(color, &format!("{}{}", line.sign, shown(line.text)));
            }
        }
        if file.truncated {
            put("", "… the rest of this file is left out");
        }
    }
    text
}

/// A tab stays one: whoever pipes this wants the line as it is. A line end of other systems is seen.
fn shown(text: &str) -> String {
    let (text, end) = text.strip_suffix('\r').map_or((text, ""), |text| (text, "␍"));
    text.split('\t').map(printable).collect::<Vec<_>>().join("\t") + end
}

/// A line for each file, as `git diff --stat` has them.
fn stat(diff: &Diff) -> String {
    let name = |file: &DiffFile| match &file.old_path {
        Some(old) => format!("{} => {}", printable(old), printable(&file.path)),
        None => printable(&file.path),
    };
    let width = diff.files.iter().map(|file| name(file).chars().count()).max().unwrap_or(0);
    let most = diff.files.iter().map(|file| file.added + file.removed).max().unwrap_or(0).max(1);
    let (mut text, mut added, mut removed) = (String::new(), 0, 0);
    for file in &diff.files {
        (added, removed) = (added + file.added, removed + file.removed);
        let signs = |count: u64, sign: &str| {
            let share = if most <= BAR { count } else { (count * BAR).div_ceil(most) };
            sign.repeat(usize::try_from(share).unwrap_or(0))
        };
        let told = match file.binary {
            true => "binary".to_owned(),
            false => format!("{:>5} {}{}", file.added + file.removed, signs(file.added, "+"), signs(file.removed, "-")),
        };
        text += &format!(" {:width$} | {told}\n", name(file));
    }
    let files = diff.files.len() as u64 + diff.more_files;
    text + &format!(" {files} file{} changed, +{added} -{removed}\n", if files == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::diff::DiffHunk;

    fn diff() -> Diff {
        let lines = [" one", "-two\r", "+\u{1b}[2Jzwei\t", "\\No newline at end of file"];
        let hunk =
            DiffHunk { old_start: 3, new_start: 3, heading: "fn x".into(), lines: lines.map(str::to_owned).into() };
        let file =
            |path: &str, status: &str| DiffFile { path: path.into(), status: status.into(), ..DiffFile::default() };
        let files = vec![
            DiffFile { added: 1, removed: 1, hunks: vec![hunk], ..file("a\u{1b}\nb", "modified") },
            DiffFile { binary: true, ..file("bin", "untracked") },
            DiffFile { old_path: Some("old".into()), added: 90, ..file("new", "renamed") },
        ];
        Diff { files, ..Diff::default() }
    }

    #[test]
    fn it_looks_as_gits_and_has_no_control_characters_of_others() {
        insta::assert_snapshot!(unified(&diff(), false).replace('\t', "→"), @r"
        diff --git a/a␛ b b/a␛ b
        --- a/a␛ b
        +++ b/a␛ b
        @@ -3,2 +3,2 @@ fn x
         one
        -two␍
        +␛[2Jzwei→
        \No newline at end of file
        diff --git a/bin b/bin
        new file mode 100644
        Binary files a/bin and b/bin differ
        diff --git a/old b/new
        rename from old
        rename to new
        ");
        let coloured = unified(&diff(), true);
        assert!(coloured.contains("\u{1b}[31m-two␍\u{1b}[m\n\u{1b}[32m+␛[2Jzwei\t\u{1b}[m\n"), "{coloured:?}");
    }

    #[test]
    fn counts_have_a_line_each() {
        insta::assert_snapshot!(stat(&diff()), @r"
        a␛ b       |     2 +-
        bin        | binary
        old => new |    90 ++++++++++++++++++++++++++++++++++++++++
        3 files changed, +91 -1
        ");
    }
}
