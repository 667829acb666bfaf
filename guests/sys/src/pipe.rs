//! Pipes and copies of descriptors (POSIX pipe(), dup(), fcntl()).

use std::os::fd::{AsRawFd, OwnedFd};

use crate::fs::OpenFlags;
use crate::{Errno, Result, number, owned, raw};

/// pipe2(): the reading end, the writing end.
pub fn pipe(flags: OpenFlags) -> Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    // SAFETY: `fds` is valid for writing.
    Errno::check(unsafe { raw::fs_pipe(flags.bits(), &mut fds) })?;
    Ok((owned(fds[0]), owned(fds[1])))
}

/// fcntl(F_DUPFD): a copy with the lowest free number from `at_least` up.
pub fn dup_from(fd: impl AsRawFd, at_least: u32, close_on_exec: bool) -> Result<OwnedFd> {
    let mut new = 0;
    // SAFETY: `new` is valid for writing.
    Errno::check(unsafe { raw::fs_dup(number(fd), at_least, u32::from(close_on_exec), &mut new) })?;
    Ok(owned(new))
}

/// dup2(): `to` becomes a copy of `fd`.
pub fn dup2(fd: impl AsRawFd, to: impl AsRawFd, close_on_exec: bool) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::fs_dup_to(number(fd), number(to), u32::from(close_on_exec)) })
}

/// close(), by number: for descriptors that nobody owns, such as those a shell's redirections name.
pub fn close(fd: impl AsRawFd) -> Result<()> {
    // SAFETY: no pointers; who owns the number is the caller's affair, as with close() itself.
    Errno::check(unsafe { raw::fs_close(number(fd)) })
}

/// fcntl(F_GETFD).
pub fn close_on_exec(fd: impl AsRawFd) -> Result<bool> {
    let mut value = 0;
    // SAFETY: `value` is valid for writing.
    Errno::check(unsafe { raw::fs_close_on_exec_get(number(fd), &mut value) })?;
    Ok(value != 0)
}

/// fcntl(F_SETFD).
pub fn set_close_on_exec(fd: impl AsRawFd, value: bool) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::fs_close_on_exec_set(number(fd), u32::from(value)) })
}

/// fcntl(F_GETFL).
pub fn flags(fd: impl AsRawFd) -> Result<OpenFlags> {
    let mut flags = 0;
    // SAFETY: `flags` is valid for writing.
    Errno::check(unsafe { raw::fs_flags_get(number(fd), &mut flags) })?;
    Ok(OpenFlags::from_bits(flags))
}

/// fcntl(F_SETFL): of `APPEND` and `NONBLOCK`.
pub fn set_flags(fd: impl AsRawFd, flags: OpenFlags) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::fs_flags_set(number(fd), flags.bits()) })
}

/// ioctl(FIONREAD): bytes that can be read at once.
pub fn available(fd: impl AsRawFd) -> Result<u64> {
    let mut count = 0;
    // SAFETY: `count` is valid for writing.
    Errno::check(unsafe { raw::fs_available(number(fd), &mut count) })?;
    Ok(count)
}
