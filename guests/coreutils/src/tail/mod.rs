//! `tail` (POSIX tail, with GNU's options).

mod file;
mod follow;
mod options;
mod show;

use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};

use vivarium_sys::fs::{self, AT_FDCWD, FileKind, OpenFlags, Stat};
use vivarium_sys::{Errno, Result};
use vivarium_userland::output::{self, Output};
use vivarium_userland::{Bytes, quote};

use self::file::{File, State};
use self::options::{Follow, Options};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (options, names) = options::read(arguments);
    if options.amount.is_nothing() && options.follow.is_none() {
        return 0;
    }
    let mut tail =
        Tail { headers: options.headers(names.len()), options, out: output::output(), last: None, status: 0 };
    let mut files: Vec<File> = names.into_iter().map(File::new).collect();
    for (index, file) in files.iter_mut().enumerate() {
        if let Err(error) = tail.begin(index, file).and_then(|()| tail.out.flush()) {
            return output::write_failed("tail", &error);
        }
    }
    if tail.options.follow.is_some()
        && let Err(error) = follow::run(&mut tail, &mut files)
    {
        return output::write_failed("tail", &error);
    }
    if files.iter().any(File::is_input)
        && let Err(errno) = fs::fstat(0)
    {
        eprintln!("tail: -: {errno}");
        tail.status = 1;
    }
    output::finish("tail", &mut tail.out, tail.status)
}

/// A run of the program.
struct Tail {
    options: Options,
    /// Whether names are printed above.
    headers: bool,
    out: Output,
    /// What was printed of last.
    last: Option<usize>,
    status: i32,
}

/// A descriptor without its owner: standard input is not this program's to close.
#[derive(Debug)]
enum Source {
    Input,
    Opened(OwnedFd),
}

impl AsRawFd for Source {
    fn as_raw_fd(&self) -> i32 {
        match self {
            Source::Input => 0,
            Source::Opened(fd) => fd.as_raw_fd(),
        }
    }
}

impl AsRawFd for &Source {
    fn as_raw_fd(&self) -> i32 {
        (*self).as_raw_fd()
    }
}

impl Tail {
    fn error(&mut self, message: &str) {
        let _ = self.out.flush();
        eprintln!("tail: {message}");
    }

    fn fail(&mut self, message: &str) {
        self.error(message);
        self.status = 1;
    }

    /// Prints the name of a file, unless it is the one that was printed of last.
    fn header(&mut self, index: usize, file: &File) -> std::io::Result<()> {
        if !self.headers || self.last == Some(index) {
            return Ok(());
        }
        let first = self.last.replace(index).is_none();
        self.out.write_all(if first { b"==> " } else { b"\n==> " })?;
        self.out.write_all(file.shown())?;
        self.out.write_all(b" <==\n")
    }

    /// Prints what is asked for of a file, and gets it ready to be followed.
    fn begin(&mut self, index: usize, file: &mut File) -> std::io::Result<()> {
        let following = self.options.follow.is_some();
        let source = match file.open() {
            Ok(source) => source,
            Err(errno) => {
                self.fail(&format!("cannot open {} for reading: {errno}", quote::message(file.shown())));
                file.state = if following && self.options.retry { State::Missing(errno) } else { State::GivenUp };
                return Ok(());
            }
        };
        self.header(index, file)?;
        let stat = match fs::fstat(&source) {
            Ok(stat) => stat,
            Err(errno) => {
                self.fail(&format!("cannot fstat {}: {errno}", quote::message(file.shown())));
                self.fail(&format!("error reading {}: {errno}", quote::message(file.shown())));
                file.state = State::GivenUp;
                return Ok(());
            }
        };
        let mut whole = true;
        if let Err(fault) = show::show(&source, &stat, &self.options, &mut self.out) {
            match fault {
                show::Fault::Read(errno) => {
                    self.fail(&format!("error reading {}: {errno}", quote::message(file.shown())));
                    whole = false;
                }
                show::Fault::Write(error) => return Err(error),
            }
        }
        if !following {
            return Ok(());
        }
        // A pipe at standard input ends with its writers: there is nothing to follow (POSIX tail -f).
        if file.is_input() && matches!(stat.file_kind(), FileKind::Fifo | FileKind::Socket) {
            file.state = State::Ended;
        } else if !can_follow(&stat) {
            let given_up = !self.options.retry;
            let more = if given_up { "; giving up on this name" } else { "" };
            self.fail(&format!("{}: cannot follow end of this type of file{more}", quote::maybe(file.shown())));
            file.state = if given_up { State::GivenUp } else { State::Missing(Errno::ISDIR) };
        } else if whole {
            file.state = State::open(source, &stat);
        } else {
            file.state = State::GivenUp;
        }
        Ok(())
    }
}

/// Whether files of this kind can grow.
fn can_follow(stat: &Stat) -> bool {
    !matches!(stat.file_kind(), FileKind::Directory | FileKind::BlockDevice)
}

/// Opens a file to read it from the beginning.
fn open(name: &[u8], nonblocking: bool) -> Result<OwnedFd> {
    let flags = OpenFlags::READ | if nonblocking { OpenFlags::NONBLOCK } else { OpenFlags::default() };
    fs::open(AT_FDCWD, name, flags, 0)
}

/// Whether files are followed by their names.
fn by_name(options: &Options) -> bool {
    options.follow == Some(Follow::Name)
}
