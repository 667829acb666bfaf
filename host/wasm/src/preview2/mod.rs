//! WASI 0.2 over the kernel: what components import.
//!
//! One folder per WASI package. Resources live in the guest's table; those that stand for something of the kernel hold its
//! descriptor ([`handle::Handle`]). Calls that may block are repeated by `Task::wait`; those that must not are made once, and
//! the kernel's `blocked` is their "not yet". Pollables are descriptors and instants for the kernel's one `poll`.
//!
//! The whole file tree is the one preopened directory, and the network is the kernel's: what a process may do, the kernel
//! decides by its user and its grants, not by what handles it holds.

// The bindings re-export the resources' types, which for that must be `pub`.
#![allow(unreachable_pub)]

mod bindings;
mod cli;
mod clocks;
mod filesystem;
mod handle;
mod io;
mod random;
mod sockets;

use vivarium_runner::Stop;
use wasmtime::component::{HasSelf, Linker, ResourceTable};

pub(crate) use bindings::CommandPre;

use crate::guest::Guest;
use crate::syscall::Unwind;

/// The most resources that a guest may hold: several for each of the descriptors that a process may have.
const MAX_RESOURCES: usize = 16 << 10;

/// An empty table.
pub(crate) fn resources() -> ResourceTable {
    let mut table = ResourceTable::new();
    table.set_max_capacity(MAX_RESOURCES);
    table
}

/// Defines the imports.
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut options = bindings::LinkOptions::default();
    options.network_error_code(true).clocks_timezone(true);
    bindings::Command::add_to_linker::<_, HasSelf<_>>(linker, &options, |guest| guest)
}

/// What unwinds a guest whose task is over; an error number means that a call failed that cannot.
fn unwind(stop: Stop) -> wasmtime::Error {
    match stop {
        Stop::Gone => Unwind::Gone.into(),
        Stop::Errno(errno) => wasmtime::Error::msg(format!("a call that cannot fail did: {errno:?}")),
    }
}

/// The error type of an interface: an error of the guest's, or an end of the guest.
macro_rules! failure {
    ($(#[$doc:meta])* $error:ty, $from_errno:path) => {
        $(#[$doc])*
        pub enum Failure {
            /// The guest is told.
            Error($error),
            /// The guest is unwound.
            Trap(wasmtime::Error),
        }

        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Error(error)
            }
        }

        impl From<vivarium_runner::Errno> for Failure {
            fn from(errno: vivarium_runner::Errno) -> Self {
                Self::Error($from_errno(errno))
            }
        }

        impl From<vivarium_runner::Stop> for Failure {
            fn from(stop: vivarium_runner::Stop) -> Self {
                match stop {
                    vivarium_runner::Stop::Errno(errno) => errno.into(),
                    vivarium_runner::Stop::Gone => Self::Trap($crate::syscall::Unwind::Gone.into()),
                }
            }
        }

        impl From<wasmtime::component::ResourceTableError> for Failure {
            fn from(error: wasmtime::component::ResourceTableError) -> Self {
                Self::Trap(error.into())
            }
        }

        impl From<wasmtime::Error> for Failure {
            fn from(error: wasmtime::Error) -> Self {
                Self::Trap(error)
            }
        }
    };
}
use failure;
