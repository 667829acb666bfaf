//! `contextify`: scripts, functions compiled from source, and contexts of `vm`.

use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use v8::script_compiler::{self, CachedData, CompileOptions, NoCacheReason, Source};

use crate::bindings::vm_context;
use crate::errors;
use crate::native::{self, Native};
use crate::realm::{realm, symbol};
use crate::table::{Class, Table};
use crate::value::*;

pub(crate) use vm_context::context_of;

struct Script(v8::TracedReference<v8::UnboundScript>);

impl Native for Script {
    fn trace(&self, visitor: &mut v8::cppgc::Visitor) {
        visitor.trace(&self.0);
    }
}

pub(super) fn table() -> Table {
    let script = Class::new("ContextifyScript", new_script)
        .method("createCachedData", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(script) = native::this::<Script>(scope, &args) else { return };
            let Some(script) = script.0.get(scope) else { return };
            let bytes = script.create_code_cache().map(|data| data.to_vec()).unwrap_or_default();
            rv.set(super::buffer::new_buffer(scope, bytes));
        })
        .method("runInContext", run_in_context);
    Table::new("contextify")
        .class(script)
        .function("makeContext", vm_context::make_context)
        .function("compileFunction", compile_function)
        .function("compileFunctionForCJSLoader", compile_for_cjs)
        .function("containsModuleSyntax", contains_module_syntax)
        .function("startSigintWatchdog", |_: &mut Scope, _: Args, _: Ret| {})
        .function("stopSigintWatchdog", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(false))
        .function("watchdogHasPendingSigint", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(false))
}

fn host_options<'s>(scope: &Scope<'s, '_>, id: v8::Local<'_, v8::Symbol>) -> v8::Local<'s, v8::Data> {
    let options = v8::PrimitiveArray::new(scope, 1);
    options.set(scope, 0, id.into());
    options.into()
}

/// The symbol by which dynamic imports find their loader.
fn option_id<'s>(
    scope: &Scope<'s, '_>,
    value: Value<'s>,
    file: v8::Local<'s, v8::String>,
) -> v8::Local<'s, v8::Symbol> {
    value.try_into().unwrap_or_else(|_| v8::Symbol::new(scope, Some(file)))
}

/// `new ContextifyScript(code, filename, line, column, cachedData, produceCachedData, parsingContext, hostDefinedOption)`
fn new_script(scope: &mut Scope, args: Args, mut rv: Ret) {
    let this = args.this();
    let Ok(code) = v8::Local::<v8::String>::try_from(args.get(0)) else { return };
    let Ok(file) = v8::Local::<v8::String>::try_from(args.get(1)) else { return };
    let (line, column) = (arg_i32(scope, &args, 2), arg_i32(scope, &args, 3));
    let cached = Memory::of(scope, args.get(4)).map(|memory| memory.to_vec());
    let produce = args.get(5).is_true();
    let parsing = arg_object(&args, 6).and_then(|object| context_of(scope, object));
    let context = parsing.unwrap_or_else(|| scope.get_current_context());
    let id = option_id(scope, args.get(7), file);
    let key = private(scope, "node:host_defined_option_symbol");
    this.set_private(scope, key, id.into());
    let options = host_options(scope, id);
    let origin =
        v8::ScriptOrigin::new(scope, file.into(), line, column, true, -1, None, false, false, false, Some(options));
    let compiled = {
        let scope = &mut v8::ContextScope::new(scope, context);
        v8::tc_scope!(let caught, scope);
        let mut rejected = None;
        let no_reason = NoCacheReason::NoReason;
        let script = match &cached {
            Some(bytes) => {
                let mut source = Source::new_with_cached_data(code, Some(&origin), CachedData::new(bytes));
                let options = CompileOptions::ConsumeCodeCache;
                let script = script_compiler::compile_unbound_script(caught, &mut source, options, no_reason);
                rejected = source.get_cached_data().map(CachedData::rejected);
                script
            }
            None => {
                let mut source = Source::new(code, Some(&origin));
                let options = CompileOptions::NoCompileOptions;
                script_compiler::compile_unbound_script(caught, &mut source, options, no_reason)
            }
        };
        match script {
            Some(script) => Some((script, rejected)),
            None => {
                rethrow_decorated(caught);
                None
            }
        }
    };
    let Some((script, rejected)) = compiled else { return };
    if let Some(rejected) = rejected {
        set(scope, this, "cachedDataRejected", boolean(scope, rejected));
    }
    if produce {
        let bytes = script.create_code_cache().map(|data| data.to_vec());
        set(scope, this, "cachedDataProduced", boolean(scope, bytes.is_some()));
        if let Some(bytes) = bytes {
            let buffer = super::buffer::new_buffer(scope, bytes);
            set(scope, this, "cachedData", buffer);
        }
    }
    let source_map = script.get_source_mapping_url(scope);
    set(scope, this, "sourceMapURL", source_map);
    let script = Script(v8::TracedReference::new(scope, script));
    native::wrap(scope, this, Rc::new(script));
    rv.set(this.into());
}

