//! The prompt of one line at the bottom: what is asked, the field, and what came of it so far. Where there is no status
//! bar it lies over the last row. It must never cover more than that.

use super::Theme;
use super::dialog::one_line;
use super::draw::{Canvas, fill, put, put_right};
use crate::base::text;
use crate::tui::field::Field;
use crate::tui::fields::way_out;
use crate::tui::layout::Areas;
use crate::tui::prompt::Prompt;
use crate::tui::state::State;
use crate::tui::surface::CursorView;
use ratatui::layout::Rect;

/// The field keeps so many columns, whatever else would like to stand there.
const FIELD: u16 = 16;

pub fn prompt(
    prompt: Prompt,
    field: &Field,
    state: &State,
    theme: &Theme,
    areas: Areas,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    let last = Rect { y: areas.whole.bottom().saturating_sub(1), height: 1, ..areas.whole };
    let area = areas.status.unwrap_or(last);
    fill(buffer, area, theme.bar);
    let label = format!(" {} ", prompt.label());
    let x = put(buffer, area.x, area.y, area.width, &label, theme.mode_command) + 1;
    let (words, is_bad) = words(prompt, state);
    let room = area.right().saturating_sub(x + FIELD + 2);
    let fits = |words: &&String| text::width(words) <= usize::from(room);
    let words = words.iter().find(fits).or(words.last()).cloned().unwrap_or_default();
    let words = text::fit(&words, usize::from(room));
    let style = theme.bar.patch(if is_bad { theme.failed } else { theme.dim });
    let end = put_right(buffer, area.right().saturating_sub(1), area.y, room, &words, style);
    one_line(field, state, theme, Rect { x, width: end.saturating_sub(x + 1), ..area }, buffer)
}

/// What stands at the right in several lengths, the longest first, and whether it is bad news.
fn words(prompt: Prompt, state: &State) -> (Vec<String>, bool) {
    let esc = way_out(state);
    let back = format!("{esc} back");
    let keys = [format!("↑ older  ↓ newer  enter stay  {back}"), format!("enter stay  {back}"), back.clone()];
    let finder = |id| state.past(id).and_then(|past| past.finder.as_ref());
    match prompt {
        Prompt::Time(_) => {
            let examples =
                ["14:05 · 2026-11-20 14:05 · 10m for ten minutes ago · ", "14:05 · 2026-11-20 14:05 · 10m · ", ""];
            (examples.iter().map(|times| format!("{times}enter go  {back}")).chain([back.clone()]).collect(), false)
        }
        Prompt::Find(id) => match finder(id) {
            Some(finder) if finder.problem.is_some() => (finder.problem.clone().into_iter().collect(), true),
            Some(finder) if finder.nothing => (vec!["no match".to_owned()], true),
            Some(finder) if finder.found.is_some() => {
                let end = if finder.back { "newest" } else { "oldest" };
                let around = finder.wrapped.then(|| format!("on from the {end}"));
                let news: Vec<String> = finder.place().into_iter().chain(around).collect();
                let news = news.join(" · ");
                if news.is_empty() {
                    return (keys.to_vec(), false);
                }
                (keys.iter().map(|keys| format!("{news} · {keys}")).chain([news.clone()]).collect(), false)
            }
            _ => (keys.to_vec(), false),
        },
    }
}
