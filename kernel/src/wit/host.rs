//! The embedder: `vivarium:host` and WASI's clocks and randomness.

use wasip2::clocks::{monotonic_clock, wall_clock};
use wasip2::random::random;

use super::bindings::vivarium::host::{audit, store, tasks};
use crate::fs::{DirectoryEntry, FileStat, StoreFlags, StoreSpace, Walked};
use crate::host::{Host, HostResult, ProgramSource, Runtime, StartRequest, Timespec, Verdict};
use crate::{Errno, Instant, Pid, Tid};

/// The embedder of a kernel that is a component.
pub(super) struct Component;

impl Host for Component {
    fn monotonic(&self) -> Instant {
        monotonic_clock::now()
    }

    fn realtime(&self) -> Timespec {
        let now = wall_clock::now();
        Timespec { seconds: now.seconds as i64, nanoseconds: now.nanoseconds }
    }

    fn random(&mut self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&random::get_random_bytes(buffer.len() as u64));
    }

    fn wake(&mut self, tid: Tid) {
        tasks::wake(tid);
    }

    fn start(&mut self, request: StartRequest) {
        let StartRequest { tid, pid, runtime, source, size, path, arguments, environment } = request;
        let runtime = match runtime {
            Runtime::WasmModule => tasks::Runtime::WasmModule,
            Runtime::WasmComponent => tasks::Runtime::WasmComponent,
            Runtime::Native(name) => tasks::Runtime::Native(name),
        };
        let source = match source {
            ProgramSource::Store(handle, file) => tasks::ProgramSource::Store((handle, file)),
            ProgramSource::Kernel(device, inode, generation) => {
                tasks::ProgramSource::Kernel((device, inode, generation))
            }
        };
        tasks::start(&tasks::StartRequest { tid, pid, runtime, source, size, path, arguments, environment });
    }

    fn set_timer(&mut self, instant: Instant) {
        tasks::set_timer(instant);
    }

    fn audit(&mut self, pid: Pid, program: &[u8], operation: &str, object: &[u8], verdict: Verdict, reason: &str) {
        let verdict = match verdict {
            Verdict::Allowed => audit::Verdict::Allowed,
            Verdict::Denied => audit::Verdict::Denied,
        };
        audit::report(&audit::Event {
            pid,
            program: program.to_vec(),
            operation: operation.to_owned(),
            object: object.to_vec(),
            verdict,
            reason: reason.to_owned(),
        });
    }

    fn store_walk(&mut self, store: u32, path: &[u8]) -> HostResult<Walked> {
        let store::Walked { consumed, stat } = store::walk(store, path)?;
        Ok(Walked { consumed, stat: stat.into() })
    }

    fn store_open(&mut self, store: u32, path: &[u8], flags: StoreFlags, mode: u32) -> HostResult<u32> {
        let flags = store::OpenFlags::from_bits_truncate(flags.bits());
        Ok(store::open(store, path, flags, mode)?)
    }

    fn store_close(&mut self, handle: u32) {
        store::close(handle);
    }

    fn store_stat(&mut self, handle: u32) -> HostResult<FileStat> {
        Ok(store::stat(handle)?.into())
    }

    fn store_read(&mut self, handle: u32, offset: u64, length: u32) -> HostResult<Vec<u8>> {
        Ok(store::read(handle, offset, length)?)
    }

    fn store_truncate(&mut self, handle: u32, length: u64) -> HostResult<()> {
        Ok(store::truncate(handle, length)?)
    }

    fn store_sync(&mut self, handle: u32, data_only: bool) -> HostResult<()> {
        Ok(store::sync(handle, data_only)?)
    }

    fn store_readdir(&mut self, handle: u32, cookie: u64, count: u32) -> HostResult<Vec<DirectoryEntry>> {
        Ok(store::readdir(handle, cookie, count)?.into_iter().map(Into::into).collect())
    }

    fn store_readlink(&mut self, store: u32, path: &[u8]) -> HostResult<Vec<u8>> {
        Ok(store::readlink(store, path)?)
    }

    fn store_mkdir(&mut self, store: u32, path: &[u8], mode: u32) -> HostResult<()> {
        Ok(store::mkdir(store, path, mode)?)
    }

    fn store_symlink(&mut self, store: u32, target: &[u8], path: &[u8]) -> HostResult<()> {
        Ok(store::symlink(store, target, path)?)
    }

    fn store_link(&mut self, store: u32, old: &[u8], new: &[u8]) -> HostResult<()> {
        Ok(store::link(store, old, new)?)
    }

    fn store_unlink(&mut self, store: u32, path: &[u8]) -> HostResult<()> {
        Ok(store::unlink(store, path)?)
    }

    fn store_rmdir(&mut self, store: u32, path: &[u8]) -> HostResult<()> {
        Ok(store::rmdir(store, path)?)
    }

    fn store_rename(&mut self, store: u32, old: &[u8], new: &[u8], no_replace: bool) -> HostResult<()> {
        Ok(store::rename(store, old, new, no_replace)?)
    }

    fn store_set_mode(&mut self, store: u32, path: &[u8], mode: u32) -> HostResult<()> {
        Ok(store::set_mode(store, path, mode)?)
    }

    fn store_set_times(
        &mut self,
        store: u32,
        path: &[u8],
        accessed: Option<Timespec>,
        modified: Option<Timespec>,
    ) -> HostResult<()> {
        Ok(store::set_times(store, path, accessed.map(Into::into), modified.map(Into::into))?)
    }

    fn store_space(&mut self, store: u32) -> HostResult<StoreSpace> {
        let space = store::space(store).map_err(Errno::from)?;
        Ok(StoreSpace {
            block_size: space.block_size,
            blocks: space.blocks,
            blocks_free: space.blocks_free,
            files: space.files,
            files_free: space.files_free,
        })
    }
}
