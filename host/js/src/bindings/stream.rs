//! Streams over a kernel descriptor: what pipes, TCP sockets and terminals share (`LibuvStreamWrap`).

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use crate::Errno;
use crate::bindings::encodings::{self, Encoding};
use crate::bindings::handle::{self, Base, Handle};
use crate::event_loop::{WatchId, Watcher};
use crate::realm::realm;
use crate::sys::{Events, Fd, Shutdown};
use crate::table::{Class, Table};
use crate::value::*;

/// Bytes asked for at once, as libuv does.
pub(crate) const READ_SIZE: usize = 64 << 10;
/// Reads or connections taken in one turn, so that one stream does not starve the others.
const TURNS: usize = 16;

// Indices of `streamBaseState`.
const READ_BYTES_OR_ERROR: usize = 0;
const ARRAY_BUFFER_OFFSET: usize = 1;
const BYTES_WRITTEN: usize = 2;
const LAST_WRITE_WAS_ASYNC: usize = 3;

pub(crate) struct State(Cell<Shared<i32>>);

impl Default for State {
    fn default() -> Self {
        Self(Cell::new(Shared::none()))
    }
}

/// What the stream is to JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Pipe,
    /// A pipe that carries messages between processes, and descriptors with them.
    Channel,
    Tcp,
    Tty,
}

struct Write {
    data: Vec<u8>,
    done: usize,
    descriptors: Vec<Fd>,
    request: v8::Global<v8::Object>,
    /// A handle that is sent must not be closed before.
    _handle: Option<v8::Global<v8::Object>>,
}

/// Takes what is read from a stream in place of its object.
pub(crate) trait Consumer {
    fn read(&self, scope: &mut Scope<'_, '_>, data: Vec<u8>);
}

/// Sets who takes what is read from a stream; none is its object. That is told of the end and of errors in any case.
pub(crate) fn consume(stream: &Stream, consumer: Option<Rc<dyn Consumer>>) {
    *stream.consumer.borrow_mut() = consumer;
}

/// A stream over a descriptor.
pub(crate) struct Stream {
    base: Base,
    pub(crate) kind: Kind,
    fd: Cell<Option<Fd>>,
    watch: Cell<Option<WatchId>>,
    reading: Cell<bool>,
    listening: Cell<bool>,
    connecting: RefCell<Option<v8::Global<v8::Object>>>,
    writes: RefCell<VecDeque<Write>>,
    ending: RefCell<Option<v8::Global<v8::Object>>>,
    user_buffer: RefCell<Option<v8::Global<v8::Value>>>,
    consumer: RefCell<Option<Rc<dyn Consumer>>>,
    bytes_read: Cell<u64>,
    bytes_written: Cell<u64>,
    /// Writes wait in place: what a program says on its standard streams is not lost when it exits.
    blocking: Cell<bool>,
    /// IPv4's type of service, which nothing on a machine's network looks at.
    pub(crate) type_of_service: Cell<i32>,
    /// The name a Unix socket was bound to, which goes when it is closed.
    pub(crate) bound: RefCell<Option<Vec<u8>>>,
    /// Set where `bind` failed in a way that is told of by what comes after.
    pub(crate) delayed: Cell<Option<Errno>>,
}

impl Stream {
    pub(crate) fn new(scope: &mut Scope<'_, '_>, object: Object<'_>, kind: Kind, provider: &'static str) -> Rc<Self> {
        let stream = Rc::new(Self {
            base: Base::new(scope, object, provider),
            kind,
            fd: Cell::new(None),
            watch: Cell::new(None),
            reading: Cell::new(false),
            listening: Cell::new(false),
            connecting: RefCell::default(),
            writes: RefCell::default(),
            ending: RefCell::default(),
            user_buffer: RefCell::default(),
            consumer: RefCell::default(),
            bytes_read: Cell::new(0),
            bytes_written: Cell::new(0),
            blocking: Cell::new(false),
            type_of_service: Cell::new(0),
            bound: RefCell::default(),
            delayed: Cell::new(None),
        });
        handle::wrap(scope, object, Rc::clone(&stream) as Rc<dyn Handle>);
        stream
    }

    pub(crate) fn fd(&self) -> Option<Fd> {
        self.fd.get()
    }

