//! What the file system owes to several processes: locks with their deadlocks, links to each other's files, signals.

use vivarium_kernel::fs::{Lock, LockKind};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::proc::{Limit, Program, Resource, SpawnAttributes, StateChange, WaitFor, WaitOptions};
use vivarium_kernel::testing::{MemoryStore, System, errno};
use vivarium_kernel::{AT_FDCWD, Errno, Fault, Fd, Result, Tid};

fn system() -> System {
    let layer = MemoryStore::new().program("bin/p", b"\0asm\x01\0\0\0");
    System::builder().overlay("/", [layer]).proc_and_dev().boot()
}

/// Starts a child and gives its first task.
fn child(system: &mut System, attributes: &SpawnAttributes) -> Tid {
    let program = Program { path: b"/bin/p".to_vec(), arguments: vec![b"p".to_vec()], environment: Vec::new() };
    system.kernel.spawn(system.tid, program, &[], attributes).unwrap();
    system.host.take_starts().pop().expect("a task to start").tid
}

fn open(system: &mut System, tid: Tid, path: &str) -> Fd {
    let flags = OpenFlags::READ | OpenFlags::WRITE | OpenFlags::CREATE;
    system.kernel.open(tid, AT_FDCWD, path.as_bytes(), flags, 0o666).unwrap()
}

fn lock(system: &mut System, tid: Tid, fd: Fd, start: u64) -> Result<()> {
    let lock = Lock { kind: LockKind::Exclusive, start, length: 1, open_file: false };
    system.kernel.set_lock(tid, fd, lock, true)
}

#[test]
fn a_circle_of_waiting_processes_is_refused() {
    let mut system = system();
    let tids: Vec<Tid> = (0..3).map(|_| child(&mut system, &SpawnAttributes::default())).collect();
    let fds: Vec<Fd> = tids.iter().map(|&tid| open(&mut system, tid, "/f")).collect();
    for at in 0..3 {
        lock(&mut system, tids[at], fds[at], at as u64).unwrap();
    }
    assert_eq!(lock(&mut system, tids[0], fds[0], 1), Err(Fault::Blocked));
    assert_eq!(lock(&mut system, tids[1], fds[1], 2), Err(Fault::Blocked));
    assert_eq!(errno(lock(&mut system, tids[2], fds[2], 0)), Errno::DEADLK);
    // The one that gave up lets the others go on, one after the other.
    system.host.take_wakes();
    system.kernel.exit(tids[2], 0);
    assert!(system.host.take_wakes().contains(&tids[1]));
    lock(&mut system, tids[1], fds[1], 2).unwrap();
    assert_eq!(lock(&mut system, tids[0], fds[0], 1), Err(Fault::Blocked));
    system.kernel.close(tids[1], fds[1]).unwrap();
    lock(&mut system, tids[0], fds[0], 1).unwrap();
}

#[test]
fn locks_of_a_process_do_not_conflict_with_its_own() {
    let mut system = system();
    let (one, other) =
        (child(&mut system, &SpawnAttributes::default()), child(&mut system, &SpawnAttributes::default()));
    let (fd, fd_of_other) = (open(&mut system, one, "/f"), open(&mut system, other, "/f"));
    lock(&mut system, one, fd, 0).unwrap();
    lock(&mut system, one, fd, 0).unwrap();
    let probe = Lock { kind: LockKind::Shared, start: 0, length: 0, open_file: false };
    assert_eq!(system.kernel.get_lock(one, fd, probe).unwrap(), None);
    let holder = system.kernel.get_lock(other, fd_of_other, probe).unwrap().unwrap();
    assert_eq!((holder.pid, holder.kind, holder.length), (2, LockKind::Exclusive, 1));
}

#[test]
fn processes_see_each_other_in_proc() {
    let mut system = system();
    let tid = child(&mut system, &SpawnAttributes::default());
    let fd = open(&mut system, tid, "/f");
    assert_eq!(system.read_file("/proc/2/cmdline").unwrap(), b"p\0");
    assert_eq!(system.kernel.readlink(system.tid, AT_FDCWD, b"/proc/2/exe").unwrap(), b"/bin/p");
    let link = format!("/proc/2/fd/{fd}");
    assert_eq!(system.kernel.readlink(system.tid, AT_FDCWD, link.as_bytes()).unwrap(), b"/f");
    let stat = String::from_utf8(system.read_file("/proc/2/stat").unwrap()).unwrap();
    assert!(stat.starts_with("2 (p) S 1 "), "{stat}");
    system.kernel.exit(tid, 0);
    assert_eq!(system.read_file("/proc/2/cmdline").unwrap(), b"");
    assert!(String::from_utf8(system.read_file("/proc/2/status").unwrap()).unwrap().contains("State:\tZ (zombie)"));
    assert!(system.names("/proc/2/fd").unwrap().is_empty());
    system.kernel.wait(system.tid, WaitFor::Any, WaitOptions::empty()).unwrap();
    assert_eq!(errno(system.stat("/proc/2")), Errno::NOENT);
}

#[test]
fn what_belongs_to_another_user_is_closed() {
    let mut system = system();
    let theirs = child(&mut system, &SpawnAttributes { uid: Some(500), gid: Some(500), ..Default::default() });
    let ours = child(&mut system, &SpawnAttributes { uid: Some(600), gid: Some(600), ..Default::default() });
    assert!(system.kernel.check(theirs, 0).is_ok());
    for path in ["/proc/2/environ", "/proc/2/fd", "/proc/2/cwd/x", "/proc/2/fd/0"] {
        let opened = system.kernel.open(ours, AT_FDCWD, path.as_bytes(), OpenFlags::READ, 0);
        assert_eq!(errno(opened), Errno::ACCES, "{path}");
    }
    system.kernel.open(ours, AT_FDCWD, b"/proc/2/status", OpenFlags::READ, 0).unwrap();
}

#[test]
fn a_file_beyond_its_limit_ends_the_writer() {
    let mut system = system();
    let limits = vec![(Resource::FileSize, Limit { soft: 4, hard: 4 })];
    let tid = child(&mut system, &SpawnAttributes { limits, ..Default::default() });
    let fd = open(&mut system, tid, "/f");
    system.kernel.write(tid, fd, b"0123456789".to_vec()).unwrap();
    let _ = system.kernel.write(tid, fd, b"more".to_vec());
    let status = system.kernel.wait(system.tid, WaitFor::Any, WaitOptions::empty()).unwrap().unwrap();
    assert_eq!(status.change, StateChange::Signaled(25));
    assert_eq!(system.read_file("/f").unwrap(), b"0123");
}

#[test]
fn a_program_that_is_replaced_runs_on() {
    let mut system = system();
    let tid = child(&mut system, &SpawnAttributes::default());
    system.kernel.unlink(system.tid, AT_FDCWD, b"/bin/p").unwrap();
    assert_eq!(system.kernel.read_program(tid, 0, 4).unwrap(), b"\0asm");
    assert!(system.kernel.readlink(system.tid, AT_FDCWD, b"/proc/2/exe").unwrap().ends_with(b" (deleted)"));
    let inodes = system.kernel.stats().inodes;
    system.kernel.exit(tid, 0);
    assert_eq!(system.kernel.stats().inodes, inodes - 1);
}
