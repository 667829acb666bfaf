//! What `dd` tells on standard error (POSIX dd, "STDERR").

use std::time::Duration;

/// Blocks of one side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Blocks {
    pub(super) whole: u64,
    pub(super) partial: u64,
}

/// All that is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) read: Blocks,
    pub(super) written: Blocks,
    pub(super) truncated: u64,
    pub(super) bytes: u64,
}

/// The lines on records.
pub(super) fn records(totals: &Totals) -> String {
    let Totals { read, written, truncated, .. } = totals;
    let mut text =
        format!("{}+{} records in\n{}+{} records out\n", read.whole, read.partial, written.whole, written.partial);
    match truncated {
        0 => {}
        1 => text += "1 truncated record\n",
        many => text += &format!("{many} truncated records\n"),
    }
    text
}

/// The line on bytes and time, without its end.
pub(super) fn transfer(bytes: u64, elapsed: Duration) -> String {
    let amount = match bytes {
        1 => "1 byte".to_owned(),
        0..1000 => format!("{bytes} bytes"),
        1000..1024 => format!("{bytes} bytes ({})", scaled(bytes as f64, 1000.0, "B")),
        _ => format!("{bytes} bytes ({}, {})", scaled(bytes as f64, 1000.0, "B"), scaled(bytes as f64, 1024.0, "iB")),
    };
    let seconds = elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { scaled(bytes as f64 / seconds, 1000.0, "B") + "/s" } else { "Infinity B/s".into() };
    format!("{amount} copied, {} s, {rate}", significant(seconds))
}

/// A number of bytes in units of powers of 1024.
pub(super) fn binary(bytes: u64) -> String {
    scaled(bytes as f64, 1024.0, "iB")
}

/// `1.2 MB`: one decimal below ten, none above.
fn scaled(value: f64, base: f64, unit: &str) -> String {
    let (mut value, mut power) = (value, 0);
    while value >= base - 0.5 && power < 6 {
        value /= base;
        power += 1;
    }
    let prefix = ["", if base < 1001.0 { "k" } else { "K" }, "M", "G", "T", "P", "E"][power];
    let unit = if power == 0 { "B" } else { unit };
    if power > 0 && value < 9.95 { format!("{value:.1} {prefix}{unit}") } else { format!("{value:.0} {prefix}{unit}") }
}

/// Six significant digits at most, as `%g` has them.
fn significant(seconds: f64) -> String {
    if seconds >= 1e-4 {
        let decimals = (5 - seconds.log10().floor() as i32).max(0) as usize;
        let text = format!("{seconds:.decimals$}");
        return if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    }
    if seconds == 0.0 {
        return "0".into();
    }
    let text = format!("{seconds:.5e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    format!("{}e-{:02}", mantissa.trim_end_matches('0').trim_end_matches('.'), exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_scaled() {
        let text = |bytes| transfer(bytes, Duration::from_secs(1));
        assert_eq!(text(1), "1 byte copied, 1 s, 1 B/s");
        assert_eq!(text(512), "512 bytes copied, 1 s, 512 B/s");
        assert_eq!(text(1000), "1000 bytes (1.0 kB) copied, 1 s, 1.0 kB/s");
        assert_eq!(text(1 << 20), "1048576 bytes (1.0 MB, 1.0 MiB) copied, 1 s, 1.0 MB/s");
    }

    #[test]
    fn times_have_six_digits() {
        assert_eq!(significant(0.001_234_567_8), "0.00123457");
        assert_eq!(significant(12.5), "12.5");
        assert_eq!(significant(0.000_012), "1.2e-05");
    }
}