    /// Takes over an open descriptor.
    pub(crate) fn open(self: &Rc<Self>, scope: &mut Scope<'_, '_>, fd: Fd) {
        self.fd.set(Some(fd));
        if fd == 1 || fd == 2 {
            self.blocking.set(true);
        }
        if self.watch.get().is_none() {
            let watch = realm(scope).event_loop.watch(Rc::clone(self) as Rc<dyn Watcher>);
            self.watch.set(Some(watch));
        }
    }

    pub(crate) fn listen(&self) {
        self.listening.set(true);
    }

    /// Waits for a connection that is under way; `request` is told how it went.
    pub(crate) fn connecting(&self, scope: &Scope<'_, '_>, request: Object<'_>) {
        *self.connecting.borrow_mut() = Some(keep(scope, request));
    }

    fn finish_connect(&self, scope: &mut Scope<'_, '_>) {
        let Some(request) = self.connecting.borrow_mut().take() else { return };
        let realm = realm(scope);
        let fd = self.fd.get().unwrap_or(u32::MAX);
        let status = match realm.sys().get_option(fd, crate::sys::SocketOption::Error) {
            Ok(0) => 0,
            Ok(number) => -(number as i32),
            Err(errno) => errno.code(),
        };
        connected(scope, &self.base, request, status);
    }

    /// Writes, at once as far as it goes. Gives how much that was.
    fn try_write(&self, scope: &Scope<'_, '_>, data: &[u8], descriptors: &[Fd]) -> Result<usize, Errno> {
        let realm = realm(scope);
        let sys = realm.sys();
        let Some(fd) = self.fd.get() else { return Err(Errno::BADF) };
        let mut done = 0;
        while done < data.len() {
            let rest = &data[done..];
            let result = if !descriptors.is_empty() && done == 0 {
                sys.send(fd, rest, None, descriptors)
            } else if self.blocking.get() {
                sys.write(fd, rest)
            } else {
                sys.try_write(fd, rest)
            };
            match result {
                Ok(count) => done += count,
                Err(Errno::INTR) if sys.is_gone() => return Err(Errno::INTR),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(errno) => return Err(errno),
            }
        }
        Ok(done)
    }

    fn flush(&self, scope: &mut Scope<'_, '_>) {
        loop {
            let Some(mut write) = self.writes.borrow_mut().pop_front() else { break };
            let descriptors = if write.done == 0 { write.descriptors.as_slice() } else { &[] };
            match self.try_write(scope, &write.data[write.done..], descriptors) {
                Ok(count) => {
                    write.done += count;
                    if write.done < write.data.len() {
                        self.writes.borrow_mut().push_front(write);
                        return;
                    }
                    self.complete(scope, &write.request, 0);
                }
                Err(errno) => self.complete(scope, &write.request, errno.code()),
            }
        }
        let ending = self.ending.borrow_mut().take();
        if let Some(request) = ending {
            let status = self.shut_down(scope);
            self.complete(scope, &request, status);
        }
    }

