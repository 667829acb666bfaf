//! Kernel descriptors behind a guest's resources.

use std::sync::Arc;

use vivarium_runner::{Fd, Stop, Task};

/// A descriptor that several resources (a file and its streams) may use; it is closed with the last of them.
#[derive(Clone)]
pub struct Handle {
    fd: Fd,
    /// Counts the resources; standard input, output and error stay open whatever the guest drops.
    owners: Option<Arc<()>>,
}

impl Handle {
    /// A descriptor that was opened for the guest.
    pub(super) fn new(fd: Fd) -> Self {
        Self { fd, owners: Some(Arc::new(())) }
    }

    /// One that the process was started with.
    pub(super) fn inherited(fd: Fd) -> Self {
        Self { fd, owners: None }
    }

    pub(super) fn fd(&self) -> Fd {
        self.fd
    }

    /// Ends one use.
    pub(super) async fn release(self, task: &Task) -> Result<(), Stop> {
        if self.owners.and_then(Arc::into_inner).is_none() {
            return Ok(());
        }
        match task.wait(|task| task.close(self.fd)).await {
            // Closed all the same, and nobody to tell.
            Err(Stop::Errno(_)) => Ok(()),
            other => other,
        }
    }
}
