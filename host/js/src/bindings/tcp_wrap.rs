//! `tcp_wrap`: TCP sockets.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use crate::Errno;
use crate::bindings::handle;
use crate::bindings::pipe_wrap::begin;
use crate::bindings::stream::{self, Kind, Stream};
use crate::realm::realm;
use crate::sys::{Address, Family, Fd, SocketKind, SocketOption};
use crate::table::{Class, Table};
use crate::value::*;

const SERVER: i32 = 1;
/// `UV_TCP_IPV6ONLY`
const IPV6_ONLY: u32 = 1;
/// `UV_TCP_REUSEPORT`
const REUSE_PORT: u32 = 2;

pub(super) fn table() -> Table {
    let class = Class::new("TCP", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        let provider = if arg_i32(scope, &args, 0) == SERVER { "TCPSERVERWRAP" } else { "TCPWRAP" };
        Stream::new(scope, this, Kind::Tcp, provider);
    });
    let class = stream::methods(class)
        .method("open", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(socket) = handle::this::<Stream>(scope, &args) else { return };
            let fd = arg_u32(scope, &args, 0);
            socket.open(scope, fd);
            rv.set_int32(0);
        })
        .method("bind", |scope: &mut Scope, args: Args, rv: Ret| bind(scope, &args, rv))
        .method("bind6", |scope: &mut Scope, args: Args, rv: Ret| bind(scope, &args, rv))
        .method("listen", listen)
        .method("connect", |scope: &mut Scope, args: Args, rv: Ret| connect(scope, &args, rv))
        .method("connect6", |scope: &mut Scope, args: Args, rv: Ret| connect(scope, &args, rv))
        .method("getsockname", |scope: &mut Scope, args: Args, rv: Ret| {
            name_of(scope, &args, rv, |sys, fd| sys.local_address(fd));
        })
        .method("getpeername", |scope: &mut Scope, args: Args, rv: Ret| {
            name_of(scope, &args, rv, |sys, fd| sys.peer_address(fd));
        })
        .method("setNoDelay", |scope: &mut Scope, args: Args, rv: Ret| {
            let on = u64::from(args.get(0).is_true());
            option(scope, &args, rv, SocketOption::NoDelay, on);
        })
        .method("setKeepAlive", |scope: &mut Scope, args: Args, rv: Ret| {
            let on = u64::from(args.get(0).is_true());
            option(scope, &args, rv, SocketOption::KeepAlive, on);
        })
        .method("setTypeOfService", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(socket) = handle::this::<Stream>(scope, &args) else { return };
            socket.type_of_service.set(arg_i32(scope, &args, 0));
            rv.set_int32(0);
        })
        .method("getTypeOfService", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(socket) = handle::this::<Stream>(scope, &args) else { return };
            rv.set_int32(socket.type_of_service.get());
        })
        .method("reset", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(socket) = handle::this::<Stream>(scope, &args) else { return };
            // With no time to linger, closing sends a reset.
            if let Some(fd) = socket.fd() {
                let _ = realm(scope).sys().set_option(fd, SocketOption::Linger, 0);
            }
            let this = args.this();
            if let Some(close) = get_function(scope, this, "close") {
                let callback = args.get(0);
                let _ = close.call(scope, this.into(), &[callback]);
            }
            rv.set_int32(0);
        });
    Table::new("tcp_wrap").class(class).class(handle::request_class(
        "TCPConnectWrap",
        |scope: &mut Scope, args: Args, _: Ret| {
            handle::new_request(scope, &args, "TCPCONNECTWRAP");
        },
    ))
}

/// A new socket over an open descriptor.
pub(crate) fn create<'s>(scope: &mut Scope<'s, '_>, fd: Fd) -> Option<Object<'s>> {
    let binding = realm(scope).binding(scope, "tcp_wrap")?;
    let constructor = get_function(scope, binding, "TCP")?;
    let kind = integer(scope, 0);
    let object = constructor.new_instance(scope, &[kind])?;
    handle::unwrap::<Stream>(scope, object.into())?.open(scope, fd);
    Some(object)
}

fn socket_of(scope: &mut Scope<'_, '_>, socket: &Rc<Stream>, address: IpAddr) -> Result<Fd, Errno> {
    if let Some(fd) = socket.fd() {
        return Ok(fd);
    }
    let family = if address.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 };
    let fd = realm(scope).sys().socket(family, SocketKind::Stream)?;
    socket.open(scope, fd);
    Ok(fd)
}

