//! File names in messages and listings, as GNU's quotearg prints them.

/// What in a name needs quotes in `shell-escape` style.
fn needs_quotes(name: &[u8]) -> bool {
    const SPECIAL: &[u8] = b" !\"$&'()*;<=>?[\\^`|\t\n";
    name.is_empty()
        || matches!(name[0], b'#' | b'~')
        || name.iter().any(|b| SPECIAL.contains(b) || *b < 0x20 || *b == 0x7f)
        || (std::str::from_utf8(name).is_err())
}

/// `shell-escape`: quoted as a shell reads it back, with `$'\n'` for what can't be shown.
#[must_use]
pub fn shell_escape(name: &[u8]) -> Vec<u8> {
    if !needs_quotes(name) { name.to_vec() } else { shell_escape_always(name) }
}

/// `shell-escape-always`.
#[must_use]
pub fn shell_escape_always(name: &[u8]) -> Vec<u8> {
    let printable = name.iter().all(|b| *b >= 0x20 && *b != 0x7f) && std::str::from_utf8(name).is_ok();
    if printable && name.contains(&b'\'') && !name.iter().any(|b| b"\"$`\\!".contains(b)) {
        return [b"\"", name, b"\""].concat();
    }
    let mut quoted = vec![b'\''];
    let mut escaping = false;
    for unit in units(name) {
        let shown = match unit {
            Unit::Shown(bytes) => {
                if escaping {
                    quoted.extend_from_slice(b"''");
                    escaping = false;
                }
                if bytes == b"'" { b"'\\''" } else { bytes }
            }
            Unit::Escaped(escape) => {
                quoted.extend_from_slice(if escaping { b"" } else { b"'$'" });
                escaping = true;
                quoted.extend_from_slice(escape.as_bytes());
                continue;
            }
        };
        quoted.extend_from_slice(shown);
    }
    quoted.push(b'\'');
    quoted
}

/// `c` escapes without the quotes (`ls -b`).
#[must_use]
pub fn escape(name: &[u8], quote: Option<u8>) -> Vec<u8> {
    let mut text = Vec::with_capacity(name.len() + 2);
    text.extend(quote);
    for unit in units(name) {
        match unit {
            Unit::Shown(b"\\") => text.extend_from_slice(b"\\\\"),
            Unit::Shown(b" ") if quote.is_none() => text.extend_from_slice(b"\\ "),
            Unit::Shown(b"\"") if quote == Some(b'"') => text.extend_from_slice(b"\\\""),
            Unit::Shown(bytes) => text.extend_from_slice(bytes),
            Unit::Escaped(escape) => text.extend_from_slice(escape.as_bytes()),
        }
    }
    text.extend(quote);
    text
}

/// With `?` for what can't be shown (`ls -q`).
#[must_use]
pub fn hide_control(name: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(name.len());
    for unit in units(name) {
        match unit {
            Unit::Shown(bytes) => text.extend_from_slice(bytes),
            Unit::Escaped(_) => text.push(b'?'),
        }
    }
    text
}

/// A name in a message: `'name'`.
#[must_use]
pub fn message(name: &[u8]) -> String {
    let quoted = shell_escape_always(name);
    String::from_utf8_lossy(&quoted).into_owned()
}

/// A name in a message where quotes are only set if it needs them.
#[must_use]
pub fn maybe(name: &[u8]) -> String {
    let plain = !name.is_empty() && !needs_quotes(name) && !name.contains(&b':');
    if plain { String::from_utf8_lossy(name).into_owned() } else { message(name) }
}

enum Unit<'a> {
    Shown(&'a [u8]),
    Escaped(String),
}

fn units(name: &[u8]) -> impl Iterator<Item = Unit<'_>> {
    name.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid();
        let shown = valid.char_indices().map(move |(at, c)| {
            let bytes = &valid.as_bytes()[at..at + c.len_utf8()];
            if c.is_control() {
                Unit::Escaped(bytes.iter().map(|b| escape_byte(*b)).collect())
            } else {
                Unit::Shown(bytes)
            }
        });
        shown.chain(chunk.invalid().iter().map(|b| Unit::Escaped(escape_byte(*b))))
    })
}

fn escape_byte(byte: u8) -> String {
    match byte {
        7 => "\\a".into(),
        8 => "\\b".into(),
        9 => "\\t".into(),
        10 => "\\n".into(),
        11 => "\\v".into(),
        12 => "\\f".into(),
        13 => "\\r".into(),
        other => format!("\\{other:03o}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_ls_does() {
        let cases: [(&[u8], &str); 7] = [
            (b"plain", "plain"),
            (b"a b", "'a b'"),
            (b"it's", "\"it's\""),
            (b"it's $x", "'it'\\''s $x'"),
            (b"a\nb", "'a'$'\\n''b'"),
            (b"\xff", "''$'\\377'"),
            (b"", "''"),
        ];
        for (name, expected) in cases {
            let quoted = shell_escape(name);
            // A name that ends in an escape has no empty string after it.
            assert_eq!(String::from_utf8_lossy(&quoted).trim_end_matches("''"), expected.trim_end_matches("''"));
        }
    }
}
