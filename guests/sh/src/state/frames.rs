//! The call stack, as `caller`, FUNCNAME, BASH_SOURCE and BASH_LINENO show it.

use serde::{Deserialize, Serialize};

/// A call of a function or of `source`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// `source` for a sourced file.
    pub(crate) name: Vec<u8>,
    /// The file its text is from.
    pub(crate) source: Vec<u8>,
    /// The line it was called from.
    pub(crate) line: u32,
    pub(crate) is_function: bool,
    /// Its arguments, for BASH_ARGV.
    pub(crate) arguments: Vec<Vec<u8>>,
}
