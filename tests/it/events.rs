//! What notices have said is found again after they are gone, and leads to the agent that they were about.

use crate::support::Home;
use crate::support::fleet::id;

#[test]
fn what_was_said_is_listed_and_leads_to_the_agent() {
    let home = Home::new();
    for name in ["one", "two", "three", "four", "five"] {
        let agent = id(&home.launch_script(name, "read line; exit 3"));
        drop(home.cmd(["rename", agent.as_str(), name]).run().ok());
    }
    let last = id(&home.launch_script("six", "echo HERE; exec cat"));
    let outer = home.outer().size(120, 35).conductor([""; 0]);
    outer.wait_text("6 agents");
    outer.press("6").wait_text("HERE");
    // All but the last end badly, while somebody looks: more notices than there is room for.
    for terminal in home.terminals() {
        if terminal["id"] != last.as_str() {
            drop(home.cmd(["keys", terminal["id"].as_str().unwrap(), "Enter"]).run().ok());
        }
    }
    outer.wait_text("(E events)");
    // Any key takes them away; this one says that it leads nowhere, which is an event as well.
    outer.press("6").wait_gone("(E events)");
    outer.press(":").wait_text("Do anything");
    outer.type_text("events").wait_text("all that was said");
    outer.press("enter").wait_text(" Events ");
    // The newest may stand below as a notice as well.
    let said = outer
        .wait_for("all five", |seen| (0..35).filter(|row| seen.row(*row).contains("exited with code 3")).count() >= 5);
    assert!(said.find("6 of 6").is_some(), "{}", outer.screen());
    outer.type_text("nothing like it").wait_text("nothing of what was said matches");
    outer.press("ctrl-u").wait_text("6 of 6");
    // The newest is chosen; the oldest is four above it.
    outer.press("home enter").wait_gone(" Events ");
    outer.wait_text("[agent exited with code 3");
    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
}
