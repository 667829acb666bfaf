//! The import module `vivarium_preview1`: what WASI preview 1 lacks of POSIX, in preview 1's own style.
//!
//! Every function gives a preview-1 error number, 0 for success; results go through pointers. Structures are little-endian
//! `repr(C)`. Paths and names are bytes with a length, not NUL-terminated. Descriptors are the kernel's own numbers: what
//! preview 1 calls 3 and 4 (its preopens) are [`AT_ROOT`] and [`AT_FDCWD`] here. A call that is interrupted by a caught
//! signal gives `EINTR`; there are no handlers, the signal is then taken by [`sig_take`].

/// As a directory: the current directory.
pub const AT_FDCWD: u32 = 0xffff_ff9c;
/// As a directory: the root directory.
pub const AT_ROOT: u32 = 0xffff_ff9b;
/// Where a number may be left out: not given.
pub const NONE: u32 = u32::MAX;

/// A slice in guest memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Address.
    pub ptr: usize,
    /// Length in elements.
    pub len: u32,
}

/// `SpawnRequest::flags`: which optional fields count.
pub mod spawn_flags {
    /// `group` (0: the child leads a new one).
    pub const GROUP: u32 = 1;
    /// A new session.
    pub const SESSION: u32 = 2;
    /// The child's group becomes the foreground group of the caller's controlling terminal.
    pub const FOREGROUND: u32 = 4;
    /// `controlling_terminal`.
    pub const CONTROLLING_TERMINAL: u32 = 8;
    /// `signal_mask`.
    pub const SIGNAL_MASK: u32 = 16;
    /// `umask`.
    pub const UMASK: u32 = 32;
    /// `nice`.
    pub const NICE: u32 = 64;
    /// `uid`.
    pub const UID: u32 = 128;
    /// `gid`.
    pub const GID: u32 = 256;
}

/// What posix_spawn() is given. `arguments` and `environment` are strings each ended by a NUL, one after another; `len` is
/// their bytes in all.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct SpawnRequest {
    pub path: Slice,
    pub arguments: Slice,
    pub environment: Slice,
    /// Of [`FileAction`].
    pub actions: Slice,
    /// Of [`SpawnLimit`].
    pub limits: Slice,
    pub flags: u32,
    pub group: u32,
    pub controlling_terminal: u32,
    pub umask: u32,
    pub signal_mask: u64,
    /// Set to the default action.
    pub signal_default: u64,
    /// Ignored.
    pub signal_ignore: u64,
    pub nice: i32,
    pub uid: u32,
    pub gid: u32,
    pub reserved: u32,
}

/// `FileAction::op`.
pub mod file_action {
    /// Child's `fd` becomes the parent's `from`.
    pub const DUP: u32 = 0;
    /// Closes child's `fd`.
    pub const CLOSE: u32 = 1;
    /// Opens `path` as child's `fd` with open flags `from` and `mode`.
    pub const OPEN: u32 = 2;
    /// Changes to the directory `path`.
    pub const CHDIR: u32 = 3;
    /// Changes to the parent's directory `from`.
    pub const FCHDIR: u32 = 4;
}

/// One step of preparing a child's descriptors.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct FileAction {
    pub op: u32,
    pub fd: u32,
    pub from: u32,
    pub mode: u32,
    pub path: Slice,
}

/// A limit set in a child.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct SpawnLimit {
    pub resource: u32,
    pub reserved: u32,
    pub limit: Limit,
}

/// A resource limit; `u64::MAX` is none. Resources: 0 cpu, 1 file size, 2 data, 3 stack, 4 core, 5 resident, 6 processes,
/// 7 open files, 8 locked, 9 address space.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Limit {
    pub soft: u64,
    pub hard: u64,
}

/// CPU times in nanoseconds, memory in bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Usage {
    pub user: u64,
    pub system: u64,
    pub max_memory: u64,
}

/// What waitid() gives.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct WaitStatus {
    /// 0: no child has changed state.
    pub pid: u32,
    /// 0 exited, 1 ended by a signal, 2 stopped, 3 continued.
    pub change: u32,
    /// Exit status or signal.
    pub value: u32,
    #[allow(missing_docs)]
    pub reserved: u32,
    /// Of an ended child.
    pub usage: Usage,
}

