//! `cares_wrap`: names and addresses, by the kernel's resolver.

use std::net::IpAddr;

use crate::Errno;
use crate::bindings::handle;
use crate::bindings::tcp_wrap::parse_ip;
use crate::pool;
use crate::sys::Family;
use crate::table::{Class, Table};
use crate::value::*;

/// `DNS_ORDER_IPV4_FIRST`, `DNS_ORDER_IPV6_FIRST`
const IPV4_FIRST: u32 = 1;
const IPV6_FIRST: u32 = 2;

pub(super) fn table() -> Table {
    let request = |name, provider: &'static str| {
        let _ = provider;
        handle::request_class(name, |scope: &mut Scope, args: Args, _: Ret| {
            handle::new_request(scope, &args, "GETADDRINFOREQWRAP");
        })
    };
    let channel = Class::new("ChannelWrap", |_: &mut Scope, _: Args, _: Ret| {})
        .no_ops(&["setLocalAddress", "cancel"])
        .method("getServers", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set(array(scope, &[])))
        .method("setServers", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_int32(0));
    Table::new("cares_wrap")
        .class(request("GetAddrInfoReqWrap", "GETADDRINFOREQWRAP"))
        .class(request("GetNameInfoReqWrap", "GETNAMEINFOREQWRAP"))
        .class(request("QueryReqWrap", "QUERYWRAP"))
        .class(channel)
        .function("getaddrinfo", getaddrinfo)
        .function("getnameinfo", getnameinfo)
        .function("canonicalizeIP", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Ok(address) = arg_string(scope, &args, 0).parse::<IpAddr>() {
                rv.set(string(scope, &address.to_string()).into());
            }
        })
        .function("convertIpv6StringToBuffer", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Ok(address) = arg_string(scope, &args, 0).parse::<std::net::Ipv6Addr>() {
                rv.set(super::buffer::new_buffer(scope, address.octets().to_vec()));
            }
        })
        .function("strerror", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let number = arg_i32(scope, &args, 0);
            rv.set(string(scope, &Errno(-number).text()).into());
        })
}

/// `getaddrinfo(request, name, family, hints, order)`
fn getaddrinfo(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(request) = arg_object(&args, 0) else { return };
    let name = arg_string(scope, &args, 1);
    let family = match arg_u32(scope, &args, 2) {
        4 => Some(Family::Ipv4),
        6 => Some(Family::Ipv6),
        _ => None,
    };
    let order = arg_u32(scope, &args, 4);
    let request = keep(scope, request);
    let begun = pool::run_with_sys(
        scope,
        move |sys| sys.resolve(&name, family),
        move |scope, found| {
            let request = v8::Local::new(scope, request);
            let found = found.and_then(|found| if found.is_empty() { Err(Errno::NONAME) } else { Ok(found) });
            match found {
                Ok(mut addresses) => {
                    match order {
                        IPV4_FIRST => addresses.sort_by_key(IpAddr::is_ipv6),
                        IPV6_FIRST => addresses.sort_by_key(IpAddr::is_ipv4),
                        _ => {}
                    }
                    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                    let (none, addresses) = (null(scope), strings(scope, &addresses));
                    handle::complete(scope, request, &[none, addresses]);
                }
                Err(errno) => {
                    let errno = if errno == Errno::NOENT { Errno::NONAME } else { errno };
                    let status = integer(scope, errno.code());
                    handle::complete(scope, request, &[status]);
                }
            }
        },
    );
    rv.set_int32(begun.map_or_else(Errno::code, |()| 0));
}

/// `getnameinfo(request, address, port)`
fn getnameinfo(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(request) = arg_object(&args, 0) else { return };
    let Some(address) = parse_ip(&arg_string(scope, &args, 1)) else { return rv.set_int32(Errno::INVAL.code()) };
    let port = arg_u32(scope, &args, 2);
    let request = keep(scope, request);
    let begun = pool::run_with_sys(
        scope,
        move |sys| sys.resolve_address(address),
        move |scope, found| {
            let request = v8::Local::new(scope, request);
            match found {
                Ok(host) => {
                    let service = match port {
                        22 => "ssh".to_owned(),
                        80 => "http".to_owned(),
                        443 => "https".to_owned(),
                        port => port.to_string(),
                    };
                    let (none, host, service) = (null(scope), string(scope, &host), string(scope, &service));
                    handle::complete(scope, request, &[none, host.into(), service.into()]);
                }
                Err(_) => {
                    let status = integer(scope, Errno::NONAME.code());
                    handle::complete(scope, request, &[status]);
                }
            }
        },
    );
    rv.set_int32(begun.map_or_else(Errno::code, |()| 0));
}
