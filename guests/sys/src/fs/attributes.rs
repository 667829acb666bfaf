use std::os::fd::AsRawFd;

use super::{AT_FDCWD, FileKind};
use crate::{Errno, Path, Result, number, raw};

/// access(), with the effective ids where `effective`. `mode`: 1 read, 2 write, 4 execute, 0 existence.
pub fn access(path: impl Path, mode: u32, effective: bool) -> Result<()> {
    let path = path.bytes();
    // SAFETY: pointer and length are those of a slice.
    Errno::check(unsafe {
        raw::fs_access(AT_FDCWD as u32, path.as_ptr(), path.len() as u32, mode, u32::from(effective))
    })
}

/// fchmodat().
pub fn chmod(dir: impl AsRawFd, path: impl Path, follow: bool, mode: u32) -> Result<()> {
    let path = path.bytes();
    // SAFETY: pointer and length are those of a slice.
    Errno::check(unsafe { raw::fs_chmod(number(dir), path.as_ptr(), path.len() as u32, u32::from(follow), mode) })
}

/// fchmod().
pub fn fchmod(fd: impl AsRawFd, mode: u32) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::fs_fchmod(number(fd), mode) })
}

/// fchownat(); `None` leaves one as it is.
pub fn chown(dir: impl AsRawFd, path: impl Path, follow: bool, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    let path = path.bytes();
    let (uid, gid) = (uid.unwrap_or(raw::NONE), gid.unwrap_or(raw::NONE));
    // SAFETY: pointer and length are those of a slice.
    Errno::check(unsafe { raw::fs_chown(number(dir), path.as_ptr(), path.len() as u32, u32::from(follow), uid, gid) })
}

/// fchown(); `None` leaves one as it is.
pub fn fchown(fd: impl AsRawFd, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::fs_fchown(number(fd), uid.unwrap_or(raw::NONE), gid.unwrap_or(raw::NONE)) })
}

/// mkdirat().
pub fn mkdir(dir: impl AsRawFd, path: impl Path, mode: u32) -> Result<()> {
    let path = path.bytes();
    // SAFETY: pointer and length are those of a slice.
    Errno::check(unsafe { raw::fs_mkdir(number(dir), path.as_ptr(), path.len() as u32, mode) })
}

/// mknodat(), for fifos (mkfifo()) and sockets.
pub fn mknod(dir: impl AsRawFd, path: impl Path, kind: FileKind, mode: u32) -> Result<()> {
    let path = path.bytes();
    // SAFETY: pointer and length are those of a slice.
    Errno::check(unsafe { raw::fs_mknod(number(dir), path.as_ptr(), path.len() as u32, kind as u32, mode) })
}

/// truncate().
pub fn truncate(dir: impl AsRawFd, path: impl Path, size: u64) -> Result<()> {
    let path = path.bytes();
    // SAFETY: pointer and length are those of a slice.
    Errno::check(unsafe { raw::fs_truncate(number(dir), path.as_ptr(), path.len() as u32, size) })
}
