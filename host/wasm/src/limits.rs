//! Memory of a guest, out of what its virtual machine has.

use vivarium_runner::memory::MemoryShare;
use wasmtime::ResourceLimiter;

/// The process's share: all its memories count.
pub(crate) struct Share(pub(crate) MemoryShare);

impl ResourceLimiter for Share {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        Ok(self.0.resize(self.0.used().saturating_add(more)))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        // The guest sees -1 from memory.grow. What was taken for it stays taken until the process ends.
        Ok(())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= 128 << 10)
    }
}
