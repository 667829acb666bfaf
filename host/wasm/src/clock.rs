//! Time of day and randomness, for both kinds of guests.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::rand::{GetRandomFlags, getrandom};
use vivarium_runner::Errno;

/// Time since 1970.
pub(crate) fn realtime() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Fills a buffer with random bytes.
pub(crate) fn fill_random(mut rest: &mut [u8]) -> Result<(), Errno> {
    while !rest.is_empty() {
        let count = getrandom(&mut *rest, GetRandomFlags::empty()).map_err(|_| Errno::Io)?;
        rest = &mut rest[count..];
    }
    Ok(())
}