    fn shut_down(&self, scope: &Scope<'_, '_>) -> i32 {
        let fd = self.fd.get().unwrap_or(u32::MAX);
        match realm(scope).sys().shutdown(fd, Shutdown::Write) {
            // A plain pipe ends when it is closed.
            Ok(()) | Err(Errno::NOTSOCK | Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => 0,
            Err(errno) => errno.code(),
        }
    }

    /// Tells a request how it went: `oncomplete(status, handle, error)`.
    fn complete(&self, scope: &mut Scope<'_, '_>, request: &v8::Global<v8::Object>, status: i32) {
        let request = v8::Local::new(scope, request);
        let status = integer(scope, status);
        let object = self.base.object(scope).map_or_else(|| undefined(scope), Into::into);
        let error = undefined(scope);
        handle::complete(scope, request, &[status, object, error]);
    }

    fn read(self: &Rc<Self>, scope: &mut Scope<'_, '_>) {
        for _ in 0..TURNS {
            let (Some(fd), true) = (self.fd.get(), self.reading.get()) else { return };
            let user = self.user_buffer.borrow().as_ref().map(|buffer| v8::Local::new(scope, buffer));
            let user_memory = user.and_then(|buffer| Memory::of(scope, buffer));
            let mut own = Vec::new();
            let buffer: &mut [u8] = match &user_memory {
                Some(memory) => memory.bytes_mut(),
                None => {
                    own.resize(READ_SIZE, 0);
                    &mut own
                }
            };
            let room = buffer.len();
            let realm = realm(scope);
            let mut descriptors = Vec::new();
            let result = if self.kind == Kind::Channel {
                realm.sys().receive(fd, buffer).map(|message| {
                    descriptors = message.descriptors;
                    message.length
                })
            } else {
                realm.sys().try_read(fd, buffer)
            };
            match result {
                Err(Errno::AGAIN | Errno::INTR) => return,
                Ok(0) => {
                    self.reading.set(false);
                    return self.emit_read(scope, Errno::EOF.code(), None);
                }
                Err(errno) => {
                    self.reading.set(false);
                    return self.emit_read(scope, errno.code(), None);
                }
                Ok(count) => {
                    self.bytes_read.set(self.bytes_read.get() + count as u64);
                    for fd in descriptors {
                        super::pipe_wrap::take_descriptor(scope, &self.base, fd);
                    }
                    let data = if user_memory.is_some() {
                        None
                    } else {
                        own.truncate(count);
                        // Not worth keeping so much room for a few bytes.
                        own.shrink_to_fit();
                        Some(own)
                    };
                    self.emit_read(scope, count as i32, data);
                    if count < room {
                        return;
                    }
                }
            }
        }
    }

    fn emit_read(&self, scope: &mut Scope<'_, '_>, count: i32, data: Option<Vec<u8>>) {
        let consumer = self.consumer.borrow().clone();
        let data = match (consumer, data) {
            (Some(consumer), Some(data)) => return consumer.read(scope, data),
            (_, data) => data,
        };
        let argument = read_argument(scope, count, data);
        let next = self.base.call(scope, "onread", &[argument]);
        if self.user_buffer.borrow().is_some()
            && let Some(next) = next.filter(|next| next.is_array_buffer_view())
        {
            *self.user_buffer.borrow_mut() = Some(keep(scope, next));
        }
    }

    fn accept(self: &Rc<Self>, scope: &mut Scope<'_, '_>) {
        for _ in 0..TURNS {
            let (Some(fd), true) = (self.fd.get(), self.listening.get()) else { return };
            let accepted = realm(scope).sys().accept(fd);
            match accepted {
                Ok((client, _)) => {
                    let object = match self.kind {
                        Kind::Tcp => super::tcp_wrap::create(scope, client),
                        _ => super::pipe_wrap::create(scope, client),
                    };
                    let Some(object) = object else { return };
                    let status = integer(scope, 0);
                    self.base.call(scope, "onconnection", &[status, object.into()]);
                }
                Err(Errno::AGAIN | Errno::INTR | Errno::CONNABORTED) => return,
                Err(errno) => {
                    let status = integer(scope, errno.code());
                    let none = undefined(scope);
                    self.base.call(scope, "onconnection", &[status, none]);
                    return;
                }
            }
        }
    }
}

/// Puts into the shared state what `onread` looks at there: bytes that were read, or an error number. Gives its argument.
pub(crate) fn read_argument<'s>(scope: &mut Scope<'s, '_>, count: i32, data: Option<Vec<u8>>) -> Value<'s> {
    let state = realm(scope).state::<State>().0.get();
    state.set(READ_BYTES_OR_ERROR, count);
    state.set(ARRAY_BUFFER_OFFSET, 0);
    match data {
        Some(data) => array_buffer(scope, data).into(),
        None => undefined(scope),
    }
}

/// Puts into the shared state how much a write takes, and whether its request is told of its end later.
pub(crate) fn set_written(scope: &Scope<'_, '_>, bytes: usize, later: bool) {
    let state = realm(scope).state::<State>().0.get();
    state.set(BYTES_WRITTEN, bytes as i32);
    state.set(LAST_WRITE_WAS_ASYNC, i32::from(later));
}

/// Tells a connect request how it went.
pub(crate) fn connected(scope: &mut Scope<'_, '_>, base: &Base, request: v8::Global<v8::Object>, status: i32) {
    let request = v8::Local::new(scope, request);
    let Some(object) = base.object(scope) else { return };
    let status = integer(scope, status);
    let both = boolean(scope, true);
    handle::complete(scope, request, &[status, object.into(), request.into(), both, both]);
}

impl Handle for Stream {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        let realm = realm(scope);
        if let Some(watch) = self.watch.take() {
            realm.event_loop.unwatch(watch);
        }
        self.reading.set(false);
        self.listening.set(false);
        self.consumer.take();
        if let Some(path) = self.bound.take() {
            let _ = realm.sys().unlink(&path);
        }
        if let Some(fd) = self.fd.take() {
            // The standard streams belong to the process.
            if fd > 2 {
                let _ = realm.sys().close(fd);
            }
        }
        let canceled = Errno::CANCELED.code();
        let writes = std::mem::take(&mut *self.writes.borrow_mut());
        let requests = writes.into_iter().map(|write| write.request).chain(self.ending.borrow_mut().take());
        let connecting = self.connecting.borrow_mut().take();
        for request in requests.chain(connecting) {
            realm.event_loop.close(move |scope| {
                let request = v8::Local::new(scope, request);
                let status = integer(scope, canceled);
                let none = undefined(scope);
                handle::complete(scope, request, &[status, none, none]);
            });
        }
    }
}

