use std::os::fd::{AsRawFd, OwnedFd};

use crate::fs::OpenFlags;
use crate::{Errno, Path, Result, number, owned, raw};

/// inotify_init1().
pub fn watch_open(flags: OpenFlags) -> Result<OwnedFd> {
    let mut fd = 0;
    // SAFETY: `fd` is valid for writing.
    Errno::check(unsafe { raw::fs_watch_open(flags.bits(), &mut fd) })?;
    Ok(owned(fd))
}

/// inotify_add_watch(); `events` are bits in the order of the contract's `watch-events`. Gives the watch's number.
pub fn watch_add(watch: impl AsRawFd, path: impl Path, events: u32) -> Result<u32> {
    let path = path.bytes();
    let mut new = 0;
    // SAFETY: pointer and length are those of a slice; `new` is valid for writing.
    Errno::check(unsafe { raw::fs_watch_add(number(watch), path.as_ptr(), path.len() as u32, events, &mut new) })?;
    Ok(new)
}

/// inotify_rm_watch().
pub fn watch_remove(watch: impl AsRawFd, watched: u32) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::fs_watch_remove(number(watch), watched) })
}
