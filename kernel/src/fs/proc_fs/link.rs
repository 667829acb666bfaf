//! Links of /proc, most of which lead straight to a file whatever its name.

use super::ProcNode;
use super::process::ProcessFile;
use super::system::SystemFile;
use crate::fs::location::Place;
use crate::open_file::FileObject;
use crate::{Errno, Fd, Kernel, Pid};

impl Kernel {
    /// Where a link leads, if that is a file and not a path to go on with.
    pub(crate) fn proc_follow(&mut self, pid: Pid, node: ProcNode) -> Result<Option<Place>, Errno> {
        self.proc_may_look(pid, node)?;
        match node {
            ProcNode::Descriptor(of, fd) => Ok(Some(self.place_of_file(self.descriptor_of(of, fd)?))),
            ProcNode::ProcessFile(of, file) | ProcNode::TaskFile(of, _, file) => self.process_link(of, file).map(Some),
            _ => Ok(None),
        }
    }

    /// The content of a link.
    pub(crate) fn proc_read_link(&mut self, pid: Pid, node: ProcNode) -> Result<Vec<u8>, Errno> {
        self.proc_may_look(pid, node)?;
        match node {
            ProcNode::Myself => Ok(pid.to_string().into_bytes()),
            ProcNode::System(SystemFile::Mounts) => Ok(b"self/mounts".to_vec()),
            ProcNode::ProcessFile(of, file) | ProcNode::TaskFile(of, _, file) => {
                let place = self.process_link(of, file)?;
                Ok(self.path_of(&place).unwrap_or_else(|| b" (deleted)".to_vec()))
            }
            ProcNode::Descriptor(of, fd) => {
                let file = self.descriptor_of(of, fd)?;
                Ok(match self.file(file).object {
                    FileObject::PipeReader(pipe) | FileObject::PipeWriter(pipe) | FileObject::PipeBoth(pipe)
                        if self.pipe_fifo(pipe).is_none() =>
                    {
                        format!("pipe:[{pipe}]").into_bytes()
                    }
                    FileObject::Socket(socket) => format!("socket:[{socket}]").into_bytes(),
                    FileObject::Watch(_) => b"anon_inode:inotify".to_vec(),
                    FileObject::PtyMaster(_) => b"/dev/ptmx".to_vec(),
                    _ => self.path_of(&self.status_place(file)).unwrap_or_else(|| b" (deleted)".to_vec()),
                })
            }
            _ => Err(Errno::INVAL),
        }
    }

    pub(super) fn descriptor_of(&self, pid: Pid, fd: Fd) -> Result<crate::open_file::OpenFileId, Errno> {
        let process = self.state.processes.get(pid).ok_or(Errno::NOENT)?;
        process.descriptors.get(fd).map(|descriptor| descriptor.file).map_err(|_| Errno::NOENT)
    }

    fn process_link(&self, pid: Pid, file: ProcessFile) -> Result<Place, Errno> {
        let process = self.state.processes.get(pid).filter(|process| !process.is_zombie()).ok_or(Errno::NOENT)?;
        match file {
            ProcessFile::Cwd => Ok((*process.cwd).clone()),
            ProcessFile::Root => Ok(self.state.vfs.root()),
            ProcessFile::Exe => Ok(self.place_of_file(process.program_file.ok_or(Errno::NOENT)?)),
            _ => Err(Errno::INVAL),
        }
    }
}
