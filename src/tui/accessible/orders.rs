//! What a line that was typed asks for. Words and numbers only; one letter is enough where it is unlike the others. Made
//! from the user's text; it must never guess: what is not understood says what would be.

/// One line of the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// Nothing was typed.
    Nothing,
    List,
    /// What an agent does, and the end of its output.
    Read {
        agent: usize,
        lines: usize,
    },
    Send {
        agent: usize,
        text: String,
    },
    Keys {
        agent: usize,
        keys: Vec<String>,
    },
    Find(String),
    New,
    Stop(usize),
    Restart(usize),
    Answer {
        agent: usize,
        yes: bool,
    },
    Rename {
        agent: usize,
        name: String,
    },
    /// The work trees.
    Trees,
    /// Something with a work tree, by its number.
    Tree(TreeOrder, usize),
    /// What an ended agent could go on with.
    Conversations(usize),
    /// Whether changes are told as they happen.
    Tell(bool),
    Help,
    Quit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TreeOrder {
    Snapshot,
    Finish,
    Remove,
    Restore,
}

/// Lines that `read` tells when no number is given: what one listens to at once.
const LINES: usize = 20;

/// The words, with what they do; the help.
pub const WORDS: &[(&str, &str)] = &[
    ("list", "all agents with their numbers and states"),
    ("read 2", "what agent 2 does, and the last 20 lines it printed; read 2 100 for a hundred"),
    ("send 2 TEXT", "type TEXT to agent 2 and press Enter"),
    ("keys 2 Enter", "press keys by name: Enter, Escape, Up, Down, y, 1, C-c"),
    ("yes 2", "yes to what agent 2's own program asks, as whether to trust a folder; no 2 says no"),
    ("find WORDS", "lines with these words in everything that agents printed"),
    ("new", "start an agent; you are asked what kind, what it should do, and where"),
    ("stop 2", "end agent 2; you are asked first"),
    ("restart 2", "start agent 2 again after it has ended"),
    ("rename 2 NAME", "give agent 2 another name"),
    ("conversations 2", "those that agent 2 had, once it has ended; you are asked which it shall go on with"),
    ("trees", "the work trees of agents, with numbers of their own"),
    ("snapshot tree 2", "keep everything in tree 2 as it is now"),
    ("finish tree 2", "bring the work of tree 2 into what it was made from; you are asked how"),
    ("remove tree 2", "take tree 2 away, with everything in it kept; you are asked first"),
    ("restore tree 2", "bring tree 2 back, or take a living one back to its last snapshot"),
    ("tell off", "be quiet about changes; tell on tells them again"),
    ("quit", "leave; agents go on"),
];

