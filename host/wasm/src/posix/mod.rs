//! `vivarium_preview1`: what WASI preview 1 lacks of POSIX, in preview 1's own style.
//!
//! The guests' side, with the meaning of every function, is `guests/sys/src/raw.rs`. Descriptors are the kernel's own
//! numbers. One file per group of functions.

mod abi;
mod fs;
mod net;
mod poll;
mod proc;
mod signal;
mod tty;

use wasmtime::Linker;

use crate::guest::Guest;

pub(crate) const MODULE: &str = "vivarium_preview1";

/// Defines the imports.
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    fs::add_to_linker(linker)?;
    net::add_to_linker(linker)?;
    poll::add_to_linker(linker)?;
    proc::add_to_linker(linker)?;
    signal::add_to_linker(linker)?;
    tty::add_to_linker(linker)
}
