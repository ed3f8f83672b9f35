//! What one client needs next to show one screen. A [`FrameCursor`] lives with each client and pane in the server
//! and remembers the last frame it made as hashes. It must never make a frame when nothing visible changed, nor
//! depend on what other clients have.

use super::cursor::Cursor;
use super::screen::{Screen, hash_of};
use super::size::Size;
use crate::base::cell::Row;

/// Rows `top..bottom` move up by `by` (down when negative) before the changed rows are put in; rows that come free
/// are blank.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scroll {
    pub top: u16,
    pub bottom: u16,
    pub by: i16,
}

/// The way from the picture at revision `base` to the one at `revision`. `base == 0`: from a blank screen.
#[derive(Clone, PartialEq, Debug)]
pub struct FrameParts {
    pub base: u64,
    pub revision: u64,
    pub columns: u16,
    pub rows: u16,
    pub scroll: Option<Scroll>,
    /// Row number and its whole new content.
    pub changed: Vec<(u16, Row)>,
    /// Where the links in the changed rows go, by number.
    pub links: Vec<(u32, String)>,
    pub cursor: Cursor,
    /// Bits of [`super::mode`].
    pub modes: u32,
    /// `None`: as at `base`.
    pub title: Option<String>,
    /// The log offset up to which the screen is parsed.
    pub offset: u64,
}

/// What one client was last sent of one screen. A fresh one gives a keyframe.
#[derive(Default, Debug)]
pub struct FrameCursor {
    sent: Option<Sent>,
    acknowledged: u64,
}

#[derive(Debug)]
struct Sent {
    revision: u64,
    size: Size,
    hashes: Vec<u64>,
    cursor: Cursor,
    modes: u32,
    title: String,
}

impl FrameCursor {
    pub fn new() -> FrameCursor {
        FrameCursor::default()
    }

    /// The next frame, or `None` when the client already has this picture. The caller sees to it that no more than
    /// one frame is unacknowledged, and asks only outside synchronized updates.
    pub fn next(&mut self, screen: &mut Screen) -> Option<FrameParts> {
        let (size, cursor, modes) = (screen.size(), screen.cursor(), screen.modes());
        let revision = screen.revision();
        if let Some(sent) = &mut self.sent
            && (sent.revision == revision
                || (sent.size == size
                    && sent.cursor == cursor
                    && sent.modes == modes
                    && sent.title == screen.title()
                    && sent.hashes == screen.row_hashes()))
        {
            return None;
        }
        let hashes = screen.row_hashes().to_vec();
        let old = self.sent.take();
        let (base, mut known) = match &old {
            Some(sent) => (sent.revision, sent.hashes.clone()),
            None => (0, Vec::new()),
        };
        let blank = hash_of(&Row::default());
        known.resize(hashes.len(), blank);
        let scroll = find_scroll(&known, &hashes, blank);
        if let Some(scroll) = scroll {
            apply(scroll, &mut known, blank);
        }
        let differs = (0..hashes.len()).filter(|index| known[*index] != hashes[*index]);
        let changed: Vec<(u16, Row)> = differs.map(|index| (index as u16, screen.row(index as u16))).collect();
        let links = screen.links_in(changed.iter().map(|(_, row)| row));
        let title = screen.title().to_owned();
        let new_title = match &old {
            Some(sent) => (sent.title != title).then(|| title.clone()),
            None => (!title.is_empty()).then(|| title.clone()),
        };
        self.sent = Some(Sent { revision, size, hashes, cursor, modes, title });
        Some(FrameParts {
            base,
            revision,
            columns: size.columns,
            rows: size.rows,
            scroll,
            changed,
            links,
            cursor,
            modes,
            title: new_title,
            offset: screen.offset(),
        })
    }

    /// The client has applied the frame up to `revision`. What was never sent cannot have been applied.
    pub fn acknowledge(&mut self, revision: u64) {
        if self.sent.as_ref().is_some_and(|sent| revision <= sent.revision) {
            self.acknowledged = self.acknowledged.max(revision);
        }
    }

    /// A frame is on its way: the next one has to wait.
    pub fn is_waiting(&self) -> bool {
        self.sent.as_ref().is_some_and(|sent| sent.revision > self.acknowledged)
    }
}

/// The vertical shift that saves most rows, if it saves enough. Rows are compared by hash only.
fn find_scroll(old: &[u64], new: &[u64], blank: u64) -> Option<Scroll> {
    let first = (0..new.len()).find(|index| old[*index] != new[*index])?;
    let end = (0..new.len()).rfind(|index| old[*index] != new[*index])? + 1;
    let plain = (first..end).filter(|index| old[*index] != new[*index]).count();
    let height = (end - first) as isize;
    let mut best: Option<(usize, Scroll)> = None;
    for by in (1 - height..height).filter(|by| *by != 0) {
        let from = |index: usize| index.checked_add_signed(by).filter(|from| (first..end).contains(from));
        let fits = |index: &usize| new[*index] != blank && from(*index).is_some_and(|from| old[from] == new[*index]);
        let mut fitting = (first..end).filter(fits);
        let Some(low) = fitting.next() else { continue };
        let high = fitting.next_back().unwrap_or(low);
        // The region holds where rows come from and where they go.
        let (top, bottom) = if by > 0 { (low, high + 1 + by as usize) } else { (low - by.unsigned_abs(), high + 1) };
        let scroll = Scroll { top: top as u16, bottom: bottom as u16, by: by as i16 };
        let mut moved = old.to_vec();
        apply(scroll, &mut moved, blank);
        let left = moved.iter().zip(new).filter(|(moved, new)| moved != new).count();
        if best.is_none_or(|(fewest, _)| left < fewest) {
            best = Some((left, scroll));
        }
    }
    // A shift also moves rows on the client's terminal: for less than a third it is not worth it.
    best.filter(|(left, _)| (plain.saturating_sub(*left)) * 3 >= plain && *left < plain).map(|(_, scroll)| scroll)
}

/// What a client does with the hint, on hashes.
fn apply(Scroll { top, bottom, by }: Scroll, rows: &mut [u64], blank: u64) {
    let region = &mut rows[usize::from(top)..usize::from(bottom)];
    let count = usize::from(by.unsigned_abs()).min(region.len());
    if by > 0 {
        region.rotate_left(count);
        let kept = region.len() - count;
        region[kept..].fill(blank);
    } else {
        region.rotate_right(count);
        region[..count].fill(blank);
    }
}
