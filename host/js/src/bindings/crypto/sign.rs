//! Signatures: `Sign`, `Verify`, and both in one call.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use chacha20::ChaCha20Rng;

use super::asn1;
use super::digest::{Algorithm, State};
use super::entropy;
use super::failure::Failure;
use super::hash;
use super::job::{self, Output};
use super::key_input;
use super::keys::edwards::{self, Okp};
use super::keys::rsa::{self, Pss, SaltLength, Usage};
use super::keys::{Private, Public};
use crate::bindings::buffer;
use crate::native::{self, Native};
use crate::realm::realm;
use crate::table::{Class, Table};
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .class(Class::new("Sign", new).method("init", init).method("update", update).method("sign", finish_sign))
        .class(Class::new("Verify", new).method("init", init).method("update", update).method("verify", finish_verify))
        .class(job::class("SignJob", new_job))
}

/// `RSA_PKCS1_PADDING`, `RSA_NO_PADDING`, `RSA_PKCS1_PSS_PADDING`
const PKCS1_PADDING: u32 = 1;
const NO_PADDING: u32 = 3;
const PSS_PADDING: u32 = 6;

/// `RSA_PSS_SALTLEN_…`
const SALT_DIGEST: i32 = -1;
const SALT_AUTO: i32 = -2;
const SALT_MAX: i32 = -3;
const SALT_AUTO_DIGEST_MAX: i32 = -4;

const UNSUPPORTED: Failure =
    Failure::Static(Kind::Error, "ERR_CRYPTO_UNSUPPORTED_OPERATION", "Unsupported crypto operation");
const KEY_TYPE: Failure =
    Failure::OpenSsl("03000096", "digital envelope routines", "operation not supported for this keytype");
const PADDING_MODE: Failure = Failure::OpenSsl("1C8000A5", "Provider routines", "illegal or unsupported padding mode");
const SALT_LENGTH: Failure = Failure::OpenSsl("1C800070", "Provider routines", "invalid salt length");
const NOT_INITIALISED: Failure = Failure::Static(Kind::Error, "ERR_CRYPTO_INVALID_STATE", "Not initialised");

/// What is asked for besides key and digest.
#[derive(Clone, Copy, Default)]
pub(super) struct Options {
    pub(super) padding: Option<u32>,
    pub(super) salt_length: Option<i32>,
    /// Whether an ECDSA signature is `r` and `s` one after the other (IEEE P1363) instead of DER.
    pub(super) plain: bool,
}

