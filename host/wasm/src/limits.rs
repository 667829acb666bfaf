//! Bounds on guests' memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::ResourceLimiter;

/// The linear memory that all processes of a virtual machine share.
#[derive(Clone, Debug)]
pub struct MemoryPool(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    limit: usize,
    used: AtomicUsize,
}

impl MemoryPool {
    /// A pool of so many bytes.
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Pool { limit, used: AtomicUsize::new(0) }))
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize) -> bool {
        let taken = self.0.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(bytes).filter(|&used| used <= self.0.limit)
        });
        taken.is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.0.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// One process's share of the pool.
pub(crate) struct Share {
    pool: MemoryPool,
    used: usize,
    /// RLIMIT_AS of the process.
    pub(crate) limit: usize,
}

impl Share {
    pub(crate) fn new(pool: MemoryPool) -> Self {
        Self { pool, used: 0, limit: usize::MAX }
    }

    pub(crate) fn used(&self) -> usize {
        self.used
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.pool.give_back(self.used);
    }
}

impl ResourceLimiter for Share {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let allowed = self.used.saturating_add(more) <= self.limit && self.pool.take(more);
        if allowed {
            self.used += more;
        }
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        // The guest sees -1 from memory.grow. What was taken for it stays taken until the process ends.
        Ok(())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= 128 << 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_share_what_there_is() {
        let pool = MemoryPool::new(100);
        let mut first = Share::new(pool.clone());
        let mut second = Share::new(pool.clone());
        assert!(first.memory_growing(0, 60, None).unwrap());
        assert!(!second.memory_growing(0, 60, None).unwrap());
        drop(first);
        assert!(second.memory_growing(0, 60, None).unwrap());
        assert_eq!(pool.used(), 60);
    }
}
