//! `js_stream`: a stream of JavaScript's as native code sees one (`JSStream`). What is asked of it are calls to methods of
//! its object: `onreadstart`, `onreadstop`, `onwrite`, `onshutdown`.

use std::cell::{Cell, RefCell};

use crate::Errno;
use crate::bindings::encodings::{self, Encoding};
use crate::bindings::handle;
use crate::bindings::stream::{self, READ_SIZE};
use crate::callback;
use crate::errors;
use crate::table::{Class, Table};
use crate::value::*;

/// What the object of a stream carries.
#[derive(Default)]
struct JsStream {
    user_buffer: RefCell<Option<v8::Global<v8::Value>>>,
    bytes_read: Cell<u64>,
    bytes_written: Cell<u64>,
}

pub(super) fn table() -> Table {
    let class = handle::request_class("JSStream", |scope: &mut Scope, args: Args, _: Ret| {
        handle::new_request_with(scope, &args, "JSSTREAM", Box::new(JsStream::default()));
    });
    Table::new("js_stream").class(accessors(writers(class)).method("readBuffer", read_buffer).method(
        "emitEOF",
        |scope: &mut Scope, args: Args, _: Ret| {
            let this = v8::Local::new(scope, args.this());
            emit_read(scope, this, Errno::EOF.code(), None);
        },
    ))
}

fn writers(class: Class) -> Class {
    class
        .method("readStart", |scope: &mut Scope, args: Args, rv: Ret| ask(scope, &args, rv, "onreadstart", 0))
        .method("readStop", |scope: &mut Scope, args: Args, rv: Ret| ask(scope, &args, rv, "onreadstop", 0))
        .method("shutdown", |scope: &mut Scope, args: Args, rv: Ret| ask(scope, &args, rv, "onshutdown", 1))
        .method("finishWrite", finish)
        .method("finishShutdown", finish)
        .method("useUserBuffer", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let buffer = keep(scope, args.get(0));
            let this = v8::Local::new(scope, args.this());
            handle::request_payload(scope, this, |stream: &JsStream| *stream.user_buffer.borrow_mut() = Some(buffer));
            rv.set_int32(0);
        })
        .method("writeBuffer", |scope: &mut Scope, args: Args, rv: Ret| {
            let Some(memory) = Memory::of(scope, args.get(1)) else {
                return throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", "Second argument must be a buffer");
            };
            write(scope, &args, rv, vec![memory.to_vec()]);
        })
        .method("writeUtf8String", |scope: &mut Scope, args: Args, rv: Ret| {
            write_string(scope, &args, rv, Encoding::Utf8);
        })
        .method("writeAsciiString", |scope: &mut Scope, args: Args, rv: Ret| {
            write_string(scope, &args, rv, Encoding::Ascii);
        })
        .method("writeLatin1String", |scope: &mut Scope, args: Args, rv: Ret| {
            write_string(scope, &args, rv, Encoding::Latin1);
        })
        .method("writeUcs2String", |scope: &mut Scope, args: Args, rv: Ret| {
            write_string(scope, &args, rv, Encoding::Utf16);
        })
        .method("writev", |scope: &mut Scope, args: Args, rv: Ret| {
            let chunks = stream::chunks_of(scope, &args);
            if let Some(chunks) = chunks {
                write(scope, &args, rv, chunks);
            }
        })
}

fn accessors(class: Class) -> Class {
    class
        .getter("fd", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_int32(-1))
        .getter("bytesRead", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let this = v8::Local::new(scope, args.this());
            let count = handle::request_payload(scope, this, |stream: &JsStream| stream.bytes_read.get());
            rv.set_double(count.unwrap_or_default() as f64);
        })
        .getter("bytesWritten", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let this = v8::Local::new(scope, args.this());
            let count = handle::request_payload(scope, this, |stream: &JsStream| stream.bytes_written.get());
            rv.set_double(count.unwrap_or_default() as f64);
        })
        .getter("isStreamBase", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(true))
        // It tells streams apart; nothing follows it.
        .getter("_externalStream", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let this = v8::Local::new(scope, args.this());
            let at = handle::request_payload(scope, this, |stream: &JsStream| std::ptr::from_ref(stream));
            if let Some(at) = at {
                rv.set(v8::External::new(scope, at.cast_mut().cast()).into());
            }
        })
}

