//! HISTFILE: a line an entry; with HISTTIMEFORMAT set, before each a comment with its time.

use std::os::fd::AsRawFd;

use vivarium_sys::Result;
use vivarium_sys::fs::{self, OpenFlags};

use super::{Entry, History};

/// The entries of a file's text. With times, what stands between two of them is one entry.
pub(crate) fn parse(text: &[u8]) -> Vec<Entry> {
    let is_time = |line: &[u8]| line.len() > 1 && line[0] == b'#' && line[1..].iter().all(u8::is_ascii_digit);
    let timed = text.split(|b| *b == b'\n').next().is_some_and(is_time);
    let mut entries: Vec<Entry> = Vec::new();
    let mut time = None;
    let mut fresh = true;
    for line in text.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        if is_time(line) {
            time = std::str::from_utf8(&line[1..]).ok().and_then(|digits| digits.parse().ok());
            fresh = true;
            continue;
        }
        match entries.last_mut().filter(|_| timed && !fresh) {
            Some(entry) => {
                entry.text.push(b'\n');
                entry.text.extend_from_slice(line);
            }
            None => entries.push(Entry { text: line.to_vec(), time }),
        }
        fresh = false;
    }
    entries
}

impl History {
    /// Adds a file's entries, from number `from` of them on; gives how many it has.
    pub(crate) fn read_file(&mut self, path: &[u8], from: usize) -> Result<usize> {
        let entries = parse(&crate::invocation::read_file(path)?);
        let count = entries.len();
        for entry in entries.into_iter().skip(from) {
            self.push(entry);
        }
        Ok(count)
    }

    /// Writes the entries from `first` on.
    pub(crate) fn write_file(&mut self, path: &[u8], first: usize, append: bool, times: bool) -> Result<()> {
        let mut text = Vec::new();
        for entry in self.entries.iter().skip(first) {
            if let Some(time) = entry.time.filter(|_| times) {
                text.extend_from_slice(format!("#{time}\n").as_bytes());
            }
            text.extend_from_slice(&entry.text);
            text.push(b'\n');
        }
        let mode = if append { OpenFlags::APPEND } else { OpenFlags::TRUNCATE };
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::CLOSE_ON_EXEC | mode;
        let file = fs::open(fs::AT_FDCWD, path, flags, 0o600)?;
        fs::write_all(file.as_raw_fd(), &text)?;
        self.saved = self.entries.len();
        Ok(())
    }
}

/// Keeps no more than the last `lines` entries of a file (HISTFILESIZE).
pub(crate) fn truncate(path: &[u8], lines: usize) -> Result<()> {
    let mut history = History { entries: parse(&crate::invocation::read_file(path)?), ..History::default() };
    let more = history.entries.len().saturating_sub(lines);
    if more == 0 {
        return Ok(());
    }
    let times = history.entries.iter().any(|entry| entry.time.is_some());
    history.write_file(path, more, false, times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_separate_entries_of_several_lines() {
        let entries = parse(b"#10\necho 'a\nb'\n#11\nls\n");
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0], Entry { text: b"echo 'a\nb'".to_vec(), time: Some(10) });
        assert_eq!(parse(b"a\nb\n").len(), 2);
    }
}
