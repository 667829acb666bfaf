//! Handles and requests: the native halves of sockets, pipes, timers' kin and of operations under way (`HandleWrap`,
//! `ReqWrap`).

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::bindings::async_wrap::{self, Resource};
use crate::bindings::messaging::{Carried, Mode};
use crate::callback::{self, AsyncIds};
use crate::native::{self, Native};
use crate::realm::{realm, symbol};
use crate::table::Class;
use crate::value::*;

/// What every handle has. While it is open it holds its JavaScript object, as libuv's loop would.
#[derive(Default)]
pub(crate) struct Base {
    resource: Resource,
    object: RefCell<Option<v8::Global<v8::Object>>>,
    unref: Cell<bool>,
    closed: Cell<bool>,
    /// Closed, and everybody is being told.
    over: Cell<bool>,
    provider: Cell<&'static str>,
}

impl Base {
    /// The base of a handle that `object` stands for; `provider` is a name of `async_wrap.Providers`.
    pub(crate) fn new(scope: &mut Scope<'_, '_>, object: Object<'_>, provider: &'static str) -> Self {
        let base = Self::default();
        base.resource.init(scope, object, provider);
        base.provider.set(provider);
        *base.object.borrow_mut() = Some(keep(scope, object));
        base
    }

    /// The JavaScript object, while the handle is open.
    pub(crate) fn object<'s>(&self, scope: &Scope<'s, '_>) -> Option<Object<'s>> {
        self.object.borrow().as_ref().map(|object| v8::Local::new(scope, object))
    }

    pub(crate) fn ids(&self) -> AsyncIds {
        self.resource.ids()
    }

    /// Whether it keeps the program alive while it is active.
    pub(crate) fn is_ref(&self) -> bool {
        !self.unref.get() && !self.closed.get()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Calls a method of the JavaScript object.
    pub(crate) fn call<'s>(&self, scope: &mut Scope<'s, '_>, method: &str, args: &[Value<'s>]) -> Option<Value<'s>> {
        let object = self.object(scope)?;
        callback::make_callback_named(scope, self.ids(), object, method, args)
    }
}

/// A native handle.
pub(crate) trait Handle: Any {
    fn base(&self) -> &Base;
    /// Gives up what the handle stands for; called once.
    fn close(&self, scope: &mut Scope<'_, '_>);
    /// Called when `ref` or `unref` has changed what [`Base::is_ref`] says.
    fn ref_changed(&self, _scope: &mut Scope<'_, '_>) {}

    /// As [`Native::transfer_mode`].
    fn transfer_mode(&self) -> Mode {
        Mode::NONE
    }

    /// As [`Native::carry`].
    fn carry(self: Rc<Self>, _scope: &mut Scope<'_, '_>, _moved: bool) -> Option<Box<dyn Carried>> {
        None
    }
}

/// What the object of a handle carries.
struct HandleRef(Rc<dyn Handle>);

impl Native for HandleRef {
    fn transfer_mode(&self) -> Mode {
        if self.0.base().is_closed() { Mode::NONE } else { self.0.transfer_mode() }
    }

    fn carry(&self, scope: &mut Scope<'_, '_>, moved: bool) -> Option<Box<dyn Carried>> {
        Rc::clone(&self.0).carry(scope, moved)
    }
}

/// Every open handle, for `process._getActiveHandles`.
#[derive(Default)]
struct Open(RefCell<Vec<std::rc::Weak<dyn Handle>>>);

/// Ties a handle to its JavaScript object.
pub(crate) fn wrap(scope: &mut Scope<'_, '_>, object: Object<'_>, handle: Rc<dyn Handle>) {
    let open = realm(scope).state::<Open>();
    let mut all = open.0.borrow_mut();
    // Once in a while what is gone is dropped.
    if all.len() == all.capacity() {
        all.retain(|handle| handle.strong_count() > 0);
    }
    all.push(Rc::downgrade(&handle));
    drop(all);
    native::wrap(scope, object, Rc::new(HandleRef(handle)));
}

