use std::os::fd::AsRawFd;

use super::AT_FDCWD;
use crate::{Errno, Path, Result, number, raw};

pub use raw::{FileSystemStat, Stat};

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// Not known.
    Unknown,
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A pipe.
    Fifo,
    /// A socket.
    Socket,
}

impl FileKind {
    /// Of the ABI's number.
    #[must_use]
    pub fn from_raw(kind: u32) -> FileKind {
        match kind {
            1 => FileKind::Regular,
            2 => FileKind::Directory,
            3 => FileKind::Symlink,
            4 => FileKind::CharacterDevice,
            5 => FileKind::BlockDevice,
            6 => FileKind::Fifo,
            7 => FileKind::Socket,
            _ => FileKind::Unknown,
        }
    }
}

impl Stat {
    /// What the file is.
    #[must_use]
    pub fn file_kind(&self) -> FileKind {
        FileKind::from_raw(self.kind)
    }

    /// S_ISREG.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.kind == 1
    }

    /// S_ISDIR.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.kind == 2
    }

    /// S_ISLNK.
    #[must_use]
    pub fn is_symlink(&self) -> bool {
        self.kind == 3
    }
}

/// fstatat(); an empty path is `dir` itself.
pub fn statat(dir: impl AsRawFd, path: impl Path, follow: bool) -> Result<Stat> {
    let path = path.bytes();
    let mut stat = Stat::default();
    // SAFETY: pointer and length are those of a slice; `stat` is valid for writing.
    Errno::check(unsafe { raw::fs_stat(number(dir), path.as_ptr(), path.len() as u32, u32::from(follow), &mut stat) })?;
    Ok(stat)
}

/// stat().
pub fn stat(path: impl Path) -> Result<Stat> {
    if path.bytes().is_empty() {
        return Err(Errno::NOENT);
    }
    statat(AT_FDCWD, path, true)
}

/// lstat().
pub fn lstat(path: impl Path) -> Result<Stat> {
    if path.bytes().is_empty() {
        return Err(Errno::NOENT);
    }
    statat(AT_FDCWD, path, false)
}

/// fstat().
pub fn fstat(fd: impl AsRawFd) -> Result<Stat> {
    let mut stat = Stat::default();
    // SAFETY: `stat` is valid for writing.
    Errno::check(unsafe { raw::fs_fstat(number(fd), &mut stat) })?;
    Ok(stat)
}

/// statvfs().
pub fn statvfs(dir: impl AsRawFd, path: impl Path) -> Result<FileSystemStat> {
    let path = path.bytes();
    let mut stat = FileSystemStat::default();
    // SAFETY: pointer and length are those of a slice; `stat` is valid for writing.
    Errno::check(unsafe { raw::fs_statfs(number(dir), path.as_ptr(), path.len() as u32, &mut stat) })?;
    Ok(stat)
}
