//! `vivarium:kernel/fs`.

use super::bindings::exports::vivarium::kernel::fs as wit;
use super::bindings::vivarium::host::types::{DirectoryEntry, FileKind, FileStat};
use super::bindings::vivarium::kernel::types::{Fault, Fd, Input, Output, Tid};
use super::convert::cases;
use super::{Component, with};
use crate::fs as core;
use crate::open_file::OpenFlags;

type Result<T> = std::result::Result<T, Fault>;

cases! { core::Whence, wit::Whence: Set Set, Cur Cur, End End, Data Data, Hole Hole }
cases! { core::RenameMode, wit::RenameMode: Replace Replace, NoReplace NoReplace, Exchange Exchange }
cases! { core::LockKind, wit::LockKind: Shared Shared, Exclusive Exclusive, Unlock Unlock }

impl From<wit::OpenFlags> for OpenFlags {
    fn from(flags: wit::OpenFlags) -> Self {
        Self::from_bits_truncate(flags.bits().into())
    }
}

impl From<wit::SetTime> for core::SetTime {
    fn from(time: wit::SetTime) -> Self {
        match time {
            wit::SetTime::Omit => Self::Omit,
            wit::SetTime::Now => Self::Now,
            wit::SetTime::At(time) => Self::At(time.into()),
        }
    }
}

impl From<wit::Lock> for core::Lock {
    fn from(wit::Lock { kind, start, length, open_file }: wit::Lock) -> Self {
        Self { kind: kind.into(), start, length, open_file }
    }
}

impl From<core::Input> for Input {
    fn from(input: core::Input) -> Self {
        match input {
            core::Input::Bytes(bytes) => Self::Bytes(bytes),
            core::Input::Host(extent) => Self::Host(extent.into()),
        }
    }
}

impl From<core::Output> for Output {
    fn from(output: core::Output) -> Self {
        match output {
            core::Output::Count(count) => Self::Count(count),
            core::Output::Host(extent) => Self::Host(extent.into()),
        }
    }
}

impl wit::Guest for Component {
    fn open(tid: Tid, dir: Fd, path: Vec<u8>, flags: wit::OpenFlags, mode: u32) -> Result<Fd> {
        Ok(with(|kernel| kernel.open(tid, dir, &path, flags.into(), mode))?)
    }

    fn close(tid: Tid, fd: Fd) -> Result<()> {
        Ok(with(|kernel| kernel.close(tid, fd))?)
    }

    fn read(tid: Tid, fd: Fd, length: u32) -> Result<Input> {
        Ok(with(|kernel| kernel.read(tid, fd, length))?.into())
    }

    fn pread(tid: Tid, fd: Fd, offset: u64, length: u32) -> Result<Input> {
        Ok(with(|kernel| kernel.pread(tid, fd, offset, length))?.into())
    }

    fn write(tid: Tid, fd: Fd, data: Vec<u8>) -> Result<Output> {
        Ok(with(|kernel| kernel.write(tid, fd, data))?.into())
    }

    fn pwrite(tid: Tid, fd: Fd, offset: u64, data: Vec<u8>) -> Result<Output> {
        Ok(with(|kernel| kernel.pwrite(tid, fd, offset, data))?.into())
    }

    fn advance(tid: Tid, fd: Fd, count: u64) -> Result<()> {
        Ok(with(|kernel| kernel.advance(tid, fd, count))?)
    }

    fn seek(tid: Tid, fd: Fd, offset: i64, whence: wit::Whence) -> Result<u64> {
        Ok(with(|kernel| kernel.seek(tid, fd, offset, whence.into()))?)
    }

    fn fstat(tid: Tid, fd: Fd) -> Result<FileStat> {
        Ok(with(|kernel| kernel.fstat(tid, fd))?.into())
    }

    fn stat(tid: Tid, dir: Fd, path: Vec<u8>, follow: bool) -> Result<FileStat> {
        Ok(with(|kernel| kernel.stat(tid, dir, &path, follow))?.into())
    }

    fn access(tid: Tid, dir: Fd, path: Vec<u8>, mode: wit::AccessMode, effective: bool) -> Result<()> {
        let mode = core::AccessMode::from_bits_truncate(mode.bits());
        Ok(with(|kernel| kernel.access(tid, dir, &path, mode, effective))?)
    }

