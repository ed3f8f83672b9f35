//! `keys.toml`: which keys run which commands, in which place. Read by the screen at its start and whenever the file is
//! saved, and by `config check` and `config show`. What commands there are is told by the caller. A mistake is a note with
//! its line, never a refusal: the rest holds. It must never leave somebody without a way out.

use super::spelling::nearest;
use super::theme::Note;
use crate::core::keys::{Key, KeyCode, Mods, parse_key};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A command that keys can be bound to.
#[derive(Clone, Debug)]
pub struct Known {
    pub name: &'static str,
    /// The places where its keys count: tables of the file.
    pub places: Vec<&'static str>,
    /// The keys that it has unless the file says otherwise.
    pub keys: &'static [&'static str],
    /// Without a key for it somebody could be locked in.
    pub is_way_out: bool,
}

/// Where chords run commands although all other keys go to an agent.
const TYPING: &str = "typing";
const LEADER: &str = "leader";
/// The leader where no kind of agent has one of its own.
const ANY: &str = "default";

/// What holds: the file's keys where it names a command, else the built-in ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Keys {
    /// The keys of a command, by place and name.
    pub bound: BTreeMap<(&'static str, &'static str), Vec<Key>>,
    pub leader: Vec<Key>,
    /// The leader while a kind of agent is typed to.
    pub leaders: BTreeMap<String, Vec<Key>>,
    pub typing: Vec<(Key, &'static str)>,
    /// The file is there, and nothing of it can be used: whoever has keys already keeps them.
    pub is_unreadable: bool,
}

/// Where the file lies.
pub fn path(config: &Path) -> PathBuf {
    config.join("keys.toml")
}

/// Reads the keys of a home. `leader` is the one that holds unless the file says otherwise.
pub fn load(config: &Path, known: &[Known], leader: Key) -> (Keys, Vec<Note>) {
    let path = path(config);
    let place = path.display().to_string();
    match std::fs::read_to_string(&path) {
        Ok(text) => read(&place, &text, known, leader),
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            read(&place, "", known, leader)
        }
        Err(e) => {
            let (keys, mut notes) = read(&place, "", known, leader);
            notes.push(Note { place, message: format!("cannot be read: {e}") });
            (Keys { is_unreadable: true, ..keys }, notes)
        }
    }
}

/// What is wrong with the file, and whether the rest of it holds. Which leader holds without it hangs on the terminal; what
/// is wrong with it does not.
pub fn check(config: &Path, known: &[Known]) -> (Vec<Note>, bool) {
    let (keys, notes) = load(config, known, Key::ctrl('q'));
    (notes, !keys.is_unreadable)
}

fn read(place: &str, text: &str, known: &[Known], leader: Key) -> (Keys, Vec<Note>) {
    let mut reader =
        Reader { known, notes: Vec::new(), said: Vec::new(), leader_at: 0, chords: Vec::new(), keys: Keys::default() };
    reader.keys.leader = vec![leader];
    match DeTable::parse(text) {
        Ok(table) => reader.top(table.get_ref()),
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            reader.note(start, error.message().to_owned());
            reader.keys.is_unreadable = true;
        }
    }
    reader.settle();
    reader.notes.sort_by_key(|(byte, _)| *byte);
    let notes = reader.notes.iter().map(|(byte, message)| Note {
        place: format!("{place}:{}", text.get(..*byte).unwrap_or(text).matches('\n').count() + 1),
        message: message.clone(),
    });
    let notes = notes.collect();
    (reader.keys, notes)
}

/// What the file says of one command in one place.
struct Said {
    place: &'static str,
    name: &'static str,
    keys: Vec<(Key, usize)>,
    at: usize,
}

