//! `util`: looking into values, and helpers of Node's library.

use v8::MapFnTo;

use crate::realm::{Kept, realm};
use crate::sys::FileKind;
use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    let table = Table::new("util")
        .function("defineLazyProperties", define_lazy_properties)
        .function("isInsideNodeModules", is_inside_node_modules)
        .function("getPromiseDetails", get_promise_details)
        .function("getProxyDetails", get_proxy_details)
        .function("getCallerLocation", get_caller_location)
        .function("previewEntries", preview_entries)
        .function("getOwnNonIndexProperties", get_own_non_index_properties)
        .function("getConstructorName", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Some(object) = arg_object(&args, 0) {
                let name = object.get_constructor_name();
                rv.set(v8::Local::new(scope, name).into());
            }
        })
        .function("getExternalValue", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Ok(external) = v8::Local::<v8::External>::try_from(args.get(0)) {
                rv.set(v8::BigInt::new_from_u64(scope, external.value().addr() as u64).into());
            }
        })
        .function("getCallSites", get_call_sites)
        .function("sleep", |scope: &mut Scope, args: Args, _: Ret| {
            let realm = realm(scope);
            let until = realm.sys().monotonic() + u64::from(arg_u32(scope, &args, 0)) * 1_000_000;
            while realm.sys().monotonic() < until && !realm.sys().is_gone() {
                let _ = realm.sys().poll(&mut [], Some(until));
            }
        })
        .function("parseEnv", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let text = arg_string(scope, &args, 0);
            let object = v8::Object::new(scope);
            for (key, value) in super::dotenv::parse(&text) {
                set_string(scope, object, &key, &value);
            }
            rv.set(object.into());
        })
        .function("arrayBufferViewHasBuffer", |_: &mut Scope, args: Args, mut rv: Ret| {
            let view = v8::Local::<v8::ArrayBufferView>::try_from(args.get(0));
            rv.set_bool(view.is_ok_and(|view| view.has_buffer()));
        })
        .function("constructSharedArrayBuffer", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let length = arg_i64(scope, &args, 0, 0).max(0) as usize;
            match v8::SharedArrayBuffer::new(scope, length) {
                Some(buffer) => rv.set(buffer.into()),
                None => {
                    throw_code(scope, Kind::Range, "ERR_MEMORY_ALLOCATION_FAILED", "Array buffer allocation failed")
                }
            }
        })
        .function("markPromiseAsHandled", |_: &mut Scope, args: Args, _: Ret| {
            if let Ok(promise) = v8::Local::<v8::Promise>::try_from(args.get(0)) {
                promise.mark_as_handled();
            }
        })
        .function("guessHandleType", guess_handle_type)
        .init(|scope, object| {
            // Only a template may carry private symbols as values.
            let template = v8::ObjectTemplate::new(scope);
            let described = realm(scope).bundle.binding("util").unwrap_or_default();
            for (key, value) in described["privateSymbols"].as_object().into_iter().flatten() {
                let symbol = private(scope, value["$symbol"].as_str().unwrap_or(key));
                template.set(name(scope, key).into(), symbol.into());
            }
            if let Some(symbols) = template.new_instance(scope) {
                set(scope, object, "privateSymbols", symbols.into());
            }
        });
    super::types::of_util(table)
}

/// The callback of lazy properties, for the external references of a snapshot.
pub(crate) fn references() -> Vec<v8::ExternalReference> {
    let getter: v8::AccessorNameGetterCallback = lazy.map_fn_to();
    vec![v8::ExternalReference { pointer: getter as *mut std::ffi::c_void }]
}

/// `defineLazyProperties(target, id, keys, enumerable = true)`
fn define_lazy_properties(scope: &mut Scope, args: Args, _rv: Ret) {
    let Some(target) = arg_object(&args, 0) else { return };
    let Ok(keys) = v8::Local::<v8::Array>::try_from(args.get(2)) else { return };
    let hidden = args.length() > 3 && args.get(3).is_false();
    for index in 0..keys.length() {
        let Some(key) = keys.get_index(scope, index) else { return };
        let Ok(key) = v8::Local::<v8::Name>::try_from(key) else { return };
        let attribute = if hidden { v8::PropertyAttribute::DONT_ENUM } else { v8::PropertyAttribute::NONE };
        let effect = || v8::SideEffectType::HasSideEffect;
        target.set_lazy_data_property_with_data(scope, key, lazy, args.get(1), attribute, effect(), effect());
    }
}

fn lazy<'s>(
    scope: &mut Scope<'s, '_>,
    key: v8::Local<'s, v8::Name>,
    args: v8::PropertyCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'_, v8::Value>,
) {
    let Some(require) = realm(scope).function(scope, Kept::Require) else { return };
    let this = undefined(scope);
    let module = require.call(scope, this, &[args.data()]);
    if let Some(module) = module.and_then(|module| Object::try_from(module).ok())
        && let Some(value) = module.get(scope, key.into())
    {
        rv.set(value);
    }
}

fn stack<'s>(scope: &mut Scope<'s, '_>, frames: usize) -> Option<v8::Local<'s, v8::StackTrace>> {
    v8::StackTrace::current_stack_trace(scope, frames)
}

