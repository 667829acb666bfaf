//! The texts of `a`, `i`, `c` and `e`.

use vivarium_userland::Bytes;

use super::escape;
use super::reader::Reader;

/// Reads lines of which all but the last end with a backslash, after what has been read. Tells whether the source has ended
/// with such a line, so that the text may go on in the next.
pub(super) fn read(reader: &mut Reader<'_>, mut raw: Bytes) -> (Bytes, bool) {
    loop {
        match reader.next() {
            None | Some(b'\n') => {
                raw.push(b'\n');
                return (raw, false);
            }
            Some(b'\\') => {
                let Some(escaped) = reader.next() else {
                    raw.push(b'\n');
                    return (raw, true);
                };
                raw.extend_from_slice(&[b'\\', escaped]);
            }
            Some(byte) => raw.push(byte),
        }
    }
}

/// The text that is written so: a backslash takes the meaning of what is behind it, or gives it one.
pub(super) fn without_escapes(raw: &[u8]) -> Result<Bytes, &'static str> {
    let (mut text, mut at) = (Bytes::with_capacity(raw.len()), 0);
    while at < raw.len() {
        let byte = raw[at];
        at += 1;
        if byte != b'\\' {
            text.push(byte);
            continue;
        }
        let escaped = match raw.get(at) {
            Some(b'n') => Some((b'\n', 1)),
            _ => escape::character(&raw[at..])?,
        };
        let (character, length) = escaped.unwrap_or((raw.get(at).copied().unwrap_or(b'\\'), 1));
        text.push(character);
        at += length;
    }
    Ok(text)
}
