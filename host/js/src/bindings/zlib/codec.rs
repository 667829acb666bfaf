//! What compressors and decompressors have in common.

/// A compressor or decompressor of one stream.
pub(super) trait Codec: Send {
    /// Takes from `input` and gives to `output` what it can; answers how many bytes of each. `flush` is in the numbers of
    /// the format.
    fn run(&mut self, flush: u32, input: &[u8], output: &mut [u8]) -> (usize, usize);

    /// What went wrong in the last [`Codec::run`], which left `room` bytes of output.
    fn problem(&self, room: usize) -> Option<Problem>;

    /// Begins a new stream.
    fn reset(&mut self) -> Option<Problem>;

    /// `deflateParams`; formats other than zlib's have no such thing.
    fn set_parameters(&mut self, _level: i32, _strategy: i32) -> Option<Problem> {
        None
    }

    /// Whether the stream has ended although there may be more input, which a further [`Codec::run`] would take for another
    /// stream.
    fn ended(&self) -> bool {
        false
    }
}

/// An error as `onerror` is told it.
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) errno: i32,
    pub(super) code: String,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>, errno: i32, code: impl Into<String>) -> Self {
        Self { message: message.into(), errno, code: code.into() }
    }

    /// The input ended before its stream did.
    pub(super) fn truncated() -> Self {
        Self::new("unexpected end of file", -5, "Z_BUF_ERROR")
    }
}
