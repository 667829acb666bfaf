//! Pseudo-terminals (POSIX 11, General Terminal Interface).
//!
//! A pseudo-terminal has two sides. What is written to the *master* is input of the *terminal*, as if typed; what programs
//! write to the terminal is read from the master. Between the two lies the [line discipline](line_discipline).

mod attributes;
mod close;
mod controlling;
mod edit;
mod flush;
mod foreground;
mod get_attributes;
mod input_queue;
mod job_control;
mod line_discipline;
mod master;
mod name;
mod open;
mod output;
mod poll;
mod session;
mod set_attributes;
mod size;
mod terminal_read;
mod terminal_write;
#[cfg(test)]
mod tests;
mod validate;

use serde::{Deserialize, Serialize};

pub use self::attributes::{Attributes, Control, InputModes, LocalModes, OutputModes};
pub use self::flush::Queue;
use self::line_discipline::{LineDiscipline, MAX_ECHO, MAX_INPUT, MAX_OUTPUT};
pub use self::set_attributes::When;
pub use self::size::Size;
use self::terminal_read::TimedRead;
use crate::open_file::FileObject;
use crate::{Errno, Fd, Instant, Kernel, Pid, WaitQueue};

/// Kernel memory charged for a pseudo-terminal: what its queues can hold.
const MEMORY: u64 = (2 * MAX_INPUT + MAX_OUTPUT + 2 * MAX_ECHO) as u64;

/// A pseudo-terminal pair.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pty {
    /// Permission bits of the terminal's file.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    line: LineDiscipline,
    size: Size,
    /// The session it controls.
    session: Option<Pid>,
    /// The group that may read it, and that its signals go to.
    foreground: Option<Pid>,
    /// The master was closed.
    hung_up: bool,
    /// Open files of the terminal side.
    terminals: u32,
    /// Whether there ever was one: until then the master waits for it.
    was_opened: bool,
    /// When the latest input came, if anybody might ask (TIME).
    last_input: Instant,
    timed_reads: Vec<TimedRead>,
    /// Tasks that wait for input, and for room for output.
    reading: WaitQueue,
    writing: WaitQueue,
    /// The same of the master: for output, and for room for input.
    master_reading: WaitQueue,
    master_writing: WaitQueue,
}

/// Which side of a pseudo-terminal a descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Master,
    Terminal,
}

impl Kernel {
    fn pty(&self, pty: u32) -> &Pty {
        self.state.ptys.get(pty).expect("pseudo-terminal of an open file")
    }

    fn pty_mut(&mut self, pty: u32) -> &mut Pty {
        self.state.ptys.get_mut(pty).expect("pseudo-terminal of an open file")
    }

    /// The pseudo-terminal behind a descriptor of either side; `NOTTY` for anything else.
    fn pty_of(&self, pid: Pid, fd: Fd) -> Result<(u32, Side), Errno> {
        match self.file(self.usable_file(pid, fd)?).object {
            FileObject::PtyMaster(pty) => Ok((pty, Side::Master)),
            FileObject::Terminal(pty) => Ok((pty, Side::Terminal)),
            _ => Err(Errno::NOTTY),
        }
    }

    /// As `pty_of`; `IO` for a terminal whose master was closed.
    fn live_pty_of(&self, pid: Pid, fd: Fd) -> Result<(u32, Side), Errno> {
        let (pty, side) = self.pty_of(pid, fd)?;
        if self.pty(pty).hung_up { Err(Errno::IO) } else { Ok((pty, side)) }
    }

    /// Wakes who waits for what there now is: input, output, or room for either.
    fn pty_wake(&mut self, pty: u32) {
        let Some(pty) = self.state.ptys.get_mut(pty) else { return };
        let host = &mut *self.host;
        if pty.hung_up || pty.line.is_readable() {
            pty.reading.wake(host);
        }
        if pty.hung_up || pty.line.has_room() {
            pty.master_writing.wake(host);
        }
        if !pty.line.output.is_empty() || pty.is_deserted() {
            pty.master_reading.wake(host);
        }
        // Writers sleep until they can write a good part at once.
        if pty.hung_up || pty.line.output_room() >= MAX_OUTPUT / 2 {
            pty.writing.wake(host);
        }
    }
}

impl Pty {
    /// Whether there was a terminal side, and is none.
    fn is_deserted(&self) -> bool {
        self.was_opened && self.terminals == 0
    }
}
