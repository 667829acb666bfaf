//! Contexts of `vm`: a global object whose properties are those of another object, the sandbox.

use std::rc::Rc;

use crate::native::{self, Native};
use crate::realm::symbol;
use crate::value::*;

/// The context behind a contextified object.
struct VmContext(v8::TracedReference<v8::Context>);

impl Native for VmContext {
    fn trace(&self, visitor: &mut v8::cppgc::Visitor) {
        visitor.trace(&self.0);
    }
}

const CONTEXT: &str = "node:contextify:context";

/// The context of an object that `vm.createContext` has made one of.
pub(crate) fn context_of<'s>(scope: &mut Scope<'s, '_>, object: Object<'_>) -> Option<v8::Local<'s, v8::Context>> {
    let key = private(scope, CONTEXT);
    let holder = object.get_private(scope, key)?;
    native::unwrap::<VmContext>(scope, holder)?.0.get(scope)
}

type Info<'s> = v8::PropertyCallbackArguments<'s>;
type Name<'s> = v8::Local<'s, v8::Name>;

/// The sandbox, once the context is whole: what V8 reads of the global object while it makes one must be V8's own, never what
/// a program put into the sandbox.
fn sandbox<'s>(scope: &mut Scope<'s, '_>, info: &Info<'s>) -> Option<Object<'s>> {
    let cell = Object::try_from(info.data()).ok()?;
    let value = cell.get_internal_field(scope, 0)?;
    Value::try_from(value).ok()?.try_into().ok()
}

fn getter<'s>(
    scope: &mut Scope<'s, '_>,
    key: Name<'s>,
    info: Info<'s>,
    mut rv: v8::ReturnValue<'_, v8::Value>,
) -> v8::Intercepted {
    let Some(sandbox) = sandbox(scope, &info) else { return v8::Intercepted::kNo };
    let value = sandbox.get_real_named_property(scope, key);
    let Some(value) = value else { return v8::Intercepted::kNo };
    // `globalThis` must not show the sandbox itself.
    if value == Value::from(sandbox) {
        rv.set(info.holder().into());
    } else {
        rv.set(value);
    }
    v8::Intercepted::kYes
}

fn setter<'s>(
    scope: &mut Scope<'s, '_>,
    key: Name<'s>,
    value: Value<'s>,
    info: Info<'s>,
    mut rv: v8::ReturnValue<'_, v8::Boolean>,
) -> v8::Intercepted {
    let Some(sandbox) = sandbox(scope, &info) else { return v8::Intercepted::kNo };
    let attributes = sandbox.get_real_named_property_attributes(scope, key);
    let read_only = attributes.is_some_and(|attributes| attributes.is_read_only());
    if read_only {
        if info.should_throw_on_error() {
            let text = key.to_rust_string_lossy(scope);
            throw_type(scope, &format!("Cannot assign to read only property '{text}' of object"));
        }
        rv.set_bool(false);
        return v8::Intercepted::kYes;
    }
    sandbox.set(scope, key.into(), value);
    // Functions and variables the script declares live on the global object too.
    v8::Intercepted::kNo
}

fn query<'s>(
    scope: &mut Scope<'s, '_>,
    key: Name<'s>,
    info: Info<'s>,
    mut rv: v8::ReturnValue<'_, v8::Integer>,
) -> v8::Intercepted {
    let Some(sandbox) = sandbox(scope, &info) else { return v8::Intercepted::kNo };
    if sandbox.has_real_named_property(scope, key) != Some(true) {
        return v8::Intercepted::kNo;
    }
    let attributes = sandbox.get_real_named_property_attributes(scope, key);
    rv.set_int32(attributes.map_or(0, |attributes| attributes.as_u32() as i32));
    v8::Intercepted::kYes
}

fn deleter<'s>(
    scope: &mut Scope<'s, '_>,
    key: Name<'s>,
    info: Info<'s>,
    mut rv: v8::ReturnValue<'_, v8::Boolean>,
) -> v8::Intercepted {
    let Some(sandbox) = sandbox(scope, &info) else { return v8::Intercepted::kNo };
    if sandbox.delete(scope, key.into()) == Some(true) {
        return v8::Intercepted::kNo;
    }
    rv.set_bool(false);
    v8::Intercepted::kYes
}

