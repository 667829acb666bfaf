//! `process.env`: an object whose properties are the environment.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use v8::MapFnTo;

use crate::realm::{Kept, realm};
use crate::value::*;

/// Names and values, which threads may share.
#[derive(Clone, Default)]
pub(crate) struct Variables(Arc<Mutex<Vec<(String, String)>>>);

impl Variables {
    pub(crate) fn of(all: Vec<(String, String)>) -> Self {
        Self(Arc::new(Mutex::new(all)))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.lock().iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    }
}

/// The environment of a thread.
#[derive(Default)]
pub(crate) struct Environment(RefCell<Variables>);

impl Environment {
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.0.borrow().get(key)
    }

    pub(crate) fn set(&self, key: &str, value: String) {
        let variables = self.variables();
        let mut all = variables.lock();
        match all.iter_mut().find(|(name, _)| name == key) {
            Some(entry) => entry.1 = value,
            None => all.push((key.to_owned(), value)),
        }
    }

    fn remove(&self, key: &str) {
        self.variables().lock().retain(|(name, _)| name != key);
    }

    pub(crate) fn all(&self) -> Vec<(String, String)> {
        self.0.borrow().lock().clone()
    }

    pub(crate) fn replace(&self, all: Vec<(String, String)>) {
        self.share(Variables::of(all));
    }

    /// The variables themselves, for a thread that is to see every change.
    pub(crate) fn variables(&self) -> Variables {
        self.0.borrow().clone()
    }

    pub(crate) fn share(&self, variables: Variables) {
        *self.0.borrow_mut() = variables;
    }
}

fn environment(scope: &Scope<'_, '_>) -> Rc<Environment> {
    realm(scope).state()
}

fn key_of(scope: &Scope<'_, '_>, key: v8::Local<'_, v8::Name>) -> Option<String> {
    (!key.is_symbol()).then(|| key.to_rust_string_lossy(scope))
}

type Info<'s> = v8::PropertyCallbackArguments<'s>;

fn getter<'s>(
    scope: &mut Scope<'s, '_>,
    key: v8::Local<'s, v8::Name>,
    _info: Info<'s>,
    mut rv: v8::ReturnValue<'_, v8::Value>,
) -> v8::Intercepted {
    let Some(value) = key_of(scope, key).and_then(|key| environment(scope).get(&key)) else {
        return v8::Intercepted::kNo;
    };
    rv.set(string(scope, &value).into());
    v8::Intercepted::kYes
}

fn setter<'s>(
    scope: &mut Scope<'s, '_>,
    key: v8::Local<'s, v8::Name>,
    value: Value<'s>,
    _info: Info<'s>,
    _rv: v8::ReturnValue<'_, v8::Boolean>,
) -> v8::Intercepted {
    if key.is_symbol() || value.is_symbol() {
        throw_type(scope, "Cannot convert a Symbol value to a string");
        return v8::Intercepted::kYes;
    }
    let key = key.to_rust_string_lossy(scope);
    // The conversion may throw; the assignment is then not made.
    if let Some(value) = value.to_string(scope) {
        let value = value.to_rust_string_lossy(scope);
        environment(scope).set(&key, value);
    }
    v8::Intercepted::kYes
}

fn query<'s>(
    scope: &mut Scope<'s, '_>,
    key: v8::Local<'s, v8::Name>,
    _info: Info<'s>,
    mut rv: v8::ReturnValue<'_, v8::Integer>,
) -> v8::Intercepted {
    if key_of(scope, key).is_none_or(|key| environment(scope).get(&key).is_none()) {
        return v8::Intercepted::kNo;
    }
    rv.set_int32(0);
    v8::Intercepted::kYes
}

fn deleter<'s>(
    scope: &mut Scope<'s, '_>,
    key: v8::Local<'s, v8::Name>,
    _info: Info<'s>,
    mut rv: v8::ReturnValue<'_, v8::Boolean>,
) -> v8::Intercepted {
    if let Some(key) = key_of(scope, key) {
        environment(scope).remove(&key);
    }
    rv.set_bool(true);
    v8::Intercepted::kYes
}

