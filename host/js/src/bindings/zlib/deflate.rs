//! The formats of zlib (RFC 1950), gzip (RFC 1952) and raw deflate (RFC 1951).

use std::ffi::{CStr, c_int};

use libz_rs_sys as z;

use super::codec::{Codec, Problem};

/// What to do, in the numbers of `zlib.constants`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Deflate,
    Inflate,
    Gzip,
    Gunzip,
    DeflateRaw,
    InflateRaw,
    /// gzip or zlib, as the input begins.
    Unzip,
}

impl Mode {
    pub(super) fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::Deflate,
            2 => Self::Inflate,
            3 => Self::Gzip,
            4 => Self::Gunzip,
            5 => Self::DeflateRaw,
            6 => Self::InflateRaw,
            7 => Self::Unzip,
            _ => return None,
        })
    }

    fn compresses(self) -> bool {
        matches!(self, Self::Deflate | Self::Gzip | Self::DeflateRaw)
    }
}

/// Parameters of `deflateInit2` and `inflateInit2`.
pub(super) struct Options {
    pub(super) mode: Mode,
    pub(super) window_bits: i32,
    pub(super) level: i32,
    pub(super) memory_level: i32,
    pub(super) strategy: i32,
    pub(super) dictionary: Vec<u8>,
    /// Whether what follows the first member of a gzip stream is left alone.
    pub(super) single_member: bool,
}

/// A zlib stream. Its memory is taken when it is first used.
pub(super) struct Zlib {
    options: Options,
    mode: Mode,
    /// Boxed, because the library keeps its address.
    stream: Option<Box<z::z_stream>>,
    status: c_int,
    flush: c_int,
    /// Bytes of gzip's magic number seen by [`Mode::Unzip`].
    magic: u8,
}

// SAFETY: the stream owns everything it points to; input and output are set for the length of a call only.
unsafe impl Send for Zlib {}

impl Zlib {
    pub(super) fn new(options: Options) -> Self {
        Self { mode: options.mode, options, stream: None, status: z::Z_OK, flush: z::Z_NO_FLUSH, magic: 0 }
    }

    /// Starts the stream if it has not been; the error then is in `status`.
    fn start(&mut self) -> bool {
        if self.stream.is_some() {
            return true;
        }
        let mut stream = Box::<z::z_stream>::default();
        let bits = match self.mode {
            Mode::Deflate | Mode::Inflate => self.options.window_bits,
            Mode::Gzip | Mode::Gunzip => self.options.window_bits + 16,
            Mode::Unzip => self.options.window_bits + 32,
            Mode::DeflateRaw | Mode::InflateRaw => -self.options.window_bits,
        };
        let (version, size) = (z::zlibVersion(), size_of::<z::z_stream>() as c_int);
        // SAFETY: a new stream, with the library's own version and size.
        self.status = unsafe {
            if self.mode.compresses() {
                let Options { level, memory_level, strategy, .. } = self.options;
                z::deflateInit2_(&mut *stream, level, z::Z_DEFLATED, bits, memory_level, strategy, version, size)
            } else {
                z::inflateInit2_(&mut *stream, bits, version, size)
            }
        };
        if self.status != z::Z_OK {
            return false;
        }
        self.stream = Some(stream);
        self.set_dictionary().is_none()
    }

    fn set_dictionary(&mut self) -> Option<Problem> {
        let dictionary = &self.options.dictionary;
        let stream = self.stream.as_deref_mut()?;
        if dictionary.is_empty() {
            return None;
        }
        // SAFETY: a started stream of the kind that the mode says.
        self.status = unsafe {
            match self.mode {
                Mode::Deflate | Mode::DeflateRaw => {
                    z::deflateSetDictionary(stream, dictionary.as_ptr(), dictionary.len() as u32)
                }
                Mode::InflateRaw => z::inflateSetDictionary(stream, dictionary.as_ptr(), dictionary.len() as u32),
                _ => z::Z_OK,
            }
        };
        (self.status != z::Z_OK).then(|| self.describe("Failed to set dictionary"))
    }

    /// One call of `inflate`, which is given the dictionary if it asks for one.
    fn inflate(&mut self) {
        let Some(stream) = self.stream.as_deref_mut() else { return };
        // SAFETY: a started stream; its input and output are valid during `run`.
        self.status = unsafe { z::inflate(stream, self.flush) };
        if self.status != z::Z_NEED_DICT || self.mode == Mode::InflateRaw || self.options.dictionary.is_empty() {
            return;
        }
        let dictionary = &self.options.dictionary;
        // SAFETY: as above.
        self.status = unsafe {
            match z::inflateSetDictionary(stream, dictionary.as_ptr(), dictionary.len() as u32) {
                z::Z_OK => z::inflate(stream, self.flush),
                // Bad input gives the same status; this tells them apart.
                z::Z_DATA_ERROR => z::Z_NEED_DICT,
                other => other,
            }
        };
    }