/// An address argument; link-local ones may carry a zone.
pub(crate) fn parse_ip(text: &str) -> Option<IpAddr> {
    text.split('%').next()?.parse().ok()
}

/// `bind(address, port[, flags])`
fn bind(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>) {
    let Some(socket) = handle::this::<Stream>(scope, args) else { return };
    let Some(address) = parse_ip(&arg_string(scope, args, 0)) else { return rv.set_int32(Errno::INVAL.code()) };
    let port = arg_u32(scope, args, 1) as u16;
    let flags = arg_u32(scope, args, 2);
    let result = socket_of(scope, &socket, address).and_then(|fd| {
        let realm = realm(scope);
        let sys = realm.sys();
        let _ = sys.set_option(fd, SocketOption::ReuseAddress, 1);
        if address.is_ipv6() {
            let _ = sys.set_option(fd, SocketOption::Ipv6Only, u64::from(flags & IPV6_ONLY != 0));
        }
        if flags & REUSE_PORT != 0 {
            sys.set_option(fd, SocketOption::ReusePort, 1)?;
        }
        sys.bind(fd, &Address::Inet(SocketAddr::new(address, port)))
    });
    match result {
        // libuv tells of this one when the socket is used.
        Err(Errno::ADDRINUSE) => {
            socket.delayed.set(Some(Errno::ADDRINUSE));
            rv.set_int32(0);
        }
        result => rv.set_int32(result.map_or_else(Errno::code, |()| 0)),
    }
}

fn listen(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(socket) = handle::this::<Stream>(scope, &args) else { return };
    if let Some(errno) = socket.delayed.get() {
        return rv.set_int32(errno.code());
    }
    let backlog = arg_u32(scope, &args, 0);
    match realm(scope).sys().listen(socket.fd().unwrap_or(u32::MAX), backlog) {
        Ok(()) => {
            socket.listen();
            rv.set_int32(0);
        }
        Err(errno) => rv.set_int32(errno.code()),
    }
}

/// `connect(request, address, port)`
fn connect(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>) {
    let Some(socket) = handle::this::<Stream>(scope, args) else { return };
    let Some(request) = arg_object(args, 0) else { return };
    let Some(address) = parse_ip(&arg_string(scope, args, 1)) else { return rv.set_int32(Errno::INVAL.code()) };
    let port = arg_u32(scope, args, 2) as u16;
    let result = match socket.delayed.get() {
        Some(errno) => Err(errno),
        None => socket_of(scope, &socket, address)
            .and_then(|fd| realm(scope).sys().connect(fd, &Address::Inet(SocketAddr::new(address, port)))),
    };
    begin(scope, &socket, request, result);
    rv.set_int32(0);
}

/// Puts an address into an object: `{ address, family, port }`.
pub(crate) fn describe(scope: &Scope<'_, '_>, object: Object<'_>, address: &SocketAddr) {
    set_string(scope, object, "address", &address.ip().to_string());
    set_string(scope, object, "family", if address.is_ipv4() { "IPv4" } else { "IPv6" });
    set_number(scope, object, "port", f64::from(address.port()));
}

fn name_of(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    mut rv: Ret<'_>,
    ask: impl FnOnce(&dyn crate::sys::Sys, Fd) -> Result<Address, Errno>,
) {
    let Some(socket) = handle::this::<Stream>(scope, args) else { return };
    let Some(fd) = socket.fd() else { return rv.set_int32(Errno::BADF.code()) };
    match ask(realm(scope).sys(), fd) {
        Ok(Address::Inet(address)) => {
            if let Some(object) = arg_object(args, 0) {
                describe(scope, object, &address);
            }
            rv.set_int32(0);
        }
        Ok(_) => rv.set_int32(0),
        Err(errno) => rv.set_int32(errno.code()),
    }
}

fn option(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>, option: SocketOption, value: u64) {
    let Some(socket) = handle::this::<Stream>(scope, args) else { return };
    let Some(fd) = socket.fd() else { return rv.set_int32(Errno::BADF.code()) };
    let result = realm(scope).sys().set_option(fd, option, value);
    rv.set_int32(result.map_or_else(Errno::code, |()| 0));
}
