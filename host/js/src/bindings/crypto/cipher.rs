//! `CipherBase` and `getCipherInfo`: ciphers by OpenSSL's names.

use std::cell::RefCell;
use std::rc::Rc;

use subtle::ConstantTimeEq;

use super::block::{Authenticated, Blocks, Mode, Spec, Stream};
use super::failure::Failure;
use super::key;
use crate::bindings::buffer;
use crate::bindings::encodings::{self, Encoding};
use crate::native::{self, Native};
use crate::table::{Class, Table};
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    let class = Class::new("CipherBase", new)
        .method("update", update)
        .method("final", finish)
        .method("setAutoPadding", set_auto_padding)
        .method("getAuthTag", get_auth_tag)
        .method("setAuthTag", set_auth_tag)
        .method("setAAD", set_aad);
    table.class(class).function("getCipherInfo", get_info).function(
        "getCiphers",
        |scope: &mut Scope, _: Args, mut rv: Ret| {
            let mut names: Vec<&str> =
                Spec::all().flat_map(|spec| [spec.name, spec.alias]).filter(|name| !name.is_empty()).collect();
            names.sort_unstable();
            rv.set(strings(scope, &names));
        },
    )
}

const FINAL_LENGTH: Failure = Failure::OpenSsl("1C80006B", "Provider routines", "wrong final block length");
const BAD_DECRYPT: Failure = Failure::OpenSsl("1C800064", "Provider routines", "bad decrypt");

/// A cipher behind an object.
struct Cipher(RefCell<State>);

impl Native for Cipher {}

struct State {
    spec: &'static Spec,
    encrypt: bool,
    work: Work,
    /// Of an authenticated cipher: the tag that was computed, or that is expected; and the length it is to have.
    tag: Option<Vec<u8>>,
    tag_length: Option<usize>,
    finished: bool,
}

enum Work {
    Blocks(Blocks),
    Stream(Stream),
    Authenticated(Box<Authenticated>),
}

fn invalid_tag(length: usize) -> Failure {
    let message = format!("Invalid authentication tag length: {length}");
    Failure::Coded(Kind::Type, "ERR_CRYPTO_INVALID_AUTH_TAG", message)
}

/// `new CipherBase(encrypt, name, key, iv, authTagLength)`
fn new(scope: &mut Scope, args: Args, _: Ret) {
    let encrypt = args.get(0).is_true();
    let name = arg_string(scope, &args, 1);
    let key = key::secret(scope, args.get(2));
    let iv = if args.get(3).is_null() { Vec::new() } else { bytes_of(scope, args.get(3)) };
    let tag_length = usize::try_from(arg_i32(scope, &args, 4)).ok();
    match start(encrypt, &name, &key, &iv, tag_length) {
        Ok(state) => native::wrap(scope, args.this(), Rc::new(Cipher(RefCell::new(state)))),
        Err(failure) => failure.throw(scope),
    }
}

