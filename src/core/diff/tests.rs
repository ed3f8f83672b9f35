//! Tables of what git writes, and laws for any bytes. Against the real git: `workspace/tests.rs`.

use super::*;
use proptest::prelude::*;

/// One line for each file, hunk and line.
fn told(diff: &str) -> String {
    let number = |n: Option<u32>| n.map_or_else(|| "·".to_owned(), |n| n.to_string());
    let mut out = String::new();
    for file in parse(diff.as_bytes()) {
        let name = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string();
        let old = file.old_path.as_deref().map_or(String::new(), |old| format!(" from {}", name(old)));
        let binary = if file.is_binary { " binary" } else { "" };
        let (added, removed) = file.counts();
        out += &format!("{:?} {}{old}{binary} +{added} -{removed}\n", file.change, name(&file.path));
        for hunk in &file.hunks {
            out += &format!(" @ {} {} {}\n", hunk.old_start, hunk.new_start, hunk.heading);
            for line in &hunk.lines {
                out += &format!("  {} {}{}{}\n", number(line.old), number(line.new), line.sign.letter(), line.text);
            }
        }
    }
    out
}

#[test]
fn lines_have_their_numbers_on_both_sides() {
    let diff = "diff --git a/src/a b.rs b/src/a b.rs\nindex 1..2 100644\n--- a/src/a b.rs\t\n+++ b/src/a b.rs\t\n\
        @@ -3,3 +3,4 @@ fn main() {\n one\n-two\n+2\n+zwei\n three\n\
        @@ -20 +21,0 @@\n--- not a header\n\\ No newline at end of file\n";
    insta::assert_snapshot!(told(diff), @r"
    Modified src/a b.rs +2 -2
     @ 3 3 fn main() {
      3 3 one
      4 ·-two
      · 4+2
      · 5+zwei
      5 6 three
     @ 20 21 
      20 ·--- not a header
      · ·\No newline at end of file
    ");
}

#[test]
fn every_kind_of_change_is_known() {
    let diff = "diff --git a/new b/new\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n\
        diff --git a/empty b/empty\nnew file mode 100644\nindex 0..1\n\
        diff --git a/gone b/gone\ndeleted file mode 100755\nindex 1..0\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
        diff --git a/x b/x\nold mode 100644\nnew mode 100755\n\
        diff --git a/y b/y\nold mode 100644\nnew mode 100755\nindex 1..2\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-x\n+y\n\
        diff --git a/old name b/new name\nsimilarity index 90%\nrename from old name\nrename to new name\nindex 1..2 100644\n--- a/old name\t\n+++ b/new name\t\n@@ -1 +1 @@\n-x\n+y\n\
        diff --git \"a/t\\ta\\303\\244\" \"b/t\\ta\\303\\244\"\nindex 1..2 100644\nBinary files \"a/t\\ta\\303\\244\" and \"b/t\\ta\\303\\244\" differ\n\
        * Unmerged path both\n* Unmerged path x\n";
    insta::assert_snapshot!(told(diff), @r"
    Added new +1 -0
     @ 0 1 
      · 1+x
    Added empty +0 -0
    Deleted gone +0 -1
     @ 1 0 
      1 ·-x
    Conflicted x +0 -0
    Modified y +1 -1
     @ 1 1 
      1 ·-x
      · 1+y
    Renamed new name from old name +1 -1
     @ 1 1 
      1 ·-x
      · 1+y
    Modified t\taä binary +0 -0
    Conflicted both +0 -0
    ");
}

#[test]
fn a_line_that_nobody_reads_is_cut() {
    let diff = format!("diff --git a/x b/x\n@@ -0,0 +1 @@\n+{}\n", "ä".repeat(5000));
    let line = &parse(diff.as_bytes())[0].hunks[0].lines[0];
    assert!(line.text.len() < 2100 && line.text.ends_with('…'), "{}", line.text.len());
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parse(&bytes);
    }

    /// Pieces of diffs in any order: numbers rise, and no line is made up.
    #[test]
    fn any_mixture_of_headers_is_read(parts in prop::collection::vec(prop::sample::select(vec![
        "diff --git a/x b/x", "diff --git \"a/\\", "diff --git a/", "--- a/x", "+++ b/x", "@@ -1,2 +1,2 @@", "@@ -4294967295,4294967295 +1 @@",
        "@@ -1 @@", "+a", "-b", " c", "", "\\ No newline", "old mode 100644", "rename from \"", "index 1..2 1", "* Unmerged path x",
    ]), 0..60)) {
        let files = parse(parts.join("\n").as_bytes());
        let lines = files.iter().flat_map(|f| &f.hunks).map(|h| h.lines.len()).sum::<usize>();
        prop_assert!(lines <= parts.len());
        for hunk in files.iter().flat_map(|f| &f.hunks) {
            let old: Vec<u32> = hunk.lines.iter().filter_map(|l| l.old).collect();
            prop_assert!(old.windows(2).all(|w| w[0] <= w[1]));
        }
    }
}

#[test]
fn the_short_form_counts() {
    let bytes = b":100644 100644 1 2 M\0a b\0:100644 100644 1 2 R090\0old\0new\0:000000 100644 0 1 A\0bin\0\
        3\t1\ta b\x000\t2\t\0old\0new\0-\t-\tbin\09\t9\tnobody\0:1 2 3";
    let told: Vec<String> = listing(bytes)
        .into_iter()
        .map(|f| {
            format!("{:?} {} +{} -{} {}", f.change, String::from_utf8_lossy(&f.path), f.added, f.removed, f.is_binary)
        })
        .collect();
    assert_eq!(told, ["Modified a b +3 -1 false", "Renamed new +0 -2 false", "Added bin +0 -0 true"]);
}
