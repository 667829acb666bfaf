//! Memory that the processes of a virtual machine share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that the programs of one virtual machine may have together, whatever runs them. Cheap to clone.
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

    /// Bytes there are.
    pub fn limit(&self) -> usize {
        self.0.limit
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

/// One process's share of a pool. It goes back when this is dropped.
#[derive(Debug)]
pub struct MemoryShare {
    pool: MemoryPool,
    used: usize,
    /// RLIMIT_AS of the process, in bytes.
    pub limit: usize,
}

impl MemoryShare {
    /// Nothing yet.
    pub fn new(pool: MemoryPool) -> Self {
        Self { pool, used: 0, limit: usize::MAX }
    }

    /// Where it is taken from.
    pub fn pool(&self) -> &MemoryPool {
        &self.pool
    }

    /// Bytes taken.
    pub fn used(&self) -> usize {
        self.used
    }

    /// Makes the share this large. Where there is not so much, it stays as it was, and the answer is `false`.
    pub fn resize(&mut self, bytes: usize) -> bool {
        let allowed = if bytes > self.used {
            bytes <= self.limit && self.pool.take(bytes - self.used)
        } else {
            self.pool.give_back(self.used - bytes);
            true
        };
        if allowed {
            self.used = bytes;
        }
        allowed
    }
}

impl Drop for MemoryShare {
    fn drop(&mut self) {
        self.pool.give_back(self.used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_share_what_there_is() {
        let pool = MemoryPool::new(100);
        let mut first = MemoryShare::new(pool.clone());
        let mut second = MemoryShare::new(pool.clone());
        assert!(first.resize(60));
        assert!(!second.resize(60));
        assert!(first.resize(40));
        assert!(second.resize(60));
        drop(first);
        assert_eq!(pool.used(), 60);
        second.limit = 80;
        assert!(!second.resize(81));
        assert_eq!((second.used(), pool.used()), (60, 60));
    }
}
