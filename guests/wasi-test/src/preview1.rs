//! WASI preview 1 below the standard library.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, IntoRawFd};

use vivarium_sys::fs::OpenFlags;
use vivarium_sys::net::{self, Kind};
use wasi::{
    CLOCKID_MONOTONIC, CLOCKID_REALTIME, Ciovec, Errno, Event, Iovec, Subscription, SubscriptionClock,
    SubscriptionFdReadwrite, SubscriptionU, SubscriptionUU,
};

use crate::ok;

/// The preopened directory.
const ROOT: wasi::Fd = 3;
const MILLISECOND: u64 = 1_000_000;

pub(crate) fn run(name: &str, arguments: &[&str]) -> io::Result<()> {
    match (name, arguments) {
        ("renumber", [folder]) => renumber(folder),
        ("positioned", [folder]) => positioned(folder),
        ("links", [folder]) => links(folder),
        ("root", []) => root(),
        ("poll", []) => poll(),
        ("poll-descriptors", [folder]) => poll_descriptors(folder),
        ("sockets", []) => sockets(),
        ("wild-pointers", []) => wild_pointers(),
        _ => Err(io::Error::other("no such case")),
    }
}

/// The error of a call that is to fail.
fn error<T>(result: Result<T, Errno>) -> Option<Errno> {
    result.err()
}

fn os<T>(result: Result<T, Errno>) -> io::Result<T> {
    result.map_err(|errno| io::Error::from_raw_os_error(errno.raw().into()))
}

fn iovec(buffer: &mut [u8]) -> [Iovec; 1] {
    [Iovec { buf: buffer.as_mut_ptr(), buf_len: buffer.len() }]
}

fn ciovec(buffer: &[u8]) -> [Ciovec; 1] {
    [Ciovec { buf: buffer.as_ptr(), buf_len: buffer.len() }]
}

/// A file for reading and writing, as a bare number.
fn create(folder: &str, name: &str) -> io::Result<wasi::Fd> {
    let file = File::options().read(true).write(true).create_new(true).open(format!("{folder}/{name}"))?;
    Ok(file.into_raw_fd() as wasi::Fd)
}

fn renumber(folder: &str) -> io::Result<()> {
    let (one, other) = (create(folder, "one")?, create(folder, "other")?);
    // SAFETY: nothing owns these descriptors, and the buffers outlive the calls.
    unsafe {
        os(wasi::fd_write(one, &ciovec(b"one")))?;
        os(wasi::fd_renumber(one, other))?;
        assert_eq!(error(wasi::fd_tell(one)), Some(wasi::ERRNO_BADF));
        assert_eq!(os(wasi::fd_tell(other))?, 3);
        os(wasi::fd_renumber(other, other))?;
        assert_eq!(error(wasi::fd_renumber(999, other)), Some(wasi::ERRNO_BADF));
        assert_eq!(error(wasi::fd_renumber(999, 999)), Some(wasi::ERRNO_BADF));
        os(wasi::fd_close(other))?;
        assert_eq!(error(wasi::fd_close(other)), Some(wasi::ERRNO_BADF));
    }
    ok()
}

