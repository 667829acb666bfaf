//! Overlays: lower layers showing through, copy-up, whiteouts.

use vivarium_kernel::fs::{FileKind, Input};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{MemoryStore, System, errno};
use vivarium_kernel::{AT_FDCWD, Errno};

const RW: OpenFlags = OpenFlags::READ.union(OpenFlags::WRITE);

fn base() -> MemoryStore {
    MemoryStore::new()
        .program("usr/bin/tool", "#!tool")
        .file("usr/share/doc/readme", "read me")
        .file("etc/passwd", "root")
        .link_to("bin", "usr/bin")
        .link_to("etc/abs", "/usr/share/doc/readme")
        .directory("empty")
}

fn system() -> System {
    System::builder().overlay("/", [base()]).proc_and_dev().boot()
}

#[test]
fn lower_files_show_through() {
    let mut system = system();
    assert_eq!(system.read_file("/bin/tool").unwrap(), b"#!tool");
    assert_eq!(system.read_file("/etc/abs").unwrap(), b"read me");
    assert_eq!(system.kernel.realpath(system.tid, AT_FDCWD, b"/bin/tool").unwrap(), b"/usr/bin/tool");
    assert_eq!(system.kernel.readlink(system.tid, AT_FDCWD, b"/bin").unwrap(), b"usr/bin");
    let mut names = system.names("/").unwrap();
    names.sort();
    assert_eq!(names, ["bin", "dev", "empty", "etc", "proc", "usr"]);
    assert_eq!(system.host.store(0).open_handles(), 0);
}

#[test]
fn a_lower_file_is_one_step_away_and_read_on_the_host() {
    let mut system = system();
    system.host.record().store_calls = 0;
    system.stat("/usr/share/doc/readme").unwrap();
    assert_eq!(system.host.record().store_calls, 1);
    let fd = system.open("/usr/share/doc/readme", OpenFlags::READ).unwrap();
    assert!(matches!(system.kernel.read(system.tid, fd, 100).unwrap(), Input::Host(_)));
}

#[test]
fn nothing_is_copied_by_looking() {
    let mut system = system();
    let before = system.kernel.stats();
    for _ in 0..3 {
        system.read_file("/usr/bin/tool").unwrap();
        system.names("/usr/share/doc").unwrap();
        system.stat("/usr/share/../bin/tool").unwrap();
        system.kernel.chdir(system.tid, b"/usr/share").unwrap();
    }
    assert_eq!((system.kernel.stats().inodes, system.kernel.stats().memory), (before.inodes, before.memory));
}

#[test]
fn writing_copies_up() {
    let mut system = system();
    let reader = system.open("/etc/passwd", OpenFlags::READ).unwrap();
    let inode = system.stat("/etc/passwd").unwrap().inode;
    let fd = system.open("/etc/passwd", RW | OpenFlags::APPEND).unwrap();
    assert_eq!(system.read(fd, 10).unwrap(), b"root");
    system.write(fd, " user").unwrap();
    assert_eq!(system.read_file("/etc/passwd").unwrap(), b"root user");
    assert_eq!(system.stat("/etc/passwd").unwrap().inode, inode);
    // One file, whoever opened it when.
    assert_eq!(system.read_to_end(reader).unwrap(), b"root user");
    assert_eq!(system.host.store(0).content("etc/passwd").unwrap(), b"root");
    system.write_file("/usr/share/doc/readme", "new").unwrap();
    assert_eq!(system.read_file("/etc/abs").unwrap(), b"new");
}

#[test]
fn status_is_copied_up_without_the_bytes() {
    let mut system = system();
    let before = system.kernel.stats().memory;
    system.kernel.chmod(system.tid, AT_FDCWD, b"/usr/bin/tool", true, 0o700).unwrap();
    system.kernel.chown(system.tid, AT_FDCWD, b"/usr/share", true, Some(7), Some(8)).unwrap();
    let stat = system.stat("/usr/bin/tool").unwrap();
    assert_eq!((stat.mode, stat.size, stat.links), (0o700, 6, 1));
    assert_eq!(system.stat("/usr/share").unwrap().uid, 7);
    assert_eq!(system.read_file("/usr/bin/tool").unwrap(), b"#!tool");
    assert_eq!(system.read_file("/usr/share/doc/readme").unwrap(), b"read me");
    assert!(system.kernel.stats().memory - before < 4096);
    system.kernel.truncate(system.tid, AT_FDCWD, b"/usr/bin/tool", 2).unwrap();
    assert_eq!(system.read_file("/usr/bin/tool").unwrap(), b"#!");
}