fn enumerator<'s>(scope: &mut Scope<'s, '_>, _info: Info<'s>, mut rv: v8::ReturnValue<'_, v8::Array>) {
    let names: Vec<Value<'s>> = environment(scope).all().iter().map(|(name, _)| string(scope, name).into()).collect();
    rv.set(v8::Array::new_with_elements(scope, &names));
}

fn definer<'s>(
    scope: &mut Scope<'s, '_>,
    key: v8::Local<'s, v8::Name>,
    descriptor: &v8::PropertyDescriptor,
    info: Info<'s>,
    rv: v8::ReturnValue<'_, v8::Boolean>,
) -> v8::Intercepted {
    let refuse = |scope: &Scope<'s, '_>, message: &str| {
        throw_code(scope, Kind::Type, "ERR_INVALID_OBJECT_DEFINE_PROPERTY", message);
        v8::Intercepted::kYes
    };
    if descriptor.has_value() {
        let plain = descriptor.has_configurable()
            && descriptor.configurable()
            && descriptor.has_writable()
            && descriptor.writable()
            && descriptor.has_enumerable()
            && descriptor.enumerable();
        if !plain {
            let message = "'process.env' only accepts a configurable, writable, and enumerable data descriptor";
            return refuse(scope, message);
        }
        let value = descriptor.value();
        let value = v8::Local::new(scope, value);
        return setter(scope, key, value, info, rv);
    }
    if descriptor.has_get() || descriptor.has_set() {
        return refuse(scope, "'process.env' does not accept an accessor(getter/setter) descriptor");
    }
    refuse(scope, "'process.env' only accepts a configurable, writable, and enumerable data descriptor")
}

/// The interceptors. They are made once, so that a snapshot finds them by their addresses.
struct Interceptors {
    get: v8::NamedPropertyGetterCallback,
    set: v8::NamedPropertySetterCallback,
    query: v8::NamedPropertyQueryCallback,
    delete: v8::NamedPropertyDeleterCallback,
    enumerate: v8::NamedPropertyEnumeratorCallback,
    define: v8::NamedPropertyDefinerCallback,
}

fn interceptors() -> &'static Interceptors {
    static INTERCEPTORS: std::sync::OnceLock<Interceptors> = std::sync::OnceLock::new();
    INTERCEPTORS.get_or_init(|| Interceptors {
        get: getter.map_fn_to(),
        set: setter.map_fn_to(),
        query: query.map_fn_to(),
        delete: deleter.map_fn_to(),
        enumerate: enumerator.map_fn_to(),
        define: definer.map_fn_to(),
    })
}

/// The interceptors, for the external references of a snapshot.
pub(crate) fn references() -> Vec<v8::ExternalReference> {
    let all = interceptors();
    vec![
        v8::ExternalReference { named_getter: all.get },
        v8::ExternalReference { named_setter: all.set },
        v8::ExternalReference { named_query: all.query },
        v8::ExternalReference { named_deleter: all.delete },
        v8::ExternalReference { enumerator: all.enumerate },
        v8::ExternalReference { named_definer: all.define },
    ]
}

/// Makes `process.env`.
pub(crate) fn install(scope: &mut Scope<'_, '_>, process: Object<'_>) -> Option<()> {
    let template = v8::ObjectTemplate::new(scope);
    let all = interceptors();
    template.set_named_property_handler(
        v8::NamedPropertyHandlerConfiguration::new()
            .getter_raw(all.get)
            .setter_raw(all.set)
            .query_raw(all.query)
            .deleter_raw(all.delete)
            .enumerator_raw(all.enumerate)
            .definer_raw(all.define)
            .flags(v8::PropertyHandlerFlags::HAS_NO_SIDE_EFFECT),
    );
    let env = template.new_instance(scope)?;
    realm(scope).keep(scope, Kept::EnvProxy, env.into());
    set(scope, process, "env", env.into());
    Some(())
}
