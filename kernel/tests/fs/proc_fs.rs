//! /proc.

use vivarium_kernel::fs::FileKind;
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{System, errno};
use vivarium_kernel::{AT_FDCWD, Errno};

fn text(system: &mut System, path: &str) -> String {
    String::from_utf8(system.read_file(path).unwrap()).unwrap()
}

/// Every file that is listed can be looked at, and every regular one be read.
fn visit(system: &mut System, path: &str, depth: usize) -> usize {
    let mut seen = 1;
    for name in system.names(path).unwrap() {
        let path = format!("{path}/{name}");
        // The descriptor that the directory itself was read by is closed again.
        let Ok(stat) = system.lstat(&path) else {
            assert!(path.contains("/fd"), "{path}");
            continue;
        };
        match stat.kind {
            FileKind::Directory if depth > 0 => seen += visit(system, &path, depth - 1),
            FileKind::Regular => {
                system.read_file(&path).unwrap();
                seen += 1;
            }
            FileKind::Symlink => {
                // Pid 1 runs no program: that link leads nowhere.
                if !path.ends_with("/exe") {
                    system.kernel.readlink(system.tid, AT_FDCWD, path.as_bytes()).unwrap();
                }
                seen += 1;
            }
            _ => seen += 1,
        }
    }
    seen
}

#[test]
fn all_that_is_listed_is_there() {
    let mut system = System::new();
    system.open("/dev/null", OpenFlags::READ).unwrap();
    assert!(visit(&mut system, "/proc", 5) > 50);
}

#[test]
fn a_process_tells_of_itself() {
    let mut system = System::new();
    assert_eq!(system.kernel.readlink(system.tid, AT_FDCWD, b"/proc/self").unwrap(), b"1");
    assert_eq!(text(&mut system, "/proc/self/comm"), "init\n");
    assert_eq!(system.read_file("/proc/1/cmdline").unwrap(), b"init\0");
    let stat = text(&mut system, "/proc/self/stat");
    let fields: Vec<&str> = stat.trim_end().split(' ').collect();
    assert_eq!((fields.len(), fields[0], fields[1], fields[2], fields[3]), (52, "1", "(init)", "R", "0"));
    let status = text(&mut system, "/proc/self/status");
    assert!(status.starts_with("Name:\tinit\nUmask:\t0022\nState:\tR (running)\nTgid:\t1\nPid:\t1\n"), "{status}");
    assert!(status.contains("\nUid:\t0\t0\t0\t0\n") && status.contains("\nThreads:\t1\n"), "{status}");
    assert!(text(&mut system, "/proc/self/limits").contains("Max open files            1024"));
    system.write_file("/proc/self/comm", "renamed\n").unwrap();
    assert_eq!(text(&mut system, "/proc/self/comm"), "renamed\n");
    assert_eq!(errno(system.stat("/proc/99")), Errno::NOENT);
    assert_eq!(errno(system.stat("/proc/01")), Errno::NOENT);
    assert_eq!(errno(system.mkdir("/proc/x")), Errno::ACCES);
}

#[test]
fn links_lead_to_files_and_not_names() {
    let mut system = System::new();
    system.mkdir("/d").unwrap();
    system.kernel.chdir(system.tid, b"/d").unwrap();
    system.write_file("/d/f", "content").unwrap();
    let fd = system.open("/d/f", OpenFlags::READ).unwrap();
    let path = format!("/proc/self/fd/{fd}");
    assert_eq!(system.kernel.readlink(system.tid, AT_FDCWD, path.as_bytes()).unwrap(), b"/d/f");
    assert_eq!(system.kernel.readlink(system.tid, AT_FDCWD, b"/proc/self/cwd").unwrap(), b"/d");
    assert_eq!(system.read_file("/proc/self/cwd/f").unwrap(), b"content");
    assert_eq!(system.read_file("/proc/self/root/d/f").unwrap(), b"content");
    system.kernel.unlink(system.tid, AT_FDCWD, b"/d/f").unwrap();
    assert_eq!(system.read_file(&path).unwrap(), b"content");
    assert_eq!(system.read_file(&format!("/dev/fd/{fd}")).unwrap(), b"content");
    assert!(text(&mut system, &format!("/proc/self/fdinfo/{fd}")).starts_with("pos:\t0\nflags:\t00\n"));
    assert_eq!(system.lstat(&path).unwrap().kind, FileKind::Symlink);
    assert_eq!(system.stat(&path).unwrap().links, 0);
}

#[test]
fn pipes_can_be_reached_by_descriptor() {
    let mut system = System::new();
    let (reader, writer) = system.kernel.pipe(system.tid, OpenFlags::empty()).unwrap();
    let link = system.kernel.readlink(system.tid, AT_FDCWD, format!("/dev/fd/{reader}").as_bytes()).unwrap();
    assert!(link.starts_with(b"pipe:["));
    assert_eq!(system.stat(&format!("/dev/fd/{reader}")).unwrap().kind, FileKind::Fifo);
    let again = system.open(&format!("/dev/fd/{writer}"), OpenFlags::WRITE).unwrap();
    system.write(again, "through").unwrap();
    assert_eq!(system.read(reader, 100).unwrap(), b"through");
}

#[test]
fn a_pipe_opened_by_descriptor_after_its_writers_have_gone_has_ended() {
    let mut system = System::new();
    let (reader, writer) = system.kernel.pipe(system.tid, OpenFlags::empty()).unwrap();
    system.write(writer, "last").unwrap();
    system.kernel.close(system.tid, writer).unwrap();
    let again = system.open(&format!("/dev/fd/{reader}"), OpenFlags::READ).unwrap();
    assert_eq!(system.read(again, 100).unwrap(), b"last");
    assert_eq!(system.read(again, 100).unwrap(), b"");
}

#[test]
fn the_system_tells_of_itself() {
    let mut system = System::new();
    system.host.record().monotonic += 12_340_000_000;
    assert_eq!(text(&mut system, "/proc/uptime"), "12.34 12.34\n");
    assert_eq!(text(&mut system, "/proc/sys/kernel/hostname"), "test\n");
    system.write_file("/proc/sys/kernel/hostname", "other\n").unwrap();
    assert_eq!(text(&mut system, "/proc/sys/kernel/hostname"), "other\n");
    assert!(text(&mut system, "/proc/mounts").starts_with("test / tmpfs rw,relatime 0 0\n"));
    assert!(text(&mut system, "/proc/meminfo").starts_with("MemTotal:         262144 kB\n"));
    assert_eq!(errno(system.open("/proc/uptime", OpenFlags::WRITE)), Errno::ACCES);
    // A file kept open shows the present whenever it is read from its start.
    let fd = system.open("/proc/uptime", OpenFlags::READ).unwrap();
    system.host.record().monotonic += 1_000_000_000;
    assert_eq!(system.read(fd, 100).unwrap(), b"13.34 13.34\n");
}

#[test]
fn what_is_private_is_for_the_owner() {
    let mut system = System::new();
    system.kernel.set_uid(system.tid, Some(1000), Some(1000)).unwrap();
    system.read_file("/proc/self/environ").unwrap();
    assert_eq!(errno(system.open("/proc/sys/kernel/hostname", OpenFlags::WRITE)), Errno::ACCES);
}