fn positioned(folder: &str) -> io::Result<()> {
    let file = create(folder, "file")?;
    let mut buffer = [0; 8];
    // SAFETY: nothing owns the descriptor, and the buffers outlive the calls.
    unsafe {
        assert_eq!(os(wasi::fd_pwrite(file, &ciovec(b"world"), 6))?, 5);
        assert_eq!(os(wasi::fd_pwrite(file, &ciovec(b"hello"), 0))?, 5);
        assert_eq!(os(wasi::fd_tell(file))?, 0);
        assert_eq!(os(wasi::fd_pread(file, &iovec(&mut buffer), 4))?, 7);
        assert_eq!(&buffer[..7], b"o\0world");
        assert_eq!(os(wasi::fd_pread(file, &iovec(&mut buffer), 100))?, 0);
        os(wasi::fd_advise(file, 0, 11, wasi::ADVICE_WILLNEED))?;
        assert_eq!(error(wasi::fd_advise(999, 0, 11, wasi::ADVICE_NORMAL)), Some(wasi::ERRNO_BADF));
        os(wasi::fd_allocate(file, 5, 100))?;
        assert_eq!(os(wasi::fd_filestat_get(file))?.size, 105);
        os(wasi::fd_allocate(file, 0, 10))?;
        assert_eq!(os(wasi::fd_filestat_get(file))?.size, 105);
        assert_eq!(error(wasi::fd_allocate(file, 0, 0)), Some(wasi::ERRNO_INVAL));
        os(wasi::fd_fdstat_set_flags(file, wasi::FDFLAGS_APPEND))?;
        assert_eq!(os(wasi::fd_fdstat_get(file))?.fs_flags, wasi::FDFLAGS_APPEND);
        os(wasi::fd_write(file, &ciovec(b"end")))?;
        assert_eq!(os(wasi::fd_filestat_get(file))?.size, 108);
        os(wasi::fd_datasync(file))?;
        os(wasi::fd_sync(file))?;
        os(wasi::fd_filestat_set_times(file, 5, 7, wasi::FSTFLAGS_ATIM | wasi::FSTFLAGS_MTIM))?;
        let stat = os(wasi::fd_filestat_get(file))?;
        assert_eq!((stat.atim, stat.mtim), (5, 7));
        let both = wasi::FSTFLAGS_MTIM | wasi::FSTFLAGS_MTIM_NOW;
        assert_eq!(error(wasi::fd_filestat_set_times(file, 0, 0, both)), Some(wasi::ERRNO_INVAL));
    }
    ok()
}

fn links(folder: &str) -> io::Result<()> {
    let below = |name: &str| format!("{}/{name}", folder.trim_start_matches('/'));
    let (file, hard, soft) = (below("file"), below("hard"), below("soft"));
    create(folder, "file")?;
    // SAFETY: the buffers outlive the calls.
    unsafe {
        os(wasi::path_link(ROOT, 0, &file, ROOT, &hard))?;
        let stat = os(wasi::path_filestat_get(ROOT, 0, &hard))?;
        assert_eq!((stat.nlink, stat.filetype), (2, wasi::FILETYPE_REGULAR_FILE));
        assert_eq!(error(wasi::path_link(ROOT, 0, &file, ROOT, &hard)), Some(wasi::ERRNO_EXIST));
        os(wasi::path_symlink("file", ROOT, &soft))?;
        assert_eq!(error(wasi::path_symlink("", ROOT, &below("empty"))), Some(wasi::ERRNO_NOENT));
        let (followed, itself) = (
            os(wasi::path_filestat_get(ROOT, wasi::LOOKUPFLAGS_SYMLINK_FOLLOW, &soft))?,
            os(wasi::path_filestat_get(ROOT, 0, &soft))?,
        );
        assert_eq!(followed.ino, stat.ino);
        assert_eq!(itself.filetype, wasi::FILETYPE_SYMBOLIC_LINK);
        let mut buffer = [0; 2];
        assert_eq!(os(wasi::path_readlink(ROOT, &soft, buffer.as_mut_ptr(), 2))?, 2, "cut to the buffer");
        assert_eq!(&buffer, b"fi");
        assert_eq!(error(wasi::path_open(ROOT, 0, &soft, 0, wasi::RIGHTS_FD_READ, 0, 0)), Some(wasi::ERRNO_LOOP));
        os(wasi::path_rename(ROOT, &soft, ROOT, &below("renamed")))?;
        os(wasi::path_unlink_file(ROOT, &below("renamed")))?;
        assert_eq!(error(wasi::path_remove_directory(ROOT, &file)), Some(wasi::ERRNO_NOTDIR));
    }
    ok()
}

