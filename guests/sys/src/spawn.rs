//! Starting programs (POSIX posix_spawn(), execve()). [`crate::process::Command`] is the comfortable way.

use std::os::fd::{AsRawFd, RawFd};

use crate::fs::OpenFlags;
use crate::limits::{Limit, Resource};
use crate::raw::{FileAction, Slice, SpawnLimit, SpawnRequest, file_action, spawn_flags};
use crate::signal::SignalSet;
use crate::{Errno, Path, Result, raw};

/// What a new process is to be: the program, the steps that prepare its descriptors, its attributes. Everything not said is
/// inherited.
#[derive(Default)]
pub struct Spawn {
    path: Vec<u8>,
    arguments: Vec<u8>,
    environment: Vec<u8>,
    actions: Vec<(u32, u32, u32, u32, Vec<u8>)>,
    limits: Vec<SpawnLimit>,
    flags: u32,
    group: u32,
    controlling_terminal: u32,
    umask: u32,
    signal_mask: u64,
    signal_default: u64,
    signal_ignore: u64,
    nice: i32,
    uid: u32,
    gid: u32,
}

impl Spawn {
    /// The program at `path`, which is not searched for.
    pub fn new(path: impl Path) -> Spawn {
        Spawn { path: path.bytes().to_vec(), ..Spawn::default() }
    }

    /// Adds an argument; the first is the program's name.
    pub fn arg(&mut self, argument: impl Path) -> &mut Spawn {
        self.arguments.extend_from_slice(argument.bytes());
        self.arguments.push(0);
        self
    }

    /// Adds `NAME=value` to the environment, which begins empty.
    pub fn env(&mut self, variable: impl Path) -> &mut Spawn {
        self.environment.extend_from_slice(variable.bytes());
        self.environment.push(0);
        self
    }

    /// Replaces the environment: `NAME=value` strings, each ended by a NUL.
    pub fn environment(&mut self, variables: Vec<u8>) -> &mut Spawn {
        self.environment = variables;
        self
    }

    /// The child's `to` becomes the parent's `from`.
    pub fn dup(&mut self, from: impl AsRawFd, to: RawFd) -> &mut Spawn {
        self.actions.push((file_action::DUP, to as u32, from.as_raw_fd() as u32, 0, Vec::new()));
        self
    }

    /// Closes the child's `fd`.
    pub fn close(&mut self, fd: RawFd) -> &mut Spawn {
        self.actions.push((file_action::CLOSE, fd as u32, 0, 0, Vec::new()));
        self
    }

    /// Opens a file as the child's `fd`.
    pub fn open(&mut self, fd: RawFd, path: impl Path, flags: OpenFlags, mode: u32) -> &mut Spawn {
        self.actions.push((file_action::OPEN, fd as u32, flags.bits(), mode, path.bytes().to_vec()));
        self
    }

    /// Changes the child's current directory.
    pub fn chdir(&mut self, path: impl Path) -> &mut Spawn {
        self.actions.push((file_action::CHDIR, 0, 0, 0, path.bytes().to_vec()));
        self
    }

    /// Changes the child's current directory to the parent's open one.
    pub fn fchdir(&mut self, dir: impl AsRawFd) -> &mut Spawn {
        self.actions.push((file_action::FCHDIR, 0, dir.as_raw_fd() as u32, 0, Vec::new()));
        self
    }

    /// Puts the child in a process group; 0: a new one that it leads.
    pub fn process_group(&mut self, group: u32) -> &mut Spawn {
        (self.flags, self.group) = (self.flags | spawn_flags::GROUP, group);
        self
    }

    /// Begins a new session.
    pub fn session(&mut self) -> &mut Spawn {
        self.flags |= spawn_flags::SESSION;
        self
    }

    /// Makes the child's group the foreground group of the caller's controlling terminal.
    pub fn foreground(&mut self) -> &mut Spawn {
        self.flags |= spawn_flags::FOREGROUND;
        self
    }

