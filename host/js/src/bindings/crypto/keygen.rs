//! New keys: `…KeyPairGenJob` and `SecretKeyGenJob`.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng;
use zeroize::Zeroizing;

use super::digest::Algorithm;
use super::entropy;
use super::failure::Failure;
use super::job::{self, Output};
use super::key::Key;
use super::key_input::INVALID_CURVE;
use super::key_output::{self, PrivateEncoding, PublicEncoding};
use super::keys::Private;
use super::keys::ec::Curve;
use super::keys::edwards::{Okp, SIZE};
use super::keys::rsa::{self, PssParameters, Usage};
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .class(job::class("SecretKeyGenJob", new_secret))
        .class(job::class("RsaKeyPairGenJob", new_rsa))
        .class(job::class("EcKeyPairGenJob", new_ec))
        .class(job::class("NidKeyPairGenJob", new_okp))
}

/// `new SecretKeyGenJob(mode, bits)`
fn new_secret(scope: &mut Scope, args: Args, _rv: Ret) {
    let bits = arg_u32(scope, &args, 1) as usize;
    // Only Web Cryptography asks for part of a byte: its last bits are zeros then.
    let length = if job::is_web(scope, &args) { bits.div_ceil(8) } else { bits / 8 };
    job::new_for_keys(scope, &args, 2, 1, move |sys| {
        let mut bytes = vec![0; length];
        entropy::generator(sys)?.fill_bytes(&mut bytes);
        if let Some(last) = bytes.last_mut().filter(|_| !bits.is_multiple_of(8)) {
            *last &= 0xFF << (8 - bits % 8);
        }
        Ok(Output::Key(bytes))
    });
}

/// How the keys of a pair are wanted.
type Wanted = (Option<PublicEncoding>, Option<PrivateEncoding>);

/// Reads six arguments: format and structure of the public key; those, cipher and passphrase of the private one. For Web
/// Cryptography they are something else.
fn wanted(scope: &Scope<'_, '_>, args: &Args<'_>, first: i32) -> Result<Wanted, Failure> {
    if job::is_web(scope, args) {
        return Ok((None, None));
    }
    let public = key_output::public_encoding(scope, args, first);
    Ok((public, key_output::private_encoding(scope, args, first + 2)?))
}

/// Makes the receiver a job that generates a pair; arguments from `first` on say how it is wanted.
fn new_pair(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    first: i32,
    generate: impl FnOnce(&mut ChaCha20Rng) -> Result<Private, Failure> + Send + 'static,
) {
    let (public, private) = match wanted(scope, args, first) {
        Ok(wanted) => wanted,
        Err(failure) => return failure.throw(scope),
    };
    job::new_for_keys(scope, args, first, 2, move |sys| {
        let mut random = entropy::generator(sys)?;
        let key = generate(&mut random)?;
        let public = key_output::encode_public(Key::public(key.public()), public)?;
        let private = key_output::encode_private(Key::private(key), private, &mut random)?;
        Ok(Output::Pair(Box::new([public, private])))
    });
}

/// `kKeyVariantRSA_PSS`
const PSS: u32 = 1;

/// `new RsaKeyPairGenJob(mode, variant, modulusLength, publicExponent, …)`, for RSA-PSS with digest, mask digest and salt
/// length before the encodings.
fn new_rsa(scope: &mut Scope, args: Args, _rv: Ret) {
    let (variant, bits) = (arg_u32(scope, &args, 1), arg_u32(scope, &args, 2) as usize);
    let exponent = arg_u32(scope, &args, 3);
    let (usage, first) = if variant == PSS {
        match pss(scope, &args, 4) {
            Ok(parameters) => (Usage::Pss(parameters), 7),
            Err(failure) => return failure.throw(scope),
        }
    } else {
        (Usage::Any, 4)
    };
    new_pair(scope, &args, first, move |random| {
        Ok(Private::Rsa(Box::new(rsa::generate(random, bits, exponent)?), usage))
    });
}

/// Reads digest, mask digest and salt length; a key is restricted where any of them is given.
fn pss(scope: &Scope<'_, '_>, args: &Args<'_>, first: i32) -> Result<Option<PssParameters>, Failure> {
    let given = |index: i32| !args.get(first + index).is_undefined();
    if !(0..3).any(given) {
        return Ok(None);
    }
    let find = |index: i32, default: &str, what: &str| {
        let name = if given(index) { arg_string(scope, args, first + index) } else { default.to_owned() };
        let unknown = format!("Invalid {what}digest: {name}");
        Algorithm::find(&name).ok_or(Failure::Coded(Kind::Type, "ERR_CRYPTO_INVALID_DIGEST", unknown))
    };
    let digest = find(0, "sha1", "")?;
    let mask = find(1, digest.name(), "MGF1 ")?;
    let salt_length = if given(2) { arg_u32(scope, args, first + 2) as usize } else { digest.size };
    Ok(Some(PssParameters { digest, mask, salt_length }))
}

/// `new EcKeyPairGenJob(mode, namedCurve, paramEncoding, …)`
fn new_ec(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(curve) = Curve::find(&arg_string(scope, &args, 1)) else { return INVALID_CURVE.throw(scope) };
    new_pair(scope, &args, 3, move |random| {
        let scalar = curve.generate(random);
        let failed = || Failure::operation("Key generation failed");
        let point = curve.public(&scalar).ok_or_else(failed)?;
        Ok(Private::Ec(curve, scalar, point))
    });
}

/// `new NidKeyPairGenJob(mode, number, …)`
fn new_okp(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(okp) = Okp::from_number(arg_u32(scope, &args, 1)) else {
        let message = "Keys of this type are not available in this runtime";
        return throw_code(scope, Kind::Error, "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", message);
    };
    new_pair(scope, &args, 2, move |random| {
        let mut private = Zeroizing::new([0; SIZE]);
        random.fill_bytes(&mut *private);
        Ok(Private::Okp(okp, private))
    });
}
