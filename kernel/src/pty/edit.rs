//! Editing of the line that is being typed: ERASE, WERASE, KILL, REPRINT, LNEXT, and its end (POSIX 11.1.6, 11.1.9).

use super::attributes::{Control, InputModes, LocalModes};
use super::line_discipline::LineDiscipline;
use super::output::is_continuation;

/// How much of a line an erasing character takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Character,
    Word,
    Line,
}

impl LineDiscipline {
    /// Does what a byte means to a line; false where it is but a byte of it.
    pub(super) fn edit(&mut self, byte: u8) -> bool {
        let attributes = self.attributes;
        if attributes.is(byte, Control::Erase) {
            self.erase(Extent::Character);
        } else if attributes.is_extended(byte, Control::WordErase) {
            self.erase(Extent::Word);
        } else if attributes.is(byte, Control::Kill) {
            self.kill();
        } else if attributes.is_extended(byte, Control::LiteralNext) {
            self.literal = true;
            if self.has(LocalModes::ECHO) && self.has(LocalModes::ECHOCTL) {
                self.finish_erasing();
                self.echo_raw(b"^\x08");
            }
        } else if attributes.is_extended(byte, Control::Reprint) && self.has(LocalModes::ECHO) {
            self.reprint(byte);
        } else if byte == b'\n' {
            if self.has(LocalModes::ECHO) || self.has(LocalModes::ECHONL) {
                self.finish_erasing();
                self.echo_raw(b"\n");
            }
            self.end_line(Some(byte));
        } else if attributes.is(byte, Control::Eof) {
            self.end_line(None);
        } else if attributes.is(byte, Control::Eol) || attributes.is_extended(byte, Control::Eol2) {
            if self.has(LocalModes::ECHO) {
                self.finish_erasing();
                self.echo_byte(byte);
            }
            self.end_line(Some(byte));
        } else {
            return false;
        }
        true
    }

    fn end_line(&mut self, delimiter: Option<u8>) {
        if let Some(byte) = delimiter {
            self.input.push(byte, true);
        }
        self.input.end_line();
        self.erasing = false;
    }

    fn reprint(&mut self, byte: u8) {
        self.finish_erasing();
        self.echo_byte(byte);
        self.echo_raw(b"\n");
        self.line_column = self.column;
        let line = self.input.line().to_vec();
        line.iter().for_each(|&byte| self.echo_byte(byte));
    }

    fn kill(&mut self) {
        let erases = LocalModes::ECHOK | LocalModes::ECHOKE | LocalModes::ECHOE;
        if self.has(LocalModes::ECHO) && !self.has(erases) {
            if self.input.line().is_empty() {
                return;
            }
            self.input.truncate_line(0);
            self.finish_erasing();
            self.echo_byte(self.attributes.character(Control::Kill));
            if self.has(LocalModes::ECHOK) {
                self.echo_raw(b"\n");
            }
        } else {
            self.erase(Extent::Line);
        }
    }

    fn erase(&mut self, extent: Extent) {
        let mut in_word = false;
        while let Some((start, byte)) = self.last_character() {
            if extent == Extent::Word {
                if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 {
                    in_word = true;
                } else if in_word {
                    break;
                }
            }
            let erased = self.input.line()[start..].to_vec();
            self.input.truncate_line(start);
            if self.has(LocalModes::ECHO) {
                self.show_erasure(&erased, extent);
            }
            if extent == Extent::Character {
                break;
            }
        }
        if self.input.line().is_empty() && self.has(LocalModes::ECHO) {
            self.finish_erasing();
        }
    }

    /// Where the last character of the line begins, and its first byte.
    fn last_character(&self) -> Option<(usize, u8)> {
        let line = self.input.line();
        let mut start = line.len().checked_sub(1)?;
        if self.attributes.input.contains(InputModes::IUTF8) {
            while start > 0 && is_continuation(line[start]) {
                start -= 1;
            }
        }
        Some((start, line[start]))
    }

    fn show_erasure(&mut self, erased: &[u8], extent: Extent) {
        let byte = erased[0];
        if self.has(LocalModes::ECHOPRT) {
            if !std::mem::replace(&mut self.erasing, true) {
                self.echo_raw(b"\\");
            }
            erased.iter().for_each(|&byte| self.echo_byte(byte));
        } else if extent == Extent::Character && !self.has(LocalModes::ECHOE) {
            self.echo_byte(self.attributes.character(Control::Erase));
        } else if byte == b'\t' {
            let before = self.line_end();
            let width = 8 - before % 8;
            (0..width).for_each(|_| self.echo_raw(b"\x08"));
        } else {
            let width = match byte {
                byte if !byte.is_ascii_control() => 1,
                _ if self.has(LocalModes::ECHOCTL) => 2,
                _ => 0,
            };
            (0..width).for_each(|_| self.echo_raw(b"\x08 \x08"));
        }
    }

    /// The column in which the line under edit ends.
    fn line_end(&self) -> u32 {
        let utf8 = self.attributes.input.contains(InputModes::IUTF8);
        self.input.line().iter().fold(self.line_column, |column, &byte| match byte {
            b'\t' => (column | 7).saturating_add(1),
            _ if byte.is_ascii_control() => column.saturating_add(2 * u32::from(self.has(LocalModes::ECHOCTL))),
            _ if utf8 && is_continuation(byte) => column,
            _ => column.saturating_add(1),
        })
    }

    /// Ends the display of erased characters (ECHOPRT).
    pub(super) fn finish_erasing(&mut self) {
        if std::mem::take(&mut self.erasing) {
            self.echo_raw(b"/");
        }
    }
}
