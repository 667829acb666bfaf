//! /proc/sys: settings of the system.

use serde::{Deserialize, Serialize};

use crate::fs::FileKind;
use crate::{Errno, Kernel, Pid};

/// Highest pid, and one more.
const PID_MAX: u32 = 4_194_304;

/// A setting, or a directory of some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Sysctl {
    Root,
    Fs,
    FileMax,
    FileNr,
    NrOpen,
    PipeMaxSize,
    Kernel,
    Hostname,
    Osrelease,
    Ostype,
    PidMax,
    ThreadsMax,
    Version,
    Random,
    BootId,
    Uuid,
    Vm,
    OvercommitMemory,
}

/// Each with its directory and its name there.
const TREE: &[(Sysctl, Sysctl, &str)] = &[
    (Sysctl::Fs, Sysctl::Root, "fs"),
    (Sysctl::FileMax, Sysctl::Fs, "file-max"),
    (Sysctl::FileNr, Sysctl::Fs, "file-nr"),
    (Sysctl::NrOpen, Sysctl::Fs, "nr_open"),
    (Sysctl::PipeMaxSize, Sysctl::Fs, "pipe-max-size"),
    (Sysctl::Kernel, Sysctl::Root, "kernel"),
    (Sysctl::Hostname, Sysctl::Kernel, "hostname"),
    (Sysctl::Osrelease, Sysctl::Kernel, "osrelease"),
    (Sysctl::Ostype, Sysctl::Kernel, "ostype"),
    (Sysctl::PidMax, Sysctl::Kernel, "pid_max"),
    (Sysctl::ThreadsMax, Sysctl::Kernel, "threads-max"),
    (Sysctl::Version, Sysctl::Kernel, "version"),
    (Sysctl::Random, Sysctl::Kernel, "random"),
    (Sysctl::BootId, Sysctl::Random, "boot_id"),
    (Sysctl::Uuid, Sysctl::Random, "uuid"),
    (Sysctl::Vm, Sysctl::Root, "vm"),
    (Sysctl::OvercommitMemory, Sysctl::Vm, "overcommit_memory"),
];

impl Sysctl {
    pub(super) fn kind(self) -> FileKind {
        match self {
            Self::Root | Self::Fs | Self::Kernel | Self::Random | Self::Vm => FileKind::Directory,
            _ => FileKind::Regular,
        }
    }

    /// The directory it is in; none for /proc/sys itself.
    pub(super) fn parent(self) -> Option<Self> {
        TREE.iter().find(|(file, ..)| *file == self).map(|&(_, parent, _)| parent)
    }

    pub(super) fn name(self) -> &'static str {
        TREE.iter().find(|(file, ..)| *file == self).map_or("sys", |&(.., name)| name)
    }

    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        TREE.iter().filter(move |(_, parent, _)| *parent == self).map(|&(file, ..)| file)
    }
}

impl Kernel {
    pub(super) fn sysctl_text(&mut self, file: Sysctl) -> Result<Vec<u8>, Errno> {
        let limits = &self.state.limits;
        let mut text = match file {
            Sysctl::FileMax => limits.open_files.to_string(),
            Sysctl::FileNr => format!("{}\t0\t{}", self.state.files.len(), limits.open_files),
            Sysctl::NrOpen => limits.open_files_per_process.to_string(),
            Sysctl::PipeMaxSize => limits.pipe_capacity.to_string(),
            Sysctl::Hostname => return Ok([&self.state.hostname[..], b"\n"].concat()),
            Sysctl::Osrelease => env!("CARGO_PKG_VERSION").to_owned(),
            Sysctl::Ostype => "Vivarium".to_owned(),
            Sysctl::PidMax => PID_MAX.to_string(),
            Sysctl::ThreadsMax => limits.processes.to_string(),
            Sysctl::Version => concat!("vivarium-kernel ", env!("CARGO_PKG_VERSION")).to_owned(),
            Sysctl::BootId => {
                // The same as long as the system runs, and another in the next: made from the instant of its start.
                let booted = self.time_at(self.state.processes.get(1).map_or(0, |init| init.started));
                let nanoseconds = u128::from(booted.seconds as u64) << 64 | u128::from(booted.nanoseconds) << 32;
                uuid(nanoseconds.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
            }
            Sysctl::Uuid => {
                let mut bytes = [0; 16];
                self.host.random(&mut bytes);
                uuid(bytes)
            }
            Sysctl::OvercommitMemory => "0".to_owned(),
            Sysctl::Root | Sysctl::Fs | Sysctl::Kernel | Sysctl::Random | Sysctl::Vm => return Err(Errno::ISDIR),
        };
        text.push('\n');
        Ok(text.into_bytes())
    }

    pub(super) fn sysctl_write(&mut self, pid: Pid, file: Sysctl, value: &[u8]) -> Result<(), Errno> {
        match file {
            Sysctl::Hostname if value.len() > 64 => Err(Errno::INVAL),
            Sysctl::Hostname if self.process(pid).credentials().privileged() => {
                self.state.hostname = value.to_vec();
                Ok(())
            }
            _ => Err(Errno::PERM),
        }
    }
}

/// RFC 9562, version 4.
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
