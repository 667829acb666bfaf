//! Types of preview 1, as they lie in guest memory, and their kernel counterparts.

use bytemuck::{Pod, Zeroable};
use vivarium_runner::{FileKind, FileStat, Timespec, fs};

/// `filetype`.
pub(super) mod filetype {
    pub(in super::super) const UNKNOWN: u8 = 0;
    pub(in super::super) const BLOCK_DEVICE: u8 = 1;
    pub(in super::super) const CHARACTER_DEVICE: u8 = 2;
    pub(in super::super) const DIRECTORY: u8 = 3;
    pub(in super::super) const REGULAR_FILE: u8 = 4;
    pub(in super::super) const SOCKET_STREAM: u8 = 6;
    pub(in super::super) const SYMBOLIC_LINK: u8 = 7;
}

/// `rights` that the guest's library looks at.
pub(super) mod rights {
    pub(in super::super) const FD_READ: u64 = 1 << 1;
    pub(in super::super) const FD_SEEK: u64 = 1 << 2;
    pub(in super::super) const FD_TELL: u64 = 1 << 5;
    pub(in super::super) const FD_WRITE: u64 = 1 << 6;
    pub(in super::super) const FD_READDIR: u64 = 1 << 14;
    /// All 30 of them.
    pub(in super::super) const ALL: u64 = (1 << 30) - 1;
}

/// `fdflags`.
pub(super) mod fdflags {
    pub(in super::super) const APPEND: u16 = 1;
    pub(in super::super) const NONBLOCK: u16 = 4;
}

/// `fdstat`.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub(super) struct FdStat {
    pub(super) filetype: u8,
    pub(super) pad: u8,
    pub(super) flags: u16,
    pub(super) pad2: u32,
    pub(super) rights_base: u64,
    pub(super) rights_inheriting: u64,
}

/// `filestat`.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub(super) struct FileStatAbi {
    device: u64,
    inode: u64,
    filetype: u8,
    pad: [u8; 7],
    links: u64,
    size: u64,
    accessed: u64,
    modified: u64,
    changed: u64,
}

/// `dirent`, without the name behind it.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub(super) struct Dirent {
    pub(super) next: u64,
    pub(super) inode: u64,
    pub(super) name_len: u32,
    pub(super) filetype: u8,
    pub(super) pad: [u8; 3],
}

pub(super) fn filetype_of(kind: FileKind) -> u8 {
    match kind {
        // Preview 1 has no fifos.
        FileKind::Unknown | FileKind::Fifo => filetype::UNKNOWN,
        FileKind::Regular => filetype::REGULAR_FILE,
        FileKind::Directory => filetype::DIRECTORY,
        FileKind::Symlink => filetype::SYMBOLIC_LINK,
        FileKind::CharacterDevice => filetype::CHARACTER_DEVICE,
        FileKind::BlockDevice => filetype::BLOCK_DEVICE,
        FileKind::Socket => filetype::SOCKET_STREAM,
    }
}

fn nanoseconds(time: Timespec) -> u64 {
    let seconds = u64::try_from(time.seconds).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(time.nanoseconds.into())
}

impl From<FileStat> for FileStatAbi {
    fn from(stat: FileStat) -> Self {
        Self {
            device: stat.device,
            inode: stat.inode,
            filetype: filetype_of(stat.kind),
            pad: [0; 7],
            links: stat.links,
            size: stat.size,
            accessed: nanoseconds(stat.accessed),
            modified: nanoseconds(stat.modified),
            changed: nanoseconds(stat.changed),
        }
    }
}

/// `fstflags` and the times that go with them: access first, then modification.
pub(super) fn set_times(
    accessed: u64,
    modified: u64,
    flags: u32,
) -> Result<(fs::SetTime, fs::SetTime), vivarium_runner::Errno> {
    let time = |time: u64, set: u32, now: u32| match (flags & set != 0, flags & now != 0) {
        (true, true) => Err(vivarium_runner::Errno::Inval),
        (false, true) => Ok(fs::SetTime::Now),
        (false, false) => Ok(fs::SetTime::Omit),
        (true, false) => Ok(fs::SetTime::At(Timespec {
            seconds: (time / 1_000_000_000) as i64,
            nanoseconds: (time % 1_000_000_000) as u32,
        })),
    };
    Ok((time(accessed, 1, 2)?, time(modified, 4, 8)?))
}

/// `fdflags` as kernel status flags.
pub(super) fn status_flags(flags: u32) -> fs::StatusFlags {
    let mut status = fs::StatusFlags::empty();
    if flags & u32::from(fdflags::APPEND) != 0 {
        status |= fs::StatusFlags::APPEND;
    }
    if flags & u32::from(fdflags::NONBLOCK) != 0 {
        status |= fs::StatusFlags::NONBLOCK;
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_have_the_specified_sizes() {
        assert_eq!(size_of::<FdStat>(), 24);
        assert_eq!(size_of::<FileStatAbi>(), 64);
        assert_eq!(size_of::<Dirent>(), 24);
    }

    #[test]
    fn a_time_cannot_be_both_set_and_now() {
        assert!(set_times(0, 0, 3).is_err());
        assert!(set_times(0, 0, 2 | 4).is_ok());
    }
}