    fn set_times(
        tid: Tid,
        dir: Fd,
        path: Vec<u8>,
        follow: bool,
        accessed: wit::SetTime,
        modified: wit::SetTime,
    ) -> Result<()> {
        Ok(with(|kernel| kernel.set_times(tid, dir, &path, follow, accessed.into(), modified.into()))?)
    }

    fn fset_times(tid: Tid, fd: Fd, accessed: wit::SetTime, modified: wit::SetTime) -> Result<()> {
        Ok(with(|kernel| kernel.fset_times(tid, fd, accessed.into(), modified.into()))?)
    }

    fn chmod(tid: Tid, dir: Fd, path: Vec<u8>, follow: bool, mode: u32) -> Result<()> {
        Ok(with(|kernel| kernel.chmod(tid, dir, &path, follow, mode))?)
    }

    fn fchmod(tid: Tid, fd: Fd, mode: u32) -> Result<()> {
        Ok(with(|kernel| kernel.fchmod(tid, fd, mode))?)
    }

    fn chown(tid: Tid, dir: Fd, path: Vec<u8>, follow: bool, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
        Ok(with(|kernel| kernel.chown(tid, dir, &path, follow, uid, gid))?)
    }

    fn fchown(tid: Tid, fd: Fd, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
        Ok(with(|kernel| kernel.fchown(tid, fd, uid, gid))?)
    }

    fn truncate(tid: Tid, dir: Fd, path: Vec<u8>, length: u64) -> Result<()> {
        Ok(with(|kernel| kernel.truncate(tid, dir, &path, length))?)
    }

    fn ftruncate(tid: Tid, fd: Fd, length: u64) -> Result<()> {
        Ok(with(|kernel| kernel.ftruncate(tid, fd, length))?)
    }

    fn allocate(tid: Tid, fd: Fd, offset: u64, length: u64) -> Result<()> {
        Ok(with(|kernel| kernel.allocate(tid, fd, offset, length))?)
    }

    fn sync(tid: Tid, fd: Fd, data_only: bool) -> Result<()> {
        Ok(with(|kernel| kernel.sync(tid, fd, data_only))?)
    }

    fn mkdir(tid: Tid, dir: Fd, path: Vec<u8>, mode: u32) -> Result<()> {
        Ok(with(|kernel| kernel.mkdir(tid, dir, &path, mode))?)
    }

    fn mknod(tid: Tid, dir: Fd, path: Vec<u8>, kind: FileKind, mode: u32) -> Result<()> {
        Ok(with(|kernel| kernel.mknod(tid, dir, &path, kind.into(), mode))?)
    }

    fn symlink(tid: Tid, target: Vec<u8>, dir: Fd, path: Vec<u8>) -> Result<()> {
        Ok(with(|kernel| kernel.symlink(tid, &target, dir, &path))?)
    }

    fn readlink(tid: Tid, dir: Fd, path: Vec<u8>) -> Result<Vec<u8>> {
        Ok(with(|kernel| kernel.readlink(tid, dir, &path))?)
    }

    fn link(tid: Tid, old_dir: Fd, old: Vec<u8>, follow: bool, new_dir: Fd, new: Vec<u8>) -> Result<()> {
        Ok(with(|kernel| kernel.link(tid, old_dir, &old, follow, new_dir, &new))?)
    }

    fn unlink(tid: Tid, dir: Fd, path: Vec<u8>) -> Result<()> {
        Ok(with(|kernel| kernel.unlink(tid, dir, &path))?)
    }

    fn rmdir(tid: Tid, dir: Fd, path: Vec<u8>) -> Result<()> {
        Ok(with(|kernel| kernel.rmdir(tid, dir, &path))?)
    }

    fn rename(tid: Tid, old_dir: Fd, old: Vec<u8>, new_dir: Fd, new: Vec<u8>, mode: wit::RenameMode) -> Result<()> {
        Ok(with(|kernel| kernel.rename(tid, old_dir, &old, new_dir, &new, mode.into()))?)
    }

    fn readdir(tid: Tid, fd: Fd, cookie: u64, count: u32) -> Result<Vec<DirectoryEntry>> {
        let entries = with(|kernel| kernel.readdir(tid, fd, cookie, count))?;
        Ok(entries.into_iter().map(Into::into).collect())
    }

