use std::os::fd::AsRawFd;

use crate::{Errno, Result, number, raw};

/// read(); 0 is the end of the file.
pub fn read(fd: impl AsRawFd, buffer: &mut [u8]) -> Result<usize> {
    let mut count = 0;
    // SAFETY: pointer and length are those of a slice; `count` is valid for writing.
    Errno::check(unsafe { raw::fs_read(number(fd), buffer.as_mut_ptr(), buffer.len() as u32, &mut count) })?;
    Ok(count as usize)
}

/// write(); possibly fewer bytes than offered are taken.
pub fn write(fd: impl AsRawFd, bytes: &[u8]) -> Result<usize> {
    let mut count = 0;
    // SAFETY: pointer and length are those of a slice; `count` is valid for writing.
    Errno::check(unsafe { raw::fs_write(number(fd), bytes.as_ptr(), bytes.len() as u32, &mut count) })?;
    Ok(count as usize)
}

/// Writes all of `bytes`, over interruptions.
pub fn write_all(fd: impl AsRawFd, mut bytes: &[u8]) -> Result<()> {
    let fd = fd.as_raw_fd();
    while !bytes.is_empty() {
        match write(fd, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// From where [`seek`] counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Whence {
    /// The beginning.
    Set = 0,
    /// The present position.
    Current = 1,
    /// The end.
    End = 2,
    /// The next data from the offset on.
    Data = 3,
    /// The next hole from the offset on.
    Hole = 4,
}

/// lseek(). Gives the position from the beginning.
pub fn seek(fd: impl AsRawFd, offset: i64, whence: Whence) -> Result<u64> {
    let mut position = 0;
    // SAFETY: `position` is valid for writing.
    Errno::check(unsafe { raw::fs_seek(number(fd), offset, whence as u32, &mut position) })?;
    Ok(position)
}
