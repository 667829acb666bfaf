//! [`Sys`] over a task of a Vivarium kernel.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake};

use vivarium_runner::memory::MemoryShare;
use vivarium_runner::{self as runner, Fault, Task, fs, net, proc, pty};

use crate::Errno;
use crate::sys::{self, *};

/// The system calls of one task, made on a thread of its own.
pub(crate) struct TaskSys {
    task: Task,
    gone: Cell<bool>,
    /// Nanoseconds of this thread's time that the kernel knows of.
    time_reported: Cell<u64>,
    /// What the program has taken of the machine's memory.
    memory: Option<RefCell<MemoryShare>>,
    /// The same of all threads of the process together.
    process_memory: Arc<AtomicUsize>,
    woken: RefCell<Option<Arc<Woken>>>,
    /// Attributes terminals had before they were changed.
    terminals: RefCell<HashMap<Fd, pty::Attributes>>,
}

/// Interrupts running JavaScript when the kernel wakes its task.
struct Woken(Waker);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

impl TaskSys {
    /// The calls of a task that has a thread to itself from now on, and the memory of the whole process if that is its own.
    pub(crate) fn new(task: Task, memory: Option<MemoryShare>) -> Self {
        let memory = memory.map(RefCell::new);
        Self {
            task,
            gone: Cell::new(false),
            time_reported: Cell::new(0),
            memory,
            process_memory: Arc::default(),
            woken: RefCell::default(),
            terminals: RefCell::default(),
        }
    }

    fn result<T>(&self, result: Result<T, runner::Fault>) -> sys::Result<T> {
        result.map_err(|fault| match fault {
            Fault::Errno(errno) => errno_of(errno),
            Fault::Blocked => Errno::AGAIN,
            Fault::Gone => {
                self.gone.set(true);
                Errno::SRCH
            }
        })
    }

    /// A call that answers at once.
    fn call<T>(&self, call: impl FnOnce(&Task) -> Result<T, Fault>) -> sys::Result<T> {
        self.result(call(&self.task))
    }

    /// A call that may have to be waited for.
    fn wait<T>(&self, deadline: Option<u64>, call: impl FnMut(&Task) -> Result<T, Fault>) -> sys::Result<T> {
        let result = self.task.wait_blocking(deadline, call);
        self.listen();
        self.result(result.map_err(|stop| match stop {
            runner::Stop::Errno(errno) => Fault::Errno(errno),
            runner::Stop::Gone => Fault::Gone,
        }))
    }

    /// Takes the time this thread has used that the kernel does not know of, in nanoseconds.
    fn take_time(&self) -> u64 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        let used = now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64;
        used.saturating_sub(self.time_reported.replace(used))
    }

    /// Tells the kernel what was used without looking for a signal.
    fn account(&self) {
        let memory = self.process_memory.load(Ordering::Relaxed);
        // A process that is gone needs no account.
        let _ = self.task.account(self.take_time(), memory as u64);
    }

    /// Has the next wake interrupt JavaScript: sleeping has replaced what was to be called.
    fn listen(&self) {
        let Some(woken) = self.woken.borrow().clone() else { return };
        let waker = std::task::Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        if pin!(self.task.parker().park()).poll(&mut context).is_ready() {
            // It came already; it is to be seen by who runs next.
            self.task.parker().wake();
        }
    }
}

impl Drop for TaskSys {
    fn drop(&mut self) {
        let memory = self.memory.as_ref().map_or(0, |memory| memory.borrow().used());
        self.process_memory.fetch_sub(memory, Ordering::Relaxed);
    }
}