/// The handle of an object, if it is one of this type.
pub(crate) fn unwrap<T: Handle>(scope: &mut Scope<'_, '_>, value: Value<'_>) -> Option<Rc<T>> {
    let handle = native::unwrap::<HandleRef>(scope, value)?;
    let handle: Rc<dyn Any> = Rc::clone(&handle.0) as Rc<dyn Any>;
    handle.downcast().ok()
}

/// The handle of a callback's receiver; throws where it is none.
pub(crate) fn this<T: Handle>(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Option<Rc<T>> {
    let this = args.this();
    let handle = unwrap(scope, this.into());
    if handle.is_none() {
        throw_type(scope, "Illegal invocation");
    }
    handle
}

/// Methods every handle class has.
pub(crate) fn methods(class: Class) -> Class {
    own_methods(async_wrap::methods(class))
}

/// Those of them that are a handle's alone, not every resource's.
pub(crate) fn own_methods(class: Class) -> Class {
    class
        .method("close", |scope: &mut Scope, args: Args, _: Ret| {
            let this = args.this();
            let Some(handle) = native::unwrap::<HandleRef>(scope, this.into()) else { return };
            if let Some(callback) = arg_function(&args, 0) {
                let key = symbol(scope, "handle_onclose");
                this.set(scope, key.into(), callback.into());
            }
            close(scope, Rc::clone(&handle.0));
        })
        .method("ref", |scope: &mut Scope, args: Args, _: Ret| set_ref(scope, &args, true))
        .method("unref", |scope: &mut Scope, args: Args, _: Ret| set_ref(scope, &args, false))
        .method("hasRef", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let this = args.this();
            let Some(handle) = native::unwrap::<HandleRef>(scope, this.into()) else { return };
            let base = handle.0.base();
            // Until it is closed wholly the answer is that of before.
            if base.object.borrow().is_some() {
                rv.set_bool(!base.unref.get() && !base.over.get());
            }
        })
}

fn set_ref(scope: &mut Scope<'_, '_>, args: &Args<'_>, value: bool) {
    let this = args.this();
    if let Some(handle) = native::unwrap::<HandleRef>(scope, this.into()) {
        handle.0.base().unref.set(!value);
        handle.0.ref_changed(scope);
    }
}

/// Closes a handle; its `onclose` function is called in the closing phase.
pub(crate) fn close(scope: &mut Scope<'_, '_>, handle: Rc<dyn Handle>) {
    if handle.base().closed.replace(true) {
        return;
    }
    handle.close(scope);
    realm(scope).event_loop.close(move |scope| {
        let base = handle.base();
        base.over.set(true);
        let Some(object) = base.object(scope) else { return };
        let key = symbol(scope, "handle_onclose");
        if let Some(callback) = object.get(scope, key.into()).and_then(|value| Function::try_from(value).ok()) {
            callback::make_callback(scope, base.ids(), object, callback, &[]);
        }
        async_wrap::queue_destroy(scope, base.ids().id);
        // From here on the object may be collected.
        base.object.borrow_mut().take();
    });
}

/// Gives up what every open handle stands for, at the end of a thread whose process goes on.
pub(crate) fn close_all(scope: &mut Scope<'_, '_>) {
    let open = realm(scope).state::<Open>();
    let all: Vec<_> = open.0.borrow().iter().filter_map(std::rc::Weak::upgrade).collect();
    for handle in all {
        if !handle.base().closed.replace(true) {
            handle.close(scope);
        }
    }
}

/// The native half of a request object: its ids, and what belongs to the operation.
struct Request(Resource, Box<dyn Any>);

impl Native for Request {}

/// Constructor of a request class.
pub(crate) fn new_request(scope: &mut Scope<'_, '_>, args: &Args<'_>, provider: &'static str) {
    new_request_with(scope, args, provider, Box::new(()));
}