struct Reader<'a> {
    known: &'a [Known],
    /// With the byte that each is about.
    notes: Vec<(usize, String)>,
    said: Vec<Said>,
    /// Where the file speaks of the leader, and its chords.
    leader_at: usize,
    chords: Vec<(Key, &'static str, usize)>,
    keys: Keys,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn note(&mut self, byte: usize, message: impl Into<String>) {
        self.notes.push((byte, message.into()));
    }

    fn places(&self) -> Vec<&'static str> {
        let mut places: Vec<&'static str> = self.known.iter().flat_map(|known| &known.places).copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn top(&mut self, table: &DeTable<'_>) {
        let places = self.places();
        for (key, value) in in_order(table) {
            let (name, start) = (key.get_ref().as_ref(), key.span().start);
            if name == LEADER {
                self.leader_at = start;
                self.leaders(value);
                continue;
            }
            let DeValue::Table(inside) = value.get_ref() else {
                if self.is_command_elsewhere(name, start) {
                    continue;
                }
                let what = if name == TYPING || places.contains(&name) { "is a table" } else { "is no place" };
                self.note(start, format!("`{name}` {what}: keys stand below {}", list(&places)));
                continue;
            };
            if name == TYPING {
                self.chords(inside);
            } else if let Some(known) = places.iter().find(|known| **known == name) {
                self.commands(known, inside);
            } else {
                let all = places.iter().copied().chain([TYPING, LEADER]);
                let hint = nearest(name, all.clone()).map_or_else(
                    || format!("; there are {}", list(&all.collect::<Vec<_>>())),
                    |near| format!("; did you mean `{near}`?"),
                );
                self.note(start, format!("there is no place `{name}`{hint}"));
            }
        }
    }

    fn commands(&mut self, place: &'static str, table: &DeTable<'_>) {
        for (key, value) in in_order(table) {
            let (name, at) = (key.get_ref().as_ref(), key.span().start);
            match self.known.iter().find(|known| known.name == name && known.places.contains(&place)) {
                Some(known) => {
                    let Some(keys) = self.list_of_keys(value) else { continue };
                    self.said.push(Said { place, name: known.name, keys, at });
                }
                None => self.unknown_command(name, Some(place), at),
            }
        }
    }

    /// Says where a command belongs that stands where it is none; whether it is one.
    fn is_command_elsewhere(&mut self, name: &str, at: usize) -> bool {
        let Some(known) = self.known.iter().find(|known| known.name == name) else { return false };
        let where_to = known.places.iter().map(|place| format!("[{place}]")).collect::<Vec<_>>().join(" and ");
        self.note(at, format!("`{name}` is a command of {where_to}: write it below that"));
        true
    }

    fn unknown_command(&mut self, name: &str, place: Option<&str>, at: usize) {
        if place.is_some() && self.is_command_elsewhere(name, at) {
            return;
        }
        let here = self.known.iter().filter(|known| place.is_none_or(|place| known.places.contains(&place)));
        let hint = nearest(name, here.map(|known| known.name))
            .map_or_else(|| " (`docs/keys.md` lists all)".to_owned(), |near| format!("; did you mean `{near}`?"));
        self.note(at, format!("there is no command `{name}`{hint}"));
    }

    /// `"x"` or `["x", "ctrl-f"]`; what is no key is noted, and the others hold. Nothing when it is neither.
    fn list_of_keys(&mut self, value: &Value<'_>) -> Option<Vec<(Key, usize)>> {
        let start = value.span().start;
        let words: Vec<(String, usize)> = match value.get_ref() {
            DeValue::String(word) => vec![(word.as_ref().to_owned(), start)],
            DeValue::Array(values) => {
                let mut words = Vec::new();
                for value in values {
                    match value.get_ref() {
                        DeValue::String(word) => words.push((word.as_ref().to_owned(), value.span().start)),
                        _ => self.note(value.span().start, "a key is a name in quotes, as \"ctrl-f\""),
                    }
                }
                words
            }
            _ => {
                self.note(start, "keys are a list of names, as [\"/\", \"ctrl-f\"]");
                return None;
            }
        };
        let is_meant_empty = words.is_empty();
        let mut keys: Vec<(Key, usize)> = Vec::new();
        for (word, at) in words {
            match parse_key(&word) {
                Ok(key) if keys.iter().any(|(other, _)| *other == key) => {}
                Ok(key) => keys.push((key, at)),
                Err(error) => self.note(at, error.to_string()),
            }
        }
        // Nothing but mistakes is not the same as nothing: the built-in keys stay.
        (is_meant_empty || !keys.is_empty()).then_some(keys)
    }

    fn leaders(&mut self, value: &Value<'_>) {
        let DeValue::Table(table) = value.get_ref() else {
            if let Some(keys) = self.leader(value) {
                self.keys.leader = keys;
            }
            return;
        };
        for (kind, value) in in_order(table) {
            let Some(keys) = self.leader(value) else { continue };
            match kind.get_ref().as_ref() {
                ANY => self.keys.leader = keys,
                kind => drop(self.keys.leaders.insert(kind.to_owned(), keys)),
            }
        }
    }

    /// The keys of a leader, if there are any that can be one.
    fn leader(&mut self, value: &Value<'_>) -> Option<Vec<Key>> {
        let mut keys = self.list_of_keys(value)?;
        let refused = keys.iter().find_map(|(key, at)| Some((*key, *at, why_agents_need(*key)?)));
        keys.retain(|(key, _)| why_agents_need(*key).is_none());
        let stays = if keys.is_empty() { "; the usual one stays" } else { "" };
        match refused {
            Some((key, at, why)) => self.note(at, format!("`{key}` cannot be a leader: {why}{stays}")),
            None if keys.is_empty() => {
                self.note(value.span().start, format!("without a leader nobody comes back from typing{stays}"));
            }
            None => {}
        }
        if keys.is_empty() {
            return None;
        }
        Some(keys.into_iter().map(|(key, _)| key).collect())
    }

    fn chords(&mut self, table: &DeTable<'_>) {
        for (chord, value) in in_order(table) {
            let (word, at) = (chord.get_ref().as_ref(), chord.span().start);
            let DeValue::String(name) = value.get_ref() else {
                self.note(value.span().start, "a chord runs one command: \"ctrl-alt-n\" = \"next-waiting\"");
                continue;
            };
            let key = match parse_key(word) {
                Ok(key) => key,
                Err(error) => {
                    self.note(at, error.to_string());
                    continue;
                }
            };
            // Only what the two screens know can be run: elsewhere nobody types.
            let runs = |known: &&Known| known.places.iter().any(|place| matches!(*place, "main" | "attached"));
            let known = self.known.iter().filter(runs).find(|known| known.name == name.as_ref());
            match (known, why_agents_need(key)) {
                (None, _) => self.unknown_command(name, None, value.span().start),
                (_, Some(why)) => self.note(at, format!("`{key}` cannot be a chord while typing: {why}")),
                (Some(known), None) => match self.chords.iter().find(|(other, ..)| *other == key) {
                    Some((_, first, _)) => self.note(at, format!("`{key}` already runs {first} while typing")),
                    None => self.chords.push((key, known.name, at)),
                },
            }
        }
    }

    /// Puts together what holds: the file's keys first, what they leave of the built-in ones, and the ways out.
    fn settle(&mut self) {
        let all_leaders: Vec<Key> =
            self.keys.leader.iter().chain(self.keys.leaders.values().flatten()).copied().collect();
        for (chord, name, at) in std::mem::take(&mut self.chords) {
            if all_leaders.contains(&chord) {
                self.note(at, format!("`{chord}` is the leader: it cannot run {name}"));
            } else {
                self.keys.typing.push((chord, name));
            }
        }
        for place in self.places() {
            let mut taken: Vec<(Key, &'static str, usize)> = Vec::new();
            let mut said_at = BTreeMap::new();
            for said in std::mem::take(&mut self.said) {
                if said.place != place {
                    self.said.push(said);
                    continue;
                }
                let mut keys = Vec::new();
                for (key, at) in said.keys {
                    if let Some((_, first, _)) = taken.iter().find(|(other, ..)| *other == key) {
                        self.note(
                            at,
                            format!("`{key}` is already {first} in [{place}]: {first} keeps it", first = *first),
                        );
                    } else if all_leaders.contains(&key) {
                        self.note(at, format!("`{key}` is the leader: it cannot be {}", said.name));
                    } else {
                        taken.push((key, said.name, at));
                        keys.push(key);
                    }
                }
                self.keys.bound.insert((place, said.name), keys);
                said_at.insert(said.name, said.at);
            }
            let here: Vec<&Known> = self.known.iter().filter(|known| known.places.contains(&place)).collect();
            for known in &here {
                if !self.keys.bound.contains_key(&(place, known.name)) {
                    let at = self.built_in(known, place, &taken, &all_leaders);
                    said_at.entry(known.name).or_insert(at);
                }
            }
            // Last: nobody may take a key again that was given back.
            for known in here.iter().filter(|known| known.is_way_out) {
                self.keep_way_out(known, place, said_at.get(known.name).copied().unwrap_or(0));
            }
        }
    }

    /// The built-in keys of a command that the file does not name, without those that it gave to others. Where it did so.
    fn built_in(
        &mut self,
        known: &Known,
        place: &'static str,
        taken: &[(Key, &'static str, usize)],
        leaders: &[Key],
    ) -> usize {
        let (mut kept, mut lost) = (Vec::new(), Vec::new());
        for key in known.keys.iter().filter_map(|name| parse_key(name).ok()) {
            match taken.iter().find(|(other, ..)| *other == key) {
                Some((_, winner, at)) => lost.push((key, *winner, *at)),
                None if leaders.contains(&key) => lost.push((key, "the leader", self.leader_at)),
                None => kept.push(key),
            }
        }
        let is_last = kept.is_empty();
        let keeps = match &kept[..] {
            [] if known.is_way_out => String::new(),
            [] => " has no key now".to_owned(),
            some => format!(" keeps {}", some.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" ")),
        };
        self.keys.bound.insert((place, known.name), kept);
        let Some((key, winner, at)) = lost.first() else { return 0 };
        // It gets them back, and that is said.
        if !(is_last && known.is_way_out) {
            let name = known.name;
            self.note(*at, format!("`{key}` is {winner} in [{place}] now; {name}{keeps} (say `{name} = […]` as well)"));
        }
        *at
    }

    /// A way out without a key gets its built-in ones back, whoever has them.
    fn keep_way_out(&mut self, known: &Known, place: &'static str, at: usize) {
        if self.keys.bound.get(&(place, known.name)).is_some_and(|keys| !keys.is_empty()) {
            return;
        }
        let back: Vec<Key> = known.keys.iter().filter_map(|name| parse_key(name).ok()).collect();
        for ((other, _), keys) in &mut self.keys.bound {
            if *other == place {
                keys.retain(|key| !back.contains(key));
            }
        }
        let words = back.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" ");
        self.keys.bound.insert((place, known.name), back);
        self.note(at, format!("{} needs a key in [{place}]: it is a way out, and {words} stays", known.name));
    }
}

