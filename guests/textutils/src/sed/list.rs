//! The command `l`.

use vivarium_userland::Bytes;

/// `line` so that every character shows, folded before the column `width`, and not at all where that is 0.
pub(super) fn visible(line: &[u8], width: usize) -> Bytes {
    let mut shown = Bytes::with_capacity(line.len() + 2);
    let mut column = 0;
    for &byte in line {
        let simple = match byte {
            b'\\' => b'\\',
            7 => b'a',
            8 => b'b',
            12 => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            11 => b'v',
            _ => 0,
        };
        let piece = match byte {
            _ if simple != 0 => vec![b'\\', simple],
            b' '..=b'~' => vec![byte],
            _ => format!("\\{byte:03o}").into_bytes(),
        };
        if width > 0 && column + piece.len() > width - 1 {
            shown.extend_from_slice(b"\\\n");
            column = 0;
        }
        column += piece.len();
        shown.extend(piece);
    }
    shown.push(b'$');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_and_escapes() {
        assert_eq!(visible(b"a\tb\\\x01\xff", 0), b"a\\tb\\\\\\001\\377$");
        assert_eq!(visible(b"abc", 2), b"a\\\nb\\\nc$");
        assert_eq!(visible(b"ab", 1), b"\\\na\\\nb$");
        assert_eq!(visible(b"a\n", 3), b"a\\\n\\n$");
    }
}
