//! Which commands print names of files of the workspace, one a line, that `xargs` may hand on as they are. Asked by `call.rs`
//! when a command has been judged. A closed list: whatever changes a name, or prints another text, must not be here.

use crate::core::policy::call::Call;
use crate::core::policy::walk::Walk;

/// Whether what is printed is such a list; `before`: what it reads is one.
pub fn prints_names(walk: &Walk, call: &Call, before: bool) -> bool {
    let words: Option<Vec<&str>> = call.args.iter().map(|arg| arg.exact()).collect();
    let Some(words) = words else { return false };
    // Options, of which only these may be there, and how many other words.
    let only = |letters: &str, long: &[&str]| {
        words.iter().filter(|word| word.starts_with('-')).all(|word| match word.strip_prefix("--") {
            Some(name) => long.contains(&name.split_once('=').map_or(name, |(name, _)| name)),
            None => word.len() > 1 && word[1..].chars().all(|c| letters.contains(c)),
        })
    };
    let has = |letter: char, long: &str| {
        words.iter().any(|word| match word.strip_prefix("--") {
            Some(name) => name == long,
            None => word.starts_with('-') && word.contains(letter),
        })
    };
    let plain = words.iter().filter(|word| !word.starts_with('-')).count();
    let is_source = match (call.name, words.as_slice()) {
        ("find" | "gfind", _) => {
            let others = ["-print0", "-printf", "-ls", "-exec", "-execdir", "-ok", "-okdir", "-L", "-follow"];
            !words.iter().any(|word| others.contains(word))
        }
        ("git", ["ls-files", rest @ ..]) => rest.iter().all(|word| {
            !word.starts_with('-')
                || matches!(
                    *word,
                    "-c" | "-m" | "-o" | "--cached" | "--modified" | "--others" | "--exclude-standard" | "--"
                )
        }),
        ("git", ["grep", ..]) => has('l', "files-with-matches") && only("liwFEPIn", &["files-with-matches"]),
        ("grep" | "egrep" | "fgrep", _) => {
            has('l', "files-with-matches")
                && only("rliwFEPnsI", &["files-with-matches", "include", "exclude", "exclude-dir"])
        }
        ("rg" | "ripgrep", _) => {
            (has('l', "files-with-matches") || words.contains(&"--files"))
                && only("liwFPSsnut", &["files-with-matches", "files", "hidden", "glob", "type"])
        }
        _ => false,
    };
    if is_source {
        let is_inside =
            walk.shell.folder.as_ref().is_some_and(|at| std::path::Path::new(at).starts_with(&walk.place.workspace));
        let workspace = &walk.place.workspace;
        return is_inside
            && walk.shell.other_folders.is_empty()
            && !walk.facts.has_odd_names(workspace)
            && !walk.facts.leads_out(workspace, 40, workspace);
    }
    // Some of the lines, in some order.
    let is_number = |word: &&str| word.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit());
    before
        && match call.name {
            "sort" => plain == 0 && only("urnfV", &[]),
            "uniq" => words.is_empty(),
            "head" | "tail" => words.iter().all(|word| *word == "-n" || is_number(word)),
            "grep" | "egrep" | "fgrep" => plain == 1 && only("viEFPw", &[]),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use crate::core::policy::programs::options::tests::check;

    #[test]
    fn names_of_files_are_handed_on_as_they_are() {
        check(
            "allow: find . -name '*.rs' | xargs wc -l
             allow: find src -type f | xargs grep -n TODO
             allow: find src -name '*.rs' | sort | head -20 | xargs cat
             allow: git ls-files | xargs wc -l
             allow: git ls-files '*.rs' | xargs grep -c unsafe
             allow: grep -rl TODO src | xargs grep -n FIXME
             allow: rg -l foo src | xargs wc -l
             allow: find . -name '*.md' | grep -v target | xargs head -3
             allow: git grep -l foo | xargs sed -n 1,3p
             ask: find . -name '*.rs' | xargs rm
             ask: find . -name '*.rs' | xargs sed -i s/a/b/
             ask: find . | sed 's,^,/etc/,' | xargs cat
             ask: find . | tr . / | xargs cat
             ask: grep -l --label=/etc/passwd x | xargs cat
             ask: grep -rlo x src | xargs cat
             ask: find . | xargs -I{} cat {}
             ask: find . | xargs -d ' ' cat
             ask: find . -printf '/etc/passwd' | xargs cat
             ask: find .. | xargs cat
             ask: cat list | xargs cat
             ask: cat list | sort | xargs cat
             ask: grep x list | xargs cat
             ask: find . -name '.env' | xargs cat
             ask: find . | cat - list | xargs cat
             ask: find . | sort - list | xargs cat
             ask: find . | head -n 3 list | xargs cat
             ask: find . | grep -h x list | xargs cat
             ask: ls | xargs cat",
        );
    }
}
