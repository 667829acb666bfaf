//! Sizes: how `-h` prints and `-n 10K` reads them.

/// In powers of 1024 (`-h`) or 1000 (`--si`), rounded up: `1.5K`, `23M`.
#[must_use]
pub fn human(bytes: u64, base: u64) -> String {
    if bytes < base {
        return bytes.to_string();
    }
    let letters: [&str; 6] = if base == 1000 { ["k", "M", "G", "T", "P", "E"] } else { ["K", "M", "G", "T", "P", "E"] };
    let (mut unit, mut index) = (u128::from(base), 0);
    while u128::from(bytes) >= unit * u128::from(base) && index + 1 < letters.len() {
        unit *= u128::from(base);
        index += 1;
    }
    let tenths = (u128::from(bytes) * 10).div_ceil(unit);
    if tenths < 100 {
        return format!("{}.{}{}", tenths / 10, tenths % 10, letters[index]);
    }
    let whole = u128::from(bytes).div_ceil(unit);
    if whole >= u128::from(base) && index + 1 < letters.len() {
        return format!("1.0{}", letters[index + 1]);
    }
    format!("{whole}{}", letters[index])
}

/// The multiplier a suffix stands for: `b` 512, `kB` 1000, `K` `KiB` 1024, … `c` and nothing 1.
#[must_use]
pub fn suffix(text: &str) -> Option<u64> {
    let letter = match text {
        "" | "c" => return Some(1),
        "w" => return Some(2),
        "b" => return Some(512),
        _ => text.chars().next()?,
    };
    let power = match letter {
        'k' | 'K' => 1,
        'm' | 'M' => 2,
        'g' | 'G' => 3,
        't' | 'T' => 4,
        'p' | 'P' => 5,
        'e' | 'E' => 6,
        _ => return None,
    };
    match &text[1..] {
        "" | "iB" => 1024u64.checked_pow(power),
        "B" => 1000u64.checked_pow(power),
        _ => None,
    }
}

/// A number with a [`suffix`].
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = if end == 0 { 1 } else { text[..end].parse::<u64>().ok()? };
    if end == 0 && text.is_empty() {
        return None;
    }
    number.checked_mul(suffix(&text[end..])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_gnu_does() {
        for (bytes, text) in [(0, "0"), (1023, "1023"), (1024, "1.0K"), (1025, "1.1K"), (10240, "10K"), (10241, "11K")]
        {
            assert_eq!(human(bytes, 1024), text);
        }
        assert_eq!(human(1_048_575, 1024), "1.0M");
        assert_eq!(human(1000, 1000), "1.0k");
    }

    #[test]
    fn reads() {
        assert_eq!(parse("10K"), Some(10240));
        assert_eq!(parse("1kB"), Some(1000));
        assert_eq!(parse("3MiB"), Some(3 << 20));
        assert_eq!(parse("K"), Some(1024));
        assert_eq!(parse("x"), None);
        assert_eq!(parse(""), None);
    }
}
