//! This process's variables and arguments as text, and its mask of new files. Used by every role at its start: what is not UTF-8 must neither
//! end the program nor be half understood.

/// The variables that are text. Others cannot be said in JSON or TOML and are left out.
pub fn vars() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The arguments behind the program's name; what is not text in them is replaced and so names nothing.
pub fn words() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned())
}

/// This process's mask of new files, read without changing it: the call that tells it sets it, for all threads.
pub fn umask() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(mask.trim(), 8).ok()
}
