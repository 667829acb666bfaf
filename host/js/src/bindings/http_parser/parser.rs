//! A parser of HTTP/1 messages that takes them in any pieces, with the behaviour and the errors of llhttp.

use super::grammar::{self, chunk, header, start_line};
use super::lenient::Lenient;
use super::method;

/// Which messages are parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Request,
    Response,
}

/// What is to follow the headers, as the one who was told of them says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Body,
    /// There is no body, whatever the headers say: the answer to a HEAD request.
    NoBody,
    /// Another protocol follows.
    Upgrade,
}

/// Why a callback wants no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Halt {
    pub(super) code: &'static str,
    pub(super) reason: &'static str,
}

/// Why parsing ended before the data did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// How many bytes were taken.
    pub(super) at: usize,
    /// `HPE_…`
    pub(super) code: &'static str,
    pub(super) reason: &'static str,
}

impl Stop {
    /// The code of the stop at the end of a message that another protocol follows. It is no error.
    pub(super) const UPGRADE: &'static str = "HPE_PAUSED_UPGRADE";

    pub(super) fn new(at: usize, code: &'static str, reason: &'static str) -> Self {
        Self { at, code, reason }
    }
}

pub(super) type Parsed = Result<usize, Stop>;

/// Who is told of what was parsed. Parts may come in several pieces.
pub(super) trait Events {
    fn message_begin(&mut self) -> Result<(), Halt>;
    fn url(&mut self, piece: &[u8]) -> Result<(), Halt>;
    /// The reason phrase of a response.
    fn status(&mut self, piece: &[u8]) -> Result<(), Halt>;
    fn header_field(&mut self, piece: &[u8]) -> Result<(), Halt>;
    fn header_value(&mut self, piece: &[u8]) -> Result<(), Halt>;
    fn headers_complete(&mut self, head: Head) -> Result<Next, Halt>;
    fn chunk_header(&mut self);
    fn chunk_extension(&mut self, piece: &[u8]) -> Result<(), Halt>;
    fn body(&mut self, piece: &[u8]) -> Result<(), Halt>;
    fn chunk_complete(&mut self);
    fn message_complete(&mut self) -> Result<(), Halt>;
}

/// What the first line and the headers say of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) major: u8,
    pub(super) minor: u8,
    /// A place in [`method::ALL`], for requests.
    pub(super) method: usize,
    /// For responses.
    pub(super) status: u16,
    pub(super) upgrade: bool,
    pub(super) keep_alive: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Between messages.
    Start,
    Line(start_line::State),
    Header(header::State),
    /// A body of the length that is left.
    Body,
    /// A body up to the end of the connection.
    BodyToEnd,
    Chunk(chunk::State),
    /// Another protocol.
    Upgraded,
    /// After the last message of the connection.
    Closed,
}

/// What the headers of a message said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) connection_keep_alive: bool,
    pub(super) connection_close: bool,
    pub(super) connection_upgrade: bool,
    pub(super) upgrade: bool,
    pub(super) chunked: bool,
    pub(super) transfer_encoding: bool,
    pub(super) content_length: bool,
    /// The headers follow the last chunk.
    pub(super) trailing: bool,
    skip_body: bool,
}

pub(super) struct Parser {
    pub(super) kind: Type,
    pub(super) lenient: Lenient,
    pub(super) state: State,
    pub(super) head: Head,
    pub(super) flags: Flags,
    /// Bytes left of the body or the chunk.
    pub(super) length: u64,
    /// Letters of a word that has to be known whole: a method, the name of a header, one of its values.
    pub(super) word: Word,
    /// An end of the data here is one within a message.
    finish: Finish,
    /// What ended it for good.
    stopped: Option<Stop>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Finish {
    Safe,
    /// It completes the message.
    Completes,
    Unsafe,
}

impl Parser {
    pub(super) fn new(kind: Type, lenient: Lenient) -> Self {
        Self {
            kind,
            lenient,
            state: State::Start,
            head: Head::default(),
            flags: Flags::default(),
            length: 0,
            word: Word::default(),
            finish: Finish::Safe,
            stopped: None,
        }
    }

