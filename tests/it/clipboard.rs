//! An agent may ask for the clipboard (OSC 52); only the user's own key gives it, and nobody reads it.

use crate::support::Home;

#[test]
fn what_an_agent_wants_to_copy_is_copied_by_the_users_key_only() {
    let home = Home::new();
    // "from an agent", and a question for what is on the clipboard, whose answer would be typed and shown.
    let script = "printf '\\033]52;c;ZnJvbSBhbiBhZ2VudA==\\007\\033]52;c;?\\007'; echo printed; exec cat -v";
    let run = ["launch", "--headless", "--provider", "shell", "--", "sh", "-c", &format!("read go; {script}")];
    drop(home.cmd(run).run().ok());
    let outer = home.outer().size(120, 35).conductor([""; 0]);
    outer.press("i").wait_text("TYPING");
    outer.type_text("go").press("enter");
    let seen = outer.wait_text(" copied, 13 characters: from an agent");
    assert!(seen.find("ctrl-q P takes what ").is_some(), "{}", outer.screen());
    assert!(seen.clipboard().is_empty(), "{:?}", seen.clipboard());
    // In TYPING the key is the agent's.
    outer.press("P").wait_text("P");
    assert!(outer.seen().clipboard().is_empty());
    outer.press("ctrl-q").wait_text("COMMAND");
    outer.press_until("P", "the copy", |seen| !seen.clipboard().is_empty());
    assert_eq!(outer.seen().clipboard(), ["ZnJvbSBhbiBhZ2VudA=="]);
    // An answer returns to where it was given from; nothing was typed to the agent.
    let seen = outer.wait_text("TYPING");
    assert!(seen.find("^[]52").is_none(), "{}", outer.screen());
}
