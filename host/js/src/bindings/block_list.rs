//! `block_list`: socket addresses as values, and lists of addresses that are not to be talked to.

mod address;
mod rules;

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bindings::messaging::{Carried, Mode};
use crate::native::{self, Native};
use crate::realm::realm;
use crate::table::{Class, Table};
use crate::value::*;

use rules::Rules;

// As the system numbers them.
const INET: u32 = 2;
const INET6: u32 = 10;

pub(super) fn table() -> Table {
    let address = Class::new("SocketAddress", new_address)
        .method("detail", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(address) = native::this::<SocketAddress>(scope, &args) else { return };
            let Some(object) = arg_object(&args, 0) else { return };
            let family = if address.ip.is_ipv4() { INET } else { INET6 };
            set_string(scope, object, "address", &address::text(address.ip));
            set_number(scope, object, "port", f64::from(address.port));
            set_number(scope, object, "family", f64::from(family));
            set_number(scope, object, "flowlabel", f64::from(address.flow_label.get()));
            rv.set(object.into());
        })
        .method("legacyDetail", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(address) = native::this::<SocketAddress>(scope, &args) else { return };
            let object = v8::Object::new(scope);
            set_string(scope, object, "address", &address::text(address.ip));
            set_string(scope, object, "family", if address.ip.is_ipv4() { "IPv4" } else { "IPv6" });
            set_number(scope, object, "port", f64::from(address.port));
            rv.set(object.into());
        })
        .method("flowlabel", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(address) = native::this::<SocketAddress>(scope, &args) else { return };
            rv.set_uint32(address.flow_label.get());
        });
    Table::new("block_list").class(address).class(list_class())
}

fn list_class() -> Class {
    Class::new("BlockList", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        native::wrap(scope, this, Rc::new(BlockList::default()));
    })
    .method("addAddress", |scope: &mut Scope, args: Args, _: Ret| {
        let Some((list, [address])) = receiver(scope, &args) else { return };
        list.rules().add_address(address);
    })
    .method("addAddresses", |scope: &mut Scope, args: Args, _: Ret| {
        let Some(list) = native::this::<BlockList>(scope, &args) else { return };
        let Ok(all) = v8::Local::<v8::Array>::try_from(args.get(0)) else { return };
        for index in 0..all.length() {
            let Some(item) = all.get_index(scope, index) else { return };
            let Some(address) = native::unwrap::<SocketAddress>(scope, item) else { return };
            list.rules().add_address(address.ip);
        }
    })
    .method("addRange", |scope: &mut Scope, args: Args, mut rv: Ret| {
        let Some((list, [start, end])) = receiver(scope, &args) else { return };
        rv.set_bool(list.rules().add_range(start, end));
    })
    .method("addSubnet", |scope: &mut Scope, args: Args, _: Ret| {
        let Some((list, [network])) = receiver(scope, &args) else { return };
        let prefix = arg_u32(scope, &args, 1);
        list.rules().add_subnet(network, prefix);
    })
    .method("removeAddress", |scope: &mut Scope, args: Args, _: Ret| {
        let Some((list, [address])) = receiver(scope, &args) else { return };
        list.rules().remove_address(address);
    })
    .method("removeRange", |scope: &mut Scope, args: Args, _: Ret| {
        let Some((list, [start, end])) = receiver(scope, &args) else { return };
        list.rules().remove_range(start, end);
    })
    .method("removeSubnet", |scope: &mut Scope, args: Args, _: Ret| {
        let Some((list, [network])) = receiver(scope, &args) else { return };
        let prefix = arg_u32(scope, &args, 1);
        list.rules().remove_subnet(network, prefix);
    })
    .method("check", |scope: &mut Scope, args: Args, mut rv: Ret| {
        let Some((list, [address])) = receiver(scope, &args) else { return };
        rv.set_bool(list.rules().matches(address));
    })
    .method("checkString", |scope: &mut Scope, args: Args, mut rv: Ret| {
        let Some(list) = native::this::<BlockList>(scope, &args) else { return };
        let text = arg_string(scope, &args, 0);
        // Here a zone makes no address.
        let ip = match arg_u32(scope, &args, 1) {
            INET => text.parse().ok().map(IpAddr::V4),
            _ => text.parse().ok().map(IpAddr::V6),
        };
        rv.set_bool(ip.is_some_and(|ip| list.rules().matches(ip)));
    })
    .method("getRules", |scope: &mut Scope, args: Args, mut rv: Ret| {
        let Some(list) = native::this::<BlockList>(scope, &args) else { return };
        let lines = list.rules().lines();
        rv.set(strings(scope, &lines));
    })
    .method("getSize", |scope: &mut Scope, args: Args, mut rv: Ret| {
        let Some(list) = native::this::<BlockList>(scope, &args) else { return };
        rv.set_double(list.rules().len() as f64);
    })
    .method("clear", |scope: &mut Scope, args: Args, _: Ret| {
        let Some(list) = native::this::<BlockList>(scope, &args) else { return };
        *list.rules() = Rules::default();
    })
}

