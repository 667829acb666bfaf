//! Random sequences of calls, made here and on the machine's own file system: the answers must be the same.

use std::path::Path;

use proptest::prelude::*;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};
use vivarium_kernel::fs::{FileKind, RenameMode};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::{MemoryStore, System};
use vivarium_kernel::{AT_FDCWD, Errno, Fault, Result};

/// A call. Paths are relative to the current directory, which is the tree's root on both sides.
#[derive(Clone, Debug)]
enum Op {
    Mkdir(String),
    Rmdir(String),
    Unlink(String),
    Rename(String, String, RenameMode),
    Link(String, String, bool),
    Symlink(String, String),
    Readlink(String),
    Open(String, OpenFlags, Vec<u8>),
    Truncate(String, u64),
    Chmod(String, u32),
    Stat(String, bool),
    List(String),
    Realpath(String),
}

/// What a call gave, in terms both sides have.
type Answer = std::result::Result<Vec<u8>, Errno>;

fn path() -> impl Strategy<Value = String> {
    let name = prop_oneof![8 => "[abc]", 1 => Just("..".to_owned()), 1 => Just(".".to_owned())];
    let inner = prop::collection::vec(name, 0..3);
    // The last component is never a dot: there systems differ in the error they choose.
    (inner, "[abc]", prop_oneof![9 => Just(""), 1 => Just("/")]).prop_map(|(inner, last, slash)| {
        // No way out of the tree.
        let depth = |names: &[String]| {
            names.iter().try_fold(0_i32, |depth, name| match &name[..] {
                ".." => (depth > 0).then_some(depth - 1),
                "." => Some(depth),
                _ => Some(depth + 1),
            })
        };
        let inner = if depth(&inner).is_some() { inner } else { Vec::new() };
        let mut path = inner.join("/");
        if !path.is_empty() {
            path.push('/');
        }
        path + &last + slash
    })
}

fn op() -> impl Strategy<Value = Op> {
    let mode =
        prop_oneof![4 => Just(RenameMode::Replace), 1 => Just(RenameMode::NoReplace), 1 => Just(RenameMode::Exchange)];
    let flags = prop_oneof![
        Just(OpenFlags::READ),
        Just(OpenFlags::WRITE),
        Just(OpenFlags::READ | OpenFlags::DIRECTORY),
        Just(OpenFlags::READ | OpenFlags::NO_FOLLOW),
        Just(OpenFlags::WRITE | OpenFlags::CREATE),
        Just(OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUSIVE),
        Just(OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE),
        Just(OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::NO_FOLLOW),
        Just(OpenFlags::WRITE | OpenFlags::APPEND),
        Just(OpenFlags::WRITE | OpenFlags::TRUNCATE),
    ];
    let target = prop_oneof!["[abc]", "[abc]/[abc]", "\\./[abc]", "[abc]/"];
    prop_oneof![
        4 => path().prop_map(Op::Mkdir),
        2 => path().prop_map(Op::Rmdir),
        2 => path().prop_map(Op::Unlink),
        6 => (path(), path(), mode).prop_map(|(old, new, mode)| Op::Rename(old, new, mode)),
        2 => (path(), path(), any::<bool>()).prop_map(|(old, new, follow)| Op::Link(old, new, follow)),
        2 => (target, path()).prop_map(|(target, path)| Op::Symlink(target, path)),
        1 => path().prop_map(Op::Readlink),
        6 => (path(), flags, prop::collection::vec(any::<u8>(), 0..40)).prop_map(|(path, flags, data)| Op::Open(path, flags, data)),
        1 => (path(), 0..100_u64).prop_map(|(path, length)| Op::Truncate(path, length)),
        1 => (path(), 0..0o1000_u32).prop_map(|(path, mode)| Op::Chmod(path, mode | 0o700)),
        2 => (path(), any::<bool>()).prop_map(|(path, follow)| Op::Stat(path, follow)),
        1 => path().prop_map(Op::List),
        1 => path().prop_map(Op::Realpath),
    ]
}