/// A digest that is being computed.
#[derive(Default)]
struct Running(RefCell<Option<(&'static Algorithm, Box<dyn State>)>>);

impl Native for Running {}

fn new(scope: &mut Scope, args: Args, _rv: Ret) {
    native::wrap(scope, args.this(), Rc::new(Running::default()));
}

/// `init(algorithm)`
fn init(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(running) = native::this::<Running>(scope, &args) else { return };
    let name = arg_string(scope, &args, 0);
    // The names of old for DSA.
    let name = if matches!(name.as_str(), "dss1" | "DSS1") { "sha1" } else { &name };
    match Algorithm::find(name) {
        Some(algorithm) => *running.0.borrow_mut() = Some((algorithm, algorithm.start())),
        None => throw_code(scope, Kind::Type, "ERR_CRYPTO_INVALID_DIGEST", "Invalid digest"),
    }
}

/// `update(data, encoding)`
fn update(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(running) = native::this::<Running>(scope, &args) else { return };
    match &mut *running.0.borrow_mut() {
        Some((_, state)) => hash::with_bytes(scope, &args, 0, |bytes| state.update(bytes)),
        None => NOT_INITIALISED.throw(scope),
    }
}

fn take(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Option<(&'static Algorithm, Vec<u8>)> {
    let running = native::this::<Running>(scope, args)?;
    let taken = running.0.take();
    match taken {
        Some((algorithm, state)) => Some((algorithm, state.finish(algorithm.size))),
        None => {
            NOT_INITIALISED.throw(scope);
            None
        }
    }
}

/// Reads padding, salt length and encoding of DSA signatures.
fn options(scope: &Scope<'_, '_>, args: &Args<'_>, first: i32) -> Options {
    let number = |index: i32| args.get(index).is_number().then(|| arg_i32(scope, args, index));
    Options {
        padding: number(first).map(|padding| padding as u32),
        salt_length: number(first + 1),
        plain: number(first + 2) == Some(1),
    }
}

/// `sign(key…, padding, saltLength, dsaEncoding)`
fn finish_sign(scope: &mut Scope, args: Args, mut rv: Ret) {
    let key = match key_input::private(scope, &args, 0) {
        Ok(key) => key,
        Err(failure) => return failure.throw(scope),
    };
    if matches!(&*key, Private::Okp(Okp::Ed25519, _)) {
        return UNSUPPORTED.throw(scope);
    }
    let Some((digest, hash)) = take(scope, &args) else { return };
    let options = options(scope, &args, key_input::COUNT);
    let signed = entropy::generator(realm(scope).sys())
        .and_then(|mut random| sign_hash(&key, digest, &hash, options, &mut random));
    match signed {
        Ok(signature) => rv.set(buffer::new_buffer(scope, signature)),
        Err(failure) => failure.throw(scope),
    }
}

/// `verify(key…, signature, padding, saltLength, dsaEncoding)`
fn finish_verify(scope: &mut Scope, args: Args, mut rv: Ret) {
    let key = match key_input::public(scope, &args, 0) {
        Ok(key) => key,
        Err(failure) => return failure.throw(scope),
    };
    if matches!(&*key, Public::Okp(Okp::Ed25519, _)) {
        return UNSUPPORTED.throw(scope);
    }
    let Some((digest, hash)) = take(scope, &args) else { return };
    let signature = bytes_of(scope, args.get(key_input::COUNT));
    let options = options(scope, &args, key_input::COUNT + 1);
    if let Public::Ec(curve, _) = &*key
        && options.plain
        && signature.len() != 2 * curve.size
    {
        return Failure::operation("Malformed signature").throw(scope);
    }
    match verify_hash(&key, digest, &hash, &signature, options) {
        Ok(good) => rv.set_bool(good),
        Err(failure) if matches!(&*key, Public::Okp(..)) => failure.throw(scope),
        // A padding or a salt that does not fit makes a signature none.
        Err(_) => rv.set_bool(false),
    }
}

enum Work {
    Sign(Arc<Private>),
    Verify(Arc<Public>, Vec<u8>),
}

/// `kSignJobModeVerify`
const VERIFY: u32 = 1;

/// `new SignJob(mode, signMode, key…, data, algorithm, saltLength, padding, dsaEncoding, context, signature)`
fn new_job(scope: &mut Scope, args: Args, _rv: Ret) {
    let key = 2;
    let rest = key + key_input::COUNT;
    let work = if arg_u32(scope, &args, 1) == VERIFY {
        let signature = bytes_of(scope, args.get(rest + 6));
        key_input::public(scope, &args, key).map(|key| Work::Verify(key, signature))
    } else {
        key_input::private(scope, &args, key).map(Work::Sign)
    };
    let work = match work {
        Ok(work) => work,
        Err(failure) => return failure.throw(scope),
    };
    let data = bytes_of(scope, args.get(rest));
    let mut digest = None;
    if args.get(rest + 1).is_string() {
        let name = arg_string(scope, &args, rest + 1);
        digest = Algorithm::find(&name);
        if digest.is_none() {
            return Failure::digest(&name).throw(scope);
        }
    }
    let number = |index: i32| args.get(index).is_number().then(|| arg_i32(scope, &args, index));
    let options = Options {
        salt_length: number(rest + 2),
        padding: number(rest + 3).map(|padding| padding as u32),
        plain: number(rest + 4) == Some(1),
    };
    let context = Memory::of(scope, args.get(rest + 5)).is_some_and(|context| context.len() != 0);
    job::new(scope, &args, "SIGNREQUEST", None, move |sys| {
        if context {
            return Err(Failure::operation("Context parameter is unsupported"));
        }
        match work {
            Work::Sign(key) => {
                let mut random = entropy::generator(sys)?;
                sign(&key, digest, &data, options, &mut random).map(Output::Bits)
            }
            Work::Verify(key, signature) => verify(&key, digest, &data, &signature, options).map(Output::Boolean),
        }
    });
}

/// The digest that serves where none is named.
fn default_digest(digest: Option<&'static Algorithm>) -> Result<&'static Algorithm, Failure> {
    digest.or_else(|| Algorithm::find("sha256")).ok_or(rsa::DIGEST_NOT_ALLOWED)
}

const INVALID_DIGEST: Failure = Failure::OpenSsl("1C80007A", "Provider routines", "invalid digest");

/// Signs a message.
pub(super) fn sign(
    key: &Private,
    digest: Option<&'static Algorithm>,
    message: &[u8],
    options: Options,
    random: &mut ChaCha20Rng,
) -> Result<Vec<u8>, Failure> {
    if let Private::Okp(Okp::Ed25519, key) = key {
        return if digest.is_none() { Ok(edwards::sign(key, message)) } else { Err(INVALID_DIGEST) };
    }
    let digest = default_digest(digest)?;
    sign_hash(key, digest, &digest.of(&[message]), options, random)
}

/// Whether a signature of a message is good.
pub(super) fn verify(
    key: &Public,
    digest: Option<&'static Algorithm>,
    message: &[u8],
    signature: &[u8],
    options: Options,
) -> Result<bool, Failure> {
    if let Public::Okp(Okp::Ed25519, key) = key {
        return if digest.is_none() { Ok(edwards::verify(key, message, signature)) } else { Err(INVALID_DIGEST) };
    }
    let digest = default_digest(digest)?;
    verify_hash(key, digest, &digest.of(&[message]), signature, options)
}

fn sign_hash(
    key: &Private,
    digest: &'static Algorithm,
    hash: &[u8],
    options: Options,
    random: &mut ChaCha20Rng,
) -> Result<Vec<u8>, Failure> {
    match key {
        Private::Rsa(key, usage) => match rsa_scheme(*usage, digest, options, true)? {
            Some(pss) => rsa::sign_pss(key, random, pss, hash),
            None => rsa::sign_pkcs1(key, random, digest, hash),
        },
        Private::Ec(curve, scalar, _) if !digest.extendable => {
            let failed = || Failure::operation("Signing failed");
            let signature = curve.sign(scalar, hash).ok_or_else(failed)?;
            Ok(if options.plain { signature } else { to_der(&signature) })
        }
        Private::Ec(..) => Err(rsa::DIGEST_NOT_ALLOWED),
        Private::Okp(..) => Err(KEY_TYPE),
    }
}

fn verify_hash(
    key: &Public,
    digest: &'static Algorithm,
    hash: &[u8],
    signature: &[u8],
    options: Options,
) -> Result<bool, Failure> {
    match key {
        Public::Rsa(key, usage) => Ok(match rsa_scheme(*usage, digest, options, false)? {
            Some(pss) => rsa::verify_pss(key, pss, hash, signature),
            None => rsa::verify_pkcs1(key, digest, hash, signature),
        }),
        Public::Ec(curve, point) if options.plain => Ok(curve.verify(point, hash, signature)),
        Public::Ec(curve, point) => {
            Ok(from_der(signature, curve.size).is_some_and(|signature| curve.verify(point, hash, &signature)))
        }
        Public::Okp(..) => Err(KEY_TYPE),
    }
}

/// How an RSA key signs: by PSS, or PKCS #1 v1.5.
fn rsa_scheme(
    usage: Usage,
    digest: &'static Algorithm,
    options: Options,
    signing: bool,
) -> Result<Option<Pss>, Failure> {
    if digest.oid().is_none() && digest.name() != "md5-sha1" {
        return Err(rsa::DIGEST_NOT_ALLOWED);
    }
    match options.padding.unwrap_or(if usage.is_pss() { PSS_PADDING } else { PKCS1_PADDING }) {
        PKCS1_PADDING if !usage.is_pss() => return Ok(None),
        PSS_PADDING => {}
        NO_PADDING => return Err(Failure::OpenSsl("1C8000A8", "Provider routines", "invalid padding mode")),
        _ => return Err(PADDING_MODE),
    }
    let restricted = usage.parameters();
    if restricted.is_some_and(|restricted| restricted.digest.name() != digest.name()) {
        return Err(rsa::DIGEST_NOT_ALLOWED);
    }
    let salt = match options.salt_length {
        None => restricted.map_or(SaltLength::Auto, |restricted| SaltLength::Exactly(restricted.salt_length)),
        Some(SALT_DIGEST) => SaltLength::Exactly(digest.size),
        // To sign, this is the longest; a restricted key takes none of unknown length.
        Some(SALT_AUTO | SALT_MAX) if signing && restricted.is_some() => return Err(SALT_LENGTH),
        Some(SALT_AUTO) => SaltLength::Auto,
        Some(SALT_MAX) => SaltLength::Longest,
        Some(SALT_AUTO_DIGEST_MAX) if signing => SaltLength::AtMost(digest.size),
        Some(SALT_AUTO_DIGEST_MAX) => SaltLength::Auto,
        Some(length) => SaltLength::Exactly(usize::try_from(length).map_err(|_| SALT_LENGTH)?),
    };
    if let (Some(restricted), SaltLength::Exactly(length)) = (restricted, salt)
        && length < restricted.salt_length
    {
        return Err(Failure::OpenSsl("1C8000AC", "Provider routines", "pss saltlen too small"));
    }
    Ok(Some(Pss { digest, mask: restricted.map_or(digest, |restricted| restricted.mask), salt }))
}

/// `ECDSA-Sig-Value` (RFC 3279) of `r` and `s`.
fn to_der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    asn1::sequence(&[&asn1::unsigned(r), &asn1::unsigned(s)])
}

/// `r` and `s`, each of a length.
fn from_der(signature: &[u8], size: usize) -> Option<Vec<u8>> {
    let numbers = asn1::read_sequence(signature, |reader| {
        Ok([asn1::read_unsigned(reader)?.to_vec(), asn1::read_unsigned(reader)?.to_vec()])
    });
    let mut plain = Vec::with_capacity(2 * size);
    for number in numbers.ok()? {
        plain.resize(plain.len() + size.checked_sub(number.len())?, 0);
        plain.extend(number);
    }
    Some(plain)
}
