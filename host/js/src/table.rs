//! What a binding consists of, and how the object that JavaScript sees is made from it.
//!
//! A binding file has one function that gives its [`Table`]. From the tables come the binding objects, the external
//! references a snapshot needs, and, for every member that Node's own binding has and the table has not, a stub that throws.

use serde_json::Value as Json;
use v8::MapFnTo;

use crate::realm::Realm;
use crate::value::*;

/// Sets up more of a binding object than the table can say.
pub(crate) type Init = fn(&mut Scope<'_, '_>, Object<'_>);

/// One binding: what `internalBinding(name)` gives.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    functions: Vec<(&'static str, v8::FunctionCallback)>,
    classes: Vec<Class>,
    init: Option<Init>,
    restore: Option<Init>,
}

impl Table {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, functions: Vec::new(), classes: Vec::new(), init: None, restore: None }
    }

    /// A function.
    pub(crate) fn function(mut self, name: &'static str, callback: impl MapFnTo<v8::FunctionCallback>) -> Self {
        self.functions.push((name, callback.map_fn_to()));
        self
    }

    /// Functions that have nothing to do here and answer undefined.
    pub(crate) fn no_ops(mut self, names: &[&'static str]) -> Self {
        self.functions.extend(names.iter().map(|name| (*name, shared_callbacks().no_op)));
        self
    }

    pub(crate) fn class(mut self, class: Class) -> Self {
        self.classes.push(class);
        self
    }

    /// Runs once, when the object is first made (perhaps in a snapshot).
    pub(crate) fn init(mut self, init: Init) -> Self {
        self.init = Some(init);
        self
    }

    /// Runs after `init`, and again in every isolate that was restored with this binding in it.
    pub(crate) fn restore(mut self, restore: Init) -> Self {
        self.restore = Some(restore);
        self
    }

    pub(crate) fn restored(&self, scope: &mut Scope<'_, '_>, object: Object<'_>) {
        if let Some(restore) = self.restore {
            restore(scope, object);
        }
    }

    /// Every callback, in a fixed order.
    pub(crate) fn callbacks(&self) -> impl Iterator<Item = v8::FunctionCallback> + '_ {
        let functions = self.functions.iter().map(|(_, callback)| *callback);
        functions.chain(self.classes.iter().flat_map(Class::callbacks))
    }

    /// Names of all members, for the key of a snapshot.
    pub(crate) fn members(&self) -> impl Iterator<Item = String> + '_ {
        let functions = self.functions.iter().map(|(name, _)| (*name).to_owned());
        functions.chain(self.classes.iter().flat_map(|class| {
            let members = class.methods.iter().chain(&class.getters);
            members.map(move |(name, _)| format!("{}.{name}", class.name))
        }))
    }
}

