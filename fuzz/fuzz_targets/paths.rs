//! Path resolution over any tree of directories and links, in memory and in an overlay.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use vivarium_kernel::testing::{MemoryStore, System};
use vivarium_kernel::{AT_FDCWD, AT_ROOT};

#[derive(Arbitrary, Debug)]
struct Input {
    overlay: bool,
    steps: Vec<Step>,
    looked_up: Vec<Path>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Directory(Path),
    Link(Path, Path),
    Remove(Path),
    Rename(Path, Path),
    Enter(Path),
}

/// Paths of few names, so that they meet; and sometimes any bytes.
#[derive(Arbitrary, Debug)]
enum Path {
    Named { absolute: bool, names: Vec<Name>, slash: bool },
    Raw(Vec<u8>),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Name {
    A,
    B,
    C,
    Lower,
    Dot,
    Up,
    Empty,
    Proc,
    SelfLink,
}

impl Path {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Raw(bytes) => bytes.clone(),
            Self::Named { absolute, names, slash } => {
                let names: Vec<&[u8]> = names
                    .iter()
                    .map(|name| -> &[u8] {
                        match name {
                            Name::A => b"a",
                            Name::B => b"b",
                            Name::C => b"c",
                            Name::Lower => b"lower",
                            Name::Dot => b".",
                            Name::Up => b"..",
                            Name::Empty => b"",
                            Name::Proc => b"proc",
                            Name::SelfLink => b"self",
                        }
                    })
                    .collect();
                let mut path = if *absolute { b"/".to_vec() } else { Vec::new() };
                path.extend(names.join(&b'/'));
                if *slash {
                    path.push(b'/');
                }
                path
            }
        }
    }
}

fuzz_target!(|input: Input| {
    let builder = System::builder();
    let lower = || MemoryStore::new().file("lower/a/b", "x").directory("lower/c").file("b", "y");
    let builder = if input.overlay { builder.overlay("/", [lower(), lower()]) } else { builder.memory("/") };
    let mut system = builder.proc_and_dev().boot();
    let (kernel, tid) = (&mut system.kernel, system.tid);
    for step in &input.steps {
        let _ = match step {
            Step::Directory(path) => kernel.mkdir(tid, AT_FDCWD, &path.bytes(), 0o755),
            Step::Link(target, path) => kernel.symlink(tid, &target.bytes(), AT_FDCWD, &path.bytes()),
            Step::Remove(path) => {
                kernel.unlink(tid, AT_FDCWD, &path.bytes()).or_else(|_| kernel.rmdir(tid, AT_FDCWD, &path.bytes()))
            }
            Step::Rename(from, to) => kernel.rename(
                tid,
                AT_FDCWD,
                &from.bytes(),
                AT_ROOT,
                &to.bytes(),
                vivarium_kernel::fs::RenameMode::Replace,
            ),
            Step::Enter(path) => kernel.chdir(tid, &path.bytes()),
        };
    }
    for path in &input.looked_up {
        let path = path.bytes();
        let Ok(real) = kernel.realpath(tid, AT_FDCWD, &path) else { continue };
        assert_eq!(real.first(), Some(&b'/'));
        let (seen, direct) = (kernel.stat(tid, AT_FDCWD, &path, true), kernel.stat(tid, AT_FDCWD, &real, false));
        let (Ok(seen), Ok(direct)) = (seen, direct) else { panic!("a real path that leads nowhere") };
        assert_eq!((seen.device, seen.inode), (direct.device, direct.inode));
        assert_eq!(kernel.realpath(tid, AT_ROOT, &real).as_deref(), Ok(&*real));
    }
});
