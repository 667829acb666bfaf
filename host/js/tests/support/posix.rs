//! System calls of the machine the tests run on: for trying the executor without a kernel, and to tell its faults from the
//! kernel's. Only what files, standard streams, pipes and timers need.

use std::ffi::CString;
use std::os::fd::RawFd;
use std::sync::Arc;

use vivarium_js::Errno;
use vivarium_js::sys::*;

/// The calls, made by this very process.
#[derive(Debug)]
pub(crate) struct Posix {
    wake: (RawFd, RawFd),
}

type CStat = libc::stat64;

fn errno() -> Errno {
    Errno(std::io::Error::last_os_error().raw_os_error().unwrap_or(5))
}

fn check(value: i64) -> Result<i64> {
    if value < 0 { Err(errno()) } else { Ok(value) }
}

fn path(bytes: &[u8]) -> Result<CString> {
    CString::new(bytes).map_err(|_| Errno::INVAL)
}

fn status(raw: &CStat) -> Stat {
    let time = |seconds: i64, nanoseconds: i64| Timespec { seconds, nanoseconds: nanoseconds as u32 };
    let kind = match raw.st_mode & 0o170_000 {
        0o100_000 => FileKind::Regular,
        0o040_000 => FileKind::Directory,
        0o120_000 => FileKind::Symlink,
        0o020_000 => FileKind::CharacterDevice,
        0o010_000 => FileKind::Fifo,
        0o140_000 => FileKind::Socket,
        _ => FileKind::Unknown,
    };
    Stat {
        device: raw.st_dev,
        inode: raw.st_ino,
        kind,
        mode: raw.st_mode & 0o7777,
        links: raw.st_nlink,
        uid: raw.st_uid,
        gid: raw.st_gid,
        device_id: raw.st_rdev,
        size: raw.st_size as u64,
        blocks: raw.st_blocks as u64,
        block_size: raw.st_blksize as u32,
        accessed: time(raw.st_atime, raw.st_atime_nsec),
        modified: time(raw.st_mtime, raw.st_mtime_nsec),
        changed: time(raw.st_ctime, raw.st_ctime_nsec),
        created: time(raw.st_ctime, raw.st_ctime_nsec),
    }
}

impl Posix {
    pub(crate) fn new() -> Self {
        let mut fds = [0; 2];
        // SAFETY: two descriptors are written.
        unsafe { libc::pipe2(fds.as_mut_ptr(), libc::O_NONBLOCK | libc::O_CLOEXEC) };
        Self { wake: (fds[0], fds[1]) }
    }

    fn ready(fd: Fd, events: i16) -> bool {
        let mut poll = libc::pollfd { fd: fd as RawFd, events, revents: 0 };
        // SAFETY: one element.
        unsafe { libc::poll(&mut poll, 1, 0) > 0 }
    }
}

const UNSUPPORTED: Errno = Errno::NOSYS;

