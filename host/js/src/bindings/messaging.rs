//! `messaging`: structured clones and message ports.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::bindings::handle::{self, Base, Handle};
use crate::callback;
use crate::event_loop::Remote;
use crate::realm::{Kept, realm, symbol};
use crate::table::{Class, Table};
use crate::value::*;

mod message;

use message::Message;

/// One end of a channel, wherever it lives.
pub(crate) struct PortData {
    queue: Mutex<VecDeque<Message>>,
    sibling: Mutex<Weak<PortData>>,
    /// The isolate that holds it, and its number there.
    owner: Mutex<Option<(Arc<Remote>, u64)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PortData {
    pub(crate) fn pair() -> (Arc<Self>, Arc<Self>) {
        let new =
            || Arc::new(Self { queue: Mutex::default(), sibling: Mutex::new(Weak::new()), owner: Mutex::default() });
        let (left, right) = (new(), new());
        *lock(&left.sibling) = Arc::downgrade(&right);
        *lock(&right.sibling) = Arc::downgrade(&left);
        (left, right)
    }

    fn push(&self, message: Message) {
        lock(&self.queue).push_back(message);
        self.notify(deliver);
    }

    /// Has something done for the port where it lives.
    fn notify(&self, job: fn(&mut Scope<'_, '_>, &Rc<Port>)) {
        if let Some((remote, id)) = &*lock(&self.owner) {
            let id = *id;
            remote.post(move |scope| {
                let port = realm(scope).state::<Ports>().all.borrow().get(&id).cloned();
                if let Some(port) = port {
                    job(scope, &port);
                }
            });
        }
    }
}

/// Ports of an isolate.
#[derive(Default)]
struct Ports {
    next: Cell<u64>,
    all: RefCell<HashMap<u64, Rc<Port>>>,
    /// The data the next port is made for: only the executor makes ports.
    making: RefCell<Option<Arc<PortData>>>,
}

/// A `MessagePort`.
pub(crate) struct Port {
    base: Base,
    id: u64,
    data: RefCell<Option<Arc<PortData>>>,
    receiving: Cell<bool>,
    held: Cell<bool>,
}

impl Port {
    fn detach(&self, scope: &Scope<'_, '_>) -> Option<Arc<PortData>> {
        realm(scope).state::<Ports>().all.borrow_mut().remove(&self.id);
        let data = self.data.borrow_mut().take()?;
        lock(&data.owner).take();
        Some(data)
    }
}

impl Handle for Port {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        if self.held.take() {
            realm(scope).event_loop.release();
        }
        if let Some(data) = self.detach(scope)
            && let Some(sibling) = lock(&data.sibling).upgrade()
        {
            sibling.notify(|scope, port| {
                // What was sent before is delivered first.
                deliver(scope, port);
                handle::close(scope, Rc::clone(port) as Rc<dyn Handle>);
            });
        }
    }

    fn ref_changed(&self, scope: &mut Scope<'_, '_>) {
        let want = self.data.borrow().is_some() && self.base.is_ref();
        if self.held.replace(want) != want {
            let event_loop = &realm(scope).event_loop;
            if want { event_loop.hold() } else { event_loop.release() }
        }
    }
}

pub(super) fn table() -> Table {
    let port = Class::new("MessagePort", construct);
    let port = handle::methods(port).method("postMessage", post_message).method(
        "start",
        |scope: &mut Scope, args: Args, _: Ret| {
            let Some(port) = handle::this::<Port>(scope, &args) else { return };
            port.receiving.set(true);
            if let Some(data) = &*port.data.borrow() {
                data.notify(deliver);
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
                port.receiving.set(false);
            }
        })
        .function("drainMessagePort", |scope: &mut Scope, args: Args, _: Ret| {
            if let Some(port) = handle::unwrap::<Port>(scope, args.get(0)) {
                drain(scope, &port, true);
            }
        })
        .function("receiveMessageOnPort", receive_message)
        .function("structuredClone", structured_clone)
        .init(|scope, object| {
            let exports = realm(scope).object(scope, Kept::Exports);
            let class = get(scope, exports, "DOMException");
            set(scope, object, "DOMException", class);
        })
}

fn construct(scope: &mut Scope, args: Args, _rv: Ret) {
    let realm = realm(scope);
    let ports = realm.state::<Ports>();
    let Some(data) = ports.making.borrow_mut().take() else {
        return throw_code(scope, Kind::Type, "ERR_CONSTRUCT_CALL_INVALID", "Constructor cannot be called");
    };
    let this = args.this();
    let id = ports.next.get();
    ports.next.set(id + 1);
    let port = Rc::new(Port {
        base: Base::new(scope, this, "MESSAGEPORT"),
        id,
        data: RefCell::new(Some(Arc::clone(&data))),
        receiving: Cell::new(false),
        held: Cell::new(false),
    });
    handle::wrap(scope, this, Rc::clone(&port) as Rc<dyn Handle>);
    ports.all.borrow_mut().insert(id, Rc::clone(&port));
    *lock(&data.owner) = Some((realm.event_loop.remote(), id));
    port.ref_changed(scope);
}

