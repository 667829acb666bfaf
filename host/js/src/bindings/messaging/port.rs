//! `MessagePort`: the ends of channels.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use super::message::Message;
use super::transfer::{Carried, Mode};
use crate::bindings::handle::{self, Base, Handle};
use crate::bindings::worker::Process;
use crate::callback;
use crate::event_loop::Remote;
use crate::realm::{Kept, realm, symbol};
use crate::value::*;

/// Fewest messages that one turn of the event loop delivers, where there are so many.
const BATCH: usize = 1000;

/// What comes out of a channel.
pub(super) enum Incoming {
    Message(Arc<Message>),
    /// The other end is closed: nothing comes after this.
    Close,
}

/// One end of a channel, wherever it lives.
pub(crate) struct PortData {
    queue: Mutex<VecDeque<Incoming>>,
    link: Link,
    /// The isolate that holds it, and its number there.
    owner: Mutex<Option<(Arc<Remote>, u64)>>,
    /// The isolate was told that there is something, and has not looked yet.
    told: AtomicBool,
}

/// Who hears what is posted to a port.
enum Link {
    /// The other end of a `MessageChannel`.
    Pair(OnceLock<Weak<PortData>>),
    /// Every other end of a `BroadcastChannel`.
    Channel(String, Arc<Process>),
}

/// What became of a message.
pub(super) enum Posted {
    Sent,
    /// Nobody hears it.
    Unheard,
    /// Several hear it, and it carries what only one can have.
    NotShared,
    /// It carried the other end of its own channel, which is lost.
    Lost,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PortData {
    pub(crate) fn pair() -> (Arc<Self>, Arc<Self>) {
        let left = Self::new(Link::Pair(OnceLock::new()));
        let right = Self::new(Link::Pair(OnceLock::from(Arc::downgrade(&left))));
        if let Link::Pair(sibling) = &left.link {
            let _ = sibling.set(Arc::downgrade(&right));
        }
        (left, right)
    }

    /// An end of a broadcast channel.
    pub(super) fn broadcast(channel: String, process: Arc<Process>) -> Arc<Self> {
        let data = Self::new(Link::Channel(channel.clone(), Arc::clone(&process)));
        process.join(&channel, &data);
        data
    }

    fn new(link: Link) -> Arc<Self> {
        Arc::new(Self { queue: Mutex::default(), link, owner: Mutex::default(), told: AtomicBool::new(false) })
    }

    /// Everybody who hears what is posted here.
    fn listeners(&self) -> Vec<Arc<Self>> {
        match &self.link {
            Link::Pair(sibling) => sibling.get().and_then(Weak::upgrade).into_iter().collect(),
            Link::Channel(name, process) => {
                let mut ends = process.ends(name);
                ends.retain(|end| !std::ptr::eq(Arc::as_ptr(end), self));
                ends
            }
        }
    }

    pub(super) fn post(&self, message: Message) -> Posted {
        let listeners = self.listeners();
        if listeners.is_empty() {
            return Posted::Unheard;
        }
        if listeners.len() > 1 && message.has_transferables() {
            return Posted::NotShared;
        }
        if listeners.iter().any(|listener| message.carries(listener)) {
            return Posted::Lost;
        }
        let message = Arc::new(message);
        for listener in listeners {
            listener.push(Incoming::Message(Arc::clone(&message)));
        }
        Posted::Sent
    }

    fn push(&self, incoming: Incoming) {
        lock(&self.queue).push_back(incoming);
        self.notify();
    }

    /// Has the port, where it lives, look into the queue.
    fn notify(&self) {
        let owner = lock(&self.owner);
        let Some((remote, id)) = &*owner else { return };
        if self.told.swap(true, Ordering::AcqRel) {
            return;
        }
        let id = *id;
        remote.post(move |scope| {
            let port = realm(scope).state::<Ports>().all.borrow().get(&id).cloned();
            if let Some(port) = port {
                if let Some(data) = &*port.data.borrow() {
                    data.told.store(false, Ordering::Release);
                }
                port.deliver(scope, false);
            }
        });
    }
}

impl Drop for PortData {
    fn drop(&mut self) {
        if let Link::Pair(_) = self.link {
            for sibling in self.listeners() {
                sibling.push(Incoming::Close);
            }
        }
    }
}

/// An end that travels.
struct Travelling(Arc<PortData>);

impl Carried for Travelling {
    fn create<'s>(self: Box<Self>, scope: &mut Scope<'s, '_>) -> Option<Object<'s>> {
        create(scope, self.0)
    }

