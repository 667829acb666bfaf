//! Headers and trailers (RFC 9112, 5).

use super::super::lenient::Lenient;
use super::super::parser::{Events, Parsed, Parser, State as Next, Stop, stop};
use super::{is_token, unless};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum State {
    /// After the first line.
    First,
    FieldStart,
    Field,
    /// White space before a value.
    BeforeValue(Kind),
    /// After a CR before a value, and after the LF of an empty line.
    BeforeValueLf(Kind),
    EmptyLine(Kind),
    Value(Kind),
    ValueLf(Kind),
    /// After the line: it goes on if the next one starts with white space.
    LineEnd(Kind),
    /// After the CR of the empty line at the end.
    LastLf,
}

/// What the value of a header means for the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    General,
    Connection,
    ContentLength,
    /// The same after its digits.
    ContentLengthEnd,
    TransferEncoding,
    Upgrade,
}

const TOKEN: &str = "HPE_INVALID_HEADER_TOKEN";
const LENGTH: &str = "HPE_INVALID_CONTENT_LENGTH";
const ENCODING: &str = "HPE_INVALID_TRANSFER_ENCODING";

pub(in super::super) fn parse(
    parser: &mut Parser,
    state: State,
    data: &[u8],
    at: usize,
    events: &mut impl Events,
) -> Parsed {
    let byte = data[at];
    let lf_optional = parser.lenient.has(Lenient::OPTIONAL_LF_AFTER_CR);
    let (next, at) = match state {
        State::First if byte == b' ' => {
            let lenient = parser.lenient.has(Lenient::HEADERS);
            unless(lenient, at + 1, "HPE_UNEXPECTED_SPACE", "Unexpected space after start line")?;
            (State::First, at + 1)
        }
        State::First => (State::FieldStart, at),
        State::FieldStart => match byte {
            b'\r' => (State::LastLf, at + 1),
            b'\n' => {
                parser.bare_lf(at, TOKEN, "Invalid header field char")?;
                return last(parser, at + 1, events);
            }
            b':' => return Err(Stop::new(at, TOKEN, "Invalid header token")),
            _ => {
                parser.word.clear();
                (State::Field, at)
            }
        },
        State::Field => return field(parser, data, at, events),
        State::BeforeValue(kind) => match byte {
            b' ' | b'\t' => (state, at + 1),
            b'\r' => (State::BeforeValueLf(kind), at + 1),
            b'\n' => {
                parser.bare_lf(at, TOKEN, "Invalid header value char")?;
                (State::EmptyLine(kind), at + 1)
            }
            _ => {
                value_start(parser, kind, at)?;
                (State::Value(kind), at)
            }
        },
        State::BeforeValueLf(kind) => {
            unless(byte == b'\n' || lf_optional, at, "HPE_LF_EXPECTED", "Expected LF after CR")?;
            (State::EmptyLine(kind), at + usize::from(byte == b'\n'))
        }
        State::EmptyLine(kind) => match (byte, kind) {
            (b' ' | b'\t', _) => {
                unless(parser.lenient.has(Lenient::HEADERS), at, TOKEN, "Invalid header value char")?;
                (State::BeforeValue(kind), at + 1)
            }
            (_, Kind::ContentLength) => return Err(Stop::new(at, LENGTH, "Empty Content-Length")),
            (_, Kind::TransferEncoding) => return Err(Stop::new(at, ENCODING, "Empty Transfer-Encoding")),
            _ => {
                events.header_value(&[]).map_err(|halt| stop(at, halt))?;
                (State::FieldStart, at)
            }
        },
        State::Value(kind) => return value(parser, kind, data, at, events),
        State::ValueLf(kind) => {
            unless(byte == b'\n', at, "HPE_LF_EXPECTED", "Missing expected LF after header value")?;
            (State::LineEnd(kind), at + 1)
        }
        State::LineEnd(kind) => {
            if matches!(byte, b' ' | b'\t') {
                let reason = "Unexpected whitespace after header value";
                unless(parser.lenient.has(Lenient::HEADERS), at, TOKEN, reason)?;
                (State::Value(kind), at)
            } else {
                value_end(parser, kind);
                (State::FieldStart, at)
            }
        }
        State::LastLf => {
            unless(byte == b'\n' || lf_optional, at, "HPE_STRICT", "Expected LF after headers")?;
            return last(parser, at + usize::from(byte == b'\n'), events);
        }
    };
    parser.state = Next::Header(next);
    Ok(at)
}

/// After the empty line.
fn last(parser: &mut Parser, at: usize, events: &mut impl Events) -> Parsed {
    if parser.flags.trailing {
        events.chunk_complete();
        return parser.message_complete(at, events);
    }
    parser.headers_complete(at, events)
}

fn field(parser: &mut Parser, data: &[u8], at: usize, events: &mut impl Events) -> Parsed {
    let count = data[at..].iter().position(|byte| !is_token(*byte)).unwrap_or(data.len() - at);
    let end = at + count;
    for byte in &data[at..end] {
        parser.word.push(*byte);
    }
    let mut colon = end;
    if parser.lenient.has(Lenient::HEADERS) && kind(parser) != Kind::General {
        colon += data[end..].iter().take_while(|byte| **byte == b' ').count();
    }
    match data.get(colon) {
        None => {
            events.header_field(&data[at..colon]).map_err(|halt| stop(colon, halt))?;
            Ok(colon)
        }
        Some(b':') => {
            events.header_field(&data[at..colon]).map_err(|halt| stop(colon, halt))?;
            let kind = kind(parser);
            check_framing(parser, kind, colon + 1)?;
            parser.state = Next::Header(State::BeforeValue(kind));
            Ok(colon + 1)
        }
        Some(b' ') if kind(parser) != Kind::General => Err(Stop::new(colon + 1, TOKEN, "Invalid header field char")),
        Some(_) => Err(Stop::new(colon, TOKEN, "Invalid header token")),
    }
}

