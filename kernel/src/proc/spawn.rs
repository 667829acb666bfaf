//! POSIX posix_spawn().

use super::limits::{Limit, Resource};
use super::process::Process;
use super::program::Program;
use super::signal::{SignalSet, UNSTOPPABLE};
use crate::open_file::{Descriptor, OpenFlags};
use crate::{AT_FDCWD, Errno, Fd, Kernel, Pid, Result, Tid};

/// One step that prepares a child's descriptors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileAction {
    /// `(from, to)`: descriptor `to` becomes what `from` is: in the child by then, or else in the parent.
    Dup(Fd, Fd),
    /// Closes a descriptor.
    Close(Fd),
    /// Opens a path as this descriptor.
    #[allow(missing_docs)]
    Open { fd: Fd, path: Vec<u8>, flags: OpenFlags, mode: u32 },
    /// Changes the current directory.
    Chdir(Vec<u8>),
    /// Changes the current directory to an open one of the parent's.
    Fchdir(Fd),
}

/// Attributes of a new process; what is `None` is inherited. See `proc.spawn-attributes` in the WIT.
#[allow(missing_docs)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpawnAttributes {
    pub group: Option<Pid>,
    pub new_session: bool,
    pub foreground: bool,
    pub controlling_terminal: Option<Fd>,
    pub signal_mask: Option<SignalSet>,
    pub signal_default: SignalSet,
    pub signal_ignore: SignalSet,
    pub umask: Option<u32>,
    pub nice: Option<i8>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub limits: Vec<(Resource, Limit)>,
}

impl Kernel {
    /// Starts a program in a new process. Where any part of it fails there is no child.
    pub fn spawn(
        &mut self,
        tid: Tid,
        program: Program,
        actions: &[FileAction],
        attributes: &SpawnAttributes,
    ) -> Result<Pid> {
        let parent = self.enter(tid)?;
        self.check_process_limit(parent)?;
        let pid = self.new_child(parent);
        match self.prepare(tid, parent, pid, &program, actions, attributes) {
            Ok(loaded) => {
                self.start(pid, loaded, program.environment);
                Ok(pid)
            }
            Err(fault) => {
                self.discard(pid);
                Err(fault)
            }
        }
    }

    fn check_process_limit(&self, parent: Pid) -> Result<(), Errno> {
        let process = self.process(parent);
        let limit = process.limits.get(Resource::Processes).soft;
        let own = || self.state.processes.iter().filter(|other| other.uid == process.uid).count() as u64;
        let full = self.state.processes.len() >= self.state.limits.processes as usize;
        if full || limit != u64::MAX && own() >= limit { Err(Errno::AGAIN) } else { Ok(()) }
    }

    /// A process that has inherited what a child inherits, and has no task yet.
    fn new_child(&mut self, parent: Pid) -> Pid {
        let pid = self.state.processes.new_pid();
        let descriptors = self.process(parent).descriptors.inherited();
        for (_, descriptor) in descriptors.iter() {
            self.retain(descriptor.file);
        }
        // Until the child has a program of its own it is its parent's: /proc/self/exe starts that once more.
        let program_file = self.process(parent).program_file;
        if let Some(file) = program_file {
            self.retain(file);
        }
        let cwd = self.hold((*self.process(parent).cwd).clone());
        let started = self.host.monotonic();
        let process = self.process(parent);
        let mut signals = process.signals.clone();
        signals.reset_for_exec();
        signals.pending = 0;
        let child = Process {
            parent,
            group: process.group,
            session: process.session,
            descriptors,
            umask: process.umask,
            uid: process.uid,
            gid: process.gid,
            effective_uid: process.effective_uid,
            effective_gid: process.effective_gid,
            limits: process.limits.clone(),
            nice: process.nice,
            signals,
            path: process.path.clone(),
            program_file,
            started,
            ..Process::new(pid, cwd)
        };
        self.state.processes.insert(child);
        pid
    }

