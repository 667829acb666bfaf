//! The program's text: files of `-f` and `-i`, found along AWKPATH, and what they include.

use vivarium_userland::Bytes;
use vivarium_userland::bytes::{from_os, path, text};
use vivarium_userland::output::{Standard, reason};

/// The text so far, and the files it is of.
#[derive(Default)]
pub(super) struct Source {
    text: Option<Bytes>,
    seen: Vec<Bytes>,
}

impl Source {
    /// Adds what `-e` gives.
    pub(super) fn add_text(&mut self, more: &[u8]) -> Result<(), String> {
        self.add(more)
    }

    /// Adds a file of `-f`.
    pub(super) fn add_file(&mut self, name: &[u8]) -> Result<(), String> {
        let read = read(name)?;
        self.seen.push(name.to_vec());
        self.add(&read)
    }

    /// Adds a file of `-i` or `@include`, unless it is there already.
    pub(super) fn include(&mut self, name: &[u8]) -> Result<(), String> {
        if self.seen.iter().any(|seen| seen == name) {
            return Ok(());
        }
        self.add_file(name)
    }

    fn add(&mut self, more: &[u8]) -> Result<(), String> {
        for line in more.split_inclusive(|&byte| byte == b'\n') {
            match included(line) {
                Some(name) => self.include(&name)?,
                None => self.text.get_or_insert_default().extend_from_slice(line),
            }
        }
        self.text.get_or_insert_default().push(b'\n');
        Ok(())
    }

    /// The whole text, if any was given.
    pub(super) fn finish(self) -> Option<Bytes> {
        self.text
    }
}

/// The file of a line `@include "FILE"`.
fn included(line: &[u8]) -> Option<Bytes> {
    let rest = line.trim_ascii().strip_prefix(b"@include")?.trim_ascii_start().strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', rest)?;
    Some(rest[..end].to_vec())
}

/// Reads a file, looked for along AWKPATH where its name has no slash, with `.awk` behind it where it is not there without.
fn read(name: &[u8]) -> Result<Bytes, String> {
    if name == b"-" {
        let mut all = Bytes::new();
        let read = std::io::Read::read_to_end(&mut Standard::input(), &mut all);
        return read
            .map(|_| all)
            .map_err(|error| format!("cannot open source file `-' for reading: {}", reason(&error)));
    }
    let mut last = None;
    for suffix in [&b""[..], b".awk"] {
        for dir in directories(name) {
            match std::fs::read(path(&[&*dir, name, suffix].concat())) {
                Ok(found) => return Ok(found),
                Err(error) => last = last.or(Some(error)),
            }
        }
    }
    let why = last.map(|error| reason(&error)).unwrap_or_default();
    Err(format!("cannot open source file `{}' for reading: {why}", text(name)))
}

/// Where to look for a file: what to put before its name.
fn directories(name: &[u8]) -> Vec<Bytes> {
    if name.contains(&b'/') {
        return vec![Bytes::new()];
    }
    let awkpath = std::env::var_os("AWKPATH").map(|value| from_os(value)).filter(|value| !value.is_empty());
    let awkpath = awkpath.unwrap_or_else(|| b".:/usr/local/share/awk".to_vec());
    let dir = |dir: &[u8]| if dir.is_empty() || dir == b"." { Bytes::new() } else { [dir, b"/"].concat() };
    awkpath.split(|&byte| byte == b':').map(dir).collect()
}

#[cfg(test)]
mod tests {
    use super::included;

    #[test]
    fn includes_are_lines_of_their_own() {
        assert_eq!(included(b"  @include \"a.awk\"\n"), Some(b"a.awk".to_vec()));
        assert_eq!(included(b"x = \"@include\"\n"), None);
    }
}