fn describe(kind: FileKind, mode: u32, size: u64, links: u64) -> Vec<u8> {
    match kind {
        // Their size, and in overlays their links, are each system's own affair.
        FileKind::Directory => format!("directory {mode:o}").into_bytes(),
        FileKind::Symlink => format!("symlink {size} {links}").into_bytes(),
        _ => format!("{kind:?} {mode:o} {size} {links}").into_bytes(),
    }
}

/// Makes a call here.
fn here(system: &mut System, op: &Op) -> Answer {
    let (kernel, tid) = (&mut system.kernel, system.tid);
    let none = |result: Result<()>| result.map(|()| Vec::new());
    let result = match op {
        Op::Mkdir(path) => none(kernel.mkdir(tid, AT_FDCWD, path.as_bytes(), 0o777)),
        Op::Rmdir(path) => none(kernel.rmdir(tid, AT_FDCWD, path.as_bytes())),
        Op::Unlink(path) => none(kernel.unlink(tid, AT_FDCWD, path.as_bytes())),
        Op::Rename(old, new, mode) => {
            none(kernel.rename(tid, AT_FDCWD, old.as_bytes(), AT_FDCWD, new.as_bytes(), *mode))
        }
        Op::Link(old, new, follow) => {
            none(kernel.link(tid, AT_FDCWD, old.as_bytes(), *follow, AT_FDCWD, new.as_bytes()))
        }
        Op::Symlink(target, path) => none(kernel.symlink(tid, target.as_bytes(), AT_FDCWD, path.as_bytes())),
        Op::Readlink(path) => kernel.readlink(tid, AT_FDCWD, path.as_bytes()),
        Op::Open(path, flags, data) => kernel.open(tid, AT_FDCWD, path.as_bytes(), *flags, 0o666).and_then(|fd| {
            let read = if flags.contains(OpenFlags::WRITE) {
                system.write(fd, data).map(|_| Vec::new())
            } else if system.kernel.fstat(tid, fd)?.kind == FileKind::Directory {
                Ok(b"directory".to_vec())
            } else {
                system.read_to_end(fd)
            };
            system.kernel.close(tid, fd)?;
            read
        }),
        Op::Truncate(path, length) => none(kernel.truncate(tid, AT_FDCWD, path.as_bytes(), *length)),
        Op::Chmod(path, mode) => none(kernel.chmod(tid, AT_FDCWD, path.as_bytes(), true, *mode)),
        Op::Stat(path, follow) => kernel
            .stat(tid, AT_FDCWD, path.as_bytes(), *follow)
            .map(|stat| describe(stat.kind, stat.mode, stat.size, stat.links)),
        Op::List(path) => system.names(path).map(|mut names| {
            names.sort();
            names.join(" ").into_bytes()
        }),
        Op::Realpath(path) => {
            kernel.realpath(tid, AT_FDCWD, path.as_bytes()).map(|path| path[b"/root".len()..].to_vec())
        }
    };
    result.map_err(|fault| match fault {
        Fault::Errno(errno) => errno,
        other => panic!("{op:?}: {other}"),
    })
}

