//! Bringing up Node's library in a new context, and starting a program in one.

use crate::bindings::{self, builtins, process_methods};
use crate::errors;
use crate::realm::{Kept, Realm, realm};
use crate::value::*;

/// The scripts every kind of context needs first.
const PER_CONTEXT: [&str; 3] = ["primordials", "domexception", "messageport"];

/// Callbacks that V8 does not keep in a snapshot.
pub(crate) fn install_callbacks(isolate: &mut v8::Isolate) {
    isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
    isolate.set_prepare_stack_trace_callback(errors::prepare_stack_trace);
    isolate.set_promise_reject_callback(errors::promise_reject);
    isolate.set_host_import_module_dynamically_callback(bindings::module_wrap::import_dynamically);
    isolate.set_host_import_module_with_phase_dynamically_callback(bindings::module_wrap::import_with_phase);
    isolate.set_host_initialize_import_meta_object_callback(bindings::module_wrap::import_meta);
}

/// Callbacks that a snapshot would keep though they are not to be in it.
pub(crate) fn install_listeners(isolate: &mut v8::Isolate) {
    isolate.add_message_listener_with_error_level(errors_to_warnings, v8::MessageErrorLevel::WARNING);
}

/// V8's own warnings (asm.js and the like) go the way of `process.emitWarning`; only that.
extern "C" fn errors_to_warnings(message: v8::Local<'_, v8::Message>, _error: Value<'_>) {
    v8::callback_scope!(unsafe scope, message);
    let realm = realm(scope);
    let Some(warn) = realm.function(scope, Kept::EmitWarningSync) else { return };
    let text = message.get(scope);
    let this = undefined(scope);
    let kind = string(scope, "V8");
    let _ = warn.call(scope, this, &[text.into(), kind.into()]);
}

/// Runs one of Node's bootstrap scripts.
pub(crate) fn run<'s>(scope: &mut Scope<'s, '_>, id: &str, args: &[Value<'s>]) -> Option<Value<'s>> {
    let function = builtins::compile(scope, id)?;
    let this = undefined(scope);
    function.call(scope, this, args)
}

/// Gives a context what Node's scripts expect of any: primordials, DOMException, and what V8 has beyond ECMAScript taken away.
pub(crate) fn per_context<'s>(scope: &mut Scope<'s, '_>) -> Option<(Object<'s>, Object<'s>)> {
    let realm = realm(scope);
    let global = scope.get_current_context().global(scope);
    if let Some(intl) = get_object(scope, global, "Intl") {
        let key = name(scope, "v8BreakIterator");
        intl.delete(scope, key.into());
    }
    let exports = v8::Object::new(scope);
    let primordials = dictionary(scope);
    set(scope, exports, "primordials", primordials.into());
    let util = realm.binding(scope, "util")?;
    let privates = get(scope, util, "privateSymbols");
    let symbols = realm.object(scope, Kept::Symbols);
    for id in PER_CONTEXT {
        let id = format!("internal/per_context/{id}");
        run(scope, &id, &[exports.into(), primordials.into(), privates, symbols.into()])?;
    }
    Some((exports, primordials))
}

/// Brings up Node's library in the current context, which becomes the realm's own.
pub(crate) fn bootstrap(scope: &mut Scope<'_, '_>, main_thread: bool) -> Option<()> {
    let realm = realm(scope);
    let context = scope.get_current_context();
    realm.set_context(scope, context);
    for what in [Kept::Symbols, Kept::Bindings] {
        let object = dictionary(scope);
        realm.keep(scope, what, object.into());
    }
    // The symbols are an object of their own so that all bindings share them.
    let described = realm.bundle.binding("symbols").unwrap_or_default();
    for (key, value) in described.as_object().into_iter().flatten() {
        let symbol = v8::Symbol::new(scope, Some(string(scope, value["$symbol"].as_str().unwrap_or(key))));
        let symbols = realm.object(scope, Kept::Symbols);
        set(scope, symbols, key, symbol.into());
    }
    let (exports, primordials) = per_context(scope)?;
    realm.keep(scope, Kept::Exports, exports.into());
    realm.keep(scope, Kept::Primordials, primordials.into());
    let process = process_methods::create(scope)?;
    realm.keep(scope, Kept::Process, process.into());
    realm.link_process(scope);

    let threads = realm.binding(scope, "worker")?;
    for key in ["isMainThread", "ownsProcessState"] {
        set(scope, threads, key, boolean(scope, main_thread));
    }

    let linked = builtins::linked_binding_function(scope);
    let internal = builtins::internal_binding_function(scope);
    run(scope, "internal/bootstrap/realm", &[process.into(), linked, internal, primordials.into()])?;
    let args = arguments(scope, &realm);
    run(scope, "internal/bootstrap/node", &args)?;
    run(scope, "internal/bootstrap/web/exposed-wildcard", &args)?;
    run(scope, "internal/bootstrap/web/exposed-window-or-worker", &args)?;
    let thread = if main_thread { "is_main_thread" } else { "is_not_main_thread" };
    run(scope, &format!("internal/bootstrap/switches/{thread}"), &args)?;
    let owner = if main_thread { "does_own_process_state" } else { "does_not_own_process_state" };
    run(scope, &format!("internal/bootstrap/switches/{owner}"), &args)?;
    bindings::env::install(scope, process)?;
    bindings::options::keep_defaults(scope);
    Some(())
}

fn arguments<'s>(scope: &Scope<'s, '_>, realm: &Realm) -> [Value<'s>; 4] {
    let kept = |what| realm.kept(scope, what).unwrap_or_else(|| undefined(scope));
    [kept(Kept::Process), kept(Kept::Require), kept(Kept::InternalBinding), kept(Kept::Primordials)]
}

/// Runs a main script: `internal/main/run_main_module` and its like.
pub(crate) fn start(scope: &mut Scope<'_, '_>, id: &str) -> Option<()> {
    let realm = realm(scope);
    let args = arguments(scope, &realm);
    run(scope, id, &args)?;
    Some(())
}

/// `require`s a module of the library.
pub(crate) fn require(scope: &mut Scope<'_, '_>, id: &str) -> Option<()> {
    let require = realm(scope).function(scope, Kept::Require)?;
    let this = undefined(scope);
    let id = string(scope, id).into();
    require.call(scope, this, &[id])?;
    Some(())
}
