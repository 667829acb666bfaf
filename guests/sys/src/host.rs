//! The machine's name and the process's title.

use crate::{Errno, Result, grown, raw};

/// gethostname().
pub fn gethostname() -> Result<Vec<u8>> {
    // SAFETY: `grown` gives a buffer of the length it says.
    grown(|buffer, len, count| unsafe { raw::proc_hostname_get(buffer, len, count) })
}

/// sethostname().
pub fn sethostname(name: &[u8]) -> Result<()> {
    // SAFETY: pointer and length are those of a slice.
    Errno::check(unsafe { raw::proc_hostname_set(name.as_ptr(), name.len() as u32) })
}

/// Sets the name that `ps` shows.
pub fn set_title(title: &[u8]) -> Result<()> {
    // SAFETY: pointer and length are those of a slice.
    Errno::check(unsafe { raw::proc_title_set(title.as_ptr(), title.len() as u32) })
}
