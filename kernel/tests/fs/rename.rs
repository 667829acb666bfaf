//! rename() in all its cases.

use vivarium_kernel::fs::{FileKind, RenameMode};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{MemoryStore, System, errno};
use vivarium_kernel::{AT_FDCWD, Errno, Result};

fn rename(system: &mut System, old: &str, new: &str, mode: RenameMode) -> Result<()> {
    system.kernel.rename(system.tid, AT_FDCWD, old.as_bytes(), AT_FDCWD, new.as_bytes(), mode)
}

fn replace(system: &mut System, old: &str, new: &str) -> Result<()> {
    rename(system, old, new, RenameMode::Replace)
}

/// The same rules hold in memory, in an overlay over nothing, and for what an overlay's lower layer has.
fn systems() -> Vec<System> {
    let made = |mut system: System| {
        for directory in ["/d", "/d/e", "/full", "/full/x", "/empty"] {
            system.mkdir(directory).unwrap();
        }
        system.write_file("/f", "f").unwrap();
        system.write_file("/g", "g").unwrap();
        system.write_file("/d/inner", "inner").unwrap();
        system
    };
    let layer = MemoryStore::new()
        .directory("d/e")
        .directory("full/x")
        .directory("empty")
        .file("f", "f")
        .file("g", "g")
        .file("d/inner", "inner");
    vec![
        made(System::new()),
        made(System::builder().overlay("/", [MemoryStore::new()]).proc_and_dev().boot()),
        System::builder().overlay("/", [layer]).proc_and_dev().boot(),
    ]
}

#[test]
fn files_over_files() {
    for mut system in systems() {
        let inode = system.stat("/f").unwrap().inode;
        let open = system.open("/g", OpenFlags::READ).unwrap();
        replace(&mut system, "/f", "/g").unwrap();
        assert_eq!(errno(system.stat("/f")), Errno::NOENT);
        assert_eq!(system.read_file("/g").unwrap(), b"f");
        assert_eq!(system.stat("/g").unwrap().inode, inode);
        assert_eq!(system.read(open, 9).unwrap(), b"g");
        assert_eq!(system.kernel.fstat(system.tid, open).unwrap().links, 0);
        replace(&mut system, "/g", "/d/h").unwrap();
        assert_eq!(system.read_file("/d/h").unwrap(), b"f");
        assert!(!system.names("/").unwrap().contains(&"g".to_owned()));
    }
}

#[test]
fn directories_over_directories() {
    for mut system in systems() {
        replace(&mut system, "/d", "/empty").unwrap();
        assert_eq!(system.read_file("/empty/inner").unwrap(), b"inner");
        assert_eq!(errno(system.stat("/d")), Errno::NOENT);
        assert_eq!(errno(replace(&mut system, "/empty", "/full")), Errno::NOTEMPTY);
        assert_eq!(errno(replace(&mut system, "/empty", "/f")), Errno::NOTDIR);
        assert_eq!(errno(replace(&mut system, "/f", "/empty")), Errno::ISDIR);
        replace(&mut system, "/empty", "/full/moved/").unwrap();
        assert_eq!(system.stat("/full/moved/..").unwrap().inode, system.stat("/full").unwrap().inode);
        assert_eq!(system.names("/full").unwrap(), ["x", "moved"]);
        assert_eq!(system.read_file("/full/moved/inner").unwrap(), b"inner");
        system.mkdir("/empty").unwrap();
        assert!(system.names("/empty").unwrap().is_empty());
    }
}

#[test]
fn never_into_itself() {
    for mut system in systems() {
        assert_eq!(errno(replace(&mut system, "/d", "/d/x")), Errno::INVAL);
        assert_eq!(errno(replace(&mut system, "/d", "/d/e/x")), Errno::INVAL);
        assert_eq!(errno(replace(&mut system, "/d/e", "/d")), Errno::NOTEMPTY);
        assert_eq!(errno(replace(&mut system, "/d/.", "/x")), Errno::INVAL);
        assert_eq!(errno(replace(&mut system, "/d", "/full/..")), Errno::INVAL);
        assert_eq!(errno(replace(&mut system, "/f/", "/x")), Errno::NOTDIR);
        assert_eq!(errno(replace(&mut system, "/f", "/x/")), Errno::NOTDIR);
        assert_eq!(errno(replace(&mut system, "/nothing", "/x")), Errno::NOENT);
        assert_eq!(errno(replace(&mut system, "/f", "/no/x")), Errno::NOENT);
        assert_eq!(errno(replace(&mut system, "/f", "/proc/x")), Errno::XDEV);
        assert_eq!(errno(replace(&mut system, "/proc", "/x")), Errno::BUSY);
        assert_eq!(errno(replace(&mut system, "/empty", "/proc")), Errno::BUSY);
        replace(&mut system, "/d", "/d").unwrap();
        assert_eq!(system.read_file("/d/inner").unwrap(), b"inner");
    }
}

#[test]
fn two_names_of_one_file_stay() {
    for mut system in systems() {
        system.kernel.link(system.tid, AT_FDCWD, b"/f", false, AT_FDCWD, b"/l").unwrap();
        replace(&mut system, "/f", "/l").unwrap();
        assert_eq!((system.stat("/f").unwrap().links, system.stat("/l").unwrap().links), (2, 2));
    }
}

#[test]
fn no_replace_and_exchange() {
    for mut system in systems() {
        assert_eq!(errno(rename(&mut system, "/f", "/g", RenameMode::NoReplace)), Errno::EXIST);
        rename(&mut system, "/f", "/new", RenameMode::NoReplace).unwrap();
        assert_eq!(errno(rename(&mut system, "/new", "/none", RenameMode::Exchange)), Errno::NOENT);
        rename(&mut system, "/new", "/d/e", RenameMode::Exchange).unwrap();
        assert_eq!(system.read_file("/d/e").unwrap(), b"f");
        assert_eq!(system.stat("/new").unwrap().kind, FileKind::Directory);
        assert_eq!(system.stat("/new/..").unwrap().inode, system.stat("/").unwrap().inode);
        assert_eq!(errno(rename(&mut system, "/d", "/d/e", RenameMode::Exchange)), Errno::INVAL);
        assert_eq!(errno(rename(&mut system, "/d/e", "/d", RenameMode::Exchange)), Errno::INVAL);
        rename(&mut system, "/d", "/g", RenameMode::Exchange).unwrap();
        assert_eq!(system.read_file("/g/inner").unwrap(), b"inner");
    }
}

#[test]
fn a_current_directory_moves_along() {
    for mut system in systems() {
        system.kernel.chdir(system.tid, b"/d/e").unwrap();
        replace(&mut system, "/d", "/full/d").unwrap();
        assert_eq!(system.kernel.getcwd(system.tid).unwrap(), b"/full/d/e");
        system.write_file("new", "n").unwrap();
        assert_eq!(system.read_file("/full/d/e/new").unwrap(), b"n");
        assert_eq!(system.read_file("../inner").unwrap(), b"inner");
    }
}