fn enumerator<'s>(scope: &mut Scope<'s, '_>, info: Info<'s>, mut rv: v8::ReturnValue<'_, v8::Array>) {
    let Some(sandbox) = sandbox(scope, &info) else { return };
    if let Some(names) = sandbox.get_property_names(scope, v8::GetPropertyNamesArgs::default()) {
        rv.set(names);
    }
}

fn definer<'s>(
    scope: &mut Scope<'s, '_>,
    key: Name<'s>,
    descriptor: &v8::PropertyDescriptor,
    info: Info<'s>,
    _rv: v8::ReturnValue<'_, v8::Boolean>,
) -> v8::Intercepted {
    let Some(sandbox) = sandbox(scope, &info) else { return v8::Intercepted::kNo };
    let attributes = sandbox.get_real_named_property_attributes(scope, key);
    let has = sandbox.has_own_property(scope, key) == Some(true);
    if has && attributes.is_some_and(|attributes| attributes.is_read_only() && attributes.is_dont_delete()) {
        return v8::Intercepted::kNo;
    }
    sandbox.define_property(scope, key, descriptor);
    v8::Intercepted::kNo
}

fn descriptor<'s>(
    scope: &mut Scope<'s, '_>,
    key: Name<'s>,
    info: Info<'s>,
    mut rv: v8::ReturnValue<'_, v8::Value>,
) -> v8::Intercepted {
    let Some(sandbox) = sandbox(scope, &info) else { return v8::Intercepted::kNo };
    if sandbox.has_own_property(scope, key) == Some(true)
        && let Some(descriptor) = sandbox.get_own_property_descriptor(scope, key)
    {
        rv.set(descriptor);
        return v8::Intercepted::kYes;
    }
    v8::Intercepted::kNo
}

/// `makeContext(contextObject | vm_context_no_contextify, name, origin, strings, wasm, microtaskQueue, hostDefinedOption)`
pub(super) fn make_context(scope: &mut Scope, args: Args, mut rv: Ret) {
    let vanilla = args.get(0).is_symbol();
    let template = v8::ObjectTemplate::new(scope);
    let sandbox = arg_object(&args, 0);
    let holders = v8::ObjectTemplate::new(scope);
    holders.set_internal_field_count(1);
    let Some(cell) = holders.new_instance(scope) else { return };
    if sandbox.is_some() {
        template.set_named_property_handler(
            v8::NamedPropertyHandlerConfiguration::new()
                .getter(getter)
                .setter(setter)
                .query(query)
                .deleter(deleter)
                .enumerator(enumerator)
                .definer(definer)
                .descriptor(descriptor)
                .data(cell.into())
                .flags(v8::PropertyHandlerFlags::HAS_NO_SIDE_EFFECT),
        );
    }
    let options = v8::ContextOptions { global_template: sandbox.map(|_| template), ..Default::default() };
    let context = v8::Context::new(scope, options);
    // Both sides may look into each other, as Node has it.
    let main = crate::realm::realm(scope).context(scope);
    let token = main.get_security_token(scope);
    context.set_security_token(token);
    let allow_strings = !args.get(3).is_false();
    context.set_allow_generation_from_strings(allow_strings);
    let Some(holder) = holders.new_instance(scope) else { return };
    let reference = v8::TracedReference::new(scope, context);
    native::wrap(scope, holder, Rc::new(VmContext(reference)));
    let global = context.global(scope);
    let object = sandbox.unwrap_or(global);
    let key = private(scope, CONTEXT);
    object.set_private(scope, key, holder.into());
    if vanilla {
        global.set_private(scope, key, holder.into());
    }
    let id_key = private(scope, "node:host_defined_option_symbol");
    let id = args.get(6);
    let id: Value<'_> = if id.is_symbol() { id } else { symbol(scope, "vm_dynamic_import_missing_flag").into() };
    global.set_private(scope, id_key, id);
    object.set_private(scope, id_key, id);
    {
        let inner = &mut v8::ContextScope::new(scope, context);
        v8::tc_scope!(let caught, inner);
        // The scripts every context begins with come out of the snapshot where there is one.
        let present = get(caught, global, "Intl");
        if let Ok(intl) = Object::try_from(present) {
            let key = name(caught, "v8BreakIterator");
            intl.delete(caught, key.into());
        }
        crate::gc::install(caught, global);
        caught.reset();
    }
    if let Some(sandbox) = sandbox {
        cell.set_internal_field(0, sandbox.into());
    }
    rv.set(object.into());
}