/// By the name that was read.
fn kind(parser: &Parser) -> Kind {
    let word = &parser.word;
    match () {
        () if word.is("connection") || word.is("proxy-connection") => Kind::Connection,
        () if word.is("content-length") => Kind::ContentLength,
        () if word.is("transfer-encoding") => Kind::TransferEncoding,
        () if word.is("upgrade") => Kind::Upgrade,
        () => Kind::General,
    }
}

/// A header that says how long the body is must agree with those before it; `at` is behind its colon.
fn check_framing(parser: &Parser, kind: Kind, at: usize) -> Result<(), Stop> {
    let both = parser.lenient.has(Lenient::CHUNKED_LENGTH);
    match kind {
        Kind::ContentLength => {
            let reason = "Content-Length can't be present with Transfer-Encoding";
            unless(!parser.flags.transfer_encoding || both, at, LENGTH, reason)
        }
        Kind::TransferEncoding => {
            let reason = "Transfer-Encoding can't be present with Content-Length";
            unless(!parser.flags.content_length || both, at, ENCODING, reason)
        }
        _ => Ok(()),
    }
}

fn value_start(parser: &mut Parser, kind: Kind, at: usize) -> Result<(), Stop> {
    parser.word.clear();
    match kind {
        Kind::Upgrade => parser.flags.upgrade = true,
        Kind::ContentLength => {
            let reason = "Duplicate Content-Length";
            unless(!parser.flags.content_length, at, "HPE_UNEXPECTED_CONTENT_LENGTH", reason)?;
            parser.length = 0;
        }
        Kind::TransferEncoding => {
            parser.flags.transfer_encoding = true;
            parser.flags.chunked = false;
        }
        _ => {}
    }
    Ok(())
}

fn value(parser: &mut Parser, mut kind: Kind, data: &[u8], at: usize, events: &mut impl Events) -> Parsed {
    let mut end = at;
    let lenient = parser.lenient;
    while let Some(&byte) = data.get(end) {
        let allowed = match byte {
            b'\r' | b'\n' => break,
            b'\t' | 0x20..=0x7e | 0x80.. => true,
            0 => lenient.has(Lenient::HEADERS),
            _ => lenient.has(Lenient::HEADERS | Lenient::HEADER_VALUE_RELAXED),
        };
        unless(allowed, end, TOKEN, "Invalid header value char")?;
        if kind != Kind::General {
            kind = value_letter(parser, kind, byte, end)?;
        }
        end += 1;
    }
    events.header_value(&data[at..end]).map_err(|halt| stop(end, halt))?;
    parser.state = Next::Header(match data.get(end) {
        None => {
            parser.state = Next::Header(State::Value(kind));
            return Ok(end);
        }
        Some(b'\r') => State::ValueLf(kind),
        Some(_) => {
            let lenient = lenient.has(Lenient::OPTIONAL_CR_BEFORE_LF);
            unless(lenient, end, "HPE_CR_EXPECTED", "Missing expected CR after header value")?;
            State::LineEnd(kind)
        }
    });
    Ok(end + 1)
}

/// Minds a character of a value that means something.
fn value_letter(parser: &mut Parser, kind: Kind, byte: u8, at: usize) -> Result<Kind, Stop> {
    match kind {
        Kind::General | Kind::Upgrade => {}
        Kind::ContentLength if byte.is_ascii_digit() => {
            let length = parser.length.checked_mul(10).and_then(|length| length.checked_add(u64::from(byte - b'0')));
            let Some(length) = length else { return Err(Stop::new(at, LENGTH, "Content-Length overflow")) };
            parser.length = length;
        }
        Kind::ContentLength | Kind::ContentLengthEnd => {
            unless(byte == b' ', at, LENGTH, "Invalid character in Content-Length")?;
            return Ok(Kind::ContentLengthEnd);
        }
        Kind::Connection | Kind::TransferEncoding if byte == b',' => {
            let lenient = parser.lenient.has(Lenient::TRANSFER_ENCODING) || !parser.is_request();
            let misplaced = kind == Kind::TransferEncoding && parser.word.is("chunked") && !lenient;
            unless(!misplaced, at + 1, ENCODING, "Invalid `Transfer-Encoding` header value")?;
            option(parser, kind);
        }
        // Spaces around an option are none of it.
        Kind::Connection | Kind::TransferEncoding if matches!(byte, b' ' | b'\t') && parser.word.is_empty() => {}
        Kind::Connection | Kind::TransferEncoding => parser.word.push(byte),
    }
    Ok(kind)
}

/// After one option of a list.
fn option(parser: &mut Parser, kind: Kind) {
    match kind {
        Kind::Connection => {
            parser.flags.connection_close |= parser.word.is("close");
            parser.flags.connection_keep_alive |= parser.word.is("keep-alive");
            parser.flags.connection_upgrade |= parser.word.is("upgrade");
        }
        // It counts only where it is the last.
        _ => parser.flags.chunked = false,
    }
    parser.word.clear();
}

fn value_end(parser: &mut Parser, kind: Kind) {
    match kind {
        Kind::Connection => option(parser, kind),
        Kind::TransferEncoding => parser.flags.chunked = parser.word.is("chunked"),
        Kind::ContentLength | Kind::ContentLengthEnd => parser.flags.content_length = true,
        Kind::General | Kind::Upgrade => {}
    }
}