/// A port object for one end of a channel.
pub(crate) fn create<'s>(scope: &mut Scope<'s, '_>, data: Arc<PortData>) -> Option<Object<'s>> {
    let realm = realm(scope);
    *realm.state::<Ports>().making.borrow_mut() = Some(data);
    let binding = realm.binding(scope, "messaging")?;
    let constructor = get_function(scope, binding, "MessagePort")?;
    let port = constructor.new_instance(scope, &[])?;
    let key = symbol(scope, "oninit");
    if let Some(init) = port.get(scope, key.into()).and_then(|init| Function::try_from(init).ok()) {
        init.call(scope, port.into(), &[])?;
    }
    Some(port)
}

/// Takes the end of a channel out of a port that is being transferred.
fn take_data(scope: &mut Scope<'_, '_>, object: Object<'_>) -> Option<Arc<PortData>> {
    let port = handle::unwrap::<Port>(scope, object.into())?;
    let data = port.detach(scope)?;
    handle::close(scope, port as Rc<dyn Handle>);
    Some(data)
}

/// Delivers what has come, if the port wants it.
fn deliver(scope: &mut Scope<'_, '_>, port: &Rc<Port>) {
    drain(scope, port, false);
}

fn drain(scope: &mut Scope<'_, '_>, port: &Rc<Port>, whether_or_not: bool) {
    // As many as there are now: a port that sends to itself must not go on for ever.
    let count = port.data.borrow().as_ref().map_or(0, |data| lock(&data.queue).len());
    for _ in 0..count {
        if !port.receiving.get() && !whether_or_not {
            return;
        }
        let message = port.data.borrow().as_ref().and_then(|data| lock(&data.queue).pop_front());
        let Some(message) = message else { return };
        emit(scope, port, message);
    }
}

fn emit(scope: &mut Scope<'_, '_>, port: &Rc<Port>, message: Message) {
    let realm = realm(scope);
    let Some(object) = port.base.object(scope) else { return };
    let exports = realm.object(scope, Kept::Exports);
    let Some(emit_message) = get_function(scope, exports, "emitMessage") else { return };
    let read = {
        v8::tc_scope!(let caught, scope);
        match message.read(caught) {
            Some(read) => Ok(read),
            None => {
                let error = caught.exception();
                caught.reset();
                Err(error)
            }
        }
    };
    let (payload, ports, kind) = match read {
        Ok((payload, ports)) => (payload, ports, "message"),
        Err(error) => (error.unwrap_or_else(|| undefined(scope)), array(scope, &[]), "messageerror"),
    };
    let kind = string(scope, kind).into();
    callback::make_callback(scope, port.base.ids(), object, emit_message, &[payload, ports, kind]);
}

/// The objects to be transferred: a list, or `{ transfer: list }`.
fn transfer_list<'s>(scope: &mut Scope<'s, '_>, value: Value<'s>) -> Vec<Object<'s>> {
    let list = match v8::Local::<v8::Array>::try_from(value) {
        Ok(list) => Some(list),
        Err(_) => Object::try_from(value).ok().and_then(|options| get(scope, options, "transfer").try_into().ok()),
    };
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|index| Object::try_from(list.get_index(scope, index)?).ok()).collect()
}

/// `postMessage(value, transfer)`
fn post_message<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, mut rv: Ret) {
    let Some(port) = handle::this::<Port>(scope, &args) else { return };
    if args.length() == 0 {
        let message = "The \"message\" argument must be specified";
        return throw_code(scope, Kind::Type, "ERR_MISSING_ARGS", message);
    }
    let transfer = transfer_list(scope, args.get(1));
    let this = args.this();
    if transfer.contains(&this) {
        return message::throw_clone_error(scope, "Transfer list contains source port");
    }
    let Some(message) = Message::write(scope, args.get(0), &transfer) else { return };
    let sibling = port.data.borrow().as_ref().and_then(|data| lock(&data.sibling).upgrade());
    if let Some(sibling) = sibling {
        sibling.push(message);
    }
    rv.set_bool(true);
}

fn receive_message(scope: &mut Scope, args: Args, mut rv: Ret) {
    let none = symbol(scope, "no_message_symbol");
    let Some(port) = handle::unwrap::<Port>(scope, args.get(0)) else {
        let message = "The \"port\" argument must be a MessagePort instance";
        return throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", message);
    };
    let message = port.data.borrow().as_ref().and_then(|data| lock(&data.queue).pop_front());
    match message {
        Some(message) => {
            if let Some((payload, _)) = message.read(scope) {
                rv.set(payload);
            }
        }
        None => rv.set(none.into()),
    }
}

/// `structuredClone(value, transfer)`
fn structured_clone<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, mut rv: Ret) {
    let transfer = transfer_list(scope, args.get(1));
    let Some(message) = Message::write(scope, args.get(0), &transfer) else { return };
    if let Some((payload, _)) = message.read(scope) {
        rv.set(payload);
    }
}