impl Watcher for Stream {
    fn fd(&self) -> Fd {
        self.fd.get().unwrap_or(u32::MAX)
    }

    fn interest(&self) -> Events {
        if self.fd.get().is_none() {
            return Events::default();
        }
        let writable =
            self.connecting.borrow().is_some() || !self.writes.borrow().is_empty() || self.ending.borrow().is_some();
        Events { readable: self.reading.get() || self.listening.get(), writable, ..Events::default() }
    }

    fn is_ref(&self) -> bool {
        // What is being written is written out, whoever waits for it.
        self.base.is_ref() || !self.writes.borrow().is_empty()
    }

    fn ready(self: Rc<Self>, scope: &mut Scope<'_, '_>, events: Events) {
        let failed = events.error || events.hangup || events.invalid;
        if self.connecting.borrow().is_some() {
            if events.writable || failed {
                self.finish_connect(scope);
            }
            return;
        }
        if self.listening.get() {
            if events.readable || failed {
                self.accept(scope);
            }
            return;
        }
        if events.writable || failed {
            self.flush(scope);
        }
        if (events.readable || failed) && self.reading.get() {
            self.read(scope);
        }
    }
}

pub(super) fn table() -> Table {
    Table::new("stream_wrap")
        .class(handle::request_class("WriteWrap", |scope: &mut Scope, args: Args, _: Ret| {
            handle::new_request(scope, &args, "WRITEWRAP");
        }))
        .class(handle::request_class("ShutdownWrap", |scope: &mut Scope, args: Args, _: Ret| {
            handle::new_request(scope, &args, "SHUTDOWNWRAP");
        }))
        .restore(|scope, object| realm(scope).state::<State>().0.set(Shared::of(scope, object, "streamBaseState")))
}

/// Methods every stream class has.
pub(crate) fn methods(class: Class) -> Class {
    handle::methods(class)
        .method("readStart", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(stream) = handle::this::<Stream>(scope, &args) else { return };
            if stream.fd.get().is_none() {
                return rv.set_int32(Errno::NOTCONN.code());
            }
            stream.reading.set(true);
            rv.set_int32(0);
        })
        .method("readStop", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(stream) = handle::this::<Stream>(scope, &args) else { return };
            stream.reading.set(false);
            rv.set_int32(0);
        })
        .method("shutdown", shutdown)
        .method("useUserBuffer", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(stream) = handle::this::<Stream>(scope, &args) else { return };
            *stream.user_buffer.borrow_mut() = Some(keep(scope, args.get(0)));
            rv.set_int32(0);
        })
        .method("setBlocking", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(stream) = handle::this::<Stream>(scope, &args) else { return };
            stream.blocking.set(args.get(0).is_true());
            rv.set_int32(0);
        })
        .method("writeBuffer", |scope: &mut Scope, args: Args, rv: Ret| {
            let Some(memory) = Memory::of(scope, args.get(1)) else {
                let message = "Second argument must be a buffer";
                return throw_code(scope, crate::value::Kind::Type, "ERR_INVALID_ARG_TYPE", message);
            };
            write(scope, &args, rv, memory.bytes());
        })
        .method("writeUtf8String", |scope: &mut Scope, args: Args, rv: Ret| {
            write_string(scope, &args, rv, Encoding::Utf8)
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
        .method("writev", writev)
        .getter("fd", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(stream) = handle::this::<Stream>(scope, &args) else { return };
            rv.set_int32(stream.fd.get().map_or(-1, |fd| fd as i32));
        })
        .getter("bytesRead", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(stream) = handle::this::<Stream>(scope, &args) else { return };
            rv.set_double(stream.bytes_read.get() as f64);
        })
        .getter("bytesWritten", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(stream) = handle::this::<Stream>(scope, &args) else { return };
            rv.set_double(stream.bytes_written.get() as f64);
        })
        .getter("writeQueueSize", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(stream) = handle::this::<Stream>(scope, &args) else { return };
            let queued: usize = stream.writes.borrow().iter().map(|write| write.data.len() - write.done).sum();
            rv.set_double(queued as f64);
        })
        .getter("isStreamBase", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(true))
}