/// The kernel's error numbers, each at its own place, beside Node's.
const ERRNOS: [(runner::Errno, Errno); 77] = {
    use runner::Errno as E;
    [
        (E::Success, Errno(0)),
        (E::Toobig, Errno::TOOBIG),
        (E::Acces, Errno::ACCES),
        (E::Addrinuse, Errno::ADDRINUSE),
        (E::Addrnotavail, Errno::ADDRNOTAVAIL),
        (E::Afnosupport, Errno::AFNOSUPPORT),
        (E::Again, Errno::AGAIN),
        (E::Already, Errno::ALREADY),
        (E::Badf, Errno::BADF),
        (E::Badmsg, Errno(74)),
        (E::Busy, Errno::BUSY),
        (E::Canceled, Errno::CANCELED),
        (E::Child, Errno::CHILD),
        (E::Connaborted, Errno::CONNABORTED),
        (E::Connrefused, Errno::CONNREFUSED),
        (E::Connreset, Errno::CONNRESET),
        (E::Deadlk, Errno(35)),
        (E::Destaddrreq, Errno::DESTADDRREQ),
        (E::Dom, Errno(33)),
        (E::Dquot, Errno(122)),
        (E::Exist, Errno::EXIST),
        (E::Fault, Errno::FAULT),
        (E::Fbig, Errno::FBIG),
        (E::Hostunreach, Errno::HOSTUNREACH),
        (E::Idrm, Errno(43)),
        (E::Ilseq, Errno::ILSEQ),
        (E::Inprogress, Errno::INPROGRESS),
        (E::Intr, Errno::INTR),
        (E::Inval, Errno::INVAL),
        (E::Io, Errno::IO),
        (E::Isconn, Errno::ISCONN),
        (E::Isdir, Errno::ISDIR),
        (E::Loop, Errno::LOOP),
        (E::Mfile, Errno::MFILE),
        (E::Mlink, Errno::MLINK),
        (E::Msgsize, Errno::MSGSIZE),
        (E::Multihop, Errno(72)),
        (E::Nametoolong, Errno::NAMETOOLONG),
        (E::Netdown, Errno::NETDOWN),
        (E::Netreset, Errno(102)),
        (E::Netunreach, Errno::NETUNREACH),
        (E::Nfile, Errno::NFILE),
        (E::Nobufs, Errno::NOBUFS),
        (E::Nodev, Errno::NODEV),
        (E::Noent, Errno::NOENT),
        (E::Noexec, Errno::NOEXEC),
        (E::Nolck, Errno::NOLCK),
        (E::Nolink, Errno(67)),
        (E::Nomem, Errno::NOMEM),
        (E::Nomsg, Errno(42)),
        (E::Noprotoopt, Errno::NOPROTOOPT),
        (E::Nospc, Errno::NOSPC),
        (E::Nosys, Errno::NOSYS),
        (E::Notconn, Errno::NOTCONN),
        (E::Notdir, Errno::NOTDIR),
        (E::Notempty, Errno::NOTEMPTY),
        (E::Notrecoverable, Errno(131)),
        (E::Notsock, Errno::NOTSOCK),
        (E::Notsup, Errno::NOTSUP),
        (E::Notty, Errno::NOTTY),
        (E::Nxio, Errno::NXIO),
        (E::Overflow, Errno::OVERFLOW),
        (E::Ownerdead, Errno(130)),
        (E::Perm, Errno::PERM),
        (E::Pipe, Errno::PIPE),
        (E::Proto, Errno::PROTO),
        (E::Protonosupport, Errno::PROTONOSUPPORT),
        (E::Prototype, Errno::PROTOTYPE),
        (E::Range, Errno::RANGE),
        (E::Rofs, Errno::ROFS),
        (E::Spipe, Errno::SPIPE),
        (E::Srch, Errno::SRCH),
        (E::Stale, Errno(116)),
        (E::Timedout, Errno::TIMEDOUT),
        (E::Txtbsy, Errno::TXTBSY),
        (E::Xdev, Errno::XDEV),
        (E::Notcapable, Errno::PERM),
    ]
};

fn errno_of(errno: runner::Errno) -> Errno {
    ERRNOS[errno as usize].1
}

/// An error number that came as a plain number, 0 where there was no error.
fn errno_numbered(number: u64) -> u64 {
    let errno = usize::try_from(number).ok().and_then(|number| ERRNOS.get(number));
    errno.map_or(number, |(_, errno)| errno.0 as u64)
}

fn open_flags(flags: u32) -> fs::OpenFlags {
    let mut result = match flags & 3 {
        open::WRONLY => fs::OpenFlags::WRITE,
        open::RDWR => fs::OpenFlags::READ | fs::OpenFlags::WRITE,
        _ => fs::OpenFlags::READ,
    };
    let map = [
        (open::CREAT, fs::OpenFlags::CREATE),
        (open::EXCL, fs::OpenFlags::EXCLUSIVE),
        (open::NOCTTY, fs::OpenFlags::NO_CONTROLLING_TERMINAL),
        (open::TRUNC, fs::OpenFlags::TRUNCATE),
        (open::APPEND, fs::OpenFlags::APPEND),
        (open::NONBLOCK, fs::OpenFlags::NONBLOCK),
        (open::DIRECTORY, fs::OpenFlags::DIRECTORY),
        (open::NOFOLLOW, fs::OpenFlags::NO_FOLLOW),
        (open::CLOEXEC, fs::OpenFlags::CLOSE_ON_EXEC),
    ];
    for (bit, flag) in map {
        if flags & bit != 0 {
            result |= flag;
        }
    }
    result
}

