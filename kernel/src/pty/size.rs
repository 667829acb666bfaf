//! Window size (POSIX tcgetwinsize(), tcsetwinsize()).

use serde::{Deserialize, Serialize};

use crate::proc::number::WINCH;
use crate::{Fd, Kernel, Result, Tid};

/// Size of a terminal's window: struct winsize.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub rows: u16,
    pub columns: u16,
    pub pixel_width: u16,
    pub pixel_height: u16,
}

impl Kernel {
    /// The size of a terminal's window.
    pub fn get_terminal_size(&mut self, tid: Tid, fd: Fd) -> Result<Size> {
        let pid = self.enter(tid)?;
        let (pty, _) = self.live_pty_of(pid, fd)?;
        Ok(self.pty(pty).size)
    }

    /// Sets the size; where that changes it, the foreground group is sent SIGWINCH.
    pub fn set_terminal_size(&mut self, tid: Tid, fd: Fd, size: Size) -> Result<()> {
        let pid = self.enter(tid)?;
        let (pty, _) = self.live_pty_of(pid, fd)?;
        let entry = self.pty_mut(pty);
        if std::mem::replace(&mut entry.size, size) != size
            && let Some(group) = entry.foreground
        {
            self.raise_group(group, WINCH);
        }
        Ok(())
    }
}
