//! A dialog of an agent's own program is answered with one word: by keys that are pressed once each, looked at, and
//! confirmed only when the choice is seen. The dialog here is a real program that drops the first key it gets and whose
//! choices go round, as those of real agents do; those are asked in `agents`.

use std::time::Duration;

use crate::support::{Home, wait_until};

/// Writes down what was confirmed. `j` goes to the next choice; `q` leaves without one.
const ASKING: &str = r#"
stty -echo -icanon
at=1 dropped=
draw() {
    printf '\033[2J\033[HMay I?\r\n'
    for n in 1 2 3; do
        [ $n = $at ] && printf '> ' || printf '  '
        case $n in 1) printf 'no\r\n';; 2) printf 'later\r\n';; 3) printf 'yes\r\n';; esac
    done
}
draw
while key=$(dd bs=1 count=1 2>/dev/null); do
    case $key in
        j) if [ "$dropped" ]; then at=$((at % 3 + 1)); draw; else dropped=yes; fi;;
        q) echo left > answer; exit 7;;
        '') echo $at > answer; printf '\033[2J\033[Hready\r\n'; exec cat;;
    esac
done
"#;

fn provider(home: &Home) {
    let asking = home.write("asking.sh", ASKING);
    let file = format!(
        r#"
name = "asking"
title = "Asking"
programs = ["sh"]
arguments = ["{}"]

[[answers]]
waiting_for = "trust"
yes = {{ choose = ["j"], chosen = '(?m)^> yes', confirm = ["Enter"] }}
no = {{ confirm = ["q"] }}

[[rules]]
status = "waiting"
waiting_for = "trust"
detail = "may it"
source = "screen"
region = "bottom"
pattern = 'May I\?'
"#,
        asking.display()
    );
    home.write("providers/asking.toml", &file);
}

#[test]
fn one_word_answers_and_nothing_is_confirmed_unseen() {
    let home = Home::new();
    provider(&home);
    let launch = || {
        let id = home.agent_of(home.cmd(["launch", "-p", "asking", "--headless", "--json"]).run()).id;
        home.wait_terminal(&id, "asks", |t| t["waiting_for"] == "trust" && t["answerable"] == true);
        id
    };
    let answer = || wait_until("an answer", || Some(home.read("work/answer")).filter(|text| !text.is_empty()));
    let yes = launch();
    let _ = home.cmd(["answer", &yes, "yes"]).run().ok();
    assert_eq!(answer(), "3\n");
    home.wait_terminal(&yes, "asks no more", |t| t["waiting_for"].is_null() && t["answerable"] == false);
    // It asks nothing now: no key is pressed.
    let refused = home.cmd(["answer", &yes, "no"]).run().code(1).stderr;
    assert!(refused.contains("it asks nothing that can be answered from here"), "{refused}");

    std::fs::remove_file(home.work().join("answer")).unwrap();
    let no = launch();
    let _ = home.cmd(["answer", &no, "no"]).run().ok();
    assert_eq!(answer(), "left\n");
    home.wait_terminal(&no, "left", |t| t["exit_code"] == 7);
}

#[test]
fn one_key_answers_on_the_screen_and_letters_of_a_sentence_do_not() {
    let home = Home::new();
    provider(&home);
    let id = home.agent_of(home.cmd(["launch", "-p", "asking", "--headless", "--json"]).run()).id;
    home.wait_terminal(&id, "asks", |t| t["answerable"] == true);
    let outer = home.outer().size(120, 35).conductor([""; 0]);
    outer.wait_text("> no");
    outer.wait_text("y yes  n no");
    outer.press("i").wait_text("ctrl-q y yes");
    outer.press("ctrl-q").wait_text("y yes  n no");
    outer.wait_hands(Duration::from_millis(500));
    outer.type_text("yes do it");
    outer.wait_text("your text was not sent");
    outer.press("esc").wait_gone("your text was not sent");
    assert_eq!(home.read("work/answer"), "");
    outer.wait_hands(Duration::from_millis(500));
    outer.press("y").wait_text("answered yes to");
    assert_eq!(home.read("work/answer"), "3\n");
    // Back to where it was answered from.
    outer.wait_text("TYPING");
    outer.press("ctrl-q").wait_gone("TYPING");
    outer.wait_hands(Duration::from_millis(500));
    outer.press("y").wait_text("yes: nothing here asks for it");
}
