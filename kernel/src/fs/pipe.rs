//! Pipes and fifos (POSIX pipe()).

use serde::{Deserialize, Serialize};

use crate::Kernel;

/// A pipe.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pipe {}

impl Kernel {
    pub(crate) fn pipe_close(&mut self, _pipe: u32, _reader: bool, _writer: bool) {}
}