fn kind_of(kind: runner::FileKind) -> FileKind {
    match kind {
        runner::FileKind::Unknown => FileKind::Unknown,
        runner::FileKind::Regular => FileKind::Regular,
        runner::FileKind::Directory => FileKind::Directory,
        runner::FileKind::Symlink => FileKind::Symlink,
        runner::FileKind::CharacterDevice => FileKind::CharacterDevice,
        runner::FileKind::BlockDevice => FileKind::BlockDevice,
        runner::FileKind::Fifo => FileKind::Fifo,
        runner::FileKind::Socket => FileKind::Socket,
    }
}

fn stat_of(stat: &runner::FileStat) -> Stat {
    let time = |time: runner::Timespec| Timespec { seconds: time.seconds, nanoseconds: time.nanoseconds };
    Stat {
        device: stat.device,
        inode: stat.inode,
        kind: kind_of(stat.kind),
        mode: stat.mode,
        links: stat.links,
        uid: stat.uid,
        gid: stat.gid,
        device_id: stat.device_id,
        size: stat.size,
        blocks: stat.blocks,
        block_size: stat.block_size,
        accessed: time(stat.accessed),
        modified: time(stat.modified),
        changed: time(stat.changed),
        created: time(stat.created),
    }
}

fn set_time(time: SetTime) -> fs::SetTime {
    match time {
        SetTime::Omit => fs::SetTime::Omit,
        SetTime::At(time) => fs::SetTime::At(runner::Timespec { seconds: time.seconds, nanoseconds: time.nanoseconds }),
    }
}

fn to_address(address: &Address) -> net::Address {
    match address {
        Address::Unspecified => net::Address::Unspecified,
        Address::Inet(SocketAddr::V4(address)) => net::Address::Ipv4((u32::from(*address.ip()), address.port())),
        Address::Inet(SocketAddr::V6(address)) => {
            net::Address::Ipv6((address.ip().octets().to_vec(), address.port(), address.scope_id()))
        }
        Address::Unix(path) => net::Address::Unix(path.clone()),
    }
}

fn from_address(address: net::Address) -> Address {
    match address {
        net::Address::Unspecified => Address::Unspecified,
        net::Address::Ipv4((ip, port)) => Address::Inet(SocketAddrV4::new(Ipv4Addr::from(ip), port).into()),
        net::Address::Ipv6((ip, port, scope)) => {
            let ip: [u8; 16] = ip.try_into().unwrap_or([0; 16]);
            Address::Inet(SocketAddrV6::new(Ipv6Addr::from(ip), port, 0, scope).into())
        }
        net::Address::Unix(path) => Address::Unix(path),
    }
}

fn to_family(family: Family) -> net::Family {
    match family {
        Family::Ipv4 => net::Family::Ipv4,
        Family::Ipv6 => net::Family::Ipv6,
        Family::Unix => net::Family::Unix,
    }
}

fn to_option(option: SocketOption) -> net::SocketOption {
    match option {
        SocketOption::ReuseAddress => net::SocketOption::ReuseAddress,
        SocketOption::ReusePort => net::SocketOption::ReusePort,
        SocketOption::KeepAlive => net::SocketOption::KeepAlive,
        SocketOption::NoDelay => net::SocketOption::NoDelay,
        SocketOption::Broadcast => net::SocketOption::Broadcast,
        SocketOption::SendBuffer => net::SocketOption::SendBuffer,
        SocketOption::ReceiveBuffer => net::SocketOption::ReceiveBuffer,
        SocketOption::Linger => net::SocketOption::Linger,
        SocketOption::Ipv6Only => net::SocketOption::Ipv6Only,
        SocketOption::Error => net::SocketOption::Error,
        SocketOption::MulticastTtl => net::SocketOption::MulticastTtl,
        SocketOption::MulticastLoop => net::SocketOption::MulticastLoop,
        SocketOption::Ttl => net::SocketOption::Ttl,
        SocketOption::KeepIdle => net::SocketOption::KeepIdle,
    }
}

/// The environment entry that says where programs are searched when the child's own does not.
const DEFAULT_SEARCH: &[u8] = b"/usr/local/bin:/usr/bin:/bin";

impl TaskSys {
    /// The paths a program name stands for (execvp()).
    fn candidates(spawn: &Spawn) -> Vec<Vec<u8>> {
        if spawn.path.contains(&b'/') {
            return vec![spawn.path.clone()];
        }
        let search = if spawn.search.is_empty() { DEFAULT_SEARCH } else { &spawn.search };
        search
            .split(|byte| *byte == b':')
            .map(|directory| {
                let directory = if directory.is_empty() { b"." } else { directory };
                [directory, b"/", spawn.path.as_slice()].concat()
            })
            .collect()
    }
}

impl Sys for TaskSys {
    fn open(&self, dir: Fd, path: &[u8], flags: u32, mode: u32) -> sys::Result<Fd> {
        let flags = open_flags(flags);
        self.wait(None, |task| task.open(dir, path, flags, mode))
    }