#[test]
fn removing_leaves_nothing_to_show_through() {
    let mut system = system();
    let tid = system.tid;
    system.kernel.unlink(tid, AT_FDCWD, b"/etc/passwd").unwrap();
    assert_eq!(errno(system.stat("/etc/passwd")), Errno::NOENT);
    assert_eq!(system.names("/etc").unwrap(), ["abs"]);
    assert_eq!(errno(system.kernel.unlink(tid, AT_FDCWD, b"/etc/passwd")), Errno::NOENT);
    assert_eq!(errno(system.kernel.rmdir(tid, AT_FDCWD, b"/etc")), Errno::NOTEMPTY);
    system.kernel.unlink(tid, AT_FDCWD, b"/etc/abs").unwrap();
    system.kernel.rmdir(tid, AT_FDCWD, b"/etc").unwrap();
    assert_eq!(errno(system.stat("/etc")), Errno::NOENT);
    // A directory made anew is empty.
    system.mkdir("/etc").unwrap();
    assert!(system.names("/etc").unwrap().is_empty());
    assert_eq!(errno(system.stat("/etc/passwd")), Errno::NOENT);
    system.write_file("/etc/passwd", "mine").unwrap();
    assert_eq!(system.names("/etc").unwrap(), ["passwd"]);
    system.kernel.rmdir(tid, AT_FDCWD, b"/empty").unwrap();
    assert_eq!(errno(system.stat("/empty")), Errno::NOENT);
}

#[test]
fn an_unlinked_lower_file_lives_while_it_is_open() {
    let mut system = system();
    let fd = system.open("/etc/passwd", OpenFlags::READ).unwrap();
    system.kernel.unlink(system.tid, AT_FDCWD, b"/etc/passwd").unwrap();
    assert_eq!(system.kernel.fstat(system.tid, fd).unwrap().links, 0);
    assert_eq!(system.read(fd, 10).unwrap(), b"root");
    system.kernel.chdir(system.tid, b"/empty").unwrap();
    system.kernel.rmdir(system.tid, AT_FDCWD, b"/empty").unwrap();
    assert_eq!(errno(system.kernel.getcwd(system.tid)), Errno::NOENT);
    assert_eq!(errno(system.write_file("f", "")), Errno::NOENT);
}

#[test]
fn an_upper_file_over_a_lower_name() {
    let mut system = system();
    system.write_file("/etc/passwd.new", "new").unwrap();
    let replace = vivarium_kernel::fs::RenameMode::Replace;
    system.kernel.rename(system.tid, AT_FDCWD, b"/etc/passwd.new", AT_FDCWD, b"/etc/passwd", replace).unwrap();
    assert_eq!(system.read_file("/etc/passwd").unwrap(), b"new");
    let mut names = system.names("/etc").unwrap();
    names.sort();
    assert_eq!(names, ["abs", "passwd"]);
    system.kernel.unlink(system.tid, AT_FDCWD, b"/etc/passwd").unwrap();
    assert_eq!(system.names("/etc").unwrap(), ["abs"]);
}

#[test]
fn a_current_directory_below_what_is_copied_up() {
    let mut system = system();
    system.kernel.chdir(system.tid, b"/usr/share/doc").unwrap();
    let directory = system.open("/usr/share", OpenFlags::READ).unwrap();
    system.write_file("/usr/share/doc/new", "n").unwrap();
    assert_eq!(system.read_file("new").unwrap(), b"n");
    assert_eq!(system.read_file("readme").unwrap(), b"read me");
    assert_eq!(system.kernel.getcwd(system.tid).unwrap(), b"/usr/share/doc");
    assert_eq!(system.kernel.stat(system.tid, directory, b"doc/new", true).unwrap().size, 1);
}

#[test]
fn upper_layers_hide_lower_ones() {
    let top = MemoryStore::new().file("etc/motd", "top").file("usr/share/doc", "a file here").link_to("empty", "etc");
    let mut system = System::builder().overlay("/", [top, base()]).boot();
    assert_eq!(system.read_file("/etc/motd").unwrap(), b"top");
    assert_eq!(system.read_file("/etc/passwd").unwrap(), b"root");
    assert_eq!(system.read_file("/empty/passwd").unwrap(), b"root");
    assert_eq!(errno(system.stat("/usr/share/doc/readme")), Errno::NOTDIR);
    let mut names = system.names("/etc").unwrap();
    names.sort();
    assert_eq!(names, ["abs", "motd", "passwd"]);
    assert_eq!(system.names("/usr/share").unwrap(), ["doc"]);
    assert_eq!(system.lstat("/usr/share/doc").unwrap().kind, FileKind::Regular);
}
