//! A host for tests: its clock is set by hand, it records what it is told, and its stores lie in memory.

mod store;
mod system;

use std::cell::{RefCell, RefMut};
use std::rc::Rc;

pub use store::MemoryStore;
pub use system::{System, SystemBuilder, errno};

use crate::fs::{DirectoryEntry, FileStat, StoreFlags, StoreSpace, Walked};
use crate::{Errno, Host, HostResult, Instant, Pid, StartRequest, Tid, Timespec, Verdict};

/// A host whose clones share one state, so that a test can look at it while a kernel has it.
#[derive(Clone, Debug, Default)]
pub struct TestHost(Rc<RefCell<Record>>);

/// What a test host knows and was told.
#[derive(Debug, Default)]
pub struct Record {
    /// The monotonic clock, in nanoseconds.
    pub monotonic: Instant,
    /// The wall clock. Each look at it moves it on by a nanosecond, so that changes can be told apart.
    pub realtime: Timespec,
    /// Tasks that were woken, in order.
    pub wakes: Vec<Tid>,
    /// Tasks that were to be started.
    pub starts: Vec<StartRequest>,
    /// The instant of the last `set_timer`.
    pub timer: Option<Instant>,
    /// Audit events.
    pub audit: Vec<AuditEvent>,
    /// Whether closing a handle that is not open is borne: of a kernel with a damaged state.
    pub forgiving: bool,
    /// How many calls were made to stores.
    pub store_calls: usize,
    stores: Vec<MemoryStore>,
    random: u64,
}

/// An event of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AuditEvent {
    pub pid: Pid,
    pub program: Vec<u8>,
    pub operation: String,
    pub object: Vec<u8>,
    pub verdict: Verdict,
    pub reason: String,
}

impl TestHost {
    /// A host whose clocks stand at a fixed time.
    pub fn new() -> Self {
        let host = Self::default();
        host.record().monotonic = 1_000_000_000;
        host.record().realtime = Timespec { seconds: 1_700_000_000, nanoseconds: 0 };
        host
    }

    /// What it knows and was told.
    pub fn record(&self) -> RefMut<'_, Record> {
        self.0.borrow_mut()
    }

    /// Adds a store and gives its number.
    pub fn add_store(&self, store: MemoryStore) -> u32 {
        let stores = &mut self.record().stores;
        stores.push(store);
        stores.len() as u32 - 1
    }

    /// A store, as another program on the host would see it.
    pub fn store(&self, store: u32) -> RefMut<'_, MemoryStore> {
        RefMut::map(self.record(), |record| &mut record.stores[store as usize])
    }

    /// The tasks woken since this was last asked.
    pub fn take_wakes(&self) -> Vec<Tid> {
        std::mem::take(&mut self.record().wakes)
    }

    /// The audit events since this was last asked.
    pub fn take_audit(&self) -> Vec<AuditEvent> {
        std::mem::take(&mut self.record().audit)
    }

    /// The start requests since this was last asked.
    pub fn take_starts(&self) -> Vec<StartRequest> {
        std::mem::take(&mut self.record().starts)
    }

    fn in_store<T>(&self, store: u32, call: impl FnOnce(&mut MemoryStore) -> HostResult<T>) -> HostResult<T> {
        let mut record = self.record();
        record.store_calls += 1;
        call(record.stores.get_mut(store as usize).ok_or(Errno::NODEV)?)
    }

    /// The store of a handle: its number stands above the handle's number within the store.
    fn of_handle<T>(&self, handle: u32, call: impl FnOnce(&mut MemoryStore, u32) -> HostResult<T>) -> HostResult<T> {
        self.in_store(handle >> 24, |store| call(store, handle & 0xff_ffff))
    }

    /// Writes bytes at an extent, as an embedder does for a guest.
    pub fn write_handle(&self, handle: u32, offset: u64, append: bool, data: &[u8]) -> HostResult<u32> {
        self.of_handle(handle, |store, handle| store.write(handle, offset, append, data))
    }
}

impl Host for TestHost {
    fn monotonic(&self) -> Instant {
        self.record().monotonic
    }

    fn realtime(&self) -> Timespec {
        let mut record = self.record();
        record.realtime.nanoseconds += 1;
        record.realtime
    }

    fn random(&mut self, buffer: &mut [u8]) {
        let mut record = self.record();
        for byte in buffer {
            record.random =
                record.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (record.random >> 56) as u8;
        }
    }

