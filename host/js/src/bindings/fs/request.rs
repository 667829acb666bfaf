//! How the result of an operation reaches JavaScript.

use std::rc::Rc;

use crate::Errno;
use crate::bindings::encodings::{self, Encoding};
use crate::bindings::fs::{file_handle, stat};
use crate::bindings::{buffer, handle};
use crate::callback;
use crate::errors::Failure;
use crate::event_loop::{WatchId, Watcher};
use crate::realm::{realm, symbol};
use crate::sys::{Events, Fd, FileKind, Stat, StatFs, Sys};
use crate::table::Class;
use crate::value::*;

/// What an operation gives.
pub(crate) enum Outcome {
    Nothing,
    Number(f64),
    Stat(Box<Stat>, bool),
    StatFs(StatFs, bool),
    /// A name or path, in the encoding asked for.
    Name(Vec<u8>, Encoding),
    /// Entries of a directory; with their kinds where these are wanted.
    Names(Vec<(Vec<u8>, FileKind)>, Encoding, bool),
    /// A new `FileHandle`.
    Handle(Fd),
    /// Bytes as a `Buffer`.
    #[allow(dead_code)]
    Bytes(Vec<u8>),
    /// A new `DirHandle` over an open directory.
    Directory(Fd),
    /// Names and kinds in one flat list; null at the end.
    Entries(Vec<(Vec<u8>, FileKind)>, Encoding),
}

pub(crate) type Done = Result<Outcome, Failure>;

/// `FSReqCallback(bigint)`.
pub(super) fn class() -> Class {
    handle::request_class("FSReqCallback", |scope: &mut Scope, args: Args, _: Ret| {
        handle::new_request(scope, &args, "FSREQCALLBACK");
    })
}

/// What the caller waits by.
pub(crate) enum Style {
    Sync,
    Callback(v8::Global<v8::Object>),
    Promise(v8::Global<v8::PromiseResolver>),
}

impl Style {
    /// Reads the style off the request argument, and sets the return value where that is a promise.
    pub(crate) fn of(scope: &mut Scope<'_, '_>, request: Value<'_>, rv: &mut Ret<'_>) -> Self {
        if request.is_symbol() {
            let Some(resolver) = v8::PromiseResolver::new(scope) else { return Self::Sync };
            rv.set(resolver.get_promise(scope).into());
            return Self::Promise(keep(scope, resolver));
        }
        match Object::try_from(request) {
            Ok(request) => Self::Callback(keep(scope, request)),
            Err(_) => Self::Sync,
        }
    }
}

/// Gives the result of an operation that is done: at once, or in a later turn of the loop.
pub(crate) fn finish(scope: &mut Scope<'_, '_>, request: Value<'_>, mut rv: Ret<'_>, done: Done) {
    match Style::of(scope, request, &mut rv) {
        Style::Sync => finish_sync(scope, rv, done),
        style => {
            let realm = realm(scope);
            realm.event_loop.complete(move |scope| deliver(scope, style, done));
        }
    }
}

fn finish_sync(scope: &mut Scope<'_, '_>, mut rv: Ret<'_>, done: Done) {
    match done {
        Ok(outcome) => {
            if let Some(value) = value(scope, outcome, true) {
                rv.set(value);
            }
        }
        Err(failure) => {
            let realm = realm(scope);
            if realm.sys().is_gone() {
                realm.end(scope, crate::program::Ending::Gone);
                return;
            }
            failure.throw(scope);
        }
    }
}

/// Calls back or settles the promise.
pub(crate) fn deliver(scope: &mut Scope<'_, '_>, style: Style, done: Done) {
    match style {
        Style::Sync => {}
        Style::Callback(request) => {
            let request = v8::Local::new(scope, request);
            match done {
                Ok(outcome) => {
                    let none = null(scope);
                    match value(scope, outcome, false) {
                        Some(value) if !value.is_undefined() => handle::complete(scope, request, &[none, value]),
                        _ => handle::complete(scope, request, &[none]),
                    }
                }
                Err(failure) => {
                    let error = failure.to_error(scope);
                    handle::complete(scope, request, &[error]);
                }
            }
        }
        Style::Promise(resolver) => {
            let resolver = v8::Local::new(scope, resolver);
            let _ = callback::enter(scope, |scope| match done {
                Ok(outcome) => {
                    let value = value(scope, outcome, false).unwrap_or_else(|| undefined(scope));
                    resolver.resolve(scope, value)
                }
                Err(failure) => {
                    let error = failure.to_error(scope);
                    resolver.reject(scope, error)
                }
            });
        }
    }
}

