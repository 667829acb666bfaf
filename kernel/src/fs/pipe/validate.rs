//! What must be true of a pipe that comes out of a snapshot.

use super::Pipe;

impl Pipe {
    /// Checks a pipe by itself, given how many open files read and write it.
    pub(crate) fn validate(&self, readers: u32, writers: u32) -> Result<(), &'static str> {
        if (self.readers, self.writers) != (readers, writers) {
            return Err("a pipe counts other ends than there are");
        }
        let opened = self.openers.iter().any(|opener| opener.reader);
        if readers == 0 && writers == 0 && (self.fifo.is_none() || !self.bytes.is_empty() && !opened) {
            return Err("a pipe that nobody has open");
        }
        if self.readers_opened < readers.into() || self.writers_opened < writers.into() {
            return Err("a pipe has more ends than were opened");
        }
        Ok(())
    }

    /// Bytes charged for it.
    pub(crate) fn memory(&self) -> u64 {
        self.bytes.len() as u64
    }
}
