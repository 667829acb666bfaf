//! The lines of the files, one after another.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use memchr::memchr;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{path, text};
use vivarium_userland::output::{Standard, reason};

use super::{BAD_INPUT, PANIC, Trouble, in_place};

/// Reads lines of one file.
pub(super) struct LineReader {
    file: Source,
    buffer: Bytes,
    at: usize,
    ended: bool,
    /// Whether to read no more than has been asked for.
    minimal: bool,
}

enum Source {
    Standard(Standard),
    File(File),
}

impl LineReader {
    pub(super) fn standard(minimal: bool) -> LineReader {
        LineReader::of(Source::Standard(Standard::input()), minimal)
    }

    pub(super) fn open(name: &[u8], minimal: bool) -> io::Result<LineReader> {
        if name == b"/dev/stdin" {
            return Ok(LineReader::standard(minimal));
        }
        Ok(LineReader::of(Source::File(File::open(path(name))?), minimal))
    }

    fn of(file: Source, minimal: bool) -> LineReader {
        LineReader { file, buffer: Bytes::new(), at: 0, ended: false, minimal }
    }

    /// Appends the next line to `line`. Tells whether it had an end; `None` where there is no more.
    pub(super) fn read(&mut self, delimiter: u8, line: &mut Bytes) -> io::Result<Option<bool>> {
        let mut any = false;
        loop {
            let unread = &self.buffer[self.at..];
            if let Some(length) = memchr(delimiter, unread) {
                line.extend_from_slice(&unread[..length]);
                self.at += length + 1;
                return Ok(Some(true));
            }
            any |= !unread.is_empty();
            line.extend_from_slice(unread);
            self.at = self.buffer.len();
            if !self.fill()? {
                return Ok(any.then_some(false));
            }
        }
    }

    /// Whether there is nothing more to read.
    pub(super) fn is_at_end(&mut self) -> io::Result<bool> {
        Ok(self.at == self.buffer.len() && !self.fill()?)
    }

    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.resize(if self.minimal { 1 } else { 64 << 10 }, 0);
        self.at = 0;
        let result = loop {
            let result = match &mut self.file {
                Source::Standard(file) => file.read(&mut self.buffer),
                Source::File(file) => file.read(&mut self.buffer),
            };
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(*result.as_ref().unwrap_or(&0));
        self.ended = matches!(result, Ok(0));
        result.map(|count| count > 0)
    }

    /// Leaves what was not used to whoever reads standard input next, as far as it lies in a file.
    fn give_back(&mut self) {
        let unread = (self.buffer.len() - self.at) as i64;
        if let Source::Standard(file) = &self.file
            && unread > 0
        {
            let _ = file.file().seek(SeekFrom::Current(-unread));
        }
    }
}

/// A file that is open.
pub(super) struct Open {
    pub(super) name: Bytes,
    pub(super) reader: LineReader,
}

/// All the input.
pub(super) struct Input {
    names: VecDeque<Bytes>,
    pub(super) current: Option<Open>,
    /// A file that was opened to see whether there are more lines.
    ahead: Option<Open>,
    /// Whether files are read each by itself.
    separate: bool,
    in_place: bool,
    follow_symlinks: bool,
    minimal: bool,
    delimiter: u8,
    /// Exit status for what could not be read.
    pub(super) status: i32,
    pub(super) line_number: u64,
}

/// What reading the next line has come to.
pub(super) enum Next {
    /// A line, and whether it had an end.
    Line(bool),
    /// The current file is at its end.
    EndOfFile,
    /// There is nothing more.
    End,
}

impl Input {
    pub(super) fn new(names: Vec<Bytes>, settings: &super::options::Settings) -> Input {
        Input {
            names: if names.is_empty() { VecDeque::from([b"-".to_vec()]) } else { names.into() },
            current: None,
            ahead: None,
            separate: settings.separate,
            in_place: settings.in_place.is_some(),
            follow_symlinks: settings.follow_symlinks,
            minimal: settings.unbuffered,
            delimiter: settings.delimiter,
            status: 0,
            line_number: 0,
        }
    }

    /// Appends the next line of the current file to `line`.
    pub(super) fn read(&mut self, line: &mut Bytes) -> Result<Next, Trouble> {
        let Some(open) = &mut self.current else { return Ok(Next::End) };
        match open.reader.read(self.delimiter, line) {
            Ok(Some(ended)) => {
                self.line_number += 1;
                Ok(Next::Line(ended))
            }
            Ok(None) => Ok(Next::EndOfFile),
            Err(error) => Err(unreadable(&open.name, &error)),
        }
    }

    /// Goes on to the next file that can be opened. Tells whether there is one.
    pub(super) fn advance(&mut self) -> Result<bool, Trouble> {
        if let Some(mut open) = self.current.take() {
            open.reader.give_back();
        }
        self.current = match self.ahead.take() {
            None => self.open_next()?,
            ahead => ahead,
        };
        if self.separate && self.current.is_some() {
            self.line_number = 0;
        }
        Ok(self.current.is_some())
    }

    /// Whether the line read last is the last of the input; each file's last is where they are separate.
    pub(super) fn is_last(&mut self) -> Result<bool, Trouble> {
        let Some(open) = &mut self.current else { return Ok(true) };
        if !open.reader.is_at_end().map_err(|error| unreadable(&open.name, &error))? {
            return Ok(false);
        }
        if self.separate {
            return Ok(true);
        }
        loop {
            if self.ahead.is_none() {
                self.ahead = self.open_next()?;
            }
            let Some(ahead) = &mut self.ahead else { return Ok(true) };
            match ahead.reader.is_at_end() {
                Ok(true) => self.ahead = None,
                // What can't be read is told of when it is its turn.
                Ok(false) | Err(_) => return Ok(false),
            }
        }
    }

    fn open_next(&mut self) -> Result<Option<Open>, Trouble> {
        while let Some(mut name) = self.names.pop_front() {
            if name == b"-" && !self.in_place {
                return Ok(Some(Open { name, reader: LineReader::standard(self.minimal) }));
            }
            if self.follow_symlinks {
                name = in_place::resolve(name)?;
            }
            match LineReader::open(&name, self.minimal) {
                Ok(reader) => return Ok(Some(Open { name, reader })),
                Err(error) => {
                    eprintln!("sed: can't read {}: {}", text(&name), reason(&error));
                    self.status = BAD_INPUT;
                }
            }
        }
        Ok(None)
    }

    /// Leaves standard input where sed has got to.
    pub(super) fn finish(&mut self) {
        for mut open in self.current.take().into_iter().chain(self.ahead.take()) {
            open.reader.give_back();
        }
    }
}

fn unreadable(name: &[u8], error: &io::Error) -> Trouble {
    Trouble { status: PANIC, message: format!("read error on {}: {}", text(name), reason(error)) }
}
