//! Files of /proc that tell of the system.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::fs::mounts::Mount;
use crate::{Errno, Kernel, Timespec};

const SECOND: u64 = 1_000_000_000;
/// Nanoseconds of a clock tick (100 Hz).
const TICK: u64 = SECOND / 100;

/// A file that tells of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum SystemFile {
    Cmdline,
    Cpuinfo,
    Filesystems,
    Loadavg,
    Meminfo,
    Mounts,
    Stat,
    Uptime,
    Version,
}

impl SystemFile {
    pub(super) const ALL: &[Self] = &[
        Self::Cmdline,
        Self::Cpuinfo,
        Self::Filesystems,
        Self::Loadavg,
        Self::Meminfo,
        Self::Mounts,
        Self::Stat,
        Self::Uptime,
        Self::Version,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cmdline => "cmdline",
            Self::Cpuinfo => "cpuinfo",
            Self::Filesystems => "filesystems",
            Self::Loadavg => "loadavg",
            Self::Meminfo => "meminfo",
            Self::Mounts => "mounts",
            Self::Stat => "stat",
            Self::Uptime => "uptime",
            Self::Version => "version",
        }
    }
}

impl Kernel {
    pub(super) fn system_text(&mut self, file: SystemFile) -> Result<Vec<u8>, Errno> {
        let processes = &self.state.processes;
        let cpu = processes.cpu;
        let text = match file {
            SystemFile::Cmdline => "vivarium\n".to_owned(),
            // One, as far as a guest is concerned: which tasks run side by side is the embedder's business.
            SystemFile::Cpuinfo => "processor\t: 0\nvendor_id\t: Vivarium\nmodel name\t: Vivarium virtual CPU\n\
                                    cpu MHz\t\t: 1000.000\ncpu cores\t: 1\n\n"
                .to_owned(),
            SystemFile::Filesystems => {
                "nodev\tproc\nnodev\ttmpfs\nnodev\tdevtmpfs\nnodev\toverlay\nnodev\tvivstore\n".to_owned()
            }
            SystemFile::Loadavg => {
                let last = processes.iter().map(|process| process.pid).max().unwrap_or(0);
                format!("0.00 0.00 0.00 1/{} {last}\n", processes.task_count())
            }
            SystemFile::Meminfo => {
                let (total, used) = (self.state.limits.memory / 1024, self.state.memory / 1024);
                let free = total.saturating_sub(used);
                format!(
                    "MemTotal:       {total:>8} kB\nMemFree:        {free:>8} kB\nMemAvailable:   {free:>8} kB\n\
                     Buffers:        {0:>8} kB\nCached:         {0:>8} kB\nShmem:          {used:>8} kB\n\
                     SwapTotal:      {0:>8} kB\nSwapFree:       {0:>8} kB\n",
                    0
                )
            }
            SystemFile::Mounts => return Err(Errno::INVAL),
            SystemFile::Stat => {
                let idle = self.uptime().saturating_sub(cpu) / TICK;
                let line = format!("{} 0 0 {idle} 0 0 0 0 0 0", cpu / TICK);
                format!(
                    "cpu  {line}\ncpu0 {line}\nintr 0\nctxt 0\nbtime {}\nprocesses {}\nprocs_running 1\nprocs_blocked 0\n",
                    self.time_at(self.booted()).seconds,
                    processes.len(),
                )
            }
            SystemFile::Uptime => {
                let (up, idle) = (self.uptime(), self.uptime().saturating_sub(cpu));
                let seconds = |time: u64| format!("{}.{:02}", time / SECOND, time % SECOND / TICK);
                format!("{} {}\n", seconds(up), seconds(idle))
            }
            SystemFile::Version => format!("Vivarium version {} (vivarium)\n", env!("CARGO_PKG_VERSION")),
        };
        Ok(text.into_bytes())
    }

    fn booted(&self) -> u64 {
        self.state.processes.get(1).map_or(0, |init| init.started)
    }

    fn uptime(&self) -> u64 {
        self.host.monotonic().saturating_sub(self.booted())
    }

    /// What the wall clock showed at a monotonic instant, if it was not set since.
    pub(super) fn time_at(&self, instant: u64) -> Timespec {
        let now = self.host.realtime();
        let ago = i128::from(self.host.monotonic().saturating_sub(instant));
        let then = i128::from(now.seconds) * i128::from(SECOND) + i128::from(now.nanoseconds) - ago;
        let second = i128::from(SECOND);
        Timespec { seconds: then.div_euclid(second) as i64, nanoseconds: then.rem_euclid(second) as u32 }
    }

    /// /proc/PID/mounts.
    pub(super) fn mounts_text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (_, mount) in self.state.vfs.mounts.iter() {
            let kind = mount.source.type_name();
            escape(if mount.name.is_empty() { kind.as_bytes() } else { &mount.name }, &mut out);
            out.push(b' ');
            escape(&mount.target, &mut out);
            out.extend_from_slice(format!(" {kind} {},relatime 0 0\n", access(mount)).as_bytes());
        }
        out
    }

    /// /proc/PID/mountinfo.
    pub(super) fn mountinfo_text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (id, mount) in self.state.vfs.mounts.iter() {
            let parent = mount.covers.as_ref().map_or(id, |covers| covers.mount);
            let device = self.state.vfs.device(id);
            out.extend_from_slice(format!("{id} {parent} 0:{device} / ").as_bytes());
            escape(&mount.target, &mut out);
            let (kind, access) = (mount.source.type_name(), access(mount));
            let mut rest = String::new();
            let _ = write!(rest, " {access},relatime - {kind} ");
            out.extend_from_slice(rest.as_bytes());
            escape(if mount.name.is_empty() { kind.as_bytes() } else { &mount.name }, &mut out);
            out.extend_from_slice(format!(" {access}\n").as_bytes());
        }
        out
    }
}

fn access(mount: &Mount) -> &'static str {
    if mount.read_only { "ro" } else { "rw" }
}

/// Blanks and backslashes in octal, as fstab(5) has them.
fn escape(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b' ' | b'\t' | b'\n' | b'\\' | b'#' => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
            _ => out.push(byte),
        }
    }
}
