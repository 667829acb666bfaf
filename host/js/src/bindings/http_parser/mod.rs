//! `http_parser`: messages of HTTP/1 for `http`'s servers and clients (`node_http_parser.cc`).

mod connections;
mod grammar;
mod lenient;
mod message;
mod method;
mod parser;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use self::connections::Connections;
use self::lenient::Lenient;
use self::message::Message;
use self::parser::{Events, Halt, Head, Next, Parser, Stop, Type};
use crate::bindings::async_wrap::{self, Resource};
use crate::bindings::stream::{self, Consumer, Stream};
use crate::bindings::{buffer, handle};
use crate::callback;
use crate::native::{self, Native};
use crate::realm::realm;
use crate::table::{Class, Table};
use crate::value::*;

// Where a parser has its callbacks.
const ON_MESSAGE_BEGIN: u32 = 0;
const ON_HEADERS: u32 = 1;
const ON_HEADERS_COMPLETE: u32 = 2;
const ON_BODY: u32 = 3;
const ON_MESSAGE_COMPLETE: u32 = 4;
const ON_EXECUTE: u32 = 5;

/// Longest extensions of the chunks of a message, in bytes.
const MAX_CHUNK_EXTENSIONS: usize = 16 << 10;
/// Longest headers of a message in bytes, unless somebody says otherwise.
const MAX_HEADERS: u64 = 16 << 10;

/// A callback threw.
const EXCEPTION: Halt = Halt { code: "HPE_JS_EXCEPTION", reason: "JS Exception" };

/// A parser, and the message it is in.
#[derive(Default)]
struct HttpParser {
    resource: Resource,
    /// Taken out while it runs.
    parser: RefCell<Option<Parser>>,
    message: RefCell<Message>,
    max_headers: Cell<u64>,
    headers_length: Cell<u64>,
    extensions_length: Cell<usize>,
    headers_completed: Cell<bool>,
    /// When the message began, or the connection, in nanoseconds; 0 between messages.
    began: Cell<u64>,
    connections: RefCell<Option<Rc<Connections>>>,
    /// The data that is being parsed.
    current: RefCell<Option<Rc<[u8]>>>,
    stream: RefCell<Option<std::rc::Weak<Stream>>>,
    paused: Cell<bool>,
}

impl Native for HttpParser {}

pub(super) fn table() -> Table {
    let class = Class::new("HTTPParser", |scope: &mut Scope, args: Args, _: Ret| {
        native::wrap(scope, args.this(), Rc::new(HttpParser::default()));
    });
    let class = async_wrap::methods(class)
        .method("initialize", initialize)
        .method("execute", execute)
        .method("finish", finish)
        .method("close", release)
        .method("free", release)
        .method("remove", |scope: &mut Scope, args: Args, _: Ret| {
            let Some(parser) = native::this::<HttpParser>(scope, &args) else { return };
            parser.leave();
        })
        .method("pause", |scope: &mut Scope, args: Args, _: Ret| set_paused(scope, &args, true))
        .method("resume", |scope: &mut Scope, args: Args, _: Ret| set_paused(scope, &args, false))
        .method("consume", consume)
        .method("unconsume", |scope: &mut Scope, args: Args, _: Ret| {
            let Some(parser) = native::this::<HttpParser>(scope, &args) else { return };
            parser.unconsume();
        })
        .method("getCurrentBuffer", current_buffer);
    connections::class(Table::new("http_parser").class(class))
}

/// `initialize(type, resource, maxHeaderSize, lenientFlags, connectionsList)`
fn initialize(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(parser) = native::this::<HttpParser>(scope, &args) else { return };
    let kind = if arg_u32(scope, &args, 0) == 2 { Type::Response } else { Type::Request };
    let provider = if kind == Type::Request { "HTTPINCOMINGMESSAGE" } else { "HTTPCLIENTREQUEST" };
    let this = args.this();
    parser.resource.reset(scope, this, arg_object(&args, 1).unwrap_or(this), provider);
    let size = arg_f64(scope, &args, 2);
    let size = if size > 0.0 { size as u64 } else { default_header_size(scope) };
    parser.begin(kind, size, Lenient(arg_u32(scope, &args, 3)));
    parser.leave();
    if let Some(connections) = native::unwrap::<Connections>(scope, args.get(4)) {
        // From now on, so that a connection on which nothing comes expires too.
        parser.began.set(realm(scope).sys().monotonic());
        connections.add(&parser, keep(scope, this));
        *parser.connections.borrow_mut() = Some(connections);
    }
}

fn default_header_size(scope: &Scope<'_, '_>) -> u64 {
    realm(scope).program.options.number("--max-http-header-size").map_or(MAX_HEADERS, |size| size as u64)
}

