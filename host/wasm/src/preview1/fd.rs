//! `fd_*`.

use vivarium_runner::{Errno, Fault, FileKind, fs};
use wasmtime::Linker;

use super::MODULE;
use super::abi::{self, Dirent, FdStat, FileStatAbi, fdflags, filetype, rights};
use crate::guest::{Guest, directory, preopen_name};
use crate::memory::{From, GuestMemory, Into};
use crate::syscall::syscalls;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    syscalls! { linker, MODULE,
        fn fd_advise(fd: u32, offset: u64, len: u64, advice: u32);
        fn fd_allocate(fd: u32, offset: u64, len: u64);
        fn fd_close(fd: u32);
        fn fd_datasync(fd: u32);
        fn fd_fdstat_get(fd: u32, stat: u32);
        fn fd_fdstat_set_flags(fd: u32, flags: u32);
        fn fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64);
        fn fd_filestat_get(fd: u32, stat: u32);
        fn fd_filestat_set_size(fd: u32, size: u64);
        fn fd_filestat_set_times(fd: u32, accessed: u64, modified: u64, flags: u32);
        fn fd_pread(fd: u32, buffers: u32, count: u32, offset: u64, read: u32);
        fn fd_prestat_dir_name(fd: u32, buffer: u32, len: u32);
        fn fd_prestat_get(fd: u32, prestat: u32);
        fn fd_pwrite(fd: u32, buffers: u32, count: u32, offset: u64, written: u32);
        fn fd_read(fd: u32, buffers: u32, count: u32, read: u32);
        fn fd_readdir(fd: u32, buffer: u32, len: u32, cookie: u64, used: u32);
        fn fd_renumber(fd: u32, to: u32);
        fn fd_seek(fd: u32, offset: i64, whence: u32, position: u32);
        fn fd_sync(fd: u32);
        fn fd_tell(fd: u32, position: u32);
        fn fd_write(fd: u32, buffers: u32, count: u32, written: u32);
    }
    Ok(())
}

type Memory<'a> = GuestMemory<'a>;
type Result = std::result::Result<(), Fault>;

fn fd_advise(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, _: u64, _: u64, advice: u32) -> Result {
    if advice > 5 {
        return Err(Errno::Inval.into());
    }
    guest.task.get_flags(fd).map(drop)
}

fn fd_allocate(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, offset: u64, len: u64) -> Result {
    guest.task.allocate(fd, offset, len)
}

fn fd_close(guest: &mut Guest, _: &mut Memory<'_>, fd: u32) -> Result {
    if preopen_name(fd).is_some() { Ok(()) } else { guest.task.close(fd) }
}

fn fd_datasync(guest: &mut Guest, _: &mut Memory<'_>, fd: u32) -> Result {
    guest.task.sync(fd, true)
}

fn fd_fdstat_get(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, out: u32) -> Result {
    let mut stat = FdStat {
        filetype: filetype::DIRECTORY,
        pad: 0,
        flags: 0,
        pad2: 0,
        rights_base: rights::ALL,
        rights_inheriting: rights::ALL,
    };
    if preopen_name(fd).is_none() {
        let kind = guest.task.fstat(fd)?.kind;
        let flags = guest.task.get_flags(fd)?;
        stat.filetype = abi::filetype_of(kind);
        for (flag, bit) in [(fs::OpenFlags::APPEND, fdflags::APPEND), (fs::OpenFlags::NONBLOCK, fdflags::NONBLOCK)] {
            if flags.contains(flag) {
                stat.flags |= bit;
            }
        }
        // isatty() in the guest's library: a character device that cannot seek.
        if kind == FileKind::CharacterDevice && guest.task.is_terminal(fd)? {
            stat.rights_base &= !(rights::FD_SEEK | rights::FD_TELL);
        }
        if !flags.contains(fs::OpenFlags::READ) {
            stat.rights_base &= !(rights::FD_READ | rights::FD_READDIR);
        }
        if !flags.contains(fs::OpenFlags::WRITE) {
            stat.rights_base &= !rights::FD_WRITE;
        }
    }
    memory.store(out, stat)
}

fn fd_fdstat_set_flags(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, flags: u32) -> Result {
    guest.task.set_flags(fd, abi::status_flags(flags))
}

fn fd_fdstat_set_rights(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, _: u64, _: u64) -> Result {
    // Rights are what the kernel says; a guest that gives some up keeps them.
    if preopen_name(fd).is_some() { Ok(()) } else { guest.task.get_flags(fd).map(drop) }
}

fn fd_filestat_get(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, out: u32) -> Result {
    let stat =
        if preopen_name(fd).is_some() { guest.task.stat(directory(fd), b"", true)? } else { guest.task.fstat(fd)? };
    memory.store(out, FileStatAbi::from(stat))
}

fn fd_filestat_set_size(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, size: u64) -> Result {
    guest.task.ftruncate(fd, size)
}

fn fd_filestat_set_times(
    guest: &mut Guest,
    _: &mut Memory<'_>,
    fd: u32,
    accessed: u64,
    modified: u64,
    flags: u32,
) -> Result {
    let (accessed, modified) = abi::set_times(accessed, modified, flags)?;
    if preopen_name(fd).is_some() {
        return guest.task.set_times(directory(fd), b".", true, accessed, modified);
    }
    guest.task.fset_times(fd, accessed, modified)
}

