//! Keys on their way in: five arguments that Node's library prepares — data, format, structure or type, passphrase, curve.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::failure::Failure;
use super::jwk;
use super::key::{self, Key};
use super::keys::ec::Curve;
use super::keys::edwards::Okp;
use super::keys::rsa::Usage;
use super::keys::{Private, Public, encrypted, read};
use super::pem;
use crate::value::*;

/// How many arguments a key takes.
pub(super) const COUNT: i32 = 5;

/// `kKeyFormat…`
const DER: u32 = 0;
const JWK: u32 = 2;
const RAW_PUBLIC: u32 = 3;
const RAW_PRIVATE: u32 = 4;
const RAW_SEED: u32 = 5;
const STORE: u32 = 6;

/// `kKeyEncoding…`
const PKCS1: u32 = 0;
const PKCS8: u32 = 1;
const SPKI: u32 = 2;

pub(super) const UNSUPPORTED: Failure = Failure::OpenSsl("1E08010C", "DECODER routines", "unsupported");
const WRONG_TAG: Failure = Failure::OpenSsl("068000A8", "asn1 encoding routines", "wrong tag");
const INTERRUPTED: Failure = Failure::OpenSsl("07880109", "common libcrypto routines", "interrupted or cancelled");
const NEED_PASSPHRASE: Failure =
    Failure::Static(Kind::Type, "ERR_MISSING_PASSPHRASE", "Passphrase required for encrypted key");
const INVALID_DATA: Failure = Failure::Static(Kind::Type, "ERR_INVALID_ARG_VALUE", "Invalid key data");

/// A secret key.
pub(super) fn secret(scope: &mut Scope<'_, '_>, args: &Args<'_>, first: i32) -> Result<Key, Failure> {
    if args.get(first + 1).is_number() && arg_u32(scope, args, first + 1) == JWK {
        return jwk::read_secret(scope, args.get(first));
    }
    Ok(Key::secret(key::secret(scope, args.get(first))))
}

/// A private key.
pub(super) fn private(scope: &mut Scope<'_, '_>, args: &Args<'_>, first: i32) -> Result<Arc<Private>, Failure> {
    if let Some(key) = key::of(scope, args.get(first)) {
        return match key {
            Key::Private(key) => Ok(key),
            _ => Err(Failure::Static(Kind::Range, "ERR_CRYPTO_INVALID_KEYTYPE", "Invalid key type")),
        };
    }
    let format = arg_u32(scope, args, first + 1);
    let key = match format {
        JWK => jwk::read_private(scope, args.get(first)),
        RAW_PRIVATE | RAW_SEED => {
            let data = Zeroizing::new(bytes_of(scope, args.get(first)));
            let (kind, curve) = (arg_string(scope, args, first + 2), arg_string(scope, args, first + 4));
            raw_private(&data, &kind, &curve, format == RAW_SEED)
        }
        STORE => Err(Failure::Static(
            Kind::Error,
            "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM",
            "Keys of OpenSSL's stores are not available in this runtime",
        )),
        _ => {
            let data = Zeroizing::new(bytes_of(scope, args.get(first)));
            let passphrase = passphrase(scope, args.get(first + 3));
            if format == DER {
                der_private(&data, arg_u32(scope, args, first + 2), passphrase.as_deref().map(Vec::as_slice))
            } else {
                pem_private(&data, passphrase.as_deref().map(Vec::as_slice))
            }
        }
    };
    key.map(Arc::new)
}

/// A public key, or that of a private one.
pub(super) fn public(scope: &mut Scope<'_, '_>, args: &Args<'_>, first: i32) -> Result<Arc<Public>, Failure> {
    if let Some(key) = key::of(scope, args.get(first)) {
        let invalid = Failure::Static(Kind::Range, "ERR_CRYPTO_INVALID_KEYTYPE", "Invalid key type");
        return key.to_public().ok_or(invalid);
    }
    let format = arg_u32(scope, args, first + 1);
    let key = match format {
        JWK => jwk::read_public(scope, args.get(first)),
        RAW_PUBLIC | RAW_PRIVATE | RAW_SEED => {
            let data = bytes_of(scope, args.get(first));
            let (kind, curve) = (arg_string(scope, args, first + 2), arg_string(scope, args, first + 4));
            if format == RAW_PUBLIC {
                raw_public(&data, &kind, &curve)
            } else {
                raw_private(&data, &kind, &curve, format == RAW_SEED).map(|key| key.public())
            }
        }
        _ => {
            let data = bytes_of(scope, args.get(first));
            let passphrase = passphrase(scope, args.get(first + 3));
            let passphrase = passphrase.as_deref().map(Vec::as_slice);
            if format == DER {
                der_public(&data, arg_u32(scope, args, first + 2), passphrase)
            } else {
                pem_public(&data, passphrase)
            }
        }
    };
    key.map(Arc::new)
}

fn passphrase(scope: &Scope<'_, '_>, value: Value<'_>) -> Option<Zeroizing<Vec<u8>>> {
    (!value.is_null_or_undefined()).then(|| Zeroizing::new(bytes_of(scope, value)))
}