fn write_string(scope: &mut Scope<'_, '_>, args: &Args<'_>, rv: Ret<'_>, encoding: Encoding) {
    let data = encodings::encode_value(scope, args.get(1), encoding);
    write(scope, args, rv, &data);
}

/// `write…(request, data[, handle])`: an error number; whether it goes on later is in the shared state.
fn write(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>, data: &[u8]) {
    let Some(stream) = handle::this::<Stream>(scope, args) else { return };
    let Some(request) = arg_object(args, 0) else { return };
    let sent = arg_object(args, 2);
    let descriptor = sent.and_then(|object| super::pipe_wrap::descriptor_of(scope, object));
    let descriptors: Vec<Fd> = descriptor.into_iter().collect();
    let state = realm(scope).state::<State>().0.get();
    set_written(scope, data.len(), false);
    stream.bytes_written.set(stream.bytes_written.get() + data.len() as u64);
    let waiting = !stream.writes.borrow().is_empty() || stream.connecting.borrow().is_some();
    let done = if waiting { Ok(0) } else { stream.try_write(scope, data, &descriptors) };
    match done {
        Ok(done) if done == data.len() && !waiting => rv.set_int32(0),
        Ok(done) => {
            state.set(LAST_WRITE_WAS_ASYNC, 1);
            let write = Write {
                data: data[done..].to_vec(),
                done: 0,
                descriptors: if done == 0 { descriptors } else { Vec::new() },
                request: keep(scope, request),
                _handle: sent.map(|object| keep(scope, object)),
            };
            stream.writes.borrow_mut().push_back(write);
            rv.set_int32(0);
        }
        Err(errno) => rv.set_int32(errno.code()),
    }
}

/// The chunks of `writev(request, chunks, allBuffers)`: buffers, or data and encoding by turns.
pub(crate) fn chunks_of(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Option<Vec<Vec<u8>>> {
    let chunks = v8::Local::<v8::Array>::try_from(args.get(1)).ok()?;
    let all_buffers = args.get(2).is_true();
    let mut data = Vec::new();
    let mut index = 0;
    while index < chunks.length() {
        let chunk = chunks.get_index(scope, index)?;
        if all_buffers {
            data.push(bytes_of(scope, chunk));
            index += 1;
            continue;
        }
        let encoding = chunks.get_index(scope, index + 1).unwrap_or_else(|| undefined(scope));
        let encoding = Encoding::parse(scope, encoding, Encoding::Utf8);
        data.push(encodings::encode_value(scope, chunk, encoding));
        index += 2;
    }
    Some(data)
}

fn writev(scope: &mut Scope, args: Args, rv: Ret) {
    if let Some(chunks) = chunks_of(scope, &args) {
        write(scope, &args, rv, &chunks.concat());
    }
}

/// `shutdown(request)`: 1 where it is done at once, as for a stream that is no socket.
fn shutdown(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(stream) = handle::this::<Stream>(scope, &args) else { return };
    let Some(request) = arg_object(&args, 0) else { return };
    let request = keep(scope, request);
    if !stream.writes.borrow().is_empty() || stream.connecting.borrow().is_some() {
        *stream.ending.borrow_mut() = Some(request);
        return rv.set_int32(0);
    }
    let status = stream.shut_down(scope);
    realm(scope).event_loop.complete(move |scope| stream.complete(scope, &request, status));
    rv.set_int32(0);
}
