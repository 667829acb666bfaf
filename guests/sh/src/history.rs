//! Command history.

/// The lines entered.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) lines: Vec<Vec<u8>>,
    /// Lines dropped before the first.
    pub(crate) dropped: usize,
}

impl History {
    /// Number of the next line.
    pub(crate) fn next_number(&self) -> usize {
        self.dropped + self.lines.len() + 1
    }

    pub(crate) fn add(&mut self, line: &[u8]) {
        self.lines.push(line.to_vec());
    }

    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.dropped = 0;
    }

    /// By number, or counted back from the end where negative.
    pub(crate) fn index(&self, number: i64) -> Option<usize> {
        let index = if number < 0 { self.lines.len() as i64 + number } else { number - 1 - self.dropped as i64 };
        usize::try_from(index).ok().filter(|index| *index < self.lines.len())
    }
}
