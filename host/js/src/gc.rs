//! `globalThis.gc`, for programs started with `--expose-gc`. V8's own comes with a flag of the whole process, which other
//! machines' programs share.

use crate::options::Options;
use crate::realm::realm;
use crate::value::*;

/// Whether the command line asks for it; V8 takes the last word.
fn is_wanted(options: &Options) -> bool {
    let said = options.v8().iter().rev().find_map(|flag| match flag.replace('_', "-").as_str() {
        "--expose-gc" => Some(true),
        "--no-expose-gc" | "--noexpose-gc" => Some(false),
        _ => None,
    });
    said.unwrap_or(false)
}

/// Gives a new context's global object the function, if the program is to have it.
pub(crate) fn install(scope: &mut Scope<'_, '_>, global: Object<'_>) {
    if !is_wanted(&realm(scope).program.options) {
        return;
    }
    let Some(function) = v8::Function::builder(collect).length(0).build(scope) else { return };
    let key = name(scope, "gc");
    function.set_name(key);
    global.define_own_property(scope, key.into(), function.into(), v8::PropertyAttribute::DONT_ENUM);
}

/// `gc()`, `gc(minor)` or `gc({ type, execution })`: collects everything that is unreachable, the old generation too where
/// only young objects are asked for. With `execution: 'async'` it does so from the event loop, and gives a promise.
fn collect(scope: &mut Scope, args: Args, mut rv: Ret) {
    let options = arg_object(&args, 0);
    let option = |key: &str| options.map(|options| get(scope, options, key).to_rust_string_lossy(scope));
    if option("type").as_deref() == Some("major-snapshot") {
        let message = "Heap snapshots are not available in this runtime";
        return throw_code(scope, Kind::Error, "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", message);
    }
    if option("execution").as_deref() != Some("async") {
        return scope.low_memory_notification();
    }
    let Some(resolver) = v8::PromiseResolver::new(scope) else { return };
    rv.set(resolver.get_promise(scope).into());
    let resolver = keep(scope, resolver);
    realm(scope).event_loop.complete(move |scope| {
        scope.low_memory_notification();
        let resolver = v8::Local::new(scope, resolver);
        crate::callback::call_guarded(scope, true, |scope| {
            let none = undefined(scope);
            resolver.resolve(scope, none)
        });
    });
}
