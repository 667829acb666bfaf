//! POSIX write() and pwrite().

use super::data::MAX_SIZE;
use super::inode::{Content, Ino};
use super::location::Node;
use super::{FileKind, Output, WatchEvents};
use crate::open_file::{FileObject, OpenFileId, OpenFlags};
use crate::{Errno, Extent, Fd, Kernel, Pid, Result, Tid};

const SIGXFSZ: u8 = 25;

impl Kernel {
    /// Writes at the file position, or at the end with O_APPEND.
    pub fn write(&mut self, tid: Tid, fd: Fd, data: Vec<u8>) -> Result<Output> {
        let pid = self.enter(tid)?;
        let file = self.writable_file(pid, fd)?;
        let open = self.file(file);
        let (offset, nonblock) = (open.offset, open.flags.contains(OpenFlags::NONBLOCK));
        let count = match open.object {
            FileObject::Node(_) => {
                let (output, end) = self.write_node(pid, file, offset, &data, false)?;
                if let Output::Count(_) = output {
                    self.file_mut(file).offset = end;
                }
                return Ok(output);
            }
            FileObject::PipeWriter(pipe) | FileObject::PipeBoth(pipe) => self.pipe_write(tid, pipe, data, nonblock)?,
            FileObject::PipeReader(_) | FileObject::Watch(_) => return Err(Errno::BADF.into()),
            FileObject::PtyMaster(pty) => self.pty_master_write(tid, pty, data, nonblock)?,
            FileObject::Terminal(pty) => self.terminal_write(tid, pty, data, nonblock)?,
            FileObject::Socket(socket) => self.socket_write(tid, socket, data, nonblock)?,
        };
        Ok(Output::Count(count))
    }

    /// Writes at `offset`, whatever O_APPEND says; the file position stays.
    pub fn pwrite(&mut self, tid: Tid, fd: Fd, offset: u64, data: Vec<u8>) -> Result<Output> {
        let pid = self.enter(tid)?;
        let file = self.writable_file(pid, fd)?;
        match self.file(file).object {
            FileObject::Node(_) if offset <= MAX_SIZE => Ok(self.write_node(pid, file, offset, &data, true)?.0),
            FileObject::Node(_) => Err(Errno::INVAL.into()),
            _ => Err(Errno::SPIPE.into()),
        }
    }

    /// Writes to a file of a file system; gives the position after it, too.
    fn write_node(
        &mut self,
        pid: Pid,
        file: OpenFileId,
        offset: u64,
        data: &[u8],
        positioned: bool,
    ) -> Result<(Output, u64)> {
        let open = self.file(file);
        let append = open.flags.contains(OpenFlags::APPEND) && !positioned;
        let FileObject::Node(node) = &open.object else { unreachable!("checked to be a node") };
        match &node.location.node {
            &Node::Inode(ino) => match self.state.vfs.inodes[ino].content {
                Content::Device(device) => {
                    let count = self.device_write(device, data)?;
                    Ok((Output::Count(count), offset))
                }
                _ => Ok(self.write_memory(pid, ino, if append { None } else { Some(offset) }, data)?),
            },
            Node::Store(_) => {
                let handle = node.handle.ok_or(Errno::BADF)?;
                let limit = self.process(pid).file_size_limit();
                let at = if append && limit < MAX_SIZE { self.host.store_stat(handle)?.size } else { offset };
                let length = self.clip(pid, at, data.len() as u64, limit)? as u32;
                Ok((Output::Host(Extent { handle, offset, length, append }), offset))
            }
            &Node::Proc(node) => {
                self.proc_write(pid, node, data)?;
                Ok((Output::Count(data.len() as u32), offset + data.len() as u64))
            }
            _ => Err(Errno::BADF.into()),
        }
    }

    /// Writes to a regular file in memory, at its end where no offset is given.
    fn write_memory(&mut self, pid: Pid, ino: Ino, offset: Option<u64>, data: &[u8]) -> Result<(Output, u64), Errno> {
        let offset = offset.unwrap_or_else(|| self.state.vfs.inodes[ino].size());
        if data.is_empty() {
            return Ok((Output::Count(0), offset));
        }
        self.copy_up_data(ino, true)?;
        let limit = self.process(pid).file_size_limit();
        let mut data = &data[..self.clip(pid, offset, data.len() as u64, limit)? as usize];
        let Content::Regular(content) = &self.state.vfs.inodes[ino].content else { return Err(Errno::INVAL) };
        let mut growth = content.growth(offset, data.len() as u64);
        if growth > 0 && self.charge(growth).is_err() {
            // As much as there is room for, in halves: a full file system takes what it can.
            loop {
                data = &data[..data.len() / 2];
                growth = content_growth(self, ino, offset, data);
                if data.is_empty() {
                    return Err(Errno::NOSPC);
                }
                if self.charge(growth).is_ok() {
                    break;
                }
            }
        }
        let Content::Regular(content) = &mut self.state.vfs.inodes[ino].content else { return Err(Errno::INVAL) };
        content.write(offset, data);
        self.clear_set_ids(pid, ino);
        self.touch_modified(ino);
        self.notify_inode(ino, WatchEvents::MODIFY);
        Ok((Output::Count(data.len() as u32), offset + data.len() as u64))
    }

    /// How many of `length` bytes may be written at `offset` under RLIMIT_FSIZE: `FBIG` and SIGXFSZ when none.
    pub(crate) fn clip(&mut self, pid: Pid, offset: u64, length: u64, limit: u64) -> Result<u64, Errno> {
        let room = limit.min(MAX_SIZE).saturating_sub(offset);
        if room == 0 && length > 0 {
            if limit < MAX_SIZE {
                self.raise(pid, SIGXFSZ);
            }
            return Err(Errno::FBIG);
        }
        Ok(length.min(room))
    }

    /// Writing takes the set-id bits from a file, unless the writer is privileged.
    pub(crate) fn clear_set_ids(&mut self, pid: Pid, ino: Ino) {
        let inode = &mut self.state.vfs.inodes[ino];
        if inode.mode & 0o6000 == 0 || inode.kind() != FileKind::Regular || self.process(pid).credentials().privileged()
        {
            return;
        }
        let inode = &mut self.state.vfs.inodes[ino];
        let executable_by_group = inode.mode & 0o010 != 0;
        inode.mode &= if executable_by_group { !0o6000 } else { !0o4000 };
    }
}

fn content_growth(kernel: &Kernel, ino: Ino, offset: u64, data: &[u8]) -> u64 {
    match &kernel.state.vfs.inodes[ino].content {
        Content::Regular(content) => content.growth(offset, data.len() as u64),
        _ => 0,
    }
}
