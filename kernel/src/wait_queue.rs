//! The tasks that wait for one thing.

use serde::{Deserialize, Serialize};

use crate::{Host, Tid};

/// Tasks to wake when the object it belongs to changes. A task that gave up waiting may still be on it: it is woken once
/// for nothing, which the protocol allows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WaitQueue(Vec<Tid>);

impl WaitQueue {
    /// Notes that `tid` waits.
    pub fn wait(&mut self, tid: Tid) {
        if !self.0.contains(&tid) {
            self.0.push(tid);
        }
    }

    /// Wakes every task on it, and empties it.
    pub fn wake(&mut self, host: &mut dyn Host) {
        for tid in self.0.drain(..) {
            host.wake(tid);
        }
    }
}
