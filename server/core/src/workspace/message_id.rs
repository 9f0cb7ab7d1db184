//! What the Message-ID in an address tells: the mail it names, the day it was posted, and the name
//! that b4 gave to the change.
//!
//! ```text
//! https://patch.msgid.link/20251114-kvm-arm64-sme-v2-0-672f214f41bf@kernel.org
//!                          day      name           v2  number
//! ```
//!
//! Relies on nothing; its tests are below.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// A day of the years in which there is mail to read, where there is one.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year == 2000;
        let n_days = match month {
            2 => 28 + u8::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        let is_day = (1990..2100).contains(&year) && (1..=n_days).contains(&day);
        is_day.then_some(Self { year, month, day })
    }

    /// `20251114`
    fn from_digits(digits: &str) -> Option<Self> {
        let part = |range: Range<usize>| digits.get(range)?.parse::<u16>().ok();
        let small = |range: Range<usize>| u8::try_from(part(range)?).ok();
        Self::new(part(0..4)?, small(4..6)?, small(6..8)?)
    }

    /// The day of a moment, in seconds since 1970 (proleptic Gregorian calendar, UTC).
    #[must_use]
    pub fn from_seconds(seconds: u64) -> Option<Self> {
        // Days since 0000-03-01: a year that begins in March ends with the day that may be missing.
        let days = seconds / 86_400 + 719_468;
        let era = days / 146_097;
        let of_era = days % 146_097;
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march + 2) / 5 + 1;
        let month = if march < 10 { march + 3 } else { march - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Self::new(
            u16::try_from(year).ok()?,
            u8::try_from(month).ok()?,
            u8::try_from(day).ok()?,
        )
    }
}

impl FromStr for Day {
    type Err = ();

    /// Reads `2026-12-01`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('-');
        let mut next = |len: usize| {
            let is_number =
                |part: &&str| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
            parts.next().filter(is_number)
        };
        let (Some(year), Some(month), Some(day), None) = (next(4), next(2), next(2), parts.next())
        else {
            return Err(());
        };
        Self::from_digits(&format!("{year}{month}{day}")).ok_or(())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The Message-ID in the address of an archived mail: the part of its path that has an `@`.
#[must_use]
pub fn message_id(url: &str) -> Option<&str> {
    let path = url.strip_prefix("https://").or_else(|| {
        let mut colons = memchr::memchr_iter(b':', url.as_bytes());
        colons.find_map(|at| url.get(at..)?.strip_prefix("://"))
    })?;
    let part = part_with_at(path)?;
    // In the old way, `?i=<id>` or `id=...`.
    let start = memchr::memrchr2(b'=', b'<', part.as_bytes()).map_or(0, |at| at + 1);
    let part = part.get(start..)?;
    Some(part.trim_end_matches('>')).filter(|id| id.len() > 4)
}

/// The first part of a path that has something on both sides of its first `@`.
fn part_with_at(path: &str) -> Option<&str> {
    let bytes = path.as_bytes();
    let mut pos = 0;
    loop {
        let at = pos + memchr::memchr(b'@', bytes.get(pos..)?)?;
        let before = bytes.get(pos..at)?;
        let start = pos + memchr::memrchr3(b'/', b'?', b'#', before).map_or(0, |end| end + 1);
        let len = memchr::memchr3(b'/', b'?', b'#', bytes.get(at..)?);
        let end = len.map_or(path.len(), |len| at + len);
        if start < at && at + 1 < end {
            return path.get(start..end);
        }
        pos = end + 1;
    }
}

/// The day in a Message-ID, as b4 and git make them: `20251114-…`, `20251219155222.1383109-1-…`,
/// `1647020386-2103-1-git-send-email-…`.
#[must_use]
pub fn day_of(id: &str) -> Option<Day> {
    let n_digits = id.bytes().take_while(u8::is_ascii_digit).count();
    let next = id.as_bytes().get(n_digits);
    match (n_digits, next) {
        (8, Some(b'-')) | (14, Some(b'.')) => Day::from_digits(id),
        (10, Some(b'-' | b'.')) => Day::from_seconds(id.get(..10)?.parse().ok()?),
        _ => None,
    }
}

/// The name of the change in a Message-ID that b4 made: `20251114-<name>-v2-0-<hash>@…`.
#[must_use]
pub fn change_in_message_id(id: &str) -> Option<&str> {
    let (local, _) = id.split_once('@')?;
    let rest = after_day(local)?;
    let mut parts = rest.rsplitn(4, '-');
    let (hash, number, version) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fits = is_hash(hash) && is_number(number) && is_number(version.strip_prefix('v')?);
    parts.next().filter(|name| fits && !name.is_empty())
}

/// The name of the change in a `change-id:` that b4 made: `20251114-<name>-<hash>`.
#[must_use]
pub fn change_in_change_id(id: &str) -> Option<&str> {
    let (name, hash) = after_day(id.trim())?.rsplit_once('-')?;
    (is_hash(hash) && !name.is_empty()).then_some(name)
}

fn after_day(id: &str) -> Option<&str> {
    Day::from_digits(id)?;
    let rest = id.get(8..)?.strip_prefix('-')?;
    rest.contains('-').then_some(rest)
}

fn is_hash(text: &str) -> bool {
    text.len() >= 6 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let day = |text: &str| text.parse::<Day>().map(|day| day.to_string());
        for good in ["2000-02-29", "2026-11-25", "2024-02-29", "1999-12-31"] {
            assert_eq!(day(good).as_deref(), Ok(good));
        }
        for bad in [
            "2026-13-01",
            "2023-02-29",
            "2026-1-01",
            "+026-01-01",
            "",
            "2026-01-0é",
            "2026-11-31",
            "2026-01-01-",
        ] {
            assert_eq!(day(bad), Err(()), "{bad}");
        }
        assert_eq!(
            Day::from_seconds(1_795_651_200)
                .map(|day| day.to_string())
                .as_deref(),
            Some("2026-11-26")
        );
    }

