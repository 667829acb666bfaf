//! `async_wrap`: ids of asynchronous resources, and hooks around their callbacks.

use std::cell::Cell;
use std::rc::Rc;

use crate::callback::AsyncIds;
use crate::native::{self, Native};
use crate::realm::{Kept, realm};
use crate::table::{Class, Table};
use crate::value::*;

// Indices of `async_hook_fields`.
const INIT: usize = 0;
pub(crate) const BEFORE: usize = 1;
pub(crate) const AFTER: usize = 2;
const DESTROY: usize = 3;
const STACK_LENGTH: usize = 7;
const USES_EXECUTION_RESOURCE: usize = 8;
// Indices of `async_id_fields`.
const EXECUTION: usize = 0;
const TRIGGER: usize = 1;
const COUNTER: usize = 2;
const DEFAULT_TRIGGER: usize = 3;

/// The arrays shared with JavaScript.
pub(crate) struct Fields {
    hooks: Cell<Shared<u32>>,
    ids: Cell<Shared<f64>>,
    stack: Cell<Shared<f64>>,
    /// Ids whose `destroy` hook is to be called.
    destroyed: Rc<std::cell::RefCell<Vec<f64>>>,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            hooks: Cell::new(Shared::none()),
            ids: Cell::new(Shared::none()),
            stack: Cell::new(Shared::none()),
            destroyed: Rc::default(),
        }
    }
}

pub(super) fn table() -> Table {
    Table::new("async_wrap")
        .function("setupHooks", setup_hooks)
        .function("setCallbackTrampoline", set_callback_trampoline)
        .function("pushAsyncContext", push_async_context)
        .function("popAsyncContext", pop_async_context)
        .function("executionAsyncResource", execution_async_resource)
        .function("clearAsyncIdStack", clear_async_id_stack)
        .function("queueDestroyAsyncId", queue_destroy_async_id)
        .function("setPromiseHooks", set_promise_hooks)
        .function("getPromiseHooks", get_promise_hooks)
        .function("registerDestroyHook", register_destroy_hook)
        .init(|scope, object| {
            let hooks = Shared::<u32>::of(scope, object, "async_hook_fields");
            // kCheck: JavaScript verifies the stack of ids.
            hooks.set(6, 1);
            let ids = Shared::<f64>::of(scope, object, "async_id_fields");
            ids.set(COUNTER, 1.0);
            ids.set(DEFAULT_TRIGGER, -1.0);
            set(scope, object, "execution_async_resources", array(scope, &[]));
        })
        .restore(|scope, object| {
            let fields = realm(scope).state::<Fields>();
            fields.hooks.set(Shared::of(scope, object, "async_hook_fields"));
            fields.ids.set(Shared::of(scope, object, "async_id_fields"));
            fields.stack.set(Shared::of(scope, object, "async_ids_stack"));
        })
}

/// Methods every resource class has.
pub(crate) fn methods(class: Class) -> Class {
    class
        .method("getAsyncId", get_async_id)
        .method("asyncReset", async_reset)
        .method("getProviderType", get_provider_type)
}

/// The part of a native resource that async_hooks sees.
#[derive(Debug, Default)]
pub(crate) struct Resource {
    id: Cell<f64>,
    trigger: Cell<f64>,
}

impl Resource {
    /// Gives a new resource its ids and tells the `init` hooks of it. `provider` is a name of `async_wrap.Providers`.
    pub(crate) fn new(scope: &mut Scope<'_, '_>, object: Object<'_>, provider: &'static str) -> Self {
        let resource = Self::default();
        resource.init(scope, object, provider);
        resource
    }

    pub(crate) fn init(&self, scope: &mut Scope<'_, '_>, object: Object<'_>, provider: &'static str) {
        let ids = new_ids(scope);
        self.id.set(ids.id);
        self.trigger.set(ids.trigger);
        let fields = realm(scope).state::<Fields>();
        let hooks = fields.hooks.get();
        remember_frame(scope, object);
        if hooks.get(INIT) > 0 {
            emit_init(scope, object, provider, ids);
        }
    }

