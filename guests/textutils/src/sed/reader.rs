//! The characters of a script, and where in it an error is.

use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;

use super::brackets::Brackets;

/// An argument of `-e` or a file of `-f`.
pub(super) struct Source {
    pub(super) text: Bytes,
    /// The file's name.
    pub(super) file: Option<Bytes>,
}

/// Reads one source.
pub(super) struct Reader<'a> {
    source: &'a Source,
    /// Which of the arguments of `-e` it is, from 1.
    expression: usize,
    pub(super) at: usize,
    pub(super) line: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source, expression: usize) -> Reader<'a> {
        Reader { source, expression, at: 0, line: 1 }
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.source.text.get(self.at).copied()?;
        self.at += 1;
        if byte == b'\n' {
            self.line += 1;
        }
        Some(byte)
    }

    /// Gives back what [`Reader::next`] has given.
    pub(super) fn back(&mut self, byte: Option<u8>) {
        let Some(byte) = byte else { return };
        self.at -= 1;
        if byte == b'\n' {
            self.line -= 1;
        }
    }

    /// The next byte that is no blank.
    pub(super) fn next_non_blank(&mut self) -> Option<u8> {
        loop {
            match self.next() {
                Some(b' ' | b'\t') => {}
                other => return other,
            }
        }
    }

    /// The next byte that is no white space.
    pub(super) fn next_non_space(&mut self) -> Option<u8> {
        loop {
            match self.next() {
                Some(byte) if is_space(byte) => {}
                other => return other,
            }
        }
    }

    /// The number that begins with `first`; 0 where that is no digit, which is then given back.
    pub(super) fn number(&mut self, first: Option<u8>) -> u64 {
        let (mut number, mut next) = (0u64, first);
        while let Some(digit @ b'0'..=b'9') = next {
            number = number.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
            next = self.next();
        }
        self.back(next);
        number
    }

    /// A label or version: up to white space, a semicolon, a brace or a comment.
    pub(super) fn word(&mut self) -> Bytes {
        let mut word = Bytes::new();
        let mut next = self.next_non_blank();
        while let Some(byte) = next.filter(|&b| !is_space(b) && !b";}#".contains(&b)) {
            word.push(byte);
            next = self.next();
        }
        self.back(next);
        word
    }

    /// The rest of the line.
    pub(super) fn rest_of_line(&mut self) -> Bytes {
        let mut rest = Bytes::new();
        while let Some(byte) = self.next().filter(|&b| b != b'\n') {
            rest.push(byte);
        }
        rest
    }

    /// Up to the delimiter, of which a backslash takes the meaning. In a pattern `\n` is a newline.
    pub(super) fn delimited(&mut self, delimiter: u8, is_pattern: bool) -> Option<Bytes> {
        let mut taken = Bytes::new();
        let mut brackets = Brackets::default();
        loop {
            let mut byte = self.next()?;
            if byte == delimiter && !brackets.inside() {
                return Some(taken);
            }
            if byte == b'\n' {
                self.back(Some(byte));
                return None;
            }
            if byte == b'\\' {
                byte = self.next()?;
                if byte == delimiter {
                    // Of an ampersand in a replacement the backslash is what makes it a character.
                    if !is_pattern && byte == b'&' {
                        taken.push(b'\\');
                    }
                } else if byte == b'n' && is_pattern {
                    byte = b'\n';
                } else if byte != b'\n' {
                    taken.push(b'\\');
                }
                if brackets.inside() {
                    brackets.see(byte);
                }
            } else if is_pattern {
                brackets.see(byte);
            }
            taken.push(byte);
        }
    }

    /// Reads over what may end a command.
    pub(super) fn end_of_command(&mut self) -> Result<(), String> {
        match self.next_non_blank() {
            None | Some(b'\n' | b';') => Ok(()),
            byte @ Some(b'}' | b'#') => {
                self.back(byte);
                Ok(())
            }
            Some(b'\r') if matches!(self.source.text.get(self.at), None | Some(b'\n')) => Ok(()),
            Some(_) => Err(self.error("extra characters after command")),
        }
    }

    /// A message about what was read last.
    pub(super) fn error(&self, message: &str) -> String {
        self.error_at(self.at, message)
    }

    pub(super) fn error_at(&self, at: usize, message: &str) -> String {
        match &self.source.file {
            Some(file) => format!("file {} line {}: {message}", text(file), self.line),
            None => format!("-e expression #{}, char {at}: {message}", self.expression),
        }
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
