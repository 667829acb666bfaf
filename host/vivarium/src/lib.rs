//! An operating system for AI agents and the tools they run, inside your process.
//!
//! An [`Engine`] is made once per process; each [`Vm`] is a machine of its own: files, processes, terminals and a network,
//! all inside a kernel that is itself a WebAssembly component. Nothing in a machine reaches the real one unless it was
//! granted: a directory ([`HostDir`]), and later networks and tools, each a value handed to [`VmBuilder`].
//!
//! The interfaces are those of `tokio::process` and `std::fs`, over the machine in place of the host.
//!
//! ```
//! use vivarium::{Config, Engine};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new(Config::default())?;
//! let vm = engine.vm().boot().await?;
//! vm.fs().write("/tmp/greeting", b"hello\n").await?;
//! let output = vm.command("tr").args(["a-z", "A-Z"]).stdin_file("/tmp/greeting").output().await?;
//! assert_eq!(output.stdout, b"HELLO\n");
//! # Ok(())
//! # }
//! ```

mod audit;
mod builder;
mod child;
mod command;
mod config;
mod engine;
mod error;
mod fs;
mod launcher;
#[cfg(feature = "js")]
mod node;
mod pipe;
mod pty;
mod stdio;
mod vm;

pub use audit::Audit;
pub use builder::{MountSource, VmBuilder};
pub use child::{Child, ExitStatus, Output};
pub use command::Command;
pub use config::{Config, ConfigError};
pub use engine::Engine;
pub use error::Error;
pub use fs::{DirEntry, Fs, Metadata};
pub use launcher::NativeRuntime;
pub use pipe::{PipeReader, PipeWriter};
pub use pty::{Pty, PtySize};
pub use stdio::Stdio;
pub use vivarium_runner::aot::Progress;
pub use vivarium_runner::store::{HostDir, Image, ImageEntry};
pub use vivarium_runner::{AuditEvent, Errno, FileKind, StartRequest, Task, Verdict};
pub use vm::{KernelInfo, Snapshot, Stats, Vm};

/// The crates that an embedder who runs programs of its own kind needs.
pub mod runtime {
    pub use vivarium_runner::*;
}

/// The README's example is one of the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
