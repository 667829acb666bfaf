//! Where a listing is written.

use std::io::{self, Write};

use vivarium_userland::output::{self, Output};

/// Standard output, and what `--dired` tells of it.
pub(super) struct Out {
    inner: Output,
    /// Bytes written.
    count: u64,
    /// Where names of files begin and end, where that is asked for; and names of directories.
    dired: Option<(Vec<u64>, Vec<u64>)>,
}

impl Out {
    pub(super) fn new(dired: bool) -> Out {
        Out { inner: output::output(), count: 0, dired: dired.then(Default::default) }
    }

    /// Begins a line: those for Emacs are indented.
    pub(super) fn indent(&mut self) -> io::Result<()> {
        if self.dired.is_some() { self.write_all(b"  ") } else { Ok(()) }
    }

    /// Writes the name of a file, or of a directory above its listing.
    pub(super) fn name(&mut self, name: &[u8], above: bool) -> io::Result<()> {
        let begin = self.count;
        self.write_all(name)?;
        let end = self.count;
        if let Some((names, directories)) = &mut self.dired {
            if above { directories } else { names }.extend([begin, end]);
        }
        Ok(())
    }

    /// Writes where the names are.
    pub(super) fn finish(&mut self, style: &str) -> io::Result<()> {
        let Some((names, directories)) = self.dired.take() else { return Ok(()) };
        for (what, places) in [("DIRED", names), ("SUBDIRED", directories)] {
            if !places.is_empty() {
                let places: Vec<String> = places.iter().map(u64::to_string).collect();
                writeln!(self.inner, "//{what}// {}", places.join(" "))?;
            }
        }
        writeln!(self.inner, "//DIRED-OPTIONS// --quoting-style={style}")
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
