//! The audit log of a machine.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use vivarium_runner::AuditEvent;

/// Events kept until they are taken; beyond that the oldest go. They have been handed to `tracing` by then.
const CAPACITY: usize = 1 << 16;

#[derive(Debug, Default)]
pub(crate) struct Log {
    events: Mutex<VecDeque<AuditEvent>>,
    lost: AtomicU64,
}

impl Log {
    pub(crate) fn push(&self, event: AuditEvent) {
        let mut events = self.events.lock();
        if events.len() >= CAPACITY {
            events.pop_front();
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        events.push_back(event);
    }
}

/// The audit log of a machine: each use of a granted power and each refusal. The same events go to `tracing`, target
/// `vivarium::audit`.
#[derive(Clone, Debug)]
pub struct Audit(pub(crate) Arc<Log>);

impl Audit {
    /// Takes the events since the last call, in order.
    pub fn events(&self) -> impl Iterator<Item = AuditEvent> + use<> {
        std::mem::take(&mut *self.0.events.lock()).into_iter()
    }

    /// How many events were dropped because nobody took them.
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }
}