/// # Errors
/// In words, when the line cannot be understood.
pub fn parse(line: &str) -> Result<Order, String> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    Ok(match word {
        "" => Order::Nothing,
        "list" | "l" => Order::List,
        "read" | "r" => {
            let (agent, lines) = numbered(rest, "read 2")?;
            let lines =
                if lines.is_empty() { LINES } else { lines.parse().map_err(|_| not("a number of lines", lines))? };
            Order::Read { agent, lines }
        }
        "send" | "s" => {
            let (agent, text) = numbered(rest, "send 2 TEXT")?;
            Order::Send { agent, text: some(text, "send 2 TEXT")?.to_owned() }
        }
        "keys" | "k" => {
            let (agent, keys) = numbered(rest, "keys 2 Enter")?;
            let keys = some(keys, "keys 2 Enter")?.split_whitespace().map(str::to_owned).collect();
            Order::Keys { agent, keys }
        }
        "find" | "f" => Order::Find(some(rest, "find WORDS")?.to_owned()),
        "new" | "n" => Order::New,
        "stop" => Order::Stop(numbered(rest, "stop 2")?.0),
        "yes" | "y" => Order::Answer { agent: numbered(rest, "yes 2")?.0, yes: true },
        "no" => Order::Answer { agent: numbered(rest, "no 2")?.0, yes: false },
        "restart" => Order::Restart(numbered(rest, "restart 2")?.0),
        "rename" => {
            let (agent, name) = numbered(rest, "rename 2 NAME")?;
            Order::Rename { agent, name: some(name, "rename 2 NAME")?.to_owned() }
        }
        "conversations" => Order::Conversations(numbered(rest, "conversations 2")?.0),
        "trees" | "t" => Order::Trees,
        "snapshot" => Order::Tree(TreeOrder::Snapshot, tree(rest, "snapshot tree 2")?),
        "finish" => Order::Tree(TreeOrder::Finish, tree(rest, "finish tree 2")?),
        "remove" => Order::Tree(TreeOrder::Remove, tree(rest, "remove tree 2")?),
        "restore" => Order::Tree(TreeOrder::Restore, tree(rest, "restore tree 2")?),
        "tell" if rest == "on" => Order::Tell(true),
        "tell" if rest == "off" => Order::Tell(false),
        "help" | "h" | "?" => Order::Help,
        "quit" | "q" | "exit" => Order::Quit,
        // A number alone asks about that agent.
        _ if rest.is_empty() && word.parse::<usize>().is_ok() => {
            Order::Read { agent: numbered(word, "read 2")?.0, lines: LINES }
        }
        _ => return Err(format!("\"{word}\" is not a command. Type help for all of them.")),
    })
}

/// The agent's number and what stands behind it.
fn numbered<'a>(rest: &'a str, example: &str) -> Result<(usize, &'a str), String> {
    let (number, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match number.parse() {
        Ok(0) | Err(_) => Err(format!("Say the agent's number, as in: {example}")),
        Ok(agent) => Ok((agent, rest.trim())),
    }
}

/// The number of a work tree, which must be called one: agents have numbers, too.
fn tree(rest: &str, example: &str) -> Result<usize, String> {
    let number = rest.strip_prefix("tree").and_then(|rest| rest.trim().parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| format!("Say the tree's number, as in: {example}"))
}

fn some<'a>(text: &'a str, example: &str) -> Result<&'a str, String> {
    if text.is_empty() { Err(format!("Something is missing. Say it as in: {example}")) } else { Ok(text) }
}

fn not(what: &str, text: &str) -> String {
    format!("\"{text}\" is not {what}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood_or_say_what_would_be() {
        let read = |agent, lines| Ok(Order::Read { agent, lines });
        for (line, expected) in [
            ("", Ok(Order::Nothing)),
            ("  list ", Ok(Order::List)),
            ("2", read(2, LINES)),
            ("read 3", read(3, LINES)),
            ("r 3 100", read(3, 100)),
            ("send 1  run the tests ", Ok(Order::Send { agent: 1, text: "run the tests".into() })),
            ("keys 1 Down Enter", Ok(Order::Keys { agent: 1, keys: vec!["Down".into(), "Enter".into()] })),
            ("find token expired", Ok(Order::Find("token expired".into()))),
            ("tell off", Ok(Order::Tell(false))),
            ("q", Ok(Order::Quit)),
            ("finish tree 3", Ok(Order::Tree(TreeOrder::Finish, 3))),
            ("remove 3", Err("Say the tree's number, as in: remove tree 2".into())),
            ("restore tree 0", Err("Say the tree's number, as in: restore tree 2".into())),
            ("conversations 4", Ok(Order::Conversations(4))),
            ("read", Err("Say the agent's number, as in: read 2".into())),
            ("read 0", Err("Say the agent's number, as in: read 2".into())),
            ("read 2 many", Err("\"many\" is not a number of lines.".into())),
            ("send 2", Err("Something is missing. Say it as in: send 2 TEXT".into())),
            ("dance", Err("\"dance\" is not a command. Type help for all of them.".into())),
        ] {
            assert_eq!(parse(line), expected, "{line:?}");
        }
        // Every word of the help is one.
        for (example, _) in WORDS {
            assert!(parse(example).is_ok(), "{example}");
        }
    }
}
