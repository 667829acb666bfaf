//! The formats of compression.

use std::io::{self, BufRead, BufReader, Read, Write};

use bzip2::write::BzEncoder;
use flate2::GzBuilder;
use flate2::write::GzEncoder;
use lzma_rust2::{LzmaOptions, LzmaReader, LzmaWriter, XzOptions, XzReader, XzWriter};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// A format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    Gzip,
    Bzip2,
    Xz,
    Lzma,
    Zstd,
}

/// Bytes of memory that unpacking LZMA may take, in KiB.
const LZMA_MEMORY: u32 = 1 << 20;

impl Format {
    /// By the first bytes of a file.
    pub(crate) fn detect(start: &[u8]) -> Option<Format> {
        const MAGIC: [(&[u8], Format); 5] = [
            (&[0x1f, 0x8b], Format::Gzip),
            (b"BZh", Format::Bzip2),
            (&[0xfd, b'7', b'z', b'X', b'Z', 0], Format::Xz),
            (&[0x28, 0xb5, 0x2f, 0xfd], Format::Zstd),
            (&[0x5d, 0, 0], Format::Lzma),
        ];
        MAGIC.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, format)| *format)
    }

    /// By the end of a file's name; gives what the name is without it too.
    pub(crate) fn by_name(name: &[u8]) -> Option<(Format, Vec<u8>)> {
        const ENDINGS: [(&str, Format, &str); 15] = [
            (".tgz", Format::Gzip, ".tar"),
            (".taz", Format::Gzip, ".tar"),
            (".gz", Format::Gzip, ""),
            ("-gz", Format::Gzip, ""),
            (".z", Format::Gzip, ""),
            (".tbz2", Format::Bzip2, ".tar"),
            (".tbz", Format::Bzip2, ".tar"),
            (".bz2", Format::Bzip2, ""),
            (".bz", Format::Bzip2, ""),
            (".txz", Format::Xz, ".tar"),
            (".xz", Format::Xz, ""),
            (".tlz", Format::Lzma, ".tar"),
            (".lzma", Format::Lzma, ""),
            (".tzst", Format::Zstd, ".tar"),
            (".zst", Format::Zstd, ""),
        ];
        ENDINGS.iter().find_map(|(ending, format, instead)| {
            let base = name.strip_suffix(ending.as_bytes()).filter(|base| !base.is_empty())?;
            Some((*format, [base, instead.as_bytes()].concat()))
        })
    }
}

/// Unpacks `input`, all its members.
pub(crate) fn decoder<'a>(format: Format, input: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let input = BufReader::with_capacity(128 << 10, input);
    Ok(match format {
        Format::Gzip => Box::new(Gunzip { members: Members::Before(input), any: false }),
        Format::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        Format::Xz => Box::new(XzReader::new(input, true)),
        Format::Lzma => Box::new(LzmaReader::new_mem_limit(input, LZMA_MEMORY, None)?),
        Format::Zstd => Box::new(Unzstd { input: Some(input), frame: None }),
    })
}

/// Gzip members one after another; what follows the last and is none is left, as gzip does.
struct Gunzip<R> {
    members: Members<R>,
    any: bool,
}

enum Members<R> {
    Before(R),
    In(Box<flate2::bufread::GzDecoder<R>>),
    Done,
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.members, Members::Done) {
                Members::Done => return Ok(0),
                Members::Before(mut input) => {
                    let start = input.fill_buf()?;
                    let begins = start.first() == Some(&0x1f);
                    if !begins && self.any {
                        if start.iter().any(|&b| b != 0) {
                            let text = "decompression OK, trailing garbage ignored";
                            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
                        }
                        return Ok(0);
                    }
                    if start.is_empty() {
                        return Ok(0);
                    }
                    self.any = true;
                    self.members = Members::In(Box::new(flate2::bufread::GzDecoder::new(input)));
                }
                Members::In(mut member) => {
                    let count = member.read(buffer)?;
                    if count > 0 || buffer.is_empty() {
                        self.members = Members::In(member);
                        return Ok(count);
                    }
                    self.members = Members::Before(member.into_inner());
                }
            }
        }
    }
}

/// Zstandard frames one after another.
struct Unzstd<R: Read> {
    input: Option<BufReader<R>>,
    frame: Option<Box<StreamingDecoder<BufReader<R>, FrameDecoder>>>,
}