    /// Gives an object that is used anew new ids; hooks are told of `resource` in its place.
    pub(crate) fn reset(
        &self,
        scope: &mut Scope<'_, '_>,
        object: Object<'_>,
        resource: Object<'_>,
        provider: &'static str,
    ) {
        let key = private(scope, FRAME);
        let frame = scope.get_continuation_preserved_embedder_data();
        object.set_private(scope, key, frame);
        self.init(scope, resource, provider);
    }

    pub(crate) fn ids(&self) -> AsyncIds {
        AsyncIds { id: self.id.get(), trigger: self.trigger.get() }
    }
}

/// Ids for a new resource: the next one, triggered by what is executing.
pub(crate) fn new_ids(scope: &Scope<'_, '_>) -> AsyncIds {
    let fields = realm(scope).state::<Fields>();
    let ids = fields.ids.get();
    let id = ids.get(COUNTER) + 1.0;
    ids.set(COUNTER, id);
    let default = ids.get(DEFAULT_TRIGGER);
    AsyncIds { id, trigger: if default < 0.0 { ids.get(EXECUTION) } else { default } }
}

fn emit_init(scope: &mut Scope<'_, '_>, object: Object<'_>, provider: &str, ids: AsyncIds) {
    let Some(function) = realm(scope).function(scope, Kept::AsyncInit) else { return };
    let this = undefined(scope);
    let object = v8::Local::new(scope, object);
    let args = [number(scope, ids.id), string(scope, provider).into(), number(scope, ids.trigger), object.into()];
    let _ = function.call(scope, this, &args);
}

/// Calls the `before` or `after` hooks, if there are any.
pub(crate) fn emit(scope: &mut Scope<'_, '_>, which: Kept, field: usize, id: f64) -> Option<()> {
    let realm = realm(scope);
    if realm.state::<Fields>().hooks.get().get(field) == 0 {
        return Some(());
    }
    let function = realm.function(scope, which)?;
    let this = undefined(scope);
    function.call(scope, this, &[number(scope, id)])?;
    Some(())
}

/// Has the `destroy` hooks called for a resource, later.
pub(crate) fn queue_destroy(scope: &Scope<'_, '_>, id: f64) {
    let realm = realm(scope);
    let fields = realm.state::<Fields>();
    if fields.hooks.get().get(DESTROY) == 0 {
        return;
    }
    fields.destroyed.borrow_mut().push(id);
    if fields.destroyed.borrow().len() == 1 {
        realm.event_loop.close(|scope| {
            let realm = crate::realm::realm(scope);
            let ids = std::mem::take(&mut *realm.state::<Fields>().destroyed.borrow_mut());
            for id in ids {
                let Some(function) = realm.function(scope, Kept::AsyncDestroy) else { return };
                let _ = crate::callback::enter(scope, |scope| {
                    let this = undefined(scope);
                    function.call(scope, this, &[number(scope, id)])
                });
            }
        });
    }
}

const FRAME: &str = "node:async_context_frame";

/// Remembers the AsyncContextFrame in force, for the callbacks of this resource.
fn remember_frame(scope: &Scope<'_, '_>, object: Object<'_>) {
    let frame = scope.get_continuation_preserved_embedder_data();
    if !frame.is_undefined() {
        let key = private(scope, FRAME);
        object.set_private(scope, key, frame);
    }
}

/// The AsyncContextFrame a resource was made in.
pub(crate) fn frame_of<'s>(scope: &Scope<'s, '_>, object: Object<'_>) -> Option<Value<'s>> {
    if object.internal_field_count() == 0 {
        return None;
    }
    let key = private(scope, FRAME);
    Some(object.get_private(scope, key).unwrap_or_else(|| undefined(scope)))
}

/// The function through which callbacks go where domains or `executionAsyncResource` are in use.
pub(crate) fn trampoline<'s>(scope: &Scope<'s, '_>) -> Option<Function<'s>> {
    let realm = realm(scope);
    let hooks = realm.state::<Fields>().hooks.get();
    if hooks.get(USES_EXECUTION_RESOURCE) == 0 && hooks.get(BEFORE) == 0 && hooks.get(AFTER) == 0 {
        return None;
    }
    // The hooks themselves are called by the executor; what is left is domains and the resource.
    if hooks.get(USES_EXECUTION_RESOURCE) == 0 {
        return None;
    }
    realm.function(scope, Kept::CallbackTrampoline)
}

