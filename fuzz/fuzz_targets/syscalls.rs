//! Calls of every interface, in any order, by several tasks of several processes.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use vivarium_fuzz::{Call, apply, start};
use vivarium_kernel::Kernel;

#[derive(Arbitrary, Debug)]
struct Input {
    calls: Vec<(u8, Call)>,
}

fuzz_target!(|input: Input| {
    let mut system = start();
    let mut tasks = vec![system.tid];
    for (i, (task, call)) in input.calls.iter().enumerate() {
        let tid = tasks[usize::from(*task) % tasks.len()];
        // The embedder keeps its first task, through which a restored system is driven.
        if tid == system.tid && matches!(call, Call::TaskExit) {
            continue;
        }
        apply(&mut system.kernel, tid, call);
        tasks.extend(system.host.take_starts().into_iter().map(|request| request.tid));
        system.host.record().monotonic += 1_000_000;
        system.kernel.tick();
        if i % 16 == 0 {
            let snapshot = system.kernel.snapshot();
            let mut copy = Kernel::new(Box::new(system.host.clone()));
            copy.restore(&snapshot, true).expect("a kernel's own snapshot");
        }
    }
});
