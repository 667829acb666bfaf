//! Bytes to strings and back, in the encodings of `Buffer`.

use crate::value::*;

/// Node's `enum encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Ascii,
    Utf8,
    Base64,
    Utf16,
    Latin1,
    Hex,
    Buffer,
    Base64Url,
}

impl Encoding {
    /// By the number JavaScript uses.
    pub(crate) fn from_number(number: i32) -> Self {
        match number {
            0 => Self::Ascii,
            2 => Self::Base64,
            3 => Self::Utf16,
            4 => Self::Latin1,
            5 => Self::Hex,
            6 => Self::Buffer,
            7 => Self::Base64Url,
            _ => Self::Utf8,
        }
    }

    /// By name, as bindings are given it; `default` for what is no encoding.
    pub(crate) fn parse(scope: &Scope<'_, '_>, value: Value<'_>, default: Self) -> Self {
        if value.is_number() {
            return Self::from_number(value.int32_value(scope).unwrap_or(1));
        }
        if !value.is_string() {
            return default;
        }
        match value.to_rust_string_lossy(scope).to_ascii_lowercase().as_str() {
            "utf8" | "utf-8" => Self::Utf8,
            "ucs2" | "ucs-2" | "utf16le" | "utf-16le" => Self::Utf16,
            "latin1" | "binary" => Self::Latin1,
            "ascii" => Self::Ascii,
            "base64" => Self::Base64,
            "base64url" => Self::Base64Url,
            "hex" => Self::Hex,
            "buffer" => Self::Buffer,
            _ => default,
        }
    }
}

/// The string these bytes mean; none where it would be too long.
pub(crate) fn decode<'s>(scope: &Scope<'s, '_>, bytes: &[u8], encoding: Encoding) -> Option<v8::Local<'s, v8::String>> {
    let normal = v8::NewStringType::Normal;
    match encoding {
        Encoding::Utf8 | Encoding::Buffer => v8::String::new_from_utf8(scope, bytes, normal),
        Encoding::Latin1 => v8::String::new_from_one_byte(scope, bytes, normal),
        Encoding::Ascii if bytes.is_ascii() => v8::String::new_from_one_byte(scope, bytes, normal),
        Encoding::Ascii => {
            let seven: Vec<u8> = bytes.iter().map(|byte| byte & 0x7f).collect();
            v8::String::new_from_one_byte(scope, &seven, normal)
        }
        Encoding::Utf16 => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            v8::String::new_from_two_byte(scope, &units, normal)
        }
        Encoding::Hex => v8::String::new_from_one_byte(scope, &to_hex(bytes), normal),
        Encoding::Base64 => v8::String::new_from_one_byte(scope, &to_base64(bytes, false), normal),
        Encoding::Base64Url => v8::String::new_from_one_byte(scope, &to_base64(bytes, true), normal),
    }
}

/// The bytes of a string.
pub(crate) fn encode(scope: &Scope<'_, '_>, text: v8::Local<'_, v8::String>, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 | Encoding::Buffer => utf8(scope, text),
        Encoding::Latin1 | Encoding::Ascii => one_byte(scope, text),
        Encoding::Utf16 => two_byte(scope, text).into_iter().flat_map(u16::to_le_bytes).collect(),
        Encoding::Hex => from_hex(&two_byte(scope, text)),
        Encoding::Base64 | Encoding::Base64Url => from_base64(&one_byte_lossy(scope, text)),
    }
}

/// The bytes of a string or of a buffer.
pub(crate) fn encode_value(scope: &Scope<'_, '_>, value: Value<'_>, encoding: Encoding) -> Vec<u8> {
    match v8::Local::<v8::String>::try_from(value) {
        Ok(text) => encode(scope, text, encoding),
        Err(_) => bytes_of(scope, value),
    }
}

/// UTF-8, lone surrogates replaced by U+FFFD.
pub(crate) fn utf8(scope: &Scope<'_, '_>, text: v8::Local<'_, v8::String>) -> Vec<u8> {
    let mut bytes = vec![0; text.utf8_length(scope)];
    let written = text.write_utf8_v2(scope, &mut bytes, v8::WriteFlags::kReplaceInvalidUtf8, None);
    bytes.truncate(written);
    bytes
}