/// `proc_wait` options.
pub mod wait_options {
    /// WNOHANG.
    pub const NO_HANG: u32 = 1;
    /// WUNTRACED.
    pub const STOPPED: u32 = 2;
    /// WCONTINUED.
    pub const CONTINUED: u32 = 4;
    /// WNOWAIT.
    pub const NO_WAIT: u32 = 8;
}

/// Who a process is.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Ids {
    pub pid: u32,
    pub parent: u32,
    pub group: u32,
    pub session: u32,
    pub uid: u32,
    pub euid: u32,
    pub gid: u32,
    pub egid: u32,
}

/// Open flags: bits in the order of `fs.open-flags` in the WIT.
pub mod open_flags {
    #![allow(missing_docs)]
    pub const READ: u32 = 1;
    pub const WRITE: u32 = 2;
    pub const APPEND: u32 = 4;
    pub const CREATE: u32 = 8;
    pub const EXCLUSIVE: u32 = 16;
    pub const TRUNCATE: u32 = 32;
    pub const DIRECTORY: u32 = 64;
    pub const NO_FOLLOW: u32 = 128;
    pub const NONBLOCK: u32 = 256;
    pub const CLOSE_ON_EXEC: u32 = 512;
    pub const NO_CONTROLLING_TERMINAL: u32 = 1024;
    pub const PATH: u32 = 2048;
    pub const TEMPORARY: u32 = 4096;
}

/// Time since the Unix epoch.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Timespec {
    pub seconds: i64,
    pub nanoseconds: u32,
    pub reserved: u32,
}

/// Status of a file. `kind`: 0 unknown, 1 regular, 2 directory, 3 symlink, 4 character device, 5 block device, 6 fifo,
/// 7 socket.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Stat {
    pub device: u64,
    pub inode: u64,
    pub links: u64,
    pub size: u64,
    /// Of 512 bytes.
    pub blocks: u64,
    /// major << 8 | minor.
    pub device_id: u64,
    pub kind: u32,
    /// Permission, set-id and sticky bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub block_size: u32,
    pub reserved: u32,
    pub accessed: Timespec,
    pub modified: Timespec,
    pub changed: Timespec,
    pub created: Timespec,
}

/// Figures of a file system.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct FileSystemStat {
    pub blocks: u64,
    pub blocks_free: u64,
    pub files: u64,
    pub files_free: u64,
    pub block_size: u32,
    pub name_max: u32,
    pub read_only: u32,
    pub reserved: u32,
}

/// An advisory lock. `kind`: 0 shared, 1 exclusive, 2 unlocked. `open_file`: of the open file, not the process.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Lock {
    pub start: u64,
    pub length: u64,
    pub kind: u32,
    pub open_file: u32,
    /// Given by `fs_lock_get`: the holder.
    pub pid: u32,
    pub reserved: u32,
}

/// Poll events.
pub mod poll_events {
    #![allow(missing_docs)]
    pub const READABLE: u16 = 1;
    pub const WRITABLE: u16 = 2;
    pub const PRIORITY: u16 = 4;
    pub const ERROR: u16 = 8;
    pub const HANGUP: u16 = 16;
    pub const INVALID: u16 = 32;
}

/// A descriptor to poll.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct PollFd {
    pub fd: u32,
    pub events: u16,
    /// What came of it.
    pub revents: u16,
}

/// Terminal attributes; bits in the order of the WIT's flags, characters in the order of `pty.attributes`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Termios {
    pub input: u32,
    pub output: u32,
    pub local: u32,
    pub control: u32,
    pub speed: u32,
    pub characters: [u8; 16],
}

/// Size of a terminal.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct WindowSize {
    pub rows: u16,
    pub columns: u16,
    pub pixel_width: u16,
    pub pixel_height: u16,
}

/// A socket address. `family`: 0 none, 1 IPv4, 2 IPv6, 3 Unix; `len` bytes of `bytes` are the address or the path.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Address {
    pub family: u32,
    pub port: u32,
    pub scope: u32,
    pub len: u32,
    pub bytes: [u8; 108],
}

/// What recvmsg() gives beside the bytes. `flags` as in `message_flags`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Received {
    pub count: u32,
    pub flags: u32,
    pub descriptors: u32,
    /// 0: no credentials.
    pub pid: u32,
    pub uid: u32,
    pub gid: u32,
    pub from: Address,
}

/// Message flags.
pub mod message_flags {
    #![allow(missing_docs)]
    pub const PEEK: u32 = 1;
    pub const WAIT_ALL: u32 = 2;
    pub const DONT_WAIT: u32 = 4;
    pub const NO_SIGNAL: u32 = 8;
    pub const TRUNCATED: u32 = 16;
    pub const OUT_OF_BAND: u32 = 32;
}

