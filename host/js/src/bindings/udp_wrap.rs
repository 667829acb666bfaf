//! `udp_wrap`: UDP sockets.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use super::tcp_wrap::{describe, parse_ip};
use crate::Errno;
use crate::bindings::buffer;
use crate::bindings::handle::{self, Base, Handle};
use crate::errors::Failure;
use crate::event_loop::{WatchId, Watcher};
use crate::realm::realm;
use crate::sys::{Address, Events, Family, Fd, SocketKind, SocketOption, Sys};
use crate::table::{Class, Table};
use crate::value::*;

// Flags of `bind`, libuv's `UV_UDP_*`.
const IPV6_ONLY: u32 = 1;
const REUSE_ADDRESS: u32 = 4;
const REUSE_PORT: u32 = 64;

/// The longest datagram, in bytes.
const LONGEST: usize = 64 << 10;

/// Datagrams taken in one turn, as libuv does, so that one socket does not starve the others.
const TURNS: usize = 32;

/// A datagram that waits to be sent.
struct Waiting {
    data: Vec<u8>,
    to: Option<Address>,
    request: v8::Global<v8::Object>,
    /// Whether somebody is told how it went.
    told: bool,
}

/// A UDP socket.
struct Udp {
    base: Base,
    fd: Cell<Option<Fd>>,
    watch: Cell<Option<WatchId>>,
    receiving: Cell<bool>,
    waiting: RefCell<VecDeque<Waiting>>,
}

pub(super) fn table() -> Table {
    let class = Class::new("UDP", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        let udp = Rc::new(Udp {
            base: Base::new(scope, this, "UDPWRAP"),
            fd: Cell::new(None),
            watch: Cell::new(None),
            receiving: Cell::new(false),
            waiting: RefCell::default(),
        });
        handle::wrap(scope, this, udp);
    });
    let class = handle::methods(class)
        .method("open", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(udp) = handle::this::<Udp>(scope, &args) else { return };
            let fd = arg_u32(scope, &args, 0);
            match realm(scope).sys().socket_kind(fd) {
                Ok((_, SocketKind::Datagram)) => {
                    udp.open(scope, fd);
                    rv.set_int32(0);
                }
                Ok(_) => rv.set_int32(Errno::INVAL.code()),
                Err(errno) => rv.set_int32(errno.code()),
            }
        })
        .method("bind", |scope: &mut Scope, args: Args, rv: Ret| bind(scope, &args, rv))
        .method("bind6", |scope: &mut Scope, args: Args, rv: Ret| bind(scope, &args, rv))
        .method("connect", |scope: &mut Scope, args: Args, rv: Ret| connect(scope, &args, rv))
        .method("connect6", |scope: &mut Scope, args: Args, rv: Ret| connect(scope, &args, rv))
        .method("disconnect", |scope: &mut Scope, args: Args, rv: Ret| {
            let Some(udp) = handle::this::<Udp>(scope, &args) else { return };
            answer(rv, udp.with(scope, |sys, fd| sys.connect(fd, &Address::Unspecified)));
        })
        .method("send", |scope: &mut Scope, args: Args, rv: Ret| send(scope, &args, rv))
        .method("send6", |scope: &mut Scope, args: Args, rv: Ret| send(scope, &args, rv))
        .method("recvStart", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(udp) = handle::this::<Udp>(scope, &args) else { return };
            if udp.fd.get().is_none() {
                return rv.set_int32(Errno::BADF.code());
            }
            udp.receiving.set(true);
            rv.set_int32(0);
        })
        .method("recvStop", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(udp) = handle::this::<Udp>(scope, &args) else { return };
            udp.receiving.set(false);
            rv.set_int32(0);
        })
        .method("getsockname", |scope: &mut Scope, args: Args, rv: Ret| {
            name_of(scope, &args, rv, |sys, fd| sys.local_address(fd));
        })
        .method("getpeername", |scope: &mut Scope, args: Args, rv: Ret| {
            name_of(scope, &args, rv, |sys, fd| sys.peer_address(fd));
        })
        .method("setBroadcast", |scope: &mut Scope, args: Args, rv: Ret| {
            let on = u64::from(args.get(0).int32_value(scope).unwrap_or(0) != 0);
            option(scope, &args, rv, SocketOption::Broadcast, on);
        })
        .method("setTTL", |scope: &mut Scope, args: Args, rv: Ret| ttl(scope, &args, rv, SocketOption::Ttl, 1))
        .method("setMulticastTTL", |scope: &mut Scope, args: Args, rv: Ret| {
            ttl(scope, &args, rv, SocketOption::MulticastTtl, 0);
        })
        .method("setMulticastLoopback", |scope: &mut Scope, args: Args, rv: Ret| {
            let on = u64::from(args.get(0).int32_value(scope).unwrap_or(0) != 0);
            option(scope, &args, rv, SocketOption::MulticastLoop, on);
        })
        .method("setMulticastInterface", |scope: &mut Scope, args: Args, rv: Ret| {
            let Some(udp) = handle::this::<Udp>(scope, &args) else { return };
            let interface = parse_ip(&arg_string(scope, &args, 0));
            answer(
                rv,
                udp.with(scope, |_, _| match interface {
                    None => Err(Errno::INVAL),
                    // There is one interface to choose.
                    Some(address) if address.is_unspecified() || address.is_loopback() => Ok(()),
                    Some(_) => Err(Errno::ADDRNOTAVAIL),
                }),
            );
        })
        .method("addMembership", |scope: &mut Scope, args: Args, rv: Ret| membership(scope, &args, rv, 1))
        .method("dropMembership", |scope: &mut Scope, args: Args, rv: Ret| membership(scope, &args, rv, 1))
        .method("addSourceSpecificMembership", |scope: &mut Scope, args: Args, rv: Ret| {
            membership(scope, &args, rv, 2);
        })
        .method("dropSourceSpecificMembership", |scope: &mut Scope, args: Args, rv: Ret| {
            membership(scope, &args, rv, 2);
        })
        .method("bufferSize", buffer_size)
        .method("getSendQueueSize", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(udp) = handle::this::<Udp>(scope, &args) else { return };
            let size: usize = udp.waiting.borrow().iter().map(|waiting| waiting.data.len()).sum();
            rv.set_double(size as f64);
        })
        .method("getSendQueueCount", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(udp) = handle::this::<Udp>(scope, &args) else { return };
            rv.set_double(udp.waiting.borrow().len() as f64);
        })
        .getter("fd", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(udp) = handle::this::<Udp>(scope, &args) else { return };
            rv.set_int32(udp.fd.get().map_or(Errno::BADF.code(), |fd| fd as i32));
        });
    Table::new("udp_wrap")
        .class(class)
        .class(handle::request_class("SendWrap", |scope: &mut Scope, args: Args, _: Ret| {
            handle::new_request(scope, &args, "UDPSENDWRAP")
        }))
}

