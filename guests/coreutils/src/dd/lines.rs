//! `conv=block` and `unblock`: lines of any length to records of one, and back (POSIX dd, "OPERANDS").

use vivarium_userland::Bytes;

use super::operands::Lines;

/// Turns lines into records or back, over all that is read.
pub(super) struct Liner {
    lines: Lines,
    size: usize,
    /// Bytes of the present line or record.
    held: Bytes,
    /// Bytes of the present line that had no place in its record.
    cut: usize,
    space: u8,
    newline: u8,
    /// Lines that were longer than a record.
    pub(super) truncated: u64,
}

impl Liner {
    /// `space` and `newline` are those of what comes out of the table that is applied before.
    pub(super) fn new(lines: Lines, size: usize, space: u8, newline: u8) -> Liner {
        Liner { lines, size, held: Bytes::new(), cut: 0, space, newline, truncated: 0 }
    }

    /// Takes input, adds to the output.
    pub(super) fn push(&mut self, input: &[u8], output: &mut Bytes) {
        for &byte in input {
            match self.lines {
                Lines::Block if byte == self.newline => self.end(output),
                Lines::Block if self.held.len() < self.size => self.held.push(byte),
                Lines::Block => {
                    self.truncated += u64::from(self.cut == 0);
                    self.cut += 1;
                }
                Lines::Unblock => {
                    self.held.push(byte);
                    if self.held.len() == self.size {
                        self.end(output);
                    }
                }
            }
        }
    }

    fn end(&mut self, output: &mut Bytes) {
        match self.lines {
            Lines::Block => self.held.resize(self.size, self.space),
            Lines::Unblock => {
                let text = self.held.iter().rposition(|&byte| byte != self.space).map_or(0, |last| last + 1);
                self.held.truncate(text);
                self.held.push(self.newline);
            }
        }
        output.append(&mut self.held);
        self.cut = 0;
    }

    /// Adds what the end of the input leaves.
    pub(super) fn finish(&mut self, output: &mut Bytes) {
        if !self.held.is_empty() || self.cut > 0 {
            self.end(output);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(lines: Lines, input: &[u8]) -> (Bytes, u64) {
        let mut liner = Liner::new(lines, 4, b' ', b'\n');
        let mut output = Bytes::new();
        for piece in input.chunks(3) {
            liner.push(piece, &mut output);
        }
        liner.finish(&mut output);
        (output, liner.truncated)
    }

    #[test]
    fn lines_become_records_and_back() {
        assert_eq!(all(Lines::Block, b"ab\n\nabcdef\nx"), (b"ab      abcdx   ".to_vec(), 1));
        assert_eq!(all(Lines::Unblock, b"ab      abcdx"), (b"ab\n\nabcd\nx\n".to_vec(), 0));
    }
}
