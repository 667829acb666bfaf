//! What the kernel asks of its embedder: `vivarium:host` as a trait.

use serde::{Deserialize, Serialize};

use crate::fs::{DirectoryEntry, FileStat, StoreFlags, StoreSpace, Walked};
use crate::{Errno, Instant, Pid, Tid};

/// Result of a call to the host.
pub type HostResult<T> = Result<T, Errno>;

/// Time since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timespec {
    /// Whole seconds.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanoseconds: u32,
}

/// Bytes on the host: at most `length` of them from `offset` of an open store file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Store handle.
    pub handle: u32,
    /// Byte offset in the file.
    pub offset: u64,
    /// At most so many bytes.
    pub length: u32,
    /// Write at the end, wherever that is by then.
    pub append: bool,
}

/// Where a program's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramSource {
    /// Store handle; number that identifies the file in its store.
    Store(u32, u64),
    /// In the kernel: file system, file number, generation; they change with the content.
    Kernel(u64, u64, u64),
}

/// What kind of program it is, by its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// `\0asm`, version 1.
    WasmModule,
    /// `\0asm`, component layer.
    WasmComponent,
    /// `\0viv`, then the name of a native runtime of the host, then a newline.
    Native(String),
}

/// A task that the host shall begin to run after the present call.
#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartRequest {
    pub tid: Tid,
    pub pid: Pid,
    pub runtime: Runtime,
    pub source: ProgramSource,
    /// Length of the program in bytes.
    pub size: u64,
    pub path: Vec<u8>,
    pub arguments: Vec<Vec<u8>>,
    pub environment: Vec<Vec<u8>>,
}

/// How a power was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Used.
    Allowed,
    /// Refused.
    Denied,
}

/// The embedder, seen from the kernel. Functions are those of `vivarium:host` plus WASI's clocks and randomness.
#[allow(missing_docs)]
pub trait Host {
    fn monotonic(&self) -> Instant;
    fn realtime(&self) -> Timespec;
    fn random(&mut self, buffer: &mut [u8]);

    fn wake(&mut self, tid: Tid);
    fn start(&mut self, request: StartRequest);
    fn set_timer(&mut self, instant: Instant);
    fn audit(&mut self, pid: Pid, program: &[u8], operation: &str, object: &[u8], verdict: Verdict, reason: &str);

    fn store_walk(&mut self, store: u32, path: &[u8]) -> HostResult<Walked>;
    fn store_open(&mut self, store: u32, path: &[u8], flags: StoreFlags, mode: u32) -> HostResult<u32>;
    fn store_close(&mut self, handle: u32);
    fn store_stat(&mut self, handle: u32) -> HostResult<FileStat>;
    fn store_read(&mut self, handle: u32, offset: u64, length: u32) -> HostResult<Vec<u8>>;
    fn store_truncate(&mut self, handle: u32, length: u64) -> HostResult<()>;
    fn store_sync(&mut self, handle: u32, data_only: bool) -> HostResult<()>;
    fn store_readdir(&mut self, handle: u32, cookie: u64, count: u32) -> HostResult<Vec<DirectoryEntry>>;
    fn store_readlink(&mut self, store: u32, path: &[u8]) -> HostResult<Vec<u8>>;
    fn store_mkdir(&mut self, store: u32, path: &[u8], mode: u32) -> HostResult<()>;
    fn store_symlink(&mut self, store: u32, target: &[u8], path: &[u8]) -> HostResult<()>;
    fn store_link(&mut self, store: u32, old: &[u8], new: &[u8]) -> HostResult<()>;
    fn store_unlink(&mut self, store: u32, path: &[u8]) -> HostResult<()>;
    fn store_rmdir(&mut self, store: u32, path: &[u8]) -> HostResult<()>;
    fn store_rename(&mut self, store: u32, old: &[u8], new: &[u8], no_replace: bool) -> HostResult<()>;
    fn store_set_mode(&mut self, store: u32, path: &[u8], mode: u32) -> HostResult<()>;
    fn store_set_times(
        &mut self,
        store: u32,
        path: &[u8],
        accessed: Option<Timespec>,
        modified: Option<Timespec>,
    ) -> HostResult<()>;
    fn store_space(&mut self, store: u32) -> HostResult<StoreSpace>;
}
