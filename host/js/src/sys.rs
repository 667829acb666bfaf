//! The system calls an isolate makes.
//!
//! [`Sys`] is the executor's only way out: everything a program can reach, it reaches through one of these calls, made by
//! a task of its process. Names and shapes follow `vivarium:kernel`.

use std::sync::Arc;

use crate::Errno;

/// Result of a system call.
pub type Result<T, E = Errno> = std::result::Result<T, E>;
/// A file descriptor of the process.
pub type Fd = u32;
/// A process number.
pub type Pid = u32;

/// As a directory: the current directory of the process.
pub const AT_CWD: Fd = 0xffff_ff9c;

/// Linux' `O_*` flags, which Node's own constants are.
pub mod open {
    /// For writing only.
    pub const WRONLY: u32 = 0o1;
    /// For reading and writing.
    pub const RDWR: u32 = 0o2;
    /// Create the file.
    pub const CREAT: u32 = 0o100;
    /// Fail where it exists.
    pub const EXCL: u32 = 0o200;
    /// Do not make a terminal the controlling one.
    pub const NOCTTY: u32 = 0o400;
    /// Cut the file to length 0.
    pub const TRUNC: u32 = 0o1000;
    /// Write at the end.
    pub const APPEND: u32 = 0o2000;
    /// Answer `EAGAIN` rather than block.
    pub const NONBLOCK: u32 = 0o4000;
    /// Fail unless it is a directory.
    pub const DIRECTORY: u32 = 0o200000;
    /// Fail where it is a symbolic link.
    pub const NOFOLLOW: u32 = 0o400000;
    /// Not to be handed to spawned processes.
    pub const CLOEXEC: u32 = 0o2000000;
}

/// Kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Not known without asking for its status.
    Unknown,
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A pipe with a name.
    Fifo,
    /// A Unix socket.
    Socket,
}

impl FileKind {
    /// The `S_IFMT` bits of a mode.
    pub fn mode_bits(self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::Regular => 0o100_000,
            Self::Directory => 0o040_000,
            Self::Symlink => 0o120_000,
            Self::CharacterDevice => 0o020_000,
            Self::BlockDevice => 0o060_000,
            Self::Fifo => 0o010_000,
            Self::Socket => 0o140_000,
        }
    }

    /// libuv's `UV_DIRENT_*` number.
    pub fn dirent(self) -> i32 {
        match self {
            Self::Unknown => 0,
            Self::Regular => 1,
            Self::Directory => 2,
            Self::Symlink => 3,
            Self::Fifo => 4,
            Self::Socket => 5,
            Self::CharacterDevice => 6,
            Self::BlockDevice => 7,
        }
    }
}

/// Time since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timespec {
    /// Whole seconds.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanoseconds: u32,
}

/// Status of a file (POSIX stat()).
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Stat {
    pub device: u64,
    pub inode: u64,
    pub kind: FileKind,
    pub mode: u32,
    pub links: u64,
    pub uid: u32,
    pub gid: u32,
    pub device_id: u64,
    pub size: u64,
    pub blocks: u64,
    pub block_size: u32,
    pub accessed: Timespec,
    pub modified: Timespec,
    pub changed: Timespec,
    pub created: Timespec,
}

/// Figures of a file system (POSIX fstatvfs()).
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct StatFs {
    pub kind: u64,
    pub block_size: u64,
    pub blocks: u64,
    pub blocks_free: u64,
    pub blocks_available: u64,
    pub files: u64,
    pub files_free: u64,
}

/// One entry of a directory.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Kind of the file.
    pub kind: FileKind,
    /// Its name.
    pub name: Vec<u8>,
    /// Where the next call goes on.
    pub next: u64,
}

/// What to set a time stamp to.
#[derive(Clone, Copy, Debug)]
pub enum SetTime {
    /// Leave it.
    Omit,
    /// To this instant.
    At(Timespec),
}

/// Readiness, as in POSIX poll().
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Events {
    pub readable: bool,
    pub writable: bool,
    /// Only ever given.
    pub error: bool,
    /// Only ever given.
    pub hangup: bool,
    /// Only ever given: the descriptor is not open.
    pub invalid: bool,
}

impl Events {
    /// Wait to read.
    pub const READ: Self = Self { readable: true, writable: false, error: false, hangup: false, invalid: false };
    /// Wait to write.
    pub const WRITE: Self = Self { readable: false, writable: true, error: false, hangup: false, invalid: false };

