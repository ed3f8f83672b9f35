//! What the user says about lines of an agent's work, kept for the agent until it is sent as one message. Used by the
//! diff. A comment is never lost: what could not be sent is here again.

use super::rows::Side;
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Comment {
    pub path: String,
    pub side: Side,
    pub line: u32,
    /// The line as it was when the user wrote this: the place is found by it again.
    pub quote: String,
    pub words: String,
}

impl Comment {
    /// Whether it belongs to the same line.
    pub fn is_at(&self, other: &Comment) -> bool {
        (&self.path, self.side, self.line) == (&other.path, other.side, other.line)
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Review {
    pub comments: Vec<Comment>,
    /// Begun and left.
    pub aside: Option<Comment>,
    /// On their way.
    sending: Vec<Comment>,
    /// What was sent last without being known to have arrived, under this id: it is typed once, however often it is sent.
    unsure: Option<(String, String)>,
}

/// What outlives the screen of a review.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
    comments: Vec<Comment>,
    unsure: Option<(String, String)>,
}

impl Review {
    /// What is not known to have arrived, up to `most` bytes of it; nothing where there is nothing.
    pub fn to_kept(&self, most: usize) -> Option<Kept> {
        let mut room = most;
        let fits = |comment: &&Comment| {
            let size = comment.path.len() + comment.quote.len() + comment.words.len();
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        };
        let comments: Vec<Comment> = self.sending.iter().chain(&self.comments).take_while(fits).cloned().collect();
        let unsure = self.unsure.clone().filter(|(_, message)| message.len() <= most);
        (!comments.is_empty()).then_some(Kept { comments, unsure })
    }

    pub fn from_kept(kept: Kept) -> Review {
        Review { comments: kept.comments, aside: None, sending: Vec::new(), unsure: kept.unsure }
    }

    pub fn is_sending(&self) -> bool {
        !self.sending.is_empty()
    }

    /// The message for the agent, and the id under which it is typed once.
    pub fn send(&mut self, terminal: TerminalId, now: Millis) -> Option<(String, String)> {
        if self.comments.is_empty() || self.is_sending() {
            return None;
        }
        let message = message(&self.comments);
        let id = match self.unsure.take() {
            Some((id, same)) if same == message => id,
            _ => format!("review-{terminal}-{now}"),
        };
        self.unsure = Some((id.clone(), message.clone()));
        self.sending = std::mem::take(&mut self.comments);
        Some((id, message))
    }

    /// How many were sent, or not.
    pub fn answered(&mut self, is_sent: bool) -> usize {
        let mut sent = std::mem::take(&mut self.sending);
        let count = sent.len();
        if is_sent {
            self.unsure = None;
        } else {
            sent.append(&mut self.comments);
            self.comments = sent;
        }
        count
    }
}

/// Plain and short: where, the line, what there is to say about it; in the order of the files.
fn message(comments: &[Comment]) -> String {
    let mut comments: Vec<&Comment> = comments.iter().collect();
    comments.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    let mut text = String::from("Comments on your changes:\n");
    for comment in comments {
        let (sign, was) = match comment.side {
            Side::New => ("", ""),
            Side::Old => ("- ", " (removed)"),
        };
        let _ = write!(
            text,
            "\n{}:{}{was}\n> {sign}{}\n{}\n",
            comment.path,
            comment.line,
            comment.quote.trim_end(),
            comment.words
        );
    }
    // What is typed into a terminal is text: a name or a line may hold anything.
    let is_text = |c: &char| *c == '\n' || *c == '\t' || !c.is_control();
    text.trim_end().chars().filter(is_text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(path: &str, line: u32, side: Side, words: &str) -> Comment {
        Comment { path: path.into(), side, line, quote: "\tlet x = 1;\u{1b}".into(), words: words.into() }
    }

    #[test]
    fn the_message_says_where_what_and_why() {
        let mut review = Review::default();
        review.comments.push(comment("src/b.rs", 10, Side::Old, "why gone?"));
        review.comments.push(comment("src/a.rs", 42, Side::New, "name it"));
        let (id, message) = review.send(TerminalId(1), 77).unwrap();
        assert_eq!(id, "review-00000001-77");
        insta::assert_snapshot!(message, @r"
        Comments on your changes:

        src/a.rs:42
        > 	let x = 1;
        name it

        src/b.rs:10 (removed)
        > - 	let x = 1;
        why gone?
        ");
        assert!(review.send(TerminalId(1), 78).is_none(), "one at a time");
        // Not known to have arrived: the same under the same id, another under another.
        assert_eq!(review.answered(false), 2);
        assert_eq!(review.send(TerminalId(1), 79).unwrap().0, id);
        review.answered(false);
        review.comments.pop();
        assert_ne!(review.send(TerminalId(1), 80).unwrap().0, id);
        assert_eq!((review.answered(true), review.comments.len()), (1, 0));
    }

    #[test]
    fn what_is_not_known_to_have_arrived_is_kept_and_bounded() {
        let mut review = Review::default();
        assert_eq!(review.to_kept(1000), None);
        review.comments.push(comment("src/a.rs", 42, Side::New, "name it"));
        let (id, message) = review.send(TerminalId(1), 77).unwrap();
        review.comments.push(comment("src/b.rs", 10, Side::Old, &"why? ".repeat(400)));
        let kept = review.to_kept(1000).unwrap();
        let text = serde_json::to_string(&kept).unwrap();
        let mut again = Review::from_kept(serde_json::from_str(&text).unwrap());
        // The long one has no place; the other is typed once, whoever sends it.
        assert_eq!((again.comments.len(), again.is_sending()), (1, false));
        assert_eq!(again.send(TerminalId(1), 99), Some((id, message)));
    }
}
