//! `vivarium:kernel/system`.

use super::bindings::exports::vivarium::kernel::system as wit;
use super::bindings::vivarium::kernel::types::{Fault, Tid};
use super::{Component, with};
use crate::system as core;

impl From<wit::MountPoint> for core::MountSpec {
    fn from(wit::MountPoint { target, source, read_only, name }: wit::MountPoint) -> Self {
        let source = match source {
            wit::MountSource::Memory => core::MountSource::Memory,
            wit::MountSource::Store(wit::StoreSource { store, immutable }) => {
                core::MountSource::Store { store, immutable }
            }
            wit::MountSource::Overlay(layers) => core::MountSource::Overlay(layers),
            wit::MountSource::Proc => core::MountSource::Proc,
            wit::MountSource::Dev => core::MountSource::Dev,
        };
        Self { target, source, read_only, name }
    }
}

impl From<wit::Limits> for core::Limits {
    fn from(limits: wit::Limits) -> Self {
        Self {
            processes: limits.processes,
            open_files: limits.open_files,
            open_files_per_process: limits.open_files_per_process,
            memory: limits.memory,
            inodes: limits.inodes,
            pipe_capacity: limits.pipe_capacity,
            cpu: limits.cpu,
        }
    }
}

impl wit::Guest for Component {
    fn version() -> wit::VersionInfo {
        let core::Version { name, contract, snapshot, snapshot_oldest } = core::version();
        wit::VersionInfo { name, contract, snapshot, snapshot_oldest }
    }

    fn boot(config: wit::BootConfig) -> Result<Tid, wit::BootFailure> {
        let config = core::BootConfig {
            hostname: config.hostname,
            mounts: config.mounts.into_iter().map(Into::into).collect(),
            limits: config.limits.into(),
            environment: config.environment,
            cwd: config.cwd,
            umask: config.umask,
            uid: config.uid,
            gid: config.gid,
        };
        with(|kernel| kernel.boot(config))
            .map_err(|core::BootFailure { path, errno }| wit::BootFailure { path, errno: errno.into() })
    }

    fn mount(tid: Tid, mount: wit::MountPoint) -> Result<(), Fault> {
        Ok(with(|kernel| kernel.mount(tid, &mount.into()))?)
    }

    fn unmount(tid: Tid, target: Vec<u8>) -> Result<(), Fault> {
        Ok(with(|kernel| kernel.unmount(tid, &target))?)
    }

    fn tick() {
        with(|kernel| kernel.tick());
    }

    fn snapshot() -> Vec<u8> {
        with(|kernel| kernel.snapshot())
    }

    fn restore(state: Vec<u8>, keep_tasks: bool) -> Result<Tid, String> {
        with(|kernel| kernel.restore(&state, keep_tasks)).map_err(|error| error.to_string())
    }

    fn stats() -> wit::Statistics {
        let core::Stats { processes, tasks, open_files, inodes, memory, cpu } = with(|kernel| kernel.stats());
        wit::Statistics { processes, tasks, open_files, inodes, memory, cpu }
    }
}
