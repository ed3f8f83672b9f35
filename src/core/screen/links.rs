//! Where hyperlinks (OSC 8) go: cells carry a number, this table the target. Owned by the terminal. It must never
//! hold more than its limits, however many links a program prints: the oldest ones become plain text.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// More than fit on two screens of a file listing.
const MAX_LINKS: usize = 1024;
/// The longest target that browsers and other terminals take (VTE, iTerm2: 2,083).
const MAX_TARGET: usize = 2083;
/// All targets together: a screenful of long ones.
const MAX_BYTES: usize = 256 * 1024;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Link {
    number: u32,
    /// What joins parts of one link, as the program said.
    id: String,
    target: String,
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Links {
    links: VecDeque<Link>,
    last: u32,
}

impl Links {
    /// The number of a link; `None` for a target that is none.
    pub(super) fn number(&mut self, id: &str, target: &str) -> Option<u32> {
        // The specification wants everything else percent-encoded.
        let is_plain = target.bytes().all(|byte| (0x21..0x7f).contains(&byte));
        if target.is_empty() || target.len() > MAX_TARGET || id.len() > MAX_TARGET || !is_plain {
            return None;
        }
        if let Some(link) = self.links.iter().rev().find(|link| link.target == target && link.id == id) {
            return Some(link.number);
        }
        // After two thousand million links the numbers begin anew; those of today are long forgotten then. The upper
        // half is left to whoever shows rows of two screens side by side.
        self.last = if self.last >= u32::MAX / 2 { 1 } else { self.last + 1 };
        self.links.push_back(Link { number: self.last, id: id.to_owned(), target: target.to_owned() });
        let size = |link: &Link| link.id.len() + link.target.len();
        let mut bytes: usize = self.links.iter().map(size).sum();
        while self.links.len() > MAX_LINKS || bytes > MAX_BYTES {
            bytes -= self.links.pop_front().map_or(0, |link| size(&link));
        }
        Some(self.last)
    }

    pub(super) fn target(&self, number: u32) -> Option<&str> {
        let index = self.links.binary_search_by_key(&number, |link| link.number).ok();
        // In the generation after an overflow the numbers are not sorted for a while.
        let link =
            index.map(|index| &self.links[index]).or_else(|| self.links.iter().find(|link| link.number == number));
        link.map(|link| link.target.as_str())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_numbered_and_the_oldest_forgotten() {
        let mut links = Links::default();
        let first = links.number("", "https://a/").unwrap();
        assert_eq!(links.number("", "https://a/"), Some(first));
        assert_ne!(links.number("x", "https://a/"), Some(first));
        assert_eq!(links.target(first), Some("https://a/"));
        for bad in ["", "a b", "https://ü/", "a\u{7}", &"x".repeat(3000)] {
            assert_eq!(links.number("", bad), None, "{bad:?}");
        }
        for number in 0..2000 {
            links.number("", &format!("https://host/{number}/{}", "x".repeat(1000)));
        }
        assert_eq!(links.target(first), None);
        let bytes: usize = links.links.iter().map(|link| link.target.len()).sum();
        assert!(bytes <= MAX_BYTES && links.links.len() <= MAX_LINKS);
        let last = links.number("", "https://host/1999").unwrap();
        assert_eq!(links.target(last), Some("https://host/1999"));
    }
}
