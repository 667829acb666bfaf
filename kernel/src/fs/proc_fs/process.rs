//! /proc/PID: what there is to tell of a process.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::fs::FileKind;
use crate::open_file::{FileObject, OpenFlags};
use crate::proc::{Process, Resource, Status};
use crate::{Errno, Fd, Kernel, Pid, Tid};

/// As much of a name as `comm` shows.
pub(super) const NAME_MAX: usize = 15;
/// Nanoseconds of a clock tick (100 Hz).
const TICK: u64 = 10_000_000;
const PAGE: u64 = 4096;

/// A file of a process's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum ProcessFile {
    Cmdline,
    Comm,
    Cwd,
    Environ,
    Exe,
    Limits,
    Mountinfo,
    Mounts,
    Root,
    Stat,
    Statm,
    Status,
}

impl ProcessFile {
    pub(super) const ALL: &[Self] = &[
        Self::Cmdline,
        Self::Comm,
        Self::Cwd,
        Self::Environ,
        Self::Exe,
        Self::Limits,
        Self::Mountinfo,
        Self::Mounts,
        Self::Root,
        Self::Stat,
        Self::Statm,
        Self::Status,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cmdline => "cmdline",
            Self::Comm => "comm",
            Self::Cwd => "cwd",
            Self::Environ => "environ",
            Self::Exe => "exe",
            Self::Limits => "limits",
            Self::Mountinfo => "mountinfo",
            Self::Mounts => "mounts",
            Self::Root => "root",
            Self::Stat => "stat",
            Self::Statm => "statm",
            Self::Status => "status",
        }
    }

    pub(super) fn kind(self) -> FileKind {
        match self {
            Self::Cwd | Self::Exe | Self::Root => FileKind::Symlink,
            _ => FileKind::Regular,
        }
    }

    /// Whether it is for the process's own user only.
    pub(super) fn is_private(self) -> bool {
        matches!(self, Self::Cwd | Self::Environ | Self::Exe | Self::Root)
    }
}

impl Kernel {
    /// Text of a file of /proc/PID, or of one of its tasks, for the process `reader`.
    pub(super) fn process_text(
        &mut self,
        reader: Pid,
        pid: Pid,
        task: Tid,
        file: ProcessFile,
    ) -> Result<Vec<u8>, Errno> {
        let process = self.state.processes.get(pid).ok_or(Errno::SRCH)?;
        Ok(match file {
            ProcessFile::Cmdline if process.is_zombie() => Vec::new(),
            ProcessFile::Cmdline => terminated(&process.arguments),
            ProcessFile::Environ => terminated(&process.environment),
            ProcessFile::Comm => [comm(process), b"\n"].concat(),
            ProcessFile::Limits => limits(process).into_bytes(),
            ProcessFile::Mounts => self.mounts_text(),
            ProcessFile::Mountinfo => self.mountinfo_text(),
            ProcessFile::Stat => self.process_stat(process, reader, task),
            ProcessFile::Statm => {
                let pages = process.memory.div_ceil(PAGE);
                format!("{pages} {pages} 0 0 0 {pages} 0\n").into_bytes()
            }
            ProcessFile::Status => self.process_status(process, reader, task),
            ProcessFile::Cwd | ProcessFile::Exe | ProcessFile::Root => return Err(Errno::INVAL),
        })
    }

    fn process_stat(&self, process: &Process, reader: Pid, task: Tid) -> Vec<u8> {
        let terminal = self.state.processes.sessions.get(&process.session).and_then(|session| session.terminal);
        let terminal_number = terminal.map_or(0, crate::fs::devices::terminal_id);
        let foreground = terminal.and_then(|pty| self.terminal_foreground(pty)).map_or(-1, i64::from);
        let (usage, children) = (process.usage, process.children_usage);
        let priority = 20 + i64::from(process.nice);
        let booted = self.state.processes.get(1).map_or(0, |init| init.started);
        let started = process.started.saturating_sub(booted) / TICK;
        let signals = &process.signals;
        let mut out = format!("{task} (").into_bytes();
        out.extend_from_slice(comm(process));
        // proc(5), fields 3 to 52; what this kernel does not count is 0.
        let rest = format!(
            ") {} {} {} {} {} {} 0 0 0 0 0 {} {} {} {} {} {} {} 0 {} {} {} {} 0 0 0 0 0 {} {} {} {} 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
            state(process, reader).0,
            process.parent,
            process.group,
            process.session,
            terminal_number,
            foreground,
            usage.user / TICK,
            usage.system / TICK,
            children.user / TICK,
            children.system / TICK,
            priority,
            process.nice,
            process.tasks.len().max(1),
            started,
            process.memory,
            process.memory / PAGE,
            process.limits.get(Resource::Resident).soft,
            signals.pending & 0x7fff_ffff,
            signals.mask & 0x7fff_ffff,
            signals.ignored & 0x7fff_ffff,
            signals.caught & 0x7fff_ffff,
        );
        out.extend_from_slice(rest.as_bytes());
        out
    }

