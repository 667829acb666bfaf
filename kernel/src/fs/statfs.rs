//! POSIX fstatvfs().

use super::data::PAGE;
use super::location::MountId;
use super::mounts::Source;
use super::resolve::NAME_MAX;
use super::{FileSystemStat, StoreSpace};
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// Figures of the file system that holds a path; an empty path means `dir` itself.
    pub fn statfs(&mut self, tid: Tid, dir: Fd, path: &[u8]) -> Result<FileSystemStat> {
        let pid = self.enter(tid)?;
        let found = self.resolve_or_self(pid, dir, path, true)?;
        Ok(self.mount_stat(found.place.mount)?)
    }

    pub(crate) fn mount_stat(&mut self, mount: MountId) -> Result<FileSystemStat, Errno> {
        let read_only = self.state.vfs.mount(mount).read_only;
        let space = match self.state.vfs.mount(mount).source {
            Source::Store { store, .. } => self.host.store_space(store)?,
            Source::Proc => StoreSpace { block_size: PAGE as u32, blocks: 0, blocks_free: 0, files: 0, files_free: 0 },
            Source::Memory | Source::Overlay { .. } | Source::Dev => {
                let limits = &self.state.limits;
                StoreSpace {
                    block_size: PAGE as u32,
                    blocks: limits.memory / PAGE,
                    blocks_free: limits.memory.saturating_sub(self.state.memory) / PAGE,
                    files: limits.inodes,
                    files_free: limits.inodes.saturating_sub(self.state.vfs.inodes.len() as u64),
                }
            }
        };
        let StoreSpace { block_size, blocks, blocks_free, files, files_free } = space;
        let name_max = NAME_MAX as u32;
        Ok(FileSystemStat { block_size, blocks, blocks_free, files, files_free, name_max, read_only })
    }
}