/// Throws on what was caught, with the source line put before its stack.
fn rethrow_decorated(caught: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'_>>>) {
    if !caught.has_terminated()
        && let Some(exception) = caught.exception()
    {
        let message = caught.message();
        errors::decorate(caught, exception, message);
    }
    caught.rethrow();
}

/// `runInContext(contextifiedObject, timeout, displayErrors, breakOnSigint, breakOnFirstLine)`
fn run_in_context(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(script) = native::this::<Script>(scope, &args) else { return };
    let Some(script) = script.0.get(scope) else { return };
    let context = match arg_object(&args, 0).and_then(|object| context_of(scope, object)) {
        Some(context) => context,
        None => realm(scope).context(scope),
    };
    let timeout = arg_i64(scope, &args, 1, -1);
    let display_errors = args.get(2).is_true();
    let scope = &mut v8::ContextScope::new(scope, context);
    v8::tc_scope!(let caught, scope);
    let script = script.bind_to_current_context(caught);
    let result = with_timeout(caught, timeout, |scope| script.run(scope));
    match result {
        Some(value) => rv.set(value),
        None => {
            if display_errors {
                rethrow_decorated(caught);
            } else {
                caught.rethrow();
            }
        }
    }
}

/// Runs JavaScript for at most so many milliseconds (-1: without end); past that it is stopped and an error thrown.
pub(crate) fn with_timeout<'s, T>(
    scope: &mut Scope<'s, '_>,
    milliseconds: i64,
    run: impl FnOnce(&mut Scope<'s, '_>) -> Option<T>,
) -> Option<T> {
    let Ok(limit) = u64::try_from(milliseconds) else { return run(scope) };
    let isolate = scope.thread_safe_handle();
    let (done, waiting) = mpsc::channel::<()>();
    let watchdog = std::thread::Builder::new().name("vm timeout".to_owned()).spawn(move || {
        let expired = waiting.recv_timeout(Duration::from_millis(limit)) == Err(mpsc::RecvTimeoutError::Timeout);
        if expired {
            isolate.terminate_execution();
        }
        expired
    });
    let result = run(scope);
    drop(done);
    let expired = watchdog.is_ok_and(|watchdog| watchdog.join().unwrap_or(false));
    if expired && realm(scope).can_run() {
        scope.cancel_terminate_execution();
        let message = format!("Script execution timed out after {milliseconds}ms");
        throw_code(scope, Kind::Error, "ERR_SCRIPT_EXECUTION_TIMEOUT", &message);
        return None;
    }
    result
}