    fn realpath(tid: Tid, dir: Fd, path: Vec<u8>) -> Result<Vec<u8>> {
        Ok(with(|kernel| kernel.realpath(tid, dir, &path))?)
    }

    fn statfs(tid: Tid, dir: Fd, path: Vec<u8>) -> Result<wit::FileSystemStat> {
        let stat = with(|kernel| kernel.statfs(tid, dir, &path))?;
        Ok(wit::FileSystemStat {
            block_size: stat.block_size,
            blocks: stat.blocks,
            blocks_free: stat.blocks_free,
            files: stat.files,
            files_free: stat.files_free,
            name_max: stat.name_max,
            read_only: stat.read_only,
        })
    }

    fn chdir(tid: Tid, path: Vec<u8>) -> Result<()> {
        Ok(with(|kernel| kernel.chdir(tid, &path))?)
    }

    fn fchdir(tid: Tid, fd: Fd) -> Result<()> {
        Ok(with(|kernel| kernel.fchdir(tid, fd))?)
    }

    fn getcwd(tid: Tid) -> Result<Vec<u8>> {
        Ok(with(|kernel| kernel.getcwd(tid))?)
    }

    fn umask(tid: Tid, mask: u32) -> Result<u32> {
        Ok(with(|kernel| kernel.umask(tid, mask))?)
    }

    fn dup(tid: Tid, fd: Fd, at_least: Fd, close_on_exec: bool) -> Result<Fd> {
        Ok(with(|kernel| kernel.dup(tid, fd, at_least, close_on_exec))?)
    }

    fn dup_to(tid: Tid, fd: Fd, to: Fd, close_on_exec: bool) -> Result<()> {
        Ok(with(|kernel| kernel.dup_to(tid, fd, to, close_on_exec))?)
    }

    fn get_close_on_exec(tid: Tid, fd: Fd) -> Result<bool> {
        Ok(with(|kernel| kernel.get_close_on_exec(tid, fd))?)
    }

    fn set_close_on_exec(tid: Tid, fd: Fd, value: bool) -> Result<()> {
        Ok(with(|kernel| kernel.set_close_on_exec(tid, fd, value))?)
    }

    fn get_flags(tid: Tid, fd: Fd) -> Result<wit::OpenFlags> {
        let flags = with(|kernel| kernel.get_flags(tid, fd))?;
        Ok(wit::OpenFlags::from_bits_truncate(flags.bits() as u16))
    }

    fn set_flags(tid: Tid, fd: Fd, flags: wit::StatusFlags) -> Result<()> {
        let flags = core::StatusFlags::from_bits_truncate(flags.bits());
        Ok(with(|kernel| kernel.set_flags(tid, fd, flags))?)
    }

    fn set_lock(tid: Tid, fd: Fd, lock: wit::Lock, wait: bool) -> Result<()> {
        Ok(with(|kernel| kernel.set_lock(tid, fd, lock.into(), wait))?)
    }

    fn get_lock(tid: Tid, fd: Fd, lock: wit::Lock) -> Result<Option<wit::LockHolder>> {
        let holder = with(|kernel| kernel.get_lock(tid, fd, lock.into()))?;
        Ok(holder.map(|core::LockHolder { kind, start, length, pid }| wit::LockHolder {
            kind: kind.into(),
            start,
            length,
            pid,
        }))
    }

    fn pipe(tid: Tid, flags: wit::OpenFlags) -> Result<(Fd, Fd)> {
        Ok(with(|kernel| kernel.pipe(tid, flags.into()))?)
    }

    fn available(tid: Tid, fd: Fd) -> Result<u64> {
        Ok(with(|kernel| kernel.available(tid, fd))?)
    }

    fn watch_open(tid: Tid, flags: wit::OpenFlags) -> Result<Fd> {
        Ok(with(|kernel| kernel.watch_open(tid, flags.into()))?)
    }

    fn watch_add(tid: Tid, watch: Fd, path: Vec<u8>, events: wit::WatchEvents) -> Result<u32> {
        let events = core::WatchEvents::from_bits_truncate(events.bits());
        Ok(with(|kernel| kernel.watch_add(tid, watch, &path, events))?)
    }

    fn watch_remove(tid: Tid, watch: Fd, number: u32) -> Result<()> {
        Ok(with(|kernel| kernel.watch_remove(tid, watch, number))?)
    }
}
