//! `string_decoder`: characters that are spread over several chunks.

use crate::bindings::encodings::{self, Encoding};
use crate::table::Table;
use crate::value::*;

// Layout of the state, a buffer of seven bytes.
const INCOMPLETE: usize = 0;
const MISSING: usize = 4;
const BUFFERED: usize = 5;
const ENCODING: usize = 6;

pub(super) fn table() -> Table {
    Table::new("string_decoder").function("decode", decode).function("flush", flush).init(|scope, object| {
        let names = ["ascii", "utf8", "base64", "utf16le", "latin1", "hex", "buffer", "base64url"];
        set(scope, object, "encodings", strings(scope, &names));
    })
}

fn state(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Option<&'static mut [u8]> {
    let state = Memory::of(scope, args.get(0)).filter(|memory| memory.len() >= 7);
    if state.is_none() {
        throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", "The decoder's state must be a buffer");
    }
    Some(state?.bytes_mut())
}

fn decode(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(state) = state(scope, &args) else { return };
    let Some(chunk) = Memory::of(scope, args.get(1)) else {
        let message = "The \"buf\" argument must be an instance of Buffer, TypedArray, or DataView.";
        return throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", message);
    };
    let encoding = Encoding::from_number(i32::from(state[ENCODING]));
    if !matches!(encoding, Encoding::Utf8 | Encoding::Utf16 | Encoding::Base64 | Encoding::Base64Url) {
        match encodings::decode(scope, chunk.bytes(), encoding) {
            Some(text) => rv.set(text.into()),
            None => super::buffer::throw_string_too_long(scope),
        }
        return;
    }
    let buffered = usize::from(state[BUFFERED]);
    let mut bytes = Vec::with_capacity(buffered + chunk.len());
    bytes.extend_from_slice(&state[INCOMPLETE..INCOMPLETE + buffered]);
    bytes.extend_from_slice(chunk.bytes());
    let (keep, missing) = incomplete(&bytes, encoding);
    let complete = bytes.len() - keep;
    state[INCOMPLETE..INCOMPLETE + keep].copy_from_slice(&bytes[complete..]);
    state[BUFFERED] = keep as u8;
    state[MISSING] = missing as u8;
    match encodings::decode(scope, &bytes[..complete], encoding) {
        Some(text) => rv.set(text.into()),
        None => super::buffer::throw_string_too_long(scope),
    }
}

/// How many bytes at the end belong to a character that is not whole, and how many it still wants.
fn incomplete(bytes: &[u8], encoding: Encoding) -> (usize, usize) {
    match encoding {
        Encoding::Utf8 => {
            for back in 1..=bytes.len().min(3) {
                let byte = bytes[bytes.len() - back];
                let wanted = match byte {
                    0x80..=0xbf => continue,
                    0xc2..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf4 => 4,
                    _ => return (0, 0),
                };
                if wanted <= back || !may_continue(&bytes[bytes.len() - back..]) {
                    return (0, 0);
                }
                return (back, wanted - back);
            }
            (0, 0)
        }
        Encoding::Utf16 => {
            let odd = bytes.len() % 2;
            let whole = &bytes[..bytes.len() - odd];
            // A high surrogate waits for its other half.
            let high = whole.chunks_exact(2).next_back().is_some_and(|pair| pair[1] & 0xfc == 0xd8);
            if high { (odd + 2, 2 - odd) } else { (odd, odd) }
        }
        _ => {
            let rest = bytes.len() % 3;
            (rest, if rest == 0 { 0 } else { 3 - rest })
        }
    }
}

/// Whether the bytes may be the beginning of a character: the second byte of some is restricted.
fn may_continue(bytes: &[u8]) -> bool {
    match bytes {
        [0xe0, second, ..] => *second >= 0xa0,
        [0xed, second, ..] => *second <= 0x9f,
        [0xf0, second, ..] => *second >= 0x90,
        [0xf4, second, ..] => *second <= 0x8f,
        _ => true,
    }
}

fn flush(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(state) = state(scope, &args) else { return };
    let encoding = Encoding::from_number(i32::from(state[ENCODING]));
    let mut buffered = usize::from(state[BUFFERED]);
    // Half a unit says nothing.
    if encoding == Encoding::Utf16 && buffered % 2 == 1 {
        buffered -= 1;
    }
    let bytes = state[INCOMPLETE..INCOMPLETE + buffered].to_vec();
    state[BUFFERED] = 0;
    state[MISSING] = 0;
    if let Some(text) = encodings::decode(scope, &bytes, encoding) {
        rv.set(text.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_characters_are_kept() {
        assert_eq!(incomplete("aé".as_bytes(), Encoding::Utf8), (0, 0));
        assert_eq!(incomplete(&"€".as_bytes()[..2], Encoding::Utf8), (2, 1));
        assert_eq!(incomplete(&"😀".as_bytes()[..3], Encoding::Utf8), (3, 1));
        assert_eq!(incomplete(b"\xed\xa0", Encoding::Utf8), (0, 0));
        assert_eq!(incomplete(b"a\0\x3d\xd8", Encoding::Utf16), (2, 2));
        assert_eq!(incomplete(b"abcd", Encoding::Base64), (1, 2));
    }
}