    #[test]
    fn addresses_hold_message_ids() {
        for (url, id) in [
            (
                "https://lore.kernel.org/all/20260126-a-b@c.org",
                Some("20260126-a-b@c.org"),
            ),
            (
                "https://lore.kernel.org/r/1-2@c.org/T/#u",
                Some("1-2@c.org"),
            ),
            ("http://marc.info/?i=<1-2@c.org>", Some("1-2@c.org")),
            ("https://lore.kernel.org/kvm/", None),
            ("20260126-a@b", None),
            ("https://x/@/a@", None),
            ("https:://x/ab@cd", Some("ab@cd")),
            ("git+https://x/ab@cd#e@f", Some("ab@cd")),
            ("ab@cd://x/", None),
        ] {
            assert_eq!(message_id(url), id, "{url}");
        }
    }

    #[test]
    fn message_ids_hold_days() {
        for (id, day) in [
            (
                "20251114-kvm-arm64-v2-0-672f214f41bf@k.org",
                Some("2025-11-14"),
            ),
            ("20251219155222.1383109-1-a@arm.com", Some("2025-12-19")),
            ("1647020386-2103-1-git-send-email-a@b", Some("2022-03-11")),
            ("951782400-1@b", None),
            ("0951782400-1@b", Some("2000-02-29")),
            ("20251399-a-v1-0-123456@b", None),
            ("SEYPR06MB5134@outlook.com", None),
        ] {
            assert_eq!(
                day_of(id).map(|day| day.to_string()).as_deref(),
                day,
                "{id}"
            );
        }
    }

    #[test]
    fn b4_names_changes() {
        for (id, name) in [
            (
                "20251114-kvm-arm64-sme-v2-0-672f214f41bf@k.org",
                Some("kvm-arm64-sme"),
            ),
            (
                "20251201-upstream_pcie_rc-v6-1-8c8800c56b16@a.com",
                Some("upstream_pcie_rc"),
            ),
            ("20251121-msx4-v1-0-fc0118b666c1@nvidia.com", Some("msx4")),
            ("20251219155222.1383109-1-a@arm.com", None),
            ("20251114-a-v2-0-xyz@k.org", None),
            ("20251114-v2-0-672f214f41bf@k.org", None),
        ] {
            assert_eq!(change_in_message_id(id), name, "{id}");
        }
        assert_eq!(
            change_in_change_id("20251121-msx4-fc0118b666c1"),
            Some("msx4")
        );
        assert_eq!(change_in_change_id("I8d9e5f0c"), None);
    }
}
