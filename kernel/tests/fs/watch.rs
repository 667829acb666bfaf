//! Change notification.

use vivarium_kernel::fs::{RenameMode, WatchEvents};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{MemoryStore, System, errno};
use vivarium_kernel::{AT_FDCWD, Errno, Fault, Fd};

/// Events as (watch, mask, name); the cookies are left out.
fn events(system: &mut System, fd: Fd) -> Vec<(i32, u32, String)> {
    let bytes = match system.read(fd, 65536) {
        Ok(bytes) => bytes,
        Err(_) => return Vec::new(),
    };
    let (mut rest, mut events) = (&bytes[..], Vec::new());
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    while !rest.is_empty() {
        let length = 16 + word(rest, 12) as usize;
        let name = rest[16..length].split(|&byte| byte == 0).next().unwrap();
        events.push((word(rest, 0) as i32, word(rest, 4), String::from_utf8(name.to_vec()).unwrap()));
        rest = &rest[length..];
    }
    events
}

#[test]
fn a_watched_directory_tells_of_its_entries() {
    let mut system = System::builder().memory("/").store("/host", MemoryStore::new().file("d/seed", ""), false).boot();
    system.mkdir("/d").unwrap();
    for directory in ["/d", "/host/d"] {
        let tid = system.tid;
        let fd = system.kernel.watch_open(tid, OpenFlags::NONBLOCK).unwrap();
        let number = system.kernel.watch_add(tid, fd, directory.as_bytes(), WatchEvents::all()).unwrap();
        assert_eq!(number, 1);
        let path = |name: &str| format!("{directory}/{name}").into_bytes();
        system.write_file(&format!("{directory}/f"), "x").unwrap();
        let move_to = system.kernel.rename(tid, AT_FDCWD, &path("f"), AT_FDCWD, &path("g"), RenameMode::Replace);
        move_to.unwrap();
        system.kernel.chmod(tid, AT_FDCWD, &path("g"), true, 0o600).unwrap();
        system.mkdir(&format!("{directory}/sub")).unwrap();
        system.kernel.unlink(tid, AT_FDCWD, &path("g")).unwrap();
        let told: Vec<(u32, String)> =
            events(&mut system, fd).into_iter().map(|(_, mask, name)| (mask, name)).collect();
        let expected = [
            (0x100, "f"),
            (0x2, "f"),
            (0x8, "f"),
            (0x40, "f"),
            (0x80, "g"),
            (0x4, "g"),
            (0x4000_0100, "sub"),
            (0x200, "g"),
        ];
        let expected: Vec<(u32, String)> = expected.iter().map(|&(mask, name)| (mask, name.to_owned())).collect();
        assert_eq!(told, expected, "{directory}");
        system.kernel.watch_remove(tid, fd, number).unwrap();
        assert_eq!(events(&mut system, fd), [(1, 0x8000, String::new())]);
        assert_eq!(errno(system.kernel.watch_remove(tid, fd, number)), Errno::INVAL);
    }
}

#[test]
fn a_removed_file_ends_its_watch() {
    let mut system = System::new();
    system.write_file("/f", "x").unwrap();
    let tid = system.tid;
    let fd = system.kernel.watch_open(tid, OpenFlags::empty()).unwrap();
    let number = system.kernel.watch_add(tid, fd, b"/f", WatchEvents::all()).unwrap() as i32;
    assert_eq!(system.read(fd, 100), Err(Fault::Blocked));
    system.kernel.unlink(tid, AT_FDCWD, b"/f").unwrap();
    assert_eq!(system.host.take_wakes().first(), Some(&tid));
    let told = events(&mut system, fd);
    assert_eq!(told, [(number, 0x400, String::new()), (number, 0x8000, String::new())]);
    // The watch was what kept the file.
    assert_eq!(system.kernel.stats().inodes, {
        system.kernel.close(tid, fd).unwrap();
        system.kernel.stats().inodes
    });
}

#[test]
fn a_watch_in_an_overlay_outlives_copy_up() {
    let mut system = System::builder().overlay("/", [MemoryStore::new().file("etc/f", "lower")]).boot();
    let tid = system.tid;
    let fd = system.kernel.watch_open(tid, OpenFlags::NONBLOCK).unwrap();
    system.kernel.watch_add(tid, fd, b"/etc", WatchEvents::MODIFY | WatchEvents::DELETE).unwrap();
    system.write_file("/etc/f", "upper").unwrap();
    system.kernel.unlink(tid, AT_FDCWD, b"/etc/f").unwrap();
    let masks: Vec<u32> = events(&mut system, fd).into_iter().map(|(_, mask, _)| mask).collect();
    assert_eq!(masks, [0x2, 0x200]);
}

#[test]
fn queues_are_bounded() {
    let mut system = System::new();
    let tid = system.tid;
    let fd = system.kernel.watch_open(tid, OpenFlags::NONBLOCK).unwrap();
    system.kernel.watch_add(tid, fd, b"/", WatchEvents::CREATE | WatchEvents::DELETE).unwrap();
    for n in 0..10_000 {
        let path = format!("/{n}");
        system.mkdir(&path).unwrap();
        system.kernel.rmdir(tid, AT_FDCWD, path.as_bytes()).unwrap();
    }
    let mut last = Vec::new();
    loop {
        let read = events(&mut system, fd);
        if read.is_empty() {
            break;
        }
        last = read;
    }
    assert_eq!(last.last(), Some(&(-1, 0x4000, String::new())));
}
