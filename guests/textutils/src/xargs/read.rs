//! Splitting the input into words.

use std::io::{BufRead, BufReader, Read};

use vivarium_userland::Bytes;

/// What stands between words.
#[derive(Clone, Copy, Debug)]
pub(super) enum Separator {
    /// Blanks and newlines, with quotes and backslashes.
    Blanks,
    /// One byte, and nothing else is special.
    Byte(u8),
}

/// A word, and whether it is the last of its line.
pub(super) struct Word {
    pub(super) bytes: Bytes,
    pub(super) ends_line: bool,
}

pub(super) struct Reader {
    input: BufReader<Box<dyn Read>>,
    separator: Separator,
    end: Option<Bytes>,
    finished: bool,
}

impl Reader {
    pub(super) fn new(input: Box<dyn Read>, separator: Separator, end: Option<Bytes>) -> Reader {
        Reader { input: BufReader::with_capacity(64 << 10, input), separator, end, finished: false }
    }

    fn byte(&mut self) -> Result<Option<u8>, String> {
        let buffer = self.input.fill_buf().map_err(|error| vivarium_userland::output::reason(&error))?;
        let byte = buffer.first().copied();
        self.input.consume(usize::from(byte.is_some()));
        Ok(byte)
    }

    fn peek(&mut self) -> Result<Option<u8>, String> {
        let buffer = self.input.fill_buf().map_err(|error| vivarium_userland::output::reason(&error))?;
        Ok(buffer.first().copied())
    }

    /// The next word.
    pub(super) fn word(&mut self) -> Result<Option<Word>, String> {
        if self.finished {
            return Ok(None);
        }
        match self.separator {
            Separator::Byte(separator) => {
                let item = self.item(separator)?;
                Ok(item.map(|bytes| Word { bytes, ends_line: true }))
            }
            Separator::Blanks => self.quoted_word(),
        }
    }

    fn item(&mut self, separator: u8) -> Result<Option<Bytes>, String> {
        let mut item = Bytes::new();
        let count = self.input.read_until(separator, &mut item).map_err(|e| vivarium_userland::output::reason(&e))?;
        if count == 0 {
            return Ok(None);
        }
        if item.last() == Some(&separator) {
            item.pop();
        }
        Ok(Some(item))
    }

    fn quoted_word(&mut self) -> Result<Option<Word>, String> {
        let mut bytes = Bytes::new();
        let mut begun = false;
        loop {
            let byte = self.byte()?;
            match byte {
                None if !begun => return Ok(None),
                Some(b' ' | b'\t' | b'\n' | 11 | 12 | 13) if !begun => {}
                None | Some(b' ' | b'\t' | b'\n') => {
                    if self.end.as_ref() == Some(&bytes) {
                        self.finished = true;
                        return Ok(None);
                    }
                    // A blank at the end of a line continues it (-L).
                    let ends_line = byte != Some(b' ') && byte != Some(b'\t');
                    return Ok(Some(Word { bytes, ends_line }));
                }
                Some(quote @ (b'\'' | b'"')) => {
                    begun = true;
                    self.quoted(quote, &mut bytes)?;
                }
                Some(b'\\') => {
                    begun = true;
                    bytes.extend(self.byte()?);
                }
                Some(other) => {
                    begun = true;
                    bytes.push(other);
                }
            }
        }
    }

    fn quoted(&mut self, quote: u8, bytes: &mut Bytes) -> Result<(), String> {
        loop {
            match self.byte()? {
                Some(byte) if byte == quote => return Ok(()),
                None | Some(b'\n') => {
                    let kind = if quote == b'"' { "double" } else { "single" };
                    return Err(format!(
                        "unmatched {kind} quote; by default quotes are special to xargs unless you use the -0 option"
                    ));
                }
                Some(byte) => bytes.push(byte),
            }
        }
    }

    /// The next line that is not empty, as `-I` takes it: without blanks before it, with quotes and backslashes.
    pub(super) fn line(&mut self) -> Result<Option<Bytes>, String> {
        if self.finished {
            return Ok(None);
        }
        if let Separator::Byte(separator) = self.separator {
            return self.item(separator);
        }
        let mut line = Bytes::new();
        while let Some(b' ' | b'\t' | b'\n' | 11 | 12 | 13) = self.peek()? {
            self.byte()?;
        }
        let mut begun = false;
        loop {
            match self.byte()? {
                None if !begun => return Ok(None),
                None | Some(b'\n') => break,
                Some(quote @ (b'\'' | b'"')) => self.quoted(quote, &mut line)?,
                Some(b'\\') => line.extend(self.byte()?),
                Some(byte) => line.push(byte),
            }
            begun = true;
        }
        if self.end.as_ref() == Some(&line) {
            self.finished = true;
            return Ok(None);
        }
        Ok(Some(line))
    }
}

/// The byte that the argument of `-d` stands for.
pub(super) fn delimiter(text: &[u8]) -> Option<u8> {
    match text {
        [byte] => Some(*byte),
        [b'\\', letter] => Some(match letter {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' => b'\\',
            b'0'..=b'7' => letter - b'0',
            _ => return None,
        }),
        [b'\\', b'x', hex @ ..] => u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok(),
        [b'\\', octal @ ..] => u8::from_str_radix(std::str::from_utf8(octal).ok()?, 8).ok(),
        _ => None,
    }
}
