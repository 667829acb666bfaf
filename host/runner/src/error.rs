//! What can go wrong with a kernel as a whole.

use std::path::PathBuf;

use crate::aot::AotError;
use crate::bindings::vivarium::host::types::Errno;

/// Why a kernel could not be loaded, booted or restored.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// The kernel file could not be read.
    #[error("cannot read the kernel {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a component, or wants imports that are not in the contract.
    #[error("not a kernel this host can run: {0:#}")]
    Incompatible(wasmtime::Error),
    /// It speaks another version of the contract.
    #[error(
        "the kernel {kernel} speaks version {}.{}.{} of the contract, this host {}.{}.{}: use a kernel of the same minor version",
        theirs.0, theirs.1, theirs.2, ours.0, ours.1, ours.2
    )]
    Version {
        /// Name of the kernel build.
        kernel: String,
        /// The kernel's contract version.
        theirs: (u32, u32, u32),
        /// The host's.
        ours: (u32, u32, u32),
    },
    /// The compiled form could not be made.
    #[error(transparent)]
    Aot(#[from] AotError),
    /// No instance could be had: all slots of the pool are taken.
    #[error("cannot start another kernel: {0:#}")]
    Instantiate(wasmtime::Error),
    /// It refused its configuration.
    #[error("the kernel refused to boot: {}: {}", if path.as_os_str().is_empty() { "its configuration".into() } else { path.to_string_lossy() }, errno.name())]
    Boot {
        /// The path at fault: of a mount, or the current directory. Empty: the configuration as a whole.
        path: PathBuf,
        /// Why.
        errno: Errno,
    },
    /// It refused a snapshot.
    #[error("the kernel cannot restore this snapshot: {0}")]
    Restore(String),
    /// It trapped. The virtual machine is over; others go on.
    #[error("the kernel failed: {0}")]
    Trap(String),
}