    /// With [`session`](Spawn::session): makes the child's `fd` its controlling terminal.
    pub fn controlling_terminal(&mut self, fd: RawFd) -> &mut Spawn {
        (self.flags, self.controlling_terminal) = (self.flags | spawn_flags::CONTROLLING_TERMINAL, fd as u32);
        self
    }

    /// Sets the signals blocked.
    pub fn signal_mask(&mut self, mask: SignalSet) -> &mut Spawn {
        (self.flags, self.signal_mask) = (self.flags | spawn_flags::SIGNAL_MASK, mask.0);
        self
    }

    /// Gives these signals their default action.
    pub fn signal_default(&mut self, set: SignalSet) -> &mut Spawn {
        self.signal_default = set.0;
        self
    }

    /// Ignores these signals.
    pub fn signal_ignore(&mut self, set: SignalSet) -> &mut Spawn {
        self.signal_ignore = set.0;
        self
    }

    /// Sets the umask.
    pub fn umask(&mut self, mask: u32) -> &mut Spawn {
        (self.flags, self.umask) = (self.flags | spawn_flags::UMASK, mask);
        self
    }

    /// Sets the nice value.
    pub fn nice(&mut self, nice: i32) -> &mut Spawn {
        (self.flags, self.nice) = (self.flags | spawn_flags::NICE, nice);
        self
    }

    /// Sets real and effective user.
    pub fn uid(&mut self, uid: u32) -> &mut Spawn {
        (self.flags, self.uid) = (self.flags | spawn_flags::UID, uid);
        self
    }

    /// Sets real and effective group.
    pub fn gid(&mut self, gid: u32) -> &mut Spawn {
        (self.flags, self.gid) = (self.flags | spawn_flags::GID, gid);
        self
    }

    /// Sets a resource limit.
    pub fn limit(&mut self, resource: Resource, limit: Limit) -> &mut Spawn {
        self.limits.push(SpawnLimit { resource: resource as u32, reserved: 0, limit });
        self
    }

    /// posix_spawn(). Gives the pid. Of a file action that fails, and of a program that cannot be run, the error comes here.
    pub fn spawn(&self) -> Result<u32> {
        let mut pid = 0;
        // SAFETY: the request's slices live for the call; `pid` is valid for writing.
        self.with_request(|request| Errno::check(unsafe { raw::proc_spawn(request, &mut pid) }))?;
        Ok(pid)
    }

    /// execve(): runs the program in place of the caller; file actions and attributes must not have been given.
    pub fn exec(&self) -> Errno {
        // SAFETY: the request's slices live for the call.
        match self.with_request(|request| Errno::check(unsafe { raw::proc_exec(request) })) {
            Ok(()) => Errno::NOSYS,
            Err(errno) => errno,
        }
    }

    fn with_request<T>(&self, f: impl FnOnce(*const SpawnRequest) -> T) -> T {
        let actions: Vec<FileAction> = self
            .actions
            .iter()
            .map(|(op, fd, from, mode, path)| FileAction {
                op: *op,
                fd: *fd,
                from: *from,
                mode: *mode,
                path: slice(path),
            })
            .collect();
        f(&SpawnRequest {
            path: slice(&self.path),
            arguments: slice(&self.arguments),
            environment: slice(&self.environment),
            actions: slice(&actions),
            limits: slice(&self.limits),
            flags: self.flags,
            group: self.group,
            controlling_terminal: self.controlling_terminal,
            umask: self.umask,
            signal_mask: self.signal_mask,
            signal_default: self.signal_default,
            signal_ignore: self.signal_ignore,
            nice: self.nice,
            uid: self.uid,
            gid: self.gid,
            reserved: 0,
        })
    }
}

fn slice<T>(items: &[T]) -> Slice {
    Slice { ptr: items.as_ptr() as usize, len: items.len() as u32 }
}