    /// Parses what came, from where the data before ended.
    pub(super) fn execute(&mut self, data: &[u8], events: &mut impl Events) -> Result<(), Stop> {
        if let Some(stop) = self.stopped {
            return Err(Stop { at: 0, ..stop });
        }
        let mut at = 0;
        while at < data.len() {
            let parsed = match self.state {
                State::Start => self.start(data, at, events),
                State::Line(state) => start_line::parse(self, state, data, at, events),
                State::Header(state) => header::parse(self, state, data, at, events),
                State::Body => self.body(data, at, events),
                State::BodyToEnd => {
                    events.body(&data[at..]).map(|()| data.len()).map_err(|halt| stop(data.len(), halt))
                }
                State::Chunk(state) => chunk::parse(self, state, data, at, events),
                State::Upgraded => Err(Stop::new(at, Stop::UPGRADE, "Pause on CONNECT/Upgrade")),
                State::Closed => self.closed(data, at),
            };
            at = parsed.inspect_err(|stop| {
                if stop.code != Stop::UPGRADE {
                    self.stopped = Some(*stop);
                }
            })?;
        }
        Ok(())
    }

    /// The end of the data.
    pub(super) fn finish(&mut self, events: &mut impl Events) -> Result<(), Stop> {
        if self.stopped.is_some() {
            return Ok(());
        }
        match self.finish {
            Finish::Safe => Ok(()),
            Finish::Completes => events.message_complete().map_err(|halt| stop(0, halt)),
            Finish::Unsafe => Err(Stop::new(0, "HPE_INVALID_EOF_STATE", "Invalid EOF state")),
        }
    }

    fn start(&mut self, data: &[u8], at: usize, events: &mut impl Events) -> Parsed {
        if matches!(data[at], b'\r' | b'\n') {
            return Ok(at + 1);
        }
        (self.head, self.flags, self.length) = (Head::default(), Flags::default(), 0);
        self.finish = Finish::Unsafe;
        self.word.clear();
        self.state = State::Line(start_line::first(self.kind));
        events.message_begin().map_err(|halt| stop(at, halt))?;
        Ok(at)
    }

    fn closed(&self, data: &[u8], at: usize) -> Parsed {
        if matches!(data[at], b'\r' | b'\n') || self.lenient.has(Lenient::DATA_AFTER_CLOSE) {
            return Ok(at + 1);
        }
        Err(Stop::new(at + 1, "HPE_CLOSED_CONNECTION", "Data after `Connection: close`"))
    }

    fn body(&mut self, data: &[u8], at: usize, events: &mut impl Events) -> Parsed {
        let end = self.take_body(data, at, events)?;
        if self.length == 0 { self.message_complete(end, events) } else { Ok(end) }
    }

    /// Hands on what there is of a body whose length is known.
    pub(super) fn take_body(&mut self, data: &[u8], at: usize, events: &mut impl Events) -> Parsed {
        let count = (data.len() - at).min(usize::try_from(self.length).unwrap_or(usize::MAX));
        self.length -= count as u64;
        events.body(&data[at..at + count]).map_err(|halt| stop(at + count, halt))?;
        Ok(at + count)
    }

