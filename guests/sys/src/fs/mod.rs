//! Files (POSIX open(), fstatat(), fchmodat() …). Paths are taken from a directory: [`AT_FDCWD`] or an open one.

mod attributes;
mod directory;
mod io;
mod link;
mod lock;
mod open;
mod stat;
mod watch;

pub use attributes::{access, chmod, chown, fchmod, fchown, mkdir, mknod, truncate};
pub use directory::{DirectoryEntry, chdir, fchdir, getcwd, read_directory};
pub use io::{Whence, read, seek, write, write_all};
pub use link::{Rename, readlink, realpath, rename};
pub use lock::{Lock, flock, getlk, lock_kind, setlk};
pub use open::{OpenFlags, open};
pub use stat::{FileKind, FileSystemStat, Stat, fstat, lstat, stat, statat, statvfs};
pub use watch::{watch_add, watch_open, watch_remove};

use std::os::fd::RawFd;

/// The current directory.
pub const AT_FDCWD: RawFd = crate::raw::AT_FDCWD as RawFd;
/// The root directory.
pub const AT_ROOT: RawFd = crate::raw::AT_ROOT as RawFd;
