//! Encryption by RSA keys: `publicEncrypt`, `privateDecrypt`, `privateEncrypt`, `publicDecrypt`.

use chacha20::ChaCha20Rng;

use super::digest::Algorithm;
use super::entropy;
use super::failure::Failure;
use super::job::{self, Output};
use super::key_input;
use super::keys::rsa::{self, Usage};
use super::keys::{Private, Public};
use crate::bindings::buffer;
use crate::realm::realm;
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .function("publicEncrypt", |scope: &mut Scope, args: Args, rv: Ret| by_public(scope, &args, rv, public_encrypt))
        .function("publicDecrypt", |scope: &mut Scope, args: Args, rv: Ret| by_public(scope, &args, rv, public_decrypt))
        .function("privateEncrypt", |scope: &mut Scope, args: Args, rv: Ret| {
            by_private(scope, &args, rv, private_encrypt);
        })
        .function("privateDecrypt", |scope: &mut Scope, args: Args, rv: Ret| {
            by_private(scope, &args, rv, private_decrypt);
        })
        .class(job::class("RSACipherJob", new_job))
}

/// `RSA_PKCS1_PADDING`, `RSA_NO_PADDING`, `RSA_PKCS1_OAEP_PADDING`
const PKCS1: u32 = 1;
const NONE: u32 = 3;
const OAEP: u32 = 4;

const KEY_TYPE: Failure =
    Failure::OpenSsl("03000096", "digital envelope routines", "operation not supported for this keytype");
const PSS_KEY: Failure = Failure::OpenSsl("1C8000B2", "Provider routines", "operation not supported for this keytype");
const UNKNOWN_PADDING: Failure = Failure::OpenSsl("02000076", "rsa routines", "unknown padding type");
const PADDING_MODE: Failure = Failure::OpenSsl("1C8000A5", "Provider routines", "illegal or unsupported padding mode");

/// What is asked for besides key and data.
struct Options {
    padding: u32,
    digest: &'static Algorithm,
    label: Vec<u8>,
}

type Done = Result<Vec<u8>, Failure>;

/// Reads data, padding, digest and label.
fn options(scope: &Scope<'_, '_>, args: &Args<'_>) -> Result<(Vec<u8>, Options), Failure> {
    let first = key_input::COUNT;
    let name = if args.get(first + 2).is_string() { arg_string(scope, args, first + 2) } else { "sha1".to_owned() };
    let unknown = Failure::Static(Kind::Error, "ERR_OSSL_EVP_INVALID_DIGEST", "Invalid digest used");
    let digest = Algorithm::find(&name).filter(|digest| !digest.extendable).ok_or(unknown)?;
    let label = Memory::of(scope, args.get(first + 3)).map(Memory::to_vec).unwrap_or_default();
    let options = Options { padding: arg_u32(scope, args, first + 1), digest, label };
    Ok((bytes_of(scope, args.get(first)), options))
}

/// `…(key…, data, padding, oaepHash, oaepLabel)`
fn by_public(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    rv: Ret<'_>,
    operation: fn(&Public, &mut ChaCha20Rng, &[u8], &Options) -> Done,
) {
    let done = key_input::public(scope, args, 0).and_then(|key| {
        let (data, options) = options(scope, args)?;
        operation(&key, &mut entropy::generator(realm(scope).sys())?, &data, &options)
    });
    give(scope, rv, done);
}

fn by_private(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    rv: Ret<'_>,
    operation: fn(&Private, &mut ChaCha20Rng, &[u8], &Options) -> Done,
) {
    let done = key_input::private(scope, args, 0).and_then(|key| {
        let (data, options) = options(scope, args)?;
        operation(&key, &mut entropy::generator(realm(scope).sys())?, &data, &options)
    });
    give(scope, rv, done);
}

fn give(scope: &mut Scope<'_, '_>, mut rv: Ret<'_>, done: Done) {
    match done {
        Ok(bytes) => rv.set(buffer::new_buffer(scope, bytes)),
        Err(failure) => failure.throw(scope),
    }
}

