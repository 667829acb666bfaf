//! `zlib`: compression and decompression of streams.
//!
//! Input is copied piece by piece and output goes through a buffer of the executor's own, because JavaScript may change,
//! shrink or detach its buffers while another thread works.

mod brotli;
mod codec;
mod deflate;
mod zstd;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use self::codec::{Codec, Problem};
use crate::bindings::handle;
use crate::callback;
use crate::pool;
use crate::table::{Class, Table};
use crate::value::*;

/// How much input is copied at a time, in bytes.
const PIECE: usize = 128 << 10;

pub(super) fn table() -> Table {
    Table::new("zlib")
        .class(class("Zlib", init_zlib))
        .class(class("BrotliEncoder", init_brotli_encoder))
        .class(class("BrotliDecoder", init_brotli_decoder))
        .class(class("ZstdCompress", init_zstd_encoder))
        .class(class("ZstdDecompress", init_zstd_decoder))
        .function("crc32", crc32)
}

fn class(name: &'static str, init: impl v8::MapFnTo<v8::FunctionCallback>) -> Class {
    handle::request_class(name, |scope: &mut Scope, args: Args, _: Ret| {
        let stream = Rc::new(Stream { mode: arg_u32(scope, &args, 0), ..Stream::default() });
        handle::new_request_with(scope, &args, "ZLIB", Box::new(stream));
    })
    .method("init", init)
    .method("params", params)
    .method("reset", reset)
    .method("write", write)
    .method("writeSync", write_sync)
    .method("close", close)
}

/// What an object of any of the classes has.
#[derive(Default)]
struct Stream {
    /// A number of `zlib.constants`.
    mode: u32,
    /// None before `init`, after `close`, and while another thread has it.
    codec: RefCell<Option<Box<dyn Codec>>>,
    /// Where the lengths of what is left go, and what is called when a `write` is done.
    report: RefCell<Option<(v8::Global<v8::Value>, v8::Global<v8::Function>)>>,
    writing: Cell<bool>,
    /// `close` was called while a `write` was under way.
    closing: Cell<bool>,
}

impl Stream {
    fn close(&self) {
        self.closing.set(self.writing.get());
        self.codec.borrow_mut().take();
    }
}

