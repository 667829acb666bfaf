//! The monotonic clock that kernels and their callers share.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    // Not 0: a deadline of 0 means "do not wait".
    *EPOCH.get_or_init(|| Instant::now() - Duration::from_secs(1))
}

/// Nanoseconds on the clock of all kernels of this process: what deadlines are given in.
pub fn monotonic() -> u64 {
    epoch().elapsed().as_nanos() as u64
}

/// The `std` instant of a deadline.
pub(crate) fn instant(deadline: u64) -> Instant {
    epoch() + Duration::from_nanos(deadline)
}
