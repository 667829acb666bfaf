//! The functions of `vivarium:kernel` as methods of [`Task`]. What they mean, and their errors, stands in `wit/`.

use crate::bindings::exports::vivarium::kernel::{fs, net, poll, proc, pty, system};
use crate::bindings::vivarium::host::types::{DirectoryEntry, FileKind, FileStat};
use crate::{Fault, Fd, Pid, Task, Tid};

/// Methods of [`Task`] that hand their arguments to the kernel function of the same name.
macro_rules! calls {
    ($interface:ident: $($(#[$doc:meta])* $name:ident = $call:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {
        impl Task {
            $($(#[$doc])* pub fn $name(&self $(, $arg: $type)*) -> Result<$result, Fault> {
                self.kernel.call(|instance| {
                    instance.kernel.$interface(&mut instance.store)?.$call(&mut instance.store, self.tid $(, $arg)*)
                })
            })*
        }
    };
}

calls! { fs:
    /// `fs.open`: POSIX open().
    open = call_open(dir: Fd, path: &[u8], flags: fs::OpenFlags, mode: u32) -> Fd;
    /// `fs.close`: POSIX close().
    close = call_close(fd: Fd) -> ();
    /// `fs.advance`: Moves the file position on by `count` bytes that the embedder has moved itself, and accounts for them.
    advance = call_advance(fd: Fd, count: u64) -> ();
    /// `fs.seek`: POSIX lseek(), with Linux' SEEK_DATA and SEEK_HOLE.
    seek = call_seek(fd: Fd, offset: i64, whence: fs::Whence) -> u64;
    /// `fs.fstat`: POSIX fstat().
    fstat = call_fstat(fd: Fd) -> FileStat;
    /// `fs.stat`: POSIX fstatat(); an empty path means `dir` itself.
    stat = call_stat(dir: Fd, path: &[u8], follow: bool) -> FileStat;
    /// `fs.access`: POSIX faccessat(); `effective`: with the effective user and group.
    access = call_access(dir: Fd, path: &[u8], mode: fs::AccessMode, effective: bool) -> ();
    /// `fs.set-times`: POSIX utimensat().
    set_times = call_set_times(dir: Fd, path: &[u8], follow: bool, accessed: fs::SetTime, modified: fs::SetTime) -> ();
    /// `fs.fset-times`: POSIX futimens().
    fset_times = call_fset_times(fd: Fd, accessed: fs::SetTime, modified: fs::SetTime) -> ();
    /// `fs.chmod`: POSIX fchmodat().
    chmod = call_chmod(dir: Fd, path: &[u8], follow: bool, mode: u32) -> ();
    /// `fs.fchmod`: POSIX fchmod().
    fchmod = call_fchmod(fd: Fd, mode: u32) -> ();
    /// `fs.chown`: POSIX fchownat(); `none` leaves an owner as it is.
    chown = call_chown(dir: Fd, path: &[u8], follow: bool, uid: Option<u32>, gid: Option<u32>) -> ();
    /// `fs.fchown`: POSIX fchown().
    fchown = call_fchown(fd: Fd, uid: Option<u32>, gid: Option<u32>) -> ();
    /// `fs.truncate`: POSIX truncate().
    truncate = call_truncate(dir: Fd, path: &[u8], length: u64) -> ();
    /// `fs.ftruncate`: POSIX ftruncate().
    ftruncate = call_ftruncate(fd: Fd, length: u64) -> ();
    /// `fs.allocate`: POSIX posix_fallocate().
    allocate = call_allocate(fd: Fd, offset: u64, length: u64) -> ();
    /// `fs.sync`: POSIX fsync(); `data-only`: fdatasync().
    sync = call_sync(fd: Fd, data_only: bool) -> ();
    /// `fs.mkdir`: POSIX mkdirat().
    mkdir = call_mkdir(dir: Fd, path: &[u8], mode: u32) -> ();
    /// `fs.mknod`: POSIX mkfifoat() and mknodat() for fifos and regular files.
    mknod = call_mknod(dir: Fd, path: &[u8], kind: FileKind, mode: u32) -> ();
    /// `fs.symlink`: POSIX symlinkat().
    symlink = call_symlink(target: &[u8], dir: Fd, path: &[u8]) -> ();
    /// `fs.readlink`: POSIX readlinkat().
    readlink = call_readlink(dir: Fd, path: &[u8]) -> Vec<u8>;
    /// `fs.link`: POSIX linkat(); an empty old path means `old-dir` itself (AT_EMPTY_PATH).
    link = call_link(old_dir: Fd, old_path: &[u8], follow: bool, new_dir: Fd, new_path: &[u8]) -> ();
    /// `fs.unlink`: POSIX unlinkat() without AT_REMOVEDIR.
    unlink = call_unlink(dir: Fd, path: &[u8]) -> ();
    /// `fs.rmdir`: POSIX unlinkat() with AT_REMOVEDIR.
    rmdir = call_rmdir(dir: Fd, path: &[u8]) -> ();
    /// `fs.rename`: POSIX renameat(), Linux renameat2().
    rename = call_rename(old_dir: Fd, old_path: &[u8], new_dir: Fd, new_path: &[u8], mode: fs::RenameMode) -> ();
    /// `fs.readdir`: Entries of a directory from position `cookie` (0: from the start), at most `count` of them, `.` and `..` included.
    readdir = call_readdir(fd: Fd, cookie: u64, count: u32) -> Vec<DirectoryEntry>;
    /// `fs.realpath`: POSIX realpath(): the absolute path of an existing file, free of links, `.` and `..`.
    realpath = call_realpath(dir: Fd, path: &[u8]) -> Vec<u8>;
    /// `fs.statfs`: POSIX fstatvfs() of the file system that holds the path.
    statfs = call_statfs(dir: Fd, path: &[u8]) -> fs::FileSystemStat;
    /// `fs.chdir`: POSIX chdir().
    chdir = call_chdir(path: &[u8]) -> ();
    /// `fs.fchdir`: POSIX fchdir().
    fchdir = call_fchdir(fd: Fd) -> ();
    /// `fs.getcwd`: POSIX getcwd().
    getcwd = call_getcwd() -> Vec<u8>;
    /// `fs.umask`: POSIX umask().
    umask = call_umask(mask: u32) -> u32;
    /// `fs.dup`: The lowest free descriptor not below `at-least`, for the same open file (fcntl F_DUPFD).
    dup = call_dup(fd: Fd, at_least: Fd, close_on_exec: bool) -> Fd;
    /// `fs.dup-to`: POSIX dup3(): makes `to` a duplicate, closing what it was.
    dup_to = call_dup_to(fd: Fd, to: Fd, close_on_exec: bool) -> ();
    /// `fs.get-close-on-exec`: FD_CLOEXEC (F_GETFD).
    get_close_on_exec = call_get_close_on_exec(fd: Fd) -> bool;
    /// `fs.set-close-on-exec`: FD_CLOEXEC (F_SETFD).
    set_close_on_exec = call_set_close_on_exec(fd: Fd, value: bool) -> ();
    /// `fs.get-flags`: F_GETFL, access mode included.
    get_flags = call_get_flags(fd: Fd) -> fs::OpenFlags;
    /// `fs.set-flags`: F_SETFL.
    set_flags = call_set_flags(fd: Fd, flags: fs::StatusFlags) -> ();
    /// `fs.set-lock`: Takes, changes or releases an advisory lock; without `wait` a conflict is `again`.
    set_lock = call_set_lock(fd: Fd, lock: fs::Lock, wait: bool) -> ();
    /// `fs.get-lock`: The first lock that would conflict with `lock` (F_GETLK).
    get_lock = call_get_lock(fd: Fd, lock: fs::Lock) -> Option<fs::LockHolder>;
    /// `fs.pipe`: POSIX pipe2(): the reading end, then the writing end.
    pipe = call_pipe(flags: fs::OpenFlags) -> (Fd, Fd);
    /// `fs.available`: Bytes that can be read at once (FIONREAD).
    available = call_available(fd: Fd) -> u64;
    /// `fs.watch-open`: A descriptor on which events of watched files are read, in the format of Linux inotify(7).
    watch_open = call_watch_open(flags: fs::OpenFlags) -> Fd;
    /// `fs.watch-add`: Adds a path to a watch descriptor, giving the watch's number.
    watch_add = call_watch_add(watch: Fd, path: &[u8], events: fs::WatchEvents) -> u32;
    /// `fs.watch-remove`: Ends one watch.
    watch_remove = call_watch_remove(watch: Fd, number: u32) -> ();
}

calls! { poll:
    /// `poll.poll`: The descriptors that are ready, each with its ready events, in the order asked.
    poll = call_poll(fds: &[poll::PollFd], deadline: Option<u64>) -> Vec<poll::PollFd>;
}

calls! { proc:
    /// `proc.spawn`: POSIX posix_spawn().
    spawn = call_spawn(program: &proc::Program, actions: &[proc::FileAction], attributes: &proc::SpawnAttributes) -> Pid;
    /// `proc.exec`: POSIX execve().
    exec = call_exec(program: &proc::Program) -> ();
    /// `proc.read-program`: Bytes of the program a task was started with, where `start-request.source` says the kernel holds it.
    read_program = call_read_program(offset: u64, length: u32) -> Vec<u8>;
    /// `proc.wait`: POSIX waitid().
    wait_child = call_wait(what: proc::WaitFor, options: proc::WaitOptions) -> Option<proc::WaitStatus>;
    /// `proc.task-create`: A further task in the caller's process.
    task_create = call_task_create() -> Tid;
    /// `proc.check`: To be called for a task that was woken while it ran (and at pre-emption points then): `gone` where it must unwind, `blocked` where it is stopped; accounts for `cpu` nanoseconds used since the last report.
    check = call_check(cpu: u64) -> ();
    /// `proc.account`: Reports CPU nanoseconds used and the present size of the process's memory in bytes.
    account = call_account(cpu: u64, memory: u64) -> ();
    /// `proc.kill`: POSIX kill(); signal 0 only checks.
    kill = call_kill(target: proc::KillTarget, signal: u8) -> ();
    /// `proc.signal-action`: POSIX sigaction(), with the handler kept by the guest.
    signal_action = call_signal_action(signal: u8, disposition: Option<proc::Disposition>) -> proc::Disposition;
    /// `proc.signal-mask`: POSIX sigprocmask().
    signal_mask = call_signal_mask(how: proc::MaskHow, set: u64) -> u64;
    /// `proc.signal-pending`: POSIX sigpending().
    signal_pending = call_signal_pending() -> u64;
    /// `proc.signal-take`: Takes the next caught signal that is pending and not blocked.
    signal_take = call_signal_take() -> Option<u8>;
    /// `proc.signal-suspend`: POSIX sigsuspend(): blocks with this mask until a caught signal is pending, then `intr`.
    signal_suspend = call_signal_suspend(mask: u64) -> ();
    /// `proc.alarm`: POSIX alarm(), in nanoseconds: SIGALRM after `delay`, then every `interval` (0: once).
    alarm = call_alarm(delay: u64, interval: u64) -> u64;
    /// `proc.get-ids`: POSIX get_ids().
    get_ids = call_get_ids() -> proc::Ids;
    /// `proc.get-ids-of`: Ids of another process; 0 is the caller.
    get_ids_of = call_get_ids_of(pid: Pid) -> proc::Ids;
    /// `proc.set-group`: POSIX set_group().
    set_group = call_set_group(pid: Pid, group: Pid) -> ();
    /// `proc.set-session`: POSIX set_session().
    set_session = call_set_session() -> Pid;
    /// `proc.set-uid`: POSIX setreuid().
    set_uid = call_set_uid(real: Option<u32>, effective: Option<u32>) -> ();
    /// `proc.set-gid`: POSIX setregid().
    set_gid = call_set_gid(real: Option<u32>, effective: Option<u32>) -> ();
    /// `proc.get-limit`: POSIX get_limit().
    get_limit = call_get_limit(pid: Pid, resource: proc::Resource) -> proc::Limit;
    /// `proc.set-limit`: POSIX set_limit().
    set_limit = call_set_limit(pid: Pid, resource: proc::Resource, limit: proc::Limit) -> ();
    /// `proc.get-nice`: POSIX get_nice().
    get_nice = call_get_nice(pid: Pid) -> i8;
    /// `proc.set-nice`: POSIX set_nice().
    set_nice = call_set_nice(pid: Pid, value: i8) -> ();
    /// `proc.get-usage`: Usage of the process itself, then of its waited-for children.
    get_usage = call_get_usage() -> (proc::Usage, proc::Usage);
    /// `proc.get-hostname`: POSIX get_hostname().
    get_hostname = call_get_hostname() -> Vec<u8>;
    /// `proc.set-hostname`: POSIX set_hostname().
    set_hostname = call_set_hostname(name: &[u8]) -> ();
    /// `proc.set-title`: Sets the name `ps` shows (process.title, PR_SET_NAME).
    set_title = call_set_title(title: &[u8]) -> ();
}

calls! { pty:
    /// `pty.open`: A new pseudo-terminal: master, slave.
    pty_open = call_open(size: pty::Size) -> (Fd, Fd);
    /// `pty.is-terminal`: Whether the descriptor is a terminal.
    is_terminal = call_is_terminal(fd: Fd) -> bool;
    /// `pty.name`: The terminal's path, `/dev/pts/N`.
    pty_name = call_name(fd: Fd) -> Vec<u8>;
    /// `pty.get-attributes`: POSIX get_attributes().
    terminal_get_attributes = call_get_attributes(fd: Fd) -> pty::Attributes;
    /// `pty.set-attributes`: POSIX set_attributes().
    terminal_set_attributes = call_set_attributes(fd: Fd, when: pty::When, attributes: &pty::Attributes) -> ();
    /// `pty.get-size`: POSIX get_size().
    terminal_get_size = call_get_size(fd: Fd) -> pty::Size;
    /// `pty.set-size`: Sends SIGWINCH to the foreground group where the size changes.
    terminal_set_size = call_set_size(fd: Fd, size: pty::Size) -> ();
    /// `pty.get-foreground`: POSIX tcgetpgrp().
    terminal_get_foreground = call_get_foreground(fd: Fd) -> Pid;
    /// `pty.set-foreground`: POSIX tcsetpgrp().
    terminal_set_foreground = call_set_foreground(fd: Fd, group: Pid) -> ();
    /// `pty.get-session`: POSIX tcgetsid().
    terminal_get_session = call_get_session(fd: Fd) -> Pid;
    /// `pty.set-controlling`: Makes the terminal the controlling one of the caller's session (TIOCSCTTY).
    terminal_set_controlling = call_set_controlling(fd: Fd) -> ();
    /// `pty.release-controlling`: Gives the controlling terminal up (TIOCNOTTY).
    terminal_release_controlling = call_release_controlling() -> ();
    /// `pty.flush`: POSIX tcflush().
    pty_flush = call_flush(fd: Fd, queue: pty::Queue) -> ();
    /// `pty.drain`: POSIX tcdrain().
    pty_drain = call_drain(fd: Fd) -> ();
}

calls! { net:
    /// `net.socket`: POSIX socket().
    socket = call_socket(family: net::Family, kind: net::SocketKind, nonblock: bool, close_on_exec: bool) -> Fd;
    /// `net.socketpair`: POSIX socketpair(), Unix only.
    socketpair = call_socketpair(kind: net::SocketKind, nonblock: bool, close_on_exec: bool) -> (Fd, Fd);
    /// `net.bind`: POSIX bind().
    bind = call_bind(fd: Fd, address: &net::Address) -> ();
    /// `net.listen`: POSIX listen().
    listen = call_listen(fd: Fd, backlog: u32) -> ();
    /// `net.accept`: POSIX accept().
    accept = call_accept(fd: Fd, nonblock: bool, close_on_exec: bool) -> (Fd, net::Address);
    /// `net.connect`: Blocks until connected; on a non-blocking socket `inprogress`, then writable when done.
    connect = call_connect(fd: Fd, address: &net::Address) -> ();
    /// `net.send`: POSIX sendmsg().
    send = call_send(fd: Fd, data: &[u8], to: Option<&net::Address>, flags: net::MessageFlags, descriptors: &[Fd]) -> u32;
    /// `net.shutdown`: POSIX shutdown().
    shutdown = call_shutdown(fd: Fd, how: net::ShutdownHow) -> ();
    /// `net.local-address`: POSIX getsockname().
    local_address = call_local_address(fd: Fd) -> net::Address;
    /// `net.peer-address`: POSIX getpeername().
    peer_address = call_peer_address(fd: Fd) -> net::Address;
    /// `net.get-option`: POSIX get_option().
    socket_get_option = call_get_option(fd: Fd, name: net::SocketOption) -> u64;
    /// `net.set-option`: POSIX set_option().
    socket_set_option = call_set_option(fd: Fd, name: net::SocketOption, value: u64) -> ();
    /// `net.resolve`: Addresses of a host name, from /etc/hosts and, where granted, the outside resolver (then it may block).
    resolve = call_resolve(name: &str, family: Option<net::Family>) -> Vec<net::Address>;
    /// `net.resolve-address`: Name of an address; `noent` where it has none.
    resolve_address = call_resolve_address(address: &net::Address) -> String;
}

calls! { system:
    /// `system.mount`: Mounts later on, for a task of pid 1.
    mount = call_mount(mount: &system::MountPoint) -> ();
    /// `system.unmount`: POSIX unmount().
    unmount = call_unmount(target: &[u8]) -> ();
}

impl Task {
    /// Ends the process with this status, as POSIX _exit().
    pub fn exit(&self, status: u8) {
        // A kernel that is over has ended the process already.
        let _ = self.kernel.call(|instance| {
            instance.kernel.proc(&mut instance.store)?.call_exit(&mut instance.store, self.tid, status).map(Ok)
        });
    }

    /// Ends the process as a signal would: for a trap, or a limit that the host keeps.
    pub fn abort(&self, signal: u8, reason: &str) {
        let _ = self.kernel.call(|instance| {
            instance.kernel.proc(&mut instance.store)?.call_abort(&mut instance.store, self.tid, signal, reason).map(Ok)
        });
    }
}
