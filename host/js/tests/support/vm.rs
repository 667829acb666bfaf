//! A virtual machine with nothing in it but `node`.

use std::path::PathBuf;
use std::sync::Arc;

use vivarium_js::Executor;
use vivarium_runner::aot::AotCache;
use vivarium_runner::memory::MemoryPool;
use vivarium_runner::{
    AT_FDCWD, AuditEvent, Budget, Fault, Hooks, Kernel, KernelEngine, Runtime, StartRequest, Task, fs, proc, system,
};

struct Host {
    executor: Executor,
}

impl Hooks for Host {
    fn start(&self, task: Task, request: StartRequest) {
        match &request.runtime {
            Runtime::Native(name) if name == vivarium_js::RUNTIME => {
                self.executor.start(task, request, MemoryPool::new(4 << 30)).expect("a thread for a process");
            }
            other => panic!("no program but node is here: {other:?}"),
        }
    }

    fn audit(&self, _event: AuditEvent) {}
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: proc::StateChange,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// The standard output of a program that must have ended well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.status, proc::StateChange::Exited(0), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self.stdout
    }
}

/// A booted machine.
pub(crate) struct Vm {
    init: Task,
    _runtime: tokio::runtime::Runtime,
}

/// Where the kernel is: `$VIVARIUM_DIST`, or the cache of the user who runs the tests.
pub(crate) fn dist() -> PathBuf {
    std::env::var_os("VIVARIUM_DIST").map_or_else(
        || {
            let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
            home.join(".cache/vivarium/dist")
        },
        PathBuf::from,
    )
}

/// Where the executor's files are.
pub(crate) fn node_dist() -> PathBuf {
    dist().join("node")
}

impl Vm {
    pub(crate) fn boot(executor: &Executor) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("tokio");
        let _entered = runtime.enter();
        let cache = AotCache::open(dist().join("aot")).expect("cache");
        let engine = KernelEngine::open(&dist().join("kernel.wasm"), &cache, Budget::default()).expect("kernel");
        let mount = |target: &str, source| system::MountPoint {
            target: target.into(),
            source,
            read_only: false,
            name: target.trim_start_matches('/').into(),
        };
        let config = system::BootConfig {
            hostname: b"vm".to_vec(),
            mounts: vec![
                mount("/", system::MountSource::Memory),
                mount("/dev", system::MountSource::Dev),
                mount("/proc", system::MountSource::Proc),
            ],
            limits: system::Limits {
                processes: 64,
                open_files: 1024,
                open_files_per_process: 256,
                memory: 256 << 20,
                inodes: 100_000,
                pipe_capacity: 64 << 10,
                cpu: 0,
            },
            environment: vec![b"PATH=/usr/bin:/bin".to_vec(), b"HOME=/root".to_vec()],
            cwd: b"/".to_vec(),
            umask: 0o022,
            uid: 0,
            gid: 0,
        };
        let host = Host { executor: executor.clone() };
        let init = Kernel::boot(&Arc::new(engine), Default::default(), &config, host).expect("boot");
        let vm = Self { init, _runtime: runtime };
        for directory in ["/usr", "/usr/bin", "/root", "/tmp"] {
            match vm.init.mkdir(AT_FDCWD, directory.as_bytes(), 0o755) {
                Ok(()) | Err(Fault::Errno(vivarium_runner::Errno::Exist)) => {}
                Err(fault) => panic!("mkdir {directory}: {fault:?}"),
            }
        }
        vm.write("/usr/bin/node", b"\0vivnode\n");
        vm.init.chmod(AT_FDCWD, b"/usr/bin/node", true, 0o755).expect("chmod");
        vm
    }

    pub(crate) fn write(&self, path: &str, data: &[u8]) {
        let flags = fs::OpenFlags::WRITE | fs::OpenFlags::CREATE | fs::OpenFlags::TRUNCATE;
        let fd = self.init.open(AT_FDCWD, path.as_bytes(), flags, 0o644).expect("open");
        let mut rest = data;
        while !rest.is_empty() {
            let count = self.init.write(fd, rest).expect("write");
            rest = &rest[count..];
        }
        self.init.close(fd).expect("close");
    }

    /// Runs `node` with these arguments to its end.
    pub(crate) fn node(&self, arguments: &[&str]) -> Output {
        let (out, out_child) = self.init.pipe(fs::OpenFlags::CLOSE_ON_EXEC).expect("pipe");
        let (err, err_child) = self.init.pipe(fs::OpenFlags::CLOSE_ON_EXEC).expect("pipe");
        let null = self.init.open(AT_FDCWD, b"/dev/null", fs::OpenFlags::READ, 0).expect("/dev/null");
        let program = proc::Program {
            path: b"/usr/bin/node".to_vec(),
            arguments: std::iter::once("node").chain(arguments.iter().copied()).map(Into::into).collect(),
            environment: vec![b"PATH=/usr/bin:/bin".to_vec(), b"HOME=/root".to_vec()],
        };
        let actions = [
            proc::FileAction::Dup((null, 0)),
            proc::FileAction::Dup((out_child, 1)),
            proc::FileAction::Dup((err_child, 2)),
        ];
        let attributes = proc::SpawnAttributes {
            group: None,
            new_session: false,
            foreground: false,
            controlling_terminal: None,
            signal_mask: None,
            signal_default: 0,
            signal_ignore: 0,
            umask: None,
            nice: None,
            uid: None,
            gid: None,
            limits: Vec::new(),
        };
        let pid = self.init.spawn(&program, &actions, &attributes).expect("spawn");
        for fd in [out_child, err_child, null] {
            self.init.close(fd).expect("close");
        }
        let reader = self.init.fork().expect("a second task");
        let stderr = std::thread::spawn(move || drain(&reader, err));
        let stdout = drain(&self.init, out);
        let stderr = stderr.join().expect("reader");
        let status = self
            .init
            .wait_blocking(None, |task| task.wait_child(proc::WaitFor::Child(pid), proc::WaitOptions::empty()))
            .expect("wait")
            .expect("a status");
        Output { status: status.change, stdout, stderr }
    }
}

fn drain(task: &Task, fd: u32) -> String {
    let mut all = Vec::new();
    let mut buffer = vec![0; 16 << 10];
    loop {
        match task.wait_blocking(None, |task| task.read(fd, &mut buffer)) {
            Ok(0) | Err(_) => break,
            Ok(count) => all.extend_from_slice(&buffer[..count]),
        }
    }
    let _ = task.close(fd);
    String::from_utf8_lossy(&all).into_owned()
}