    fn wake(&mut self, tid: Tid) {
        self.record().wakes.push(tid);
    }

    fn start(&mut self, request: StartRequest) {
        self.record().starts.push(request);
    }

    fn set_timer(&mut self, instant: Instant) {
        self.record().timer = Some(instant);
    }

    fn audit(&mut self, pid: Pid, program: &[u8], operation: &str, object: &[u8], verdict: Verdict, reason: &str) {
        self.record().audit.push(AuditEvent {
            pid,
            program: program.to_vec(),
            operation: operation.to_owned(),
            object: object.to_vec(),
            verdict,
            reason: reason.to_owned(),
        });
    }

    fn store_walk(&mut self, store: u32, path: &[u8]) -> HostResult<Walked> {
        self.in_store(store, |store| store.walk(path))
    }

    fn store_open(&mut self, store: u32, path: &[u8], flags: StoreFlags, mode: u32) -> HostResult<u32> {
        self.in_store(store, |within| within.open(path, flags, mode)).map(|handle| store << 24 | handle)
    }

    fn store_close(&mut self, handle: u32) {
        let closed = self.of_handle(handle, MemoryStore::close);
        assert!(closed.is_ok() || self.record().forgiving, "close of a handle that is not open");
    }

    fn store_stat(&mut self, handle: u32) -> HostResult<FileStat> {
        self.of_handle(handle, |store, handle| store.stat(handle))
    }

    fn store_read(&mut self, handle: u32, offset: u64, length: u32) -> HostResult<Vec<u8>> {
        self.of_handle(handle, |store, handle| store.read(handle, offset, length))
    }

    fn store_truncate(&mut self, handle: u32, length: u64) -> HostResult<()> {
        self.of_handle(handle, |store, handle| store.truncate(handle, length))
    }

    fn store_sync(&mut self, handle: u32, _data_only: bool) -> HostResult<()> {
        self.of_handle(handle, |store, handle| store.stat(handle).map(|_| ()))
    }

    fn store_readdir(&mut self, handle: u32, cookie: u64, count: u32) -> HostResult<Vec<DirectoryEntry>> {
        self.of_handle(handle, |store, handle| store.readdir(handle, cookie, count))
    }

    fn store_readlink(&mut self, store: u32, path: &[u8]) -> HostResult<Vec<u8>> {
        self.in_store(store, |store| store.readlink(path))
    }

    fn store_mkdir(&mut self, store: u32, path: &[u8], mode: u32) -> HostResult<()> {
        self.in_store(store, |store| store.mkdir(path, mode))
    }

    fn store_symlink(&mut self, store: u32, target: &[u8], path: &[u8]) -> HostResult<()> {
        self.in_store(store, |store| store.symlink(target, path))
    }

    fn store_link(&mut self, store: u32, old: &[u8], new: &[u8]) -> HostResult<()> {
        self.in_store(store, |store| store.link(old, new))
    }

    fn store_unlink(&mut self, store: u32, path: &[u8]) -> HostResult<()> {
        self.in_store(store, |store| store.unlink(path))
    }

    fn store_rmdir(&mut self, store: u32, path: &[u8]) -> HostResult<()> {
        self.in_store(store, |store| store.rmdir(path))
    }

    fn store_rename(&mut self, store: u32, old: &[u8], new: &[u8], no_replace: bool) -> HostResult<()> {
        self.in_store(store, |store| store.rename(old, new, no_replace))
    }

    fn store_set_mode(&mut self, store: u32, path: &[u8], mode: u32) -> HostResult<()> {
        self.in_store(store, |store| store.change(path, |stat| stat.mode = mode))
    }

    fn store_set_times(
        &mut self,
        store: u32,
        path: &[u8],
        accessed: Option<Timespec>,
        modified: Option<Timespec>,
    ) -> HostResult<()> {
        self.in_store(store, |store| {
            store.change(path, |stat| {
                stat.accessed = accessed.unwrap_or(stat.accessed);
                stat.modified = modified.unwrap_or(stat.modified);
            })
        })
    }

    fn store_space(&mut self, store: u32) -> HostResult<StoreSpace> {
        self.in_store(store, |_| {
            Ok(StoreSpace { block_size: 4096, blocks: 1000, blocks_free: 500, files: 1000, files_free: 900 })
        })
    }
}
