//! The target of a request.

use super::super::parser::Stop;

/// The part of a URL that the next character belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Part {
    Start,
    /// Of a CONNECT request: an authority.
    ServerStart,
    Schema,
    SchemaSlash,
    SchemaSlashSlash,
    Server,
    ServerAt,
    Path,
    Query,
    Fragment,
}

const CODE: &str = "HPE_INVALID_URL";

/// The part after this character.
pub(super) fn next(part: Part, byte: u8, at: usize) -> Result<Part, Stop> {
    use Part::{Fragment, Path, Query, Schema, SchemaSlash, SchemaSlashSlash, Server, ServerAt, ServerStart, Start};
    let wrong = |reason| Err(Stop::new(at, CODE, reason));
    if matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0c) {
        return Err(Stop::new(at + 1, CODE, "Invalid characters in url"));
    }
    Ok(match (part, byte) {
        (Start, b'/' | b'*') => Path,
        (Start, byte) if byte.is_ascii_alphabetic() => Schema,
        (Start, _) => return wrong("Unexpected start char in url"),
        (Schema, byte) if byte.is_ascii_alphabetic() => Schema,
        (Schema, b':') => SchemaSlash,
        (SchemaSlash, b'/') => SchemaSlashSlash,
        (SchemaSlashSlash, b'/') => ServerStart,
        (Schema | SchemaSlash | SchemaSlashSlash, _) => return wrong("Unexpected char in url schema"),
        (ServerStart | Server | ServerAt, b'/') => Path,
        (ServerStart | Server | ServerAt, b'?') => Query,
        (ServerAt, b'@') => return wrong("Double @ in url"),
        (ServerStart | Server, b'@') => ServerAt,
        (ServerStart | Server | ServerAt, byte) if is_authority(byte) => Server,
        (ServerStart | Server | ServerAt, _) => return wrong("Unexpected char in url server"),
        (Path, b'?') => Query,
        (Path | Query, b'#') => Fragment,
        (Query, b'?') | (Fragment, b'?' | b'#') => part,
        (Path | Query | Fragment, byte) if is_url(byte) => part,
        (Path, _) => return wrong("Invalid char in url path"),
        (Query, _) => return wrong("Invalid char in url query"),
        (Fragment, _) => return wrong("Invalid char in url fragment start"),
    })
}

/// Whether the URL may end here.
pub(super) fn may_end(part: Part) -> bool {
    !matches!(part, Part::Start | Part::ServerStart | Part::Schema | Part::SchemaSlash | Part::SchemaSlashSlash)
}

/// What stands in a path for itself.
pub(super) fn is_url(byte: u8) -> bool {
    (0x21..0x7f).contains(&byte) && byte != b'#' && byte != b'?' || byte >= 0x80
}

/// RFC 3986's userinfo and host, brackets of IPv6 addresses included.
fn is_authority(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()%;:&=+$,[]".contains(&byte)
}
