//! Paths as system calls take them: bytes.

use std::ffi::{OsStr, OsString};

/// Something that names a file: any string of bytes.
pub trait Path {
    /// Its bytes.
    fn bytes(&self) -> &[u8];
}

impl Path for [u8] {
    fn bytes(&self) -> &[u8] {
        self
    }
}

impl Path for str {
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<const N: usize> Path for [u8; N] {
    fn bytes(&self) -> &[u8] {
        self
    }
}

impl Path for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }
}

impl Path for String {
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Path for OsStr {
    fn bytes(&self) -> &[u8] {
        self.as_encoded_bytes()
    }
}

impl Path for OsString {
    fn bytes(&self) -> &[u8] {
        self.as_encoded_bytes()
    }
}

impl Path for std::path::Path {
    fn bytes(&self) -> &[u8] {
        self.as_os_str().as_encoded_bytes()
    }
}

impl Path for std::path::PathBuf {
    fn bytes(&self) -> &[u8] {
        self.as_os_str().as_encoded_bytes()
    }
}

impl<T: Path + ?Sized> Path for &T {
    fn bytes(&self) -> &[u8] {
        (**self).bytes()
    }
}
