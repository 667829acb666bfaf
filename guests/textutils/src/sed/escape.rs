//! Escapes that stand for a character by name or number, GNU's extension to every text of a script.

/// The character that the escape behind a backslash stands for, and how long it is; `None` where it is no such escape.
pub(super) fn character(rest: &[u8]) -> Result<Option<(u8, usize)>, &'static str> {
    let simple = match rest.first() {
        Some(b'a') => 7,
        Some(b'f') => 12,
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'v') => 11,
        Some(b'c') => return control(rest),
        Some(b'd') => return Ok(number(rest, 10, 3)),
        Some(b'o') => return Ok(number(rest, 8, 3)),
        Some(b'x') => return Ok(number(rest, 16, 2)),
        _ => return Ok(None),
    };
    Ok(Some((simple, 1)))
}

fn control(rest: &[u8]) -> Result<Option<(u8, usize)>, &'static str> {
    match rest.get(1..) {
        Some([b'\\', b'\\', ..]) => Ok(Some((0x1c, 3))),
        Some([b'\\', ..]) => Err("recursive escaping after \\c not allowed"),
        Some([byte, ..]) => Ok(Some((byte.to_ascii_uppercase() ^ 0x40, 2))),
        _ => Ok(Some((b'\\', 1))),
    }
}

fn number(rest: &[u8], base: u32, most: usize) -> Option<(u8, usize)> {
    let digits: Vec<u32> = rest[1..].iter().take(most).map_while(|&b| char::from(b).to_digit(base)).collect();
    let code = digits.iter().fold(0, |code, digit| code * base + digit);
    (!digits.is_empty()).then_some((code as u8, 1 + digits.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters() {
        assert_eq!(character(b"t"), Ok(Some((9, 1))));
        assert_eq!(character(b"x41g"), Ok(Some((b'A', 3))));
        assert_eq!(character(b"xg"), Ok(None));
        assert_eq!(character(b"d0655"), Ok(Some((b'A', 4))));
        assert_eq!(character(b"o101"), Ok(Some((b'A', 4))));
        assert_eq!(character(b"ca"), Ok(Some((1, 2))));
        assert!(character(b"c\\d").is_err());
        assert_eq!(character(b"n"), Ok(None));
    }
}
