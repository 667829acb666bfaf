//! Copying what is in a file, and making files that have nothing in them.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsRawFd;

use vivarium_sys::Result;
use vivarium_sys::fs::{self, AT_FDCWD, FileKind, OpenFlags, Stat};
use vivarium_userland::bytes::path;
use vivarium_userland::quote;

use super::errno;

/// Bytes read at once.
const BUFFER: usize = 256 << 10;
/// Bytes that a hole consists of.
const HOLE: usize = 4096;

/// How a new file is opened and filled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Opening {
    /// Permissions of a new file, less the umask.
    pub(crate) mode: u32,
    /// Whether it must be new.
    pub(crate) exclusive: bool,
    /// Whether pages of zeros become holes.
    pub(crate) holes: bool,
}

/// Why contents were not copied, as a message. `unopened`: since the target could not be opened.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) unopened: bool,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Failure { message, unopened: false }
    }
}

/// Copies the bytes of a file.
///
/// # Errors
/// What failed.
pub(crate) fn contents(source: &[u8], target: &[u8], opening: Opening) -> std::result::Result<(), Failure> {
    let mut from = File::open(path(source))
        .map_err(|e| format!("cannot open {} for reading: {}", quote::message(source), errno(&e)))?;
    let mut to = create(target, opening, OpenFlags::TRUNCATE)?;
    let mut buffer = vec![0; BUFFER];
    // What cannot be sought in has no holes.
    let holes = opening.holes && fs::fstat(to.as_raw_fd()).is_ok_and(|stat| stat.is_file());
    let unwritten = |e: io::Error| format!("error writing {}: {}", quote::message(target), errno(&e));
    let mut hole = false;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(format!("error reading {}: {}", quote::message(source), errno(&e)).into()),
        };
        if holes {
            hole = sparsely(&mut to, &buffer[..count]).map_err(unwritten)?;
        } else {
            to.write_all(&buffer[..count]).map_err(unwritten)?;
        }
    }
    if hole {
        let size = to.stream_position().map_err(unwritten)?;
        to.set_len(size).map_err(unwritten)?;
    }
    Ok(())
}

/// Writes bytes, pages of zeros as holes. Whether a hole was last, so that the file's size is still to be set.
fn sparsely(to: &mut File, bytes: &[u8]) -> io::Result<bool> {
    let mut hole = false;
    for page in bytes.chunks(HOLE) {
        hole = page.iter().all(|&byte| byte == 0);
        if hole {
            to.seek(io::SeekFrom::Current(page.len() as i64))?;
        } else {
            to.write_all(page)?;
        }
    }
    Ok(hole)
}

/// Opens or makes an empty regular file, and leaves what is in one that is there.
///
/// # Errors
/// What failed.
pub(crate) fn touch(target: &[u8], opening: Opening) -> std::result::Result<(), Failure> {
    create(target, opening, OpenFlags::default()).map(drop)
}

fn create(target: &[u8], opening: Opening, flags: OpenFlags) -> std::result::Result<File, Failure> {
    let mut flags = OpenFlags::WRITE | OpenFlags::CREATE | flags;
    if opening.exclusive {
        flags = flags | OpenFlags::EXCLUSIVE;
    }
    match fs::open(AT_FDCWD, target, flags, opening.mode & 0o7777) {
        Ok(file) => Ok(File::from(file)),
        // What is missing before a slash is no directory yet.
        Err(vivarium_sys::Errno::ISDIR) if target.ends_with(b"/") && fs::lstat(target).is_err() => {
            let message =
                format!("cannot create regular file {}: {}", quote::message(target), vivarium_sys::Errno::NOTDIR);
            Err(message.into())
        }
        Err(errno) => Err(Failure {
            message: format!("cannot create regular file {}: {errno}", quote::message(target)),
            unopened: true,
        }),
    }
}

/// Makes `target` a file of the kind of `source` that is neither regular nor a directory. A new one has `mode`.
///
/// # Errors
/// What failed, as a message.
pub(crate) fn special(source: &[u8], target: &[u8], stat: &Stat, mode: u32) -> std::result::Result<(), String> {
    match stat.file_kind() {
        FileKind::Symlink => {
            let text = fs::readlink(AT_FDCWD, source)
                .map_err(|e| format!("cannot read symbolic link {}: {e}", quote::message(source)))?;
            symlink(&text, target).map_err(|e| format!("cannot create symbolic link {}: {e}", quote::message(target)))
        }
        kind => fs::mknod(AT_FDCWD, target, kind, mode)
            .map_err(|e| format!("cannot create special file {}: {e}", quote::message(target))),
    }
}

/// symlink().
pub(crate) fn symlink(text: &[u8], target: &[u8]) -> Result<()> {
    rustix::fs::symlink(path(text), path(target)).map_err(|error| errno(&error.into()))
}

/// link(), not following a symbolic link.
pub(crate) fn hard_link(source: &[u8], target: &[u8]) -> Result<()> {
    std::fs::hard_link(path(source), path(target)).map_err(|error| errno(&error))
}
