//! Runs JavaScript with the semantics of Node.
//!
//! Node's own library (its `lib/`, unmodified) runs on V8; the native half that Node writes in C++ is here, over the
//! system calls of a Vivarium kernel. Nothing in this crate decides anything about files, processes or permissions, and
//! nothing in it reaches the machine but through [`sys::Sys`].
//!
//! ## Where things are
//!
//! - [`snapshot`] builds the start-up snapshot from a dump of the pinned Node binary (`scripts/setup/node-lib.cjs`);
//!   [`Runtime`] starts programs from it. `bootstrap` brings the library up, `realm` is the state of one isolate.
//! - `bindings/`: one file or folder per `internalBinding(…)`. Its module documentation says how one is added.
//! - `table`: what a binding consists of. `value`: short forms for V8's values. `native`: Rust values behind objects.
//! - `event_loop`: libuv's phases over the kernel's poll. `callback`: what happens around every call into JavaScript.
//!
//! ## Invariants
//!
//! - An isolate runs on one thread, its own; other threads reach it by `event_loop::Remote` and [`Interrupt`] only.
//! - No global state but V8's platform and what is immutable: nothing leaks between isolates.
//! - Every way out goes through `Sys`; a binding never calls the standard library's files, sockets or processes.
//! - What is refused throws an error with a code and says why; nothing pretends to work.

// Scopes and callback arguments carry lifetimes that say nothing to a reader.
#![allow(elided_lifetimes_in_paths)]

mod bindings;
mod bootstrap;
mod bundle;
mod callback;
mod code_cache;
mod errno;
mod errors;
mod event_loop;
mod executor;
mod gc;
mod isolate;
mod native;
mod options;
mod platform;
mod pool;
mod program;
mod realm;
pub mod snapshot;
pub mod sys;
mod table;
mod task;
mod value;
mod watchdog;

pub use bundle::{Bundle, BundleError};
pub use errno::Errno;
pub use executor::{Executor, RUNTIME};
pub use isolate::{Interrupt, Runtime, STACK_SIZE, Start};
pub use program::Ending;
