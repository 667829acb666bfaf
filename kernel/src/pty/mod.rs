//! Pseudo-terminals (POSIX chapter 11).

use serde::{Deserialize, Serialize};

use crate::open_file::{FileObject, OpenFlags};
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

/// A pseudo-terminal pair.
#[allow(missing_docs)]
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pty {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

impl Kernel {
    pub(crate) fn pty_close_master(&mut self, _pty: u32) {}

    pub(crate) fn pty_close_terminal(&mut self, _pty: u32) {}

    pub(crate) fn terminal_release(&mut self, _pty: u32) -> Option<Pid> {
        None
    }

    pub(crate) fn terminal_foreground(&self, _pty: u32) -> Option<Pid> {
        None
    }

    pub(crate) fn terminal_set_foreground(&mut self, _pty: u32, _group: Pid) {}

    pub(crate) fn acquire_terminal(&mut self, _pid: Pid, _fd: Fd) -> Result<(), Errno> {
        Err(Errno::NOTTY)
    }

    pub(crate) fn terminal_available(&self, _pty: u32) -> u64 {
        0
    }

    pub(crate) fn pty_master_available(&self, _pty: u32) -> u64 {
        0
    }

    pub(crate) fn terminal_open(&mut self, _tid: Tid, _pty: u32, _flags: OpenFlags) -> Result<FileObject> {
        Err(Errno::NXIO.into())
    }

    pub(crate) fn pty_open_master(&mut self, _tid: Tid, _flags: OpenFlags) -> Result<FileObject> {
        Err(Errno::NXIO.into())
    }

    pub(crate) fn terminal_read(&mut self, _tid: Tid, _pty: u32, _length: u32, _nonblock: bool) -> Result<Vec<u8>> {
        Err(Errno::IO.into())
    }

    pub(crate) fn terminal_write(&mut self, _tid: Tid, _pty: u32, _data: Vec<u8>, _nonblock: bool) -> Result<u32> {
        Err(Errno::IO.into())
    }

    pub(crate) fn pty_master_read(&mut self, _tid: Tid, _pty: u32, _length: u32, _nonblock: bool) -> Result<Vec<u8>> {
        Err(Errno::IO.into())
    }

    pub(crate) fn pty_master_write(&mut self, _tid: Tid, _pty: u32, _data: Vec<u8>, _nonblock: bool) -> Result<u32> {
        Err(Errno::IO.into())
    }
}

impl Kernel {
    pub(crate) fn pty_master_poll(&mut self, _tid: Option<Tid>, _pty: u32) -> crate::poll::Events {
        crate::poll::Events::HANGUP
    }

    pub(crate) fn terminal_poll(&mut self, _tid: Option<Tid>, _pty: u32) -> crate::poll::Events {
        crate::poll::Events::HANGUP
    }
}
