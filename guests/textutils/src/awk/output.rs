//! Where print writes.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};

use vivarium_sys::process::{Child, Command, Stdio};
use vivarium_userland::Bytes;
use vivarium_userland::bytes::path;
use vivarium_userland::output::{Output, Standard, output};

enum Stream {
    /// A file closed for want of descriptors, to be opened again when it is written to.
    Parked,
    Output,
    File(BufWriter<File>),
    Error(Standard),
    Command(Box<Child>, BufWriter<File>),
}

pub(super) struct Outputs {
    pub(super) standard: Output,
    streams: HashMap<Bytes, Stream>,
    /// Whether each print is to be seen at once.
    interactive: bool,
}

impl Outputs {
    pub(super) fn new() -> Outputs {
        Outputs { standard: output(), streams: HashMap::new(), interactive: vivarium_sys::tty::isatty(1) }
    }

    pub(super) fn print(&mut self, text: &[u8]) -> io::Result<()> {
        self.standard.write_all(text)?;
        if self.interactive { self.standard.flush() } else { Ok(()) }
    }

    /// Opens a file, unless it is open already.
    pub(super) fn open_file(&mut self, name: &[u8], append: bool) -> io::Result<()> {
        if self.streams.contains_key(name) {
            return Ok(());
        }
        let stream = match name {
            b"-" | b"/dev/stdout" => Stream::Output,
            b"/dev/stderr" => {
                self.standard.flush()?;
                Stream::Error(Standard::error())
            }
            _ => {
                let mut options = OpenOptions::new();
                options.create(true).append(append).write(true).truncate(!append);
                Stream::File(BufWriter::new(self.open(&options, name)?))
            }
        };
        self.streams.insert(name.to_vec(), stream);
        Ok(())
    }

    /// Starts a command to write to, unless it runs already.
    pub(super) fn open_pipe(&mut self, command: &[u8]) -> io::Result<()> {
        if self.streams.contains_key(command) {
            return Ok(());
        }
        self.flush()?;
        let mut child = shell(command).stdin(Stdio::Piped).spawn().map_err(io::Error::from)?;
        let Some(input) = child.stdin.take() else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let writer = BufWriter::new(input);
        self.streams.insert(command.to_vec(), Stream::Command(Box::new(child), writer));
        Ok(())
    }

    /// Writes to what is open.
    pub(super) fn write(&mut self, name: &[u8], text: &[u8]) -> io::Result<()> {
        if let Some(Stream::Parked) = self.streams.get(name) {
            let file = self.open(OpenOptions::new().append(true), name)?;
            self.streams.insert(name.to_vec(), Stream::File(BufWriter::new(file)));
        }
        match self.streams.get_mut(name) {
            Some(Stream::Parked) | None => Ok(()),
            Some(Stream::File(file) | Stream::Command(_, file)) => file.write_all(text),
            Some(Stream::Error(error)) => error.write_all(text),
            Some(Stream::Output) => self.print(text),
        }
    }

    /// Opens a file, by closing others for a while where there are too many.
    fn open(&mut self, options: &OpenOptions, name: &[u8]) -> io::Result<File> {
        loop {
            let error = match options.open(path(name)) {
                Ok(file) => return Ok(file),
                Err(error) => error,
            };
            let too_many = vivarium_sys::Errno::from_io(&error) == Some(vivarium_sys::Errno::MFILE);
            let file = self.streams.values_mut().find(|stream| matches!(stream, Stream::File(_)));
            let (true, Some(stream)) = (too_many, file) else { return Err(error) };
            if let Stream::File(mut file) = std::mem::replace(stream, Stream::Parked) {
                file.flush()?;
            }
        }
    }

    /// fflush() of one. Whether there is one of that name.
    pub(super) fn flush_one(&mut self, name: &[u8]) -> bool {
        match self.streams.get_mut(name) {
            Some(Stream::File(file) | Stream::Command(_, file)) => file.flush().is_ok(),
            Some(Stream::Error(_) | Stream::Parked) => true,
            Some(Stream::Output) => self.standard.flush().is_ok(),
            None => name == b"/dev/stdout" && self.standard.flush().is_ok(),
        }
    }

    /// Writes out all that is held back.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.standard.flush()?;
        for stream in self.streams.values_mut() {
            if let Stream::File(file) | Stream::Command(_, file) = stream {
                file.flush()?;
            }
        }
        Ok(())
    }

    /// Closes a file or command; gives its status, `None` where it is not open.
    pub(super) fn close(&mut self, name: &[u8]) -> Option<f64> {
        match self.streams.remove(name)? {
            Stream::File(mut file) => Some(if file.flush().is_ok() { 0.0 } else { -1.0 }),
            Stream::Error(_) | Stream::Output | Stream::Parked => Some(0.0),
            Stream::Command(mut child, mut file) => {
                let _ = self.standard.flush();
                let _ = file.flush();
                drop(file);
                Some(child.wait().map_or(-1.0, super::getline::code))
            }
        }
    }

    /// Closes everything.
    pub(super) fn close_all(&mut self) -> io::Result<()> {
        let result = self.standard.flush();
        for name in self.streams.keys().cloned().collect::<Vec<_>>() {
            self.close(&name);
        }
        result
    }
}

/// A command as the shell runs it.
pub(super) fn shell(command: &[u8]) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg0("sh").arg("-c").arg(command);
    shell
}
