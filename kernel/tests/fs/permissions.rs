//! Permission bits, owners, set-id and sticky bits.

use vivarium_kernel::fs::{AccessMode, RenameMode, SetTime};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{MemoryStore, System, errno};
use vivarium_kernel::{AT_FDCWD, Errno};

/// A system prepared by user 0, which then becomes user 1000 for good.
fn as_user(prepare: impl FnOnce(&mut System)) -> System {
    let mut system = System::new();
    prepare(&mut system);
    system.kernel.set_gid(system.tid, Some(1000), Some(1000)).unwrap();
    system.kernel.set_uid(system.tid, Some(1000), Some(1000)).unwrap();
    system
}

fn chmod(system: &mut System, path: &str, mode: u32) {
    system.kernel.chmod(system.tid, AT_FDCWD, path.as_bytes(), true, mode).unwrap();
}

fn chown(system: &mut System, path: &str, uid: u32, gid: u32) {
    system.kernel.chown(system.tid, AT_FDCWD, path.as_bytes(), true, Some(uid), Some(gid)).unwrap();
}

#[test]
fn bits_are_checked_by_owner_group_and_others() {
    let mut system = as_user(|system| {
        for (name, mode, uid, gid) in
            [("own", 0o400, 1000, 0), ("group", 0o040, 0, 1000), ("none", 0o700, 0, 0), ("denied", 0o077, 1000, 1000)]
        {
            system.write_file(&format!("/{name}"), "x").unwrap();
            chmod(system, &format!("/{name}"), mode);
            chown(system, &format!("/{name}"), uid, gid);
        }
    });
    for (path, may_read, may_write) in
        [("/own", true, false), ("/group", true, false), ("/none", false, false), ("/denied", false, false)]
    {
        assert_eq!(system.open(path, OpenFlags::READ).is_ok(), may_read, "{path}");
        assert_eq!(system.open(path, OpenFlags::WRITE).is_ok(), may_write, "{path}");
        let access = system.kernel.access(system.tid, AT_FDCWD, path.as_bytes(), AccessMode::READ, false);
        assert_eq!(access.is_ok(), may_read, "{path}");
    }
    assert_eq!(errno(system.open("/none", OpenFlags::READ)), Errno::ACCES);
    assert_eq!(errno(system.write_file("/new", "")), Errno::ACCES);
    assert_eq!(errno(system.kernel.unlink(system.tid, AT_FDCWD, b"/own")), Errno::ACCES);
}

#[test]
fn directories_are_to_be_searched() {
    let mut system = as_user(|system| {
        system.mkdir("/closed").unwrap();
        system.write_file("/closed/f", "x").unwrap();
        chmod(system, "/closed", 0o744);
        system.mkdir("/dark").unwrap();
        system.write_file("/dark/f", "x").unwrap();
        chmod(system, "/dark", 0o711);
    });
    assert_eq!(errno(system.stat("/closed/f")), Errno::ACCES);
    assert_eq!(errno(system.stat("/closed/..")), Errno::ACCES);
    assert_eq!(errno(system.kernel.chdir(system.tid, b"/closed")), Errno::ACCES);
    assert_eq!(system.names("/closed").unwrap(), ["f"]);
    assert_eq!(system.read_file("/dark/f").unwrap(), b"x");
    assert_eq!(errno(system.names("/dark")), Errno::ACCES);
}

#[test]
fn stores_and_overlays_are_searched_with_permission_too() {
    let layer = || MemoryStore::new().file("open/f", "x").file("shut/f", "x");
    let mut system = System::builder().overlay("/", [layer()]).store("/s", layer(), true).user(1000, 1000).boot();
    for store in [0, 1] {
        system.host.store(store).set_status("shut", |stat| stat.mode = 0o700);
    }
    for prefix in ["", "/s"] {
        assert_eq!(system.read_file(&format!("{prefix}/open/f")).unwrap(), b"x");
        assert_eq!(errno(system.stat(&format!("{prefix}/shut/f"))), Errno::ACCES);
        assert_eq!(errno(system.stat(&format!("{prefix}/open/f/x"))), Errno::NOTDIR);
    }
}

