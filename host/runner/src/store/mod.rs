//! File trees of the host: what `vivarium:host/store` is about.

mod directory;
mod image;
mod stores;

pub use directory::HostDir;
pub use image::{Image, ImageEntry, ImageError};
pub(crate) use stores::Stores;

pub use crate::bindings::vivarium::host::store::{OpenFlags, StoreSpace};
use crate::{DirectoryEntry, Errno, FileStat, Timespec};

/// Result of a store operation.
pub type Result<T> = std::result::Result<T, Errno>;

/// A file tree of the host that was granted to a virtual machine.
///
/// Paths are relative to the tree's root, without `..`; the root is the empty path. No symbolic link is ever followed: the
/// kernel reads links and decides. A store refuses by itself whatever its grant does not allow; the methods that change
/// something refuse with `ROFS` unless overridden.
pub trait Store: Send + Sync {
    /// Status of the file at `path`, or of the first file on the way that is no directory, and how many bytes of the path
    /// lead to it.
    fn walk(&self, path: &[u8]) -> Result<(usize, FileStat)>;

    /// Opens a file or directory.
    fn open(&self, path: &[u8], flags: OpenFlags, mode: u32) -> Result<Box<dyn StoreFile>>;

    /// The target of a symbolic link.
    fn readlink(&self, path: &[u8]) -> Result<Vec<u8>>;

    /// Room in the file system.
    fn space(&self) -> Result<StoreSpace>;

    /// Makes a directory.
    fn mkdir(&self, _path: &[u8], _mode: u32) -> Result<()> {
        Err(Errno::Rofs)
    }

    /// Makes a symbolic link.
    fn symlink(&self, _target: &[u8], _path: &[u8]) -> Result<()> {
        Err(Errno::Rofs)
    }

    /// Makes a hard link.
    fn link(&self, _old: &[u8], _new: &[u8]) -> Result<()> {
        Err(Errno::Rofs)
    }

    /// Removes a file.
    fn unlink(&self, _path: &[u8]) -> Result<()> {
        Err(Errno::Rofs)
    }

    /// Removes an empty directory.
    fn rmdir(&self, _path: &[u8]) -> Result<()> {
        Err(Errno::Rofs)
    }

    /// Renames within the tree.
    fn rename(&self, _old: &[u8], _new: &[u8], _no_replace: bool) -> Result<()> {
        Err(Errno::Rofs)
    }

    /// Changes permission bits.
    fn set_mode(&self, _path: &[u8], _mode: u32) -> Result<()> {
        Err(Errno::Rofs)
    }

    /// Changes time stamps.
    fn set_times(&self, _path: &[u8], _accessed: Option<Timespec>, _modified: Option<Timespec>) -> Result<()> {
        Err(Errno::Rofs)
    }
}

/// An open file or directory of a store.
pub trait StoreFile: Send + Sync {
    /// Its status.
    fn stat(&self) -> Result<FileStat>;

    /// Reads at an offset; 0 is the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize>;

    /// Entries from position `cookie` on, `.` and `..` left out; none is the end.
    fn readdir(&self, _cookie: u64, _count: u32) -> Result<Vec<DirectoryEntry>> {
        Err(Errno::Notdir)
    }

    /// Writes at an offset, or with `append` at the end.
    fn write_at(&self, _data: &[u8], _offset: u64, _append: bool) -> Result<usize> {
        Err(Errno::Badf)
    }

    /// Sets its length.
    fn truncate(&self, _length: u64) -> Result<()> {
        Err(Errno::Badf)
    }

    /// Brings it to the disk.
    fn sync(&self, _data_only: bool) -> Result<()> {
        Ok(())
    }

    /// Where the content never changes: the store and the file in it, as numbers unique in this process.
    fn identity(&self) -> Option<(u64, u64)> {
        None
    }
}
