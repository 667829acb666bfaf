//! Regular files: reading, writing, positions, holes, limits.

use vivarium_kernel::fs::{FileKind, Output, SetTime, StatusFlags, Whence};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{System, errno};
use vivarium_kernel::{AT_FDCWD, Errno, Timespec};

const RW: OpenFlags = OpenFlags::READ.union(OpenFlags::WRITE);
const NEW: OpenFlags = RW.union(OpenFlags::CREATE);

#[test]
fn reads_what_was_written() {
    let mut system = System::new();
    let data: Vec<u8> = (0..300_000_u32).map(|n| (n * 7) as u8).collect();
    system.write_file("/f", &data).unwrap();
    assert_eq!(system.read_file("/f").unwrap(), data);
    let stat = system.stat("/f").unwrap();
    assert_eq!((stat.kind, stat.size, stat.links, stat.mode), (FileKind::Regular, 300_000, 1, 0o644));
    assert_eq!(stat.blocks, 300_000_u64.div_ceil(4096) * 8);
}

#[test]
fn descriptors_that_were_duplicated_share_a_position() {
    let mut system = System::new();
    let fd = system.open("/f", NEW).unwrap();
    let other = system.kernel.dup(system.tid, fd, 0, false).unwrap();
    system.write(fd, "abc").unwrap();
    system.write(other, "def").unwrap();
    assert_eq!(system.kernel.seek(system.tid, fd, 0, Whence::Cur).unwrap(), 6);
    assert_eq!(system.read_file("/f").unwrap(), b"abcdef");
}

#[test]
fn appends_at_the_end_whatever_the_position() {
    let mut system = System::new();
    system.write_file("/f", "one").unwrap();
    let fd = system.open("/f", RW | OpenFlags::APPEND).unwrap();
    system.kernel.seek(system.tid, fd, 0, Whence::Set).unwrap();
    system.write(fd, "two").unwrap();
    assert_eq!(system.kernel.seek(system.tid, fd, 0, Whence::Cur).unwrap(), 6);
    assert_eq!(system.kernel.pwrite(system.tid, fd, 0, b"X".to_vec()).unwrap(), Output::Count(1));
    assert_eq!(system.read_file("/f").unwrap(), b"Xnetwo");
    system.kernel.set_flags(system.tid, fd, StatusFlags::empty()).unwrap();
    system.kernel.seek(system.tid, fd, 1, Whence::Set).unwrap();
    system.write(fd, "Y").unwrap();
    assert_eq!(system.read_file("/f").unwrap(), b"XYetwo");
}

#[test]
fn holes_take_no_room_and_can_be_found() {
    let mut system = System::new();
    let fd = system.open("/sparse", NEW).unwrap();
    system.kernel.pwrite(system.tid, fd, 1 << 40, b"end".to_vec()).unwrap();
    system.kernel.pwrite(system.tid, fd, 8192, b"data".to_vec()).unwrap();
    let stat = system.stat("/sparse").unwrap();
    assert_eq!((stat.size, stat.blocks), ((1 << 40) + 3, 16));
    let mut seek = |offset, whence| system.kernel.seek(system.tid, fd, offset, whence);
    assert_eq!(seek(0, Whence::Data).unwrap(), 8192);
    assert_eq!(seek(8195, Whence::Data).unwrap(), 8195);
    assert_eq!(seek(8192, Whence::Hole).unwrap(), 12288);
    assert_eq!(seek(0, Whence::Hole).unwrap(), 0);
    assert_eq!(seek(12288, Whence::Data).unwrap(), 1 << 40);
    assert_eq!(seek(1 << 40, Whence::Hole).unwrap(), (1 << 40) + 3);
    assert_eq!(errno(seek((1 << 40) + 3, Whence::Data)), Errno::NXIO);
    assert_eq!(seek(8190, Whence::Set).unwrap(), 8190);
    assert_eq!(system.read(fd, 8).unwrap(), b"\0\0data\0\0");
}

