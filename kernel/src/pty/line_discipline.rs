//! The line discipline: what becomes of bytes typed, and of bytes written (POSIX 11.1, 11.2).
//!
//! It knows no processes and does not wait: [`Pty`](super::Pty) raises its signals and wakes whom it concerns.

use serde::{Deserialize, Serialize};

use super::attributes::{Attributes, Control, InputModes, LocalModes};
use super::input_queue::InputQueue;
use crate::ByteQueue;
use crate::proc::number::{INT, QUIT, TSTP};

/// Bytes of input a terminal holds, and bytes of one line of it (MAX_INPUT, MAX_CANON).
pub(super) const MAX_INPUT: usize = 4096;
/// Bytes of output the master may be behind.
pub(super) const MAX_OUTPUT: usize = 64 << 10;
/// Bytes of echo beyond that: more is lost.
pub(super) const MAX_ECHO: usize = 4096;

/// With IXOFF, the other side is asked to stop sending from so much input on, and to go on again from so little on.
const HIGH_WATER: usize = MAX_INPUT * 3 / 4;
const LOW_WATER: usize = MAX_INPUT / 4;

/// Modes, and the bytes on both ways.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LineDiscipline {
    pub(super) attributes: Attributes,
    pub(super) input: InputQueue,
    /// Bytes for the master.
    pub(super) output: ByteQueue,
    /// Echo on its way to `output`: held back while output is stopped.
    #[serde(with = "serde_bytes")]
    pub(super) echo: Vec<u8>,
    /// Where the cursor is in its line.
    pub(super) column: u32,
    /// Where it was when the line that is being edited began.
    pub(super) line_column: u32,
    /// The next byte is to be taken as it is (LNEXT was typed).
    pub(super) literal: bool,
    /// Erased characters are being shown (ECHOPRT).
    pub(super) erasing: bool,
    /// STOP was typed.
    pub(super) stopped: bool,
    /// STOP was sent.
    pub(super) throttling: bool,
}

impl LineDiscipline {
    /// Takes bytes that were typed, as many as there is room for, giving their count. Signals to raise are added to `signals`.
    pub(super) fn receive(&mut self, data: &[u8], signals: &mut Vec<u8>) -> usize {
        let count = data.iter().take_while(|&&byte| self.has_room() && self.receive_byte(byte, signals)).count();
        self.throttle();
        self.flush_echo();
        count
    }

    /// Whether a further byte can be typed. A line that grows without end always can: it could not be ended otherwise.
    pub(super) fn has_room(&self) -> bool {
        self.input.len() < MAX_INPUT || self.attributes.is_canonical() && !self.input.has_line()
    }

    /// Always true: that the byte was taken.
    fn receive_byte(&mut self, byte: u8, signals: &mut Vec<u8>) -> bool {
        let input = self.attributes.input;
        let mut byte = byte;
        if input.contains(InputModes::ISTRIP) {
            byte &= 0x7f;
        }
        if input.contains(InputModes::IUCLC) && self.has(LocalModes::IEXTEN) {
            byte.make_ascii_lowercase();
        }
        if std::mem::take(&mut self.literal) {
            self.insert(byte);
            return true;
        }
        if self.flow_control(byte) || self.signal(byte, signals) {
            return true;
        }
        match byte {
            b'\r' if input.contains(InputModes::IGNCR) => return true,
            b'\r' if input.contains(InputModes::ICRNL) => byte = b'\n',
            b'\n' if input.contains(InputModes::INLCR) => byte = b'\r',
            _ => {}
        }
        if !self.attributes.is_canonical() || !self.edit(byte) {
            self.insert(byte);
        }
        true
    }

    /// START and STOP (IXON).
    fn flow_control(&mut self, byte: u8) -> bool {
        let input = self.attributes.input;
        if !input.contains(InputModes::IXON) {
            return false;
        }
        if self.attributes.is(byte, Control::Start) {
            self.stopped = false;
            return true;
        }
        if self.attributes.is(byte, Control::Stop) {
            // Echo of what was typed before it still goes out.
            self.flush_echo();
            self.stopped = true;
            return true;
        }
        if input.contains(InputModes::IXANY) {
            self.stopped = false;
        }
        false
    }