/// The low byte of every unit.
pub(crate) fn one_byte(scope: &Scope<'_, '_>, text: v8::Local<'_, v8::String>) -> Vec<u8> {
    let mut bytes = vec![0; text.length()];
    text.write_one_byte_v2(scope, 0, &mut bytes, v8::WriteFlags::empty());
    bytes
}

/// As [`one_byte`], but what is no single byte becomes one that no encoding has a meaning for.
fn one_byte_lossy(scope: &Scope<'_, '_>, text: v8::Local<'_, v8::String>) -> Vec<u8> {
    if text.is_onebyte() {
        return one_byte(scope, text);
    }
    two_byte(scope, text).into_iter().map(|unit| u8::try_from(unit).unwrap_or(0xff)).collect()
}

fn two_byte(scope: &Scope<'_, '_>, text: v8::Local<'_, v8::String>) -> Vec<u16> {
    let mut units = vec![0; text.length()];
    text.write_v2(scope, 0, &mut units, v8::WriteFlags::empty());
    units
}

fn to_hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

/// Pairs of digits up to the first that is none.
fn from_hex(text: &[u16]) -> Vec<u8> {
    let digit = |unit: u16| char::from_u32(u32::from(unit)).and_then(|character| character.to_digit(16));
    let pairs = text.chunks_exact(2);
    pairs.map_while(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64; for URLs without padding.
pub(crate) fn to_base64(bytes: &[u8], url: bool) -> Vec<u8> {
    let alphabet = if url { URL_ALPHABET } else { ALPHABET };
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = u32::from(chunk[0]) << 16
            | u32::from(chunk.get(1).copied().unwrap_or(0)) << 8
            | u32::from(chunk.get(2).copied().unwrap_or(0));
        for index in 0..4 {
            if index <= chunk.len() {
                text.push(alphabet[(word >> (18 - 6 * index) & 63) as usize]);
            } else if !url {
                text.push(b'=');
            }
        }
    }
    text
}

const SKIP: u8 = 0xff;

const fn reverse_alphabet() -> [u8; 256] {
    let mut table = [SKIP; 256];
    let mut index = 0;
    while index < 64 {
        table[ALPHABET[index] as usize] = index as u8;
        table[URL_ALPHABET[index] as usize] = index as u8;
        index += 1;
    }
    table
}

const REVERSE: [u8; 256] = reverse_alphabet();

/// Both alphabets at once; other characters are skipped, and `=` ends it, as `Buffer.from(text, 'base64')` has it.
pub(crate) fn from_base64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut word, mut bits) = (0_u32, 0);
    for character in text {
        if *character == b'=' {
            break;
        }
        let digit = REVERSE[usize::from(*character)];
        if digit == SKIP {
            continue;
        }
        word = word << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    bytes
}

/// Why `atob` refuses a string.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// A character that is none of the alphabet.
    Character,
    /// Its length cannot be.
    Length,
}

/// The forgiving-base64 decode of the Infra standard.
pub(crate) fn forgiving(text: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut digits: Vec<u8> =
        text.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)).collect();
    if digits.len().is_multiple_of(4) {
        for _ in 0..2 {
            if digits.last() == Some(&b'=') {
                digits.pop();
            }
        }
    }
    if digits.iter().any(|byte| !byte.is_ascii_alphanumeric() && *byte != b'+' && *byte != b'/') {
        return Err(Malformed::Character);
    }
    if digits.len() % 4 == 1 {
        return Err(Malformed::Length);
    }
    Ok(from_base64(&digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_round_trips() {
        for length in 0..70_usize {
            let bytes: Vec<u8> = (0..length).map(|index| (index * 37 + length) as u8).collect();
            assert_eq!(from_base64(&to_base64(&bytes, false)), bytes);
            assert_eq!(from_base64(&to_base64(&bytes, true)), bytes);
        }
    }

    #[test]
    fn decoding_stops_at_padding_and_skips_what_is_no_digit() {
        assert_eq!(from_base64(b"aGVs\nbG8=xxxx"), b"hello");
        assert_eq!(forgiving(b" aGVs bG8= "), Ok(b"hello".to_vec()));
        assert_eq!(forgiving(b"a"), Err(Malformed::Length));
        assert_eq!(forgiving(b"a-=="), Err(Malformed::Character));
    }

    #[test]
    fn hex_stops_at_the_first_pair_that_is_none() {
        let units: Vec<u16> = "0aFFzz11".encode_utf16().collect();
        assert_eq!(from_hex(&units), [0x0a, 0xff]);
    }
}
