//! Clocks and sleeping.

use std::io;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::ok;

pub(crate) fn clocks() -> io::Result<()> {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(io::Error::other)?;
    assert!(since_1970 > Duration::from_secs(1_600_000_000), "{since_1970:?}");
    let (one, other) = (Instant::now(), Instant::now());
    assert!(other >= one);
    ok()
}

pub(crate) fn sleep(milliseconds: u64) -> io::Result<()> {
    let began = Instant::now();
    thread::sleep(Duration::from_millis(milliseconds));
    println!("{}", began.elapsed().as_millis());
    Ok(())
}
