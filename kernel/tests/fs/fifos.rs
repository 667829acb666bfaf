//! Fifos: how readers and writers find each other.

use vivarium_kernel::fs::FileKind;
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{System, errno};
use vivarium_kernel::{AT_FDCWD, Errno, Fault, Fd, Result, Tid};

const NONBLOCK_READ: OpenFlags = OpenFlags::READ.union(OpenFlags::NONBLOCK);

fn system() -> System {
    let mut system = System::new();
    system.kernel.mknod(system.tid, AT_FDCWD, b"/fifo", FileKind::Fifo, 0o600).unwrap();
    system
}

fn open(system: &mut System, tid: Tid, flags: OpenFlags) -> Result<Fd> {
    system.kernel.open(tid, AT_FDCWD, b"/fifo", flags, 0)
}

#[test]
fn a_reader_gets_what_a_writer_left_that_came_and_went_while_it_opened() {
    let mut system = system();
    let reader = system.spawn_program(&[]);
    assert_eq!(open(&mut system, reader, OpenFlags::READ), Err(Fault::Blocked));
    let fd = system.open("/fifo", OpenFlags::WRITE).unwrap();
    system.write(fd, "hi").unwrap();
    system.kernel.close(system.tid, fd).unwrap();
    assert!(system.host.take_wakes().contains(&reader));
    let fd = open(&mut system, reader, OpenFlags::READ).unwrap();
    system.tid = reader;
    assert_eq!(system.read(fd, 10).unwrap(), b"hi");
    assert_eq!(system.read(fd, 10).unwrap(), b"");
}

#[test]
fn what_was_left_for_a_reader_that_ended_in_open_is_nobody_s() {
    let mut system = system();
    let reader = system.spawn_program(&[]);
    assert_eq!(open(&mut system, reader, OpenFlags::READ), Err(Fault::Blocked));
    let fd = system.open("/fifo", OpenFlags::WRITE).unwrap();
    system.write(fd, "lost").unwrap();
    system.kernel.close(system.tid, fd).unwrap();
    system.kernel.exit(reader, 0);
    let held = system.kernel.stats().memory;
    let fd = system.open("/fifo", NONBLOCK_READ).unwrap();
    assert_eq!(system.read(fd, 10).unwrap(), b"");
    system.kernel.close(system.tid, fd).unwrap();
    assert_eq!(system.kernel.stats().memory, held - 4);
}

#[test]
fn opening_without_waiting_is_for_readers_and_for_those_who_are_read() {
    let mut system = system();
    let tid = system.tid;
    assert_eq!(errno(open(&mut system, tid, OpenFlags::WRITE | OpenFlags::NONBLOCK)), Errno::NXIO);
    let reader = open(&mut system, tid, NONBLOCK_READ).unwrap();
    let writer = open(&mut system, tid, OpenFlags::WRITE | OpenFlags::NONBLOCK).unwrap();
    system.write(writer, "x").unwrap();
    assert_eq!(system.read(reader, 10).unwrap(), b"x");
    assert_eq!(errno(system.read(reader, 10)), Errno::AGAIN);
}

#[test]
fn one_who_opens_both_ends_waits_for_nobody() {
    let mut system = system();
    let both = system.open("/fifo", OpenFlags::READ | OpenFlags::WRITE).unwrap();
    system.write(both, "kept").unwrap();
    assert_eq!(system.read(both, 10).unwrap(), b"kept");
}
