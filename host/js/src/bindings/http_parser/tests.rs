use super::lenient::Lenient;
use super::parser::{Events, Halt, Head, Next, Parser, Type};

/// Writes down what it is told; pieces of one part as one.
#[derive(Default)]
struct Log {
    lines: Vec<String>,
    part: Option<(&'static str, Vec<u8>)>,
}

impl Log {
    fn piece(&mut self, part: &'static str, piece: &[u8]) {
        match &mut self.part {
            Some((name, bytes)) if *name == part => bytes.extend_from_slice(piece),
            _ => {
                self.end();
                self.part = Some((part, piece.to_vec()));
            }
        }
    }

    fn end(&mut self) {
        if let Some((name, bytes)) = self.part.take() {
            self.lines.push(format!("{name} {}", bytes.escape_ascii()));
        }
    }

    fn line(&mut self, line: impl Into<String>) {
        self.end();
        self.lines.push(line.into());
    }
}

impl Events for Log {
    fn message_begin(&mut self) -> Result<(), Halt> {
        self.line("begin");
        Ok(())
    }

    fn url(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.piece("url", piece);
        Ok(())
    }

    fn status(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.piece("status", piece);
        Ok(())
    }

    fn header_field(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.piece("field", piece);
        Ok(())
    }

    fn header_value(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.piece("value", piece);
        Ok(())
    }

    fn headers_complete(&mut self, head: Head) -> Result<Next, Halt> {
        self.line(format!(
            "head {}.{} keep-alive {} upgrade {}",
            head.major, head.minor, head.keep_alive, head.upgrade
        ));
        Ok(Next::Body)
    }

    fn chunk_header(&mut self) {}

    fn chunk_extension(&mut self, _piece: &[u8]) -> Result<(), Halt> {
        Ok(())
    }

    fn body(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.piece("body", piece);
        Ok(())
    }

    fn chunk_complete(&mut self) {}

    fn message_complete(&mut self) -> Result<(), Halt> {
        self.line("complete");
        Ok(())
    }
}

/// What is told of data that comes in these pieces, and how it ends.
fn parse<'a>(kind: Type, lenient: u32, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut parser = Parser::new(kind, Lenient(lenient));
    let mut log = Log::default();
    let mut before = 0;
    for piece in pieces {
        if let Err(stop) = parser.execute(piece, &mut log) {
            log.line(format!("{} {} at {}", stop.code, stop.reason, before + stop.at));
            return log.lines;
        }
        before += piece.len();
    }
    if let Err(stop) = parser.finish(&mut log) {
        log.line(stop.code);
    }
    log.end();
    log.lines
}

fn whole(kind: Type, text: &str) -> Vec<String> {
    parse(kind, 0, std::iter::once(text.as_bytes()))
}

