//! The system calls a Vivarium guest has beyond WASI preview 1, as safe functions.
//!
//! Names and shapes follow rustix and nix: one module per area, one function per call. Descriptors are plain
//! [`RawFd`](std::os::fd::RawFd) numbers of the kernel going in (anything [`AsRawFd`](std::os::fd::AsRawFd) will do) and
//! [`OwnedFd`](std::os::fd::OwnedFd)s coming out. Paths are bytes ([`Path`], anything that is `AsRef<[u8]>`).
//!
//! Programs that use the standard library's file functions with relative paths call [`init`] first thing in `main`:
//! wasi-libc keeps a current directory of its own, which begins as `/`.
//!
//! [`raw`] is the ABI itself. On Unix the same interface stands on the machine's own system calls (`unix`), so that programs can be
//! developed and tested natively beside those they are compared with.

pub mod errno;
pub mod fs;
pub mod host;
pub mod ids;
pub mod limits;
pub mod net;
pub mod path;
pub mod pipe;
pub mod poll;
pub mod process;
pub mod raw;
pub mod signal;
pub mod spawn;
pub mod startup;
pub mod tty;
#[cfg(unix)]
mod unix;
pub mod wait;

pub use errno::{Errno, Result};
pub use path::Path;
pub use startup::init;

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// The kernel's number of a descriptor.
fn number(fd: impl AsRawFd) -> u32 {
    fd.as_raw_fd() as u32
}

/// Owns a descriptor that the kernel has just made.
fn owned(fd: u32) -> OwnedFd {
    // SAFETY: the kernel has just allocated the descriptor, so nothing else owns it.
    unsafe { OwnedFd::from_raw_fd(fd as RawFd) }
}

/// Calls `f` with a growing buffer until what it writes fits.
fn grown(mut f: impl FnMut(*mut u8, u32, *mut u32) -> i32) -> Result<Vec<u8>> {
    let mut buffer = Vec::with_capacity(256);
    loop {
        let mut count = 0;
        match Errno::check(f(buffer.as_mut_ptr(), buffer.capacity() as u32, &mut count)) {
            Ok(()) => {
                // SAFETY: the call has written `count` bytes, and no more than the capacity.
                unsafe { buffer.set_len((count as usize).min(buffer.capacity())) };
                return Ok(buffer);
            }
            Err(Errno::RANGE) if buffer.capacity() < 1 << 20 => buffer.reserve(buffer.capacity() * 4),
            Err(errno) => return Err(errno),
        }
    }
}
