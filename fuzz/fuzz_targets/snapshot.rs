//! Restoring anything, and using what was restored.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use vivarium_fuzz::{Call, apply, start};
use vivarium_kernel::Kernel;
use vivarium_kernel::testing::TestHost;

#[derive(Arbitrary, Debug)]
struct Input {
    /// Calls that make the state to write out.
    before: Vec<Call>,
    changes: Vec<(u16, u8)>,
    /// In place of a real state.
    raw: Option<Vec<u8>>,
    keep_tasks: bool,
    after: Vec<Call>,
}

/// Magic, version and name.
static HEADER: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let snapshot = start().kernel.snapshot();
    let name = usize::from(u16::from_le_bytes([snapshot[12], snapshot[13]]));
    snapshot[..14 + name].to_vec()
});

fuzz_target!(|input: Input| {
    let mut snapshot = match &input.raw {
        Some(raw) => [&HEADER[..], raw].concat(),
        None => {
            let mut system = start();
            for call in &input.before {
                apply(&mut system.kernel, system.tid, call);
            }
            system.kernel.snapshot()
        }
    };
    for &(at, byte) in &input.changes {
        let at = usize::from(at) * 7 % snapshot.len();
        snapshot[at] = byte;
    }
    let host = TestHost::new();
    host.record().forgiving = true;
    let mut kernel = Kernel::new(Box::new(host));
    let Ok(tid) = kernel.restore(&snapshot, input.keep_tasks) else { return };
    for call in &input.after {
        apply(&mut kernel, tid, call);
    }
    for fd in 0..16 {
        let _ = kernel.close(tid, fd);
    }
    kernel.tick();
    kernel.snapshot();
});