#[test]
fn truncation_leaves_zeros_behind() {
    let mut system = System::new();
    system.write_file("/f", vec![1; 100_000]).unwrap();
    let fd = system.open("/f", RW).unwrap();
    system.kernel.ftruncate(system.tid, fd, 70_000).unwrap();
    system.kernel.ftruncate(system.tid, fd, 100_000).unwrap();
    let content = system.read_file("/f").unwrap();
    assert!(content[..70_000].iter().all(|&byte| byte == 1) && content[70_000..].iter().all(|&byte| byte == 0));
    system.kernel.truncate(system.tid, AT_FDCWD, b"/f", 5).unwrap();
    assert_eq!(system.read_file("/f").unwrap(), [1; 5]);
    assert_eq!(errno(system.kernel.truncate(system.tid, AT_FDCWD, b"/", 5)), Errno::ISDIR);
    let reading = system.open("/f", OpenFlags::READ).unwrap();
    assert_eq!(errno(system.kernel.ftruncate(system.tid, reading, 0)), Errno::INVAL);
}

#[test]
fn an_unlinked_file_lives_while_it_is_open() {
    let mut system = System::new();
    system.write_file("/f", "still here").unwrap();
    let before = system.kernel.stats();
    let fd = system.open("/f", RW).unwrap();
    system.kernel.unlink(system.tid, AT_FDCWD, b"/f").unwrap();
    assert_eq!(errno(system.stat("/f")), Errno::NOENT);
    assert_eq!(system.read(fd, 100).unwrap(), b"still here");
    assert_eq!(system.kernel.fstat(system.tid, fd).unwrap().links, 0);
    assert_eq!(system.kernel.stats().inodes, before.inodes);
    system.kernel.close(system.tid, fd).unwrap();
    assert_eq!(system.kernel.stats().inodes, before.inodes - 1);
}

#[test]
fn memory_is_given_back() {
    let mut system = System::new();
    let before = system.kernel.stats().memory;
    for round in 0..3 {
        system.mkdir("/d").unwrap();
        for n in 0..20 {
            system.write_file(&format!("/d/{n}"), vec![7; 5000 * n * (round + 1)]).unwrap();
        }
        for n in 0..20 {
            system.kernel.unlink(system.tid, AT_FDCWD, format!("/d/{n}").as_bytes()).unwrap();
        }
        system.kernel.rmdir(system.tid, AT_FDCWD, b"/d").unwrap();
        assert_eq!(system.kernel.stats().memory, before);
    }
}

#[test]
fn a_full_system_takes_what_it_can() {
    let mut system = System::builder().limits(|limits| limits.memory = 300_000).memory("/").boot();
    let fd = system.open("/big", NEW).unwrap();
    let mut written = 0;
    let fault = loop {
        match system.write(fd, vec![1; 50_000]) {
            Ok(count) => written += u64::from(count),
            fault => break errno(fault),
        }
    };
    assert_eq!(fault, Errno::NOSPC);
    assert!((190_000..300_000).contains(&written), "{written}");
    assert_eq!(system.kernel.fstat(system.tid, fd).unwrap().size, written);
    system.kernel.ftruncate(system.tid, fd, 0).unwrap();
    assert_eq!(system.write(fd, "again").unwrap(), 5);
}

#[test]
fn inodes_run_out() {
    let mut system = System::builder().limits(|limits| limits.inodes = 5).memory("/").boot();
    let made = (0..10).take_while(|n| system.mkdir(&format!("/{n}")).is_ok()).count();
    assert_eq!(made, 4);
    assert_eq!(errno(system.mkdir("/x")), Errno::NOSPC);
    system.kernel.rmdir(system.tid, AT_FDCWD, b"/0").unwrap();
    system.mkdir("/x").unwrap();
}

