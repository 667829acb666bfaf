//! Snapshots with something wrong in them are refused, or are harmless: no call panics on what was restored.

use proptest::prelude::*;

use super::*;
use crate::testing::TestHost;

/// A restored system is used for a while, written out, and closed.
fn exercise(snapshot: &[u8]) {
    let mut kernel = Kernel::new(Box::new(TestHost::new()));
    let Ok(tid) = kernel.restore(snapshot, snapshot.len().is_multiple_of(2)) else { return };
    for number in 0..200u32 {
        workload::step(&mut kernel, tid, number.wrapping_mul(0x9e37_79b9));
    }
    for fd in 0..20 {
        let _ = kernel.close(tid, fd);
    }
    kernel.snapshot();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn damaged_snapshots_do_no_harm(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        thread_local!(static SNAPSHOT: Vec<u8> = full_system().kernel.snapshot());
        let mut snapshot = SNAPSHOT.with(Clone::clone);
        for (at, byte) in changes {
            let at = at.index(snapshot.len());
            snapshot[at] = byte;
        }
        exercise(&snapshot);
    }
}
