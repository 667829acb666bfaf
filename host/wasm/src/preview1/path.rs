//! `path_*`.

use vivarium_runner::{Errno, Fault, fs};
use wasmtime::Linker;

use super::MODULE;
use super::abi::{self, FileStatAbi, fdflags, rights};
use crate::guest::{Guest, directory};
use crate::memory::GuestMemory;
use crate::syscall::syscalls;

/// `lookupflags`.
const SYMLINK_FOLLOW: u32 = 1;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    syscalls! { linker, MODULE,
        fn path_create_directory(dir: u32, path: u32, len: u32);
        fn path_filestat_get(dir: u32, lookup: u32, path: u32, len: u32, stat: u32);
        fn path_filestat_set_times(
            dir: u32, lookup: u32, path: u32, len: u32, accessed: u64, modified: u64, flags: u32
        );
        fn path_link(old_dir: u32, lookup: u32, old: u32, old_len: u32, new_dir: u32, new: u32, new_len: u32);
        fn path_open(
            dir: u32, lookup: u32, path: u32, len: u32, oflags: u32, base: u64, inheriting: u64, flags: u32, fd: u32
        );
        fn path_readlink(dir: u32, path: u32, len: u32, buffer: u32, buffer_len: u32, used: u32);
        fn path_remove_directory(dir: u32, path: u32, len: u32);
        fn path_rename(old_dir: u32, old: u32, old_len: u32, new_dir: u32, new: u32, new_len: u32);
        fn path_symlink(target: u32, target_len: u32, dir: u32, path: u32, len: u32);
        fn path_unlink_file(dir: u32, path: u32, len: u32);
    }
    Ok(())
}

type Memory<'a> = GuestMemory<'a>;
type Result = std::result::Result<(), Fault>;

fn path_create_directory(guest: &mut Guest, memory: &mut Memory<'_>, dir: u32, path: u32, len: u32) -> Result {
    guest.task.mkdir(directory(dir), memory.bytes(path, len)?, 0o777)
}

fn path_filestat_get(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    lookup: u32,
    path: u32,
    len: u32,
    out: u32,
) -> Result {
    let stat = guest.task.stat(directory(dir), memory.bytes(path, len)?, lookup & SYMLINK_FOLLOW != 0)?;
    memory.store(out, FileStatAbi::from(stat))
}

fn path_filestat_set_times(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    lookup: u32,
    path: u32,
    len: u32,
    accessed: u64,
    modified: u64,
    flags: u32,
) -> Result {
    let (accessed, modified) = abi::set_times(accessed, modified, flags)?;
    let follow = lookup & SYMLINK_FOLLOW != 0;
    guest.task.set_times(directory(dir), memory.bytes(path, len)?, follow, accessed, modified)
}

fn path_link(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    old_dir: u32,
    lookup: u32,
    old: u32,
    old_len: u32,
    new_dir: u32,
    new: u32,
    new_len: u32,
) -> Result {
    let follow = lookup & SYMLINK_FOLLOW != 0;
    let (old, new) = (memory.bytes(old, old_len)?, memory.bytes(new, new_len)?);
    guest.task.link(directory(old_dir), old, follow, directory(new_dir), new)
}

fn path_open(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    lookup: u32,
    path: u32,
    len: u32,
    oflags: u32,
    base: u64,
    _inheriting: u64,
    flags: u32,
    fd: u32,
) -> Result {
    let mut open = fs::OpenFlags::empty();
    if lookup & SYMLINK_FOLLOW == 0 {
        open |= fs::OpenFlags::NO_FOLLOW;
    }
    let given = [
        (oflags & 1, fs::OpenFlags::CREATE),
        (oflags & 2, fs::OpenFlags::DIRECTORY),
        (oflags & 4, fs::OpenFlags::EXCLUSIVE),
        (oflags & 8, fs::OpenFlags::TRUNCATE),
        (flags & u32::from(fdflags::APPEND), fs::OpenFlags::APPEND),
        (flags & u32::from(fdflags::NONBLOCK), fs::OpenFlags::NONBLOCK),
    ];
    for (bit, flag) in given {
        if bit != 0 {
            open |= flag;
        }
    }
    if base & rights::FD_WRITE != 0 {
        open |= fs::OpenFlags::WRITE;
    }
    if base & (rights::FD_READ | rights::FD_READDIR) != 0 || !open.contains(fs::OpenFlags::WRITE) {
        open |= fs::OpenFlags::READ;
    }
    let opened = guest.task.open(directory(dir), memory.bytes(path, len)?, open, 0o666)?;
    memory.store(fd, opened)
}

fn path_readlink(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    dir: u32,
    path: u32,
    len: u32,
    buffer: u32,
    buffer_len: u32,
    used: u32,
) -> Result {
    let target = guest.task.readlink(directory(dir), memory.bytes(path, len)?)?;
    let count = target.len().min(buffer_len as usize);
    memory.bytes_mut(buffer, count as u32)?.copy_from_slice(&target[..count]);
    memory.store(used, count as u32)
}

fn path_remove_directory(guest: &mut Guest, memory: &mut Memory<'_>, dir: u32, path: u32, len: u32) -> Result {
    guest.task.rmdir(directory(dir), memory.bytes(path, len)?)
}

fn path_rename(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    old_dir: u32,
    old: u32,
    old_len: u32,
    new_dir: u32,
    new: u32,
    new_len: u32,
) -> Result {
    let (old, new) = (memory.bytes(old, old_len)?, memory.bytes(new, new_len)?);
    guest.task.rename(directory(old_dir), old, directory(new_dir), new, fs::RenameMode::Replace)
}

fn path_symlink(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    target: u32,
    target_len: u32,
    dir: u32,
    path: u32,
    len: u32,
) -> Result {
    let (target, path) = (memory.bytes(target, target_len)?, memory.bytes(path, len)?);
    if target.is_empty() {
        return Err(Errno::Noent.into());
    }
    guest.task.symlink(target, directory(dir), path)
}

fn path_unlink_file(guest: &mut Guest, memory: &mut Memory<'_>, dir: u32, path: u32, len: u32) -> Result {
    guest.task.unlink(directory(dir), memory.bytes(path, len)?)
}
