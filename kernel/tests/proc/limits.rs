//! POSIX setrlimit(), for others.

use vivarium_kernel::Errno;
use vivarium_kernel::proc::{Limit, Resource};
use vivarium_kernel::testing::{System, errno};

#[test]
fn the_limits_of_pid_1_are_its_own() {
    let mut system = System::new();
    let program = system.spawn_program(&[]);
    let none = Limit { soft: 0, hard: 0 };
    assert_eq!(errno(system.kernel.set_limit(program, 1, Resource::Cpu, none)), Errno::PERM);
    assert_eq!(system.kernel.get_limit(program, 1, Resource::Cpu), Ok(Limit::NONE));
    system.kernel.set_limit(system.tid, 1, Resource::Cpu, none).unwrap();
}
