//! The parts of a message.

pub(super) mod chunk;
pub(super) mod header;
pub(super) mod start_line;
mod url;

use super::parser::Stop;

/// RFC 9110's `tchar`.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Fails with that reason, unless `let_through`.
pub(super) fn unless(let_through: bool, at: usize, code: &'static str, reason: &'static str) -> Result<(), Stop> {
    if let_through { Ok(()) } else { Err(Stop::new(at, code, reason)) }
}
