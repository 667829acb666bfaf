//! Quoting: `$'…'`, and text quoted for the shell to read again.

/// Decodes the inside of `$'…'` (and, where `echo`, the escapes of `echo -e` and `printf %b`, which write octal as `\0nnn` and
/// know `\c`). Gives whether `\c` ended it.
pub(crate) fn unescape(text: &[u8], echo: bool, out: &mut Vec<u8>) -> bool {
    let mut i = 0;
    while i < text.len() {
        let byte = text[i];
        i += 1;
        if byte != b'\\' || i == text.len() {
            out.push(byte);
            continue;
        }
        let escape = text[i];
        i += 1;
        match escape {
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'e' | b'E' => out.push(27),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'\\' => out.push(b'\\'),
            b'\'' | b'"' | b'?' if !echo => out.push(escape),
            b'c' if echo => return true,
            b'c' if i < text.len() => {
                let mut control = text[i];
                i += 1;
                if control == b'\\' && text.get(i) == Some(&b'\\') {
                    i += 1;
                } else if control == b'\\' {
                    control = b'\\';
                }
                out.push(if control == b'?' { 127 } else { control.to_ascii_uppercase() & 0x1f });
            }
            b'0'..=b'7' => {
                let first = if echo && escape == b'0' { i } else { i - 1 };
                let (value, used) = digits(&text[first..], 8, 3);
                if echo && escape != b'0' {
                    // echo -e: only \0nnn; printf %b: \nnn too.
                    out.push(value as u8);
                    i = first + used;
                } else {
                    i = first + used;
                    out.push(value as u8);
                }
            }
            b'x' => {
                if !echo && text.get(i) == Some(&b'{') {
                    let (value, used) = digits(&text[i + 1..], 16, 16);
                    if used == 0 {
                        // A NUL, which ends the text.
                        return false;
                    }
                    i += 1 + used;
                    if text.get(i) == Some(&b'}') {
                        i += 1;
                    }
                    out.push(value as u8);
                    continue;
                }
                let (value, used) = digits(&text[i..], 16, 2);
                if used == 0 {
                    out.extend_from_slice(b"\\x");
                } else {
                    out.push(value as u8);
                    i += used;
                }
            }
            b'u' | b'U' => {
                let (value, used) = digits(&text[i..], 16, if escape == b'u' { 4 } else { 8 });
                if used == 0 {
                    out.extend_from_slice(&[b'\\', escape]);
                } else {
                    i += used;
                    push_code_point(value, out);
                }
            }
            other => out.extend_from_slice(&[b'\\', other]),
        }
    }
    false
}

/// A code point in UTF-8.
pub(crate) fn push_code_point(value: u32, out: &mut Vec<u8>) {
    match char::from_u32(value) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend_from_slice(format!("\\U{value:08X}").as_bytes()),
    }
}

/// A number of at most `most` digits, and how many there are.
pub(crate) fn digits(text: &[u8], radix: u32, most: usize) -> (u32, usize) {
    let mut value = 0u32;
    let mut used = 0;
    for byte in text.iter().take(most) {
        let Some(digit) = (*byte as char).to_digit(radix) else { break };
        value = value.wrapping_mul(radix).wrapping_add(digit);
        used += 1;
    }
    (value, used)
}

/// Quoted with single quotes, as `set`, `alias` and `trap` print.
pub(crate) fn single(text: &[u8]) -> Vec<u8> {
    if text == b"'" {
        return b"\\'".to_vec();
    }
    let mut out = vec![b'\''];
    for byte in text {
        if *byte == b'\'' {
            out.extend_from_slice(b"'\\''");
        } else {
            out.push(*byte);
        }
    }
    out.push(b'\'');
    out
}