/// Calls a method of the stream's object, which answers with an error number. What it throws is uncaught.
fn call<'s>(scope: &mut Scope<'s, '_>, this: Object<'s>, method: &str, args: &[Value<'s>]) -> i32 {
    let ids = handle::ids_of(scope, this).unwrap_or_default();
    v8::tc_scope!(let caught, scope);
    let answer = callback::make_callback_named(caught, ids, this, method, args);
    if let Some(exception) = caught.exception()
        && !caught.has_terminated()
    {
        let message = caught.message();
        caught.reset();
        errors::uncaught(caught, exception, message, false);
    }
    answer.and_then(|answer| answer.int32_value(caught)).unwrap_or(Errno::PROTO.code())
}

/// As [`call`]; the method is given so many of the callback's own arguments.
fn ask(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>, method: &str, count: i32) {
    let this = v8::Local::new(scope, args.this());
    let arguments: Vec<Value<'_>> = (0..count).map(|index| v8::Local::new(scope, args.get(index))).collect();
    rv.set_int32(call(scope, this, method, &arguments));
}

fn write_string(scope: &mut Scope<'_, '_>, args: &Args<'_>, rv: Ret<'_>, encoding: Encoding) {
    let data = encodings::encode_value(scope, args.get(1), encoding);
    write(scope, args, rv, vec![data]);
}

/// `write…(request, data)`: an error number; where there is none `finishWrite` is called later.
fn write(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>, chunks: Vec<Vec<u8>>) {
    let this = v8::Local::new(scope, args.this());
    let total: usize = chunks.iter().map(Vec::len).sum();
    handle::request_payload(scope, this, |stream: &JsStream| {
        stream.bytes_written.set(stream.bytes_written.get() + total as u64);
    });
    let buffers: Vec<Value<'_>> = chunks.into_iter().map(|chunk| super::buffer::new_buffer(scope, chunk)).collect();
    let buffers = array(scope, &buffers);
    let request = v8::Local::new(scope, args.get(0));
    let status = call(scope, this, "onwrite", &[request, buffers]);
    stream::set_written(scope, total, status == 0);
    rv.set_int32(status);
}

/// `finishWrite(request, status)` and `finishShutdown(request, status)`
fn finish(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(request) = arg_object(&args, 0) else { return };
    let request = v8::Local::new(scope, request);
    let status = integer(scope, arg_i32(scope, &args, 1));
    let none = undefined(scope);
    let this = v8::Local::new(scope, args.this());
    handle::complete(scope, request, &[status, this.into(), none]);
}

/// `readBuffer(data)`: the stream has got this.
fn read_buffer(scope: &mut Scope, args: Args, _rv: Ret) {
    let this = v8::Local::new(scope, args.this());
    let data = bytes_of(scope, args.get(0));
    let mut rest = data.as_slice();
    while !rest.is_empty() {
        let user = handle::request_payload(scope, this, |stream: &JsStream| stream.user_buffer.borrow().clone());
        let user = user.flatten().map(|buffer| v8::Local::new(scope, buffer));
        let memory = user.and_then(|buffer| Memory::of(scope, buffer));
        let room = memory.as_ref().map_or(READ_SIZE, Memory::len);
        let (piece, later) = rest.split_at(room.min(rest.len()));
        if piece.is_empty() {
            return emit_read(scope, this, Errno::NOBUFS.code(), None);
        }
        handle::request_payload(scope, this, |stream: &JsStream| {
            stream.bytes_read.set(stream.bytes_read.get() + piece.len() as u64);
        });
        let own = match memory {
            Some(memory) => {
                memory.bytes_mut()[..piece.len()].copy_from_slice(piece);
                None
            }
            None => Some(piece.to_vec()),
        };
        emit_read(scope, this, piece.len() as i32, own);
        rest = later;
    }
}

/// Tells of a read, or with an error number of why there are no more.
fn emit_read<'s>(scope: &mut Scope<'s, '_>, this: Object<'s>, count: i32, data: Option<Vec<u8>>) {
    let argument = stream::read_argument(scope, count, data);
    let ids = handle::ids_of(scope, this).unwrap_or_default();
    let next = callback::make_callback_named(scope, ids, this, "onread", &[argument]);
    if let Some(next) = next.filter(|next| next.is_array_buffer_view()) {
        let next = keep(scope, next);
        handle::request_payload(scope, this, |stream: &JsStream| {
            if let Some(buffer) = stream.user_buffer.borrow_mut().as_mut() {
                *buffer = next;
            }
        });
    }
}
