//! A moment as people write it: a time of day, a date, or how long ago. Used by the prompt that goes to one. It must never
//! ask a clock.

use crate::base::clock::Millis;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

/// `14:05`, `14:05:30`, `2026-11-20`, `2026-11-20 14:05`, `90s`, `10m`, `2h`, `3d` (ago, with or without a minus). A time
/// of day is the last one that was. `offset`: how many minutes local time is ahead of UTC.
pub fn parse(text: &str, now: Millis, offset: i32) -> Option<Millis> {
    let text = text.trim();
    if let Some(ago) = ago(text.strip_prefix('-').unwrap_or(text)) {
        return Some(now.saturating_sub(ago));
    }
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (Some(date), Some(time.trim())),
        None if text.contains(':') => (None, Some(text)),
        None => (Some(text), None),
    };
    let of_day = time.map_or(Some(0), time_of_day)?;
    let shift = i64::from(offset) * MINUTE as i64;
    let local_now = i64::try_from(now).ok()? + shift;
    let local = match date {
        Some(date) => days(date)? * DAY as i64 + of_day,
        None => {
            let today = local_now.div_euclid(DAY as i64) * DAY as i64 + of_day;
            if today > local_now { today - DAY as i64 } else { today }
        }
    };
    u64::try_from(local - shift).ok()
}

fn ago(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let each = match unit {
        's' => 1000,
        'm' => MINUTE,
        'h' => 60 * MINUTE,
        'd' => DAY,
        _ => return None,
    };
    count.checked_mul(each)
}

/// Milliseconds since midnight.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    let is_time = (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..60).contains(&seconds);
    (is_time && parts.next().is_none()).then_some(((hours * 60 + minutes) * 60 + seconds) * 1000)
}

/// Days since 1970 of `2026-11-20`: Howard Hinnant's `days_from_civil`, proleptic Gregorian.
fn days(text: &str) -> Option<i64> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some()
        || !(1970..10_000).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
    {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::rfc3339;

    #[test]
    fn moments_are_read_as_people_write_them() {
        // 2026-11-20T16:42:00Z, one hour ahead of UTC: 17:42 here.
        let now = 1_795_192_920_000;
        for (text, expected) in [
            ("17:42", "2026-11-20T16:42:00Z"),
            ("17:43", "2026-11-19T16:43:00Z"),
            ("0:30:15", "2026-11-19T23:30:15Z"),
            ("2026-11-19", "2026-11-18T23:00:00Z"),
            ("2024-02-29 12:00", "2024-02-29T11:00:00Z"),
            ("2024-02-29T12:00", "2024-02-29T11:00:00Z"),
            ("10m", "2026-11-20T16:32:00Z"),
            ("-2h", "2026-11-20T14:42:00Z"),
            (" 90s ", "2026-11-20T16:40:30Z"),
            ("3d", "2026-11-17T16:42:00Z"),
        ] {
            assert_eq!(parse(text, now, 60).map(rfc3339).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "soon", "25:00", "12:60", "1:2:3:4", "2026-13-01", "12", "m", "-"] {
            assert_eq!(parse(text, now, 60), None, "{text}");
        }
    }
}
