//! The same calls on a Unix machine, for development: programs run natively beside those they are compared with.
//! Sockets and watches are left out (`NOSYS`); nothing of this is in a guest.

#![allow(unreachable_pub, missing_docs, clippy::missing_safety_doc, clippy::too_many_arguments)]

/// The platform's error numbers.
pub(crate) mod numbers {
    pub use libc::*;
    /// Only WASI has it.
    pub const ENOTCAPABLE: i32 = i32::MAX;
}

pub(crate) fn monotonic() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is valid for writing.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

pub(crate) mod calls {
    // SAFETY of this module: its functions have the contracts of `crate::raw`, whose caller has kept them; beyond that they pass
    // pointers to locals and to NUL-terminated copies.
    #![allow(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

    use std::ffi::CString;
    use std::sync::atomic::{AtomicU64, Ordering};

    use libc::c_int;

    use crate::Errno;
    use crate::raw::*;

    const NOSYS: i32 = 52;

    fn errno() -> i32 {
        i32::from(Errno::from_platform(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)).raw())
    }

    fn check(result: impl Into<i64>) -> i32 {
        if result.into() < 0 { errno() } else { 0 }
    }

    unsafe fn give<T>(result: i64, to: *mut T, value: T) -> i32 {
        if result < 0 {
            return errno();
        }
        *to = value;
        0
    }

    unsafe fn bytes<'a>(ptr: *const u8, len: u32) -> &'a [u8] {
        if len == 0 { &[] } else { std::slice::from_raw_parts(ptr, len as usize) }
    }

    unsafe fn path(ptr: *const u8, len: u32) -> CString {
        CString::new(bytes(ptr, len)).unwrap_or_default()
    }

    unsafe fn text(found: &[u8], buffer: *mut u8, len: u32, count: *mut u32) -> i32 {
        if found.len() > len as usize {
            return i32::from(Errno::RANGE.raw());
        }
        std::ptr::copy_nonoverlapping(found.as_ptr(), buffer, found.len());
        *count = found.len() as u32;
        0
    }

    fn at(dir: u32) -> c_int {
        if dir == AT_FDCWD { libc::AT_FDCWD } else { dir as c_int }
    }

    fn flags_in(flags: u32) -> c_int {
        let mut out = match flags & 3 {
            3 => libc::O_RDWR,
            2 => libc::O_WRONLY,
            _ => libc::O_RDONLY,
        };
        for (bit, flag) in FLAGS {
            if flags & bit != 0 {
                out |= flag;
            }
        }
        out
    }

    const FLAGS: [(u32, c_int); 10] = [
        (open_flags::APPEND, libc::O_APPEND),
        (open_flags::CREATE, libc::O_CREAT),
        (open_flags::EXCLUSIVE, libc::O_EXCL),
        (open_flags::TRUNCATE, libc::O_TRUNC),
        (open_flags::DIRECTORY, libc::O_DIRECTORY),
        (open_flags::NO_FOLLOW, libc::O_NOFOLLOW),
        (open_flags::NONBLOCK, libc::O_NONBLOCK),
        (open_flags::CLOSE_ON_EXEC, libc::O_CLOEXEC),
        (open_flags::NO_CONTROLLING_TERMINAL, libc::O_NOCTTY),
        (open_flags::PATH, 0o10000000),
    ];

    unsafe fn strings(slice: Slice) -> (Vec<CString>, Vec<*const libc::c_char>) {
        let all = bytes(slice.ptr as *const u8, slice.len);
        let strings: Vec<CString> = all
            .split(|b| *b == 0)
            .map(|s| CString::new(s).unwrap_or_default())
            .take(all.iter().filter(|b| **b == 0).count())
            .collect();
        let mut pointers: Vec<_> = strings.iter().map(|s| s.as_ptr()).collect();
        pointers.push(std::ptr::null());
        (strings, pointers)
    }

    /// fork() and execve(), with the error of what fails in the child handed back through a pipe.
    pub unsafe fn proc_spawn(request: *const SpawnRequest, pid: *mut u32) -> i32 {
        let request = &*request;
        let mut report = [0; 2];
        if libc::pipe2(report.as_mut_ptr(), libc::O_CLOEXEC) < 0 {
            return errno();
        }
        // Above whatever the actions name.
        let writer = libc::fcntl(report[1], libc::F_DUPFD_CLOEXEC, 200);
        libc::close(report[1]);
        let program = path(request.path.ptr as *const u8, request.path.len);
        let (_arguments, argv) = strings(request.arguments);
        let (_environment, envp) = strings(request.environment);
        let actions: &[FileAction] = std::slice::from_raw_parts(
            if request.actions.len == 0 {
                std::ptr::NonNull::dangling().as_ptr()
            } else {
                request.actions.ptr as *const FileAction
            },
            request.actions.len as usize,
        );
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &all, &mut before);
        let child = libc::fork();
        if child < 0 {
            let error = errno();
            libc::sigprocmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
            libc::close(report[0]);
            libc::close(writer);
            return error;
        }
        if child == 0 {
            let error = prepare(request, actions);
            let error = if error == 0 {
                libc::sigprocmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
                libc::execve(program.as_ptr(), argv.as_ptr(), envp.as_ptr());
                errno()
            } else {
                error
            };
            libc::write(writer, std::ptr::from_ref(&error).cast(), 4);
            libc::_exit(127);
        }
        if request.flags & spawn_flags::GROUP != 0 {
            libc::setpgid(child, if request.group == 0 { child } else { request.group as i32 });
        }
        libc::close(writer);
        let mut error = 0i32;
        while libc::read(report[0], std::ptr::from_mut(&mut error).cast(), 4) < 0
            && std::io::Error::last_os_error().raw_os_error() == Some(libc::EINTR)
        {}
        libc::close(report[0]);
        libc::sigprocmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
        if error != 0 {
            libc::waitpid(child, std::ptr::null_mut(), 0);
            return error;
        }
        *pid = child as u32;
        0
    }

    /// In the child.
    unsafe fn prepare(request: &SpawnRequest, actions: &[FileAction]) -> i32 {
        for signal in 1..32 {
            let bit = 1u64 << (signal - 1);
            let mut now: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &mut now);
            if request.signal_ignore & bit != 0 {
                libc::signal(signal, libc::SIG_IGN);
            } else if request.signal_default & bit != 0 || now.sa_sigaction != libc::SIG_IGN {
                libc::signal(signal, libc::SIG_DFL);
            }
        }
        if request.flags & spawn_flags::SESSION != 0 {
            libc::setsid();
        }
        if request.flags & spawn_flags::GROUP != 0 {
            libc::setpgid(0, request.group as i32);
        }
        if request.flags & spawn_flags::FOREGROUND != 0 {
            let tty = libc::open(c"/dev/tty".as_ptr(), libc::O_RDWR);
            libc::signal(libc::SIGTTOU, libc::SIG_IGN);
            libc::tcsetpgrp(tty, libc::getpgrp());
            libc::signal(libc::SIGTTOU, libc::SIG_DFL);
            libc::close(tty);
        }
        if request.flags & spawn_flags::UMASK != 0 {
            libc::umask(request.umask as libc::mode_t);
        }
        if request.flags & spawn_flags::NICE != 0 {
            libc::setpriority(libc::PRIO_PROCESS, 0, request.nice);
        }
        // The parent's descriptors as they were, whatever the actions put over them.
        let mut saved = [0; 64];
        for (action, saved) in actions.iter().zip(&mut saved) {
            if action.op == file_action::DUP {
                *saved = libc::fcntl(action.from as c_int, libc::F_DUPFD_CLOEXEC, 100);
                if *saved < 0 {
                    return errno();
                }
            }
        }
        for (i, action) in actions.iter().enumerate() {
            let result = match action.op {
                file_action::DUP if i < saved.len() => libc::dup2(saved[i], action.fd as c_int),
                file_action::DUP => libc::dup2(action.from as c_int, action.fd as c_int),
                file_action::CLOSE => {
                    libc::close(action.fd as c_int);
                    0
                }
                file_action::OPEN => {
                    let name = path(action.path.ptr as *const u8, action.path.len);
                    let fd = libc::open(name.as_ptr(), flags_in(action.from), action.mode);
                    if fd >= 0 && fd != action.fd as c_int {
                        libc::dup2(fd, action.fd as c_int);
                        libc::close(fd);
                    }
                    fd
                }
                file_action::CHDIR => {
                    let name = path(action.path.ptr as *const u8, action.path.len);
                    libc::chdir(name.as_ptr())
                }
                _ => libc::fchdir(action.from as c_int),
            };
            if result < 0 {
                return errno();
            }
        }
        0
    }

    pub unsafe fn proc_exec(request: *const SpawnRequest) -> i32 {
        let request = &*request;
        let program = path(request.path.ptr as *const u8, request.path.len);
        let (_arguments, argv) = strings(request.arguments);
        let (_environment, envp) = strings(request.environment);
        libc::execve(program.as_ptr(), argv.as_ptr(), envp.as_ptr());
        errno()
    }

    pub unsafe fn proc_wait(what: u32, id: u32, options: u32, status: *mut WaitStatus) -> i32 {
        let pid = match what {
            0 => -1,
            1 => id as i32,
            _ => -(id as i32),
        };
        let mut flags = 0;
        for (bit, flag) in [
            (wait_options::NO_HANG, libc::WNOHANG),
            (wait_options::STOPPED, libc::WUNTRACED),
            (wait_options::CONTINUED, libc::WCONTINUED),
        ] {
            if options & bit != 0 {
                flags |= flag;
            }
        }
        let mut value = 0;
        let mut usage: libc::rusage = std::mem::zeroed();
        let pid = libc::wait4(pid, &mut value, flags, &mut usage);
        if pid < 0 {
            return errno();
        }
        let (change, value) = if libc::WIFEXITED(value) {
            (0, libc::WEXITSTATUS(value))
        } else if libc::WIFSIGNALED(value) {
            (1, libc::WTERMSIG(value))
        } else if libc::WIFSTOPPED(value) {
            (2, libc::WSTOPSIG(value))
        } else {
            (3, 0)
        };
        *status = WaitStatus { pid: pid as u32, change, value: value as u32, reserved: 0, usage: usage_of(&usage) };
        0
    }

    fn usage_of(usage: &libc::rusage) -> Usage {
        let time = |t: libc::timeval| t.tv_sec as u64 * 1_000_000_000 + t.tv_usec as u64 * 1000;
        Usage { user: time(usage.ru_utime), system: time(usage.ru_stime), max_memory: usage.ru_maxrss as u64 * 1024 }
    }

    pub unsafe fn proc_kill(target: u32, id: u32, signal: u32) -> i32 {
        let pid = match target {
            0 => id as i32,
            1 => -(id as i32),
            2 => 0,
            _ => -1,
        };
        check(libc::kill(pid, signal as c_int))
    }

    pub unsafe fn proc_ids(pid: u32, ids: *mut Ids) -> i32 {
        let group = libc::getpgid(pid as i32);
        if group < 0 {
            return errno();
        }
        *ids = Ids {
            pid: if pid == 0 { libc::getpid() as u32 } else { pid },
            parent: libc::getppid() as u32,
            group: group as u32,
            session: libc::getsid(pid as i32) as u32,
            uid: libc::getuid(),
            euid: libc::geteuid(),
            gid: libc::getgid(),
            egid: libc::getegid(),
        };
        0
    }

    pub unsafe fn proc_set_group(pid: u32, group: u32) -> i32 {
        check(libc::setpgid(pid as i32, group as i32))
    }

    pub unsafe fn proc_set_session(session: *mut u32) -> i32 {
        let id = libc::setsid();
        give(i64::from(id), session, id as u32)
    }

    pub unsafe fn proc_set_uid(real: u32, effective: u32) -> i32 {
        check(libc::setreuid(real, effective))
    }

    pub unsafe fn proc_set_gid(real: u32, effective: u32) -> i32 {
        check(libc::setregid(real, effective))
    }

    const RESOURCES: [libc::__rlimit_resource_t; 10] = [
        libc::RLIMIT_CPU,
        libc::RLIMIT_FSIZE,
        libc::RLIMIT_DATA,
        libc::RLIMIT_STACK,
        libc::RLIMIT_CORE,
        libc::RLIMIT_RSS,
        libc::RLIMIT_NPROC,
        libc::RLIMIT_NOFILE,
        libc::RLIMIT_MEMLOCK,
        libc::RLIMIT_AS,
    ];

    pub unsafe fn proc_limit_get(pid: u32, resource: u32, limit: *mut Limit) -> i32 {
        let mut found = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        let result = libc::prlimit(pid as i32, RESOURCES[resource as usize], std::ptr::null(), &mut found);
        give(i64::from(result), limit, Limit { soft: found.rlim_cur, hard: found.rlim_max })
    }

    pub unsafe fn proc_limit_set(pid: u32, resource: u32, limit: *const Limit) -> i32 {
        let new = libc::rlimit { rlim_cur: (*limit).soft, rlim_max: (*limit).hard };
        check(libc::prlimit(pid as i32, RESOURCES[resource as usize], &new, std::ptr::null_mut()))
    }

    pub unsafe fn proc_nice_get(pid: u32, nice: *mut i32) -> i32 {
        *nice = libc::getpriority(libc::PRIO_PROCESS, pid);
        0
    }

    pub unsafe fn proc_nice_set(pid: u32, nice: i32) -> i32 {
        check(libc::setpriority(libc::PRIO_PROCESS, pid, nice))
    }

    pub unsafe fn proc_usage(usage: *mut [Usage; 2]) -> i32 {
        let mut own: libc::rusage = std::mem::zeroed();
        let mut children: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut own);
        libc::getrusage(libc::RUSAGE_CHILDREN, &mut children);
        *usage = [usage_of(&own), usage_of(&children)];
        0
    }

    pub unsafe fn proc_hostname_get(buffer: *mut u8, len: u32, count: *mut u32) -> i32 {
        let mut name = [0u8; 256];
        libc::gethostname(name.as_mut_ptr().cast(), name.len());
        text(name.split(|b| *b == 0).next().unwrap_or_default(), buffer, len, count)
    }

    pub unsafe fn proc_hostname_set(name: *const u8, len: u32) -> i32 {
        check(libc::sethostname(name.cast(), len as usize))
    }

    pub unsafe fn proc_title_set(_title: *const u8, _len: u32) -> i32 {
        0
    }

    pub unsafe fn proc_umask(mask: u32, before: *mut u32) -> i32 {
        *before = libc::umask(mask as libc::mode_t) as u32;
        0
    }

    pub unsafe fn proc_alarm(delay: u64, interval: u64, left: *mut u64) -> i32 {
        let time =
            |n: u64| libc::timeval { tv_sec: (n / 1_000_000_000) as i64, tv_usec: (n % 1_000_000_000 / 1000) as i64 };
        let new = libc::itimerval { it_value: time(delay), it_interval: time(interval) };
        let mut old: libc::itimerval = std::mem::zeroed();
        let result = libc::syscall(libc::SYS_setitimer, 0, &new, &mut old);
        give(result, left, old.it_value.tv_sec as u64 * 1_000_000_000 + old.it_value.tv_usec as u64 * 1000)
    }

    static CAUGHT: AtomicU64 = AtomicU64::new(0);
    static CATCHING: AtomicU64 = AtomicU64::new(0);

    extern "C" fn catch(signal: c_int) {
        CAUGHT.fetch_or(1 << (signal - 1), Ordering::SeqCst);
    }

    pub unsafe fn sig_action(signal: u32, disposition: u32, before: *mut u32) -> i32 {
        let bit = 1u64 << (signal - 1);
        let mut old: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(signal as c_int, std::ptr::null(), &mut old) < 0 {
            return errno();
        }
        *before =
            if CATCHING.load(Ordering::SeqCst) & bit != 0 { 2 } else { u32::from(old.sa_sigaction == libc::SIG_IGN) };
        if disposition == NONE {
            return 0;
        }
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = match disposition {
            0 => libc::SIG_DFL,
            1 => libc::SIG_IGN,
            _ => catch as *const () as usize,
        };
        if libc::sigaction(signal as c_int, &new, std::ptr::null_mut()) < 0 {
            return errno();
        }
        if disposition == 2 {
            CATCHING.fetch_or(bit, Ordering::SeqCst);
        } else {
            CATCHING.fetch_and(!bit, Ordering::SeqCst);
            CAUGHT.fetch_and(!bit, Ordering::SeqCst);
        }
        0
    }

    unsafe fn to_set(bits: u64) -> libc::sigset_t {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        for signal in 1..32 {
            if bits & (1 << (signal - 1)) != 0 {
                libc::sigaddset(&mut set, signal);
            }
        }
        set
    }

    unsafe fn from_set(set: &libc::sigset_t) -> u64 {
        (1..32).filter(|s| libc::sigismember(set, *s) == 1).fold(0, |bits, s| bits | 1 << (s - 1))
    }

    pub unsafe fn sig_mask(how: u32, set: u64, before: *mut u64) -> i32 {
        let how = [libc::SIG_BLOCK, libc::SIG_UNBLOCK, libc::SIG_SETMASK][how as usize % 3];
        let (new, mut old) = (to_set(set), std::mem::zeroed());
        let result = libc::sigprocmask(how, &new, &mut old);
        give(i64::from(result), before, from_set(&old))
    }

    pub unsafe fn sig_pending(set: *mut u64) -> i32 {
        let mut pending = std::mem::zeroed();
        libc::sigpending(&mut pending);
        *set = from_set(&pending) | CAUGHT.load(Ordering::SeqCst);
        0
    }

    pub unsafe fn sig_take(signal: *mut u32) -> i32 {
        let caught = CAUGHT.load(Ordering::SeqCst);
        *signal = 0;
        if caught != 0 {
            let bit = caught.trailing_zeros();
            CAUGHT.fetch_and(!(1 << bit), Ordering::SeqCst);
            *signal = bit + 1;
        }
        0
    }

    pub unsafe fn sig_suspend(mask: u64) -> i32 {
        let set = to_set(mask);
        check(libc::sigsuspend(&set))
    }

    pub unsafe fn fs_open(dir: u32, p: *const u8, len: u32, flags: u32, mode: u32, fd: *mut u32) -> i32 {
        let file = libc::openat(at(dir), path(p, len).as_ptr(), flags_in(flags), mode);
        give(i64::from(file), fd, file as u32)
    }

    pub unsafe fn fs_close(fd: u32) -> i32 {
        check(libc::close(fd as c_int))
    }

    pub unsafe fn fs_read(fd: u32, buffer: *mut u8, len: u32, count: *mut u32) -> i32 {
        let n = libc::read(fd as c_int, buffer.cast(), len as usize);
        give(n as i64, count, n as u32)
    }

    pub unsafe fn fs_write(fd: u32, buffer: *const u8, len: u32, count: *mut u32) -> i32 {
        let n = libc::write(fd as c_int, buffer.cast(), len as usize);
        give(n as i64, count, n as u32)
    }

    pub unsafe fn fs_seek(fd: u32, offset: i64, whence: u32, position: *mut u64) -> i32 {
        let at = libc::lseek(fd as c_int, offset, whence as c_int);
        give(at, position, at as u64)
    }

    fn stat_of(s: &libc::stat) -> Stat {
        let kind = match s.st_mode & libc::S_IFMT {
            libc::S_IFREG => 1,
            libc::S_IFDIR => 2,
            libc::S_IFLNK => 3,
            libc::S_IFCHR => 4,
            libc::S_IFBLK => 5,
            libc::S_IFIFO => 6,
            libc::S_IFSOCK => 7,
            _ => 0,
        };
        let time = |seconds, nanoseconds: i64| Timespec { seconds, nanoseconds: nanoseconds as u32, reserved: 0 };
        Stat {
            device: s.st_dev,
            inode: s.st_ino,
            links: s.st_nlink,
            size: s.st_size as u64,
            blocks: s.st_blocks as u64,
            device_id: s.st_rdev,
            kind,
            mode: s.st_mode & 0o7777,
            uid: s.st_uid,
            gid: s.st_gid,
            block_size: s.st_blksize as u32,
            reserved: 0,
            accessed: time(s.st_atime, s.st_atime_nsec),
            modified: time(s.st_mtime, s.st_mtime_nsec),
            changed: time(s.st_ctime, s.st_ctime_nsec),
            created: Timespec::default(),
        }
    }

    pub unsafe fn fs_stat(dir: u32, p: *const u8, len: u32, follow: u32, stat: *mut Stat) -> i32 {
        let mut found = std::mem::zeroed();
        let mut flags = if follow != 0 { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        if len == 0 {
            flags |= libc::AT_EMPTY_PATH;
        }
        let result = libc::fstatat(at(dir), path(p, len).as_ptr(), &mut found, flags);
        give(i64::from(result), stat, stat_of(&found))
    }

    pub unsafe fn fs_fstat(fd: u32, stat: *mut Stat) -> i32 {
        let mut found = std::mem::zeroed();
        let result = libc::fstat(fd as c_int, &mut found);
        give(i64::from(result), stat, stat_of(&found))
    }

    pub unsafe fn fs_access(dir: u32, p: *const u8, len: u32, mode: u32, effective: u32) -> i32 {
        let modes = [(1, libc::R_OK), (2, libc::W_OK), (4, libc::X_OK)];
        let mode = modes.iter().filter(|(bit, _)| mode & bit != 0).fold(0, |all, (_, m)| all | m);
        check(libc::faccessat(at(dir), path(p, len).as_ptr(), mode, if effective != 0 { libc::AT_EACCESS } else { 0 }))
    }

    pub unsafe fn fs_chmod(dir: u32, p: *const u8, len: u32, _follow: u32, mode: u32) -> i32 {
        check(libc::fchmodat(at(dir), path(p, len).as_ptr(), mode, 0))
    }

    pub unsafe fn fs_fchmod(fd: u32, mode: u32) -> i32 {
        check(libc::fchmod(fd as c_int, mode))
    }

    pub unsafe fn fs_chown(dir: u32, p: *const u8, len: u32, follow: u32, uid: u32, gid: u32) -> i32 {
        let flags = if follow != 0 { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        check(libc::fchownat(at(dir), path(p, len).as_ptr(), uid, gid, flags))
    }

    pub unsafe fn fs_fchown(fd: u32, uid: u32, gid: u32) -> i32 {
        check(libc::fchown(fd as c_int, uid, gid))
    }

    pub unsafe fn fs_mkdir(dir: u32, p: *const u8, len: u32, mode: u32) -> i32 {
        check(libc::mkdirat(at(dir), path(p, len).as_ptr(), mode))
    }

    pub unsafe fn fs_mknod(dir: u32, p: *const u8, len: u32, kind: u32, mode: u32) -> i32 {
        match kind {
            6 => check(libc::mkfifoat(at(dir), path(p, len).as_ptr(), mode)),
            _ => NOSYS,
        }
    }

    pub unsafe fn fs_truncate(dir: u32, p: *const u8, len: u32, size: u64) -> i32 {
        if dir != AT_FDCWD {
            return NOSYS;
        }
        check(libc::truncate(path(p, len).as_ptr(), size as i64))
    }

    pub unsafe fn fs_rename(od: u32, old: *const u8, ol: u32, nd: u32, new: *const u8, nl: u32, mode: u32) -> i32 {
        check(libc::renameat2(at(od), path(old, ol).as_ptr(), at(nd), path(new, nl).as_ptr(), mode))
    }

    pub unsafe fn fs_realpath(
        _dir: u32,
        p: *const u8,
        len: u32,
        buffer: *mut u8,
        buffer_len: u32,
        count: *mut u32,
    ) -> i32 {
        let mut found = [0u8; libc::PATH_MAX as usize];
        if libc::realpath(path(p, len).as_ptr(), found.as_mut_ptr().cast()).is_null() {
            return errno();
        }
        text(found.split(|b| *b == 0).next().unwrap_or_default(), buffer, buffer_len, count)
    }

    pub unsafe fn fs_readlink(
        dir: u32,
        p: *const u8,
        len: u32,
        buffer: *mut u8,
        buffer_len: u32,
        count: *mut u32,
    ) -> i32 {
        let mut found = [0u8; libc::PATH_MAX as usize];
        let n = libc::readlinkat(at(dir), path(p, len).as_ptr(), found.as_mut_ptr().cast(), found.len());
        if n < 0 {
            return errno();
        }
        text(&found[..n as usize], buffer, buffer_len, count)
    }

    pub unsafe fn fs_statfs(_dir: u32, p: *const u8, len: u32, stat: *mut FileSystemStat) -> i32 {
        let mut found: libc::statvfs = std::mem::zeroed();
        let result = libc::statvfs(path(p, len).as_ptr(), &mut found);
        let value = FileSystemStat {
            blocks: found.f_blocks,
            blocks_free: found.f_bfree,
            files: found.f_files,
            files_free: found.f_ffree,
            block_size: found.f_bsize as u32,
            name_max: found.f_namemax as u32,
            read_only: u32::from(found.f_flag & libc::ST_RDONLY != 0),
            reserved: 0,
        };
        give(i64::from(result), stat, value)
    }

    pub unsafe fn fs_chdir(p: *const u8, len: u32) -> i32 {
        check(libc::chdir(path(p, len).as_ptr()))
    }

    pub unsafe fn fs_fchdir(fd: u32) -> i32 {
        check(libc::fchdir(fd as c_int))
    }

    pub unsafe fn fs_getcwd(buffer: *mut u8, len: u32, count: *mut u32) -> i32 {
        let mut found = [0u8; libc::PATH_MAX as usize];
        if libc::getcwd(found.as_mut_ptr().cast(), found.len()).is_null() {
            return errno();
        }
        text(found.split(|b| *b == 0).next().unwrap_or_default(), buffer, len, count)
    }

    pub unsafe fn fs_dup(fd: u32, at_least: u32, close_on_exec: u32, new: *mut u32) -> i32 {
        let how = if close_on_exec != 0 { libc::F_DUPFD_CLOEXEC } else { libc::F_DUPFD };
        let copy = libc::fcntl(fd as c_int, how, at_least as c_int);
        give(i64::from(copy), new, copy as u32)
    }

    pub unsafe fn fs_dup_to(fd: u32, to: u32, close_on_exec: u32) -> i32 {
        if fd == to {
            return check(libc::fcntl(fd as c_int, libc::F_GETFD));
        }
        check(libc::dup3(fd as c_int, to as c_int, if close_on_exec != 0 { libc::O_CLOEXEC } else { 0 }))
    }

    pub unsafe fn fs_close_on_exec_get(fd: u32, value: *mut u32) -> i32 {
        let flags = libc::fcntl(fd as c_int, libc::F_GETFD);
        give(i64::from(flags), value, flags as u32 & 1)
    }

    pub unsafe fn fs_close_on_exec_set(fd: u32, value: u32) -> i32 {
        check(libc::fcntl(fd as c_int, libc::F_SETFD, value as c_int))
    }

    pub unsafe fn fs_flags_get(fd: u32, flags: *mut u32) -> i32 {
        let found = libc::fcntl(fd as c_int, libc::F_GETFL);
        let mut out = match found & libc::O_ACCMODE {
            libc::O_RDWR => 3,
            libc::O_WRONLY => 2,
            _ => 1,
        };
        for (bit, flag) in [FLAGS[0], FLAGS[6]] {
            if found & flag != 0 {
                out |= bit;
            }
        }
        give(i64::from(found), flags, out)
    }

    pub unsafe fn fs_flags_set(fd: u32, flags: u32) -> i32 {
        check(libc::fcntl(fd as c_int, libc::F_SETFL, flags_in(flags)))
    }

    pub unsafe fn fs_lock_set(_fd: u32, _lock: *const Lock, _wait: u32) -> i32 {
        NOSYS
    }

    pub unsafe fn fs_lock_get(_fd: u32, _lock: *mut Lock) -> i32 {
        NOSYS
    }

    pub unsafe fn fs_pipe(flags: u32, fds: *mut [u32; 2]) -> i32 {
        let mut ends = [0; 2];
        let result = libc::pipe2(ends.as_mut_ptr(), flags_in(flags) & (libc::O_CLOEXEC | libc::O_NONBLOCK));
        give(i64::from(result), fds, [ends[0] as u32, ends[1] as u32])
    }

    pub unsafe fn fs_available(fd: u32, count: *mut u64) -> i32 {
        let mut n: c_int = 0;
        let result = libc::ioctl(fd as c_int, libc::FIONREAD, &mut n);
        give(i64::from(result), count, n as u64)
    }

    pub unsafe fn fs_watch_open(_flags: u32, _fd: *mut u32) -> i32 {
        NOSYS
    }

    pub unsafe fn fs_watch_add(_watch: u32, _path: *const u8, _len: u32, _events: u32, _number: *mut u32) -> i32 {
        NOSYS
    }

    pub unsafe fn fs_watch_remove(_watch: u32, _number: u32) -> i32 {
        NOSYS
    }

    const EVENTS: [(u16, i16); 6] = [
        (poll_events::READABLE, libc::POLLIN),
        (poll_events::WRITABLE, libc::POLLOUT),
        (poll_events::PRIORITY, libc::POLLPRI),
        (poll_events::ERROR, libc::POLLERR),
        (poll_events::HANGUP, libc::POLLHUP),
        (poll_events::INVALID, libc::POLLNVAL),
    ];

    pub unsafe fn poll(fds: *mut PollFd, len: u32, deadline: u64, ready: *mut u32) -> i32 {
        let asked: &mut [PollFd] = if len == 0 { &mut [] } else { std::slice::from_raw_parts_mut(fds, len as usize) };
        let mut list: Vec<libc::pollfd> = asked
            .iter()
            .map(|p| libc::pollfd {
                fd: p.fd as c_int,
                events: EVENTS.iter().filter(|(bit, _)| p.events & bit != 0).fold(0, |all, (_, e)| all | e),
                revents: 0,
            })
            .collect();
        let timeout = match deadline {
            u64::MAX => -1,
            deadline => deadline.saturating_sub(super::monotonic()).div_ceil(1_000_000).min(i32::MAX as u64) as c_int,
        };
        let count = libc::poll(list.as_mut_ptr(), len as libc::nfds_t, timeout);
        for (asked, found) in asked.iter_mut().zip(&list) {
            asked.revents = EVENTS.iter().filter(|(_, e)| found.revents & e != 0).fold(0, |all, (bit, _)| all | bit);
        }
        give(i64::from(count), ready, count as u32)
    }

    pub unsafe fn tty_open(_size: *const WindowSize, _fds: *mut [u32; 2]) -> i32 {
        NOSYS
    }

    pub unsafe fn tty_is(fd: u32) -> i32 {
        if libc::isatty(fd as c_int) == 1 { 0 } else { errno() }
    }

    pub unsafe fn tty_name(fd: u32, buffer: *mut u8, len: u32, count: *mut u32) -> i32 {
        let mut name = [0u8; 256];
        if libc::ttyname_r(fd as c_int, name.as_mut_ptr().cast(), name.len()) != 0 {
            return i32::from(Errno::NOTTY.raw());
        }
        text(name.split(|b| *b == 0).next().unwrap_or_default(), buffer, len, count)
    }

    /// In the order of the contract's flags.
    const INPUT: [libc::tcflag_t; 15] = [
        libc::BRKINT,
        libc::ICRNL,
        libc::IGNBRK,
        libc::IGNCR,
        libc::IGNPAR,
        libc::INLCR,
        libc::INPCK,
        libc::ISTRIP,
        libc::IXANY,
        libc::IXOFF,
        libc::IXON,
        libc::PARMRK,
        libc::IUTF8,
        libc::IMAXBEL,
        0o1000,
    ];
    const OUTPUT: [libc::tcflag_t; 7] =
        [libc::OPOST, libc::ONLCR, libc::OCRNL, libc::ONOCR, libc::ONLRET, libc::OLCUC, libc::OFILL];
    const LOCAL: [libc::tcflag_t; 12] = [
        libc::ECHO,
        libc::ECHOE,
        libc::ECHOK,
        libc::ECHONL,
        libc::ICANON,
        libc::IEXTEN,
        libc::ISIG,
        libc::NOFLSH,
        libc::TOSTOP,
        libc::ECHOCTL,
        libc::ECHOKE,
        libc::ECHOPRT,
    ];
    const CHARACTERS: [usize; 16] = [
        libc::VINTR,
        libc::VQUIT,
        libc::VERASE,
        libc::VKILL,
        libc::VEOF,
        libc::VEOL,
        libc::VSTART,
        libc::VSTOP,
        libc::VSUSP,
        libc::VMIN,
        libc::VTIME,
        libc::VEOL2,
        libc::VWERASE,
        libc::VREPRINT,
        libc::VLNEXT,
        libc::VDISCARD,
    ];

    fn pack(flags: libc::tcflag_t, order: &[libc::tcflag_t]) -> u32 {
        order.iter().enumerate().filter(|(_, f)| flags & **f != 0).fold(0, |all, (i, _)| all | 1 << i)
    }

    fn unpack(bits: u32, flags: libc::tcflag_t, order: &[libc::tcflag_t]) -> libc::tcflag_t {
        order.iter().enumerate().fold(flags, |flags, (i, f)| if bits & 1 << i != 0 { flags | f } else { flags & !f })
    }

    pub unsafe fn tty_attributes_get(fd: u32, attributes: *mut Termios) -> i32 {
        let mut found: libc::termios = std::mem::zeroed();
        let result = libc::tcgetattr(fd as c_int, &mut found);
        let value = Termios {
            input: pack(found.c_iflag, &INPUT),
            output: pack(found.c_oflag, &OUTPUT),
            local: pack(found.c_lflag, &LOCAL),
            control: found.c_cflag,
            speed: 38400,
            characters: CHARACTERS.map(|i| found.c_cc[i]),
        };
        give(i64::from(result), attributes, value)
    }

    pub unsafe fn tty_attributes_set(fd: u32, when: u32, attributes: *const Termios) -> i32 {
        let mut new: libc::termios = std::mem::zeroed();
        if libc::tcgetattr(fd as c_int, &mut new) < 0 {
            return errno();
        }
        new.c_iflag = unpack((*attributes).input, new.c_iflag, &INPUT);
        new.c_oflag = unpack((*attributes).output, new.c_oflag, &OUTPUT);
        new.c_lflag = unpack((*attributes).local, new.c_lflag, &LOCAL);
        for (i, c) in CHARACTERS.iter().zip((*attributes).characters) {
            new.c_cc[*i] = c;
        }
        check(libc::tcsetattr(fd as c_int, when as c_int, &new))
    }

    pub unsafe fn tty_size_get(fd: u32, size: *mut WindowSize) -> i32 {
        check(libc::ioctl(fd as c_int, libc::TIOCGWINSZ, size))
    }

    pub unsafe fn tty_size_set(fd: u32, size: *const WindowSize) -> i32 {
        check(libc::ioctl(fd as c_int, libc::TIOCSWINSZ, size))
    }

    pub unsafe fn tty_foreground_get(fd: u32, group: *mut u32) -> i32 {
        let found = libc::tcgetpgrp(fd as c_int);
        give(i64::from(found), group, found as u32)
    }

    pub unsafe fn tty_foreground_set(fd: u32, group: u32) -> i32 {
        check(libc::tcsetpgrp(fd as c_int, group as i32))
    }

    pub unsafe fn tty_session_get(fd: u32, session: *mut u32) -> i32 {
        let found = libc::tcgetsid(fd as c_int);
        give(i64::from(found), session, found as u32)
    }

    pub unsafe fn tty_controlling_set(fd: u32) -> i32 {
        check(libc::ioctl(fd as c_int, libc::TIOCSCTTY, 0))
    }

    pub unsafe fn tty_controlling_release() -> i32 {
        NOSYS
    }

    pub unsafe fn tty_flush(fd: u32, queue: u32) -> i32 {
        check(libc::tcflush(fd as c_int, queue as c_int))
    }

    pub unsafe fn tty_drain(fd: u32) -> i32 {
        check(libc::tcdrain(fd as c_int))
    }

    macro_rules! left_out {
        ($($name:ident($($arg:ident: $type:ty),*);)*) => {
            $(pub unsafe fn $name($(_: $type),*) -> i32 { NOSYS })*
        };
    }

    left_out! {
        net_socket(a: u32, b: u32, c: u32, d: *mut u32);
        net_socketpair(a: u32, b: u32, c: *mut [u32; 2]);
        net_bind(a: u32, b: *const Address);
        net_listen(a: u32, b: u32);
        net_accept(a: u32, b: u32, c: *mut u32, d: *mut Address);
        net_connect(a: u32, b: *const Address);
        net_send(a: u32, b: *const u8, c: u32, d: u32, e: *const Address, f: *const u32, g: u32, h: *mut u32);
        net_receive(a: u32, b: *mut u8, c: u32, d: u32, e: *mut u32, f: u32, g: *mut Received);
        net_shutdown(a: u32, b: u32);
        net_local_address(a: u32, b: *mut Address);
        net_peer_address(a: u32, b: *mut Address);
        net_option_get(a: u32, b: u32, c: *mut u64);
        net_option_set(a: u32, b: u32, c: u64);
        net_resolve(a: *const u8, b: u32, c: u32, d: *mut Address, e: u32, f: *mut u32);
        net_resolve_address(a: *const Address, b: *mut u8, c: u32, d: *mut u32);
    }
}
