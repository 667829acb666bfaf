//! The devices of /dev (POSIX 10, Directory Structure and Devices).

use serde::{Deserialize, Serialize};

use super::inode::{Content, Ino};
use super::location::MountId;
use super::{Credentials, Input};
use crate::open_file::{FileObject, OpenFlags};
use crate::{Errno, Kernel, Pid, Result, Tid};

/// A device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Device {
    Null,
    Zero,
    Full,
    Random,
    Urandom,
    /// The controlling terminal of whoever opens it.
    Tty,
    /// Makes a new pseudo-terminal when opened.
    Ptmx,
    /// /dev/pts: a directory with a terminal for each pseudo-terminal.
    Terminals,
}

impl Device {
    /// `st_rdev`: major << 8 | minor, Linux' numbers.
    pub(crate) fn id(self) -> u64 {
        match self {
            Self::Null => 1 << 8 | 3,
            Self::Zero => 1 << 8 | 5,
            Self::Full => 1 << 8 | 7,
            Self::Random => 1 << 8 | 8,
            Self::Urandom => 1 << 8 | 9,
            Self::Tty => 5 << 8,
            Self::Ptmx => 5 << 8 | 2,
            Self::Terminals => 0,
        }
    }
}

/// `st_rdev` of /dev/pts/N.
pub(crate) fn terminal_id(pty: u32) -> u64 {
    136 << 8 | u64::from(pty)
}

impl Kernel {
    /// Fills a new /dev.
    pub(crate) fn make_devices(&mut self, mount: MountId, root: Ino) -> Result<(), Errno> {
        let owner = Credentials::default();
        let devices = [
            ("null", Device::Null, 0o666),
            ("zero", Device::Zero, 0o666),
            ("full", Device::Full, 0o666),
            ("random", Device::Random, 0o666),
            ("urandom", Device::Urandom, 0o666),
            ("tty", Device::Tty, 0o666),
            ("ptmx", Device::Ptmx, 0o666),
            ("pts", Device::Terminals, 0o755),
        ];
        for (name, device, mode) in devices {
            let ino = self.inode_new(mount, &owner, mode, Content::Device(device))?;
            self.entry_insert(root, name.as_bytes(), ino)?;
        }
        for (name, target) in [("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")] {
            let ino = self.inode_new(mount, &owner, 0o777, Content::Symlink(target.as_bytes().into()))?;
            self.entry_insert(root, name.as_bytes(), ino)?;
        }
        let shared = self.directory_new(mount, &owner, 0o1777, root, None)?;
        self.entry_insert(root, b"shm", shared)
    }

    /// The pseudo-terminal with this name in /dev/pts.
    pub(crate) fn terminal_lookup(&self, device: Device, name: &[u8]) -> Result<u32, Errno> {
        if device != Device::Terminals {
            return Err(Errno::NOTDIR);
        }
        let number = std::str::from_utf8(name).ok().and_then(|name| name.parse::<u32>().ok());
        let number = number.filter(|number| number.to_string().as_bytes() == name);
        number.filter(|&number| self.state.ptys.get(number).is_some()).ok_or(Errno::NOENT)
    }

    /// What opening a device gives in place of a plain file of /dev, for those that stand for something else.
    pub(crate) fn device_open(
        &mut self,
        tid: Tid,
        pid: Pid,
        device: Device,
        flags: OpenFlags,
    ) -> Result<Option<FileObject>> {
        match device {
            Device::Tty => {
                let pty = self.controlling_terminal(pid).ok_or(Errno::NXIO)?;
                self.terminal_open(tid, pty, flags | OpenFlags::NO_CONTROLLING_TERMINAL).map(Some)
            }
            Device::Ptmx => self.pty_open_master(tid, flags).map(Some),
            _ => Ok(None),
        }
    }

    pub(crate) fn device_read(&mut self, device: Device, length: u32) -> Result<Input> {
        // A bound on what one call makes; callers ask again.
        let mut bytes = match device {
            Device::Null => Vec::new(),
            _ => vec![0; length.min(1 << 20) as usize],
        };
        if matches!(device, Device::Random | Device::Urandom) {
            self.host.random(&mut bytes);
        }
        Ok(Input::Bytes(bytes))
    }

    pub(crate) fn device_write(&mut self, device: Device, data: &[u8]) -> Result<u32> {
        match device {
            Device::Full if !data.is_empty() => Err(Errno::NOSPC.into()),
            _ => Ok(data.len() as u32),
        }
    }
}
