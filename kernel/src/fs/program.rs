//! Files as programs to run.

use super::inode::Content;
use super::location::Node;
use super::open_node::OpenNode;
use super::{AccessMode, FileKind, StoreFlags};
use crate::open_file::{FileObject, OpenFileId, OpenFlags};
use crate::{Errno, Fd, Host, Kernel, Pid, ProgramSource};

/// A regular file that a process may execute, opened.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its open file; whoever has the program owns a reference.
    pub(crate) file: OpenFileId,
    /// Its absolute path.
    pub(crate) path: Vec<u8>,
    pub(crate) size: u64,
    /// Permission and set-id bits, and whose they are.
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) source: ProgramSource,
}

impl Kernel {
    /// Opens a program: a regular file that the process may execute (`ACCES` otherwise).
    pub(crate) fn program_open(&mut self, pid: Pid, dir: Fd, path: &[u8]) -> Result<Program, Errno> {
        let found = self.resolve(pid, dir, path, true)?;
        let stat = self.stat_of(&found)?;
        if stat.kind != FileKind::Regular {
            return Err(Errno::ACCES);
        }
        let permissions = self.permissions_of(&found)?;
        self.process(pid).credentials().check(permissions, AccessMode::EXECUTE)?;
        if let Node::Proc(_) = found.place.node {
            return Err(Errno::ACCES);
        }
        let path = self.path_of(&found.place).unwrap_or_else(|| path.to_vec());
        let handle = match &found.place.node {
            Node::Store(store_path) => {
                let open = |host: &mut dyn Host, store| host.store_open(store, store_path, StoreFlags::READ, 0);
                Some(self.store_read(pid, found.place.mount, store_path, "execute", open)?)
            }
            _ => None,
        };
        let location = self.hold(found.place);
        let object = FileObject::Node(OpenNode::new(location, FileKind::Regular, handle));
        let file = self.new_open_file(object, OpenFlags::READ)?;
        let source = match self.program_source(file, stat.inode) {
            Ok(source) => source,
            Err(errno) => {
                self.release(file);
                return Err(errno);
            }
        };
        Ok(Program { file, path, size: stat.size, mode: stat.mode, uid: stat.uid, gid: stat.gid, source })
    }

    fn program_source(&mut self, file: OpenFileId, number: u64) -> Result<ProgramSource, Errno> {
        if let Node::Inode(ino) = self.place_of_file(file).node
            && let Content::Regular(_) = self.state.vfs.inodes[ino].content
        {
            let inode = &self.state.vfs.inodes[ino];
            return Ok(ProgramSource::Kernel(self.state.vfs.device(inode.mount), u64::from(ino), inode.version));
        }
        let handle = self.host_handle(file)?.ok_or(Errno::ACCES)?;
        Ok(ProgramSource::Store(handle, number))
    }

    /// Bytes of a program. Fewer than `length` only at the end.
    pub(crate) fn program_read(&mut self, file: OpenFileId, offset: u64, length: u32) -> Result<Vec<u8>, Errno> {
        if let Node::Inode(ino) = self.place_of_file(file).node
            && let Content::Regular(data) = &self.state.vfs.inodes[ino].content
        {
            return Ok(data.read(offset, length.into()));
        }
        let handle = self.host_handle(file)?.ok_or(Errno::INVAL)?;
        let mut bytes = self.host.store_read(handle, offset, length)?;
        while bytes.len() < length as usize {
            let done = bytes.len();
            let more = self.host.store_read(handle, offset + done as u64, length - done as u32)?;
            if more.is_empty() {
                break;
            }
            bytes.extend_from_slice(&more);
        }
        Ok(bytes)
    }

    /// The bytes of a small file such as /etc/hosts, wherever it lies: at most `max` of them.
    pub(crate) fn read_whole(&mut self, pid: Pid, path: &[u8], max: u32) -> Result<Vec<u8>, Errno> {
        let found = self.resolve(pid, crate::AT_FDCWD, path, true)?;
        let permissions = self.permissions_of(&found)?;
        if permissions.kind != FileKind::Regular {
            return Err(Errno::INVAL);
        }
        self.process(pid).credentials().check(permissions, AccessMode::READ)?;
        if let &Node::Inode(ino) = &found.place.node
            && let Content::Regular(data) = &self.state.vfs.inodes[ino].content
        {
            return Ok(data.read(0, max.into()));
        }
        let (store, path) = match &found.place.node {
            Node::Store(path) => (self.store_of(found.place.mount), path.clone()),
            Node::Lower(lower) => (self.lower_store(found.place.mount, &lower.path)?.0, lower.path.clone()),
            &Node::Inode(ino) => match &self.state.vfs.inodes[ino].content {
                Content::Lower(file) => (file.store, file.path.clone()),
                _ => return Err(Errno::INVAL),
            },
            _ => return Err(Errno::INVAL),
        };
        let handle = self.host.store_open(store, &path, StoreFlags::READ, 0)?;
        let bytes = self.host.store_read(handle, 0, max);
        self.host.store_close(handle);
        bytes
    }
}
