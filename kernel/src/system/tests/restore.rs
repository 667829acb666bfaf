use super::*;
use crate::Fault;
use crate::open_file::OpenFlags;
use crate::system::RestoreError;
use crate::testing::{MemoryStore, TestHost, errno};

#[test]
fn a_copy_is_the_same() {
    let system = full_system();
    assert!(copy(&system).snapshot() == system.kernel.snapshot());
}

#[test]
fn a_running_kernel_takes_no_snapshot() {
    let mut system = System::new();
    let snapshot = system.kernel.snapshot();
    assert_eq!(system.kernel.restore(&snapshot, true), Err(RestoreError::Running));
}

#[test]
fn what_is_no_snapshot() {
    let mut kernel = Kernel::new(Box::new(TestHost::new()));
    let snapshot = System::new().kernel.snapshot();
    for end in 0..14 {
        assert_eq!(kernel.restore(&snapshot[..end], true), Err(RestoreError::NotASnapshot), "{end}");
    }
    let mut later = snapshot.clone();
    later[8] = 99;
    let error = kernel.restore(&later, true).unwrap_err();
    assert!(matches!(&error, RestoreError::Version { found: 99, by } if by.starts_with("vivarium-kernel")), "{error}");
    let error = kernel.restore(&snapshot[..snapshot.len() / 2], true).unwrap_err();
    assert!(matches!(error, RestoreError::Malformed(_)), "{error}");
    kernel.restore(&snapshot, true).expect("it can still be restored");
}

#[test]
fn without_its_tasks_files_stay_and_processes_go() {
    let mut system = System::new();
    system.write_file("/kept", "kept").unwrap();
    let (reader, _writer) = system.kernel.pipe(system.tid, OpenFlags::empty()).unwrap();
    let child = system.spawn_program(&[]);
    let other = system.kernel.task_create(system.tid).unwrap();
    let unlinked = system.kernel.open(child, crate::AT_FDCWD, b"/gone", OpenFlags::WRITE | OpenFlags::CREATE, 0o600);
    unlinked.unwrap();
    system.kernel.unlink(child, crate::AT_FDCWD, b"/gone").unwrap();
    let snapshot = system.kernel.snapshot();
    let mut kernel = Kernel::new(Box::new(system.host.clone()));
    let tid = kernel.restore(&snapshot, false).unwrap();
    assert_eq!(tid, system.tid);
    for gone in [child, other] {
        assert_eq!(kernel.getcwd(gone), Err(Fault::Gone));
    }
    assert_eq!(kernel.stats().processes, 1);
    assert_eq!(kernel.stats().inodes, system.kernel.stats().inodes - 1, "what only the child held is gone");
    system.kernel = kernel;
    assert_eq!(system.read_file("/kept"), Ok(b"kept".to_vec()));
    assert_eq!(system.read(reader, 1), Err(Fault::Blocked));
    super::copy(&system);
}

#[test]
fn host_files_are_kept_in_place_and_opened_again_elsewhere() {
    let store = || MemoryStore::new().file("one", "first file").file("two", "second file").file("three", "third");
    let mut system = System::builder().store("/", store(), false).boot();
    let fds = ["/three", "/two", "/one"].map(|path| system.open(path, OpenFlags::READ).unwrap());
    system.read(fds[1], 7).unwrap();
    let snapshot = system.kernel.snapshot();
    // Beside the same stores the handles mean what they meant.
    system.kernel = copy(&system);
    assert_eq!(system.read(fds[1], 100), Ok(b"file".to_vec()));
    // Elsewhere the files are found by their paths.
    let host = TestHost::new();
    host.add_store(store());
    crate::Host::store_unlink(&mut host.clone(), 0, b"three").unwrap();
    let mut kernel = Kernel::new(Box::new(host.clone()));
    let tid = kernel.restore(&snapshot, true).unwrap();
    let mut system = System { kernel, host, tid };
    assert_eq!(system.read(fds[1], 100), Ok(b"file".to_vec()));
    assert_eq!(system.read(fds[2], 100), Ok(b"first file".to_vec()));
    errno(system.read(fds[0], 100));
}

#[test]
fn time_stands_still_between_snapshot_and_restore() {
    let mut system = System::new();
    let child = system.spawn_program(&[]);
    system.kernel.alarm(child, 1000, 0).unwrap();
    let snapshot = system.kernel.snapshot();
    let host = TestHost::new();
    host.record().monotonic = 5;
    let mut kernel = Kernel::new(Box::new(host.clone()));
    kernel.restore(&snapshot, true).unwrap();
    assert_eq!(host.record().timer, Some(1005));
    host.record().monotonic = 305;
    assert_eq!(kernel.alarm(child, 0, 0), Ok(700));
}
