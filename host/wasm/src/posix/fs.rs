//! `fs_*`.

use vivarium_runner::{Fault, fs};
use wasmtime::Linker;

use super::MODULE;
use super::abi::{self, FileSystemStat, Lock, Stat, invalid, optional};
use crate::guest::Guest;
use crate::memory::GuestMemory;
use crate::syscall::syscalls;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    syscalls! { linker, MODULE,
        fn fs_open(dir: u32, path: u32, len: u32, flags: u32, mode: u32, fd: u32);
        fn fs_close(fd: u32);
        fn fs_read(fd: u32, buffer: u32, len: u32, count: u32);
        fn fs_write(fd: u32, buffer: u32, len: u32, count: u32);
        fn fs_seek(fd: u32, offset: i64, whence: u32, position: u32);
        fn fs_stat(dir: u32, path: u32, len: u32, follow: u32, stat: u32);
        fn fs_fstat(fd: u32, stat: u32);
        fn fs_access(dir: u32, path: u32, len: u32, mode: u32, effective: u32);
        fn fs_chmod(dir: u32, path: u32, len: u32, follow: u32, mode: u32);
        fn fs_fchmod(fd: u32, mode: u32);
        fn fs_chown(dir: u32, path: u32, len: u32, follow: u32, uid: u32, gid: u32);
        fn fs_fchown(fd: u32, uid: u32, gid: u32);
        fn fs_mkdir(dir: u32, path: u32, len: u32, mode: u32);
        fn fs_mknod(dir: u32, path: u32, len: u32, kind: u32, mode: u32);
        fn fs_truncate(dir: u32, path: u32, len: u32, size: u64);
        fn fs_rename(old_dir: u32, old: u32, old_len: u32, new_dir: u32, new: u32, new_len: u32, mode: u32);
        fn fs_realpath(dir: u32, path: u32, len: u32, buffer: u32, buffer_len: u32, count: u32);
        fn fs_readlink(dir: u32, path: u32, len: u32, buffer: u32, buffer_len: u32, count: u32);
        fn fs_statfs(dir: u32, path: u32, len: u32, stat: u32);
        fn fs_chdir(path: u32, len: u32);
        fn fs_fchdir(fd: u32);
        fn fs_getcwd(buffer: u32, len: u32, count: u32);
        fn fs_dup(fd: u32, at_least: u32, close_on_exec: u32, new: u32);
        fn fs_dup_to(fd: u32, to: u32, close_on_exec: u32);
        fn fs_close_on_exec_get(fd: u32, value: u32);
        fn fs_close_on_exec_set(fd: u32, value: u32);
        fn fs_flags_get(fd: u32, flags: u32);
        fn fs_flags_set(fd: u32, flags: u32);
        fn fs_lock_set(fd: u32, lock: u32, wait: u32);
        fn fs_lock_get(fd: u32, lock: u32);
        fn fs_pipe(flags: u32, fds: u32);
        fn fs_available(fd: u32, count: u32);
        fn fs_watch_open(flags: u32, fd: u32);
        fn fs_watch_add(watch: u32, path: u32, len: u32, events: u32, number: u32);
        fn fs_watch_remove(watch: u32, number: u32);
    }
    Ok(())
}

type Memory<'a> = GuestMemory<'a>;
type Result = std::result::Result<(), Fault>;

fn fs_open(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    path: u32,
    len: u32,
    flags: u32,
    mode: u32,
    fd: u32,
) -> Result {
    memory.bytes(fd, 4)?;
    let opened = guest.task.open(dir, memory.bytes(path, len)?, abi::open_flags(flags), mode)?;
    memory.store(fd, opened)
}

fn fs_close(guest: &mut Guest, _: &mut Memory<'_>, fd: u32) -> Result {
    guest.task.close(fd)
}

fn fs_read(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, buffer: u32, len: u32, count: u32) -> Result {
    memory.bytes(count, 4)?;
    let read = guest.task.read(fd, memory.bytes_mut(buffer, len)?)?;
    memory.store(count, read as u32)
}