/// `compileFunction(code, filename, line, column, cachedData, produceCachedData, parsingContext, contextExtensions, params,
/// hostDefinedOption)`
fn compile_function(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Ok(code) = v8::Local::<v8::String>::try_from(args.get(0)) else { return };
    let Ok(file) = v8::Local::<v8::String>::try_from(args.get(1)) else { return };
    let (line, column) = (arg_i32(scope, &args, 2), arg_i32(scope, &args, 3));
    let cached = Memory::of(scope, args.get(4)).map(|memory| memory.to_vec());
    let produce = args.get(5).is_true();
    let parsing = arg_object(&args, 6).and_then(|object| context_of(scope, object));
    let context = parsing.unwrap_or_else(|| scope.get_current_context());
    let mut extensions = Vec::new();
    if let Ok(list) = v8::Local::<v8::Array>::try_from(args.get(7)) {
        for index in 0..list.length() {
            extensions.extend(list.get_index(scope, index).and_then(|value| Object::try_from(value).ok()));
        }
    }
    let mut parameters = Vec::new();
    if let Ok(list) = v8::Local::<v8::Array>::try_from(args.get(8)) {
        for index in 0..list.length() {
            let parameter = list.get_index(scope, index);
            parameters.extend(parameter.and_then(|value| v8::Local::<v8::String>::try_from(value).ok()));
        }
    }
    let id = option_id(scope, args.get(9), file);
    let options = host_options(scope, id);
    let origin =
        v8::ScriptOrigin::new(scope, file.into(), line, column, true, -1, None, false, false, false, Some(options));
    let compiled = {
        let scope = &mut v8::ContextScope::new(scope, context);
        v8::tc_scope!(let caught, scope);
        let mut rejected = None;
        let reason = NoCacheReason::NoReason;
        let function = match &cached {
            Some(bytes) => {
                let mut source = Source::new_with_cached_data(code, Some(&origin), CachedData::new(bytes));
                let options = CompileOptions::ConsumeCodeCache;
                let function =
                    script_compiler::compile_function(caught, &mut source, &parameters, &extensions, options, reason);
                rejected = source.get_cached_data().map(CachedData::rejected);
                function
            }
            None => {
                let mut source = Source::new(code, Some(&origin));
                let options = CompileOptions::NoCompileOptions;
                script_compiler::compile_function(caught, &mut source, &parameters, &extensions, options, reason)
            }
        };
        match function {
            Some(function) => Some((function, rejected)),
            None => {
                rethrow_decorated(caught);
                None
            }
        }
    };
    let Some((function, rejected)) = compiled else { return };
    let key = private(scope, "node:host_defined_option_symbol");
    function.set_private(scope, key, id.into());
    let result = v8::Object::new(scope);
    set(scope, result, "function", function.into());
    let source_map = function.get_script_origin(scope).source_map_url().unwrap_or_else(|| undefined(scope));
    set(scope, result, "sourceMapURL", source_map);
    let source_url = undefined(scope);
    set(scope, result, "sourceURL", source_url);
    if let Some(rejected) = rejected {
        set(scope, result, "cachedDataRejected", boolean(scope, rejected));
    }
    if produce {
        let bytes = function.create_code_cache().map(|data| data.to_vec());
        set(scope, result, "cachedDataProduced", boolean(scope, bytes.is_some()));
        if let Some(bytes) = bytes {
            let buffer = super::buffer::new_buffer(scope, bytes);
            set(scope, result, "cachedData", buffer);
        }
    }
    rv.set(result.into());
}

/// What V8 says of code that is a module but was compiled as a script.
const ESM_MESSAGES: [&str; 3] = [
    "Cannot use import statement outside a module",
    "Unexpected token 'export'",
    "Cannot use 'import.meta' outside a module",
];
/// What it says where only a module may do so; these need a second look.
const ESM_RETRY_MESSAGES: [&str; 7] = [
    "Identifier '__filename' has already been declared",
    "Identifier '__dirname' has already been declared",
    "await is only valid in async functions and the top level bodies of modules",
    "Unexpected reserved word",
    "Identifier 'module' has already been declared",
    "Identifier 'exports' has already been declared",
    "Identifier 'require' has already been declared",
];

fn cjs_parameters<'s>(scope: &Scope<'s, '_>) -> [v8::Local<'s, v8::String>; 5] {
    ["exports", "require", "module", "__filename", "__dirname"].map(|parameter| name(scope, parameter))
}

/// Why code does not compile: the message, the exception and its position.
type CompileFailure<'s> = (String, Value<'s>, Option<v8::Local<'s, v8::Message>>);