/// Makes a call on the machine.
fn there(root: &Path, op: &Op) -> Answer {
    // Joining would lose a slash at the end.
    let at = |path: &str| format!("{}/{path}", root.display());
    let none = |result: rustix::io::Result<()>| result.map(|()| Vec::new());
    let result = match op {
        Op::Mkdir(path) => none(rustix::fs::mkdir(at(path), Mode::from_raw_mode(0o777))),
        Op::Rmdir(path) => none(rustix::fs::rmdir(at(path))),
        Op::Unlink(path) => none(rustix::fs::unlink(at(path))),
        Op::Rename(old, new, mode) => {
            let flags = match mode {
                RenameMode::Replace => RenameFlags::empty(),
                RenameMode::NoReplace => RenameFlags::NOREPLACE,
                RenameMode::Exchange => RenameFlags::EXCHANGE,
            };
            none(rustix::fs::renameat_with(CWD, at(old), CWD, at(new), flags))
        }
        Op::Link(old, new, follow) => {
            let flags = if *follow { AtFlags::SYMLINK_FOLLOW } else { AtFlags::empty() };
            none(rustix::fs::linkat(CWD, at(old), CWD, at(new), flags))
        }
        Op::Symlink(target, path) => none(rustix::fs::symlink(&target[..], at(path))),
        Op::Readlink(path) => rustix::fs::readlink(at(path), Vec::new()).map(|target| target.into_bytes()),
        Op::Open(path, flags, data) => {
            let pairs = [
                (OpenFlags::APPEND, OFlags::APPEND),
                (OpenFlags::CREATE, OFlags::CREATE),
                (OpenFlags::EXCLUSIVE, OFlags::EXCL),
                (OpenFlags::TRUNCATE, OFlags::TRUNC),
                (OpenFlags::DIRECTORY, OFlags::DIRECTORY),
                (OpenFlags::NO_FOLLOW, OFlags::NOFOLLOW),
            ];
            let access = if flags.contains(OpenFlags::WRITE) { OFlags::WRONLY } else { OFlags::RDONLY };
            let all = pairs.iter().filter(|(ours, _)| flags.contains(*ours)).fold(access, |all, (_, flag)| all | *flag);
            rustix::fs::open(at(path), all, Mode::from_raw_mode(0o666)).and_then(|fd| {
                if flags.contains(OpenFlags::WRITE) {
                    return rustix::io::write(&fd, data).map(|_| Vec::new());
                }
                if rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode).is_dir() {
                    return Ok(b"directory".to_vec());
                }
                let mut content = vec![0; 100_000];
                rustix::io::read(&fd, &mut content[..]).map(|length| content[..length].to_vec())
            })
        }
        Op::Truncate(path, length) => {
            // rustix has no truncate() by path; the call is open for writing and ftruncate().
            rustix::fs::open(at(path), OFlags::WRONLY, Mode::empty())
                .and_then(|fd| none(rustix::fs::ftruncate(fd, *length)))
        }
        Op::Chmod(path, mode) => none(rustix::fs::chmod(at(path), Mode::from_raw_mode(*mode))),
        Op::Stat(path, follow) => {
            let stat = if *follow { rustix::fs::stat(at(path)) } else { rustix::fs::lstat(at(path)) };
            stat.map(|stat| {
                let kind = match rustix::fs::FileType::from_raw_mode(stat.st_mode) {
                    rustix::fs::FileType::Directory => FileKind::Directory,
                    rustix::fs::FileType::Symlink => FileKind::Symlink,
                    _ => FileKind::Regular,
                };
                describe(kind, stat.st_mode & 0o7777, stat.st_size as u64, stat.st_nlink)
            })
        }
        Op::List(path) => {
            rustix::fs::open(at(path), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).and_then(|fd| {
                let entries = rustix::fs::Dir::read_from(fd)?;
                let mut names: Vec<String> =
                    entries.flatten().map(|entry| entry.file_name().to_str().unwrap().to_owned()).collect();
                names.retain(|name| name != "." && name != "..");
                names.sort();
                Ok(names.join(" ").into_bytes())
            })
        }
        Op::Realpath(path) => match std::fs::canonicalize(at(path)) {
            Ok(path) => {
                let inside = path.strip_prefix(root).unwrap().to_str().unwrap();
                Ok(format!("/{inside}").into_bytes())
            }
            Err(error) => Err(rustix::io::Errno::from_io_error(&error).unwrap()),
        },
    };
    result.map_err(errno)
}

fn errno(errno: rustix::io::Errno) -> Errno {
    use rustix::io::Errno as Native;
    match errno {
        Native::NOENT => Errno::NOENT,
        Native::EXIST => Errno::EXIST,
        Native::NOTDIR => Errno::NOTDIR,
        Native::ISDIR => Errno::ISDIR,
        Native::NOTEMPTY => Errno::NOTEMPTY,
        Native::INVAL => Errno::INVAL,
        Native::LOOP => Errno::LOOP,
        Native::PERM => Errno::PERM,
        Native::ACCESS => Errno::ACCES,
        Native::BUSY => Errno::BUSY,
        other => panic!("unforeseen on the machine: {other}"),
    }
}

