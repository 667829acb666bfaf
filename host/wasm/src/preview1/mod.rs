//! `wasi_snapshot_preview1` over the kernel.
//!
//! One file per group of functions, in the order of the specification's document. Descriptors are the kernel's, but for
//! the preopen (3 is `/`).

mod abi;
mod args;
mod clock;
mod fd;
mod path;
mod poll;
mod proc;
mod sock;

use wasmtime::Linker;

use crate::guest::Guest;

pub(crate) const MODULE: &str = "wasi_snapshot_preview1";

/// Defines the imports.
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    args::add_to_linker(linker)?;
    clock::add_to_linker(linker)?;
    fd::add_to_linker(linker)?;
    path::add_to_linker(linker)?;
    poll::add_to_linker(linker)?;
    proc::add_to_linker(linker)?;
    sock::add_to_linker(linker)
}