/// `execute(buffer)`: how much was taken, or an error.
fn execute<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, mut rv: Ret<'_>) {
    let Some(parser) = native::this::<HttpParser>(scope, &args) else { return };
    // A copy: callbacks may do with the buffer what they like.
    let Some(data) = Memory::of(scope, args.get(0)).map(|memory| Rc::from(memory.bytes())) else {
        return throw_type(scope, "Argument must be a buffer");
    };
    let this = args.this();
    *parser.current.borrow_mut() = Some(Rc::clone(&data));
    let result = parser.execute(scope, this, Some(&data));
    parser.current.take();
    if let Some(result) = result {
        rv.set(result);
    }
}

/// `finish()`: an error where the data should not have ended.
fn finish<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, mut rv: Ret<'_>) {
    let Some(parser) = native::this::<HttpParser>(scope, &args) else { return };
    let this = args.this();
    if let Some(result) = parser.execute(scope, this, None) {
        rv.set(result);
    }
}

fn release(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(parser) = native::this::<HttpParser>(scope, &args) else { return };
    parser.leave();
    parser.unconsume();
    async_wrap::queue_destroy(scope, parser.resource.ids().id);
}

fn set_paused(scope: &mut Scope<'_, '_>, args: &Args<'_>, paused: bool) {
    let Some(parser) = native::this::<HttpParser>(scope, args) else { return };
    parser.paused.set(paused);
}

/// `consume(stream)`: takes what comes on a stream past JavaScript.
fn consume(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(parser) = native::this::<HttpParser>(scope, &args) else { return };
    let Some(stream) = handle::unwrap::<Stream>(scope, args.get(0)) else {
        return throw_type(scope, "Argument must be a stream");
    };
    *parser.stream.borrow_mut() = Some(Rc::downgrade(&stream));
    stream::consume(&stream, Some(Rc::new(Consumed { object: keep(scope, args.this()), parser })));
}

/// `getCurrentBuffer()`: a copy of what is being parsed.
fn current_buffer(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(parser) = native::this::<HttpParser>(scope, &args) else { return };
    let current = parser.current.borrow().as_ref().map(|data| data.to_vec());
    if let Some(data) = current {
        rv.set(buffer::new_buffer(scope, data));
    }
}

/// What a consumed stream keeps.
struct Consumed {
    parser: Rc<HttpParser>,
    object: v8::Global<v8::Object>,
}

impl Consumer for Consumed {
    fn read(&self, scope: &mut Scope<'_, '_>, data: Vec<u8>) {
        let data: Rc<[u8]> = data.into();
        *self.parser.current.borrow_mut() = Some(Rc::clone(&data));
        let object = v8::Local::new(scope, &self.object);
        callback::enter(scope, |scope| {
            let result = self.parser.execute(scope, object, Some(&data))?;
            self.parser.call(scope, object, ON_EXECUTE, &[result])
        });
        self.parser.current.take();
    }
}

impl HttpParser {
    fn begin(&self, kind: Type, max_headers: u64, lenient: Lenient) {
        *self.parser.borrow_mut() = Some(Parser::new(kind, lenient));
        *self.message.borrow_mut() = Message::default();
        self.max_headers.set(max_headers);
        self.headers_length.set(0);
        self.extensions_length.set(0);
        self.headers_completed.set(false);
        self.paused.set(false);
    }

    /// Leaves the list of connections.
    fn leave(&self) {
        if let Some(connections) = self.connections.take() {
            connections.remove(self);
        }
    }

    fn unconsume(&self) {
        if let Some(stream) = self.stream.take().and_then(|stream| stream.upgrade()) {
            stream::consume(&stream, None);
        }
    }

    /// Parses data, or its end: how much was taken, or an error; none where a callback threw.
    fn execute<'s>(&self, scope: &mut Scope<'s, '_>, object: Object<'s>, data: Option<&[u8]>) -> Option<Value<'s>> {
        // None while it runs: a callback that calls for it gets no further.
        let mut parser = self.parser.take()?;
        let stopped = if self.paused.get() && data.is_some() {
            Err(Stop::new(0, "HPE_PAUSED", "Paused"))
        } else {
            let mut calls = Calls { scope, native: self, object, is_request: parser.is_request() };
            match data {
                Some(data) => parser.execute(data, &mut calls),
                None => parser.finish(&mut calls),
            }
        };
        let upgraded = parser.head.upgrade;
        // A callback may have begun anew.
        self.parser.borrow_mut().get_or_insert(parser);
        let taken = match stopped {
            Ok(()) => data.map_or(0, <[u8]>::len),
            Err(Stop { code, .. }) if code == EXCEPTION.code => return None,
            Err(stop) if stop.code == Stop::UPGRADE || upgraded => stop.at,
            Err(stop) => return Some(parse_error(scope, stop)),
        };
        Some(if data.is_some() { number(scope, taken as f64) } else { undefined(scope) })
    }

    /// Calls the callback of that number; undefined where there is none.
    fn call<'s>(
        &self,
        scope: &mut Scope<'s, '_>,
        object: Object<'s>,
        number: u32,
        args: &[Value<'s>],
    ) -> Option<Value<'s>> {
        let callback = object.get_index(scope, number)?;
        match Function::try_from(callback) {
            Ok(callback) => callback::make_callback(scope, self.resource.ids(), object, callback, args),
            Err(_) => Some(undefined(scope)),
        }
    }

    fn count_header(&self, length: usize) -> Result<(), Halt> {
        self.headers_length.set(self.headers_length.get() + length as u64);
        if self.headers_length.get() >= self.max_headers.get() {
            return Err(Halt { code: "HPE_HEADER_OVERFLOW", reason: "Header overflow" });
        }
        Ok(())
    }
}

