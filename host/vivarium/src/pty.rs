//! Pseudo-terminals.

use std::sync::Arc;

use vivarium_runner::{Fd, Task, pty};

use crate::pipe::OwnedFd;
use crate::{Error, PipeReader, PipeWriter, Vm};

/// Size of a terminal in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct PtySize {
    pub rows: u16,
    pub columns: u16,
}

/// A pseudo-terminal: programs are started on its terminal side, the embedder reads and writes the other.
#[derive(Debug)]
pub struct Pty {
    task: Task,
    master: Arc<OwnedFd>,
    terminal: OwnedFd,
}

impl Pty {
    pub(crate) fn open(vm: &Vm, size: PtySize) -> Result<Self, Error> {
        let fail = |fault| Error::new("openpty", "", fault);
        let task = vm.task()?;
        let (master, terminal) = task.pty_open(wit_size(size)).map_err(fail)?;
        for fd in [master, terminal] {
            task.set_close_on_exec(fd, true).map_err(fail)?;
        }
        Ok(Self {
            master: Arc::new(OwnedFd::new(vm.task()?, master)),
            terminal: OwnedFd::new(vm.task()?, terminal),
            task,
        })
    }

    pub(crate) fn terminal_fd(&self) -> Fd {
        self.terminal.fd()
    }

    /// What programs write to the terminal.
    pub fn reader(&self) -> Result<PipeReader, Error> {
        let task = self.task.fork().map_err(|fault| Error::new("task", "", fault))?;
        Ok(PipeReader::new(task, Arc::clone(&self.master)))
    }

    /// What is typed on the terminal.
    pub fn writer(&self) -> Result<PipeWriter, Error> {
        let task = self.task.fork().map_err(|fault| Error::new("task", "", fault))?;
        Ok(PipeWriter::new(task, Arc::clone(&self.master)))
    }

    /// Tells programs that the terminal's size has changed (SIGWINCH).
    pub fn resize(&self, size: PtySize) -> Result<(), Error> {
        let resized = self.task.terminal_set_size(self.master.fd(), wit_size(size));
        resized.map_err(|fault| Error::new("resize", "", fault))
    }
}

fn wit_size(size: PtySize) -> pty::Size {
    pty::Size { rows: size.rows, columns: size.columns, pixel_width: 0, pixel_height: 0 }
}
