//! Advisory locks.

use vivarium_kernel::fs::{Lock, LockHolder, LockKind};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{System, errno};
use vivarium_kernel::{Errno, Fd};

const NEW: OpenFlags = OpenFlags::READ.union(OpenFlags::WRITE).union(OpenFlags::CREATE);

fn lock(kind: LockKind, start: u64, length: u64, open_file: bool) -> Lock {
    Lock { kind, start, length, open_file }
}

fn set(system: &mut System, fd: Fd, lock: Lock) -> vivarium_kernel::Result<()> {
    system.kernel.set_lock(system.tid, fd, lock, false)
}

#[test]
fn locks_of_open_files_conflict_within_a_process() {
    let mut system = System::new();
    let one = system.open("/f", NEW).unwrap();
    let other = system.open("/f", NEW).unwrap();
    set(&mut system, one, lock(LockKind::Exclusive, 10, 10, true)).unwrap();
    assert_eq!(errno(set(&mut system, other, lock(LockKind::Shared, 15, 0, true))), Errno::AGAIN);
    set(&mut system, other, lock(LockKind::Exclusive, 20, 0, true)).unwrap();
    let holder = system.kernel.get_lock(system.tid, other, lock(LockKind::Shared, 0, 100, true)).unwrap();
    assert_eq!(holder, Some(LockHolder { kind: LockKind::Exclusive, start: 10, length: 10, pid: 0 }));
    // A duplicate is the same open file; its lock lives until the last of them is closed.
    let duplicate = system.kernel.dup(system.tid, one, 0, false).unwrap();
    system.kernel.close(system.tid, one).unwrap();
    assert_eq!(errno(set(&mut system, other, lock(LockKind::Shared, 15, 1, true))), Errno::AGAIN);
    system.kernel.close(system.tid, duplicate).unwrap();
    set(&mut system, other, lock(LockKind::Shared, 15, 1, true)).unwrap();
}

#[test]
fn unlocking_the_middle_splits_a_lock() {
    let mut system = System::new();
    let one = system.open("/f", NEW).unwrap();
    let other = system.open("/f", NEW).unwrap();
    set(&mut system, one, lock(LockKind::Exclusive, 0, 0, true)).unwrap();
    set(&mut system, one, lock(LockKind::Unlock, 100, 50, true)).unwrap();
    set(&mut system, other, lock(LockKind::Exclusive, 100, 50, true)).unwrap();
    assert_eq!(errno(set(&mut system, other, lock(LockKind::Exclusive, 99, 1, true))), Errno::AGAIN);
    assert_eq!(errno(set(&mut system, other, lock(LockKind::Exclusive, 150, 1, true))), Errno::AGAIN);
    let holder = system.kernel.get_lock(system.tid, other, lock(LockKind::Shared, 150, 1, true)).unwrap();
    assert_eq!(holder.map(|holder| (holder.start, holder.length)), Some((150, 0)));
}

#[test]
fn a_waiter_is_woken() {
    let mut system = System::new();
    let one = system.open("/f", NEW).unwrap();
    let other = system.open("/f", NEW).unwrap();
    set(&mut system, one, lock(LockKind::Exclusive, 0, 0, true)).unwrap();
    let wanted = lock(LockKind::Exclusive, 0, 1, true);
    let waited = system.kernel.set_lock(system.tid, other, wanted, true);
    assert_eq!(waited, Err(vivarium_kernel::Fault::Blocked));
    system.host.take_wakes();
    set(&mut system, one, lock(LockKind::Unlock, 0, 0, true)).unwrap();
    assert_eq!(system.host.take_wakes(), [system.tid]);
    system.kernel.set_lock(system.tid, other, wanted, true).unwrap();
}

#[test]
fn process_locks_need_access_and_end_with_any_close() {
    let mut system = System::new();
    system.write_file("/f", "").unwrap();
    let reading = system.open("/f", OpenFlags::READ).unwrap();
    let writing = system.open("/f", OpenFlags::WRITE).unwrap();
    assert_eq!(errno(set(&mut system, reading, lock(LockKind::Exclusive, 0, 0, false))), Errno::BADF);
    assert_eq!(errno(set(&mut system, writing, lock(LockKind::Shared, 0, 0, false))), Errno::BADF);
    set(&mut system, writing, lock(LockKind::Exclusive, 0, 0, false)).unwrap();
    let probe = lock(LockKind::Shared, 0, 0, true);
    assert_eq!(system.kernel.get_lock(system.tid, reading, probe).unwrap().map(|holder| holder.pid), Some(1));
    let third = system.open("/f", OpenFlags::READ).unwrap();
    system.kernel.close(system.tid, third).unwrap();
    assert_eq!(system.kernel.get_lock(system.tid, reading, probe).unwrap(), None);
    assert_eq!(errno(set(&mut system, reading, lock(LockKind::Shared, u64::MAX, 2, false))), Errno::OVERFLOW);
}