    /// Finds out whether the input is gzip's, by its first two bytes.
    fn detect(&mut self, input: &[u8]) {
        for &byte in input.iter().take(2) {
            if self.mode != Mode::Unzip {
                return;
            }
            match (self.magic, byte) {
                (0, 0x1f) => self.magic = 1,
                (1, 0x8b) => self.mode = Mode::Gunzip,
                _ => self.mode = Mode::Inflate,
            }
        }
    }

    fn describe(&self, message: &str) -> Problem {
        let own = self.stream.as_deref().map(|stream| stream.msg).filter(|message| !message.is_null());
        let message = match own {
            // SAFETY: the library points to static strings only.
            Some(own) => unsafe { CStr::from_ptr(own) }.to_string_lossy().into_owned(),
            None => message.to_owned(),
        };
        Problem::new(message, self.status, name_of(self.status))
    }
}

impl Codec for Zlib {
    fn run(&mut self, flush: u32, input: &[u8], output: &mut [u8]) -> (usize, usize) {
        self.flush = flush as c_int;
        if !self.start() {
            return (0, 0);
        }
        if self.mode == Mode::Unzip {
            self.detect(input);
        }
        let Some(stream) = self.stream.as_deref_mut() else { return (0, 0) };
        stream.next_in = input.as_ptr();
        stream.avail_in = input.len() as u32;
        stream.next_out = output.as_mut_ptr();
        stream.avail_out = output.len() as u32;
        if self.mode.compresses() {
            // SAFETY: a started stream with valid input and output.
            self.status = unsafe { z::deflate(stream, self.flush) };
        } else {
            self.inflate();
            while self.mode == Mode::Gunzip && self.status == z::Z_STREAM_END && !self.options.single_member {
                let left = self.stream.as_ref().map_or(0, |stream| stream.avail_in as usize);
                // Zeros fill up the blocks of tapes; anything else is another member, or rubbish.
                if left == 0 || input[input.len() - left] == 0 {
                    break;
                }
                if self.reset().is_some() {
                    break;
                }
                self.inflate();
            }
        }
        let Some(stream) = self.stream.as_deref_mut() else { return (0, 0) };
        (stream.next_in, stream.next_out) = (std::ptr::null(), std::ptr::null_mut());
        (input.len() - stream.avail_in as usize, output.len() - stream.avail_out as usize)
    }

    fn problem(&self, room: usize) -> Option<Problem> {
        match self.status {
            z::Z_OK | z::Z_BUF_ERROR if room != 0 && self.flush == z::Z_FINISH => {
                Some(self.describe("unexpected end of file"))
            }
            z::Z_OK | z::Z_BUF_ERROR | z::Z_STREAM_END => None,
            z::Z_NEED_DICT if self.options.dictionary.is_empty() => Some(self.describe("Missing dictionary")),
            z::Z_NEED_DICT => Some(self.describe("Bad dictionary")),
            _ => Some(self.describe("Zlib error")),
        }
    }

    fn reset(&mut self) -> Option<Problem> {
        if !self.start() {
            return Some(self.describe("Failed to init stream before reset"));
        }
        let stream = self.stream.as_deref_mut()?;
        // SAFETY: a started stream of the kind that the mode says.
        self.status = unsafe { if self.mode.compresses() { z::deflateReset(stream) } else { z::inflateReset(stream) } };
        if self.status != z::Z_OK {
            return Some(self.describe("Failed to reset stream"));
        }
        self.set_dictionary()
    }

    fn set_parameters(&mut self, level: i32, strategy: i32) -> Option<Problem> {
        if !self.start() {
            return Some(self.describe("Failed to init stream before set parameters"));
        }
        if !matches!(self.mode, Mode::Deflate | Mode::DeflateRaw) {
            return None;
        }
        let stream = self.stream.as_deref_mut()?;
        // What is pending waits for the next call: there is no room for output now. The library minds a null pointer.
        (stream.next_in, stream.avail_in) = (std::ptr::null(), 0);
        (stream.next_out, stream.avail_out) = (std::ptr::NonNull::dangling().as_ptr(), 0);
        // SAFETY: a started stream.
        self.status = unsafe { z::deflateParams(stream, level, strategy) };
        (!matches!(self.status, z::Z_OK | z::Z_BUF_ERROR)).then(|| self.describe("Failed to set parameters"))
    }
}