// SAFETY of every block below: plain libc calls on buffers whose lengths are passed with them.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Sys for Posix {
    fn open(&self, dir: Fd, name: &[u8], flags: u32, mode: u32) -> Result<Fd> {
        let dir = if dir == AT_CWD { libc::AT_FDCWD } else { dir as RawFd };
        Ok(check(i64::from(unsafe { libc::openat(dir, path(name)?.as_ptr(), flags as i32, mode) }))? as Fd)
    }
    fn close(&self, fd: Fd) -> Result<()> {
        check(i64::from(unsafe { libc::close(fd as RawFd) })).map(drop)
    }
    fn read(&self, fd: Fd, buffer: &mut [u8]) -> Result<usize> {
        Ok(check(unsafe { libc::read(fd as RawFd, buffer.as_mut_ptr().cast(), buffer.len()) } as i64)? as usize)
    }
    fn try_read(&self, fd: Fd, buffer: &mut [u8]) -> Result<usize> {
        if Self::ready(fd, libc::POLLIN) { self.read(fd, buffer) } else { Err(Errno::AGAIN) }
    }
    fn pread(&self, fd: Fd, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let read = unsafe { libc::pread(fd as RawFd, buffer.as_mut_ptr().cast(), buffer.len(), offset as i64) };
        Ok(check(read as i64)? as usize)
    }
    fn write(&self, fd: Fd, data: &[u8]) -> Result<usize> {
        Ok(check(unsafe { libc::write(fd as RawFd, data.as_ptr().cast(), data.len()) } as i64)? as usize)
    }
    fn try_write(&self, fd: Fd, data: &[u8]) -> Result<usize> {
        if Self::ready(fd, libc::POLLOUT) { self.write(fd, data) } else { Err(Errno::AGAIN) }
    }
    fn pwrite(&self, fd: Fd, offset: u64, data: &[u8]) -> Result<usize> {
        let written = unsafe { libc::pwrite(fd as RawFd, data.as_ptr().cast(), data.len(), offset as i64) };
        Ok(check(written as i64)? as usize)
    }
    fn fstat(&self, fd: Fd) -> Result<Stat> {
        let mut raw: CStat = unsafe { std::mem::zeroed() };
        check(i64::from(unsafe { libc::fstat64(fd as RawFd, &mut raw) }))?;
        Ok(status(&raw))
    }
    fn stat(&self, _dir: Fd, name: &[u8], follow: bool) -> Result<Stat> {
        let mut raw: CStat = unsafe { std::mem::zeroed() };
        let name = path(name)?;
        let result = unsafe {
            if follow { libc::stat64(name.as_ptr(), &mut raw) } else { libc::lstat64(name.as_ptr(), &mut raw) }
        };
        check(i64::from(result))?;
        Ok(status(&raw))
    }
    fn access(&self, _dir: Fd, name: &[u8], mode: u32) -> Result<()> {
        check(i64::from(unsafe { libc::access(path(name)?.as_ptr(), mode as i32) })).map(drop)
    }
    fn set_times(&self, name: &[u8], follow: bool, accessed: SetTime, modified: SetTime) -> Result<()> {
        let times = [accessed, modified].map(timespec);
        let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        let result = unsafe { libc::utimensat(libc::AT_FDCWD, path(name)?.as_ptr(), times.as_ptr(), flags) };
        check(i64::from(result)).map(drop)
    }
    fn fset_times(&self, fd: Fd, accessed: SetTime, modified: SetTime) -> Result<()> {
        let times = [accessed, modified].map(timespec);
        check(i64::from(unsafe { libc::futimens(fd as RawFd, times.as_ptr()) })).map(drop)
    }
    fn chmod(&self, name: &[u8], mode: u32) -> Result<()> {
        check(i64::from(unsafe { libc::chmod(path(name)?.as_ptr(), mode) })).map(drop)
    }
    fn fchmod(&self, fd: Fd, mode: u32) -> Result<()> {
        check(i64::from(unsafe { libc::fchmod(fd as RawFd, mode) })).map(drop)
    }
    fn chown(&self, name: &[u8], follow: bool, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
        let (uid, gid) = (uid.unwrap_or(u32::MAX), gid.unwrap_or(u32::MAX));
        let name = path(name)?;
        let result = unsafe {
            if follow { libc::chown(name.as_ptr(), uid, gid) } else { libc::lchown(name.as_ptr(), uid, gid) }
        };
        check(i64::from(result)).map(drop)
    }
    fn fchown(&self, fd: Fd, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
        let (uid, gid) = (uid.unwrap_or(u32::MAX), gid.unwrap_or(u32::MAX));
        check(i64::from(unsafe { libc::fchown(fd as RawFd, uid, gid) })).map(drop)
    }
    fn ftruncate(&self, fd: Fd, length: u64) -> Result<()> {
        check(i64::from(unsafe { libc::ftruncate(fd as RawFd, length as i64) })).map(drop)
    }
    fn sync(&self, fd: Fd, _data_only: bool) -> Result<()> {
        check(i64::from(unsafe { libc::fsync(fd as RawFd) })).map(drop)
    }
    fn mkdir(&self, name: &[u8], mode: u32) -> Result<()> {
        check(i64::from(unsafe { libc::mkdir(path(name)?.as_ptr(), mode) })).map(drop)
    }
    fn symlink(&self, target: &[u8], name: &[u8]) -> Result<()> {
        check(i64::from(unsafe { libc::symlink(path(target)?.as_ptr(), path(name)?.as_ptr()) })).map(drop)
    }
    fn readlink(&self, name: &[u8]) -> Result<Vec<u8>> {
        let mut buffer = vec![0; 4096];
        let length = unsafe { libc::readlink(path(name)?.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
        buffer.truncate(check(length as i64)? as usize);
        Ok(buffer)
    }
    fn link(&self, old: &[u8], new: &[u8]) -> Result<()> {
        check(i64::from(unsafe { libc::link(path(old)?.as_ptr(), path(new)?.as_ptr()) })).map(drop)
    }
    fn unlink(&self, name: &[u8]) -> Result<()> {
        check(i64::from(unsafe { libc::unlink(path(name)?.as_ptr()) })).map(drop)
    }
    fn rmdir(&self, name: &[u8]) -> Result<()> {
        check(i64::from(unsafe { libc::rmdir(path(name)?.as_ptr()) })).map(drop)
    }
    fn rename(&self, old: &[u8], new: &[u8]) -> Result<()> {
        check(i64::from(unsafe { libc::rename(path(old)?.as_ptr(), path(new)?.as_ptr()) })).map(drop)
    }
    fn readdir(&self, fd: Fd, cookie: u64, _count: usize) -> Result<Vec<Entry>> {
        // All at once, by the name the descriptor has.
        if cookie > 0 {
            return Ok(Vec::new());
        }
        use std::os::unix::ffi::OsStringExt;
        let list = std::fs::read_dir(format!("/proc/self/fd/{fd}")).map_err(|_| Errno::NOTDIR)?;
        Ok(list
            .flatten()
            .map(|entry| {
                let kind = match entry.file_type() {
                    Ok(kind) if kind.is_dir() => FileKind::Directory,
                    Ok(kind) if kind.is_symlink() => FileKind::Symlink,
                    Ok(kind) if kind.is_file() => FileKind::Regular,
                    _ => FileKind::Unknown,
                };
                Entry { kind, name: entry.file_name().into_vec(), next: 1 }
            })
            .collect())
    }
    fn realpath(&self, name: &[u8]) -> Result<Vec<u8>> {
        let mut buffer = vec![0_u8; 4097];
        let real = unsafe { libc::realpath(path(name)?.as_ptr(), buffer.as_mut_ptr().cast()) };
        if real.is_null() {
            return Err(errno());
        }
        buffer.truncate(buffer.iter().position(|byte| *byte == 0).unwrap_or(0));
        Ok(buffer)
    }
    fn statfs(&self, _name: &[u8]) -> Result<StatFs> {
        Err(UNSUPPORTED)
    }
    fn chdir(&self, name: &[u8]) -> Result<()> {
        check(i64::from(unsafe { libc::chdir(path(name)?.as_ptr()) })).map(drop)
    }
    fn getcwd(&self) -> Result<Vec<u8>> {
        use std::os::unix::ffi::OsStringExt;
        std::env::current_dir().map(|path| path.into_os_string().into_vec()).map_err(|_| Errno::NOENT)
    }
    fn umask(&self, mask: u32) -> Result<u32> {
        Ok(unsafe { libc::umask(mask) })
    }
    fn pipe(&self) -> Result<(Fd, Fd)> {
        let mut fds = [0; 2];
        check(i64::from(unsafe { libc::pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC) }))?;
        Ok((fds[0] as Fd, fds[1] as Fd))
    }
    fn watch_open(&self) -> Result<Fd> {
        Err(UNSUPPORTED)
    }
    fn watch_add(&self, _watch: Fd, _path: &[u8], _events: u32) -> Result<u32> {
        Err(UNSUPPORTED)
    }
    fn poll(&self, fds: &mut [PollFd], deadline: Option<u64>) -> Result<usize> {
        let mut polls: Vec<libc::pollfd> = fds
            .iter()
            .map(|poll| {
                let mut events = 0;
                if poll.events.readable {
                    events |= libc::POLLIN;
                }
                if poll.events.writable {
                    events |= libc::POLLOUT;
                }
                libc::pollfd { fd: poll.fd as RawFd, events, revents: 0 }
            })
            .collect();
        polls.push(libc::pollfd { fd: self.wake.0, events: libc::POLLIN, revents: 0 });
        let timeout = match deadline {
            None => -1,
            Some(deadline) => deadline.saturating_sub(self.monotonic()).div_ceil(1_000_000) as i32,
        };
        check(i64::from(unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as u64, timeout) }))?;
        let mut drain = [0_u8; 64];
        unsafe { libc::read(self.wake.0, drain.as_mut_ptr().cast(), drain.len()) };
        let mut count = 0;
        for (poll, raw) in fds.iter_mut().zip(&polls) {
            poll.events = Events {
                readable: raw.revents & libc::POLLIN != 0,
                writable: raw.revents & libc::POLLOUT != 0,
                error: raw.revents & libc::POLLERR != 0,
                hangup: raw.revents & libc::POLLHUP != 0,
                invalid: raw.revents & libc::POLLNVAL != 0,
            };
            count += usize::from(!poll.events.is_empty());
        }
        Ok(count)
    }
    fn waker(&self) -> Waker {
        let fd = self.wake.1;
        Arc::new(move || {
            unsafe { libc::write(fd, b"w".as_ptr().cast(), 1) };
        })
    }
    fn is_terminal(&self, fd: Fd) -> bool {
        unsafe { libc::isatty(fd as RawFd) == 1 }
    }
    fn window_size(&self, _fd: Fd) -> Result<WindowSize> {
        Ok(WindowSize { columns: 80, rows: 24 })
    }
    fn set_terminal_mode(&self, _fd: Fd, _mode: TerminalMode) -> Result<()> {
        Err(UNSUPPORTED)
    }
    fn spawn(&self, _spawn: &Spawn) -> Result<Pid> {
        Err(UNSUPPORTED)
    }
    fn exec(&self, _path: &[u8], _arguments: &[Vec<u8>], _environment: &[Vec<u8>]) -> Errno {
        UNSUPPORTED
    }
    fn try_wait(&self, _pid: Pid) -> Result<Option<Ended>> {
        Err(UNSUPPORTED)
    }
    fn kill(&self, _target: KillTarget, _signal: u8) -> Result<()> {
        Err(UNSUPPORTED)
    }
    fn signal_action(&self, _signal: u8, _disposition: Disposition) -> Result<()> {
        Ok(())
    }
    fn signal_take(&self) -> Result<Option<u8>> {
        Ok(None)
    }
    fn ids(&self) -> Ids {
        Ids { pid: std::process::id(), parent: 1, ..Ids::default() }
    }
    fn set_ids(&self, _uid: Option<u32>, _euid: Option<u32>, _gid: Option<u32>, _egid: Option<u32>) -> Result<()> {
        Err(UNSUPPORTED)
    }
    fn nice(&self, _pid: Pid) -> Result<i32> {
        Ok(0)
    }
    fn set_nice(&self, _pid: Pid, _value: i32) -> Result<()> {
        Ok(())
    }
    fn usage(&self) -> Usage {
        Usage::default()
    }
    fn hostname(&self) -> Result<Vec<u8>> {
        Ok(b"vivarium".to_vec())
    }
    fn set_title(&self, _title: &[u8]) {}
    fn is_gone(&self) -> bool {
        false
    }
    fn task(&self) -> Result<Box<dyn Sys>> {
        Ok(Box::new(Self::new()))
    }
    fn monotonic(&self) -> u64 {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    }
    fn random(&self, buffer: &mut [u8]) -> Result<()> {
        for part in buffer.chunks_mut(256) {
            check(unsafe { libc::getrandom(part.as_mut_ptr().cast(), part.len(), 0) } as i64)?;
        }
        Ok(())
    }
    fn socket(&self, _family: Family, _kind: SocketKind) -> Result<Fd> {
        Err(UNSUPPORTED)
    }
    fn socketpair(&self) -> Result<(Fd, Fd)> {
        Err(UNSUPPORTED)
    }
    fn bind(&self, _fd: Fd, _address: &Address) -> Result<()> {
        Err(UNSUPPORTED)
    }
    fn listen(&self, _fd: Fd, _backlog: u32) -> Result<()> {
        Err(UNSUPPORTED)
    }
    fn accept(&self, _fd: Fd) -> Result<(Fd, Address)> {
        Err(UNSUPPORTED)
    }
    fn connect(&self, _fd: Fd, _address: &Address) -> Result<()> {
        Err(UNSUPPORTED)
    }
    fn send(&self, _fd: Fd, _data: &[u8], _to: Option<&Address>, _descriptors: &[Fd]) -> Result<usize> {
        Err(UNSUPPORTED)
    }
    fn receive(&self, _fd: Fd, _buffer: &mut [u8]) -> Result<Message> {
        Err(UNSUPPORTED)
    }
    fn shutdown(&self, _fd: Fd, _how: Shutdown) -> Result<()> {
        Err(UNSUPPORTED)
    }
    fn local_address(&self, _fd: Fd) -> Result<Address> {
        Err(UNSUPPORTED)
    }
    fn peer_address(&self, _fd: Fd) -> Result<Address> {
        Err(UNSUPPORTED)
    }
    fn socket_kind(&self, _fd: Fd) -> Result<(Family, SocketKind)> {
        Ok((Family::Unix, SocketKind::Stream))
    }
    fn get_option(&self, _fd: Fd, _option: SocketOption) -> Result<u64> {
        Err(UNSUPPORTED)
    }
    fn set_option(&self, _fd: Fd, _option: SocketOption, _value: u64) -> Result<()> {
        Err(UNSUPPORTED)
    }
    fn resolve(&self, _name: &str, _family: Option<Family>) -> Result<Vec<std::net::IpAddr>> {
        Err(UNSUPPORTED)
    }
    fn resolve_address(&self, _address: std::net::IpAddr) -> Result<String> {
        Err(UNSUPPORTED)
    }
}

fn timespec(time: SetTime) -> libc::timespec {
    match time {
        SetTime::Omit => libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_OMIT },
        SetTime::At(time) => libc::timespec { tv_sec: time.seconds, tv_nsec: i64::from(time.nanoseconds) },
    }
}
