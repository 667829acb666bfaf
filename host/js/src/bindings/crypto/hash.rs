//! `Hash`, `Hmac`, and both in one call.

use std::cell::RefCell;
use std::rc::Rc;

use subtle::ConstantTimeEq;

use super::digest::{Algorithm, LISTED, State};
use super::failure::Failure;
use super::job::{self, Output};
use super::key;
use crate::bindings::buffer;
use crate::bindings::encodings::{self, Encoding};
use crate::native::{self, Native};
use crate::table::{Class, Table};
use crate::value::*;

const NOT_EXTENDABLE: Failure = Failure::OpenSsl("030000B2", "digital envelope routines", "not XOF or invalid length");

pub(super) fn add(table: Table) -> Table {
    table
        .class(Class::new("Hash", new_hash).method("update", update).method("digest", digest))
        .class(Class::new("Hmac", new_hmac).method("init", init_hmac).method("update", update).method("digest", digest))
        .class(job::class("HashJob", new_hash_job))
        .class(job::class("HmacJob", new_hmac_job))
        .function("oneShotDigest", one_shot)
        .function("getHashes", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set(strings(scope, &LISTED)))
        // Names are looked up natively, so there are no numbers for JavaScript to remember.
        .function("getCachedAliases", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set(dictionary(scope).into()))
}

/// A digest or MAC behind an object.
#[derive(Default)]
struct Digest(RefCell<Stage>);

#[derive(Default)]
enum Stage {
    /// An `Hmac` before `init`.
    #[default]
    New,
    Running(Box<dyn State>, usize),
    Finished(Vec<u8>),
}

impl Native for Digest {}

/// `new Hash(algorithm | hash, outputLength)`
fn new_hash(scope: &mut Scope, args: Args, _rv: Ret) {
    let length = args.get(1).is_number().then(|| arg_u32(scope, &args, 1) as usize);
    let stage = if let Some(other) = native::unwrap::<Digest>(scope, args.get(0)) {
        match &*other.0.borrow() {
            Stage::Running(state, size) => Stage::Running(state.copy(), length.unwrap_or(*size)),
            _ => return throw(scope, "Digest copy error"),
        }
    } else {
        let name = arg_string(scope, &args, 0);
        let Some(algorithm) = Algorithm::find(&name) else {
            return throw(scope, "Digest method not supported");
        };
        if !algorithm.extendable && length.is_some_and(|length| length != algorithm.size) {
            return NOT_EXTENDABLE.throw(scope);
        }
        Stage::Running(algorithm.start(), length.unwrap_or(algorithm.size))
    };
    native::wrap(scope, args.this(), Rc::new(Digest(RefCell::new(stage))));
}

fn new_hmac(scope: &mut Scope, args: Args, _rv: Ret) {
    native::wrap(scope, args.this(), Rc::new(Digest::default()));
}

/// `init(algorithm, key)`
fn init_hmac(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(digest) = native::this::<Digest>(scope, &args) else { return };
    let name = arg_string(scope, &args, 0);
    let Some(algorithm) = Algorithm::find(&name) else { return Failure::digest(&name).throw(scope) };
    let key = key::secret(scope, args.get(1));
    match algorithm.mac(&key) {
        Some(state) => *digest.0.borrow_mut() = Stage::Running(state, algorithm.size),
        None => Failure::Plain("error:00000000:lib(0)::reason(0)".to_owned()).throw(scope),
    }
}

/// `update(data, encoding)`: whether it could be done.
fn update(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(digest) = native::this::<Digest>(scope, &args) else { return };
    let mut stage = digest.0.borrow_mut();
    let Stage::Running(state, _) = &mut *stage else { return rv.set_bool(false) };
    with_bytes(scope, &args, 0, |bytes| state.update(bytes));
    rv.set_bool(true);
}

/// Gives the bytes of an argument: a buffer, or a string in the encoding that the next argument names.
pub(super) fn with_bytes<T>(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    index: i32,
    take: impl FnOnce(&[u8]) -> T,
) -> T {
    match Memory::of(scope, args.get(index)) {
        Some(memory) => take(memory.bytes()),
        None => {
            let encoding = Encoding::parse(scope, args.get(index + 1), Encoding::Utf8);
            take(&encodings::encode_value(scope, args.get(index), encoding))
        }
    }
}