    fn prepare(
        &mut self,
        tid: Tid,
        parent: Pid,
        pid: Pid,
        program: &Program,
        actions: &[FileAction],
        attributes: &SpawnAttributes,
    ) -> Result<super::program::Loaded> {
        for action in actions {
            self.apply(tid, parent, pid, action)?;
        }
        let loaded = self.load(pid, program)?;
        match self.set_attributes(parent, pid, attributes) {
            Ok(()) => Ok(loaded),
            Err(errno) => {
                self.release(loaded.file);
                Err(errno.into())
            }
        }
    }

    fn apply(&mut self, tid: Tid, parent: Pid, pid: Pid, action: &FileAction) -> Result<()> {
        match action {
            &FileAction::Dup(from, to) => {
                let own = self.process(pid).descriptors.get(from);
                let file = own.or_else(|_| self.process(parent).descriptors.get(from))?.file;
                self.retain(file);
                self.place_descriptor(pid, to, file)?;
            }
            // As for posix_spawn_file_actions_addclose(): that it was not open is no error.
            &FileAction::Close(fd) => drop(self.close_descriptor(pid, fd)),
            FileAction::Open { fd, path, flags, mode } => {
                let opened = self.open_at(tid, pid, AT_FDCWD, path, *flags, *mode)?;
                if opened != *fd {
                    let file = self.process_mut(pid).descriptors.remove(opened)?.file;
                    self.place_descriptor(pid, *fd, file)?;
                }
            }
            FileAction::Chdir(path) => self.chdir_to(pid, path)?,
            &FileAction::Fchdir(fd) => {
                if self.process(pid).descriptors.get(fd).is_ok() {
                    self.fchdir_to(pid, fd)?;
                } else {
                    self.fchdir_to(parent, fd)?;
                }
            }
        }
        Ok(())
    }

    /// Makes `fd` of the child stand for a file, whose reference the caller owns.
    fn place_descriptor(&mut self, pid: Pid, fd: Fd, file: u32) -> Result<(), Errno> {
        let limit = self.process(pid).open_files_limit().min(self.state.limits.open_files_per_process);
        if fd >= limit {
            self.release(file);
            return Err(Errno::BADF);
        }
        let before = self.process_mut(pid).descriptors.set(fd, Descriptor { file, close_on_exec: false });
        if let Some(before) = before {
            self.release(before.file);
        }
        Ok(())
    }

    fn set_attributes(&mut self, parent: Pid, pid: Pid, attributes: &SpawnAttributes) -> Result<(), Errno> {
        let privileged = self.process(parent).effective_uid == 0;
        if attributes.new_session {
            self.new_session(pid)?;
            if let Some(fd) = attributes.controlling_terminal {
                self.acquire_terminal(pid, fd)?;
            }
        } else if let Some(group) = attributes.group {
            self.join_group(parent, pid, if group == 0 { pid } else { group })?;
        }
        if attributes.foreground
            && let Some(terminal) = self.controlling_terminal(parent)
        {
            self.terminal_set_foreground(terminal, self.process(pid).group);
        }
        for &(resource, limit) in &attributes.limits {
            self.change_limit(pid, resource, limit, privileged)?;
        }
        let process = self.process_mut(pid);
        let signals = &mut process.signals;
        signals.ignored = (signals.ignored & !attributes.signal_default | attributes.signal_ignore) & !UNSTOPPABLE;
        if let Some(mask) = attributes.signal_mask {
            signals.mask = mask & !UNSTOPPABLE;
        }
        process.umask = attributes.umask.map_or(process.umask, |umask| umask & 0o777);
        if let Some(nice) = attributes.nice {
            if nice < process.nice && !privileged {
                return Err(Errno::ACCES);
            }
            process.nice = nice.clamp(-20, 19);
        }
        let changes = |id: Option<u32>, own: u32| id.is_some_and(|id| id != own);
        if !privileged && (changes(attributes.uid, process.uid) || changes(attributes.gid, process.gid)) {
            return Err(Errno::PERM);
        }
        if let Some(gid) = attributes.gid {
            (process.gid, process.effective_gid) = (gid, gid);
        }
        if let Some(uid) = attributes.uid {
            (process.uid, process.effective_uid) = (uid, uid);
        }
        Ok(())
    }

    /// Takes back a child that could not be made.
    fn discard(&mut self, pid: Pid) {
        self.close_all(pid);
        self.reap(pid);
    }
}
