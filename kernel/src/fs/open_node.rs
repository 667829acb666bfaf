//! Open files of file systems.

use serde::{Deserialize, Serialize};

use super::inode::{Content, Ino};
use super::location::{FileId, Location, Node, Place};
use super::readdir::Listing;
use super::{FileKind, StoreFlags, WatchEvents};
use crate::open_file::{FileObject, OpenFile, OpenFileId, OpenFlags};
use crate::poll::Events;
use crate::{Errno, Fd, Kernel, Pid};

/// A file system object held by an open file.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenNode {
    pub(crate) location: Location,
    pub(crate) kind: FileKind,
    /// Handle of its bytes on the host. For the frozen files of an overlay it is opened when first needed.
    pub(crate) handle: Option<u32>,
    /// Content of a file of /proc, as it was when last read from the start.
    pub(crate) text: Option<serde_bytes::ByteBuf>,
    /// Where a reader of a directory that lies on the host has got to.
    pub(crate) listing: Option<Box<Listing>>,
}

impl OpenNode {
    pub(crate) fn new(location: Location, kind: FileKind, handle: Option<u32>) -> Self {
        Self { location, kind, handle, text: None, listing: None }
    }
}

impl Kernel {
    pub(crate) fn node_close(&mut self, node: OpenNode, flags: OpenFlags) {
        if flags.contains(OpenFlags::WRITE) && node.kind == FileKind::Regular {
            self.notify(&node.location, WatchEvents::CLOSE_WRITE);
        }
        for handle in [node.handle, node.listing.and_then(|listing| listing.handle)].into_iter().flatten() {
            self.host.store_close(handle);
        }
        self.location_drop(node.location);
    }

    /// Readiness of a file: it is always ready.
    pub(crate) fn node_poll(&self, _node: &OpenNode) -> Events {
        Events::READABLE | Events::WRITABLE
    }

    pub(crate) fn file(&self, file: OpenFileId) -> &OpenFile {
        self.state.files.get(file).expect("open file in use")
    }

    pub(crate) fn file_mut(&mut self, file: OpenFileId) -> &mut OpenFile {
        self.state.files.get_mut(file).expect("open file in use")
    }

    /// The open file of a descriptor, which must be a file of a file system.
    pub(crate) fn node_mut(&mut self, file: OpenFileId) -> &mut OpenNode {
        match &mut self.file_mut(file).object {
            FileObject::Node(node) => node,
            _ => unreachable!("checked to be a node"),
        }
    }

    /// The open file of a descriptor that is not merely a path handle (`BADF`).
    pub(crate) fn usable_file(&self, pid: Pid, fd: Fd) -> Result<OpenFileId, Errno> {
        let file = self.open_file(pid, fd)?;
        if self.file(file).flags.contains(OpenFlags::PATH) { Err(Errno::BADF) } else { Ok(file) }
    }

    /// The open file of a descriptor that may be written.
    pub(crate) fn writable_file(&self, pid: Pid, fd: Fd) -> Result<OpenFileId, Errno> {
        let file = self.open_file(pid, fd)?;
        if self.file(file).flags.contains(OpenFlags::WRITE) { Ok(file) } else { Err(Errno::BADF) }
    }

    /// The place of an open file; one of its own for what lies in no file system.
    pub(crate) fn place_of_file(&self, file: OpenFileId) -> Place {
        match &self.file(file).object {
            FileObject::Node(node) => (*node.location).clone(),
            &FileObject::Terminal(pty) => Place { mount: 0, node: Node::Terminal(pty) },
            _ => Place { mount: 0, node: Node::OpenFile(file) },
        }
    }

    /// Identity of an open file.
    pub(crate) fn file_id(&mut self, file: OpenFileId) -> Result<FileId, Errno> {
        if let Node::Inode(ino) = self.place_of_file(file).node {
            return Ok(self.inode_id(ino));
        }
        let stat = self.stat_of_file(file)?;
        Ok(FileId { device: stat.device, inode: stat.inode, generation: 0 })
    }

    pub(crate) fn inode_id(&self, ino: Ino) -> FileId {
        let inode = &self.state.vfs.inodes[ino];
        FileId { device: self.state.vfs.device(inode.mount), inode: u64::from(ino), generation: inode.born }
    }

    /// The inode with this identity, if there still is one.
    pub(crate) fn inode_by_id(&self, id: FileId) -> Option<Ino> {
        let ino = Ino::try_from(id.inode).ok()?;
        let inode = self.state.vfs.inodes.get(ino)?;
        (inode.born == id.generation).then_some(ino)
    }

    /// The host handle of an open file's bytes; none where they lie in kernel memory.
    pub(crate) fn host_handle(&mut self, file: OpenFileId) -> Result<Option<u32>, Errno> {
        let FileObject::Node(node) = &self.file(file).object else { return Ok(None) };
        let (store, path) = match &node.location.node {
            Node::Store(_) => return Ok(node.handle),
            &Node::Inode(ino) => match &self.state.vfs.inodes[ino].content {
                Content::Lower(_) if node.handle.is_some() => return Ok(node.handle),
                Content::Lower(lower) => (lower.store, lower.path.clone()),
                _ => return Ok(None),
            },
            Node::Lower(_) if node.handle.is_some() => return Ok(node.handle),
            Node::Lower(lower) => {
                let (mount, path) = (node.location.mount, lower.path.clone());
                (self.lower_store(mount, &path)?.0, path)
            }
            _ => return Ok(None),
        };
        let handle = self.host.store_open(store, &path, StoreFlags::READ, 0)?;
        self.node_mut(file).handle = Some(handle);
        Ok(Some(handle))
    }
}