    /// INTR, QUIT and SUSP (ISIG).
    fn signal(&mut self, byte: u8, signals: &mut Vec<u8>) -> bool {
        if !self.has(LocalModes::ISIG) {
            return false;
        }
        let signal = match byte {
            _ if self.attributes.is(byte, Control::Intr) => INT,
            _ if self.attributes.is(byte, Control::Quit) => QUIT,
            _ if self.attributes.is(byte, Control::Susp) => TSTP,
            _ => return false,
        };
        if !self.has(LocalModes::NOFLSH) {
            self.flush_input();
            self.flush_output();
        }
        self.stopped = false;
        if self.has(LocalModes::ECHO) {
            self.echo_byte(byte);
        }
        signals.push(signal);
        true
    }

    /// A byte that means itself.
    pub(super) fn insert(&mut self, byte: u8) {
        let canonical = self.attributes.is_canonical();
        if canonical && self.input.line().len() >= MAX_INPUT - 1 {
            if self.attributes.input.contains(InputModes::IMAXBEL) {
                self.echo_raw(b"\x07");
            }
            return;
        }
        if self.has(LocalModes::ECHO) {
            self.finish_erasing();
            if self.input.line().is_empty() {
                self.line_column = self.column;
            }
            if byte == b'\n' && !canonical {
                self.echo_raw(b"\n");
            } else {
                self.echo_byte(byte);
            }
        }
        // Without parity errors to mark, a byte that could be taken for a mark is doubled.
        let marks = self.attributes.input.contains(InputModes::PARMRK) && byte == 0xff;
        for _ in 0..=usize::from(marks) {
            self.input.push(byte, canonical);
        }
    }

    /// New modes. What was typed before is read as the new ones have it.
    pub(super) fn set_attributes(&mut self, attributes: Attributes) {
        let was_canonical = self.attributes.is_canonical();
        self.attributes = attributes;
        if was_canonical != attributes.is_canonical() {
            self.input.convert(attributes.is_canonical());
            self.literal = false;
            self.erasing = false;
        }
        if !attributes.input.contains(InputModes::IXON) {
            self.stopped = false;
        }
        self.throttle();
        self.flush_echo();
    }

    /// Bytes that a read can take: none, while it has to wait.
    pub(super) fn is_readable(&self) -> bool {
        self.input.is_readable(self.attributes.is_canonical())
    }

    /// Takes what one read gets of what is there.
    pub(super) fn read(&mut self, max: usize) -> Vec<u8> {
        let data = self.input.read(max, self.attributes.is_canonical());
        self.throttle();
        self.flush_echo();
        data
    }

    pub(super) fn flush_input(&mut self) {
        self.input.clear();
        self.literal = false;
        self.erasing = false;
        self.throttle();
    }

    pub(super) fn flush_output(&mut self) {
        self.output.clear();
        self.echo.clear();
    }

    pub(super) fn has(&self, mode: LocalModes) -> bool {
        self.attributes.local.contains(mode)
    }

    /// Asks the other side to stop or to go on, as the input fills and empties (IXOFF).
    fn throttle(&mut self) {
        let (wanted, control) = match self.input.len() {
            _ if !self.attributes.input.contains(InputModes::IXOFF) => (false, Control::Start),
            HIGH_WATER.. => (true, Control::Stop),
            0..=LOW_WATER => (false, Control::Start),
            _ => return,
        };
        if std::mem::replace(&mut self.throttling, wanted) != wanted {
            let byte = self.attributes.character(control);
            if byte != 0 && self.output.len() < MAX_OUTPUT + MAX_ECHO {
                self.output.push(vec![byte]);
            }
        }
    }
}
