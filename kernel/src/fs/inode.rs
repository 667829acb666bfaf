//! Files in kernel memory.

use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

use super::data::{FileData, PAGE};
use super::devices::Device;
use super::directory::Directory;
use super::location::{MountId, StorePath};
use super::{Credentials, FileKind, FileStat};
use crate::fs::credentials::Permissions;
use crate::{Errno, Kernel, Timespec};

/// Number of an inode in the table of all of them.
pub(crate) type Ino = u32;

/// Kernel memory charged for an inode and its first name.
const INODE_MEMORY: u64 = 320;

/// A file in kernel memory: of a memory file system, of /dev, or of the upper layer of an overlay.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Inode {
    pub(crate) mount: MountId,
    /// `st_ino`; for a file copied up from a lower layer, what it was there.
    pub(crate) number: u64,
    /// When it was made and when its content last changed, counted in such events of the whole system.
    pub(crate) born: u64,
    pub(crate) version: u64,
    /// Permission, set-id and sticky bits.
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Names it has; for a directory 1 until it is removed.
    pub(crate) links: u32,
    /// Locations that hold it.
    pub(crate) references: u32,
    /// Something is mounted on it.
    pub(crate) covered: bool,
    /// The directory it was last given a name in.
    pub(crate) parent: Ino,
    pub(crate) accessed: Timespec,
    pub(crate) modified: Timespec,
    pub(crate) changed: Timespec,
    pub(crate) created: Timespec,
    pub(crate) content: Content,
}

/// What a file in kernel memory is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Content {
    Regular(FileData),
    /// A regular file of an overlay whose bytes still lie in a lower layer.
    Lower(LowerFile),
    Directory(Box<Directory>),
    Symlink(#[serde(with = "serde_bytes")] Box<[u8]>),
    /// With its pipe, once it was opened.
    Fifo(Option<u32>),
    Socket,
    Device(Device),
}

/// Bytes of a regular file in a frozen store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LowerFile {
    pub(crate) store: u32,
    pub(crate) path: StorePath,
    pub(crate) size: u64,
    pub(crate) blocks: u64,
}

/// All inodes, in boxes so that the table grows cheaply.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Inodes {
    slots: Vec<Option<Box<Inode>>>,
    free: Vec<Ino>,
}

impl Inodes {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    fn insert(&mut self, inode: Inode) -> Ino {
        let ino = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as Ino
        });
        self.slots[ino as usize] = Some(Box::new(inode));
        ino
    }

    fn remove(&mut self, ino: Ino) -> Box<Inode> {
        self.free.push(ino);
        self.slots[ino as usize].take().expect("inode in use")
    }

    /// Whether the list of free places holds each of them once.
    pub(super) fn is_valid(&self) -> bool {
        let free: std::collections::BTreeSet<_> = self.free.iter().copied().collect();
        let empty = self.slots.iter().enumerate().filter(|(_, slot)| slot.is_none()).map(|(ino, _)| ino as Ino);
        free.len() == self.free.len() && empty.eq(free)
    }

    pub(crate) fn get(&self, ino: Ino) -> Option<&Inode> {
        self.slots.get(ino as usize)?.as_deref()
    }

    /// All inodes with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Ino, &Inode)> {
        self.slots.iter().enumerate().filter_map(|(ino, slot)| Some((ino as Ino, slot.as_deref()?)))
    }
}

impl Index<Ino> for Inodes {
    type Output = Inode;

    fn index(&self, ino: Ino) -> &Inode {
        self.slots[ino as usize].as_deref().expect("inode in use")
    }
}

impl IndexMut<Ino> for Inodes {
    fn index_mut(&mut self, ino: Ino) -> &mut Inode {
        self.slots[ino as usize].as_deref_mut().expect("inode in use")
    }
}

impl Content {
    pub(crate) fn kind(&self) -> FileKind {
        match self {
            Self::Regular(_) | Self::Lower(_) => FileKind::Regular,
            Self::Directory(_) => FileKind::Directory,
            Self::Symlink(_) => FileKind::Symlink,
            Self::Fifo(_) => FileKind::Fifo,
            Self::Socket => FileKind::Socket,
            Self::Device(Device::Terminals) => FileKind::Directory,
            Self::Device(_) => FileKind::CharacterDevice,
        }
    }

    /// Whether it can be what was written by a kernel.
    pub(super) fn is_valid(&self) -> bool {
        match self {
            Self::Regular(data) => data.is_valid(),
            Self::Lower(file) => file.size <= super::data::MAX_SIZE,
            Self::Symlink(target) => target.len() <= 4095,
            _ => true,
        }
    }

    fn memory(&self) -> u64 {
        INODE_MEMORY
            + match self {
                Self::Regular(data) => data.memory(),
                Self::Symlink(target) => target.len() as u64,
                Self::Directory(directory) => directory.after(0).map(|entry| super::entry::memory(&entry.name)).sum(),
                _ => 0,
            }
    }
}

impl Inode {
    pub(crate) fn kind(&self) -> FileKind {
        self.content.kind()
    }