const MESSAGES: [(Type, &str); 8] = [
    (
        Type::Request,
        "\r\nGET /a?b#c HTTP/1.1\r\nHost: x\r\nEmpty:\r\n\r\nPOST * HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
    ),
    (
        Type::Request,
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5;a=\"b\\\"\"\r\nhello\r\n0\r\nT: v\r\n\r\n",
    ),
    (Type::Request, "GET / HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\nanything"),
    (Type::Request, "CONNECT [::1]:443 HTTP/1.1\r\n\r\nanything"),
    (Type::Request, "GET / HTTP/1.1\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    (Type::Response, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 304\r\n\r\n"),
    (Type::Response, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end"),
    (Type::Response, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx"),
];

#[test]
fn messages_are_the_same_in_any_pieces() {
    for (kind, text) in MESSAGES {
        let expected = whole(kind, text);
        assert_eq!(parse(kind, 0, text.as_bytes().chunks(1)), expected, "{text:?}, byte by byte");
        for end in 1..text.len() {
            let (first, second) = text.as_bytes().split_at(end);
            assert_eq!(parse(kind, 0, [first, second].into_iter()), expected, "{text:?}, parted at {end}");
        }
    }
}

#[test]
fn parts_of_requests_are_told_in_order() {
    assert_eq!(
        whole(MESSAGES[1].0, MESSAGES[1].1),
        [
            "begin",
            "url /",
            "field Transfer-Encoding",
            "value gzip, chunked",
            "head 1.1 keep-alive true upgrade false",
            "body hello",
            "field T",
            "value v",
            "complete",
        ]
    );
}

#[test]
fn another_protocol_is_left_alone() {
    let log = whole(MESSAGES[2].0, MESSAGES[2].1);
    let head = MESSAGES[2].1.find("anything").unwrap();
    assert_eq!(log.last().unwrap(), &format!("HPE_PAUSED_UPGRADE Pause on CONNECT/Upgrade at {head}"));
    assert!(log.contains(&"head 1.1 keep-alive true upgrade true".to_owned()));
}

#[test]
fn a_response_without_length_ends_with_the_connection() {
    assert_eq!(whole(MESSAGES[6].0, MESSAGES[6].1)[5..], ["body to the end", "complete"]);
    assert_eq!(whole(Type::Response, "HTTP/1.1 200 OK\r\n").last().unwrap(), "HPE_INVALID_EOF_STATE");
}

#[test]
fn what_could_smuggle_a_request_is_refused() {
    for (headers, error) in [
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", "HPE_INVALID_TRANSFER_ENCODING"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3", "HPE_INVALID_CONTENT_LENGTH"),
        ("Content-Length: 3\r\nContent-Length: 3", "HPE_UNEXPECTED_CONTENT_LENGTH"),
        ("Content-Length: 3, 3", "HPE_INVALID_CONTENT_LENGTH"),
        ("Content-Length: 18446744073709551616", "HPE_INVALID_CONTENT_LENGTH"),
        ("Content-Length:", "HPE_INVALID_CONTENT_LENGTH"),
        ("Content-Length : 3", "HPE_INVALID_HEADER_TOKEN"),
        ("Transfer-Encoding: chunked, gzip", "HPE_INVALID_TRANSFER_ENCODING"),
        ("Transfer-Encoding: xchunked", "HPE_INVALID_TRANSFER_ENCODING"),
        ("A: b\r\n folded", "HPE_INVALID_HEADER_TOKEN"),
        ("A: b\nC: d", "HPE_CR_EXPECTED"),
        ("A: b\rC: d", "HPE_LF_EXPECTED"),
        ("A: \0", "HPE_INVALID_HEADER_TOKEN"),
        ("A b: c", "HPE_INVALID_HEADER_TOKEN"),
    ] {
        let log = whole(Type::Request, &format!("POST / HTTP/1.1\r\n{headers}\r\n\r\n"));
        assert!(log.last().unwrap().starts_with(error), "{headers:?}: {log:?}");
    }
}

#[test]
fn chunks_are_strict() {
    for (chunk, error) in [
        ("g\r\n", "HPE_INVALID_CHUNK_SIZE"),
        ("5 \r\n", "HPE_INVALID_CHUNK_SIZE"),
        ("10000000000000000\r\n", "HPE_INVALID_CHUNK_SIZE"),
        ("5\nhello", "HPE_CR_EXPECTED"),
        ("5\r\nhello!", "HPE_STRICT"),
        ("5\r\nhello\n", "HPE_CR_EXPECTED"),
        ("5; \r\n", "HPE_STRICT"),
    ] {
        let log = whole(Type::Request, &format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"));
        assert!(log.last().unwrap().starts_with(error), "{chunk:?}: {log:?}");
    }
}

#[test]
fn leniency_lets_through_what_it_names() {
    let text = "POST / HTTP/1.1\nA: b\n folded\n\n";
    let log = parse(Type::Request, Lenient::HEADERS | Lenient::OPTIONAL_CR_BEFORE_LF, std::iter::once(text.as_bytes()));
    assert!(log[2..].starts_with(&["field A".to_owned(), "value b folded".to_owned()]), "{log:?}");
}

#[test]
fn nothing_makes_it_panic_or_take_more_than_there_is() {
    // A small generator of numbers, always the same.
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % below
    };
    for round in 0..20_000 {
        let (kind, text) = MESSAGES[next(MESSAGES.len())];
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            bytes[at] = next(256) as u8;
        }
        let lenient = if round % 2 == 0 { 0 } else { next(2048) as u32 };
        let expected = parse(kind, lenient, std::iter::once(&bytes[..]));
        let at = next(bytes.len());
        let parted = parse(kind, lenient, [&bytes[..at], &bytes[at..]].into_iter());
        // A part that turns out to be wrong may have been told of up to there.
        assert_eq!(parted.last(), expected.last(), "{} parted at {at}", bytes.escape_ascii());
    }
}