pub(crate) fn push(scope: &mut Scope<'_, '_>, ids: AsyncIds, resource: Option<Object<'_>>) {
    let realm = realm(scope);
    let fields = realm.state::<Fields>();
    let (hooks, current) = (fields.hooks.get(), fields.ids.get());
    let offset = hooks.get(STACK_LENGTH) as usize;
    if offset * 2 >= fields.stack.get_length() {
        grow(scope, &fields);
    }
    let stack = fields.stack.get();
    stack.set(offset * 2, current.get(EXECUTION));
    stack.set(offset * 2 + 1, current.get(TRIGGER));
    hooks.set(STACK_LENGTH, offset as u32 + 1);
    current.set(EXECUTION, ids.id);
    current.set(TRIGGER, ids.trigger);
    if let Some(resource) = resource
        && let Some(binding) = realm.binding(scope, "async_wrap")
        && let Some(resources) = get_object(scope, binding, "execution_async_resources")
    {
        resources.set_index(scope, offset as u32, resource.into());
    }
}

/// Leaves a resource's context; gives whether there is one around it.
pub(crate) fn pop(scope: &mut Scope<'_, '_>, id: f64) -> bool {
    let realm = realm(scope);
    let fields = realm.state::<Fields>();
    let (hooks, current, stack) = (fields.hooks.get(), fields.ids.get(), fields.stack.get());
    let length = hooks.get(STACK_LENGTH) as usize;
    // After an exception the stack may have been cleared already.
    if length == 0 {
        return false;
    }
    if current.get(EXECUTION) != id {
        tracing::debug!(expected = id, found = current.get(EXECUTION), "stack of asynchronous ids is off");
    }
    let offset = length - 1;
    current.set(EXECUTION, stack.get(offset * 2));
    current.set(TRIGGER, stack.get(offset * 2 + 1));
    hooks.set(STACK_LENGTH, offset as u32);
    if let Some(binding) = realm.binding(scope, "async_wrap")
        && let Some(resources) = get_object(scope, binding, "execution_async_resources")
    {
        let key = name(scope, "length");
        resources.set(scope, key.into(), integer(scope, offset as i32));
    }
    offset > 0
}

pub(crate) fn clear_stack(scope: &mut Scope<'_, '_>) {
    let fields = realm(scope).state::<Fields>();
    let ids = fields.ids.get();
    if ids.is_none() {
        return;
    }
    fields.hooks.get().set(STACK_LENGTH, 0);
    ids.set(EXECUTION, 0.0);
    ids.set(TRIGGER, 0.0);
}

fn grow(scope: &mut Scope<'_, '_>, fields: &Fields) {
    let old = fields.stack.get();
    let length = old.len();
    let buffer = v8::ArrayBuffer::new(scope, length * 2 * size_of::<f64>());
    let stack = v8::Float64Array::new(scope, buffer, 0, length * 2).expect("an array over a whole buffer");
    let Some(binding) = realm(scope).binding(scope, "async_wrap") else { return };
    set(scope, binding, "async_ids_stack", stack.into());
    let new = Shared::<f64>::of(scope, binding, "async_ids_stack");
    for index in 0..length {
        new.set(index, old.get(index));
    }
    fields.stack.set(new);
}

trait Length {
    fn get_length(&self) -> usize;
}

impl Length for Cell<Shared<f64>> {
    fn get_length(&self) -> usize {
        self.get().len()
    }
}

fn setup_hooks(scope: &mut Scope, args: Args, _rv: Ret) {
    let realm = realm(scope);
    let Some(functions) = arg_object(&args, 0) else { return };
    let kept = [
        ("init", Kept::AsyncInit),
        ("before", Kept::AsyncBefore),
        ("after", Kept::AsyncAfter),
        ("destroy", Kept::AsyncDestroy),
        ("promise_resolve", Kept::AsyncPromiseResolve),
    ];
    for (key, what) in kept {
        let value = get(scope, functions, key);
        realm.keep(scope, what, value);
    }
}

