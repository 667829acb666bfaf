//! Bytes to and from what the standard library takes.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::Path;

#[cfg(unix)]
use std::os::unix::ffi::{OsStrExt, OsStringExt};
#[cfg(target_os = "wasi")]
use std::os::wasi::ffi::{OsStrExt, OsStringExt};

/// Bytes of a string of the system.
#[must_use]
pub fn from_os(string: OsString) -> Vec<u8> {
    string.into_vec()
}

/// Bytes as a string of the system.
#[must_use]
pub fn os(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}

/// Bytes as a path.
#[must_use]
pub fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// Bytes as text to show, with U+FFFD for what is no UTF-8.
#[must_use]
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Value of a variable of the environment.
#[must_use]
pub fn variable(name: &str) -> Option<Vec<u8>> {
    std::env::var_os(name).map(from_os)
}

/// `dir/name`, with one slash between.
#[must_use]
pub fn join(dir: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(dir.len() + name.len() + 1);
    path.extend_from_slice(dir);
    if !path.is_empty() && !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// basename() of POSIX: the last component without trailing slashes; `/` of `/`.
#[must_use]
pub fn base_name(path: &[u8]) -> &[u8] {
    let trimmed = without_trailing_slashes(path);
    match trimmed.iter().rposition(|&b| b == b'/') {
        Some(at) if trimmed.len() > 1 => &trimmed[at + 1..],
        _ => trimmed,
    }
}

/// dirname() of POSIX.
#[must_use]
pub fn dir_name(path: &[u8]) -> &[u8] {
    let trimmed = without_trailing_slashes(path);
    match trimmed.iter().rposition(|&b| b == b'/') {
        None => b".",
        Some(0) => b"/",
        Some(at) => without_trailing_slashes(&trimmed[..at]),
    }
}

/// The path without slashes at its end; a path of slashes only is `/`.
#[must_use]
pub fn without_trailing_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&b| b != b'/').map_or(usize::from(!path.is_empty()), |at| at + 1);
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(base_name(b"/usr/bin/"), b"bin");
        assert_eq!(base_name(b"/"), b"/");
        assert_eq!(base_name(b"a"), b"a");
        assert_eq!(base_name(b""), b"");
        assert_eq!(dir_name(b"/usr//bin/"), b"/usr");
        assert_eq!(dir_name(b"/a"), b"/");
        assert_eq!(dir_name(b"a"), b".");
        assert_eq!(join(b"/", b"a"), b"/a");
        assert_eq!(join(b"a", b"b"), b"a/b");
    }
}