/// `digest(encoding)`: a buffer or a string.
fn digest(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(digest) = native::this::<Digest>(scope, &args) else { return };
    let encoding = Encoding::parse(scope, args.get(0), Encoding::Buffer);
    let value = match digest.0.take() {
        Stage::New => Vec::new(),
        Stage::Running(state, length) => state.finish(length),
        Stage::Finished(value) => value,
    };
    *digest.0.borrow_mut() = Stage::Finished(value.clone());
    give(scope, value, encoding, &mut rv);
}

fn give(scope: &mut Scope<'_, '_>, value: Vec<u8>, encoding: Encoding, rv: &mut Ret<'_>) {
    if encoding == Encoding::Buffer {
        rv.set(buffer::new_buffer(scope, value));
    } else {
        match encodings::decode(scope, &value, encoding) {
            Some(text) => rv.set(text.into()),
            None => buffer::throw_string_too_long(scope),
        }
    }
}

/// `oneShotDigest(algorithm, id, cache, input, outputEncoding, encodingNumber, outputLength)`
fn one_shot(scope: &mut Scope, args: Args, mut rv: Ret) {
    let name = arg_string(scope, &args, 0);
    let Some(algorithm) = Algorithm::find(&name) else {
        return throw(scope, &format!("Digest method {name} is not supported"));
    };
    let mut length = algorithm.size;
    if args.get(6).is_number() {
        length = arg_u32(scope, &args, 6) as usize;
        if !algorithm.extendable && length != algorithm.size {
            let message = format!("Output length {length} is invalid for {name}, which does not support XOF");
            return throw(scope, &message);
        }
    }
    let mut state = algorithm.start();
    match Memory::of(scope, args.get(3)) {
        Some(memory) => state.update(memory.bytes()),
        None => state.update(&encodings::encode_value(scope, args.get(3), Encoding::Utf8)),
    }
    let encoding = Encoding::parse(scope, args.get(4), Encoding::Buffer);
    give(scope, state.finish(length), encoding, &mut rv);
}

/// `new HashJob(mode, algorithm, data, lengthInBits)`
fn new_hash_job(scope: &mut Scope, args: Args, _rv: Ret) {
    let name = arg_string(scope, &args, 1);
    let Some(algorithm) = Algorithm::find(&name) else { return Failure::digest(&name).throw(scope) };
    let data = bytes_of(scope, args.get(2));
    let length = args.get(3).is_number().then(|| arg_u32(scope, &args, 3) as usize / 8);
    job::new(scope, &args, "HASHREQUEST", None, move |_| {
        let length = length.unwrap_or(algorithm.size);
        if !algorithm.extendable && length != algorithm.size {
            return Err(NOT_EXTENDABLE);
        }
        let mut state = algorithm.start();
        state.update(&data);
        Ok(Output::Bits(state.finish(length)))
    });
}

/// `kSignJobModeVerify`
const VERIFY: u32 = 1;

/// `new HmacJob(mode, signMode, algorithm, key, data, signature)`
fn new_hmac_job(scope: &mut Scope, args: Args, _rv: Ret) {
    let verify = arg_u32(scope, &args, 1) == VERIFY;
    let name = arg_string(scope, &args, 2);
    let Some(algorithm) = Algorithm::find(&name) else { return Failure::digest(&name).throw(scope) };
    let key = key::secret(scope, args.get(3));
    let data = bytes_of(scope, args.get(4));
    let signature = bytes_of(scope, args.get(5));
    job::new(scope, &args, "SIGNREQUEST", None, move |_| {
        let mut state = algorithm.mac(&key).ok_or_else(|| Failure::digest(&name))?;
        state.update(&data);
        let value = state.finish(algorithm.size);
        if verify {
            return Ok(Output::Boolean(value.ct_eq(&signature).into()));
        }
        Ok(Output::Bits(value))
    });
}
