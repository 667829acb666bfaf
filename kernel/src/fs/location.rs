//! What names a file inside the kernel: places, which are passed about, and locations, which are held on to.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::inode::Ino;
use super::proc_fs::ProcNode;
use crate::Kernel;
use crate::open_file::OpenFileId;

/// Identity of a file, never used again for another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FileId {
    pub device: u64,
    pub inode: u64,
    pub generation: u64,
}

/// Number of a mount.
pub(crate) type MountId = u32;

/// A file of a mount. Valid during one call: it keeps nothing alive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub(crate) mount: MountId,
    pub(crate) node: Node,
}

/// A file of some kind of file system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Node {
    /// A file in kernel memory.
    Inode(Ino),
    /// A file of the mount's store.
    Store(StorePath),
    /// A file of an overlay that only its lower layers have.
    Lower(Lower),
    /// A file of /proc.
    Proc(ProcNode),
    /// The terminal side of a pseudo-terminal, by number.
    Terminal(u32),
    /// Whatever an open file refers to that has no place in a tree: reached through /proc/self/fd.
    OpenFile(OpenFileId),
}

/// A file of an overlay's lower layers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Lower {
    /// Its path in the layers.
    pub(crate) path: StorePath,
    /// The nearest directory above it that the upper layer has.
    pub(crate) anchor: Ino,
}

/// A path in a store, without slashes at either end; empty for the root.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct StorePath(Arc<[u8]>);

/// A place that is held: its file lives on though it may be removed from the tree. To be given back with
/// `Kernel::location_drop`, which is why it cannot be cloned: its place can, to be held again.
#[derive(Debug, Serialize, Deserialize)]
pub struct Location(Place);

impl Default for Node {
    fn default() -> Self {
        Self::Inode(Ino::default())
    }
}

impl StorePath {
    pub(crate) fn new(path: impl Into<Arc<[u8]>>) -> Self {
        Self(path.into())
    }

    /// The path of an entry of this directory.
    pub(crate) fn join(&self, name: &[u8]) -> Vec<u8> {
        let mut path = Vec::with_capacity(self.len() + 1 + name.len());
        path.extend_from_slice(self);
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        path
    }

    /// The path of the directory it is in; none for the root.
    pub(crate) fn parent(&self) -> Option<&[u8]> {
        if self.is_empty() {
            return None;
        }
        Some(&self[..self.iter().rposition(|&byte| byte == b'/').unwrap_or(0)])
    }

    /// The last component.
    pub(crate) fn name(&self) -> &[u8] {
        &self[self.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1)..]
    }

    /// What follows `directory` in it, where it lies below that directory.
    pub(crate) fn below(&self, directory: &[u8]) -> Option<&[u8]> {
        if directory.is_empty() {
            return (!self.is_empty()).then_some(self);
        }
        self.strip_prefix(directory)?.strip_prefix(b"/")
    }
}

impl Deref for StorePath {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for StorePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self)
    }
}

impl<'de> Deserialize<'de> for StorePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(serde_bytes::ByteBuf::deserialize(deserializer)?.into_vec()))
    }
}

impl Deref for Location {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.0
    }
}

impl Location {
    /// To move a held place where the file it stands for has got another node; references are the caller's business.
    pub(super) fn place_mut(&mut self) -> &mut Place {
        &mut self.0
    }
}

impl Place {
    pub(crate) fn inode(mount: MountId, ino: Ino) -> Self {
        Self { mount, node: Node::Inode(ino) }
    }
}

impl Kernel {
    /// Holds a place.
    pub(crate) fn hold(&mut self, place: Place) -> Location {
        match place.node {
            Node::Inode(ino) => self.state.vfs.inodes[ino].references += 1,
            Node::OpenFile(file) => self.retain(file),
            _ => {}
        }
        Location(place)
    }

    /// The root directory, held.
    pub(crate) fn root_location(&mut self) -> Location {
        let root = self.state.vfs.root();
        self.hold(root)
    }

    /// Lets a held place go.
    pub(crate) fn location_drop(&mut self, location: Location) {
        match location.0.node {
            Node::Inode(ino) => {
                self.state.vfs.inodes[ino].references -= 1;
                self.inode_forget(ino);
            }
            Node::OpenFile(file) => self.release(file),
            _ => {}
        }
    }
}