/// The preopened directory answers as a directory that was opened.
fn root() -> io::Result<()> {
    // SAFETY: the buffers outlive the calls.
    unsafe {
        assert_eq!(os(wasi::fd_prestat_get(ROOT))?.u.dir.pr_name_len, 1);
        assert_eq!(os(wasi::fd_fdstat_get(ROOT))?.fs_filetype, wasi::FILETYPE_DIRECTORY);
        assert_eq!(os(wasi::fd_filestat_get(ROOT))?.filetype, wasi::FILETYPE_DIRECTORY);
        let mut buffer = [0; 8192];
        let used = os(wasi::fd_readdir(ROOT, buffer.as_mut_ptr(), buffer.len(), 0))?;
        assert!(buffer[..used].windows(3).any(|window| window == b"tmp"));
        os(wasi::fd_filestat_set_times(ROOT, 0, 9, wasi::FSTFLAGS_MTIM))?;
        assert_eq!(os(wasi::fd_filestat_get(ROOT))?.mtim, 9);
        assert_eq!(error(wasi::fd_prestat_get(4)), Some(wasi::ERRNO_BADF));
    }
    ok()
}

fn clock(userdata: u64, id: wasi::Clockid, timeout: u64, absolute: bool) -> Subscription {
    let flags = if absolute { wasi::SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME } else { 0 };
    let clock = SubscriptionClock { id, timeout, precision: 0, flags };
    let u = SubscriptionU { tag: wasi::EVENTTYPE_CLOCK.raw(), u: SubscriptionUU { clock } };
    Subscription { userdata, u }
}

fn readable(userdata: u64, fd: wasi::Fd) -> Subscription {
    let fd_read = SubscriptionFdReadwrite { file_descriptor: fd };
    let u = SubscriptionU { tag: wasi::EVENTTYPE_FD_READ.raw(), u: SubscriptionUU { fd_read } };
    Subscription { userdata, u }
}

fn writable(userdata: u64, fd: wasi::Fd) -> Subscription {
    let fd_write = SubscriptionFdReadwrite { file_descriptor: fd };
    let u = SubscriptionU { tag: wasi::EVENTTYPE_FD_WRITE.raw(), u: SubscriptionUU { fd_write } };
    Subscription { userdata, u }
}

/// Waits, and gives the events.
fn wait(subscriptions: &[Subscription]) -> io::Result<Vec<Event>> {
    let mut events = Vec::with_capacity(subscriptions.len());
    // SAFETY: there is room for an event of each subscription, and the call says how many it has written.
    unsafe {
        let count = os(wasi::poll_oneoff(subscriptions.as_ptr(), events.as_mut_ptr(), subscriptions.len()))?;
        events.set_len(count);
    }
    Ok(events)
}

fn userdata(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.userdata).collect()
}

fn now(clock: wasi::Clockid) -> io::Result<u64> {
    // SAFETY: it only reads a clock.
    os(unsafe { wasi::clock_time_get(clock, 0) })
}

fn poll() -> io::Result<()> {
    let began = now(CLOCKID_MONOTONIC)?;
    // Only the clock that has run out is told, and not the later one.
    let soon = clock(1, CLOCKID_MONOTONIC, 20 * MILLISECOND, false);
    let later = clock(2, CLOCKID_REALTIME, 60_000 * MILLISECOND, false);
    assert_eq!(userdata(&wait(&[later, soon])?), [1]);
    assert!(now(CLOCKID_MONOTONIC)? >= began + 20 * MILLISECOND);
    // Instants: of both clocks, passed and to come.
    let at = clock(3, CLOCKID_REALTIME, now(CLOCKID_REALTIME)? + 20 * MILLISECOND, true);
    let passed = clock(4, CLOCKID_MONOTONIC, began, true);
    assert_eq!(userdata(&wait(&[at, passed])?), [4]);
    assert_eq!(userdata(&wait(&[later, at])?), [3]);
    // Two that run out together are told together.
    assert_eq!(userdata(&wait(&[passed, later, clock(5, CLOCKID_MONOTONIC, 0, false)])?), [4, 5]);
    assert_eq!(wait(&[]).err().and_then(|error| error.raw_os_error()), Some(wasi::ERRNO_INVAL.raw().into()));
    ok()
}

