//! A booted kernel with a test host, and calls that finish what the host has to do.

use super::{MemoryStore, TestHost};
use crate::fs::{FileStat, Input, Output};
use crate::open_file::OpenFlags;
use crate::proc::{FileAction, Program, SpawnAttributes};
use crate::system::{BootConfig, Limits, MountSource, MountSpec};
use crate::{AT_FDCWD, Fault, Fd, Kernel, Result, Tid};

/// A booted kernel.
pub struct System {
    /// The kernel.
    pub kernel: Kernel,
    /// Its host.
    pub host: TestHost,
    /// The first task of pid 1.
    pub tid: Tid,
}

/// What to boot.
pub struct SystemBuilder {
    host: TestHost,
    config: BootConfig,
}

impl System {
    /// A system with an empty root in memory, /proc and /dev, for user 0.
    pub fn new() -> Self {
        SystemBuilder::new().memory("/").proc_and_dev().boot()
    }

    /// A system to be described further.
    pub fn builder() -> SystemBuilder {
        SystemBuilder::new()
    }

    /// Opens a file, with mode 0o666 should it be made.
    pub fn open(&mut self, path: &str, flags: OpenFlags) -> Result<Fd> {
        self.kernel.open(self.tid, AT_FDCWD, path.as_bytes(), flags, 0o666)
    }

    /// Reads once, wherever the bytes lie.
    pub fn read(&mut self, fd: Fd, length: u32) -> Result<Vec<u8>> {
        match self.kernel.read(self.tid, fd, length)? {
            Input::Bytes(bytes) => Ok(bytes),
            Input::Host(extent) => {
                let bytes = crate::Host::store_read(&mut self.host, extent.handle, extent.offset, extent.length)?;
                self.kernel.advance(self.tid, fd, bytes.len() as u64)?;
                Ok(bytes)
            }
        }
    }

    /// Writes once, wherever the bytes go.
    pub fn write(&mut self, fd: Fd, data: impl AsRef<[u8]>) -> Result<u32> {
        match self.kernel.write(self.tid, fd, data.as_ref().to_vec())? {
            Output::Count(count) => Ok(count),
            Output::Host(extent) => {
                let data = &data.as_ref()[..data.as_ref().len().min(extent.length as usize)];
                let count = self.host.write_handle(extent.handle, extent.offset, extent.append, data)?;
                self.kernel.advance(self.tid, fd, count.into())?;
                Ok(count)
            }
        }
    }

    /// Reads to the end.
    pub fn read_to_end(&mut self, fd: Fd) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let bytes = self.read(fd, 1 << 16)?;
            if bytes.is_empty() {
                return Ok(all);
            }
            all.extend(bytes);
        }
    }

    /// The whole content of a file.
    pub fn read_file(&mut self, path: &str) -> Result<Vec<u8>> {
        let fd = self.open(path, OpenFlags::READ)?;
        let content = self.read_to_end(fd);
        self.kernel.close(self.tid, fd)?;
        content
    }

    /// Makes or empties a file and writes it.
    pub fn write_file(&mut self, path: &str, data: impl AsRef<[u8]>) -> Result<()> {
        let fd = self.open(path, OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE)?;
        let mut data = data.as_ref();
        let written = loop {
            if data.is_empty() {
                break Ok(());
            }
            match self.write(fd, data) {
                Ok(count) => data = &data[count as usize..],
                Err(fault) => break Err(fault),
            }
        };
        self.kernel.close(self.tid, fd)?;
        written
    }

    /// Status of a file; a link's own.
    pub fn lstat(&mut self, path: &str) -> Result<FileStat> {
        self.kernel.stat(self.tid, AT_FDCWD, path.as_bytes(), false)
    }

    /// Status of the file a path leads to.
    pub fn stat(&mut self, path: &str) -> Result<FileStat> {
        self.kernel.stat(self.tid, AT_FDCWD, path.as_bytes(), true)
    }

    /// Starts a program that the test plays itself, in a child of the present task; gives its task.
    pub fn spawn_program(&mut self, actions: &[FileAction]) -> Tid {
        if self.stat("/program").is_err() {
            self.write_file("/program", "\0vivtest\n").expect("write");
            self.kernel.chmod(self.tid, AT_FDCWD, b"/program", true, 0o755).expect("chmod");
        }
        let arguments = vec![b"program".to_vec()];
        let program = Program { path: b"/program".to_vec(), arguments, environment: Vec::new() };
        self.kernel.spawn(self.tid, program, actions, &SpawnAttributes::default()).expect("spawn");
        self.host.take_starts().last().expect("a start request").tid
    }

    /// Makes a directory.
    pub fn mkdir(&mut self, path: &str) -> Result<()> {
        self.kernel.mkdir(self.tid, AT_FDCWD, path.as_bytes(), 0o777)
    }

    /// The names in a directory, `.` and `..` left out, in the order they are read.
    pub fn names(&mut self, path: &str) -> Result<Vec<String>> {
        let fd = self.open(path, OpenFlags::READ | OpenFlags::DIRECTORY)?;
        let (mut names, mut cookie) = (Vec::new(), 0);
        let read = loop {
            match self.kernel.readdir(self.tid, fd, cookie, 7) {
                Ok(entries) if entries.is_empty() => break Ok(names),
                Ok(entries) => {
                    cookie = entries.last().expect("not empty").next;
                    names.extend(entries.into_iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned()));
                }
                Err(fault) => break Err(fault),
            }
        };
        self.kernel.close(self.tid, fd)?;
        read.map(|names| names.into_iter().filter(|name| name != "." && name != "..").collect())
    }
}