fn parse_error<'s>(scope: &Scope<'s, '_>, stop: Stop) -> Value<'s> {
    let error = v8::Exception::error(scope, string(scope, "Parse Error"));
    if let Ok(object) = Object::try_from(error) {
        set_number(scope, object, "bytesParsed", stop.at as f64);
        set_string(scope, object, "code", stop.code);
        set_string(scope, object, "reason", stop.reason);
    }
    error
}

/// Tells JavaScript what is parsed.
struct Calls<'a, 's, 'p, 'i> {
    scope: &'a mut Scope<'s, 'i>,
    native: &'p HttpParser,
    object: Object<'s>,
    is_request: bool,
}

impl<'s> Calls<'_, 's, '_, '_> {
    fn call(&mut self, number: u32, args: &[Value<'s>]) -> Result<Value<'s>, Halt> {
        self.native.call(self.scope, self.object, number, args).ok_or(EXCEPTION)
    }

    /// Hands on the headers so far: there are many, or they are trailers.
    fn flush(&mut self) -> Result<(), Halt> {
        let args = self.native.message.borrow_mut().flush(self.scope);
        self.call(ON_HEADERS, &args).map(drop)
    }
}

impl Events for Calls<'_, '_, '_, '_> {
    fn message_begin(&mut self) -> Result<(), Halt> {
        let native = self.native;
        native.message.borrow_mut().begin();
        native.headers_completed.set(false);
        native.extensions_length.set(0);
        native.began.set(realm(self.scope).sys().monotonic());
        if let Some(connections) = &*native.connections.borrow() {
            connections.set_active(native, true);
        }
        self.call(ON_MESSAGE_BEGIN, &[]).map(drop)
    }

    fn url(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.native.count_header(piece.len())?;
        self.native.message.borrow_mut().url.extend_from_slice(piece);
        Ok(())
    }

    fn status(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.native.count_header(piece.len())?;
        self.native.message.borrow_mut().status.extend_from_slice(piece);
        Ok(())
    }

    fn header_field(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.native.count_header(piece.len())?;
        if self.native.message.borrow().is_full() {
            self.flush()?;
        }
        self.native.message.borrow_mut().field(piece);
        Ok(())
    }

    fn header_value(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.native.count_header(piece.len())?;
        self.native.message.borrow_mut().value(piece);
        Ok(())
    }

    fn headers_complete(&mut self, head: Head) -> Result<Next, Halt> {
        let native = self.native;
        native.headers_completed.set(true);
        native.headers_length.set(0);
        if native.message.borrow().was_flushed() {
            self.flush()?;
        }
        let args = native.message.borrow_mut().head(self.scope, head, self.is_request);
        let answer = self.call(ON_HEADERS_COMPLETE, &args)?;
        match answer.int32_value(self.scope).ok_or(EXCEPTION)? {
            0 => Ok(Next::Body),
            1 => Ok(Next::NoBody),
            2 => Ok(Next::Upgrade),
            _ => Err(Halt { code: "HPE_CB_HEADERS_COMPLETE", reason: "User callback error" }),
        }
    }

    fn chunk_header(&mut self) {
        self.native.headers_length.set(0);
        self.native.extensions_length.set(0);
    }

    fn chunk_extension(&mut self, piece: &[u8]) -> Result<(), Halt> {
        let length = &self.native.extensions_length;
        length.set(length.get() + piece.len());
        if length.get() > MAX_CHUNK_EXTENSIONS {
            return Err(Halt { code: "HPE_CHUNK_EXTENSIONS_OVERFLOW", reason: "Chunk extensions overflow" });
        }
        Ok(())
    }

    fn body(&mut self, piece: &[u8]) -> Result<(), Halt> {
        if piece.is_empty() {
            return Ok(());
        }
        let buffer = buffer::new_buffer(self.scope, piece.to_vec());
        self.call(ON_BODY, &[buffer]).map(drop)
    }

    fn chunk_complete(&mut self) {
        self.native.headers_length.set(0);
    }

    fn message_complete(&mut self) -> Result<(), Halt> {
        let native = self.native;
        native.began.set(0);
        if let Some(connections) = &*native.connections.borrow() {
            connections.set_active(native, false);
        }
        if native.message.borrow().has_headers() {
            self.flush()?;
        }
        self.call(ON_MESSAGE_COMPLETE, &[]).map(drop)
    }
}