/// Quoted with double quotes, as `declare -p` prints.
pub(crate) fn double(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for byte in text {
        if matches!(byte, b'"' | b'\\' | b'$' | b'`') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
    out
}

/// Quoted with `$'…'`.
pub(crate) fn ansi(text: &[u8]) -> Vec<u8> {
    let mut out = b"$'".to_vec();
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let mut used = 1;
        match byte {
            7 => out.extend_from_slice(b"\\a"),
            8 => out.extend_from_slice(b"\\b"),
            27 => out.extend_from_slice(b"\\E"),
            12 => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            11 => out.extend_from_slice(b"\\v"),
            b'\\' | b'\'' => out.extend_from_slice(&[b'\\', *byte]),
            0x20..0x7f => out.push(*byte),
            _ => {
                used = crate::text::character_length(rest);
                if used > 1 {
                    out.extend_from_slice(&rest[..used]);
                } else {
                    out.extend_from_slice(format!("\\{byte:03o}").as_bytes());
                }
            }
        }
        rest = &rest[used..];
    }
    out.push(b'\'');
    out
}

/// Whether a text has bytes that only `$'…'` shows well.
pub(crate) fn needs_ansi(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let used = crate::text::character_length(rest);
        if *byte < 32 || *byte == 127 || (*byte >= 128 && used == 1) {
            return true;
        }
        rest = &rest[used..];
    }
    false
}

/// Whether a text has bytes that mean something to the shell.
pub(crate) fn needs_quotes(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(i, b)| match b {
        b' ' | b'\t' | b'\n' | b'\'' | b'"' | b'\\' | b'|' | b'&' | b';' | b'(' | b')' | b'<' | b'>' | b'!' | b'{'
        | b'}' | b'*' | b'[' | b'?' | b']' | b'^' | b'$' | b'`' => true,
        b'~' => i == 0 || matches!(text[i - 1], b'=' | b':'),
        b'#' => i == 0 || is_space(text[i - 1]),
        _ => false,
    })
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

/// Quoted as `${x@Q}` and `set -x` do: with `'…'`, or `$'…'` where there are control characters.
pub(crate) fn shell(text: &[u8]) -> Vec<u8> {
    if needs_ansi(text) { ansi(text) } else { single(text) }
}

/// Quoted only where needed, as `set` and `set -x` print.
pub(crate) fn if_needed(text: &[u8]) -> Vec<u8> {
    if text.is_empty() {
        b"''".to_vec()
    } else if needs_ansi(text) {
        ansi(text)
    } else if needs_quotes(text) {
        single(text)
    } else {
        text.to_vec()
    }
}

/// Quoted only where needed, as `set -x` shows words: with `$'…'` where nothing asks for other quotes.
pub(crate) fn traced(text: &[u8]) -> Vec<u8> {
    if needs_quotes(text) || text.iter().any(|byte| is_space(*byte)) { single(text) } else { if_needed(text) }
}

/// Quoted with backslashes, as `printf %q` does.
pub(crate) fn backslash(text: &[u8]) -> Vec<u8> {
    if text.is_empty() {
        return b"''".to_vec();
    }
    if needs_ansi(text) {
        return ansi(text);
    }
    let mut out = Vec::new();
    for (i, byte) in text.iter().enumerate() {
        let special = match byte {
            b' ' | b'\t' | b'\n' | b'\'' | b'"' | b'\\' | b'|' | b'&' | b';' | b'(' | b')' | b'<' | b'>' | b'!'
            | b'{' | b'}' | b'*' | b'[' | b'?' | b']' | b'^' | b'$' | b'`' | b',' => true,
            b'#' => i == 0,
            b'~' => i == 0 || matches!(text[i - 1], b'=' | b':'),
            _ => false,
        };
        if special {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out
}

/// An associative array's key as `declare -p` prints it.
pub(crate) fn key(text: &[u8]) -> Vec<u8> {
    if needs_ansi(text) {
        ansi(text)
    } else if text.is_empty() || needs_quotes(text) || text == b"@" || text == b"*" {
        double(text)
    } else {
        text.to_vec()
    }
}

/// A value as `declare -p` prints it.
pub(crate) fn value(text: &[u8]) -> Vec<u8> {
    if needs_ansi(text) { ansi(text) } else { double(text) }
}
