//! `messaging`: structured clones and message ports.

use std::sync::Arc;

use crate::bindings::handle;
use crate::bindings::process_methods;
use crate::realm::{Kept, realm, symbol};
use crate::table::{Class, Table};
use crate::value::*;

mod message;
mod port;
mod transfer;

use message::Message;
use port::{Port, Posted};

pub(crate) use port::{PortData, close_all, create};
pub(crate) use transfer::{Carried, Mode};

pub(super) fn table() -> Table {
    let port = Class::new("MessagePort", port::construct);
    let port = handle::own_methods(port).method("postMessage", post_message).method(
        "start",
        |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(port) = handle::this::<Port>(scope, &args) {
                port.start();
            }
        },
    );
    Table::new("messaging")
        .class(port)
        .class(Class::new("MessageChannel", |scope: &mut Scope, args: Args, _: Ret| {
            if !args.is_construct_call() {
                let message = "Class constructor MessageChannel cannot be invoked without `new`";
                return throw_code(scope, Kind::Type, "ERR_CONSTRUCT_CALL_REQUIRED", message);
            }
            let (left, right) = PortData::pair();
            let this = args.this();
            for (key, data) in [("port1", left), ("port2", right)] {
                let Some(port) = create(scope, data) else { return };
                set(scope, this, key, port.into());
            }
        }))
        .function("setDeserializerCreateObjectFunction", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::CreateObject, args.get(0));
        })
        .function("exposeLazyDOMExceptionProperty", |scope: &mut Scope, args: Args, _: Ret| {
            let Some(object) = arg_object(&args, 0) else { return };
            let exports = realm(scope).object(scope, Kept::Exports);
            let class = get(scope, exports, "DOMException");
            let key = name(scope, "DOMException");
            object.define_own_property(scope, key.into(), class, v8::PropertyAttribute::DONT_ENUM);
        })
        .function("stopMessagePort", |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(port) = handle::unwrap::<Port>(scope, args.get(0)) {
                port.stop();
            }
        })
        .function("checkMessagePort", |scope: &mut Scope, args: Args, mut rv: Ret| {
            rv.set_bool(handle::unwrap::<Port>(scope, args.get(0)).is_some());
        })
        .function("drainMessagePort", |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(port) = handle::unwrap::<Port>(scope, args.get(0)) {
                port.deliver(scope, true);
            }
        })
        .function("receiveMessageOnPort", receive_message)
        .function("broadcastChannel", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let channel = arg_string(scope, &args, 0);
            let data = PortData::broadcast(channel, Arc::clone(&realm(scope).process));
            if let Some(port) = create(scope, data) {
                rv.set(port.into());
            }
        })
        .function("structuredClone", structured_clone)
        .init(|scope, object| {
            let exports = realm(scope).object(scope, Kept::Exports);
            let class = get(scope, exports, "DOMException");
            set(scope, object, "DOMException", class);
        })
}

/// What something iterable gives; `Ok(None)` where it is not iterable, `Err` where an exception is pending.
fn items<'s>(scope: &mut Scope<'s, '_>, value: Value<'s>) -> Result<Option<Vec<Value<'s>>>, ()> {
    let Ok(object) = Object::try_from(value) else { return Ok(None) };
    let mut all = Vec::new();
    if let Ok(list) = v8::Local::<v8::Array>::try_from(value) {
        for index in 0..list.length() {
            all.push(list.get_index(scope, index).ok_or(())?);
        }
        return Ok(Some(all));
    }
    let key = v8::Symbol::get_iterator(scope);
    let Ok(method) = Function::try_from(object.get(scope, key.into()).ok_or(())?) else { return Ok(None) };
    let Ok(iterator) = Object::try_from(method.call(scope, value, &[]).ok_or(())?) else { return Ok(None) };
    let key = name(scope, "next");
    let Ok(next) = Function::try_from(iterator.get(scope, key.into()).ok_or(())?) else { return Ok(None) };
    let (done, value) = (name(scope, "done"), name(scope, "value"));
    loop {
        let Ok(step) = Object::try_from(next.call(scope, iterator.into(), &[]).ok_or(())?) else { return Ok(None) };
        if step.get(scope, done.into()).ok_or(())?.boolean_value(scope) {
            return Ok(Some(all));
        }
        all.push(step.get(scope, value.into()).ok_or(())?);
    }
}

/// The objects to be transferred: a list, or `{ transfer: list }`. An exception is pending where there is none.
fn transfer_list<'s>(scope: &mut Scope<'s, '_>, value: Value<'s>) -> Option<Vec<Value<'s>>> {
    if value.is_null_or_undefined() {
        return Some(Vec::new());
    }
    let Ok(object) = Object::try_from(value) else {
        throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", "Optional transferList argument must be an iterable");
        return None;
    };
    if let Some(list) = items(scope, value).ok()? {
        return Some(list);
    }
    let key = name(scope, "transfer");
    let option = object.get(scope, key.into())?;
    if option.is_undefined() {
        return Some(Vec::new());
    }
    let list = items(scope, option).ok()?;
    if list.is_none() {
        let message = "Optional options.transfer argument must be an iterable";
        throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", message);
    }
    list
}

/// `postMessage(value, transfer)`
fn post_message<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, mut rv: Ret) {
    let Some(port) = handle::this::<Port>(scope, &args) else { return };
    if args.length() == 0 {
        let message = "Not enough arguments to MessagePort.postMessage";
        return throw_code(scope, Kind::Type, "ERR_MISSING_ARGS", message);
    }
    let Some(transfer) = transfer_list(scope, args.get(1)) else { return };
    // A closed port takes messages too, and what is transferred is gone.
    let Some(message) = Message::write(scope, args.get(0), &transfer, Some(args.this())) else { return };
    let Some(data) = port.data() else { return };
    match data.post(message) {
        Posted::Sent => rv.set_bool(true),
        Posted::Unheard => rv.set_bool(false),
        Posted::Lost => {
            rv.set_bool(true);
            let text = "The target port was posted to itself, and the communication channel was lost";
            process_methods::emit_warning(scope, text);
        }
        Posted::NotShared => {
            process_methods::emit_warning(scope, "Transferables cannot be used with multiple destinations.");
        }
    }
}

fn receive_message(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(port) = handle::unwrap::<Port>(scope, args.get(0)) else {
        let message = "The \"port\" argument must be a MessagePort instance";
        return throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", message);
    };
    match port.next(scope, true) {
        Some(message) => {
            if let Some((payload, _)) = message.read(scope) {
                rv.set(payload);
            }
        }
        None => rv.set(symbol(scope, "no_message_symbol").into()),
    }
}

/// `structuredClone(value, transfer)`
fn structured_clone<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, mut rv: Ret) {
    let Some(transfer) = transfer_list(scope, args.get(1)) else { return };
    let Some(message) = Message::write(scope, args.get(0), &transfer, None) else { return };
    if let Some((payload, _)) = message.read(scope) {
        rv.set(payload);
    }
}
