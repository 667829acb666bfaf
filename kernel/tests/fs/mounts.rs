//! Mounting and unmounting.

use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::system::{MountSource, MountSpec};
use vivarium_kernel::testing::{MemoryStore, System, errno};
use vivarium_kernel::{AT_FDCWD, Errno};

fn memory(target: &str) -> MountSpec {
    MountSpec { target: target.into(), source: MountSource::Memory, read_only: false, name: b"m y".to_vec() }
}

#[test]
fn mounts_cover_directories_and_go_again() {
    let mut system = System::new();
    system.mkdir("/m").unwrap();
    system.write_file("/m/below", "").unwrap();
    let before = system.kernel.stats();
    system.kernel.mount(system.tid, &memory("/m")).unwrap();
    assert!(system.names("/m").unwrap().is_empty());
    system.write_file("/m/above", "x").unwrap();
    assert_ne!(system.stat("/m").unwrap().device, system.stat("/").unwrap().device);
    assert_eq!(system.stat("/m/..").unwrap().inode, system.stat("/").unwrap().inode);
    system.kernel.chdir(system.tid, b"/m").unwrap();
    assert_eq!(system.kernel.getcwd(system.tid).unwrap(), b"/m");
    assert_eq!(errno(system.kernel.unmount(system.tid, b"/m")), Errno::BUSY);
    system.kernel.chdir(system.tid, b"/").unwrap();
    let fd = system.open("/m/above", OpenFlags::READ).unwrap();
    assert_eq!(errno(system.kernel.unmount(system.tid, b"/m")), Errno::BUSY);
    system.kernel.close(system.tid, fd).unwrap();
    assert_eq!(errno(system.kernel.unmount(system.tid, b"/m/above")), Errno::INVAL);
    assert_eq!(errno(system.kernel.unmount(system.tid, b"/")), Errno::BUSY);
    system.kernel.unmount(system.tid, b"/m").unwrap();
    assert_eq!(system.names("/m").unwrap(), ["below"]);
    assert_eq!((system.kernel.stats().inodes, system.kernel.stats().memory), (before.inodes, before.memory));
}

#[test]
fn mount_points_are_made_where_they_can_be() {
    let system = System::builder().overlay("/", [MemoryStore::new().file("usr/lib/x", "x")]).boot();
    let mut system = system;
    system.kernel.mount(system.tid, &memory("/usr/lib/deep/er")).unwrap();
    system.write_file("/usr/lib/deep/er/f", "f").unwrap();
    assert_eq!(system.read_file("/usr/lib/x").unwrap(), b"x");
    assert_eq!(system.read_file("/usr/lib/deep/er/../../x").unwrap(), b"x");
    assert_eq!(errno(system.kernel.mount(system.tid, &memory("/usr/lib/x"))), Errno::NOTDIR);
    assert_eq!(errno(system.kernel.mount(system.tid, &memory("relative"))), Errno::INVAL);
}

#[test]
fn stores_below_stores() {
    let outer = MemoryStore::new().file("sub/dir/hidden", "").file("sub/f", "outer");
    let inner = MemoryStore::new().file("deep/f", "inner");
    let mut system = System::builder().store("/", outer, false).store("/sub/dir", inner, true).boot();
    assert_eq!(system.read_file("/sub/dir/deep/f").unwrap(), b"inner");
    assert_eq!(system.read_file("/sub/dir/../f").unwrap(), b"outer");
    assert_eq!(errno(system.stat("/sub/dir/hidden")), Errno::NOENT);
    assert_eq!(errno(system.kernel.rmdir(system.tid, AT_FDCWD, b"/sub/dir")), Errno::BUSY);
    assert_eq!(errno(system.write_file("/sub/dir/new", "")), Errno::ROFS);
    let unmounted = system.kernel.unmount(system.tid, b"/sub/dir");
    unmounted.unwrap();
    assert_eq!(system.read_file("/sub/dir/hidden").unwrap(), b"");
}

#[test]
fn read_only_memory_is_read_only() {
    let mut system = System::builder().memory("/").mount("/ro", MountSource::Memory, true).boot();
    assert_eq!(errno(system.write_file("/ro/f", "")), Errno::ROFS);
    assert_eq!(errno(system.kernel.chmod(system.tid, AT_FDCWD, b"/ro", true, 0o700)), Errno::ROFS);
    assert!(system.kernel.statfs(system.tid, AT_FDCWD, b"/ro").unwrap().read_only);
    assert_eq!(system.kernel.statfs(system.tid, AT_FDCWD, b"/").unwrap().block_size, 4096);
}

#[test]
fn a_booted_system_is_small() {
    let system = System::builder().overlay("/", [MemoryStore::new().directory("usr")]).proc_and_dev().boot();
    assert!(system.kernel.stats().memory < 16 << 10, "{}", system.kernel.stats().memory);
}