fn set_callback_trampoline(scope: &mut Scope, args: Args, _rv: Ret) {
    realm(scope).keep(scope, Kept::CallbackTrampoline, args.get(0));
}

fn push_async_context(scope: &mut Scope, args: Args, _rv: Ret) {
    let ids = AsyncIds { id: arg_f64(scope, &args, 0), trigger: arg_f64(scope, &args, 1) };
    push(scope, ids, None);
}

fn pop_async_context(scope: &mut Scope, args: Args, mut rv: Ret) {
    let id = arg_f64(scope, &args, 0);
    rv.set_bool(pop(scope, id));
}

fn execution_async_resource(scope: &mut Scope, args: Args, mut rv: Ret) {
    let index = arg_u32(scope, &args, 0);
    if let Some(binding) = realm(scope).binding(scope, "async_wrap")
        && let Some(resources) = get_object(scope, binding, "execution_async_resources")
        && let Some(resource) = resources.get_index(scope, index)
    {
        rv.set(resource);
    }
}

fn clear_async_id_stack(scope: &mut Scope, _args: Args, _rv: Ret) {
    clear_stack(scope);
}

fn queue_destroy_async_id(scope: &mut Scope, args: Args, _rv: Ret) {
    let id = arg_f64(scope, &args, 0);
    queue_destroy(scope, id);
}

#[derive(Default)]
struct PromiseHooks([std::cell::RefCell<Option<v8::Global<v8::Function>>>; 4]);

fn set_promise_hooks(scope: &mut Scope, args: Args, _rv: Ret) {
    let hooks = realm(scope).state::<PromiseHooks>();
    let functions = std::array::from_fn::<_, 4, _>(|index| arg_function(&args, index as i32));
    for (slot, function) in hooks.0.iter().zip(functions) {
        *slot.borrow_mut() = function.map(|function| keep(scope, function));
    }
    let [init, before, after, resolve] = functions;
    scope.set_promise_hooks(init, before, after, resolve);
}

fn get_promise_hooks(scope: &mut Scope, _args: Args, mut rv: Ret) {
    let hooks = realm(scope).state::<PromiseHooks>();
    let functions = hooks.0.each_ref().map(|slot| match &*slot.borrow() {
        Some(function) => v8::Local::new(scope, function).into(),
        None => undefined(scope),
    });
    rv.set(array(scope, &functions));
}

/// Calls the `destroy` hooks once an object has been collected.
struct Destroyed {
    id: f64,
    queue: std::rc::Weak<std::cell::RefCell<Vec<f64>>>,
}

impl Native for Destroyed {}

impl Drop for Destroyed {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.upgrade() {
            queue.borrow_mut().push(self.id);
        }
    }
}

fn register_destroy_hook(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(target) = arg_object(&args, 0) else { return };
    let id = arg_f64(scope, &args, 1);
    // An object that tells when it goes, hung on the one that is watched.
    let template = v8::ObjectTemplate::new(scope);
    template.set_internal_field_count(1);
    let Some(token) = template.new_instance(scope) else { return };
    let queue = Rc::downgrade(&realm(scope).state::<Fields>().destroyed);
    native::wrap(scope, token, Rc::new(Destroyed { id, queue }));
    let key = private(scope, "node:destroy_hook");
    target.set_private(scope, key, token.into());
}

/// What [`methods`] look for in an object: the resource within its native value.
pub(crate) fn resource_ids(scope: &mut Scope<'_, '_>, object: Object<'_>) -> Option<AsyncIds> {
    super::handle::ids_of(scope, object)
}

fn get_async_id(scope: &mut Scope, args: Args, mut rv: Ret) {
    let this = args.this();
    rv.set_double(resource_ids(scope, this).map_or(-1.0, |ids| ids.id));
}

fn async_reset(scope: &mut Scope, args: Args, _rv: Ret) {
    let this = args.this();
    super::handle::reset_ids(scope, this);
}

fn get_provider_type(_scope: &mut Scope, _args: Args, mut rv: Ret) {
    rv.set_double(0.0);
}
