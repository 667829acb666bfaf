//! The terminal while a line is edited: bytes as they are typed, nothing echoed (POSIX 11.1.7, non-canonical mode).

use std::time::Duration;

use vivarium_sys::Errno;
use vivarium_sys::fs;
use vivarium_sys::poll::{PollFd, events, poll};
use vivarium_sys::tty::{self, Termios, When, character, input, local};

/// What reading gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Byte(u8),
    /// The terminal is gone.
    End,
    /// A signal has come.
    Signal,
    Timeout,
}

/// Standard input in non-canonical mode, until dropped; standard error shows what is edited, as in bash.
pub(super) struct Terminal {
    /// `None`: it is no terminal.
    before: Option<Termios>,
}

const INPUT: i32 = 0;
const OUTPUT: i32 = 2;

impl Terminal {
    pub(super) fn enter() -> Terminal {
        let terminal = Terminal { before: tty::tcgetattr(INPUT).ok() };
        terminal.edit();
        terminal
    }

    /// The mode for editing.
    pub(super) fn edit(&self) {
        let Some(mut raw) = self.before else { return };
        raw.local &= !(local::ICANON | local::ECHO | local::ISIG | local::IEXTEN);
        raw.input &= !(input::ICRNL | input::INLCR | input::IXON);
        raw.characters[character::VMIN] = 1;
        raw.characters[character::VTIME] = 0;
        // A terminal that is gone ends the next read.
        let _ = tty::tcsetattr(INPUT, When::Drain, &raw);
    }

    /// The mode that it was found in, for commands that run in between.
    pub(super) fn restore(&self) {
        if let Some(before) = &self.before {
            // A terminal that is gone ends the next read.
            let _ = tty::tcsetattr(INPUT, When::Drain, before);
        }
    }

    pub(super) fn is_real(&self) -> bool {
        self.before.is_some()
    }

    /// The byte that would send SIGINT.
    pub(super) fn interrupt(&self) -> u8 {
        self.before.map_or(0, |before| before.characters[character::VINTR])
    }

    /// The byte that is the end of the input on an empty line.
    pub(super) fn end_of_file(&self) -> u8 {
        self.before.map_or(4, |before| before.characters[character::VEOF])
    }

    pub(super) fn columns(&self) -> usize {
        match tty::window_size(OUTPUT) {
            Ok(size) if size.columns > 0 => usize::from(size.columns),
            _ => 80,
        }
    }

    /// The next byte. One at a time: what is typed ahead may be for the command.
    pub(super) fn read(&self, timeout: Option<Duration>) -> Input {
        if let Some(timeout) = timeout {
            match poll(&mut [PollFd::new(INPUT, events::READABLE)], Some(timeout)) {
                Ok(0) => return Input::Timeout,
                Err(Errno::INTR) => return Input::Signal,
                _ => {}
            }
        }
        let mut byte = [0];
        match fs::read(INPUT, &mut byte) {
            Ok(0) => Input::End,
            Ok(_) => Input::Byte(byte[0]),
            Err(Errno::INTR) => Input::Signal,
            Err(_) => Input::End,
        }
    }

    pub(super) fn write(&self, bytes: &[u8]) {
        // There is nowhere to tell that the terminal is gone.
        let _ = fs::write_all(OUTPUT, bytes);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore();
    }
}
