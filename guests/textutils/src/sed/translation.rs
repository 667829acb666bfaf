//! Reads the command `y`.

use std::collections::HashMap;

use vivarium_userland::Bytes;
use vivarium_userland::posix_regex::locale_is_utf8;

use super::escape;
use super::reader::Reader;
use super::script::Translation;
use super::substitution::two_parts;

/// Reads what is behind the `y`.
pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Translation, String> {
    let (from, to) = two_parts(reader, "y", false)?;
    let plain = |raw: &[u8]| without_escapes(raw).map_err(|error| reader.error(error));
    let (from, to) = (plain(&from)?, plain(&to)?);
    const LENGTHS: &str = "strings for `y' command are different lengths";
    let translation = if locale_is_utf8()
        && !(from.is_ascii() && to.is_ascii())
        && let (Ok(from), Ok(to)) = (std::str::from_utf8(&from), std::str::from_utf8(&to))
    {
        if from.chars().count() != to.chars().count() {
            return Err(reader.error(LENGTHS));
        }
        let mut table = HashMap::new();
        for (from, to) in from.chars().zip(to.chars()) {
            table.entry(from).or_insert(to);
        }
        Translation::Chars(table)
    } else {
        if from.len() != to.len() {
            return Err(reader.error(LENGTHS));
        }
        let mut table: Box<[u8; 256]> = Box::new(std::array::from_fn(|byte| byte as u8));
        for (from, to) in from.iter().zip(&to).rev() {
            table[usize::from(*from)] = *to;
        }
        Translation::Bytes(table)
    };
    reader.end_of_command()?;
    Ok(translation)
}

fn without_escapes(raw: &[u8]) -> Result<Bytes, &'static str> {
    let (mut plain, mut at) = (Bytes::with_capacity(raw.len()), 0);
    while at < raw.len() {
        let byte = raw[at];
        at += 1;
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let escaped = escape::character(&raw[at..])?;
        let (character, length) = match (escaped, raw.get(at)) {
            // Unlike elsewhere, `\c` at the end stays two characters.
            _ if raw[at..] == *b"c" => (b'\\', 0),
            (Some(escaped), _) => escaped,
            (None, Some(b'n')) => (b'\n', 1),
            (None, Some(b'\\')) => (b'\\', 1),
            _ => (b'\\', 0),
        };
        plain.push(character);
        at += length;
    }
    Ok(plain)
}
