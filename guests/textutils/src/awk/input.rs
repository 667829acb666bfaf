//! Reading records.

use std::io::Read;

use memchr::memchr;
use vivarium_userland::Bytes;
use vivarium_userland::posix_regex::Regex;

/// What ends a record.
pub(super) enum Separator {
    Byte(u8),
    /// Blank lines; newlines part fields too.
    Paragraph,
    Regex(Regex),
}

pub(super) struct Reader {
    input: Box<dyn Read>,
    buffer: Bytes,
    at: usize,
    ended: bool,
    /// What ended the last record: RT.
    pub(super) terminator: Bytes,
}

impl Reader {
    pub(super) fn new(input: Box<dyn Read>) -> Reader {
        Reader { input, buffer: Bytes::new(), at: 0, ended: false, terminator: Bytes::new() }
    }

    fn fill(&mut self) -> std::io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..std::mem::take(&mut self.at));
        let length = self.buffer.len();
        self.buffer.resize(length + (64 << 10).max(length), 0);
        let result = self.input.read(&mut self.buffer[length..]);
        self.buffer.truncate(length + *result.as_ref().unwrap_or(&0));
        match result {
            Ok(0) => {
                self.ended = true;
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The next record.
    pub(super) fn record(&mut self, separator: &Separator) -> std::io::Result<Option<Bytes>> {
        if matches!(separator, Separator::Paragraph) {
            // Newlines before the first record are none.
            loop {
                let skipped = self.buffer[self.at..].iter().take_while(|b| **b == b'\n').count();
                self.at += skipped;
                if self.at < self.buffer.len() || !self.fill()? {
                    break;
                }
            }
        }
        loop {
            let text = &self.buffer[self.at..];
            // A match that reaches the end could be longer with more input.
            let found = match separator {
                Separator::Byte(byte) => memchr(*byte, text).map(|at| (at, at + 1)),
                Separator::Paragraph => memchr::memmem::find(text, b"\n\n").map(|at| {
                    let run = text[at..].iter().take_while(|b| **b == b'\n').count();
                    (at, at + run)
                }),
                Separator::Regex(regex) => {
                    regex.find_at(text, 0).filter(|(start, end)| end > start && (*end < text.len() || self.ended))
                }
            };
            if let Some((end, next)) = found {
                let record = text[..end].to_vec();
                self.terminator.clear();
                self.terminator.extend_from_slice(&text[end..next]);
                self.at += next;
                return Ok(Some(record));
            }
            if !self.fill()? {
                break;
            }
        }
        let mut rest = self.buffer[self.at..].to_vec();
        self.at = self.buffer.len();
        self.terminator.clear();
        if rest.is_empty() {
            return Ok(None);
        }
        if matches!(separator, Separator::Paragraph) {
            while rest.last() == Some(&b'\n') {
                rest.pop();
                self.terminator.push(b'\n');
            }
        } else if let Separator::Regex(regex) = separator
            && let Some((start, end)) = regex.find_at(&rest, 0)
            && end == rest.len()
            && start < end
        {
            self.terminator.extend_from_slice(&rest[start..]);
            rest.truncate(start);
        }
        Ok(Some(rest))
    }
}
