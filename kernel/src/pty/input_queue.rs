//! What was typed and has not been read.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Input of a terminal. In canonical mode it is read by lines, and the last one is under edit until it is ended.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct InputQueue {
    /// Bytes that can be read.
    ready: VecDeque<u8>,
    /// Lengths of the lines they make, in canonical mode; an end of file is a line of its own if nothing came before it.
    lines: VecDeque<usize>,
    /// The line under edit, in canonical mode.
    #[serde(with = "serde_bytes")]
    line: Vec<u8>,
}

impl InputQueue {
    /// All bytes, those under edit included.
    pub(super) fn len(&self) -> usize {
        self.ready.len() + self.line.len()
    }

    /// Bytes that can be read.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Whether a line has been ended.
    pub(super) fn has_line(&self) -> bool {
        !self.lines.is_empty()
    }

    /// The line under edit.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    pub(super) fn is_readable(&self, canonical: bool) -> bool {
        if canonical { self.has_line() } else { !self.ready.is_empty() }
    }

    pub(super) fn push(&mut self, byte: u8, canonical: bool) {
        if canonical {
            self.line.push(byte);
        } else {
            self.ready.push_back(byte);
        }
    }

    /// Cuts the line under edit.
    pub(super) fn truncate_line(&mut self, length: usize) {
        self.line.truncate(length);
    }

    /// Ends the line under edit: it can be read now.
    pub(super) fn end_line(&mut self) {
        self.lines.push_back(self.line.len());
        self.ready.extend(self.line.drain(..));
    }

    /// Takes up to `max` bytes; in canonical mode of one line only, whose rest stays a line.
    pub(super) fn read(&mut self, max: usize, canonical: bool) -> Vec<u8> {
        let count = match self.lines.front_mut() {
            Some(line) if canonical => {
                let count = max.min(*line);
                *line -= count;
                if *line == 0 {
                    self.lines.pop_front();
                }
                count
            }
            _ if canonical => 0,
            _ => max.min(self.ready.len()),
        };
        self.ready.drain(..count).collect()
    }

    /// Goes over to canonical mode, or away from it, losing nothing: unread bytes become one line, lines become bytes.
    pub(super) fn convert(&mut self, canonical: bool) {
        self.ready.extend(self.line.drain(..));
        self.lines.clear();
        if canonical && !self.ready.is_empty() {
            self.lines.push_back(self.ready.len());
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether lines and bytes add up.
    pub(super) fn is_valid(&self, canonical: bool) -> bool {
        let sum = self.lines.iter().try_fold(0usize, |sum, line| sum.checked_add(*line));
        if canonical { sum == Some(self.ready.len()) } else { self.lines.is_empty() && self.line.is_empty() }
    }
}
