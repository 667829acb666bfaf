//! Special characters under their names.

use vivarium_sys::tty::character::*;

/// Its name, where the kernel keeps it (nowhere: this kernel has none), Linux' index, what `sane` makes it.
#[derive(Debug)]
pub(super) struct Special {
    pub(super) name: &'static str,
    pub(super) index: Option<usize>,
    pub(super) linux: usize,
    pub(super) sane: u8,
}

const fn special(name: &'static str, index: usize, linux: usize, sane: u8) -> Special {
    Special { name, index: Some(index), linux, sane }
}

const fn control(letter: u8) -> u8 {
    letter & 0x1f
}

/// In the order that `stty -a` shows them.
pub(super) static SPECIALS: &[Special] = &[
    special("intr", VINTR, 0, control(b'C')),
    special("quit", VQUIT, 1, control(b'\\')),
    special("erase", VERASE, 2, 0x7f),
    special("kill", VKILL, 3, control(b'U')),
    special("eof", VEOF, 4, control(b'D')),
    special("eol", VEOL, 11, 0),
    special("eol2", VEOL2, 16, 0),
    Special { name: "swtch", index: None, linux: 7, sane: 0 },
    special("start", VSTART, 8, control(b'Q')),
    special("stop", VSTOP, 9, control(b'S')),
    special("susp", VSUSP, 10, control(b'Z')),
    special("rprnt", VREPRINT, 12, control(b'R')),
    special("werase", VWERASE, 14, control(b'W')),
    special("lnext", VLNEXT, 15, control(b'V')),
    special("discard", VDISCARD, 13, control(b'O')),
    special("min", VMIN, 6, 1),
    special("time", VTIME, 5, 0),
];

impl Special {
    /// Whether it is no character but a number.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.name, "min" | "time")
    }
}

/// `^C`, `M-a`, `<undef>`.
pub(super) fn show(byte: u8) -> String {
    match byte {
        0 => "<undef>".into(),
        128.. => match byte - 128 {
            0 => "M-^@".into(),
            byte => format!("M-{}", show(byte)),
        },
        127 => "^?".into(),
        1..32 => format!("^{}", char::from(byte + 64)),
        _ => char::from(byte).to_string(),
    }
}

/// Of `^C`, `c`, `0x03`, `undef`, `^-`.
pub(super) fn parse(text: &str) -> Option<u8> {
    let bytes = text.as_bytes();
    match bytes {
        b"^-" | b"undef" | b"" => Some(0),
        [b'^', b'?'] => Some(127),
        [b'^', letter] => Some(letter & !0x60),
        [byte] => Some(*byte),
        _ => {
            let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None if text.starts_with('0') => u32::from_str_radix(text, 8),
                None => text.parse(),
            };
            number.ok().and_then(|number| number.try_into().ok())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_and_reads_characters() {
        for (byte, text) in [(3, "^C"), (127, "^?"), (b'a', "a"), (0, "<undef>"), (0x83, "M-^C"), (0xe1, "M-a")] {
            assert_eq!(show(byte), text);
        }
        let read = ["^C", "^c", "^?", "a", "undef", "0x1b", "033", "27", "256"].map(parse);
        assert_eq!(read, [Some(3), Some(3), Some(127), Some(b'a'), Some(0), Some(27), Some(27), Some(27), None]);
    }
}
