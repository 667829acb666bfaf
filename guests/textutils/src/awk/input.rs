//! Reading records.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

use memchr::memchr;
use vivarium_sys::poll::{PollFd, events, poll};
use vivarium_userland::Bytes;
use vivarium_userland::posix_regex::Regex;

/// What ends a record.
pub(super) enum Separator {
    Byte(u8),
    /// Blank lines; newlines part fields too.
    Paragraph,
    Regex {
        regex: Regex,
        /// Whether a match may be longer once there is more input.
        open_ended: bool,
    },
}

impl Separator {
    pub(super) fn regex(regex: Regex, pattern: &[u8]) -> Separator {
        let open_ended = pattern.iter().any(|byte| b"*+?{}|".contains(byte));
        Separator::Regex { regex, open_ended }
    }
}

pub(super) struct Reader {
    input: Box<dyn Read>,
    fd: RawFd,
    buffer: Bytes,
    at: usize,
    ended: bool,
    /// What ended the last record: RT.
    pub(super) terminator: Bytes,
    /// How long to wait for input.
    pub(super) timeout: Option<Duration>,
    /// Whether anything was read: `^` of RS is the start of the input.
    begun: bool,
}

impl Reader {
    pub(super) fn new(input: Box<dyn Read>, fd: RawFd) -> Reader {
        Reader {
            input,
            fd,
            buffer: Bytes::new(),
            at: 0,
            ended: false,
            terminator: Bytes::new(),
            timeout: None,
            begun: false,
        }
    }

    pub(super) fn of_file(file: File) -> Reader {
        let fd = file.as_raw_fd();
        Reader::new(Box::new(file), fd)
    }

    fn fill(&mut self) -> std::io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if let Some(timeout) = self.timeout {
            let mut fds = [PollFd::new(self.fd, events::READABLE)];
            if poll(&mut fds, Some(timeout)).is_ok_and(|ready| ready == 0) {
                return Err(std::io::ErrorKind::TimedOut.into());
            }
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
                Separator::Regex { regex, open_ended } => separation(regex, text, self.begun)
                    .filter(|(_, end)| *end < text.len() || self.ended || !open_ended),
            };
            if let Some((end, next)) = found {
                let record = text[..end].to_vec();
                self.begun = true;
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
        } else if let Separator::Regex { regex, .. } = separator
            && let Some((start, end)) = separation(regex, &rest, self.begun)
            && end == rest.len()
        {
            self.terminator.extend_from_slice(&rest[start..]);
            rest.truncate(start);
        }
        Ok(Some(rest))
    }
}

/// The first match that is not empty. `begun`: the text is not the input's start, which alone `^` matches.
fn separation(regex: &Regex, text: &[u8], begun: bool) -> Option<(usize, usize)> {
    let mut at = 0;
    while at <= text.len() {
        let (start, end) = regex.find_at(text, at)?;
        if end > start && !(begun && start == 0 && regex.find_at(&[b"\n", text].concat(), 1) != Some((1, end + 1))) {
            return Some((start, end));
        }
        at = start + 1;
    }
    None
}