fn this_stream(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Option<Rc<Stream>> {
    let this = v8::Local::new(scope, args.this());
    let stream = handle::request_payload(scope, this, |stream: &Rc<Stream>| Rc::clone(stream));
    if stream.is_none() {
        throw_type(scope, "Illegal invocation");
    }
    stream
}

impl Stream {
    fn start(&self, scope: &Scope<'_, '_>, codec: Box<dyn Codec>, state: Value<'_>, done: Value<'_>) {
        let Ok(done) = Function::try_from(done) else { return };
        *self.report.borrow_mut() = Some((keep(scope, state), keep(scope, done)));
        *self.codec.borrow_mut() = Some(codec);
    }
}

/// `init(windowBits, level, memLevel, strategy, writeState, processCallback, dictionary, rejectGarbageAfterEnd)`
fn init_zlib(scope: &mut Scope, args: Args, _: Ret) {
    let Some(stream) = this_stream(scope, &args) else { return };
    let Some(mode) = deflate::Mode::from_number(stream.mode) else { return throw_type(scope, "Bad mode") };
    let options = deflate::Options {
        mode,
        window_bits: arg_i32(scope, &args, 0),
        level: arg_i32(scope, &args, 1),
        memory_level: arg_i32(scope, &args, 2),
        strategy: arg_i32(scope, &args, 3),
        dictionary: dictionary(scope, args.get(6)),
        single_member: args.get(7).is_true(),
    };
    stream.start(scope, Box::new(deflate::Zlib::new(options)), args.get(4), args.get(5));
}

fn dictionary(scope: &Scope<'_, '_>, value: Value<'_>) -> Vec<u8> {
    Memory::of(scope, value).map_or_else(Vec::new, |memory| memory.to_vec())
}

/// Parameters in an array by their numbers; `u32::MAX` stands for what is not set.
fn parameters(scope: &Scope<'_, '_>, args: &Args<'_>) -> Vec<(u32, u32)> {
    let values = Memory::of(scope, args.get(0)).map_or_else(Vec::new, |memory| memory.to_vec());
    let values = values.chunks_exact(4).map(|bytes| u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    (0..).zip(values).filter(|&(_, value)| value != u32::MAX).collect()
}

/// `init(params, writeState, processCallback, dictionary)`
fn init_brotli_encoder(scope: &mut Scope, args: Args, _: Ret) {
    let codec = brotli::Encoder::new(parameters(scope, &args), dictionary(scope, args.get(3)));
    init_brotli(scope, &args, codec.map(|codec| Box::new(codec) as Box<dyn Codec>));
}

fn init_brotli_decoder(scope: &mut Scope, args: Args, _: Ret) {
    let codec = brotli::Decoder::new(parameters(scope, &args), dictionary(scope, args.get(3)));
    init_brotli(scope, &args, codec.map(|codec| Box::new(codec) as Box<dyn Codec>));
}

fn init_brotli(scope: &mut Scope<'_, '_>, args: &Args<'_>, codec: Option<Box<dyn Codec>>) {
    let Some(stream) = this_stream(scope, args) else { return };
    match codec {
        Some(codec) => stream.start(scope, codec, args.get(1), args.get(2)),
        None => throw_code(scope, Kind::Error, "ERR_ZLIB_INITIALIZATION_FAILED", "Initialization failed"),
    }
}

/// `init(params, pledgedSrcSize, writeState, processCallback, dictionary)`
fn init_zstd_encoder(scope: &mut Scope, args: Args, _: Ret) {
    let size = args.get(1);
    let size = size.is_number().then(|| integer_value(scope, size).max(0) as u64);
    let codec = zstd::Encoder::new(&parameters(scope, &args), size, &dictionary(scope, args.get(4)));
    init_zstd(scope, &args, codec.map(|codec| Box::new(codec) as Box<dyn Codec>));
}

fn init_zstd_decoder(scope: &mut Scope, args: Args, _: Ret) {
    let codec = zstd::Decoder::new(&parameters(scope, &args), &dictionary(scope, args.get(4)));
    init_zstd(scope, &args, codec.map(|codec| Box::new(codec) as Box<dyn Codec>));
}

fn init_zstd(scope: &mut Scope<'_, '_>, args: &Args<'_>, codec: Result<Box<dyn Codec>, &'static str>) {
    let Some(stream) = this_stream(scope, args) else { return };
    match codec {
        Ok(codec) => stream.start(scope, codec, args.get(2), args.get(3)),
        Err(message) => throw_code(scope, Kind::Error, "ERR_ZLIB_INITIALIZATION_FAILED", message),
    }
}

/// `params(level, strategy)`
fn params(scope: &mut Scope, args: Args, _: Ret) {
    let Some(stream) = this_stream(scope, &args) else { return };
    let (level, strategy) = (arg_i32(scope, &args, 0), arg_i32(scope, &args, 1));
    let problem = stream.codec.borrow_mut().as_mut().and_then(|codec| codec.set_parameters(level, strategy));
    if let Some(problem) = problem {
        let this = v8::Local::new(scope, args.this());
        emit_error(scope, this, &problem);
    }
}

/// `reset()`
fn reset(scope: &mut Scope, args: Args, _: Ret) {
    let Some(stream) = this_stream(scope, &args) else { return };
    let problem = stream.codec.borrow_mut().as_mut().and_then(|codec| codec.reset());
    if let Some(problem) = problem {
        let this = v8::Local::new(scope, args.this());
        emit_error(scope, this, &problem);
    }
}

/// `close()`
fn close(scope: &mut Scope, args: Args, _: Ret) {
    let Some(stream) = this_stream(scope, &args) else { return };
    stream.close();
}

/// Calls `onerror(message, errno, code)`.
fn emit_error(scope: &mut Scope<'_, '_>, object: Object<'_>, problem: &Problem) {
    let message = string(scope, &problem.message).into();
    let errno = integer(scope, problem.errno);
    let code = string(scope, &problem.code).into();
    let object = v8::Local::new(scope, object);
    let ids = handle::ids_of(scope, object).unwrap_or_default();
    callback::make_callback_named(scope, ids, object, "onerror", &[message, errno, code]);
}

/// One `write`: as much as input and output allow.
struct Write {
    flush: u32,
    /// Where the input begins in its buffer, and how much of it there is.
    start: usize,
    length: usize,
    consumed: usize,
    /// Where the output goes in its buffer.
    target: usize,
    output: Vec<u8>,
    produced: usize,
}

impl Write {
    /// Reads `write(flush, in, inOffset, inLength, out, outOffset, outLength)`.
    fn of(scope: &Scope<'_, '_>, args: &Args<'_>) -> Self {
        let place = |buffer: i32| {
            let available = Memory::of(scope, args.get(buffer)).map_or(0, |memory| memory.len());
            let start = (arg_u32(scope, args, buffer + 1) as usize).min(available);
            (start, (arg_u32(scope, args, buffer + 2) as usize).min(available - start))
        };
        let (start, length) = place(1);
        let (target, room) = place(4);
        let flush = arg_u32(scope, args, 0);
        Self { flush, start, length, consumed: 0, target, output: vec![0; room], produced: 0 }
    }

    /// A copy of the next piece of input.
    fn piece(&self, scope: &Scope<'_, '_>, input: Value<'_>) -> Vec<u8> {
        let start = self.start + self.consumed;
        let end = start + (self.length - self.consumed).min(PIECE);
        Memory::of(scope, input).map_or_else(Vec::new, |memory| memory.slice(start, end).to_vec())
    }

    /// Works on a piece; whether there is more to do.
    fn run(&mut self, codec: &mut dyn Codec, piece: &[u8]) -> bool {
        // A piece that is shorter than it should be comes from a buffer that has shrunk.
        let last = self.consumed + piece.len() >= self.length || piece.is_empty();
        let flush = if last { self.flush } else { 0 };
        let (consumed, produced) = codec.run(flush, piece, &mut self.output[self.produced..]);
        self.consumed += consumed;
        self.produced += produced;
        !last && consumed == piece.len() && self.produced < self.output.len() && !codec.ended()
    }

    /// Hands over the output.
    fn give(&self, scope: &Scope<'_, '_>, output: Value<'_>) {
        if let Some(memory) = Memory::of(scope, output) {
            let place = memory.slice(self.target, self.target + self.produced);
            place.bytes_mut().copy_from_slice(&self.output[..place.len()]);
        }
    }

    fn room(&self) -> usize {
        self.output.len() - self.produced
    }

    /// Says how much output and input is left.
    fn report(&self, scope: &Scope<'_, '_>, state: Value<'_>) {
        let Some(memory) = Memory::of(scope, state) else { return };
        let left = [self.room() as u32, (self.length - self.consumed) as u32];
        for (place, value) in memory.bytes_mut().chunks_exact_mut(4).zip(left) {
            place.copy_from_slice(&value.to_ne_bytes());
        }
    }
}

/// `writeSync(flush, in, inOffset, inLength, out, outOffset, outLength)`
fn write_sync(scope: &mut Scope, args: Args, _: Ret) {
    let Some(stream) = this_stream(scope, &args) else { return };
    let mut write = Write::of(scope, &args);
    let problem = {
        let mut codec = stream.codec.borrow_mut();
        let Some(codec) = codec.as_deref_mut() else { return throw(scope, "already finalized") };
        loop {
            let piece = write.piece(scope, args.get(1));
            if !write.run(codec, &piece) {
                break codec.problem(write.room());
            }
        }
    };
    write.give(scope, args.get(4));
    if let Some(problem) = problem {
        let this = v8::Local::new(scope, args.this());
        return emit_error(scope, this, &problem);
    }
    if let Some((state, _)) = &*stream.report.borrow() {
        let state = v8::Local::new(scope, state);
        write.report(scope, state);
    }
}

/// JavaScript's side of a `write` under way.
struct Caller {
    stream: Rc<Stream>,
    object: v8::Global<v8::Object>,
    input: v8::Global<v8::Value>,
    output: v8::Global<v8::Value>,
}

/// `write(flush, in, inOffset, inLength, out, outOffset, outLength)`
fn write(scope: &mut Scope, args: Args, _: Ret) {
    let Some(stream) = this_stream(scope, &args) else { return };
    let Some(codec) = stream.codec.borrow_mut().take() else { return throw(scope, "write already in progress") };
    stream.writing.set(true);
    let write = Write::of(scope, &args);
    let caller = Caller {
        stream,
        object: keep(scope, args.this()),
        input: keep(scope, args.get(1)),
        output: keep(scope, args.get(4)),
    };
    go_on(scope, caller, codec, write);
}

/// Has another thread work on the next piece.
fn go_on(scope: &mut Scope<'_, '_>, caller: Caller, mut codec: Box<dyn Codec>, mut write: Write) {
    let input = v8::Local::new(scope, &caller.input);
    let piece = write.piece(scope, input);
    let work = move || {
        let more = write.run(&mut *codec, &piece);
        (codec, write, more)
    };
    let started = pool::run(scope, work, move |scope, (codec, write, more)| {
        if more && !caller.stream.closing.get() {
            go_on(scope, caller, codec, write);
        } else {
            finish(scope, &caller, codec, &write);
        }
    });
    if let Err(errno) = started {
        crate::errors::Failure::new(errno, "write").throw(scope);
    }
}

fn finish(scope: &mut Scope<'_, '_>, caller: &Caller, codec: Box<dyn Codec>, write: &Write) {
    let stream = &caller.stream;
    stream.writing.set(false);
    let output = v8::Local::new(scope, &caller.output);
    write.give(scope, output);
    let problem = codec.problem(write.room());
    if !stream.closing.take() {
        *stream.codec.borrow_mut() = Some(codec);
    }
    let object = v8::Local::new(scope, &caller.object);
    if let Some(problem) = problem {
        return emit_error(scope, object, &problem);
    }
    let report = stream.report.borrow().clone();
    let Some((state, done)) = report else { return };
    let (state, done) = (v8::Local::new(scope, state), v8::Local::new(scope, done));
    write.report(scope, state);
    let ids = handle::ids_of(scope, object).unwrap_or_default();
    callback::make_callback(scope, ids, object, done, &[]);
}

/// `crc32(data, value)`
fn crc32(scope: &mut Scope, args: Args, mut rv: Ret) {
    let value = arg_u32(scope, &args, 1);
    let sum = match Memory::of(scope, args.get(0)) {
        Some(memory) => deflate::crc32(value, memory.bytes()),
        None => deflate::crc32(value, arg_string(scope, &args, 0).as_bytes()),
    };
    rv.set_uint32(sum);
}
