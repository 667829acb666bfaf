//! Pipes and fifos (POSIX pipe()).

use serde::{Deserialize, Serialize};

use super::FileId;
use crate::open_file::{FileObject, OpenFlags};
use crate::{Errno, Kernel, Result, Tid};

/// A pipe.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pipe {}

impl Kernel {
    pub(crate) fn pipe_close(&mut self, _pipe: u32, _reader: bool, _writer: bool) {}

    pub(crate) fn pipe_read(&mut self, _tid: Tid, _pipe: u32, _length: u32, _nonblock: bool) -> Result<Vec<u8>> {
        Err(Errno::NOSYS.into())
    }

    pub(crate) fn pipe_write(&mut self, _tid: Tid, _pipe: u32, _data: Vec<u8>, _nonblock: bool) -> Result<u32> {
        Err(Errno::NOSYS.into())
    }

    pub(crate) fn pipe_available(&self, _pipe: u32) -> u64 {
        0
    }

    pub(crate) fn pipe_fifo(&self, _pipe: u32) -> Option<FileId> {
        None
    }

    pub(crate) fn fifo_new(&mut self, _node: FileId) -> Result<u32, Errno> {
        Err(Errno::NOSYS)
    }

    pub(crate) fn fifo_unlink(&mut self, _pipe: u32) {}

    pub(crate) fn fifo_open(&mut self, _tid: Tid, _pipe: u32, _flags: OpenFlags) -> Result<FileObject> {
        Err(Errno::NOSYS.into())
    }
}
