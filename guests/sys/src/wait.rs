//! Waiting for children (POSIX waitid()).

use crate::limits::Usage;
use crate::signal::Signal;
use crate::{Errno, Result, raw};

pub use raw::wait_options as options;

/// Whom to wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitFor {
    /// Any child.
    Any,
    /// One child.
    Child(u32),
    /// Any child of a process group.
    Group(u32),
}

/// What became of a child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// It has ended with this status.
    Exited(u8),
    /// A signal has ended it.
    Signaled(Signal),
    /// A signal has stopped it.
    Stopped(Signal),
    /// It goes on.
    Continued,
}

impl Status {
    /// As a shell's `$?` has it: the exit status, or 128 and the signal.
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            Status::Exited(status) => i32::from(status),
            Status::Signaled(signal) | Status::Stopped(signal) => 128 + i32::from(signal.0),
            Status::Continued => 0,
        }
    }

    /// Whether it has ended with status 0.
    #[must_use]
    pub fn success(self) -> bool {
        self == Status::Exited(0)
    }
}

/// A child's change of state.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The child.
    pub pid: u32,
    /// What it is now.
    pub status: Status,
    /// What it used, where it has ended.
    pub usage: Usage,
}

/// waitid(). `options` are of [`options`]; `None` comes only with `NO_HANG`. `CHILD`: there is no such child; `INTR`: a caught
/// signal is pending.
pub fn wait(what: WaitFor, options: u32) -> Result<Option<Change>> {
    let (kind, id) = match what {
        WaitFor::Any => (0, 0),
        WaitFor::Child(pid) => (1, pid),
        WaitFor::Group(group) => (2, group),
    };
    let mut status = raw::WaitStatus::default();
    // SAFETY: `status` is valid for writing.
    Errno::check(unsafe { raw::proc_wait(kind, id, options, &mut status) })?;
    if status.pid == 0 {
        return Ok(None);
    }
    let signal = Signal(status.value as u8);
    let change = match status.change {
        0 => Status::Exited(status.value as u8),
        1 => Status::Signaled(signal),
        2 => Status::Stopped(signal),
        _ => Status::Continued,
    };
    Ok(Some(Change { pid: status.pid, status: change, usage: status.usage }))
}
