//! Processes, through the kernel's calls.

mod limits;
mod spawn;
