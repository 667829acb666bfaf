//! Change notification, in the manner of Linux inotify(7).

use serde::{Deserialize, Serialize};

use crate::Kernel;

/// A queue of events and the watches that feed it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Watch {}

impl Kernel {
    pub(crate) fn watch_close(&mut self, _watch: u32) {}
}
