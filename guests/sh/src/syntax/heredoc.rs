//! Here-documents: read when the line they stand on is over.

use super::parser::{Parser, Pending, Result};

impl Parser {
    /// Reads the bodies of the pending here-documents, which begin at the present place.
    pub(super) fn read_heredocs(&mut self) -> Result<()> {
        for pending in std::mem::take(&mut self.pending) {
            self.read_heredoc(&pending)?;
        }
        Ok(())
    }

    fn read_heredoc(&mut self, pending: &Pending) -> Result<()> {
        let begun = self.line;
        let mut body = Vec::new();
        // The last line ended in a backslash: this one goes on with it.
        let mut continued = false;
        loop {
            if self.byte(0).is_none() {
                let delimiter = String::from_utf8_lossy(&pending.delimiter).into_owned();
                let message = format!(
                    "here-document at line {} delimited by end-of-file (wanted `{delimiter}')",
                    begun.saturating_sub(1)
                );
                self.warnings.push((self.line, message));
                break;
            }
            if pending.tabs && !continued {
                while self.byte(0) == Some(b'\t') {
                    self.at += 1;
                }
            }
            let start = self.at;
            while self.byte(0).is_some_and(|b| b != b'\n') {
                self.at += 1;
            }
            let end = self.at;
            let newline = self.byte(0).is_some();
            if newline {
                self.advance();
            }
            let line = &self.buffer[start..end];
            if !continued && line == pending.delimiter {
                break;
            }
            if !continued && !newline && self.closes_substitution(start, end, &pending.delimiter) {
                break;
            }
            body.extend_from_slice(&self.buffer[start..end]);
            if newline {
                body.push(b'\n');
            }
            let backslashes = self.buffer[start..end].iter().rev().take_while(|b| **b == b'\\').count();
            continued = !pending.literal && backslashes % 2 == 1;
        }
        let heredoc = self.heredoc(body, pending, begun)?;
        pending.cell.set(heredoc);
        Ok(())
    }

    /// Whether the last line is the delimiter and the `)` of the substitution it stands in: goes back to the `)`.
    fn closes_substitution(&mut self, start: usize, end: usize, delimiter: &[u8]) -> bool {
        let line = &self.buffer[start..end];
        let closes = line.strip_prefix(delimiter).is_some_and(|rest| rest.first() == Some(&b')'));
        if closes {
            self.at = start + delimiter.len();
        }
        closes
    }
}
