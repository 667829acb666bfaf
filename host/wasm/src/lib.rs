//! Runs WebAssembly guests.
//!
//! [`WasmExecutor`] starts a program for a task of a kernel and turns what it imports into the kernel's system calls:
//! `wasi_snapshot_preview1` ([`preview1`]) and, for what that lacks of POSIX, `vivarium_preview1` ([`posix`]) of a module; the
//! interfaces of WASI 0.2 (`preview2`) of a component. It holds no state of files or processes; descriptors are the kernel's,
//! and a module's bytes move straight between the kernel, or the host file that holds them, and guest memory.
//!
//! Programs are compiled once, by content, and instantiated from a pool. Each runs as an async task with a stack of its
//! own; the clock tick of [`Ticker`](ticker) lets others run, and lets signals and limits reach a guest that only computes.

// A system call has the arguments that its interface gives it.
#![allow(clippy::too_many_arguments)]

mod clock;
mod executor;
mod guest;
mod limits;
mod memory;
mod meter;
pub mod posix;
pub mod preview1;
mod preview2;
mod program;
mod run;
mod syscall;
mod ticker;

pub use executor::{Budget, WasmError, WasmExecutor};
