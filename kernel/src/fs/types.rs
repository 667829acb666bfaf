//! The records, enumerations and flags of `wit/fs.wit` and of `vivarium:host/store`.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

use crate::{Extent, Pid, Timespec};

/// What a reading call gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// These bytes; empty at the end of the file.
    Bytes(Vec<u8>),
    /// The bytes lie on the host: read them there, then report the count by `advance` (not for `pread`).
    Host(Extent),
}

/// What a writing call gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// So many bytes were taken; possibly fewer than offered.
    Count(u32),
    /// Write the offered bytes at this place on the host, then report the count by `advance` (not for `pwrite`).
    Host(Extent),
}

/// What a file is.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FileKind {
    #[default]
    Unknown,
    Regular,
    Directory,
    Symlink,
    CharacterDevice,
    BlockDevice,
    Fifo,
    Socket,
}

/// Status of a file (POSIX struct stat).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileStat {
    /// File system.
    pub device: u64,
    /// File number.
    pub inode: u64,
    /// What it is.
    pub kind: FileKind,
    /// Permission, set-id and sticky bits.
    pub mode: u32,
    /// Hard links.
    pub links: u64,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Of a device file: major << 8 | minor.
    pub device_id: u64,
    /// Bytes.
    pub size: u64,
    /// Units of 512 bytes.
    pub blocks: u64,
    /// Preferred block size for I/O.
    pub block_size: u32,
    /// Last access.
    pub accessed: Timespec,
    /// Last change of content.
    pub modified: Timespec,
    /// Last change of status.
    pub changed: Timespec,
    /// Birth.
    pub created: Timespec,
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// File number.
    pub inode: u64,
    /// What it is.
    pub kind: FileKind,
    /// Its name.
    pub name: Vec<u8>,
    /// Cookie of the entry after it.
    pub next: u64,
}

/// Where `seek` counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// From the start.
    Set,
    /// From the present position.
    Cur,
    /// From the end.
    End,
    /// The first data at or after the offset.
    Data,
    /// The first hole at or after the offset; the end of the file is one.
    Hole,
}

/// What to set a time stamp to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetTime {
    /// Leave it.
    Omit,
    /// The present.
    Now,
    /// This time.
    At(Timespec),
}

/// How `rename` treats an existing target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenameMode {
    /// Put in its place.
    Replace,
    /// Fail with `exist`.
    NoReplace,
    /// Swap the two.
    Exchange,
}

bitflags! {
    /// What `access` asks for; none of the flags asks for existence.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AccessMode: u8 {
        /// To read it, or list a directory.
        const READ = 1;
        /// To write it, or change the entries of a directory.
        const WRITE = 2;
        /// To run it, or search a directory.
        const EXECUTE = 4;
    }

    /// Status flags that may change after open (F_SETFL).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct StatusFlags: u8 {
        /// O_APPEND.
        const APPEND = 1;
        /// O_NONBLOCK.
        const NONBLOCK = 2;
    }

    /// Events of a watch.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct WatchEvents: u16 {
        /// Content changed.
        const MODIFY = 1 << 0;
        /// Mode, owner, times or links changed.
        const ATTRIB = 1 << 1;
        /// An entry was made in a directory.
        const CREATE = 1 << 2;
        /// An entry of a directory was removed.
        const DELETE = 1 << 3;
        /// An entry was renamed away.
        const MOVE_FROM = 1 << 4;
        /// An entry was renamed to here.
        const MOVE_TO = 1 << 5;
        /// The watched file itself was removed.
        const DELETE_SELF = 1 << 6;
        /// The watched file itself was renamed.
        const MOVE_SELF = 1 << 7;
        /// A file that was open for writing was closed.
        const CLOSE_WRITE = 1 << 8;
    }

    /// How the host opens a store file.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct StoreFlags: u8 {
        /// For reading.
        const READ = 1;
        /// For writing.
        const WRITE = 2;
        /// Writes go to the end.
        const APPEND = 4;
        /// Make it when it is missing.
        const CREATE = 8;
        /// Fail with `exist` when it is there.
        const EXCLUSIVE = 16;
        /// Cut it to length 0.
        const TRUNCATE = 32;
        /// Only a directory will do.
        const DIRECTORY = 64;
    }
}

/// Advisory lock kinds.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockKind {
    Shared,
    Exclusive,
    Unlock,
}

/// A byte-range lock of the process (fcntl F_SETLK), or of the open file (flock, F_OFD_SETLK).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Shared, exclusive, or none.
    pub kind: LockKind,
    /// First byte.
    pub start: u64,
    /// 0: to the end of the file, however far it grows.
    pub length: u64,
    /// Owned by the open file description and not by the process.
    pub open_file: bool,
}

/// Who holds a conflicting lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockHolder {
    /// Shared or exclusive.
    pub kind: LockKind,
    /// First byte.
    pub start: u64,
    /// 0: to the end.
    pub length: u64,
    /// Its process; 0 for a lock of an open file.
    pub pid: Pid,
}

/// Figures of a file system (POSIX fstatvfs()); sizes in units of `block_size` bytes.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSystemStat {
    pub block_size: u32,
    pub blocks: u64,
    pub blocks_free: u64,
    pub files: u64,
    pub files_free: u64,
    pub name_max: u32,
    pub read_only: bool,
}

/// How far the host could walk a path without following a link.
#[derive(Clone, Copy, Debug)]
pub struct Walked {
    /// Bytes of the path up to and with the component `stat` is of.
    pub consumed: u32,
    /// Status of that component.
    pub stat: FileStat,
}

/// Space of a store.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug)]
pub struct StoreSpace {
    pub block_size: u32,
    pub blocks: u64,
    pub blocks_free: u64,
    pub files: u64,
    pub files_free: u64,
}
