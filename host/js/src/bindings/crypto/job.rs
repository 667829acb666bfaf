//! Jobs: operations that JavaScript makes as objects and runs at once, on another thread, or for Web Cryptography.

use std::cell::RefCell;

use super::failure::Failure;
use super::key::{Description, Key};
use super::key_output::Exported;
use crate::Errno;
use crate::bindings::async_wrap;
use crate::bindings::handle;
use crate::callback;
use crate::pool;
use crate::realm::{Kept, realm};
use crate::sys::Sys;
use crate::value::*;

/// What a job gives.
pub(super) enum Output {
    /// An `ArrayBuffer`.
    Bits(Vec<u8>),
    Boolean(bool),
    /// Bytes for a buffer of the program's.
    Fill(Vec<u8>),
    /// A `KeyObjectHandle` of a secret key, or a `CryptoKey` for Web Cryptography.
    Key(Vec<u8>),
    /// A public and a private key, as the program wants them; `CryptoKey`s for Web Cryptography.
    Pair(Box<[Exported; 2]>),
}

pub(super) type Done = Result<Output, Failure>;
type Work = Box<dyn FnOnce(&dyn Sys) -> Done + Send>;

/// `kCryptoJobAsync`, `kCryptoJobSync`, `kCryptoJobWebCrypto`
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Async,
    Sync,
    WebCrypto,
}

struct Job {
    mode: Mode,
    work: RefCell<Option<Work>>,
    /// Where [`Output::Fill`] goes: a buffer and an offset in it.
    target: Option<(v8::Global<v8::Value>, usize)>,
    /// What is said of keys, where they are for Web Cryptography.
    descriptions: Vec<Description>,
}

/// Makes the receiver of a constructor a job. Its first argument is the mode; `work` has copies of the others.
pub(super) fn new(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    provider: &'static str,
    target: Option<(v8::Global<v8::Value>, usize)>,
    work: impl FnOnce(&dyn Sys) -> Done + Send + 'static,
) {
    make(scope, args, provider, target, Vec::new(), work);
}

/// As [`new`], of a job that gives keys. For Web Cryptography the arguments from `first` on are an algorithm, usages (as many
/// as there are keys), and whether the keys can be exported.
pub(super) fn new_for_keys(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    first: i32,
    count: i32,
    work: impl FnOnce(&dyn Sys) -> Done + Send + 'static,
) {
    let mut descriptions = Vec::new();
    if is_web(scope, args) {
        let extractable = args.get(first + 1 + count).is_true();
        for index in 0..count {
            let algorithm = keep(scope, args.get(first));
            let usages = arg_u32(scope, args, first + 1 + index);
            // A public key can be exported always.
            let extractable = extractable || count == 2 && index == 0;
            descriptions.push(Description { algorithm, usages, extractable });
        }
    }
    make(scope, args, "KEYGENREQUEST", None, descriptions, work);
}

/// Whether a job is for Web Cryptography, by its constructor's arguments.
pub(super) fn is_web(scope: &Scope<'_, '_>, args: &Args<'_>) -> bool {
    arg_u32(scope, args, 0) == 2
}

fn make(
    scope: &mut Scope<'_, '_>,
    args: &Args<'_>,
    provider: &'static str,
    target: Option<(v8::Global<v8::Value>, usize)>,
    descriptions: Vec<Description>,
    work: impl FnOnce(&dyn Sys) -> Done + Send + 'static,
) {
    let mode = match arg_u32(scope, args, 0) {
        1 => Mode::Sync,
        2 => Mode::WebCrypto,
        _ => Mode::Async,
    };
    let job = Job { mode, work: RefCell::new(Some(Box::new(work))), target, descriptions };
    handle::new_request_with(scope, args, provider, Box::new(job));
}

/// A class of jobs.
pub(super) fn class(name: &'static str, constructor: impl v8::MapFnTo<v8::FunctionCallback>) -> crate::table::Class {
    handle::request_class(name, constructor).method("run", run)
}

/// `run()`: an array of error and result, a promise for Web Cryptography, or nothing where `ondone` will be called.
fn run(scope: &mut Scope, args: Args, mut rv: Ret) {
    let this = v8::Local::new(scope, args.this());
    let Some(mode) = handle::request_payload(scope, this, |job: &Job| job.mode) else {
        return throw_type(scope, "Illegal invocation");
    };
    let work = handle::request_payload(scope, this, |job: &Job| job.work.borrow_mut().take()).flatten();
    let Some(work) = work else { return };
    if mode == Mode::Sync {
        let done = work(realm(scope).sys());
        let (error, value) = values(scope, this, done);
        return rv.set(array(scope, &[error, value]));
    }
    let resolver = (mode == Mode::WebCrypto).then(|| v8::PromiseResolver::new(scope)).flatten();
    if let Some(resolver) = resolver {
        rv.set(resolver.get_promise(scope).into());
    }
    let resolver = resolver.map(|resolver| keep(scope, resolver));
    let object = keep(scope, this);
    let settle = {
        let (object, resolver) = (object.clone(), resolver.clone());
        move |scope: &mut Scope<'_, '_>, done: Done| {
            let object = v8::Local::new(scope, object);
            match resolver {
                Some(resolver) => {
                    let resolver = v8::Local::new(scope, resolver);
                    callback::call_guarded(scope, true, |scope| settle_promise(scope, object, resolver, done));
                }
                None => {
                    let (error, value) = values(scope, object, done);
                    let ids = handle::ids_of(scope, object).unwrap_or_default();
                    callback::make_callback_named(scope, ids, object, "ondone", &[error, value]);
                    async_wrap::queue_destroy(scope, ids.id);
                }
            }
        }
    };
    if pool::run_with_sys(scope, work, settle).is_err() {
        throw_code(scope, Kind::Error, &Errno::AGAIN.name(), "No thread is to be had for a cryptographic operation");
    }
}

