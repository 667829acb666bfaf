//! Host stores: containment, grants, audit.

use vivarium_kernel::fs::{Output, RenameMode, Whence};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{MemoryStore, System, errno};
use vivarium_kernel::{AT_FDCWD, Errno, Verdict};

const RW: OpenFlags = OpenFlags::READ.union(OpenFlags::WRITE);

fn tree() -> MemoryStore {
    MemoryStore::new()
        .file("a/b/f", "deep")
        .file("top", "top")
        .link_to("abs", "/etc/passwd")
        .link_to("up", "../../etc/passwd")
        .link_to("a/in", "b/f")
        .link_to("a/dir", "b")
}

fn system(read_only: bool) -> System {
    let mut system = System::builder().memory("/").store("/mnt/host", tree(), read_only).boot();
    system.mkdir("/etc").unwrap();
    system.write_file("/etc/passwd", "of the guest").unwrap();
    system
}

#[test]
fn links_resolve_inside_the_virtual_machine() {
    let mut system = system(true);
    assert_eq!(system.read_file("/mnt/host/abs").unwrap(), b"of the guest");
    assert_eq!(system.read_file("/mnt/host/up").unwrap(), b"of the guest");
    assert_eq!(system.read_file("/mnt/host/a/in").unwrap(), b"deep");
    assert_eq!(system.read_file("/mnt/host/a/dir/f").unwrap(), b"deep");
    assert_eq!(system.read_file("/mnt/host/a/dir/../../top").unwrap(), b"top");
    assert_eq!(system.read_file("/mnt/host/../../etc/passwd").unwrap(), b"of the guest");
    let path = system.kernel.realpath(system.tid, AT_FDCWD, b"/mnt/host/a/dir/f").unwrap();
    assert_eq!(path, b"/mnt/host/a/b/f");
    system.kernel.chdir(system.tid, b"/mnt/host/a/dir").unwrap();
    assert_eq!(system.kernel.getcwd(system.tid).unwrap(), b"/mnt/host/a/b");
    assert_eq!(system.read_file("../../../../etc/passwd").unwrap(), b"of the guest");
    let mut names = system.names("/mnt/host").unwrap();
    names.sort();
    assert_eq!(names, ["a", "abs", "top", "up"]);
}

#[test]
fn what_is_read_of_the_host_is_told_but_not_what_is_read_of_an_image() {
    let mut system = system(true);
    system.host.take_audit();
    system.read_file("/mnt/host/a/in").unwrap();
    system.names("/mnt/host/a").unwrap();
    system.stat("/mnt/host/top").unwrap();
    assert_eq!(errno(system.read_file("/mnt/host/none")), Errno::NOENT);
    let events = system.host.take_audit();
    let told: Vec<_> = events.iter().map(|event| (&*event.operation, &*event.object, event.verdict)).collect();
    let (file, directory): (&[u8], &[u8]) = (b"/mnt/host/a/b/f", b"/mnt/host/a");
    assert_eq!(told, [("open", file, Verdict::Allowed), ("open", directory, Verdict::Allowed)]);
    assert_eq!(events[0].reason, "mount /mnt/host");

    let mut system = System::builder().overlay("/", [tree()]).boot();
    system.host.take_audit();
    system.read_file("/top").unwrap();
    system.names("/a").unwrap();
    assert_eq!(system.host.take_audit(), []);
}

#[test]
fn a_read_only_store_refuses_and_tells() {
    let mut system = system(true);
    let tid = system.tid;
    system.host.take_audit();
    assert_eq!(errno(system.open("/mnt/host/top", RW)), Errno::ROFS);
    assert_eq!(errno(system.write_file("/mnt/host/new", "")), Errno::ROFS);
    assert_eq!(errno(system.mkdir("/mnt/host/d")), Errno::ROFS);
    assert_eq!(errno(system.kernel.unlink(tid, AT_FDCWD, b"/mnt/host/top")), Errno::ROFS);
    assert_eq!(errno(system.kernel.chmod(tid, AT_FDCWD, b"/mnt/host/top", true, 0)), Errno::ROFS);
    let moved = system.kernel.rename(tid, AT_FDCWD, b"/mnt/host/top", AT_FDCWD, b"/mnt/host/t", RenameMode::Replace);
    assert_eq!(errno(moved), Errno::ROFS);
    let events = system.host.take_audit();
    let operations: Vec<&str> = events.iter().map(|event| &event.operation[..]).collect();
    assert_eq!(operations, ["open", "open", "mkdir", "unlink", "chmod", "rename"]);
    assert!(events.iter().all(|event| event.verdict == Verdict::Denied));
    assert_eq!(events[0].object, b"/mnt/host/top");
}

