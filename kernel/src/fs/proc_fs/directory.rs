//! Directories of /proc.

use super::ProcNode;
use super::process::ProcessFile;
use super::sysctl::Sysctl;
use super::system::SystemFile;
use crate::fs::DirectoryEntry;
use crate::{Errno, Kernel, Pid};

/// Cookies of numbered entries (processes, descriptors) are the number above this.
const NUMBERED: u64 = 1 << 32;

impl Kernel {
    /// The file of a name in a directory of /proc.
    pub(crate) fn proc_lookup(&mut self, pid: Pid, node: ProcNode, name: &[u8]) -> Result<ProcNode, Errno> {
        if node.kind() != crate::fs::FileKind::Directory {
            return Err(Errno::NOTDIR);
        }
        self.proc_may_look(pid, node)?;
        if let Some(found) = named_entries(node).into_iter().find(|entry| entry.name() == name) {
            return self.proc_exists(found);
        }
        // The name as it is listed: no signs, no zeros in front.
        let number = std::str::from_utf8(name).ok().and_then(|name| name.parse::<u32>().ok());
        let number = number.filter(|number| number.to_string().as_bytes() == name).ok_or(Errno::NOENT)?;
        let found = match node {
            ProcNode::Root => ProcNode::Process(number),
            ProcNode::Descriptors(of) => ProcNode::Descriptor(of, number),
            ProcNode::DescriptorInfos(of) => ProcNode::DescriptorInfo(of, number),
            ProcNode::Tasks(of) => ProcNode::Task(of, number),
            _ => return Err(Errno::NOENT),
        };
        self.proc_exists(found)
    }

    /// Reads a directory of /proc.
    pub(crate) fn proc_readdir(
        &mut self,
        pid: Pid,
        node: ProcNode,
        cookie: u64,
        count: usize,
        out: &mut Vec<DirectoryEntry>,
    ) -> Result<(), Errno> {
        self.proc_exists(node)?;
        self.proc_may_look(pid, node)?;
        let entry =
            |node: ProcNode, next| DirectoryEntry { inode: node.number(), kind: node.kind(), name: node.name(), next };
        if cookie < NUMBERED {
            let named = named_entries(node).into_iter().zip(3..).filter(|&(_, next)| next > cookie);
            out.extend(named.take(count - out.len()).map(|(node, next)| entry(node, next)));
        }
        // A cookie is one more than the number it follows.
        let from = cookie.saturating_sub(NUMBERED);
        let numbered = self.numbered_entries(node).into_iter().filter(|&(number, _)| u64::from(number) >= from);
        out.extend(
            numbered.take(count - out.len()).map(|(number, node)| entry(node, NUMBERED + u64::from(number) + 1)),
        );
        Ok(())
    }

    fn proc_exists(&self, node: ProcNode) -> Result<ProcNode, Errno> {
        let process = match node.pid() {
            Some(pid) => self.state.processes.get(pid).ok_or(Errno::NOENT)?,
            None => return Ok(node),
        };
        match node {
            ProcNode::Descriptor(_, fd) | ProcNode::DescriptorInfo(_, fd) => {
                process.descriptors.get(fd).map_err(|_| Errno::NOENT)?;
            }
            ProcNode::Task(_, tid) | ProcNode::TaskFile(_, tid, _) if !process.tasks.contains(&tid) => {
                return Err(Errno::NOENT);
            }
            _ => {}
        }
        Ok(node)
    }

    fn numbered_entries(&self, node: ProcNode) -> Vec<(u32, ProcNode)> {
        let process = node.pid().and_then(|pid| self.state.processes.get(pid));
        let descriptors = || process.into_iter().flat_map(|process| process.descriptors.iter().map(|(fd, _)| fd));
        match node {
            ProcNode::Root => {
                self.state.processes.iter().map(|process| (process.pid, ProcNode::Process(process.pid))).collect()
            }
            ProcNode::Descriptors(pid) => descriptors().map(|fd| (fd, ProcNode::Descriptor(pid, fd))).collect(),
            ProcNode::DescriptorInfos(pid) => descriptors().map(|fd| (fd, ProcNode::DescriptorInfo(pid, fd))).collect(),
            ProcNode::Tasks(pid) => {
                let mut tasks = process.map(|process| process.tasks.clone()).unwrap_or_default();
                tasks.sort_unstable();
                tasks.into_iter().map(|tid| (tid, ProcNode::Task(pid, tid))).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn named_entries(node: ProcNode) -> Vec<ProcNode> {
    match node {
        ProcNode::Root => {
            let system = SystemFile::ALL.iter().map(|&file| ProcNode::System(file));
            [ProcNode::Myself, ProcNode::Sysctl(Sysctl::Root)].into_iter().chain(system).collect()
        }
        ProcNode::Sysctl(file) => file.children().map(ProcNode::Sysctl).collect(),
        ProcNode::Process(pid) => {
            let files = ProcessFile::ALL.iter().map(|&file| ProcNode::ProcessFile(pid, file));
            [ProcNode::Descriptors(pid), ProcNode::DescriptorInfos(pid), ProcNode::Tasks(pid)]
                .into_iter()
                .chain(files)
                .collect()
        }
        ProcNode::Task(pid, tid) => ProcessFile::ALL.iter().map(|&file| ProcNode::TaskFile(pid, tid, file)).collect(),
        _ => Vec::new(),
    }
}
