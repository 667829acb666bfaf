//! POSIX read() and pread().

use super::devices::Device;
use super::inode::{Content, Ino};
use super::location::Node;
use super::proc_fs::ProcNode;
use super::{FileKind, Input};
use crate::open_file::{FileObject, OpenFileId, OpenFlags};
use crate::{Errno, Extent, Fd, Kernel, Pid, Result, Tid};

/// What a regular file's bytes are read from.
enum Bytes {
    Memory(Ino),
    Device(Device),
    Text(ProcNode),
    Host,
}

impl Kernel {
    /// Reads at the file position.
    pub fn read(&mut self, tid: Tid, fd: Fd, length: u32) -> Result<Input> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let open = self.file(file);
        if !open.flags.contains(OpenFlags::READ) {
            return Err(Errno::BADF.into());
        }
        let (offset, nonblock) = (open.offset, open.flags.contains(OpenFlags::NONBLOCK));
        let bytes = match open.object {
            FileObject::Node(_) => {
                let input = self.read_node(pid, file, offset, length)?;
                if let Input::Bytes(bytes) = &input {
                    self.file_mut(file).offset = offset + bytes.len() as u64;
                }
                return Ok(input);
            }
            FileObject::PipeReader(pipe) | FileObject::PipeBoth(pipe) => self.pipe_read(tid, pipe, length, nonblock)?,
            FileObject::PipeWriter(_) => return Err(Errno::BADF.into()),
            FileObject::PtyMaster(pty) => self.pty_master_read(tid, pty, length, nonblock)?,
            FileObject::Terminal(pty) => self.terminal_read(tid, pty, length, nonblock)?,
            FileObject::Socket(socket) => self.socket_read(tid, socket, length, nonblock)?,
            FileObject::Watch(watch) => self.watch_read(tid, watch, length, nonblock)?,
        };
        Ok(Input::Bytes(bytes))
    }

    /// Reads at `offset`; the file position stays.
    pub fn pread(&mut self, tid: Tid, fd: Fd, offset: u64, length: u32) -> Result<Input> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let open = self.file(file);
        if !open.flags.contains(OpenFlags::READ) {
            return Err(Errno::BADF.into());
        }
        match open.object {
            FileObject::Node(_) if offset <= i64::MAX as u64 => self.read_node(pid, file, offset, length),
            FileObject::Node(_) => Err(Errno::INVAL.into()),
            _ => Err(Errno::SPIPE.into()),
        }
    }

    fn read_node(&mut self, pid: Pid, file: OpenFileId, offset: u64, length: u32) -> Result<Input> {
        let FileObject::Node(node) = &self.file(file).object else { unreachable!("checked to be a node") };
        if node.kind == FileKind::Directory {
            return Err(Errno::ISDIR.into());
        }
        let bytes = match node.location.node {
            Node::Inode(ino) => match self.state.vfs.inodes[ino].content {
                Content::Regular(_) => Bytes::Memory(ino),
                Content::Device(device) => Bytes::Device(device),
                _ => Bytes::Host,
            },
            Node::Proc(node) => Bytes::Text(node),
            _ => Bytes::Host,
        };
        match bytes {
            Bytes::Memory(ino) => {
                let inode = &mut self.state.vfs.inodes[ino];
                let Content::Regular(data) = &inode.content else { unreachable!("just seen") };
                let bytes = data.read(offset, length.into());
                // As with Linux' relatime: a reader needs to see only that the file was read since it was changed.
                if !bytes.is_empty() && (inode.accessed <= inode.modified || inode.accessed <= inode.changed) {
                    inode.accessed = self.host.realtime();
                }
                Ok(Input::Bytes(bytes))
            }
            Bytes::Device(device) => self.device_read(device, length),
            Bytes::Text(node) => {
                if offset == 0 {
                    let text = self.proc_text(pid, node)?;
                    self.node_mut(file).text = Some(text.into());
                }
                let FileObject::Node(node) = &self.file(file).object else { unreachable!("checked to be a node") };
                let text = node.text.as_deref().map_or(&[][..], Vec::as_slice);
                let rest = text.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
                Ok(Input::Bytes(rest[..rest.len().min(length as usize)].to_vec()))
            }
            Bytes::Host => {
                let handle = self.host_handle(file)?.ok_or(Errno::INVAL)?;
                Ok(Input::Host(Extent { handle, offset, length, append: false }))
            }
        }
    }
}
