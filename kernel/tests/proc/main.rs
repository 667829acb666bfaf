//! Processes, through the kernel's calls.

mod spawn;
