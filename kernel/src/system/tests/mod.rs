//! Tests of snapshots.

mod mutation;
mod restore;
mod workload;

use crate::Kernel;
use crate::testing::System;

/// A system with something of everything in it.
fn full_system() -> System {
    let mut system = System::new();
    for seed in 0..400u32 {
        workload::step(&mut system.kernel, system.tid, seed.wrapping_mul(2_654_435_761));
    }
    system.spawn_program(&[]);
    system
}

/// A kernel with the state of another, on the same host.
fn copy(system: &System) -> Kernel {
    let mut kernel = Kernel::new(Box::new(system.host.clone()));
    kernel.restore(&system.kernel.snapshot(), true).expect("restore");
    kernel
}
