//! Command history: the lines entered, which of them are kept, and reading them back.
//!
//! `record` decides what is kept, `file` reads and writes HISTFILE, `expand` and `words` are history expansion.

mod expand;
pub(crate) mod file;
mod read;
mod record;
mod words;

use serde::{Deserialize, Serialize};

pub(crate) use read::lines;
pub(crate) use record::Quoting;

/// A line entered, or several of one command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) text: Vec<u8>,
    /// Seconds since 1970, where known.
    pub(crate) time: Option<i64>,
}

/// What the shell's options and variables say of the history.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is an option by itself.
pub(crate) struct Settings {
    /// `set -o history`
    pub(crate) records: bool,
    /// `set -o histexpand`
    pub(crate) expands: bool,
    pub(crate) cmdhist: bool,
    pub(crate) lithist: bool,
    pub(crate) extglob: bool,
    /// In POSIX mode double quotes keep text as it is.
    pub(crate) posix: bool,
    /// HISTCONTROL, HISTIGNORE, histchars.
    pub(crate) control: Vec<u8>,
    pub(crate) ignore: Vec<u8>,
    pub(crate) characters: Vec<u8>,
    /// HISTSIZE.
    pub(crate) size: Option<usize>,
    /// What messages begin with.
    pub(crate) label: Vec<u8>,
}

/// The lines entered.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) entries: Vec<Entry>,
    /// Lines dropped before the first.
    pub(crate) dropped: usize,
    pub(crate) settings: Settings,
    /// The line read last was recorded.
    pub(crate) recorded: bool,
    /// Entries that HISTFILE has, or had.
    pub(crate) saved: usize,
    /// Entries of HISTFILE that have been read.
    pub(crate) read: usize,
    /// What `!?text?` last searched for, what it found, and the last substitution.
    searched: Vec<u8>,
    matched: Vec<u8>,
    substitution: Option<(Vec<u8>, Vec<u8>)>,
}

/// What a subshell has of it: entries, how many were dropped before them, whether the present line is the last.
pub(crate) type Handed = (Vec<Entry>, usize, bool);

impl History {
    /// For a subshell.
    pub(crate) fn hand_over(&self) -> Handed {
        (self.entries.clone(), self.dropped, self.recorded)
    }

    /// In a subshell: those of the shell that made it.
    pub(crate) fn take_over(&mut self, handed: Handed) {
        (self.entries, self.dropped, self.recorded) = handed;
    }

    /// Number of the next line.
    pub(crate) fn next_number(&self) -> usize {
        self.dropped + self.entries.len() + 1
    }

    /// Adds an entry, whatever the settings say.
    pub(crate) fn add(&mut self, text: &[u8]) {
        self.push(Entry { text: text.to_vec(), time: Some(crate::time::now()) });
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        self.limit();
    }

    /// Drops what is more than HISTSIZE allows.
    pub(crate) fn limit(&mut self) {
        if let Some(size) = self.settings.size
            && self.entries.len() > size
        {
            let more = self.entries.len() - size;
            self.entries.drain(..more);
            self.dropped += more;
            self.saved = self.saved.saturating_sub(more);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.dropped = 0;
        self.saved = 0;
    }

    pub(crate) fn remove(&mut self, index: usize) {
        self.entries.remove(index);
        self.saved = self.saved.saturating_sub(usize::from(index < self.saved));
    }

    /// By number, or counted back from the end where negative.
    pub(crate) fn index(&self, number: i64) -> Option<usize> {
        let index = if number < 0 { self.entries.len() as i64 + number } else { number - 1 - self.dropped as i64 };
        usize::try_from(index).ok().filter(|index| *index < self.entries.len())
    }

    pub(crate) fn text(&self, index: usize) -> &[u8] {
        self.entries.get(index).map_or(&[], |entry| &entry.text)
    }
}
