//! Pseudo-terminals (POSIX chapter 11).

use serde::{Deserialize, Serialize};

use crate::Kernel;

/// A pseudo-terminal pair.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pty {}

impl Kernel {
    pub(crate) fn pty_close_master(&mut self, _pty: u32) {}

    pub(crate) fn pty_close_terminal(&mut self, _pty: u32) {}
}
