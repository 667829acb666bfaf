//! Waiting for descriptors (POSIX poll()).

use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use crate::{Errno, Result, number, raw};

pub use raw::PollFd;
pub use raw::poll_events as events;

impl PollFd {
    /// To wait for `events` of a descriptor.
    pub fn new(fd: impl AsRawFd, events: u16) -> PollFd {
        PollFd { fd: number(fd), events, revents: 0 }
    }
}

/// poll(). Gives how many descriptors are ready; 0: the time is over. `INTR`: a caught signal is pending.
pub fn poll(fds: &mut [PollFd], timeout: Option<Duration>) -> Result<usize> {
    let deadline = match timeout {
        None => u64::MAX,
        Some(timeout) => monotonic().saturating_add(u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX)),
    };
    let mut ready = 0;
    // SAFETY: pointer and length are those of a slice; `ready` is valid for writing.
    Errno::check(unsafe { raw::poll(fds.as_mut_ptr(), fds.len() as u32, deadline, &mut ready) })?;
    Ok(ready as usize)
}

/// Sleeps until the time is over or a caught signal is pending (`INTR`).
pub fn sleep(time: Duration) -> Result<()> {
    let end = Instant::now() + time;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        poll(&mut [], Some(left))?;
    }
}

/// The monotonic clock in nanoseconds, as the kernel has it.
fn monotonic() -> u64 {
    #[cfg(target_os = "wasi")]
    {
        #[link(wasm_import_module = "wasi_snapshot_preview1")]
        unsafe extern "C" {
            fn clock_time_get(clock: u32, precision: u64, time: *mut u64) -> i32;
        }
        let mut time = 0;
        // SAFETY: `time` is valid for writing; 1 is the monotonic clock.
        let _ = unsafe { clock_time_get(1, 1, &mut time) };
        time
    }
    #[cfg(unix)]
    crate::unix::monotonic()
}