fn poll_descriptors(folder: &str) -> io::Result<()> {
    let file = create(folder, "file")?;
    let later = clock(9, CLOCKID_MONOTONIC, 60_000 * MILLISECOND, false);
    assert_eq!(userdata(&wait(&[later, readable(1, file), writable(2, file)])?), [1, 2]);
    let (one, other) = net::socketpair(Kind::Stream, OpenFlags::empty())?;
    let (one, other) = (File::from(one), File::from(other));
    let (one_fd, other_fd) = (one.as_raw_fd() as wasi::Fd, other.as_raw_fd() as wasi::Fd);
    let soon = clock(8, CLOCKID_MONOTONIC, MILLISECOND, false);
    assert_eq!(userdata(&wait(&[readable(1, other_fd), soon])?), [8]);
    (&one).write_all(b"four")?;
    let events = wait(&[readable(1, other_fd), readable(2, one_fd), later])?;
    assert_eq!((userdata(&events), events[0].fd_readwrite.nbytes), (vec![1], 4));
    let events = wait(&[readable(1, 999), later])?;
    assert_eq!((userdata(&events), events[0].error), (vec![1], wasi::ERRNO_BADF));
    drop(one);
    let events = wait(&[readable(1, other_fd)])?;
    assert_eq!(events[0].fd_readwrite.flags, wasi::EVENTRWFLAGS_FD_READWRITE_HANGUP);
    ok()
}

fn sockets() -> io::Result<()> {
    let (one, other) = net::socketpair(Kind::Stream, OpenFlags::empty())?;
    let (one_fd, other_fd) = (one.as_raw_fd() as wasi::Fd, other.as_raw_fd() as wasi::Fd);
    let mut buffer = [0; 16];
    // SAFETY: the buffers outlive the calls.
    unsafe {
        assert_eq!(os(wasi::sock_send(one_fd, &ciovec(b"hello"), 0))?, 5);
        let peek = wasi::RIFLAGS_RECV_PEEK;
        assert_eq!(os(wasi::sock_recv(other_fd, &iovec(&mut buffer), peek))?, (5, 0));
        assert_eq!(os(wasi::sock_recv(other_fd, &iovec(&mut buffer[..2]), 0))?, (2, 0));
        assert_eq!(&buffer[..2], b"he");
        os(wasi::sock_shutdown(one_fd, wasi::SDFLAGS_WR))?;
        assert_eq!(os(wasi::sock_recv(other_fd, &iovec(&mut buffer), wasi::RIFLAGS_RECV_WAITALL))?, (3, 0));
        assert_eq!(os(wasi::sock_recv(other_fd, &iovec(&mut buffer), 0))?, (0, 0));
        assert_eq!(error(wasi::sock_shutdown(other_fd, 0)), Some(wasi::ERRNO_INVAL));
        assert_eq!(error(wasi::sock_recv(0, &iovec(&mut buffer), 0)), Some(wasi::ERRNO_NOTSOCK));
        assert_eq!(error(wasi::sock_accept(other_fd, 0)), Some(wasi::ERRNO_INVAL));
    }
    ok()
}

/// Pointers that lead nowhere are errors.
fn wild_pointers() -> io::Result<()> {
    let far = std::ptr::without_provenance_mut::<u8>(0xffff_fff0);
    let buffers = [Iovec { buf: far, buf_len: 100 }];
    // SAFETY: none. The host has to stand it.
    unsafe {
        assert_eq!(error(wasi::fd_read(0, &buffers)), Some(wasi::ERRNO_FAULT));
        assert_eq!(error(wasi::random_get(far, 100)), Some(wasi::ERRNO_FAULT));
        assert_eq!(error(wasi::poll_oneoff(far.cast(), far.cast(), 4)), Some(wasi::ERRNO_FAULT));
        assert_eq!(error(wasi::fd_readdir(ROOT, far, 100, 0)), Some(wasi::ERRNO_FAULT));
    }
    ok()
}
