//! Tokens of the TCP API: one for the user, in a file, new at every server start; others minted for one terminal.
//! Comparing takes the same time whatever is wrong with a token. A token is never logged.

use crate::base::clock::random_hex;
use crate::base::id::TerminalId;
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Who a token speaks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bearer {
    User,
    Agent(TerminalId),
}

pub struct Tokens {
    user: String,
    /// Agents' tokens are derived from it: they need no storage and die with this server.
    secret: String,
}

impl Tokens {
    /// Makes new tokens and writes the user's file (0600 from its first byte).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path) -> io::Result<Tokens> {
        let tokens = Tokens { user: random_hex(32)?, secret: random_hex(32)? };
        let fresh = path.with_extension("new");
        let _ = std::fs::remove_file(&fresh);
        let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&fresh)?;
        file.write_all(tokens.user.as_bytes())?;
        file.write_all(b"\n")?;
        std::fs::rename(fresh, path)?;
        Ok(tokens)
    }

    /// A token with which a process that cannot be known by its pid speaks for this terminal.
    pub fn for_agent(&self, id: TerminalId) -> String {
        format!("agent-{id}-{}", self.mark(id))
    }

    fn mark(&self, id: TerminalId) -> String {
        let digest = Sha256::digest(format!("{}:{id}", self.secret));
        digest.iter().map(|b| format!("{b:02x}")).collect()
    }

    pub fn check(&self, token: &str) -> Option<Bearer> {
        if let Some(rest) = token.strip_prefix("agent-") {
            let (id, mark) = rest.split_once('-')?;
            let id = id.parse().ok()?;
            return same(mark, &self.mark(id)).then_some(Bearer::Agent(id));
        }
        same(token, &self.user).then_some(Bearer::User)
    }
}

/// Compares digests, so that neither length nor the first difference can be timed.
fn same(a: &str, b: &str) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn tokens_are_private_distinct_and_of_one_run() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let tokens = Tokens::create(&path).unwrap();
        let user = std::fs::read_to_string(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let agent = tokens.for_agent(TerminalId(7));
        assert_eq!(tokens.check(user.trim()), Some(Bearer::User));
        assert_eq!(tokens.check(&agent), Some(Bearer::Agent(TerminalId(7))));
        let other = agent.replace("00000007", "00000008");
        let next = Tokens::create(&path).unwrap();
        for bad in ["", "agent-", "agent-00000007-", &other, &user] {
            assert_eq!(tokens.check(bad), None, "{bad:?}");
        }
        assert_eq!(next.check(user.trim()), None, "a token of another run");
        assert_eq!(next.check(&agent), None);
    }
}
