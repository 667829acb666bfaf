//! Programs as children, in the manner of `std::process`, which WASI's standard library lacks.

mod command;

pub use command::{Child, Command, Output, Stdio};
