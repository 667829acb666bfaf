use std::os::fd::{AsRawFd, OwnedFd};

use crate::raw::open_flags as bits;
use crate::{Errno, Path, Result, number, owned, raw};

/// How a file is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OpenFlags(u32);

impl OpenFlags {
    /// O_RDONLY.
    pub const READ: OpenFlags = OpenFlags(bits::READ);
    /// O_WRONLY.
    pub const WRITE: OpenFlags = OpenFlags(bits::WRITE);
    /// O_RDWR.
    pub const READ_WRITE: OpenFlags = OpenFlags(bits::READ | bits::WRITE);
    /// O_APPEND.
    pub const APPEND: OpenFlags = OpenFlags(bits::APPEND);
    /// O_CREAT.
    pub const CREATE: OpenFlags = OpenFlags(bits::CREATE);
    /// O_EXCL.
    pub const EXCLUSIVE: OpenFlags = OpenFlags(bits::EXCLUSIVE);
    /// O_TRUNC.
    pub const TRUNCATE: OpenFlags = OpenFlags(bits::TRUNCATE);
    /// O_DIRECTORY.
    pub const DIRECTORY: OpenFlags = OpenFlags(bits::DIRECTORY);
    /// O_NOFOLLOW.
    pub const NO_FOLLOW: OpenFlags = OpenFlags(bits::NO_FOLLOW);
    /// O_NONBLOCK.
    pub const NONBLOCK: OpenFlags = OpenFlags(bits::NONBLOCK);
    /// O_CLOEXEC.
    pub const CLOSE_ON_EXEC: OpenFlags = OpenFlags(bits::CLOSE_ON_EXEC);
    /// O_NOCTTY.
    pub const NO_CONTROLLING_TERMINAL: OpenFlags = OpenFlags(bits::NO_CONTROLLING_TERMINAL);
    /// O_PATH.
    pub const PATH: OpenFlags = OpenFlags(bits::PATH);
    /// O_TMPFILE.
    pub const TEMPORARY: OpenFlags = OpenFlags(bits::TEMPORARY);

    /// None.
    #[must_use]
    pub const fn empty() -> OpenFlags {
        OpenFlags(0)
    }

    /// Bits as in the ABI.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Of bits as in the ABI.
    #[must_use]
    pub const fn from_bits(bits: u32) -> OpenFlags {
        OpenFlags(bits)
    }

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn contains(self, other: OpenFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for OpenFlags {
    type Output = OpenFlags;
    fn bitor(self, other: OpenFlags) -> OpenFlags {
        OpenFlags(self.0 | other.0)
    }
}

/// openat().
pub fn open(dir: impl AsRawFd, path: impl Path, flags: OpenFlags, mode: u32) -> Result<OwnedFd> {
    let path = path.bytes();
    let mut fd = 0;
    // SAFETY: pointer and length are those of a slice; `fd` is valid for writing.
    Errno::check(unsafe { raw::fs_open(number(dir), path.as_ptr(), path.len() as u32, flags.0, mode, &mut fd) })?;
    Ok(owned(fd))
}
