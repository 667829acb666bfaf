//! The start of the system.

use super::{Limits, MountSpec};
use crate::proc::{Process, Session};
use crate::{Errno, Kernel, Tid};

/// What a system is started with; see `system.boot-config` in the WIT.
#[allow(missing_docs)]
#[derive(Clone, Debug, Default)]
pub struct BootConfig {
    pub hostname: Vec<u8>,
    pub mounts: Vec<MountSpec>,
    pub limits: Limits,
    pub environment: Vec<Vec<u8>>,
    pub cwd: Vec<u8>,
    pub umask: u32,
    pub uid: u32,
    pub gid: u32,
}

/// Why a system could not start; see `system.boot-failure` in the WIT.
#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootFailure {
    pub path: Vec<u8>,
    pub errno: Errno,
}

impl BootFailure {
    fn at(path: &[u8]) -> impl FnOnce(Errno) -> Self {
        move |errno| Self { path: path.to_vec(), errno }
    }
}

impl Kernel {
    /// Starts the system; gives the first task of pid 1. `BUSY` where it was started before.
    pub fn boot(&mut self, config: BootConfig) -> Result<Tid, BootFailure> {
        if !self.state.processes.is_empty() {
            return Err(BootFailure::at(b"")(Errno::BUSY));
        }
        let BootConfig { hostname, mounts, limits, environment, cwd, umask, uid, gid } = config;
        self.state.hostname = hostname;
        self.state.limits = limits;
        // The first mount is the root, and gives pid 1 a place to be.
        let (root, others) = mounts.split_first().ok_or(Errno::INVAL).map_err(BootFailure::at(b""))?;
        self.mount_at(root).map_err(BootFailure::at(&root.target))?;
        let directory = self.root_location();
        let pid = self.state.processes.new_pid();
        let started = self.host.monotonic();
        self.state.processes.sessions.insert(pid, Session::default());
        self.state.processes.insert(Process {
            umask: umask & 0o777,
            path: b"init".to_vec(),
            arguments: vec![serde_bytes::ByteBuf::from("init")],
            environment: environment.into_iter().map(serde_bytes::ByteBuf::from).collect(),
            started,
            ..Process::new(pid, directory)
        });
        let tid = self.state.processes.new_task(pid);
        for mount in others {
            self.mount_at(mount).map_err(BootFailure::at(&mount.target))?;
        }
        if !cwd.is_empty() {
            self.chdir_to(pid, &cwd).map_err(BootFailure::at(&cwd))?;
        }
        let process = self.process_mut(pid);
        (process.uid, process.effective_uid) = (uid, uid);
        (process.gid, process.effective_gid) = (gid, gid);
        Ok(tid)
    }
}
