//! What nobody would type: nested, long, broken, in other alphabets. There is always an answer, and what was found stays found.

use super::*;
use proptest::prelude::*;

#[test]
fn nesting_and_length_are_asked_for_and_take_no_time() {
    let policy = policy("default");
    let texts = [
        "(".repeat(100_000),
        "$(".repeat(10_000),
        "{ ".repeat(1_000),
        "((".repeat(5_000),
        "${".repeat(5_000),
        "`".repeat(10_000),
        "if true; then ".repeat(500),
        "ls;".repeat(300_000),
        "x".repeat(1 << 20),
        "\"$(".repeat(200),
        "case x in ".repeat(200),
        "[".repeat(10_000),
        format!("{}{}", "$(".repeat(10_000), ")".repeat(10_000)),
        "a".repeat(20_000) + " | b",
        "<<X ".repeat(2_000),
        "! ".repeat(5_000),
        "{a,b}".repeat(40),
        "{1..100000000}".into(),
        "echo ".to_owned() + &"{a,".repeat(300),
    ];
    for text in texts {
        let verdict = verdict(&text, &policy);
        assert_eq!(
            verdict.decision,
            Decision::Ask,
            "{}…: {}",
            text.chars().take(20).collect::<String>(),
            verdict.reason
        );
    }
}

/// A limit never loses what was found.
#[test]
fn what_is_denied_stays_denied_behind_much_else() {
    let policy = policy("default");
    let many = "ls -la; ".repeat(250);
    assert_eq!(decided(&format!("{many}rm -rf /"), &policy), Decision::Deny);
    assert_eq!(decided(&format!("rm -rf /; {many}"), &policy), Decision::Deny);
    assert_eq!(decided(&format!("echo \u{1b}[2K{}", "x".repeat(1 << 20)), &policy), Decision::Deny);
}

#[test]
fn what_deceives_its_reader_is_denied_and_named() {
    let policy = policy("default");
    for text in [
        "ls \u{1b}[2K",
        "ls\r rm",
        "a\u{8}b",
        "ls \u{202e}",
        "ls \u{2066}",
        "l\u{200b}s",
        "ls \u{0}",
        "ls \u{7f}",
        "ls \u{9b}2K",
        "ls\u{feff}",
    ] {
        let verdict = verdict(text, &policy);
        assert_eq!(verdict.decision, Decision::Deny, "{text:?}");
        assert!(verdict.reason.contains("U+"), "{text:?}: {}", verdict.reason);
    }
    // A name in another alphabet is no name that is known; a blank that is none joins two words.
    for text in ["сat README.md", "l\u{455} -la", "ls\u{a0}-la", "rm\u{3000}x"] {
        assert_eq!(decided(text, &policy), Decision::Ask, "{text:?}");
    }
    assert_eq!(decided("grep -n 'größe' README.md", &policy), Decision::Allow);
    assert_eq!(decided("echo 漢字", &policy), Decision::Allow);
}

#[test]
fn other_shells_are_judged_as_far_as_they_are_bash() {
    let policy = policy("default");
    let judged = |shell: &str, command: &str| {
        let step = Step { shell: shell.into(), ..step(command) };
        judge(&step, &policy, None, &place(), &Home::default(), 0).decision
    };
    for shell in ["zsh", "fish", "pwsh"] {
        assert_eq!(judged(shell, "ls -la src"), Decision::Allow, "{shell}");
        assert_eq!(judged(shell, "cat *.rs(e:id:)"), Decision::Ask, "{shell}");
        assert_eq!(judged(shell, "echo hi >! x"), Decision::Ask, "{shell}");
        assert_eq!(judged(shell, "rm -rf /"), Decision::Deny, "{shell}");
        assert_eq!(judged(shell, "if test -f x; cat x; end"), Decision::Ask, "{shell}");
    }
}

fn fragment() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "ls", "rm", "-rf", "/", "cat", "x", ";", "&&", "||", "|", "\n", "(", ")", "{", "}", "$(", "`", "'", "\"", "$x",
        "${x:-y}", "x=1", "<<EOF", "EOF", ">", "<", "2>&1", "*", "~", "if", "then", "fi", "for", "do", "done", "case",
        "esac", "in", "[[", "]]", "((", "))", "\\", "#", "$'", "&", "!", "sed", "1e id", "awk", "find", "-exec", "{}",
        "\\;", "git", "push", "-f", "main", "$((", "<(", "eval", "bash", "-c", "export", "function", "time", "env",
    ]);
    prop::collection::vec(words, 1..14).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn there_is_always_an_answer(text in prop_oneof![fragment(), ".{0,60}", any::<Vec<u8>>().prop_map(|b| String::from_utf8_lossy(&b).into_owned())]) {
        let policy = Policy { rules: Vec::new(), default: Decision::Ask };
        let verdict = verdict(&text, &policy);
        prop_assert_eq!(verdict.decision, Decision::Ask);
        for part in &verdict.parts {
            prop_assert!(part.span.from <= part.span.to && part.span.to <= text.len(), "{:?}", part);
        }
    }

    /// A harmless command beside another one makes nothing softer.
    #[test]
    fn company_makes_nothing_softer(a in fragment(), b in fragment()) {
        let policy = policy_once();
        let (alone, together) = (decided(&a, policy), decided(&format!("{a}\n{b}"), policy));
        // What is only broken or empty (`time`) alone may be whole together, and the other way round.
        let is_broken =
            |text: &str| verdict(text, policy).parts.iter().any(|part| part.what.contains("that could be understood"));
        if !is_broken(&a) && !is_broken(&format!("{a}\n{b}")) && !a.contains("<<") {
            prop_assert!(together >= alone, "{:?} {:?} / {:?}", a, alone, together);
        }
    }
}

fn policy_once() -> &'static Policy {
    static POLICY: std::sync::OnceLock<Policy> = std::sync::OnceLock::new();
    POLICY.get_or_init(|| policy("default"))
}
