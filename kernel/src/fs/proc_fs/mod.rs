//! /proc: processes and the system as files, in Linux' formats (proc(5)).

use serde::{Deserialize, Serialize};

use super::location::Place;
use super::{DirectoryEntry, FileKind, FileStat};
use crate::open_file::OpenFlags;
use crate::{Errno, Kernel, Pid};

/// A file of /proc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum ProcNode {
    Root,
}

impl ProcNode {
    pub(crate) fn kind(self) -> FileKind {
        FileKind::Directory
    }

    pub(crate) fn parent(self) -> Self {
        Self::Root
    }

    pub(crate) fn name(self) -> Vec<u8> {
        Vec::new()
    }
}

impl Kernel {
    pub(crate) fn proc_lookup(&mut self, _pid: Pid, _node: ProcNode, _name: &[u8]) -> Result<ProcNode, Errno> {
        Err(Errno::NOENT)
    }

    pub(crate) fn proc_follow(&mut self, _pid: Pid, _node: ProcNode) -> Result<Option<Place>, Errno> {
        Ok(None)
    }

    pub(crate) fn proc_read_link(&mut self, _pid: Pid, _node: ProcNode) -> Result<Vec<u8>, Errno> {
        Err(Errno::INVAL)
    }

    pub(crate) fn proc_stat(&mut self, node: ProcNode, device: u64) -> Result<FileStat, Errno> {
        Ok(FileStat { device, inode: 1, kind: node.kind(), mode: 0o555, links: 2, ..FileStat::default() })
    }

    pub(crate) fn proc_open(
        &mut self,
        _pid: Pid,
        _node: ProcNode,
        _flags: OpenFlags,
    ) -> Result<Option<serde_bytes::ByteBuf>, Errno> {
        Ok(None)
    }

    pub(crate) fn proc_write(&mut self, _pid: Pid, _node: ProcNode, _data: &[u8]) -> Result<(), Errno> {
        Err(Errno::INVAL)
    }

    pub(crate) fn proc_readdir(
        &mut self,
        _pid: Pid,
        _node: ProcNode,
        _cookie: u64,
        _count: usize,
        _out: &mut Vec<DirectoryEntry>,
    ) -> Result<(), Errno> {
        Ok(())
    }
}