#[test]
fn allocation_reserves_room() {
    let mut system = System::new();
    let fd = system.open("/f", NEW).unwrap();
    system.kernel.allocate(system.tid, fd, 4096, 8192).unwrap();
    let stat = system.stat("/f").unwrap();
    assert_eq!((stat.size, stat.blocks), (12288, 16));
    assert_eq!(errno(system.kernel.allocate(system.tid, fd, 0, 0)), Errno::INVAL);
    assert_eq!(errno(system.kernel.allocate(system.tid, fd, u64::MAX, 2)), Errno::FBIG);
}

#[test]
fn temporary_files_have_no_name_until_linked() {
    let mut system = System::new();
    system.mkdir("/tmp").unwrap();
    let fd = system.open("/tmp", RW | OpenFlags::TEMPORARY).unwrap();
    system.write(fd, "nameless").unwrap();
    assert!(system.names("/tmp").unwrap().is_empty());
    system.kernel.link(system.tid, fd, b"", true, AT_FDCWD, b"/tmp/named").unwrap();
    assert_eq!(system.read_file("/tmp/named").unwrap(), b"nameless");
}

#[test]
fn path_handles_are_for_paths_only() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    system.write_file("/d/f", "x").unwrap();
    let fd = system.open("/d/f", OpenFlags::PATH).unwrap();
    assert_eq!(errno(system.read(fd, 1)), Errno::BADF);
    assert_eq!(errno(system.write(fd, "y")), Errno::BADF);
    assert_eq!(errno(system.kernel.fchmod(system.tid, fd, 0)), Errno::BADF);
    assert_eq!(system.kernel.fstat(system.tid, fd).unwrap().size, 1);
    let dir = system.open("/d", OpenFlags::PATH | OpenFlags::DIRECTORY).unwrap();
    assert_eq!(system.kernel.stat(system.tid, dir, b"f", true).unwrap().size, 1);
}

#[test]
fn times_change_with_what_was_done() {
    let mut system = System::new();
    system.write_file("/f", "x").unwrap();
    let made = system.stat("/f").unwrap();
    system.read_file("/f").unwrap();
    let read = system.stat("/f").unwrap();
    assert!(read.accessed > made.accessed && read.modified == made.modified && read.changed == made.changed);
    system.kernel.chmod(system.tid, AT_FDCWD, b"/f", true, 0o600).unwrap();
    let changed = system.stat("/f").unwrap();
    assert!(changed.changed > read.changed && changed.modified == read.modified);
    let then = Timespec { seconds: -5, nanoseconds: 999_999_999 };
    system.kernel.set_times(system.tid, AT_FDCWD, b"/f", true, SetTime::At(then), SetTime::Omit).unwrap();
    let set = system.stat("/f").unwrap();
    assert!(set.accessed == then && set.modified == changed.modified && set.changed > changed.changed);
    let bad = SetTime::At(Timespec { seconds: 0, nanoseconds: 1_000_000_000 });
    let answer = system.kernel.set_times(system.tid, AT_FDCWD, b"/f", true, bad, SetTime::Now);
    assert_eq!(errno(answer), Errno::INVAL);
    let directory = system.stat("/").unwrap();
    system.write_file("/g", "").unwrap();
    assert!(system.stat("/").unwrap().modified > directory.modified);
}