/// A class of a binding.
pub(crate) struct Class {
    name: &'static str,
    constructor: v8::FunctionCallback,
    methods: Vec<(&'static str, v8::FunctionCallback)>,
    getters: Vec<(&'static str, v8::FunctionCallback)>,
}

impl Class {
    /// A class; `constructor` is called for `new`.
    pub(crate) fn new(name: &'static str, constructor: impl MapFnTo<v8::FunctionCallback>) -> Self {
        Self { name, constructor: constructor.map_fn_to(), methods: Vec::new(), getters: Vec::new() }
    }

    pub(crate) fn method(mut self, name: &'static str, callback: impl MapFnTo<v8::FunctionCallback>) -> Self {
        self.methods.push((name, callback.map_fn_to()));
        self
    }

    pub(crate) fn no_ops(mut self, names: &[&'static str]) -> Self {
        self.methods.extend(names.iter().map(|name| (*name, shared_callbacks().no_op)));
        self
    }

    pub(crate) fn getter(mut self, name: &'static str, callback: impl MapFnTo<v8::FunctionCallback>) -> Self {
        self.getters.push((name, callback.map_fn_to()));
        self
    }

    fn callbacks(&self) -> impl Iterator<Item = v8::FunctionCallback> + '_ {
        let members = self.methods.iter().chain(&self.getters);
        std::iter::once(self.constructor).chain(members.map(|(_, callback)| *callback))
    }

    fn build<'s>(&self, scope: &mut Scope<'s, '_>, binding: &str, described: Option<&Json>) -> Function<'s> {
        let template = v8::FunctionTemplate::builder_raw(self.constructor).build(scope);
        template.set_class_name(name(scope, self.name));
        template.instance_template(scope).set_internal_field_count(1);
        let signature = v8::Signature::new(scope, template);
        let prototype = template.prototype_template(scope);
        for (method, callback) in &self.methods {
            let function = v8::FunctionTemplate::builder_raw(*callback).signature(signature).build(scope);
            function.remove_prototype();
            prototype.set(name(scope, method).into(), function.into());
        }
        for (getter, callback) in &self.getters {
            let function = v8::FunctionTemplate::builder_raw(*callback).signature(signature).build(scope);
            prototype.set_accessor_property(
                name(scope, getter).into(),
                Some(function),
                None,
                v8::PropertyAttribute::DONT_DELETE,
            );
        }
        let members = described.and_then(|described| described["$class"].as_object());
        for (member, kind) in members.into_iter().flatten() {
            let known = self.methods.iter().chain(&self.getters).any(|(other, _)| other == member);
            if !known && kind == "method" {
                let data = string(scope, &format!("{binding}.{}.{member}", self.name));
                let function =
                    v8::FunctionTemplate::builder_raw(shared_callbacks().missing).data(data.into()).build(scope);
                prototype.set(name(scope, member).into(), function.into());
            }
        }
        let function = template.get_function(scope).expect("a function of a template");
        for (key, value) in described.and_then(|described| described["$static"].as_object()).into_iter().flatten() {
            let value = value_of(scope, binding, key, value);
            set(scope, function.into(), key, value);
        }
        function
    }
}

/// The callbacks that bindings share. A function may have several addresses where it is made into a callback in several
/// places, and a snapshot knows each callback by one address; so these are made here and nowhere else.
pub(crate) struct SharedCallbacks {
    pub(crate) no_op: v8::FunctionCallback,
    pub(crate) missing: v8::FunctionCallback,
}

pub(crate) fn shared_callbacks() -> &'static SharedCallbacks {
    static SHARED: std::sync::OnceLock<SharedCallbacks> = std::sync::OnceLock::new();
    SHARED.get_or_init(|| SharedCallbacks { no_op: no_op.map_fn_to(), missing: missing.map_fn_to() })
}

/// Does nothing: a constructor of plain objects, a function without effect here.
pub(crate) fn no_op(_scope: &mut Scope<'_, '_>, _args: Args<'_>, _rv: Ret<'_>) {}

/// Stands for a member of Node's bindings that is not there.
pub(crate) fn missing(scope: &mut Scope<'_, '_>, args: Args<'_>, _rv: Ret<'_>) {
    let member = args.data().to_rust_string_lossy(scope);
    tracing::debug!(member, "a missing native function was called");
    let message = format!("internalBinding('{}') is not available in this runtime", member.replacen('.', "').", 1));
    throw_code(scope, Kind::Error, "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", &message);
}

/// Makes the object of a binding. Data members come from Node's own description of it.
pub(crate) fn build<'s>(
    scope: &mut Scope<'s, '_>,
    realm: &Realm,
    table: Option<&Table>,
    name: &str,
) -> Option<Object<'s>> {
    let described = realm.bundle.binding(name);
    if described.is_none() && table.is_none() {
        return None;
    }
    let described = described.unwrap_or_default();
    let object = v8::Object::new(scope);
    for (key, value) in described.as_object().into_iter().flatten() {
        if key == "$null" || key == "$err" {
            continue;
        }
        let known = table.is_some_and(|table| {
            table.functions.iter().any(|(other, _)| other == key) || table.classes.iter().any(|class| class.name == key)
        });
        if !known {
            let value = value_of(scope, name, key, value);
            set(scope, object, key, value);
        }
    }
    if let Some(table) = table {
        for (key, callback) in &table.functions {
            let function = v8::FunctionTemplate::builder_raw(*callback).build(scope);
            let key = crate::value::name(scope, key);
            function.set_class_name(key);
            function.remove_prototype();
            let function = function.get_function(scope)?;
            function.set_name(key);
            object.create_data_property(scope, key.into(), function.into());
        }
        for class in &table.classes {
            let function = class.build(scope, name, described.get(class.name));
            set(scope, object, class.name, function.into());
        }
        if let Some(init) = table.init {
            init(scope, object);
        }
        table.restored(scope, object);
    }
    Some(object)
}