/// The first private key of a PEM text.
pub(super) fn pem_private(text: &[u8], passphrase: Option<&[u8]>) -> Result<Private, Failure> {
    let block = pem::find(text, |label| label.ends_with("PRIVATE KEY")).ok_or(UNSUPPORTED)?;
    if block.label == "ENCRYPTED PRIVATE KEY" {
        let data = encrypted::open_pkcs8(&block.data, passphrase.ok_or(INTERRUPTED)?)?;
        return read::pkcs8(&data).map_err(|_| UNSUPPORTED);
    }
    let opened;
    let data = if encrypted::is_encrypted(&block) {
        opened = encrypted::open_pem(&block, passphrase.ok_or(INTERRUPTED)?)?;
        opened.as_slice()
    } else {
        block.data.as_slice()
    };
    let key = match block.label.as_str() {
        "PRIVATE KEY" => read::pkcs8(data),
        "RSA PRIVATE KEY" => read::rsa_private(data, Usage::Any),
        "EC PRIVATE KEY" => read::ec_private(data, None),
        _ => return Err(UNSUPPORTED),
    };
    key.map_err(|_| UNSUPPORTED)
}

/// The first public key, certificate or private key of a PEM text.
pub(super) fn pem_public(text: &[u8], passphrase: Option<&[u8]>) -> Result<Public, Failure> {
    let blocks = pem::blocks(text);
    let find = |wanted: &str| blocks.iter().find(|block| block.label == wanted);
    if let Some(block) = find("PUBLIC KEY") {
        return read::spki(&block.data).map_err(|_| WRONG_TAG);
    }
    if let Some(block) = find("RSA PUBLIC KEY") {
        return read::rsa_public(&block.data, Usage::Any).map_err(|_| WRONG_TAG);
    }
    if let Some(block) = find("CERTIFICATE").or_else(|| find("X509 CERTIFICATE")) {
        return read::certificate_key(&block.data).map_err(|_| WRONG_TAG);
    }
    pem_private(text, passphrase).map(|key| key.public())
}

fn der_private(data: &[u8], structure: u32, passphrase: Option<&[u8]>) -> Result<Private, Failure> {
    let missing = Failure::OpenSsl("06800079", "asn1 encoding routines", "field missing");
    match structure {
        PKCS8 if data.is_empty() => Err(Failure::Plain("Failed to read private key".to_owned())),
        PKCS8 if read::is_encrypted(data) => {
            let data = encrypted::open_pkcs8(data, passphrase.ok_or(NEED_PASSPHRASE)?)?;
            read::pkcs8(&data).map_err(|_| missing)
        }
        PKCS8 => read::pkcs8(data).map_err(|_| missing),
        PKCS1 => read::rsa_private(data, Usage::Any).map_err(|_| UNSUPPORTED),
        _ => read::ec_private(data, None).map_err(|_| UNSUPPORTED),
    }
}

fn der_public(data: &[u8], structure: u32, passphrase: Option<&[u8]>) -> Result<Public, Failure> {
    let failed = |_| Failure::Plain("Failed to read asymmetric key".to_owned());
    match structure {
        PKCS1 if !read::is_rsa_private(data) => read::rsa_public(data, Usage::Any).map_err(failed),
        SPKI => read::spki(data).map_err(failed),
        _ => der_private(data, structure, passphrase).map(|key| key.public()),
    }
}

fn invalid_type(kind: &str) -> Failure {
    Failure::Coded(Kind::Type, "ERR_INVALID_ARG_VALUE", format!("Invalid asymmetricKeyType: {kind}"))
}

fn incompatible(kind: &str) -> Failure {
    let known = ["rsa", "rsa-pss", "dsa", "dh", "ec", "ed25519", "x25519"];
    if !known.contains(&kind) {
        return invalid_type(kind);
    }
    let message = "The selected key encoding is incompatible with the key type";
    Failure::Static(Kind::Error, "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS", message)
}

pub(super) const INVALID_CURVE: Failure =
    Failure::Static(Kind::Type, "ERR_CRYPTO_INVALID_CURVE", "Invalid EC curve name");

fn raw_public(data: &[u8], kind: &str, curve: &str) -> Result<Public, Failure> {
    if kind == "ec" {
        let curve = Curve::find(curve).ok_or(INVALID_CURVE)?;
        return Ok(Public::Ec(curve, curve.decode(data).ok_or(INVALID_DATA)?));
    }
    let okp = Okp::find(kind).ok_or_else(|| incompatible(kind))?;
    Ok(Public::Okp(okp, data.try_into().map_err(|_| INVALID_DATA)?))
}

fn raw_private(data: &[u8], kind: &str, curve: &str, seed: bool) -> Result<Private, Failure> {
    if seed {
        return Err(incompatible(kind));
    }
    if kind == "ec" {
        let curve = Curve::find(curve).ok_or(INVALID_CURVE)?;
        let scalar = Some(data).filter(|data| data.len() == curve.size).and_then(|data| curve.scalar(data));
        let scalar = scalar.ok_or(INVALID_DATA)?;
        let point = curve.public(&scalar).ok_or(INVALID_DATA)?;
        return Ok(Private::Ec(curve, scalar, point));
    }
    let okp = Okp::find(kind).ok_or_else(|| incompatible(kind))?;
    Ok(Private::Okp(okp, Zeroizing::new(data.try_into().map_err(|_| INVALID_DATA)?)))
}