/// Runs an operation on a descriptor that may have to wait, such as a pipe's. Asked for asynchronously, it waits in the loop.
pub(crate) fn finish_waiting(
    scope: &mut Scope<'_, '_>,
    request: Value<'_>,
    mut rv: Ret<'_>,
    fd: Fd,
    events: Events,
    mut operation: impl FnMut(&dyn Sys, bool) -> Done + 'static,
) {
    let realm = realm(scope);
    match Style::of(scope, request, &mut rv) {
        Style::Sync => {
            let done = operation(realm.sys(), true);
            finish_sync(scope, rv, done);
        }
        style => match operation(realm.sys(), false) {
            Err(failure) if failure.errno == Errno::AGAIN => {
                let waiting = Rc::new(Waiting {
                    fd,
                    events,
                    operation: std::cell::RefCell::new(Box::new(operation)),
                    style: std::cell::RefCell::new(Some(style)),
                    id: std::cell::Cell::new(None),
                });
                let id = realm.event_loop.watch(Rc::clone(&waiting) as Rc<dyn Watcher>);
                waiting.id.set(Some(id));
            }
            done => realm.event_loop.complete(move |scope| deliver(scope, style, done)),
        },
    }
}

/// Makes the system calls; told whether they may block.
type Operation = Box<dyn FnMut(&dyn Sys, bool) -> Done>;

/// An operation that is tried again when its descriptor is ready.
struct Waiting {
    fd: Fd,
    events: Events,
    operation: std::cell::RefCell<Operation>,
    style: std::cell::RefCell<Option<Style>>,
    id: std::cell::Cell<Option<WatchId>>,
}

impl Watcher for Waiting {
    fn fd(&self) -> Fd {
        self.fd
    }

    fn interest(&self) -> Events {
        self.events
    }

    fn is_ref(&self) -> bool {
        true
    }

    fn ready(self: Rc<Self>, scope: &mut Scope<'_, '_>, _events: Events) {
        let realm = realm(scope);
        let done = (self.operation.borrow_mut())(realm.sys(), false);
        if done.as_ref().is_err_and(|failure| failure.errno == Errno::AGAIN) {
            return;
        }
        if let Some(id) = self.id.take() {
            realm.event_loop.unwatch(id);
        }
        let style = self.style.borrow_mut().take();
        if let Some(style) = style {
            deliver(scope, style, done);
        }
    }
}

fn named<'s>(scope: &mut Scope<'s, '_>, bytes: Vec<u8>, encoding: Encoding) -> Value<'s> {
    if encoding == Encoding::Buffer {
        return buffer::new_buffer(scope, bytes);
    }
    match encodings::decode(scope, &bytes, encoding) {
        Some(text) => text.into(),
        None => undefined(scope),
    }
}

fn value<'s>(scope: &mut Scope<'s, '_>, outcome: Outcome, shared: bool) -> Option<Value<'s>> {
    Some(match outcome {
        Outcome::Nothing => return None,
        Outcome::Number(value) => number(scope, value),
        Outcome::Stat(status, bigint) => stat::array(scope, &status, bigint, shared),
        Outcome::StatFs(status, bigint) => stat::statfs_array(scope, &status, bigint, shared),
        Outcome::Name(bytes, encoding) => named(scope, bytes, encoding),
        Outcome::Bytes(bytes) => buffer::new_buffer(scope, bytes),
        Outcome::Names(entries, encoding, with_kinds) => {
            let mut names = Vec::with_capacity(entries.len());
            let mut kinds = Vec::with_capacity(entries.len());
            for (name, kind) in entries {
                names.push(named(scope, name, encoding));
                kinds.push(integer(scope, kind.dirent()));
            }
            let names = array(scope, &names);
            if with_kinds {
                let kinds = array(scope, &kinds);
                array(scope, &[names, kinds])
            } else {
                names
            }
        }
        Outcome::Entries(entries, encoding) => {
            if entries.is_empty() {
                return Some(null(scope));
            }
            let mut flat = Vec::with_capacity(entries.len() * 2);
            for (name, kind) in entries {
                flat.push(named(scope, name, encoding));
                flat.push(integer(scope, kind.dirent()));
            }
            array(scope, &flat)
        }
        Outcome::Handle(fd) => file_handle::create(scope, fd)?.into(),
        Outcome::Directory(fd) => super::dir::create(scope, fd)?.into(),
    })
}

/// The encoding of names a caller wants.
pub(crate) fn encoding(scope: &Scope<'_, '_>, args: &Args<'_>, index: i32) -> Encoding {
    Encoding::parse(scope, args.get(index), Encoding::Utf8)
}

/// The symbol that asks for a promise.
pub(crate) fn promise_symbol<'s>(scope: &Scope<'s, '_>) -> Value<'s> {
    symbol(scope, "fs_use_promises_symbol").into()
}
