//! Dates as text: strftime().

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// Seconds since the Epoch.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_second()
}

/// In the system's time zone.
pub(crate) fn format(format: &[u8], seconds: i64) -> Vec<u8> {
    format_in(format, seconds, None)
}

/// A format in which what depends on the locale is spelt out as the C locale has it.
fn in_c_locale(format: &str) -> String {
    let mut out = String::with_capacity(format.len());
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        if c != '%' {
            continue;
        }
        let conversion = chars.next();
        let meaning = match conversion {
            Some('c') => "%a %b %e %H:%M:%S %Y",
            Some('x') => "%m/%d/%y",
            Some('X') => "%H:%M:%S",
            Some('r') => "%I:%M:%S %p",
            _ => {
                out.extend(conversion);
                continue;
            }
        };
        out.pop();
        out.push_str(meaning);
    }
    out
}

/// In the time zone that TZ names.
pub(crate) fn format_in(format: &[u8], seconds: i64, zone: Option<&[u8]>) -> Vec<u8> {
    let zone = match zone.map(String::from_utf8_lossy) {
        Some(name) if name.is_empty() => TimeZone::UTC,
        Some(name) => TimeZone::get(&name).or_else(|_| TimeZone::posix(&name)).unwrap_or(TimeZone::UTC),
        None => TimeZone::system(),
    };
    let Ok(time) = Timestamp::from_second(seconds) else { return Vec::new() };
    let zoned = time.to_zoned(zone);
    let format = in_c_locale(&String::from_utf8_lossy(format));
    strtime::format(format, &zoned).unwrap_or_default().into_bytes()
}