#[test]
fn a_granted_store_is_written_and_every_use_told() {
    let mut system = system(false);
    let tid = system.tid;
    system.host.take_audit();
    system.write_file("/mnt/host/new", "written").unwrap();
    assert_eq!(system.host.store(0).content("new").unwrap(), b"written");
    system.mkdir("/mnt/host/d").unwrap();
    system.kernel.symlink(tid, b"new", AT_FDCWD, b"/mnt/host/d/l").unwrap();
    system.kernel.link(tid, AT_FDCWD, b"/mnt/host/new", false, AT_FDCWD, b"/mnt/host/d/n").unwrap();
    system.kernel.rename(tid, AT_FDCWD, b"/mnt/host/d", AT_FDCWD, b"/mnt/host/e", RenameMode::Replace).unwrap();
    system.kernel.unlink(tid, AT_FDCWD, b"/mnt/host/e/l").unwrap();
    system.kernel.truncate(tid, AT_FDCWD, b"/mnt/host/e/n", 3).unwrap();
    assert_eq!(system.host.store(0).content("e/n").unwrap(), b"wri");
    let events = system.host.take_audit();
    let operations: Vec<&str> = events.iter().map(|event| &event.operation[..]).collect();
    assert_eq!(operations, ["open", "mkdir", "symlink", "link", "rename", "unlink", "truncate"]);
    assert!(events.iter().all(|event| event.verdict == Verdict::Allowed));
    let across = system.kernel.link(tid, AT_FDCWD, b"/mnt/host/new", false, AT_FDCWD, b"/new");
    assert_eq!(errno(across), Errno::XDEV);
}

#[test]
fn bytes_go_past_the_kernel() {
    let mut system = system(false);
    let fd = system.open("/mnt/host/top", RW | OpenFlags::APPEND).unwrap();
    let Output::Host(extent) = system.kernel.write(system.tid, fd, b"more".to_vec()).unwrap() else { panic!() };
    assert!(extent.append && extent.length == 4);
    system.write(fd, "more").unwrap();
    assert_eq!(system.kernel.seek(system.tid, fd, 0, Whence::Cur).unwrap(), 7);
    assert_eq!(system.read_file("/mnt/host/top").unwrap(), b"topmore");
    system.kernel.ftruncate(system.tid, fd, 1).unwrap();
    assert_eq!(system.kernel.seek(system.tid, fd, 0, Whence::End).unwrap(), 1);
    system.kernel.close(system.tid, fd).unwrap();
    assert_eq!(system.host.store(0).open_handles(), 0);
}

#[test]
fn a_current_directory_follows_a_rename() {
    let mut system = system(false);
    system.kernel.chdir(system.tid, b"/mnt/host/a/b").unwrap();
    let tid = system.tid;
    system.kernel.rename(tid, AT_FDCWD, b"/mnt/host/a", AT_FDCWD, b"/mnt/host/z", RenameMode::Replace).unwrap();
    assert_eq!(system.kernel.getcwd(tid).unwrap(), b"/mnt/host/z/b");
    assert_eq!(system.read_file("f").unwrap(), b"deep");
}

#[test]
fn files_that_change_on_the_host_are_seen_changed() {
    let mut system = system(true);
    let fd = system.open("/mnt/host/top", OpenFlags::READ).unwrap();
    system.host.store(0).set_status("top", |stat| stat.mode = 0o600);
    assert_eq!(system.stat("/mnt/host/top").unwrap().mode, 0o600);
    assert_eq!(system.kernel.fstat(system.tid, fd).unwrap().mode, 0o600);
}
