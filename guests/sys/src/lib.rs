//! The system calls a Vivarium guest has beyond WASI preview 1.
//!
//! [`raw`] is the ABI itself.

#![cfg(target_os = "wasi")]

pub mod raw;
