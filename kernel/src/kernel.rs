//! The kernel's state and the calls all subsystems are built from.

use serde::{Deserialize, Serialize};

use crate::fs::pipe::Pipe;
use crate::fs::watch::Watch;
use crate::fs::{LookupCache, Vfs};
use crate::net::Net;
use crate::open_file::{Descriptor, FileObject, OpenFile, OpenFileId, OpenFiles, OpenFlags};
use crate::proc::{Process, Processes};
use crate::pty::Pty;
use crate::system::{Limits, Timers};
use crate::{Errno, Fault, Fd, Host, Pid, Result, Slab, Tid};

/// A kernel: its state, and the embedder it speaks to.
pub struct Kernel {
    pub(crate) host: Box<dyn Host>,
    pub(crate) state: State,
    /// No part of the state: it only saves calls to the host.
    pub(crate) lookups: LookupCache,
}

/// Everything the kernel knows. It is a value: written by `snapshot`, read by `restore`.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) hostname: Vec<u8>,
    pub(crate) limits: Limits,
    /// Bytes of files, pipes and queues charged against `limits.memory`.
    pub(crate) memory: u64,
    pub(crate) vfs: Vfs,
    pub(crate) processes: Processes,
    pub(crate) files: OpenFiles,
    pub(crate) pipes: Slab<Pipe>,
    pub(crate) ptys: Slab<Pty>,
    pub(crate) watches: Slab<Watch>,
    pub(crate) net: Net,
    pub(crate) timers: Timers,
}

impl Kernel {
    /// A kernel that has yet to be booted or restored.
    pub fn new(host: Box<dyn Host>) -> Self {
        Self { host, state: State::default(), lookups: LookupCache::default() }
    }

    /// The process a task belongs to. Every call made by a guest begins with it: `Gone` where the process has ended,
    /// `Blocked` where it is stopped by a signal.
    pub(crate) fn enter(&mut self, tid: Tid) -> Result<Pid> {
        self.state.processes.enter(tid)
    }

    /// The process with this pid, which must exist.
    pub(crate) fn process(&self, pid: Pid) -> &Process {
        self.state.processes.get(pid).expect("pid of an entered task")
    }

    /// The process with this pid, which must exist, to change.
    pub(crate) fn process_mut(&mut self, pid: Pid) -> &mut Process {
        self.state.processes.get_mut(pid).expect("pid of an entered task")
    }

    /// The open file behind a descriptor.
    pub(crate) fn open_file(&self, pid: Pid, fd: Fd) -> Result<OpenFileId, Errno> {
        Ok(self.process(pid).descriptors.get(fd)?.file)
    }

    /// Makes an open file with one reference, owned by the caller until it is put into a table.
    pub(crate) fn new_open_file(&mut self, object: FileObject, flags: OpenFlags) -> Result<OpenFileId, Errno> {
        let limit = self.state.limits.open_files as usize;
        if self.state.files.len() >= limit {
            self.make_room_for_sockets();
        }
        if self.state.files.len() >= limit {
            self.close_object(object, flags);
            return Err(Errno::NFILE);
        }
        Ok(self.state.files.insert(OpenFile { object, flags, offset: 0, references: 1 }))
    }

    /// Makes an open file and the lowest free descriptor for it.
    pub(crate) fn install(&mut self, pid: Pid, object: FileObject, flags: OpenFlags) -> Result<Fd, Errno> {
        let file = self.new_open_file(object, flags)?;
        let descriptor = Descriptor { file, close_on_exec: flags.contains(OpenFlags::CLOSE_ON_EXEC) };
        self.install_descriptor(pid, 0, descriptor)
    }

    /// Whether a further open file and a descriptor for it can be had: `NFILE` or `MFILE` where not.
    pub(crate) fn check_install(&self, pid: Pid) -> Result<(), Errno> {
        if self.state.files.len() >= self.state.limits.open_files as usize {
            return Err(Errno::NFILE);
        }
        let process = self.process(pid);
        let limit = process.open_files_limit().min(self.state.limits.open_files_per_process);
        process.descriptors.lowest_free(0, limit).map(drop)
    }

    /// Puts a descriptor, whose reference the caller owns, into a process's table; gives the reference up on failure.
    pub(crate) fn install_descriptor(&mut self, pid: Pid, at_least: Fd, descriptor: Descriptor) -> Result<Fd, Errno> {
        let limit = self.process(pid).open_files_limit().min(self.state.limits.open_files_per_process);
        let inserted = self.process_mut(pid).descriptors.insert(at_least, limit, descriptor);
        if inserted.is_err() {
            self.release(descriptor.file);
        }
        inserted
    }

    /// Adds a reference to an open file.
    pub(crate) fn retain(&mut self, file: OpenFileId) {
        self.state.files.get_mut(file).expect("referenced open file").references += 1;
    }

    /// Gives up a reference to an open file; with the last one the object is closed.
    pub(crate) fn release(&mut self, file: OpenFileId) {
        let open = self.state.files.get_mut(file).expect("referenced open file");
        open.references -= 1;
        if let (FileObject::Socket(socket), 1..) = (&open.object, open.references) {
            let (socket, references) = (*socket, open.references);
            self.socket_released(socket, references);
        } else if open.references == 0 {
            self.unlock_open_file(file);
            let open = self.state.files.remove(file).expect("referenced open file");
            self.close_object(open.object, open.flags);
        }
    }

    fn close_object(&mut self, object: FileObject, flags: OpenFlags) {
        match object {
            FileObject::Node(node) => self.node_close(node, flags),
            FileObject::PipeReader(pipe) => self.pipe_close(pipe, true, false),
            FileObject::PipeWriter(pipe) => self.pipe_close(pipe, false, true),
            FileObject::PipeBoth(pipe) => self.pipe_close(pipe, true, true),
            FileObject::PtyMaster(pty) => self.pty_close_master(pty),
            FileObject::Terminal(pty) => self.pty_close_terminal(pty),
            FileObject::Socket(socket) => self.socket_close(socket),
            FileObject::Watch(watch) => self.watch_close(watch),
        }
    }

    /// Charges bytes of kernel memory to the system; `NOSPC` where they are not to be had.
    pub(crate) fn charge(&mut self, bytes: u64) -> Result<(), Errno> {
        let memory = self.state.memory.saturating_add(bytes);
        if memory > self.state.limits.memory {
            return Err(Errno::NOSPC);
        }
        self.state.memory = memory;
        Ok(())
    }

    /// Gives charged bytes back.
    pub(crate) fn uncharge(&mut self, bytes: u64) {
        self.state.memory -= bytes;
    }

    /// Ends a call that would block: `AGAIN` for a non-blocking file, `INTR` where a caught signal is pending.
    pub(crate) fn block<T>(&mut self, tid: Tid, nonblock: bool) -> Result<T> {
        if nonblock {
            return Err(Errno::AGAIN.into());
        }
        if self.state.processes.interrupted(tid) {
            return Err(Errno::INTR.into());
        }
        Err(Fault::Blocked)
    }
}
