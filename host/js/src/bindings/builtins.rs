//! `builtins`: compiling the modules of Node's library.

use v8::script_compiler::{self, CachedData, CompileOptions, NoCacheReason, Source};

use crate::realm::{Kept, realm};
use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    Table::new("builtins")
        .function("compileFunction", compile_function)
        .function("setInternalLoaders", set_internal_loaders)
        .function("hasCachedBuiltins", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(true))
        .function("getCacheUsage", get_cache_usage)
        // These two are given to JavaScript by `realm.js`' own arguments.
        .function("$internalBinding", internal_binding)
        .function("$linkedBinding", linked_binding)
        .init(|scope, object| {
            let realm = realm(scope);
            let ids: Vec<&str> = realm.bundle.ids().collect();
            set(scope, object, "builtinIds", strings(scope, &ids));
            let natives = v8::Object::new(scope);
            for id in ids {
                if let Some(source) = source(scope, id) {
                    set(scope, natives, id, source.into());
                }
            }
            set(scope, object, "natives", natives.into());
        })
}

pub(crate) fn internal_binding_function<'s>(scope: &mut Scope<'s, '_>) -> Value<'s> {
    let object = realm(scope).binding(scope, "builtins").expect("the binding of builtins");
    take(scope, object, "$internalBinding")
}

pub(crate) fn linked_binding_function<'s>(scope: &mut Scope<'s, '_>) -> Value<'s> {
    let object = realm(scope).binding(scope, "builtins").expect("the binding of builtins");
    take(scope, object, "$linkedBinding")
}

fn take<'s>(scope: &Scope<'s, '_>, object: Object<'s>, key: &str) -> Value<'s> {
    let value = get(scope, object, key);
    let key = name(scope, key);
    object.delete(scope, key.into());
    value
}

fn source<'s>(scope: &Scope<'s, '_>, id: &str) -> Option<v8::Local<'s, v8::String>> {
    v8::String::new_from_onebyte_const(scope, realm(scope).bundle.source(id)?)
}

/// Names of the parameters a module's wrapper function has.
fn parameters(id: &str) -> &'static [&'static str] {
    if id == "internal/bootstrap/realm" {
        &["process", "getLinkedBinding", "getInternalBinding", "primordials"]
    } else if id.starts_with("internal/per_context/") {
        &["exports", "primordials", "privateSymbols", "perIsolateSymbols"]
    } else if id.starts_with("internal/main/") || id.starts_with("internal/bootstrap/") {
        &["process", "require", "internalBinding", "primordials"]
    } else {
        &["exports", "require", "module", "process", "internalBinding", "primordials"]
    }
}

/// Compiles a module with all its functions, for a code cache.
pub(crate) fn compile_whole<'s>(scope: &mut Scope<'s, '_>, id: &str) -> Option<Function<'s>> {
    let source = source(scope, id)?;
    let parameters: Vec<_> = parameters(id).iter().map(|parameter| name(scope, parameter)).collect();
    let file = string(scope, &format!("node:{id}"));
    let origin = v8::ScriptOrigin::new(scope, file.into(), 0, 0, true, -1, None, false, false, false, None);
    let mut source = Source::new(source, Some(&origin));
    let options = CompileOptions::EagerCompile;
    script_compiler::compile_function(scope, &mut source, &parameters, &[], options, NoCacheReason::NoReason)
}

/// Compiles a module of the library to its wrapper function.
pub(crate) fn compile<'s>(scope: &mut Scope<'s, '_>, id: &str) -> Option<Function<'s>> {
    let realm = realm(scope);
    let Some(source) = source(scope, id) else {
        throw(scope, &format!("No such built-in module: {id}"));
        return None;
    };
    let parameters: Vec<_> = parameters(id).iter().map(|parameter| name(scope, parameter)).collect();
    let file = string(scope, &format!("node:{id}"));
    let origin = v8::ScriptOrigin::new(scope, file.into(), 0, 0, true, -1, None, false, false, false, None);
    let cached = realm.code_cache.and_then(|cache| cache.get(id));
    let function = match cached {
        Some(code) => {
            let mut source = Source::new_with_cached_data(source, Some(&origin), CachedData::new(code));
            let options = CompileOptions::ConsumeCodeCache;
            let function = script_compiler::compile_function(
                scope,
                &mut source,
                &parameters,
                &[],
                options,
                NoCacheReason::NoReason,
            );
            if source.get_cached_data().is_some_and(CachedData::rejected) {
                tracing::warn!(id, "code cache rejected");
            }
            function?
        }
        None => {
            let mut source = Source::new(source, Some(&origin));
            let options = CompileOptions::NoCompileOptions;
            script_compiler::compile_function(scope, &mut source, &parameters, &[], options, NoCacheReason::NoReason)?
        }
    };
    if realm.program.collect_code {
        realm.compiled.borrow_mut().push((id.to_owned(), keep(scope, function)));
    }
    Some(function)
}

fn compile_function(scope: &mut Scope, args: Args, mut rv: Ret) {
    let id = arg_string(scope, &args, 0);
    if let Some(function) = compile(scope, &id) {
        rv.set(function.into());
    }
}

fn set_internal_loaders(scope: &mut Scope, args: Args, _rv: Ret) {
    let realm = realm(scope);
    realm.keep(scope, Kept::InternalBinding, args.get(0));
    realm.keep(scope, Kept::Require, args.get(1));
}

fn get_cache_usage(scope: &mut Scope, _args: Args, mut rv: Ret) {
    let usage = v8::Object::new(scope);
    for key in ["compiledWithCache", "compiledWithoutCache", "compiledInSnapshot"] {
        let none = v8::Array::new(scope, 0);
        set(scope, usage, key, none.into());
    }
    rv.set(usage.into());
}

fn internal_binding(scope: &mut Scope, args: Args, mut rv: Ret) {
    let wanted = arg_string(scope, &args, 0);
    match realm(scope).binding(scope, &wanted) {
        Some(object) => rv.set(object.into()),
        None => throw_code(scope, Kind::Error, "ERR_INVALID_MODULE", &format!("No such binding: {wanted}")),
    }
}

fn linked_binding(scope: &mut Scope, args: Args, _rv: Ret) {
    let wanted = arg_string(scope, &args, 0);
    throw_code(scope, Kind::Error, "ERR_INVALID_MODULE", &format!("No such binding: {wanted}"));
}
