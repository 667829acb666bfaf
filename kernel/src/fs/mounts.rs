//! The table of mounts.

use serde::{Deserialize, Serialize};

use super::inode::{Ino, Inodes};
use super::location::{MountId, Node, Place};
use super::locks::Locks;
use super::watch::Watched;
use crate::{Errno, Slab};

/// All mounts and inodes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Vfs {
    /// Number 0 is the root file system.
    pub(crate) mounts: Slab<Mount>,
    pub(crate) inodes: Inodes,
    pub(crate) locks: Locks,
    pub(crate) watched: Watched,
    /// Counts births and content changes of inodes.
    clock: u64,
}

/// A mounted file system.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Mount {
    /// The directory it covers; none for the root file system.
    pub(crate) covers: Option<Place>,
    pub(crate) root: Node,
    pub(crate) source: Source,
    pub(crate) read_only: bool,
    /// For /proc/mounts.
    pub(crate) name: Vec<u8>,
    /// Where it was mounted, for /proc/mounts.
    pub(crate) target: Vec<u8>,
    /// Mounts that cover directories of this one.
    pub(crate) covered: Vec<(Node, MountId)>,
}

/// What is mounted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Source {
    Memory,
    Store { store: u32, immutable: bool },
    Overlay { layers: Vec<u32> },
    Proc,
    Dev,
}

impl Source {
    /// The name of the file system type in /proc/mounts.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Memory => "tmpfs",
            Self::Store { .. } => "vivstore",
            Self::Overlay { .. } => "overlay",
            Self::Proc => "proc",
            Self::Dev => "devtmpfs",
        }
    }
}

impl Vfs {
    /// The root directory of the system.
    pub(crate) fn root(&self) -> Place {
        let node = self.mounts.get(0).map_or_else(Node::default, |mount| mount.root.clone());
        Place { mount: 0, node }
    }

    pub(crate) fn mount(&self, mount: MountId) -> &Mount {
        self.mounts.get(mount).expect("mount of a place")
    }

    /// `ROFS` where nothing may be changed.
    pub(crate) fn check_writable(&self, mount: MountId) -> Result<(), Errno> {
        if self.mount(mount).read_only { Err(Errno::ROFS) } else { Ok(()) }
    }

    /// The mount on a directory, topmost first.
    pub(crate) fn mounted_on(&self, place: &Place) -> Option<MountId> {
        self.mount(place.mount).covered.iter().find(|(node, _)| *node == place.node).map(|&(_, mount)| mount)
    }

    /// The directory as seen from outside: the root of whatever is mounted on it.
    pub(crate) fn cross(&self, mut place: Place) -> Place {
        while let Some(mount) = self.mounted_on(&place) {
            place = Place { mount, node: self.mount(mount).root.clone() };
        }
        place
    }

    /// `st_dev` of the files of a mount.
    pub(crate) fn device(&self, mount: MountId) -> u64 {
        u64::from(mount) + 1
    }

    /// `st_ino` of a new inode. In an overlay the numbers of the lower files are to be kept clear of.
    pub(crate) fn inode_number(&self, mount: MountId, ino: Ino) -> u64 {
        match self.mounts.get(mount).map(|mount| &mount.source) {
            Some(Source::Overlay { .. }) => 1 << 32 | u64::from(ino),
            _ => u64::from(ino) + 1,
        }
    }

    /// A number greater than any before.
    pub(crate) fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }
}
