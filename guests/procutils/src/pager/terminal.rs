//! The terminal of a pager: keys in, screens out.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::time::Duration;

use vivarium_sys::poll::{PollFd, events, poll};
use vivarium_sys::signal::{self, Disposition, Signal};
use vivarium_sys::tty::{self, Termios, When, character, input, local};

/// How long after an escape character the rest of a key's sequence may come.
const ESCAPE_TIME: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Byte(u8),
    /// A byte behind an escape character.
    Escape(u8),
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// The size of the screen has changed.
    Resize,
    /// Control-C.
    Interrupt,
    /// The terminal is gone.
    Gone,
}

/// The controlling terminal, in a mode for keys until dropped.
pub(super) struct Terminal {
    keys: File,
    before: Option<Termios>,
    /// Whether another screen is shown than what was there before.
    alternate: bool,
}

impl Terminal {
    /// None where there is no terminal to read keys from.
    pub(super) fn enter(alternate: bool) -> Option<Terminal> {
        let keys = File::open("/dev/tty").ok().or_else(|| File::open(name_of(2)?).ok())?;
        let before = tty::tcgetattr(keys.as_raw_fd()).ok()?;
        for signal in [Signal::WINCH, Signal::INT] {
            // Signals that can't be caught only end the pager.
            let _ = signal::action(signal, Disposition::Catch);
        }
        let terminal = Terminal { keys, before: Some(before), alternate };
        terminal.resume();
        Some(terminal)
    }

    /// The mode for keys.
    pub(super) fn resume(&self) {
        if let Some(mut raw) = self.before {
            raw.local &= !(local::ICANON | local::ECHO | local::IEXTEN);
            raw.input &= !(input::ICRNL | input::IXON);
            raw.characters[character::VMIN] = 1;
            raw.characters[character::VTIME] = 0;
            let _ = tty::tcsetattr(self.keys.as_raw_fd(), When::Drain, &raw);
        }
        if self.alternate {
            write(b"\x1b[?1049h");
        }
        write(b"\x1b[?1h\x1b=");
    }

    /// The mode and the screen from before.
    pub(super) fn suspend(&self) {
        write(b"\x1b[?1l\x1b>");
        if self.alternate {
            write(b"\x1b[?1049l");
        }
        if let Some(before) = &self.before {
            let _ = tty::tcsetattr(self.keys.as_raw_fd(), When::Drain, before);
        }
    }

    /// Rows and columns.
    pub(super) fn size() -> (usize, usize) {
        let size = tty::window_size(1).or_else(|_| tty::window_size(2)).unwrap_or_default();
        let or = |count: u16, default: usize| if count == 0 { default } else { usize::from(count) };
        (or(size.rows, 24), or(size.columns, 80))
    }

    /// Whether a key is typed within `time`.
    pub(super) fn waits(&self, time: Duration) -> bool {
        let mut fds = [PollFd::new(self.keys.as_raw_fd(), events::READABLE)];
        !matches!(poll(&mut fds, Some(time)), Ok(0))
    }

    fn byte(&mut self) -> Key {
        let mut byte = [0];
        match (&self.keys).read(&mut byte) {
            Ok(1) => Key::Byte(byte[0]),
            Ok(_) => Key::Gone,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => match signal::take() {
                Some(Signal::INT) => Key::Interrupt,
                _ => Key::Resize,
            },
            Err(_) => Key::Gone,
        }
    }

    /// The next key.
    pub(super) fn key(&mut self) -> Key {
        match self.byte() {
            Key::Byte(3) => Key::Interrupt,
            Key::Byte(0x1b) if self.waits(ESCAPE_TIME) => match self.byte() {
                Key::Byte(b'[' | b'O') => self.sequence(),
                Key::Byte(byte) => Key::Escape(byte),
                other => other,
            },
            other => other,
        }
    }

    fn sequence(&mut self) -> Key {
        let mut number = 0_u32;
        loop {
            return match self.byte() {
                Key::Byte(digit @ b'0'..=b'9') => {
                    number = number.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
                    continue;
                }
                Key::Byte(b';') => {
                    number = 0;
                    continue;
                }
                Key::Byte(b'A') => Key::Up,
                Key::Byte(b'B') => Key::Down,
                Key::Byte(b'C') => Key::Right,
                Key::Byte(b'D') => Key::Left,
                Key::Byte(b'H') => Key::Home,
                Key::Byte(b'F') => Key::End,
                Key::Byte(b'~') => match number {
                    1 | 7 => Key::Home,
                    4 | 8 => Key::End,
                    5 => Key::PageUp,
                    6 => Key::PageDown,
                    _ => Key::Escape(0),
                },
                Key::Byte(_) => Key::Escape(0),
                other => other,
            };
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.suspend();
    }
}

fn name_of(fd: i32) -> Option<std::path::PathBuf> {
    let name = tty::ttyname(fd).ok()?;
    Some(vivarium_userland::bytes::path(&name).to_owned())
}

/// Sends bytes to the screen. Where that is gone, so is the terminal, which reading a key tells.
pub(super) fn write(bytes: &[u8]) {
    let mut out = vivarium_userland::output::Standard::output();
    let _ = out.write_all(bytes);
}
