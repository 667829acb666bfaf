//! Standard streams and messages.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;

use vivarium_sys::Errno;

/// A standard descriptor as a file that is not closed when dropped.
#[derive(Debug)]
pub struct Standard(ManuallyDrop<File>);

impl Standard {
    /// Standard input.
    #[must_use]
    pub fn input() -> Standard {
        Standard::of(0)
    }

    /// Standard output, unbuffered.
    #[must_use]
    pub fn output() -> Standard {
        Standard::of(1)
    }

    /// Standard error.
    #[must_use]
    pub fn error() -> Standard {
        Standard::of(2)
    }

    fn of(fd: i32) -> Standard {
        // SAFETY: the descriptor is never closed through this file, as it is not dropped.
        Standard(ManuallyDrop::new(unsafe { File::from_raw_fd(fd) }))
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.0
    }
}

impl Read for Standard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl Write for Standard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard output behind a buffer.
pub type Output = BufWriter<Standard>;

/// Standard output behind a buffer of 64 KiB.
#[must_use]
pub fn output() -> Output {
    BufWriter::with_capacity(64 << 10, Standard::output())
}

/// What the operating system says of an error, without Rust's number.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    match Errno::from_io(error) {
        Some(errno) => errno.message().to_owned(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "Unexpected end of file".to_owned(),
        None => error.to_string(),
    }
}

/// Flushes `output`; gives `status`, or 1 with a message where that fails.
#[must_use]
pub fn finish(program: &str, output: &mut impl Write, status: i32) -> i32 {
    match output.flush() {
        Ok(()) => status,
        Err(error) => write_failed(program, &error),
    }
}

/// Says that standard output can't be written to. Gives the exit status, 1.
#[must_use]
pub fn write_failed(program: &str, error: &io::Error) -> i32 {
    eprintln!("{program}: write error: {}", reason(error));
    1
}
