//! Runs Vivarium kernels.
//!
//! A [`KernelEngine`] compiles a kernel component once; [`Kernel`] is one instance of it, behind one lock. Executors speak
//! to it through a [`Task`]: every function of `vivarium:kernel` as a call that returns at once, and [`Task::wait`] and
//! [`Task::wait_blocking`] to repeat such a call until it no longer would block. Bytes that lie on the host (in a
//! [`Store`]) are moved here, outside the kernel's lock.
//!
//! Nothing in this crate decides anything about files, processes or permissions: the kernel does.

pub mod aot;
mod audit;
mod bindings;
mod clock;
mod engine;
mod error;
mod host;
mod instance;
mod kernel;
pub mod memory;
mod parker;
pub mod store;
mod task;
mod wasi;

pub use audit::{AuditEvent, Verdict};
pub use bindings::exports::vivarium::kernel::{fs, net, poll, proc, pty, system};
pub use bindings::vivarium::host::tasks::{ProgramSource, Runtime, StartRequest};
pub use bindings::vivarium::host::types::{DirectoryEntry, Errno, Extent, FileKind, FileStat, Timespec};
pub use bindings::vivarium::kernel::types::Fault;
pub use clock::monotonic;
pub use engine::{Budget, KernelEngine};
pub use error::KernelError;
pub use kernel::{Grants, Hooks, Kernel};
pub use parker::Parker;
pub use store::{Store, StoreFile};
pub use task::{Gather, Scatter, Stop, Task};

/// A task number, as the kernel gives it.
pub type Tid = u32;
/// A process number.
pub type Pid = u32;
/// A file descriptor of a process.
pub type Fd = u32;

/// As a directory: the current directory of the process.
pub const AT_FDCWD: Fd = 0xffff_ff9c;
/// As a directory: the root directory.
pub const AT_ROOT: Fd = 0xffff_ff9b;

/// Result of a system call.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Self {
        Fault::Errno(errno)
    }
}
