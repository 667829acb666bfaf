//! Keys on their way out: `export`, and the encodings that generated keys may be asked for in.

use chacha20::ChaCha20Rng;

use super::entropy;
use super::failure::Failure;
use super::jwk;
use super::key::{self, Key};
use super::keys::{Private, Public, encrypted, write};
use super::pem;
use crate::bindings::buffer;
use crate::realm::realm;
use crate::value::*;

/// `kKeyFormat…`
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Der,
    Pem,
    Jwk,
}

/// `kKeyEncoding…`
#[derive(Clone, Copy, PartialEq, Eq)]
enum Structure {
    Pkcs1,
    Pkcs8,
    Spki,
    Sec1,
}

/// How a public key is wanted.
#[derive(Clone, Copy)]
pub(super) struct PublicEncoding(Format, Structure);

/// How a private key is wanted: perhaps by a cipher under a passphrase.
#[derive(Clone)]
pub(super) struct PrivateEncoding {
    format: Format,
    structure: Structure,
    cipher: Option<(String, zeroize::Zeroizing<Vec<u8>>)>,
}

/// A key as it is given to the program.
pub(super) enum Exported {
    Key(Key),
    Pem(String),
    Der(Vec<u8>),
    Jwk(Key),
}

impl Exported {
    pub(super) fn into_value<'s>(self, scope: &mut Scope<'s, '_>) -> Option<Value<'s>> {
        match self {
            Self::Key(key) => key::new_handle(scope, key).map(Into::into),
            Self::Pem(text) => Some(string(scope, &text).into()),
            Self::Der(bytes) => Some(buffer::new_buffer(scope, bytes)),
            Self::Jwk(key) => {
                let target = v8::Object::new(scope);
                match jwk::write(scope, &key, target, false) {
                    Ok(()) => Some(target.into()),
                    Err(failure) => {
                        failure.throw(scope);
                        None
                    }
                }
            }
        }
    }
}

fn format(number: u32) -> Format {
    match number {
        0 => Format::Der,
        2 => Format::Jwk,
        _ => Format::Pem,
    }
}

fn structure(scope: &Scope<'_, '_>, value: Value<'_>, default: Structure) -> Structure {
    match value.is_number().then(|| value.uint32_value(scope)).flatten() {
        Some(0) => Structure::Pkcs1,
        Some(1) => Structure::Pkcs8,
        Some(2) => Structure::Spki,
        Some(3) => Structure::Sec1,
        _ => default,
    }
}

/// Reads two arguments, format and structure; none where a key object is wanted.
pub(super) fn public_encoding(scope: &Scope<'_, '_>, args: &Args<'_>, first: i32) -> Option<PublicEncoding> {
    if args.get(first).is_null_or_undefined() {
        return None;
    }
    let structure = structure(scope, args.get(first + 1), Structure::Spki);
    Some(PublicEncoding(format(arg_u32(scope, args, first)), structure))
}

/// Reads four arguments: format, structure, cipher, passphrase.
pub(super) fn private_encoding(
    scope: &Scope<'_, '_>,
    args: &Args<'_>,
    first: i32,
) -> Result<Option<PrivateEncoding>, Failure> {
    if args.get(first).is_null_or_undefined() {
        return Ok(None);
    }
    let structure = structure(scope, args.get(first + 1), Structure::Pkcs8);
    let cipher = args.get(first + 2).is_string().then(|| arg_string(scope, args, first + 2));
    if cipher.as_ref().is_some_and(|cipher| !encrypted::is_known(cipher)) {
        return Err(encrypted::UNKNOWN);
    }
    let cipher = cipher.map(|cipher| (cipher, bytes_of(scope, args.get(first + 3)).into()));
    Ok(Some(PrivateEncoding { format: format(arg_u32(scope, args, first)), structure, cipher }))
}

/// A public key as it is wanted.
pub(super) fn encode_public(key: Key, encoding: Option<PublicEncoding>) -> Result<Exported, Failure> {
    let Some(PublicEncoding(format, structure)) = encoding else { return Ok(Exported::Key(key)) };
    let Some(public) = key.to_public() else { return Err(Failure::operation("Failed to encode public key")) };
    let (label, data) = match (structure, &*public) {
        (Structure::Pkcs1, Public::Rsa(key, _)) => ("RSA PUBLIC KEY", write::rsa_public(key)),
        _ => ("PUBLIC KEY", write::spki(&public)),
    };
    Ok(match format {
        Format::Jwk => Exported::Jwk(Key::Public(public)),
        Format::Der => Exported::Der(data),
        Format::Pem => Exported::Pem(pem::encode(label, &[], &data)),
    })
}

/// A private key as it is wanted.
pub(super) fn encode_private(
    key: Key,
    encoding: Option<PrivateEncoding>,
    random: &mut ChaCha20Rng,
) -> Result<Exported, Failure> {
    let (Some(PrivateEncoding { format, structure, cipher }), Key::Private(private)) = (encoding, &key) else {
        return Ok(Exported::Key(key));
    };
    if format == Format::Jwk {
        return Ok(Exported::Jwk(key));
    }
    let traditional = match (structure, &**private) {
        (Structure::Pkcs1, Private::Rsa(key, _)) => Some(("RSA PRIVATE KEY", write::rsa_private(key))),
        (Structure::Sec1, Private::Ec(curve, scalar, point)) => {
            Some(("EC PRIVATE KEY", write::ec_private(scalar, Some(curve), point)))
        }
        _ => None,
    };
    if let Some((label, data)) = traditional {
        return Ok(match (format, cipher) {
            (Format::Pem, Some((cipher, passphrase))) => {
                let (headers, sealed) = encrypted::seal_pem(&data, &cipher, &passphrase, random)?;
                Exported::Pem(pem::encode(label, &headers, &sealed))
            }
            (Format::Pem, None) => Exported::Pem(pem::encode(label, &[], &data)),
            _ => Exported::Der(data.to_vec()),
        });
    }
    let data = write::pkcs8(private);
    let (label, data) = match cipher {
        Some((cipher, passphrase)) => {
            ("ENCRYPTED PRIVATE KEY", encrypted::seal_pkcs8(&data, &cipher, &passphrase, random)?)
        }
        None => ("PRIVATE KEY", data.to_vec()),
    };
    Ok(if format == Format::Pem { Exported::Pem(pem::encode(label, &[], &data)) } else { Exported::Der(data) })
}

/// `export()` of a secret key; `export(format, structure)` of a public, and with cipher and passphrase of a private one.
pub(super) fn export(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(key) = key::this(scope, &args) else { return };
    let exported = match &key {
        Key::Secret(bytes) => Ok(Exported::Der(bytes.to_vec())),
        Key::Public(_) => {
            let encoding = public_encoding(scope, &args, 0);
            encode_public(key, encoding)
        }
        Key::Private(_) => private_encoding(scope, &args, 0).and_then(|encoding| {
            let mut random = entropy::generator(realm(scope).sys())?;
            encode_private(key, encoding, &mut random)
        }),
    };
    match exported {
        Ok(exported) => {
            if let Some(value) = exported.into_value(scope) {
                rv.set(value);
            }
        }
        Err(failure) => failure.throw(scope),
    }
}
