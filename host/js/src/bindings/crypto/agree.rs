//! Agreement on a secret: `ECDH`, and `diffieHellman` between keys of any type that can.

use std::cell::RefCell;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::entropy;
use super::failure::Failure;
use super::job::{self, Output};
use super::key_input::{self, INVALID_CURVE};
use super::keys::ec::{Curve, Form};
use super::keys::edwards::{self, Okp};
use super::keys::{Private, Public};
use crate::bindings::buffer;
use crate::native::{self, Native};
use crate::realm::realm;
use crate::table::{Class, Table};
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    let ecdh = Class::new("ECDH", new_ecdh)
        .method("generateKeys", generate)
        .method("computeSecret", compute)
        .method("getPublicKey", get_public)
        .method("getPrivateKey", get_private)
        .method("setPublicKey", set_public)
        .method("setPrivateKey", set_private);
    table.class(ecdh).function("ECDHConvertKey", convert).class(job::class("DHBitsJob", new_bits))
}

const KEY_TYPE: Failure =
    Failure::OpenSsl("03000096", "digital envelope routines", "operation not supported for this keytype");
const MISMATCH: Failure = Failure::OpenSsl("1C8000CB", "Provider routines", "mismatching domain parameters");
const DERIVATION: Failure = Failure::OpenSsl("1C8000A4", "Provider routines", "failed during derivation");

/// The secret that two keys give.
pub(super) fn agree(private: &Private, public: &Public) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match (private, public) {
        (Private::Ec(curve, scalar, _), Public::Ec(other, point)) => {
            if !std::ptr::eq(*curve, *other) {
                return Err(MISMATCH);
            }
            curve.agree(scalar, point).ok_or(DERIVATION)
        }
        (Private::Okp(Okp::X25519, private), Public::Okp(Okp::X25519, public)) => {
            edwards::agree(private, public).ok_or(DERIVATION)
        }
        _ => Err(KEY_TYPE),
    }
}

/// `new DHBitsJob(mode, publicKey…, privateKey…)`
fn new_bits(scope: &mut Scope, args: Args, _rv: Ret) {
    let keys = key_input::public(scope, &args, 1)
        .and_then(|public| Ok((public, key_input::private(scope, &args, 1 + key_input::COUNT)?)));
    let (public, private) = match keys {
        Ok(keys) => keys,
        Err(failure) => return failure.throw(scope),
    };
    job::new(scope, &args, "DERIVEBITSREQUEST", None, move |_| Ok(Output::Bits(agree(&private, &public)?.to_vec())));
}

/// A curve, and what is known of a key pair on it.
struct Pair {
    curve: &'static Curve,
    scalar: RefCell<Option<Zeroizing<Vec<u8>>>>,
    point: RefCell<Option<Vec<u8>>>,
}

impl Native for Pair {}

/// `new ECDH(curve)`
fn new_ecdh(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(curve) = Curve::find_strictly(&arg_string(scope, &args, 0)) else { return INVALID_CURVE.throw(scope) };
    let pair = Pair { curve, scalar: RefCell::default(), point: RefCell::default() };
    native::wrap(scope, args.this(), Rc::new(pair));
}

/// `generateKeys()`
fn generate(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(pair) = native::this::<Pair>(scope, &args) else { return };
    match entropy::generator(realm(scope).sys()) {
        Ok(mut random) => {
            let scalar = pair.curve.generate(&mut random);
            *pair.point.borrow_mut() = pair.curve.public(&scalar);
            *pair.scalar.borrow_mut() = Some(scalar);
        }
        Err(failure) => failure.throw(scope),
    }
}

/// `computeSecret(other)`: the secret, or a code where the other's key is none.
fn compute(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(pair) = native::this::<Pair>(scope, &args) else { return };
    let other = bytes_of(scope, args.get(0));
    let Some(point) = pair.curve.decode(&other) else {
        return rv.set(string(scope, "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY").into());
    };
    let scalar = pair.scalar.borrow();
    let secret = scalar.as_ref().and_then(|scalar| pair.curve.agree(scalar, &point));
    match secret {
        Some(secret) => rv.set(buffer::new_buffer(scope, secret.to_vec())),
        None => Failure::Static(Kind::Range, "ERR_CRYPTO_INVALID_KEYPAIR", "Invalid key pair").throw(scope),
    }
}

/// `getPublicKey(form)`
fn get_public(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(pair) = native::this::<Pair>(scope, &args) else { return };
    let form = Form::from_number(arg_u32(scope, &args, 0));
    let point = pair.point.borrow().as_ref().map(|point| pair.curve.encode(point, form));
    match point {
        Some(point) => rv.set(buffer::new_buffer(scope, point)),
        None => Failure::operation("Failed to get ECDH public key").throw(scope),
    }
}

/// `getPrivateKey()`
fn get_private(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(pair) = native::this::<Pair>(scope, &args) else { return };
    let scalar = pair.scalar.borrow().as_ref().map(|scalar| scalar.to_vec());
    match scalar {
        Some(scalar) => rv.set(buffer::new_buffer(scope, scalar)),
        None => Failure::operation("Failed to get ECDH private key").throw(scope),
    }
}

/// `setPublicKey(point)`
fn set_public(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(pair) = native::this::<Pair>(scope, &args) else { return };
    match pair.curve.decode(&bytes_of(scope, args.get(0))) {
        Some(point) => *pair.point.borrow_mut() = Some(point),
        None => Failure::operation("Failed to convert Buffer to EC_POINT").throw(scope),
    }
}

/// `setPrivateKey(scalar)`
fn set_private(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(pair) = native::this::<Pair>(scope, &args) else { return };
    let Some(scalar) = pair.curve.scalar(&bytes_of(scope, args.get(0))) else {
        let message = "Private key is not valid for specified curve.";
        return throw_code(scope, Kind::Range, "ERR_CRYPTO_INVALID_KEYTYPE", message);
    };
    *pair.point.borrow_mut() = pair.curve.public(&scalar);
    *pair.scalar.borrow_mut() = Some(scalar);
}

/// `ECDHConvertKey(point, curve, form)`
fn convert(scope: &mut Scope, args: Args, mut rv: Ret) {
    let point = bytes_of(scope, args.get(0));
    if point.is_empty() {
        return rv.set(string(scope, "").into());
    }
    let Some(curve) = Curve::find_strictly(&arg_string(scope, &args, 1)) else { return INVALID_CURVE.throw(scope) };
    let form = Form::from_number(arg_u32(scope, &args, 2));
    match curve.decode(&point) {
        Some(point) => rv.set(buffer::new_buffer(scope, curve.encode(&point, form))),
        None => Failure::operation("Failed to convert Buffer to EC_POINT").throw(scope),
    }
}