    /// Whether nothing is asked for, or nothing is ready.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// One descriptor to wait for.
#[derive(Clone, Copy, Debug)]
pub struct PollFd {
    /// The descriptor.
    pub fd: Fd,
    /// What to wait for; after the call, what is ready.
    pub events: Events,
}

/// A step that prepares a child's descriptors (posix_spawn_file_actions).
#[derive(Clone, Debug)]
pub enum FileAction {
    /// The child's `to` becomes the parent's `from`.
    Dup {
        /// Descriptor of the parent.
        from: Fd,
        /// Descriptor of the child.
        to: Fd,
    },
    /// Opens a path.
    Open {
        /// Descriptor of the child.
        fd: Fd,
        /// The path.
        path: Vec<u8>,
        /// `O_*` flags.
        flags: u32,
    },
    /// Changes the current directory.
    Chdir(Vec<u8>),
}

/// A process to start (posix_spawn).
#[derive(Clone, Debug, Default)]
pub struct Spawn {
    /// Path of the program; without a slash it is searched in `search`.
    pub path: Vec<u8>,
    /// Directories to search, the `PATH` that applies.
    pub search: Vec<u8>,
    /// Arguments, the program's own name first.
    pub arguments: Vec<Vec<u8>>,
    /// `NAME=value` each.
    pub environment: Vec<Vec<u8>>,
    /// In order.
    pub actions: Vec<FileAction>,
    /// Begin a session of its own.
    pub new_session: bool,
    /// User and group to run as.
    pub uid: Option<u32>,
    #[allow(missing_docs)]
    pub gid: Option<u32>,
}

/// How a process changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status.
    Exited(u8),
    /// By a signal.
    Signaled(u8),
}

/// What to do with a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// The default action.
    Default,
    /// Nothing.
    Ignore,
    /// Interrupt what blocks; [`Sys::signal_take`] then gives it.
    Catch,
}

/// Whom a signal goes to.
#[derive(Clone, Copy, Debug)]
pub enum KillTarget {
    /// One process.
    Process(Pid),
    /// A process group.
    Group(Pid),
    /// The caller's own group.
    OwnGroup,
    /// Everyone.
    All,
}

/// Who the process is.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Ids {
    pub pid: Pid,
    pub parent: Pid,
    pub group: Pid,
    pub session: Pid,
    pub uid: u32,
    pub euid: u32,
    pub gid: u32,
    pub egid: u32,
}

/// What a process has used. Times in nanoseconds, memory in bytes.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Usage {
    pub user: u64,
    pub system: u64,
    pub max_memory: u64,
}

/// An address of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// None.
    Unspecified,
    /// IPv4 or IPv6.
    Inet(std::net::SocketAddr),
    /// A path, or an abstract name when the first byte is 0.
    Unix(Vec<u8>),
}

/// Address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Family {
    Ipv4,
    Ipv6,
    Unix,
}

/// Kind of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SocketKind {
    Stream,
    Datagram,
}

/// What `set_option` sets. Names as in POSIX and Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SocketOption {
    ReuseAddress,
    ReusePort,
    KeepAlive,
    NoDelay,
    Broadcast,
    SendBuffer,
    ReceiveBuffer,
    Linger,
    Ipv6Only,
    Error,
    MulticastTtl,
    MulticastLoop,
    Ttl,
    KeepIdle,
}

/// Ends which `shutdown` closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Shutdown {
    Read,
    Write,
    Both,
}

/// A received datagram or message.
#[derive(Clone, Debug)]
pub struct Message {
    /// How many bytes were put into the buffer.
    pub length: usize,
    /// Who sent it.
    pub from: Address,
    /// Descriptors that came with it, already open here.
    pub descriptors: Vec<Fd>,
}

/// Size of a terminal, in characters.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct WindowSize {
    pub columns: u16,
    pub rows: u16,
}

/// How a terminal treats input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalMode {
    /// As it was when the program began.
    Normal,
    /// Byte by byte, signals by key still made (libuv's `UV_TTY_MODE_RAW`).
    Raw,
    /// Wholly raw, output too (`UV_TTY_MODE_IO`).
    Io,
}