/// Compiles as the body of a CommonJS module. The failure is `None` where the isolate is being terminated.
fn compile_cjs<'s>(
    scope: &mut Scope<'s, '_>,
    code: v8::Local<'s, v8::String>,
    file: Value<'s>,
    id: v8::Local<'s, v8::Symbol>,
    parameters: &[v8::Local<'s, v8::String>],
) -> Result<Function<'s>, Option<CompileFailure<'s>>> {
    let options = host_options(scope, id);
    let origin = v8::ScriptOrigin::new(scope, file, 0, 0, true, -1, None, false, false, false, Some(options));
    let mut source = Source::new(code, Some(&origin));
    v8::tc_scope!(let caught, scope);
    let options = CompileOptions::NoCompileOptions;
    let reason = NoCacheReason::NoReason;
    if let Some(function) = script_compiler::compile_function(caught, &mut source, parameters, &[], options, reason) {
        return Ok(function);
    }
    let Some(exception) = caught.exception().filter(|_| !caught.has_terminated()) else { return Err(None) };
    let message = caught.message();
    let text = message.map(|message| message.get(caught).to_rust_string_lossy(caught)).unwrap_or_default();
    caught.reset();
    Err(Some((text, exception, message)))
}

/// Whether code that fails as a script with this message would do as a module.
fn should_be_module(scope: &mut Scope<'_, '_>, text: &str, code: v8::Local<'_, v8::String>, file: Value<'_>) -> bool {
    let mentions = |list: &[&str]| list.iter().any(|message| text.contains(message));
    if mentions(&ESM_MESSAGES) {
        return true;
    }
    if !mentions(&ESM_RETRY_MESSAGES) {
        return false;
    }
    // As the body of an async function it compiles where only its top-level await was in the way.
    let wrapped = format!("(async function() {{{}}})();", code.to_rust_string_lossy(scope));
    let wrapped = string(scope, &wrapped);
    let file = v8::Local::new(scope, file);
    let id = symbol(scope, "source_text_module_default_hdo");
    let options = host_options(scope, id);
    let origin = v8::ScriptOrigin::new(scope, file, 0, 0, true, -1, None, false, false, false, Some(options));
    let mut source = Source::new(wrapped, Some(&origin));
    v8::tc_scope!(let caught, scope);
    let options = CompileOptions::NoCompileOptions;
    let compiled =
        script_compiler::compile_function(caught, &mut source, &[], &[], options, NoCacheReason::NoReason).is_some();
    caught.reset();
    compiled
}

/// `compileFunctionForCJSLoader(code, filename, isSea, shouldDetectModule)`
fn compile_for_cjs<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, mut rv: Ret) {
    let Ok(code) = v8::Local::<v8::String>::try_from(args.get(0)) else { return };
    let file = args.get(1);
    let id = symbol(scope, "vm_dynamic_import_default_internal");
    let detect = args.get(3).is_true();
    let mut esm = false;
    let parameters = cjs_parameters(scope);
    let function: Value<'_> = match compile_cjs(scope, code, file, id, &parameters) {
        Ok(function) => function.into(),
        Err(None) => return,
        Err(Some((text, exception, message))) => {
            esm = should_be_module(scope, &text, code, file);
            if !(esm && detect) {
                errors::append_arrow(scope, exception, message);
                // Thrown on with where it happened, which a fresh throw would lose.
                scope.throw_exception(exception);
                return;
            }
            undefined(scope)
        }
    };
    let result = dictionary(scope);
    set(scope, result, "cachedDataRejected", boolean(scope, false));
    let source_map = Function::try_from(function)
        .ok()
        .and_then(|function| function.get_script_origin(scope).source_map_url())
        .unwrap_or_else(|| undefined(scope));
    set(scope, result, "sourceMapURL", source_map);
    set(scope, result, "sourceURL", undefined(scope));
    set(scope, result, "canParseAsESM", boolean(scope, esm));
    set(scope, result, "function", function);
    rv.set(result.into());
}

/// `containsModuleSyntax(code, filename, resourceName, cjsVar)`
fn contains_module_syntax<'s>(scope: &mut Scope<'s, '_>, args: Args<'s>, mut rv: Ret) {
    let Ok(code) = v8::Local::<v8::String>::try_from(args.get(0)) else { return };
    let file = args.get(1);
    let id = symbol(scope, "vm_dynamic_import_default_internal");
    // Code to be evaluated has no such variables, and may declare its own.
    let parameters = if args.get(3).is_string() { Vec::new() } else { cjs_parameters(scope).into() };
    let esm = match compile_cjs(scope, code, file, id, &parameters) {
        Ok(_) | Err(None) => false,
        Err(Some((text, _, _))) => should_be_module(scope, &text, code, file),
    };
    rv.set_bool(esm);
}
