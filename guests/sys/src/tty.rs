//! Terminals (POSIX chapter 11: tcgetattr(), tcsetpgrp() …).

use std::os::fd::{AsRawFd, OwnedFd};

use crate::{Errno, Result, grown, number, owned, raw};

pub use raw::{Termios, WindowSize};

/// Bits of `Termios::input`.
pub mod input {
    #![allow(missing_docs)]
    pub const BRKINT: u32 = 1;
    pub const ICRNL: u32 = 2;
    pub const IGNBRK: u32 = 4;
    pub const IGNCR: u32 = 8;
    pub const IGNPAR: u32 = 16;
    pub const INLCR: u32 = 32;
    pub const INPCK: u32 = 64;
    pub const ISTRIP: u32 = 128;
    pub const IXANY: u32 = 256;
    pub const IXOFF: u32 = 512;
    pub const IXON: u32 = 1024;
    pub const PARMRK: u32 = 2048;
    pub const IUTF8: u32 = 4096;
    pub const IMAXBEL: u32 = 8192;
    pub const IUCLC: u32 = 16384;
}

/// Bits of `Termios::output`.
pub mod output {
    #![allow(missing_docs)]
    pub const OPOST: u32 = 1;
    pub const ONLCR: u32 = 2;
    pub const OCRNL: u32 = 4;
    pub const ONOCR: u32 = 8;
    pub const ONLRET: u32 = 16;
    pub const OLCUC: u32 = 32;
    pub const OFILL: u32 = 64;
}

/// Bits of `Termios::local`.
pub mod local {
    #![allow(missing_docs)]
    pub const ECHO: u32 = 1;
    pub const ECHOE: u32 = 2;
    pub const ECHOK: u32 = 4;
    pub const ECHONL: u32 = 8;
    pub const ICANON: u32 = 16;
    pub const IEXTEN: u32 = 32;
    pub const ISIG: u32 = 64;
    pub const NOFLSH: u32 = 128;
    pub const TOSTOP: u32 = 256;
    pub const ECHOCTL: u32 = 512;
    pub const ECHOKE: u32 = 1024;
    pub const ECHOPRT: u32 = 2048;
}

/// Indices of `Termios::characters`.
pub mod character {
    #![allow(missing_docs)]
    pub const VINTR: usize = 0;
    pub const VQUIT: usize = 1;
    pub const VERASE: usize = 2;
    pub const VKILL: usize = 3;
    pub const VEOF: usize = 4;
    pub const VEOL: usize = 5;
    pub const VSTART: usize = 6;
    pub const VSTOP: usize = 7;
    pub const VSUSP: usize = 8;
    pub const VMIN: usize = 9;
    pub const VTIME: usize = 10;
    pub const VEOL2: usize = 11;
    pub const VWERASE: usize = 12;
    pub const VREPRINT: usize = 13;
    pub const VLNEXT: usize = 14;
    pub const VDISCARD: usize = 15;
}

/// When new attributes take effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum When {
    /// At once (TCSANOW).
    Now = 0,
    /// After all output (TCSADRAIN).
    Drain = 1,
    /// After all output, and input not read is thrown away (TCSAFLUSH).
    Flush = 2,
}

/// What [`flush`] throws away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Queue {
    /// Input not read.
    Input = 0,
    /// Output not sent.
    Output = 1,
    /// Both.
    Both = 2,
}

/// openpty(): master, slave.
pub fn openpty(size: WindowSize) -> Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    // SAFETY: both are valid.
    Errno::check(unsafe { raw::tty_open(&size, &mut fds) })?;
    Ok((owned(fds[0]), owned(fds[1])))
}

/// isatty().
#[must_use]
pub fn isatty(fd: impl AsRawFd) -> bool {
    // SAFETY: no pointers.
    unsafe { raw::tty_is(number(fd)) == 0 }
}

/// ttyname().
pub fn ttyname(fd: impl AsRawFd) -> Result<Vec<u8>> {
    let fd = number(fd);
    // SAFETY: `grown` gives a buffer of the length it says.
    grown(|buffer, len, count| unsafe { raw::tty_name(fd, buffer, len, count) })
}

/// tcgetattr().
pub fn tcgetattr(fd: impl AsRawFd) -> Result<Termios> {
    let mut termios = Termios::default();
    // SAFETY: `termios` is valid for writing.
    Errno::check(unsafe { raw::tty_attributes_get(number(fd), &mut termios) })?;
    Ok(termios)
}

/// tcsetattr().
pub fn tcsetattr(fd: impl AsRawFd, when: When, termios: &Termios) -> Result<()> {
    // SAFETY: `termios` is valid for reading.
    Errno::check(unsafe { raw::tty_attributes_set(number(fd), when as u32, termios) })
}

/// ioctl(TIOCGWINSZ).
pub fn window_size(fd: impl AsRawFd) -> Result<WindowSize> {
    let mut size = WindowSize::default();
    // SAFETY: `size` is valid for writing.
    Errno::check(unsafe { raw::tty_size_get(number(fd), &mut size) })?;
    Ok(size)
}

/// ioctl(TIOCSWINSZ).
pub fn set_window_size(fd: impl AsRawFd, size: WindowSize) -> Result<()> {
    // SAFETY: `size` is valid for reading.
    Errno::check(unsafe { raw::tty_size_set(number(fd), &size) })
}

/// tcgetpgrp().
pub fn tcgetpgrp(fd: impl AsRawFd) -> Result<u32> {
    let mut group = 0;
    // SAFETY: `group` is valid for writing.
    Errno::check(unsafe { raw::tty_foreground_get(number(fd), &mut group) })?;
    Ok(group)
}

/// tcsetpgrp().
pub fn tcsetpgrp(fd: impl AsRawFd, group: u32) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::tty_foreground_set(number(fd), group) })
}

/// tcgetsid().
pub fn tcgetsid(fd: impl AsRawFd) -> Result<u32> {
    let mut session = 0;
    // SAFETY: `session` is valid for writing.
    Errno::check(unsafe { raw::tty_session_get(number(fd), &mut session) })?;
    Ok(session)
}

/// ioctl(TIOCSCTTY).
pub fn set_controlling(fd: impl AsRawFd) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::tty_controlling_set(number(fd)) })
}

/// ioctl(TIOCNOTTY).
pub fn release_controlling() -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::tty_controlling_release() })
}

/// tcflush().
pub fn flush(fd: impl AsRawFd, queue: Queue) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::tty_flush(number(fd), queue as u32) })
}

/// tcdrain().
pub fn drain(fd: impl AsRawFd) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::tty_drain(number(fd)) })
}
