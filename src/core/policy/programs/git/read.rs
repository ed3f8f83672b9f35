//! The commands of git that only read, with the options that do no harm. A command, an option or a shortened option
//! that does not stand here is not taken for a reader. Called by `git.rs`. Options that write, run programs or read
//! lists of other files (`--output`, `--ext-diff`, `--textconv`, `-O`, `--contents`, `-f`) must never stand here.

use crate::core::policy::arg::Arg;
use crate::core::policy::places;
use crate::core::policy::programs::options::{Known, behind, near, operands};
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::Walk;

const NOTHING: Known = Known { letters: "", values: "", long: "" };

const DIFF: Known = Known {
    letters: "pusabwzRDWqrtcm",
    values: "UBMClSGIX",
    long: "patch no-patch unified raw patch-with-raw indent-heuristic no-indent-heuristic minimal patience histogram \
        anchored diff-algorithm stat stat-width stat-name-width stat-count stat-graph-width compact-summary \
        no-compact-summary numstat shortstat dirstat cumulative dirstat-by-file summary patch-with-stat name-only \
        name-status color no-color color-moved no-color-moved color-moved-ws no-color-moved-ws word-diff \
        word-diff-regex color-words no-renames find-renames find-copies find-copies-harder break-rewrites \
        irreversible-delete diff-filter pickaxe-all pickaxe-regex find-object relative no-relative text \
        ignore-cr-at-eol ignore-space-at-eol ignore-space-change ignore-all-space ignore-blank-lines \
        ignore-matching-lines inter-hunk-context function-context exit-code quiet no-ext-diff no-textconv \
        ignore-submodules src-prefix dst-prefix no-prefix default-prefix line-prefix full-index abbrev no-abbrev \
        check ws-error-highlight cached staged merge-base base ours theirs rename-empty no-rename-empty skip-to \
        rotate-to diff-merges no-diff-merges cc dd combined-all-paths null",
};

const WALK: Known = Known {
    letters: "",
    values: "",
    long: "oneline decorate no-decorate decorate-refs decorate-refs-exclude clear-decorations source mailmap \
        no-mailmap use-mailmap log-size follow full-diff max-count skip since after until before since-as-filter \
        author committer grep grep-reflog all-match invert-grep regexp-ignore-case basic-regexp extended-regexp \
        fixed-strings perl-regexp remove-empty merges no-merges min-parents max-parents no-min-parents \
        no-max-parents first-parent exclude-first-parent-only not all branches tags remotes glob exclude \
        exclude-hidden reflog single-worktree ignore-missing cherry-mark cherry-pick left-only right-only cherry \
        walk-reflogs merge boundary simplify-by-decoration show-pulls full-history dense sparse simplify-merges \
        ancestry-path date-order author-date-order topo-order reverse no-walk do-walk pretty format abbrev-commit \
        no-abbrev-commit encoding expand-tabs no-expand-tabs notes no-notes show-notes standard-notes \
        no-standard-notes relative-date date parents children left-right graph no-graph show-linear-break count \
        timestamp objects objects-edge root always no-show-signature max-age min-age disk-usage no-commit-id header \
        in-commit-order unpacked no-commit-header commit-header object-names no-object-names filter",
};

const LOG_LETTERS: Known = Known { letters: "giEFPqzh", values: "nL", long: "" };

const STATUS: Known = Known {
    letters: "sbvz",
    values: "uM",
    long: "short branch show-stash no-show-stash porcelain long verbose untracked-files ignore-submodules ignored \
        column no-column ahead-behind no-ahead-behind renames no-renames find-renames null",
};

const BLAME: Known = Known {
    letters: "bltpcsfnwekh",
    values: "LMC",
    long: "root show-stats date porcelain line-porcelain incremental show-name show-number show-email abbrev \
        score-debug color-lines color-by-age minimal first-parent reverse since ignore-rev progress no-progress",
};

const SHORTLOG: Known = Known { letters: "snec", values: "w", long: "numbered summary email committer group" };

/// Of the lists of references.
const REFS: Known = Known {
    letters: "i",
    values: "",
    long: "list contains no-contains merged no-merged points-at sort format column no-column color no-color \
        ignore-case abbrev no-abbrev count omit-empty exclude include-root-refs",
};
const BRANCH: Known = Known { letters: "alrvq", values: "", long: "all remotes verbose show-current quiet" };
const TAG: Known = Known { letters: "l", values: "n", long: "" };

