//! A machine to be set up: its grants, settings and limits.

use std::path::Path;
use std::sync::Arc;

use vivarium_runner::memory::MemoryPool;
use vivarium_runner::store::{HostDir, Image, Store};
use vivarium_runner::{Grants, Kernel, system};

use crate::audit::Log;
use crate::launcher::Launcher;
use crate::{Engine, Error, Snapshot, Vm};

/// What is mounted.
pub enum MountSource {
    /// A directory of the host.
    Directory(HostDir),
    /// A read-only image.
    Image(Image),
    /// An empty file system in memory.
    Memory,
    /// A file tree of the embedder's making; `read_only` is what `/proc/mounts` says of it.
    #[allow(missing_docs)]
    Store { store: Arc<dyn Store>, read_only: bool },
}

impl std::fmt::Debug for MountSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Directory(_) => "Directory",
            Self::Image(_) => "Image",
            Self::Memory => "Memory",
            Self::Store { .. } => "Store",
        })
    }
}

impl From<HostDir> for MountSource {
    fn from(dir: HostDir) -> Self {
        Self::Directory(dir)
    }
}

impl From<Image> for MountSource {
    fn from(image: Image) -> Self {
        Self::Image(image)
    }
}

/// A machine to be set up. Whatever is not granted here does not exist for it.
#[derive(Debug)]
pub struct VmBuilder {
    engine: Engine,
    hostname: Vec<u8>,
    mounts: Vec<(Vec<u8>, MountSource)>,
    environment: Vec<(Vec<u8>, Vec<u8>)>,
    cwd: Vec<u8>,
    uid: u32,
    gid: u32,
    process_memory: usize,
    limits: system::Limits,
}

impl VmBuilder {
    pub(crate) fn new(engine: Engine) -> Self {
        let environment = [
            ("HOME", "/root"),
            ("LANG", "C.UTF-8"),
            ("LOGNAME", "root"),
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("SHELL", "/bin/sh"),
            ("USER", "root"),
        ];
        Self {
            engine,
            hostname: b"vivarium".to_vec(),
            mounts: Vec::new(),
            environment: environment.map(|(name, value)| (name.into(), value.into())).into(),
            cwd: b"/root".to_vec(),
            uid: 0,
            gid: 0,
            process_memory: 4 << 30,
            limits: system::Limits {
                processes: 4096,
                open_files: 1 << 16,
                open_files_per_process: 1 << 14,
                memory: 1 << 30,
                inodes: 1 << 20,
                pipe_capacity: 256 << 10,
                cpu: 0,
            },
        }
    }

    /// Mounts something at an absolute path.
    pub fn mount(mut self, target: impl AsRef<[u8]>, source: impl Into<MountSource>) -> Self {
        self.mounts.push((target.as_ref().to_vec(), source.into()));
        self
    }

    /// Sets a variable of the environment that programs start from.
    pub fn env(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        let (name, value) = (name.as_ref().to_vec(), value.as_ref().to_vec());
        self.environment.retain(|(present, _)| *present != name);
        self.environment.push((name, value));
        self
    }

    /// The directory that programs start in; `/root` unless told otherwise.
    pub fn current_dir(mut self, path: impl AsRef<Path>) -> Self {
        self.cwd = path.as_ref().as_os_str().as_encoded_bytes().to_vec();
        self
    }

    /// The machine's name.
    pub fn hostname(mut self, name: impl AsRef<[u8]>) -> Self {
        self.hostname = name.as_ref().to_vec();
        self
    }

    /// The user and group that programs run as; 0, root of the machine, unless told otherwise.
    pub fn user(mut self, uid: u32, gid: u32) -> Self {
        (self.uid, self.gid) = (uid, gid);
        self
    }

    /// Bytes of memory for all processes of the machine together; 4 GiB unless told otherwise.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.process_memory = bytes;
        self
    }

    /// Bytes of files, pipes and queues in the machine's memory; 1 GiB unless told otherwise.
    pub fn file_memory(mut self, bytes: u64) -> Self {
        self.limits.memory = bytes;
        self
    }

    /// CPU time for all processes of the machine together; then they are killed.
    pub fn cpu_time(mut self, time: std::time::Duration) -> Self {
        self.limits.cpu = time.as_nanos() as u64;
        self
    }

    /// The most processes at once; 4096 unless told otherwise.
    pub fn max_processes(mut self, count: u32) -> Self {
        self.limits.processes = count;
        self
    }

    /// The most open files at once; 65,536 unless told otherwise.
    pub fn max_open_files(mut self, count: u32) -> Self {
        self.limits.open_files = count;
        self
    }

    /// Boots the machine.
    pub async fn boot(self) -> Result<Vm, Error> {
        self.start(|engine, grants, config, launcher| Kernel::boot(&engine.0.kernel, grants, config, launcher))
    }

    pub(crate) async fn restore(self, snapshot: &Snapshot) -> Result<Vm, Error> {
        self.start(|engine, grants, _, launcher| {
            Kernel::restore(&engine.0.kernel, grants, snapshot.as_bytes(), launcher)
        })
    }

    fn start(
        self,
        start: impl FnOnce(
            &Engine,
            Grants,
            &system::BootConfig,
            Launcher,
        ) -> Result<vivarium_runner::Task, vivarium_runner::KernelError>,
    ) -> Result<Vm, Error> {
        let grants = Grants::default();
        let base = grants.store(Arc::new(self.engine.0.image.clone()));
        let mut mounts = vec![
            mount(b"/", system::MountSource::Overlay(vec![base]), false, b"base"),
            mount(b"/proc", system::MountSource::Proc, false, b"proc"),
            mount(b"/dev", system::MountSource::Dev, false, b"dev"),
        ];
        for (target, source) in self.mounts {
            let (source, read_only, name): (_, _, &[u8]) = match source {
                MountSource::Directory(dir) => {
                    let read_only = !dir.is_writable();
                    let store = grants.store(Arc::new(dir));
                    let source = system::StoreSource { store, immutable: false };
                    (system::MountSource::Store(source), read_only, b"host")
                }
                MountSource::Image(image) => {
                    let store = grants.store(Arc::new(image));
                    let source = system::StoreSource { store, immutable: true };
                    (system::MountSource::Store(source), true, b"image")
                }
                MountSource::Memory => (system::MountSource::Memory, false, b"tmpfs"),
                MountSource::Store { store, read_only } => {
                    let source = system::StoreSource { store: grants.store(store), immutable: false };
                    (system::MountSource::Store(source), read_only, b"store")
                }
            };
            mounts.push(mount(&target, source, read_only, name));
        }
        let environment: Vec<_> =
            self.environment.iter().map(|(name, value)| [&name[..], b"=", value].concat()).collect();
        let config = system::BootConfig {
            hostname: self.hostname,
            mounts,
            limits: self.limits,
            environment: environment.clone(),
            cwd: self.cwd,
            umask: 0o022,
            uid: self.uid,
            gid: self.gid,
        };
        let log = Arc::new(Log::default());
        let launcher = Launcher {
            engine: self.engine.clone(),
            memory: MemoryPool::new(self.process_memory),
            log: Arc::clone(&log),
            runtime: tokio::runtime::Handle::current(),
        };
        let task = start(&self.engine, grants, &config, launcher)?;
        Ok(Vm::new(self.engine, task, self.environment, log))
    }
}

fn mount(target: &[u8], source: system::MountSource, read_only: bool, name: &[u8]) -> system::MountPoint {
    system::MountPoint { target: target.to_vec(), source, read_only, name: name.to_vec() }
}