    fn is_port(&self, port: &PortData) -> bool {
        std::ptr::eq(Arc::as_ptr(&self.0), port)
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
pub(super) struct Port {
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
        data.told.store(false, Ordering::Release);
        Some(data)
    }

    /// The end of the channel, unless it was transferred or closed.
    pub(super) fn data(&self) -> Option<Arc<PortData>> {
        if self.base.is_closed() { None } else { self.data.borrow().clone() }
    }

    pub(super) fn start(&self) {
        self.receiving.set(true);
        if let Some(data) = &*self.data.borrow() {
            data.notify();
        }
    }

    pub(super) fn stop(&self) {
        self.receiving.set(false);
    }

    /// The next message, if one is there and wanted.
    pub(super) fn next(self: &Rc<Self>, scope: &mut Scope<'_, '_>, whether_or_not: bool) -> Option<Arc<Message>> {
        let incoming = {
            let data = self.data.borrow();
            let mut queue = lock(&data.as_ref()?.queue);
            let wanted = whether_or_not || self.receiving.get() || matches!(queue.front(), Some(Incoming::Close));
            if wanted { queue.pop_front() } else { None }
        };
        match incoming? {
            Incoming::Message(message) => Some(message),
            Incoming::Close => {
                handle::close(scope, Rc::clone(self) as Rc<dyn Handle>);
                None
            }
        }
    }

    /// Delivers what has come, if the port wants it.
    pub(super) fn deliver(self: &Rc<Self>, scope: &mut Scope<'_, '_>, whether_or_not: bool) {
        let Some(data) = self.data() else { return };
        // As many as there are now: a port that sends to itself must not go on for ever.
        let mut limit = lock(&data.queue).len().max(BATCH);
        drop(data);
        if whether_or_not {
            limit = usize::MAX;
        }
        for _ in 0..limit {
            if !realm(scope).can_run() {
                return;
            }
            v8::scope!(let scope, scope);
            let Some(message) = self.next(scope, whether_or_not) else { return };
            if emit(scope, self, &message).is_none() {
                break;
            }
        }
        if let Some(data) = &*self.data.borrow() {
            data.notify();
        }
    }
}

impl Handle for Port {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        let realm = realm(scope);
        if self.held.take() {
            realm.event_loop.release();
        }
        if self.data.borrow().is_none() {
            return;
        }
        // What was sent before is still read, if it is read in this turn.
        let id = self.id;
        realm.event_loop.close(move |scope| {
            let port = crate::realm::realm(scope).state::<Ports>().all.borrow().get(&id).cloned();
            if let Some(port) = port {
                // The other end hears of it when this one's data goes.
                drop(port.detach(scope));
            }
        });
    }

    fn ref_changed(&self, scope: &mut Scope<'_, '_>) {
        let want = self.data.borrow().is_some() && self.base.is_ref();
        if self.held.replace(want) != want {
            let event_loop = &realm(scope).event_loop;
            if want { event_loop.hold() } else { event_loop.release() }
        }
    }

    fn transfer_mode(&self) -> Mode {
        if self.data.borrow().is_some() { Mode::TRANSFERABLE } else { Mode::NONE }
    }

    fn carry(self: Rc<Self>, scope: &mut Scope<'_, '_>, _moved: bool) -> Option<Box<dyn Carried>> {
        let data = self.detach(scope)?;
        handle::close(scope, self);
        Some(Box::new(Travelling(data)))
    }
}

/// Whether an object is a port.
pub(super) fn is_port(scope: &mut Scope<'_, '_>, object: Object<'_>) -> bool {
    handle::unwrap::<Port>(scope, object.into()).is_some()
}

/// Whether an object is a port that no longer has an end of a channel.
pub(super) fn is_detached(scope: &mut Scope<'_, '_>, object: Object<'_>) -> bool {
    handle::unwrap::<Port>(scope, object.into()).is_some_and(|port| port.data().is_none())
}

/// Lets go of the ends of channels that a thread holds, at its end.
pub(crate) fn close_all(scope: &Scope<'_, '_>) {
    let all: Vec<_> = realm(scope).state::<Ports>().all.borrow().values().cloned().collect();
    for port in all {
        drop(port.detach(scope));
    }
}

pub(super) fn construct(scope: &mut Scope, args: Args, _rv: Ret) {
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
    // What came before it had an owner.
    data.notify();
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

/// Gives a message to the port's listeners; `None` where that threw.
fn emit(scope: &mut Scope<'_, '_>, port: &Port, message: &Message) -> Option<()> {
    let realm = realm(scope);
    let object = port.base.object(scope)?;
    let exports = realm.object(scope, Kept::Exports);
    let emit_message = get_function(scope, exports, "emitMessage")?;
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
    let none = undefined(scope);
    let (payload, ports, kind) = match read {
        Ok((payload, ports)) if ports.is_empty() => (payload, none, "message"),
        Ok((payload, ports)) => (payload, array(scope, &ports), "message"),
        Err(error) => (error.unwrap_or(none), none, "messageerror"),
    };
    let kind = string(scope, kind).into();
    callback::make_callback(scope, port.base.ids(), object, emit_message, &[payload, ports, kind]).map(drop)
}
