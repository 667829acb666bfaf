//! Reading directories.

use std::collections::BTreeSet;

use vivarium_kernel::fs::FileKind;
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{MemoryStore, System, errno};
use vivarium_kernel::{AT_FDCWD, Errno};

#[test]
fn dots_come_first() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    system.mkdir("/d/e").unwrap();
    let fd = system.open("/d/e", OpenFlags::READ).unwrap();
    let entries = system.kernel.readdir(system.tid, fd, 0, 10).unwrap();
    let names: Vec<&[u8]> = entries.iter().map(|entry| &entry.name[..]).collect();
    assert_eq!(names, [&b"."[..], b".."]);
    assert_eq!(entries[0].inode, system.stat("/d/e").unwrap().inode);
    assert_eq!(entries[1].inode, system.stat("/d").unwrap().inode);
    assert!(system.kernel.readdir(system.tid, fd, entries[1].next, 10).unwrap().is_empty());
    system.write_file("/f", "").unwrap();
    let file = system.open("/f", OpenFlags::READ).unwrap();
    assert_eq!(errno(system.kernel.readdir(system.tid, file, 0, 1)), Errno::NOTDIR);
    assert_eq!(errno(system.read(fd, 1)), Errno::ISDIR);
}

/// A reader that is under way meets every entry that is there all the time exactly once.
fn reads_once_while_others_come_and_go(mut system: System, directory: &str) {
    let kept: BTreeSet<String> = (0..200).map(|n| format!("kept{n}")).collect();
    for name in &kept {
        if system.lstat(&format!("{directory}/{name}")).is_err() {
            system.write_file(&format!("{directory}/{name}"), "").unwrap();
        }
    }
    let fd = system.open(directory, OpenFlags::READ).unwrap();
    let (mut cookie, mut seen, mut round) = (0, Vec::new(), 0);
    loop {
        let entries = system.kernel.readdir(system.tid, fd, cookie, 5).unwrap();
        let Some(last) = entries.last() else { break };
        cookie = last.next;
        seen.extend(entries.iter().map(|entry| String::from_utf8(entry.name.clone()).unwrap()));
        round += 1;
        // Enough churn for the directory to be compacted, and changes to the entries themselves.
        for n in 0..40 {
            let path = format!("{directory}/other{round}-{n}");
            system.write_file(&path, "").unwrap();
            system.kernel.unlink(system.tid, AT_FDCWD, path.as_bytes()).unwrap();
        }
        let path = format!("{directory}/kept{}", (round * 37) % 200);
        system.kernel.chmod(system.tid, AT_FDCWD, path.as_bytes(), true, 0o600).unwrap();
    }
    let mut kept_seen: Vec<String> = seen.into_iter().filter(|name| name.starts_with("kept")).collect();
    kept_seen.sort();
    assert_eq!(kept_seen, kept.into_iter().collect::<Vec<_>>());
}

#[test]
fn memory_directories_read_once() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    reads_once_while_others_come_and_go(system, "/d");
}

#[test]
fn overlay_directories_read_once() {
    let layer = (0..150).fold(MemoryStore::new(), |store, n| store.file(&format!("d/kept{n}"), ""));
    reads_once_while_others_come_and_go(System::builder().overlay("/", [layer]).boot(), "/d");
}

#[test]
fn link_counts_of_directories() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    assert_eq!(system.stat("/d").unwrap().links, 2);
    system.mkdir("/d/a").unwrap();
    system.mkdir("/d/b").unwrap();
    system.write_file("/d/f", "").unwrap();
    assert_eq!(system.stat("/d").unwrap().links, 4);
    system.mkdir("/e").unwrap();
    let replace = vivarium_kernel::fs::RenameMode::Replace;
    system.kernel.rename(system.tid, AT_FDCWD, b"/d/a", AT_FDCWD, b"/e/a", replace).unwrap();
    assert_eq!((system.stat("/d").unwrap().links, system.stat("/e").unwrap().links), (3, 3));
    assert_eq!(system.stat("/e/a/..").unwrap().inode, system.stat("/e").unwrap().inode);
    system.kernel.rmdir(system.tid, AT_FDCWD, b"/d/b").unwrap();
    assert_eq!(system.stat("/d").unwrap().links, 2);
}

#[test]
fn a_removed_directory_is_empty() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    let fd = system.open("/d", OpenFlags::READ).unwrap();
    system.kernel.rmdir(system.tid, AT_FDCWD, b"/d").unwrap();
    assert!(system.kernel.readdir(system.tid, fd, 2, 10).unwrap().is_empty());
    assert_eq!(
        errno(system.kernel.open(system.tid, fd, b"f", OpenFlags::CREATE | OpenFlags::WRITE, 0o600)),
        Errno::NOENT
    );
    assert_eq!(system.kernel.fstat(system.tid, fd).unwrap().kind, FileKind::Directory);
}