fn fd_pread(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    read: u32,
) -> Result {
    let buffers = memory.buffers(buffers, count)?;
    let count = guest.task.pread_into(fd, &mut Into::new(memory, &buffers), offset)?;
    memory.store(read, count as u32)
}

fn fd_prestat_dir_name(_: &mut Guest, memory: &mut Memory<'_>, fd: u32, buffer: u32, len: u32) -> Result {
    let name = preopen_name(fd).ok_or(Errno::Badf)?;
    if len < name.len() as u32 {
        return Err(Errno::Nametoolong.into());
    }
    memory.bytes_mut(buffer, name.len() as u32)?.copy_from_slice(name);
    Ok(())
}

fn fd_prestat_get(_: &mut Guest, memory: &mut Memory<'_>, fd: u32, out: u32) -> Result {
    let name = preopen_name(fd).ok_or(Errno::Badf)?;
    // Tag 0, a directory, and the length of its name.
    memory.store(out, [0, name.len() as u32])
}

fn fd_pwrite(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    written: u32,
) -> Result {
    let buffers = memory.buffers(buffers, count)?;
    let count = guest.task.pwrite_from(fd, &mut From::new(memory, &buffers, 0), offset)?;
    memory.store(written, count as u32)
}

fn fd_read(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, buffers: u32, count: u32, read: u32) -> Result {
    let buffers = memory.buffers(buffers, count)?;
    let count = guest.task.read_into(fd, &mut Into::new(memory, &buffers))?;
    memory.store(read, count as u32)
}

fn fd_readdir(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    fd: u32,
    buffer: u32,
    len: u32,
    cookie: u64,
    used: u32,
) -> Result {
    if preopen_name(fd).is_none() {
        return read_entries(guest, memory, fd, buffer, len, cookie, used);
    }
    // A position in a listing needs no memory of it, so that each call may have a descriptor of its own.
    let opened = guest.task.open(directory(fd), b"/", fs::OpenFlags::READ | fs::OpenFlags::DIRECTORY, 0)?;
    let result = read_entries(guest, memory, opened, buffer, len, cookie, used);
    guest.task.close(opened)?;
    result
}

fn read_entries(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    fd: u32,
    buffer: u32,
    len: u32,
    cookie: u64,
    used: u32,
) -> Result {
    const HEADER: u32 = size_of::<Dirent>() as u32;
    let mut at = 0;
    let mut cookie = cookie;
    memory.bytes(buffer, len)?;
    // A full buffer tells the guest that there is more; the last entry may be cut.
    'full: while at < len {
        let entries = guest.task.readdir(fd, cookie, (len - at) / (HEADER + 8) + 1)?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            let header = Dirent {
                next: entry.next,
                inode: entry.inode,
                name_len: entry.name.len() as u32,
                filetype: abi::filetype_of(entry.kind),
                pad: [0; 3],
            };
            for part in [bytemuck::bytes_of(&header), &entry.name] {
                let count = part.len().min((len - at) as usize);
                memory.bytes_mut(buffer + at, count as u32)?.copy_from_slice(&part[..count]);
                at += count as u32;
                if count < part.len() {
                    break 'full;
                }
            }
            cookie = entry.next;
        }
    }
    memory.store(used, at)
}

fn fd_renumber(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, to: u32) -> Result {
    if preopen_name(to).is_some() || preopen_name(fd).is_some() {
        return Err(Errno::Notsup.into());
    }
    if fd == to {
        return guest.task.get_flags(fd).map(drop);
    }
    guest.task.dup_to(fd, to, false)?;
    guest.task.close(fd)
}

fn fd_seek(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, offset: i64, whence: u32, position: u32) -> Result {
    let whence = match whence {
        0 => fs::Whence::Set,
        1 => fs::Whence::Cur,
        2 => fs::Whence::End,
        _ => return Err(Errno::Inval.into()),
    };
    let at = guest.task.seek(fd, offset, whence)?;
    memory.store(position, at)
}

fn fd_sync(guest: &mut Guest, _: &mut Memory<'_>, fd: u32) -> Result {
    guest.task.sync(fd, false)
}

fn fd_tell(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, position: u32) -> Result {
    let at = guest.task.seek(fd, 0, fs::Whence::Cur)?;
    memory.store(position, at)
}

fn fd_write(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, buffers: u32, count: u32, written: u32) -> Result {
    let list = memory.buffers(buffers, count)?;
    let total = write(guest, memory, fd, &list)?;
    memory.store(written, total as u32)
}

/// Writes everything, over as many tries as it takes. What was written before a failure stands.
pub(crate) fn write(
    guest: &mut Guest,
    memory: &Memory<'_>,
    fd: u32,
    buffers: &crate::memory::Buffers,
) -> std::result::Result<usize, Fault> {
    let total = buffers.total();
    loop {
        let mut from = From::new(memory, buffers, guest.call.written);
        match guest.task.write_from(fd, &mut from) {
            Ok(count) => guest.call.written += count,
            Err(Fault::Errno(_)) if guest.call.written > 0 => return Ok(guest.call.written),
            Err(fault) => return Err(fault),
        }
        if guest.call.written >= total {
            return Ok(total);
        }
    }
}
