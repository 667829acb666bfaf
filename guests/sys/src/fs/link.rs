use std::os::fd::AsRawFd;

use crate::{Errno, Path, Result, grown, number, raw};

/// What [`rename`] does where the new name exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Rename {
    /// Replaces it.
    Replace = 0,
    /// Fails with `EXIST`.
    NoReplace = 1,
    /// Changes places with it.
    Exchange = 2,
}

/// renameat2().
pub fn rename(
    old_dir: impl AsRawFd,
    old: impl Path,
    new_dir: impl AsRawFd,
    new: impl Path,
    mode: Rename,
) -> Result<()> {
    let (old, new) = (old.bytes(), new.bytes());
    let (old_dir, new_dir) = (number(old_dir), number(new_dir));
    // SAFETY: pointers and lengths are those of slices.
    Errno::check(unsafe {
        raw::fs_rename(old_dir, old.as_ptr(), old.len() as u32, new_dir, new.as_ptr(), new.len() as u32, mode as u32)
    })
}

/// realpath().
pub fn realpath(dir: impl AsRawFd, path: impl Path) -> Result<Vec<u8>> {
    let (dir, path) = (number(dir), path.bytes());
    // SAFETY: pointers and lengths are those of a slice and of the buffer `grown` gives.
    grown(|buffer, len, count| unsafe { raw::fs_realpath(dir, path.as_ptr(), path.len() as u32, buffer, len, count) })
}

/// readlinkat().
pub fn readlink(dir: impl AsRawFd, path: impl Path) -> Result<Vec<u8>> {
    let (dir, path) = (number(dir), path.bytes());
    // SAFETY: pointers and lengths are those of a slice and of the buffer `grown` gives.
    grown(|buffer, len, count| unsafe { raw::fs_readlink(dir, path.as_ptr(), path.len() as u32, buffer, len, count) })
}