/// Error and result, one of them undefined.
fn values<'s>(scope: &mut Scope<'s, '_>, job: Object<'s>, done: Done) -> (Value<'s>, Value<'s>) {
    let none = undefined(scope);
    match done {
        Err(failure) => (failure.to_error(scope), none),
        Ok(Output::Key(bytes)) => {
            let exported = Exported::Key(Key::secret(bytes));
            (none, key_value(scope, job, exported, 0).unwrap_or(none))
        }
        Ok(Output::Pair(pair)) => {
            let [public, private] = *pair;
            let web = handle::request_payload(scope, job, |job: &Job| !job.descriptions.is_empty()) == Some(true);
            let public = key_value(scope, job, public, 0).unwrap_or(none);
            let private = key_value(scope, job, private, 1).unwrap_or(none);
            if !web {
                return (none, array(scope, &[public, private]));
            }
            let pair = v8::Object::new(scope);
            set(scope, pair, "publicKey", public);
            set(scope, pair, "privateKey", private);
            (none, pair.into())
        }
        Ok(Output::Bits(bytes)) => (none, array_buffer(scope, bytes).into()),
        Ok(Output::Boolean(value)) => (none, boolean(scope, value)),
        Ok(Output::Fill(bytes)) => {
            let target = handle::request_payload(scope, job, |job: &Job| job.target.clone()).flatten();
            if let Some((buffer, offset)) = target {
                let buffer = v8::Local::new(scope, buffer);
                // The buffer may have been detached or resized in the meantime.
                if let Some(memory) = Memory::of(scope, buffer) {
                    let memory = memory.slice(offset, offset.saturating_add(bytes.len()));
                    memory.bytes_mut().copy_from_slice(&bytes[..memory.len()]);
                }
            }
            (none, none)
        }
    }
}

/// A key as the program wants it. `index` is that of its description, if it has one.
fn key_value<'s>(scope: &mut Scope<'s, '_>, job: Object<'s>, exported: Exported, index: usize) -> Option<Value<'s>> {
    let take = |job: &Job| {
        let description = job.descriptions.get(index)?;
        let Description { algorithm, usages, extractable } = description;
        Some(Description { algorithm: algorithm.clone(), usages: *usages, extractable: *extractable })
    };
    match (exported, handle::request_payload(scope, job, take).flatten()) {
        (Exported::Key(key), Some(description)) => super::key::new_web_key(scope, key, &description),
        (exported, _) => exported.into_value(scope),
    }
}

/// Settles the promise of a Web Cryptography operation. An own property keeps its resolution from looking up `then` in
/// prototypes that the program may have changed.
fn settle_promise<'s>(
    scope: &mut Scope<'s, '_>,
    job: Object<'s>,
    resolver: v8::Local<'s, v8::PromiseResolver>,
    done: Done,
) -> Option<()> {
    match done {
        Err(failure) => {
            let cause = failure.to_error(scope);
            let error = operation_error(scope, cause).unwrap_or(cause);
            resolver.reject(scope, error)?;
        }
        done => {
            let (_, value) = values(scope, job, done);
            let object = Object::try_from(value).ok();
            if let Some(object) = object {
                let none = undefined(scope);
                set(scope, object, "then", none);
            }
            resolver.resolve(scope, value)?;
            if let Some(object) = object {
                let key = name(scope, "then");
                object.delete(scope, key.into());
            }
        }
    }
    Some(())
}

/// The `DOMException` that Web Cryptography gives for whatever went wrong.
fn operation_error<'s>(scope: &mut Scope<'s, '_>, cause: Value<'s>) -> Option<Value<'s>> {
    let exports = realm(scope).object(scope, Kept::Exports);
    let class = get_function(scope, exports, "DOMException")?;
    let message = string(scope, "The operation failed for an operation-specific reason");
    let options = v8::Object::new(scope);
    set_string(scope, options, "name", "OperationError");
    set(scope, options, "cause", cause);
    class.new_instance(scope, &[message.into(), options.into()]).map(Into::into)
}
