//! Output: what programs write, and the echo of what is typed (POSIX 11.2.3).

use super::attributes::{InputModes, LocalModes, OutputModes};
use super::line_discipline::{LineDiscipline, MAX_ECHO, MAX_OUTPUT};

impl LineDiscipline {
    /// Takes bytes that a program writes, as many as there is room for, giving their count.
    pub(super) fn write(&mut self, mut data: Vec<u8>) -> usize {
        let room = self.output_room();
        if room == 0 {
            return 0;
        }
        if !self.attributes.output.contains(OutputModes::OPOST) {
            data.truncate(room);
            let count = data.len();
            self.output.push(data);
            return count;
        }
        let mut out = Vec::with_capacity(data.len() + data.len() / 16);
        let count = self.post(&data, room, &mut out);
        self.output.push(out);
        count
    }

    /// How many bytes a program can write: none while output is stopped.
    pub(super) fn output_room(&self) -> usize {
        if self.stopped { 0 } else { MAX_OUTPUT.saturating_sub(self.output.len()) }
    }

    /// Echoes a byte that was typed; control characters as `^C`, with ECHOCTL.
    pub(super) fn echo_byte(&mut self, byte: u8) {
        if self.has(LocalModes::ECHOCTL) && byte.is_ascii_control() && byte != b'\t' {
            self.echo_raw(&[b'^', byte ^ 0x40]);
        } else {
            self.echo_raw(&[byte]);
        }
    }

    /// Echoes bytes as if a program had written them.
    pub(super) fn echo_raw(&mut self, bytes: &[u8]) {
        if self.echo.len() >= MAX_ECHO {
            return;
        }
        let mut echo = std::mem::take(&mut self.echo);
        if self.attributes.output.contains(OutputModes::OPOST) {
            self.post(bytes, MAX_ECHO, &mut echo);
        } else {
            echo.extend_from_slice(bytes);
        }
        self.echo = echo;
    }

    /// Lets the echo out, unless output is stopped. Where nobody reads it, it is lost.
    pub(super) fn flush_echo(&mut self) {
        if !self.stopped && !self.echo.is_empty() {
            let echo = std::mem::take(&mut self.echo);
            if self.output.len() + echo.len() <= MAX_OUTPUT + MAX_ECHO {
                self.output.push(echo);
            }
        }
    }

    /// Changes bytes as the output modes have it, until they are `room` bytes; gives how many were taken.
    fn post(&mut self, data: &[u8], room: usize, out: &mut Vec<u8>) -> usize {
        let modes = self.attributes.output;
        let limit = out.len() + room;
        let mut taken = 0;
        while taken < data.len() && out.len() < limit {
            let rest = &data[taken..data.len().min(taken + limit - out.len())];
            // Mostly there is nothing to change for long.
            let run = rest.iter().position(u8::is_ascii_control).unwrap_or(rest.len());
            if run > 0 {
                self.post_text(&rest[..run], out);
                taken += run;
                continue;
            }
            match rest[0] {
                b'\n' => {
                    if modes.contains(OutputModes::ONLCR) {
                        out.push(b'\r');
                    }
                    if modes.intersects(OutputModes::ONLCR | OutputModes::ONLRET) {
                        self.column = 0;
                    }
                    out.push(b'\n');
                }
                b'\r' if modes.contains(OutputModes::ONOCR) && self.column == 0 => {}
                b'\r' if modes.contains(OutputModes::OCRNL) => {
                    if modes.contains(OutputModes::ONLRET) {
                        self.column = 0;
                    }
                    out.push(b'\n');
                }
                byte => {
                    self.column = match byte {
                        b'\r' => 0,
                        b'\t' => (self.column | 7).saturating_add(1),
                        b'\x08' => self.column.saturating_sub(1),
                        _ => self.column,
                    };
                    out.push(byte);
                }
            }
            taken += 1;
        }
        taken
    }

    fn post_text(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(text);
        if self.attributes.output.contains(OutputModes::OLCUC) {
            out[start..].make_ascii_uppercase();
        }
        let columns = if self.attributes.input.contains(InputModes::IUTF8) {
            text.iter().filter(|&&byte| !is_continuation(byte)).count()
        } else {
            text.len()
        };
        self.column = self.column.saturating_add(columns as u32);
    }
}

/// Whether a byte is a further one of a UTF-8 character.
pub(super) fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}
