//! Path resolution, links, names.

use vivarium_kernel::fs::FileKind;
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{System, errno};
use vivarium_kernel::{AT_FDCWD, Errno};

fn link(system: &mut System, target: &str, path: &str) {
    system.kernel.symlink(system.tid, target.as_bytes(), AT_FDCWD, path.as_bytes()).unwrap();
}

#[test]
fn dots_and_slashes() {
    let mut system = System::new();
    system.mkdir("/a").unwrap();
    system.mkdir("/a/b").unwrap();
    system.write_file("/a/f", "f").unwrap();
    for path in ["/a/f", "//a//f", "/a/./f", "/a/b/../f", "/../a/f", "/a/b/../../../a/f", "a/f"] {
        assert_eq!(system.read_file(path).unwrap(), b"f", "{path}");
    }
    assert_eq!(system.stat("/a/b/..").unwrap().inode, system.stat("/a").unwrap().inode);
    assert_eq!(errno(system.stat("/a/f/..")), Errno::NOTDIR);
    assert_eq!(errno(system.stat("/a/f/")), Errno::NOTDIR);
    assert_eq!(errno(system.stat("/a/missing/../f")), Errno::NOENT);
}

#[test]
fn links_are_followed_but_not_for_ever() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    system.write_file("/d/f", "f").unwrap();
    link(&mut system, "d", "/rel");
    link(&mut system, "/d/f", "/d/abs");
    link(&mut system, "../rel/abs", "/d/far");
    link(&mut system, "loop", "/loop");
    assert_eq!(system.read_file("/rel/far").unwrap(), b"f");
    assert_eq!(system.lstat("/rel").unwrap().kind, FileKind::Symlink);
    assert_eq!(system.lstat("/rel/").unwrap().kind, FileKind::Directory);
    assert_eq!(errno(system.stat("/loop")), Errno::LOOP);
    assert_eq!(errno(system.open("/loop", OpenFlags::WRITE | OpenFlags::CREATE)), Errno::LOOP);
    link(&mut system, "d/f", "/l0");
    for n in 1..=40 {
        link(&mut system, &format!("l{}", n - 1), &format!("/l{n}"));
    }
    assert_eq!(system.stat("/l39").unwrap().size, 1);
    assert_eq!(errno(system.stat("/l40")), Errno::LOOP);
    assert_eq!(system.kernel.readlink(system.tid, AT_FDCWD, b"/rel").unwrap(), b"d");
    assert_eq!(errno(system.kernel.readlink(system.tid, AT_FDCWD, b"/d")), Errno::INVAL);
    assert_eq!(errno(system.kernel.symlink(system.tid, b"", AT_FDCWD, b"/e")), Errno::NOENT);
}

#[test]
fn names_are_bytes_of_bounded_length() {
    let mut system = System::new();
    let name = b"/\xff\xfe\n\x01".to_vec();
    system.kernel.mkdir(system.tid, AT_FDCWD, &name, 0o777).unwrap();
    assert_eq!(system.kernel.stat(system.tid, AT_FDCWD, &name, true).unwrap().kind, FileKind::Directory);
    assert_eq!(system.kernel.realpath(system.tid, AT_FDCWD, &name).unwrap(), name);
    system.mkdir(&"x".repeat(255)).unwrap();
    assert_eq!(errno(system.mkdir(&"x".repeat(256))), Errno::NAMETOOLONG);
    assert_eq!(errno(system.stat(&"/.".repeat(3000))), Errno::NAMETOOLONG);
    assert_eq!(errno(system.stat("/a\0b")), Errno::INVAL);
}

#[test]
fn hard_links_share_a_file() {
    let mut system = System::new();
    system.write_file("/f", "one").unwrap();
    system.kernel.link(system.tid, AT_FDCWD, b"/f", false, AT_FDCWD, b"/g").unwrap();
    system.write_file("/g", "two").unwrap();
    assert_eq!(system.read_file("/f").unwrap(), b"two");
    assert_eq!(system.stat("/f").unwrap().links, 2);
    system.kernel.unlink(system.tid, AT_FDCWD, b"/f").unwrap();
    assert_eq!(system.stat("/g").unwrap().links, 1);
    system.mkdir("/d").unwrap();
    assert_eq!(errno(system.kernel.link(system.tid, AT_FDCWD, b"/d", false, AT_FDCWD, b"/e")), Errno::PERM);
    assert_eq!(errno(system.kernel.link(system.tid, AT_FDCWD, b"/g", false, AT_FDCWD, b"/d")), Errno::EXIST);
    assert_eq!(errno(system.kernel.link(system.tid, AT_FDCWD, b"/g", false, AT_FDCWD, b"/proc/x")), Errno::XDEV);
    link(&mut system, "g", "/l");
    system.kernel.link(system.tid, AT_FDCWD, b"/l", false, AT_FDCWD, b"/l2").unwrap();
    assert_eq!(system.lstat("/l2").unwrap().kind, FileKind::Symlink);
    system.kernel.link(system.tid, AT_FDCWD, b"/l", true, AT_FDCWD, b"/g2").unwrap();
    assert_eq!(system.lstat("/g2").unwrap().kind, FileKind::Regular);
}

