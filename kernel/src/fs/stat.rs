//! POSIX fstatat() and fstat().

use super::devices::terminal_id;
use super::location::Node;
use super::resolve::Found;
use super::{FileKind, FileStat};
use crate::open_file::{FileObject, OpenFileId};
use crate::{Errno, Fd, Kernel, Result, Tid};

/// `st_dev` of what belongs to no mount: pipes, sockets, event queues.
const ANONYMOUS_DEVICE: u64 = 1 << 32;

impl Kernel {
    /// Status of the file at a path; an empty path means `dir` itself.
    pub fn stat(&mut self, tid: Tid, dir: Fd, path: &[u8], follow: bool) -> Result<FileStat> {
        let pid = self.enter(tid)?;
        if path.is_empty() {
            return self.fstat(tid, dir);
        }
        let found = self.resolve(pid, dir, path, follow)?;
        Ok(self.stat_of(&found)?)
    }

    /// Status of an open file.
    pub fn fstat(&mut self, tid: Tid, fd: Fd) -> Result<FileStat> {
        let pid = self.enter(tid)?;
        if fd == crate::AT_FDCWD || fd == crate::AT_ROOT {
            let place = self.directory_of(pid, fd)?;
            return Ok(self.stat_of(&Found { place, stat: None })?);
        }
        let file = self.open_file(pid, fd)?;
        Ok(self.stat_of_file(file)?)
    }

    /// Status of a file that was found.
    pub(crate) fn stat_of(&mut self, found: &Found) -> Result<FileStat, Errno> {
        if let Some(stat) = found.stat {
            return Ok(stat);
        }
        let mount = found.place.mount;
        let device = self.state.vfs.device(mount);
        match &found.place.node {
            &Node::Inode(ino) => Ok(self.state.vfs.inodes[ino].stat(device)),
            Node::Store(path) => {
                let walked = self.store_walk(mount, self.store_of(mount), path)?;
                if walked.consumed as usize == path.len() { Ok(walked.stat) } else { Err(Errno::NOENT) }
            }
            Node::Lower(lower) => Ok(self.lower_store(mount, &lower.path)?.1),
            &Node::Proc(node) => self.proc_stat(node, device),
            &Node::Terminal(pty) => self.terminal_stat(pty, device),
            &Node::OpenFile(file) => self.stat_of_file(file),
        }
    }

    /// Status of an open file.
    pub(crate) fn stat_of_file(&mut self, file: OpenFileId) -> Result<FileStat, Errno> {
        let anonymous = |kind, inode: u32, mode| FileStat {
            device: ANONYMOUS_DEVICE,
            inode: u64::from(inode),
            kind,
            mode,
            links: 1,
            block_size: 4096,
            ..FileStat::default()
        };
        let open = self.state.files.get(file).expect("open file in use");
        match &open.object {
            FileObject::Node(node) => {
                if let (Node::Store(_), Some(handle)) = (&node.location.node, node.handle) {
                    let device = self.state.vfs.device(node.location.mount);
                    return Ok(FileStat { device, ..self.host.store_stat(handle)? });
                }
                let place = (*node.location).clone();
                self.stat_of(&Found { place, stat: None })
            }
            &(FileObject::PipeReader(pipe) | FileObject::PipeWriter(pipe) | FileObject::PipeBoth(pipe)) => {
                if let Some(ino) = self.pipe_fifo(pipe).and_then(|id| self.inode_by_id(id)) {
                    let inode = &self.state.vfs.inodes[ino];
                    return Ok(inode.stat(self.state.vfs.device(inode.mount)));
                }
                Ok(FileStat { size: self.pipe_available(pipe), ..anonymous(FileKind::Fifo, pipe, 0o600) })
            }
            &FileObject::PtyMaster(pty) => {
                let device_id = super::devices::Device::Ptmx.id();
                Ok(FileStat { device_id, ..anonymous(FileKind::CharacterDevice, pty, 0o666) })
            }
            &FileObject::Terminal(pty) => {
                let device = self.device_of_terminals();
                self.terminal_stat(pty, device)
            }
            &FileObject::Socket(socket) => Ok(anonymous(FileKind::Socket, socket, 0o777)),
            &FileObject::Watch(watch) => Ok(anonymous(FileKind::Unknown, watch, 0o600)),
        }
    }

    /// `st_dev` of terminals: that of the first /dev.
    fn device_of_terminals(&self) -> u64 {
        let mounts = &self.state.vfs.mounts;
        let dev = mounts.iter().find(|(_, mount)| matches!(mount.source, super::mounts::Source::Dev));
        dev.map_or(ANONYMOUS_DEVICE, |(id, _)| self.state.vfs.device(id))
    }

    fn terminal_stat(&self, pty: u32, device: u64) -> Result<FileStat, Errno> {
        let terminal = self.state.ptys.get(pty).ok_or(Errno::NOENT)?;
        Ok(FileStat {
            device,
            // Beside the inodes of /dev itself.
            inode: 1 << 33 | u64::from(pty),
            kind: FileKind::CharacterDevice,
            mode: terminal.mode,
            links: 1,
            uid: terminal.uid,
            gid: terminal.gid,
            device_id: terminal_id(pty),
            block_size: 1024,
            ..FileStat::default()
        })
    }
}
