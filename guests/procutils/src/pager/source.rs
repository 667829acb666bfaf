//! The file that is looked at: read as far as it has been needed.

use std::fs::File;
use std::io::{self, Read};

use vivarium_userland::Bytes;
use vivarium_userland::bytes::path;
use vivarium_userland::output::Standard;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

enum Input {
    File(File),
    Standard,
    End,
}

/// A file or the standard input.
pub(super) struct Source {
    /// Its name; `-` for the standard input.
    pub(super) name: Bytes,
    input: Input,
    data: Bytes,
    /// Where lines begin, as far as is known; the first always.
    starts: Vec<usize>,
    /// Bytes of the file, where that is known beforehand.
    pub(super) size: Option<u64>,
}

impl Source {
    pub(super) fn open(name: &[u8]) -> io::Result<Source> {
        let (input, size) = if name == b"-" {
            (Input::Standard, None)
        } else {
            let file = File::open(path(name))?;
            let metadata = file.metadata()?;
            if metadata.is_dir() {
                return Err(io::Error::other(format!("{} is a directory", String::from_utf8_lossy(name))));
            }
            (Input::File(file), metadata.is_file().then_some(metadata.len()))
        };
        Ok(Source { name: name.to_vec(), input, data: Bytes::new(), starts: vec![0], size })
    }

    /// Of bytes that are there already.
    pub(super) fn text(name: &[u8], data: &[u8]) -> Source {
        let mut source = Source {
            name: name.to_vec(),
            input: Input::End,
            data: Bytes::new(),
            starts: vec![0],
            size: Some(data.len() as u64),
        };
        source.append(data);
        source
    }

    fn append(&mut self, bytes: &[u8]) {
        let before = self.data.len();
        self.data.extend_from_slice(bytes);
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        self.starts.extend(ends.map(|(at, _)| before + at + 1));
    }

    /// Reads some more. Whether there was more; a signal ends waiting.
    pub(super) fn read_more(&mut self) -> bool {
        let mut chunk = vec![0; CHUNK];
        let count = match &mut self.input {
            Input::End => return false,
            Input::File(file) => file.read(&mut chunk),
            Input::Standard => Standard::input().read(&mut chunk),
        };
        match count {
            Ok(0) => {
                self.input = Input::End;
                self.size = Some(self.data.len() as u64);
                false
            }
            Ok(count) => {
                self.append(&chunk[..count]);
                true
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => false,
            Err(_) => {
                self.input = Input::End;
                false
            }
        }
    }

    /// Looks whether the file has grown since its end was reached (`F`).
    pub(super) fn follow(&mut self) -> bool {
        if let (Input::End, false) = (&self.input, self.name == b"-")
            && let Ok(mut file) = File::open(path(&self.name))
        {
            use std::io::{Seek, SeekFrom};
            let length = file.metadata().map_or(0, |metadata| metadata.len());
            if length < self.data.len() as u64 {
                (self.data, self.starts) = (Bytes::new(), vec![0]);
            }
            if file.seek(SeekFrom::Start(self.data.len() as u64)).is_ok() {
                self.input = Input::File(file);
            }
        }
        self.read_more()
    }

    /// A line without its newline; none behind the last.
    pub(super) fn line(&mut self, number: usize) -> Option<&[u8]> {
        while number + 1 >= self.starts.len() && self.read_more() {}
        let start = *self.starts.get(number)?;
        let end = match self.starts.get(number + 1) {
            Some(next) => next - 1,
            None => self.data.len(),
        };
        // Behind the last newline there is no line.
        if start == self.data.len() && number + 1 == self.starts.len() {
            return None;
        }
        Some(&self.data[start..end])
    }

    /// How many lines there are, all of the file read.
    pub(super) fn count(&mut self) -> usize {
        while self.read_more() {}
        self.starts.len() - usize::from(self.starts.last() == Some(&self.data.len()))
    }

    /// Where a line begins, or the file ends.
    pub(super) fn offset(&self, number: usize) -> u64 {
        self.starts.get(number).map_or(self.data.len(), |start| *start) as u64
    }

    /// The line that a byte is in.
    pub(super) fn line_at(&mut self, offset: u64) -> usize {
        while self.data.len() as u64 <= offset && self.read_more() {}
        self.starts.partition_point(|start| *start as u64 <= offset).saturating_sub(1)
    }

    /// All bytes, to the end of the file.
    pub(super) fn all(&mut self) -> &[u8] {
        while self.read_more() {}
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_with_and_without_a_newline_at_the_end() {
        for (text, lines) in [("", 0), ("a", 1), ("a\n", 1), ("a\n\nb", 3)] {
            let mut source = Source::text(b"x", text.as_bytes());
            assert_eq!(source.count(), lines, "{text:?}");
            assert_eq!(source.line(lines), None, "{text:?}");
        }
        let mut source = Source::text(b"x", b"a\nbc\n");
        assert_eq!(source.line(1), Some(&b"bc"[..]));
        assert_eq!((source.line_at(0), source.line_at(3), source.offset(1)), (0, 1, 2));
    }
}