/// A new socket over an open descriptor.
pub(crate) fn create<'s>(scope: &mut Scope<'s, '_>, fd: Fd) -> Option<Object<'s>> {
    let binding = realm(scope).binding(scope, "udp_wrap")?;
    let object = get_function(scope, binding, "UDP")?.new_instance(scope, &[])?;
    handle::unwrap::<Udp>(scope, object.into())?.open(scope, fd);
    Some(object)
}

/// The descriptor of an object that is a UDP socket.
pub(crate) fn descriptor_of(scope: &mut Scope<'_, '_>, object: Object<'_>) -> Option<Fd> {
    handle::unwrap::<Udp>(scope, object.into())?.fd.get()
}

fn answer(mut rv: Ret<'_>, result: Result<(), Errno>) {
    rv.set_int32(result.map_or_else(Errno::code, |()| 0));
}

impl Udp {
    fn open(self: &Rc<Self>, scope: &mut Scope<'_, '_>, fd: Fd) {
        self.fd.set(Some(fd));
        if self.watch.get().is_none() {
            let watch = realm(scope).event_loop.watch(Rc::clone(self) as Rc<dyn Watcher>);
            self.watch.set(Some(watch));
        }
    }

    /// The socket, made now if it is not there yet.
    fn socket(self: &Rc<Self>, scope: &mut Scope<'_, '_>, address: IpAddr) -> Result<Fd, Errno> {
        if let Some(fd) = self.fd.get() {
            return Ok(fd);
        }
        let family = if address.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 };
        let fd = realm(scope).sys().socket(family, SocketKind::Datagram)?;
        self.open(scope, fd);
        Ok(fd)
    }

    fn with<T>(&self, scope: &Scope<'_, '_>, call: impl FnOnce(&dyn Sys, Fd) -> Result<T, Errno>) -> Result<T, Errno> {
        call(realm(scope).sys(), self.fd.get().ok_or(Errno::BADF)?)
    }

    /// Sends what waits, as far as that goes.
    fn flush(&self, scope: &mut Scope<'_, '_>) {
        loop {
            let Some(waiting) = self.waiting.borrow_mut().pop_front() else { return };
            let sent = self.with(scope, |sys, fd| sys.send(fd, &waiting.data, waiting.to.as_ref(), &[]));
            match sent {
                Err(Errno::AGAIN | Errno::INTR) => return self.waiting.borrow_mut().push_front(waiting),
                Ok(count) => complete(scope, &waiting, 0, count),
                Err(errno) => complete(scope, &waiting, errno.code(), 0),
            }
        }
    }

    fn receive(&self, scope: &mut Scope<'_, '_>) {
        let mut room = vec![0; LONGEST];
        for _ in 0..TURNS {
            if !self.receiving.get() {
                return;
            }
            v8::scope!(let scope, scope);
            let (status, argument, sender) = match self.with(scope, |sys, fd| sys.receive(fd, &mut room)) {
                Err(Errno::AGAIN | Errno::INTR) => return,
                Err(errno) => (errno.code(), undefined(scope), undefined(scope)),
                Ok(message) => {
                    let data = room.get(..message.length).unwrap_or_default().to_vec();
                    let sender = v8::Object::new(scope);
                    if let Address::Inet(address) = &message.from {
                        describe(scope, sender, address);
                    }
                    (message.length as i32, buffer::new_buffer(scope, data), sender.into())
                }
            };
            let Some(object) = self.base.object(scope) else { return };
            let status = integer(scope, status);
            self.base.call(scope, "onmessage", &[status, object.into(), argument, sender]);
        }
    }
}

