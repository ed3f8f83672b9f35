//! Text fields with the habits of vim, in the real program: switched on in the settings, seen in the field, and what is
//! edited with them is what an agent starts with.

use std::time::Duration;

use crate::support::{Home, Outer};

/// Waits for the word at the left of the status bar.
#[track_caller]
fn mode(outer: &Outer, word: &str) {
    outer.wait_for(word, |seen| seen.lines().last().is_some_and(|bar| bar.trim_start().starts_with(word)));
}

#[test]
fn a_message_is_edited_with_the_keys_of_vim_and_sent() {
    let home = Home::new();
    home.write("config.toml", "[ui]\nclock = false\n");
    let teller = "name = \"teller\"\ntitle = \"Teller\"\nprograms = [\"sh\"]\nprompt_arguments = [\"{prompt}\"]\n\
                  arguments = [\"-c\", \"echo told: $0; exec cat\"]\n";
    home.write("providers/teller.toml", teller);
    let outer = home.outer().size(100, 30).conductor([""; 0]);
    outer.wait_text("No agents yet.");
    // From the last of the screen's settings.
    // The list itself: its keys are named before it is read.
    outer.press(",").wait_text("limit_mib");
    outer.press("j j j j j enter").wait_text("now");
    outer.press("down enter").wait_text("wrote fields = \"vim\"");
    outer.press("esc").wait_gone("Output logs");
    outer.press("c").wait_text("First message");
    mode(&outer, "INSERT");
    outer.wait_text("esc esc close");
    // A sentence typed at once would be taken for one that was meant for an agent.
    outer.wait_hands(Duration::from_millis(500)).type_text("mend the the tests");
    outer.press("ctrl-j").type_text("second").wait_text("second");
    outer.press("esc");
    mode(&outer, "NORMAL");
    assert!(outer.screen().contains(" NORMAL ─"), "{}", outer.screen());
    outer.press("d d").wait_gone("second");
    outer.press("w d w").wait_text("mend the tests");
    outer.press("u").wait_text("mend the the tests");
    outer.press("ctrl-r").wait_text("mend the tests");
    outer.press("0 c w").type_text("break").wait_text("break the tests");
    mode(&outer, "INSERT");
    outer.press("esc");
    mode(&outer, "NORMAL");
    outer.press("v e");
    mode(&outer, "VISUAL");
    outer.press("esc");
    mode(&outer, "NORMAL");
    // The draft is kept, and the next one is typed into again.
    outer.press("esc").wait_gone("First message");
    mode(&outer, "COMMAND");
    outer.press("c").wait_text("break the tests");
    mode(&outer, "INSERT");
    outer.press("esc");
    mode(&outer, "NORMAL");
    // The row of the agents is walked to and through with letters as well.
    outer.press("j").wait_text("choice");
    outer.press_until("l", "the teller", |seen| seen.contains("‹teller›"));
    outer.press("enter").wait_text("told: break the tests");
    mode(&outer, "COMMAND");
    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
}