#[test]
fn current_directory() {
    let mut system = System::new();
    system.mkdir("/a").unwrap();
    system.mkdir("/a/b").unwrap();
    link(&mut system, "a/b", "/l");
    system.kernel.chdir(system.tid, b"/l").unwrap();
    assert_eq!(system.kernel.getcwd(system.tid).unwrap(), b"/a/b");
    system.write_file("here", "x").unwrap();
    assert_eq!(system.stat("/a/b/here").unwrap().size, 1);
    assert_eq!(system.kernel.realpath(system.tid, AT_FDCWD, b"../../l/here").unwrap(), b"/a/b/here");
    assert_eq!(errno(system.kernel.chdir(system.tid, b"here")), Errno::NOTDIR);
    let fd = system.open("/a", OpenFlags::READ).unwrap();
    system.kernel.fchdir(system.tid, fd).unwrap();
    assert_eq!(system.kernel.getcwd(system.tid).unwrap(), b"/a");
    system.kernel.chdir(system.tid, b"/").unwrap();
    assert_eq!(system.kernel.getcwd(system.tid).unwrap(), b"/");
}

#[test]
fn a_removed_current_directory() {
    let mut system = System::new();
    system.mkdir("/a").unwrap();
    system.mkdir("/a/b").unwrap();
    system.kernel.chdir(system.tid, b"/a/b").unwrap();
    system.kernel.rmdir(system.tid, AT_FDCWD, b"/a/b").unwrap();
    system.kernel.rmdir(system.tid, AT_FDCWD, b"/a").unwrap();
    assert_eq!(errno(system.kernel.getcwd(system.tid)), Errno::NOENT);
    assert_eq!(errno(system.write_file("f", "")), Errno::NOENT);
    assert_eq!(errno(system.mkdir("d")), Errno::NOENT);
    assert_eq!(system.stat(".").unwrap().links, 0);
    // Somebody is in it, so the way up is still there.
    assert_eq!(system.stat("..").unwrap().links, 0);
    assert_eq!(system.stat("../..").unwrap().inode, system.stat("/").unwrap().inode);
    let inodes = system.kernel.stats().inodes;
    system.kernel.chdir(system.tid, b"/").unwrap();
    assert_eq!(system.kernel.stats().inodes, inodes - 2);
}

#[test]
fn removal_checks_kinds() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    system.write_file("/d/f", "").unwrap();
    link(&mut system, "d", "/l");
    let tid = system.tid;
    assert_eq!(errno(system.kernel.unlink(tid, AT_FDCWD, b"/d")), Errno::ISDIR);
    assert_eq!(errno(system.kernel.unlink(tid, AT_FDCWD, b"/d/f/")), Errno::NOTDIR);
    assert_eq!(errno(system.kernel.rmdir(tid, AT_FDCWD, b"/d")), Errno::NOTEMPTY);
    assert_eq!(errno(system.kernel.rmdir(tid, AT_FDCWD, b"/d/f")), Errno::NOTDIR);
    assert_eq!(errno(system.kernel.rmdir(tid, AT_FDCWD, b"/l")), Errno::NOTDIR);
    assert_eq!(errno(system.kernel.rmdir(tid, AT_FDCWD, b"/d/.")), Errno::INVAL);
    assert_eq!(errno(system.kernel.rmdir(tid, AT_FDCWD, b"/d/..")), Errno::NOTEMPTY);
    assert_eq!(errno(system.kernel.rmdir(tid, AT_FDCWD, b"/")), Errno::BUSY);
    assert_eq!(errno(system.kernel.rmdir(tid, AT_FDCWD, b"/proc")), Errno::BUSY);
    assert_eq!(errno(system.kernel.unlink(tid, AT_FDCWD, b"/nothing")), Errno::NOENT);
    system.kernel.unlink(tid, AT_FDCWD, b"/l").unwrap();
    system.kernel.unlink(tid, AT_FDCWD, b"/d/f").unwrap();
    system.kernel.rmdir(tid, AT_FDCWD, b"/d/").unwrap();
}

#[test]
fn making_over_what_is_there() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    link(&mut system, "nowhere", "/l");
    let tid = system.tid;
    assert_eq!(errno(system.mkdir("/d")), Errno::EXIST);
    assert_eq!(errno(system.mkdir("/")), Errno::EXIST);
    assert_eq!(errno(system.mkdir("/d/.")), Errno::EXIST);
    assert_eq!(errno(system.mkdir("/l")), Errno::EXIST);
    assert_eq!(errno(system.kernel.symlink(tid, b"x", AT_FDCWD, b"/l")), Errno::EXIST);
    assert_eq!(errno(system.kernel.mknod(tid, AT_FDCWD, b"/d", FileKind::Fifo, 0o600)), Errno::EXIST);
    assert_eq!(errno(system.kernel.mknod(tid, AT_FDCWD, b"/n", FileKind::BlockDevice, 0o600)), Errno::PERM);
    system.kernel.mknod(tid, AT_FDCWD, b"/n", FileKind::Fifo, 0o600).unwrap();
    assert_eq!(system.stat("/n").unwrap().kind, FileKind::Fifo);
    system.mkdir("/slash/").unwrap();
}
