//! Files and directories: the virtual file system, its mounts, and the calls on descriptors.

pub mod pipe;
pub mod watch;

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

use crate::open_file::OpenFlags;
use crate::{Kernel, Timespec};

/// All mounts and inodes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Vfs {}

/// A file system object held by an open file.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenNode {}

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

bitflags! {
    /// How the host opens a store file.
    #[allow(missing_docs)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct StoreFlags: u8 {
        const READ = 1;
        const WRITE = 2;
        const APPEND = 4;
        const CREATE = 8;
        const EXCLUSIVE = 16;
        const TRUNCATE = 32;
        const DIRECTORY = 64;
    }
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

impl Kernel {
    pub(crate) fn node_close(&mut self, _node: OpenNode, _flags: OpenFlags) {}
}
