//! Writes one setting into `config.toml` because the user asked for it on the screen: everything else in the file, its
//! comments, its order and its blanks, stays as it is. It must never touch a file that cannot be read as settings, nor
//! leave half a file behind.

use super::listing::{Kind, Setting};
use super::settings::{self, BadSetting};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Table, Value};

/// Sets a value, or takes it out, so that the built-in one holds. The line where it stands now, if it does.
///
/// # Errors
/// When the file or the value cannot be used, or the file cannot be written; then it is as it was.
pub fn set(config: &Path, setting: &Setting, value: Option<&str>) -> Result<Option<usize>, BadSetting> {
    let path = settings::path(config);
    let place = path.display().to_string();
    let wrong = |message: String| BadSetting { place: place.clone(), message, hint: None };
    // The file as it is: whoever has made a mistake in it wants to mend that, not to lose it.
    settings::load(config, [])?;
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(wrong(format!("cannot be read: {e}"))),
    };
    let mut document: DocumentMut = text.parse().map_err(|e: toml_edit::TomlError| wrong(e.message().to_owned()))?;
    match value {
        Some(value) => put(&mut document, setting, typed(setting, value).map_err(&wrong)?),
        None => take_out(&mut document, setting),
    }
    let new = document.to_string();
    settings::check(&place, &new).map_err(|bad| BadSetting { place: place.clone(), ..bad })?;
    if new != text {
        write(&path, &new).map_err(|e| wrong(format!("cannot be written: {e}")))?;
    }
    Ok(value.and_then(|_| line_of(&new, setting)))
}

fn typed(setting: &Setting, value: &str) -> Result<Value, String> {
    Ok(match setting.kind {
        Kind::Switch => Value::from(value == "on"),
        Kind::Number => Value::from(value.trim().parse::<i64>().map_err(|_| format!("`{value}` is not a number"))?),
        Kind::Theme | Kind::Choice(_) | Kind::Text => Value::from(value),
    })
}

fn put(document: &mut DocumentMut, setting: &Setting, value: Value) {
    let section = document.entry(setting.section).or_insert_with(|| Item::Table(Table::new()));
    let Some(table) = section.as_table_like_mut() else { return };
    take_older(table, setting);
    match table.get_mut(setting.key).and_then(Item::as_value_mut) {
        // What stands around it, a comment most of all, stays.
        Some(old) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(setting.key, Item::Value(value));
        }
    }
}

fn take_out(document: &mut DocumentMut, setting: &Setting) {
    let Some(table) = document.get_mut(setting.section).and_then(Item::as_table_like_mut) else { return };
    take_older(table, setting);
    table.remove(setting.key);
}

/// `ascii` is the older name of `glyphs`: the two cannot stand beside one another.
fn take_older(table: &mut dyn toml_edit::TableLike, setting: &Setting) {
    if setting.key == "glyphs" {
        table.remove("ascii");
    }
}

fn line_of(text: &str, setting: &Setting) -> Option<usize> {
    let document = toml_edit::Document::parse(text).ok()?;
    let section = document.get(setting.section)?.as_table_like()?;
    let (key, _) = section.get_key_value(setting.key)?;
    let before = text.get(..key.span()?.start)?;
    Some(before.matches('\n').count() + 1)
}

/// Whole or not at all. Where the file is a link, as dotfiles often are, what it leads to is replaced.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let real: PathBuf = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = real.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let beside = folder.join(format!(".config.toml.{}", std::process::id()));
    let written = std::fs::File::create(&beside).and_then(|mut file| {
        if let Ok(old) = std::fs::metadata(&real) {
            file.set_permissions(old.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let done = written.and_then(|()| std::fs::rename(&beside, &real));
    if done.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::listing::SETTINGS;

    fn after(text: Option<&str>, key: &str, value: Option<&str>) -> (Result<Option<usize>, String>, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = settings::path(dir.path());
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let setting = SETTINGS.iter().find(|setting| setting.key == key).unwrap();
        let result = set(dir.path(), setting, value).map_err(|bad| bad.message);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), usize::from(path.exists()), "nothing beside it");
        (result, std::fs::read_to_string(&path).unwrap_or_default())
    }

    #[test]
    fn one_value_changes_and_all_else_stays() {
        let mine = "# my file\n\n[ui] # looks\nclock   = true   # always\n\n[server]\nport = 1 # mine\n";
        for (text, key, value, line, expected) in [
            (None, "theme", Some("mono"), Some(2), "[ui]\ntheme = \"mono\"\n".to_owned()),
            (Some(mine), "clock", Some("off"), Some(4), mine.replace("= true ", "= false ")),
            (Some(mine), "port", Some("22"), Some(7), mine.replace("port = 1", "port = 22")),
            (Some(mine), "mouse", Some("off"), Some(5), mine.replace("always\n", "always\nmouse = false\n")),
            (Some(mine), "port", None, None, mine.replace("port = 1 # mine\n", "")),
            (Some("ui.theme = \"a\" # x\n"), "theme", Some("b"), Some(1), "ui.theme = \"b\" # x\n".to_owned()),
            (Some("ui = { clock = true }\n"), "clock", Some("off"), Some(1), "ui = { clock = false }\n".to_owned()),
            (Some("[ui]\nascii = true\n"), "glyphs", Some("auto"), Some(2), "[ui]\nglyphs = \"auto\"\n".to_owned()),
        ] {
            assert_eq!(after(text, key, value), (Ok(line), expected), "{text:?} {key}");
        }
        let pair = "[ui]\ntheme = { dark = \"a\", light = \"b\" } # two\n";
        assert_eq!(after(Some(pair), "theme", Some("c")).1, "[ui]\ntheme = \"c\" # two\n");
    }

    #[test]
    fn a_file_that_cannot_be_used_is_never_written_and_neither_is_a_bad_value() {
        for (text, key, value) in [
            ("[ui\n", "clock", "off"),
            ("[ui]\nclok = true\n", "clock", "off"),
            ("[server]\nport = 1\n", "port", "70000"),
            ("[server]\nport = 1\n", "port", "many"),
            ("[log]\nsegment_mib = 4\n", "segment_mib", "0"),
        ] {
            let (result, now) = after(Some(text), key, Some(value));
            assert!(result.is_err(), "{text:?}");
            assert_eq!(now, text);
        }
    }

    #[test]
    fn a_link_stays_a_link_and_rights_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let (dir, real) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = real.path().join("dotfile.toml");
        std::fs::write(&target, "").unwrap();
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&target, settings::path(dir.path())).unwrap();
        set(dir.path(), &SETTINGS[0], Some("mono")).unwrap();
        assert!(settings::path(dir.path()).is_symlink());
        assert!(std::fs::read_to_string(&target).unwrap().contains("mono"));
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
