//! Virtual machines as an embedder sees them: the built kernel, the base image, real programs.

mod audit;
mod commands;
mod components;
mod coreutils;
mod devutils;
mod faults;
mod guest;
#[cfg(feature = "js")]
mod node;
mod processes;
mod sandbox;
mod shell;
mod shell_faults;
mod snapshots;
mod support;
mod witness;