/// Ends a wait in [`Sys::poll`] from another thread.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// The system calls of one task.
///
/// Calls block the calling thread where POSIX says they do, except those that say otherwise. `EINTR` is given where a
/// caught signal is pending. A call of a process that has ended gives `ESRCH` and [`Sys::is_gone`] is then true: the
/// executor unwinds.
#[allow(missing_docs)]
pub trait Sys: Send {
    // Files. A `dir` is an open directory or [`AT_CWD`].
    fn open(&self, dir: Fd, path: &[u8], flags: u32, mode: u32) -> Result<Fd>;
    fn close(&self, fd: Fd) -> Result<()>;
    fn read(&self, fd: Fd, buffer: &mut [u8]) -> Result<usize>;
    /// As `read`, but `EAGAIN` where it would block.
    fn try_read(&self, fd: Fd, buffer: &mut [u8]) -> Result<usize>;
    fn pread(&self, fd: Fd, offset: u64, buffer: &mut [u8]) -> Result<usize>;
    fn write(&self, fd: Fd, data: &[u8]) -> Result<usize>;
    /// As `write`, but `EAGAIN` where it would block.
    fn try_write(&self, fd: Fd, data: &[u8]) -> Result<usize>;
    fn pwrite(&self, fd: Fd, offset: u64, data: &[u8]) -> Result<usize>;
    fn fstat(&self, fd: Fd) -> Result<Stat>;
    fn stat(&self, dir: Fd, path: &[u8], follow: bool) -> Result<Stat>;
    /// `mode`: bits `R_OK` 4, `W_OK` 2, `X_OK` 1; 0 asks for existence.
    fn access(&self, dir: Fd, path: &[u8], mode: u32) -> Result<()>;
    fn set_times(&self, path: &[u8], follow: bool, accessed: SetTime, modified: SetTime) -> Result<()>;
    fn fset_times(&self, fd: Fd, accessed: SetTime, modified: SetTime) -> Result<()>;
    fn chmod(&self, path: &[u8], mode: u32) -> Result<()>;
    fn fchmod(&self, fd: Fd, mode: u32) -> Result<()>;
    fn chown(&self, path: &[u8], follow: bool, uid: Option<u32>, gid: Option<u32>) -> Result<()>;
    fn fchown(&self, fd: Fd, uid: Option<u32>, gid: Option<u32>) -> Result<()>;
    fn ftruncate(&self, fd: Fd, length: u64) -> Result<()>;
    fn sync(&self, fd: Fd, data_only: bool) -> Result<()>;
    fn mkdir(&self, path: &[u8], mode: u32) -> Result<()>;
    fn symlink(&self, target: &[u8], path: &[u8]) -> Result<()>;
    fn readlink(&self, path: &[u8]) -> Result<Vec<u8>>;
    fn link(&self, old: &[u8], new: &[u8]) -> Result<()>;
    fn unlink(&self, path: &[u8]) -> Result<()>;
    fn rmdir(&self, path: &[u8]) -> Result<()>;
    fn rename(&self, old: &[u8], new: &[u8]) -> Result<()>;
    /// At most about `count` entries from `cookie` (0: the start) on, without `.` and `..`; empty at the end.
    fn readdir(&self, fd: Fd, cookie: u64, count: usize) -> Result<Vec<Entry>>;
    fn realpath(&self, path: &[u8]) -> Result<Vec<u8>>;
    fn statfs(&self, path: &[u8]) -> Result<StatFs>;
    fn chdir(&self, path: &[u8]) -> Result<()>;
    fn getcwd(&self) -> Result<Vec<u8>>;
    /// Sets the mask and gives the one before.
    fn umask(&self, mask: u32) -> Result<u32>;
    /// Reading end, writing end; both close on exec.
    fn pipe(&self) -> Result<(Fd, Fd)>;
    /// A descriptor that gives the events of watched files, in the format of inotify(7).
    fn watch_open(&self) -> Result<Fd>;
    /// `events`: inotify's `IN_*` bits.
    fn watch_add(&self, watch: Fd, path: &[u8], events: u32) -> Result<u32>;