/// As [`new_request`], for one that carries what [`request_payload`] gives.
pub(crate) fn new_request_with(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    provider: &'static str,
    payload: Box<dyn Any>,
) {
    let this = args.this();
    let resource = Resource::new(scope, this, provider);
    native::wrap(scope, this, Rc::new(Request(resource, payload)));
}

/// Looks at what a request carries; none if the object is no request or carries something else.
pub(crate) fn request_payload<T: Any, R>(
    scope: &mut Scope<'_, '_>,
    object: Object<'_>,
    look: impl FnOnce(&T) -> R,
) -> Option<R> {
    let request = native::unwrap::<Request>(scope, object.into())?;
    request.1.downcast_ref().map(look)
}

/// A class of requests.
pub(crate) fn request_class(name: &'static str, constructor: impl v8::MapFnTo<v8::FunctionCallback>) -> Class {
    async_wrap::methods(Class::new(name, constructor))
}

/// Calls `oncomplete` of a request object.
pub(crate) fn complete<'s>(scope: &mut Scope<'s, '_>, request: Object<'s>, args: &[Value<'s>]) {
    let ids = ids_of(scope, request).unwrap_or_default();
    callback::make_callback_named(scope, ids, request, "oncomplete", args);
    async_wrap::queue_destroy(scope, ids.id);
}

/// The asynchronous ids of an object that is a handle or a request.
pub(crate) fn ids_of(scope: &mut Scope<'_, '_>, object: Object<'_>) -> Option<AsyncIds> {
    if let Some(handle) = native::unwrap::<HandleRef>(scope, object.into()) {
        return Some(handle.0.base().ids());
    }
    if let Some(resource) = native::unwrap::<Request>(scope, object.into()) {
        return Some(resource.0.ids());
    }
    None
}

/// Gives a reused object new ids (`asyncReset`).
pub(crate) fn reset_ids(scope: &mut Scope<'_, '_>, object: Object<'_>) {
    if let Some(handle) = native::unwrap::<HandleRef>(scope, object.into()) {
        let base = handle.0.base();
        base.resource.init(scope, object, base.provider.get());
    } else if let Some(request) = native::unwrap::<Request>(scope, object.into()) {
        request.0.init(scope, object, "REQWRAP");
    }
}

fn open_handles(scope: &Scope<'_, '_>) -> Vec<Rc<dyn Handle>> {
    let open = realm(scope).state::<Open>();
    let all = open.0.borrow();
    all.iter().filter_map(std::rc::Weak::upgrade).filter(|handle| handle.base().is_ref()).collect()
}

pub(super) fn active_handles(scope: &mut Scope, _args: Args, mut rv: Ret) {
    let key = symbol(scope, "owner_symbol");
    let mut objects: Vec<Value<'_>> = Vec::new();
    for handle in open_handles(scope) {
        let Some(object) = handle.base().object(scope) else { continue };
        let owner = object.get(scope, key.into()).filter(|owner| owner.is_object());
        objects.push(owner.unwrap_or(object.into()));
    }
    rv.set(array(scope, &objects));
}

pub(super) fn active_resources(scope: &mut Scope, _args: Args, mut rv: Ret) {
    let names: Vec<&str> = open_handles(scope)
        .iter()
        .map(|handle| match handle.base().provider.get() {
            "TCPWRAP" => "TCPSocketWrap",
            "TCPSERVERWRAP" => "TCPServerWrap",
            "PIPEWRAP" => "PipeWrap",
            "TTYWRAP" => "TTYWrap",
            "PROCESSWRAP" => "ProcessWrap",
            "UDPWRAP" => "UDPWrap",
            "FSEVENTWRAP" => "FSEventWrap",
            "SIGNALWRAP" => "SignalWrap",
            "MESSAGEPORT" => "MessagePort",
            other => other,
        })
        .collect();
    rv.set(strings(scope, &names));
}
