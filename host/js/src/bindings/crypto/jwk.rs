//! JSON Web Keys (RFC 7517, 7518, 8037).

use ::rsa::traits::PublicKeyParts;
use zeroize::Zeroizing;

use super::failure::Failure;
use super::key::{self, Key};
use super::key_input::INVALID_CURVE;
use super::keys::ec::Curve;
use super::keys::edwards::Okp;
use super::keys::rsa::{self, Usage};
use super::keys::{Private, Public};
use crate::bindings::encodings;
use crate::value::*;

fn invalid(message: &str) -> Failure {
    Failure::Coded(Kind::Type, "ERR_CRYPTO_INVALID_JWK", message.to_owned())
}

fn invalid_rsa() -> Failure {
    invalid("Invalid JWK RSA key")
}

fn invalid_ec() -> Failure {
    invalid("Invalid JWK EC key")
}

fn invalid_okp() -> Failure {
    invalid("Invalid JWK OKP key")
}

/// `exportJwk(target, withPss)`
pub(super) fn export(scope: &mut Scope, args: Args, mut rv: Ret) {
    let (Some(key), Some(target)) = (key::this(scope, &args), arg_object(&args, 0)) else { return };
    match write(scope, &key, target, args.get(1).is_true()) {
        Ok(()) => rv.set(target.into()),
        Err(failure) => failure.throw(scope),
    }
}

/// Sets the members of a key. A key of type `rsa-pss` has a JSON form for Web Cryptography only.
pub(super) fn write(scope: &Scope<'_, '_>, key: &Key, target: Object<'_>, with_pss: bool) -> Result<(), Failure> {
    let put = |name: &str, bytes: &[u8]| {
        let text = encodings::to_base64(bytes, true);
        set_string(scope, target, name, &String::from_utf8_lossy(&text));
    };
    let private = match key {
        Key::Secret(bytes) => {
            set_string(scope, target, "kty", "oct");
            put("k", bytes);
            return Ok(());
        }
        Key::Private(key) => Some(&**key),
        Key::Public(_) => None,
    };
    let Some(public) = key.to_public() else { return Ok(()) };
    match &*public {
        Public::Rsa(key, usage) if with_pss || !usage.is_pss() => {
            set_string(scope, target, "kty", "RSA");
            put("n", &key.n_bytes());
            put("e", &key.e_bytes());
            if let Some(Private::Rsa(key, _)) = private {
                let names = ["d", "p", "q", "dp", "dq", "qi"];
                names.iter().zip(rsa::secrets(key)).for_each(|(name, number)| put(name, &number));
            }
        }
        Public::Ec(curve, _) if curve.jwk.is_empty() => {
            let message = format!("Unsupported JWK EC curve: {}.", curve.name);
            return Err(Failure::Coded(Kind::Error, "ERR_CRYPTO_JWK_UNSUPPORTED_CURVE", message));
        }
        Public::Ec(curve, point) => {
            set_string(scope, target, "kty", "EC");
            let (x, y) = point[1..].split_at(curve.size);
            put("x", x);
            put("y", y);
            set_string(scope, target, "crv", curve.jwk);
            if let Some(Private::Ec(_, scalar, _)) = private {
                put("d", scalar);
            }
        }
        Public::Okp(okp, public) => {
            set_string(scope, target, "crv", okp.jwk());
            if let Some(Private::Okp(_, private)) = private {
                put("d", &**private);
            }
            put("x", public);
            set_string(scope, target, "kty", "OKP");
        }
        _ => return Err(Failure::error("ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE", "Unsupported JWK Key Type.")),
    }
    Ok(())
}

/// A member that is a string.
fn text(scope: &Scope<'_, '_>, object: Object<'_>, name: &str) -> Option<String> {
    let value = get(scope, object, name);
    value.is_string().then(|| value.to_rust_string_lossy(scope))
}

/// A member that is bytes.
fn bytes(scope: &Scope<'_, '_>, object: Object<'_>, name: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = Zeroizing::new(text(scope, object, name)?);
    Some(Zeroizing::new(encodings::from_base64(text.as_bytes())))
}

pub(super) fn read_secret(scope: &Scope<'_, '_>, value: Value<'_>) -> Result<Key, Failure> {
    let object = Object::try_from(value).map_err(|_| invalid("Invalid JWK format"))?;
    let bytes = bytes(scope, object, "k").ok_or_else(|| invalid("Invalid JWK secret key format"))?;
    Ok(Key::secret(bytes.to_vec()))
}