    fn close(&self, fd: Fd) -> sys::Result<()> {
        self.terminals.borrow_mut().remove(&fd);
        self.call(|task| task.close(fd))
    }

    fn read(&self, fd: Fd, buffer: &mut [u8]) -> sys::Result<usize> {
        self.wait(None, |task| task.read(fd, buffer))
    }

    fn try_read(&self, fd: Fd, buffer: &mut [u8]) -> sys::Result<usize> {
        self.call(|task| task.read(fd, buffer))
    }

    fn pread(&self, fd: Fd, offset: u64, buffer: &mut [u8]) -> sys::Result<usize> {
        self.wait(None, |task| task.pread(fd, buffer, offset))
    }

    fn write(&self, fd: Fd, data: &[u8]) -> sys::Result<usize> {
        self.wait(None, |task| task.write(fd, data))
    }

    fn try_write(&self, fd: Fd, data: &[u8]) -> sys::Result<usize> {
        self.call(|task| task.write(fd, data))
    }

    fn pwrite(&self, fd: Fd, offset: u64, data: &[u8]) -> sys::Result<usize> {
        self.wait(None, |task| task.pwrite(fd, data, offset))
    }

    fn fstat(&self, fd: Fd) -> sys::Result<Stat> {
        self.call(|task| task.fstat(fd)).map(|stat| stat_of(&stat))
    }

    fn stat(&self, dir: Fd, path: &[u8], follow: bool) -> sys::Result<Stat> {
        if path.is_empty() {
            return Err(Errno::NOENT);
        }
        self.call(|task| task.stat(dir, path, follow)).map(|stat| stat_of(&stat))
    }

    fn access(&self, dir: Fd, path: &[u8], mode: u32) -> sys::Result<()> {
        let mut flags = fs::AccessMode::empty();
        for (bit, flag) in [(4, fs::AccessMode::READ), (2, fs::AccessMode::WRITE), (1, fs::AccessMode::EXECUTE)] {
            if mode & bit != 0 {
                flags |= flag;
            }
        }
        self.call(|task| task.access(dir, path, flags, false))
    }

    fn set_times(&self, path: &[u8], follow: bool, accessed: SetTime, modified: SetTime) -> sys::Result<()> {
        self.call(|task| task.set_times(AT_CWD, path, follow, set_time(accessed), set_time(modified)))
    }

    fn fset_times(&self, fd: Fd, accessed: SetTime, modified: SetTime) -> sys::Result<()> {
        self.call(|task| task.fset_times(fd, set_time(accessed), set_time(modified)))
    }

    fn chmod(&self, path: &[u8], mode: u32) -> sys::Result<()> {
        self.call(|task| task.chmod(AT_CWD, path, true, mode))
    }

    fn fchmod(&self, fd: Fd, mode: u32) -> sys::Result<()> {
        self.call(|task| task.fchmod(fd, mode))
    }

    fn chown(&self, path: &[u8], follow: bool, uid: Option<u32>, gid: Option<u32>) -> sys::Result<()> {
        self.call(|task| task.chown(AT_CWD, path, follow, uid, gid))
    }

    fn fchown(&self, fd: Fd, uid: Option<u32>, gid: Option<u32>) -> sys::Result<()> {
        self.call(|task| task.fchown(fd, uid, gid))
    }

    fn ftruncate(&self, fd: Fd, length: u64) -> sys::Result<()> {
        self.call(|task| task.ftruncate(fd, length))
    }

    fn sync(&self, fd: Fd, data_only: bool) -> sys::Result<()> {
        self.call(|task| task.sync(fd, data_only))
    }

    fn mkdir(&self, path: &[u8], mode: u32) -> sys::Result<()> {
        self.call(|task| task.mkdir(AT_CWD, path, mode))
    }

    fn symlink(&self, target: &[u8], path: &[u8]) -> sys::Result<()> {
        self.call(|task| task.symlink(target, AT_CWD, path))
    }

    fn readlink(&self, path: &[u8]) -> sys::Result<Vec<u8>> {
        self.call(|task| task.readlink(AT_CWD, path))
    }

    fn link(&self, old: &[u8], new: &[u8]) -> sys::Result<()> {
        self.call(|task| task.link(AT_CWD, old, false, AT_CWD, new))
    }

    fn unlink(&self, path: &[u8]) -> sys::Result<()> {
        self.call(|task| task.unlink(AT_CWD, path))
    }

    fn rmdir(&self, path: &[u8]) -> sys::Result<()> {
        self.call(|task| task.rmdir(AT_CWD, path))
    }

