//! Keys: `KeyObjectHandle`, and what `KeyObject` and `CryptoKey` keep natively. Secret keys only so far.

use std::cell::RefCell;
use std::rc::Rc;

use subtle::ConstantTimeEq;

use super::failure::Failure;
use super::job::{self, Output};
use crate::bindings::{buffer, encodings};
use crate::native::{self, Native};
use crate::table::{Class, Table};
use crate::value::*;

/// `kKeyTypeSecret`
const SECRET: u32 = 0;

pub(super) fn add(table: Table) -> Table {
    let handle = Class::new("KeyObjectHandle", |scope: &mut Scope, args: Args, _: Ret| {
        native::wrap(scope, args.this(), Rc::new(Key::default()));
    });
    let handle = handle
        .method("init", init)
        .method("getSymmetricKeySize", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(key) = native::this::<Key>(scope, &args) else { return };
            rv.set_double(key.0.borrow().len() as f64);
        })
        .method("getKeyType", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_uint32(SECRET))
        .method("export", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(key) = native::this::<Key>(scope, &args) else { return };
            let bytes = key.0.borrow().clone();
            rv.set(buffer::new_buffer(scope, bytes));
        })
        .method("exportJwk", export_jwk)
        .method("equals", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(key) = native::this::<Key>(scope, &args) else { return };
            let other = native::unwrap::<Key>(scope, args.get(0));
            rv.set_bool(other.is_some_and(|other| key.0.borrow().ct_eq(&other.0.borrow()).into()));
        });
    table
        .class(handle)
        .class(Class::new("NativeKeyObject", new_key_object))
        .class(Class::new("NativeCryptoKey", new_crypto_key))
        .class(job::class("SecretKeyGenJob", new_secret_key))
        .function("createNativeKeyObjectClass", |scope: &mut Scope, args: Args, rv: Ret| {
            create_class(scope, &args, "NativeKeyObject", rv);
        })
        .function("createCryptoKeyClass", |scope: &mut Scope, args: Args, rv: Ret| {
            create_class(scope, &args, "NativeCryptoKey", rv);
        })
        .function("getKeyObjectSlots", key_object_slots)
        .function("getCryptoKeySlots", crypto_key_slots)
}

/// A secret key behind a `KeyObjectHandle`.
#[derive(Default)]
pub(super) struct Key(RefCell<Vec<u8>>);

impl Native for Key {}

/// The bytes of a secret: a `KeyObjectHandle`, or a buffer.
pub(super) fn secret(scope: &mut Scope<'_, '_>, value: Value<'_>) -> Vec<u8> {
    match native::unwrap::<Key>(scope, value) {
        Some(key) => key.0.borrow().clone(),
        None => bytes_of(scope, value),
    }
}

/// `init(type, data, …)`
fn init(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(key) = native::this::<Key>(scope, &args) else { return };
    if arg_u32(scope, &args, 0) != SECRET {
        let message = "Public and private keys are not available in this runtime";
        return throw_code(scope, Kind::Error, "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", message);
    }
    *key.0.borrow_mut() = secret(scope, args.get(1));
}

/// `exportJwk(target, …)`: RFC 7517.
fn export_jwk(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(key) = native::this::<Key>(scope, &args) else { return };
    let Some(target) = arg_object(&args, 0) else { return };
    let text = encodings::to_base64(&key.0.borrow(), true);
    set_string(scope, target, "kty", "oct");
    set_string(scope, target, "k", &String::from_utf8_lossy(&text));
    rv.set(target.into());
}

/// `new SecretKeyGenJob(mode, bits)`
fn new_secret_key(scope: &mut Scope, args: Args, _rv: Ret) {
    let length = arg_u32(scope, &args, 1) as usize / 8;
    job::new(scope, &args, "KEYGENREQUEST", None, move |sys| {
        let mut bytes = vec![0; length];
        let failed = |_| Failure::Coded(Kind::Error, "ERR_OPERATION_FAILED", "No entropy is to be had".to_owned());
        sys.random(&mut bytes).map_err(failed)?;
        Ok(Output::Key(bytes))
    });
}

