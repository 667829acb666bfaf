//! Keys in JavaScript: `KeyObjectHandle`, and what `KeyObject` and `CryptoKey` keep natively.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use ::rsa::traits::PublicKeyParts;
use subtle::ConstantTimeEq;

use super::failure::Failure;
use super::keys::ec::Form;
use super::keys::{Private, Public};
use super::{jwk, key_input, key_output};
use crate::bindings::buffer;
use crate::native::{self, Native};
use crate::table::{Class, Table};
use crate::value::*;

/// `kKeyTypeSecret`, `kKeyTypePublic`, `kKeyTypePrivate`
const SECRET: u32 = 0;
const PUBLIC: u32 = 1;
const PRIVATE: u32 = 2;

const INCOMPATIBLE: Failure = Failure::Static(
    Kind::Error,
    "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS",
    "The selected key encoding is incompatible with the key type",
);

/// A key of any sort.
#[derive(Clone)]
pub(super) enum Key {
    Secret(Arc<zeroize::Zeroizing<Vec<u8>>>),
    Public(Arc<Public>),
    Private(Arc<Private>),
}

impl Key {
    pub(super) fn secret(bytes: Vec<u8>) -> Self {
        Self::Secret(Arc::new(bytes.into()))
    }

    pub(super) fn public(key: Public) -> Self {
        Self::Public(Arc::new(key))
    }

    pub(super) fn private(key: Private) -> Self {
        Self::Private(Arc::new(key))
    }

    /// `kKeyType…`
    fn number(&self) -> u32 {
        match self {
            Self::Secret(_) => SECRET,
            Self::Public(_) => PUBLIC,
            Self::Private(_) => PRIVATE,
        }
    }

    /// What is public of it; none of a secret key.
    pub(super) fn to_public(&self) -> Option<Arc<Public>> {
        match self {
            Self::Secret(_) => None,
            Self::Public(key) => Some(Arc::clone(key)),
            Self::Private(key) => Some(Arc::new(key.public())),
        }
    }

    fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Secret(one), Self::Secret(two)) => one.ct_eq(two).into(),
            (Self::Public(one), Self::Public(two)) => one.equals(two),
            (Self::Private(one), Self::Private(two)) => one.equals(two),
            _ => false,
        }
    }
}

/// What is behind a `KeyObjectHandle`: nothing before `init`.
#[derive(Default)]
struct Handle(RefCell<Option<Key>>);

impl Native for Handle {}

pub(super) fn add(table: Table) -> Table {
    let handle = Class::new("KeyObjectHandle", |scope: &mut Scope, args: Args, _: Ret| {
        native::wrap(scope, args.this(), Rc::new(Handle::default()));
    });
    let handle = handle
        .method("init", init)
        .method("getSymmetricKeySize", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Some(Key::Secret(key)) = this(scope, &args) {
                rv.set_double(key.len() as f64);
            }
        })
        .method("getKeyType", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Some(key) = this(scope, &args) {
                rv.set_uint32(key.number());
            }
        })
        .method("getAsymmetricKeyType", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let kind = match this(scope, &args) {
                Some(Key::Public(key)) => key.kind(),
                Some(Key::Private(key)) => key.kind(),
                _ => return,
            };
            rv.set(string(scope, kind).into());
        })
        // A point that is not on its curve, or no scalar, is no key here.
        .method("checkEcKeyData", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(true))
        .method("export", key_output::export)
        .method("exportJwk", jwk::export)
        .method("rawPublicKey", |scope: &mut Scope, args: Args, rv: Ret| raw(scope, &args, rv, raw_public))
        .method("rawPrivateKey", |scope: &mut Scope, args: Args, rv: Ret| raw(scope, &args, rv, raw_private))
        // No key that is derived from a seed is known.
        .method("rawSeed", |scope: &mut Scope, args: Args, rv: Ret| raw(scope, &args, rv, |_| None))
        .method("exportECPublicRaw", export_point)
        .method("exportECPrivateRaw", |scope: &mut Scope, args: Args, rv: Ret| raw(scope, &args, rv, raw_scalar))
        .method("keyDetail", detail)
        .method("equals", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(key) = this(scope, &args) else { return };
            rv.set_bool(of(scope, args.get(0)).is_some_and(|other| key.equals(&other)));
        });
    table
        .class(handle)
        .class(Class::new("NativeKeyObject", new_key_object))
        .class(Class::new("NativeCryptoKey", new_crypto_key))
        .function("createNativeKeyObjectClass", |scope: &mut Scope, args: Args, rv: Ret| {
            create_class(scope, &args, "NativeKeyObject", rv);
        })
        .function("createCryptoKeyClass", |scope: &mut Scope, args: Args, rv: Ret| {
            create_class(scope, &args, "NativeCryptoKey", rv);
        })
        .function("getKeyObjectSlots", key_object_slots)
        .function("getCryptoKeySlots", crypto_key_slots)
}