    fn rename(&self, old: &[u8], new: &[u8]) -> sys::Result<()> {
        self.call(|task| task.rename(AT_CWD, old, AT_CWD, new, fs::RenameMode::Replace))
    }

    fn readdir(&self, fd: Fd, cookie: u64, count: usize) -> sys::Result<Vec<Entry>> {
        let mut cookie = cookie;
        loop {
            // `.` and `..` are not wanted, and may be all there is in one answer.
            let entries = self.call(|task| task.readdir(fd, cookie, count as u32 + 2))?;
            let Some(last) = entries.last() else { return Ok(Vec::new()) };
            cookie = last.next;
            let wanted: Vec<Entry> = entries
                .into_iter()
                .filter(|entry| entry.name != b"." && entry.name != b"..")
                .map(|entry| Entry { kind: kind_of(entry.kind), name: entry.name, next: entry.next })
                .collect();
            if !wanted.is_empty() {
                return Ok(wanted);
            }
        }
    }

    fn realpath(&self, path: &[u8]) -> sys::Result<Vec<u8>> {
        self.call(|task| task.realpath(AT_CWD, path))
    }

    fn statfs(&self, path: &[u8]) -> sys::Result<StatFs> {
        let stat = self.call(|task| task.statfs(AT_CWD, path))?;
        Ok(StatFs {
            kind: 0,
            block_size: u64::from(stat.block_size),
            blocks: stat.blocks,
            blocks_free: stat.blocks_free,
            blocks_available: stat.blocks_free,
            files: stat.files,
            files_free: stat.files_free,
        })
    }

    fn chdir(&self, path: &[u8]) -> sys::Result<()> {
        self.call(|task| task.chdir(path))
    }

    fn getcwd(&self) -> sys::Result<Vec<u8>> {
        self.call(Task::getcwd)
    }

    fn umask(&self, mask: u32) -> sys::Result<u32> {
        self.call(|task| task.umask(mask))
    }

    fn pipe(&self) -> sys::Result<(Fd, Fd)> {
        self.call(|task| task.pipe(fs::OpenFlags::CLOSE_ON_EXEC))
    }

    fn watch_open(&self) -> sys::Result<Fd> {
        self.call(|task| task.watch_open(fs::OpenFlags::CLOSE_ON_EXEC))
    }

    fn watch_add(&self, watch: Fd, path: &[u8], events: u32) -> sys::Result<u32> {
        let map = [
            (0x2, fs::WatchEvents::MODIFY),
            (0x4, fs::WatchEvents::ATTRIB),
            (0x8, fs::WatchEvents::CLOSE_WRITE),
            (0x40, fs::WatchEvents::MOVE_FROM),
            (0x80, fs::WatchEvents::MOVE_TO),
            (0x100, fs::WatchEvents::CREATE),
            (0x200, fs::WatchEvents::DELETE),
            (0x400, fs::WatchEvents::DELETE_SELF),
            (0x800, fs::WatchEvents::MOVE_SELF),
        ];
        let mut wanted = fs::WatchEvents::empty();
        for (bit, event) in map {
            if events & bit != 0 {
                wanted |= event;
            }
        }
        self.call(|task| task.watch_add(watch, path, wanted))
    }

    fn poll(&self, fds: &mut [PollFd], deadline: Option<u64>) -> sys::Result<usize> {
        use runner::poll;
        let asked: Vec<poll::PollFd> = fds
            .iter()
            .map(|fd| {
                let mut events = poll::Events::empty();
                if fd.events.readable {
                    events |= poll::Events::READABLE;
                }
                if fd.events.writable {
                    events |= poll::Events::WRITABLE;
                }
                poll::PollFd { fd: fd.fd, events }
            })
            .collect();
        let first = self.task.parker().take();
        let ready = match self.task.poll(&asked, if first { Some(0) } else { deadline }) {
            Err(Fault::Blocked) => {
                // One sleep only: who was woken by another thread has something else to look at.
                self.task.parker().park_thread_until(deadline);
                self.task.parker().take();
                self.task.poll(&asked, Some(0))
            }
            other => other,
        };
        self.listen();
        let ready = self.result(ready)?;
        for fd in fds.iter_mut() {
            let events = ready.iter().find(|ready| ready.fd == fd.fd).map(|ready| ready.events);
            let events = events.unwrap_or(poll::Events::empty());
            fd.events = Events {
                readable: events.contains(poll::Events::READABLE),
                writable: events.contains(poll::Events::WRITABLE),
                error: events.contains(poll::Events::ERROR),
                hangup: events.contains(poll::Events::HANGUP),
                invalid: events.contains(poll::Events::INVALID),
            };
        }
        Ok(ready.len())
    }

