//! What must be true of a pseudo-terminal that comes out of a snapshot.

use super::{MEMORY, Pty};

impl Pty {
    /// Checks a pseudo-terminal, given how many open files of its master and of its terminal there are.
    pub(crate) fn validate(&self, masters: u32, terminals: u32) -> Result<(), &'static str> {
        if self.terminals != terminals || masters != u32::from(!self.hung_up) {
            return Err("a pseudo-terminal counts other open files than there are");
        }
        if self.hung_up && terminals == 0 {
            return Err("a pseudo-terminal that nobody has open");
        }
        if !self.line.input.is_valid(self.line.attributes.is_canonical()) {
            return Err("input of a terminal and its lines do not add up");
        }
        Ok(())
    }

    /// Bytes charged for it.
    pub(crate) fn memory(&self) -> u64 {
        MEMORY
    }
}
