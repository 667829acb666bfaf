//! Local time: `TZ`, else `/etc/localtime`, else UTC.

use std::sync::OnceLock;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The zone that `TZ` names: a name of the IANA database, a POSIX rule, a file after `:` or as a path.
#[must_use]
pub fn zone(name: &str) -> Option<TimeZone> {
    let name = name.strip_prefix(':').unwrap_or(name);
    if name.is_empty() || name == "UTC" || name == "UTC0" {
        return Some(TimeZone::UTC);
    }
    if name.starts_with('/') {
        let data = std::fs::read(name).ok()?;
        return TimeZone::tzif(name, &data).ok();
    }
    let from_file = || {
        let data = std::fs::read(format!("/usr/share/zoneinfo/{name}")).ok()?;
        TimeZone::tzif(name, &data).ok()
    };
    TimeZone::posix(name).ok().or_else(from_file).or_else(|| TimeZone::get(name).ok())
}

/// The zone of the process. An unknown `TZ` is UTC, as in POSIX systems.
pub fn local_zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| match std::env::var("TZ") {
        Ok(name) => zone(&name).unwrap_or(TimeZone::UTC),
        Err(_) => zone("/etc/localtime").unwrap_or(TimeZone::UTC),
    })
}

/// A time since the epoch in the process's zone.
#[must_use]
pub fn local(seconds: i64, nanoseconds: u32) -> Zoned {
    let time = Timestamp::new(seconds, nanoseconds as i32).unwrap_or(Timestamp::UNIX_EPOCH);
    time.to_zoned(local_zone().clone())
}

/// An instant in UTC, seconds since the epoch.
pub fn utc(seconds: i64) -> Zoned {
    Timestamp::from_second(seconds).unwrap_or_default().to_zoned(TimeZone::UTC)
}

/// Now, in seconds and nanoseconds since the epoch.
#[must_use]
pub fn now() -> (i64, u32) {
    let now = Timestamp::now();
    (now.as_second(), now.subsec_nanosecond() as u32)
}

/// As strftime() in the C locale; a directive it doesn't know is left as it is.
#[must_use]
pub fn format(time: &Zoned, format: &str) -> String {
    jiff::fmt::strtime::format(format, time).unwrap_or_else(|_| format.to_owned())
}

/// Reads a date and time of the process's zone, as ISO 8601 writes it; with an offset, of that. In seconds since the epoch.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    let date = text
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| text.parse::<jiff::civil::Date>().map(|date| date.to_datetime(jiff::civil::Time::midnight())));
    date.ok()?.to_zoned(local_zone().clone()).ok().map(|zoned| zoned.timestamp().as_second())
}
