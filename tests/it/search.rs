//! `search`: text in everything that agents printed, wherever on their screens it stood, and whether or not it still does.

use crate::support::Home;
use crate::support::fleet::id;

#[test]
fn text_is_found_in_all_that_agents_printed() {
    let home = Home::new();
    // Coloured and scrolled away; drawn in the alternate screen, which is gone; drawn in place again and again.
    let first = id(&home.launch_script(
        "one",
        "printf 'a \\033[31mPa\\033[1mnic\\033[0m in\\033[3Ccolour\\n'; seq 1 3000; \
         printf '\\033[?1049h\\033[5;7Hpanic behind the scenes\\033[?1049l'; \
         for n in 1 2 3; do printf '\\033[2;1H\\033[Kpanic in place'; done; echo; echo done-one; exec cat",
    ));
    let second = id(&home.worker("one", "echo 'no panic here'; echo done-two; exec cat"));
    let third = id(&home.launch_script("two", "echo 'panic elsewhere'; echo done-three; exec cat"));
    for (terminal, word) in [(&first, "done-one"), (&second, "done-two"), (&third, "done-three")] {
        home.wait_screen(terminal, word);
    }
    let search = |words: &[&str]| home.cmd([&["search", "--quiet"], words].concat()).run();
    let lines = |words: &[&str]| -> Vec<String> { search(words).ok().stdout.lines().map(Into::into).collect() };
    assert_eq!(
        lines(&["panic"]),
        [
            "supervisor-shell: panic elsewhere",
            "worker-shell: no panic here",
            "supervisor-shell: a Panic in   colour",
            "supervisor-shell: panic behind the scenes",
            "supervisor-shell: panic in place  (×3)",
        ]
    );
    assert_eq!(lines(&["Panic"]), ["supervisor-shell: a Panic in   colour"]);
    assert_eq!(lines(&["panic", "--session", "two"]), ["supervisor-shell: panic elsewhere"]);
    assert_eq!(lines(&["panic", "--terminal", &second]), ["worker-shell: no panic here"]);
    assert_eq!(lines(&["r/^29\\d{2}$/", "-n", "2"]), ["supervisor-shell: 2998", "supervisor-shell: 2999"]);
    let none = search(&["nowhere to be found"]);
    assert_eq!((none.code, none.stdout.as_str()), (1, ""));
    let said = home.cmd(["search", "nowhere to be found"]).run();
    assert!(said.stderr.starts_with("No match in ") && said.stderr.contains("of 3 terminals."), "{}", said.stderr);
    let bad = search(&["r/(/"]);
    assert_eq!(bad.code, 2, "{}", bad.stderr);
    assert!(bad.stderr.starts_with("Error: the expression cannot be understood: unclosed group"), "{}", bad.stderr);
    // The object of the API: where and when, so that the place can be looked at.
    let found = search(&["behind the scenes", "--json"]).ok().json();
    let hit = &found["hits"][0];
    let at = usize::try_from(hit["offset"].as_u64().unwrap()).unwrap();
    assert!(home.log(&first)[at..].starts_with(b"panic behind"), "{hit}");
    assert!(hit["time_ms"].as_u64().is_some() && hit["on_screen"] == false, "{hit}");
}
