//! Where sed writes.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use vivarium_userland::Bytes;
use vivarium_userland::bytes::path;
use vivarium_userland::output::Standard;

use super::Trouble;

/// Standard output or error, a file of `w`, or the one being edited.
pub(super) struct Output {
    name: Bytes,
    writer: BufWriter<Box<dyn Write>>,
    /// Whether what was written last was a line whose input had no end of line, and which gets one only if more comes.
    unended: bool,
    delimiter: u8,
    /// Whether each line is to be seen at once.
    flushes: bool,
}

impl Output {
    pub(super) fn new(name: &[u8], writer: Box<dyn Write>, delimiter: u8, flushes: bool) -> Output {
        let writer = BufWriter::with_capacity(64 << 10, writer);
        Output { name: name.to_vec(), writer, unended: false, delimiter, flushes }
    }

    pub(super) fn standard(delimiter: u8, unbuffered: bool) -> Output {
        let flushes = unbuffered || vivarium_sys::tty::isatty(1);
        Output::new(b"stdout", Box::new(Standard::output()), delimiter, flushes)
    }

    pub(super) fn create(name: &[u8], delimiter: u8, unbuffered: bool) -> Result<Output, Trouble> {
        if name == b"/dev/stderr" {
            return Ok(Output::new(b"stderr", Box::new(Standard::error()), delimiter, true));
        }
        let file = File::create(path(name)).map_err(|error| Trouble::of_file("couldn't open file", name, &error))?;
        Ok(Output::new(name, Box::new(file), delimiter, unbuffered))
    }

    /// Writes a line, and its end if it had one.
    pub(super) fn line(&mut self, line: &[u8], ended: bool) -> Result<(), Trouble> {
        self.try_line(line, ended).map_err(|error| self.trouble(&error))
    }

    /// Writes something that is no line of input.
    pub(super) fn text(&mut self, text: &[u8]) -> Result<(), Trouble> {
        self.try_text(text).map_err(|error| self.trouble(&error))
    }

    pub(super) fn flush(&mut self) -> Result<(), Trouble> {
        self.writer.flush().map_err(|error| self.trouble(&error))
    }

    fn try_line(&mut self, line: &[u8], ended: bool) -> io::Result<()> {
        self.end_line()?;
        self.writer.write_all(line)?;
        if ended {
            self.writer.write_all(&[self.delimiter])?;
        }
        self.unended = !ended;
        self.flush_if_seen()
    }

    fn try_text(&mut self, text: &[u8]) -> io::Result<()> {
        self.end_line()?;
        self.writer.write_all(text)?;
        self.flush_if_seen()
    }

    fn end_line(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.unended) { self.writer.write_all(&[self.delimiter]) } else { Ok(()) }
    }

    fn flush_if_seen(&mut self) -> io::Result<()> {
        if self.flushes { self.writer.flush() } else { Ok(()) }
    }

    fn trouble(&self, error: &io::Error) -> Trouble {
        Trouble::of_file("couldn't write to", &self.name, error)
    }
}