/// Tells a request how its datagram went: `oncomplete(status, sent)`.
fn complete(scope: &mut Scope<'_, '_>, waiting: &Waiting, status: i32, sent: usize) {
    if !waiting.told {
        return;
    }
    let request = v8::Local::new(scope, &waiting.request);
    let arguments = [integer(scope, status), number(scope, sent as f64)];
    handle::complete(scope, request, &arguments);
}

impl Handle for Udp {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        let realm = realm(scope);
        if let Some(watch) = self.watch.take() {
            realm.event_loop.unwatch(watch);
        }
        self.receiving.set(false);
        if let Some(fd) = self.fd.take() {
            let _ = realm.sys().close(fd);
        }
        for waiting in self.waiting.take() {
            realm.event_loop.close(move |scope| complete(scope, &waiting, Errno::CANCELED.code(), 0));
        }
    }
}

impl Watcher for Udp {
    fn fd(&self) -> Fd {
        self.fd.get().unwrap_or(u32::MAX)
    }

    fn interest(&self) -> Events {
        let writable = !self.waiting.borrow().is_empty();
        Events { readable: self.receiving.get(), writable, ..Events::default() }
    }

    fn is_ref(&self) -> bool {
        self.base.is_ref()
    }

    fn ready(self: Rc<Self>, scope: &mut Scope<'_, '_>, events: Events) {
        let failed = events.error || events.hangup || events.invalid;
        if events.writable || failed {
            self.flush(scope);
        }
        if events.readable || failed {
            self.receive(scope);
        }
    }
}

/// `bind(address, port, flags)`
fn bind(scope: &mut Scope<'_, '_>, args: &Args<'_>, rv: Ret<'_>) {
    let Some(udp) = handle::this::<Udp>(scope, args) else { return };
    let Some(address) = parse_ip(&arg_string(scope, args, 0)) else { return answer(rv, Err(Errno::INVAL)) };
    let port = arg_u32(scope, args, 1) as u16;
    let flags = arg_u32(scope, args, 2);
    let result = udp.socket(scope, address).and_then(|fd| {
        let realm = realm(scope);
        let sys = realm.sys();
        if flags & REUSE_ADDRESS != 0 {
            sys.set_option(fd, SocketOption::ReuseAddress, 1)?;
        }
        if flags & REUSE_PORT != 0 {
            sys.set_option(fd, SocketOption::ReusePort, 1)?;
        }
        if address.is_ipv6() {
            sys.set_option(fd, SocketOption::Ipv6Only, u64::from(flags & IPV6_ONLY != 0))?;
        }
        sys.bind(fd, &Address::Inet(SocketAddr::new(address, port)))
    });
    answer(rv, result);
}

/// `connect(address, port)`
fn connect(scope: &mut Scope<'_, '_>, args: &Args<'_>, rv: Ret<'_>) {
    let Some(udp) = handle::this::<Udp>(scope, args) else { return };
    let Some(address) = parse_ip(&arg_string(scope, args, 0)) else { return answer(rv, Err(Errno::INVAL)) };
    let to = Address::Inet(SocketAddr::new(address, arg_u32(scope, args, 1) as u16));
    let result = udp.socket(scope, address).and_then(|fd| realm(scope).sys().connect(fd, &to));
    answer(rv, result);
}