const REV_PARSE: Known = Known {
    letters: "q",
    values: "",
    long: "abbrev-ref short verify quiet show-toplevel show-prefix show-cdup show-superproject-working-tree git-dir \
        absolute-git-dir git-common-dir git-path is-inside-work-tree is-inside-git-dir is-bare-repository \
        is-shallow-repository symbolic symbolic-full-name all branches tags remotes glob exclude revs-only no-revs \
        flags no-flags default sq not path-format local-env-vars show-object-format show-ref-format disambiguate \
        shared-index-path since until after before end-of-options prefix",
};

const LS_FILES: Known = Known {
    letters: "cdmoiszutvfkr",
    values: "x",
    long: "cached deleted modified others ignored stage directory no-empty-directory unmerged killed resolve-undo \
        exclude exclude-standard error-unmatch full-name abbrev debug eol deduplicate format sparse with-tree",
};
const LS_TREE: Known = Known {
    letters: "drtlz",
    values: "",
    long: "long name-only name-status object-only abbrev full-name full-tree format",
};
const CAT_FILE: Known = Known {
    letters: "tspeZz",
    values: "",
    long: "batch-check batch-all-objects buffer unordered allow-unknown-type follow-symlinks use-mailmap mailmap \
        no-mailmap no-use-mailmap",
};
const DESCRIBE: Known = Known {
    letters: "",
    values: "",
    long: "dirty broken all tags contains abbrev candidates exact-match debug long match exclude always first-parent \
        no-match no-exclude",
};
const NAME_REV: Known = Known {
    letters: "",
    values: "",
    long: "tags refs exclude all stdin annotate-stdin name-only no-undefined undefined always",
};
const MERGE_BASE: Known = Known { letters: "a", values: "", long: "all octopus independent is-ancestor fork-point" };
const SHOW_REF: Known = Known {
    letters: "dqs",
    values: "",
    long: "head heads branches tags dereference hash verify abbrev quiet exists exclude-existing",
};
const GREP: Known = Known {
    letters: "aIiwvhHFEGPnlLzcopWqr",
    values: "eABCm",
    long: "cached untracked exclude-standard no-exclude-standard text ignore-case no-textconv max-depth recursive \
        no-recursive word-regexp invert-match full-name extended-regexp basic-regexp perl-regexp fixed-strings \
        line-number column files-with-matches name-only files-without-match null only-matching count color no-color \
        break heading show-function context after-context before-context function-context max-count threads and or \
        not all-match quiet",
};
const REMOTE: Known = Known { letters: "v", values: "", long: "verbose all push" };
const WORKTREE: Known = Known { letters: "vz", values: "", long: "porcelain verbose expire" };
const CHECK_IGNORE: Known = Known { letters: "qvzn", values: "", long: "quiet verbose stdin non-matching no-index" };
const CHECK_ATTR: Known = Known { letters: "az", values: "", long: "all cached stdin source" };
const CHECK_REF: Known = Known { letters: "", values: "", long: "normalize allow-onelevel refspec-pattern branch" };
const COUNT: Known = Known { letters: "vH", values: "", long: "verbose human-readable" };
const CHERRY: Known = Known { letters: "v", values: "", long: "abbrev" };
const RANGE_DIFF: Known = Known { letters: "", values: "", long: "creation-factor no-dual-color left-only right-only" };
const FSCK: Known = Known {
    letters: "v",
    values: "",
    long: "full no-full strict unreachable dangling no-dangling root tags cache no-reflogs connectivity-only progress \
        no-progress verbose name-objects",
};
const SYMBOLIC: Known = Known { letters: "q", values: "", long: "quiet short no-recurse" };
const SHOW_BRANCH: Known = Known {
    letters: "ra",
    values: "",
    long: "all remotes current topo-order date-order sparse list more topics no-name sha1-name",
};
const CONFIG: Known = Known {
    letters: "z",
    values: "",
    long: "get get-all type bool int path local show-origin show-scope default null all",
};
const VERSION: Known = Known { letters: "", values: "", long: "build-options" };

