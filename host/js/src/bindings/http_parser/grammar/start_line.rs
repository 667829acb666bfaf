//! The first line of a message (RFC 9112, 3 and 4).

use super::super::lenient::Lenient;
use super::super::method::{self, Protocol};
use super::super::parser::{Events, Parsed, Parser, State as Next, Stop, Type, stop};
use super::url::{self, Part};
use super::{header, unless};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum State {
    Method,
    BeforeUrl,
    Url(Part),
    /// After a CR in place of the version.
    OldLf,
    Protocol,
    Major,
    Dot,
    Minor,
    /// After the version of a request …
    LineEnd,
    LineLf,
    /// … and after that of HTTP/2's preface, so much of which was seen.
    Preface(usize),
    BeforeCode,
    /// So many digits were seen.
    Code(u8),
    Reason,
    ReasonLf,
}

/// What a client of HTTP/2 says after its first line.
const PREFACE: &[u8] = b"\r\n\r\nSM\r\n\r\n";

const VERSION: &str = "HPE_INVALID_VERSION";
const AFTER_VERSION: &str = "Expected CRLF after version";

pub(in super::super) fn first(kind: Type) -> State {
    if kind == Type::Request { State::Method } else { State::Protocol }
}

pub(in super::super) fn parse(
    parser: &mut Parser,
    state: State,
    data: &[u8],
    at: usize,
    events: &mut impl Events,
) -> Parsed {
    let byte = data[at];
    let next = match state {
        State::Method => return request_method(parser, byte, at),
        State::BeforeUrl => match byte {
            b' ' => State::BeforeUrl,
            _ => {
                let connects = parser.head.method == method::CONNECT;
                parser.state = Next::Line(State::Url(if connects { Part::ServerStart } else { Part::Start }));
                return Ok(at);
            }
        },
        State::Url(part) => return request_target(parser, part, data, at, events),
        State::OldLf => {
            unless(byte == b'\n', at, "HPE_INVALID_URL", "Expected CRLF")?;
            return line_end(parser, at + 1);
        }
        State::Protocol => return protocol(parser, byte, at),
        State::Major => {
            parser.head.major = digit(byte, at, VERSION, "Invalid major version")?;
            State::Dot
        }
        State::Dot => {
            unless(byte == b'.', at, VERSION, "Expected dot")?;
            State::Minor
        }
        State::Minor => {
            parser.head.minor = digit(byte, at, VERSION, "Invalid minor version")?;
            let known = matches!((parser.head.major, parser.head.minor), (0, 9) | (1, 0 | 1) | (2, 0));
            unless(known || parser.lenient.has(Lenient::VERSION), at + 1, VERSION, "Invalid HTTP version")?;
            match parser.kind {
                Type::Response => State::BeforeCode,
                Type::Request if parser.head.method == method::PRI => State::Preface(0),
                Type::Request => State::LineEnd,
            }
        }
        State::LineEnd => match byte {
            b'\r' => State::LineLf,
            b'\n' => {
                parser.bare_lf(at, VERSION, AFTER_VERSION)?;
                return line_end(parser, at + 1);
            }
            _ => return Err(Stop::new(at, VERSION, AFTER_VERSION)),
        },
        State::LineLf => {
            let lenient = parser.lenient.has(Lenient::OPTIONAL_LF_AFTER_CR);
            unless(byte == b'\n' || lenient, at, "HPE_STRICT", AFTER_VERSION)?;
            return line_end(parser, at + usize::from(byte == b'\n'));
        }
        State::Preface(seen) if byte != PREFACE[seen] => {
            return Err(Stop::new(at, VERSION, "Expected HTTP/2 Connection Preface"));
        }
        State::Preface(seen) if seen + 1 == PREFACE.len() => {
            return Err(Stop::new(at + 1, "HPE_PAUSED_H2_UPGRADE", "Pause on PRI/Upgrade"));
        }
        State::Preface(seen) => State::Preface(seen + 1),
        State::BeforeCode => {
            unless(byte == b' ', at, VERSION, "Expected space after version")?;
            State::Code(0)
        }
        State::Code(3) => match byte {
            b' ' => State::Reason,
            _ => {
                let lenient = parser.lenient.has(Lenient::OPTIONAL_CR_BEFORE_LF);
                let ends = byte == b'\r' || byte == b'\n' && lenient;
                unless(ends, at + usize::from(byte == b'\n'), "HPE_INVALID_STATUS", "Invalid response status")?;
                parser.state = Next::Line(State::Reason);
                return Ok(at);
            }
        },
        State::Code(seen) => {
            let digit = digit(byte, at, "HPE_INVALID_STATUS", "Invalid status code")?;
            parser.head.status = parser.head.status * 10 + u16::from(digit);
            State::Code(seen + 1)
        }
        State::Reason => {
            let end =
                data[at..].iter().position(|byte| matches!(byte, b'\r' | b'\n')).map_or(data.len(), |end| at + end);
            events.status(&data[at..end]).map_err(|halt| stop(end, halt))?;
            match data.get(end) {
                None => return Ok(end),
                Some(b'\r') => parser.state = Next::Line(State::ReasonLf),
                Some(_) => {
                    parser.bare_lf(end, "HPE_CR_EXPECTED", "Missing expected CR after response line")?;
                    return line_end(parser, end + 1);
                }
            }
            return Ok(end + 1);
        }
        State::ReasonLf => {
            let lenient = parser.lenient.has(Lenient::OPTIONAL_LF_AFTER_CR);
            unless(byte == b'\n' || lenient, at, "HPE_STRICT", "Expected LF after CR")?;
            return line_end(parser, at + usize::from(byte == b'\n'));
        }
    };
    parser.state = Next::Line(next);
    Ok(at + 1)
}

