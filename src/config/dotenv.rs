//! Files of variables, as `.env` is written. Called by launches and restarts. It must never expand anything in a value,
//! run anything, or touch this process's own environment.

/// The variables in the order in which they stand; of a name that stands twice the last one counts.
///
/// A line is `NAME=value`, with `export` before it or not. A value is bare, and ends before ` #`; or in single quotes, as it
/// is; or in double quotes, with `\n`, `\r`, `\t`, `\"`, `\\` and `\$`. Quoted ones may go on over several lines.
///
/// # Errors
/// The line that cannot be understood, counted from 1; never a value of it.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, (usize, &'static str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let number = text[..text.len() - rest.len()].matches('\n').count() + 1;
        let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        let trimmed = line.trim_start();
        if trimmed.trim_end().is_empty() || trimmed.starts_with('#') {
            rest = behind;
            continue;
        }
        let (name, _) = trimmed.split_once('=').ok_or((number, "it has no ="))?;
        let from = rest.len() - (line.len() - trimmed.len()) - name.len() - 1;
        let value = &rest[rest.len() - from..];
        let name = name.trim_end();
        let name = name.strip_prefix("export").filter(|n| n.starts_with([' ', '\t'])).map_or(name, str::trim_start);
        if !is_name(name) {
            return Err((number, "no variable has such a name"));
        }
        let (value, behind) = value_of(value).map_err(|why| (number, why))?;
        if value.contains('\0') {
            return Err((number, "a value cannot hold a NUL"));
        }
        found.push((name.to_owned(), value));
        rest = behind;
    }
    Ok(found)
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(is_part)
}

/// The value at the beginning of `text`, and what follows behind its line.
fn value_of(text: &str) -> Result<(String, &str), &'static str> {
    let start = text.trim_start_matches([' ', '\t']);
    let quote = start.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let Some(quote) = quote else {
        let (line, behind) = start.split_once('\n').unwrap_or((start, ""));
        let end = line.char_indices().find(|(at, c)| *c == '#' && line[..*at].ends_with([' ', '\t']));
        let value = if line.starts_with('#') { "" } else { end.map_or(line, |(at, _)| &line[..at]) };
        return Ok((value.trim_end().to_owned(), behind));
    };
    let mut value = String::new();
    let mut signs = start[1..].char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            _ if sign == quote => {
                let (line, behind) = start[1 + at + 1..].split_once('\n').unwrap_or((&start[1 + at + 1..], ""));
                let line = line.trim();
                let is_over = line.is_empty() || line.starts_with('#');
                return if is_over { Ok((value, behind)) } else { Err("something stands behind the quotes") };
            }
            '\\' if quote == '"' => match signs.next().map(|(_, sign)| sign) {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some(sign @ ('"' | '\\' | '$')) => value.push(sign),
                Some(other) => value.extend(['\\', other]),
                None => break,
            },
            _ => value.push(sign),
        }
    }
    Err("its quotes are not closed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_is_understood_and_nothing_is_expanded() {
        for (text, expected) in [
            ("", &[][..]),
            ("# only words\n\n  \n", &[]),
            ("A=1\nB=2", &[("A", "1"), ("B", "2")]),
            ("A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")]),
            ("\u{feff}A=1\n", &[("A", "1")]),
            ("export A=1\n  export\tB = 2 \n", &[("A", "1"), ("B", "2")]),
            ("export=1\n", &[("export", "1")]),
            ("A=\nB= # none\nC=#none\n", &[("A", ""), ("B", ""), ("C", "")]),
            ("A=a b # words\nB=a#b\n", &[("A", "a b"), ("B", "a#b")]),
            ("A='a # $B \\n \"x\"' # words\n", &[("A", "a # $B \\n \"x\"")]),
            ("A=\"a\\nb\\t\\\"c\\\" \\\\ \\$D $E `f` \\q\"\n", &[("A", "a\nb\t\"c\" \\ $D $E `f` \\q")]),
            ("A=\"one\ntwo\"\nB='three\nfour'\n", &[("A", "one\ntwo"), ("B", "three\nfour")]),
            ("A=$HOME/$(x)`y`\n", &[("A", "$HOME/$(x)`y`")]),
            ("A=b=c\nA=2\n", &[("A", "b=c"), ("A", "2")]),
            ("a.b-c=ü\n", &[("a.b-c", "ü")]),
        ] {
            let found = parse(text).unwrap();
            let found: Vec<(&str, &str)> = found.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn mistakes_are_named_by_their_line_and_without_the_value() {
        for (text, line, why) in [
            ("A=1\nsecret\n", 2, "it has no ="),
            ("\n1A=secret\n", 2, "no variable has such a name"),
            ("A B=secret\n", 1, "no variable has such a name"),
            ("=secret\n", 1, "no variable has such a name"),
            ("A='x\ny'\nB=\"secret\n", 3, "its quotes are not closed"),
            ("A=\"x\"secret\n", 1, "something stands behind the quotes"),
            ("A=x\0y\n", 1, "a value cannot hold a NUL"),
        ] {
            assert_eq!(parse(text), Err((line, why)), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much_for_it(text in "\\PC*|[A-C=\"'\\\\# \n]*") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_quoted_comes_out_as_it_was(value in "[^\0]*") {
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            let text = format!("X=1\nA=\"{quoted}\" # words\nB=2\n");
            let all = [("X", "1"), ("A", value.as_str()), ("B", "2")].map(|(n, v)| (n.to_owned(), v.to_owned()));
            prop_assert_eq!(parse(&text), Ok(all.to_vec()));
        }
    }
}