/// The entries of a table as they stand in the file.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(&'t Spanned<std::borrow::Cow<'i, str>>, &'t Value<'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("[{word}]")).collect::<Vec<_>>().join(", ")
}

/// Why a key must go to the agent that is typed to, if it must.
fn why_agents_need(key: Key) -> Option<&'static str> {
    let plain = key.mods.without(Mods::SHIFT).is_none();
    match key.code {
        KeyCode::Char(_) if plain => Some("it is text"),
        KeyCode::F(_) => None,
        KeyCode::Char('i' | 'm' | '[') if key.mods == Mods::CTRL => {
            Some("most terminals send the same for tab, enter or esc")
        }
        _ if plain => Some("agents need it"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Known> {
        let known = |name, place, keys, is_way_out| Known { name, places: vec![place], keys, is_way_out };
        vec![
            known("find", "main", &["/"], false),
            known("next-agent", "main", &["j", "down"], false),
            known("zoom", "main", &["z"], false),
            known("palette", "main", &[":"], true),
            known("detach", "main", &["D"], true),
            known("page-up", "scrolled", &["pgup", "ctrl-u"], false),
        ]
    }

    fn check(text: &str) -> (Keys, Vec<String>) {
        let (keys, notes) = read("keys.toml", text, &all(), Key::ctrl('q'));
        (keys, notes.iter().map(ToString::to_string).collect())
    }

    fn of(keys: &Keys, place: &'static str, name: &'static str) -> String {
        keys.bound[&(place, name)].iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn without_a_file_the_built_in_keys_hold() {
        let (keys, notes) = check("");
        assert_eq!(notes, Vec::<String>::new());
        assert_eq!(of(&keys, "main", "next-agent"), "j down");
        assert_eq!(keys.leader, [Key::ctrl('q')]);
    }

    #[test]
    fn a_file_gives_other_keys_and_takes_some_away() {
        let (keys, notes) = check(
            "leader = [\"ctrl-space\", \"f12\"]\n[main]\nfind = [\"/\", \"ctrl-f\"]\nzoom = []\nnext-agent = \"n\"\n\
             [typing]\n\"ctrl-alt-n\" = \"next-agent\"\n",
        );
        assert_eq!(notes, Vec::<String>::new());
        let named = |name| of(&keys, "main", name);
        assert_eq!((named("find"), named("zoom"), named("next-agent")), ("/ ctrl-f".into(), "".into(), "n".into()));
        assert_eq!(keys.leader, [Key::ctrl(' '), Key::plain(KeyCode::F(12))]);
        assert_eq!(keys.typing, [(parse_key("ctrl-alt-n").unwrap(), "next-agent")]);
        let (keys, notes) = check("[leader]\ndefault = [\"f12\"]\nqwen_code = [\"ctrl-space\"]\n");
        assert_eq!(notes, Vec::<String>::new());
        assert_eq!((keys.leader.len(), &keys.leaders["qwen_code"]), (1, &vec![Key::ctrl(' ')]));
    }

    #[test]
    fn every_mistake_is_named_by_its_line_and_the_rest_holds() {
        for (text, expected) in [
            ("[main]\nfnd = [\"x\"]\n", "keys.toml:2: there is no command `fnd`; did you mean `find`?"),
            ("[main]\n\npage-up = [\"x\"]\n", "keys.toml:3: `page-up` is a command of [scrolled]: write it below that"),
            ("[mian]\nfind = [\"x\"]\n", "keys.toml:1: there is no place `mian`; did you mean `main`?"),
            ("find = [\"x\"]\n", "keys.toml:1: `find` is a command of [main]: write it below that"),
            ("dance = [\"x\"]\n", "keys.toml:1: `dance` is no place: keys stand below [main], [scrolled]"),
            ("[main]\nfind = [\"/\", \"ctrl-\"]\n", "keys.toml:2: `ctrl-` is not a key; try Enter, Escape,"),
            ("[main]\nfind = 7\n", "keys.toml:2: keys are a list of names"),
            ("[main]\nfind = [7]\n", "keys.toml:2: a key is a name in quotes"),
            ("[main]\nfind = [\"x\"]\nzoom = [\"x\"]\n", "keys.toml:3: `x` is already find in [main]: find keeps it"),
            (
                "[main]\nfind = [\"j\"]\n",
                "keys.toml:2: `j` is find in [main] now; next-agent keeps `down` (say `next-agent = […]` as well)",
            ),
            ("[main]\nfind = [\"z\"]\n", "keys.toml:2: `z` is find in [main] now; zoom has no key now (say"),
            ("[main]\nfind = [\"ctrl-q\"]\n", "keys.toml:2: `ctrl-q` is the leader: it cannot be find"),
            ("leader = [\"ctrl-u\"]\n", "keys.toml:1: `ctrl-u` is the leader in [scrolled] now; page-up keeps `pgup`"),
            ("leader = [\"g\"]\n", "keys.toml:1: `g` cannot be a leader: it is text; the usual one stays"),
            ("leader = [\"enter\"]\n", "keys.toml:1: `enter` cannot be a leader: agents need it"),
            ("leader = [\"ctrl-m\"]\n", "keys.toml:1: `ctrl-m` cannot be a leader: most terminals send the same"),
            ("leader = []\n", "keys.toml:1: without a leader nobody comes back from typing; the usual one stays"),
            ("[main]\ndetach = []\n", "keys.toml:2: detach needs a key in [main]: it is a way out, and `D` stays"),
            ("[main]\nfind = [\":\"]\n", "keys.toml:2: palette needs a key in [main]: it is a way out, and `:` stays"),
            ("[typing]\n\"x\" = \"find\"\n", "keys.toml:2: `x` cannot be a chord while typing: it is text"),
            ("[typing]\n\"ctrl-x\" = \"fimd\"\n", "keys.toml:2: there is no command `fimd`; did you mean `find`?"),
            ("[typing]\n\"ctrl-x\" = [\"find\"]\n", "keys.toml:2: a chord runs one command"),
            ("[typing]\n\"C-x\" = \"find\"\n\"ctrl-x\" = \"zoom\"\n", "keys.toml:3: `ctrl-x` already runs find"),
            ("[typing]\n\"ctrl-q\" = \"find\"\n", "keys.toml:2: `ctrl-q` is the leader: it cannot run find"),
            ("[main\n", "keys.toml:1: "),
        ] {
            let (keys, notes) = check(text);
            assert_eq!(notes.len(), 1, "{text:?}: {notes:?}");
            assert!(notes[0].starts_with(expected), "{text:?}: {notes:?}");
            assert!(!keys.leader.is_empty());
            for name in ["palette", "detach"] {
                assert!(!of(&keys, "main", name).is_empty(), "{text:?}");
            }
            for place in ["main", "scrolled"] {
                let mut all: Vec<_> =
                    keys.bound.iter().filter(|((p, _), _)| *p == place).flat_map(|(_, k)| k).collect();
                let count = all.len();
                all.sort_by_key(|key| key.to_string());
                all.dedup();
                assert_eq!(all.len(), count, "{text:?}: two commands on one key");
            }
        }
        // A key that was given back is nobody else's.
        let (keys, notes) = check("[main]\ndetach = []\nzoom = [\"D\"]\nfind = [\"D\"]\n");
        let named = |name| of(&keys, "main", name);
        assert_eq!((named("detach"), named("zoom"), named("find")), ("D".into(), String::new(), String::new()));
        assert_eq!(notes.len(), 2, "{notes:?}");
        // A mistake beside something good.
        let (keys, _) = check("[main]\nfnd = [\"x\"]\nzoom = [\"Z\", \"bad-\"]\n");
        assert_eq!(of(&keys, "main", "zoom"), "Z");
    }
}
