//! What a terminal makes of the bytes that pass through it (POSIX termios.h).

// The documentation of flags does not reach the constants that the macro makes of them.
#![allow(missing_docs)]

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

bitflags! {
    /// `c_iflag`.
    #[allow(missing_docs)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct InputModes: u16 {
        const BRKINT = 1 << 0;
        const ICRNL = 1 << 1;
        const IGNBRK = 1 << 2;
        const IGNCR = 1 << 3;
        const IGNPAR = 1 << 4;
        const INLCR = 1 << 5;
        const INPCK = 1 << 6;
        const ISTRIP = 1 << 7;
        const IXANY = 1 << 8;
        const IXOFF = 1 << 9;
        const IXON = 1 << 10;
        const PARMRK = 1 << 11;
        const IUTF8 = 1 << 12;
        const IMAXBEL = 1 << 13;
        const IUCLC = 1 << 14;
    }

    /// `c_oflag`.
    #[allow(missing_docs)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct OutputModes: u8 {
        const OPOST = 1 << 0;
        const ONLCR = 1 << 1;
        const OCRNL = 1 << 2;
        const ONOCR = 1 << 3;
        const ONLRET = 1 << 4;
        const OLCUC = 1 << 5;
        const OFILL = 1 << 6;
    }

    /// `c_lflag`.
    #[allow(missing_docs)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct LocalModes: u16 {
        const ECHO = 1 << 0;
        const ECHOE = 1 << 1;
        const ECHOK = 1 << 2;
        const ECHONL = 1 << 3;
        const ICANON = 1 << 4;
        const IEXTEN = 1 << 5;
        const ISIG = 1 << 6;
        const NOFLSH = 1 << 7;
        const TOSTOP = 1 << 8;
        const ECHOCTL = 1 << 9;
        const ECHOKE = 1 << 10;
        const ECHOPRT = 1 << 11;
    }
}

/// Indices of `c_cc`.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    Intr,
    Quit,
    Erase,
    Kill,
    Eof,
    Eol,
    Start,
    Stop,
    Susp,
    Min,
    Time,
    Eol2,
    WordErase,
    Reprint,
    LiteralNext,
    Discard,
}

/// POSIX struct termios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// How input is read.
    pub input: InputModes,
    /// How output is changed.
    pub output: OutputModes,
    /// Echo, editing and signals.
    pub local: LocalModes,
    /// `c_cflag`: kept, without effect.
    pub control: u32,
    /// Control characters, by [`Control`]; 0 is none.
    pub characters: [u8; 16],
    /// Baud rate: kept, without effect.
    pub speed: u32,
}

impl Attributes {
    /// A control character, or the value of MIN or TIME.
    pub fn character(&self, control: Control) -> u8 {
        self.characters[control as usize]
    }

    /// Whether a byte is this control character.
    pub(super) fn is(&self, byte: u8, control: Control) -> bool {
        byte != 0 && self.character(control) == byte
    }

    /// As `is`, for those control characters that are an extension (IEXTEN).
    pub(super) fn is_extended(&self, byte: u8, control: Control) -> bool {
        self.local.contains(LocalModes::IEXTEN) && self.is(byte, control)
    }

    /// Whether input is gathered into lines.
    pub(super) fn is_canonical(&self) -> bool {
        self.local.contains(LocalModes::ICANON)
    }
}

/// Those of a terminal that people type at.
impl Default for Attributes {
    fn default() -> Self {
        let control = |letter: u8| letter & 0x1f;
        // CS8 | CREAD | B38400, Linux' numbers.
        const CONTROL: u32 = 0o60 | 0o200 | 0o17;
        Self {
            input: InputModes::ICRNL | InputModes::IXON | InputModes::IUTF8 | InputModes::IMAXBEL,
            output: OutputModes::OPOST | OutputModes::ONLCR,
            local: LocalModes::ECHO
                | LocalModes::ECHOE
                | LocalModes::ECHOK
                | LocalModes::ICANON
                | LocalModes::IEXTEN
                | LocalModes::ISIG
                | LocalModes::ECHOCTL
                | LocalModes::ECHOKE,
            control: CONTROL,
            characters: [
                control(b'C'),
                control(b'\\'),
                0x7f,
                control(b'U'),
                control(b'D'),
                0,
                control(b'Q'),
                control(b'S'),
                control(b'Z'),
                1,
                0,
                0,
                control(b'W'),
                control(b'R'),
                control(b'V'),
                control(b'O'),
            ],
            speed: 38400,
        }
    }
}