    /// Fills in what is ready. Waits until something is, until the deadline (of [`Sys::monotonic`]; none: without end), or
    /// until the waker is called; the count of ready descriptors may then be 0.
    fn poll(&self, fds: &mut [PollFd], deadline: Option<u64>) -> Result<usize>;
    fn waker(&self) -> Waker;
    /// Has `interrupt` called, from any thread, when the task is woken while JavaScript runs; the executor then calls
    /// [`Sys::check`] on the task's own thread.
    fn set_interrupt(&self, _interrupt: Waker) {}
    /// Looks whether the process was ended (then [`Sys::is_gone`]) or stopped (then it waits here to be continued). Accounts
    /// for the time the calling thread has used.
    fn check(&self) {}
    /// Accounts for the memory the program has come to use, in bytes; `false` where that is more than there is for it.
    fn account_memory(&self, _bytes: usize) -> bool {
        true
    }
    /// Tells the kernel how the program has ended.
    fn end(&self, _ending: &crate::Ending) {}

    // Terminals.
    fn is_terminal(&self, fd: Fd) -> bool;
    fn window_size(&self, fd: Fd) -> Result<WindowSize>;
    fn set_terminal_mode(&self, fd: Fd, mode: TerminalMode) -> Result<()>;

    // Processes.
    fn spawn(&self, spawn: &Spawn) -> Result<Pid>;
    /// Replaces the program; comes back only with an error.
    fn exec(&self, path: &[u8], arguments: &[Vec<u8>], environment: &[Vec<u8>]) -> Errno;
    /// Whether the child has ended, without waiting.
    fn try_wait(&self, pid: Pid) -> Result<Option<Ended>>;
    fn kill(&self, target: KillTarget, signal: u8) -> Result<()>;
    fn signal_action(&self, signal: u8, disposition: Disposition) -> Result<()>;
    fn signal_take(&self) -> Result<Option<u8>>;
    fn ids(&self) -> Ids;
    fn set_ids(&self, uid: Option<u32>, euid: Option<u32>, gid: Option<u32>, egid: Option<u32>) -> Result<()>;
    fn nice(&self, pid: Pid) -> Result<i32>;
    fn set_nice(&self, pid: Pid, value: i32) -> Result<()>;
    fn usage(&self) -> Usage;
    fn hostname(&self) -> Result<Vec<u8>>;
    fn set_title(&self, title: &[u8]);
    /// Whether the process has ended, so that nothing more can be done for it.
    fn is_gone(&self) -> bool;
    /// A further task of the process, for another thread.
    fn task(&self) -> Result<Box<dyn Sys>>;
    /// As `task`, for a thread with a heap of its own, which counts as the process' memory too.
    fn worker(&self) -> Result<Box<dyn Sys>> {
        self.task()
    }

    // Clocks and randomness.
    /// Nanoseconds of a monotonic clock.
    fn monotonic(&self) -> u64;
    /// Fills a buffer from the kernel's source of entropy, wholly or not at all.
    fn random(&self, buffer: &mut [u8]) -> Result<()>;

    // Sockets. They never block: `EAGAIN` and `EINPROGRESS` are given in place.
    fn socket(&self, family: Family, kind: SocketKind) -> Result<Fd>;
    /// A pair of connected Unix sockets, both close on exec.
    fn socketpair(&self) -> Result<(Fd, Fd)>;
    fn bind(&self, fd: Fd, address: &Address) -> Result<()>;
    fn listen(&self, fd: Fd, backlog: u32) -> Result<()>;
    fn accept(&self, fd: Fd) -> Result<(Fd, Address)>;
    fn connect(&self, fd: Fd, address: &Address) -> Result<()>;
    fn send(&self, fd: Fd, data: &[u8], to: Option<&Address>, descriptors: &[Fd]) -> Result<usize>;
    fn receive(&self, fd: Fd, buffer: &mut [u8]) -> Result<Message>;
    fn shutdown(&self, fd: Fd, how: Shutdown) -> Result<()>;
    fn local_address(&self, fd: Fd) -> Result<Address>;
    fn peer_address(&self, fd: Fd) -> Result<Address>;
    fn socket_kind(&self, fd: Fd) -> Result<(Family, SocketKind)>;
    fn get_option(&self, fd: Fd, option: SocketOption) -> Result<u64>;
    fn set_option(&self, fd: Fd, option: SocketOption, value: u64) -> Result<()>;
    /// Addresses of a host name; may block, so it is called by a task of its own.
    fn resolve(&self, name: &str, family: Option<Family>) -> Result<Vec<std::net::IpAddr>>;
    fn resolve_address(&self, address: std::net::IpAddr) -> Result<String>;
}
