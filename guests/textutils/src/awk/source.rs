//! The program's text: files of `-f` and `-i`, found along AWKPATH, and what they include.

use vivarium_userland::Bytes;
use vivarium_userland::bytes::{from_os, path, text};
use vivarium_userland::output::{Standard, reason};

/// A part of the program: what one `-f`, `-e` or `@include` gives.
pub(super) struct Piece {
    /// As it was named.
    pub(super) name: Bytes,
    /// Where the file was found, `None` for what is no file.
    pub(super) path: Option<Bytes>,
    pub(super) text: Bytes,
    /// Whether it is to be read only once.
    pub(super) is_library: bool,
}

impl Piece {
    /// What stands on the command line.
    pub(super) fn text(text: Bytes) -> Piece {
        Piece { name: Bytes::new(), path: None, text, is_library: false }
    }

    /// A file of `-f`. An error is the message.
    pub(super) fn file(name: &[u8]) -> Result<Piece, String> {
        let (path, text) = read(name)?;
        Ok(Piece { name: name.to_vec(), path: Some(path), text, is_library: false })
    }

    /// A file of `-i` or `@include`. An error is the message.
    pub(super) fn library(name: &[u8]) -> Result<Piece, String> {
        Ok(Piece { is_library: true, ..Piece::file(name)? })
    }
}

/// Reads a file, looked for along AWKPATH where its name has no slash, with `.awk` behind it where it is not there without.
fn read(name: &[u8]) -> Result<(Bytes, Bytes), String> {
    if name == b"-" {
        let mut all = Bytes::new();
        let read = std::io::Read::read_to_end(&mut Standard::input(), &mut all);
        return read
            .map(|_| (name.to_vec(), all))
            .map_err(|error| format!("fatal: cannot open source file `-' for reading: {}", reason(&error)));
    }
    let mut last = None;
    for suffix in [&b""[..], b".awk"] {
        for dir in directories(name) {
            let place = [&*dir, name, suffix].concat();
            match std::fs::read(path(&place)) {
                Ok(found) => return Ok((place, found)),
                Err(error) => last = last.or(Some(error)),
            }
        }
    }
    let why = last.map(|error| reason(&error)).unwrap_or_default();
    Err(format!("fatal: cannot open source file `{}' for reading: {why}", text(name)))
}

/// Where to look for a file: what to put before its name.
fn directories(name: &[u8]) -> Vec<Bytes> {
    if name.contains(&b'/') {
        return vec![Bytes::new()];
    }
    let awkpath = std::env::var_os("AWKPATH").map(from_os).filter(|value| !value.is_empty());
    let awkpath = awkpath.unwrap_or_else(|| b".:/usr/local/share/awk".to_vec());
    let dir = |dir: &[u8]| if dir.is_empty() || dir == b"." { Bytes::new() } else { [dir, b"/"].concat() };
    awkpath.split(|&byte| byte == b':').map(dir).collect()
}
