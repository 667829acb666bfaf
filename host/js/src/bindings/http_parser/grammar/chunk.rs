//! The chunked coding (RFC 9112, 7.1).

use super::super::lenient::Lenient;
use super::super::parser::{Events, Parsed, Parser, State as Next, Stop, stop};
use super::{header, is_token, unless};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum State {
    /// Before the first digit of a size.
    SizeStart,
    Size,
    /// After spaces behind the size.
    SizeEnd,
    ExtensionStart,
    ExtensionName,
    ExtensionValueStart,
    ExtensionValue,
    ExtensionQuoted,
    ExtensionPair,
    ExtensionQuotedEnd,
    /// After the CR of the line of the size.
    SizeLf,
    Data,
    DataCr,
    DataLf,
}

const SIZE: &str = "HPE_INVALID_CHUNK_SIZE";

pub(in super::super) fn parse(
    parser: &mut Parser,
    state: State,
    data: &[u8],
    at: usize,
    events: &mut impl Events,
) -> Parsed {
    let byte = data[at];
    let lenient = parser.lenient;
    let wrong = |reason| Err(Stop::new(at, "HPE_STRICT", reason));
    let next = match state {
        State::SizeStart => {
            unless(byte.is_ascii_hexdigit(), at, SIZE, "Invalid character in chunk size")?;
            parser.length = 0;
            parser.state = Next::Chunk(State::Size);
            return Ok(at);
        }
        State::Size if byte.is_ascii_hexdigit() => {
            unless(parser.length >> 60 == 0, at, SIZE, "Chunk size overflow")?;
            parser.length = parser.length << 4 | u64::from(char::from(byte).to_digit(16).unwrap_or(0));
            State::Size
        }
        State::Size | State::SizeEnd => match byte {
            b' ' => {
                let reason = "Invalid character in chunk size";
                unless(lenient.has(Lenient::SPACES_AFTER_CHUNK_SIZE), at, SIZE, reason)?;
                State::SizeEnd
            }
            b'\r' => State::SizeLf,
            b'\n' => return bare_lf(parser, at, "Missing expected CR after chunk size", events),
            b';' => State::ExtensionStart,
            _ => return Err(Stop::new(at, SIZE, "Invalid character in chunk size")),
        },
        State::ExtensionStart if matches!(byte, b' ' | b'\r') => return wrong("Invalid character in chunk extensions"),
        State::ExtensionStart | State::ExtensionName => match byte {
            _ if is_token(byte) => State::ExtensionName,
            b'=' => State::ExtensionValueStart,
            b';' => State::ExtensionStart,
            b'\r' => State::SizeLf,
            b'\n' => return bare_lf(parser, at, "Missing expected CR after chunk extension name", events),
            _ => return wrong("Invalid character in chunk extensions name"),
        },
        State::ExtensionValueStart if byte == b'"' => State::ExtensionQuoted,
        State::ExtensionValueStart | State::ExtensionValue => match byte {
            _ if is_token(byte) => State::ExtensionValue,
            b';' => State::ExtensionStart,
            b'\r' => State::SizeLf,
            b'\n' => return bare_lf(parser, at, "Missing expected CR after chunk extension value", events),
            _ => {
                let reason = "Invalid character in chunk extensions value";
                return Err(Stop::new(at + 1, "HPE_STRICT", reason));
            }
        },
        State::ExtensionQuoted => match byte {
            b'"' => State::ExtensionQuotedEnd,
            b'\\' => State::ExtensionPair,
            b'\t' | 0x20..=0x7e | 0x80.. => State::ExtensionQuoted,
            _ => {
                let reason = "Invalid character in chunk extensions quoted value";
                return Err(Stop::new(at + 1, "HPE_STRICT", reason));
            }
        },
        State::ExtensionPair => match byte {
            b'\t' | 0x20..=0x7e | 0x80.. => State::ExtensionQuoted,
            _ => return wrong("Invalid quoted-pair in chunk extensions quoted value"),
        },
        State::ExtensionQuotedEnd => match byte {
            b';' => State::ExtensionStart,
            b'\r' => State::SizeLf,
            b'\n' => return bare_lf(parser, at, "Missing expected CR after chunk extension value", events),
            _ => return wrong("Invalid character in chunk extensions quote value"),
        },
        State::SizeLf => {
            let optional = lenient.has(Lenient::OPTIONAL_LF_AFTER_CR);
            unless(byte == b'\n' || optional, at, "HPE_STRICT", "Expected LF after chunk size")?;
            return size_complete(parser, at + usize::from(byte == b'\n'), events);
        }
        State::Data => {
            let end = parser.take_body(data, at, events)?;
            if parser.length == 0 {
                parser.state = Next::Chunk(State::DataCr);
            }
            return Ok(end);
        }
        State::DataCr | State::DataLf => match (state, byte) {
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataCr, b'\n') => {
                parser.bare_lf(at, "HPE_CR_EXPECTED", "Missing expected CR after chunk data")?;
                return data_complete(parser, at + 1, events);
            }
            (State::DataLf, b'\n') => return data_complete(parser, at + 1, events),
            _ => {
                let optional = match state {
                    State::DataCr => Lenient::OPTIONAL_CRLF_AFTER_CHUNK,
                    _ => Lenient::OPTIONAL_LF_AFTER_CR,
                };
                unless(lenient.has(optional), at, "HPE_STRICT", "Expected LF after chunk data")?;
                return data_complete(parser, at, events);
            }
        },
    };
    if matches!(
        next,
        State::ExtensionName
            | State::ExtensionValue
            | State::ExtensionQuoted
            | State::ExtensionPair
            | State::ExtensionQuotedEnd
    ) {
        events.chunk_extension(&data[at..=at]).map_err(|halt| stop(at, halt))?;
    }
    parser.state = Next::Chunk(next);
    Ok(at + 1)
}

fn bare_lf(parser: &mut Parser, at: usize, reason: &'static str, events: &mut impl Events) -> Parsed {
    parser.bare_lf(at, "HPE_CR_EXPECTED", reason)?;
    size_complete(parser, at + 1, events)
}

fn size_complete(parser: &mut Parser, at: usize, events: &mut impl Events) -> Parsed {
    events.chunk_header();
    parser.state = if parser.length == 0 {
        parser.flags.trailing = true;
        Next::Header(header::State::FieldStart)
    } else {
        Next::Chunk(State::Data)
    };
    Ok(at)
}

fn data_complete(parser: &mut Parser, at: usize, events: &mut impl Events) -> Parsed {
    events.chunk_complete();
    parser.state = Next::Chunk(State::SizeStart);
    Ok(at)
}