fn start(encrypt: bool, name: &str, key: &[u8], iv: &[u8], tag_length: Option<usize>) -> Result<State, Failure> {
    let spec = Spec::find(name)
        .ok_or_else(|| Failure::Coded(Kind::Error, "ERR_CRYPTO_UNKNOWN_CIPHER", "Unknown cipher".to_owned()))?;
    if key.len() != spec.key_length {
        return Err(Failure::Coded(Kind::Range, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length".to_owned()));
    }
    if !spec.takes_iv(iv.len()) {
        let message = "Invalid initialization vector".to_owned();
        return Err(Failure::Coded(Kind::Type, "ERR_CRYPTO_INVALID_IV", message));
    }
    let tag_length = tag_length.filter(|_| spec.mode.is_authenticated());
    if let Some(length) = tag_length.filter(|length| !spec.takes_tag(*length)) {
        return Err(invalid_tag(length));
    }
    let work = match spec.mode {
        Mode::Ecb | Mode::Cbc => Work::Blocks(Blocks::new(spec.mode, key, iv, encrypt)),
        Mode::Ctr => Work::Stream(Stream::ctr(key, iv)),
        Mode::Gcm | Mode::ChaCha20Poly1305 => Work::Authenticated(Box::new(Authenticated::new(spec.mode, key, iv))),
    };
    let tag_length = tag_length.or((spec.mode == Mode::ChaCha20Poly1305).then_some(16));
    Ok(State { spec, encrypt, work, tag: None, tag_length, finished: false })
}

/// `update(data, encoding)`
fn update(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(cipher) = native::this::<Cipher>(scope, &args) else { return };
    let data = match Memory::of(scope, args.get(0)) {
        Some(memory) => memory.to_vec(),
        None => {
            let encoding = Encoding::parse(scope, args.get(1), Encoding::Utf8);
            encodings::encode_value(scope, args.get(0), encoding)
        }
    };
    let mut state = cipher.0.borrow_mut();
    if state.finished {
        return throw(scope, "Trying to add data in unsupported state");
    }
    let encrypt = state.encrypt;
    let output = match &mut state.work {
        Work::Blocks(blocks) => blocks.update(&data),
        Work::Stream(stream) => {
            let mut data = data;
            stream.apply(&mut data);
            data
        }
        Work::Authenticated(work) => {
            let mut data = data;
            work.update(&mut data, encrypt);
            data
        }
    };
    drop(state);
    rv.set(buffer::new_buffer(scope, output));
}

/// `final()`
fn finish(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(cipher) = native::this::<Cipher>(scope, &args) else { return };
    let mut state = cipher.0.borrow_mut();
    if std::mem::replace(&mut state.finished, true) {
        return throw_code(scope, Kind::Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state");
    }
    let State { encrypt, tag_length, .. } = *state;
    let output = match &mut state.work {
        Work::Blocks(blocks) => match blocks.finish() {
            Ok(output) => output,
            Err(false) => return FINAL_LENGTH.throw(scope),
            Err(true) => return BAD_DECRYPT.throw(scope),
        },
        Work::Stream(_) => Vec::new(),
        Work::Authenticated(work) => {
            let computed = work.tag();
            if encrypt {
                state.tag = Some(computed[..tag_length.unwrap_or(16)].to_vec());
            } else {
                let expected = state.tag.as_deref();
                let same = expected.is_some_and(|tag| tag.ct_eq(&computed[..tag.len()]).into());
                if !same {
                    return throw(scope, "Unsupported state or unable to authenticate data");
                }
            }
            Vec::new()
        }
    };
    drop(state);
    rv.set(buffer::new_buffer(scope, output));
}

/// `setAutoPadding(on)`: whether it could be done.
fn set_auto_padding(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(cipher) = native::this::<Cipher>(scope, &args) else { return };
    let mut state = cipher.0.borrow_mut();
    if let Work::Blocks(blocks) = &mut state.work {
        blocks.set_padding(args.get(0).is_true());
    }
    rv.set_bool(!state.finished);
}

/// `getAuthTag()`: the tag, if there is one yet.
fn get_auth_tag(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(cipher) = native::this::<Cipher>(scope, &args) else { return };
    let state = cipher.0.borrow();
    if !state.finished || !state.encrypt {
        return;
    }
    let tag = state.tag.clone();
    drop(state);
    if let Some(tag) = tag {
        rv.set(buffer::new_buffer(scope, tag));
    }
}

/// `setAuthTag(tag)`: whether it could be done.
fn set_auth_tag(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(cipher) = native::this::<Cipher>(scope, &args) else { return };
    let mut state = cipher.0.borrow_mut();
    if state.encrypt || state.finished || state.tag.is_some() || !state.spec.mode.is_authenticated() {
        return rv.set_bool(false);
    }
    let tag = bytes_of(scope, args.get(0));
    let fits = match state.tag_length {
        Some(length) => tag.len() == length,
        None => state.spec.takes_tag(tag.len()),
    };
    if !fits {
        return invalid_tag(tag.len()).throw(scope);
    }
    state.tag = Some(tag);
    rv.set_bool(true);
}

/// `setAAD(data, plaintextLength)`: whether it could be done.
fn set_aad(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(cipher) = native::this::<Cipher>(scope, &args) else { return };
    let mut state = cipher.0.borrow_mut();
    let data = bytes_of(scope, args.get(0));
    let finished = state.finished;
    rv.set_bool(match &mut state.work {
        Work::Authenticated(work) if !finished => work.add_associated(&data),
        _ => false,
    });
}

/// `getCipherInfo(target, nameOrNid, keyLength, ivLength)`
fn get_info(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(target) = arg_object(&args, 0) else { return };
    let spec = if args.get(1).is_number() {
        let number = arg_i32(scope, &args, 1);
        Spec::all().find(|spec| spec.number == number)
    } else {
        Spec::find(&arg_string(scope, &args, 1))
    };
    let Some(spec) = spec else { return };
    let length = |index| args.get(index).is_number().then(|| arg_i32(scope, &args, index));
    if length(2).is_some_and(|length| length != spec.key_length as i32) {
        return;
    }
    let iv = length(3);
    if iv.is_some_and(|length| !usize::try_from(length).is_ok_and(|length| spec.takes_iv(length))) {
        return;
    }
    set_string(scope, target, "mode", spec.mode.name());
    // OpenSSL's own name for GCM is the longer one.
    let name = if spec.mode == Mode::Gcm { spec.alias } else { spec.name };
    set_string(scope, target, "name", name);
    set_number(scope, target, "nid", f64::from(spec.number));
    match spec.mode {
        Mode::Ecb | Mode::Cbc => set_number(scope, target, "blockSize", 16.0),
        Mode::Ctr | Mode::Gcm => set_number(scope, target, "blockSize", 1.0),
        Mode::ChaCha20Poly1305 => {}
    }
    if spec.iv_length != 0 {
        set_number(scope, target, "ivLength", iv.map_or(spec.iv_length as f64, f64::from));
    }
    set_number(scope, target, "keyLength", spec.key_length as f64);
    rv.set(target.into());
}
