//! Advisory locks: POSIX fcntl() with F_SETLK and F_GETLK, Linux' F_OFD_SETLK, flock().

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::location::FileId;
use super::{Lock, LockHolder, LockKind};
use crate::open_file::{FileObject, OpenFileId, OpenFlags};
use crate::{Errno, Fd, Kernel, Pid, Result, Tid, WaitQueue};

/// Whose a lock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Owner {
    Process(Pid),
    OpenFile(OpenFileId),
}

/// A lock that is held. Locks of one owner on a file never overlap.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Held {
    owner: Owner,
    exclusive: bool,
    /// First and last byte.
    start: u64,
    last: u64,
}

/// The locks of a file and the tasks that wait for one.
#[derive(Debug, Default, Serialize, Deserialize)]
struct FileLocks {
    held: Vec<Held>,
    waiters: WaitQueue,
}

/// All advisory locks.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Locks {
    files: BTreeMap<FileId, FileLocks>,
    /// For which lock of which file each waiting process waits.
    waiting: BTreeMap<Pid, (FileId, Held)>,
}

impl Held {
    fn conflicts(&self, wanted: &Self) -> bool {
        self.owner != wanted.owner
            && (self.exclusive || wanted.exclusive)
            && self.start <= wanted.last
            && wanted.start <= self.last
    }
}

impl FileLocks {
    fn conflict(&self, wanted: &Held) -> Option<&Held> {
        self.held.iter().filter(|held| held.conflicts(wanted)).min_by_key(|held| held.start)
    }

    /// Takes a range from an owner, splitting what reaches over its ends.
    fn clear(&mut self, owner: Owner, start: u64, last: u64) {
        let mut kept = Vec::with_capacity(self.held.len() + 1);
        for held in self.held.drain(..) {
            if held.owner != owner || held.last < start || held.start > last {
                kept.push(held);
                continue;
            }
            if held.start < start {
                kept.push(Held { last: start - 1, ..held });
            }
            if held.last > last {
                kept.push(Held { start: last + 1, ..held });
            }
        }
        self.held = kept;
    }

    /// Adds a range that was cleared, as one with neighbours of the same kind.
    fn add(&mut self, mut new: Held) {
        self.held.retain(|held| {
            let same = held.owner == new.owner && held.exclusive == new.exclusive;
            let before = same && held.last.checked_add(1) == Some(new.start);
            let after = same && new.last.checked_add(1) == Some(held.start);
            if before {
                new.start = held.start;
            }
            if after {
                new.last = held.last;
            }
            !before && !after
        });
        self.held.push(new);
    }
}

impl Locks {
    /// Whether a process would wait for itself, by way of others, if it waited for `wanted`.
    fn deadlock(&self, pid: Pid, file: FileId, wanted: &Held) -> bool {
        let mut seen = vec![];
        let mut next = vec![(file, *wanted)];
        while let Some((file, wanted)) = next.pop() {
            let held = self.files.get(&file).map_or(&[][..], |locks| &locks.held);
            for held in held.iter().filter(|held| held.conflicts(&wanted)) {
                let Owner::Process(owner) = held.owner else { continue };
                if owner == pid {
                    return true;
                }
                if !seen.contains(&owner) {
                    seen.push(owner);
                    next.extend(self.waiting.get(&owner));
                }
            }
        }
        false
    }
}