fn fs_write(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, buffer: u32, len: u32, count: u32) -> Result {
    let data = memory.bytes(buffer, len)?;
    let written = loop {
        let mut rest = &data[guest.call.written..];
        match guest.task.write_from(fd, &mut rest) {
            Ok(more) => guest.call.written += more,
            Err(Fault::Errno(_)) if guest.call.written > 0 => break guest.call.written,
            Err(fault) => return Err(fault),
        }
        if rest.is_empty() {
            break guest.call.written;
        }
    };
    memory.store(count, written as u32)
}

fn fs_seek(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, offset: i64, whence: u32, position: u32) -> Result {
    let whence = match whence {
        0 => fs::Whence::Set,
        1 => fs::Whence::Cur,
        2 => fs::Whence::End,
        3 => fs::Whence::Data,
        4 => fs::Whence::Hole,
        _ => return Err(invalid()),
    };
    let at = guest.task.seek(fd, offset, whence)?;
    memory.store(position, at)
}

fn fs_stat(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    path: u32,
    len: u32,
    follow: u32,
    stat: u32,
) -> Result {
    let found = guest.task.stat(dir, memory.bytes(path, len)?, follow != 0)?;
    memory.store(stat, Stat::from(found))
}

fn fs_fstat(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, stat: u32) -> Result {
    let found = guest.task.fstat(fd)?;
    memory.store(stat, Stat::from(found))
}

fn fs_access(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    path: u32,
    len: u32,
    mode: u32,
    effective: u32,
) -> Result {
    guest.task.access(dir, memory.bytes(path, len)?, abi::access_mode(mode), effective != 0)
}

fn fs_chmod(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    path: u32,
    len: u32,
    follow: u32,
    mode: u32,
) -> Result {
    guest.task.chmod(dir, memory.bytes(path, len)?, follow != 0, mode)
}

fn fs_fchmod(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, mode: u32) -> Result {
    guest.task.fchmod(fd, mode)
}

fn fs_chown(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    path: u32,
    len: u32,
    follow: u32,
    uid: u32,
    gid: u32,
) -> Result {
    guest.task.chown(dir, memory.bytes(path, len)?, follow != 0, optional(uid), optional(gid))
}

fn fs_fchown(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, uid: u32, gid: u32) -> Result {
    guest.task.fchown(fd, optional(uid), optional(gid))
}

fn fs_mkdir(guest: &mut Guest, memory: &mut Memory<'_>, dir: u32, path: u32, len: u32, mode: u32) -> Result {
    guest.task.mkdir(dir, memory.bytes(path, len)?, mode)
}

fn fs_mknod(guest: &mut Guest, memory: &mut Memory<'_>, dir: u32, path: u32, len: u32, kind: u32, mode: u32) -> Result {
    guest.task.mknod(dir, memory.bytes(path, len)?, abi::kind(kind)?, mode)
}

fn fs_truncate(guest: &mut Guest, memory: &mut Memory<'_>, dir: u32, path: u32, len: u32, size: u64) -> Result {
    guest.task.truncate(dir, memory.bytes(path, len)?, size)
}

fn fs_rename(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    old_dir: u32,
    old: u32,
    old_len: u32,
    new_dir: u32,
    new: u32,
    new_len: u32,
    mode: u32,
) -> Result {
    let mode = match mode {
        0 => fs::RenameMode::Replace,
        1 => fs::RenameMode::NoReplace,
        2 => fs::RenameMode::Exchange,
        _ => return Err(invalid()),
    };
    guest.task.rename(old_dir, memory.bytes(old, old_len)?, new_dir, memory.bytes(new, new_len)?, mode)
}

fn fs_realpath(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    path: u32,
    len: u32,
    buffer: u32,
    buffer_len: u32,
    count: u32,
) -> Result {
    let found = guest.task.realpath(dir, memory.bytes(path, len)?)?;
    memory.store_string(&found, buffer, buffer_len, count)
}

fn fs_readlink(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    path: u32,
    len: u32,
    buffer: u32,
    buffer_len: u32,
    count: u32,
) -> Result {
    let target = guest.task.readlink(dir, memory.bytes(path, len)?)?;
    memory.store_string(&target, buffer, buffer_len, count)
}

fn fs_statfs(guest: &mut Guest, memory: &mut Memory<'_>, dir: u32, path: u32, len: u32, stat: u32) -> Result {
    let found = guest.task.statfs(dir, memory.bytes(path, len)?)?;
    memory.store(stat, FileSystemStat::from(found))
}

