//! What is let through although it is wrong (`HTTPParser.kLenient…`).

/// A set of leniencies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lenient(pub(super) u32);

impl Lenient {
    /// Characters in names and values of headers, and folded values.
    pub(super) const HEADERS: u32 = 1;
    /// `Transfer-Encoding` and `Content-Length` together.
    pub(super) const CHUNKED_LENGTH: u32 = 2;
    /// A next message after one that ends the connection.
    pub(super) const KEEP_ALIVE: u32 = 4;
    /// Codings after `chunked`.
    pub(super) const TRANSFER_ENCODING: u32 = 8;
    /// Versions that do not exist.
    pub(super) const VERSION: u32 = 16;
    /// Data after `Connection: close`.
    pub(super) const DATA_AFTER_CLOSE: u32 = 32;
    pub(super) const OPTIONAL_LF_AFTER_CR: u32 = 64;
    pub(super) const OPTIONAL_CRLF_AFTER_CHUNK: u32 = 128;
    pub(super) const OPTIONAL_CR_BEFORE_LF: u32 = 256;
    pub(super) const SPACES_AFTER_CHUNK_SIZE: u32 = 512;
    /// Any character in values of headers but NUL, CR and LF.
    pub(super) const HEADER_VALUE_RELAXED: u32 = 1024;

    pub(super) fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }
}