    pub(crate) fn directory(&self) -> Result<&Directory, Errno> {
        match &self.content {
            Content::Directory(directory) => Ok(directory),
            _ => Err(Errno::NOTDIR),
        }
    }

    pub(crate) fn directory_mut(&mut self) -> &mut Directory {
        match &mut self.content {
            Content::Directory(directory) => directory,
            _ => unreachable!("checked to be a directory"),
        }
    }

    /// Length in bytes.
    pub(crate) fn size(&self) -> u64 {
        match &self.content {
            Content::Regular(data) => data.size(),
            Content::Lower(file) => file.size,
            Content::Symlink(target) => target.len() as u64,
            Content::Directory(_) => PAGE,
            _ => 0,
        }
    }

    pub(crate) fn permissions(&self) -> Permissions {
        Permissions { kind: self.kind(), mode: self.mode, uid: self.uid, gid: self.gid }
    }

    /// POSIX struct stat. `device` is the number of its file system.
    pub(crate) fn stat(&self, device: u64) -> FileStat {
        let links = match &self.content {
            // Which of the lower entries are directories is not known: as on other systems, 1 says so.
            Content::Directory(directory) if directory.lower.is_some() => u64::from(self.links),
            Content::Directory(directory) if self.links > 0 => 2 + u64::from(directory.subdirectories),
            _ => u64::from(self.links),
        };
        let blocks = match &self.content {
            Content::Regular(data) => data.allocated() / 512,
            Content::Lower(file) => file.blocks,
            Content::Directory(_) => PAGE / 512,
            _ => 0,
        };
        FileStat {
            device,
            inode: self.number,
            kind: self.kind(),
            mode: self.mode,
            links,
            uid: self.uid,
            gid: self.gid,
            device_id: if let Content::Device(device) = &self.content { device.id() } else { 0 },
            size: self.size(),
            blocks,
            block_size: PAGE as u32,
            accessed: self.accessed,
            modified: self.modified,
            changed: self.changed,
            created: self.created,
        }
    }
}

impl Kernel {
    /// A new inode without a name: `links` is 0 and is raised when it gets one. Charged to the system.
    pub(crate) fn inode_new(
        &mut self,
        mount: MountId,
        credentials: &Credentials,
        mode: u32,
        content: Content,
    ) -> Result<Ino, Errno> {
        if self.state.vfs.inodes.len() as u64 >= self.state.limits.inodes {
            return Err(Errno::NOSPC);
        }
        self.charge(content.memory())?;
        let now = self.host.realtime();
        let born = self.state.vfs.tick();
        let ino = self.state.vfs.inodes.insert(Inode {
            mount,
            number: 0,
            born,
            version: born,
            mode: mode & 0o7777,
            uid: credentials.effective_uid,
            gid: credentials.effective_gid,
            links: 0,
            references: 0,
            covered: false,
            parent: 0,
            accessed: now,
            modified: now,
            changed: now,
            created: now,
            content,
        });
        let number = self.state.vfs.inode_number(mount, ino);
        self.state.vfs.inodes[ino].number = number;
        Ok(ino)
    }

    /// Frees an inode that has neither names nor holders left.
    pub(crate) fn inode_forget(&mut self, ino: Ino) {
        let mut next = Some(ino);
        while let Some(ino) = next.take() {
            let inode = &self.state.vfs.inodes[ino];
            if inode.links > 0 || inode.references > 0 {
                return;
            }
            let inode = self.state.vfs.inodes.remove(ino);
            self.uncharge(inode.content.memory());
            match &inode.content {
                Content::Fifo(Some(pipe)) => self.fifo_unlink(*pipe),
                Content::Directory(directory) if directory.holds_parent => {
                    self.state.vfs.inodes[inode.parent].references -= 1;
                    next = Some(inode.parent);
                }
                _ => {}
            }
        }
    }

    /// Frees every inode of a file system that is no longer mounted. Nothing holds any of them.
    pub(crate) fn forget_inodes_of(&mut self, mount: MountId) {
        let inodes = self.state.vfs.inodes.iter().filter(|(_, inode)| inode.mount == mount);
        for ino in inodes.map(|(ino, _)| ino).collect::<Vec<_>>() {
            let inode = self.state.vfs.inodes.remove(ino);
            self.uncharge(inode.content.memory());
            if let Content::Fifo(Some(pipe)) = inode.content {
                self.fifo_unlink(pipe);
            }
        }
    }

    /// Notes that the content of a file changed now.
    pub(crate) fn touch_modified(&mut self, ino: Ino) {
        let now = self.host.realtime();
        let version = self.state.vfs.tick();
        let inode = &mut self.state.vfs.inodes[ino];
        (inode.modified, inode.changed, inode.version) = (now, now, version);
    }

    /// Notes that the status of a file changed now.
    pub(crate) fn touch_changed(&mut self, ino: Ino) {
        self.state.vfs.inodes[ino].changed = self.host.realtime();
    }
}