    fn process_status(&self, process: &Process, reader: Pid, task: Tid) -> Vec<u8> {
        let (letter, word) = state(process, reader);
        let mut out = b"Name:\t".to_vec();
        out.extend_from_slice(comm(process));
        let kib = process.memory.div_ceil(1024);
        let (uid, euid, gid, egid) = (process.uid, process.effective_uid, process.gid, process.effective_gid);
        let signals = &process.signals;
        let size = process.descriptors.iter().last().map_or(0, |(fd, _)| fd + 1).next_multiple_of(64);
        let rest = format!(
            "\nUmask:\t{:04o}\nState:\t{letter} ({word})\nTgid:\t{}\nPid:\t{task}\nPPid:\t{}\nTracerPid:\t0\n\
             Uid:\t{uid}\t{euid}\t{euid}\t{euid}\nGid:\t{gid}\t{egid}\t{egid}\t{egid}\nFDSize:\t{size}\nGroups:\t{gid} \n\
             VmPeak:\t{:>8} kB\nVmSize:\t{kib:>8} kB\nVmHWM:\t{:>8} kB\nVmRSS:\t{kib:>8} kB\nThreads:\t{}\n\
             SigPnd:\t{:016x}\nShdPnd:\t{:016x}\nSigBlk:\t{:016x}\nSigIgn:\t{:016x}\nSigCgt:\t{:016x}\n",
            process.umask,
            process.pid,
            process.parent,
            process.usage.max_memory.div_ceil(1024),
            process.usage.max_memory.div_ceil(1024),
            process.tasks.len().max(1),
            0,
            signals.pending,
            signals.mask,
            signals.ignored,
            signals.caught,
        );
        out.extend_from_slice(rest.as_bytes());
        out
    }

    /// /proc/PID/fdinfo/FD.
    pub(super) fn descriptor_info(&self, pid: Pid, fd: Fd) -> Result<Vec<u8>, Errno> {
        let open = self.file(self.descriptor_of(pid, fd)?);
        // The numbers of Linux' O_ flags.
        let access = match (open.flags.contains(OpenFlags::READ), open.flags.contains(OpenFlags::WRITE)) {
            (_, false) => 0,
            (false, true) => 1,
            (true, true) => 2,
        };
        let bits = [
            (OpenFlags::APPEND, 0o2000),
            (OpenFlags::NONBLOCK, 0o4000),
            (OpenFlags::DIRECTORY, 0o200_000),
            (OpenFlags::NO_FOLLOW, 0o400_000),
            (OpenFlags::PATH, 0o10_000_000),
        ];
        let flags = bits.iter().filter(|(flag, _)| open.flags.contains(*flag)).fold(access, |all, (_, bit)| all | bit);
        let mut text = format!("pos:\t{}\nflags:\t0{flags:o}\n", open.offset);
        if let FileObject::Node(node) = &open.object {
            let _ = writeln!(text, "mnt_id:\t{}", node.location.mount);
        }
        Ok(text.into_bytes())
    }
}

fn comm(process: &Process) -> &[u8] {
    let name = process.name();
    &name[..name.len().min(NAME_MAX)]
}

/// Whether a task waits is known only to the embedder. Whoever reads this is surely running; others mostly wait.
fn state(process: &Process, reader: Pid) -> (char, &'static str) {
    match process.status {
        Status::Zombie(_) => ('Z', "zombie"),
        Status::Stopped(_) => ('T', "stopped"),
        Status::Running if process.pid == reader => ('R', "running"),
        Status::Running => ('S', "sleeping"),
    }
}

fn terminated(strings: &[serde_bytes::ByteBuf]) -> Vec<u8> {
    strings.iter().flat_map(|string| string.iter().copied().chain([0])).collect()
}

fn limits(process: &Process) -> String {
    let rows = [
        ("Max cpu time", Resource::Cpu, "seconds"),
        ("Max file size", Resource::FileSize, "bytes"),
        ("Max data size", Resource::Data, "bytes"),
        ("Max stack size", Resource::Stack, "bytes"),
        ("Max core file size", Resource::Core, "bytes"),
        ("Max resident set", Resource::Resident, "bytes"),
        ("Max processes", Resource::Processes, "processes"),
        ("Max open files", Resource::OpenFiles, "files"),
        ("Max locked memory", Resource::Locked, "bytes"),
        ("Max address space", Resource::AddressSpace, "bytes"),
    ];
    let number = |limit: u64| if limit == u64::MAX { "unlimited".to_owned() } else { limit.to_string() };
    let head = format!("{:<25} {:<20} {:<20} {:<10}\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    rows.iter().fold(head, |mut text, (name, resource, unit)| {
        let limit = process.limits.get(*resource);
        let _ = writeln!(text, "{name:<25} {:<20} {:<20} {unit:<10}", number(limit.soft), number(limit.hard));
        text
    })
}