impl Drop for Zlib {
    fn drop(&mut self) {
        let Some(stream) = self.stream.as_deref_mut() else { return };
        // SAFETY: a started stream of the kind that the mode says, not used after this.
        unsafe {
            if self.mode.compresses() {
                z::deflateEnd(stream);
            } else {
                z::inflateEnd(stream);
            }
        }
    }
}

fn name_of(status: c_int) -> &'static str {
    match status {
        z::Z_OK => "Z_OK",
        z::Z_STREAM_END => "Z_STREAM_END",
        z::Z_NEED_DICT => "Z_NEED_DICT",
        z::Z_ERRNO => "Z_ERRNO",
        z::Z_STREAM_ERROR => "Z_STREAM_ERROR",
        z::Z_DATA_ERROR => "Z_DATA_ERROR",
        z::Z_MEM_ERROR => "Z_MEM_ERROR",
        z::Z_BUF_ERROR => "Z_BUF_ERROR",
        z::Z_VERSION_ERROR => "Z_VERSION_ERROR",
        _ => "Z_UNKNOWN_ERROR",
    }
}

/// The CRC-32 of gzip, continued from `value`.
pub(super) fn crc32(value: u32, data: &[u8]) -> u32 {
    // SAFETY: a slice's pointer and length.
    unsafe { z::crc32_z(value.into(), data.as_ptr(), data.len()) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zlib(mode: Mode, dictionary: &[u8]) -> Zlib {
        let dictionary = dictionary.to_vec();
        let window_bits = if mode.compresses() || mode == Mode::InflateRaw { 15 } else { 0 };
        let options =
            Options { mode, window_bits, level: 6, memory_level: 8, strategy: 0, dictionary, single_member: false };
        Zlib::new(options)
    }

    /// Everything in one call, with room enough.
    fn whole(codec: &mut Zlib, input: &[u8]) -> Vec<u8> {
        let mut output = vec![0; 1000];
        let (_, produced) = codec.run(z::Z_FINISH as u32, input, &mut output);
        output.truncate(produced);
        output
    }

    #[test]
    fn formats_round_trip() {
        for (pack, unpack) in [
            (Mode::Deflate, Mode::Inflate),
            (Mode::Gzip, Mode::Gunzip),
            (Mode::DeflateRaw, Mode::InflateRaw),
            (Mode::Gzip, Mode::Unzip),
            (Mode::Deflate, Mode::Unzip),
        ] {
            let packed = whole(&mut zlib(pack, b""), b"some text, some text");
            let mut unpacker = zlib(unpack, b"");
            assert_eq!(whole(&mut unpacker, &packed), b"some text, some text");
            assert!(unpacker.problem(1).is_none());
        }
    }

    #[test]
    fn members_of_gzip_follow_each_other() {
        let member = whole(&mut zlib(Mode::Gzip, b""), b"text ");
        assert_eq!(whole(&mut zlib(Mode::Gunzip, b""), &member.repeat(3)), b"text text text ");
        let padded = [member.as_slice(), &[0; 9]].concat();
        let mut unpacker = zlib(Mode::Gunzip, b"");
        assert_eq!(whole(&mut unpacker, &padded), b"text ");
        assert!(unpacker.problem(1).is_none());
    }

    #[test]
    fn a_dictionary_is_needed_as_it_was() {
        let packed = whole(&mut zlib(Mode::Deflate, b"words"), b"words words");
        assert_eq!(whole(&mut zlib(Mode::Inflate, b"words"), &packed), b"words words");
        for (dictionary, message) in [(&b""[..], "Missing dictionary"), (b"other", "Bad dictionary")] {
            let mut unpacker = zlib(Mode::Inflate, dictionary);
            whole(&mut unpacker, &packed);
            assert_eq!(unpacker.problem(1).unwrap().message, message);
        }
    }

    #[test]
    fn parameters_change_between_blocks() {
        let mut packer = zlib(Mode::Deflate, b"");
        let mut output = vec![0; 1000];
        let (_, first) = packer.run(z::Z_SYNC_FLUSH as u32, b"aaaa", &mut output);
        assert!(packer.set_parameters(0, 0).is_none());
        let (_, second) = packer.run(z::Z_FINISH as u32, b"bbbb", &mut output[first..]);
        output.truncate(first + second);
        assert_eq!(whole(&mut zlib(Mode::Inflate, b""), &output), b"aaaabbbb");
    }

    #[test]
    fn crc32_continues() {
        assert_eq!(crc32(0, b"hello"), 907_060_870);
        assert_eq!(crc32(crc32(0, b"hel"), b"lo"), 907_060_870);
    }
}