/// A new `KeyObjectHandle` of a secret key.
pub(super) fn new_handle<'s>(scope: &mut Scope<'s, '_>, bytes: Vec<u8>) -> Option<Value<'s>> {
    let binding = crate::realm::realm(scope).binding(scope, "crypto")?;
    let handle = get_function(scope, binding, "KeyObjectHandle")?.new_instance(scope, &[])?;
    *native::unwrap::<Key>(scope, handle.into())?.0.borrow_mut() = bytes;
    Some(handle.into())
}

/// Has JavaScript derive its classes from a native one, which nothing can reach but through these.
fn create_class(scope: &mut Scope<'_, '_>, args: &Args<'_>, class: &str, mut rv: Ret<'_>) {
    let binding = crate::realm::realm(scope).binding(scope, "crypto");
    let (Some(binding), Some(derive)) = (binding, arg_function(args, 0)) else { return };
    let native = get(scope, binding, class);
    let key = name(scope, class);
    binding.delete(scope, key.into());
    let none = undefined(scope);
    if let Some(classes) = derive.call(scope, none, &[native]) {
        rv.set(classes);
    }
}

/// What a `KeyObject` keeps: its `KeyObjectHandle`.
struct KeyObject(v8::TracedReference<v8::Object>);

impl Native for KeyObject {
    fn trace(&self, visitor: &mut v8::cppgc::Visitor) {
        visitor.trace(&self.0);
    }
}

/// `new NativeKeyObject(handle)`
fn new_key_object(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(handle) = arg_object(&args, 0) else { return throw_type(scope, "Illegal constructor") };
    let object = KeyObject(v8::TracedReference::new(scope, handle));
    native::wrap(scope, args.this(), Rc::new(object));
}

/// `getKeyObjectSlots(key)`: type and handle.
fn key_object_slots(scope: &mut Scope, args: Args, mut rv: Ret) {
    let object = native::unwrap::<KeyObject>(scope, args.get(0));
    let Some(handle) = object.and_then(|object| object.0.get(scope)) else {
        return throw_this(scope, "KeyObject");
    };
    let slots = [integer(scope, SECRET as i32), handle.into()];
    rv.set(array(scope, &slots));
}

/// What a `CryptoKey` keeps.
struct CryptoKey {
    handle: v8::TracedReference<v8::Object>,
    algorithm: v8::TracedReference<v8::Value>,
    usages: u32,
    extractable: bool,
}

impl Native for CryptoKey {
    fn trace(&self, visitor: &mut v8::cppgc::Visitor) {
        visitor.trace(&self.handle);
        visitor.trace(&self.algorithm);
    }
}

/// `new NativeCryptoKey(handle, algorithm, usages, extractable)`
fn new_crypto_key(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(handle) = arg_object(&args, 0) else { return throw_type(scope, "Illegal constructor") };
    let key = CryptoKey {
        handle: v8::TracedReference::new(scope, handle),
        algorithm: v8::TracedReference::new(scope, args.get(1)),
        usages: arg_u32(scope, &args, 2),
        extractable: args.get(3).is_true(),
    };
    native::wrap(scope, args.this(), Rc::new(key));
}

/// `getCryptoKeySlots(key)`: type, extractable, algorithm, usages, handle.
fn crypto_key_slots(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(key) = native::unwrap::<CryptoKey>(scope, args.get(0)) else {
        return throw_this(scope, "CryptoKey");
    };
    let (Some(handle), Some(algorithm)) = (key.handle.get(scope), key.algorithm.get(scope)) else { return };
    let slots = [
        integer(scope, SECRET as i32),
        boolean(scope, key.extractable),
        algorithm,
        number(scope, f64::from(key.usages)),
        handle.into(),
    ];
    rv.set(array(scope, &slots));
}

fn throw_this(scope: &Scope<'_, '_>, class: &str) {
    let message = format!("Value of \"this\" must be of type {class}");
    throw_code(scope, Kind::Type, "ERR_INVALID_THIS", &message);
}
