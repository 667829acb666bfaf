//! POSIX posix_spawn() and the end of processes.

use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::proc::{FileAction, Program, SpawnAttributes, StateChange, WaitFor, WaitOptions};
use vivarium_kernel::testing::{MemoryStore, System};

const MODULE: &[u8] = b"\0asm\x01\0\0\0";

fn program(path: &str) -> Program {
    Program { path: path.into(), arguments: vec![path.into()], environment: vec![] }
}

fn system() -> System {
    let store = MemoryStore::new().program("sh", MODULE);
    System::builder().memory("/").proc_and_dev().store("/bin", store, true).boot()
}

#[test]
fn a_child_in_the_background_outlives_its_parent() {
    let mut system = system();
    let init = system.tid;
    let shell = system.kernel.spawn(init, program("/bin/sh"), &[], &SpawnAttributes::default()).unwrap();
    let shell_task = system.host.take_starts()[0].tid;
    let null = FileAction::Open { fd: 0, path: b"/dev/null".to_vec(), flags: OpenFlags::READ, mode: 0 };
    let child = program("/bin/sh");
    system.kernel.spawn(shell_task, child, &[null], &SpawnAttributes::default()).unwrap();
    let child_task = system.host.take_starts()[0].tid;
    system.kernel.exit(shell_task, 3);
    let status = system.kernel.wait(init, WaitFor::Child(shell), WaitOptions::empty()).unwrap().unwrap();
    assert_eq!(status.change, StateChange::Exited(3));
    system.kernel.exit(child_task, 0);
    assert_eq!(system.kernel.stats().processes, 1);
}

#[test]
fn a_program_can_be_started_by_itself_again() {
    let mut system = system();
    system.kernel.spawn(system.tid, program("/bin/sh"), &[], &SpawnAttributes::default()).unwrap();
    let shell = system.host.take_starts()[0].tid;
    let files = system.kernel.stats().open_files;
    system.kernel.spawn(shell, program("/proc/self/exe"), &[], &SpawnAttributes::default()).unwrap();
    let again = system.host.take_starts().remove(0);
    assert_eq!(again.path, b"/bin/sh");
    assert!(system.kernel.spawn(shell, program("/none"), &[], &SpawnAttributes::default()).is_err());
    system.kernel.exit(again.tid, 0);
    assert_eq!(system.kernel.stats().open_files, files);
}
