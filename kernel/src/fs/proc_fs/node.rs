//! What a file of /proc tells of.

use serde::{Deserialize, Serialize};

use super::process::ProcessFile;
use super::sysctl::Sysctl;
use super::system::SystemFile;
use crate::fs::FileKind;
use crate::{Fd, Pid, Tid};

/// A file of /proc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum ProcNode {
    Root,
    /// The link `self`.
    Myself,
    System(SystemFile),
    Sysctl(Sysctl),
    Process(Pid),
    ProcessFile(Pid, ProcessFile),
    Descriptors(Pid),
    Descriptor(Pid, Fd),
    DescriptorInfos(Pid),
    DescriptorInfo(Pid, Fd),
    Tasks(Pid),
    Task(Pid, Tid),
    TaskFile(Pid, Tid, ProcessFile),
}

impl ProcNode {
    pub(crate) fn kind(self) -> FileKind {
        match self {
            Self::Root
            | Self::Process(_)
            | Self::Descriptors(_)
            | Self::DescriptorInfos(_)
            | Self::Tasks(_)
            | Self::Task(..) => FileKind::Directory,
            Self::Myself | Self::Descriptor(..) | Self::System(SystemFile::Mounts) => FileKind::Symlink,
            Self::System(_) | Self::DescriptorInfo(..) => FileKind::Regular,
            Self::Sysctl(file) => file.kind(),
            Self::ProcessFile(_, file) | Self::TaskFile(_, _, file) => file.kind(),
        }
    }

    pub(crate) fn parent(self) -> Self {
        match self {
            Self::Root | Self::Myself | Self::System(_) | Self::Process(_) => Self::Root,
            Self::Sysctl(file) => file.parent().map_or(Self::Root, Self::Sysctl),
            Self::ProcessFile(pid, _) | Self::Descriptors(pid) | Self::DescriptorInfos(pid) | Self::Tasks(pid) => {
                Self::Process(pid)
            }
            Self::Descriptor(pid, _) => Self::Descriptors(pid),
            Self::DescriptorInfo(pid, _) => Self::DescriptorInfos(pid),
            Self::Task(pid, _) => Self::Tasks(pid),
            Self::TaskFile(pid, tid, _) => Self::Task(pid, tid),
        }
    }

    /// Its name in the directory it is in.
    pub(crate) fn name(self) -> Vec<u8> {
        match self {
            Self::Root => Vec::new(),
            Self::Myself => b"self".to_vec(),
            Self::System(file) => file.name().into(),
            Self::Sysctl(file) => file.name().into(),
            Self::Process(number)
            | Self::Descriptor(_, number)
            | Self::DescriptorInfo(_, number)
            | Self::Task(_, number) => number.to_string().into_bytes(),
            Self::ProcessFile(_, file) | Self::TaskFile(_, _, file) => file.name().into(),
            Self::Descriptors(_) => b"fd".to_vec(),
            Self::DescriptorInfos(_) => b"fdinfo".to_vec(),
            Self::Tasks(_) => b"task".to_vec(),
        }
    }

    /// The process it belongs to.
    pub(super) fn pid(self) -> Option<Pid> {
        match self {
            Self::Root | Self::Myself | Self::System(_) | Self::Sysctl(_) => None,
            Self::Process(pid)
            | Self::ProcessFile(pid, _)
            | Self::Descriptors(pid)
            | Self::Descriptor(pid, _)
            | Self::DescriptorInfos(pid)
            | Self::DescriptorInfo(pid, _)
            | Self::Tasks(pid)
            | Self::Task(pid, _)
            | Self::TaskFile(pid, ..) => Some(pid),
        }
    }

    /// `st_ino`: the process above 32 bits, what it is of it above 24, and which one below. Low ones are the system's.
    pub(super) fn number(self) -> u64 {
        let of = |pid: Pid, what: u64, which: u32| u64::from(pid) << 32 | what << 24 | u64::from(which);
        match self {
            Self::Root => 1,
            Self::Myself => 2,
            Self::System(file) => 0x100 | file as u64,
            Self::Sysctl(file) => 0x200 | file as u64,
            Self::Process(pid) => of(pid, 0, 0),
            Self::ProcessFile(pid, file) => of(pid, 1, file as u32),
            Self::Descriptors(pid) => of(pid, 2, 0),
            Self::DescriptorInfos(pid) => of(pid, 3, 0),
            Self::Tasks(pid) => of(pid, 4, 0),
            Self::Descriptor(pid, fd) => of(pid, 5, fd),
            Self::DescriptorInfo(pid, fd) => of(pid, 6, fd),
            Self::Task(pid, tid) => of(pid, 7, tid),
            Self::TaskFile(pid, tid, file) => of(pid, 0x40 | file as u64, tid),
        }
    }

    /// Permission bits.
    pub(super) fn mode(self) -> u32 {
        match (self, self.kind()) {
            (Self::Descriptors(_) | Self::DescriptorInfos(_), _) => 0o500,
            (_, FileKind::Symlink) => 0o777,
            (_, FileKind::Directory) => 0o555,
            _ if self.is_private() => 0o400,
            _ if self.is_writable() => 0o644,
            _ => 0o444,
        }
    }

    pub(super) fn is_private(self) -> bool {
        match self {
            Self::Descriptors(_) | Self::Descriptor(..) | Self::DescriptorInfos(_) | Self::DescriptorInfo(..) => true,
            Self::ProcessFile(_, file) | Self::TaskFile(_, _, file) => file.is_private(),
            _ => false,
        }
    }

    pub(super) fn is_writable(self) -> bool {
        matches!(self, Self::Sysctl(Sysctl::Hostname) | Self::ProcessFile(_, ProcessFile::Comm))
    }
}
