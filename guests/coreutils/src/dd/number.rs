//! Numbers of operands: `512`, `2k`, `3x1M`, `0x10`, and counts of bytes such as `9B` (POSIX dd, "OPERANDS", and GNU's suffixes).

/// A number of blocks, or of bytes where it ends in `B`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) value: u64,
    pub(super) in_bytes: bool,
}

/// Reads a number.
pub(super) fn parse(text: &str) -> Option<Count> {
    let mut value: u64 = 1;
    let mut in_bytes = false;
    for factor in text.split('x') {
        let digits = factor.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = factor[..digits].parse().ok()?;
        let suffix = &factor[digits..];
        in_bytes = suffix.ends_with('B');
        value = value.checked_mul(number.checked_mul(unit(suffix)?)?)?;
    }
    Some(Count { value, in_bytes })
}

/// What a suffix multiplies by.
fn unit(suffix: &str) -> Option<u64> {
    match suffix {
        "" | "c" | "B" => return Some(1),
        "w" => return Some(2),
        "b" => return Some(512),
        _ => {}
    }
    let (letter, rest) = suffix.split_at_checked(1)?;
    let power = "kMGTPE".find(if letter == "K" { "k" } else { letter })? as u32 + 1;
    let base: u64 = match rest {
        "" | "iB" => 1024,
        "B" => 1000,
        _ => return None,
    };
    base.checked_pow(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_multiply() {
        let value = |text| parse(text).map(|count| count.value);
        assert_eq!(value("512"), Some(512));
        assert_eq!(value("2k"), Some(2048));
        assert_eq!(value("1MB"), Some(1_000_000));
        assert_eq!(value("1MiB"), Some(1 << 20));
        assert_eq!(value("2x3x4w"), Some(48));
        assert_eq!(value("3b"), Some(1536));
        assert_eq!(value(""), None);
        assert_eq!(value("k"), None);
        assert_eq!(value("1q"), None);
        assert_eq!(value("99999999999999999999"), None);
        assert_eq!(value("16E"), None);
        assert_eq!(parse("9B"), Some(Count { value: 9, in_bytes: true }));
    }
}
