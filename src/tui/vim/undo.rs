//! What a text field held before, so that it can be had again. A part of the field, written by the machine beside it
//! whenever it comes to rest. It must never grow without bound: the oldest is forgotten.

/// All texts of one field together, in characters: some hundred changes of a long message.
const MOST: usize = 1 << 20;

/// A text and those before and after it. It counts from the first one noted.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Each with the place of the change that made it of the one before.
    texts: Vec<(Vec<char>, usize)>,
    /// The one that holds now.
    now: usize,
}

impl History {
    /// Nothing was noted yet.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The field holds this now, after something was done at `at`. What was taken back before is forgotten, if it is another
    /// text.
    pub fn note(&mut self, text: &[char], at: usize) {
        if self.texts.get(self.now).is_some_and(|(now, _)| now == text) {
            return;
        }
        self.texts.truncate(self.now + 1);
        self.texts.push((text.to_vec(), at));
        let mut size: usize = self.texts.iter().map(|(text, _)| text.len() + 1).sum();
        // The one before stays, whatever its size.
        while size > MOST && self.texts.len() > 2 {
            size -= self.texts.remove(0).0.len() + 1;
        }
        self.now = self.texts.len() - 1;
    }

    /// So many changes back or forth, as far as there are any; the text, and where it was changed.
    pub fn step(&mut self, count: usize, is_back: bool) -> Option<(Vec<char>, usize)> {
        let last = self.texts.len().saturating_sub(1);
        let to = if is_back { self.now.saturating_sub(count) } else { self.now.saturating_add(count).min(last) };
        if to == self.now {
            return None;
        }
        // The step that was made last tells the place; it may have begun before the first difference.
        let beside = if is_back { to + 1 } else { to - 1 };
        let (text, other) = (&self.texts[to].0, &self.texts[beside].0);
        let same = text.iter().zip(other).take_while(|(a, b)| a == b).count();
        let at = same.min(self.texts[to.max(beside)].1);
        self.now = to;
        Some((text.clone(), at))
    }
}
