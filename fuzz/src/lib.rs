//! What the fuzz targets share: kernel calls as values.

use arbitrary::Arbitrary;
use vivarium_kernel::fs::{FileKind, Lock, LockKind, RenameMode, WatchEvents, Whence};
use vivarium_kernel::net::{Address, Family, MessageFlags, ShutdownHow, SocketKind, SocketOption};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::poll::{Events, PollFd};
use vivarium_kernel::proc::{
    Disposition, FileAction, KillTarget, MaskHow, Program, SpawnAttributes, WaitFor, WaitOptions,
};
use vivarium_kernel::testing::System;
use vivarium_kernel::{AT_FDCWD, Kernel, Tid};

/// A call. Descriptors, processes and paths are few, so that calls meet.
#[derive(Arbitrary, Clone, Debug)]
pub enum Call {
    Open(Path, u32),
    Close(u8),
    Read(u8, u16),
    Pread(u8, u32, u16),
    Write(u8, u16),
    Pwrite(u8, u32, u16),
    Seek(u8, i32, u8),
    Stat(Path),
    Fstat(u8),
    Truncate(Path, u32),
    Allocate(u8, u32, u16),
    Mkdir(Path),
    Mknod(Path, bool),
    Symlink(Path, Path),
    Link(Path, Path),
    Unlink(Path),
    Rmdir(Path),
    Rename(Path, Path, u8),
    Readdir(u8, u8, u8),
    Chdir(Path),
    Chmod(Path, u16),
    Dup(u8, u8),
    DupTo(u8, u8),
    Lock(u8, u8, u16, u16, bool),
    Pipe(bool),
    WatchOpen,
    WatchAdd(u8, Path),
    WatchRemove(u8, u8),
    Poll(Vec<(u8, u8)>),
    Spawn(Vec<Action>, bool),
    Exec,
    Exit(u8),
    Wait(u8),
    Kill(u8, u8),
    Action(u8, bool),
    Mask(u64),
    Take,
    Alarm(u16, u16),
    Session,
    Group(u8, u8),
    TaskCreate,
    TaskExit,
    Socket(u8, u8, bool),
    Pair(u8, bool),
    Bind(u8, u8),
    Listen(u8, u8),
    Connect(u8, u8),
    Accept(u8),
    Send(u8, u16, Option<u8>, Vec<u8>),
    Receive(u8, u16, u8),
    Shutdown(u8, u8),
    Option(u8, u16),
}

/// What spawn does to the child's descriptors.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Action {
    Dup(u8, u8),
    Close(u8),
}

/// A path.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Path {
    A,
    B,
    Directory,
    Inside,
    Deep,
    Up,
    Program,
    ProcSelf,
    ProcFd(u8),
    DevNull,
    Root,
}

impl Path {
    /// Its bytes.
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::A => b"/a".to_vec(),
            Self::B => b"b".to_vec(),
            Self::Directory => b"/d".to_vec(),
            Self::Inside => b"/d/a".to_vec(),
            Self::Deep => b"/d/e/f".to_vec(),
            Self::Up => b"../d/e".to_vec(),
            Self::Program => b"/program".to_vec(),
            Self::ProcSelf => b"/proc/self/status".to_vec(),
            Self::ProcFd(fd) => format!("/proc/self/fd/{}", fd % 16).into_bytes(),
            Self::DevNull => b"/dev/null".to_vec(),
            Self::Root => b"/".to_vec(),
        }
    }
}

fn address(number: u8) -> Address {
    match number % 8 {
        0 => Address::Ipv4(0x7f00_0001, 80),
        1 => Address::Ipv4(0, 80),
        2 => Address::Ipv6(std::net::Ipv6Addr::LOCALHOST.octets(), 80, 0),
        3 => Address::Ipv6([0; 16], 81, 0),
        4 => Address::Unix(b"/socket".to_vec()),
        5 => Address::Unix(b"\0name".to_vec()),
        6 => Address::Unspecified,
        _ => Address::Ipv4(0x0a00_0001, 80),
    }
}

/// A small system with a program that can be started.
pub fn start() -> System {
    let limits = |limits: &mut vivarium_kernel::system::Limits| {
        (limits.memory, limits.open_files, limits.processes, limits.inodes) = (1 << 20, 64, 8, 200);
    };
    let mut system = System::builder().memory("/").proc_and_dev().limits(limits).boot();
    system.write_file("/program", "\0vivtest\n").expect("write");
    system.kernel.chmod(system.tid, AT_FDCWD, b"/program", true, 0o755).expect("chmod");
    system
}

