//! Text: in which characters, with which ends of lines, and of what language.

use super::Kind;
use super::language::{self, Language};

/// A line longer than this is told.
const LONG_LINE: usize = 300;

/// How characters are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Ascii,
    Utf8,
    Utf8WithMark,
    Utf16 { little: bool },
    Iso8859,
    Extended,
}

impl Encoding {
    fn of(data: &[u8]) -> Option<Encoding> {
        if let Some(marked) = data.strip_prefix(b"\xef\xbb\xbf") {
            return is_utf8(marked).then_some(Encoding::Utf8WithMark);
        }
        for (mark, little) in [(b"\xff\xfe", true), (b"\xfe\xff", false)] {
            if data.starts_with(mark) && data.len() > 2 {
                let text = wide(data, little);
                return text
                    .iter()
                    .all(|&unit| unit > 0x7f || is_plain(unit as u8))
                    .then_some(Encoding::Utf16 { little });
            }
        }
        if data.iter().all(|&byte| is_plain(byte)) {
            Some(Encoding::Ascii)
        } else if is_utf8(data) {
            Some(Encoding::Utf8)
        } else if data.iter().all(|&byte| is_plain(byte) || byte >= 0xa0 || byte == 0x85) {
            Some(Encoding::Iso8859)
        } else {
            data.iter().all(|&byte| is_plain(byte) || byte >= 0x80).then_some(Encoding::Extended)
        }
    }

    /// As a description says it, before the word `text`.
    fn description(self) -> &'static str {
        match self {
            Encoding::Ascii => "ASCII",
            Encoding::Utf8 => "Unicode text, UTF-8",
            Encoding::Utf8WithMark => "Unicode text, UTF-8 (with BOM)",
            Encoding::Utf16 { little: true } => "Unicode text, UTF-16, little-endian",
            Encoding::Utf16 { little: false } => "Unicode text, UTF-16, big-endian",
            Encoding::Iso8859 => "ISO-8859",
            Encoding::Extended => "Non-ISO extended-ASCII",
        }
    }

    /// As MIME names it.
    fn charset(self) -> &'static str {
        match self {
            Encoding::Ascii => "us-ascii",
            Encoding::Utf8 | Encoding::Utf8WithMark => "utf-8",
            Encoding::Utf16 { little: true } => "utf-16le",
            Encoding::Utf16 { little: false } => "utf-16be",
            Encoding::Iso8859 => "iso-8859-1",
            Encoding::Extended => "unknown-8bit",
        }
    }
}

/// Printable ASCII, and the control characters that texts have.
fn is_plain(byte: u8) -> bool {
    matches!(byte, 7..=13 | 27 | 32..=126)
}

fn wide(data: &[u8], little: bool) -> Vec<u16> {
    let unit = |pair: &[u8; 2]| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
    data[2..].as_chunks().0.iter().map(unit).collect()
}

/// UTF-8, apart from a character that the end of what was read cuts.
fn is_utf8(data: &[u8]) -> bool {
    let valid = match std::str::from_utf8(data) {
        Ok(_) => data,
        Err(error) if error.error_len().is_none() => &data[..error.valid_up_to()],
        Err(_) => return false,
    };
    valid.iter().all(|&byte| byte >= 0x80 || is_plain(byte))
}

/// What text it is, or none; `size`: of the whole file.
pub(super) fn examine(data: &[u8], size: u64) -> Option<Kind> {
    if size == 1 {
        return Some(Kind::binary("very short file (no magic)", "application/octet-stream"));
    }
    let encoding = Encoding::of(data)?;
    let decoded;
    let text = match encoding {
        Encoding::Utf16 { little } => {
            decoded = String::from_utf16_lossy(&wide(data, little)).into_bytes();
            &decoded[..]
        }
        Encoding::Utf8WithMark => &data[3..],
        _ => data,
    };
    let whole = data.len() as u64 == size;
    let kind = |description: String, mime: &str| Kind { description, mime: mime.into(), encoding: encoding.charset() };
    if let Some((name, mime)) = language::data(text, whole) {
        return Some(kind(name.to_owned(), mime));
    }
    let characters = format!("{} text", encoding.description());
    let form = form(text);
    Some(match language::of(text) {
        Some(Language { name, mime, tail: Some(tail) }) => kind(format!("{name}, {characters}{tail}{form}"), mime),
        Some(Language { name, mime, tail: None }) => kind(name.into_owned(), mime),
        None => kind(format!("{characters}{form}"), "text/plain"),
    })
}

