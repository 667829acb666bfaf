//! Virtual machines as an embedder sees them: the built kernel, the base image, real programs.

mod commands;
mod components;
mod shell;
mod shell_faults;
mod support;
