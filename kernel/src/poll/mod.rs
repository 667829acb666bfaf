//! Readiness over every kind of descriptor (POSIX poll()).

// The documentation of flags does not reach the constants that the macro makes of them.
#![allow(missing_docs)]

use bitflags::bitflags;

use crate::open_file::FileObject;
use crate::{Fd, Instant, Kernel, Pid, Result, Tid};

bitflags! {
    /// POSIX poll() events.
    #[allow(missing_docs)]
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Events: u8 {
        const READABLE = 1;
        const WRITABLE = 2;
        const PRIORITY = 4;
        const ERROR = 8;
        const HANGUP = 16;
        const INVALID = 32;
    }
}

/// Events that are given whether asked for or not.
const ALWAYS: Events = Events::ERROR.union(Events::HANGUP).union(Events::INVALID);

/// A descriptor, with the events asked for or given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollFd {
    /// The descriptor.
    pub fd: Fd,
    /// Events of it.
    pub events: Events,
}

impl Kernel {
    /// Waits until one of the descriptors is ready, or `deadline` has passed; gives those that are, in the order asked.
    pub fn poll(&mut self, tid: Tid, fds: &[PollFd], deadline: Option<Instant>) -> Result<Vec<PollFd>> {
        let pid = self.enter(tid)?;
        // Most calls find something ready, so nobody is put on a queue before it is known that nothing is.
        let ready = self.poll_all(pid, None, fds);
        if !ready.is_empty() || deadline.is_some_and(|deadline| deadline <= self.host.monotonic()) {
            return Ok(ready);
        }
        self.poll_all(pid, Some(tid), fds);
        self.block(tid, false)
    }

    fn poll_all(&mut self, pid: Pid, tid: Option<Tid>, fds: &[PollFd]) -> Vec<PollFd> {
        let mut ready = Vec::new();
        for &PollFd { fd, events } in fds {
            let given = self.poll_fd(pid, tid, fd, events) & (events | ALWAYS);
            if !given.is_empty() {
                ready.push(PollFd { fd, events: given });
            }
        }
        ready
    }

    /// What a descriptor is ready for. With a task, that task is woken when one of the events asked for may have come.
    fn poll_fd(&mut self, pid: Pid, tid: Option<Tid>, fd: Fd, asked: Events) -> Events {
        let Ok(file) = self.usable_file(pid, fd) else { return Events::INVALID };
        match &self.file(file).object {
            FileObject::Node(node) => self.node_poll(node),
            &FileObject::PipeReader(pipe) => self.pipe_poll(tid, pipe, true, false),
            &FileObject::PipeWriter(pipe) => self.pipe_poll(tid, pipe, false, true),
            // Whoever polls it for one thing is not to be woken by the other, which is mostly its own doing.
            &FileObject::PipeBoth(pipe) => {
                self.pipe_poll(tid, pipe, asked.contains(Events::READABLE), asked.contains(Events::WRITABLE))
            }
            &FileObject::PtyMaster(pty) => self.pty_master_poll(tid, pty),
            &FileObject::Terminal(pty) => self.terminal_poll(tid, pty),
            &FileObject::Socket(socket) => self.socket_poll(tid, socket),
            &FileObject::Watch(watch) => self.watch_poll(tid, watch),
        }
    }
}