/// Makes a call.
pub fn apply(kernel: &mut Kernel, tid: Tid, call: &Call) {
    let fd = |fd: u8| u32::from(fd % 16);
    let program = || Program {
        path: b"/program".to_vec(),
        arguments: vec![b"program".to_vec()],
        environment: vec![b"A=b".to_vec()],
    };
    let kind = |kind: u8| [SocketKind::Stream, SocketKind::Datagram, SocketKind::Seqpacket][usize::from(kind) % 3];
    match call.clone() {
        Call::Open(path, flags) => {
            let flags = OpenFlags::from_bits_truncate(flags) | OpenFlags::NONBLOCK;
            let _ = kernel.open(tid, AT_FDCWD, &path.bytes(), flags, 0o644);
        }
        Call::Close(f) => drop(kernel.close(tid, fd(f))),
        Call::Read(f, length) => drop(kernel.read(tid, fd(f), length.into())),
        Call::Pread(f, offset, length) => drop(kernel.pread(tid, fd(f), offset.into(), length.into())),
        Call::Write(f, length) => drop(kernel.write(tid, fd(f), vec![f; length.into()])),
        Call::Pwrite(f, offset, length) => drop(kernel.pwrite(tid, fd(f), offset.into(), vec![f; length.into()])),
        Call::Seek(f, offset, whence) => {
            let whence = [Whence::Set, Whence::Cur, Whence::End, Whence::Data, Whence::Hole][usize::from(whence) % 5];
            let _ = kernel.seek(tid, fd(f), offset.into(), whence);
        }
        Call::Stat(path) => drop(kernel.stat(tid, AT_FDCWD, &path.bytes(), true)),
        Call::Fstat(f) => drop(kernel.fstat(tid, fd(f))),
        Call::Truncate(path, length) => drop(kernel.truncate(tid, AT_FDCWD, &path.bytes(), length.into())),
        Call::Allocate(f, offset, length) => drop(kernel.allocate(tid, fd(f), offset.into(), length.into())),
        Call::Mkdir(path) => drop(kernel.mkdir(tid, AT_FDCWD, &path.bytes(), 0o755)),
        Call::Mknod(path, fifo) => {
            let kind = if fifo { FileKind::Fifo } else { FileKind::Regular };
            let _ = kernel.mknod(tid, AT_FDCWD, &path.bytes(), kind, 0o644);
        }
        Call::Symlink(target, path) => drop(kernel.symlink(tid, &target.bytes(), AT_FDCWD, &path.bytes())),
        Call::Link(old, new) => drop(kernel.link(tid, AT_FDCWD, &old.bytes(), true, AT_FDCWD, &new.bytes())),
        Call::Unlink(path) => drop(kernel.unlink(tid, AT_FDCWD, &path.bytes())),
        Call::Rmdir(path) => drop(kernel.rmdir(tid, AT_FDCWD, &path.bytes())),
        Call::Rename(from, to, mode) => {
            let mode = [RenameMode::Replace, RenameMode::NoReplace, RenameMode::Exchange][usize::from(mode) % 3];
            let _ = kernel.rename(tid, AT_FDCWD, &from.bytes(), AT_FDCWD, &to.bytes(), mode);
        }
        Call::Readdir(f, cookie, count) => drop(kernel.readdir(tid, fd(f), cookie.into(), count.into())),
        Call::Chdir(path) => drop(kernel.chdir(tid, &path.bytes())),
        Call::Chmod(path, mode) => drop(kernel.chmod(tid, AT_FDCWD, &path.bytes(), true, mode.into())),
        Call::Dup(f, at_least) => drop(kernel.dup(tid, fd(f), fd(at_least), at_least > 99)),
        Call::DupTo(f, to) => drop(kernel.dup_to(tid, fd(f), fd(to), to > 99)),
        Call::Lock(f, kind, start, length, wait) => {
            let kind = [LockKind::Shared, LockKind::Exclusive, LockKind::Unlock][usize::from(kind) % 3];
            let lock = Lock { kind, start: start.into(), length: length.into(), open_file: start % 2 == 0 };
            let _ = kernel.set_lock(tid, fd(f), lock, wait);
        }
        Call::Pipe(nonblock) => {
            let flags = if nonblock { OpenFlags::NONBLOCK } else { OpenFlags::empty() };
            let _ = kernel.pipe(tid, flags);
        }
        Call::WatchOpen => drop(kernel.watch_open(tid, OpenFlags::NONBLOCK)),
        Call::WatchAdd(f, path) => drop(kernel.watch_add(tid, fd(f), &path.bytes(), WatchEvents::all())),
        Call::WatchRemove(f, number) => drop(kernel.watch_remove(tid, fd(f), number.into())),
        Call::Poll(fds) => {
            let fds: Vec<_> = fds
                .into_iter()
                .map(|(f, events)| PollFd { fd: fd(f), events: Events::from_bits_truncate(events) })
                .collect();
            let _ = kernel.poll(tid, &fds, None);
        }
        Call::Spawn(actions, group) => {
            let actions: Vec<_> = actions
                .into_iter()
                .map(|action| match action {
                    Action::Dup(from, to) => FileAction::Dup(fd(from), fd(to)),
                    Action::Close(f) => FileAction::Close(fd(f)),
                })
                .collect();
            let attributes = SpawnAttributes { group: group.then_some(0), ..SpawnAttributes::default() };
            let _ = kernel.spawn(tid, program(), &actions, &attributes);
        }
        Call::Exec => drop(kernel.exec(tid, program())),
        Call::Exit(status) => kernel.exit(tid, status),
        Call::Wait(options) => {
            let options = WaitOptions::from_bits_truncate(options);
            let _ = kernel.wait(tid, WaitFor::Any, options);
        }
        Call::Kill(pid, signal) => {
            let target = match pid % 8 {
                0 => KillTarget::OwnGroup,
                1 => KillTarget::All,
                2 => KillTarget::Group(u32::from(pid / 8 % 8)),
                pid => KillTarget::Process(u32::from(pid) - 1),
            };
            let _ = kernel.kill(tid, target, signal % 66);
        }
        Call::Action(signal, catch) => {
            let disposition = if catch { Disposition::Catch } else { Disposition::Ignore };
            let _ = kernel.signal_action(tid, signal % 66, Some(disposition));
        }
        Call::Mask(set) => drop(kernel.signal_mask(tid, MaskHow::Set, set)),
        Call::Take => drop(kernel.signal_take(tid)),
        Call::Alarm(delay, interval) => {
            let _ = kernel.alarm(tid, u64::from(delay) * 10_000, u64::from(interval) * 10_000);
        }
        Call::Session => drop(kernel.set_session(tid)),
        Call::Group(pid, group) => drop(kernel.set_group(tid, u32::from(pid % 8), u32::from(group % 8))),
        Call::TaskCreate => drop(kernel.task_create(tid)),
        Call::TaskExit => kernel.task_exit(tid),
        Call::Socket(family, k, nonblock) => {
            let family = [Family::Ipv4, Family::Ipv6, Family::Unix][usize::from(family) % 3];
            let _ = kernel.socket(tid, family, kind(k), nonblock, false);
        }
        Call::Pair(k, nonblock) => drop(kernel.socketpair(tid, kind(k), nonblock, false)),
        Call::Bind(f, to) => drop(kernel.bind(tid, fd(f), address(to))),
        Call::Listen(f, backlog) => drop(kernel.listen(tid, fd(f), backlog.into())),
        Call::Connect(f, to) => drop(kernel.connect(tid, fd(f), address(to))),
        Call::Accept(f) => drop(kernel.accept(tid, fd(f), true, false)),
        Call::Send(f, length, to, passed) => {
            let passed: Vec<_> = passed.into_iter().take(4).map(fd).collect();
            let flags = MessageFlags::from_bits_truncate(length as u8 & 0x1f);
            let _ = kernel.send(tid, fd(f), vec![f; length.into()], to.map(address), flags, &passed);
        }
        Call::Receive(f, length, flags) => {
            let _ = kernel.receive(tid, fd(f), length.into(), MessageFlags::from_bits_truncate(flags));
        }
        Call::Shutdown(f, how) => {
            let how = [ShutdownHow::Read, ShutdownHow::Write, ShutdownHow::Both][usize::from(how) % 3];
            let _ = kernel.shutdown(tid, fd(f), how);
        }
        Call::Option(f, value) => {
            let options = [
                SocketOption::ReuseAddress,
                SocketOption::ReusePort,
                SocketOption::ReceiveBuffer,
                SocketOption::SendBuffer,
                SocketOption::Linger,
                SocketOption::ReceiveTimeout,
            ];
            let option = options[usize::from(value) % options.len()];
            let _ = kernel.set_option(tid, fd(f), option, u64::from(value / 8));
            let _ = kernel.get_option(tid, fd(f), SocketOption::Error);
        }
    }
}
