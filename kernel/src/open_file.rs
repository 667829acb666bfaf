//! Open file descriptions and the descriptor tables that refer to them (POSIX 3.232, 3.141).

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

use crate::fs::OpenNode;
use crate::{Errno, Fd, Slab};

bitflags! {
    /// Flags of POSIX open().
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct OpenFlags: u32 {
        /// Readable.
        const READ = 1 << 0;
        /// Writable.
        const WRITE = 1 << 1;
        /// O_APPEND.
        const APPEND = 1 << 2;
        /// O_CREAT.
        const CREATE = 1 << 3;
        /// O_EXCL.
        const EXCLUSIVE = 1 << 4;
        /// O_TRUNC.
        const TRUNCATE = 1 << 5;
        /// O_DIRECTORY.
        const DIRECTORY = 1 << 6;
        /// O_NOFOLLOW.
        const NO_FOLLOW = 1 << 7;
        /// O_NONBLOCK.
        const NONBLOCK = 1 << 8;
        /// O_CLOEXEC.
        const CLOSE_ON_EXEC = 1 << 9;
        /// O_NOCTTY.
        const NO_CONTROLLING_TERMINAL = 1 << 10;
        /// O_PATH.
        const PATH = 1 << 11;
        /// O_TMPFILE.
        const TEMPORARY = 1 << 12;
    }
}

/// Number of an open file description.
pub type OpenFileId = u32;

/// An open file description: what several descriptors, in several processes, may share.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenFile {
    /// What it reads and writes.
    pub object: FileObject,
    /// Access mode and status flags.
    pub flags: OpenFlags,
    /// The file position.
    pub offset: u64,
    /// How many descriptors (and messages in flight) refer to it.
    pub references: u32,
}

/// What an open file is.
#[derive(Debug, Serialize, Deserialize)]
pub enum FileObject {
    /// A file, directory, device or link of a file system.
    Node(OpenNode),
    /// The reading end of a pipe or fifo.
    PipeReader(u32),
    /// The writing end of a pipe or fifo.
    PipeWriter(u32),
    /// A fifo opened for reading and writing.
    PipeBoth(u32),
    /// The master side of a pseudo-terminal.
    PtyMaster(u32),
    /// The terminal side of a pseudo-terminal.
    Terminal(u32),
    /// A socket.
    Socket(u32),
    /// A queue of file-system events.
    Watch(u32),
}

/// All open file descriptions of the system.
pub type OpenFiles = Slab<OpenFile>;

/// One descriptor.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Descriptor {
    /// The open file it stands for.
    pub file: OpenFileId,
    /// FD_CLOEXEC.
    pub close_on_exec: bool,
}

/// The descriptors of one process. It does no reference counting: `Kernel` does, with `retain` and `release`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DescriptorTable {
    slots: Vec<Option<Descriptor>>,
    /// Lowest descriptor that open, dup, pipe … give.
    pub lowest: Fd,
}

impl DescriptorTable {
    /// The descriptor `fd`.
    pub fn get(&self, fd: Fd) -> Result<Descriptor, Errno> {
        self.slots.get(fd as usize).copied().flatten().ok_or(Errno::BADF)
    }

    /// The descriptor `fd`, to change.
    pub fn get_mut(&mut self, fd: Fd) -> Result<&mut Descriptor, Errno> {
        self.slots.get_mut(fd as usize).and_then(Option::as_mut).ok_or(Errno::BADF)
    }

    /// The lowest free slot not below `at_least`; `limit` is RLIMIT_NOFILE.
    pub fn lowest_free(&self, at_least: Fd, limit: Fd) -> Result<Fd, Errno> {
        let from = at_least.max(self.lowest);
        let fd = (from..self.slots.len() as Fd)
            .find(|&fd| self.slots[fd as usize].is_none())
            .unwrap_or(from.max(self.slots.len() as Fd));
        if fd >= limit { Err(Errno::MFILE) } else { Ok(fd) }
    }

    /// Puts a descriptor in the lowest free slot not below `at_least`; `limit` is RLIMIT_NOFILE.
    pub fn insert(&mut self, at_least: Fd, limit: Fd, descriptor: Descriptor) -> Result<Fd, Errno> {
        let fd = self.lowest_free(at_least, limit)?;
        self.set(fd, descriptor);
        Ok(fd)
    }

    /// Puts a descriptor in the slot `fd`, giving what was there.
    pub fn set(&mut self, fd: Fd, descriptor: Descriptor) -> Option<Descriptor> {
        let index = fd as usize;
        if index >= self.slots.len() {
            self.slots.resize(index + 1, None);
        }
        self.slots[index].replace(descriptor)
    }

    /// Takes a descriptor out.
    pub fn remove(&mut self, fd: Fd) -> Result<Descriptor, Errno> {
        let descriptor = self.slots.get_mut(fd as usize).and_then(Option::take).ok_or(Errno::BADF)?;
        while let Some(None) = self.slots.last() {
            self.slots.pop();
        }
        Ok(descriptor)
    }

    /// What a child starts with: all descriptors that survive exec.
    pub fn inherited(&self) -> Self {
        let keep = |slot: &Option<Descriptor>| slot.filter(|descriptor| !descriptor.close_on_exec);
        let mut slots: Vec<_> = self.slots.iter().map(keep).collect();
        while let Some(None) = slots.last() {
            slots.pop();
        }
        Self { slots, lowest: 0 }
    }

    /// All descriptors, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Fd, Descriptor)> {
        self.slots.iter().enumerate().filter_map(|(fd, slot)| Some((fd as Fd, (*slot)?)))
    }
}