impl<R: Read> Read for Unzstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let count = frame.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                self.input = self.frame.take().map(|frame| frame.into_inner());
            }
            let Some(mut input) = self.input.take() else { return Ok(0) };
            if input.fill_buf()?.is_empty() {
                return Ok(0);
            }
            let frame = StreamingDecoder::new(input)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
            self.frame = Some(Box::new(frame));
        }
    }
}

/// What is told of the packed file in a gzip header.
#[derive(Clone, Debug, Default)]
pub(crate) struct Header {
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) time: u32,
}

/// Packs what is written to it into `output`.
pub(crate) enum Encoder<W: Write> {
    Plain(W),
    Gzip(GzEncoder<W>),
    Bzip2(BzEncoder<W>),
    Xz(Box<XzWriter<W>>),
    Lzma(Box<LzmaWriter<W>>),
    /// Packed at the end.
    Zstd(Vec<u8>, W),
}

impl<W: Write> Encoder<W> {
    /// `level` is 0 to 9.
    pub(crate) fn new(format: Option<Format>, output: W, level: u32, header: Header) -> io::Result<Encoder<W>> {
        Ok(match format {
            None => Encoder::Plain(output),
            Some(Format::Gzip) => {
                // Unix.
                let mut builder = GzBuilder::new().mtime(header.time).operating_system(3);
                if let Some(name) = header.name {
                    builder = builder.filename(name);
                }
                Encoder::Gzip(builder.write(output, flate2::Compression::new(level)))
            }
            Some(Format::Bzip2) => Encoder::Bzip2(BzEncoder::new(output, bzip2::Compression::new(level.clamp(1, 9)))),
            Some(Format::Xz) => {
                let writer = XzWriter::new(output, XzOptions::with_preset(level))?;
                Encoder::Xz(Box::new(writer))
            }
            Some(Format::Lzma) => {
                let writer = LzmaWriter::new_use_header(output, &LzmaOptions::with_preset(level), None)?;
                Encoder::Lzma(Box::new(writer))
            }
            Some(Format::Zstd) => Encoder::Zstd(Vec::new(), output),
        })
    }

    /// Writes what is still held back.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Encoder::Plain(output) => Ok(output),
            Encoder::Gzip(encoder) => encoder.finish(),
            Encoder::Bzip2(encoder) => encoder.finish(),
            Encoder::Xz(encoder) => encoder.finish(),
            Encoder::Lzma(encoder) => encoder.finish(),
            Encoder::Zstd(data, mut output) => {
                output.write_all(&compress_to_vec(&*data, CompressionLevel::Fastest))?;
                Ok(output)
            }
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Encoder::Plain(output) => output.write(bytes),
            Encoder::Gzip(encoder) => encoder.write(bytes),
            Encoder::Bzip2(encoder) => encoder.write(bytes),
            Encoder::Xz(encoder) => encoder.write(bytes),
            Encoder::Lzma(encoder) => encoder.write(bytes),
            Encoder::Zstd(data, _) => data.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Encoder::Plain(output) => output.flush(),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_and_unpacks() {
        let text: Vec<u8> = (0..100_000u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        for format in [Format::Gzip, Format::Bzip2, Format::Xz, Format::Lzma, Format::Zstd] {
            let mut encoder = Encoder::new(Some(format), Vec::new(), 6, Header::default()).unwrap();
            encoder.write_all(&text).unwrap();
            let packed = encoder.finish().unwrap();
            assert!(packed.len() < text.len() / 2, "{format:?}");
            assert_eq!(Format::detect(&packed), Some(format));
            let mut twice = packed.clone();
            if format != Format::Lzma {
                twice.extend_from_slice(&packed);
            }
            let mut unpacked = Vec::new();
            decoder(format, &*twice).unwrap().read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked.len() % text.len(), 0, "{format:?}");
            assert!(unpacked.chunks(text.len()).all(|part| part == text), "{format:?}");
        }
    }

    #[test]
    fn names() {
        assert_eq!(Format::by_name(b"a.tgz"), Some((Format::Gzip, b"a.tar".to_vec())));
        assert_eq!(Format::by_name(b"a.xz"), Some((Format::Xz, b"a".to_vec())));
        assert_eq!(Format::by_name(b".gz"), None);
    }
}