#[cfg(unix)]
pub use crate::unix::calls::*;

#[cfg(target_os = "wasi")]
#[link(wasm_import_module = "vivarium_preview1")]
unsafe extern "C" {
    /// posix_spawn().
    pub fn proc_spawn(request: *const SpawnRequest, pid: *mut u32) -> i32;
    /// execve(); does not return on success. `flags`, `actions` and the rest of the request must be empty.
    pub fn proc_exec(request: *const SpawnRequest) -> i32;
    /// waitid(). `what`: 0 any child, 1 the child `id`, 2 any of group `id`.
    pub fn proc_wait(what: u32, id: u32, options: u32, status: *mut WaitStatus) -> i32;
    /// kill(). `target`: 0 process `id`, 1 group `id`, 2 own group, 3 all.
    pub fn proc_kill(target: u32, id: u32, signal: u32) -> i32;
    /// Ids of a process, 0 for the caller.
    pub fn proc_ids(pid: u32, ids: *mut Ids) -> i32;
    /// setpgid().
    pub fn proc_set_group(pid: u32, group: u32) -> i32;
    /// setsid().
    pub fn proc_set_session(session: *mut u32) -> i32;
    /// setreuid(); `NONE` leaves one as it is.
    pub fn proc_set_uid(real: u32, effective: u32) -> i32;
    /// setregid().
    pub fn proc_set_gid(real: u32, effective: u32) -> i32;
    /// prlimit().
    pub fn proc_limit_get(pid: u32, resource: u32, limit: *mut Limit) -> i32;
    /// prlimit().
    pub fn proc_limit_set(pid: u32, resource: u32, limit: *const Limit) -> i32;
    /// getpriority().
    pub fn proc_nice_get(pid: u32, nice: *mut i32) -> i32;
    /// setpriority().
    pub fn proc_nice_set(pid: u32, nice: i32) -> i32;
    /// getrusage(): own, then children's.
    pub fn proc_usage(usage: *mut [Usage; 2]) -> i32;
    /// gethostname(); `RANGE` where the buffer is short.
    pub fn proc_hostname_get(buffer: *mut u8, len: u32, count: *mut u32) -> i32;
    /// sethostname().
    pub fn proc_hostname_set(name: *const u8, len: u32) -> i32;
    /// The name `ps` shows.
    pub fn proc_title_set(title: *const u8, len: u32) -> i32;
    /// umask().
    pub fn proc_umask(mask: u32, before: *mut u32) -> i32;
    /// alarm() in nanoseconds, with interval.
    pub fn proc_alarm(delay: u64, interval: u64, left: *mut u64) -> i32;

    /// sigaction(). `disposition`: 0 default, 1 ignore, 2 catch, `NONE` only asks.
    pub fn sig_action(signal: u32, disposition: u32, before: *mut u32) -> i32;
    /// sigprocmask(). `how`: 0 block, 1 unblock, 2 set.
    pub fn sig_mask(how: u32, set: u64, before: *mut u64) -> i32;
    /// sigpending().
    pub fn sig_pending(set: *mut u64) -> i32;
    /// The next caught signal, 0 if there is none.
    pub fn sig_take(signal: *mut u32) -> i32;
    /// sigsuspend().
    pub fn sig_suspend(mask: u64) -> i32;

    /// openat().
    pub fn fs_open(dir: u32, path: *const u8, len: u32, flags: u32, mode: u32, fd: *mut u32) -> i32;
    /// close().
    pub fn fs_close(fd: u32) -> i32;
    /// read(), of a kernel descriptor that preview 1 has no number for.
    pub fn fs_read(fd: u32, buffer: *mut u8, len: u32, count: *mut u32) -> i32;
    /// write().
    pub fn fs_write(fd: u32, buffer: *const u8, len: u32, count: *mut u32) -> i32;
    /// lseek(). `whence`: 0 set, 1 cur, 2 end, 3 data, 4 hole.
    pub fn fs_seek(fd: u32, offset: i64, whence: u32, position: *mut u64) -> i32;
    /// fstatat(); an empty path is `dir` itself.
    pub fn fs_stat(dir: u32, path: *const u8, len: u32, follow: u32, stat: *mut Stat) -> i32;
    /// fstat().
    pub fn fs_fstat(fd: u32, stat: *mut Stat) -> i32;
    /// faccessat(). `mode`: 1 read, 2 write, 4 execute.
    pub fn fs_access(dir: u32, path: *const u8, len: u32, mode: u32, effective: u32) -> i32;
    /// fchmodat().
    pub fn fs_chmod(dir: u32, path: *const u8, len: u32, follow: u32, mode: u32) -> i32;
    /// fchmod().
    pub fn fs_fchmod(fd: u32, mode: u32) -> i32;
    /// fchownat(); `NONE` leaves one as it is.
    pub fn fs_chown(dir: u32, path: *const u8, len: u32, follow: u32, uid: u32, gid: u32) -> i32;
    /// fchown().
    pub fn fs_fchown(fd: u32, uid: u32, gid: u32) -> i32;
    /// mkdirat() with a mode.
    pub fn fs_mkdir(dir: u32, path: *const u8, len: u32, mode: u32) -> i32;
    /// mknodat(); `kind` as in [`Stat`].
    pub fn fs_mknod(dir: u32, path: *const u8, len: u32, kind: u32, mode: u32) -> i32;
    /// truncate().
    pub fn fs_truncate(dir: u32, path: *const u8, len: u32, size: u64) -> i32;
    /// renameat2(). `mode`: 0 replace, 1 no-replace, 2 exchange.
    pub fn fs_rename(
        old_dir: u32,
        old: *const u8,
        old_len: u32,
        new_dir: u32,
        new: *const u8,
        new_len: u32,
        mode: u32,
    ) -> i32;
    /// realpath(); `RANGE` where the buffer is short.
    pub fn fs_realpath(dir: u32, path: *const u8, len: u32, buffer: *mut u8, buffer_len: u32, count: *mut u32) -> i32;
    /// readlinkat(); `RANGE` where the buffer is short.
    pub fn fs_readlink(dir: u32, path: *const u8, len: u32, buffer: *mut u8, buffer_len: u32, count: *mut u32) -> i32;
    /// fstatvfs().
    pub fn fs_statfs(dir: u32, path: *const u8, len: u32, stat: *mut FileSystemStat) -> i32;
    /// chdir() in the kernel. wasi-libc keeps a current directory of its own beside it.
    pub fn fs_chdir(path: *const u8, len: u32) -> i32;
    /// fchdir().
    pub fn fs_fchdir(fd: u32) -> i32;
    /// getcwd(); `RANGE` where the buffer is short.
    pub fn fs_getcwd(buffer: *mut u8, len: u32, count: *mut u32) -> i32;
    /// fcntl(F_DUPFD).
    pub fn fs_dup(fd: u32, at_least: u32, close_on_exec: u32, new: *mut u32) -> i32;
    /// dup3().
    pub fn fs_dup_to(fd: u32, to: u32, close_on_exec: u32) -> i32;
    /// fcntl(F_GETFD).
    pub fn fs_close_on_exec_get(fd: u32, value: *mut u32) -> i32;
    /// fcntl(F_SETFD).
    pub fn fs_close_on_exec_set(fd: u32, value: u32) -> i32;
    /// fcntl(F_GETFL), as open flags.
    pub fn fs_flags_get(fd: u32, flags: *mut u32) -> i32;
    /// fcntl(F_SETFL): of `APPEND` and `NONBLOCK`.
    pub fn fs_flags_set(fd: u32, flags: u32) -> i32;
    /// fcntl(F_SETLK), fcntl(F_SETLKW), flock().
    pub fn fs_lock_set(fd: u32, lock: *const Lock, wait: u32) -> i32;
    /// fcntl(F_GETLK): the lock in the way, or kind 2.
    pub fn fs_lock_get(fd: u32, lock: *mut Lock) -> i32;
    /// pipe2(): reading end, writing end.
    pub fn fs_pipe(flags: u32, fds: *mut [u32; 2]) -> i32;
    /// ioctl(FIONREAD).
    pub fn fs_available(fd: u32, count: *mut u64) -> i32;
    /// inotify_init1().
    pub fn fs_watch_open(flags: u32, fd: *mut u32) -> i32;
    /// inotify_add_watch(); events in the order of the WIT's `watch-events`.
    pub fn fs_watch_add(watch: u32, path: *const u8, len: u32, events: u32, number: *mut u32) -> i32;
    /// inotify_rm_watch().
    pub fn fs_watch_remove(watch: u32, number: u32) -> i32;

    /// poll(). `deadline`: monotonic nanoseconds, `u64::MAX` none. Events of descriptors not ready are 0.
    pub fn poll(fds: *mut PollFd, len: u32, deadline: u64, ready: *mut u32) -> i32;

    /// openpty(): master, slave.
    pub fn tty_open(size: *const WindowSize, fds: *mut [u32; 2]) -> i32;
    /// isatty(): `NOTTY` where it is none.
    pub fn tty_is(fd: u32) -> i32;
    /// ttyname(); `RANGE` where the buffer is short.
    pub fn tty_name(fd: u32, buffer: *mut u8, len: u32, count: *mut u32) -> i32;
    /// tcgetattr().
    pub fn tty_attributes_get(fd: u32, attributes: *mut Termios) -> i32;
    /// tcsetattr(). `when`: 0 now, 1 drain, 2 flush.
    pub fn tty_attributes_set(fd: u32, when: u32, attributes: *const Termios) -> i32;
    /// ioctl(TIOCGWINSZ).
    pub fn tty_size_get(fd: u32, size: *mut WindowSize) -> i32;
    /// ioctl(TIOCSWINSZ).
    pub fn tty_size_set(fd: u32, size: *const WindowSize) -> i32;
    /// tcgetpgrp().
    pub fn tty_foreground_get(fd: u32, group: *mut u32) -> i32;
    /// tcsetpgrp().
    pub fn tty_foreground_set(fd: u32, group: u32) -> i32;
    /// tcgetsid().
    pub fn tty_session_get(fd: u32, session: *mut u32) -> i32;
    /// ioctl(TIOCSCTTY).
    pub fn tty_controlling_set(fd: u32) -> i32;
    /// ioctl(TIOCNOTTY).
    pub fn tty_controlling_release() -> i32;
    /// tcflush(). `queue`: 0 input, 1 output, 2 both.
    pub fn tty_flush(fd: u32, queue: u32) -> i32;
    /// tcdrain().
    pub fn tty_drain(fd: u32) -> i32;

    /// socket(). `family` as in [`Address`]; `kind`: 0 stream, 1 datagram, 2 seqpacket; `flags`: open flags.
    pub fn net_socket(family: u32, kind: u32, flags: u32, fd: *mut u32) -> i32;
    /// socketpair() of Unix sockets.
    pub fn net_socketpair(kind: u32, flags: u32, fds: *mut [u32; 2]) -> i32;
    /// bind().
    pub fn net_bind(fd: u32, address: *const Address) -> i32;
    /// listen().
    pub fn net_listen(fd: u32, backlog: u32) -> i32;
    /// accept4().
    pub fn net_accept(fd: u32, flags: u32, new: *mut u32, peer: *mut Address) -> i32;
    /// connect().
    pub fn net_connect(fd: u32, address: *const Address) -> i32;
    /// sendmsg(); `to` may be null.
    pub fn net_send(
        fd: u32,
        buffer: *const u8,
        len: u32,
        flags: u32,
        to: *const Address,
        descriptors: *const u32,
        descriptors_len: u32,
        count: *mut u32,
    ) -> i32;
    /// recvmsg().
    pub fn net_receive(
        fd: u32,
        buffer: *mut u8,
        len: u32,
        flags: u32,
        descriptors: *mut u32,
        descriptors_len: u32,
        received: *mut Received,
    ) -> i32;
    /// shutdown(). `how`: 0 read, 1 write, 2 both.
    pub fn net_shutdown(fd: u32, how: u32) -> i32;
    /// getsockname().
    pub fn net_local_address(fd: u32, address: *mut Address) -> i32;
    /// getpeername().
    pub fn net_peer_address(fd: u32, address: *mut Address) -> i32;
    /// getsockopt(); options in the order of the WIT's `socket-option`.
    pub fn net_option_get(fd: u32, option: u32, value: *mut u64) -> i32;
    /// setsockopt().
    pub fn net_option_set(fd: u32, option: u32, value: u64) -> i32;
    /// Addresses of a name. `family`: as in [`Address`], 0 any. Gives how many there are; at most `capacity` are stored.
    pub fn net_resolve(
        name: *const u8,
        len: u32,
        family: u32,
        addresses: *mut Address,
        capacity: u32,
        count: *mut u32,
    ) -> i32;
    /// Name of an address; `RANGE` where the buffer is short.
    pub fn net_resolve_address(address: *const Address, buffer: *mut u8, len: u32, count: *mut u32) -> i32;
}
