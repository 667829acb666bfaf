//! `pipe_wrap`: pipes and Unix sockets.

use std::rc::Rc;

use crate::Errno;
use crate::bindings::handle::{self, Base};
use crate::bindings::stream::{self, Kind, Stream};
use crate::bindings::udp_wrap;
use crate::realm::realm;
use crate::sys::{Address, Family, Fd, SocketKind};
use crate::table::{Class, Table};
use crate::value::*;

// The constructor's argument.
const SERVER: i32 = 1;
const IPC: i32 = 2;

pub(super) fn table() -> Table {
    let class = Class::new("Pipe", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        let (kind, provider) = match arg_i32(scope, &args, 0) {
            IPC => (Kind::Channel, "PIPEWRAP"),
            SERVER => (Kind::Pipe, "PIPESERVERWRAP"),
            _ => (Kind::Pipe, "PIPEWRAP"),
        };
        Stream::new(scope, this, kind, provider);
    });
    let class = stream::methods(class)
        .method("open", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(pipe) = handle::this::<Stream>(scope, &args) else { return };
            let fd = arg_u32(scope, &args, 0);
            pipe.open(scope, fd);
            rv.set_int32(0);
        })
        .method("bind", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(pipe) = handle::this::<Stream>(scope, &args) else { return };
            let path = arg_bytes(scope, &args, 0);
            rv.set_int32(bind(scope, &pipe, path).map_or_else(Errno::code, |()| 0));
        })
        .method("listen", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(pipe) = handle::this::<Stream>(scope, &args) else { return };
            let backlog = arg_u32(scope, &args, 0);
            let fd = pipe.fd().unwrap_or(u32::MAX);
            match realm(scope).sys().listen(fd, backlog) {
                Ok(()) => {
                    pipe.listen();
                    rv.set_int32(0);
                }
                Err(errno) => rv.set_int32(errno.code()),
            }
        })
        .method("connect", connect)
        .method("fchmod", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(pipe) = handle::this::<Stream>(scope, &args) else { return };
            const READABLE: u32 = 1;
            const WRITABLE: u32 = 2;
            let wanted = arg_u32(scope, &args, 0);
            let mode = if wanted & READABLE != 0 { 0o444 } else { 0 } | if wanted & WRITABLE != 0 { 0o222 } else { 0 };
            let sys_result = realm(scope).sys().fchmod(pipe.fd().unwrap_or(u32::MAX), mode);
            rv.set_int32(sys_result.map_or_else(Errno::code, |()| 0));
        });
    Table::new("pipe_wrap").class(class).class(handle::request_class(
        "PipeConnectWrap",
        |scope: &mut Scope, args: Args, _: Ret| {
            handle::new_request(scope, &args, "PIPECONNECTWRAP");
        },
    ))
}

/// A new pipe over an open descriptor.
pub(crate) fn create<'s>(scope: &mut Scope<'s, '_>, fd: Fd) -> Option<Object<'s>> {
    let binding = realm(scope).binding(scope, "pipe_wrap")?;
    let constructor = get_function(scope, binding, "Pipe")?;
    let kind = integer(scope, 0);
    let object = constructor.new_instance(scope, &[kind])?;
    handle::unwrap::<Stream>(scope, object.into())?.open(scope, fd);
    Some(object)
}

fn bind(scope: &mut Scope<'_, '_>, pipe: &Rc<Stream>, path: Vec<u8>) -> Result<(), Errno> {
    let realm = realm(scope);
    let fd = realm.sys().socket(Family::Unix, SocketKind::Stream)?;
    let bound = realm.sys().bind(fd, &Address::Unix(path.clone()));
    // libuv says ENOENT's kin the way connect does.
    if let Err(errno) = bound {
        let _ = realm.sys().close(fd);
        return Err(if errno == Errno::NOENT { Errno::ACCES } else { errno });
    }
    // An abstract name is no file.
    if path.first().is_some_and(|first| *first != 0) {
        *pipe.bound.borrow_mut() = Some(path);
    }
    pipe.open(scope, fd);
    Ok(())
}

/// `connect(request, path)`
fn connect(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(pipe) = handle::this::<Stream>(scope, &args) else { return };
    let Some(request) = arg_object(&args, 0) else { return };
    let path = arg_bytes(scope, &args, 1);
    let realm = realm(scope);
    let fd = match pipe.fd() {
        Some(fd) => Ok(fd),
        None => realm.sys().socket(Family::Unix, SocketKind::Stream),
    };
    let result = fd.and_then(|fd| {
        pipe.open(scope, fd);
        realm.sys().connect(fd, &Address::Unix(path))
    });
    begin(scope, &pipe, request, result);
    rv.set_int32(0);
}

/// Goes on with a connection: it is done, under way, or has failed, which is told of later all the same.
pub(crate) fn begin(scope: &mut Scope<'_, '_>, stream: &Rc<Stream>, request: Object<'_>, result: Result<(), Errno>) {
    match result {
        Err(Errno::INPROGRESS | Errno::AGAIN) => stream.connecting(scope, request),
        result => {
            let status = result.map_or_else(Errno::code, |()| 0);
            let request = keep(scope, request);
            let stream = Rc::clone(stream);
            realm(scope).event_loop.complete(move |scope| {
                use crate::bindings::handle::Handle;
                crate::bindings::stream::connected(scope, stream.base(), request, status);
            });
        }
    }
}

/// The descriptor behind a handle that is sent over a channel.
pub(crate) fn descriptor_of(scope: &mut Scope<'_, '_>, object: Object<'_>) -> Option<Fd> {
    match handle::unwrap::<Stream>(scope, object.into()) {
        Some(stream) => stream.fd(),
        None => udp_wrap::descriptor_of(scope, object),
    }
}

/// Wraps a descriptor that came over a channel, as its `pendingHandle`.
pub(crate) fn take_descriptor(scope: &mut Scope<'_, '_>, base: &Base, fd: Fd) {
    let kind = realm(scope).sys().socket_kind(fd);
    let object = match kind {
        Ok((Family::Unix, _)) | Err(_) => create(scope, fd),
        Ok((_, SocketKind::Datagram)) => udp_wrap::create(scope, fd),
        Ok(_) => super::tcp_wrap::create(scope, fd),
    };
    if let (Some(channel), Some(object)) = (base.object(scope), object) {
        set(scope, channel, "pendingHandle", object.into());
    }
}
