//! Names as parts of a URL's path. Used by whoever builds a request's path. It must never leave a sign that a path gives
//! a meaning to.

/// A name as one segment of a URL's path.
pub fn segment(name: &str) -> String {
    name.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
/// Where to ask which agents there are for a launch with this `PATH`.
pub fn providers(path: Option<&str>) -> String {
    path.map_or_else(|| "/providers".to_owned(), |path| format!("/providers?path={}", segment(path)))
}
