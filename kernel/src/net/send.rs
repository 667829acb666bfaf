//! POSIX sendmsg().

use super::{Address, MessageFlags};
use crate::open_file::OpenFileId;
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

/// Descriptors one message may pass at most (SCM_MAX_FD).
const MAX_DESCRIPTORS: usize = 253;

impl Kernel {
    /// POSIX sendmsg(): gives how many bytes were taken, which on a stream may be fewer than offered. Descriptors go with the
    /// message over a Unix socket (SCM_RIGHTS) and stay open here.
    pub fn send(
        &mut self,
        tid: Tid,
        fd: Fd,
        data: Vec<u8>,
        to: Option<Address>,
        flags: MessageFlags,
        descriptors: &[Fd],
    ) -> Result<u32> {
        let pid = self.enter(tid)?;
        let (socket, nonblock) = self.socket_of(pid, fd)?;
        if flags.contains(MessageFlags::OUT_OF_BAND) {
            return Err(Errno::NOTSUP.into());
        }
        let nonblock = nonblock || flags.contains(MessageFlags::DONT_WAIT);
        let files = self.files_to_pass(pid, socket, descriptors)?;
        let call = SendCall { tid, pid, socket, nonblock, no_signal: flags.contains(MessageFlags::NO_SIGNAL) };
        self.send_data(&call, data, to, files)
    }

    /// Sends on whatever kind of socket it is.
    pub(super) fn send_data(
        &mut self,
        call: &SendCall,
        data: Vec<u8>,
        to: Option<Address>,
        files: Vec<OpenFileId>,
    ) -> Result<u32> {
        let entry = self.state.net.socket_mut(call.socket);
        if let Some(error) = entry.error.take() {
            return Err(error.into());
        }
        if entry.write_shut {
            return Err(self.broken_pipe(call.pid, call.no_signal).into());
        }
        let to = to.filter(|to| *to != Address::Unspecified);
        match entry.queue {
            super::Queue::Stream(_) => {
                if to.is_some() && entry.is_unix() {
                    let connected = entry.connection().is_some();
                    return Err(if connected { Errno::ISCONN } else { Errno::NOTSUP }.into());
                }
                self.send_stream(call, data, files)
            }
            super::Queue::Messages(_) => self.send_message(call, data, to, files),
        }
    }

    /// The open files behind descriptors that a message is to pass.
    fn files_to_pass(&self, pid: Pid, socket: u32, descriptors: &[Fd]) -> Result<Vec<OpenFileId>, Errno> {
        if descriptors.is_empty() {
            return Ok(Vec::new());
        }
        if descriptors.len() > MAX_DESCRIPTORS || !self.state.net.socket(socket).is_unix() {
            return Err(Errno::INVAL);
        }
        descriptors.iter().map(|&fd| self.open_file(pid, fd)).collect()
    }
}

/// Who sends on what, and how.
pub(super) struct SendCall {
    pub(super) tid: Tid,
    pub(super) pid: Pid,
    pub(super) socket: u32,
    pub(super) nonblock: bool,
    pub(super) no_signal: bool,
}