pub(super) fn read_private(scope: &Scope<'_, '_>, value: Value<'_>) -> Result<Private, Failure> {
    match read(scope, value)? {
        Key::Private(key) => std::sync::Arc::into_inner(key).ok_or_else(|| invalid("Invalid JWK format")),
        _ => Err(invalid("JWK does not contain private key material")),
    }
}

pub(super) fn read_public(scope: &Scope<'_, '_>, value: Value<'_>) -> Result<Public, Failure> {
    let key = read(scope, value)?.to_public();
    key.map(|key| (*key).clone()).ok_or_else(|| invalid("Invalid JWK format"))
}

/// An asymmetric key: a private one if it has a member `d`.
fn read(scope: &Scope<'_, '_>, value: Value<'_>) -> Result<Key, Failure> {
    let object = Object::try_from(value).map_err(|_| invalid("Invalid JWK format"))?;
    let kind = text(scope, object, "kty").ok_or_else(|| invalid("Invalid JWK format"))?;
    let is_private = {
        let value = get(scope, object, "d");
        !value.is_null_or_undefined()
    };
    match kind.as_str() {
        "RSA" => read_rsa(scope, object, is_private),
        "EC" => read_ec(scope, object, is_private),
        "OKP" => read_okp(scope, object, is_private),
        _ => Err(invalid(&format!("{kind} is not a supported JWK key type"))),
    }
}

fn read_rsa(scope: &Scope<'_, '_>, object: Object<'_>, is_private: bool) -> Result<Key, Failure> {
    let member = |name| bytes(scope, object, name).ok_or_else(invalid_rsa);
    let (n, e) = (member("n")?, member("e")?);
    if !is_private {
        let key = rsa::public(&n, &e).ok_or_else(invalid_rsa)?;
        return Ok(Key::public(Public::Rsa(Box::new(key), Usage::Any)));
    }
    let (d, p, q) = (member("d")?, member("p")?, member("q")?);
    for name in ["dp", "dq", "qi"] {
        member(name)?;
    }
    let key = rsa::private(&n, &e, &d, [&p, &q]).ok_or_else(invalid_rsa)?;
    Ok(Key::private(Private::Rsa(Box::new(key), Usage::Any)))
}

fn read_ec(scope: &Scope<'_, '_>, object: Object<'_>, is_private: bool) -> Result<Key, Failure> {
    let name = text(scope, object, "crv").ok_or_else(invalid_ec)?;
    let curve = Curve::find_jwk(&name).or_else(|| Curve::find(&name)).ok_or(INVALID_CURVE)?;
    let member = |name| bytes(scope, object, name).ok_or_else(invalid_ec);
    let (x, y) = (member("x")?, member("y")?);
    let mut point = vec![4];
    for coordinate in [&x, &y] {
        let zeros = curve.size.checked_sub(coordinate.len()).ok_or_else(invalid_ec)?;
        point.resize(point.len() + zeros, 0);
        point.extend_from_slice(coordinate);
    }
    let point = curve.decode(&point).ok_or_else(invalid_ec)?;
    if !is_private {
        return Ok(Key::public(Public::Ec(curve, point)));
    }
    let scalar = curve.scalar(&member("d")?).ok_or_else(invalid_ec)?;
    if curve.public(&scalar).as_ref() != Some(&point) {
        return Err(invalid_ec());
    }
    Ok(Key::private(Private::Ec(curve, scalar, point)))
}

fn read_okp(scope: &Scope<'_, '_>, object: Object<'_>, is_private: bool) -> Result<Key, Failure> {
    let name = text(scope, object, "crv").ok_or_else(invalid_okp)?;
    let okp = Okp::find(&name).filter(|okp| okp.jwk() == name).ok_or_else(invalid_okp)?;
    let member = |name| bytes(scope, object, name).ok_or_else(invalid_okp);
    let public = member("x")?;
    let public = public.as_slice().try_into().map_err(|_| invalid_okp())?;
    if !is_private {
        return Ok(Key::public(Public::Okp(okp, public)));
    }
    let private = member("d")?;
    let private = Zeroizing::new(private.as_slice().try_into().map_err(|_| invalid_okp())?);
    Ok(Key::private(Private::Okp(okp, private)))
}