/// Long lines, ends of lines, escape sequences and overstriking.
fn form(text: &[u8]) -> String {
    let mut form = String::new();
    let longest = text.split(|&byte| byte == b'\n' || byte == b'\r').map(<[u8]>::len).max().unwrap_or_default();
    if longest > LONG_LINE {
        form.push_str(&format!(", with very long lines ({longest})"));
    }
    let pairs = text.windows(2).filter(|pair| pair == b"\r\n").count();
    let returns = text.iter().filter(|&&byte| byte == b'\r').count() - pairs;
    let feeds = text.iter().filter(|&&byte| byte == b'\n').count() - pairs;
    let ends: Vec<&str> =
        [(pairs, "CRLF"), (returns, "CR"), (feeds, "LF")].iter().filter(|end| end.0 > 0).map(|end| end.1).collect();
    match ends[..] {
        ["LF"] => {}
        [] => form.push_str(", with no line terminators"),
        _ => form.push_str(&format!(", with {} line terminators", ends.join(", "))),
    }
    if text.contains(&0x1b) {
        form.push_str(", with escape sequences");
    }
    if text.contains(&8) {
        form.push_str(", with overstriking");
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `file` of Debian 12 has it.
    #[test]
    fn texts_are_told_apart() {
        let cases: &[(&[u8], &str, &str)] = &[
            (b"abc", "ASCII text, with no line terminators", "text/plain; us-ascii"),
            (b"a\r\nb\n", "ASCII text, with CRLF, LF line terminators", "text/plain; us-ascii"),
            (b"a\rb\r", "ASCII text, with CR line terminators", "text/plain; us-ascii"),
            (b"caf\xe9\n", "ISO-8859 text", "text/plain; iso-8859-1"),
            (b"caf\xc3\xa9\n", "Unicode text, UTF-8 text", "text/plain; utf-8"),
            (b"\xef\xbb\xbfa\n", "Unicode text, UTF-8 (with BOM) text", "text/plain; utf-8"),
            (b"\xff\xfea\0\n\0", "Unicode text, UTF-16, little-endian text", "text/plain; utf-16le"),
            (b"x\x80y\n", "Non-ISO extended-ASCII text", "text/plain; unknown-8bit"),
            (b"\x1b[1mx\n", "ASCII text, with escape sequences", "text/plain; us-ascii"),
            (b"_\x08x\n", "ASCII text, with overstriking", "text/plain; us-ascii"),
            (b"\n", "very short file (no magic)", "application/octet-stream; binary"),
            (b"{\"a\": [1]}", "JSON text data", "application/json; us-ascii"),
            (b"{\"a\":1}\n{\"b\":2}\n", "New Line Delimited JSON text data", "application/x-ndjson; us-ascii"),
            (b"a,b\n1,2\n3,4\n", "CSV text", "text/csv; us-ascii"),
            (b"a,b\n1,2\n", "ASCII text", "text/plain; us-ascii"),
            (b"#!/bin/sh\n", "POSIX shell script, ASCII text executable", "text/x-shellscript; us-ascii"),
            (
                b"#!/usr/bin/env bash\n",
                "Bourne-Again shell script, ASCII text executable",
                "text/x-shellscript; us-ascii",
            ),
            (b"#!/usr/bin/python3\n", "Python script, ASCII text executable", "text/x-script.python; us-ascii"),
            (b"#!/usr/bin/env node\n", "Node.js script executable, ASCII text", "application/javascript; us-ascii"),
            (b"#!/usr/bin/perl -w\n", "Perl script text executable", "text/x-perl; us-ascii"),
            (b"#!/opt/foo bar\n", "a /opt/foo bar script, ASCII text executable", "text/plain; us-ascii"),
            (b"from os import path\n", "Python script, ASCII text executable", "text/x-script.python; us-ascii"),
            (b"#include <x.h>\nint x;\n", "C source, ASCII text", "text/x-c; us-ascii"),
            (b"<!DOCTYPE html>\n<p>\n", "HTML document, ASCII text", "text/html; us-ascii"),
            (b"<?xml version=\"1.0\"?>\n<a/>\n", "XML 1.0 document, ASCII text", "text/xml; us-ascii"),
            (
                b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
                "SVG Scalable Vector Graphics image",
                "image/svg+xml; us-ascii",
            ),
            (b"--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n", "unified diff output, ASCII text", "text/x-diff; us-ascii"),
            (b"all: a\n\tcc\n", "makefile script, ASCII text", "text/x-makefile; us-ascii"),
        ];
        for (data, description, mime) in cases {
            let kind = examine(data, data.len() as u64).unwrap();
            assert_eq!((&*kind.description, &*format!("{}; {}", kind.mime, kind.encoding)), (*description, *mime));
        }
        assert_eq!(examine(b"\0\x01", 2), None);
        let long = [b'a'; 500];
        let expected = "ASCII text, with very long lines (500), with no line terminators";
        assert_eq!(examine(&long, 500).unwrap().description, expected);
    }
}