    /// After the empty line that ends the headers; `at` is behind it.
    pub(super) fn headers_complete(&mut self, at: usize, events: &mut impl Events) -> Parsed {
        self.head.upgrade = self.flags.upgrade && self.flags.connection_upgrade
            || self.is_request() && self.head.method == method::CONNECT;
        self.head.keep_alive = self.should_keep_alive();
        match events.headers_complete(self.head).map_err(|halt| stop(at, halt))? {
            Next::Body => {}
            Next::NoBody => self.flags.skip_body = true,
            Next::Upgrade => (self.flags.skip_body, self.head.upgrade) = (true, true),
        }
        let has_body = self.flags.chunked || self.length > 0;
        let connects = self.is_request() && self.head.method == method::CONNECT;
        let status = if self.is_request() { 0 } else { self.head.status };
        if self.head.upgrade && (connects || self.flags.skip_body || !has_body) || status == 101 {
            self.head.upgrade = true;
            return self.message_complete(at, events);
        }
        if self.flags.skip_body || matches!(status, 100 | 102 | 103 | 204 | 304) {
            return self.message_complete(at, events);
        }
        if self.flags.chunked {
            self.state = State::Chunk(chunk::State::SizeStart);
        } else if self.flags.transfer_encoding {
            let lenient = self.lenient.has(Lenient::CHUNKED_LENGTH | Lenient::TRANSFER_ENCODING);
            if self.is_request() && !lenient {
                let reason = "Request has invalid `Transfer-Encoding`";
                return Err(Stop::new(at, "HPE_INVALID_TRANSFER_ENCODING", reason));
            }
            self.body_to_end();
        } else if self.flags.content_length && self.length > 0 {
            self.state = State::Body;
        } else if !self.flags.content_length && self.needs_end() {
            self.body_to_end();
        } else {
            return self.message_complete(at, events);
        }
        Ok(at)
    }

    fn body_to_end(&mut self) {
        self.finish = Finish::Completes;
        self.state = State::BodyToEnd;
    }

    /// After the last byte of a message; `at` is behind it.
    pub(super) fn message_complete(&mut self, at: usize, events: &mut impl Events) -> Parsed {
        let upgrade = self.head.upgrade;
        self.finish = Finish::Safe;
        let again = self.should_keep_alive() || self.lenient.has(Lenient::KEEP_ALIVE);
        self.state = match () {
            () if upgrade => State::Upgraded,
            () if again => State::Start,
            () => State::Closed,
        };
        events.message_complete().map_err(|halt| stop(at, halt))?;
        if upgrade {
            return Err(Stop::new(at, Stop::UPGRADE, "Pause on CONNECT/Upgrade"));
        }
        Ok(at)
    }

    /// Whether a further message may come on this connection.
    pub(super) fn should_keep_alive(&self) -> bool {
        let lasts = if self.head.major > 0 && self.head.minor > 0 {
            !self.flags.connection_close
        } else {
            self.flags.connection_keep_alive
        };
        lasts && !self.needs_end()
    }

    /// Whether only the end of the connection ends the message (RFC 9112, 6.3).
    fn needs_end(&self) -> bool {
        if self.is_request() || self.flags.skip_body || matches!(self.head.status, 100..=199 | 204 | 304) {
            return false;
        }
        if self.flags.transfer_encoding && !self.flags.chunked {
            return true;
        }
        !self.flags.chunked && !self.flags.content_length
    }

    pub(super) fn is_request(&self) -> bool {
        self.kind == Type::Request
    }

    /// Lets a bare LF stand for CR LF, if that is allowed.
    pub(super) fn bare_lf(&self, at: usize, code: &'static str, reason: &'static str) -> Result<(), Stop> {
        grammar::unless(self.lenient.has(Lenient::OPTIONAL_CR_BEFORE_LF), at + 1, code, reason)
    }
}

/// A stop that a callback asked for.
pub(super) fn stop(at: usize, halt: Halt) -> Stop {
    Stop::new(at, halt.code, halt.reason)
}

/// The first letters of a word.
#[derive(Clone, Copy, Default)]
pub(super) struct Word {
    letters: [u8; 20],
    length: usize,
}

impl Word {
    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Adds a letter; past its room, letters are only counted.
    pub(super) fn push(&mut self, letter: u8) {
        if let Some(place) = self.letters.get_mut(self.length) {
            *place = letter;
        }
        self.length += 1;
    }

    /// The word; none if it is too long to be one that matters.
    pub(super) fn letters(&self) -> Option<&[u8]> {
        self.letters.get(..self.length)
    }

    /// Whether it is this word in any case, with white space behind it or not.
    pub(super) fn is(&self, word: &str) -> bool {
        self.letters().is_some_and(|letters| letters.trim_ascii_end().eq_ignore_ascii_case(word.as_bytes()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }
}