impl Kernel {
    /// Takes, changes or releases an advisory lock. Without `wait` a conflict is `AGAIN`; with it, one that could never
    /// end is `DEADLK`.
    pub fn set_lock(&mut self, tid: Tid, fd: Fd, lock: Lock, wait: bool) -> Result<()> {
        let pid = self.enter(tid)?;
        let (file, id, wanted) = self.lock_wanted(pid, fd, lock)?;
        let flags = self.file(file).flags;
        match lock.kind {
            LockKind::Shared if !lock.open_file && !flags.contains(OpenFlags::READ) => return Err(Errno::BADF.into()),
            LockKind::Exclusive if !lock.open_file && !flags.contains(OpenFlags::WRITE) => {
                return Err(Errno::BADF.into());
            }
            _ => {}
        }
        let locks = &mut self.state.vfs.locks;
        if lock.kind == LockKind::Unlock {
            self.unlock(id, wanted.owner, wanted.start, wanted.last);
            return Ok(());
        }
        let conflict = locks.files.get(&id).and_then(|locks| locks.conflict(&wanted)).is_some();
        if !conflict {
            locks.waiting.remove(&pid);
            let locks = locks.files.entry(id).or_default();
            locks.clear(wanted.owner, wanted.start, wanted.last);
            locks.add(wanted);
            // An exclusive lock may have become a shared one.
            locks.waiters.wake(&mut *self.host);
            return Ok(());
        }
        if !wait {
            return Err(Errno::AGAIN.into());
        }
        let by_process = matches!(wanted.owner, Owner::Process(_));
        if by_process && locks.deadlock(pid, id, &wanted) {
            locks.waiting.remove(&pid);
            return Err(Errno::DEADLK.into());
        }
        if by_process {
            locks.waiting.insert(pid, (id, wanted));
        }
        locks.files.entry(id).or_default().waiters.wait(tid);
        let blocked = self.block(tid, false);
        if let Err(crate::Fault::Errno(_)) = blocked {
            self.state.vfs.locks.waiting.remove(&pid);
        }
        blocked
    }

    /// The first lock that conflicts with one that might be wanted.
    pub fn get_lock(&mut self, tid: Tid, fd: Fd, lock: Lock) -> Result<Option<LockHolder>> {
        let pid = self.enter(tid)?;
        let (_, id, wanted) = self.lock_wanted(pid, fd, lock)?;
        if lock.kind == LockKind::Unlock {
            return Err(Errno::INVAL.into());
        }
        let conflict = self.state.vfs.locks.files.get(&id).and_then(|locks| locks.conflict(&wanted));
        Ok(conflict.map(|held| LockHolder {
            kind: if held.exclusive { LockKind::Exclusive } else { LockKind::Shared },
            start: held.start,
            length: if held.last == u64::MAX { 0 } else { held.last - held.start + 1 },
            pid: if let Owner::Process(pid) = held.owner { pid } else { 0 },
        }))
    }

    fn lock_wanted(&mut self, pid: Pid, fd: Fd, lock: Lock) -> Result<(OpenFileId, FileId, Held), Errno> {
        let file = self.usable_file(pid, fd)?;
        if !matches!(self.file(file).object, FileObject::Node(_)) {
            return Err(Errno::INVAL);
        }
        let last = match lock.length {
            0 => u64::MAX,
            length => lock.start.checked_add(length - 1).ok_or(Errno::OVERFLOW)?,
        };
        let owner = if lock.open_file { Owner::OpenFile(file) } else { Owner::Process(pid) };
        let held = Held { owner, exclusive: lock.kind == LockKind::Exclusive, start: lock.start, last };
        Ok((file, self.file_id(file)?, held))
    }

    fn unlock(&mut self, id: FileId, owner: Owner, start: u64, last: u64) {
        let Some(locks) = self.state.vfs.locks.files.get_mut(&id) else { return };
        locks.clear(owner, start, last);
        locks.waiters.wake(&mut *self.host);
        if locks.held.is_empty() {
            self.state.vfs.locks.files.remove(&id);
        }
    }

    /// A process closed a descriptor of a file: all its locks on the file end.
    pub(crate) fn unlock_process(&mut self, pid: Pid, file: OpenFileId) {
        if !self.state.vfs.locks.files.is_empty()
            && let Ok(id) = self.file_id(file)
        {
            self.unlock(id, Owner::Process(pid), 0, u64::MAX);
        }
    }

    /// A process ended, which may have waited for a lock.
    pub(super) fn forget_lock_wait(&mut self, pid: Pid) {
        self.state.vfs.locks.waiting.remove(&pid);
    }

    /// The last reference to an open file is about to go: its locks end.
    pub(crate) fn unlock_open_file(&mut self, file: OpenFileId) {
        if !self.state.vfs.locks.files.is_empty()
            && let Ok(id) = self.file_id(file)
        {
            self.unlock(id, Owner::OpenFile(file), 0, u64::MAX);
        }
    }
}
