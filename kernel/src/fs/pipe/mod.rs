//! Pipes and fifos (POSIX pipe(), read(), write()).

mod close;
mod create;
mod fifo;
mod poll;
mod read;
mod validate;
mod write;

use serde::{Deserialize, Serialize};

use self::fifo::Opener;
use super::FileId;
use crate::{ByteQueue, Kernel, WaitQueue};

/// Writes of up to so many bytes are not mixed with others' (PIPE_BUF).
pub const PIPE_BUF: usize = 4096;

/// A pipe.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pipe {
    bytes: ByteQueue,
    /// Open files that read it, and that write it.
    readers: u32,
    writers: u32,
    /// How often either side was opened: by this an opener sees that the other side has come, though it may have gone again.
    readers_opened: u64,
    writers_opened: u64,
    /// The fifo it belongs to, as long as that exists.
    fifo: Option<FileId>,
    /// Tasks in open(), waiting for the other side.
    openers: Vec<Opener>,
    /// Tasks that wait for bytes, or for the last writer to go.
    reading: WaitQueue,
    /// Tasks that wait for room, or for the last reader to go.
    writing: WaitQueue,
    /// Room that one of `writing` can make use of; `None` where there are none of them.
    wanted: Option<usize>,
}

impl Kernel {
    fn pipe_entry(&self, pipe: u32) -> &Pipe {
        self.state.pipes.get(pipe).expect("pipe of an open file")
    }

    fn pipe_entry_mut(&mut self, pipe: u32) -> &mut Pipe {
        self.state.pipes.get_mut(pipe).expect("pipe of an open file")
    }

    /// Bytes a pipe holds at most: what the limits say, but never so few that an atomic write would not fit.
    fn pipe_capacity(&self) -> usize {
        (self.state.limits.pipe_capacity as usize).max(PIPE_BUF)
    }

    fn pipe_room(&self, pipe: u32) -> usize {
        self.pipe_capacity().saturating_sub(self.pipe_entry(pipe).bytes.len())
    }

    /// Bytes that can be read at once (FIONREAD).
    pub(crate) fn pipe_available(&self, pipe: u32) -> u64 {
        self.pipe_entry(pipe).bytes.len() as u64
    }

    /// The fifo a pipe belongs to: none for one made by pipe(), or whose fifo was removed.
    pub(crate) fn pipe_fifo(&self, pipe: u32) -> Option<FileId> {
        self.pipe_entry(pipe).fifo
    }
}
