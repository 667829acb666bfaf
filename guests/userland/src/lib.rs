//! What the programs of the base image share.

pub mod bytes;
pub mod clock;
pub mod getopt;
pub mod glob;
pub mod mode;
pub mod output;
pub mod passwd;
pub mod posix_regex;
pub mod quote;
pub mod size;

/// An argument, a path, a line: any bytes.
pub type Bytes = Vec<u8>;

/// The process's arguments as bytes, the name first.
#[must_use]
pub fn arguments() -> Vec<Bytes> {
    std::env::args_os().map(bytes::from_os).collect()
}

/// The last component of the name the process was called by.
#[must_use]
pub fn called_name(arguments: &[Bytes]) -> String {
    let name = arguments.first().map_or(&b""[..], |name| bytes::base_name(name));
    String::from_utf8_lossy(name).into_owned()
}