#[test]
fn open_checks_kinds_and_flags() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    system.write_file("/f", "content").unwrap();
    system.kernel.symlink(system.tid, b"f", AT_FDCWD, b"/link").unwrap();
    system.kernel.symlink(system.tid, b"new", AT_FDCWD, b"/dangling").unwrap();
    let mut open = |path, flags| system.open(path, flags);
    assert_eq!(errno(open("/d", RW)), Errno::ISDIR);
    assert_eq!(errno(open("/d", OpenFlags::READ | OpenFlags::CREATE)), Errno::ISDIR);
    assert_eq!(errno(open("/f", OpenFlags::READ | OpenFlags::DIRECTORY)), Errno::NOTDIR);
    assert_eq!(errno(open("/f/", OpenFlags::READ)), Errno::NOTDIR);
    assert_eq!(errno(open("/new/", NEW)), Errno::ISDIR);
    assert_eq!(errno(open("/f", NEW | OpenFlags::EXCLUSIVE)), Errno::EXIST);
    assert_eq!(errno(open("/dangling", NEW | OpenFlags::EXCLUSIVE)), Errno::EXIST);
    assert_eq!(errno(open("/link", OpenFlags::READ | OpenFlags::NO_FOLLOW)), Errno::LOOP);
    assert_eq!(errno(open("", OpenFlags::READ)), Errno::NOENT);
    assert_eq!(errno(open("/missing/f", NEW)), Errno::NOENT);
    assert_eq!(errno(open("/f/x", NEW)), Errno::NOTDIR);
    open("/dangling", NEW).unwrap();
    assert_eq!(system.stat("/new").unwrap().kind, FileKind::Regular);
    system.open("/f", RW | OpenFlags::TRUNCATE).unwrap();
    assert_eq!(system.stat("/f").unwrap().size, 0);
}

#[test]
fn descriptors_run_out() {
    let mut system = System::builder().limits(|limits| limits.open_files_per_process = 4).memory("/").boot();
    system.write_file("/f", "").unwrap();
    for _ in 0..4 {
        system.open("/f", OpenFlags::READ).unwrap();
    }
    assert_eq!(errno(system.open("/f", OpenFlags::READ)), Errno::MFILE);
    assert_eq!(errno(system.kernel.dup(system.tid, 0, 0, false)), Errno::MFILE);
    assert_eq!(system.kernel.stats().open_files, 4);
    system.kernel.dup_to(system.tid, 0, 3, true).unwrap();
    assert!(system.kernel.get_close_on_exec(system.tid, 3).unwrap());
    assert_eq!(system.kernel.stats().open_files, 3);
}

#[test]
fn devices_do_what_they_are_for() {
    let mut system = System::new();
    assert_eq!(system.read_file("/dev/null").unwrap(), b"");
    let zero = system.open("/dev/zero", RW).unwrap();
    assert_eq!(system.read(zero, 5).unwrap(), [0; 5]);
    assert_eq!(system.write(zero, "dropped").unwrap(), 7);
    let full = system.open("/dev/full", RW).unwrap();
    assert_eq!(errno(system.write(full, "x")), Errno::NOSPC);
    let random = system.open("/dev/urandom", OpenFlags::READ).unwrap();
    assert_ne!(system.read(random, 16).unwrap(), system.read(random, 16).unwrap());
    assert_eq!(errno(system.open("/dev/tty", RW)), Errno::NXIO);
    let stat = system.stat("/dev/null").unwrap();
    assert_eq!((stat.kind, stat.device_id), (FileKind::CharacterDevice, 0x103));
    system.write_file("/dev/shm/shared", "x").unwrap();
}

#[test]
fn files_grow_up_to_their_limit() {
    use vivarium_kernel::proc::{Limit, Resource};
    let host = vivarium_kernel::testing::MemoryStore::new();
    let mut system = System::builder().memory("/").store("/host", host, false).boot();
    system.kernel.set_limit(system.tid, 0, Resource::FileSize, Limit { soft: 10, hard: 10 }).unwrap();
    for path in ["/f", "/host/f"] {
        let fd = system.open(path, NEW).unwrap();
        assert_eq!(system.write(fd, "0123456").unwrap(), 7);
        assert_eq!(system.write(fd, "0123456").unwrap(), 3);
        assert_eq!(errno(system.write(fd, "0123456")), Errno::FBIG);
        assert_eq!(errno(system.kernel.ftruncate(system.tid, fd, 11)), Errno::FBIG);
        assert_eq!(errno(system.kernel.allocate(system.tid, fd, 0, 11)), Errno::FBIG);
        system.kernel.ftruncate(system.tid, fd, 10).unwrap();
        let appending = system.open(path, RW | OpenFlags::APPEND).unwrap();
        assert_eq!(errno(system.write(appending, "x")), Errno::FBIG);
    }
}
