//! Listing a directory.

use std::vec;

use vivarium_runner::{DirectoryEntry as KernelEntry, Errno};
use wasmtime::component::Resource;

use super::super::bindings::wasi::filesystem::types::{DirectoryEntry, HostDirectoryEntryStream};
use super::super::handle::Handle;
use super::super::unwind;
use super::{Failure, convert};
use crate::guest::Guest;

/// Entries asked of the kernel at once.
const BATCH: u32 = 64;

/// A listing under way.
pub struct DirectoryEntryStream {
    handle: Handle,
    cookie: u64,
    entries: vec::IntoIter<KernelEntry>,
}

impl DirectoryEntryStream {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle, cookie: 0, entries: Vec::new().into_iter() }
    }
}

impl HostDirectoryEntryStream for Guest {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> Result<Option<DirectoryEntry>, Failure> {
        let stream = self.resources.get_mut(&stream)?;
        loop {
            let Some(entry) = stream.entries.next() else {
                let (fd, cookie) = (stream.handle.fd(), stream.cookie);
                let batch = self.task.wait(|task| task.readdir(fd, cookie, BATCH)).await?;
                if batch.is_empty() {
                    return Ok(None);
                }
                stream.entries = batch.into_iter();
                continue;
            };
            stream.cookie = entry.next;
            if entry.name == b"." || entry.name == b".." {
                continue;
            }
            let name = String::from_utf8(entry.name).map_err(|_| Errno::Ilseq)?;
            return Ok(Some(DirectoryEntry { type_: convert::kind(entry.kind), name }));
        }
    }

    async fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.resources.delete(stream)?.handle.release(&self.task).await.map_err(unwind)
    }
}
