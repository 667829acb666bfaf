//! What is to be run, and how it ended.

use std::sync::Arc;

use crate::options::Options;

/// A program: the command line and environment of a `node` process.
#[derive(Clone, Default)]
pub(crate) struct Program {
    /// Arguments as the kernel has them, the command's own name first.
    pub(crate) arguments: Vec<String>,
    /// The script and its arguments.
    pub(crate) rest: Vec<String>,
    /// Options as they were given, `process.execArgv`.
    pub(crate) exec_arguments: Vec<String>,
    /// Names and values, in the order given.
    pub(crate) environment: Vec<(String, String)>,
    /// Options for Node itself, taken from the command line and `NODE_OPTIONS`.
    pub(crate) options: Options,
    /// Where `node` lies.
    pub(crate) path: String,
    /// When it began, on the clock of `Sys::monotonic`.
    pub(crate) started: Option<u64>,
    /// Keep compiled builtins, to make a code cache of them.
    pub(crate) collect_code: bool,
    /// Set in a Worker.
    pub(crate) worker: Option<Arc<crate::bindings::worker::Start>>,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this status.
    Exit(i32),
    /// As if by this signal; the reason is for the log.
    Signal(u8, String),
    /// The kernel has ended or replaced the process already.
    Gone,
}
