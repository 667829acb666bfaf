//! /proc: processes and the system as files, in Linux' formats (proc(5)).
//!
//! Nothing of it is stored: a node says what to tell of, and the text is made when it is read from the start.

mod directory;
mod link;
mod node;
mod process;
mod sysctl;
mod system;

pub(crate) use node::ProcNode;

use super::{FileKind, FileStat};
use crate::open_file::OpenFlags;
use crate::{Errno, Kernel, Pid};

impl Kernel {
    /// Status of a file of /proc.
    pub(crate) fn proc_stat(&mut self, node: ProcNode, device: u64) -> Result<FileStat, Errno> {
        let owner = match node.pid() {
            Some(pid) => Some(self.state.processes.get(pid).ok_or(Errno::NOENT)?),
            None => None,
        };
        let (uid, gid, since) =
            owner.map_or((0, 0, 0), |process| (process.effective_uid, process.effective_gid, process.started));
        let kind = node.kind();
        let time = self.time_at(since);
        Ok(FileStat {
            device,
            inode: node.number(),
            kind,
            mode: node.mode(),
            links: if kind == FileKind::Directory { 2 } else { 1 },
            uid,
            gid,
            block_size: 1024,
            accessed: time,
            modified: time,
            changed: time,
            created: time,
            ..FileStat::default()
        })
    }

    /// Checks what is special about opening a file of /proc.
    pub(crate) fn proc_open(&mut self, pid: Pid, node: ProcNode, flags: OpenFlags) -> Result<(), Errno> {
        if node.kind() == FileKind::Directory {
            return self.proc_may_look(pid, node);
        }
        if flags.contains(OpenFlags::WRITE) && !node.is_writable() {
            return Err(Errno::ACCES);
        }
        self.proc_may_look(pid, node)?;
        if flags.contains(OpenFlags::READ) { self.proc_text(pid, node).map(drop) } else { Ok(()) }
    }

    /// What concerns a process's own affairs (its files, its environment) is for its user only.
    pub(crate) fn proc_may_look(&self, pid: Pid, node: ProcNode) -> Result<(), Errno> {
        let (true, Some(of)) = (node.is_private(), node.pid()) else { return Ok(()) };
        let process = self.state.processes.get(of).ok_or(Errno::NOENT)?;
        if self.process(pid).credentials().owns(process.uid) { Ok(()) } else { Err(Errno::ACCES) }
    }

    /// Content of a file of /proc, as of now.
    pub(crate) fn proc_text(&mut self, pid: Pid, node: ProcNode) -> Result<Vec<u8>, Errno> {
        match node {
            ProcNode::System(file) => self.system_text(file),
            ProcNode::Sysctl(file) => self.sysctl_text(file),
            ProcNode::ProcessFile(of, file) => self.process_text(pid, of, of, file),
            ProcNode::TaskFile(of, tid, file) => self.process_text(pid, of, tid, file),
            ProcNode::DescriptorInfo(of, fd) => self.descriptor_info(of, fd),
            _ => Err(Errno::INVAL),
        }
    }

    /// Writes to a file of /proc: each write is a whole new value.
    pub(crate) fn proc_write(&mut self, pid: Pid, node: ProcNode, data: &[u8]) -> Result<(), Errno> {
        let value = data.strip_suffix(b"\n").unwrap_or(data);
        match node {
            ProcNode::Sysctl(file) => self.sysctl_write(pid, file, value),
            ProcNode::ProcessFile(of, process::ProcessFile::Comm) => {
                let name = serde_bytes::ByteBuf::from(&value[..value.len().min(process::NAME_MAX)]);
                self.state.processes.get_mut(of).ok_or(Errno::SRCH)?.title = Some(name);
                Ok(())
            }
            _ => Err(Errno::INVAL),
        }
    }
}