    fn waker(&self) -> Waker {
        let parker = Arc::clone(self.task.parker());
        Arc::new(move || parker.wake())
    }

    fn set_interrupt(&self, interrupt: Waker) {
        *self.woken.borrow_mut() = Some(Arc::new(Woken(interrupt)));
        self.listen();
    }

    fn check(&self) {
        // A stopped process waits here until it is continued.
        let _ = self.wait(None, |task| task.check(self.take_time()));
    }

    fn account_memory(&self, bytes: usize) -> bool {
        let Some(memory) = &self.memory else { return true };
        let mut memory = memory.borrow_mut();
        let before = memory.used();
        if let Ok(limit) = self.task.get_limit(0, proc::Resource::AddressSpace) {
            let limit: usize = limit.soft.try_into().unwrap_or(usize::MAX);
            // What the other threads have is not to be had any more.
            let others = self.process_memory.load(Ordering::Relaxed).saturating_sub(before);
            memory.limit = limit.saturating_sub(others);
        }
        let allowed = memory.resize(bytes);
        self.process_memory.fetch_add(memory.used(), Ordering::Relaxed);
        self.process_memory.fetch_sub(before, Ordering::Relaxed);
        allowed
    }

    fn is_terminal(&self, fd: Fd) -> bool {
        self.call(|task| task.is_terminal(fd)).unwrap_or(false)
    }

    fn window_size(&self, fd: Fd) -> sys::Result<WindowSize> {
        let size = self.call(|task| task.terminal_get_size(fd))?;
        Ok(WindowSize { columns: size.columns, rows: size.rows })
    }

    fn set_terminal_mode(&self, fd: Fd, mode: TerminalMode) -> sys::Result<()> {
        let current = self.call(|task| task.terminal_get_attributes(fd))?;
        let original = self.terminals.borrow_mut().entry(fd).or_insert(current).clone();
        let mut attributes = original;
        if mode != TerminalMode::Normal {
            use pty::{InputModes, LocalModes, OutputModes};
            attributes.input &=
                !(InputModes::BRKINT | InputModes::ICRNL | InputModes::INPCK | InputModes::ISTRIP | InputModes::IXON);
            attributes.local &= !(LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG);
            if mode == TerminalMode::Io {
                attributes.output &= !OutputModes::OPOST;
            } else {
                attributes.output |= OutputModes::ONLCR;
            }
            // VMIN, VTIME
            for (index, value) in [(9, 1), (10, 0)] {
                if let Some(slot) = attributes.characters.get_mut(index) {
                    *slot = value;
                }
            }
        }
        self.call(|task| task.terminal_set_attributes(fd, pty::When::Drain, &attributes))
    }

    fn spawn(&self, spawn: &Spawn) -> sys::Result<Pid> {
        let actions: Vec<proc::FileAction> = spawn
            .actions
            .iter()
            .map(|action| match action {
                FileAction::Dup { from, to } => proc::FileAction::Dup((*from, *to)),
                FileAction::Open { fd, path, flags } => {
                    proc::FileAction::Open(proc::OpenAction { fd: *fd, path: path.clone(), flags: *flags, mode: 0 })
                }
                FileAction::Chdir(path) => proc::FileAction::Chdir(path.clone()),
            })
            .collect();
        let attributes = proc::SpawnAttributes {
            group: None,
            new_session: spawn.new_session,
            foreground: false,
            controlling_terminal: None,
            signal_mask: Some(0),
            signal_default: u64::MAX,
            signal_ignore: 0,
            umask: None,
            nice: None,
            uid: spawn.uid,
            gid: spawn.gid,
            limits: Vec::new(),
        };
        let mut failure = Errno::NOENT;
        for path in Self::candidates(spawn) {
            let program =
                proc::Program { path, arguments: spawn.arguments.clone(), environment: spawn.environment.clone() };
            match self.call(|task| task.spawn(&program, &actions, &attributes)) {
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                // What may not be run is passed over, but told of where nothing else is found.
                Err(Errno::ACCES) => failure = Errno::ACCES,
                other => return other,
            }
        }
        Err(failure)
    }

    fn exec(&self, path: &[u8], arguments: &[Vec<u8>], environment: &[Vec<u8>]) -> Errno {
        let program =
            proc::Program { path: path.to_vec(), arguments: arguments.to_vec(), environment: environment.to_vec() };
        match self.call(|task| task.exec(&program)) {
            Ok(()) => {
                self.gone.set(true);
                Errno::SRCH
            }
            Err(errno) => errno,
        }
    }