fn is_inside_node_modules(scope: &mut Scope, args: Args, mut rv: Ret) {
    let limit = if args.get(0).is_number() { arg_u32(scope, &args, 0) as usize } else { 10 };
    let default = args.get(1).boolean_value(scope);
    let Some(trace) = stack(scope, limit) else { return rv.set_bool(default) };
    for index in 0..trace.get_frame_count() {
        let Some(frame) = trace.get_frame(scope, index) else { break };
        let Some(file) = frame.get_script_name(scope) else { continue };
        let file = file.to_rust_string_lossy(scope);
        // Node's own frames say nothing of who calls.
        if file.is_empty() || file.starts_with("node:") {
            continue;
        }
        return rv.set_bool(file.contains("/node_modules/") || file.contains("\\node_modules\\"));
    }
    rv.set_bool(default);
}

fn get_promise_details(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Ok(promise) = v8::Local::<v8::Promise>::try_from(args.get(0)) else { return };
    let state = promise.state();
    let pending = state == v8::PromiseState::Pending;
    let number = integer(scope, state as i32);
    let details = if pending {
        array(scope, &[number])
    } else {
        let result = promise.result(scope);
        array(scope, &[number, result])
    };
    rv.set(details);
}

fn get_proxy_details(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Ok(proxy) = v8::Local::<v8::Proxy>::try_from(args.get(0)) else { return };
    let target = proxy.get_target(scope);
    if args.length() == 1 || args.get(1).is_true() {
        let handler = proxy.get_handler(scope);
        rv.set(array(scope, &[target, handler]));
    } else {
        rv.set(target);
    }
}

fn get_caller_location(scope: &mut Scope, _args: Args, mut rv: Ret) {
    let Some(trace) = stack(scope, 2) else { return };
    let Some(frame) = trace.get_frame(scope, 1) else { return };
    let file = match frame.get_script_name_or_source_url(scope) {
        Some(file) => file.into(),
        None => undefined(scope),
    };
    let line = integer(scope, frame.get_line_number() as i32);
    let column = integer(scope, frame.get_column() as i32);
    rv.set(array(scope, &[line, column, file]));
}

fn preview_entries(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(object) = arg_object(&args, 0) else { return };
    let (entries, is_key_value) = object.preview_entries(scope);
    let Some(entries) = entries else { return };
    if args.length() == 1 {
        rv.set(entries.into());
    } else {
        let flag = boolean(scope, is_key_value);
        rv.set(array(scope, &[entries.into(), flag]));
    }
}

fn get_own_non_index_properties(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(object) = arg_object(&args, 0) else { return };
    const ONLY_ENUMERABLE: u32 = 2;
    let filter = if arg_u32(scope, &args, 1) & ONLY_ENUMERABLE == 0 {
        v8::PropertyFilter::ALL_PROPERTIES
    } else {
        v8::PropertyFilter::ONLY_ENUMERABLE
    };
    let names = v8::GetPropertyNamesArgsBuilder::new()
        .mode(v8::KeyCollectionMode::OwnOnly)
        .property_filter(filter)
        .index_filter(v8::IndexFilter::SkipIndices)
        .build();
    if let Some(names) = object.get_property_names(scope, names) {
        rv.set(names.into());
    }
}

fn get_call_sites(scope: &mut Scope, args: Args, mut rv: Ret) {
    let wanted = arg_u32(scope, &args, 0) as usize;
    let Some(trace) = stack(scope, wanted + 1) else { return };
    let mut sites = Vec::new();
    // The first frame is that of `util.getCallSites` itself.
    for index in 1..trace.get_frame_count() {
        let Some(frame) = trace.get_frame(scope, index) else { break };
        let site = v8::Object::new(scope);
        let function = frame.get_function_name(scope).map_or_else(String::new, |name| name.to_rust_string_lossy(scope));
        set_string(scope, site, "functionName", &function);
        set_string(scope, site, "scriptId", &frame.get_script_id().to_string());
        let file = frame.get_script_name(scope).map_or_else(String::new, |name| name.to_rust_string_lossy(scope));
        set_string(scope, site, "scriptName", &file);
        set_number(scope, site, "lineNumber", frame.get_line_number() as f64);
        set_number(scope, site, "columnNumber", frame.get_column() as f64);
        set_number(scope, site, "column", frame.get_column() as f64);
        sites.push(site.into());
    }
    rv.set(array(scope, &sites));
}

/// Index into `['TCP', 'TTY', 'UDP', 'FILE', 'PIPE', 'UNKNOWN', 'INVALID']`.
fn guess_handle_type(scope: &mut Scope, args: Args, mut rv: Ret) {
    let fd = arg_i32(scope, &args, 0);
    let realm = realm(scope);
    let Ok(fd) = u32::try_from(fd) else { return rv.set_int32(6) };
    rv.set_int32(handle_type(realm.sys(), fd));
}

pub(crate) fn handle_type(sys: &dyn crate::sys::Sys, fd: u32) -> i32 {
    use crate::sys::{Family, SocketKind};
    const TCP: i32 = 0;
    const TTY: i32 = 1;
    const UDP: i32 = 2;
    const FILE: i32 = 3;
    const PIPE: i32 = 4;
    const UNKNOWN: i32 = 5;
    if sys.is_terminal(fd) {
        return TTY;
    }
    let Ok(stat) = sys.fstat(fd) else { return UNKNOWN };
    match stat.kind {
        FileKind::Regular | FileKind::CharacterDevice => FILE,
        FileKind::Fifo => PIPE,
        FileKind::Socket => match sys.socket_kind(fd) {
            Ok((Family::Unix, SocketKind::Stream)) => PIPE,
            Ok((_, SocketKind::Stream)) => TCP,
            Ok((Family::Unix, _)) | Err(_) => UNKNOWN,
            Ok(_) => UDP,
        },
        _ => UNKNOWN,
    }
}