/// A described value as a JavaScript value.
pub(crate) fn value_of<'s>(scope: &mut Scope<'s, '_>, binding: &str, key: &str, described: &Json) -> Value<'s> {
    match described {
        Json::Null => null(scope),
        Json::Bool(value) => boolean(scope, *value),
        Json::Number(value) => number(scope, value.as_f64().unwrap_or(f64::NAN)),
        Json::String(value) => string(scope, value).into(),
        Json::Array(items) => {
            let items: Vec<Value<'s>> = items.iter().map(|item| value_of(scope, binding, key, item)).collect();
            array(scope, &items)
        }
        Json::Object(members) => {
            if members.contains_key("$function") {
                let data = string(scope, &format!("{binding}.{key}"));
                let builder = v8::FunctionTemplate::builder_raw(shared_callbacks().missing).data(data.into());
                let template = builder.build(scope);
                template.set_class_name(crate::value::name(scope, key));
                return template.get_function(scope).expect("a function of a template").into();
            }
            if let Some(symbol) = members.get("$symbol") {
                return crate::realm::symbol(scope, symbol.as_str().unwrap_or_default()).into();
            }
            if let Some(big) = members.get("$bigint") {
                let value = big.as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
                return v8::BigInt::new_from_i64(scope, value).into();
            }
            if members.contains_key("$undefined") {
                return undefined(scope);
            }
            if let Some(kind) = members.get("$array") {
                let length = members["length"].as_u64().unwrap_or(0) as usize;
                return typed_array(scope, kind.as_str().unwrap_or_default(), length);
            }
            if let Some(entries) = members.get("$map") {
                let map = v8::Map::new(scope);
                for entry in entries.as_array().into_iter().flatten() {
                    let entry_key = value_of(scope, binding, "", &entry[0]);
                    let value = value_of(scope, binding, "", &entry[1]);
                    map.set(scope, entry_key, value);
                }
                return map.into();
            }
            let object = if members.contains_key("$null") { dictionary(scope) } else { v8::Object::new(scope) };
            for (key, value) in members.iter().filter(|(key, _)| *key != "$null") {
                let value = value_of(scope, binding, key, value);
                set(scope, object, key, value);
            }
            object.into()
        }
    }
}

fn typed_array<'s>(scope: &mut Scope<'s, '_>, kind: &str, length: usize) -> Value<'s> {
    let size = match kind {
        "Uint8Array" => 1,
        "Uint32Array" | "Int32Array" => 4,
        _ => 8,
    };
    let buffer = v8::ArrayBuffer::new(scope, length * size);
    let array: Option<v8::Local<'_, v8::TypedArray>> = match kind {
        "Uint8Array" => v8::Uint8Array::new(scope, buffer, 0, length).map(Into::into),
        "Uint32Array" => v8::Uint32Array::new(scope, buffer, 0, length).map(Into::into),
        "Int32Array" => v8::Int32Array::new(scope, buffer, 0, length).map(Into::into),
        "Float64Array" => v8::Float64Array::new(scope, buffer, 0, length).map(Into::into),
        "BigInt64Array" => v8::BigInt64Array::new(scope, buffer, 0, length).map(Into::into),
        "BigUint64Array" => v8::BigUint64Array::new(scope, buffer, 0, length).map(Into::into),
        _ => None,
    };
    array.expect("a typed array of a kind the dump gives").into()
}
