//! Starting processes where there may be too many of them.

use std::time::Duration;

use vivarium_sys::Errno;
use vivarium_sys::spawn::Spawn;

use crate::shell::Shell;

/// The first pause before another try, and the last; each is twice the one before.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(1600)];

impl Shell {
    /// Starts a process. Where there are too many (EAGAIN), children that have ended make room, if need be in a while.
    pub(crate) fn spawn(&mut self, spawn: &Spawn) -> Result<u32, Errno> {
        let mut pause = PAUSES[0];
        loop {
            match spawn.spawn() {
                Err(Errno::AGAIN) if self.reap() > 0 => {}
                Err(Errno::AGAIN) if pause <= PAUSES[1] => {
                    self.complain("fork: retry: Resource temporarily unavailable");
                    // A signal may cut it short, which does no harm.
                    let _ = vivarium_sys::poll::sleep(pause);
                    pause *= 2;
                }
                result => return result,
            }
        }
    }
}