/// The options of a command that only reads; its first words where they choose what it does.
fn known(name: &str, first: &str) -> Option<(&'static [&'static Known], usize)> {
    Some(match (name, first) {
        ("status", _) => (&[&STATUS], 0),
        ("log" | "show" | "whatchanged", _) => (&[&LOG_LETTERS, &DIFF, &WALK], 0),
        ("reflog", "show" | "list") | ("stash", "list" | "show") => (&[&LOG_LETTERS, &DIFF, &WALK], 1),
        ("reflog", "exists") => (&[&NOTHING], 1),
        ("reflog", "expire" | "delete" | "drop" | "write" | "migrate") => return None,
        ("reflog", _) => (&[&LOG_LETTERS, &DIFF, &WALK], 0),
        ("diff", _) => (&[&DIFF, &Known { letters: "", values: "", long: "no-index" }], 0),
        ("diff-tree" | "diff-index" | "diff-files", _) => (&[&DIFF, &WALK], 0),
        ("rev-list", _) => (&[&LOG_LETTERS, &WALK], 0),
        ("range-diff", _) => (&[&RANGE_DIFF, &DIFF], 0),
        ("shortlog", _) => (&[&SHORTLOG, &WALK], 0),
        ("blame" | "annotate", _) => (&[&BLAME], 0),
        ("rev-parse", _) => (&[&REV_PARSE], 0),
        ("ls-files", _) => (&[&LS_FILES], 0),
        ("ls-tree", _) => (&[&LS_TREE], 0),
        ("cat-file", _) => (&[&CAT_FILE], 0),
        ("describe", _) => (&[&DESCRIBE], 0),
        ("name-rev", _) => (&[&NAME_REV], 0),
        ("merge-base", _) => (&[&MERGE_BASE], 0),
        ("show-ref", _) => (&[&SHOW_REF], 0),
        ("for-each-ref", _) => (&[&REFS], 0),
        ("branch", _) => (&[&REFS, &BRANCH], 0),
        ("tag", _) => (&[&REFS, &TAG], 0),
        ("remote", "get-url") => (&[&REMOTE], 1),
        ("remote", "" | "-v" | "--verbose") => (&[&REMOTE], 0),
        ("worktree", "list") => (&[&WORKTREE], 1),
        ("bisect", "log") | ("sparse-checkout", "list") => (&[&NOTHING], 1),
        ("notes", "list" | "show" | "get-ref") => (&[&NOTHING], 1),
        ("grep", _) => (&[&GREP], 0),
        ("check-ignore", _) => (&[&CHECK_IGNORE], 0),
        ("check-attr", _) => (&[&CHECK_ATTR], 0),
        ("check-ref-format", _) => (&[&CHECK_REF], 0),
        ("count-objects", _) => (&[&COUNT], 0),
        ("cherry", _) => (&[&CHERRY], 0),
        ("fsck", _) => (&[&FSCK], 0),
        ("symbolic-ref", _) => (&[&SYMBOLIC], 0),
        ("show-branch", _) => (&[&SHOW_BRANCH], 0),
        ("config", "get") => (&[&CONFIG], 1),
        ("config", _) => (&[&CONFIG], 0),
        ("version", _) => (&[&VERSION], 0),
        _ => return None,
    })
}