    fn try_wait(&self, pid: Pid) -> sys::Result<Option<Ended>> {
        let status = self.call(|task| task.wait_child(proc::WaitFor::Child(pid), proc::WaitOptions::NO_HANG))?;
        Ok(status.and_then(|status| match status.change {
            proc::StateChange::Exited(code) => Some(Ended::Exited(code)),
            proc::StateChange::Signaled(signal) => Some(Ended::Signaled(signal)),
            proc::StateChange::Stopped(_) | proc::StateChange::Continued => None,
        }))
    }

    fn kill(&self, target: KillTarget, signal: u8) -> sys::Result<()> {
        let target = match target {
            KillTarget::Process(pid) => proc::KillTarget::Process(pid),
            KillTarget::Group(group) => proc::KillTarget::Group(group),
            KillTarget::OwnGroup => proc::KillTarget::OwnGroup,
            KillTarget::All => proc::KillTarget::All,
        };
        let result = self.call(|task| task.kill(target, signal));
        // A signal to itself may have ended the process.
        let _ = self.call(|task| task.check(0));
        result
    }

    fn signal_action(&self, signal: u8, disposition: Disposition) -> sys::Result<()> {
        let disposition = match disposition {
            Disposition::Default => proc::Disposition::Default,
            Disposition::Ignore => proc::Disposition::Ignore,
            Disposition::Catch => proc::Disposition::Catch,
        };
        self.call(|task| task.signal_action(signal, Some(disposition))).map(drop)
    }

    fn signal_take(&self) -> sys::Result<Option<u8>> {
        self.call(Task::signal_take)
    }

    fn ids(&self) -> Ids {
        let Ok(ids) = self.call(Task::get_ids) else { return Ids::default() };
        Ids {
            pid: ids.pid,
            parent: ids.parent,
            group: ids.group,
            session: ids.session,
            uid: ids.uid,
            euid: ids.euid,
            gid: ids.gid,
            egid: ids.egid,
        }
    }

    fn set_ids(&self, uid: Option<u32>, euid: Option<u32>, gid: Option<u32>, egid: Option<u32>) -> sys::Result<()> {
        if gid.is_some() || egid.is_some() {
            self.call(|task| task.set_gid(gid, egid))?;
        }
        if uid.is_some() || euid.is_some() {
            self.call(|task| task.set_uid(uid, euid))?;
        }
        Ok(())
    }

    fn nice(&self, pid: Pid) -> sys::Result<i32> {
        self.call(|task| task.get_nice(pid)).map(i32::from)
    }

    fn set_nice(&self, pid: Pid, value: i32) -> sys::Result<()> {
        let value = value.clamp(-20, 19) as i8;
        self.call(|task| task.set_nice(pid, value))
    }

    fn usage(&self) -> Usage {
        self.account();
        let Ok((own, _)) = self.call(Task::get_usage) else { return Usage::default() };
        Usage { user: own.user, system: own.system, max_memory: own.max_memory }
    }

    fn hostname(&self) -> sys::Result<Vec<u8>> {
        self.call(Task::get_hostname)
    }

    fn set_title(&self, title: &[u8]) {
        let _ = self.call(|task| task.set_title(title));
    }

    fn is_gone(&self) -> bool {
        self.gone.get()
    }

    fn end(&self, ending: &crate::Ending) {
        self.account();
        match ending {
            crate::Ending::Exit(code) => self.task.exit(*code as u8),
            crate::Ending::Signal(signal, reason) => self.task.abort(*signal, reason),
            crate::Ending::Gone => {}
        }
    }

    fn task(&self) -> sys::Result<Box<dyn Sys>> {
        let task = self.call(Task::fork)?;
        let mut sys = Self::new(task, None);
        sys.process_memory = Arc::clone(&self.process_memory);
        Ok(Box::new(sys))
    }

    fn worker(&self) -> sys::Result<Box<dyn Sys>> {
        let task = self.call(Task::fork)?;
        let memory = self.memory.as_ref().map(|memory| MemoryShare::new(memory.borrow().pool().clone()));
        let mut sys = Self::new(task, memory);
        sys.process_memory = Arc::clone(&self.process_memory);
        Ok(Box::new(sys))
    }

    fn monotonic(&self) -> u64 {
        runner::monotonic()
    }

    fn random(&self, buffer: &mut [u8]) -> sys::Result<()> {
        // The kernel's own source, which a program could as well read by itself.
        let fd = self.open(AT_CWD, b"/dev/urandom", open::CLOEXEC, 0)?;
        let mut filled = 0;
        let mut result = Ok(());
        while filled < buffer.len() && result.is_ok() {
            result = match self.read(fd, &mut buffer[filled..]) {
                Ok(0) => Err(Errno::IO),
                Ok(count) => {
                    filled += count;
                    Ok(())
                }
                Err(errno) => Err(errno),
            };
        }
        let _ = self.close(fd);
        result
    }