/// The list a method is called on, and the addresses it is given first.
fn receiver<const N: usize>(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Option<(Rc<BlockList>, [IpAddr; N])> {
    let list = native::this::<BlockList>(scope, args)?;
    let mut addresses = [IpAddr::from([0; 4]); N];
    for (index, address) in (0..).zip(&mut addresses) {
        *address = native::unwrap::<SocketAddress>(scope, args.get(index))?.ip;
    }
    Some((list, addresses))
}

/// `net.SocketAddress`
#[derive(Clone)]
struct SocketAddress {
    ip: IpAddr,
    port: u16,
    flow_label: Cell<u32>,
}

impl Native for SocketAddress {
    fn transfer_mode(&self) -> Mode {
        Mode::CLONEABLE
    }

    fn carry(&self, _scope: &mut Scope<'_, '_>, _moved: bool) -> Option<Box<dyn Carried>> {
        Some(Box::new(self.clone()))
    }
}

impl Carried for SocketAddress {
    fn create<'s>(self: Box<Self>, scope: &mut Scope<'s, '_>) -> Option<Object<'s>> {
        let binding = realm(scope).binding(scope, "block_list")?;
        let constructor = get_function(scope, binding, "SocketAddress")?;
        let family = if self.ip.is_ipv4() { INET } else { INET6 };
        let arguments = [
            string(scope, &address::text(self.ip)).into(),
            number(scope, f64::from(self.port)),
            number(scope, f64::from(family)),
            number(scope, f64::from(self.flow_label.get())),
        ];
        constructor.new_instance(scope, &arguments)
    }
}

/// `new SocketAddress(address, port, family, flowLabel)`
fn new_address(scope: &mut Scope, args: Args, _rv: Ret) {
    let text = arg_string(scope, &args, 0);
    let Some(ip) = address::parse(&text, arg_u32(scope, &args, 2) == INET6) else {
        return throw_code(scope, Kind::Error, "ERR_INVALID_ADDRESS", "Invalid socket address");
    };
    // JavaScript has checked that it is one.
    let port = u16::try_from(arg_u32(scope, &args, 1)).unwrap_or_default();
    let flow_label = Cell::new(arg_u32(scope, &args, 3));
    let this = args.this();
    native::wrap(scope, this, Rc::new(SocketAddress { ip, port, flow_label }));
}

/// `net.BlockList`. Its clones, on any thread, are the same list.
#[derive(Clone, Default)]
struct BlockList(Arc<Mutex<Rules>>);

impl BlockList {
    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Native for BlockList {
    fn transfer_mode(&self) -> Mode {
        Mode::CLONEABLE
    }

    fn carry(&self, _scope: &mut Scope<'_, '_>, _moved: bool) -> Option<Box<dyn Carried>> {
        Some(Box::new(self.clone()))
    }
}

impl Carried for BlockList {
    fn create<'s>(self: Box<Self>, scope: &mut Scope<'s, '_>) -> Option<Object<'s>> {
        let binding = realm(scope).binding(scope, "block_list")?;
        let constructor = get_function(scope, binding, "BlockList")?;
        let object = constructor.new_instance(scope, &[])?;
        native::wrap(scope, object, Rc::new(*self));
        Some(object)
    }
}