/// Whether it only reads; what it reads is judged then.
pub fn judge(walk: &mut Walk, name: &str, args: &[Arg]) -> bool {
    let first = args.first().map_or("", |arg| &*arg.text);
    let Some((known, skipped)) = known(name, first) else { return false };
    let args = &args[skipped..];
    // `git log -20`.
    let is_number = |arg: &&Arg| arg.text.len() > 1 && arg.text[1..].bytes().all(|b| b.is_ascii_digit());
    let plain: Vec<Arg> = args.iter().filter(|arg| !(arg.text.starts_with('-') && is_number(arg))).cloned().collect();
    let Ok(words) = operands(&plain, known, false) else { return false };
    // Signatures are checked by a program that a setting names.
    let is_signature = |arg: &&Arg| {
        let is_text = ["--grep", "--author", "--no-show-signature"].iter().any(|name| arg.text.starts_with(name));
        arg.text.contains("%G") || (arg.text.starts_with('-') && arg.text.contains("signature") && !is_text)
    };
    if plain.iter().any(|arg| is_signature(&arg)) {
        walk.part(Class::Build, Risk::High, "checks signatures with the program that git's settings name");
    }
    let has = |names: &[&str]| {
        plain.iter().any(|arg| names.contains(&arg.text.split_once('=').map_or(&*arg.text, |(name, _)| name)))
    };
    let is_list = has(&["--list", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at"])
        || plain.iter().any(|arg| arg.text.starts_with('-') && !arg.text.starts_with("--") && arg.text.contains('l'));
    match name {
        // A name creates one.
        "branch" | "tag" if !words.is_empty() && !is_list => return false,
        "symbolic-ref" if words.len() != 1 => return false,
        "config" if !is_harmless_setting(&words) => return false,
        "remote" if skipped == 0 && !words.is_empty() => return false,
        _ => {}
    }
    let is_by_name_only = matches!(name, "check-ignore" | "check-attr" | "check-ref-format" | "config");
    if !is_by_name_only {
        let is_pattern_first = name == "grep" && !plain.iter().any(names_pattern);
        for (index, arg) in plain.iter().enumerate() {
            // Lines of a file: behind the last colon.
            if let Some(lines) = arg.text.strip_prefix("-L").filter(|_| name != "blame" && name != "annotate") {
                let value = if lines.is_empty() { plain.get(index + 1).cloned() } else { Some(behind(arg, 2)) };
                if let Some((value, at)) = value.and_then(|value| value.text.rfind(':').map(|at| (value.clone(), at))) {
                    operand(walk, &behind(&value, at + 1));
                }
            }
        }
        for (index, word) in words.iter().enumerate() {
            if is_pattern_first && index == 0 || is_value(&plain, word) {
                walk.show(word);
                continue;
            }
            operand(walk, word);
        }
    }
    true
}

/// `-e`, also among other letters: what stands first is no pattern then.
fn names_pattern(arg: &Arg) -> bool {
    let letters = arg.text.strip_prefix('-').filter(|rest| !rest.starts_with('-')).unwrap_or_default();
    letters.chars().find(|c| GREP.values.contains(*c)) == Some('e')
}

/// A revision, a path, or a path within a revision.
fn operand(walk: &mut Walk, word: &Arg) {
    let is_pattern = word.text.contains(['\\', '*', '?', '[']);
    if is_pattern && walk.is_secret_pattern(word) {
        walk.has_secret.get_or_insert(word.span);
        walk.part_at(Class::Exfiltration, Risk::High, "a pattern for files that hold secrets", word.span);
    }
    if let Some(at) = word.text.rfind(':') {
        let inner = behind(word, at + 1);
        if let Some(path) = walk.path(&inner.text)
            && places::judge(&path, Access::Read, false, walk.place, walk.facts).class == Class::Exfiltration
        {
            walk.look(&inner);
            return;
        }
    }
    near(walk, word);
}

/// Whether a word is the text that the option before it searches.
fn is_value(args: &[Arg], word: &Arg) -> bool {
    const SEARCH: [&str; 10] =
        ["--grep", "--author", "--committer", "-S", "-G", "-L", "--since", "--until", "--after", "--before"];
    let at = args.iter().position(|arg| std::ptr::eq(arg, word));
    at.and_then(|at| at.checked_sub(1)).is_some_and(|before| SEARCH.contains(&&*args[before].text))
}

/// One setting that is no secret, is read.
fn is_harmless_setting(words: &[&Arg]) -> bool {
    const BEGINS: [&str; 12] = [
        "core.",
        "branch.",
        "init.",
        "pull.",
        "push.",
        "merge.",
        "rebase.",
        "fetch.",
        "diff.",
        "color.",
        "i18n.",
        "extensions.",
    ];
    const NAMES: [&str; 5] = ["user.name", "user.email", "user.signingkey", "commit.gpgsign", "commit.template"];
    let [only] = words else { return false };
    let name = only.text.to_ascii_lowercase();
    // An address is what `git remote -v` shows.
    let is_address = name.starts_with("remote.") && (name.ends_with(".url") || name.ends_with(".fetch"));
    only.exact().is_some()
        && (NAMES.contains(&&*name) || is_address || BEGINS.iter().any(|begin| name.starts_with(begin)))
}

#[cfg(test)]
mod tests {
    use crate::core::policy::programs::options::tests::check;

    #[test]
    fn readers() {
        check(
            "allow: git status -sb
             allow: git status --porcelain=v2 --untracked-files=all
             allow: git status -uno
             allow: git log --oneline --graph --decorate --all -n 30
             allow: git log -5 --stat
             allow: git log -p -- src/main.rs
             allow: git log --since='2 weeks ago' --author=me --pretty=format:'%h %s'
             allow: git log --grep '/etc'
             allow: git log -S 'fn main' --oneline
             allow: git log -L10,20:src/main.rs
             allow: git log main..feature
             allow: git log origin/main..HEAD --name-only
             allow: git diff --cached
             allow: git diff --stat HEAD~3
             allow: git diff -U10 -w -M90% main...HEAD -- src docs
             allow: git diff --no-index a.txt b.txt
             allow: git diff --name-only --diff-filter=ACM
             allow: git show --stat HEAD
             allow: git show HEAD~2:src/lib.rs
             allow: git show abc123 -- src/lib.rs
             allow: git shortlog -sne
             allow: git blame -L 10,20 -w src/main.rs
             allow: git branch
             allow: git branch -a
             allow: git branch -vv
             allow: git branch --show-current
             allow: git branch --contains HEAD
             allow: git branch --merged
             allow: git branch --merged main
             allow: git branch --list 'feature/*'
             allow: git branch -r --sort=-committerdate --format='%(refname:short)'
             allow: git tag
             allow: git tag -l 'v*'
             allow: git tag --list
             allow: git tag -n5
             allow: git tag --sort=-creatordate
             allow: git tag --points-at HEAD
             allow: git remote
             allow: git remote get-url origin
             allow: git rev-parse HEAD
             allow: git rev-parse --short HEAD
             allow: git rev-parse --show-toplevel
             allow: git rev-list --count HEAD
             allow: git ls-files -m --others --exclude-standard
             allow: git ls-tree -r --name-only HEAD
             allow: git cat-file -p HEAD:README.md
             allow: git describe --tags --always --dirty
             allow: git name-rev HEAD
             allow: git merge-base main feature
             allow: git merge-base --is-ancestor main HEAD
             allow: git diff-tree --no-commit-id --name-only -r HEAD
             allow: git show-ref --heads
             allow: git for-each-ref --sort=-committerdate refs/heads --format='%(refname)'
             allow: git reflog
             allow: git reflog -n 10
             allow: git reflog show main
             allow: git grep -n TODO
             allow: git grep -n '/etc/passwd' -- src
             allow: git grep -e foo --and -e bar
             allow: git stash list
             allow: git stash show -p
             allow: git worktree list --porcelain
             allow: git config --get user.email
             allow: git config user.name
             allow: git config get core.bare
             allow: git count-objects -vH
             allow: git check-ignore -v target
             allow: git check-ignore -v .env
             allow: git cherry -v main
             allow: git range-diff main...HEAD
             allow: git version
             allow: git bisect log
             allow: git symbolic-ref --short HEAD
             allow: git diff -- src/*.rs",
        );
    }

    #[test]
    fn readers_that_are_none() {
        check(
            "ask: git diff --output=patch.diff
             ask: git log -p --output /home/u/.profile-x
             ask: git log --outpu=x
             ask: git log --grep -- --output=x
             ask: git diff --ext-diff
             ask: git show --textconv HEAD
             ask: git cat-file --textconv HEAD:a
             ask: git cat-file --filters HEAD:a
             ask: git diff -Oorder
             ask: git grep -O foo
             ask: git grep -Osh foo
             ask: git grep --open-files-in-pager=sh foo
             ask: git grep --open-files foo
             ask: git grep --no-index foo /etc
             ask: git grep -f /etc/passwd
             ask: git log --show-signature
             ask: git log --format='%G?'
             ask: git diff --no-index /etc/passwd /dev/null
             ask: git diff /etc/passwd /etc/group
             ask: git diff --no-index ../other/a b
             ask: git blame --contents /etc/passwd x
             ask: git show HEAD:.env
             ask: git show HEAD:.env.local
             ask: git show :0:config/.env.production
             ask: git log -p -- .env
             ask: git diff .env
             ask: git show $(cat x)
             ask: git show \"$REV\"
             ask: git log *
             ask: git branch topic
             ask: git branch -v topic
             ask: git branch -m a b
             ask: git branch --edit-description
             ask: git tag v1
             ask: git tag -d v1
             ask: git tag -a v1 -m x
             ask: git remote show origin
             ask: git remote add x y
             ask: git reflog expire --expire=now --all
             ask: git stash
             ask: git stash pop
             ask: git stash -p
             ask: git worktree add ../x
             ask: git config --list
             ask: git config -l
             ask: git config user.name me
             ask: git config --get http.https://example.com.extraheader
             ask: git config --global core.hooksPath /tmp/x
             ask: git config --get-regexp .
             ask: git symbolic-ref HEAD refs/heads/x
             ask: git bisect run ./x.sh
             ask: git help log
             ask: git var -l
             ask: git credential fill
             ask: git hash-object -w x
             ask: git ls-remote --upload-pa='touch /tmp/pwned' test",
        );
    }
}