    fn socket(&self, family: Family, kind: SocketKind) -> sys::Result<Fd> {
        let kind = match kind {
            SocketKind::Stream => net::SocketKind::Stream,
            SocketKind::Datagram => net::SocketKind::Datagram,
        };
        self.call(|task| task.socket(to_family(family), kind, true, true))
    }

    fn socketpair(&self) -> sys::Result<(Fd, Fd)> {
        self.call(|task| task.socketpair(net::SocketKind::Stream, false, true))
    }

    fn bind(&self, fd: Fd, address: &Address) -> sys::Result<()> {
        self.call(|task| task.bind(fd, &to_address(address)))
    }

    fn listen(&self, fd: Fd, backlog: u32) -> sys::Result<()> {
        self.call(|task| task.listen(fd, backlog))
    }

    fn accept(&self, fd: Fd) -> sys::Result<(Fd, Address)> {
        let (fd, address) = self.call(|task| task.accept(fd, true, true))?;
        Ok((fd, from_address(address)))
    }

    fn connect(&self, fd: Fd, address: &Address) -> sys::Result<()> {
        self.call(|task| task.connect(fd, &to_address(address)))
    }

    fn send(&self, fd: Fd, data: &[u8], to: Option<&Address>, descriptors: &[Fd]) -> sys::Result<usize> {
        let to = to.map(to_address);
        let flags = net::MessageFlags::DONT_WAIT;
        self.call(|task| task.send(fd, data, to.as_ref(), flags, descriptors)).map(|count| count as usize)
    }

    fn receive(&self, fd: Fd, mut buffer: &mut [u8]) -> sys::Result<Message> {
        let flags = net::MessageFlags::DONT_WAIT;
        let (length, message) = self.call(|task| task.receive(fd, &mut buffer, flags))?;
        Ok(Message { length, from: from_address(message.from), descriptors: message.descriptors })
    }

    fn shutdown(&self, fd: Fd, how: Shutdown) -> sys::Result<()> {
        let how = match how {
            Shutdown::Read => net::ShutdownHow::Read,
            Shutdown::Write => net::ShutdownHow::Write,
            Shutdown::Both => net::ShutdownHow::Both,
        };
        self.call(|task| task.shutdown(fd, how))
    }

    fn local_address(&self, fd: Fd) -> sys::Result<Address> {
        self.call(|task| task.local_address(fd)).map(from_address)
    }

    fn peer_address(&self, fd: Fd) -> sys::Result<Address> {
        self.call(|task| task.peer_address(fd)).map(from_address)
    }

    fn socket_kind(&self, fd: Fd) -> sys::Result<(Family, SocketKind)> {
        let family = match self.call(|task| task.local_address(fd))? {
            net::Address::Ipv4(_) => Family::Ipv4,
            net::Address::Ipv6(_) => Family::Ipv6,
            net::Address::Unix(_) | net::Address::Unspecified => Family::Unix,
        };
        let kind = self.call(|task| task.socket_get_option(fd, net::SocketOption::Kind))?;
        // SOCK_STREAM is 1 everywhere.
        Ok((family, if kind == 2 { SocketKind::Datagram } else { SocketKind::Stream }))
    }

    fn get_option(&self, fd: Fd, option: SocketOption) -> sys::Result<u64> {
        let value = self.call(|task| task.socket_get_option(fd, to_option(option)))?;
        Ok(if matches!(option, SocketOption::Error) { errno_numbered(value) } else { value })
    }

    fn set_option(&self, fd: Fd, option: SocketOption, value: u64) -> sys::Result<()> {
        self.call(|task| task.socket_set_option(fd, to_option(option), value))
    }

    fn resolve(&self, name: &str, family: Option<Family>) -> sys::Result<Vec<IpAddr>> {
        let family = family.map(to_family);
        let addresses = self.wait(None, |task| task.resolve(name, family))?;
        Ok(addresses
            .into_iter()
            .filter_map(|address| match from_address(address) {
                Address::Inet(address) => Some(address.ip()),
                _ => None,
            })
            .collect())
    }

    fn resolve_address(&self, address: IpAddr) -> sys::Result<String> {
        let address = to_address(&Address::Inet(SocketAddr::new(address, 0)));
        self.wait(None, |task| task.resolve_address(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_number_is_at_its_place() {
        for (place, (errno, _)) in ERRNOS.iter().enumerate() {
            assert_eq!(*errno as usize, place);
        }
        assert_eq!(errno_of(runner::Errno::Connrefused), Errno::CONNREFUSED);
        assert_eq!(errno_numbered(runner::Errno::Connrefused as u64), Errno::CONNREFUSED.0 as u64);
        assert_eq!(errno_numbered(0), 0);
    }
}
