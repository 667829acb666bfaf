//! The Vivarium kernel: files, processes, signals, pipes, terminals and sockets as one deterministic state machine.
//!
//! The core is plain Rust: [`Kernel`] has one method for each function of the WIT package `vivarium:kernel` (see `wit/`),
//! each in a file named after it. It never blocks, starts no threads, and reaches the outside only through [`Host`].
//! Built for `wasm32-wasip2` it is the kernel component; built natively it is a library for tests and fuzzers.

// The glue that wit-bindgen makes for the component has some.
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

mod byte_queue;
mod errno;
pub mod fs;
mod host;
mod kernel;
pub mod net;
pub mod open_file;
pub mod poll;
pub mod proc;
pub mod pty;
mod slab;
pub mod system;
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
pub mod testing;
mod wait_queue;
#[cfg(target_arch = "wasm32")]
mod wit;

pub use byte_queue::ByteQueue;
pub use errno::{Errno, Fault, Result};
pub use host::{Extent, Host, HostResult, ProgramSource, Runtime, StartRequest, Timespec, Verdict};
pub use kernel::Kernel;
pub use slab::Slab;
pub use wait_queue::WaitQueue;

/// A task: one thread of execution of a process.
pub type Tid = u32;
/// A process identifier. Pid 1 is the embedder.
pub type Pid = u32;
/// A file descriptor of one process.
pub type Fd = u32;
/// A monotonic instant in nanoseconds.
pub type Instant = u64;

/// As a directory argument: the current directory.
pub const AT_FDCWD: Fd = 0xffff_ff9c;
/// As a directory argument: the root directory.
pub const AT_ROOT: Fd = 0xffff_ff9b;
