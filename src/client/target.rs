//! Which server: a Unix socket or a TCP address with a token. Parsed from `--host`. It must never put a token
//! into an address.

use std::path::PathBuf;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    Unix(PathBuf),
    /// `host:port`, and the token to show.
    Tcp {
        address: String,
        token: Option<String>,
    },
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    #[error("`{0}` is not a server address")]
    Unknown(String),
    #[error("ssh:// is not supported yet")]
    Ssh,
}

impl Target {
    /// `unix:///path` or `http://127.0.0.1:9889`.
    ///
    /// # Errors
    /// For every other form.
    pub fn parse(text: &str, token: Option<String>) -> Result<Target, BadTarget> {
        if let Some(path) = text.strip_prefix("unix://").filter(|p| p.starts_with('/')) {
            return Ok(Target::Unix(PathBuf::from(path)));
        }
        if text.starts_with("ssh://") {
            return Err(BadTarget::Ssh);
        }
        match text.strip_prefix("http://").map(|a| a.trim_end_matches('/')) {
            Some(address) if address.contains(':') && !address.contains(['/', '@']) => {
                Ok(Target::Tcp { address: address.to_owned(), token })
            }
            _ => Err(BadTarget::Unknown(text.to_owned())),
        }
    }

    /// For messages.
    pub fn describe(&self) -> String {
        match self {
            Target::Unix(path) => path.display().to_string(),
            Target::Tcp { address, .. } => format!("http://{address}"),
        }
    }

    /// The `Host` header.
    pub fn host(&self) -> &str {
        match self {
            Target::Unix(_) => "conductor",
            Target::Tcp { address, .. } => address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_unix_paths_or_plain_http() {
        assert_eq!(Target::parse("unix:///a/b", None), Ok(Target::Unix("/a/b".into())));
        let tcp = Target::Tcp { address: "127.0.0.1:9889".into(), token: None };
        assert_eq!(Target::parse("http://127.0.0.1:9889/", None), Ok(tcp));
        for bad in ["", "unix://a", "http://x", "https://x:1", "http://user@x:1", "127.0.0.1:9889"] {
            assert!(Target::parse(bad, None).is_err(), "{bad}");
        }
    }
}
