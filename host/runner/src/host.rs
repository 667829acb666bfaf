//! What a kernel instance asks of the host: `vivarium:host` over the stores it was granted.

use std::sync::Arc;
use std::time::SystemTime;

use crate::audit::{AuditEvent, Verdict};
use crate::bindings::vivarium::host::{audit, store, tasks, types};
use crate::store::Stores;
use crate::{Errno, Tid};

/// What a kernel said during one call, to be acted on after it.
#[derive(Default)]
pub(crate) struct Outbox {
    pub(crate) wakes: Vec<Tid>,
    pub(crate) starts: Vec<tasks::StartRequest>,
    pub(crate) timer: Option<u64>,
    pub(crate) audit: Vec<AuditEvent>,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.wakes.is_empty() && self.starts.is_empty() && self.timer.is_none() && self.audit.is_empty()
    }
}

/// The data of a kernel's wasmtime store.
pub(crate) struct HostState {
    pub(crate) last_words: Vec<u8>,
    pub(crate) stores: Arc<Stores>,
    pub(crate) outbox: Outbox,
}

impl HostState {
    pub(crate) fn new(stores: Arc<Stores>) -> Self {
        Self { last_words: Vec::new(), stores, outbox: Outbox::default() }
    }

    /// What the kernel wrote to its standard error: the message of a panic.
    pub(crate) fn last_words(&self) -> String {
        String::from_utf8_lossy(&self.last_words).trim().to_owned()
    }
}

impl types::Host for HostState {}

impl crate::bindings::vivarium::kernel::types::Host for HostState {}

impl tasks::Host for HostState {
    fn wake(&mut self, tid: u32) {
        self.outbox.wakes.push(tid);
    }

    fn start(&mut self, request: tasks::StartRequest) {
        self.outbox.starts.push(request);
    }

    fn set_timer(&mut self, instant: u64) {
        self.outbox.timer = Some(instant);
    }
}

impl audit::Host for HostState {
    fn report(&mut self, event: audit::Event) {
        let audit::Event { pid, program, operation, object, verdict, reason } = event;
        let verdict = match verdict {
            audit::Verdict::Allowed => Verdict::Allowed,
            audit::Verdict::Denied => Verdict::Denied,
        };
        let time = SystemTime::now();
        self.outbox.audit.push(AuditEvent { time, pid, program, operation, object, verdict, reason });
    }
}

impl store::Host for HostState {
    fn walk(&mut self, store: u32, path: Vec<u8>) -> Result<store::Walked, Errno> {
        let (consumed, stat) = self.stores.get(store)?.walk(&path)?;
        Ok(store::Walked { consumed: consumed as u32, stat })
    }

    fn open(&mut self, store: u32, path: Vec<u8>, flags: store::OpenFlags, mode: u32) -> Result<u32, Errno> {
        let file = self.stores.get(store)?.open(&path, flags, mode)?;
        Ok(self.stores.insert_file(file))
    }

    fn close(&mut self, handle: u32) {
        self.stores.remove_file(handle);
    }

    fn stat(&mut self, handle: u32) -> Result<types::FileStat, Errno> {
        self.stores.file(handle)?.stat()
    }

    fn read(&mut self, handle: u32, offset: u64, length: u32) -> Result<Vec<u8>, Errno> {
        let mut buffer = vec![0; length as usize];
        let count = self.stores.file(handle)?.read_at(&mut buffer, offset)?;
        buffer.truncate(count);
        Ok(buffer)
    }

    fn truncate(&mut self, handle: u32, length: u64) -> Result<(), Errno> {
        self.stores.file(handle)?.truncate(length)
    }

    fn sync(&mut self, handle: u32, data_only: bool) -> Result<(), Errno> {
        self.stores.file(handle)?.sync(data_only)
    }

    fn readdir(&mut self, handle: u32, cookie: u64, count: u32) -> Result<Vec<types::DirectoryEntry>, Errno> {
        self.stores.file(handle)?.readdir(cookie, count)
    }

    fn readlink(&mut self, store: u32, path: Vec<u8>) -> Result<Vec<u8>, Errno> {
        self.stores.get(store)?.readlink(&path)
    }

    fn mkdir(&mut self, store: u32, path: Vec<u8>, mode: u32) -> Result<(), Errno> {
        self.stores.get(store)?.mkdir(&path, mode)
    }

    fn symlink(&mut self, store: u32, target: Vec<u8>, path: Vec<u8>) -> Result<(), Errno> {
        self.stores.get(store)?.symlink(&target, &path)
    }

    fn link(&mut self, store: u32, old: Vec<u8>, new: Vec<u8>) -> Result<(), Errno> {
        self.stores.get(store)?.link(&old, &new)
    }

    fn unlink(&mut self, store: u32, path: Vec<u8>) -> Result<(), Errno> {
        self.stores.get(store)?.unlink(&path)
    }

    fn rmdir(&mut self, store: u32, path: Vec<u8>) -> Result<(), Errno> {
        self.stores.get(store)?.rmdir(&path)
    }

    fn rename(&mut self, store: u32, old: Vec<u8>, new: Vec<u8>, no_replace: bool) -> Result<(), Errno> {
        self.stores.get(store)?.rename(&old, &new, no_replace)
    }

    fn set_mode(&mut self, store: u32, path: Vec<u8>, mode: u32) -> Result<(), Errno> {
        self.stores.get(store)?.set_mode(&path, mode)
    }

    fn set_times(
        &mut self,
        store: u32,
        path: Vec<u8>,
        accessed: Option<types::Timespec>,
        modified: Option<types::Timespec>,
    ) -> Result<(), Errno> {
        self.stores.get(store)?.set_times(&path, accessed, modified)
    }

    fn space(&mut self, store: u32) -> Result<store::StoreSpace, Errno> {
        self.stores.get(store)?.space()
    }
}