fn public_encrypt(key: &Public, random: &mut ChaCha20Rng, data: &[u8], options: &Options) -> Done {
    match (key, options.padding) {
        (Public::Rsa(_, Usage::Pss(_)), _) => Err(PSS_KEY),
        (Public::Rsa(key, _), PKCS1) => rsa::encrypt_pkcs1(key, random, data),
        (Public::Rsa(key, _), OAEP) => rsa::encrypt_oaep(key, random, options.digest, &options.label, data),
        (Public::Rsa(key, _), NONE) => rsa::raw_public(key, data),
        (Public::Rsa(..), _) => Err(UNKNOWN_PADDING),
        _ => Err(KEY_TYPE),
    }
}

fn private_decrypt(key: &Private, random: &mut ChaCha20Rng, data: &[u8], options: &Options) -> Done {
    match (key, options.padding) {
        (Private::Rsa(_, Usage::Pss(_)), _) => Err(PSS_KEY),
        (Private::Rsa(key, _), PKCS1) => rsa::decrypt_pkcs1(key, random, data),
        (Private::Rsa(key, _), OAEP) => rsa::decrypt_oaep(key, random, options.digest, &options.label, data),
        (Private::Rsa(key, _), NONE) => rsa::raw_private(key, random, data),
        (Private::Rsa(..), _) => Err(UNKNOWN_PADDING),
        _ => Err(KEY_TYPE),
    }
}

fn private_encrypt(key: &Private, random: &mut ChaCha20Rng, data: &[u8], options: &Options) -> Done {
    match (key, options.padding) {
        (Private::Rsa(_, Usage::Pss(_)), _) => Err(PSS_KEY),
        (Private::Rsa(key, _), PKCS1) => rsa::sign_block(key, random, data),
        (Private::Rsa(key, _), NONE) => rsa::raw_private(key, random, data),
        (Private::Rsa(..), _) => Err(PADDING_MODE),
        _ => Err(KEY_TYPE),
    }
}

fn public_decrypt(key: &Public, _: &mut ChaCha20Rng, data: &[u8], options: &Options) -> Done {
    match (key, options.padding) {
        (Public::Rsa(_, Usage::Pss(_)), _) => Err(PSS_KEY),
        (Public::Rsa(key, _), PKCS1) => rsa::recover_block(key, data),
        (Public::Rsa(key, _), NONE) => rsa::raw_public(key, data),
        (Public::Rsa(..), _) => Err(PADDING_MODE),
        _ => Err(KEY_TYPE),
    }
}

/// `kWebCryptoCipherEncrypt`
const ENCRYPT: u32 = 0;

/// `new RSACipherJob(mode, cipherMode, key, data, variant, digest, label)`
fn new_job(scope: &mut Scope, args: Args, _rv: Ret) {
    let key = super::key::of(scope, args.get(2));
    let encrypt = arg_u32(scope, &args, 1) == ENCRYPT;
    let data = bytes_of(scope, args.get(3));
    let name = arg_string(scope, &args, 5);
    let Some(digest) = Algorithm::find(&name) else { return Failure::digest(&name).throw(scope) };
    let label = Memory::of(scope, args.get(6)).map(Memory::to_vec).unwrap_or_default();
    job::new(scope, &args, "CIPHERREQUEST", None, move |sys| {
        let options = Options { padding: OAEP, digest, label };
        let mut random = entropy::generator(sys)?;
        match key {
            Some(super::key::Key::Private(key)) if !encrypt => private_decrypt(&key, &mut random, &data, &options),
            Some(key) if encrypt => {
                let key = key.to_public().ok_or(KEY_TYPE)?;
                public_encrypt(&key, &mut random, &data, &options)
            }
            _ => Err(KEY_TYPE),
        }
        .map(Output::Bits)
    });
}