fn fs_chdir(guest: &mut Guest, memory: &mut Memory<'_>, path: u32, len: u32) -> Result {
    guest.task.chdir(memory.bytes(path, len)?)
}

fn fs_fchdir(guest: &mut Guest, _: &mut Memory<'_>, fd: u32) -> Result {
    guest.task.fchdir(fd)
}

fn fs_getcwd(guest: &mut Guest, memory: &mut Memory<'_>, buffer: u32, len: u32, count: u32) -> Result {
    let cwd = guest.task.getcwd()?;
    memory.store_string(&cwd, buffer, len, count)
}

fn fs_dup(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, at_least: u32, close_on_exec: u32, new: u32) -> Result {
    memory.bytes(new, 4)?;
    let made = guest.task.dup(fd, at_least, close_on_exec != 0)?;
    memory.store(new, made)
}

fn fs_dup_to(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, to: u32, close_on_exec: u32) -> Result {
    guest.task.dup_to(fd, to, close_on_exec != 0)
}

fn fs_close_on_exec_get(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, value: u32) -> Result {
    let set = guest.task.get_close_on_exec(fd)?;
    memory.store(value, u32::from(set))
}

fn fs_close_on_exec_set(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, value: u32) -> Result {
    guest.task.set_close_on_exec(fd, value != 0)
}

fn fs_flags_get(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, flags: u32) -> Result {
    let found = guest.task.get_flags(fd)?;
    memory.store(flags, abi::open_bits(found))
}

fn fs_flags_set(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, flags: u32) -> Result {
    let wanted = abi::open_flags(flags);
    let mut status = fs::StatusFlags::empty();
    if wanted.contains(fs::OpenFlags::APPEND) {
        status |= fs::StatusFlags::APPEND;
    }
    if wanted.contains(fs::OpenFlags::NONBLOCK) {
        status |= fs::StatusFlags::NONBLOCK;
    }
    guest.task.set_flags(fd, status)
}

fn lock(memory: &Memory<'_>, lock: u32) -> std::result::Result<fs::Lock, Fault> {
    let lock: Lock = memory.load(lock)?;
    let kind = match lock.kind {
        0 => fs::LockKind::Shared,
        1 => fs::LockKind::Exclusive,
        2 => fs::LockKind::Unlock,
        _ => return Err(invalid()),
    };
    Ok(fs::Lock { kind, start: lock.start, length: lock.length, open_file: lock.open_file != 0 })
}

fn fs_lock_set(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, wanted: u32, wait: u32) -> Result {
    guest.task.set_lock(fd, lock(memory, wanted)?, wait != 0)
}

fn fs_lock_get(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, wanted: u32) -> Result {
    let found = guest.task.get_lock(fd, lock(memory, wanted)?)?;
    let mut out: Lock = memory.load(wanted)?;
    match found {
        None => out.kind = 2,
        Some(holder) => {
            out.kind = u32::from(holder.kind == fs::LockKind::Exclusive);
            (out.start, out.length, out.pid) = (holder.start, holder.length, holder.pid);
        }
    }
    memory.store(wanted, out)
}

fn fs_pipe(guest: &mut Guest, memory: &mut Memory<'_>, flags: u32, fds: u32) -> Result {
    memory.bytes(fds, 8)?;
    let (reader, writer) = guest.task.pipe(abi::open_flags(flags))?;
    memory.store(fds, [reader, writer])
}

fn fs_available(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, count: u32) -> Result {
    let available = guest.task.available(fd)?;
    memory.store(count, available)
}

fn fs_watch_open(guest: &mut Guest, memory: &mut Memory<'_>, flags: u32, fd: u32) -> Result {
    memory.bytes(fd, 4)?;
    let opened = guest.task.watch_open(abi::open_flags(flags))?;
    memory.store(fd, opened)
}

fn fs_watch_add(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    watch: u32,
    path: u32,
    len: u32,
    events: u32,
    number: u32,
) -> Result {
    let added = guest.task.watch_add(watch, memory.bytes(path, len)?, abi::watch_events(events))?;
    memory.store(number, added)
}

fn fs_watch_remove(guest: &mut Guest, _: &mut Memory<'_>, watch: u32, number: u32) -> Result {
    guest.task.watch_remove(watch, number)
}