#[test]
fn only_owners_change_modes_and_times() {
    let mut system = as_user(|system| {
        system.write_file("/theirs", "").unwrap();
        chmod(system, "/theirs", 0o666);
        system.write_file("/ours", "").unwrap();
        chown(system, "/ours", 1000, 1000);
    });
    let tid = system.tid;
    let mut chmod = |path: &str, mode| system.kernel.chmod(tid, AT_FDCWD, path.as_bytes(), true, mode);
    assert_eq!(errno(chmod("/theirs", 0o777)), Errno::PERM);
    chmod("/ours", 0o700).unwrap();
    let mut chown = |path: &str, uid, gid| system.kernel.chown(tid, AT_FDCWD, path.as_bytes(), true, uid, gid);
    assert_eq!(errno(chown("/ours", Some(0), None)), Errno::PERM);
    assert_eq!(errno(chown("/ours", None, Some(5))), Errno::PERM);
    chown("/ours", None, Some(1000)).unwrap();
    let mut times = |path: &str, set| system.kernel.set_times(tid, AT_FDCWD, path.as_bytes(), true, set, set);
    times("/theirs", SetTime::Now).unwrap();
    assert_eq!(errno(times("/theirs", SetTime::At(Default::default()))), Errno::PERM);
    times("/ours", SetTime::At(Default::default())).unwrap();
}

#[test]
fn sticky_directories_protect_names() {
    let mut system = as_user(|system| {
        system.mkdir("/tmp").unwrap();
        chmod(system, "/tmp", 0o1777);
        system.write_file("/tmp/theirs", "").unwrap();
        chmod(system, "/tmp/theirs", 0o666);
    });
    let tid = system.tid;
    assert_eq!(errno(system.kernel.unlink(tid, AT_FDCWD, b"/tmp/theirs")), Errno::PERM);
    let moved = system.kernel.rename(tid, AT_FDCWD, b"/tmp/theirs", AT_FDCWD, b"/tmp/x", RenameMode::Replace);
    assert_eq!(errno(moved), Errno::PERM);
    system.write_file("/tmp/ours", "").unwrap();
    let over = system.kernel.rename(tid, AT_FDCWD, b"/tmp/ours", AT_FDCWD, b"/tmp/theirs", RenameMode::Replace);
    assert_eq!(errno(over), Errno::PERM);
    system.kernel.unlink(tid, AT_FDCWD, b"/tmp/ours").unwrap();
}

#[test]
fn set_id_bits_go_when_others_write() {
    let mut system = as_user(|system| {
        system.write_file("/f", "x").unwrap();
        chown(system, "/f", 1000, 1000);
        chmod(system, "/f", 0o6777);
        system.write_file("/g", "x").unwrap();
        chown(system, "/g", 1000, 1000);
        chmod(system, "/g", 0o6777);
    });
    let fd = system.open("/f", OpenFlags::WRITE).unwrap();
    system.write(fd, "y").unwrap();
    assert_eq!(system.stat("/f").unwrap().mode, 0o777);
    system.kernel.truncate(system.tid, AT_FDCWD, b"/g", 0).unwrap();
    assert_eq!(system.stat("/g").unwrap().mode, 0o777);
    // chown takes them from whoever asks.
    let mut system = System::new();
    system.write_file("/f", "").unwrap();
    chmod(&mut system, "/f", 0o6755);
    chown(&mut system, "/f", 1, 1);
    assert_eq!(system.stat("/f").unwrap().mode, 0o755);
}

#[test]
fn groups_are_inherited_from_set_group_id_directories() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    chown(&mut system, "/d", 0, 50);
    chmod(&mut system, "/d", 0o2775);
    system.write_file("/d/f", "").unwrap();
    system.mkdir("/d/e").unwrap();
    assert_eq!((system.stat("/d/f").unwrap().gid, system.stat("/d/f").unwrap().mode), (50, 0o644));
    assert_eq!((system.stat("/d/e").unwrap().gid, system.stat("/d/e").unwrap().mode), (50, 0o2755));
}

#[test]
fn the_mask_takes_bits_away() {
    let mut system = System::new();
    assert_eq!(system.kernel.umask(system.tid, 0o077).unwrap(), 0o022);
    system.write_file("/f", "").unwrap();
    system.mkdir("/d").unwrap();
    assert_eq!((system.stat("/f").unwrap().mode, system.stat("/d").unwrap().mode), (0o600, 0o700));
}

#[test]
fn user_0_may_all_but_run_what_is_no_program() {
    let mut system = System::new();
    system.write_file("/f", "").unwrap();
    chmod(&mut system, "/f", 0);
    chown(&mut system, "/f", 5, 5);
    system.open("/f", OpenFlags::READ | OpenFlags::WRITE).unwrap();
    let run = system.kernel.access(system.tid, AT_FDCWD, b"/f", AccessMode::EXECUTE, true);
    assert_eq!(errno(run), Errno::ACCES);
}
