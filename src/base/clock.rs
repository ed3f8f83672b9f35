//! Readings of the wall clock as plain numbers, and ids from the system's random source.
//! Called at the edges (holder, server, clients); the core must never call it: time comes to it as an argument.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 in UTC. A clock before 1970 reads 0.
pub type Millis = u64;

/// The wall clock now.
pub fn now_ms() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// How far local time is ahead of UTC at a moment.
pub fn utc_offset_minutes(at: Millis) -> i32 {
    let Ok(seconds) = libc::time_t::try_from(at / 1000) else { return 0 };
    let mut local = std::mem::MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both pointers are to live values; a zeroed `tm` is a valid one, whether or not it is filled in.
    let local = unsafe {
        libc::localtime_r(&seconds, local.as_mut_ptr());
        local.assume_init()
    };
    i32::try_from(local.tm_gmtoff / 60).unwrap_or(0)
}

/// `bytes` random bytes as lower-case hex: tokens and one-off ids.
///
/// # Errors
/// When the system's random source cannot be read, which on Linux means a broken sandbox.
pub fn random_hex(bytes: usize) -> std::io::Result<String> {
    let mut buffer = vec![0u8; bytes];
    getrandom::fill(&mut buffer).map_err(|e| std::io::Error::other(format!("cannot read random bytes: {e}")))?;
    Ok(buffer.iter().map(|b| format!("{b:02x}")).collect())
}

/// RFC 3339 in UTC with whole seconds, for JSON and logs: `2026-11-20T16:42:00Z`.
pub fn rfc3339(at: Millis) -> String {
    let seconds = i64::try_from(at / 1000).unwrap_or(0);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days to civil date: Howard Hinnant's `civil_from_days`, proleptic Gregorian.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// The date at a moment, so many minutes ahead of UTC: `2026-11-20`.
pub fn date(at: Millis, ahead_minutes: i32) -> String {
    let mut date = rfc3339(at.saturating_add_signed(i64::from(ahead_minutes) * 60_000));
    date.truncate(10);
    date
}

/// What RFC 3339 says, to the millisecond; `None` for what is none.
pub fn parse_rfc3339(text: &str) -> Option<Millis> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let is_at = |i: usize, of: &[u8]| bytes.get(i).is_some_and(|b| of.contains(b));
    if ![(4, b"-"), (7, b"-"), (13, b":"), (16, b":")].iter().all(|(i, c)| is_at(*i, *c)) || !is_at(10, b"Tt ") {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let fraction = rest.get(..rest.len() - zone.len())?.strip_prefix('.').unwrap_or("0");
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let ahead = match zone {
        "Z" | "z" => 0,
        _ => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            sign * (hours.parse::<i64>().ok()?.min(99) * 60 + minutes.parse::<i64>().ok()?.min(99))
        }
    };
    // Civil date to days: Howard Hinnant's `days_from_civil`, proleptic Gregorian.
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - ahead * 60;
    u64::try_from(seconds * 1000 + millis).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_agrees_with_known_dates() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_795_192_920_000, "2026-11-20T16:42:00Z"),
            (4_102_444_799_999, "2099-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(ms), text);
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_nothing_else_is() {
        for at in [0, 951_782_400_000, 1_795_192_920_000, 4_102_444_799_000] {
            assert_eq!(parse_rfc3339(&rfc3339(at)), Some(at));
        }
        assert_eq!(parse_rfc3339("2026-11-20T16:42:00.336Z"), Some(1_795_192_920_336));
        assert_eq!(parse_rfc3339("2026-11-20T16:42:00.336912+00:00"), Some(1_795_192_920_336));
        assert_eq!(parse_rfc3339("2026-11-20T18:12:00+01:30"), Some(1_795_192_920_000));
        for wrong in
            ["", "2026-11-20", "2026-13-20T16:42:00Z", "2026-11-20T16:42:00", "x026-11-20T16:42:00Z", "1795192920"]
        {
            assert_eq!(parse_rfc3339(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_date_is_that_of_the_place() {
        assert_eq!(date(1_795_192_920_000, 0), "2026-11-20");
        assert_eq!(date(1_795_192_920_000, 8 * 60), "2026-11-21");
        assert_eq!(date(1_795_192_920_000, -17 * 60), "2026-11-19");
    }
}