/// Both sides begin with this tree: directories, then files with their content, then links.
const DIRECTORIES: [&str; 4] = ["a", "a/b", "a/b/c", "b"];
const FILES: [(&str, &str); 3] = [("a/a", "first"), ("a/b/a", "second"), ("b/b", "third")];
const LINKS: [(&str, &str); 2] = [("c", "a/b"), ("b/c", "b")];

fn run(mut system: System, ops: &[Op]) -> std::result::Result<(), TestCaseError> {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    system.kernel.chdir(system.tid, b"/root").unwrap();
    for path in DIRECTORIES {
        rustix::fs::mkdir(root.join(path), Mode::from_raw_mode(0o755)).unwrap();
    }
    for (path, content) in FILES {
        std::fs::write(root.join(path), content).unwrap();
    }
    for (path, target) in LINKS {
        rustix::fs::symlink(target, root.join(path)).unwrap();
    }
    for (at, op) in ops.iter().enumerate() {
        prop_assert_eq!(here(&mut system, op), there(&root, op), "call {}: {:?}", at, op);
    }
    for op in whole_tree(&root, "") {
        prop_assert_eq!(here(&mut system, &op), there(&root, &op), "in the end: {:?}", op);
    }
    Ok(())
}

/// Calls that look at everything there is.
fn whole_tree(root: &Path, below: &str) -> Vec<Op> {
    let mut ops = vec![Op::List(if below.is_empty() { ".".to_owned() } else { below.to_owned() })];
    let mut names: Vec<_> = std::fs::read_dir(root.join(below)).unwrap().map(|entry| entry.unwrap()).collect();
    names.sort_by_key(|entry| entry.file_name());
    for entry in names {
        let path = Path::new(below).join(entry.file_name()).to_str().unwrap().to_owned();
        ops.push(Op::Stat(path.clone(), false));
        ops.push(Op::Readlink(path.clone()));
        if entry.file_type().unwrap().is_dir() {
            ops.extend(whole_tree(root, &path));
        } else if entry.file_type().unwrap().is_file() {
            ops.push(Op::Open(path, OpenFlags::READ, Vec::new()));
        }
    }
    ops
}

fn in_memory() -> System {
    let mut system = System::new();
    system.mkdir("/root").unwrap();
    for path in DIRECTORIES {
        system.mkdir(&format!("/root/{path}")).unwrap();
    }
    for (path, content) in FILES {
        system.write_file(&format!("/root/{path}"), content).unwrap();
    }
    for (path, target) in LINKS {
        let path = format!("/root/{path}");
        system.kernel.symlink(system.tid, target.as_bytes(), AT_FDCWD, path.as_bytes()).unwrap();
    }
    system
}

fn tree() -> MemoryStore {
    let store = DIRECTORIES.iter().fold(MemoryStore::new(), |store, path| store.directory(&format!("root/{path}")));
    let store = FILES.iter().fold(store, |store, (path, content)| store.file(&format!("root/{path}"), content));
    LINKS.iter().fold(store, |store, (path, target)| store.link_to(&format!("root/{path}"), target))
}

fn umask_like_ours() {
    rustix::process::umask(Mode::from_raw_mode(0o022));
}

proptest! {
    #[test]
    fn memory_answers_as_the_machine_does(ops in prop::collection::vec(op(), 1..40)) {
        umask_like_ours();
        run(in_memory(), &ops)?;
    }

    #[test]
    fn an_overlay_answers_as_the_machine_does(ops in prop::collection::vec(op(), 1..40)) {
        umask_like_ours();
        run(System::builder().overlay("/", [tree()]).boot(), &ops)?;
    }
}
