//! Real aider, offline under the scripted model: it starts, and its status is right from the first prompt to the end. It draws
//! no dialogs and tells nothing, so that all that is known of it is what its last lines look like.

use serde_json::{Value, json};

use crate::support::fleet::id;
use crate::support::wait::wait_until_for;
use crate::support::{Agents, Home, Model, need};
use std::time::Duration;

/// Python starts hundreds of modules; a loaded machine with two cores takes its time for that.
const PATIENCE: Duration = Duration::from_secs(90);

#[test]
fn aider_is_followed_from_its_start_to_its_end() {
    need!("python3", "aider");
    let script = json!({"rules": [
        {"match": "greet me", "side_calls": true, "steps": [[{"text": "WELCOME", "over": 2}]]},
        {"match": "make a file", "side_calls": true, "steps": [[{"text": "Run this:\n\n```bash\ntouch made.txt\n```\n"}]]},
        {"match": "break", "side_calls": true, "steps": [[{"error": 400, "message": "no such model"}]]},
    ]});
    let (home, agents, model) = (Home::new(), Agents::new(), Model::start(&script));
    let env = agents.aider(&model);
    let cli = |words: &[&str]| home.cmd(words.iter().copied()).envs(env.clone()).cwd(agents.repo()).run();
    let agent = id(&cli(&["launch", "--headless", "--json", "-p", "aider", "--", "aider"]).ok().json());
    // One that has finished is completed until somebody looks.
    let is = |status: &str| {
        let fits = |said: &Value| said == status || (status == "ready" && said == "completed");
        wait_until_for(PATIENCE, &format!("aider to be {status}"), || {
            home.find_terminal(&agent).filter(|terminal| fits(&terminal["status"]))
        })
    };
    let say = |text: &str| drop(cli(&["send", &agent, "-m", text]).ok());
    is("ready");
    say("greet me");
    is("running");
    is("ready");
    assert!(home.screen_of(&agent).contains("WELCOME"), "{}", home.screen_of(&agent));
    say("make a file");
    let asked = is("waiting");
    assert_eq!(asked["waiting_for"], "approval", "{asked:#}");
    let said = cli(&["status", &agent, "--explain"]).ok().stdout;
    assert!(said.contains("Run shell command?"), "{said}");
    assert!(!agents.repo().join("made.txt").exists(), "it asks before it does");
    let _ = cli(&["keys", &agent, "y", "Enter"]).ok();
    wait_until_for(PATIENCE, "the file", || agents.repo().join("made.txt").exists().then_some(()));
    // It asks whether what the command has printed shall go to the model.
    let terminal = wait_until_for(PATIENCE, "the next prompt", || {
        let terminal = home.find_terminal(&agent)?;
        ["ready", "completed", "waiting"].iter().any(|status| terminal["status"] == *status).then_some(terminal)
    });
    if terminal["status"] == "waiting" {
        let _ = cli(&["keys", &agent, "n", "Enter"]).ok();
    }
    is("ready");
    say("break");
    is("error");
    say("/exit");
    is("closed");
}