impl Default for System {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for SystemBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl SystemBuilder {
    /// Nothing mounted yet; limits that no ordinary test meets.
    pub fn new() -> Self {
        let limits = Limits {
            processes: 256,
            open_files: 4096,
            open_files_per_process: 1024,
            memory: 256 << 20,
            inodes: 100_000,
            pipe_capacity: 65536,
            cpu: 0,
        };
        let config = BootConfig { hostname: b"test".to_vec(), limits, umask: 0o022, ..BootConfig::default() };
        Self { host: TestHost::new(), config }
    }

    /// Sets the limits.
    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.config.limits);
        self
    }

    /// Sets the user and group of pid 1.
    pub fn user(mut self, uid: u32, gid: u32) -> Self {
        (self.config.uid, self.config.gid) = (uid, gid);
        self
    }

    /// Mounts something; `read_only` as said.
    pub fn mount(mut self, target: &str, source: MountSource, read_only: bool) -> Self {
        let name = b"test".to_vec();
        self.config.mounts.push(MountSpec { target: target.as_bytes().to_vec(), source, read_only, name });
        self
    }

    /// Mounts an empty file system in memory.
    pub fn memory(self, target: &str) -> Self {
        self.mount(target, MountSource::Memory, false)
    }

    /// Mounts /proc and /dev.
    pub fn proc_and_dev(self) -> Self {
        self.mount("/proc", MountSource::Proc, false).mount("/dev", MountSource::Dev, false)
    }

    /// Mounts a store.
    pub fn store(self, target: &str, store: MemoryStore, read_only: bool) -> Self {
        let store = self.host.add_store(store);
        self.mount(target, MountSource::Store { store, immutable: false }, read_only)
    }

    /// Mounts an overlay of frozen stores, the topmost first.
    pub fn overlay(self, target: &str, layers: impl IntoIterator<Item = MemoryStore>) -> Self {
        let layers = layers.into_iter().map(|layer| self.host.add_store(layer.frozen())).collect();
        self.mount(target, MountSource::Overlay(layers), false)
    }

    /// Boots.
    pub fn boot(self) -> System {
        let mut kernel = Kernel::new(Box::new(self.host.clone()));
        let tid = kernel.boot(self.config).expect("boot");
        System { kernel, host: self.host, tid }
    }
}

/// The error number of a call that failed.
pub fn errno<T: std::fmt::Debug>(result: Result<T>) -> crate::Errno {
    match result {
        Err(Fault::Errno(errno)) => errno,
        other => panic!("not an error number: {other:?}"),
    }
}