/// The key of a `KeyObjectHandle`.
pub(super) fn of(scope: &mut Scope<'_, '_>, value: Value<'_>) -> Option<Key> {
    native::unwrap::<Handle>(scope, value).and_then(|handle| handle.0.borrow().clone())
}

/// The key of a callback's receiver.
pub(super) fn this(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Option<Key> {
    let key = native::this::<Handle>(scope, args)?.0.borrow().clone();
    if key.is_none() {
        throw_type(scope, "Illegal invocation");
    }
    key
}

/// The bytes of a secret: a `KeyObjectHandle`, or a buffer.
pub(super) fn secret(scope: &mut Scope<'_, '_>, value: Value<'_>) -> Vec<u8> {
    match of(scope, value) {
        Some(Key::Secret(key)) => key.to_vec(),
        Some(_) => Vec::new(),
        None => bytes_of(scope, value),
    }
}

/// `init(type, data, format, encoding, passphrase, namedCurve)`
fn init(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(handle) = native::this::<Handle>(scope, &args) else { return };
    let key = match arg_u32(scope, &args, 0) {
        PUBLIC => key_input::public(scope, &args, 1).map(Key::Public),
        PRIVATE => key_input::private(scope, &args, 1).map(Key::Private),
        _ => key_input::secret(scope, &args, 1),
    };
    match key {
        Ok(key) => *handle.0.borrow_mut() = Some(key),
        Err(failure) => failure.throw(scope),
    }
}

/// Gives what `take` finds in the receiver; throws where it finds nothing.
fn raw(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>, take: fn(&Key) -> Option<Vec<u8>>) {
    let Some(key) = this(scope, args) else { return };
    match take(&key) {
        Some(bytes) => rv.set(buffer::new_buffer(scope, bytes)),
        None => INCOMPATIBLE.throw(scope),
    }
}

fn raw_public(key: &Key) -> Option<Vec<u8>> {
    match &*key.to_public()? {
        Public::Okp(_, bytes) => Some(bytes.to_vec()),
        _ => None,
    }
}

fn raw_private(key: &Key) -> Option<Vec<u8>> {
    match key {
        Key::Private(key) => match &**key {
            Private::Okp(_, bytes) => Some(bytes.to_vec()),
            _ => None,
        },
        _ => None,
    }
}

fn raw_scalar(key: &Key) -> Option<Vec<u8>> {
    match key {
        Key::Private(key) => match &**key {
            Private::Ec(_, scalar, _) => Some(scalar.to_vec()),
            _ => None,
        },
        _ => None,
    }
}

/// `exportECPublicRaw(form)`
fn export_point(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(key) = this(scope, &args) else { return };
    let form = Form::from_number(arg_u32(scope, &args, 0));
    match key.to_public().as_deref() {
        Some(Public::Ec(curve, point)) => rv.set(buffer::new_buffer(scope, curve.encode(point, form))),
        _ => INCOMPATIBLE.throw(scope),
    }
}

/// `keyDetail(target)`
fn detail(scope: &mut Scope, args: Args, mut rv: Ret) {
    let (Some(key), Some(target)) = (this(scope, &args), arg_object(&args, 0)) else { return };
    if let Key::Secret(key) = &key {
        set_number(scope, target, "length", key.len() as f64 * 8.0);
    }
    match key.to_public().as_deref() {
        Some(Public::Rsa(key, usage)) => {
            set_number(scope, target, "modulusLength", f64::from(key.n().bit_width()));
            let exponent = array_buffer(scope, key.e_bytes().into_vec());
            set(scope, target, "publicExponent", exponent.into());
            if let Some(pss) = usage.parameters() {
                set_string(scope, target, "hashAlgorithm", pss.digest.name());
                set_string(scope, target, "mgf1HashAlgorithm", pss.mask.name());
                set_number(scope, target, "saltLength", pss.salt_length as f64);
            }
        }
        Some(Public::Ec(curve, _)) => set_string(scope, target, "namedCurve", curve.name),
        _ => {}
    }
    rv.set(target.into());
}

/// A new `KeyObjectHandle`.
pub(super) fn new_handle<'s>(scope: &mut Scope<'s, '_>, key: Key) -> Option<Object<'s>> {
    let binding = crate::realm::realm(scope).binding(scope, "crypto")?;
    let handle = get_function(scope, binding, "KeyObjectHandle")?.new_instance(scope, &[])?;
    *native::unwrap::<Handle>(scope, handle.into())?.0.borrow_mut() = Some(key);
    Some(handle)
}

/// What a `CryptoKey` says of itself besides its key.
pub(super) struct Description {
    pub(super) algorithm: v8::Global<v8::Value>,
    pub(super) usages: u32,
    pub(super) extractable: bool,
}

/// A new `CryptoKey`.
pub(super) fn new_web_key<'s>(scope: &mut Scope<'s, '_>, key: Key, description: &Description) -> Option<Value<'s>> {
    let handle = new_handle(scope, key)?;
    let binding = crate::realm::realm(scope).binding(scope, "crypto")?;
    let hidden = private(scope, WEB_KEY_CLASS);
    let class = Function::try_from(binding.get_private(scope, hidden)?).ok()?;
    let algorithm = v8::Local::new(scope, &description.algorithm);
    let usages = number(scope, f64::from(description.usages));
    let extractable = boolean(scope, description.extractable);
    class.new_instance(scope, &[handle.into(), algorithm, usages, extractable]).map(Into::into)
}

/// Where the binding's object keeps the class that `CryptoKey`s are made of.
const WEB_KEY_CLASS: &str = "vivarium:InternalCryptoKey";

/// Has JavaScript derive its classes from a native one, which nothing can reach but through these.
fn create_class(scope: &mut Scope<'_, '_>, args: &Args<'_>, class: &str, mut rv: Ret<'_>) {
    let binding = crate::realm::realm(scope).binding(scope, "crypto");
    let (Some(binding), Some(derive)) = (binding, arg_function(args, 0)) else { return };
    let native = get(scope, binding, class);
    let key = name(scope, class);
    binding.delete(scope, key.into());
    let none = undefined(scope);
    if let Some(classes) = derive.call(scope, none, &[native]) {
        if class == "NativeCryptoKey"
            && let Some(class) = Object::try_from(classes).ok().and_then(|classes| classes.get_index(scope, 1))
        {
            let hidden = private(scope, WEB_KEY_CLASS);
            binding.set_private(scope, hidden, class);
        }
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
    let number = of(scope, handle.into()).map_or(SECRET, |key| key.number());
    let slots = [integer(scope, number as i32), handle.into()];
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
    let kind = of(scope, handle.into()).map_or(SECRET, |key| key.number());
    let slots = [
        integer(scope, kind as i32),
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