fn line_end(parser: &mut Parser, at: usize) -> Parsed {
    parser.state = Next::Header(header::State::First);
    Ok(at)
}

fn digit(byte: u8, at: usize, code: &'static str, reason: &'static str) -> Result<u8, Stop> {
    unless(byte.is_ascii_digit(), at, code, reason)?;
    Ok(byte - b'0')
}

fn request_method(parser: &mut Parser, byte: u8, at: usize) -> Parsed {
    let mut word = parser.word;
    word.push(byte);
    let begun = |word: &[u8]| method::ALL.iter().any(|method| method.as_bytes().starts_with(word));
    if word.letters().is_some_and(begun) {
        parser.word = word;
        return Ok(at + 1);
    }
    let read = parser.word.letters();
    let method = method::ALL.iter().position(|method| Some(method.as_bytes()) == read);
    let Some(method) = method else {
        return Err(Stop::new(at, "HPE_INVALID_METHOD", "Invalid method encountered"));
    };
    unless(byte == b' ', at, "HPE_INVALID_METHOD", "Expected space after method")?;
    parser.head.method = method;
    parser.word.clear();
    parser.state = Next::Line(State::BeforeUrl);
    Ok(at + 1)
}

fn request_target(parser: &mut Parser, mut part: Part, data: &[u8], at: usize, events: &mut impl Events) -> Parsed {
    let mut end = at;
    let stopped = loop {
        let Some(&byte) = data.get(end) else { break None };
        if part == Part::Path && url::is_url(byte) {
            end += 1;
            continue;
        }
        if matches!(byte, b' ' | b'\r' | b'\n') && url::may_end(part) {
            break Some(byte);
        }
        part = url::next(part, byte, end)?;
        end += 1;
    };
    events.url(&data[at..end]).map_err(|halt| stop(end, halt))?;
    parser.state = Next::Line(match stopped {
        None => {
            parser.state = Next::Line(State::Url(part));
            return Ok(end);
        }
        Some(b' ') => State::Protocol,
        // HTTP/0.9 says no more than that.
        Some(ended) => {
            (parser.head.major, parser.head.minor) = (0, 9);
            if ended == b'\n' {
                return line_end(parser, end + 1);
            }
            State::OldLf
        }
    });
    Ok(end + 1)
}

fn protocol(parser: &mut Parser, byte: u8, at: usize) -> Parsed {
    if byte == b' ' && parser.word.is_empty() && parser.is_request() {
        return Ok(at + 1);
    }
    parser.word.push(byte);
    let read = parser.word.letters().unwrap_or_default();
    let Some(&(protocol, name)) = Protocol::ALL.iter().find(|(_, name)| name.starts_with(read)) else {
        return Err(Stop::new(at, "HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/"));
    };
    if name.len() == read.len() {
        if parser.is_request() {
            protocol.check(parser.head.method).map_err(|reason| Stop::new(at, "HPE_INVALID_CONSTANT", reason))?;
        }
        parser.word.clear();
        parser.state = Next::Line(State::Major);
    }
    Ok(at + 1)
}