/// `send(request, buffers, count[, port, address], hasCallback)`: an error number, 0 where the request will be told, or one
/// more than the bytes that have been sent.
fn send(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>) {
    let Some(udp) = handle::this::<Udp>(scope, args) else { return };
    let Some(request) = arg_object(args, 0) else { return };
    let Ok(list) = v8::Local::<v8::Array>::try_from(args.get(1)) else { return };
    let mut data = Vec::new();
    for index in 0..arg_u32(scope, args, 2).min(list.length()) {
        let Some(part) = list.get_index(scope, index) else { return };
        match Memory::of(scope, part) {
            Some(memory) => data.extend_from_slice(memory.bytes()),
            None => data.extend(part.to_rust_string_lossy(scope).into_bytes()),
        }
    }
    let (to, told) = if args.length() > 4 {
        let Some(address) = parse_ip(&arg_string(scope, args, 4)) else { return rv.set_int32(Errno::INVAL.code()) };
        if let Err(errno) = udp.socket(scope, address) {
            return rv.set_int32(errno.code());
        }
        let port = arg_u32(scope, args, 3) as u16;
        (Some(Address::Inet(SocketAddr::new(address, port))), args.get(5).is_true())
    } else {
        (None, args.get(3).is_true())
    };
    let sent = if udp.waiting.borrow().is_empty() {
        udp.with(scope, |sys, fd| sys.send(fd, &data, to.as_ref(), &[]))
    } else {
        Err(Errno::AGAIN)
    };
    match sent {
        Ok(count) => rv.set_int32(count as i32 + 1),
        Err(Errno::AGAIN | Errno::INTR) => {
            udp.waiting.borrow_mut().push_back(Waiting { data, to, request: keep(scope, request), told });
            rv.set_int32(0);
        }
        Err(errno) => rv.set_int32(errno.code()),
    }
}

fn name_of(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    rv: Ret<'_>,
    ask: impl FnOnce(&dyn Sys, Fd) -> Result<Address, Errno>,
) {
    let Some(udp) = handle::this::<Udp>(scope, args) else { return };
    let name = udp.with(scope, ask);
    if let (Ok(Address::Inet(address)), Some(object)) = (&name, arg_object(args, 0)) {
        describe(scope, object, address);
    }
    answer(rv, name.map(drop));
}

fn option(scope: &mut Scope<'_, '_>, args: &Args<'_>, rv: Ret<'_>, option: SocketOption, value: u64) {
    let Some(udp) = handle::this::<Udp>(scope, args) else { return };
    answer(rv, udp.with(scope, |sys, fd| sys.set_option(fd, option, value)));
}

/// Sets a hop limit, which has at least this value.
fn ttl(scope: &mut Scope<'_, '_>, args: &Args<'_>, rv: Ret<'_>, kind: SocketOption, least: i32) {
    let value = arg_i32(scope, args, 0);
    if (least..=255).contains(&value) {
        option(scope, args, rv, kind, value as u64);
    } else {
        answer(rv, Err(Errno::INVAL));
    }
}

/// Joins or leaves a group: what the arguments say must be addresses, but no network of a machine carries multicast.
fn membership(scope: &mut Scope<'_, '_>, args: &Args<'_>, rv: Ret<'_>, addresses: i32) {
    let Some(udp) = handle::this::<Udp>(scope, args) else { return };
    let given: Option<Vec<IpAddr>> = (0..addresses).map(|index| parse_ip(&arg_string(scope, args, index))).collect();
    let result = udp.with(scope, |_, _| match given.as_deref() {
        Some([.., group]) if group.is_multicast() => Err(Errno::NODEV),
        _ => Err(Errno::INVAL),
    });
    answer(rv, result);
}

/// `bufferSize(size, receiving, context)`: the size, after it was set where `size` is not 0; undefined where that fails, and
/// the error's description is put into the context.
fn buffer_size(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(udp) = handle::this::<Udp>(scope, &args) else { return };
    let size = arg_u32(scope, &args, 0);
    let (kind, syscall) = if args.get(1).is_true() {
        (SocketOption::ReceiveBuffer, "uv_recv_buffer_size")
    } else {
        (SocketOption::SendBuffer, "uv_send_buffer_size")
    };
    let result = udp.with(scope, |sys, fd| {
        if i32::try_from(size).is_err() {
            return Err(Errno::INVAL);
        }
        if size != 0 {
            sys.set_option(fd, kind, u64::from(size))?;
        }
        sys.get_option(fd, kind)
    });
    match (result, arg_object(&args, 2)) {
        (Ok(size), _) => rv.set_double(size as f64),
        (Err(errno), Some(context)) => Failure::new(errno, syscall).describe(scope, context),
        (Err(_), None) => {}
    }
}
